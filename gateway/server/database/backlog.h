/*
 * backlog.h
 *		The calls that a lane has been given: bounded, and answered at once where
 *		the lane has no connection.
 */
#ifndef GATEWAY_BACKLOG_H
#define GATEWAY_BACKLOG_H

#include <pthread.h>

#include "answers/answers.h"
#include "database/queue.h"

typedef struct Backlog
{
	int wake; /* eventfd, for the lane's thread */
	pthread_mutex_t lock;
	/* under the lock */
	Queue waiting;
	int waiting_calls;
	int wake_at; /* asleep until so many calls wait; 0: awake */
	bool up;     /* the lane takes calls */
	bool stopping;
	size_t bytes;     /* of calls waiting or under way */
	atomic_int calls; /* waiting or under way; changed under the lock, read without it */
} Backlog;

/* False if it cannot be made. */
extern bool backlog_start(Backlog *backlog);
extern void backlog_free(Backlog *backlog);

/* Takes a request, or says why not. */
extern Trouble backlog_add(Backlog *backlog, Request *request);
/* Wakes the lane's thread, to end. */
extern void backlog_stop(Backlog *backlog);

/* The rest is for the lane's own thread, and its flusher's. */

/* Whether requests are taken; those that wait when that ends are told so. */
extern void backlog_set_up(Backlog *backlog, bool up);
extern bool backlog_is_up(Backlog *backlog);
extern bool backlog_is_stopping(Backlog *backlog);

/* To be woken once so many calls wait. False when they do already. */
extern bool backlog_doze(Backlog *backlog, int calls);
extern void backlog_awake(Backlog *backlog);

/* Moves waiting requests, of so many calls or a few more, into a batch; returns how many calls they have. */
extern int backlog_take(Backlog *backlog, Queue *taken, int most);
/* Tells those that have waited until their deadline. */
extern void backlog_expire(Backlog *backlog);

/* Requests leave, with their replies; or all with the same one. */
extern void backlog_leave(Backlog *backlog, Queue *queue);
extern void backlog_leave_all(Backlog *backlog, Queue *queue, Trouble trouble);

#endif
