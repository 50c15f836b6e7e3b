/*
 * pool.h
 *		Some connections, each with a thread, that take requests from one queue.
 */
#ifndef GATEWAY_POOL_H
#define GATEWAY_POOL_H

#include <pthread.h>

#include "database/database.h"
#include "database/queue.h"

/* What a pool is for. The names are constants. */
typedef struct PoolWork
{
	const char *name;
	DatabasePurpose purpose;
	int deadline; /* milliseconds a statement may take */
	const DatabaseStatement *statements;
	int nstatements;
	/* Sets the request's reply. */
	void (*run)(Database *db, Request *request);
	/* After connecting, before the first request. NULL for nothing. */
	void (*connected)(Database *db);
} PoolWork;

typedef struct Pool
{
	PoolWork work;
	int size;
	struct PoolMember *members;
	pthread_mutex_t lock;
	Queue waiting; /* under the lock */
	bool stopping; /* likewise */
	atomic_int queued;
	atomic_int up; /* members that are connected */
	int wake;      /* an eventfd that counts the requests in the queue */
} Pool;

extern void pool_start(Pool *pool, const PoolWork *work, int size);
extern void pool_stop(Pool *pool);
/* Takes a suspended request; it comes back by request_resume() with a reply. */
extern void pool_submit(Pool *pool, Request *request);

#endif
