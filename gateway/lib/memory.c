/*
 * memory.c
 *		Allocation that cannot fail.
 */
#include "lib/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *
must(void *memory)
{
	if (memory == NULL)
	{
		fputs("out of memory\n", stderr);
		abort();
	}
	return memory;
}

void *
must_alloc(size_t size)
{
	return must(calloc(1, size ? size : 1));
}

void *
must_realloc(void *memory, size_t size)
{
	return must(realloc(memory, size ? size : 1));
}

char *
must_copy(const char *data, size_t len)
{
	char *copy = must(malloc(len + 1));

	if (len > 0)
		memcpy(copy, data, len);
	copy[len] = '\0';
	return copy;
}

char *
must_copy_string(const char *string)
{
	return string != NULL ? must_copy(string, strlen(string)) : NULL;
}
