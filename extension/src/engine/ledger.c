/*
 * ledger.c
 *		Reservations and events: look up, append, roll up.
 *
 * What one batch decides about an id is remembered until the rows are written,
 * so the second call of an id in one batch finds the first.
 */
#include "quotakit.h"
#include "engine/engine.h"
#include "engine/ledger_columns.h"
#include "values/money.h"
#include "values/uuid7.h"

#include "common/hashfn.h"
#include "common/int.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/jsonb.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"

/* The last id of an account in a partition, when the batch began. */
typedef struct NewestKey
{
	QKTable *leaf;
	int64 account_id; /* of this width, so that the key has no gap */
} NewestKey;

typedef struct Newest
{
	NewestKey key;
	bool any;
	pg_uuid_t id;
} Newest;

typedef struct RollupKey
{
	int32 account_id;
	int32 node_id;
	TimestampTz hour;
	const char *model;
} RollupKey;

typedef struct Rollup
{
	RollupKey key;
	int64 sum[MEASURES];
} Rollup;

static uint32
rollup_hash(const void *key, Size size)
{
	const RollupKey *k = key;

	return hash_bytes((const unsigned char *) k, offsetof(RollupKey, model)) ^
		   hash_bytes((const unsigned char *) k->model, (int) strlen(k->model));
}

static int
rollup_match(const void *a, const void *b, Size size)
{
	const RollupKey *x = a;
	const RollupKey *y = b;

	return !(memcmp(x, y, offsetof(RollupKey, model)) == 0 && strcmp(x->model, y->model) == 0);
}

void
qk_ledger_start(QKBatch *batch)
{
	HASHCTL ids = { .keysize = sizeof(QKIdKey),
					.entrysize = sizeof(QKIdState),
					.hcxt = batch->context };
	HASHCTL rollups = { .keysize = sizeof(RollupKey),
						.entrysize = sizeof(Rollup),
						.hcxt = batch->context,
						.hash = rollup_hash,
						.match = rollup_match };

	batch->newest_ids = NULL;
	batch->ids =
		hash_create("quotakit ids", Max(batch->n, 16), &ids, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	batch->rollups = hash_create("quotakit rollups", 16, &rollups,
								 HASH_ELEM | HASH_FUNCTION | HASH_COMPARE | HASH_CONTEXT);
	batch->reservations = qk_partitioned_open(&batch->store, &qk_reservation_layout);
	batch->events = qk_partitioned_open(&batch->store, &qk_event_layout);
	batch->counters.table = qk_table_open(&batch->store, &qk_counter_layout);
	batch->pending_events = palloc(Max(batch->n, 1) * sizeof(QKEvent));
	batch->nevents = 0;
	/* A call appends at most one. */
	batch->pending_steps = palloc(Max(batch->n, 1) * sizeof(QKStep));
	batch->nsteps = 0;
}

/*
 * Most ids are newer than all there are, since they begin with the time. So the
 * account's last id in a partition, looked up once, answers for them.
 */
static bool
is_newest(QKBatch *batch, QKTable *leaf, int32 account_id, const pg_uuid_t *id)
{
	NewestKey key = { leaf, account_id };
	Newest *newest;
	bool found;

	if (batch->newest_ids == NULL)
	{
		HASHCTL ctl = { .keysize = sizeof(NewestKey),
						.entrysize = sizeof(Newest),
						.hcxt = batch->context };

		batch->newest_ids =
			hash_create("quotakit newest ids", 16, &ctl, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	}
	newest = hash_search(batch->newest_ids, &key, HASH_ENTER, &found);
	if (!found)
	{
		Datum keys[] = { Int32GetDatum(account_id) };
		TupleTableSlot *row = qk_table_last(leaf, keys, lengthof(keys));
		bool isnull;

		newest->any = row != NULL;
		if (row != NULL)
			newest->id = *DatumGetUUIDP(slot_getattr(row, R_ID + 1, &isnull));
	}
	return !newest->any || memcmp(id->data, newest->id.data, UUID_LEN) > 0;
}

/* What was the last id before the locks need not be so under them. */
void
qk_ledger_locked(QKBatch *batch)
{
	batch->newest_ids = NULL;
}

/* Both tables begin with the account, the time and the id. */
static TupleTableSlot *
find_row(QKBatch *batch, QKPartitioned *table, int32 account_id, TimestampTz at,
		 const pg_uuid_t *id)
{
	Datum keys[] = { Int32GetDatum(account_id), TimestampTzGetDatum(at), UUIDPGetDatum(id) };
	QKTable *leaf = qk_partition(table, at);

	if (leaf == NULL || is_newest(batch, leaf, account_id, id))
		return NULL;
	return qk_table_last(leaf, keys, lengthof(keys));
}

int32
qk_ledger_reservation_node(QKBatch *batch, int32 account_id, TimestampTz at, const pg_uuid_t *id)
{
	TupleTableSlot *row = find_row(batch, batch->reservations, account_id, at, id);
	bool isnull;

	return row ? DatumGetInt32(slot_getattr(row, R_NODE + 1, &isnull)) : 0;
}

bool
qk_ledger_event(QKBatch *batch, int32 account_id, TimestampTz at, const pg_uuid_t *id,
				int32 *node_id, char **model)
{
	TupleTableSlot *row = find_row(batch, batch->events, account_id, at, id);
	bool isnull;

	if (row == NULL)
		return false;
	*node_id = DatumGetInt32(slot_getattr(row, E_NODE + 1, &isnull));
	*model = TextDatumGetCString(slot_getattr(row, E_MODEL + 1, &isnull));
	return true;
}

static void
read_reservation(QKReservation *r, TupleTableSlot *row)
{
	Datum *v = row->tts_values;

	slot_getallattrs(row);
	r->seq = DatumGetInt32(v[R_SEQ]);
	r->is_open = DatumGetBool(v[R_IS_OPEN]);
	r->is_lease = DatumGetBool(v[R_IS_LEASE]);
	r->node_id = DatumGetInt32(v[R_NODE]);
	r->model = TextDatumGetCString(v[R_MODEL]);
	for (int u = 0; u < QK_UNITS; u++)
		r->amount[u] = DatumGetInt64(v[R_USD + u]);
	r->expires_at = DatumGetTimestampTz(v[R_EXPIRES]);
	r->content_hash = DatumGetInt64(v[R_HASH]);
	r->key_id = row->tts_isnull[R_KEY] ? 0 : DatumGetInt32(v[R_KEY]);
}

QKIdState *
qk_ledger_find(QKBatch *batch, int32 account_id, TimestampTz at, const pg_uuid_t *id)
{
	QKIdKey key;
	QKIdState *state;
	TupleTableSlot *row;
	bool found;

	memset(&key, 0, sizeof(key));
	key.account_id = account_id;
	key.id = *id;
	state = hash_search(batch->ids, &key, HASH_ENTER, &found);
	if (found)
		return state;
	memset((char *) state + sizeof(key), 0, sizeof(*state) - sizeof(key));
	state->at = at;

	row = find_row(batch, batch->reservations, account_id, at, id);
	if (row != NULL)
	{
		state->reserved = true;
		read_reservation(&state->reservation, row);
	}
	row = find_row(batch, batch->events, account_id, at, id);
	if (row != NULL)
	{
		slot_getallattrs(row);
		state->recorded = true;
		state->event_hash = DatumGetInt64(row->tts_values[E_HASH]);
		state->usd = DatumGetInt64(row->tts_values[E_USD]);
		state->credits = DatumGetInt64(row->tts_values[E_CREDITS]);
		state->flags = DatumGetInt32(row->tts_values[E_FLAGS]);
	}
	return state;
}

void
qk_ledger_add_step(QKBatch *batch, QKIdState *id, TimestampTz now)
{
	Assert(batch->nsteps < batch->n);
	id->reserved = true;
	batch->pending_steps[batch->nsteps++] = (QKStep){ id, id->reservation, now };
}

static void
add_rollup(QKBatch *batch, QKAccount *account, TimestampTz at, const QKEvent *event)
{
	const QKCall *call = &event->item->call;
	RollupKey key;
	Rollup *rollup;
	bool found;
	int64 add[MEASURES];

	if (at < account->hour.start || at >= account->hour.end)
		account->hour = qk_local_hour(account->calendar.tz, at);

	key.account_id = account->account_id;
	key.node_id = event->node_id;
	key.hour = account->hour.start;
	key.model = call->model;
	rollup = hash_search(batch->rollups, &key, HASH_ENTER, &found);
	if (!found)
		memset(rollup->sum, 0, sizeof(rollup->sum));

	/* A correction is not another call. */
	add[D_EVENTS - D_EVENTS] = (event->flags & QK_FLAG_ADJUSTMENT) == 0;
	add[D_FAILED - D_EVENTS] = !call->ok;
	add[D_UNPRICED - D_EVENTS] =
		((event->flags & QK_FLAG_UNPRICED) != 0) - ((event->flags & QK_FLAG_NOW_PRICED) != 0);
	add[D_REQUESTS - D_EVENTS] = call->requests;
	for (int i = 0; i < QK_TOKEN_CLASSES; i++)
		add[D_INPUT - D_EVENTS + i] = call->counted[i];
	add[D_USD - D_EVENTS] = event->amount[QK_USD];
	add[D_CREDITS - D_EVENTS] = event->amount[QK_CREDITS];

	/* One amount is at most 10^15, so a batch would need thousands of them to get here. */
	for (int i = 0; i < MEASURES; i++)
		if (pg_add_s64_overflow(rollup->sum[i], add[i], &rollup->sum[i]))
			ereport(ERROR, errcode(ERRCODE_QK_OUT_OF_RANGE),
					errmsg("sum of a batch is out of range"),
					errhint("Send fewer calls in one batch."));
}

void
qk_ledger_add_event(QKBatch *batch, QKAccount *account, QKIdState *id, const QKEvent *event)
{
	Assert(batch->nevents < batch->n);
	Assert(!id->recorded);
	id->recorded = true;
	id->event_hash = event->content_hash;
	id->usd = event->amount[QK_USD];
	id->credits = event->amount[QK_CREDITS];
	id->flags = event->flags;
	batch->pending_events[batch->nevents++] = *event;
	add_rollup(batch, account, id->at, event);
}

static void
write_step(QKBatch *batch, const QKStep *step)
{
	const QKReservation *r = &step->reservation;
	QKTable *leaf = qk_partition(batch->reservations, step->id->at);
	TupleTableSlot *row = qk_table_append(leaf);
	Datum *v = row->tts_values;

	v[R_ACCOUNT] = Int32GetDatum(step->id->key.account_id);
	v[R_AT] = TimestampTzGetDatum(step->id->at);
	v[R_ID] = UUIDPGetDatum(&step->id->key.id);
	v[R_SEQ] = Int32GetDatum(r->seq);
	v[R_IS_OPEN] = BoolGetDatum(r->is_open);
	v[R_IS_LEASE] = BoolGetDatum(r->is_lease);
	v[R_NODE] = Int32GetDatum(r->node_id);
	v[R_MODEL] = CStringGetTextDatum(r->model);
	for (int u = 0; u < QK_UNITS; u++)
		v[R_USD + u] = Int64GetDatum(r->amount[u]);
	v[R_EXPIRES] = TimestampTzGetDatum(r->expires_at);
	v[R_RECORDED] = TimestampTzGetDatum(step->now);
	v[R_HASH] = Int64GetDatum(r->content_hash);
	v[R_KEY] = Int32GetDatum(r->key_id);
	row->tts_isnull[R_KEY] = r->key_id == 0;
	qk_slot_done(row);
}

static Datum
json_datum(StringInfo json)
{
	return DirectFunctionCall1(jsonb_in, CStringGetDatum(json->data));
}

static Datum
meters_datum(const QKCall *call)
{
	StringInfoData json;

	initStringInfo(&json);
	for (int i = 0; i < call->nmeters; i++)
	{
		appendStringInfo(&json, "%c\"%s\":", i == 0 ? '{' : ',', call->meters[i].name);
		qk_append_decimal(&json, call->meters[i].micro, QK_METER_SCALE);
	}
	appendStringInfoChar(&json, '}');
	return json_datum(&json);
}

static Datum
tags_datum(const QKCall *call)
{
	StringInfoData json;

	initStringInfo(&json);
	for (int i = 0; i < call->ntags; i++)
	{
		appendStringInfoChar(&json, i == 0 ? '{' : ',');
		qk_append_json_string(&json, call->tags[i].name);
		appendStringInfoChar(&json, ':');
		qk_append_json_string(&json, call->tags[i].value);
	}
	appendStringInfoChar(&json, '}');
	return json_datum(&json);
}

static void
write_event(QKBatch *batch, const QKEvent *event)
{
	const QKCall *call = &event->item->call;
	QKTable *leaf = qk_partition(batch->events, call->at);
	TupleTableSlot *row = qk_table_append(leaf);
	Datum *v = row->tts_values;
	bool *isnull = row->tts_isnull;

	v[E_ACCOUNT] = Int32GetDatum(call->account_id);
	v[E_AT] = TimestampTzGetDatum(call->at);
	v[E_ID] = UUIDPGetDatum(&call->id);
	v[E_NODE] = Int32GetDatum(event->node_id);
	v[E_FLAGS] = Int32GetDatum(event->flags);
	v[E_MODEL] = CStringGetTextDatum(call->model);
	v[E_TIER] = CStringGetTextDatum(call->tier);
	for (int i = 0; i < QK_TOKEN_CLASSES; i++)
		v[E_INPUT + i] = Int64GetDatum(call->tokens[i]);
	v[E_REQUESTS] = Int64GetDatum(call->requests);
	v[E_USD] = Int64GetDatum(event->amount[QK_USD]);
	v[E_CREDITS] = Int64GetDatum(event->amount[QK_CREDITS]);
	v[E_PRICE_VERSION] = Int64GetDatum(event->price_version);
	v[E_RECORDED] = TimestampTzGetDatum(batch->now);
	v[E_HASH] = Int64GetDatum(event->content_hash);
	isnull[E_REF] = event->ref == NULL;
	if (event->ref != NULL)
		v[E_REF] = UUIDPGetDatum(event->ref);
	isnull[E_KEY] = call->key_id == 0;
	v[E_KEY] = Int32GetDatum(call->key_id);
	isnull[E_METERS] = call->nmeters == 0;
	if (call->nmeters > 0)
		v[E_METERS] = meters_datum(call);
	isnull[E_TAGS] = call->ntags == 0;
	if (call->ntags > 0)
		v[E_TAGS] = tags_datum(call);
	qk_slot_done(row);
}

static int
compare_ids(int32 account_a, const pg_uuid_t *a, int32 account_b, const pg_uuid_t *b)
{
	if (account_a != account_b)
		return account_a < account_b ? -1 : 1;
	/* The time is the first part of the id. */
	return memcmp(a->data, b->data, UUID_LEN);
}

static int
compare_events(const void *a, const void *b)
{
	const QKCall *x = &((const QKEvent *) a)->item->call;
	const QKCall *y = &((const QKEvent *) b)->item->call;

	return compare_ids(x->account_id, &x->id, y->account_id, &y->id);
}

static int
compare_steps(const void *a, const void *b)
{
	const QKStep *x = a;
	const QKStep *y = b;
	int order =
		compare_ids(x->id->key.account_id, &x->id->key.id, y->id->key.account_id, &y->id->key.id);

	return order != 0 ? order : x->reservation.seq - y->reservation.seq;
}

static void
write_rollups(QKBatch *batch)
{
	HASH_SEQ_STATUS scan;
	Rollup *rollup;
	QKTable *table;

	if (hash_get_num_entries(batch->rollups) == 0)
		return;
	table = qk_table_open(&batch->store, &qk_delta_layout);
	hash_seq_init(&scan, batch->rollups);
	while ((rollup = hash_seq_search(&scan)) != NULL)
	{
		TupleTableSlot *row = qk_table_append(table);
		Datum *v = row->tts_values;

		v[D_ACCOUNT] = Int32GetDatum(rollup->key.account_id);
		v[D_ID] = Int64GetDatum(qk_nextval("rollup_delta_id_seq"));
		v[D_NODE] = Int32GetDatum(rollup->key.node_id);
		v[D_MODEL] = CStringGetTextDatum(rollup->key.model);
		v[D_HOUR] = TimestampTzGetDatum(rollup->key.hour);
		for (int i = 0; i < MEASURES; i++)
			v[D_EVENTS + i] = Int64GetDatum(rollup->sum[i]);
		qk_slot_done(row);
	}
}

/* In one global order, so that two batches that meet cannot wait for each other. */
void
qk_ledger_write(QKBatch *batch)
{
	qsort(batch->pending_steps, batch->nsteps, sizeof(QKStep), compare_steps);
	for (int i = 0; i < batch->nsteps; i++)
		write_step(batch, &batch->pending_steps[i]);
	qsort(batch->pending_events, batch->nevents, sizeof(QKEvent), compare_events);
	for (int i = 0; i < batch->nevents; i++)
		write_event(batch, &batch->pending_events[i]);
	write_rollups(batch);
}
