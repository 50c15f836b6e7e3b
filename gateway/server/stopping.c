/*
 * stopping.c
 *		Whether the gateway is being stopped.
 */
#include "stopping.h"

#include <stdatomic.h>

static atomic_bool begun;

void
stopping_begin(void)
{
	atomic_store(&begun, true);
}

bool
stopping(void)
{
	return atomic_load(&begun);
}
