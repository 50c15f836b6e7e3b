/*
 * calls.c
 *		The engine's SQL functions.
 */
#include "quotakit.h"
#include "pg/arrays.h"
#include "engine/engine.h"
#include "pg/compat.h"
#include "pg/version.h"

#include "catalog/pg_type.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

PG_FUNCTION_INFO_V1(quotakit_batch);
PG_FUNCTION_INFO_V1(quotakit_batch_as);
PG_FUNCTION_INFO_V1(quotakit_report);

/* Runs the batch in memory of its own and returns its answers, in order. */
static void
run_and_answer(ReturnSetInfo *rsinfo, QKBatch *batch, int lock_wait)
{
	qk_batch_run(batch, lock_wait);
	for (int i = 0; i < batch->n; i++)
	{
		QKItem *item = &batch->items[i];
		Datum values[2] = { CStringGetTextDatum(item->outcome),
							PointerGetDatum(cstring_to_text_with_len(batch->out.data + item->answer,
																	 item->answer_len)) };
		bool nulls[2] = { false, false };

		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
}

/* For rows of an outcome and an answer. */
static void
init_result(FunctionCallInfo fcinfo)
{
	qk_begin_set(fcinfo);
	qk_check_columns(fcinfo, ((ReturnSetInfo *) fcinfo->resultinfo)->setDesc, 2);
}

/*
 * The memory of a batch. Its first block, large enough for most, is kept for the
 * next one: memory that is new from the kernel costs more than what is done with
 * it. After an error it goes with the memory of the statement.
 */
static MemoryContext spare = NULL;

static MemoryContext
begin_memory(void)
{
	MemoryContext context = spare;

	if (context == NULL)
		return AllocSetContextCreate(CurrentMemoryContext, "quotakit batch", 0, 2 * 1024 * 1024,
									 8 * 1024 * 1024);
	spare = NULL;
	MemoryContextSetParent(context, CurrentMemoryContext);
	return context;
}

static void
end_memory(MemoryContext context)
{
	if (spare != NULL)
	{
		MemoryContextDelete(context);
		return;
	}
	MemoryContextReset(context);
	MemoryContextSetParent(context, TopMemoryContext);
	spare = context;
}

/* batch(account_ids int4[], secrets bytea[], calls bytea[]): any accounts, by their keys. */
Datum
quotakit_batch(PG_FUNCTION_ARGS)
{
	MemoryContext context;
	MemoryContext old;
	QKBatch batch = { 0 };
	Datum *accounts;
	Datum *secrets;
	Datum *calls;

	qk_check_arguments(fcinfo, 3);
	init_result(fcinfo);
	context = begin_memory();
	old = MemoryContextSwitchTo(context);

	batch.n = qk_array_elements(PG_GETARG_ARRAYTYPE_P(2), BYTEAOID, &calls);
	if (qk_array_elements(PG_GETARG_ARRAYTYPE_P(0), INT4OID, &accounts) != batch.n ||
		qk_array_elements(PG_GETARG_ARRAYTYPE_P(1), BYTEAOID, &secrets) != batch.n)
		ereport(ERROR, errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				errmsg("arrays of a batch must be of the same length"));
	batch.items = MemoryContextAllocExtended(context, Max(batch.n, 1) * sizeof(QKItem),
											 MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	for (int i = 0; i < batch.n; i++)
	{
		QKItem *item = &batch.items[i];
		bytea *secret = DatumGetByteaPP(secrets[i]);
		bytea *payload = DatumGetByteaPP(calls[i]);

		qk_call_parse(&item->call, VARDATA_ANY(payload), VARSIZE_ANY_EXHDR(payload));
		item->call.account_id = DatumGetInt32(accounts[i]);
		item->secret = VARDATA_ANY(secret);
		item->secret_len = VARSIZE_ANY_EXHDR(secret);
	}
	run_and_answer((ReturnSetInfo *) fcinfo->resultinfo, &batch, qk_batch_lock_wait);

	MemoryContextSwitchTo(old);
	end_memory(context);
	return (Datum) 0;
}

/*
 * _batch_as(account_id int4, calls text[], wait bool): for SQL functions that
 * have found out who calls. With `wait` it waits for locks as any statement does.
 */
Datum
quotakit_batch_as(PG_FUNCTION_ARGS)
{
	MemoryContext context;
	MemoryContext old;
	QKBatch batch = { 0 };
	Datum *calls;

	qk_check_arguments(fcinfo, 3);
	init_result(fcinfo);
	context = begin_memory();
	old = MemoryContextSwitchTo(context);

	batch.n = qk_array_elements(PG_GETARG_ARRAYTYPE_P(1), TEXTOID, &calls);
	batch.items = MemoryContextAllocExtended(context, Max(batch.n, 1) * sizeof(QKItem),
											 MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	for (int i = 0; i < batch.n; i++)
	{
		QKItem *item = &batch.items[i];
		text *payload = DatumGetTextPP(calls[i]);

		qk_call_parse(&item->call, VARDATA_ANY(payload), VARSIZE_ANY_EXHDR(payload));
		item->call.account_id = PG_GETARG_INT32(0);
	}
	run_and_answer((ReturnSetInfo *) fcinfo->resultinfo, &batch,
				   PG_GETARG_BOOL(2) ? QK_WAIT_FOREVER : qk_batch_lock_wait);

	MemoryContextSwitchTo(old);
	end_memory(context);
	return (Datum) 0;
}

/* _report(sqlstate, message, detail, hint, is_error): what an answer says, raised. */
Datum
quotakit_report(PG_FUNCTION_ARGS)
{
	char *words[4];
	bool is_error;

	qk_check_arguments(fcinfo, 5);
	is_error = !PG_ARGISNULL(4) && PG_GETARG_BOOL(4);
	for (int i = 0; i < 4; i++)
		words[i] = PG_ARGISNULL(i) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(i));
	if (words[0] == NULL || strlen(words[0]) != 5 || words[1] == NULL)
		elog(ERROR, "a report needs an SQLSTATE and a message");
	ereport(is_error ? ERROR : WARNING,
			errcode(MAKE_SQLSTATE(words[0][0], words[0][1], words[0][2], words[0][3], words[0][4])),
			errmsg_internal("%s", words[1]), words[2] ? errdetail_internal("%s", words[2]) : 0,
			words[3] ? errhint("%s", words[3]) : 0);
	PG_RETURN_VOID();
}
