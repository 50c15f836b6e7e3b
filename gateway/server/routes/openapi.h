/*
 * openapi.h
 *		The description of the API, made from the tables of routes: the gateway's own, and the database's.
 */
#ifndef GATEWAY_OPENAPI_H
#define GATEWAY_OPENAPI_H

#include "routes/route.h"

extern void openapi_start(const Route *table, size_t n);
extern void openapi_stop(void);

/* What quotakit.gateway_api() says of the dashboard's API. From any thread. */
extern void openapi_take_api(const char *text);

/* Route: GET /openapi.json. */
extern void openapi_answer(Request *request);

#endif
