/*
 * array.h
 *		Arrays in PostgreSQL's binary form, and ids, for batch.c.
 */
#ifndef ARRAY_H
#define ARRAY_H

#include <arpa/inet.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* A binary array under construction. */
typedef struct Array
{
	char *data;
	size_t len;
	size_t space;
} Array;

static void
put(Array *a, const void *bytes, size_t len)
{
	if (a->len + len > a->space)
	{
		a->space = (a->len + len) * 2;
		a->data = realloc(a->data, a->space);
	}
	memcpy(a->data + a->len, bytes, len);
	a->len += len;
}

static void
put_int(Array *a, int32_t value)
{
	uint32_t n = htonl((uint32_t) value);

	put(a, &n, 4);
}

static void
put_element(Array *a, const void *bytes, size_t len)
{
	put_int(a, (int32_t) len);
	put(a, bytes, len);
}

static void
start_array(Array *a, int oid, int n)
{
	a->len = 0;
	put_int(a, 1); /* dimensions */
	put_int(a, 0); /* no nulls */
	put_int(a, oid);
	put_int(a, n);
	put_int(a, 1); /* lower bound */
}

static void
make_uuid7(unsigned char id[16], uint64_t *ms)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	*ms = (uint64_t) t.tv_sec * 1000 + t.tv_nsec / 1000000;
	for (int i = 0; i < 6; i++)
		id[i] = (unsigned char) (*ms >> (40 - 8 * i));
	for (int i = 6; i < 16; i++)
		id[i] = (unsigned char) random();
	id[6] = 0x70 | (id[6] & 0x0f);
	id[8] = 0x80 | (id[8] & 0x3f);
}

#endif
