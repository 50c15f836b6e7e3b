/*
 * reader.c
 *		A small pool of connections for what only reads.
 *
 * Every reading route is one statement, prepared on each connection, that
 * returns (status int, etag text, body text). Its transactions are read-only.
 */
#include "reader.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "answers.h"
#include "clock.h"
#include "database.h"
#include "http.h"
#include "log.h"
#include "metrics.h"
#include "options.h"
#include "routes.h"

#define MAX_READS 16

typedef struct Reader
{
	char		name[32];
	pthread_t	thread;
	Database	db;
} Reader;

static Reader *readers;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static Request *head;
static Request **tail = &head;
static bool stopping;
static atomic_int queued;
static atomic_int up;
/* A semaphore: counts the requests in the queue. */
static int	work;

static DatabaseStatement statements[MAX_READS];
static const Route *statement_route[MAX_READS];
static int	nstatements;
static Oid	types[2 + MAX_PARAMETERS];

static void
make_statements(void)
{
	/* account int4, secret bytea, then text */
	types[0] = 23;
	types[1] = 17;
	for (int i = 2; i < 2 + MAX_PARAMETERS; i++)
		types[i] = 25;
	for (size_t i = 0; i < nroutes; i++)
	{
		int			n = 0;

		if (routes[i].kind != ROUTE_READ || nstatements == MAX_READS)
			continue;
		while (n < MAX_PARAMETERS && routes[i].parameters[n].name != NULL)
			n++;
		statements[nstatements] = (DatabaseStatement) {
			.name = routes[i].path, .sql = routes[i].sql, .nparams = 2 + n, .types = types
		};
		statement_route[nstatements++] = &routes[i];
	}
}

void
reader_submit(Request *request)
{
	Trouble		trouble = TROUBLE_NONE;

	pthread_mutex_lock(&lock);
	if (stopping)
		trouble = TROUBLE_STOPPING;
	else if (atomic_load(&up) == 0)
		trouble = TROUBLE_UNAVAILABLE;
	else if (atomic_load(&queued) >= options.reader_queue)
		trouble = TROUBLE_OVERLOADED;
	else
	{
		request->next = NULL;
		*tail = request;
		tail = &request->next;
		atomic_fetch_add(&queued, 1);
	}
	pthread_mutex_unlock(&lock);
	if (trouble == TROUBLE_NONE)
		eventfd_write(work, 1);
	else
	{
		answer_trouble(request, trouble);
		request_resume(request);
	}
}

static Request *
take(void)
{
	Request    *request;

	pthread_mutex_lock(&lock);
	request = head;
	if (request != NULL)
	{
		head = request->next;
		if (head == NULL)
			tail = &head;
		atomic_fetch_sub(&queued, 1);
	}
	pthread_mutex_unlock(&lock);
	return request;
}

static void
read_answer(Request *request, const PGresult *result)
{
	const char *status = PQntuples(result) == 1 && PQnfields(result) == 3 ?
		PQgetvalue(result, 0, 0) : "500";

	if (strcmp(status, "500") == 0 || PQgetisnull(result, 0, 2))
	{
		answer_trouble(request, TROUBLE_INTERNAL);
		return;
	}
	answer_read(request, atoi(status), PQgetisnull(result, 0, 1) ? NULL : PQgetvalue(result, 0, 1),
				PQgetvalue(result, 0, 2), (size_t) PQgetlength(result, 0, 2),
				http_header(request, "If-None-Match"));
}

static void
run(Reader *reader, Request *request)
{
	const DatabaseStatement *statement = NULL;
	const char *values[2 + MAX_PARAMETERS];
	int			lengths[2 + MAX_PARAMETERS];
	int			formats[2 + MAX_PARAMETERS];
	char		account[16];
	DatabaseAnswer answer;

	for (int i = 0; i < nstatements; i++)
		if (statement_route[i] == request->route)
			statement = &statements[i];
	snprintf(account, sizeof(account), "%d", request->key.account);
	for (int i = 0; i < statement->nparams; i++)
	{
		values[i] = i == 0 ? account : i == 1 ? (const char *) request->key.secret :
			request->parameter[i - 2];
		lengths[i] = i == 1 ? (int) sizeof(request->key.secret) : 0;
		formats[i] = i == 1;
	}
	if (clock_now() >= request->deadline)
		answer_trouble(request, TROUBLE_LATE);
	else
	{
		answer = database_run(&reader->db, statement, values, lengths, formats,
							  clock_now() + options.deadline * CLOCK_MILLISECOND, NULL, NULL);
		if (answer.outcome == DATABASE_DONE)
		{
			read_answer(request, answer.result);
			PQclear(answer.result);
		}
		else
		{
			metrics_failure(answer.sqlstate);
			log_message(LOG_ERROR, "%s: %s failed: %s %s", reader->name, statement->name,
						answer.sqlstate, answer.message);
			/* Reading changes nothing, so there is nothing unknown about it. */
			answer_trouble(request, answer.outcome == DATABASE_REFUSED ? TROUBLE_INTERNAL : TROUBLE_UNAVAILABLE);
		}
	}
	request_resume(request);
}

/* The last connection has gone: nobody is left to take what waits. */
static void
went_down(void)
{
	if (atomic_fetch_sub(&up, 1) == 1)
	{
		Request    *request;

		while ((request = take()) != NULL)
		{
			answer_trouble(request, TROUBLE_UNAVAILABLE);
			request_resume(request);
		}
	}
}

static bool
should_stop(void)
{
	bool		stop;

	pthread_mutex_lock(&lock);
	stop = stopping;
	pthread_mutex_unlock(&lock);
	return stop;
}

static void *
reader_main(void *arg)
{
	Reader	   *reader = arg;

	while (!should_stop())
	{
		struct pollfd p[2] = {{.fd = work, .events = POLLIN}, {.fd = -1, .events = POLLIN}};
		eventfd_t	one;
		Request    *request;

		if (reader->db.connection == NULL)
		{
			if (!database_connect(&reader->db, true, statements, nstatements))
			{
				if (reader->db.failures == 1 || reader->db.failures % 20 == 0)
					log_message(LOG_ERROR, "%s: could not connect to the database: %s", reader->name,
								reader->db.problem);
				poll(NULL, 0, database_backoff(&reader->db));
				continue;
			}
			atomic_fetch_add(&up, 1);
		}
		p[1].fd = PQsocket(reader->db.connection);
		if (poll(p, 2, -1) <= 0)
			continue;
		if (p[1].revents && database_lost(&reader->db))
			database_disconnect(&reader->db);
		else if (p[0].revents && eventfd_read(work, &one) == 0 && (request = take()) != NULL)
			run(reader, request);
		if (reader->db.connection == NULL)
			went_down();
	}
	if (reader->db.connection != NULL)
	{
		database_disconnect(&reader->db);
		went_down();
	}
	return NULL;
}

void
readers_start(void)
{
	make_statements();
	work = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK | EFD_SEMAPHORE);
	readers = must_alloc((size_t) options.readers * sizeof(*readers));
	for (int i = 0; i < options.readers; i++)
	{
		Reader	   *reader = &readers[i];

		snprintf(reader->name, sizeof(reader->name), "quotakit reader %d", i);
		reader->db.name = reader->name;
		if (work < 0 || pthread_create(&reader->thread, NULL, reader_main, reader) != 0)
		{
			log_message(LOG_ERROR, "could not start a reader: %s", strerror(errno));
			exit(1);
		}
	}
}

void
readers_stop(void)
{
	pthread_mutex_lock(&lock);
	stopping = true;
	pthread_mutex_unlock(&lock);
	/* Wakes every one of them. */
	eventfd_write(work, (eventfd_t) options.readers + 1000);
	for (int i = 0; i < options.readers; i++)
		pthread_join(readers[i].thread, NULL);
	free(readers);
	close(work);
}

int
readers_up(void)
{
	return atomic_load(&up);
}

int
readers_queued(void)
{
	return atomic_load(&queued);
}
