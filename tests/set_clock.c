/*
 * set_clock.c
 *		A clock that a test sets: preloaded into every process of a server by clock.py.
 *
 * The time of day is what stands in the file $SET_CLOCK: microseconds since the Unix
 * epoch, 8 bytes. Nothing is opened or allocated when the time is asked for, since
 * PostgreSQL asks in signal handlers, too.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static volatile int64_t *clock_us;

__attribute__((constructor)) static void
attach(void)
{
	const char *path = getenv("SET_CLOCK");
	int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	void *map = fd < 0 ? MAP_FAILED : mmap(NULL, sizeof(int64_t), PROT_READ, MAP_SHARED, fd, 0);

	if (map == MAP_FAILED)
		_exit(127);
	clock_us = map;
	close(fd);
}

int
clock_gettime(clockid_t id, struct timespec *now)
{
	int64_t us;

	if (id != CLOCK_REALTIME && id != CLOCK_REALTIME_COARSE)
		return (int) syscall(SYS_clock_gettime, id, now);
	us = *clock_us;
	now->tv_sec = us / 1000000;
	now->tv_nsec = us % 1000000 * 1000;
	return 0;
}

int
gettimeofday(struct timeval *now, __attribute__((unused)) void *zone)
{
	int64_t us = *clock_us;

	now->tv_sec = us / 1000000;
	now->tv_usec = us % 1000000;
	return 0;
}

time_t
time(time_t *now)
{
	time_t seconds = *clock_us / 1000000;

	if (now)
		*now = seconds;
	return seconds;
}
