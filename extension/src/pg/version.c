/*
 * version.c
 *		Library and SQL of two versions.
 */
#include "quotakit.h"
#include "pg/version.h"

#include "utils/regproc.h"

static void
pg_attribute_noreturn() refuse(FunctionCallInfo fcinfo, const char *what, int has, int n)
{
	ereport(ERROR, errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			errmsg("function %s is not of the version of the library",
				   format_procedure(fcinfo->flinfo->fn_oid)),
			errdetail("It was declared with %d %s, not %d.", has, what, n),
			errhint(QK_VERSION_HINT));
}

void
qk_check_arguments(FunctionCallInfo fcinfo, int n)
{
	if (PG_NARGS() != n)
		refuse(fcinfo, "arguments", PG_NARGS(), n);
}

void
qk_check_columns(FunctionCallInfo fcinfo, TupleDesc desc, int n)
{
	if (desc->natts != n)
		refuse(fcinfo, "columns", desc->natts, n);
}
