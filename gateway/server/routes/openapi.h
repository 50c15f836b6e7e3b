/*
 * openapi.h
 *		The description of the API, made from the table of routes.
 */
#ifndef GATEWAY_OPENAPI_H
#define GATEWAY_OPENAPI_H

#include "request.h"

extern void openapi_start(void);
extern void openapi_stop(void);
/* Route: GET /openapi.json. */
extern void openapi_answer(Request *request);

#endif
