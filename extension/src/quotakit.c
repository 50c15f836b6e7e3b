/*
 * quotakit.c
 *		Entry point of the library.
 */
#include "postgres.h"

#include "fmgr.h"

#include "quotakit.h"

PG_MODULE_MAGIC;

void
_PG_init(void)
{
}
