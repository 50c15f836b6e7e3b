/*
 * layout.c
 *		The extension's tables as this library knows them.
 *
 * The tables of the engine are read and written by the number of a column. So
 * each is looked at before its first use in a backend, and again after whatever
 * may have changed it.
 */
#include "quotakit.h"
#include "pg/compat.h"
#include "pg/layout.h"
#include "pg/version.h"

#include "access/genam.h"
#include "catalog/pg_class.h"
#include "utils/builtins.h"
#include "utils/inval.h"
#include "utils/rel.h"

/* Those found to be right, by OID; that two of them share a place costs another look. */
static Oid checked[64];

static Oid *
place_of(Oid relid)
{
	return &checked[relid % lengthof(checked)];
}

static void
forget(Datum arg, Oid relid)
{
	if (!OidIsValid(relid))
		memset(checked, 0, sizeof(checked));
	else if (*place_of(relid) == relid)
		*place_of(relid) = InvalidOid;
}

void
qk_layout_init(void)
{
	CacheRegisterRelcacheCallback(forget, (Datum) 0);
}

static void
pg_attribute_noreturn() refuse(Relation rel, const QKLayout *layout, const char *detail)
{
	if (rel->rd_rel->relispartition)
		ereport(ERROR, errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				errmsg("partition \"%s\" is not like the others of \"%s.%s\"",
					   RelationGetRelationName(rel), QUOTAKIT_SCHEMA, layout->table),
				errdetail_internal("%s", detail),
				errhint("Make partitions with quotakit.make_partitions()."));
	ereport(ERROR, errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			errmsg("table \"%s.%s\" is not of the version of the library", QUOTAKIT_SCHEMA,
				   layout->table),
			errdetail_internal("%s", detail), errhint(QK_VERSION_HINT));
}

/* What is wrong with a column, counted from 0; NULL if nothing is. */
static const char *
column_problem(TupleDesc desc, const QKLayout *layout, int i)
{
	const QKColumn *column = i < layout->ncolumns ? &layout->columns[i] : NULL;
	Form_pg_attribute att;

	if (i >= desc->natts)
		return psprintf("Column \"%s\" is missing.", column->name);
	att = TupleDescAttr(desc, i);
	if (column == NULL)
		return psprintf("The library does not know column \"%s\".", NameStr(att->attname));
	/* A dropped column has a name that no other can have. */
	if (strcmp(NameStr(att->attname), column->name) != 0)
		return psprintf("Column %d is \"%s\", not \"%s\".", i + 1, NameStr(att->attname),
						column->name);
	if (att->atttypid != column->type)
		return psprintf("Column \"%s\" is of type %s, not %s.", column->name,
						format_type_be(att->atttypid), format_type_be(column->type));
	return NULL;
}

Oid
qk_layout_key(Relation rel)
{
	return qk_primary_key(rel);
}

/* By the primary key an id is found, and can exist once. */
static bool
has_key(Relation rel, int nkeys)
{
	Oid oid = qk_layout_key(rel);
	Relation index;
	bool right;

	if (!OidIsValid(oid))
		return false;
	index = index_open(oid, AccessShareLock);
	right = index->rd_index->indimmediate && index->rd_index->indnkeyatts == nkeys;
	for (int i = 0; right && i < nkeys; i++)
		right = index->rd_index->indkey.values[i] == i + 1;
	index_close(index, NoLock);
	return right;
}

/* NULL if it is as it should be. */
static const char *
problem(Relation rel, const QKLayout *layout)
{
	TupleDesc desc = RelationGetDescr(rel);
	const char *found;

	for (int i = 0; i < Max(desc->natts, layout->ncolumns); i++)
		if ((found = column_problem(desc, layout, i)) != NULL)
			return found;
	/* A partitioned parent holds no rows, and each partition has the key. */
	if (rel->rd_rel->relkind == RELKIND_PARTITIONED_TABLE && !rel->rd_rel->relispartition)
		return NULL;
	if (rel->rd_rel->relkind != RELKIND_RELATION)
		return "It is not an ordinary table.";
	return has_key(rel, layout->nkeys) ?
			   NULL :
			   psprintf("It has no primary key on its first %d columns that is not deferrable.",
						layout->nkeys);
}

void
qk_layout_check(Relation rel, const QKLayout *layout)
{
	Oid relid = RelationGetRelid(rel);
	const char *found;

	if (*place_of(relid) == relid)
		return;
	found = problem(rel, layout);
	if (found != NULL)
		refuse(rel, layout, found);
	*place_of(relid) = relid;
}
