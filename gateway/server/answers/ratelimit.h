/*
 * ratelimit.h
 *		The headers of a refusal that waiting helps.
 */
#ifndef GATEWAY_RATELIMIT_H
#define GATEWAY_RATELIMIT_H

#include <jansson.h>

#include "request.h"

/* Retry-After, RateLimit and RateLimit-Policy, from the answer of a refused call. */
extern void ratelimit_headers(Reply *reply, const json_t *answer);

#endif
