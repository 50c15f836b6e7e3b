/*
 * pool.c
 *		Some connections, each with a thread, that take requests from one queue.
 */
#include "database/pool.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "answers/answers.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/memory.h"
#include "settings.h"

typedef struct PoolMember
{
	char name[32];
	pthread_t thread;
	Database db;
	Pool *pool;
} PoolMember;

void
pool_submit(Pool *pool, Request *request)
{
	Trouble trouble = TROUBLE_NONE;

	pthread_mutex_lock(&pool->lock);
	if (pool->stopping)
		trouble = TROUBLE_STOPPING;
	else if (atomic_load(&pool->up) == 0)
		trouble = TROUBLE_UNAVAILABLE;
	else if (atomic_load(&pool->queued) >= settings.reader_queue)
		trouble = TROUBLE_OVERLOADED;
	else
	{
		queue_add(&pool->waiting, request);
		atomic_fetch_add(&pool->queued, 1);
	}
	pthread_mutex_unlock(&pool->lock);
	if (trouble == TROUBLE_NONE)
		eventfd_write(pool->wake, 1);
	else
	{
		answer_trouble(request, trouble);
		request_resume(request);
	}
}

/* The next one; NULL if there is none. */
static Request *
take(Pool *pool)
{
	Request *request = NULL;

	pthread_mutex_lock(&pool->lock);
	if (pool->waiting.head != NULL)
	{
		request = queue_take(&pool->waiting);
		atomic_fetch_sub(&pool->queued, 1);
	}
	pthread_mutex_unlock(&pool->lock);
	return request;
}

static void
run(PoolMember *member, Request *request)
{
	if (clock_now() >= request->deadline)
		answer_trouble(request, TROUBLE_LATE);
	else
		member->pool->work.run(&member->db, request);
	request_resume(request);
}

/* The last connection has gone: nobody is left to take what waits. */
static void
went_down(Pool *pool)
{
	Request *request;

	if (atomic_fetch_sub(&pool->up, 1) != 1)
		return;
	while ((request = take(pool)) != NULL)
	{
		answer_trouble(request, TROUBLE_UNAVAILABLE);
		request_resume(request);
	}
}

static bool
should_stop(Pool *pool)
{
	bool stop;

	pthread_mutex_lock(&pool->lock);
	stop = pool->stopping;
	pthread_mutex_unlock(&pool->lock);
	return stop;
}

/* Tries once. */
static bool
connect_member(PoolMember *member)
{
	Pool *pool = member->pool;
	Database *db = &member->db;

	if (!database_connect(db, pool->work.purpose, pool->work.statements, pool->work.nstatements))
	{
		if (db->failures == 1 || db->failures % 20 == 0)
			log_message(LOG_ERROR, "%s: could not connect to the database: %s", member->name,
						db->problem);
		return false;
	}
	if (pool->work.connected != NULL)
		pool->work.connected(db);
	if (db->connection == NULL)
		return false;
	atomic_fetch_add(&pool->up, 1);
	return true;
}

/* Waits for a request, or the end of the connection. */
static void
work(PoolMember *member)
{
	Pool *pool = member->pool;
	struct pollfd p[2] = { { .fd = pool->wake, .events = POLLIN },
						   { .fd = PQsocket(member->db.connection), .events = POLLIN } };
	eventfd_t one;
	Request *request;

	if (poll(p, 2, -1) <= 0)
		return;
	if (p[1].revents && database_lost(&member->db))
		database_disconnect(&member->db);
	else if (p[0].revents && eventfd_read(pool->wake, &one) == 0 && (request = take(pool)) != NULL)
		run(member, request);
	if (member->db.connection == NULL)
		went_down(pool);
}

static void *
member_main(void *arg)
{
	PoolMember *member = arg;

	while (!should_stop(member->pool))
	{
		if (member->db.connection != NULL || connect_member(member))
			work(member);
		else
			poll(NULL, 0, database_backoff(&member->db));
	}
	if (member->db.connection != NULL)
	{
		database_disconnect(&member->db);
		went_down(member->pool);
	}
	return NULL;
}

void
pool_start(Pool *pool, const PoolWork *pool_work, int size)
{
	pool->work = *pool_work;
	pool->size = size;
	pthread_mutex_init(&pool->lock, NULL);
	queue_start(&pool->waiting);
	pool->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK | EFD_SEMAPHORE);
	pool->members = must_alloc((size_t) size * sizeof(*pool->members));
	for (int i = 0; i < size; i++)
	{
		PoolMember *member = &pool->members[i];

		snprintf(member->name, sizeof(member->name), "quotakit %s %d", pool->work.name, i);
		member->db.name = member->name;
		member->db.deadline = pool->work.deadline;
		member->pool = pool;
		if (pool->wake < 0 || pthread_create(&member->thread, NULL, member_main, member) != 0)
			log_fatal("could not start a %s: %s", pool->work.name, strerror(errno));
	}
}

void
pool_stop(Pool *pool)
{
	pthread_mutex_lock(&pool->lock);
	pool->stopping = true;
	pthread_mutex_unlock(&pool->lock);
	/* Wakes every one of them. */
	eventfd_write(pool->wake, (eventfd_t) pool->size + 1000);
	for (int i = 0; i < pool->size; i++)
		pthread_join(pool->members[i].thread, NULL);
	free(pool->members);
	close(pool->wake);
}
