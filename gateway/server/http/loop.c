/*
 * loop.c
 *		What the threads that speak HTTP do, turn by turn.
 *
 * All wait at one listening socket; whichever lets a client in gives it to the
 * one with the fewest. The kernel tells of a change once (EPOLLET), and each
 * connection remembers it, so that a request costs no call but its own.
 */
#include "http/loop.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "http/admit.h"
#include "http/connection.h"
#include "http/worker.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/memory.h"
#include "metrics.h"
#include "settings.h"

#define MAX_EVENTS 256
/* In one turn, so that the others are not held up. */
#define MAX_LATE 64
#define LINGER   (2 * CLOCK_SECOND)
#define DEAF     (100 * CLOCK_MILLISECOND)
/* At the end answers that are under way go out. */
#define LAST_MOMENT CLOCK_SECOND

static int listener;
static atomic_bool quiet;
static atomic_bool ending;

static int64_t
patience(Wait wait)
{
	switch (wait)
	{
		case WAIT_HEAD:
			return settings.header_timeout * CLOCK_SECOND;
		case WAIT_BODY:
		case WAIT_ANSWER:
			return settings.body_timeout * CLOCK_SECOND;
		case WAIT_IDLE:
			return settings.idle_timeout * CLOCK_SECOND;
		case WAIT_LINGER:
			return LINGER;
		case WAIT_NOTHING:
			break;
	}
	return 0;
}

/* Whether it waits for new clients. */
static bool
hear(Worker *w, bool yes)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLEXCLUSIVE, .data.ptr = &listener };

	return epoll_ctl(w->poller, yes ? EPOLL_CTL_ADD : EPOLL_CTL_DEL, listener, &event) == 0;
}

/* Without descriptors, listening is no use. */
static void
go_deaf(Worker *w)
{
	hear(w, false);
	w->deaf_until = w->now + DEAF;
}

static void
take_event(Worker *w, const struct epoll_event *event)
{
	Connection *c = event->data.ptr;

	/* What woke us is looked at in any case. */
	if (event->data.ptr == &w->wake)
		return;
	if (event->data.ptr == &listener)
	{
		if (!admit_some(w, listener))
			go_deaf(w);
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
	int n = 0;

	for (Wait wait = 0; wait < NWAITS; wait++)
	{
		Connection *c;

		while (n < MAX_LATE && (c = TAILQ_FIRST(&w->waiting[wait])) != NULL &&
			   c->since + patience(wait) <= w->now)
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
	int64_t until = w->now + CLOCK_SECOND;
	int64_t now = clock_now();

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
	int n = epoll_wait(w->poller, events, MAX_EVENTS, patience_ms);

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
			hear(w, true);
	}
	free_closed(w);
	worker_publish(w);
}

/* Answers that are under way go out, but nobody is waited for long. */
static void
say_goodbye(Worker *w)
{
	int64_t end = clock_now() + LAST_MOMENT;
	Connection *c;

	do
		turn(w, TAILQ_EMPTY(&w->waiting[WAIT_ANSWER]) ? 0 : 10);
	while (clock_now() < end &&
		   (!TAILQ_EMPTY(&w->waiting[WAIT_ANSWER]) || atomic_load(&w->inbox) != NULL));
	while ((c = TAILQ_FIRST(&w->all)) != NULL)
		connection_close(c);
	free_closed(w);
}

static void *
worker_main(void *arg)
{
	Worker *w = arg;
	bool deaf = false;

	while (!atomic_load(&ending))
	{
		turn(w, time_left(w));
		if (!deaf && atomic_load(&quiet))
		{
			hear(w, false);
			deaf = true;
		}
	}
	say_goodbye(w);
	return NULL;
}

static bool
start(Worker *w)
{
	struct epoll_event wake = { .events = EPOLLIN | EPOLLET, .data.ptr = &w->wake };

	TAILQ_INIT(&w->all);
	TAILQ_INIT(&w->again);
	for (Wait wait = 0; wait < NWAITS; wait++)
		TAILQ_INIT(&w->waiting[wait]);
	worker_publish(w);
	w->now = clock_now();
	w->poller = epoll_create1(EPOLL_CLOEXEC);
	w->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return w->poller >= 0 && w->wake >= 0 &&
		   epoll_ctl(w->poller, EPOLL_CTL_ADD, w->wake, &wake) == 0 && hear(w, true);
}

void
loop_start(int socket)
{
	listener = socket;
	workers = must_alloc((size_t) settings.threads * sizeof(*workers));
	for (int i = 0; i < settings.threads; i++)
		if (!start(&workers[i]))
			log_fatal("could not wait for clients: %s", strerror(errno));
	for (int i = 0; i < settings.threads; i++)
		if (pthread_create(&workers[i].thread, NULL, worker_main, &workers[i]) != 0)
			log_fatal("could not start a thread: %s", strerror(errno));
}

void
loop_quiesce(void)
{
	atomic_store(&quiet, true);
	/* From here on the kernel turns clients away; the descriptor stays while threads may use it. */
	shutdown(listener, SHUT_RDWR);
	for (int i = 0; i < settings.threads; i++)
		eventfd_write(workers[i].wake, 1);
}

void
loop_stop(void)
{
	atomic_store(&ending, true);
	for (int i = 0; i < settings.threads; i++)
		eventfd_write(workers[i].wake, 1);
	for (int i = 0; i < settings.threads; i++)
	{
		pthread_join(workers[i].thread, NULL);
		text_free(&workers[i].spare);
		close(workers[i].poller);
		close(workers[i].wake);
	}
	close(listener);
	free(workers);
}
