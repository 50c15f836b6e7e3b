/*
 * table.h
 *		Direct access to the extension's own tables: look up by primary key,
 *		append many rows at once.
 *
 * This goes past the executor, so there are no triggers, no checks and no row
 * security here: the callers build rows that are right. Indexes, TOAST, WAL
 * and replication are as with any insert.
 */
#ifndef QUOTAKIT_TABLE_H
#define QUOTAKIT_TABLE_H

#include "quotakit.h"

#include "executor/tuptable.h"
#include "pg/layout.h"
#include "nodes/execnodes.h"
#include "storage/itemptr.h"

/* A table, or a partition, while a batch runs. */
typedef struct QKTable QKTable;

/* A table partitioned by a range of its second column, a timestamp with time zone. */
typedef struct QKPartitioned QKPartitioned;

/* All that a batch opens, closed together. */
typedef struct QKStore
{
	MemoryContext context;
	EState *estate;
	List *tables;
} QKStore;

extern void qk_store_start(QKStore *store, MemoryContext context);
/* Writes what was appended, closes everything, and makes it visible to the next command. */
extern void qk_store_finish(QKStore *store);

/* Raises if the table has other columns than the layout says. */
extern QKTable *qk_table_open(QKStore *store, const QKLayout *layout);
extern QKPartitioned *qk_partitioned_open(QKStore *store, const QKLayout *layout);
/* NULL if no partition takes this time. */
extern QKTable *qk_partition(QKPartitioned *partitioned, TimestampTz at);

/*
 * The last row, in the order of the primary key, whose key begins with `keys`; NULL if there is
 * none. Sees all that has committed and what this transaction did, whatever its
 * snapshot: the caller holds the lock that keeps others from writing it. The slot
 * is a copy, valid until the next look-up in the table: no page stays pinned, so
 * whatever the batch waits for next, no VACUUM waits for the batch.
 */
extern TupleTableSlot *qk_table_last(QKTable *table, const Datum *keys, int nkeys);

/* A cleared slot to fill; qk_slot_done() after that. Written by qk_store_finish(). */
extern TupleTableSlot *qk_table_append(QKTable *table);
extern void qk_slot_done(TupleTableSlot *slot);

extern void qk_table_delete(QKTable *table, ItemPointer tid);

/* The next number of one of the extension's sequences. */
extern int64 qk_nextval(const char *sequence);

#endif
