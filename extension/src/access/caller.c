/*
 * caller.c
 *		Who really calls, also inside SECURITY DEFINER functions.
 */
#include "quotakit.h"

#include "miscadmin.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(quotakit_caller);

/* The role of SET ROLE or of the session; not the owner of a function in between. */
Datum
quotakit_caller(PG_FUNCTION_ARGS)
{
	char *name = GetUserNameFromId(GetOuterUserId(), false);

	PG_RETURN_DATUM(DirectFunctionCall1(namein, CStringGetDatum(name)));
}
