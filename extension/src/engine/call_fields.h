/*
 * call_fields.h
 *		The fields of a call, one by one, for the parser.
 */
#ifndef QUOTAKIT_CALL_FIELDS_H
#define QUOTAKIT_CALL_FIELDS_H

#include "quotakit.h"

#include "common/jsonapi.h"
#include "engine/call.h"
#include "mb/pg_wchar.h"

typedef enum QKField
{
	F_OP,
	F_ID,
	F_RESERVATION,
	F_PATH,
	F_SERVICE,
	F_MODEL,
	F_TIER,
	F_USD,
	F_CREDITS,
	F_TTL,
	F_LEASE,
	F_LAST,
	F_OK,
	F_CHARGED,
	F_ESTIMATED,
	F_POLICY,
	F_COUNT,
	F_USAGE,
	F_PROVIDER_USAGE,
	F_TAGS,
	F_UNKNOWN
} QKField;

/* A set of fields. */
#define BIT(f) (1u << (f))

/* It points into the parser's buffer: copy to keep. */
typedef struct QKValue
{
	const char *text;
	size_t len;
	JsonTokenType type;
} QKValue;

/* As much of a client's text as goes into a message, cut where a character begins. For %.*s. */
#define QK_CLIP(s) pg_mbcliplen(s, (int) strlen(s), 100), (s)

#define qk_malformed(call, ...) \
	qk_call_problem(call, "malformed", ERRCODE_QK_MALFORMED, NULL, NULL, __VA_ARGS__)
#define qk_out_of_range(call, detail, ...) \
	qk_call_problem(call, "out_of_range", ERRCODE_QK_OUT_OF_RANGE, detail, NULL, __VA_ARGS__)

extern QKField qk_field_of(const char *name);

/* These note a problem in the call where there is one. */
extern void qk_read_op(QKCall *call, const QKValue *v);
extern void qk_read_field(QKCall *call, QKField field, const char *name, const QKValue *v);
extern void qk_read_meter(QKCall *call, const char *name, const QKValue *v);
extern void qk_read_tag(QKCall *call, const char *name, const QKValue *v);
/* Keeps what of the provider's usage was not understood: as a tag, on top of the caller's own. */
extern void qk_keep_not_understood(QKCall *call, const char *text);
extern void qk_check_fields(QKCall *call, uint32 seen);

#endif
