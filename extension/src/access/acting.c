/*
 * acting.c
 *		For whom a call acts that comes with a member's session.
 *
 * The gateway's role has no account. api() finds the session, then says here for
 * which account the management functions it calls act, and as what. It is kept
 * outside of SQL's reach: no setting and no table says it, only a function that no
 * role but the extension's owner may execute. It ends with api(), which says so,
 * or with the (sub)transaction in which it was said, if that fails.
 */
#include "quotakit.h"
#include "pg/version.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "funcapi.h"
#include "utils/builtins.h"

static struct
{
	bool active;
	SubTransactionId since;
	int32 account_id;
	char access[8];  /* owner, admin or viewer */
	char actor[300]; /* for the audit log */
} acting;

static void
end_with_transaction(XactEvent event, void *arg)
{
	/* Every end there is; also PREPARE. */
	acting.active = false;
}

static void
end_with_subtransaction(SubXactEvent event, SubTransactionId mine, SubTransactionId parent,
						void *arg)
{
	/* Numbers rise: what is undone is the subtransaction and all that began after it. */
	if (event == SUBXACT_EVENT_ABORT_SUB && acting.active && acting.since >= mine)
		acting.active = false;
}

PG_FUNCTION_INFO_V1(quotakit_act_as);

/* (account_id int4, access text, actor text); account null: for nobody any more. */
Datum
quotakit_act_as(PG_FUNCTION_ARGS)
{
	static bool registered = false;
	char *access;

	qk_check_arguments(fcinfo, 3);
	if (!registered)
	{
		RegisterXactCallback(end_with_transaction, NULL);
		RegisterSubXactCallback(end_with_subtransaction, NULL);
		registered = true;
	}
	acting.active = false;
	if (PG_ARGISNULL(0))
		PG_RETURN_VOID();
	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
						errmsg("access and actor must not be null")));
	access = text_to_cstring(PG_GETARG_TEXT_PP(1));
	if (strcmp(access, "owner") != 0 && strcmp(access, "admin") != 0 &&
		strcmp(access, "viewer") != 0)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("access \"%s\" does not exist", access)));
	acting.account_id = PG_GETARG_INT32(0);
	strlcpy(acting.access, access, sizeof(acting.access));
	text_to_cstring_buffer(PG_GETARG_TEXT_PP(2), acting.actor, sizeof(acting.actor));
	acting.since = GetCurrentSubTransactionId();
	acting.active = true;
	PG_RETURN_VOID();
}

PG_FUNCTION_INFO_V1(quotakit_acting);

/* () → (account_id int4, access text, actor text), all null for nobody. */
Datum
quotakit_acting(PG_FUNCTION_ARGS)
{
	TupleDesc desc;
	Datum values[3] = { 0 };
	bool nulls[3] = { true, true, true };

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	qk_check_columns(fcinfo, desc, lengthof(values));
	if (acting.active)
	{
		values[0] = Int32GetDatum(acting.account_id);
		values[1] = CStringGetTextDatum(acting.access);
		values[2] = CStringGetTextDatum(acting.actor);
		memset(nulls, false, sizeof(nulls));
	}
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls)));
}
