/*
 * call.c
 *		A call: what is wrong with it, and by what it is told from another.
 */
#include "quotakit.h"
#include "engine/call.h"

#include "common/hashfn.h"
#include "mb/pg_wchar.h"

/* A copy that lives as long as the call. */
char *
qk_call_keep(const QKCall *call, const char *s)
{
	return MemoryContextStrdup(call->context, s);
}

void
qk_call_problem(QKCall *call, const char *code, int sqlstate, const char *detail, const char *hint,
				const char *fmt, ...)
{
	char message[512];
	va_list args;

	if (call->problem.code != NULL)
		return;
	va_start(args, fmt);
	vsnprintf(message, sizeof(message), fmt, args);
	va_end(args);
	/* Cut where a character begins. */
	message[pg_mbcliplen(message, strlen(message), sizeof(message) - 1)] = '\0';
	call->problem.code = code;
	call->problem.sqlstate = sqlstate;
	call->problem.message = qk_call_keep(call, message);
	call->problem.detail = detail ? qk_call_keep(call, detail) : NULL;
	call->problem.hint = hint ? qk_call_keep(call, hint) : NULL;
}

/* gpt-4o-2024-08-06 for gpt-4o: policies and prices are for the name that was asked. */
static bool
is_dated_name(const char *answered, const char *asked)
{
	size_t len = strlen(asked);
	const char *rest = answered + len;

	if (len == 0 || strncmp(answered, asked, len) != 0)
		return false;
	if (*rest == '\0' || strcmp(rest, "-latest") == 0)
		return true;
	return (*rest == '-' || *rest == '@') && strlen(rest) > 4 &&
		   strspn(rest + 1, "0123456789-") == strlen(rest + 1);
}

void
qk_call_take_answered_model(QKCall *call)
{
	if (call->answered_model == NULL || is_dated_name(call->answered_model, call->model))
		return;
	call->model = call->answered_model;
	call->has_model = true;
}

static uint64
hash_more(uint64 hash, const void *data, size_t len)
{
	return hash_bytes_extended(data, (int) len, hash);
}

static uint64
hash_int(uint64 hash, int64 value)
{
	return hash_more(hash, &value, sizeof(value));
}

/* With the terminator, so that what stands side by side cannot run together. */
static uint64
hash_string(uint64 hash, const char *s)
{
	return hash_more(hash, s, strlen(s) + 1);
}

int64
qk_call_hash(const QKCall *call, int32 node_id)
{
	/* `log` and `settle` record the same event; which of them came does not matter. */
	QKOp op = call->op == QK_LOG ? QK_SETTLE : call->op;
	uint64 hash = hash_int(0, op);

	hash = hash_int(hash, node_id);
	hash = hash_string(hash, call->model);
	hash = hash_string(hash, call->tier);
	hash = hash_more(hash, call->tokens, sizeof(call->tokens));
	hash = hash_int(hash, call->requests);
	for (int i = 0; i < call->nmeters; i++)
		hash = hash_int(hash_string(hash, call->meters[i].name), call->meters[i].micro);
	for (int i = 0; i < 2; i++)
		hash = hash_int(hash, call->has_amount[i] ? call->amount[i] : -1);
	if (call->op == QK_RESERVE)
		return (int64) hash_int(hash, (int64) call->ttl << 1 | call->lease);
	hash = hash_int(hash, call->ok | call->charged << 1 | call->estimated << 2 | call->last << 3);
	if (call->has_reservation)
		hash = hash_more(hash, call->reservation.data, UUID_LEN);
	for (int i = 0; i < call->ntags; i++)
		hash = hash_string(hash_string(hash, call->tags[i].name), call->tags[i].value);
	return (int64) hash;
}

int64
qk_payload_hash(const char *payload, size_t len)
{
	return (int64) hash_more(1, payload, len);
}
