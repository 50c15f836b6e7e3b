/*
 * refusal.c
 *		Calls that were stopped, and events that could not be placed.
 *
 * A refusal is an answer, not an error, so it is recorded: one row a batch,
 * policy, minute and reason, with the first and the last of them in full. A
 * storm of refusals writes no more rows than there are batches.
 */
#include "quotakit.h"
#include "engine/engine.h"
#include "values/money.h"
#include "pg/query.h"

#include "catalog/pg_type.h"
#include "common/int.h"
#include "mb/pg_wchar.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

/* Columns of quotakit.refusal, from 0. */
enum
{
	C_ACCOUNT,
	C_ID,
	C_MINUTE,
	C_POLICY,
	C_NODE,
	C_REASON,
	C_SOURCE,
	C_COUNT,
	C_ASKED,
	C_FIRST,
	C_LAST
};

static const QKColumn columns[] = {
	[C_ACCOUNT] = { "account_id", INT4OID },   [C_ID] = { "refusal_id", INT8OID },
	[C_MINUTE] = { "minute", TIMESTAMPTZOID }, [C_POLICY] = { "policy_id", INT4OID },
	[C_NODE] = { "node_id", INT4OID },         [C_REASON] = { "reason", TEXTOID },
	[C_SOURCE] = { "source", TEXTOID },        [C_COUNT] = { "count", INT8OID },
	[C_ASKED] = { "asked", INT8OID },          [C_FIRST] = { "first", JSONBOID },
	[C_LAST] = { "last", JSONBOID },
};
static const QKLayout layout = QK_LAYOUT("refusal", 2, columns);

typedef struct RefusalKey
{
	int32 account_id;
	int32 policy_id;   /* 0 for frozen */
	int32 frozen_node; /* when 0: the node asked for */
	QKReason reason;
	QKSource source;
} RefusalKey;

typedef struct RefusalEntry
{
	RefusalKey key;
	int64 refusal_id;
	int32 node_id;
	int64 count;
	int64 asked;
	char *first;
	char *last;
} RefusalEntry;

static const char *const sources[] = {
	[QK_BY_RESERVE] = "reserve",
	[QK_BY_SHADOW] = "shadow",
	[QK_BY_SDK] = "sdk",
};

const char *
qk_reason_name(QKReason reason)
{
	static const char *const names[] = {
		[QK_QUOTA] = "quota",           [QK_UNPRICED] = "unpriced",
		[QK_UNMEASURED] = "unmeasured", [QK_WINDOW_ENDED] = "window_ended",
		[QK_FROZEN] = "frozen",
	};

	return names[reason];
}

void
qk_refusal_start(QKBatch *batch)
{
	HASHCTL ctl = { .keysize = sizeof(RefusalKey),
					.entrysize = sizeof(RefusalEntry),
					.hcxt = batch->context };

	batch->refusals =
		hash_create("quotakit refusals", 16, &ctl, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

/* One refusal in full. */
static char *
describe(QKBatch *batch, const QKItem *item, const QKRefusal *refusal)
{
	StringInfoData out;

	initStringInfo(&out);
	appendStringInfoString(&out, "{\"at\":");
	qk_append_time(&out, batch->now);
	appendStringInfoString(&out, ",\"call_path\":");
	qk_append_json_string(&out, item->path->path);
	appendStringInfoString(&out, ",\"call_model\":");
	qk_append_json_string(&out, item->call.model);
	if (refusal->policy != NULL)
	{
		appendStringInfoChar(&out, ',');
		qk_append_refusal(&out, refusal);
	}
	else
	{
		appendStringInfoString(&out, ",\"frozen_path\":");
		qk_append_json_string(&out, item->path->frozen_path);
		appendStringInfoString(&out, ",\"frozen_reason\":");
		qk_append_json_string(&out, item->path->frozen_reason);
	}
	appendStringInfoChar(&out, '}');
	return out.data;
}

void
qk_refusal_add(QKBatch *batch, QKItem *item, QKRefusal *refusal)
{
	RefusalKey key;
	RefusalEntry *entry;
	bool found;

	memset(&key, 0, sizeof(key));
	key.account_id = item->account->account_id;
	key.policy_id = refusal->policy ? refusal->policy->policy_id : 0;
	key.frozen_node = refusal->policy ? 0 : item->path->node_id;
	key.reason = refusal->reason;
	key.source = refusal->source;

	entry = hash_search(batch->refusals, &key, HASH_ENTER, &found);
	if (!found)
	{
		entry->refusal_id = qk_nextval("refusal_id_seq");
		entry->count = 0;
		entry->asked = 0;
		entry->first = describe(batch, item, refusal);
	}
	entry->last = describe(batch, item, refusal);
	entry->node_id = item->path->node_id;
	entry->count += refusal->count;
	/* Nothing is decided by this sum: it stops at the largest number. */
	if (pg_add_s64_overflow(entry->asked, refusal->asked, &entry->asked))
		entry->asked = PG_INT64_MAX;
	refusal->refusal_id = entry->refusal_id;
}

static Datum
make_jsonb(const char *json)
{
	return DirectFunctionCall1(jsonb_in, CStringGetDatum(json));
}

void
qk_refusal_write(QKBatch *batch)
{
	HASH_SEQ_STATUS scan;
	RefusalEntry *entry;
	QKTable *table;

	if (hash_get_num_entries(batch->refusals) == 0)
		return;
	table = qk_table_open(&batch->store, &layout);
	hash_seq_init(&scan, batch->refusals);
	while ((entry = hash_seq_search(&scan)) != NULL)
	{
		TupleTableSlot *row = qk_table_append(table);
		Datum *v = row->tts_values;

		v[C_ACCOUNT] = Int32GetDatum(entry->key.account_id);
		v[C_ID] = Int64GetDatum(entry->refusal_id);
		v[C_MINUTE] = TimestampTzGetDatum(batch->now - batch->now % USECS_PER_MINUTE);
		v[C_POLICY] = Int32GetDatum(entry->key.policy_id);
		v[C_NODE] = Int32GetDatum(entry->node_id);
		v[C_REASON] = CStringGetTextDatum(qk_reason_name(entry->key.reason));
		v[C_SOURCE] = CStringGetTextDatum(sources[entry->key.source]);
		v[C_COUNT] = Int64GetDatum(entry->count);
		v[C_ASKED] = Int64GetDatum(entry->asked);
		v[C_FIRST] = make_jsonb(entry->first);
		v[C_LAST] = make_jsonb(entry->last);
		qk_slot_done(row);
	}
}

/* What was sent, as text: as it is if it is UTF-8, else with every other byte as \ooo. */
static text *
payload_text(const QKCall *call)
{
	if ((size_t) pg_encoding_verifymbstr(PG_UTF8, call->payload, (int) call->payload_len) ==
		call->payload_len)
		return cstring_to_text_with_len(call->payload, (int) call->payload_len);
	{
		text *raw = cstring_to_text_with_len(call->payload, (int) call->payload_len);

		return DatumGetTextPP(DirectFunctionCall2(binary_encode, PointerGetDatum(raw),
												  CStringGetTextDatum("escape")));
	}
}

/* Events that could not be recorded are kept with all that was sent; the same one once. */
void
qk_rejected_write(QKBatch *batch)
{
	static QKQuery query = {
		.sql =
			"INSERT INTO quotakit.rejected_event"
			" (account_id, code, reason, payload, content_hash, key_id)"
			" SELECT * FROM unnest($1::int4[], $2::text[], $3::text[], $4::text[], $5::int8[], $6::int4[])"
			/* No lock covers these, so two batches must write them in one order. */
			" ORDER BY 1, 5"
			" ON CONFLICT DO NOTHING",
		.types = { INT4ARRAYOID, TEXTARRAYOID, TEXTARRAYOID, TEXTARRAYOID, INT8ARRAYOID,
				   INT4ARRAYOID },
		.nargs = 6
	};
	int n = list_length(batch->rejected);
	Datum *column[6];
	bool *no_key;
	Datum args[6];
	ListCell *lc;

	if (n == 0)
		return;
	for (int i = 0; i < 6; i++)
		column[i] = palloc(n * sizeof(Datum));
	no_key = palloc(n * sizeof(bool));
	foreach (lc, batch->rejected)
	{
		QKItem *item = lfirst(lc);
		QKCall *call = &item->call;
		int i = foreach_current_index(lc);

		column[0][i] = Int32GetDatum(item->account->account_id);
		column[1][i] = CStringGetTextDatum(call->problem.code);
		column[2][i] = CStringGetTextDatum(call->problem.message);
		column[3][i] = PointerGetDatum(payload_text(call));
		column[4][i] = Int64GetDatum(qk_payload_hash(call->payload, call->payload_len));
		column[5][i] = Int32GetDatum(call->key_id);
		no_key[i] = call->key_id == 0;
	}
	for (int i = 0; i < 6; i++)
	{
		int dims[1] = { n };
		int lower[1] = { 1 };
		Oid type = i == 0 || i == 5 ? INT4OID : i == 4 ? INT8OID : TEXTOID;
		int16 len;
		bool byval;
		char align;

		get_typlenbyvalalign(type, &len, &byval, &align);
		args[i] = PointerGetDatum(construct_md_array(column[i], i == 5 ? no_key : NULL, 1, dims,
													 lower, type, len, byval, align));
	}
	(void) qk_execute(&query, args, NULL);
	qk_query_end();
}
