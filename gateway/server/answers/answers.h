/*
 * answers.h
 *		Replies that the gateway makes by itself.
 */
#ifndef GATEWAY_ANSWERS_H
#define GATEWAY_ANSWERS_H

#include "answers/problems.h"
#include "request.h"

/* What keeps a request from SQL, or its answer from us. */
typedef enum Trouble
{
	TROUBLE_NONE,
	TROUBLE_UNAVAILABLE, /* no database; nothing happened */
	TROUBLE_OVERLOADED,  /* the queue is full; nothing happened */
	TROUBLE_LATE,        /* the deadline came first; nothing happened */
	TROUBLE_BUSY,        /* the project stayed locked; nothing happened */
	TROUBLE_UNKNOWN,     /* under way when the database went */
	TROUBLE_STOPPING,    /* the gateway is going; nothing happened */
	TROUBLE_INTERNAL,
	NTROUBLES
} Trouble;

extern const char json_media[];

extern void answer_text(Request *request, int status, const char *content_type, const char *body,
						size_t len);
extern void answer_problem(Request *request, ProblemCode code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
extern void answer_trouble(Request *request, Trouble trouble);
extern void answer_unauthorized(Request *request);

/* A problem's members up to its status, which is given; the caller adds the others, and the brace. */
extern void problem_begin(Reply *reply, const char *code, const char *title, int status);

/* Whether the request has this ETag already, by its If-None-Match; then the reply is 304. Sets the header. */
extern bool answer_etag(Request *request, const char *etag);
/* Whether an If-None-Match names the tag: a list of quoted tags, weak or not, or *. */
extern bool etag_matches(const char *header, const char *etag);

#endif
