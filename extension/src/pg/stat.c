/*
 * stat.c
 *		How the work goes: sizes of batches, waits for locks, hits of the caches.
 *
 * From PostgreSQL 17 on summed over the backends of a database since the server's
 * start. Before that a library that was not preloaded has no shared memory of its
 * own, and the little that the server keeps to spare is for its locks: so each
 * backend shows its own counts. So it does where there is no room, or where there
 * are more databases than fit. Nothing depends on it.
 */
#include "quotakit.h"
#include "pg/attempt.h"
#include "pg/compat.h"
#include "pg/stat.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "port/atomics.h"
#include "port/pg_bitutils.h"
#include "utils/array.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(quotakit_stat);

typedef struct DatabaseStat
{
	pg_atomic_uint32 database; /* 0: free */
	pg_atomic_uint64 since;
	pg_atomic_uint64 count[QK_STATS];
} DatabaseStat;

int64 qk_stat[QK_STATS];

static void
start(DatabaseStat *stat)
{
	pg_atomic_init_u32(&stat->database, 0);
	pg_atomic_init_u64(&stat->since, 0);
	for (int i = 0; i < QK_STATS; i++)
		pg_atomic_init_u64(&stat->count[i], 0);
}

#ifdef QK_HAS_DSM_REGISTRY
#define DATABASES 32

static void
start_databases(void *databases)
{
	for (int i = 0; i < DATABASES; i++)
		start((DatabaseStat *) databases + i);
}

static void
attach(void *arg)
{
	DatabaseStat **databases = arg;
	bool found;

	*databases = GetNamedDSMSegment("quotakit stat", DATABASES * sizeof(DatabaseStat),
									start_databases, &found);
}

/* No batch fails for want of statistics; but who cancels it or ends the session is heard. */
static bool
is_no_intervention(const ErrorData *error)
{
	return ERRCODE_TO_CATEGORY(error->sqlerrcode) != ERRCODE_OPERATOR_INTERVENTION;
}

/* This database's place in what is shared; NULL if there is none. */
static DatabaseStat *
shared_place(void)
{
	DatabaseStat *databases = NULL;

	if (!qk_attempt(attach, &databases, is_no_intervention))
		return NULL;
	for (int i = 0; i < DATABASES; i++)
	{
		uint32 free = 0;

		/* On failure `free` becomes whose it is. */
		if (pg_atomic_compare_exchange_u32(&databases[i].database, &free, MyDatabaseId) ||
			free == MyDatabaseId)
			return &databases[i];
	}
	return NULL;
}
#else
static DatabaseStat *
shared_place(void)
{
	return NULL;
}
#endif

static DatabaseStat *
here(void)
{
	static DatabaseStat *place = NULL;
	static DatabaseStat own;

	if (place != NULL)
		return place;
	place = shared_place();
	if (place == NULL)
	{
		start(&own);
		place = &own;
	}
	if (pg_atomic_read_u64(&place->since) == 0)
		pg_atomic_write_u64(&place->since, (uint64) GetCurrentTimestamp());
	return place;
}

void
qk_stat_batch(int n)
{
	DatabaseStat *stat = here();

	if (n == 0)
		return;
	qk_stat[QK_STAT_CALLS] += n;
	qk_stat[QK_STAT_BATCHES + Min(pg_ceil_log2_32((uint32) n), QK_STAT_SIZES - 1)]++;
	for (int i = 0; i < QK_STATS; i++)
	{
		if (qk_stat[i] == 0)
			continue;
		pg_atomic_fetch_add_u64(&stat->count[i], qk_stat[i]);
		qk_stat[i] = 0;
	}
}

/* Since when, as microseconds of PostgreSQL's epoch; then the counts in their order. */
Datum
quotakit_stat(PG_FUNCTION_ARGS)
{
	DatabaseStat *stat = here();
	Datum values[1 + QK_STATS];

	values[0] = Int64GetDatum((int64) pg_atomic_read_u64(&stat->since));
	for (int i = 0; i < QK_STATS; i++)
		values[1 + i] = Int64GetDatum((int64) pg_atomic_read_u64(&stat->count[i]));
	PG_RETURN_ARRAYTYPE_P(construct_array(values, lengthof(values), INT8OID, sizeof(int64),
										  FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
}
