/*
 * qpath_hash.c
 *		Support for the hash operator class.
 */
#include "postgres.h"

#include "common/hashfn.h"

#include "path/qpath.h"

PG_FUNCTION_INFO_V1(qpath_hash);
Datum
qpath_hash(PG_FUNCTION_ARGS)
{
	QPath *path = PG_GETARG_QPATH_PP(0);
	Datum result = hash_any((unsigned char *) QPATH_DATA(path), (int) QPATH_LEN(path));

	PG_FREE_QPATH_IF_COPY(path, 0);
	return result;
}

PG_FUNCTION_INFO_V1(qpath_hash_extended);
Datum
qpath_hash_extended(PG_FUNCTION_ARGS)
{
	QPath *path = PG_GETARG_QPATH_PP(0);
	Datum result = hash_any_extended((unsigned char *) QPATH_DATA(path), (int) QPATH_LEN(path),
									 (uint64) PG_GETARG_INT64(1));

	PG_FREE_QPATH_IF_COPY(path, 0);
	return result;
}
