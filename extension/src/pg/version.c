/*
 * version.c
 *		Library and SQL of two versions.
 */
#include "quotakit.h"
#include "pg/version.h"

#include "utils/regproc.h"

static void
pg_attribute_noreturn() refuse(FunctionCallInfo fcinfo, const char *detail)
{
	ereport(ERROR, errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			errmsg("function %s is not of the version of the library",
				   format_procedure(fcinfo->flinfo->fn_oid)),
			errdetail_internal("%s", detail),
			errhint(QK_VERSION_HINT));
}

void
qk_check_arguments(FunctionCallInfo fcinfo, int n)
{
	if (PG_NARGS() != n)
		refuse(fcinfo, psprintf("It was declared with %d arguments, not %d.", PG_NARGS(), n));
}

void
qk_check_columns(FunctionCallInfo fcinfo, TupleDesc desc, int n)
{
	if (desc->natts != n)
		refuse(fcinfo, psprintf("It was declared with %d columns, not %d.", desc->natts, n));
}

/*
 * What took calls in 0.1.0, by these names. The library of that version looks at no
 * table before it writes to it, so a session that has it must not find its functions
 * any more once the tables are of a later version: since then they have other names.
 */
#define OF_0_1_0(name) \
	PG_FUNCTION_INFO_V1(name); \
	Datum name(PG_FUNCTION_ARGS) \
	{ \
		refuse(fcinfo, "It was declared by version 0.1.0."); \
	}

OF_0_1_0(quotakit_batch)
OF_0_1_0(quotakit_batch_as)
OF_0_1_0(quotakit_append_adjustments)
