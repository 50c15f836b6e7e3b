/*
 * table.c
 *		Direct access to the extension's own tables.
 */
#include "quotakit.h"
#include "pg/compat.h"
#include "pg/table.h"
#include "pg/version.h"

#include "access/genam.h"
#include "access/heapam.h"
#include "access/relscan.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "commands/sequence.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "partitioning/partbounds.h"
#include "partitioning/partdesc.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/partcache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#define MAX_KEYS 4
/* Rows that are put into pages together. */
#define CHUNK 512

struct QKTable
{
	QKStore *store;
	const QKLayout *layout;
	Relation rel;
	TupleDesc desc; /* a copy without reference count: many slots use it */
	Relation pk;    /* index of the primary key; opened at first look-up */
	IndexScanDesc scan;
	ScanKeyData keys[MAX_KEYS];
	TupleTableSlot *found;
	ResultRelInfo *target; /* opened at first append */
	BulkInsertState bulk;
	int nslots;
	int space;
	TupleTableSlot **slots;
};

struct QKPartitioned
{
	QKStore *store;
	const QKLayout *layout;
	Relation rel;
	PartitionKey key;
	PartitionDesc desc;
	QKTable **leaves; /* by place in desc; NULL until opened */
};

void
qk_store_start(QKStore *store, MemoryContext context)
{
	MemoryContext old = MemoryContextSwitchTo(context);

	store->context = context;
	store->tables = NIL;
	store->estate = CreateExecutorState();
	MemoryContextSwitchTo(old);
}

static Oid
object_oid(const char *name)
{
	Oid namespace = get_namespace_oid(QUOTAKIT_SCHEMA, false);
	Oid oid = get_relname_relid(name, namespace);

	if (!OidIsValid(oid))
		ereport(ERROR, errcode(ERRCODE_UNDEFINED_TABLE),
				errmsg("relation \"%s.%s\" does not exist", QUOTAKIT_SCHEMA, name),
				errhint(QK_VERSION_HINT));
	return oid;
}

int64
qk_nextval(const char *sequence)
{
	return nextval_internal(object_oid(sequence), false);
}

static QKTable *
open_oid(QKStore *store, Oid oid, const QKLayout *layout)
{
	MemoryContext old = MemoryContextSwitchTo(store->context);
	QKTable *table = palloc0(sizeof(QKTable));

	table->store = store;
	table->layout = layout;
	table->rel = table_open(oid, RowExclusiveLock);
	qk_layout_check(table->rel, layout);
	table->desc = CreateTupleDescCopy(RelationGetDescr(table->rel));
	store->tables = lappend(store->tables, table);
	MemoryContextSwitchTo(old);
	return table;
}

QKTable *
qk_table_open(QKStore *store, const QKLayout *layout)
{
	return open_oid(store, object_oid(layout->table), layout);
}

QKPartitioned *
qk_partitioned_open(QKStore *store, const QKLayout *layout)
{
	MemoryContext old = MemoryContextSwitchTo(store->context);
	QKPartitioned *p = palloc0(sizeof(QKPartitioned));
	QKTable *parent = qk_table_open(store, layout);

	p->store = store;
	p->layout = layout;
	p->rel = parent->rel;
	p->key = RelationGetPartitionKey(p->rel);
	p->desc = RelationGetPartitionDesc(p->rel, true);
	p->leaves = palloc0(Max(p->desc->nparts, 1) * sizeof(QKTable *));
	MemoryContextSwitchTo(old);
	return p;
}

/* What its owner has put on it (the expressions of an index) would run with our rights. */
static void
check_owner(Relation leaf, Relation parent)
{
	if (leaf->rd_rel->relowner != parent->rd_rel->relowner)
		ereport(ERROR, errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				errmsg("partition \"%s\" does not belong to the owner of \"%s\"",
					   RelationGetRelationName(leaf), RelationGetRelationName(parent)),
				errhint("ALTER TABLE %s.%s OWNER TO %s.", QUOTAKIT_SCHEMA,
						quote_identifier(RelationGetRelationName(leaf)),
						quote_identifier(GetUserNameFromId(parent->rd_rel->relowner, false))));
}

QKTable *
qk_partition(QKPartitioned *p, TimestampTz at)
{
	PartitionBoundInfo bounds = p->desc->boundinfo;
	Datum value = TimestampTzGetDatum(at);
	bool equal;
	int place = -1;

	if (p->desc->nparts > 0)
	{
		int bound = partition_range_datum_bsearch(p->key->partsupfunc, p->key->partcollation,
												  bounds, 1, &value, &equal);

		place = bounds->indexes[bound + 1];
		if (place < 0)
			place = bounds->default_index;
	}
	if (place < 0)
		return NULL;
	if (p->leaves[place] == NULL)
	{
		p->leaves[place] = open_oid(p->store, p->desc->oids[place], p->layout);
		check_owner(p->leaves[place]->rel, p->rel);
	}
	return p->leaves[place];
}

static RegProcedure
equality(Oid type)
{
	switch (type)
	{
		case INT4OID:
			return F_INT4EQ;
		case INT8OID:
			return F_INT8EQ;
		case TIMESTAMPTZOID:
			return F_TIMESTAMPTZ_EQ;
		case UUIDOID:
			return F_UUID_EQ;
		default:
			elog(ERROR, "unexpected type %u in a primary key", type);
	}
}

static void
open_index(QKTable *table)
{
	QKStore *store = table->store;
	MemoryContext old = MemoryContextSwitchTo(store->context);

	Assert(table->layout->nkeys <= MAX_KEYS);
	table->pk = index_open(qk_layout_key(table->rel), AccessShareLock);
	table->scan = qk_index_beginscan(table->rel, table->pk, SnapshotSelf, MAX_KEYS);
	for (int i = 0; i < table->layout->nkeys; i++)
		ScanKeyInit(&table->keys[i], (AttrNumber) (i + 1), BTEqualStrategyNumber,
					equality(table->layout->columns[i].type), (Datum) 0);
	table->found = table_slot_create(table->rel, NULL);
	MemoryContextSwitchTo(old);
}

TupleTableSlot *
qk_table_last(QKTable *table, const Datum *keys, int nkeys)
{
	MemoryContext old;
	bool found;

	Assert(nkeys <= table->layout->nkeys);
	if (table->pk == NULL)
		open_index(table);
	for (int i = 0; i < nkeys; i++)
		table->keys[i].sk_argument = keys[i];

	/* What the scan allocates must live as long as it does. */
	old = MemoryContextSwitchTo(table->store->context);
	table->scan->numberOfKeys = nkeys;
	index_rescan(table->scan, table->keys, nkeys, NULL, 0);
	found = index_getnext_slot(table->scan, BackwardScanDirection, table->found);
	/* A scan that has found something stays on its pages, and so does the slot. */
	if (found)
	{
		ExecMaterializeSlot(table->found);
		index_rescan(table->scan, table->keys, nkeys, NULL, 0);
	}
	MemoryContextSwitchTo(old);
	return found ? table->found : NULL;
}

TupleTableSlot *
qk_table_append(QKTable *table)
{
	MemoryContext old = MemoryContextSwitchTo(table->store->context);
	TupleTableSlot *slot;

	if (table->nslots == table->space)
	{
		table->space = Max(16, table->space * 2);
		table->slots = table->slots == NULL ?
						   palloc(table->space * sizeof(*table->slots)) :
						   repalloc(table->slots, table->space * sizeof(*table->slots));
	}
	slot = table->slots[table->nslots++] = MakeSingleTupleTableSlot(table->desc, &TTSOpsHeapTuple);
	ExecClearTuple(slot);
	memset(slot->tts_isnull, 0, slot->tts_tupleDescriptor->natts * sizeof(bool));
	MemoryContextSwitchTo(old);
	return slot;
}

void
qk_slot_done(TupleTableSlot *slot)
{
	ExecStoreVirtualTuple(slot);
}

static void
insert_indexes(QKTable *table, TupleTableSlot *slot)
{
	EState *estate = table->store->estate;

	list_free(qk_insert_index_tuples(table->target, slot, estate));
	ResetPerTupleExprContext(estate);
}

static void
write_rows(QKTable *table)
{
	CommandId cid = GetCurrentCommandId(true);

	table->target = makeNode(ResultRelInfo);
	InitResultRelInfo(table->target, table->rel, 1, NULL, 0);
	ExecOpenIndices(table->target, false);
	table->bulk = GetBulkInsertState();
	for (int from = 0; from < table->nslots; from += CHUNK)
	{
		int n = Min(CHUNK, table->nslots - from);

		table_multi_insert(table->rel, table->slots + from, n, cid, 0, table->bulk);
		/* The index may have to wait for another transaction that has written the same key. */
		ReleaseBulkInsertStatePin(table->bulk);
		for (int i = from; i < from + n; i++)
			insert_indexes(table, table->slots[i]);
	}
	FreeBulkInsertState(table->bulk);
	table_finish_bulk_insert(table->rel, 0);
	ExecCloseIndices(table->target);
}

void
qk_table_delete(QKTable *table, ItemPointer tid)
{
	simple_table_tuple_delete(table->rel, tid, SnapshotSelf);
}

/*
 * A row that another backend wrote under the same key at the same time means
 * that the two did not hold the same lock: an id used on two projects at once,
 * say. Run again, the batch will see that row; so it fails with the SQLSTATE
 * that says so.
 */
static void
write_rows_once(QKTable *table)
{
	PG_TRY();
	{
		write_rows(table);
	}
	PG_CATCH();
	{
		ErrorData *error;

		MemoryContextSwitchTo(table->store->context);
		error = CopyErrorData();
		if (error->sqlerrcode != ERRCODE_UNIQUE_VIOLATION)
			PG_RE_THROW();
		FlushErrorState();
		ereport(ERROR, errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
				errmsg("an id was used in two projects at the same time"),
				error->detail ? errdetail_internal("%s", error->detail) : 0,
				errhint("Run the batch again."));
	}
	PG_END_TRY();
}

void
qk_store_finish(QKStore *store)
{
	MemoryContext old = MemoryContextSwitchTo(store->context);
	ListCell *lc;

	foreach (lc, store->tables)
	{
		QKTable *table = lfirst(lc);

		if (table->scan != NULL)
		{
			index_endscan(table->scan);
			index_close(table->pk, NoLock);
			ExecDropSingleTupleTableSlot(table->found);
		}
		if (table->nslots > 0)
			write_rows_once(table);
		for (int i = 0; i < table->nslots; i++)
			ExecDropSingleTupleTableSlot(table->slots[i]);
		table_close(table->rel, NoLock);
	}
	FreeExecutorState(store->estate);
	CommandCounterIncrement();
	MemoryContextSwitchTo(old);
}
