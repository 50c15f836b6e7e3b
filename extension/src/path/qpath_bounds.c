/*
 * qpath_bounds.c
 *		Ends of index ranges: what the planner puts around a path that it does not
 *		know yet, so that the executor computes it.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/lsyscache.h"

#include "path/qpath.h"

/*
 * The least value above a path and all below it. It reads as a path, but may be
 * one byte longer than allowed: it is made to compare with, not to be kept.
 */
QPath *
qpath_make_subtree_end(const char *stored, size_t len)
{
	QPath *result = (QPath *) palloc(VARHDRSZ + len + 1);

	SET_VARSIZE(result, VARHDRSZ + len + 1);
	memcpy(result->data, stored, len);
	result->data[len] = QPATH_FIRST_BYTE;
	return result;
}

PG_FUNCTION_INFO_V1(qpath_subtree_end);
Datum
qpath_subtree_end(PG_FUNCTION_ARGS)
{
	QPath *path = PG_GETARG_QPATH_PP(0);

	PG_RETURN_QPATH_P(qpath_make_subtree_end(QPATH_DATA(path), QPATH_LEN(path)));
}

/* All ancestors of a path, from the root to the path itself. */
ArrayType *
qpath_make_ancestors(const char *stored, size_t len, Oid qpath_type)
{
	uint16 lengths[QPATH_MAX_LABELS];
	Datum elems[QPATH_MAX_LABELS];
	int n = qpath_ancestor_lengths(stored, len, lengths);

	for (int i = 0; i < n; i++)
		elems[i] = QPathPGetDatum(qpath_make(stored, lengths[i]));
	return construct_array(elems, n, qpath_type, -1, false, TYPALIGN_INT);
}

PG_FUNCTION_INFO_V1(qpath_ancestors);
Datum
qpath_ancestors(PG_FUNCTION_ARGS)
{
	QPath *path = PG_GETARG_QPATH_PP(0);
	Oid *qpath_type = (Oid *) fcinfo->flinfo->fn_extra;

	/* The type has no fixed OID: take it from the function's own signature. */
	if (qpath_type == NULL)
	{
		qpath_type = MemoryContextAlloc(fcinfo->flinfo->fn_mcxt, sizeof(Oid));
		*qpath_type = get_element_type(get_func_rettype(fcinfo->flinfo->fn_oid));
		fcinfo->flinfo->fn_extra = qpath_type;
	}

	PG_RETURN_ARRAYTYPE_P(qpath_make_ancestors(QPATH_DATA(path), QPATH_LEN(path), *qpath_type));
}
