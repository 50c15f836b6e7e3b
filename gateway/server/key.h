/*
 * key.h
 *		The caller's credential. The gateway never judges one: it finds the
 *		account's number in it, and hands SQL its hash.
 */
#ifndef GATEWAY_KEY_H
#define GATEWAY_KEY_H

#include <stdbool.h>
#include <stdint.h>

#include "sha256.h"

typedef struct Key
{
	int32_t account;
	uint8_t secret[SHA256_BYTES];
} Key;

/* Reads the value of an Authorization header. False if it is not of the form of a key. */
extern bool key_read(const char *authorization, Key *key);

/* The same of a session's cookie; NULL for none. */
extern bool key_read_session(const char *cookie, Key *key);

#endif
