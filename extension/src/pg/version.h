/*
 * version.h
 *		Library and SQL of two versions.
 *
 * After `make install` they are so until the extension is updated, and in a
 * session that began before. Whatever was changed in between is refused, not
 * guessed at. See layout.h for the tables.
 */
#ifndef QUOTAKIT_VERSION_H
#define QUOTAKIT_VERSION_H

#include "quotakit.h"

#include "access/tupdesc.h"

#define QK_VERSION_HINT \
	"Run ALTER EXTENSION quotakit UPDATE. Sessions that began before the new library was installed must connect again."

/* Raises unless the function was declared with so many arguments. */
extern void qk_check_arguments(FunctionCallInfo fcinfo, int n);

/* Raises unless it was declared to return so many columns. */
extern void qk_check_columns(FunctionCallInfo fcinfo, TupleDesc desc, int n);

#endif
