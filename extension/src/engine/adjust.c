/*
 * adjust.c
 *		Corrections of recorded costs, for reprice(), refund() and book_difference():
 *		appended, never changed in place, and counted like any event in the windows
 *		of what they correct.
 */
#include "quotakit.h"
#include "pg/arrays.h"
#include "engine/engine.h"
#include "values/uuid7.h"
#include "pg/version.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(quotakit_append_adjustments);
PG_FUNCTION_INFO_V1(quotakit_append_reconciled);

/* A new id with the time of the event it corrects, so that it falls into the same windows. */
static void
make_id(const pg_uuid_t *original, pg_uuid_t *id)
{
	if (!pg_strong_random(id->data, UUID_LEN))
		ereport(ERROR, errcode(ERRCODE_INTERNAL_ERROR), errmsg("could not generate random values"));
	memcpy(id->data, original->data, 6);
	id->data[6] = 0x70 | (id->data[6] & 0x0f);
	id->data[8] = 0x80 | (id->data[8] & 0x3f);
}

/* What all corrections have in common. */
static void
init_call(QKCall *call, MemoryContext context, int32 account_id)
{
	call->context = context;
	call->op = QK_ADJUST;
	call->has_op = true;
	call->account_id = account_id;
	call->has_id = true;
	call->model = "";
	call->tier = "standard";
	call->ok = true;
}

/* A correction that is not recorded is an error: none is dropped. */
static void
run_all(QKBatch *batch)
{
	qk_batch_run(batch, QK_WAIT_FOREVER);
	for (int i = 0; i < batch->n; i++)
		if (strcmp(batch->items[i].outcome, "recorded") != 0)
			ereport(ERROR, errcode(ERRCODE_QK_OUT_OF_RANGE), errmsg("could not adjust an event"),
					errdetail_internal("%.*s", batch->items[i].answer_len,
									   batch->out.data + batch->items[i].answer));
}

/*
 * _append_adjustments(account_id int4, events uuid[], ats timestamptz[], usd int8[],
 * credits int8[], priced bool[], price_version int8): differences in nano, which may
 * be negative, and whether the event was unpriced and is so no more.
 */
Datum
quotakit_append_adjustments(PG_FUNCTION_ARGS)
{
	MemoryContext context =
		AllocSetContextCreate(CurrentMemoryContext, "quotakit adjustments", ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	QKBatch batch = { 0 };
	Datum *ids;
	Datum *ats;
	Datum *usd;
	Datum *credits;
	Datum *priced;

	qk_check_arguments(fcinfo, 7);
	batch.n = qk_array_elements(PG_GETARG_ARRAYTYPE_P(1), UUIDOID, &ids);
	if (qk_array_elements(PG_GETARG_ARRAYTYPE_P(2), TIMESTAMPTZOID, &ats) != batch.n ||
		qk_array_elements(PG_GETARG_ARRAYTYPE_P(3), INT8OID, &usd) != batch.n ||
		qk_array_elements(PG_GETARG_ARRAYTYPE_P(4), INT8OID, &credits) != batch.n ||
		qk_array_elements(PG_GETARG_ARRAYTYPE_P(5), BOOLOID, &priced) != batch.n)
		elog(ERROR, "arrays of adjustments must be of the same length");
	batch.items = MemoryContextAllocExtended(context, Max(batch.n, 1) * sizeof(QKItem),
											 MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	for (int i = 0; i < batch.n; i++)
	{
		QKCall *call = &batch.items[i].call;

		init_call(call, context, PG_GETARG_INT32(0));
		call->reservation = *DatumGetUUIDP(ids[i]);
		make_id(&call->reservation, &call->id);
		call->at = DatumGetTimestampTz(ats[i]);
		call->amount[QK_USD] = DatumGetInt64(usd[i]);
		call->amount[QK_CREDITS] = DatumGetInt64(credits[i]);
		call->now_priced = DatumGetBool(priced[i]);
		call->price_version = PG_GETARG_INT64(6);
	}
	run_all(&batch);

	MemoryContextSwitchTo(old);
	MemoryContextDelete(context);
	PG_RETURN_VOID();
}

/*
 * _append_reconciled(account_id int4, node_id int4, model text, id uuid, usd int8): what a
 * bill has and no event, in nano-USD, at the time of the id; less than nothing, too.
 */
Datum
quotakit_append_reconciled(PG_FUNCTION_ARGS)
{
	MemoryContext context =
		AllocSetContextCreate(CurrentMemoryContext, "quotakit booking", ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	QKBatch batch = { .n = 1, .items = palloc0(sizeof(QKItem)) };
	QKCall *call = &batch.items[0].call;

	qk_check_arguments(fcinfo, 5);
	init_call(call, context, PG_GETARG_INT32(0));
	call->node_id = PG_GETARG_INT32(1);
	call->model = text_to_cstring(PG_GETARG_TEXT_PP(2));
	call->id = *PG_GETARG_UUID_P(3);
	if (!qk_uuid7_time(&call->id, &call->at))
		elog(ERROR, "a booking needs a UUID of version 7");
	call->amount[QK_USD] = PG_GETARG_INT64(4);
	run_all(&batch);

	MemoryContextSwitchTo(old);
	MemoryContextDelete(context);
	PG_RETURN_VOID();
}
