/*
 * stat.c
 *		How the work goes: sizes of batches, waits for locks, hits of the caches,
 *		summed over the backends of a database since the server's start.
 *
 * Nothing depends on it. It is small enough for the room that a server keeps for
 * libraries that were not preloaded; a server without that room, or with more
 * databases than fit, shows each backend its own counts.
 */
#include "quotakit.h"
#include "stat.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "port/atomics.h"
#include "port/pg_bitutils.h"
#include "utils/array.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"
#if PG_VERSION_NUM >= 170000
#include "storage/dsm_registry.h"
#else
#include "storage/ipc.h"
#include "storage/lwlock.h"
#include "storage/shmem.h"
#endif

PG_FUNCTION_INFO_V1(quotakit_stat);

#define DATABASES 32

typedef struct DatabaseStat
{
	pg_atomic_uint32 database;	/* 0: free */
	pg_atomic_uint64 since;
	pg_atomic_uint64 count[QK_STATS];
} DatabaseStat;

int64		qk_stat[QK_STATS];

static void
start_databases(void *ptr)
{
	DatabaseStat *databases = ptr;

	for (int i = 0; i < DATABASES; i++)
	{
		pg_atomic_init_u32(&databases[i].database, 0);
		pg_atomic_init_u64(&databases[i].since, 0);
		for (int s = 0; s < QK_STATS; s++)
			pg_atomic_init_u64(&databases[i].count[s], 0);
	}
}

static DatabaseStat *
shared_databases(void)
{
#if PG_VERSION_NUM >= 170000
	bool		found;

	return GetNamedDSMSegment("quotakit stat", DATABASES * sizeof(DatabaseStat),
							  start_databases, &found);
#else
	DatabaseStat *volatile databases = NULL;
	MemoryContext context = CurrentMemoryContext;
	bool		found;

	LWLockAcquire(AddinShmemInitLock, LW_EXCLUSIVE);
	PG_TRY();
	{
		databases = ShmemInitStruct("quotakit stat", DATABASES * sizeof(DatabaseStat), &found);
		if (!found)
			start_databases(databases);
	}
	PG_CATCH();
	{
		/* No room: nothing was taken, and only this lock is held. */
		MemoryContextSwitchTo(context);
		FlushErrorState();
	}
	PG_END_TRY();
	LWLockRelease(AddinShmemInitLock);
	return databases;
#endif
}

/* This database's place in what is shared, or a private one. */
static DatabaseStat *
here(void)
{
	static DatabaseStat *found = NULL;
	DatabaseStat *databases;

	if (found != NULL)
		return found;
	databases = shared_databases();
	for (int i = 0; databases != NULL && i < DATABASES && found == NULL; i++)
	{
		uint32		free = 0;

		/* On failure `free` becomes whose it is. */
		if (pg_atomic_compare_exchange_u32(&databases[i].database, &free, MyDatabaseId) ||
			free == MyDatabaseId)
			found = &databases[i];
	}
	if (found == NULL)
	{
		found = MemoryContextAlloc(TopMemoryContext, DATABASES * sizeof(DatabaseStat));
		start_databases(found);
	}
	if (pg_atomic_read_u64(&found->since) == 0)
		pg_atomic_write_u64(&found->since, (uint64) GetCurrentTimestamp());
	return found;
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
	Datum		values[1 + QK_STATS];

	values[0] = Int64GetDatum((int64) pg_atomic_read_u64(&stat->since));
	for (int i = 0; i < QK_STATS; i++)
		values[1 + i] = Int64GetDatum((int64) pg_atomic_read_u64(&stat->count[i]));
	PG_RETURN_ARRAYTYPE_P(construct_array(values, lengthof(values), INT8OID, sizeof(int64),
										  FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
}
