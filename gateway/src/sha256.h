/*
 * sha256.h
 *		SHA-256 (FIPS 180-4) of short texts: keys, and ids of foreign events.
 */
#ifndef GATEWAY_SHA256_H
#define GATEWAY_SHA256_H

#include <stddef.h>
#include <stdint.h>

#define SHA256_BYTES 32

extern void sha256(const void *data, size_t len, uint8_t digest[SHA256_BYTES]);

#endif
