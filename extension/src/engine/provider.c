/*
 * provider.c
 *		Usage as the provider says it: calls that bring a provider's own object get
 *		the meters, tier, model and amount that it says.
 *
 * The rules are in SQL. One statement reads all objects of a batch; a batch that
 * has none is not asked about.
 */
#include "quotakit.h"
#include "engine/call_fields.h"
#include "engine/engine.h"
#include "pg/arrays.h"
#include "pg/query.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"

static bool
has_provider_usage(const QKItem *item)
{
	return item->call.provider_usage != NULL && item->account != NULL &&
		   item->call.problem.code == NULL;
}

/* Nothing in it is a quantity that any rule knows. It may be once there is one. */
static void
note_nothing_understood(QKCall *call, const char *fields)
{
	qk_call_problem(call, "malformed", ERRCODE_QK_MALFORMED,
					fields[0] ? psprintf("It has %s.", fields) : "It is empty.",
					"The fields that are understood are in quotakit.usage_rule.",
					"nothing in \"provider_usage\" is understood");
}

/* One row of _provider_usage_facts(). */
static void
take_fact(QKCall *call, const char *fact, const char *name, char *text)
{
	QKValue value = { text, strlen(text), JSON_TOKEN_STRING };

	if (strcmp(fact, "meter") == 0)
		qk_read_meter(call, name, &value);
	else if (strcmp(fact, "model") == 0)
		call->answered_model = qk_call_keep(call, text);
	else if (strcmp(fact, "tier") == 0)
		qk_read_field(call, F_TIER, fact, &value);
	else if (strcmp(fact, "usd") == 0)
	{
		/* What the caller says that it cost goes before. */
		if (!call->has_amount[QK_USD])
			qk_read_field(call, F_USD, fact, &value);
	}
	else if (strcmp(fact, "mismatched") == 0)
		call->mismatched = true;
	else if (strcmp(fact, "not_understood") == 0)
		qk_keep_not_understood(call, text);
	else if (strcmp(fact, "nothing") == 0)
		note_nothing_understood(call, text);
	else
		elog(ERROR, "unexpected fact \"%s\"", fact);
}

/* What is sent to SQL: for each item its number, its service and what it brought. */
static void
make_arguments(QKBatch *batch, int n, Datum args[3])
{
	Datum *numbers = palloc(n * sizeof(Datum));
	Datum *services = palloc(n * sizeof(Datum));
	Datum *objects = palloc(n * sizeof(Datum));

	n = 0;
	for (int i = 0; i < batch->n; i++)
	{
		const QKItem *item = &batch->items[i];
		const QKCall *call = &item->call;
		const char *service = item->path ? item->path->service : call->service;

		if (!has_provider_usage(item))
			continue;
		numbers[n] = Int32GetDatum(i);
		services[n] = CStringGetTextDatum(service ? service : "");
		objects[n++] = PointerGetDatum(
			cstring_to_text_with_len(call->provider_usage, (int) call->provider_usage_len));
	}
	args[0] = PointerGetDatum(construct_array(numbers, n, INT4OID, 4, true, TYPALIGN_INT));
	args[1] = PointerGetDatum(construct_array(services, n, TEXTOID, -1, false, TYPALIGN_INT));
	args[2] = PointerGetDatum(construct_array(objects, n, TEXTOID, -1, false, TYPALIGN_INT));
}

void
qk_provider_usage_read(QKBatch *batch)
{
	static QKQuery query = {
		.sql = "SELECT s.n, f.fact, f.name, f.value"
			   " FROM unnest($1, $2, $3) AS s(n, service, sent)"
			   " CROSS JOIN LATERAL quotakit._provider_usage_facts(s.service, s.sent::jsonb) AS f",
		.types = { INT4ARRAYOID, TEXTARRAYOID, TEXTARRAYOID },
		.nargs = 3
	};
	Datum args[3];
	int n = 0;

	for (int i = 0; i < batch->n; i++)
		n += has_provider_usage(&batch->items[i]);
	if (n == 0)
		return;
	make_arguments(batch, n, args);
	n = qk_query(&query, args, NULL);
	for (int i = 0; i < n; i++)
	{
		bool isnull;
		int32 number = DatumGetInt32(qk_query_value(i, 1, INT4OID, &isnull));
		char *name = qk_query_is_null(i, 3) ? NULL : qk_query_text(i, 3);

		take_fact(&batch->items[number].call, qk_query_text(i, 2), name, qk_query_text(i, 4));
	}
	qk_query_end();
}
