/*
 * reader.c
 *		Small pools of connections for what is not a call.
 *
 * Every reading route is one statement, prepared on each connection, that
 * returns (status int, etag text, body text). Its transactions are read-only.
 * The dashboard has a pool of its own, whose one statement also writes: what a
 * page takes its time for must not hold up an SDK, nor the other way round.
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
#include "api.h"
#include "clock.h"
#include "database.h"
#include "http.h"
#include "log.h"
#include "metrics.h"
#include "options.h"
#include "routes.h"

#define MAX_READS 16

typedef struct Pool Pool;

typedef struct Reader
{
	char		name[32];
	pthread_t	thread;
	Database	db;
	Pool	   *pool;
} Reader;

struct Pool
{
	const char *name;
	bool		writes;
	const DatabaseStatement *statements;
	const int  *nstatements;
	/* set when it starts */
	int			size;
	Reader	   *readers;
	pthread_mutex_t lock;
	Request    *head;
	Request   **tail;
	bool		stopping;
	atomic_int	queued;
	atomic_int	up;
	/* A semaphore: counts the requests in the queue. */
	int			work;
};

static DatabaseStatement statements[MAX_READS];
static const Route *statement_route[MAX_READS];
static int	nstatements;
static Oid	types[2 + MAX_PARAMETERS];

static const int one_statement = 1;

static Pool reads = {
	.name = "reader", .statements = statements, .nstatements = &nstatements,
	.lock = PTHREAD_MUTEX_INITIALIZER
};
static Pool dashboard = {
	.name = "dashboard", .writes = true, .statements = &api_statement, .nstatements = &one_statement,
	.lock = PTHREAD_MUTEX_INITIALIZER
};

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
	Pool	   *pool = request->route->kind == ROUTE_API ? &dashboard : &reads;
	Trouble		trouble = TROUBLE_NONE;

	pthread_mutex_lock(&pool->lock);
	if (pool->stopping)
		trouble = TROUBLE_STOPPING;
	else if (atomic_load(&pool->up) == 0)
		trouble = TROUBLE_UNAVAILABLE;
	else if (atomic_load(&pool->queued) >= options.reader_queue)
		trouble = TROUBLE_OVERLOADED;
	else
	{
		request->next = NULL;
		*pool->tail = request;
		pool->tail = &request->next;
		atomic_fetch_add(&pool->queued, 1);
	}
	pthread_mutex_unlock(&pool->lock);
	if (trouble == TROUBLE_NONE)
		eventfd_write(pool->work, 1);
	else
	{
		answer_trouble(request, trouble);
		request_resume(request);
	}
}

static Request *
take(Pool *pool)
{
	Request    *request;

	pthread_mutex_lock(&pool->lock);
	request = pool->head;
	if (request != NULL)
	{
		pool->head = request->next;
		if (pool->head == NULL)
			pool->tail = &pool->head;
		atomic_fetch_sub(&pool->queued, 1);
	}
	pthread_mutex_unlock(&pool->lock);
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
read_state(Reader *reader, Request *request)
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

static void
run(Reader *reader, Request *request)
{
	if (clock_now() >= request->deadline)
		answer_trouble(request, TROUBLE_LATE);
	else if (reader->pool->writes)
		api_run(&reader->db, request);
	else
		read_state(reader, request);
	request_resume(request);
}

/* The last connection has gone: nobody is left to take what waits. */
static void
went_down(Pool *pool)
{
	if (atomic_fetch_sub(&pool->up, 1) == 1)
	{
		Request    *request;

		while ((request = take(pool)) != NULL)
		{
			answer_trouble(request, TROUBLE_UNAVAILABLE);
			request_resume(request);
		}
	}
}

static bool
should_stop(Pool *pool)
{
	bool		stop;

	pthread_mutex_lock(&pool->lock);
	stop = pool->stopping;
	pthread_mutex_unlock(&pool->lock);
	return stop;
}

static void *
reader_main(void *arg)
{
	Reader	   *reader = arg;
	Pool	   *pool = reader->pool;

	while (!should_stop(pool))
	{
		struct pollfd p[2] = {{.fd = pool->work, .events = POLLIN}, {.fd = -1, .events = POLLIN}};
		eventfd_t	one;
		Request    *request;

		if (reader->db.connection == NULL)
		{
			if (!database_connect(&reader->db, pool->writes ? DATABASE_WRITE : DATABASE_READ, pool->statements, *pool->nstatements))
			{
				if (reader->db.failures == 1 || reader->db.failures % 20 == 0)
					log_message(LOG_ERROR, "%s: could not connect to the database: %s", reader->name,
								reader->db.problem);
				poll(NULL, 0, database_backoff(&reader->db));
				continue;
			}
			atomic_fetch_add(&pool->up, 1);
		}
		p[1].fd = PQsocket(reader->db.connection);
		if (poll(p, 2, -1) <= 0)
			continue;
		if (p[1].revents && database_lost(&reader->db))
			database_disconnect(&reader->db);
		else if (p[0].revents && eventfd_read(pool->work, &one) == 0 && (request = take(pool)) != NULL)
			run(reader, request);
		if (reader->db.connection == NULL)
			went_down(pool);
	}
	if (reader->db.connection != NULL)
	{
		database_disconnect(&reader->db);
		went_down(pool);
	}
	return NULL;
}

static void
pool_start(Pool *pool, int size, int deadline)
{
	pool->tail = &pool->head;
	pool->size = size;
	pool->work = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK | EFD_SEMAPHORE);
	pool->readers = must_alloc((size_t) size * sizeof(*pool->readers));
	for (int i = 0; i < size; i++)
	{
		Reader	   *reader = &pool->readers[i];

		snprintf(reader->name, sizeof(reader->name), "quotakit %s %d", pool->name, i);
		reader->db.name = reader->name;
		reader->db.deadline = deadline;
		reader->pool = pool;
		if (pool->work < 0 || pthread_create(&reader->thread, NULL, reader_main, reader) != 0)
		{
			log_message(LOG_ERROR, "could not start a %s: %s", pool->name, strerror(errno));
			exit(1);
		}
	}
}

static void
pool_stop(Pool *pool)
{
	pthread_mutex_lock(&pool->lock);
	pool->stopping = true;
	pthread_mutex_unlock(&pool->lock);
	/* Wakes every one of them. */
	eventfd_write(pool->work, (eventfd_t) pool->size + 1000);
	for (int i = 0; i < pool->size; i++)
		pthread_join(pool->readers[i].thread, NULL);
	free(pool->readers);
	close(pool->work);
}

void
readers_start(void)
{
	make_statements();
	pool_start(&reads, options.readers, options.deadline);
	pool_start(&dashboard, options.dashboard_connections, API_DEADLINE);
}

void
readers_stop(void)
{
	pool_stop(&reads);
	pool_stop(&dashboard);
}

int
readers_up(void)
{
	return atomic_load(&reads.up);
}

int
readers_queued(void)
{
	return atomic_load(&reads.queued);
}
