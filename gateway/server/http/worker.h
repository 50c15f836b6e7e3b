/*
 * worker.h
 *		The threads that speak HTTP, each with connections of its own.
 */
#ifndef GATEWAY_WORKER_H
#define GATEWAY_WORKER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "connection.h"

/* What one connection reads before others have their turn. */
#define WORKER_BUFFER (64 * 1024)

typedef TAILQ_HEAD(ConnectionList, Connection) ConnectionList;

typedef struct Worker
{
	pthread_t	thread;
	int			poller;
	int			wake;
	int64_t		now;			/* as of this turn */
	atomic_int	connections;
	/* Connections from other threads: new ones, and such whose request is answered. */
	_Atomic(Connection *) inbox;

	ConnectionList all;
	/* Those that wait, the one that has waited longest first. */
	ConnectionList waiting[NWAITS];
	_Atomic(int64_t) oldest[NWAITS];	/* since when the first of each has waited: for the others to see */
	ConnectionList again;		/* had their turn, and have more to do */
	Connection *closed;			/* to be freed at the end of the turn */
	int64_t		deaf_until;		/* does not listen, for want of descriptors */

	/* for the connection at hand */
	char		buffer[WORKER_BUFFER];
	size_t		begin;			/* what is not used yet */
	size_t		end;
	Text		spare;			/* for the heads of answers */
	char		date[40];
	int64_t		date_at;		/* the second it is of */
} Worker;

extern Worker *workers;
extern int	workers_listener;

extern void workers_start(int listener);
/* Nobody new is let in. */
extern void workers_quiesce(void);
extern void workers_stop(void);

/* From any thread: gives the connection to its worker, being new or its request answered. */
extern void worker_post(Connection *connection);
/* The rest is for the worker's own thread. */
extern void worker_wait(Connection *connection, Wait wait);
extern void worker_again(Connection *connection);
extern void worker_forget(Connection *connection);
/* Whether it waits for new clients. */
extern bool worker_hear(Worker *worker, bool hear);
extern const char *worker_date(Worker *worker);

#endif
