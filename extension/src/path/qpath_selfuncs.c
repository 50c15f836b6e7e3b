/*
 * qpath_selfuncs.c
 *		Selectivity of containment.
 *
 * A subtree is a range, so a known one is looked up in the column's histogram.
 * For an unknown one there is a rule of thumb that is exact in a full tree: the
 * sizes of all subtrees add up to the depths of all nodes. So an average subtree
 * holds as many nodes as an average node has ancestors.
 */
#include "postgres.h"

#include <math.h>

#include "access/htup_details.h"
#include "catalog/pg_statistic.h"
#include "utils/lsyscache.h"
#include "utils/selfuncs.h"

#include "path/qpath.h"
#include "path/qpath_selfuncs.h"

/* Taken for the average number of labels if there are no statistics. */
#define DEFAULT_DEPTH 4.0

/* A semijoin's chance that an outer row finds any partner. */
#define DEFAULT_SEMI_SEL 0.5

/* How many bounds of a histogram are below s? */
static int
bounds_below(const AttStatsSlot *slot, const char *s, size_t len)
{
	int low = 0;              /* bounds before this one are below s */
	int high = slot->nvalues; /* bounds from this one on are not */

	while (low < high)
	{
		int middle = (low + high) / 2;
		QPath *bound = DatumGetQPathPP(slot->values[middle]);

		if (qpath_compare_bytes(QPATH_DATA(bound), QPATH_LEN(bound), s, len) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/*
 * Whether values of a type are read by the input function given. Anybody may put
 * these estimators behind an operator of their own, whose values are no paths.
 */
bool
qpath_type_is(Oid type, PGFunction input)
{
	Oid function, ioparam;
	FmgrInfo info;

	getTypeInputInfo(getBaseType(type), &function, &ioparam);
	fmgr_info(function, &info);
	return info.fn_addr == input;
}

/* Statistics whose values are paths. */
static bool
get_slot(VariableStatData *vardata, int kind, int flags, AttStatsSlot *slot)
{
	if (!HeapTupleIsValid(vardata->statsTuple) ||
		!get_attstatsslot(slot, vardata->statsTuple, kind, InvalidOid, flags))
		return false;
	if (qpath_type_is(slot->valuetype, qpath_in))
		return true;
	free_attstatsslot(slot);
	return false;
}

static double
null_fraction(VariableStatData *vardata)
{
	if (!HeapTupleIsValid(vardata->statsTuple))
		return 0.0;
	return ((Form_pg_statistic) GETSTRUCT(vardata->statsTuple))->stanullfrac;
}

static double
distinct_values(VariableStatData *vardata)
{
	bool isdefault;

	return Max(get_variable_numdistinct(vardata, &isdefault), 1.0);
}

/* The number of labels of an average path in the column. */
static double
average_depth(VariableStatData *vardata)
{
	AttStatsSlot slot;
	double sum = 0;
	int n;

	if (!get_slot(vardata, STATISTIC_KIND_HISTOGRAM, ATTSTATSSLOT_VALUES, &slot) &&
		!get_slot(vardata, STATISTIC_KIND_MCV, ATTSTATSSLOT_VALUES, &slot))
		return DEFAULT_DEPTH;

	n = slot.nvalues;
	for (int i = 0; i < n; i++)
	{
		QPath *path = DatumGetQPathPP(slot.values[i]);

		sum += qpath_nlevel(QPATH_DATA(path), QPATH_LEN(path));
	}
	free_attstatsslot(&slot);
	return n > 0 ? sum / n : DEFAULT_DEPTH;
}

/* The part of a table of unknown paths that an unknown subtree, or line, holds. */
static double
average_fraction(VariableStatData *vardata)
{
	return Min(average_depth(vardata) / distinct_values(vardata), 1.0);
}

/*
 * The part of a histogram between two bounds. A range that does not reach from
 * one bin into another holds less than a bin, but hardly less than an average
 * subtree: the geometric mean is never wrong by much more than its root.
 */
static double
histogram_fraction(const AttStatsSlot *slot, const char *lower, size_t lowerlen, const char *upper,
				   size_t upperlen, double average)
{
	int from = bounds_below(slot, lower, lowerlen);
	int to = bounds_below(slot, upper, upperlen);
	double bin = 1.0 / (slot->nvalues - 1);

	if (to > from)
		return Min((to - from) * bin, 1.0);
	if (from == 0 || from == slot->nvalues)
		return 0.0;
	return sqrt(bin * Min(average, bin));
}

/* The part of the table between two bounds, the upper one exclusive. */
double
qpath_range_fraction(VariableStatData *vardata, const char *lower, size_t lowerlen,
					 const char *upper, size_t upperlen)
{
	AttStatsSlot slot;
	double average = average_fraction(vardata);
	double common = 0.0;    /* all of the most common values */
	double in_common = 0.0; /* those in the range */
	double in_rest = 0.0;   /* of the others, the part in the range */
	double rest;

	if (get_slot(vardata, STATISTIC_KIND_MCV, ATTSTATSSLOT_VALUES | ATTSTATSSLOT_NUMBERS, &slot))
	{
		for (int i = 0; i < slot.nvalues; i++)
		{
			QPath *path = DatumGetQPathPP(slot.values[i]);

			common += slot.numbers[i];
			if (qpath_compare_bytes(QPATH_DATA(path), QPATH_LEN(path), lower, lowerlen) >= 0 &&
				qpath_compare_bytes(QPATH_DATA(path), QPATH_LEN(path), upper, upperlen) < 0)
				in_common += slot.numbers[i];
		}
		free_attstatsslot(&slot);
	}

	if (get_slot(vardata, STATISTIC_KIND_HISTOGRAM, ATTSTATSSLOT_VALUES, &slot))
	{
		if (slot.nvalues > 1)
			in_rest = histogram_fraction(&slot, lower, lowerlen, upper, upperlen, average);
		free_attstatsslot(&slot);
	}
	else if (common == 0.0)
		in_rest = average;

	/* A range of paths is asked for because there is something in it. */
	rest = Max(1.0 - null_fraction(vardata) - common, 0.0);
	return Max(in_common + rest * in_rest, 1.0 / distinct_values(vardata));
}

/* p <@ x, x known */
static double
below_fraction(VariableStatData *vardata, QPath *top)
{
	QPath *end = qpath_make_subtree_end(QPATH_DATA(top), QPATH_LEN(top));
	double result = qpath_range_fraction(vardata, QPATH_DATA(top), QPATH_LEN(top), QPATH_DATA(end),
										 QPATH_LEN(end));

	pfree(end);
	return result;
}

/* p @> x, x known: no more than one distinct value for each of its labels */
static double
above_fraction(VariableStatData *vardata, QPath *path)
{
	AttStatsSlot slot;
	double ndistinct = distinct_values(vardata);
	double nabove = qpath_nlevel(QPATH_DATA(path), QPATH_LEN(path));
	double common = 0.0;
	double in_common = 0.0;
	int ncommon = 0;
	double rest;

	if (get_slot(vardata, STATISTIC_KIND_MCV, ATTSTATSSLOT_VALUES | ATTSTATSSLOT_NUMBERS, &slot))
	{
		ncommon = slot.nvalues;
		for (int i = 0; i < ncommon; i++)
		{
			QPath *top = DatumGetQPathPP(slot.values[i]);

			common += slot.numbers[i];
			if (qpath_is_within(QPATH_DATA(path), QPATH_LEN(path), QPATH_DATA(top), QPATH_LEN(top)))
			{
				in_common += slot.numbers[i];
				nabove--;
			}
		}
		free_attstatsslot(&slot);
	}

	rest = Max(1.0 - null_fraction(vardata) - common, 0.0);
	return in_common + rest * Min(Max(nabove, 0.0) / Max(ndistinct - ncommon, 1.0), 1.0);
}

/* `below_on_left`: is the lower of the two the left argument? */
static double
restriction_sel(FunctionCallInfo fcinfo, bool below_on_left)
{
	PlannerInfo *root = (PlannerInfo *) PG_GETARG_POINTER(0);
	Oid opno = PG_GETARG_OID(1);
	List *args = (List *) PG_GETARG_POINTER(2);
	int varRelid = PG_GETARG_INT32(3);
	VariableStatData vardata;
	Node *other;
	bool var_on_left;
	double result;

	if (!get_restriction_variable(root, args, varRelid, &vardata, &other, &var_on_left))
		return DEFAULT_MATCH_SEL;

	if (!IsA(other, Const) || !qpath_type_is(((Const *) other)->consttype, qpath_in) ||
		!statistic_proc_security_check(&vardata, get_opcode(opno)))
		result = average_fraction(&vardata);
	else if (((Const *) other)->constisnull)
		result = 0.0;
	else
	{
		QPath *path = DatumGetQPathPP(((Const *) other)->constvalue);

		result = var_on_left == below_on_left ? below_fraction(&vardata, path) :
												above_fraction(&vardata, path);
	}

	ReleaseVariableStats(vardata);
	CLAMP_PROBABILITY(result);
	return result;
}

PG_FUNCTION_INFO_V1(qpath_within_sel);
Datum
qpath_within_sel(PG_FUNCTION_ARGS)
{
	PG_RETURN_FLOAT8(restriction_sel(fcinfo, true));
}

PG_FUNCTION_INFO_V1(qpath_contains_sel);
Datum
qpath_contains_sel(PG_FUNCTION_ARGS)
{
	PG_RETURN_FLOAT8(restriction_sel(fcinfo, false));
}

/*
 * A row of the lower side pairs with those of its ancestors that the upper side
 * has, each of them one of its distinct values.
 */
static double
join_sel(FunctionCallInfo fcinfo, bool below_on_left)
{
	PlannerInfo *root = (PlannerInfo *) PG_GETARG_POINTER(0);
	List *args = (List *) PG_GETARG_POINTER(2);
	JoinType jointype = (JoinType) PG_GETARG_INT16(3);
	SpecialJoinInfo *sjinfo = (SpecialJoinInfo *) PG_GETARG_POINTER(4);
	VariableStatData left, right;
	VariableStatData *below, *above;
	bool reversed;
	double result;

	get_join_variables(root, args, sjinfo, &left, &right, &reversed);
	below = below_on_left ? &left : &right;
	above = below_on_left ? &right : &left;

	if (jointype == JOIN_SEMI || jointype == JOIN_ANTI)
		result = DEFAULT_SEMI_SEL;
	else
		result = Min(average_depth(below) / distinct_values(above), 1.0) *
				 (1.0 - null_fraction(below)) * (1.0 - null_fraction(above));

	ReleaseVariableStats(left);
	ReleaseVariableStats(right);
	CLAMP_PROBABILITY(result);
	return result;
}

PG_FUNCTION_INFO_V1(qpath_within_joinsel);
Datum
qpath_within_joinsel(PG_FUNCTION_ARGS)
{
	PG_RETURN_FLOAT8(join_sel(fcinfo, true));
}

PG_FUNCTION_INFO_V1(qpath_contains_joinsel);
Datum
qpath_contains_joinsel(PG_FUNCTION_ARGS)
{
	PG_RETURN_FLOAT8(join_sel(fcinfo, false));
}
