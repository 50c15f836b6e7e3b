/*
 * arrays.c
 *		Arguments and results that are arrays.
 */
#include "quotakit.h"
#include "pg/arrays.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

int
qk_array_elements(ArrayType *array, Oid type, Datum **elements)
{
	bool *nulls;
	int n;
	int16 len;
	bool byval;
	char align;

	if (ARR_NDIM(array) > 1)
		ereport(ERROR, errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				errmsg("array must have one dimension"));
	if (array_contains_nulls(array))
		ereport(ERROR, errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				errmsg("array must not contain nulls"));
	get_typlenbyvalalign(type, &len, &byval, &align);
	deconstruct_array(array, type, len, byval, align, elements, &nulls, &n);
	return n;
}

ArrayType *
qk_text_array(const char *const strings[], int n)
{
	Datum *elements = palloc(Max(n, 1) * sizeof(Datum));

	for (int i = 0; i < n; i++)
		elements[i] = CStringGetTextDatum(strings[i]);
	return construct_array(elements, n, TEXTOID, -1, false, TYPALIGN_INT);
}
