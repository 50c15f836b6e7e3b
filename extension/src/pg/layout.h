/*
 * layout.h
 *		The extension's tables as this library knows them.
 */
#ifndef QUOTAKIT_LAYOUT_H
#define QUOTAKIT_LAYOUT_H

#include "quotakit.h"

#include "utils/relcache.h"

typedef struct QKColumn
{
	const char *name;
	Oid type;
} QKColumn;

/*
 * The columns in their order, of which the first nkeys are the primary key. In a
 * new version columns are added at the end and none is dropped, so that a table
 * that was updated is like one that was made anew.
 */
typedef struct QKLayout
{
	const char *table;
	int ncolumns;
	int nkeys;
	const QKColumn *columns;
} QKLayout;

#define QK_LAYOUT(table_, nkeys_, columns_) \
	{ .table = (table_), .ncolumns = lengthof(columns_), .nkeys = (nkeys_), .columns = (columns_) }

extern void qk_layout_init(void);

/*
 * Raises unless the table, or the partition, is like that. The caller holds a
 * lock on it. Costs nothing once it was looked at.
 */
extern void qk_layout_check(Relation rel, const QKLayout *layout);

/* The index of a table's primary key. */
extern Oid qk_layout_key(Relation rel);

#endif
