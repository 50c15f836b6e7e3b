/*
 * calls.h
 *		From the body of a request to calls, as doc/calls.md and doc/http.md
 *		describe them. A handler leaves calls in the request, or its reply.
 */
#ifndef GATEWAY_CALLS_H
#define GATEWAY_CALLS_H

#include "request.h"

/* One call, whose op is the route's. */
extern void calls_one(Request *request);
/* {"events": [...]} */
extern void calls_list(Request *request);

#endif
