/*
 * query.h
 *		Statements over SPI, with plans that are kept.
 */
#ifndef QUOTAKIT_QUERY_H
#define QUOTAKIT_QUERY_H

#include "quotakit.h"

#include "executor/spi.h"

#define QK_MAX_ARGS 8

/* A static variable: the plan is made at first use and kept. */
typedef struct QKQuery
{
	const char *sql;
	Oid types[QK_MAX_ARGS];
	int nargs;
	/*
	 * Each row is looked up by its key, however few there are when the plan is
	 * made. The statement has to say so too: what is LATERAL and ends with OFFSET 0
	 * is looked up row by row. Without statistics the planner may join by the
	 * account alone, and a batch that makes its own rows is ahead of statistics.
	 */
	bool by_key;
	SPIPlanPtr plan;
} QKQuery;

/*
 * Runs a statement that reads, with the newest snapshot, and returns the number
 * of rows. `nulls` as SPI has it, or NULL. The rows can be read until
 * qk_query_end(), which must follow; statements do not nest.
 */
extern int qk_query(QKQuery *query, Datum *args, const char *nulls);

/* The same for one that writes. */
extern int qk_execute(QKQuery *query, Datum *args, const char *nulls);

/*
 * Rows from 0, columns from 1. A value of another type than the one named is an
 * error: the table is of another version.
 */
extern Datum qk_query_value(int row, int column, Oid type, bool *isnull);
extern bool qk_query_is_null(int row, int column);
/* As text, whatever its type. */
extern char *qk_query_text(int row, int column);

/* Where to put what must outlive the statement: the context that was current before it. */
extern MemoryContext qk_query_context(void);
extern void qk_query_end(void);

#endif
