/*
 * clock.h
 *		Time that only goes forward, in microseconds.
 */
#ifndef LIB_CLOCK_H
#define LIB_CLOCK_H

#include <stdint.h>
#include <time.h>

#define CLOCK_SECOND      INT64_C(1000000)
#define CLOCK_MILLISECOND INT64_C(1000)
#define CLOCK_NEVER       INT64_MAX

static inline int64_t
clock_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t) t.tv_sec * CLOCK_SECOND + t.tv_nsec / 1000;
}

#endif
