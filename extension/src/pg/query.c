/*
 * query.c
 *		Statements over SPI, with plans that are kept.
 */
#include "quotakit.h"
#include "pg/query.h"
#include "pg/version.h"

#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

static MemoryContext caller_context;

/* A statement names what tables and functions of another version need not have. */
static void
explain_version(void *arg)
{
	int code = geterrcode();

	if (code == ERRCODE_UNDEFINED_COLUMN || code == ERRCODE_UNDEFINED_TABLE ||
		code == ERRCODE_UNDEFINED_FUNCTION)
		errhint(QK_VERSION_HINT);
}

/*
 * The planner reads a table as a whole while it is small, and keeps that plan
 * when it has grown.
 */
static int
forbid_scans(void)
{
	int level = NewGUCNestLevel();

	(void) set_config_option("enable_seqscan", "off", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE,
							 true, 0, false);
	return level;
}

static SPIPlanPtr
prepare(QKQuery *query)
{
	SPIPlanPtr plan = SPI_prepare(query->sql, query->nargs, query->types);

	if (plan == NULL || SPI_keepplan(plan) != 0)
		elog(ERROR, "could not prepare \"%s\": %s", query->sql, SPI_result_code_string(SPI_result));
	return plan;
}

static int
run(QKQuery *query, Datum *args, const char *nulls, bool reads)
{
	ErrorContextCallback context = { .previous = error_context_stack, .callback = explain_version };
	int level = 0;
	int rc;

	caller_context = CurrentMemoryContext;
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	error_context_stack = &context;
	if (query->plan == NULL)
		query->plan = prepare(query);
	/* It may be planned anew at any time. */
	if (query->by_key)
		level = forbid_scans();

	/*
	 * Also a transaction with an old snapshot of its own must see what was
	 * committed before it got the project's lock.
	 */
	rc = SPI_execute_snapshot(query->plan, args, nulls, GetLatestSnapshot(), InvalidSnapshot, reads,
							  true, 0);
	if (query->by_key)
		AtEOXact_GUC(true, level);
	error_context_stack = context.previous;
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
qk_query_value(int row, int column, Oid type, bool *isnull)
{
	TupleDesc desc = SPI_tuptable->tupdesc;
	Form_pg_attribute att = TupleDescAttr(desc, column - 1);

	if (att->atttypid != type)
		ereport(ERROR, errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				errmsg("column \"%s\" is not of the version of the library", NameStr(att->attname)),
				errdetail("It is of type %s, not %s.", format_type_be(att->atttypid),
						  format_type_be(type)),
				errhint(QK_VERSION_HINT));
	return SPI_getbinval(SPI_tuptable->vals[row], desc, column, isnull);
}

bool
qk_query_is_null(int row, int column)
{
	bool isnull;

	(void) SPI_getbinval(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, column, &isnull);
	return isnull;
}

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
