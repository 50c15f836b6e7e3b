/*
 * admit.c
 *		Who is let in, and who has to make room.
 */
#include "admit.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "clock.h"
#include "metrics.h"
#include "options.h"
#include "text.h"

/* In one turn, so that those who are here already are not held up. */
#define MAX_ACCEPTS 32
/* Who has been waited for no longer than that is hardly silent. */
#define GRACE (500 * CLOCK_MILLISECOND)
/* Without descriptors, listening is no use. */
#define DEAF (100 * CLOCK_MILLISECOND)

static atomic_int connections;

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

void
admit_publish(Worker *w)
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
	admit_publish(w);
	return true;
}

bool
admit_free_memory(Connection *connection)
{
	Worker	   *w = connection->worker;
	Connection *c;

	TAILQ_FOREACH(c, &w->waiting[WAIT_BODY], waiting)
	{
		if (w->now - c->since < GRACE)
			break;
		if (c == connection || c->request->held == 0)
			continue;
		metrics_reaped();
		connection_close(c);
		return true;
	}
	return false;
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

void
admit(Worker *w, Connection *c)
{
	struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data.ptr = c};
	bool		room = make_room(w, c);

	if (!room && c->passed < options.threads - 1)
	{
		c->passed++;
		atomic_fetch_sub(&w->connections, 1);
		c->worker = &workers[(w - workers + 1) % options.threads];
		atomic_fetch_add(&c->worker->connections, 1);
		worker_post(c);
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
	worker_hear(w, false);
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
		admit(w, c);
	else
		worker_post(c);
}

void
admit_some(Worker *w)
{
	for (int i = 0; i < MAX_ACCEPTS; i++)
	{
		struct sockaddr_storage from;
		socklen_t	len = sizeof(from);
		int			fd = accept4(workers_listener, (struct sockaddr *) &from, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);

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

void
admit_leave(Connection *c)
{
	atomic_fetch_sub(&c->worker->connections, 1);
	atomic_fetch_sub(&connections, 1);
	metrics_connection(-1);
	caller_leave(c->caller);
}
