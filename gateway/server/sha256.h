/*
 * sha256.h
 *		SHA-256, by OpenSSL.
 */
#ifndef GATEWAY_SHA256_H
#define GATEWAY_SHA256_H

#include <openssl/sha.h>
#include <stddef.h>
#include <stdint.h>

#define SHA256_BYTES SHA256_DIGEST_LENGTH

static inline void
sha256(const void *data, size_t len, uint8_t digest[SHA256_BYTES])
{
	SHA256(data, len, digest);
}

#endif
