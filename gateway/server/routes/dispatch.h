/*
 * http.h
 *		What is asked, and by whom it is answered.
 */
#ifndef GATEWAY_HTTP_H
#define GATEWAY_HTTP_H

#include <stdbool.h>

#include "request.h"

/* So much of a body that is too large is read all the same, so that its client comes to read the answer. */
#define MAX_DISCARDED (8 * 1024 * 1024)

/* Listens and serves, in threads of its own. Ends the process if it cannot. */
extern void http_start(void);
/* No new connections; every answer from now on closes its own. */
extern void http_quiesce(void);
extern void http_stop(void);
extern bool http_stopping(void);

/* A request header; NULL if it is not there. For the thread that has the request. */
extern const char *http_header(const Request *request, const char *name);
/* A cookie, which fits into `size` with its NUL. */
extern bool http_cookie(const Request *request, const char *name, char *value, size_t size);

/*
 * A connection has its requests looked after here. Once its head has come: may
 * have its reply already, which then waits until the body has come, too.
 */
extern Request *http_begin(struct Connection *connection, const Head *head, const char *data);
/* Whether it is answered before its body comes: one that is refused, and would be long, or comes only when asked for. */
extern bool http_refuses_body(Request *request);
extern void http_take_body(Request *request, const char *data, size_t len);
/* It is complete. False if another thread has it now; it then comes back by worker_post(). */
extern bool http_carry_out(Request *request);
/* It is answered, or its client is gone. */
extern void http_end(Request *request, bool left_by_client);

#endif
