/*
 * decide.c
 *		What becomes of each call. All that is decided about spend is decided
 *		under the project's lock: here is what every call has to pass.
 */
#include "quotakit.h"
#include "engine/engine.h"

#include "utils/timestamp.h"

void
qk_reject(QKBatch *batch, QKItem *item, const char *code, int sqlstate, const char *detail,
		  const char *hint, const char *message)
{
	qk_call_problem(&item->call, code, sqlstate, detail, hint, "%s", message);
	qk_answer_rejected(batch, item);
}

/* Nobody has made the path, or it could not be made just now. */
static void
reject_missing_path(QKBatch *batch, QKItem *item)
{
	const char *hint =
		"Make it with quotakit.create_node(), or let the account create paths by itself.";

	if (item->below_archived)
	{
		qk_reject(batch, item, "archived_path", ERRCODE_QK_ARCHIVED_PATH, NULL,
				  "Restore what is above it with quotakit.restore_node().",
				  psprintf("path \"%s\" is below an archived one", item->call.path_text));
		return;
	}
	if (item->account->create_paths)
		hint = item->call.service == NULL ?
				   "Name the service: the account then creates the path by itself." :
				   "There is no such service: make it with quotakit.create_service().";
	qk_reject(batch, item, "unknown_path", ERRCODE_QK_UNKNOWN_PATH, NULL, hint,
			  psprintf("path \"%s\" does not exist", item->call.path_text));
}

void
qk_reject_unknown_reservation(QKBatch *batch, QKItem *item)
{
	qk_reject(batch, item, "unknown_reservation", ERRCODE_QK_UNKNOWN_RESERVATION, NULL, NULL,
			  "there is no reservation with this id");
}

/* The path of a call that names one must take calls. */
bool
qk_check_path(QKBatch *batch, QKItem *item, bool known)
{
	QKPath *path = item->path;

	if (path == NULL)
	{
		if (item->call.path != NULL)
			reject_missing_path(batch, item);
		else
			qk_reject_unknown_reservation(batch, item);
		return false;
	}
	if (path->service == NULL)
	{
		qk_reject(batch, item, "umbrella_path", ERRCODE_QK_UMBRELLA_PATH, NULL,
				  "Give it a service with quotakit.set_service(), or call on a path below it.",
				  psprintf("path \"%s\" has no service", path->path));
		return false;
	}
	if (item->call.service != NULL && strcmp(item->call.service, path->service) != 0)
	{
		qk_reject(batch, item, "service_mismatch", ERRCODE_QK_SERVICE_MISMATCH,
				  psprintf("The service of the call is \"%s\".", item->call.service), NULL,
				  psprintf("path \"%s\" is for service \"%s\"", path->path, path->service));
		return false;
	}
	if (path->archived && !known)
	{
		qk_reject(batch, item, "archived_path", ERRCODE_QK_ARCHIVED_PATH, NULL,
				  "Restore it with quotakit.restore_node().",
				  psprintf("path \"%s\" is archived", path->path));
		return false;
	}
	return true;
}

/*
 * The id says when the call was: that must be a time that can still be counted.
 * How far ahead it may be is seen from what was decided already, which a
 * server's clock that is behind (after a failover, say) does not undo.
 */
bool
qk_check_id_time(QKBatch *batch, QKItem *item, TimestampTz oldest, TimestampTz now)
{
	if (item->call.at - QK_CLOCK_SLACK > now)
	{
		qk_reject(batch, item, "bad_id_time", ERRCODE_QK_BAD_ID_TIME,
				  "The time in the id is more than five minutes ahead.",
				  "Check the clocks of the caller and of the server.", "id is from the future");
		return false;
	}
	if (item->call.at < oldest)
	{
		qk_reject(batch, item, "bad_id_time", ERRCODE_QK_BAD_ID_TIME,
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
	int64 sum = 0;

	/* Each class is at most 10^14 and a named meter 10^12, so all together cannot overflow. */
	for (int i = 0; i < QK_TOKEN_CLASSES; i++)
		sum += call->counted[i];
	return sum;
}

bool
qk_find_amounts(QKBatch *batch, QKItem *item, int64 amount[QK_UNITS], QKCost *cost)
{
	QKCall *call = &item->call;

	if (!qk_price_cost(call->account_id, item->account->version, item->path->service, call, cost))
	{
		qk_reject(batch, item, "out_of_range", ERRCODE_QK_OUT_OF_RANGE,
				  "One call may cost at most 1,000,000.", NULL, "cost is too large");
		return false;
	}
	if (cost->misspelt != NULL)
		item->hint =
			qk_call_keep(call, psprintf("Did you mean \"%s\"? No price knows the meter \"%s\".",
										cost->meant, cost->misspelt));
	for (int u = QK_USD; u <= QK_CREDITS; u++)
		amount[u] = call->has_amount[u] ? call->amount[u] : cost->amount[u];
	amount[QK_REQUESTS] = call->requests;
	amount[QK_TOKENS] = sum_tokens(call);
	return true;
}

bool
qk_fits_counters(QKBatch *batch, QKItem *item, const int64 amount[QK_UNITS],
				 bool (*can)(const QKCounter *, int64))
{
	for (int i = 0; i < item->path->npolicies; i++)
	{
		const QKPolicy *policy = &item->path->policies[i];
		QKCounter *counter = qk_touched(batch, item, i, item->call.model, item->call.at);

		if (counter != NULL && !can(counter, amount[policy->unit]))
		{
			qk_reject(batch, item, "out_of_range", ERRCODE_QK_OUT_OF_RANGE, NULL, NULL,
					  psprintf("the counter of policy %d cannot hold so much", policy->policy_id));
			return false;
		}
	}
	return true;
}

/* The SDK stopped calls by itself, from what it had cached. */
static void
note_refused(QKBatch *batch, QKItem *item)
{
	if (!qk_check_path(batch, item, true))
		return;
	for (int i = 0; i < item->path->npolicies; i++)
	{
		QKPolicy *policy = &item->path->policies[i];
		QKCounter *counter;
		QKRefusal refusal;

		if (policy->policy_id != item->call.policy_id)
			continue;
		counter = qk_counter(&batch->counters, item->account, policy, batch->now);
		refusal = (QKRefusal){
			.reason = QK_QUOTA,
			.source = QK_BY_SDK,
			.policy = policy,
			.limit = qk_policy_limit(policy, batch->now),
			.used = counter->used,
			.held = counter->held,
			.count = item->call.refusals,
			.window = counter->window,
			.resets_at = counter->window.end,
		};
		qk_refusal_add(batch, item, &refusal);
		qk_answer_simple(item, "noted", false);
		return;
	}
	qk_reject(batch, item, "unknown_policy", ERRCODE_QK_MALFORMED, NULL, NULL,
			  psprintf("policy %d does not stand on \"%s\" or above it", item->call.policy_id,
					   item->path->path));
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
			qk_reserve(batch, item);
			break;
		case QK_SETTLE:
		case QK_LOG:
		case QK_DRAW:
			qk_record(batch, item);
			break;
		case QK_RELEASE:
			qk_release(batch, item);
			break;
		case QK_EXTEND:
			qk_extend(batch, item);
			break;
		case QK_REFUSED:
			note_refused(batch, item);
			break;
		case QK_ADJUST:
			qk_adjust(batch, item);
			break;
	}
}
