/*
 * failing_malloc.c
 *		Lets one allocation of one process fail: the n-th from when it was asked for.
 *
 * Preloaded into a server by test_out_of_memory.py, which writes into the file
 * CONTROL whose allocations count and how many are left; 0 when it has failed.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <sys/mman.h>
#include <unistd.h>

typedef struct Control
{
	int pid;
	int left;
} Control;

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *old, size_t size);

static volatile Control *control;

__attribute__((constructor)) static void
attach(void)
{
	int fd = open(CONTROL, O_RDWR | O_CLOEXEC);
	void *at = fd < 0 ? MAP_FAILED :
						mmap(NULL, sizeof(Control), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (at != MAP_FAILED)
		control = at;
	if (fd >= 0)
		close(fd);
}

static int
fails(void)
{
	if (control == NULL || control->left == 0 || control->pid != getpid() || --control->left > 0)
		return 0;
	errno = ENOMEM;
	return 1;
}

void *
malloc(size_t size)
{
	return fails() ? NULL : __libc_malloc(size);
}

void *
calloc(size_t n, size_t size)
{
	return fails() ? NULL : __libc_calloc(n, size);
}

void *
realloc(void *old, size_t size)
{
	return fails() ? NULL : __libc_realloc(old, size);
}
