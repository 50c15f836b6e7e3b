/*
 * query.c
 *		Statements over SPI, with plans that are kept.
 */
#include "quotakit.h"
#include "query.h"

#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

static MemoryContext caller_context;

/*
 * The planner reads a table as a whole while it is small, and keeps that plan
 * when it has grown.
 */
static int
forbid_scans(void)
{
	int			level = NewGUCNestLevel();

	(void) set_config_option("enable_seqscan", "off", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE,
							 true, 0, false);
	return level;
}

static SPIPlanPtr
prepare(QKQuery *query)
{
	SPIPlanPtr	plan = SPI_prepare(query->sql, query->nargs, query->types);

	if (plan == NULL || SPI_keepplan(plan) != 0)
		elog(ERROR, "could not prepare \"%s\": %s", query->sql, SPI_result_code_string(SPI_result));
	return plan;
}

static int
run(QKQuery *query, Datum *args, const char *nulls, bool reads)
{
	int			level = 0;
	int			rc;

	caller_context = CurrentMemoryContext;
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	if (query->plan == NULL)
		query->plan = prepare(query);
	/* It may be planned anew at any time. */
	if (query->by_key)
		level = forbid_scans();

	/*
	 * Also a transaction with an old snapshot of its own must see what was
	 * committed before it got the project's lock.
	 */
	rc = SPI_execute_snapshot(query->plan, args, nulls, GetLatestSnapshot(), InvalidSnapshot, reads, true, 0);
	if (query->by_key)
		AtEOXact_GUC(true, level);
	if (rc < 0)
		elog(ERROR, "could not run \"%s\": %s", query->sql, SPI_result_code_string(rc));
	return (int) SPI_processed;
}

int
qk_query(QKQuery *query, Datum *args, const char *nulls)
{
	return run(query, args, nulls, true);
}

int
qk_execute(QKQuery *query, Datum *args, const char *nulls)
{
	return run(query, args, nulls, false);
}

Datum
qk_query_value(int row, int column, bool *isnull)
{
	return SPI_getbinval(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, column, isnull);
}

/* Text and name-like columns; in the statement's memory. */
char *
qk_query_text(int row, int column)
{
	return SPI_getvalue(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, column);
}

MemoryContext
qk_query_context(void)
{
	return caller_context;
}

void
qk_query_end(void)
{
	SPI_finish();
}
