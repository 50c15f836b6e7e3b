/*
 * hold.c
 *		What reservations hold, in which counters.
 *
 * Every policy that a reservation touches counts what it holds, whatever its
 * enforcement: so enforcement can change at any time, and what is held is
 * always the sum over open reservations.
 *
 * A counter forgets a hold by itself, once the hold has ended by the counter's
 * own time. So a reservation that has not ended by the newest time of all its
 * counters is held in each of them; one that has may still be in some, and is
 * freed where it is.
 */
#include "quotakit.h"
#include "engine/engine.h"

#include "utils/timestamp.h"

/* Holds of up to an hour end on a minute, longer ones on an hour: few sums to carry. */
#define SHORT_HOLD_SECONDS 3600

TimestampTz
qk_decision_time(QKBatch *batch, QKItem *item, const char *model, TimestampTz at)
{
	TimestampTz now = batch->now;

	for (int i = 0; i < item->path->npolicies; i++)
	{
		QKCounter *counter = qk_touched(batch, item, i, model, at);

		if (counter != NULL)
			now = Max(now, counter->now);
	}
	return now;
}

static TimestampTz
round_expiry(TimestampTz now, int ttl)
{
	int64 step = ttl <= SHORT_HOLD_SECONDS ? USECS_PER_MINUTE : USECS_PER_HOUR;
	TimestampTz until = now + (int64) ttl * USECS_PER_SEC;

	return until + (step - 1) - (until + (step - 1)) % step;
}

TimestampTz
qk_hold_end(QKBatch *batch, QKItem *item, const QKIdState *id, TimestampTz now, int ttl)
{
	TimestampTz end = round_expiry(now, ttl);

	for (int i = 0; id->reservation.is_lease && i < item->path->npolicies; i++)
	{
		QKCounter *counter = qk_touched(batch, item, i, id->reservation.model, id->at);

		if (counter != NULL)
			end = Min(end, counter->window.end);
	}
	return end;
}

/*
 * R13: a grant is a hold. Whatever was decided before, none leaves here that
 * has ended, that holds less than was asked, or that passes a strict limit.
 */
static void
check_grant(const QKPolicy *policy, const QKCounter *counter, int64 held_before,
			const QKIdState *id)
{
	const QKReservation *r = &id->reservation;

	if (r->expires_at <= counter->now || counter->held - held_before != r->amount[policy->unit] ||
		(policy->enforcement == QK_STRICT &&
		 (int128) qk_counter_judged(counter, id->at) + counter->held >
			 qk_policy_limit(policy, counter->now)))
		elog(ERROR, "policy %d does not hold what is to be granted", policy->policy_id);
}

void
qk_hold_grant(QKBatch *batch, QKItem *item, const QKIdState *id)
{
	const QKReservation *r = &id->reservation;

	for (int i = 0; i < item->path->npolicies; i++)
	{
		QKPolicy *policy = &item->path->policies[i];
		QKCounter *counter = qk_touched(batch, item, i, r->model, id->at);
		int64 before;

		if (counter == NULL)
			continue;
		before = counter->held;
		qk_counter_hold(&batch->counters, counter, r->expires_at, r->amount[policy->unit]);
		check_grant(policy, counter, before, id);
	}
}

void
qk_hold_free(QKBatch *batch, QKItem *item, const QKIdState *id)
{
	const QKReservation *r = &id->reservation;

	for (int i = 0; i < item->path->npolicies; i++)
	{
		QKCounter *counter = qk_touched(batch, item, i, r->model, id->at);

		if (counter != NULL)
			qk_counter_free(counter, r->expires_at, r->amount[item->path->policies[i].unit]);
	}
}

void
qk_hold_change(QKBatch *batch, QKItem *item, QKIdState *id, TimestampTz until,
			   const int64 left[QK_UNITS])
{
	QKReservation *r = &id->reservation;

	/* An end never moves back, and nothing is held that was not granted. */
	Assert(until >= r->expires_at);
	qk_hold_free(batch, item, id);
	for (int i = 0; i < item->path->npolicies; i++)
	{
		QKUnit unit = item->path->policies[i].unit;
		QKCounter *counter = qk_touched(batch, item, i, r->model, id->at);

		Assert(left[unit] >= 0 && left[unit] <= r->amount[unit]);
		if (counter != NULL)
			qk_counter_hold(&batch->counters, counter, until, left[unit]);
	}
	memcpy(r->amount, left, sizeof(r->amount));
	r->expires_at = until;
	r->seq++;
}

bool
qk_hold_is_live(const QKIdState *id, TimestampTz now)
{
	return id->reserved && id->reservation.is_open && !id->recorded &&
		   now < id->reservation.expires_at;
}

/*
 * Every strict policy that counts the lease or the draw must count both, in one
 * window. A rolling one was asked for the windows from the lease's time on.
 * Others only watch: what they hold follows the lease.
 */
bool
qk_hold_covers(QKBatch *batch, QKItem *item, const QKIdState *lease)
{
	for (int i = 0; i < item->path->npolicies; i++)
	{
		const QKPolicy *policy = &item->path->policies[i];
		QKCounter *holds;
		QKCounter *uses;

		if (policy->enforcement != QK_STRICT)
			continue;
		holds = qk_touched(batch, item, i, lease->reservation.model, lease->at);
		uses = qk_touched(batch, item, i, item->call.model, item->call.at);
		if (holds != uses)
			return false;
		if (policy->rolling && uses != NULL &&
			qk_rolling_bucket(policy->period, item->call.at) <
				qk_rolling_bucket(policy->period, lease->at))
			return false;
	}
	return true;
}
