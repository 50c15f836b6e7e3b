/*
 * request.h
 *		One HTTP request, from its headers to its answer.
 *
 * It belongs to one thread at a time: to that of its connection while it is
 * read and answered, and between request_suspend() and request_resume() to the
 * lane or reader it was given to.
 */
#ifndef GATEWAY_REQUEST_H
#define GATEWAY_REQUEST_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "head.h"
#include "key.h"
#include "text.h"

struct Connection;
struct Route;

#define MAX_BODY_BYTES (1024 * 1024)
#define MAX_CALLS 500			/* of one request */
#define MAX_PARAMETERS 8
#define MAX_REPLY_HEADERS 8

/* One call on its way to SQL. */
typedef struct Call
{
	size_t		at;				/* in request->calls */
	size_t		len;
	bool		done;
	const char *fault;			/* known before SQL: what to tell instead of its message */
	const char *outcome;		/* a constant, see answer_outcome() */
	char	   *answer;
	size_t		answer_len;
} Call;

typedef struct Header
{
	const char *name;
	char		value[160];
} Header;

typedef struct Reply
{
	int			status;
	const char *content_type;
	const char *outcome;		/* for the log; a constant */
	bool		page;			/* for a browser: with a Content-Security-Policy */
	/* instead of body: bytes that stay for ever */
	const char *constant;
	size_t		constant_len;
	Text		body;
	int			nheaders;
	Header		header[MAX_REPLY_HEADERS];
} Reply;

typedef enum RequestState
{
	REQUEST_READING,
	REQUEST_SUSPENDED,			/* another thread has it */
	REQUEST_ANSWERED,			/* reply is set */
} RequestState;

typedef struct Request
{
	struct Connection *connection;
	const struct Route *route;
	RequestState state;
	uint64_t	number;
	int64_t		started;		/* headers read */
	int64_t		deadline;
	Head	   *head;
	char	   *path;			/* of the URL, for the log */
	char	   *query;			/* behind the "?", as it came, in the head's text; see query.h */
	char		method[16];		/* its beginning, were it longer than any that is known */
	char		id[40];			/* {id} of the path, or empty */
	bool		has_key;
	Key			key;
	Text		body;
	size_t		held;			/* bytes counted in upload memory */
	size_t		received;		/* of the body */

	/* for a lane */
	bool		many;			/* answers are a list */
	int			ncalls;
	int			left;			/* calls not done */
	Call	   *call;
	Call		single;			/* where there is one, which is the rule */
	Text		calls;
	int64_t		not_before;

	/* for a reader; of the dashboard: CSRF header, query as JSON, whether of the same origin, client */
	char	   *parameter[MAX_PARAMETERS];

	Reply		reply;
	struct Request *next;
} Request;

extern Request *request_new(struct Connection *connection, const char *method, const char *path);
extern void request_free(Request *request);

/* Adds a call: `fields` are members without braces, to stand before those of `object`. */
extern void request_add_call(Request *request, const char *fields, const char *object, size_t len);

extern void reply_header(Reply *reply, const char *name, const char *fmt,...)
	__attribute__((format(printf, 3, 4)));

/* http.c: hands the request to another thread, and back with a reply. */
extern void request_suspend(Request *request);
extern void request_resume(Request *request);

/* How many requests are not answered yet. */
extern int	request_count(void);

#endif
