/*
 * worker.c
 *		Who is with whom, and what each connection waits for.
 */
#include "http/worker.h"

#include <sys/eventfd.h>
#include <time.h>

#include "lib/clock.h"
#include "metrics.h"

Worker *workers;
static atomic_int connections;

int
workers_connections(void)
{
	return atomic_load(&connections);
}

/* Gives a connection to its worker, which is woken unless something is waiting for it already. */
void
worker_post(Connection *c)
{
	Worker *w = c->worker;
	Connection *first = atomic_load(&w->inbox);

	do
		c->next = first;
	while (!atomic_compare_exchange_weak(&w->inbox, &first, c));
	if (first == NULL)
		eventfd_write(w->wake, 1);
}

void
worker_count(Worker *worker, Connection *c)
{
	c->worker = worker;
	c->waits = WAIT_NOTHING;
	atomic_fetch_add(&worker->connections, 1);
	atomic_fetch_add(&connections, 1);
	metrics_connection(1);
}

void
worker_pass(Connection *c, Worker *to)
{
	c->passed++;
	atomic_fetch_sub(&c->worker->connections, 1);
	c->worker = to;
	atomic_fetch_add(&to->connections, 1);
	worker_post(c);
}

void
worker_take(Connection *c)
{
	TAILQ_INSERT_TAIL(&c->worker->all, c, all);
}

/* As all that wait for the same do so equally long, each list is in the order of its ends. */
void
worker_wait(Connection *c, Wait wait)
{
	Worker *w = c->worker;

	if (c->waits == wait)
		return;
	if (c->waits != WAIT_NOTHING)
		TAILQ_REMOVE(&w->waiting[c->waits], c, waiting);
	c->waits = wait;
	c->since = w->now;
	if (wait != WAIT_NOTHING)
		TAILQ_INSERT_TAIL(&w->waiting[wait], c, waiting);
}

void
worker_again(Connection *c)
{
	if (c->goes_on)
		return;
	c->goes_on = true;
	TAILQ_INSERT_TAIL(&c->worker->again, c, again);
}

void
worker_forget(Connection *c)
{
	Worker *w = c->worker;

	worker_wait(c, WAIT_NOTHING);
	if (c->goes_on)
		TAILQ_REMOVE(&w->again, c, again);
	TAILQ_REMOVE(&w->all, c, all);
	c->next = w->closed;
	w->closed = c;
	atomic_fetch_sub(&w->connections, 1);
	atomic_fetch_sub(&connections, 1);
	metrics_connection(-1);
	caller_leave(c->caller);
}

void
worker_publish(Worker *w)
{
	for (Wait wait = 0; wait < NWAITS; wait++)
	{
		const Connection *c = TAILQ_FIRST(&w->waiting[wait]);

		atomic_store_explicit(&w->oldest[wait], c != NULL ? c->since : CLOCK_NEVER,
							  memory_order_relaxed);
	}
}

const char *
worker_date(Worker *w)
{
	time_t now = time(NULL);
	struct tm tm;

	if (now != w->date_at)
	{
		gmtime_r(&now, &tm);
		strftime(w->date, sizeof(w->date), "%a, %d %b %Y %H:%M:%S GMT", &tm);
		w->date_at = now;
	}
	return w->date;
}
