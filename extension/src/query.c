/*
 * query.c
 *		Statements over SPI, with plans that are kept.
 */
#include "quotakit.h"
#include "query.h"

#include "utils/memutils.h"
#include "utils/snapmgr.h"

static MemoryContext caller_context;

static int
run(QKQuery *query, Datum *args, const char *nulls, bool reads)
{
	int			rc;

	caller_context = CurrentMemoryContext;
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	if (query->plan == NULL)
	{
		SPIPlanPtr	plan = SPI_prepare(query->sql, query->nargs, query->types);

		if (plan == NULL || SPI_keepplan(plan) != 0)
			elog(ERROR, "could not prepare \"%s\": %s", query->sql, SPI_result_code_string(SPI_result));
		query->plan = plan;
	}

	/*
	 * Also a transaction with an old snapshot of its own must see what was
	 * committed before it got the project's lock.
	 */
	PushActiveSnapshot(GetLatestSnapshot());
	rc = SPI_execute_plan(query->plan, args, nulls, reads, 0);
	PopActiveSnapshot();
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
