/*
 * qpath_compare.c
 *		Operators that compare paths. None of them can raise: they are LEAKPROOF.
 */
#include "postgres.h"

#include "path/qpath.h"

static int
compare_args(FunctionCallInfo fcinfo)
{
	QPath *a = PG_GETARG_QPATH_PP(0);
	QPath *b = PG_GETARG_QPATH_PP(1);
	int cmp = qpath_compare_bytes(QPATH_DATA(a), QPATH_LEN(a), QPATH_DATA(b), QPATH_LEN(b));

	PG_FREE_QPATH_IF_COPY(a, 0);
	PG_FREE_QPATH_IF_COPY(b, 1);
	return cmp;
}

/* Different lengths tell without looking further. */
static bool
equal_args(FunctionCallInfo fcinfo)
{
	QPath *a = PG_GETARG_QPATH_PP(0);
	QPath *b = PG_GETARG_QPATH_PP(1);
	bool equal =
		QPATH_LEN(a) == QPATH_LEN(b) && memcmp(QPATH_DATA(a), QPATH_DATA(b), QPATH_LEN(a)) == 0;

	PG_FREE_QPATH_IF_COPY(a, 0);
	PG_FREE_QPATH_IF_COPY(b, 1);
	return equal;
}

/* Is argument `path` the argument `top`, or below it? */
static bool
within_args(FunctionCallInfo fcinfo, int path, int top)
{
	QPath *p = PG_GETARG_QPATH_PP(path);
	QPath *t = PG_GETARG_QPATH_PP(top);
	bool within = qpath_is_within(QPATH_DATA(p), QPATH_LEN(p), QPATH_DATA(t), QPATH_LEN(t));

	PG_FREE_QPATH_IF_COPY(p, path);
	PG_FREE_QPATH_IF_COPY(t, top);
	return within;
}

PG_FUNCTION_INFO_V1(qpath_eq);
Datum
qpath_eq(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(equal_args(fcinfo));
}

PG_FUNCTION_INFO_V1(qpath_ne);
Datum
qpath_ne(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(!equal_args(fcinfo));
}

PG_FUNCTION_INFO_V1(qpath_lt);
Datum
qpath_lt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_args(fcinfo) < 0);
}

PG_FUNCTION_INFO_V1(qpath_le);
Datum
qpath_le(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_args(fcinfo) <= 0);
}

PG_FUNCTION_INFO_V1(qpath_gt);
Datum
qpath_gt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_args(fcinfo) > 0);
}

PG_FUNCTION_INFO_V1(qpath_ge);
Datum
qpath_ge(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_args(fcinfo) >= 0);
}

PG_FUNCTION_INFO_V1(qpath_cmp);
Datum
qpath_cmp(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(compare_args(fcinfo));
}

/* a <@ b */
PG_FUNCTION_INFO_V1(qpath_within);
Datum
qpath_within(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(within_args(fcinfo, 0, 1));
}

/* a @> b */
PG_FUNCTION_INFO_V1(qpath_contains);
Datum
qpath_contains(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(within_args(fcinfo, 1, 0));
}

/* For the aggregates: returns one of its arguments as it is. */
PG_FUNCTION_INFO_V1(qpath_smaller);
Datum
qpath_smaller(PG_FUNCTION_ARGS)
{
	PG_RETURN_DATUM(PG_GETARG_DATUM(compare_args(fcinfo) <= 0 ? 0 : 1));
}

PG_FUNCTION_INFO_V1(qpath_larger);
Datum
qpath_larger(PG_FUNCTION_ARGS)
{
	PG_RETURN_DATUM(PG_GETARG_DATUM(compare_args(fcinfo) >= 0 ? 0 : 1));
}
