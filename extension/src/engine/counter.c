/*
 * counter.c
 *		What one policy has used and holds in one window, while a batch runs.
 */
#include "quotakit.h"
#include "engine/counter.h"
#include "pg/table.h"

#include "access/tupdesc.h"
#include "catalog/pg_type.h"
#include "common/int.h"
#include "utils/array.h"
#include "utils/lsyscache.h"
#include "miscadmin.h"
#include "utils/timestamp.h"

/* Columns of quotakit.counter, from 0. */
enum
{
	C_ACCOUNT,
	C_POLICY,
	C_WINDOW,
	C_SEQ,
	C_USED,
	C_HOLD_UNTIL,
	C_HOLD_AMOUNT,
	C_BUCKET_START,
	C_BUCKET_USED,
	C_DECIDED
};

static const QKColumn columns[] = {
	[C_ACCOUNT] = { "account_id", INT4OID },
	[C_POLICY] = { "policy_id", INT4OID },
	[C_WINDOW] = { "window_start", TIMESTAMPTZOID },
	[C_SEQ] = { "seq", INT8OID },
	[C_USED] = { "used", INT8OID },
	[C_HOLD_UNTIL] = { "hold_until", TIMESTAMPTZARRAYOID },
	[C_HOLD_AMOUNT] = { "hold_amount", INT8ARRAYOID },
	[C_BUCKET_START] = { "bucket_start", TIMESTAMPTZARRAYOID },
	[C_BUCKET_USED] = { "bucket_used", INT8ARRAYOID },
	[C_DECIDED] = { "decided_at", TIMESTAMPTZOID },
};
const QKLayout qk_counter_layout = QK_LAYOUT("counter", 4, columns);

void
qk_counters_start(QKCounters *counters, MemoryContext context, uint64 batch, TimestampTz now)
{
	HASHCTL ctl = { .keysize = sizeof(QKCounterKey),
					.entrysize = sizeof(QKCounter),
					.hcxt = context };

	counters->context = context;
	counters->now = now;
	counters->batch = batch;
	counters->hash =
		hash_create("quotakit counters", 64, &ctl, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

/* Two parallel arrays of a row: where each slot begins or ends, and its amount. */
static int
read_slots(TupleTableSlot *row, int times, int amounts, TimestampTz **at, int64 **amount)
{
	ArrayType *at_array = DatumGetArrayTypeP(row->tts_values[times]);
	ArrayType *amount_array = DatumGetArrayTypeP(row->tts_values[amounts]);
	int n = ARR_NDIM(at_array) == 0 ? 0 : ARR_DIMS(at_array)[0];

	if (n != (ARR_NDIM(amount_array) == 0 ? 0 : ARR_DIMS(amount_array)[0]) ||
		ARR_HASNULL(at_array) || ARR_HASNULL(amount_array))
		ereport(ERROR, errcode(ERRCODE_DATA_CORRUPTED),
				errmsg("counter of policy %d is damaged", DatumGetInt32(row->tts_values[C_POLICY])),
				errhint("Run quotakit.repair()."));
	*at = (TimestampTz *) ARR_DATA_PTR(at_array);
	*amount = (int64 *) ARR_DATA_PTR(amount_array);
	return n;
}

static void
make_room(QKCounters *counters, QKSlots *slots, int space)
{
	slots->n = 0;
	slots->space = space;
	slots->slot = MemoryContextAlloc(counters->context, space * sizeof(QKSlot));
}

/* Additions were checked when they were made. */
static void
load_holds(QKCounters *counters, QKCounter *c, TupleTableSlot *row)
{
	TimestampTz *until;
	int64 *amount;
	int n = read_slots(row, C_HOLD_UNTIL, C_HOLD_AMOUNT, &until, &amount);

	make_room(counters, &c->holds, n + 8);
	for (int i = 0; i < n; i++)
	{
		/* A hold counts while now is before its end. */
		if (until[i] <= c->now)
			continue;
		c->holds.slot[c->holds.n++] = (QKSlot){ until[i], amount[i] };
		c->held += amount[i];
	}
}

static void
load_buckets(QKCounters *counters, QKCounter *c, TupleTableSlot *row)
{
	TimestampTz kept = qk_rolling_kept(c->period, c->now);
	TimestampTz *start;
	int64 *amount;
	int n = read_slots(row, C_BUCKET_START, C_BUCKET_USED, &start, &amount);
	QKSlots *slots = &c->buckets;

	make_room(counters, slots, n + 8);
	for (int i = 0; i < n; i++)
	{
		bool older = start[i] < c->since;
		TimestampTz at = older ? qk_rolling_older(c->period, start[i]) : start[i];

		if (at < kept)
			continue;
		if (slots->n > 0 && slots->slot[slots->n - 1].at == at)
			slots->slot[slots->n - 1].amount += amount[i];
		else
			slots->slot[slots->n++] = (QKSlot){ at, amount[i] };
		*(older ? &c->older : &c->used) += amount[i];
	}
}

static void
load_counter(QKCounters *counters, QKCounter *c)
{
	Datum keys[] = { Int32GetDatum(c->key.account_id), Int32GetDatum(c->key.policy_id),
					 TimestampTzGetDatum(c->key.window_start) };
	TupleTableSlot *row = qk_table_last(counters->table, keys, lengthof(keys));

	c->dirty = false;
	c->seq = 0;
	c->used = 0;
	c->held = 0;
	c->older = 0;
	memset(&c->holds, 0, sizeof(c->holds));
	memset(&c->buckets, 0, sizeof(c->buckets));
	if (row != NULL)
	{
		slot_getallattrs(row);
		c->seq = DatumGetInt64(row->tts_values[C_SEQ]);
		c->tid = row->tts_tid;
		c->decided_at = Max(c->decided_at, DatumGetTimestampTz(row->tts_values[C_DECIDED]));
	}
	c->now = Max(counters->now, c->decided_at);
	if (c->rolling)
		c->since = qk_rolling_since(c->period, c->now);
	if (row == NULL)
		return;
	load_holds(counters, c, row);
	if (c->rolling)
		load_buckets(counters, c, row);
	else
		c->used = DatumGetInt64(row->tts_values[C_USED]);
}

QKCounter *
qk_counter(QKCounters *counters, QKAccount *account, QKPolicy *policy, TimestampTz at)
{
	QKCounterKey key;
	QKCounter *c;
	bool found;

	if (policy->rolling)
		policy->window = (QKWindow){ DT_NOBEGIN, DT_NOEND };
	else if (at < policy->window.start || at >= policy->window.end)
	{
		policy->window = qk_window(&account->calendar, policy->period, at);
		policy->counter_batch = 0;
	}
	if (policy->counter_batch == counters->batch)
		return policy->counter;

	memset(&key, 0, sizeof(key));
	key.account_id = account->account_id;
	key.policy_id = policy->policy_id;
	key.window_start = policy->window.start;
	c = hash_search(counters->hash, &key, HASH_ENTER, &found);
	if (!found)
	{
		c->window = policy->window;
		c->rolling = policy->rolling;
		c->period = policy->period;
		c->whole = c->window.end > policy->counts_from;
		c->decided_at = policy->counts_from;
		load_counter(counters, c);
	}
	policy->counter = c;
	policy->counter_batch = counters->batch;
	return c;
}

bool
qk_counter_can_use(const QKCounter *counter, int64 amount)
{
	int64 sum;

	return !pg_add_s64_overflow(counter->used, counter->older, &sum) &&
		   !pg_add_s64_overflow(sum, amount, &sum);
}

bool
qk_counter_can_hold(const QKCounter *counter, int64 amount)
{
	int64 sum;

	return !pg_add_s64_overflow(counter->held, amount, &sum);
}

int64
qk_counter_judged(const QKCounter *c, TimestampTz at)
{
	TimestampTz since;
	int64 used = c->used;

	if (!c->rolling)
		return used;
	since = qk_rolling_since(c->period, Min(at, c->now));
	/* Its own window, mostly. */
	if (since >= c->since)
		return used;
	for (int i = 0; i < c->buckets.n && c->buckets.slot[i].at < c->since; i++)
		if (qk_rolling_older_end(c->period, c->buckets.slot[i].at) > since)
			used += c->buckets.slot[i].amount;
	return used;
}

bool
qk_counter_knows(const QKCounter *c, TimestampTz at)
{
	return !c->rolling || at >= c->now - QK_CLOCK_SLACK;
}

/* Adds to the slot of that time; takes away only what is there. Returns what was added. */
static int64
add_to_slot(QKCounters *counters, QKSlots *slots, TimestampTz at, int64 amount)
{
	int i = slots->n;

	while (i > 0 && slots->slot[i - 1].at > at)
		i--;
	if (i > 0 && slots->slot[i - 1].at == at)
	{
		slots->slot[i - 1].amount += amount;
		return amount;
	}
	if (amount == 0)
		return 0;
	if (slots->n == slots->space)
	{
		QKSlot *old = slots->slot;

		slots->space = Max(8, slots->space * 2);
		slots->slot = MemoryContextAlloc(counters->context, slots->space * sizeof(QKSlot));
		if (slots->n > 0)
			memcpy(slots->slot, old, slots->n * sizeof(QKSlot));
	}
	memmove(&slots->slot[i + 1], &slots->slot[i], (slots->n++ - i) * sizeof(QKSlot));
	slots->slot[i] = (QKSlot){ at, amount };
	return amount;
}

void
qk_counter_use(QKCounters *counters, QKCounter *c, TimestampTz at, int64 amount)
{
	if (amount == 0)
		return;
	if (c->rolling)
	{
		TimestampTz bucket = qk_rolling_bucket(c->period, at);
		bool older = bucket < c->since;

		if (older)
			bucket = qk_rolling_older(c->period, bucket);
		if (bucket < qk_rolling_kept(c->period, c->now))
		{
			/* For good: the row is to say so. */
			c->dirty |= bucket >= qk_rolling_kept(c->period, c->decided_at);
			return;
		}
		add_to_slot(counters, &c->buckets, bucket, amount);
		*(older ? &c->older : &c->used) += amount;
	}
	else
		c->used += amount;
	c->dirty = true;
}

void
qk_counter_hold(QKCounters *counters, QKCounter *c, TimestampTz until, int64 amount)
{
	/* What holds nothing must not look like a hold (R13). */
	if (until <= c->now)
		elog(ERROR, "policy %d cannot hold until a time that has passed", c->key.policy_id);
	if (amount == 0)
		return;
	c->held += add_to_slot(counters, &c->holds, until, amount);
	c->dirty = true;
}

/*
 * It cannot happen; if it does, one damaged counter must not stop every batch
 * that meets it. Where the window was over when the policy was made, what is
 * freed was never held.
 */
static void
drifted(const QKCounter *c)
{
	if (!c->whole)
		return;
	ereport(WARNING, errcode(ERRCODE_DATA_CORRUPTED),
			errmsg("counter of policy %d holds less than is to be freed", c->key.policy_id),
			errhint("Run quotakit.repair()."));
}

void
qk_counter_free(QKCounter *c, TimestampTz until, int64 amount)
{
	if (amount == 0)
		return;
	if (until <= c->now)
	{
		/* The row may have it still, and must not show it again if the clock goes back. */
		c->dirty |= until > c->decided_at;
		return;
	}
	for (int i = 0; i < c->holds.n; i++)
	{
		QKSlot *slot = &c->holds.slot[i];

		if (slot->at != until)
			continue;
		if (slot->amount < amount)
		{
			drifted(c);
			amount = slot->amount;
		}
		slot->amount -= amount;
		c->held -= amount;
		c->dirty = true;
		if (slot->amount == 0)
		{
			c->holds.n--;
			memmove(slot, slot + 1, (c->holds.n - i) * sizeof(QKSlot));
		}
		return;
	}
	drifted(c);
}

TimestampTz
qk_counter_resets_at(const QKCounter *c, int64 amount, int64 limit)
{
	int128 used = c->used;

	if (!c->rolling)
		return c->window.end;
	if (amount > limit)
		return DT_NOEND;
	/* Only an older id is in the way. */
	if (used + c->held + amount <= limit)
		return c->now;
	for (int i = 0; i < c->buckets.n; i++)
	{
		if (c->buckets.slot[i].at < c->since)
			continue;
		if (used + amount <= limit)
			break;
		used -= c->buckets.slot[i].amount;
		if (used + amount <= limit)
			return qk_rolling_leaves(c->period, c->buckets.slot[i].at);
	}
	/* Holds are in the way: the next of them ends then. */
	return c->holds.n > 0 ? c->holds.slot[0].at : c->now;
}

static void
store_slots(const QKSlots *slots, Datum *times, Datum *amounts)
{
	Datum *at = palloc(Max(slots->n, 1) * sizeof(Datum));
	Datum *amount = palloc(Max(slots->n, 1) * sizeof(Datum));
	int n = 0;

	for (int i = 0; i < slots->n; i++)
	{
		if (slots->slot[i].amount == 0)
			continue;
		at[n] = TimestampTzGetDatum(slots->slot[i].at);
		amount[n++] = Int64GetDatum(slots->slot[i].amount);
	}
	*times = PointerGetDatum(
		construct_array(at, n, TIMESTAMPTZOID, 8, FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
	*amounts =
		PointerGetDatum(construct_array(amount, n, INT8OID, 8, FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
}

static int
compare_counters(const void *a, const void *b)
{
	const QKCounterKey *x = &(*(QKCounter *const *) a)->key;
	const QKCounterKey *y = &(*(QKCounter *const *) b)->key;

	if (x->account_id != y->account_id)
		return x->account_id < y->account_id ? -1 : 1;
	if (x->policy_id != y->policy_id)
		return x->policy_id < y->policy_id ? -1 : 1;
	return x->window_start < y->window_start ? -1 : x->window_start > y->window_start;
}

/*
 * One new row a counter; the one before is deleted in passing. Nothing is
 * updated in place: while an old snapshot is open somewhere, versions of one
 * row cannot be pruned, and every reader would walk them.
 */
void
qk_counters_write(QKCounters *counters)
{
	QKCounter **dirty = palloc(Max(hash_get_num_entries(counters->hash), 1) * sizeof(*dirty));
	HASH_SEQ_STATUS scan;
	QKCounter *c;
	int n = 0;

	hash_seq_init(&scan, counters->hash);
	while ((c = hash_seq_search(&scan)) != NULL)
		if (c->dirty)
			dirty[n++] = c;
	qsort(dirty, n, sizeof(*dirty), compare_counters);

	for (int i = 0; i < n; i++)
	{
		TupleTableSlot *row = qk_table_append(counters->table);
		Datum *v = row->tts_values;

		c = dirty[i];
		v[C_ACCOUNT] = Int32GetDatum(c->key.account_id);
		v[C_POLICY] = Int32GetDatum(c->key.policy_id);
		v[C_WINDOW] = TimestampTzGetDatum(c->key.window_start);
#ifdef QUOTAKIT_WITHOUT_LOCKS
		/* Unlocked, the key would stop the race that this build is to show. */
		v[C_SEQ] = Int64GetDatum(GetCurrentTimestamp() * 1000 + (MyProcPid % 1000));
#else
		v[C_SEQ] = Int64GetDatum(c->seq + 1);
#endif
		v[C_USED] = Int64GetDatum(c->used);
		store_slots(&c->holds, &v[C_HOLD_UNTIL], &v[C_HOLD_AMOUNT]);
		store_slots(&c->buckets, &v[C_BUCKET_START], &v[C_BUCKET_USED]);
		v[C_DECIDED] = TimestampTzGetDatum(c->now);
		qk_slot_done(row);
#ifndef QUOTAKIT_WITHOUT_LOCKS
		if (c->seq > 0)
			qk_table_delete(counters->table, &c->tid);
#endif
	}
}
