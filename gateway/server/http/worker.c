/*
 * worker.c
 *		The threads that speak HTTP, each with connections of its own.
 *
 * All wait at one listening socket; whichever lets a client in gives it to the
 * one with the fewest. The kernel tells of a change once (EPOLLET), and each
 * connection remembers it, so that a request costs no call but its own.
 */
#include "worker.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "admit.h"
#include "clock.h"
#include "http.h"
#include "log.h"
#include "metrics.h"
#include "options.h"

#define MAX_EVENTS 256
/* In one turn, so that the others are not held up. */
#define MAX_LATE 64
#define LINGER (2 * CLOCK_SECOND)
/* At the end answers that are under way go out. */
#define LAST_MOMENT CLOCK_SECOND

Worker	   *workers;
int			workers_listener;
static atomic_bool quiet;
static atomic_bool stopping;

static int64_t
patience(Wait wait)
{
	switch (wait)
	{
		case WAIT_HEAD:
			return options.header_timeout * CLOCK_SECOND;
		case WAIT_BODY:
		case WAIT_ANSWER:
			return options.body_timeout * CLOCK_SECOND;
		case WAIT_IDLE:
			return options.idle_timeout * CLOCK_SECOND;
		case WAIT_LINGER:
			return LINGER;
		case WAIT_NOTHING:
			break;
	}
	return 0;
}

/* As all that wait for the same do so equally long, each list is in the order of its ends. */
void
worker_wait(Connection *c, Wait wait)
{
	Worker	   *w = c->worker;

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

/* It is closed. Its memory stays until nobody can hold it any more. */
void
worker_forget(Connection *c)
{
	Worker	   *w = c->worker;

	worker_wait(c, WAIT_NOTHING);
	if (c->goes_on)
		TAILQ_REMOVE(&w->again, c, again);
	TAILQ_REMOVE(&w->all, c, all);
	c->next = w->closed;
	w->closed = c;
	admit_leave(c);
}

bool
worker_hear(Worker *w, bool hear)
{
	struct epoll_event event = {.events = EPOLLIN | EPOLLEXCLUSIVE, .data.ptr = &workers_listener};

	return epoll_ctl(w->poller, hear ? EPOLL_CTL_ADD : EPOLL_CTL_DEL, workers_listener, &event) == 0;
}

const char *
worker_date(Worker *w)
{
	time_t		now = time(NULL);
	struct tm	tm;

	if (now != w->date_at)
	{
		gmtime_r(&now, &tm);
		strftime(w->date, sizeof(w->date), "%a, %d %b %Y %H:%M:%S GMT", &tm);
		w->date_at = now;
	}
	return w->date;
}

/* Gives a connection to its worker, which is woken unless something is waiting for it already. */
void
worker_post(Connection *c)
{
	Worker	   *w = c->worker;
	Connection *first = atomic_load(&w->inbox);

	do
		c->next = first;
	while (!atomic_compare_exchange_weak(&w->inbox, &first, c));
	if (first == NULL)
		eventfd_write(w->wake, 1);
}

static void
take_event(Worker *w, const struct epoll_event *event)
{
	Connection *c = event->data.ptr;

	/* What woke us is looked at in any case. */
	if (event->data.ptr == &w->wake)
		return;
	if (event->data.ptr == &workers_listener)
	{
		admit_some(w);
		return;
	}
	if (event->events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR))
		c->hung_up = true;
	/* To read from TLS it may be necessary to write. */
	if ((event->events & EPOLLIN) || c->hung_up || c->channel.ssl != NULL)
		c->readable = true;
	if (c->state != CONNECTION_CLOSED && c->state != CONNECTION_AWAY)
		connection_run(c);
}

static void
take_inbox(Worker *w)
{
	Connection *latest = atomic_exchange(&w->inbox, NULL);
	Connection *first = NULL;

	/* In the order in which they came. */
	while (latest != NULL)
	{
		Connection *c = latest;

		latest = c->next;
		c->next = first;
		first = c;
	}
	while (first != NULL)
	{
		Connection *c = first;

		first = c->next;
		if (c->state == CONNECTION_NEW)
			admit(w, c);
		else
			connection_resumed(c);
	}
}

static void
take_again(Worker *w)
{
	Connection *last = TAILQ_LAST(&w->again, ConnectionList);
	Connection *c = NULL;

	while (last != NULL && c != last)
	{
		c = TAILQ_FIRST(&w->again);
		TAILQ_REMOVE(&w->again, c, again);
		c->goes_on = false;
		connection_run(c);
	}
}

/* Clients that take too long. Some at a time: they may be thousands. */
static void
show_out(Worker *w)
{
	int			n = 0;

	for (Wait wait = 0; wait < NWAITS; wait++)
	{
		Connection *c;

		while (n < MAX_LATE && (c = TAILQ_FIRST(&w->waiting[wait])) != NULL && c->since + patience(wait) <= w->now)
		{
			if (wait != WAIT_IDLE && wait != WAIT_LINGER)
				metrics_slow_client();
			connection_close(c);
			n++;
		}
	}
}

static void
free_closed(Worker *w)
{
	while (w->closed != NULL)
	{
		Connection *c = w->closed;

		w->closed = c->next;
		connection_free(c);
	}
}

/* Milliseconds until something is to be done, even if nothing happens. */
static int
time_left(const Worker *w)
{
	int64_t		until = w->now + CLOCK_SECOND;
	int64_t		now = clock_now();

	if (!TAILQ_EMPTY(&w->again))
		return 0;
	for (Wait wait = 0; wait < NWAITS; wait++)
	{
		const Connection *c = TAILQ_FIRST(&w->waiting[wait]);

		if (c != NULL && c->since + patience(wait) < until)
			until = c->since + patience(wait);
	}
	if (w->deaf_until > 0 && w->deaf_until < until)
		until = w->deaf_until;
	return until <= now ? 0 : (int) ((until - now) / CLOCK_MILLISECOND) + 1;
}

static void
turn(Worker *w, int patience_ms)
{
	struct epoll_event events[MAX_EVENTS];
	int			n = epoll_wait(w->poller, events, MAX_EVENTS, patience_ms);

	w->now = clock_now();
	for (int i = 0; i < n; i++)
		take_event(w, &events[i]);
	take_inbox(w);
	take_again(w);
	show_out(w);
	if (w->deaf_until > 0 && w->deaf_until <= w->now)
	{
		w->deaf_until = 0;
		if (!atomic_load(&quiet))
			worker_hear(w, true);
	}
	free_closed(w);
	admit_publish(w);
}

/* Answers that are under way go out, but nobody is waited for long. */
static void
say_goodbye(Worker *w)
{
	int64_t		end = clock_now() + LAST_MOMENT;
	Connection *c;

	do
		turn(w, TAILQ_EMPTY(&w->waiting[WAIT_ANSWER]) ? 0 : 10);
	while (clock_now() < end && (!TAILQ_EMPTY(&w->waiting[WAIT_ANSWER]) || atomic_load(&w->inbox) != NULL));
	while ((c = TAILQ_FIRST(&w->all)) != NULL)
		connection_close(c);
	free_closed(w);
}

static void *
worker_main(void *arg)
{
	Worker	   *w = arg;
	bool		deaf = false;

	while (!atomic_load(&stopping))
	{
		turn(w, time_left(w));
		if (!deaf && atomic_load(&quiet))
		{
			worker_hear(w, false);
			deaf = true;
		}
	}
	say_goodbye(w);
	return NULL;
}

static bool
start(Worker *w)
{
	struct epoll_event wake = {.events = EPOLLIN | EPOLLET, .data.ptr = &w->wake};

	TAILQ_INIT(&w->all);
	TAILQ_INIT(&w->again);
	for (Wait wait = 0; wait < NWAITS; wait++)
		TAILQ_INIT(&w->waiting[wait]);
	admit_publish(w);
	w->now = clock_now();
	w->poller = epoll_create1(EPOLL_CLOEXEC);
	w->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return w->poller >= 0 && w->wake >= 0 && epoll_ctl(w->poller, EPOLL_CTL_ADD, w->wake, &wake) == 0 && worker_hear(w, true);
}

void
workers_start(int listener)
{
	workers_listener = listener;
	workers = must_alloc((size_t) options.threads * sizeof(*workers));
	for (int i = 0; i < options.threads; i++)
		if (!start(&workers[i]))
		{
			log_message(LOG_ERROR, "could not wait for clients: %s", strerror(errno));
			exit(1);
		}
	for (int i = 0; i < options.threads; i++)
		if (pthread_create(&workers[i].thread, NULL, worker_main, &workers[i]) != 0)
		{
			log_message(LOG_ERROR, "could not start a thread: %s", strerror(errno));
			exit(1);
		}
}

void
workers_quiesce(void)
{
	atomic_store(&quiet, true);
	/* From here on the kernel turns clients away; the descriptor stays while threads may use it. */
	shutdown(workers_listener, SHUT_RDWR);
	for (int i = 0; i < options.threads; i++)
		eventfd_write(workers[i].wake, 1);
}

void
workers_stop(void)
{
	atomic_store(&stopping, true);
	for (int i = 0; i < options.threads; i++)
		eventfd_write(workers[i].wake, 1);
	for (int i = 0; i < options.threads; i++)
	{
		pthread_join(workers[i].thread, NULL);
		text_free(&workers[i].spare);
		close(workers[i].poller);
		close(workers[i].wake);
	}
	close(workers_listener);
	free(workers);
}
