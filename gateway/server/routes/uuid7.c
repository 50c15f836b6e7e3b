/*
 * uuid7.c
 *		Ids of calls.
 */
#include "routes/uuid7.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

static int
hex(char c)
{
	return c >= '0' && c <= '9' ? c - '0' :
		   c >= 'a' && c <= 'f' ? c - 'a' + 10 :
		   c >= 'A' && c <= 'F' ? c - 'A' + 10 :
								  -1;
}

bool
uuid7_valid(const char *text, size_t len)
{
	if (len != UUID_TEXT)
		return false;
	for (size_t i = 0; i < len; i++)
	{
		if (i == 8 || i == 13 || i == 18 || i == 23)
		{
			if (text[i] != '-')
				return false;
		}
		else if (hex(text[i]) < 0)
			return false;
	}
	return text[14] == '7' && (hex(text[19]) & 0xc) == 8;
}

int64_t
uuid7_milliseconds(const char *text)
{
	int64_t ms = 0;

	for (int i = 0; i < 13; i++)
		if (i != 8)
			ms = ms << 4 | hex(text[i]);
	return ms;
}

void
uuid7_derive(int64_t milliseconds, const uint8_t hash[16], char text[UUID_TEXT + 1])
{
	uint8_t b[16];

	memcpy(b, hash, sizeof(b));
	for (int i = 0; i < 6; i++)
		b[i] = (uint8_t) (milliseconds >> (8 * (5 - i)));
	b[6] = (uint8_t) (0x70 | (b[6] & 0x0f));
	b[8] = (uint8_t) (0x80 | (b[8] & 0x3f));
	snprintf(text, UUID_TEXT + 1,
			 "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0], b[1],
			 b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14],
			 b[15]);
}

int64_t
uuid7_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t) now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void
uuid7_make(char text[UUID_TEXT + 1])
{
	uint8_t random[16];
	size_t got = 0;

	while (got < sizeof(random))
	{
		ssize_t n = getrandom(random + got, sizeof(random) - got, 0);

		if (n > 0)
			got += (size_t) n;
		else if (errno != EINTR)
			abort();
	}
	uuid7_derive(uuid7_now(), random, text);
}
