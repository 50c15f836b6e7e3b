/*
 * backlog.c
 *		The calls that a lane has been given.
 */
#include "database/backlog.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include "lib/clock.h"
#include "settings.h"

/* Bytes of calls in one lane. */
#define MAX_BYTES (64 * 1024 * 1024)

bool
backlog_start(Backlog *b)
{
	queue_start(&b->waiting);
	pthread_mutex_init(&b->lock, NULL);
	b->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return b->wake >= 0;
}

void
backlog_free(Backlog *b)
{
	close(b->wake);
}

/* Whether there is room for a request; in an empty one there is for any. */
static bool
has_room(const Backlog *b, const Request *request)
{
	int calls = atomic_load(&b->calls);

	if (calls == 0)
		return request->ncalls <= settings.lane_queue + MAX_CALLS;
	return calls + request->ncalls <= settings.lane_queue &&
		   b->bytes + request->calls.len <= MAX_BYTES;
}

Trouble
backlog_add(Backlog *b, Request *request)
{
	Trouble trouble = TROUBLE_NONE;
	bool wake = false;

	pthread_mutex_lock(&b->lock);
	if (!b->up)
		trouble = TROUBLE_UNAVAILABLE;
	else if (!has_room(b, request))
		trouble = TROUBLE_OVERLOADED;
	else
	{
		queue_add(&b->waiting, request);
		atomic_fetch_add(&b->calls, request->ncalls);
		b->bytes += request->calls.len;
		b->waiting_calls += request->ncalls;
		wake = b->wake_at > 0 && b->waiting_calls >= b->wake_at;
		if (wake)
			b->wake_at = 0;
	}
	pthread_mutex_unlock(&b->lock);
	if (wake)
		eventfd_write(b->wake, 1);
	return trouble;
}

void
backlog_stop(Backlog *b)
{
	pthread_mutex_lock(&b->lock);
	b->stopping = true;
	pthread_mutex_unlock(&b->lock);
	eventfd_write(b->wake, 1);
}

void
backlog_set_up(Backlog *b, bool up)
{
	Queue waiting;

	queue_start(&waiting);
	pthread_mutex_lock(&b->lock);
	b->up = up;
	if (!up && b->waiting.head != NULL)
	{
		queue_move(&waiting, &b->waiting);
		b->waiting_calls = 0;
	}
	pthread_mutex_unlock(&b->lock);
	backlog_leave_all(b, &waiting, TROUBLE_UNAVAILABLE);
}

bool
backlog_is_up(Backlog *b)
{
	bool up;

	pthread_mutex_lock(&b->lock);
	up = b->up;
	pthread_mutex_unlock(&b->lock);
	return up;
}

bool
backlog_is_stopping(Backlog *b)
{
	bool stopping;

	pthread_mutex_lock(&b->lock);
	stopping = b->stopping;
	pthread_mutex_unlock(&b->lock);
	return stopping;
}

bool
backlog_doze(Backlog *b, int calls)
{
	bool doze;

	pthread_mutex_lock(&b->lock);
	doze = b->waiting_calls < calls;
	if (doze)
		b->wake_at = calls;
	pthread_mutex_unlock(&b->lock);
	return doze;
}

void
backlog_awake(Backlog *b)
{
	pthread_mutex_lock(&b->lock);
	b->wake_at = 0;
	pthread_mutex_unlock(&b->lock);
}

int
backlog_take(Backlog *b, Queue *taken, int most)
{
	int n = 0;

	pthread_mutex_lock(&b->lock);
	/* A request is taken as a whole, so the last one may pass the size that is aimed at. */
	while (b->waiting.head != NULL && n < most)
	{
		Request *request = queue_take(&b->waiting);

		n += request->left;
		b->waiting_calls -= request->ncalls;
		queue_add(taken, request);
	}
	pthread_mutex_unlock(&b->lock);
	return n;
}

void
backlog_expire(Backlog *b)
{
	Queue expired;
	int64_t now = clock_now();

	queue_start(&expired);
	pthread_mutex_lock(&b->lock);
	/* Oldest first, and all have the same patience. */
	while (b->waiting.head != NULL && b->waiting.head->deadline <= now)
	{
		b->waiting_calls -= b->waiting.head->ncalls;
		queue_add(&expired, queue_take(&b->waiting));
	}
	pthread_mutex_unlock(&b->lock);
	backlog_leave_all(b, &expired, TROUBLE_LATE);
}

/* One after the other without a pause: the first of them wakes a thread, which should find them all. */
void
backlog_leave(Backlog *b, Queue *queue)
{
	pthread_mutex_lock(&b->lock);
	for (const Request *request = queue->head; request != NULL; request = request->next)
	{
		atomic_fetch_sub(&b->calls, request->ncalls);
		b->bytes -= request->calls.len;
	}
	pthread_mutex_unlock(&b->lock);
	while (queue->head != NULL)
		request_resume(queue_take(queue));
}

void
backlog_leave_all(Backlog *b, Queue *queue, Trouble trouble)
{
	for (Request *request = queue->head; request != NULL; request = request->next)
		answer_trouble(request, trouble);
	if (queue->head != NULL)
		backlog_leave(b, queue);
}
