/*
 * flusher.c
 *		Makes what a lane has committed durable, before anybody is told of it.
 */
#include "database/flusher.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "database/database.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/memory.h"
#include "metrics.h"
#include "settings.h"

/* A disk is quick that has taken less, with all around it, for one of the last few flushes. */
#define QUICK_DISK   CLOCK_MILLISECOND
#define LAST_FLUSHES 8
/* The disk has at least so long, whatever is left until the first request's deadline. */
#define PATIENCE CLOCK_SECOND

struct Flusher
{
	char name[32];
	pthread_t thread;
	FlusherDone done;
	void *arg;
	int wake; /* eventfd */
	pthread_mutex_t lock;
	Queue waiting;      /* under the lock */
	bool asleep;        /* likewise */
	bool stopping;      /* likewise */
	atomic_int pending; /* requests waiting or being flushed */
	atomic_bool up;
	atomic_bool quick;
	Database db;
	int64_t took[LAST_FLUSHES];
	unsigned int nflushes;
};

static const DatabaseStatement flush_statement = { "flush", "SELECT quotakit.gateway_flush()", 0,
												   NULL };

/* Waits until there is something to flush, or the connection is gone. False when it is time to stop. */
static bool
wait_for_work(Flusher *flusher)
{
	struct pollfd p[2] = { { .fd = flusher->wake, .events = POLLIN },
						   { .fd = -1, .events = POLLIN } };
	int timeout = -1;
	bool stop;
	eventfd_t count;

	if (flusher->db.connection != NULL)
		p[1].fd = PQsocket(flusher->db.connection);
	else
		timeout = database_backoff(&flusher->db);
	pthread_mutex_lock(&flusher->lock);
	stop = flusher->stopping && flusher->waiting.head == NULL;
	if (flusher->waiting.head != NULL)
		timeout = 0;
	else
		flusher->asleep = true;
	pthread_mutex_unlock(&flusher->lock);
	if (stop)
		return false;
	if (timeout != 0 && poll(p, 2, timeout) > 0)
	{
		if (p[0].revents)
			(void) eventfd_read(flusher->wake, &count);
		if (p[1].revents && database_lost(&flusher->db))
			database_disconnect(&flusher->db);
	}
	pthread_mutex_lock(&flusher->lock);
	flusher->asleep = false;
	pthread_mutex_unlock(&flusher->lock);
	return true;
}

/* The least of the last few counts: a single one may have waited for a processor. */
static void
note_time(Flusher *flusher, int64_t took)
{
	int64_t least = took;

	flusher->took[flusher->nflushes++ % LAST_FLUSHES] = took;
	for (unsigned int i = 0; i < LAST_FLUSHES && i < flusher->nflushes; i++)
		if (flusher->took[i] < least)
			least = flusher->took[i];
	atomic_store(&flusher->quick, least < QUICK_DISK);
}

static void
flush(Flusher *flusher)
{
	Queue requests;
	bool durable = false;
	int n = 0;

	queue_start(&requests);
	pthread_mutex_lock(&flusher->lock);
	queue_move(&requests, &flusher->waiting);
	pthread_mutex_unlock(&flusher->lock);
	if (requests.head == NULL)
		return;
	for (const Request *request = requests.head; request != NULL; request = request->next)
		n++;
	if (flusher->db.connection != NULL)
	{
		int64_t began = clock_now();
		int64_t deadline =
			requests.head->deadline > began + PATIENCE ? requests.head->deadline : began + PATIENCE;
		DatabaseAnswer answer =
			database_run(&flusher->db, &flush_statement, NULL, NULL, NULL, deadline, NULL, NULL);

		durable = answer.outcome == DATABASE_DONE;
		metrics_flush(clock_now() - began);
		note_time(flusher, clock_now() - began);
		if (!durable)
		{
			metrics_failure(answer.sqlstate);
			log_message(LOG_ERROR, "%s: failed: %s %s", flusher->name, answer.sqlstate,
						answer.message);
		}
		PQclear(answer.result);
	}
	/* First: whoever finds the flusher at work can rely on done() being called after that. */
	atomic_fetch_sub(&flusher->pending, n);
	flusher->done(flusher->arg, &requests, durable);
}

static void *
flusher_main(void *arg)
{
	Flusher *flusher = arg;

	for (;;)
	{
		if (flusher->db.connection == NULL)
		{
			atomic_store(&flusher->up, false);
			/* What was committed while the connection went is not known to be durable. */
			flush(flusher);
			if (database_connect(&flusher->db, DATABASE_WRITE, &flush_statement, 1))
				atomic_store(&flusher->up, true);
			else if (flusher->db.failures == 1 || flusher->db.failures % 20 == 0)
				log_message(LOG_ERROR, "%s: could not connect to the database: %s", flusher->name,
							flusher->db.problem);
		}
		if (!wait_for_work(flusher))
			break;
		flush(flusher);
	}
	atomic_store(&flusher->up, false);
	database_disconnect(&flusher->db);
	return NULL;
}

Flusher *
flusher_start(int number, FlusherDone done, void *arg)
{
	Flusher *flusher = must_alloc(sizeof(*flusher));

	snprintf(flusher->name, sizeof(flusher->name), "quotakit flusher %d", number);
	flusher->db.name = flusher->name;
	flusher->db.deadline = settings.deadline;
	flusher->done = done;
	flusher->arg = arg;
	flusher->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	queue_start(&flusher->waiting);
	pthread_mutex_init(&flusher->lock, NULL);
	if (flusher->wake < 0 || pthread_create(&flusher->thread, NULL, flusher_main, flusher) != 0)
		log_fatal("could not start a flusher: %s", strerror(errno));
	return flusher;
}

void
flusher_stop(Flusher *flusher)
{
	pthread_mutex_lock(&flusher->lock);
	flusher->stopping = true;
	pthread_mutex_unlock(&flusher->lock);
	eventfd_write(flusher->wake, 1);
	pthread_join(flusher->thread, NULL);
	close(flusher->wake);
	free(flusher);
}

bool
flusher_is_up(const Flusher *flusher)
{
	return atomic_load(&flusher->up);
}

bool
flusher_is_idle(const Flusher *flusher)
{
	return atomic_load(&flusher->pending) == 0;
}

bool
flusher_disk_is_quick(const Flusher *flusher)
{
	return atomic_load(&flusher->quick);
}

void
flusher_add(Flusher *flusher, Queue *requests)
{
	bool wake;
	int n = 0;

	for (const Request *request = requests->head; request != NULL; request = request->next)
		n++;
	if (n == 0)
		return;
	atomic_fetch_add(&flusher->pending, n);
	pthread_mutex_lock(&flusher->lock);
	queue_move(&flusher->waiting, requests);
	wake = flusher->asleep;
	flusher->asleep = false;
	pthread_mutex_unlock(&flusher->lock);
	if (wake)
		eventfd_write(flusher->wake, 1);
}
