/*
 * connection.h
 *		One client's connection: what it reads next, and what it answers.
 *
 * It belongs to one worker and to no other thread. Requests on it are taken one
 * after the other, however many have come already.
 */
#ifndef GATEWAY_CONNECTION_H
#define GATEWAY_CONNECTION_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "callers.h"
#include "channel.h"
#include "chunked.h"
#include "request.h"
#include "text.h"

typedef enum ConnectionState
{
	CONNECTION_NEW,				/* not seen by its worker yet */
	CONNECTION_HEAD,			/* a head comes, or none yet */
	CONNECTION_BODY,			/* the request's body comes */
	CONNECTION_AWAY,			/* another thread has the request */
	CONNECTION_ANSWER,			/* the answer goes out */
	CONNECTION_LINGER,			/* all is said; what still comes is thrown away */
	CONNECTION_CLOSED,			/* to be freed */
} ConnectionState;

/* What is waited for from the client, each for a time of its own. */
typedef enum Wait
{
	WAIT_HEAD,					/* to send a head, since the connection or the head began */
	WAIT_BODY,					/* to send the body */
	WAIT_ANSWER,				/* to take the answer */
	WAIT_IDLE,					/* to send another request */
	WAIT_LINGER,				/* to close its side */
	NWAITS,
	WAIT_NOTHING = NWAITS,		/* it is our turn */
} Wait;

typedef struct Connection
{
	Channel		channel;
	struct Worker *worker;
	Caller	   *caller;
	ConnectionState state;
	bool		readable;		/* there may be something to read */
	bool		hung_up;		/* the client sends no more than what came */
	bool		known;			/* it has had an answer */
	bool		last;			/* it ends behind the answer under way */
	int			passed;			/* workers that could not take it in */

	Wait		waits;
	int64_t		since;
	TAILQ_ENTRY(Connection) waiting;
	TAILQ_ENTRY(Connection) all;
	TAILQ_ENTRY(Connection) again;
	bool		goes_on;		/* is among those that had their turn, and have more to do */
	struct Connection *next;	/* in the worker's inbox, or among those to be freed */

	/* What was read and not used yet, while others use the worker's buffer. */
	char	   *kept;
	size_t		kept_len;
	size_t		seen;			/* of a head that is not whole */

	Request    *request;
	bool		chunked;
	Chunked		chunks;
	uint64_t	left;			/* of a body with a length */
	size_t		discarded;
	/* the answer: its head, with a body that is small, and how much of head and body is sent */
	Text		head;
	size_t		head_sent;
	size_t		body_sent;
} Connection;

/* Its worker calls these. */
extern void connection_start(Connection *connection);
/* There are too many: it is told so. */
extern void connection_refuse(Connection *connection);
/* Its request is answered. */
extern void connection_resumed(Connection *connection);
/* Goes on as far as it can. */
extern void connection_run(Connection *connection);
extern void connection_close(Connection *connection);
extern void connection_free(Connection *connection);

#endif
