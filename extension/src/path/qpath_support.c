/*
 * qpath_support.c
 *		Planner support: containment as conditions on a b-tree.
 *
 *		p <@ x		p >= x AND p < qpath_subtree_end(x)
 *		p @> x		p = ANY (ancestors(x))
 *
 * Where x is known the bounds are constants. Else they are calls, so that
 * parameters and columns of other tables work as well. Both forms are exact:
 * nothing needs to be rechecked.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/stratnum.h"
#include "catalog/pg_am.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "optimizer/paths.h"
#include "optimizer/restrictinfo.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "path/qpath.h"
#include "path/qpath_support.h"

/*
 * The order of the index must be our own. Any operator class may be declared on
 * paths; ours is known by the function behind >=, which has no fixed OID.
 */
static bool
family_is_ours(const QPathMatch *match)
{
	Oid ge =
		get_opfamily_member(match->family, match->type, match->type, BTGreaterEqualStrategyNumber);
	Oid function = OidIsValid(ge) ? get_opcode(ge) : InvalidOid;

	return OidIsValid(function) && get_func_namespace(function) == match->schema &&
		   strcmp(get_func_name(function), "qpath_ge") == 0;
}

/*
 * Fills *match if the request is one that we can serve: a b-tree column of paths
 * that our function compares with something fixed during a scan.
 */
bool
qpath_match_request(SupportRequestIndexCondition *req, QPathMatch *match)
{
	List *args;

	if (is_opclause(req->node))
		args = ((OpExpr *) req->node)->args;
	else if (is_funcclause(req->node))
		args = ((FuncExpr *) req->node)->args;
	else
		return false;
	if (list_length(args) != 2 || req->index->relam != BTREE_AM_OID)
		return false;

	match->key = (Expr *) list_nth(args, req->indexarg);
	match->other = (Expr *) list_nth(args, 1 - req->indexarg);
	match->type = req->index->opcintype[req->indexcol];
	match->family = req->opfamily;
	match->schema = get_func_namespace(req->funcid);

	/* The planner sees to this for operators, but not for functions. */
	if (!is_pseudo_constant_for_index(req->root, (Node *) match->other, req->index))
		return false;
	if (IsA(match->other, Const) && ((Const *) match->other)->constisnull)
		return false;

	return family_is_ours(match);
}

/*
 * Looks up a function of ours without regard to the search_path, nor to whether
 * the user may use the schema: a query through a view must plan as well.
 */
Oid
qpath_find_function(const QPathMatch *match, const char *name, Oid argtype)
{
	Oid result = GetSysCacheOid3(PROCNAMEARGSNSP, Anum_pg_proc_oid, CStringGetDatum(name),
								 PointerGetDatum(buildoidvector(&argtype, 1)),
								 ObjectIdGetDatum(match->schema));

	if (!OidIsValid(result))
		elog(ERROR, "function %s of extension quotakit is missing", name);
	return result;
}

/* name(other), to be computed when the scan begins */
Expr *
qpath_make_call(const QPathMatch *match, const char *name)
{
	Oid function = qpath_find_function(match, name, exprType((Node *) match->other));

	return (Expr *) makeFuncExpr(function, get_func_rettype(function),
								 list_make1(copyObject(match->other)), InvalidOid, InvalidOid,
								 COERCE_EXPLICIT_CALL);
}

Expr *
qpath_make_const(const QPathMatch *match, void *value)
{
	return (Expr *) makeConst(match->type, -1, InvalidOid, -1, PointerGetDatum(value), false,
							  false);
}

/* key OP value */
static Expr *
make_condition(const QPathMatch *match, StrategyNumber strategy, Expr *value)
{
	Oid opno = get_opfamily_member(match->family, match->type, match->type, strategy);

	return make_opclause(opno, BOOLOID, false, (Expr *) copyObject(match->key), value, InvalidOid,
						 InvalidOid);
}

List *
qpath_make_range(const QPathMatch *match, Expr *lower, Expr *upper)
{
	return list_make2(make_condition(match, BTGreaterEqualStrategyNumber, lower),
					  make_condition(match, BTLessStrategyNumber, upper));
}

List *
qpath_make_equal(const QPathMatch *match, Expr *value)
{
	return list_make1(make_condition(match, BTEqualStrategyNumber, value));
}

/* key = ANY (array) */
static List *
make_equal_any(const QPathMatch *match, Expr *array)
{
	ScalarArrayOpExpr *result = makeNode(ScalarArrayOpExpr);

	result->opno =
		get_opfamily_member(match->family, match->type, match->type, BTEqualStrategyNumber);
	result->opfuncid = get_opcode(result->opno);
	result->useOr = true;
	result->inputcollid = InvalidOid;
	result->args = list_make2(copyObject(match->key), array);
	result->location = -1;
	return list_make1(result);
}

/* p <@ x */
static List *
below_conditions(const QPathMatch *match)
{
	Expr *upper;

	if (IsA(match->other, Const))
	{
		QPath *path = DatumGetQPathPP(((Const *) match->other)->constvalue);

		upper = qpath_make_const(match, qpath_make_subtree_end(QPATH_DATA(path), QPATH_LEN(path)));
	}
	else
		upper = qpath_make_call(match, "qpath_subtree_end");

	return qpath_make_range(match, (Expr *) copyObject(match->other), upper);
}

/* Is column number `column` of the index held to one value, whatever is joined? */
static bool
column_is_fixed(SupportRequestIndexCondition *req, int column)
{
	ListCell *lc;

	foreach (lc, req->index->rel->baserestrictinfo)
	{
		RestrictInfo *rinfo = lfirst_node(RestrictInfo, lc);
		OpExpr *clause = (OpExpr *) rinfo->clause;

		if (!is_opclause(clause) || list_length(clause->args) != 2 ||
			get_op_opfamily_strategy(clause->opno, req->index->opfamily[column]) !=
				BTEqualStrategyNumber ||
			!restriction_is_securely_promotable(rinfo, req->index->rel))
			continue;
		if (match_index_to_operand(linitial(clause->args), column, req->index) ||
			match_index_to_operand(lsecond(clause->args), column, req->index))
			return true;
	}
	return false;
}

/*
 * Would "= ANY" on this column spoil an order that the planner relies on?
 *
 * Before PostgreSQL 17 a b-tree goes through the array once for the whole scan.
 * Below a column that is not held to one value the rows then come out of order.
 * The planner minds that where it sees "= ANY" in the query, but it cannot see
 * ours. The order of a parameterized scan is never relied on.
 */
static bool
array_spoils_order(SupportRequestIndexCondition *req, const QPathMatch *match)
{
	if (QK_ARRAY_SCANS_KEEP_ORDER || !bms_is_empty(pull_varnos(req->root, (Node *) match->other)))
		return false;
	for (int column = 0; column < req->indexcol; column++)
	{
		if (!column_is_fixed(req, column))
			return true;
	}
	return false;
}

/* p @> x */
static List *
above_conditions(SupportRequestIndexCondition *req, const QPathMatch *match)
{
	Oid array_type = get_array_type(match->type);
	Expr *array;

	/* All that contains x lies between x's root and x: lossy, but in order. */
	if (array_spoils_order(req, match))
	{
		req->lossy = true;
		return list_make2(
			make_condition(match, BTGreaterEqualStrategyNumber, qpath_make_call(match, "root")),
			make_condition(match, BTLessEqualStrategyNumber, (Expr *) copyObject(match->other)));
	}

	if (IsA(match->other, Const))
	{
		QPath *path = DatumGetQPathPP(((Const *) match->other)->constvalue);
		ArrayType *ancestors = qpath_make_ancestors(QPATH_DATA(path), QPATH_LEN(path), match->type);

		array = (Expr *) makeConst(array_type, -1, InvalidOid, -1, PointerGetDatum(ancestors),
								   false, false);
	}
	else
		array = qpath_make_call(match, "ancestors");

	return make_equal_any(match, array);
}

/*
 * The functions are commutators of each other, so which argument is the index
 * column decides in which direction the column is bound.
 */
static Node *
containment_support(Node *request, int lower_arg)
{
	SupportRequestIndexCondition *req = (SupportRequestIndexCondition *) request;
	QPathMatch match;

	if (!IsA(request, SupportRequestIndexCondition) || !qpath_match_request(req, &match))
		return NULL;

	req->lossy = false;
	if (req->indexarg == lower_arg)
		return (Node *) below_conditions(&match);
	return (Node *) above_conditions(req, &match);
}

PG_FUNCTION_INFO_V1(qpath_within_support);
Datum
qpath_within_support(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(containment_support((Node *) PG_GETARG_POINTER(0), 0));
}

PG_FUNCTION_INFO_V1(qpath_contains_support);
Datum
qpath_contains_support(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(containment_support((Node *) PG_GETARG_POINTER(0), 1));
}
