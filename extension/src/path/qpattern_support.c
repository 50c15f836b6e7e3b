/*
 * qpattern_support.c
 *		Planner support and selectivity of pattern matching.
 *
 *		p ~ 'acme/search/gpt-*'		p >= 'acme/search/gpt-' AND p < 'acme/search/gpt.'
 *
 * A pattern that is not known yet has its bounds computed when the scan begins;
 * one that begins with a wildcard then reads the whole index.
 */
#include "postgres.h"

#include "utils/lsyscache.h"
#include "utils/selfuncs.h"
#include "utils/typcache.h"

#include "path/qpath_selfuncs.h"
#include "path/qpath_support.h"
#include "path/qpattern.h"

static List *
constant_conditions(const QPathMatch *match, QPattern *pattern, bool *lossy)
{
	QPatternRange range;
	Expr *lower;
	Expr *upper;

	qpattern_range(QPATTERN_DATA(pattern), QPATTERN_LEN(pattern), &range);
	if (range.kind == QPATTERN_ALL)
		return NIL;

	*lossy = (range.kind == QPATTERN_SPAN);
	lower = qpath_make_const(match, qpath_make(range.lower, range.lowerlen));
	if (range.kind == QPATTERN_EQUAL)
		return qpath_make_equal(match, lower);

	upper = qpath_make_const(match, qpath_make(range.upper, range.upperlen));
	return qpath_make_range(match, lower, upper);
}

static Node *
match_support(Node *request, int path_arg)
{
	SupportRequestIndexCondition *req = (SupportRequestIndexCondition *) request;
	QPathMatch match;

	if (!IsA(request, SupportRequestIndexCondition) || req->indexarg != path_arg ||
		!qpath_match_request(req, &match))
		return NULL;

	if (IsA(match.other, Const))
	{
		Datum pattern = ((Const *) match.other)->constvalue;

		return (Node *) constant_conditions(&match, DatumGetQPatternPP(pattern), &req->lossy);
	}

	req->lossy = true;
	return (Node *) qpath_make_range(&match, qpath_make_call(&match, "qpattern_lower"),
									 qpath_make_call(&match, "qpattern_upper"));
}

PG_FUNCTION_INFO_V1(qpath_match_support);
Datum
qpath_match_support(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(match_support((Node *) PG_GETARG_POINTER(0), 0));
}

PG_FUNCTION_INFO_V1(qpattern_match_support);
Datum
qpattern_match_support(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(match_support((Node *) PG_GETARG_POINTER(0), 1));
}

/* The part of the table in the range of a known pattern. */
static double
known_range_fraction(VariableStatData *vardata, QPattern *pattern, bool var_on_left)
{
	QPatternRange range;
	Oid equal;

	qpattern_range(QPATTERN_DATA(pattern), QPATTERN_LEN(pattern), &range);
	switch (range.kind)
	{
		case QPATTERN_ALL:
			return 1.0;
		case QPATTERN_EQUAL:
			equal = lookup_type_cache(vardata->vartype, TYPECACHE_EQ_OPR)->eq_opr;
			return var_eq_const(vardata, equal, InvalidOid,
								QPathPGetDatum(qpath_make(range.lower, range.lowerlen)), false,
								var_on_left, false);
		default:
			return qpath_range_fraction(vardata, range.lower, range.lowerlen, range.upper,
										range.upperlen);
	}
}

/*
 * No more than what is in the range; less where the histogram's own values,
 * tried one by one, say so.
 */
PG_FUNCTION_INFO_V1(qpath_match_sel);
Datum
qpath_match_sel(PG_FUNCTION_ARGS)
{
	PlannerInfo *root = (PlannerInfo *) PG_GETARG_POINTER(0);
	Oid opno = PG_GETARG_OID(1);
	List *args = (List *) PG_GETARG_POINTER(2);
	int varRelid = PG_GETARG_INT32(3);
	VariableStatData vardata;
	Node *other;
	bool var_on_left;
	double result;

	result = generic_restriction_selectivity(root, opno, PG_GET_COLLATION(), args, varRelid,
											 DEFAULT_MATCHING_SEL);
	if (!get_restriction_variable(root, args, varRelid, &vardata, &other, &var_on_left))
		PG_RETURN_FLOAT8(result);

	if (IsA(other, Const) && !((Const *) other)->constisnull &&
		qpath_type_is(((Const *) other)->consttype, qpattern_in) &&
		qpath_type_is(vardata.vartype, qpath_in) &&
		statistic_proc_security_check(&vardata, get_opcode(opno)))
	{
		QPattern *pattern = DatumGetQPatternPP(((Const *) other)->constvalue);

		result = Min(result, known_range_fraction(&vardata, pattern, var_on_left));
	}

	ReleaseVariableStats(vardata);
	PG_RETURN_FLOAT8(result);
}
