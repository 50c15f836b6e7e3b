/*
 * query.h
 *		The query of a request's URI.
 */
#ifndef GATEWAY_QUERY_H
#define GATEWAY_QUERY_H

#include "request.h"

/* Takes a parameter: decoded, not ended by NUL; without "=" its value is NULL. False ends the walk. */
typedef bool (*QueryTake)(Request *request, const char *name, size_t name_len, const char *value,
						  size_t value_len);

/* Takes what percent signs stand for, in place; one that stands for nothing stays. Returns the length. */
extern size_t query_decode(char *text);

/* Whether a value is there, is UTF-8, and has no NUL. */
extern bool query_is_text(const char *value, size_t len);

/* Walks through request->query, which is decoded in place: once. */
extern void query_walk(Request *request, QueryTake take);

/* Takes those that the route knows into request->parameter. May set the reply. */
extern void query_parameters(Request *request);

#endif
