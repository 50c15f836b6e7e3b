/*
 * ledger_columns.c
 *		The tables of the ledger: names and types of their columns.
 */
#include "quotakit.h"
#include "engine/ledger_columns.h"

#include "catalog/pg_type.h"

static const QKColumn reservation_columns[] = {
	[R_ACCOUNT] = { "account_id", INT4OID },
	[R_AT] = { "at", TIMESTAMPTZOID },
	[R_ID] = { "reservation_id", UUIDOID },
	[R_SEQ] = { "seq", INT4OID },
	[R_IS_OPEN] = { "is_open", BOOLOID },
	[R_IS_LEASE] = { "is_lease", BOOLOID },
	[R_NODE] = { "node_id", INT4OID },
	[R_MODEL] = { "model", TEXTOID },
	[R_USD] = { "usd", INT8OID },
	[R_CREDITS] = { "credits", INT8OID },
	[R_REQUESTS] = { "requests", INT8OID },
	[R_TOKENS] = { "tokens", INT8OID },
	[R_EXPIRES] = { "expires_at", TIMESTAMPTZOID },
	[R_RECORDED] = { "recorded_at", TIMESTAMPTZOID },
	[R_HASH] = { "content_hash", INT8OID },
	[R_KEY] = { "key_id", INT4OID },
};
const QKLayout qk_reservation_layout = QK_LAYOUT("reservation", 4, reservation_columns);

static const QKColumn event_columns[] = {
	[E_ACCOUNT] = { "account_id", INT4OID },
	[E_AT] = { "at", TIMESTAMPTZOID },
	[E_ID] = { "event_id", UUIDOID },
	[E_NODE] = { "node_id", INT4OID },
	[E_FLAGS] = { "flags", INT4OID },
	[E_MODEL] = { "model", TEXTOID },
	[E_TIER] = { "tier", TEXTOID },
	[E_INPUT] = { "input_tokens", INT8OID },
	[E_CACHED_INPUT] = { "cached_input_tokens", INT8OID },
	[E_CACHE_WRITE] = { "cache_write_tokens", INT8OID },
	[E_OUTPUT] = { "output_tokens", INT8OID },
	[E_REASONING] = { "reasoning_tokens", INT8OID },
	[E_REQUESTS] = { "requests", INT8OID },
	[E_USD] = { "usd", INT8OID },
	[E_CREDITS] = { "credits", INT8OID },
	[E_PRICE_VERSION] = { "price_version", INT8OID },
	[E_RECORDED] = { "recorded_at", TIMESTAMPTZOID },
	[E_HASH] = { "content_hash", INT8OID },
	[E_REF] = { "ref_id", UUIDOID },
	[E_KEY] = { "key_id", INT4OID },
	[E_METERS] = { "meters", JSONBOID },
	[E_TAGS] = { "tags", JSONBOID },
};
const QKLayout qk_event_layout = QK_LAYOUT("event", 3, event_columns);

static const QKColumn delta_columns[] = {
	[D_ACCOUNT] = { "account_id", INT4OID },
	[D_ID] = { "delta_id", INT8OID },
	[D_NODE] = { "node_id", INT4OID },
	[D_MODEL] = { "model", TEXTOID },
	[D_HOUR] = { "hour", TIMESTAMPTZOID },
	[D_EVENTS] = { "events", INT8OID },
	[D_FAILED] = { "failed", INT8OID },
	[D_UNPRICED] = { "unpriced", INT8OID },
	[D_REQUESTS] = { "requests", INT8OID },
	[D_INPUT] = { "input_tokens", INT8OID },
	[D_CACHED_INPUT] = { "cached_input_tokens", INT8OID },
	[D_CACHE_WRITE] = { "cache_write_tokens", INT8OID },
	[D_OUTPUT] = { "output_tokens", INT8OID },
	[D_REASONING] = { "reasoning_tokens", INT8OID },
	[D_USD] = { "usd", INT8OID },
	[D_CREDITS] = { "credits", INT8OID },
};
const QKLayout qk_delta_layout = QK_LAYOUT("rollup_delta", 2, delta_columns);
