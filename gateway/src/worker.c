/*
 * worker.c
 *		The threads that speak HTTP, each with connections of its own.
 *
 * All wait at one listening socket; whichever lets a client in gives it to the
 * one with the fewest. The kernel tells of a change once (EPOLLET), and each
 * connection remembers it, so that a request costs no call but its own.
 *
 * When there are more connections than may be, room is made by closing one that
 * waits for its client: first those that have not sent a whole request, the one
 * that has waited longest first. One whose request is being carried out never is.
 */
#include "worker.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "http.h"
#include "log.h"
#include "metrics.h"
#include "options.h"

#define MAX_EVENTS 256
/* In one turn, so that those who are here already are not held up. */
#define MAX_ACCEPTS 32
#define MAX_LATE 64
/* Who has been waited for no longer than that is hardly silent. */
#define GRACE (500 * CLOCK_MILLISECOND)
#define LINGER (2 * CLOCK_SECOND)
/* Without descriptors, listening is no use. */
#define DEAF (100 * CLOCK_MILLISECOND)
/* At the end answers that are under way go out. */
#define LAST_MOMENT CLOCK_SECOND

static Worker *workers;
static int	listener;
static atomic_int connections;
static atomic_bool quiet;
static atomic_bool stopping;

static const uint32_t listening = EPOLLIN | EPOLLEXCLUSIVE;

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
	assert(!c->goes_on);
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
	atomic_fetch_sub(&w->connections, 1);
	atomic_fetch_sub(&connections, 1);
	metrics_connection(-1);
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
static void
post(Connection *c)
{
	Worker	   *w = c->worker;
	Connection *first = atomic_load(&w->inbox);

	do
		c->next = first;
	while (!atomic_compare_exchange_weak(&w->inbox, &first, c));
	if (first == NULL)
		eventfd_write(w->wake, 1);
}

void
worker_resume(Connection *c)
{
	post(c);
}

/*
 * Whose place is given to somebody else: whoever has sent no whole request or
 * taken no whole answer for a while. An idle client loses nothing but its
 * connection, so it comes after those; but before one who has hardly had the time
 * to say something.
 */
static const struct
{
	Wait		wait;
	int64_t		grace;
}			order[] = {
	{WAIT_LINGER, 0},
	{WAIT_HEAD, GRACE}, {WAIT_BODY, GRACE}, {WAIT_ANSWER, GRACE},
	{WAIT_IDLE, 0},
	{WAIT_HEAD, GRACE / 10}, {WAIT_BODY, GRACE / 10}, {WAIT_ANSWER, GRACE / 10},
	{WAIT_HEAD, 0}, {WAIT_BODY, 0}, {WAIT_ANSWER, 0},
};

#define NORDER ((int) (sizeof(order) / sizeof(order[0])))

/* One of this worker's: any, or one of this caller's. */
static Connection *
find_silent(const Worker *w, const Caller *caller)
{
	for (int i = 0; i < NORDER; i++)
	{
		Connection *c;

		TAILQ_FOREACH(c, &w->waiting[order[i].wait], waiting)
			if (caller == NULL || c->caller == caller)
				break;
		if (c != NULL && w->now - c->since >= order[i].grace)
			return c;
	}
	return NULL;
}

/* Tells the other workers how long somebody has been waited for here. */
static void
publish(Worker *w)
{
	for (Wait wait = 0; wait < NWAITS; wait++)
	{
		const Connection *c = TAILQ_FIRST(&w->waiting[wait]);

		atomic_store_explicit(&w->oldest[wait], c != NULL ? c->since : CLOCK_NEVER, memory_order_relaxed);
	}
}

/* The worker that has the best one to be closed. */
static Worker *
find_crowded(int64_t now)
{
	for (int i = 0; i < NORDER; i++)
	{
		int64_t		longest = now - order[i].grace + 1;
		Worker	   *found = NULL;

		for (Worker *w = workers; w < workers + options.threads; w++)
		{
			int64_t		since = atomic_load_explicit(&w->oldest[order[i].wait], memory_order_relaxed);

			if (since >= longest)
				continue;
			longest = since;
			found = w;
		}
		if (found != NULL)
			return found;
	}
	return workers;
}

static bool
is_over(const Caller *caller)
{
	return options.connections_per_address > 0 && caller_connections(caller) > options.connections_per_address;
}

/* Closes somebody silent. False if there is nobody. */
static bool
close_silent(Worker *w, const Caller *caller)
{
	Connection *silent = find_silent(w, caller);

	if (silent == NULL)
		return false;
	metrics_reaped();
	connection_close(silent);
	publish(w);
	return true;
}

/* Keeps to the limits. False if there is no place to be had here. */
static bool
make_room(Worker *w, const Connection *c)
{
	if (is_over(c->caller))
		return close_silent(w, c->caller);
	return atomic_load(&connections) <= options.connections || close_silent(w, NULL);
}

/* Who looks after a new connection: whoever has the fewest, or somebody to close for it. */
static Worker *
choose(const Worker *here, const Caller *caller)
{
	static atomic_uint turns;
	unsigned int first = atomic_fetch_add(&turns, 1);
	Worker	   *chosen = NULL;

	if (!is_over(caller) && atomic_load(&connections) >= options.connections)
		return find_crowded(here->now);
	for (unsigned int i = 0; i < (unsigned int) options.threads; i++)
	{
		Worker	   *w = &workers[(first + i) % (unsigned int) options.threads];

		/* An address that has too many is spread evenly, so that the oldest of each is about the oldest of all. */
		if (chosen == NULL || (!is_over(caller) && atomic_load(&w->connections) < atomic_load(&chosen->connections)))
			chosen = w;
	}
	return chosen;
}

static void
take_in(Worker *w, Connection *c)
{
	struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data.ptr = c};
	bool		room = make_room(w, c);

	if (!room && c->passed < options.threads - 1)
	{
		c->passed++;
		atomic_fetch_sub(&w->connections, 1);
		c->worker = &workers[(w - workers + 1) % options.threads];
		atomic_fetch_add(&c->worker->connections, 1);
		post(c);
		return;
	}
	TAILQ_INSERT_TAIL(&w->all, c, all);
	connection_start(c);
	if (!room)
		connection_refuse(c);
	if (epoll_ctl(w->poller, EPOLL_CTL_ADD, c->channel.fd, &event) != 0)
		connection_close(c);
}

/* No descriptor is left: somebody silent gives one back, or nobody is let in for a while. */
static void
run_out(Worker *w)
{
	if (close_silent(w, NULL))
		return;
	epoll_ctl(w->poller, EPOLL_CTL_DEL, listener, NULL);
	w->deaf_until = w->now + DEAF;
}

static void
let_in(Worker *w, int fd, const struct sockaddr_storage *from)
{
	Connection *c = must_alloc(sizeof(*c));

	c->caller = caller_enter(from);
	c->worker = choose(w, c->caller);
	c->waits = WAIT_NOTHING;
	channel_open(&c->channel, fd);
	atomic_fetch_add(&c->worker->connections, 1);
	atomic_fetch_add(&connections, 1);
	metrics_connection(1);
	if (c->worker == w)
		take_in(w, c);
	else
		post(c);
}

static void
accept_some(Worker *w)
{
	for (int i = 0; i < MAX_ACCEPTS; i++)
	{
		struct sockaddr_storage from;
		socklen_t	len = sizeof(from);
		int			fd = accept4(listener, (struct sockaddr *) &from, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd >= 0)
			let_in(w, fd, &from);
		else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
		{
			run_out(w);
			return;
		}
		else if (errno == EAGAIN || errno == EINVAL)
			return;
	}
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
		accept_some(w);
		return;
	}
	if (event->events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR))
		c->hung_up = true;
	if (event->events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR))
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
			take_in(w, c);
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
	struct epoll_event hear = {.events = listening, .data.ptr = &listener};
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
			epoll_ctl(w->poller, EPOLL_CTL_ADD, listener, &hear);
	}
	free_closed(w);
	publish(w);
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
			epoll_ctl(w->poller, EPOLL_CTL_DEL, listener, NULL);
			deaf = true;
		}
	}
	say_goodbye(w);
	return NULL;
}

static bool
start(Worker *w)
{
	struct epoll_event hear = {.events = listening, .data.ptr = &listener};
	struct epoll_event wake = {.events = EPOLLIN | EPOLLET, .data.ptr = &w->wake};

	TAILQ_INIT(&w->all);
	TAILQ_INIT(&w->again);
	for (Wait wait = 0; wait < NWAITS; wait++)
		TAILQ_INIT(&w->waiting[wait]);
	publish(w);
	w->now = clock_now();
	w->poller = epoll_create1(EPOLL_CLOEXEC);
	w->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return w->poller >= 0 && w->wake >= 0 && epoll_ctl(w->poller, EPOLL_CTL_ADD, w->wake, &wake) == 0 &&
		epoll_ctl(w->poller, EPOLL_CTL_ADD, listener, &hear) == 0;
}

void
workers_start(int socket)
{
	listener = socket;
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
	shutdown(listener, SHUT_RDWR);
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
	close(listener);
	free(workers);
}
