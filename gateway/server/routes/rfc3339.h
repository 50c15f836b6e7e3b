/*
 * rfc3339.h
 *		Times as RFC 3339 writes them.
 */
#ifndef GATEWAY_RFC3339_H
#define GATEWAY_RFC3339_H

#include <stdbool.h>
#include <stdint.h>

/* Milliseconds since 1970; false if it is no such time, or no such day is in the calendar. */
extern bool rfc3339_read(const char *text, int64_t *milliseconds);

#endif
