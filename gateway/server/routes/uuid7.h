/*
 * uuid7.h
 *		Ids of calls: UUID version 7, as text.
 */
#ifndef GATEWAY_UUID7_H
#define GATEWAY_UUID7_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UUID_TEXT 36

/* Whether it is a UUID v7 in the usual form with hyphens. */
extern bool uuid7_valid(const char *text, size_t len);
/* Milliseconds since 1970 in a valid one. */
extern int64_t uuid7_milliseconds(const char *text);
/* Milliseconds since 1970, now. */
extern int64_t uuid7_now(void);
/* A new one, for now. */
extern void uuid7_make(char text[UUID_TEXT + 1]);
/* The one of that time whose other bits are taken from 16 bytes of a hash. */
extern void uuid7_derive(int64_t milliseconds, const uint8_t hash[16], char text[UUID_TEXT + 1]);

#endif
