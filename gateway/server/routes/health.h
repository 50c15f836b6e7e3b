/*
 * health.h
 *		Whether the gateway lives, and whether it should be sent requests.
 */
#ifndef GATEWAY_HEALTH_H
#define GATEWAY_HEALTH_H

#include "request.h"

extern void health_alive(Request *request);
extern void health_ready(Request *request);
/* POST /v1/bench: reads the body as a call is read, and answers with a constant. */
extern void health_bench(Request *request);

#endif
