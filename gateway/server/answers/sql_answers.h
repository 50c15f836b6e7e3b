/*
 * sql_answers.h
 *		From what SQL says to an HTTP reply.
 */
#ifndef GATEWAY_SQL_ANSWERS_H
#define GATEWAY_SQL_ANSWERS_H

#include "answers/answers.h"

/* All calls are done: the reply is made of their answers. */
extern void answer_calls(Request *request);
/* Some are not, and will not be. */
extern void answer_calls_left(Request *request, Trouble trouble);

/* What a reading function returned. An ETag that the client has makes it 304. */
extern void answer_read(Request *request, int status, const char *etag, const char *body,
						size_t len);

#endif
