/*
 * sha256.h
 *		SHA-256 (FIPS 180-4), HMAC with it (RFC 2104), and base64.
 */
#ifndef COURIER_SHA256_H
#define COURIER_SHA256_H

#include "text.h"

#include <stdint.h>

#define SHA256_SIZE 32

typedef struct Sha256
{
	uint32_t	state[8];
	uint64_t	length;			/* bytes so far */
	unsigned char block[64];
} Sha256;

void		sha256_start(Sha256 *hash);
void		sha256_add(Sha256 *hash, const void *bytes, size_t len);
void		sha256_end(Sha256 *hash, unsigned char digest[SHA256_SIZE]);

/* The key has at most 64 bytes. */
void		hmac_sha256(const unsigned char *key, size_t key_len, const void *bytes, size_t len,
						unsigned char digest[SHA256_SIZE]);

void		base64(Text *text, const unsigned char *bytes, size_t len);

#endif
