/*
 * qpath_sort.c
 *		Sort support for the b-tree operator class, with abbreviated keys.
 *
 * An abbreviated key is the first bytes of a path as an unsigned number. Paths
 * that share a long root abbreviate alike, so the sort counts the distinct keys
 * as it goes and gives up on abbreviation where it would not pay.
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "lib/hyperloglog.h"
#include "port/pg_bswap.h"
#include "utils/sortsupport.h"

#include "path/qpath.h"

/* Abbreviation is judged from here on; it is not worth judging earlier. */
#define MIN_ROWS_TO_JUDGE 10000

/* Fewer than one distinct key in this many rows: give up. */
#define ROWS_PER_KEY 2000

typedef struct QPathSortState
{
	int64 nrows; /* abbreviated so far */
	bool judging;
	hyperLogLogState keys; /* estimates how many of them are distinct */
} QPathSortState;

static int
sort_compare(Datum x, Datum y, SortSupport ssup)
{
	QPath *a = DatumGetQPathPP(x);
	QPath *b = DatumGetQPathPP(y);
	int cmp = qpath_compare_bytes(QPATH_DATA(a), QPATH_LEN(a), QPATH_DATA(b), QPATH_LEN(b));

	if ((Pointer) a != DatumGetPointer(x))
		pfree(a);
	if ((Pointer) b != DatumGetPointer(y))
		pfree(b);
	return cmp;
}

static Datum
sort_abbreviate(Datum original, SortSupport ssup)
{
	QPathSortState *state = (QPathSortState *) ssup->ssup_extra;
	QPath *path = DatumGetQPathPP(original);
	Datum key = 0;

	/* No path holds a zero byte, so padding a short one keeps the order. */
	memcpy(&key, QPATH_DATA(path), Min(QPATH_LEN(path), sizeof(Datum)));
	if ((Pointer) path != DatumGetPointer(original))
		pfree(path);

	state->nrows++;
	if (state->judging)
	{
		uint32 fold = (uint32) key;

#if SIZEOF_DATUM == 8
		fold ^= (uint32) ((uint64) key >> 32);
#endif
		addHyperLogLog(&state->keys, DatumGetUInt32(hash_uint32(fold)));
	}
	return DatumBigEndianToNative(key);
}

static bool
sort_abort(int memtupcount, SortSupport ssup)
{
	QPathSortState *state = (QPathSortState *) ssup->ssup_extra;
	double nkeys;

	if (memtupcount < MIN_ROWS_TO_JUDGE || state->nrows < MIN_ROWS_TO_JUDGE || !state->judging)
		return false;

	nkeys = estimateHyperLogLog(&state->keys);

	/* So many keys that they will help, whatever follows: stop counting. */
	if (nkeys > 100000.0)
	{
		state->judging = false;
		return false;
	}
	return nkeys < (double) state->nrows / ROWS_PER_KEY + 0.5;
}

PG_FUNCTION_INFO_V1(qpath_sortsupport);
Datum
qpath_sortsupport(PG_FUNCTION_ARGS)
{
	SortSupport ssup = (SortSupport) PG_GETARG_POINTER(0);

	ssup->comparator = sort_compare;
	if (ssup->abbreviate)
	{
		MemoryContext old = MemoryContextSwitchTo(ssup->ssup_cxt);
		QPathSortState *state = palloc(sizeof(QPathSortState));

		state->nrows = 0;
		state->judging = true;
		initHyperLogLog(&state->keys, 10);
		MemoryContextSwitchTo(old);

		ssup->ssup_extra = state;
		ssup->comparator = ssup_datum_unsigned_cmp;
		ssup->abbrev_converter = sort_abbreviate;
		ssup->abbrev_abort = sort_abort;
		ssup->abbrev_full_comparator = sort_compare;
	}
	PG_RETURN_VOID();
}
