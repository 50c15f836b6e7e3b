/*
 * record.c
 *		What was spent, and where it counts: settle, log, draw and corrections.
 *
 * The call has happened, so it is recorded whatever the limits say. Flags tell
 * what of it nothing was held for.
 */
#include "quotakit.h"
#include "engine/engine.h"

#include "utils/timestamp.h"

/*
 * Whether a strict policy counts the event, and the reservation it comes out of
 * (NULL for none) does not hold it there. `exact`: nor more than is left.
 */
static bool
is_unreserved(const QKItem *item, const int64 amount[QK_UNITS], const QKReservation *held,
			  bool exact)
{
	const QKPath *path = item->path;

	for (int i = 0; i < path->npolicies; i++)
	{
		const QKPolicy *policy = &path->policies[i];

		if (policy->enforcement != QK_STRICT ||
			!qk_policy_matches(policy, path->service, item->call.model))
			continue;
		if (held == NULL || !qk_policy_matches(policy, path->service, held->model) ||
			(exact && amount[policy->unit] > held->amount[policy->unit]))
			return true;
	}
	return false;
}

/*
 * Whether the event takes a policy past its limit. Of a rolling one the window
 * now is looked at; and, when more was used than held, those of the event's
 * time. Where they are forgotten, it is not known to fit.
 */
static bool
is_overrun(const QKCounter *counter, TimestampTz at, int64 limit, bool more_than_held)
{
	if (counter->used > limit)
		return true;
	if (!more_than_held)
		return false;
	return !qk_counter_knows(counter, at) || qk_counter_judged(counter, at) > limit;
}

/*
 * Adds the event to every counter it touches; tells which are full, and the
 * flags that follow. `held`: what had been held for it.
 */
static int32
count_event(QKBatch *batch, QKItem *item, const int64 amount[QK_UNITS], const int64 held[QK_UNITS],
			StringInfo full)
{
	int32 flags = 0;

	for (int i = 0; i < item->path->npolicies; i++)
	{
		QKPolicy *policy = &item->path->policies[i];
		QKCounter *counter = qk_touched(batch, item, i, item->call.model, item->call.at);
		QKUnit unit = policy->unit;
		int64 limit;

		if (counter == NULL)
			continue;
		qk_counter_use(&batch->counters, counter, item->call.at, amount[unit]);
		limit = qk_policy_limit(policy, counter->now);
		if (policy->enforcement == QK_STRICT &&
			is_overrun(counter, item->call.at, limit, amount[unit] > held[unit]))
			flags |= QK_FLAG_OVERRUN;
		if ((policy->enforcement == QK_STRICT || policy->enforcement == QK_BLOCK) &&
			counter->used >= limit && batch->now < counter->window.end)
			qk_answer_add_full(full, policy, counter, limit);
	}
	return flags;
}

/*
 * A draw lowers what its lease holds by what it used; the last one frees the
 * rest. Whatever is drawn on is a lease from then on.
 */
static void
draw_from(QKBatch *batch, QKItem *item, QKIdState *lease, const int64 used[QK_UNITS], bool covered,
		  TimestampTz now)
{
	QKReservation *r = &lease->reservation;
	int64 left[QK_UNITS];

	/* What is spent elsewhere leaves the lease as it is. */
	if (!covered && !item->call.last)
		return;
	for (int u = 0; u < QK_UNITS; u++)
		left[u] = item->call.last ? 0 : Max(INT64CONST(0), r->amount[u] - used[u]);
	qk_hold_change(batch, item, lease, r->expires_at, left);
	r->is_lease = true;
	r->is_open = !item->call.last;
	qk_ledger_add_step(batch, lease, now);
}

/* What becomes of the reservation that an event comes out of, and of the counters. */
static void
count_out_of(QKBatch *batch, QKItem *item, QKIdState *source, QKEvent *event, StringInfo full)
{
	QKReservation *r = &source->reservation;
	bool is_draw = item->call.op == QK_DRAW;
	TimestampTz now =
		source->reserved ? qk_decision_time(batch, item, r->model, source->at) : batch->now;
	bool live = qk_hold_is_live(source, now);
	bool covered = live && (!is_draw || qk_hold_covers(batch, item, source));
	/* An estimate of one call may be off; what several share is all there is. */
	bool exact = is_draw || r->is_lease;
	int64 held[QK_UNITS];

	if (source->reserved && !live)
		event->flags |= QK_FLAG_LATE;
	else if (is_unreserved(item, event->amount, covered ? r : NULL, exact))
		event->flags |= QK_FLAG_UNRESERVED;
	/* What is flagged is known not to have been held. */
	memcpy(held, covered && event->flags == 0 ? r->amount : event->amount, sizeof(held));

	if (is_draw && live)
		draw_from(batch, item, source, event->amount, covered, now);
	else if (!is_draw && source->reserved && r->is_open)
		qk_hold_free(batch, item, source);
	event->flags |= count_event(batch, item, event->amount, held, full);
}

static void
add_flags(const QKItem *item, const QKCost *cost, QKEvent *event)
{
	const QKCall *call = &item->call;

	if (!call->has_amount[QK_USD] && cost->unpriced && call->charged)
		event->flags |= QK_FLAG_UNPRICED;
	if (!call->has_amount[QK_USD] && cost->fallback_price && call->charged)
		event->flags |= QK_FLAG_FALLBACK_PRICE;
	if (call->has_amount[QK_USD] || call->has_amount[QK_CREDITS])
		event->flags |= QK_FLAG_GIVEN;
	if (call->mismatched)
		event->flags |= QK_FLAG_MISMATCHED;
	if (call->estimated)
		event->flags |= QK_FLAG_ESTIMATED;
	if (!call->ok)
		event->flags |= QK_FLAG_FAILED;
	if (!call->charged)
		event->flags |= QK_FLAG_UNCHARGED;
	if (item->path->frozen_reason != NULL)
		event->flags |= QK_FLAG_FROZEN;
}

/* Whether the call is answered: it cannot be placed, or is known. Sets the event's hash. */
static bool
answer_unplaced(QKBatch *batch, QKItem *item, const QKIdState *id, const QKIdState *source,
				QKEvent *event)
{
	QKCall *call = &item->call;

	/* It was to be made in this batch, and was not. */
	if (!source->reserved && call->path == NULL)
	{
		qk_reject_unknown_reservation(batch, item);
		return true;
	}
	if (!qk_check_path(batch, item, source->reserved || id->recorded))
		return true;
	if (source->reserved && source->reservation.node_id != item->path->node_id)
	{
		qk_answer_conflict(batch, item, "the reservation is for another path");
		return true;
	}
	if (source->reserved && !call->has_model)
		call->model = source->reservation.model;
	qk_call_take_answered_model(call);
	event->content_hash = qk_call_hash(call, item->path->node_id);
	if (id->recorded && id->event_hash == event->content_hash)
		qk_answer_recorded(batch, item, id, true, NULL);
	else if (id->recorded)
		qk_answer_conflict(batch, item, "the id is in use by another event");
	else if (call->op == QK_DRAW && id->reserved)
		qk_answer_conflict(batch, item, "the id is in use by a reservation");
	else
		return false;
	return true;
}

/* An id that was reserved was looked at then; it may only have become too old. */
static bool
check_event_time(QKBatch *batch, QKItem *item, const QKIdState *id)
{
	TimestampTz oldest = Max(batch->now - item->account->retention, item->account->sealed_until);
	TimestampTz now =
		id->reserved ? DT_NOEND : qk_decision_time(batch, item, item->call.model, item->call.at);

	return qk_check_id_time(batch, item, oldest, now);
}

/* settle, log and draw */
void
qk_record(QKBatch *batch, QKItem *item)
{
	QKCall *call = &item->call;
	bool is_draw = call->op == QK_DRAW;
	QKIdState *id = qk_ledger_find(batch, call->account_id, call->at, &call->id);
	QKIdState *source = id; /* the reservation it comes out of */
	QKEvent event = { .item = item };
	StringInfoData full = { 0 };
	QKCost cost;

	if (is_draw)
		source = qk_ledger_find(batch, call->account_id, call->reservation_at, &call->reservation);
	if (answer_unplaced(batch, item, id, source, &event) || !check_event_time(batch, item, id) ||
		!qk_find_amounts(batch, item, event.amount, &cost))
		return;
	if (!call->charged)
		event.amount[QK_USD] = event.amount[QK_CREDITS] = 0;
	if (!qk_fits_counters(batch, item, event.amount, qk_counter_can_use))
		return;

	/* Nothing is changed before here, so a call is recorded whole or not at all. */
	count_out_of(batch, item, source, &event, &full);
	add_flags(item, &cost, &event);
	event.node_id = item->path->node_id;
	event.price_version = cost.price_version;
	event.ref = is_draw ? &call->reservation : NULL;
	qk_ledger_add_event(batch, item->account, id, &event);
	qk_answer_recorded(batch, item, id, false, &full);
}

/*
 * The cost of an event is corrected by another one, in the same windows; or what a
 * bill has and no event is added, at its time.
 */
void
qk_adjust(QKBatch *batch, QKItem *item)
{
	QKCall *call = &item->call;
	QKIdState *id = qk_ledger_find(batch, call->account_id, call->at, &call->id);
	QKEvent event = { .item = item, .flags = QK_FLAG_ADJUSTMENT };
	StringInfoData full = { 0 };

	if (call->node_id == 0)
		event.ref = &call->reservation;
	else
		event.flags |= QK_FLAG_RECONCILED;
	if (item->path == NULL)
	{
		qk_reject(batch, item, "unknown_event", ERRCODE_QK_UNKNOWN_RESERVATION, NULL, NULL,
				  "there is no event with this id");
		return;
	}
	if (call->now_priced)
		event.flags |= QK_FLAG_NOW_PRICED;
	event.amount[QK_USD] = call->amount[QK_USD];
	event.amount[QK_CREDITS] = call->amount[QK_CREDITS];
	if (!qk_fits_counters(batch, item, event.amount, qk_counter_can_use))
		return;
	event.flags |= count_event(batch, item, event.amount, event.amount, &full);
	event.node_id = item->path->node_id;
	event.price_version = call->price_version;
	qk_ledger_add_event(batch, item->account, id, &event);
	qk_answer_recorded(batch, item, id, false, &full);
}
