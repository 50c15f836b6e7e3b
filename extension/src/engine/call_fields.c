/*
 * call_fields.c
 *		The fields of a call: what each may hold, and which calls have it.
 *
 * Nothing here raises on what a client sent: what is wrong is the call's problem.
 */
#include "quotakit.h"
#include "engine/call_fields.h"
#include "values/money.h"
#include "values/uuid7.h"

static const struct
{
	const char *name;
	QKOp op;
} ops[] = {
	{ "reserve", QK_RESERVE }, { "settle", QK_SETTLE },   { "log", QK_LOG },
	{ "draw", QK_DRAW },       { "release", QK_RELEASE }, { "extend", QK_EXTEND },
	{ "refused", QK_REFUSED },
};

static const char *const fields[F_UNKNOWN] = { "op",      "id",      "reservation",    "path",
											   "service", "model",   "tier",           "usd",
											   "credits", "ttl",     "lease",          "last",
											   "ok",      "charged", "estimated",      "policy",
											   "count",   "usage",   "provider_usage", "tags" };

/* Which fields each kind of call may have, by QKOp. */
#define SPEND_FIELDS \
	(BIT(F_OP) | BIT(F_ID) | BIT(F_PATH) | BIT(F_SERVICE) | BIT(F_MODEL) | BIT(F_TIER) | \
	 BIT(F_USD) | BIT(F_CREDITS) | BIT(F_USAGE) | BIT(F_PROVIDER_USAGE) | BIT(F_TAGS) | \
	 BIT(F_OK) | BIT(F_CHARGED) | BIT(F_ESTIMATED))
static const uint32 allowed[] = {
	[QK_RESERVE] = BIT(F_OP) | BIT(F_ID) | BIT(F_PATH) | BIT(F_SERVICE) | BIT(F_MODEL) |
				   BIT(F_TIER) | BIT(F_USD) | BIT(F_CREDITS) | BIT(F_USAGE) | BIT(F_TTL) |
				   BIT(F_LEASE),
	[QK_SETTLE] = SPEND_FIELDS,
	[QK_LOG] = SPEND_FIELDS,
	[QK_DRAW] = SPEND_FIELDS | BIT(F_RESERVATION) | BIT(F_LAST),
	[QK_RELEASE] = BIT(F_OP) | BIT(F_ID),
	[QK_EXTEND] = BIT(F_OP) | BIT(F_ID) | BIT(F_TTL),
	[QK_REFUSED] =
		BIT(F_OP) | BIT(F_PATH) | BIT(F_SERVICE) | BIT(F_MODEL) | BIT(F_POLICY) | BIT(F_COUNT),
};

/* Which it must have. */
static const uint32 required[] = {
	[QK_RESERVE] = BIT(F_ID) | BIT(F_PATH),
	[QK_SETTLE] = BIT(F_ID),
	[QK_LOG] = BIT(F_ID) | BIT(F_PATH),
	[QK_DRAW] = BIT(F_ID) | BIT(F_RESERVATION),
	[QK_RELEASE] = BIT(F_ID),
	[QK_EXTEND] = BIT(F_ID),
	[QK_REFUSED] = BIT(F_PATH) | BIT(F_POLICY) | BIT(F_COUNT),
};

static bool
has_control_char(const char *s)
{
	for (; *s; s++)
		if ((unsigned char) *s < 0x20 || *s == 0x7f)
			return true;
	return false;
}

static char *
read_string(QKCall *call, const char *name, const QKValue *v, size_t max)
{
	if (v->type != JSON_TOKEN_STRING)
		qk_malformed(call, "\"%s\" must be a string", name);
	else if (v->len > max)
		qk_call_problem(call, "malformed", ERRCODE_QK_MALFORMED,
						psprintf("It is %zu bytes long; at most %zu are allowed.", v->len, max),
						NULL, "\"%s\" is too long", name);
	else if (has_control_char(v->text))
		qk_malformed(call, "\"%s\" contains a control character", name);
	else
		return qk_call_keep(call, v->text);
	return NULL;
}

static bool
read_bool(QKCall *call, const char *name, const QKValue *v)
{
	if (v->type != JSON_TOKEN_TRUE && v->type != JSON_TOKEN_FALSE)
		qk_malformed(call, "\"%s\" must be true or false", name);
	return v->type == JSON_TOKEN_TRUE;
}

/* A number, or a decimal in a string, in units of 10^-scale. */
static int64
read_number(QKCall *call, const char *name, const QKValue *v, int scale, int64 max)
{
	int128 value = 0;

	if (v->type != JSON_TOKEN_NUMBER && v->type != JSON_TOKEN_STRING)
	{
		qk_malformed(call, "\"%s\" must be a number", name);
		return 0;
	}
	switch (qk_decimal_parse(v->text, v->len, scale, max, &value))
	{
		case QK_DECIMAL_OK:
			return (int64) value;
		case QK_DECIMAL_BAD:
			qk_malformed(call, "\"%s\" must be a number", name);
			break;
		case QK_DECIMAL_NEGATIVE:
			qk_out_of_range(call, NULL, "\"%s\" must not be negative", name);
			break;
		case QK_DECIMAL_TOO_FINE:
			if (scale == 0)
				qk_out_of_range(call, NULL, "\"%s\" must be a whole number", name);
			else
				qk_out_of_range(call, psprintf("At most %d are kept.", scale),
								"\"%s\" has too many decimals", name);
			break;
		case QK_DECIMAL_TOO_LARGE:
		{
			StringInfoData largest;

			initStringInfo(&largest);
			qk_append_decimal(&largest, max, scale);
			qk_out_of_range(call, psprintf("At most %s is allowed.", largest.data),
							"\"%s\" is too large", name);
		}
		break;
	}
	return 0;
}

static void
read_id(QKCall *call, const char *name, const QKValue *v, pg_uuid_t *id, TimestampTz *at, bool *has)
{
	if (v->type != JSON_TOKEN_STRING || !qk_uuid_parse(v->text, v->len, id))
		qk_malformed(call, "\"%s\" must be a UUID", name);
	else if (!qk_uuid7_time(id, at))
		qk_call_problem(call, "malformed", ERRCODE_QK_MALFORMED, NULL,
						"The time of a call is the time in its id.",
						"\"%s\" is not a UUID version 7", name);
	else
		*has = true;
}

void
qk_read_op(QKCall *call, const QKValue *v)
{
	for (size_t i = 0; v->type == JSON_TOKEN_STRING && i < lengthof(ops); i++)
	{
		if (strcmp(v->text, ops[i].name) == 0)
		{
			call->op = ops[i].op;
			call->has_op = true;
			return;
		}
	}
	qk_call_problem(call, "malformed", ERRCODE_QK_MALFORMED, NULL,
					"Use reserve, settle, log, draw, release, extend or refused.",
					"\"op\" is not known");
}

static void
read_path(QKCall *call, const QKValue *v)
{
	QPathError error;

	if (v->type != JSON_TOKEN_STRING)
	{
		qk_malformed(call, "\"path\" must be a string");
		return;
	}
	if (!qpath_check(v->text, v->len, &error))
	{
		qk_call_problem(call, "malformed", ERRCODE_QK_MALFORMED, error.detail, NULL,
						"\"path\" is not a path");
		return;
	}
	call->path_text = qk_call_keep(call, v->text);
	call->path = MemoryContextAlloc(call->context, v->len);
	call->path_len = (int) qpath_encode(v->text, v->len, call->path);
}

static bool
given_twice(QKCall *call, int meter, const char *name)
{
	if (call->meters_given & 1u << meter)
	{
		qk_malformed(call, "\"%s\" is given twice", name);
		return true;
	}
	call->meters_given |= 1u << meter;
	return false;
}

/* A meter of another name than the token classes; kept in ascending order. */
static void
read_named_meter(QKCall *call, const char *name, const QKValue *v)
{
	int i;
	QKMeter *meter;

	if (strlen(name) >= QK_METER_NAME || name[0] < 'a' || name[0] > 'z' ||
		strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") != strlen(name))
	{
		qk_call_problem(
			call, "malformed", ERRCODE_QK_MALFORMED,
			"A name is a small letter, followed by at most 62 small letters, digits and underscores.",
			NULL, "\"%.*s\" is not the name of a meter", QK_CLIP(name));
		return;
	}
	for (i = call->nmeters; i > 0 && strcmp(call->meters[i - 1].name, name) > 0; i--)
		;
	if (i > 0 && strcmp(call->meters[i - 1].name, name) == 0)
	{
		qk_malformed(call, "\"%s\" is given twice", name);
		return;
	}
	if (call->nmeters == QK_MAX_METERS)
	{
		qk_malformed(call, "more than %d named meters", QK_MAX_METERS);
		return;
	}
	if (call->meters == NULL)
		call->meters = MemoryContextAlloc(call->context, QK_MAX_METERS * sizeof(QKMeter));
	meter = &call->meters[i];
	memmove(meter + 1, meter, (call->nmeters++ - i) * sizeof(QKMeter));
	meter->name = qk_call_keep(call, name);
	meter->micro = read_number(call, name, v, QK_METER_SCALE, QK_MAX_AMOUNT * 1000);
	meter->token_class = qk_meter_class(name);
	if (meter->token_class != QK_NO_TOKENS)
		call->counted[meter->token_class] += qk_whole_tokens(meter->micro);
}

void
qk_read_meter(QKCall *call, const char *name, const QKValue *v)
{
	int i;

	for (i = 0; i < QK_TOKEN_CLASSES; i++)
	{
		if (strcmp(name, qk_token_names[i]) == 0)
		{
			if (given_twice(call, i, name))
				return;
			call->tokens[i] = read_number(call, name, v, 0, QK_MAX_AMOUNT / 10);
			call->counted[i] += call->tokens[i];
			return;
		}
	}
	if (strcmp(name, "requests") == 0)
	{
		if (given_twice(call, i, name))
			return;
		call->requests = read_number(call, name, v, 0, QK_MAX_AMOUNT);
		return;
	}
	read_named_meter(call, name, v);
}

/* Kept in ascending order by name. False if there is one of that name. There is room for one more than callers may give. */
static bool
add_tag(QKCall *call, const char *name, char *value)
{
	int i;

	for (i = call->ntags; i > 0 && strcmp(call->tags[i - 1].name, name) > 0; i--)
		;
	if (i > 0 && strcmp(call->tags[i - 1].name, name) == 0)
		return false;
	Assert(call->ntags <= QK_MAX_TAGS);
	if (call->tags == NULL)
		call->tags = MemoryContextAlloc(call->context, (QK_MAX_TAGS + 1) * sizeof(QKTag));
	memmove(&call->tags[i + 1], &call->tags[i], (call->ntags++ - i) * sizeof(QKTag));
	call->tags[i].name = qk_call_keep(call, name);
	call->tags[i].value = value;
	return true;
}

void
qk_read_tag(QKCall *call, const char *name, const QKValue *v)
{
	char *value;

	if (strlen(name) < 1 || strlen(name) > 63 || has_control_char(name))
	{
		qk_malformed(call, "the name of a tag must be 1 to 63 bytes without control characters");
		return;
	}
	value = read_string(call, name, v, QK_MAX_TAG_BYTES);
	if (value == NULL)
		return;
	if (call->ntags == QK_MAX_TAGS)
		qk_malformed(call, "more than %d tags", QK_MAX_TAGS);
	else if (!add_tag(call, name, value))
		qk_malformed(call, "tag \"%s\" is given twice", name);
}

void
qk_keep_not_understood(QKCall *call, const char *text)
{
	char *value = qk_call_keep(call, text);

	value[pg_mbcliplen(value, (int) strlen(value), QK_MAX_TAG_BYTES)] = '\0';
	(void) add_tag(call, "quotakit.not_understood", value);
}

QKField
qk_field_of(const char *name)
{
	int f;

	for (f = 0; f < F_UNKNOWN; f++)
		if (strcmp(name, fields[f]) == 0)
			break;
	return (QKField) f;
}

static void
read_ttl(QKCall *call, const char *name, const QKValue *v)
{
	call->ttl = (int) read_number(call, name, v, 0, QK_MAX_TTL);
	if (call->ttl < 1)
		qk_out_of_range(call, NULL, "\"%s\" must be at least 1 second", name);
}

static void
read_count(QKCall *call, const char *name, const QKValue *v)
{
	call->refusals = read_number(call, name, v, 0, INT64CONST(1000000000));
	if (call->refusals < 1)
		qk_out_of_range(call, NULL, "\"%s\" must be at least 1", name);
}

static void
read_amount(QKCall *call, QKUnit unit, const char *name, const QKValue *v)
{
	call->amount[unit] = read_number(call, name, v, 9, QK_MAX_AMOUNT);
	call->has_amount[unit] = true;
}

/* Where the call keeps a field that is true or false; NULL for any other. */
static bool *
flag_of(QKCall *call, QKField field)
{
	switch (field)
	{
		case F_LEASE:
			return &call->lease;
		case F_LAST:
			return &call->last;
		case F_OK:
			return &call->ok;
		case F_CHARGED:
			return &call->charged;
		case F_ESTIMATED:
			return &call->estimated;
		default:
			return NULL;
	}
}

void
qk_read_field(QKCall *call, QKField field, const char *name, const QKValue *v)
{
	bool *flag = flag_of(call, field);

	if (flag != NULL)
	{
		*flag = read_bool(call, name, v);
		return;
	}
	switch (field)
	{
		case F_OP:
			qk_read_op(call, v);
			break;
		case F_ID:
			read_id(call, name, v, &call->id, &call->at, &call->has_id);
			break;
		case F_RESERVATION:
			read_id(call, name, v, &call->reservation, &call->reservation_at,
					&call->has_reservation);
			break;
		case F_PATH:
			read_path(call, v);
			break;
		case F_SERVICE:
			call->service = read_string(call, name, v, 100);
			break;
		case F_MODEL:
			call->model = read_string(call, name, v, 200);
			call->has_model = true;
			break;
		case F_TIER:
			call->tier = read_string(call, name, v, 63);
			break;
		case F_USD:
			read_amount(call, QK_USD, name, v);
			break;
		case F_CREDITS:
			read_amount(call, QK_CREDITS, name, v);
			break;
		case F_TTL:
			read_ttl(call, name, v);
			break;
		case F_POLICY:
			call->policy_id = (int32) read_number(call, name, v, 0, PG_INT32_MAX);
			break;
		case F_COUNT:
			read_count(call, name, v);
			break;
		case F_USAGE:
		case F_PROVIDER_USAGE:
		case F_TAGS:
			qk_malformed(call, "\"%s\" must be an object", name);
			break;
		default: /* unknown: the parser has said so */
			break;
	}
}

void
qk_check_fields(QKCall *call, uint32 seen)
{
	uint32 extra;
	uint32 missing;

	if (call->problem.code != NULL)
		return;
	if (!call->has_op)
	{
		qk_malformed(call, "\"op\" is missing");
		return;
	}
	if ((seen & BIT(F_USAGE)) && (seen & BIT(F_PROVIDER_USAGE)))
		qk_call_problem(call, "malformed", ERRCODE_QK_MALFORMED, NULL,
						"Leave \"usage\" out: the meters are read from \"provider_usage\".",
						"\"usage\" and \"provider_usage\" are both given");
	extra = seen & ~allowed[call->op];
	missing = required[call->op] & ~seen;
	for (int f = 0; f < F_UNKNOWN; f++)
	{
		if (extra & BIT(f))
			qk_malformed(call, "\"%s\" is not a field of \"%s\"", fields[f], ops[call->op].name);
		if (missing & BIT(f))
			qk_malformed(call, "\"%s\" is missing", fields[f]);
	}
}
