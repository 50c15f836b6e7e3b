/*
 * http.h
 *		The side of the gateway that speaks HTTP, as a whole.
 */
#ifndef GATEWAY_HTTP_H
#define GATEWAY_HTTP_H

/* Listens and serves, in threads of its own. Ends the process if it cannot. */
extern void http_start(void);
/* No new connections; every answer from now on closes its own. */
extern void http_quiesce(void);
extern void http_stop(void);

#endif
