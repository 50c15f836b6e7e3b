/*
 * decide.c
 *		What becomes of each call. All that is decided about spend is decided here,
 *		under the project's lock.
 *
 * Every policy that a reservation touches counts what it holds, whatever its
 * enforcement: so enforcement can change at any time, and what is held is
 * always the sum over open reservations.
 */
#include "quotakit.h"
#include "engine.h"
#include "price.h"

#include "common/int.h"
#include "utils/timestamp.h"

/* How far a caller's clock may be off; also how old an id may be at reserve. */
#define CLOCK_SLACK (5 * USECS_PER_MINUTE)
/* Holds of up to an hour end on a minute, longer ones on an hour: few sums to carry. */
#define SHORT_HOLD_SECONDS 3600

static void
reject(QKBatch *batch, QKItem *item, const char *code, int sqlstate, const char *detail,
	   const char *hint, const char *message)
{
	qk_call_problem(&item->call, code, sqlstate, detail, hint, "%s", message);
	qk_answer_rejected(batch, item);
}

/* Nobody has made the path, or it could not be made just now. */
static void
reject_missing_path(QKBatch *batch, QKItem *item)
{
	const char *hint = "Make it with quotakit.create_node(), or let the account create paths by itself.";

	if (item->below_archived)
	{
		reject(batch, item, "archived_path", ERRCODE_QK_ARCHIVED_PATH, NULL,
			   "Restore what is above it with quotakit.restore_node().",
			   psprintf("path \"%s\" is below an archived one", item->call.path_text));
		return;
	}
	if (item->account->create_paths)
		hint = item->call.service == NULL ? "Name the service: the account then creates the path by itself." :
			"There is no such service: make it with quotakit.create_service().";
	reject(batch, item, "unknown_path", ERRCODE_QK_UNKNOWN_PATH, NULL, hint,
		   psprintf("path \"%s\" does not exist", item->call.path_text));
}

static void
reject_unknown_reservation(QKBatch *batch, QKItem *item)
{
	reject(batch, item, "unknown_reservation", ERRCODE_QK_UNKNOWN_RESERVATION, NULL, NULL,
		   "there is no reservation with this id");
}

/*
 * The path of a call that names one must take calls. `known`: its id or its
 * reservation was there before the path was archived.
 */
static bool
check_path(QKBatch *batch, QKItem *item, bool known)
{
	QKPath	   *path = item->path;

	if (path == NULL)
	{
		if (item->call.path != NULL)
			reject_missing_path(batch, item);
		else
			reject_unknown_reservation(batch, item);
		return false;
	}
	if (path->service == NULL)
	{
		reject(batch, item, "umbrella_path", ERRCODE_QK_UMBRELLA_PATH, NULL,
			   "Give it a service with quotakit.set_service(), or call on a path below it.",
			   psprintf("path \"%s\" has no service", path->path));
		return false;
	}
	if (item->call.service != NULL && strcmp(item->call.service, path->service) != 0)
	{
		reject(batch, item, "service_mismatch", ERRCODE_QK_SERVICE_MISMATCH,
			   psprintf("The service of the call is \"%s\".", item->call.service), NULL,
			   psprintf("path \"%s\" is for service \"%s\"", path->path, path->service));
		return false;
	}
	if (path->archived && !known)
	{
		reject(batch, item, "archived_path", ERRCODE_QK_ARCHIVED_PATH, NULL,
			   "Restore it with quotakit.restore_node().",
			   psprintf("path \"%s\" is archived", path->path));
		return false;
	}
	return true;
}

/* The id says when the call was: that must be a time that can still be counted. */
static bool
check_id_time(QKBatch *batch, QKItem *item, TimestampTz oldest)
{
	if (item->call.at > batch->now + CLOCK_SLACK)
	{
		reject(batch, item, "bad_id_time", ERRCODE_QK_BAD_ID_TIME,
			   "The time in the id is more than five minutes ahead.",
			   "Check the clock of the caller.", "id is from the future");
		return false;
	}
	if (item->call.at < oldest)
	{
		reject(batch, item, "bad_id_time", ERRCODE_QK_BAD_ID_TIME,
			   item->call.op == QK_RESERVE ?
			   "The time in the id is more than five minutes ago." :
			   "The time in the id is before what the account keeps.",
			   NULL, "id is too old");
		return false;
	}
	return true;
}

static int64
sum_tokens(const QKCall *call)
{
	int64		sum = 0;

	/* Each class is at most 10^14, so five cannot overflow. */
	for (int i = 0; i < QK_TOKEN_CLASSES; i++)
		sum += call->tokens[i];
	return sum;
}

/*
 * What the call costs in every unit. False if it is too much for one call, which
 * is then rejected.
 */
static bool
find_amounts(QKBatch *batch, QKItem *item, int64 amount[QK_UNITS], QKCost *cost)
{
	QKCall	   *call = &item->call;

	if (!qk_price_cost(call->account_id, item->account->version, item->path->service, call, cost))
	{
		reject(batch, item, "out_of_range", ERRCODE_QK_OUT_OF_RANGE,
			   "One call may cost at most 1,000,000.", NULL, "cost is too large");
		return false;
	}
	for (int u = QK_USD; u <= QK_CREDITS; u++)
		amount[u] = call->has_amount[u] ? call->amount[u] : cost->amount[u];
	amount[QK_REQUESTS] = call->requests;
	amount[QK_TOKENS] = sum_tokens(call);
	return true;
}

/*
 * Why the amount that a policy would hold is not known, or NULL if it is. A
 * strict limit cannot be kept by holding nothing.
 */
static const char *
why_unknown(const QKCall *call, const QKCost *cost, QKUnit unit)
{
	switch (unit)
	{
		case QK_USD:
			return call->has_amount[QK_USD] || (call->has_usage && !cost->unpriced) ? NULL : "unpriced";
		case QK_CREDITS:
			return call->has_amount[QK_CREDITS] || call->has_usage ? NULL : "unmeasured";
		case QK_TOKENS:
			return call->has_usage ? NULL : "unmeasured";
		default:
			return NULL;
	}
}

static TimestampTz
round_expiry(TimestampTz now, int ttl)
{
	int64		step = ttl <= SHORT_HOLD_SECONDS ? USECS_PER_MINUTE : USECS_PER_HOUR;
	TimestampTz until = now + (int64) ttl * USECS_PER_SEC;

	return until + (step - 1) - (until + (step - 1)) % step;
}

/* The end of the shortest calendar window that counts a call of that time. */
static TimestampTz
shortest_window_end(QKBatch *batch, QKItem *item, const char *model, TimestampTz at)
{
	TimestampTz end = DT_NOEND;

	for (int i = 0; i < item->path->npolicies; i++)
	{
		QKPolicy   *policy = &item->path->policies[i];

		if (qk_policy_matches(policy, item->path->service, model))
			end = Min(end, qk_counter(&batch->counters, item->account, policy, at)->window.end);
	}
	return end;
}

/* Changes what a reservation holds, in every counter that counts it. */
static void
move_hold(QKBatch *batch, QKItem *item, const QKIdState *id, TimestampTz from, const int64 *free,
		  TimestampTz to, const int64 *hold)
{
	for (int i = 0; i < item->path->npolicies; i++)
	{
		QKPolicy   *policy = &item->path->policies[i];
		QKCounter  *counter;

		if (!qk_policy_matches(policy, item->path->service, id->reservation.model))
			continue;
		counter = qk_counter(&batch->counters, item->account, policy, id->at);
		if (free != NULL)
			qk_counter_free(&batch->counters, counter, from, free[policy->unit]);
		if (hold != NULL)
			qk_counter_hold(&batch->counters, counter, to, hold[policy->unit]);
	}
}

/* Whether a policy stands in the way; fills in the refusal. */
static bool
stands_in_the_way(QKBatch *batch, QKItem *item, QKPolicy *policy, QKCounter *counter,
				  int64 asked, const QKCost *cost, QKRefusal *refusal)
{
	int64		limit = qk_policy_limit(policy, batch->now);
	bool		evaluated = policy->enforcement == QK_STRICT || policy->enforcement == QK_SHADOW;
	const char *reason = evaluated ? why_unknown(&item->call, cost, policy->unit) : NULL;

	if (reason == NULL &&
		((evaluated && (int128) counter->used + counter->held + asked > limit) ||
		 (policy->enforcement == QK_BLOCK && counter->used >= limit)))
		reason = "quota";
	if (reason == NULL)
		return false;

	*refusal = (QKRefusal) {
		.reason = reason,
		.source = policy->enforcement == QK_SHADOW ? "shadow" : "reserve",
		.policy = policy,
		.limit = limit,
		.used = counter->used,
		.held = counter->held,
		.asked = asked,
		.count = 1,
		.window_start = counter->window.start,
		.resets_at = qk_counter_resets_at(&batch->counters, counter, asked, limit),
	};
	return true;
}

/*
 * Asks every policy. Of several in the way, the one that frees last is named:
 * trying again before that is in vain.
 */
static bool
ask_policies(QKBatch *batch, QKItem *item, const int64 amount[QK_UNITS], const QKCost *cost,
			 QKRefusal *refusal)
{
	bool		refused = false;

	for (int i = 0; i < item->path->npolicies; i++)
	{
		QKPolicy   *policy = &item->path->policies[i];
		QKCounter  *counter;
		QKRefusal	r;

		if (!qk_policy_matches(policy, item->path->service, item->call.model))
			continue;
		counter = qk_counter(&batch->counters, item->account, policy, item->call.at);
		if (!stands_in_the_way(batch, item, policy, counter, amount[policy->unit], cost, &r))
			continue;
		if (policy->enforcement == QK_SHADOW)
			qk_refusal_add(batch, item, &r);
		else if (!refused || r.resets_at > refusal->resets_at)
		{
			*refusal = r;
			refused = true;
		}
	}
	return !refused;
}

/* Whether every counter can take the amounts at all. */
static bool
fits_counters(QKBatch *batch, QKItem *item, const int64 amount[QK_UNITS],
			  bool (*can) (const QKCounter *, int64))
{
	for (int i = 0; i < item->path->npolicies; i++)
	{
		QKPolicy   *policy = &item->path->policies[i];

		if (qk_policy_matches(policy, item->path->service, item->call.model) &&
			!can(qk_counter(&batch->counters, item->account, policy, item->call.at),
				 amount[policy->unit]))
		{
			reject(batch, item, "out_of_range", ERRCODE_QK_OUT_OF_RANGE, NULL, NULL,
				   psprintf("the counter of policy %d cannot hold so much", policy->policy_id));
			return false;
		}
	}
	return true;
}

static void
reserve(QKBatch *batch, QKItem *item)
{
	QKCall	   *call = &item->call;
	QKIdState  *id;
	QKReservation *r;
	int64		amount[QK_UNITS];
	QKCost		cost;
	QKRefusal	refusal;
	int64		hash;

	id = qk_ledger_find(batch, call->account_id, call->at, &call->id);
	if (!check_path(batch, item, id->reserved || id->recorded))
		return;
	hash = qk_call_hash(call, item->path->node_id);
	if (id->reserved)
	{
		if (id->reservation.content_hash == hash)
			qk_answer_granted(batch, item, &id->reservation, true);
		else
			qk_answer_conflict(batch, item, "the id is in use by another reservation");
		return;
	}
	if (id->recorded)
	{
		qk_answer_conflict(batch, item, "the id is in use by an event");
		return;
	}
	if (!check_id_time(batch, item, batch->now - CLOCK_SLACK) ||
		!find_amounts(batch, item, amount, &cost))
		return;

	if (item->path->frozen_reason != NULL)
	{
		refusal = (QKRefusal) {
			.reason = "frozen", .source = "reserve", .count = 1, .resets_at = DT_NOEND
		};
		qk_refusal_add(batch, item, &refusal);
		qk_answer_refused(batch, item, &refusal);
		return;
	}
	if (!ask_policies(batch, item, amount, &cost, &refusal))
	{
		qk_refusal_add(batch, item, &refusal);
		qk_answer_refused(batch, item, &refusal);
		return;
	}
	if (!fits_counters(batch, item, amount, qk_counter_can_hold))
		return;

	r = &id->reservation;
	*r = (QKReservation) {
		.is_open = true,
		.is_lease = call->lease,
		.node_id = item->path->node_id,
		.model = unconstify(char *, call->model),
		.expires_at = round_expiry(batch->now, call->ttl),
		.content_hash = hash,
		.key_id = call->key_id,
	};
	memcpy(r->amount, amount, sizeof(r->amount));
	if (call->lease)
		r->expires_at = Min(r->expires_at, shortest_window_end(batch, item, call->model, call->at));
	move_hold(batch, item, id, 0, NULL, r->expires_at, r->amount);
	qk_ledger_add_step(batch, id);
	qk_answer_granted(batch, item, r, false);
}

/* Frees all that a reservation still holds; the caller says what closes it. */
static void
free_hold(QKBatch *batch, QKItem *item, const QKIdState *id)
{
	move_hold(batch, item, id, id->reservation.expires_at, id->reservation.amount, 0, NULL);
}

/* A draw lowers what its lease holds by what it used; the last one frees the rest. */
static void
draw_from(QKBatch *batch, QKItem *item, QKIdState *lease, const int64 used[QK_UNITS])
{
	QKReservation *r = &lease->reservation;
	int64		left[QK_UNITS];

	for (int u = 0; u < QK_UNITS; u++)
		left[u] = item->call.last ? 0 : Max(INT64CONST(0), r->amount[u] - used[u]);
	move_hold(batch, item, lease, r->expires_at, r->amount, r->expires_at, left);
	memcpy(r->amount, left, sizeof(left));
	r->is_open = !item->call.last;
	r->seq++;
	qk_ledger_add_step(batch, lease);
}

/* Whether the reservation holds something now. */
static bool
is_live(const QKBatch *batch, const QKIdState *id)
{
	return id->reserved && id->reservation.is_open && !id->recorded &&
		batch->now < id->reservation.expires_at;
}

/* Adds the event to every counter it touches; tells which are full, and the flags that follow. */
static int32
count_event(QKBatch *batch, QKItem *item, const int64 amount[QK_UNITS], bool reserved,
			StringInfo full)
{
	int32		flags = 0;

	for (int i = 0; i < item->path->npolicies; i++)
	{
		QKPolicy   *policy = &item->path->policies[i];
		QKCounter  *counter;
		int64		limit;

		if (!qk_policy_matches(policy, item->path->service, item->call.model))
			continue;
		counter = qk_counter(&batch->counters, item->account, policy, item->call.at);
		qk_counter_use(&batch->counters, counter, item->call.at, amount[policy->unit]);
		limit = qk_policy_limit(policy, batch->now);
		if (policy->enforcement == QK_STRICT)
		{
			if (!reserved)
				flags |= QK_FLAG_UNRESERVED;
			if (counter->used > limit)
				flags |= QK_FLAG_OVERRUN;
		}
		if ((policy->enforcement == QK_STRICT || policy->enforcement == QK_BLOCK) &&
			counter->used >= limit && batch->now < counter->window.end)
			qk_answer_add_full(batch, full, policy, counter, limit);
	}
	return flags;
}

/* settle, log and draw: the call has happened, so it is recorded whatever the limits say. */
static void
record(QKBatch *batch, QKItem *item)
{
	QKCall	   *call = &item->call;
	bool		is_draw = call->op == QK_DRAW;
	QKIdState  *id = qk_ledger_find(batch, call->account_id, call->at, &call->id);
	QKIdState  *source = id;	/* the reservation it comes out of */
	QKEvent		event = {.item = item};
	StringInfoData full;
	QKCost		cost;

	if (is_draw)
		source = qk_ledger_find(batch, call->account_id, call->reservation_at, &call->reservation);
	/* It was to be made in this batch, and was not. */
	if (!source->reserved && call->path == NULL)
	{
		reject_unknown_reservation(batch, item);
		return;
	}
	if (!check_path(batch, item, source->reserved || id->recorded))
		return;
	if (source->reserved && source->reservation.node_id != item->path->node_id)
	{
		qk_answer_conflict(batch, item, "the reservation is for another path");
		return;
	}
	if (source->reserved && !call->has_model)
		call->model = source->reservation.model;
	event.content_hash = qk_call_hash(call, item->path->node_id);
	if (id->recorded)
	{
		if (id->event_hash == event.content_hash)
			qk_answer_recorded(batch, item, id, true, NULL);
		else
			qk_answer_conflict(batch, item, "the id is in use by another event");
		return;
	}
	if (is_draw && id->reserved)
	{
		qk_answer_conflict(batch, item, "the id is in use by a reservation");
		return;
	}
	if (!check_id_time(batch, item, Max(batch->now - item->account->retention,
										item->account->sealed_until)) ||
		!find_amounts(batch, item, event.amount, &cost))
		return;
	if (!call->charged)
		event.amount[QK_USD] = event.amount[QK_CREDITS] = 0;
	if (!fits_counters(batch, item, event.amount, qk_counter_can_use))
		return;

	/* Nothing is changed before here, so a call is recorded whole or not at all. */
	initStringInfo(&full);
	if (is_live(batch, source))
	{
		if (is_draw)
			draw_from(batch, item, source, event.amount);
		else
			free_hold(batch, item, source);
	}
	else if (source->reserved)
		event.flags |= QK_FLAG_LATE;
	event.flags |= count_event(batch, item, event.amount, source->reserved, &full);
	if (!call->has_amount[QK_USD] && cost.unpriced && call->charged)
		event.flags |= QK_FLAG_UNPRICED;
	if (call->has_amount[QK_USD] || call->has_amount[QK_CREDITS])
		event.flags |= QK_FLAG_GIVEN;
	if (call->estimated)
		event.flags |= QK_FLAG_ESTIMATED;
	if (!call->ok)
		event.flags |= QK_FLAG_FAILED;
	if (!call->charged)
		event.flags |= QK_FLAG_UNCHARGED;
	if (item->path->frozen_reason != NULL)
		event.flags |= QK_FLAG_FROZEN;
	event.node_id = item->path->node_id;
	event.price_version = cost.price_version;
	event.ref = is_draw ? &call->reservation : NULL;
	qk_ledger_add_event(batch, item->account, id, &event);
	qk_answer_recorded(batch, item, id, false, &full);
}

static void
release(QKBatch *batch, QKItem *item)
{
	QKCall	   *call = &item->call;
	QKIdState  *id = qk_ledger_find(batch, call->account_id, call->at, &call->id);

	if (item->path == NULL || !id->reserved)
	{
		reject_unknown_reservation(batch, item);
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
	free_hold(batch, item, id);
	id->reservation.is_open = false;
	id->reservation.seq++;
	qk_ledger_add_step(batch, id);
	qk_answer_simple(item, "released", false);
}

static void
extend(QKBatch *batch, QKItem *item)
{
	QKCall	   *call = &item->call;
	QKIdState  *id = qk_ledger_find(batch, call->account_id, call->at, &call->id);
	QKReservation *r = &id->reservation;
	TimestampTz until;

	if (item->path == NULL || !id->reserved)
	{
		reject_unknown_reservation(batch, item);
		return;
	}
	if (!is_live(batch, id))
	{
		qk_answer_conflict(batch, item, "the reservation has ended");
		return;
	}
	until = round_expiry(batch->now, call->ttl);
	if (r->is_lease)
		until = Min(until, shortest_window_end(batch, item, r->model, id->at));
	/* Sent twice it does nothing the second time; an end never moves back. */
	if (until <= r->expires_at)
	{
		qk_answer_extended(item, r->expires_at, true);
		return;
	}
	move_hold(batch, item, id, r->expires_at, r->amount, until, r->amount);
	r->expires_at = until;
	r->seq++;
	qk_ledger_add_step(batch, id);
	qk_answer_extended(item, until, false);
}

/* The SDK stopped calls by itself, from what it had cached. */
static void
note_refused(QKBatch *batch, QKItem *item)
{
	if (!check_path(batch, item, true))
		return;
	for (int i = 0; i < item->path->npolicies; i++)
	{
		QKPolicy   *policy = &item->path->policies[i];
		QKCounter  *counter;
		QKRefusal	refusal;

		if (policy->policy_id != item->call.policy_id)
			continue;
		counter = qk_counter(&batch->counters, item->account, policy, batch->now);
		refusal = (QKRefusal) {
			.reason = "quota", .source = "sdk", .policy = policy,
			.limit = qk_policy_limit(policy, batch->now),
			.used = counter->used, .held = counter->held, .count = item->call.count,
			.window_start = counter->window.start, .resets_at = counter->window.end,
		};
		qk_refusal_add(batch, item, &refusal);
		qk_answer_simple(item, "noted", false);
		return;
	}
	reject(batch, item, "unknown_policy", ERRCODE_QK_MALFORMED, NULL, NULL,
		   psprintf("policy %d does not stand on \"%s\" or above it", item->call.policy_id,
					item->path->path));
}

/* The cost of an event is corrected by another one, in the same windows. */
static void
adjust(QKBatch *batch, QKItem *item)
{
	QKCall	   *call = &item->call;
	QKIdState  *id = qk_ledger_find(batch, call->account_id, call->at, &call->id);
	QKEvent		event = {.item = item, .flags = QK_FLAG_ADJUSTMENT, .ref = &call->reservation};
	StringInfoData full;

	if (item->path == NULL)
	{
		reject(batch, item, "unknown_event", ERRCODE_QK_UNKNOWN_RESERVATION, NULL, NULL,
			   "there is no event with this id");
		return;
	}
	if (call->now_priced)
		event.flags |= QK_FLAG_NOW_PRICED;
	event.amount[QK_USD] = call->amount[QK_USD];
	event.amount[QK_CREDITS] = call->amount[QK_CREDITS];
	if (!fits_counters(batch, item, event.amount, qk_counter_can_use))
		return;
	initStringInfo(&full);
	event.flags |= count_event(batch, item, event.amount, true, &full);
	event.node_id = item->path->node_id;
	event.price_version = call->count;
	qk_ledger_add_event(batch, item->account, id, &event);
	qk_answer_recorded(batch, item, id, false, &full);
}

void
qk_decide(QKBatch *batch, QKItem *item)
{
	if (item->call.problem.code != NULL)
	{
		qk_answer_rejected(batch, item);
		return;
	}
	if (item->busy)
	{
		qk_answer_busy(item);
		return;
	}
	switch (item->call.op)
	{
		case QK_RESERVE:
			reserve(batch, item);
			break;
		case QK_SETTLE:
		case QK_LOG:
		case QK_DRAW:
			record(batch, item);
			break;
		case QK_RELEASE:
			release(batch, item);
			break;
		case QK_EXTEND:
			extend(batch, item);
			break;
		case QK_REFUSED:
			note_refused(batch, item);
			break;
		case QK_ADJUST:
			adjust(batch, item);
			break;
	}
}
