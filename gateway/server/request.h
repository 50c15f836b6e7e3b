/*
 * request.h
 *		One HTTP request, from its headers to its answer.
 *
 * It belongs to one thread at a time: to that of its connection while it is
 * read and answered, and between request_suspend() and request_resume() to the
 * lane or pool it was given to.
 */
#ifndef GATEWAY_REQUEST_H
#define GATEWAY_REQUEST_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "address.h"
#include "answers/outcomes.h"
#include "http/head.h"
#include "key.h"
#include "lib/text.h"

struct Media;
struct Route;

#define MAX_CALLS         500 /* of one request */
#define MAX_PARAMETERS    8
#define MAX_REPLY_HEADERS 8

/* Where requests come from: a connection. */
typedef struct Origin
{
	Address address; /* of the peer */
	/* Tells it, from any thread, that its request is answered. */
	void (*wake)(void *connection);
	void *connection;
} Origin;

/* One call on its way to SQL. */
typedef struct Call
{
	size_t at; /* in request->calls */
	size_t len;
	bool done;
	const char *fault; /* known before SQL: what to tell instead of its message */
	Outcome outcome;
	char *answer;
	size_t answer_len;
} Call;

/* What the dashboard's requests have besides. */
typedef struct Browser
{
	const char *csrf; /* the X-CSRF header; NULL for none */
	Text query;       /* as a JSON object */
	bool same_origin; /* as far as a browser says */
	char client[ADDRESS_TEXT];
} Browser;

typedef struct Header
{
	const char *name;
	char value[160];
} Header;

typedef struct Reply
{
	int status;
	const char *content_type;
	const char *outcome; /* for the log: a word that is a constant */
	bool page;           /* for a browser: with a Content-Security-Policy */
	/* instead of body: bytes that stay for ever */
	const char *constant;
	size_t constant_len;
	Text body;
	int nheaders;
	Header header[MAX_REPLY_HEADERS];
} Reply;

typedef enum RequestState
{
	REQUEST_READING,
	REQUEST_SUSPENDED, /* another thread has it */
	REQUEST_ANSWERED,  /* reply is set */
} RequestState;

typedef struct Request
{
	const Origin *origin;
	const struct Route *route;
	RequestState state;
	uint64_t number;
	int64_t started; /* headers read */
	int64_t deadline;
	Head *head;
	char *path;      /* of the URL, for the log */
	char *query;     /* behind the "?", as it came, in the head's text; see query.h */
	char method[16]; /* its beginning, were it longer than any that is known */
	char id[40];     /* {id} of the path, or empty */
	bool has_key;
	Key key;
	const struct Media
		*media; /* what the body is, of those that the route takes; NULL without a body */
	Text body;
	size_t received; /* bytes of the body, those too that were not kept */

	/* for a lane */
	bool many; /* answers are a list */
	int ncalls;
	int left; /* calls not done */
	Call *call;
	Call single; /* where there is one, which is the rule */
	Text calls;
	int64_t not_before;

	/* for reading statements: those that the route knows, in its order */
	char *parameter[MAX_PARAMETERS];

	Browser browser; /* for the dashboard */

	Reply reply;
	struct Request *next; /* in a queue */
} Request;

extern Request *request_new(const Origin *origin, const char *method, const char *path);
extern void request_free(Request *request);

/* A request header; NULL if it is not there. For the thread that has the request. */
extern const char *request_header(const Request *request, const char *name);
/* A cookie, which fits into `size` with its NUL. */
extern bool request_cookie(const Request *request, const char *name, char *value, size_t size);

/* Keeps more of the body. False if there is no memory for it: all bodies together have a bound. */
extern bool request_keep_body(Request *request, const char *data, size_t len);

/* Adds a call: `fields` are members without braces, to stand before those of `object`. */
extern void request_add_call(Request *request, const char *fields, const char *object, size_t len);

extern void reply_header(Reply *reply, const char *name, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Before it is handed to another thread, and back from there with a reply. */
extern void request_suspend(Request *request);
extern void request_resume(Request *request);

/* How many requests are not answered yet. */
extern int request_count(void);

#endif
