/*
 * worker.h
 *		The threads that speak HTTP, each with connections of its own: who is with
 *		whom, and what each connection waits for.
 */
#ifndef GATEWAY_WORKER_H
#define GATEWAY_WORKER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "http/callers.h"
#include "http/channel.h"
#include "http/chunked.h"
#include "lib/clock.h"
#include "lib/text.h"
#include "request.h"

typedef enum ConnectionState
{
	CONNECTION_NEW,    /* not seen by its worker yet */
	CONNECTION_HEAD,   /* a head comes, or none yet */
	CONNECTION_BODY,   /* the request's body comes */
	CONNECTION_AWAY,   /* another thread has the request */
	CONNECTION_ANSWER, /* the answer goes out */
	CONNECTION_LINGER, /* all is said; what still comes is thrown away */
	CONNECTION_CLOSED, /* to be freed */
} ConnectionState;

/* What is waited for from the client, each for a time of its own. */
typedef enum Wait
{
	WAIT_HEAD,   /* to send a head, since the connection or the head began */
	WAIT_BODY,   /* to send the body */
	WAIT_ANSWER, /* to take the answer */
	WAIT_IDLE,   /* to send another request */
	WAIT_LINGER, /* to close its side */
	NWAITS,
	WAIT_NOTHING = NWAITS, /* it is our turn */
} Wait;

/* Who has been waited for no longer than that is hardly silent. */
#define WAIT_GRACE (500 * CLOCK_MILLISECOND)

typedef struct Connection
{
	Channel channel;
	Origin origin;
	struct Worker *worker;
	Caller *caller;
	ConnectionState state;
	bool readable; /* there may be something to read */
	bool hung_up;  /* the client sends no more than what came */
	bool known;    /* it has had an answer */
	bool last;     /* it ends behind the answer under way */
	int passed;    /* workers that could not take it in */

	Wait waits;
	int64_t since;
	TAILQ_ENTRY(Connection) waiting;
	TAILQ_ENTRY(Connection) all;
	TAILQ_ENTRY(Connection) again;
	bool goes_on;            /* is among those that had their turn, and have more to do */
	struct Connection *next; /* in the worker's inbox, or among those to be freed */

	/* What was read and not used yet, while others use the worker's buffer. */
	char *kept;
	size_t kept_len;
	size_t seen; /* of a head that is not whole */

	Request *request;
	bool chunked;
	Chunked chunks;
	uint64_t left; /* of a body with a length */
	size_t discarded;
	/* the answer: its head, with a body that is small, and how much of head and body is sent */
	Text head;
	size_t head_sent;
	size_t body_sent;
} Connection;

/* What one connection reads before others have their turn. */
#define WORKER_BUFFER (64 * 1024)

typedef TAILQ_HEAD(ConnectionList, Connection) ConnectionList;

typedef struct Worker
{
	pthread_t thread;
	int poller;
	int wake;
	int64_t now; /* as of this turn */
	atomic_int connections;
	/* Connections from other threads: new ones, and such whose request is answered. */
	_Atomic(Connection *) inbox;

	ConnectionList all;
	/* Those that wait, the one that has waited longest first. */
	ConnectionList waiting[NWAITS];
	_Atomic(int64_t)
		oldest[NWAITS];   /* since when the first of each has waited: for the others to see */
	ConnectionList again; /* had their turn, and have more to do */
	Connection *closed;   /* to be freed at the end of the turn */
	int64_t deaf_until;   /* does not listen, for want of descriptors */

	/* for the connection at hand */
	char buffer[WORKER_BUFFER];
	size_t begin; /* what is not used yet */
	size_t end;
	Text spare; /* for the heads of answers */
	char date[40];
	int64_t date_at; /* the second it is of */
} Worker;

extern Worker *workers;

/* Connections of all workers together. */
extern int workers_connections(void);

/* From any thread: gives the connection to its worker, being new or its request answered. */
extern void worker_post(Connection *connection);
/* Counts a new connection, which is to go to this worker; or to another one after all. */
extern void worker_count(Worker *worker, Connection *connection);
extern void worker_pass(Connection *connection, Worker *to);
/* The rest is for the worker's own thread. */
extern void worker_take(Connection *connection);
extern void worker_wait(Connection *connection, Wait wait);
extern void worker_again(Connection *connection);
/* It is closed. Its memory stays until nobody can hold it any more. */
extern void worker_forget(Connection *connection);
/* Tells the other workers how long somebody has been waited for here. */
extern void worker_publish(Worker *worker);
extern const char *worker_date(Worker *worker);

#endif
