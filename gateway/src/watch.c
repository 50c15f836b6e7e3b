/*
 * watch.c
 *		Clients that take too long.
 */
#include "watch.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "clock.h"
#include "metrics.h"
#include "options.h"
#include "text.h"

struct Watched
{
	int			fd;
	_Atomic int64_t deadline;
	Watched    *next;
	Watched   **link;			/* what points to this one */
};

/* While it is held, no descriptor in the list is closed. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static Watched *list;

Watched *
watch_begin(int fd)
{
	Watched    *w = must_alloc(sizeof(*w));

	w->fd = fd;
	atomic_store(&w->deadline, clock_now() + options.header_timeout * CLOCK_SECOND);
	pthread_mutex_lock(&lock);
	w->next = list;
	w->link = &list;
	if (list != NULL)
		list->link = &w->next;
	list = w;
	pthread_mutex_unlock(&lock);
	return w;
}

void
watch_end(Watched *w)
{
	pthread_mutex_lock(&lock);
	*w->link = w->next;
	if (w->next != NULL)
		w->next->link = w->link;
	pthread_mutex_unlock(&lock);
	free(w);
}

void
watch_until(Watched *w, int64_t deadline)
{
	atomic_store(&w->deadline, deadline);
}

void
watch_check(void)
{
	int64_t		now = clock_now();

	pthread_mutex_lock(&lock);
	for (Watched *w = list; w != NULL; w = w->next)
	{
		if (atomic_load(&w->deadline) > now)
			continue;
		/* libmicrohttpd sees the end of the connection, and closes it. */
		shutdown(w->fd, SHUT_RDWR);
		atomic_store(&w->deadline, CLOCK_NEVER);
		metrics_slow_client();
	}
	pthread_mutex_unlock(&lock);
}
