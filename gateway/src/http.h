/*
 * http.h
 *		libmicrohttpd and the requests on it.
 */
#ifndef GATEWAY_HTTP_H
#define GATEWAY_HTTP_H

#include <stdbool.h>

#include "request.h"

/* Listens and serves, in threads of its own. Ends the process if it cannot. */
extern void http_start(void);
/* No new connections; every answer from now on closes its own. */
extern void http_quiesce(void);
extern void http_stop(void);
extern bool http_stopping(void);

/* A request header; NULL if it is not there. For the thread that has the request. */
extern const char *http_header(const Request *request, const char *name);

#endif
