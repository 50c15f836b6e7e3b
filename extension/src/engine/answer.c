/*
 * answer.c
 *		What the caller is told: one JSON object a call, as in doc/calls.md.
 */
#include "quotakit.h"
#include "engine/engine.h"
#include "values/money.h"
#include "values/uuid7.h"

#include "pgtime.h"
#include "utils/builtins.h"
#include "utils/json.h"
#include "utils/timestamp.h"

#define append_literal(out, s) appendBinaryStringInfo((out), (s), sizeof(s) - 1)

static StringInfo
begin(QKItem *item, const char *outcome)
{
	StringInfo out = item->out;

	item->outcome = outcome;
	item->answer = out->len;
	append_literal(out, "{\"outcome\":\"");
	appendStringInfoString(out, outcome);
	appendStringInfoChar(out, '"');
	if (item->call.has_id)
	{
		char id[QK_UUID_TEXT];

		qk_uuid_format(&item->call.id, id);
		append_literal(out, ",\"id\":\"");
		appendBinaryStringInfo(out, id, sizeof(id));
		appendStringInfoChar(out, '"');
	}
	return out;
}

static void
end(QKItem *item, bool duplicate)
{
	if (duplicate)
		append_literal(item->out, ",\"duplicate\":true");
	appendStringInfoChar(item->out, '}');
	item->answer_len = item->out->len - item->answer;
}

void
qk_append_json_string(StringInfo out, const char *s)
{
	if (s == NULL)
		append_literal(out, "null");
	else
		escape_json(out, s);
}

/* Answers are many and short: without printf they cost half. */
static void
append_digits(StringInfo out, int value, int width)
{
	char digits[10];

	for (int i = width - 1; i >= 0; i--, value /= 10)
		digits[i] = (char) ('0' + value % 10);
	appendBinaryStringInfo(out, digits, width);
}

static void
append_part(StringInfo out, char separator, int value)
{
	appendStringInfoChar(out, separator);
	append_digits(out, value, 2);
}

/* ISO 8601 in UTC, with as many decimals of a second as are not zero. */
void
qk_append_time(StringInfo out, TimestampTz at)
{
	struct pg_tm tm;
	fsec_t fsec;

	if (TIMESTAMP_NOT_FINITE(at) || timestamp2tm(at, NULL, &tm, &fsec, NULL, NULL) != 0)
	{
		append_literal(out, "null");
		return;
	}
	appendStringInfoChar(out, '"');
	append_digits(out, tm.tm_year, 4);
	append_part(out, '-', tm.tm_mon);
	append_part(out, '-', tm.tm_mday);
	append_part(out, 'T', tm.tm_hour);
	append_part(out, ':', tm.tm_min);
	append_part(out, ':', tm.tm_sec);
	if (fsec != 0)
	{
		appendStringInfoChar(out, '.');
		append_digits(out, fsec, 6);
	}
	append_literal(out, "Z\"");
}

static void
append_field_amount(StringInfo out, const char *name, QKUnit unit, int64 amount)
{
	appendStringInfoChar(out, '"');
	appendStringInfoString(out, name);
	append_literal(out, "\":\"");
	qk_append_amount(out, unit, amount);
	appendStringInfoChar(out, '"');
}

static void
append_hint(const QKItem *item)
{
	if (item->hint == NULL)
		return;
	append_literal(item->out, ",\"hint\":");
	qk_append_json_string(item->out, item->hint);
}

void
qk_answer_granted(QKBatch *batch, QKItem *item, const QKReservation *reservation, bool duplicate)
{
	StringInfo out = begin(item, "granted");

	append_literal(out, ",\"expires_at\":");
	qk_append_time(out, reservation->expires_at);
	append_literal(out, ",\"held\":{");
	for (int u = 0; u < QK_UNITS; u++)
	{
		if (u > 0)
			appendStringInfoChar(out, ',');
		append_field_amount(out, qk_unit_names[u], u, reservation->amount[u]);
	}
	appendStringInfoChar(out, '}');
	append_hint(item);
	end(item, duplicate);
}

static void
append_flags(StringInfo out, int32 flags)
{
	static const struct
	{
		int32 bit;
		const char *name;
	} names[] = {
		{ QK_FLAG_OVERRUN, "overrun" },
		{ QK_FLAG_LATE, "late" },
		{ QK_FLAG_UNRESERVED, "unreserved" },
		{ QK_FLAG_UNPRICED, "unpriced" },
		{ QK_FLAG_ESTIMATED, "estimated" },
		{ QK_FLAG_FAILED, "failed" },
		{ QK_FLAG_UNCHARGED, "uncharged" },
		{ QK_FLAG_FROZEN, "frozen" },
		{ QK_FLAG_FALLBACK_PRICE, "fallback_price" },
		{ QK_FLAG_MISMATCHED, "mismatched" },
	};
	const char *separator = "";

	append_literal(out, ",\"flags\":[");
	for (size_t i = 0; i < lengthof(names); i++)
	{
		if (flags & names[i].bit)
		{
			appendStringInfo(out, "%s\"%s\"", separator, names[i].name);
			separator = ",";
		}
	}
	appendStringInfoChar(out, ']');
}

void
qk_answer_recorded(QKBatch *batch, QKItem *item, const QKIdState *id, bool duplicate,
				   StringInfo full)
{
	StringInfo out = begin(item, "recorded");

	appendStringInfoChar(out, ',');
	append_field_amount(out, "usd", QK_USD, id->usd);
	appendStringInfoChar(out, ',');
	append_field_amount(out, "credits", QK_CREDITS, id->credits);
	append_flags(out, id->flags);
	if (full != NULL && full->len > 0)
	{
		append_literal(out, ",\"full\":[");
		appendBinaryStringInfo(out, full->data, full->len);
		appendStringInfoChar(out, ']');
	}
	append_hint(item);
	end(item, duplicate);
}

/* "policy":…,…,"enforcement":… */
static void
append_policy(StringInfo out, const QKPolicy *policy)
{
	appendStringInfo(out, "\"policy\":%d,\"path\":", policy->policy_id);
	qk_append_json_string(out, policy->path);
	appendStringInfo(out, ",\"unit\":\"%s\",\"period\":\"%s\",\"rolling\":%s,\"service\":",
					 qk_unit_names[policy->unit], qk_period_name(policy->period),
					 policy->rolling ? "true" : "false");
	qk_append_json_string(out, policy->service);
	append_literal(out, ",\"model\":");
	qk_append_json_string(out, policy->model);
	appendStringInfo(out, ",\"enforcement\":\"%s\"", qk_enforcement_name(policy->enforcement));
}

void
qk_answer_add_full(StringInfo full, const QKPolicy *policy, const QKCounter *counter, int64 limit)
{
	if (full->data == NULL)
		initStringInfo(full);
	if (full->len > 0)
		appendStringInfoChar(full, ',');
	appendStringInfoChar(full, '{');
	append_policy(full, policy);
	appendStringInfoChar(full, ',');
	append_field_amount(full, "limit", policy->unit, limit);
	appendStringInfoChar(full, ',');
	append_field_amount(full, "used", policy->unit, counter->used);
	append_literal(full, ",\"resets_at\":");
	qk_append_time(full, qk_counter_resets_at(counter, 1, limit));
	appendStringInfoChar(full, '}');
}

void
qk_answer_simple(QKItem *item, const char *outcome, bool duplicate)
{
	(void) begin(item, outcome);
	end(item, duplicate);
}

void
qk_answer_extended(QKItem *item, TimestampTz expires_at, bool duplicate)
{
	StringInfo out = begin(item, "extended");

	append_literal(out, ",\"expires_at\":");
	qk_append_time(out, expires_at);
	end(item, duplicate);
}

void
qk_append_refusal(StringInfo out, const QKRefusal *refusal)
{
	if (refusal->policy == NULL)
		return;
	append_policy(out, refusal->policy);
	appendStringInfoChar(out, ',');
	append_field_amount(out, "limit", refusal->policy->unit, refusal->limit);
	appendStringInfoChar(out, ',');
	append_field_amount(out, "used", refusal->policy->unit, refusal->used);
	appendStringInfoChar(out, ',');
	append_field_amount(out, "held", refusal->policy->unit, refusal->held);
	appendStringInfoChar(out, ',');
	append_field_amount(out, "asked", refusal->policy->unit, refusal->asked);
	append_literal(out, ",\"window_start\":");
	qk_append_time(out, refusal->window.start);
	append_literal(out, ",\"resets_at\":");
	qk_append_time(out, refusal->resets_at);
}

static char *
refusal_message(const QKItem *item, const QKRefusal *refusal)
{
	StringInfoData m;
	const QKPolicy *policy = refusal->policy;

	initStringInfo(&m);
	if (policy == NULL)
		appendStringInfo(&m, "%s is frozen: %s", item->path->frozen_path,
						 item->path->frozen_reason);
	else if (refusal->reason == QK_UNPRICED)
		appendStringInfo(&m, "the cost is not known, and %s has a limit in USD", policy->path);
	else if (refusal->reason == QK_UNMEASURED)
		appendStringInfo(&m, "%s, and %s has a limit in %s",
						 item->hint ? "a meter is not known" : "the usage is not given",
						 policy->path, qk_unit_names[policy->unit]);
	else if (refusal->reason == QK_WINDOW_ENDED)
		appendStringInfo(&m, "the %s of %s that the id lies in has ended: ask again with a new id",
						 qk_period_name(policy->period), policy->path);
	else
	{
		appendStringInfo(&m, "the %s limit of %s is ", qk_period_name(policy->period),
						 policy->path);
		qk_append_amount(&m, policy->unit, refusal->limit);
		appendStringInfo(&m, " %s: ", qk_unit_names[policy->unit]);
		qk_append_amount(&m, policy->unit, refusal->used);
		appendStringInfoString(&m, " used, ");
		qk_append_amount(&m, policy->unit, refusal->held);
		appendStringInfoString(&m, " held, ");
		qk_append_amount(&m, policy->unit, refusal->asked);
		appendStringInfoString(&m, " asked");
	}
	return m.data;
}

/* What whoever passes the refusal on need not compute: what is left, and how long the window is. */
static void
append_allowance(StringInfo out, const QKRefusal *refusal)
{
	const QKPolicy *policy = refusal->policy;
	int128 left = (int128) refusal->limit - refusal->used - refusal->held;

	appendStringInfoChar(out, ',');
	append_field_amount(out, "free", policy->unit, left > 0 ? (int64) Min(left, PG_INT64_MAX) : 0);
	append_literal(out, ",\"window_seconds\":");
	if (policy->rolling)
		appendStringInfo(out, INT64_FORMAT, qk_rolling_length(policy->period) / USECS_PER_SEC);
	else if (policy->period == QK_LIFETIME)
		append_literal(out, "null");
	else
		appendStringInfo(out, INT64_FORMAT,
						 (refusal->window.end - refusal->window.start) / USECS_PER_SEC);
}

void
qk_answer_refused(QKBatch *batch, QKItem *item, const QKRefusal *refusal)
{
	StringInfo out = begin(item, "refused");

	appendStringInfo(out, ",\"reason\":\"%s\",\"refusal\":" INT64_FORMAT ",",
					 qk_reason_name(refusal->reason), refusal->refusal_id);
	qk_append_refusal(out, refusal);
	if (refusal->policy != NULL)
		append_allowance(out, refusal);
	else
	{
		append_literal(out, "\"path\":");
		qk_append_json_string(out, item->path->frozen_path);
	}
	if (refusal->policy != NULL && refusal->resets_at != DT_NOEND && refusal->reason == QK_QUOTA)
		appendStringInfo(out, ",\"retry_after\":" INT64_FORMAT,
						 Max(INT64CONST(1), (refusal->resets_at - batch->now + USECS_PER_SEC - 1) /
												USECS_PER_SEC));
	else
		append_literal(out, ",\"retry_after\":null");
	append_literal(out, ",\"message\":");
	qk_append_json_string(out, refusal_message(item, refusal));
	append_hint(item);
	end(item, false);
}

static void
append_problem(StringInfo out, const QKProblem *problem)
{
	appendStringInfo(out, ",\"code\":\"%s\",\"sqlstate\":\"%s\",\"message\":", problem->code,
					 unpack_sql_state(problem->sqlstate));
	qk_append_json_string(out, problem->message);
	append_literal(out, ",\"detail\":");
	qk_append_json_string(out, problem->detail);
	append_literal(out, ",\"hint\":");
	qk_append_json_string(out, problem->hint);
}

static void
answer_problem(QKBatch *batch, QKItem *item, const char *outcome)
{
	StringInfo out = begin(item, outcome);

	append_problem(out, &item->call.problem);
	/* Spend that has happened is kept, whatever is wrong with how it was reported. */
	if (item->account != NULL && qk_call_is_spend(&item->call))
	{
		append_literal(out, ",\"kept\":true");
		batch->rejected = lappend(batch->rejected, item);
	}
	end(item, false);
}

void
qk_answer_conflict(QKBatch *batch, QKItem *item, const char *message)
{
	qk_call_problem(&item->call, "conflict", ERRCODE_QK_CONFLICT, NULL, NULL, "%s", message);
	answer_problem(batch, item, "conflict");
}

void
qk_answer_rejected(QKBatch *batch, QKItem *item)
{
	answer_problem(batch, item, "rejected");
}

/* By an unknown key and a revoked one alike. */
void
qk_answer_unauthorized(QKItem *item)
{
	QKProblem problem = { .code = "unauthorized",
						  .sqlstate = ERRCODE_QK_UNAUTHORIZED,
						  .message = "the API key is not valid" };
	StringInfo out = begin(item, "unauthorized");

	append_problem(out, &problem);
	end(item, false);
}

void
qk_answer_busy(QKItem *item)
{
	QKProblem problem = { .code = "busy",
						  .sqlstate = ERRCODE_QK_BUSY,
						  .message = "the project is locked by another transaction",
						  .hint = "Try again; nothing happened." };
	StringInfo out = begin(item, "busy");

	append_problem(out, &problem);
	end(item, false);
}
