/*
 * watch.h
 *		Clients that take too long. libmicrohttpd's own time-out begins anew with
 *		every byte; a client that sends one now and then would never be late.
 */
#ifndef GATEWAY_WATCH_H
#define GATEWAY_WATCH_H

#include <stdint.h>

typedef struct Watched Watched;

extern Watched *watch_begin(int fd);
extern void watch_end(Watched *watched);
/* By when the client must have done what comes next; CLOCK_NEVER while it is our turn. */
extern void watch_until(Watched *watched, int64_t deadline);
/* Closes the connections that are late. Called about once a second. */
extern void watch_check(void);

#endif
