/*
 * arrays.c
 *		Arguments that are arrays.
 */
#include "quotakit.h"
#include "pg/arrays.h"

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
