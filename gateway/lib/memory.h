/*
 * memory.h
 *		Allocation that cannot fail: every user bounds what it asks for, so where
 *		there is no memory there is nothing to be saved by going on.
 */
#ifndef LIB_MEMORY_H
#define LIB_MEMORY_H

#include <stddef.h>

extern void *must_alloc(size_t size); /* zeroed */
extern void *must_realloc(void *memory, size_t size);
extern char *must_copy(const char *data, size_t len); /* NUL-terminated */
/* NULL for NULL. */
extern char *must_copy_string(const char *string);

#endif
