/*
 * admit.c
 *		Who is let in, and who has to make room.
 */
#include "http/admit.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "http/connection.h"
#include "lib/clock.h"
#include "lib/memory.h"
#include "metrics.h"
#include "settings.h"

/* In one turn, so that those who are here already are not held up. */
#define MAX_ACCEPTS 32

/*
 * Whose place is given to somebody else: whoever has sent no whole request or
 * taken no whole answer for a while. An idle client loses nothing but its
 * connection, so it comes after those; but before one who has hardly had the time
 * to say something.
 */
static const struct
{
	Wait wait;
	int64_t grace;
} order[] = {
	{ WAIT_LINGER, 0 },
	{ WAIT_HEAD, WAIT_GRACE },
	{ WAIT_BODY, WAIT_GRACE },
	{ WAIT_ANSWER, WAIT_GRACE },
	{ WAIT_IDLE, 0 },
	{ WAIT_HEAD, WAIT_GRACE / 10 },
	{ WAIT_BODY, WAIT_GRACE / 10 },
	{ WAIT_ANSWER, WAIT_GRACE / 10 },
	{ WAIT_HEAD, 0 },
	{ WAIT_BODY, 0 },
	{ WAIT_ANSWER, 0 },
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

/* The worker that has the best one to be closed. */
static Worker *
find_crowded(int64_t now)
{
	for (int i = 0; i < NORDER; i++)
	{
		int64_t longest = now - order[i].grace + 1;
		Worker *found = NULL;

		for (Worker *w = workers; w < workers + settings.threads; w++)
		{
			int64_t since = atomic_load_explicit(&w->oldest[order[i].wait], memory_order_relaxed);

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
	return settings.connections_per_address > 0 &&
		   caller_connections(caller) > settings.connections_per_address;
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
	worker_publish(w);
	return true;
}

/* Keeps to the limits. False if there is no place to be had here. */
static bool
make_room(Worker *w, const Connection *c)
{
	if (is_over(c->caller))
		return close_silent(w, c->caller);
	return workers_connections() <= settings.connections || close_silent(w, NULL);
}

/* Who looks after a new connection: whoever has the fewest, or somebody to close for it. */
static Worker *
choose(const Worker *here, const Caller *caller)
{
	static atomic_uint turns;
	unsigned int first = atomic_fetch_add(&turns, 1);
	Worker *chosen = NULL;

	if (!is_over(caller) && workers_connections() >= settings.connections)
		return find_crowded(here->now);
	for (unsigned int i = 0; i < (unsigned int) settings.threads; i++)
	{
		Worker *w = &workers[(first + i) % (unsigned int) settings.threads];

		/* An address that has too many is spread evenly, so that the oldest of each is about the oldest of all. */
		if (chosen == NULL ||
			(!is_over(caller) && atomic_load(&w->connections) < atomic_load(&chosen->connections)))
			chosen = w;
	}
	return chosen;
}

void
admit(Worker *w, Connection *c)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
								 .data.ptr = c };
	bool room = make_room(w, c);

	if (!room && c->passed < settings.threads - 1)
	{
		worker_pass(c, &workers[(w - workers + 1) % settings.threads]);
		return;
	}
	worker_take(c);
	connection_start(c);
	if (!room)
		connection_refuse(c);
	if (epoll_ctl(w->poller, EPOLL_CTL_ADD, c->channel.fd, &event) != 0)
		connection_close(c);
}

/* Tells a connection's worker, from whatever thread, that its request is answered. */
static void
wake(void *connection)
{
	worker_post(connection);
}

static void
let_in(Worker *w, int fd, const struct sockaddr_storage *from)
{
	Connection *c = must_alloc(sizeof(*c));

	c->origin = (Origin){ .address = address_of(from), .wake = wake, .connection = c };
	c->caller = caller_enter(&c->origin.address);
	channel_open(&c->channel, fd);
	worker_count(choose(w, c->caller), c);
	if (c->worker == w)
		admit(w, c);
	else
		worker_post(c);
}

bool
admit_some(Worker *w, int listener)
{
	for (int i = 0; i < MAX_ACCEPTS; i++)
	{
		struct sockaddr_storage from;
		socklen_t len = sizeof(from);
		int fd = accept4(listener, (struct sockaddr *) &from, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd >= 0)
			let_in(w, fd, &from);
		/* No descriptor is left: somebody silent gives one back. */
		else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
			return close_silent(w, NULL);
		else if (errno == EAGAIN || errno == EINVAL)
			break;
	}
	return true;
}
