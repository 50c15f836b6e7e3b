/*
 * api.h
 *		The dashboard's API: a session in, quotakit.api() out.
 */
#ifndef GATEWAY_API_H
#define GATEWAY_API_H

#include "database.h"
#include "request.h"

/* Milliseconds: a price file, or a month replayed, may take longer than a call. */
#define API_DEADLINE 30000

extern const DatabaseStatement api_statement;

/* Takes out of the headers what SQL wants to know. May set the reply. */
extern void api_read_headers(Request *request);

/* Runs the request and sets its reply. */
extern void api_run(Database *db, Request *request);

#endif
