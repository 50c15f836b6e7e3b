/*
 * reserve.c
 *		What may be held, extended and released.
 */
#include "quotakit.h"
#include "engine/engine.h"

#include "utils/timestamp.h"

/*
 * Why the amount that a policy would hold is not known, if it is not. A strict
 * limit cannot be kept by holding nothing.
 */
static QKReason
why_unknown(const QKCall *call, const QKCost *cost, QKUnit unit)
{
	switch (unit)
	{
		case QK_USD:
			return call->has_amount[QK_USD] || (call->has_usage && !cost->unpriced) ? QK_NO_REASON :
																					  QK_UNPRICED;
		case QK_CREDITS:
			return call->has_amount[QK_CREDITS] || call->has_usage ? QK_NO_REASON : QK_UNMEASURED;
		case QK_TOKENS:
			return call->has_usage && !cost->unmeasured ? QK_NO_REASON : QK_UNMEASURED;
		case QK_REQUESTS:
			return QK_NO_REASON;
	}
	elog(ERROR, "unexpected unit %d", (int) unit);
}

/* Why a policy refuses what is asked, if it does. */
static QKReason
why_refused(const QKCall *call, const QKPolicy *policy, const QKCounter *counter, int64 asked,
			int64 limit, const QKCost *cost)
{
	int64 used = qk_counter_judged(counter, call->at);
	QKReason unknown;

	if (policy->enforcement == QK_BLOCK)
		return used >= limit ? QK_QUOTA : QK_NO_REASON;
	if (policy->enforcement == QK_OPEN)
		return QK_NO_REASON;
	unknown = why_unknown(call, cost, policy->unit);
	if (unknown != QK_NO_REASON)
		return unknown;
	/* The clock has gone back so far that the windows of the id are forgotten. */
	if (!qk_counter_knows(counter, call->at))
		return QK_WINDOW_ENDED;
	return (int128) used + counter->held + asked > limit ? QK_QUOTA : QK_NO_REASON;
}

/* Whether a policy refuses; fills in the refusal. */
static bool
policy_refuses(QKItem *item, QKPolicy *policy, QKCounter *counter, int64 asked, const QKCost *cost,
			   TimestampTz now, QKRefusal *refusal)
{
	int64 limit = qk_policy_limit(policy, counter->now);
	/* A lease that ends with a window holds nothing once that is over: for no policy (R13). */
	bool ended = item->call.lease && counter->window.end <= now;
	QKReason reason =
		ended ? QK_WINDOW_ENDED : why_refused(&item->call, policy, counter, asked, limit, cost);

	if (reason == QK_NO_REASON)
		return false;
	*refusal = (QKRefusal){
		.reason = reason,
		.source = policy->enforcement == QK_SHADOW && !ended ? QK_BY_SHADOW : QK_BY_RESERVE,
		.policy = policy,
		.limit = limit,
		.used = qk_counter_judged(counter, item->call.at),
		.held = counter->held,
		.asked = asked,
		.count = 1,
		.window = counter->window,
		/* With an id of then it may be granted. */
		.resets_at = reason == QK_WINDOW_ENDED ? now : qk_counter_resets_at(counter, asked, limit),
	};
	return true;
}

/*
 * Asks every policy. Of several in the way, the one that frees last is named:
 * trying again before that is in vain.
 */
static bool
ask_policies(QKBatch *batch, QKItem *item, const int64 amount[QK_UNITS], const QKCost *cost,
			 TimestampTz now, QKRefusal *refusal)
{
	bool refused = false;

	for (int i = 0; i < item->path->npolicies; i++)
	{
		QKPolicy *policy = &item->path->policies[i];
		QKCounter *counter = qk_touched(batch, item, i, item->call.model, item->call.at);
		QKRefusal r;

		if (counter == NULL ||
			!policy_refuses(item, policy, counter, amount[policy->unit], cost, now, &r))
			continue;
		if (r.source == QK_BY_SHADOW)
			qk_refusal_add(batch, item, &r);
		else if (!refused || r.resets_at > refusal->resets_at)
		{
			*refusal = r;
			refused = true;
		}
	}
	return !refused;
}

static void
refuse(QKBatch *batch, QKItem *item, QKRefusal *refusal)
{
	qk_refusal_add(batch, item, refusal);
	qk_answer_refused(batch, item, refusal);
}

/* Whether the id was used before; then the call is answered. */
static bool
answer_known(QKBatch *batch, QKItem *item, const QKIdState *id, int64 hash)
{
	if (id->reserved && id->reservation.content_hash == hash)
		qk_answer_granted(batch, item, &id->reservation, true);
	else if (id->reserved)
		qk_answer_conflict(batch, item, "the id is in use by another reservation");
	else if (id->recorded)
		qk_answer_conflict(batch, item, "the id is in use by an event");
	else
		return false;
	return true;
}

static void
grant(QKBatch *batch, QKItem *item, QKIdState *id, const int64 amount[QK_UNITS], int64 hash,
	  TimestampTz now)
{
	QKReservation *r = &id->reservation;

	*r = (QKReservation){
		.is_open = true,
		.is_lease = item->call.lease,
		.node_id = item->path->node_id,
		.model = unconstify(char *, item->call.model),
		.content_hash = hash,
		.key_id = item->call.key_id,
	};
	memcpy(r->amount, amount, sizeof(r->amount));
	r->expires_at = qk_hold_end(batch, item, id, now, item->call.ttl);
	qk_hold_grant(batch, item, id);
	qk_ledger_add_step(batch, id, now);
	qk_answer_granted(batch, item, r, false);
}

void
qk_reserve(QKBatch *batch, QKItem *item)
{
	QKCall *call = &item->call;
	QKIdState *id = qk_ledger_find(batch, call->account_id, call->at, &call->id);
	int64 amount[QK_UNITS];
	QKCost cost;
	QKRefusal refusal;
	TimestampTz now;
	int64 hash;

	if (!qk_check_path(batch, item, id->reserved || id->recorded))
		return;
	hash = qk_call_hash(call, item->path->node_id);
	if (answer_known(batch, item, id, hash))
		return;
	now = qk_decision_time(batch, item, call->model, call->at);
	if (!qk_check_id_time(batch, item, batch->now - QK_CLOCK_SLACK, now) ||
		!qk_find_amounts(batch, item, amount, &cost))
		return;

	if (item->path->frozen_reason != NULL)
	{
		refusal = (QKRefusal){
			.reason = QK_FROZEN, .source = QK_BY_RESERVE, .count = 1, .resets_at = DT_NOEND
		};
		refuse(batch, item, &refusal);
		return;
	}
	if (!ask_policies(batch, item, amount, &cost, now, &refusal))
	{
		refuse(batch, item, &refusal);
		return;
	}
	if (qk_fits_counters(batch, item, amount, qk_counter_can_hold))
		grant(batch, item, id, amount, hash, now);
}

void
qk_release(QKBatch *batch, QKItem *item)
{
	QKCall *call = &item->call;
	QKIdState *id = qk_ledger_find(batch, call->account_id, call->at, &call->id);

	if (item->path == NULL || !id->reserved)
	{
		qk_reject_unknown_reservation(batch, item);
		return;
	}
	if (id->recorded)
	{
		qk_answer_conflict(batch, item, "the reservation is settled");
		return;
	}
	if (!id->reservation.is_open)
	{
		qk_answer_simple(item, "released", true);
		return;
	}
	qk_hold_free(batch, item, id);
	id->reservation.is_open = false;
	id->reservation.seq++;
	qk_ledger_add_step(batch, id, qk_decision_time(batch, item, id->reservation.model, id->at));
	qk_answer_simple(item, "released", false);
}

void
qk_extend(QKBatch *batch, QKItem *item)
{
	QKCall *call = &item->call;
	QKIdState *id = qk_ledger_find(batch, call->account_id, call->at, &call->id);
	QKReservation *r = &id->reservation;
	TimestampTz now;
	TimestampTz until;

	if (item->path == NULL || !id->reserved)
	{
		qk_reject_unknown_reservation(batch, item);
		return;
	}
	now = qk_decision_time(batch, item, r->model, id->at);
	if (!qk_hold_is_live(id, now))
	{
		qk_answer_conflict(batch, item, "the reservation has ended");
		return;
	}
	until = qk_hold_end(batch, item, id, now, call->ttl);
	/* Sent twice it does nothing the second time; an end never moves back. */
	if (until <= r->expires_at)
	{
		qk_answer_extended(item, r->expires_at, true);
		return;
	}
	qk_hold_change(batch, item, id, until, r->amount);
	qk_ledger_add_step(batch, id, now);
	qk_answer_extended(item, until, false);
}
