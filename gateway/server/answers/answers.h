/*
 * answers.h
 *		From what SQL says, or what went wrong, to an HTTP reply.
 */
#ifndef GATEWAY_ANSWERS_H
#define GATEWAY_ANSWERS_H

#include "request.h"

/* What keeps a request from SQL, or its answer from us. */
typedef enum Trouble
{
	TROUBLE_NONE,
	TROUBLE_UNAVAILABLE,		/* no database; nothing happened */
	TROUBLE_OVERLOADED,			/* the queue is full; nothing happened */
	TROUBLE_LATE,				/* the deadline came first; nothing happened */
	TROUBLE_BUSY,				/* the project stayed locked; nothing happened */
	TROUBLE_UNKNOWN,			/* under way when the database went */
	TROUBLE_STOPPING,			/* the gateway is going; nothing happened */
	TROUBLE_INTERNAL,
} Trouble;

/* An error that the gateway itself found. `code` is one of the table in answers.c. */
extern void answer_problem(Request *request, const char *code, const char *fmt,...)
	__attribute__((format(printf, 3, 4)));
extern void answer_trouble(Request *request, Trouble trouble);

/* The constant that equals an outcome of SQL; NULL for one that is not known. */
extern const char *answer_outcome(const char *outcome);
extern const char *const outcome_busy;

/* All calls are done: the reply is made of their answers. */
extern void answer_calls(Request *request);

/* What a reading function returned. An ETag that the client has makes it 304. */
extern void answer_read(Request *request, int status, const char *etag, const char *body,
						size_t len, const char *if_none_match);

/* Whether an If-None-Match names the tag. */
extern bool etag_matches(const char *header, const char *etag);

extern void answer_text(Request *request, int status, const char *content_type,
						const char *body, size_t len);

#endif
