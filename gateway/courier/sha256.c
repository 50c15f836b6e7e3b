/*
 * sha256.c
 *		SHA-256 (FIPS 180-4), HMAC with it (RFC 2104), and base64.
 */
#include "sha256.h"

#include <assert.h>
#include <string.h>

static const uint32_t K[64] = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
	0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
	0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
	0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
	0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
	0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
	0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2
};

static uint32_t
turn(uint32_t x, int n)
{
	return x >> n | x << (32 - n);
}

static void
mix(uint32_t state[8], const unsigned char *block)
{
	uint32_t	w[64];
	uint32_t	s[8];

	for (int i = 0; i < 16; i++)
		w[i] = (uint32_t) block[4 * i] << 24 | (uint32_t) block[4 * i + 1] << 16 |
			(uint32_t) block[4 * i + 2] << 8 | block[4 * i + 3];
	for (int i = 16; i < 64; i++)
		w[i] = w[i - 16] + w[i - 7] +
			(turn(w[i - 15], 7) ^ turn(w[i - 15], 18) ^ w[i - 15] >> 3) +
			(turn(w[i - 2], 17) ^ turn(w[i - 2], 19) ^ w[i - 2] >> 10);

	memcpy(s, state, sizeof(s));
	for (int i = 0; i < 64; i++)
	{
		uint32_t	t1 = s[7] + (turn(s[4], 6) ^ turn(s[4], 11) ^ turn(s[4], 25)) +
			((s[4] & s[5]) ^ (~s[4] & s[6])) + K[i] + w[i];
		uint32_t	t2 = (turn(s[0], 2) ^ turn(s[0], 13) ^ turn(s[0], 22)) +
			((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]));

		memmove(s + 1, s, 7 * sizeof(*s));
		s[4] += t1;
		s[0] = t1 + t2;
	}
	for (int i = 0; i < 8; i++)
		state[i] += s[i];
}

void
sha256_start(Sha256 *hash)
{
	static const uint32_t start[8] = {
		0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19
	};

	memset(hash, 0, sizeof(*hash));
	memcpy(hash->state, start, sizeof(start));
}

void
sha256_add(Sha256 *hash, const void *bytes, size_t len)
{
	const unsigned char *from = bytes;

	while (len > 0)
	{
		size_t		at = hash->length % 64;
		size_t		n = len < 64 - at ? len : 64 - at;

		memcpy(hash->block + at, from, n);
		hash->length += n;
		from += n;
		len -= n;
		if (hash->length % 64 == 0)
			mix(hash->state, hash->block);
	}
}

void
sha256_end(Sha256 *hash, unsigned char digest[SHA256_SIZE])
{
	uint64_t	bits = hash->length * 8;
	unsigned char size[8];

	for (int i = 0; i < 8; i++)
		size[i] = (unsigned char) (bits >> (56 - 8 * i));
	sha256_add(hash, "\x80", 1);
	while (hash->length % 64 != 56)
		sha256_add(hash, "", 1);
	sha256_add(hash, size, sizeof(size));
	for (int i = 0; i < SHA256_SIZE; i++)
		digest[i] = (unsigned char) (hash->state[i / 4] >> (24 - 8 * (i % 4)));
}

void
hmac_sha256(const unsigned char *key, size_t key_len, const void *bytes, size_t len,
			unsigned char digest[SHA256_SIZE])
{
	unsigned char inner[64] = {0};
	unsigned char outer[64];
	Sha256		hash;

	assert(key_len <= sizeof(inner));
	memcpy(inner, key, key_len);
	for (int i = 0; i < 64; i++)
	{
		outer[i] = inner[i] ^ 0x5c;
		inner[i] ^= 0x36;
	}
	sha256_start(&hash);
	sha256_add(&hash, inner, sizeof(inner));
	sha256_add(&hash, bytes, len);
	sha256_end(&hash, digest);
	sha256_start(&hash);
	sha256_add(&hash, outer, sizeof(outer));
	sha256_add(&hash, digest, SHA256_SIZE);
	sha256_end(&hash, digest);
}

void
base64(Text *text, const unsigned char *bytes, size_t len)
{
	static const char sign[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < len; i += 3)
	{
		size_t		n = len - i < 3 ? len - i : 3;
		uint32_t	group = (uint32_t) bytes[i] << 16 | (n > 1 ? (uint32_t) bytes[i + 1] << 8 : 0) |
			(n > 2 ? bytes[i + 2] : 0);
		char		four[4] = {sign[group >> 18], sign[group >> 12 & 63],
			n > 1 ? sign[group >> 6 & 63] : '=', n > 2 ? sign[group & 63] : '='};

		text_bytes(text, four, sizeof(four));
	}
}
