/*
 * call_json.c
 *		Reads a call from JSON.
 *
 * The bytes come from a client. Nothing here raises on them: a call that cannot
 * be read carries its problem, and its neighbours in the batch go on. So what
 * PostgreSQL's parser would raise about (nesting, encoding) is checked first.
 */
#include "quotakit.h"
#include "call.h"
#include "money.h"
#include "uuid7.h"

#include "common/hashfn.h"
#include "common/jsonapi.h"
#include "mb/pg_wchar.h"
#include "utils/memutils.h"

/* {"usage": {...}} is the deepest there is. */
#define MAX_DEPTH 2

const char *const qk_token_names[QK_TOKEN_CLASSES] = {
	"input_tokens", "cached_input_tokens", "cache_write_tokens", "output_tokens", "reasoning_tokens"
};

static const struct
{
	const char *name;
	QKOp		op;
}			ops[] = {
	{"reserve", QK_RESERVE},
	{"settle", QK_SETTLE},
	{"log", QK_LOG},
	{"draw", QK_DRAW},
	{"release", QK_RELEASE},
	{"extend", QK_EXTEND},
	{"refused", QK_REFUSED},
};

/* Where the parser stands. */
typedef struct Reader
{
	QKCall	   *call;
	int			depth;
	char	   *field;			/* at depth 1 */
	int			field_id;		/* the same, as a Field */
	char	   *subfield;		/* at depth 2, inside `field` */
	uint32		seen;			/* fields of depth 1, by their place in `fields` */
} Reader;

typedef struct Value
{
	const char *text;
	size_t		len;
	JsonTokenType type;
} Value;

/* As much of a client's text as goes into a message, cut where a character begins. For %.*s. */
#define CLIP(s) pg_mbcliplen(s, (int) strlen(s), 100), (s)

#define malformed(call, ...) \
	qk_call_problem(call, "malformed", ERRCODE_QK_MALFORMED, NULL, NULL, __VA_ARGS__)
#define out_of_range(call, detail, ...) \
	qk_call_problem(call, "out_of_range", ERRCODE_QK_OUT_OF_RANGE, detail, NULL, __VA_ARGS__)

static bool
has_control_char(const char *s)
{
	for (; *s; s++)
		if ((unsigned char) *s < 0x20 || *s == 0x7f)
			return true;
	return false;
}

static char *
read_string(QKCall *call, const char *name, const Value *v, size_t max)
{
	if (v->type != JSON_TOKEN_STRING)
		malformed(call, "\"%s\" must be a string", name);
	else if (v->len > max)
		qk_call_problem(call, "malformed", ERRCODE_QK_MALFORMED,
						psprintf("It is %zu bytes long; at most %zu are allowed.", v->len, max), NULL,
						"\"%s\" is too long", name);
	else if (has_control_char(v->text))
		malformed(call, "\"%s\" contains a control character", name);
	else
		return qk_call_keep(call, v->text);
	return NULL;
}

static bool
read_bool(QKCall *call, const char *name, const Value *v)
{
	if (v->type != JSON_TOKEN_TRUE && v->type != JSON_TOKEN_FALSE)
		malformed(call, "\"%s\" must be true or false", name);
	return v->type == JSON_TOKEN_TRUE;
}

/* A number, or a decimal in a string, in units of 10^-scale. */
static int64
read_number(QKCall *call, const char *name, const Value *v, int scale, int64 max)
{
	int128		value = 0;

	if (v->type != JSON_TOKEN_NUMBER && v->type != JSON_TOKEN_STRING)
	{
		malformed(call, "\"%s\" must be a number", name);
		return 0;
	}
	switch (qk_decimal_parse(v->text, v->len, scale, max, &value))
	{
		case QK_DECIMAL_OK:
			return (int64) value;
		case QK_DECIMAL_BAD:
			malformed(call, "\"%s\" must be a number", name);
			break;
		case QK_DECIMAL_NEGATIVE:
			out_of_range(call, NULL, "\"%s\" must not be negative", name);
			break;
		case QK_DECIMAL_TOO_FINE:
			if (scale == 0)
				out_of_range(call, NULL, "\"%s\" must be a whole number", name);
			else
				out_of_range(call, psprintf("At most %d are kept.", scale),
							 "\"%s\" has too many decimals", name);
			break;
		case QK_DECIMAL_TOO_LARGE:
			{
				StringInfoData largest;

				initStringInfo(&largest);
				qk_append_decimal(&largest, max, scale);
				out_of_range(call, psprintf("At most %s is allowed.", largest.data),
							 "\"%s\" is too large", name);
			}
			break;
	}
	return 0;
}

static void
read_id(QKCall *call, const char *name, const Value *v, pg_uuid_t *id, TimestampTz *at, bool *has)
{
	if (v->type != JSON_TOKEN_STRING || !qk_uuid_parse(v->text, v->len, id))
		malformed(call, "\"%s\" must be a UUID", name);
	else if (!qk_uuid7_time(id, at))
		qk_call_problem(call, "malformed", ERRCODE_QK_MALFORMED, NULL,
						"The time of a call is the time in its id.",
						"\"%s\" is not a UUID version 7", name);
	else
		*has = true;
}

static void
read_op(QKCall *call, const Value *v)
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
read_path(QKCall *call, const Value *v)
{
	QPathError	error;

	if (v->type != JSON_TOKEN_STRING)
	{
		malformed(call, "\"path\" must be a string");
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
		malformed(call, "\"%s\" is given twice", name);
		return true;
	}
	call->meters_given |= 1u << meter;
	return false;
}

/* The meters of one call, those with a name kept in ascending order. */
static void
read_meter(QKCall *call, const char *name, const Value *v)
{
	int			i;

	for (i = 0; i < QK_TOKEN_CLASSES; i++)
	{
		if (strcmp(name, qk_token_names[i]) == 0)
		{
			if (given_twice(call, i, name))
				return;
			call->tokens[i] = read_number(call, name, v, 0, QK_MAX_AMOUNT / 10);
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
	if (strlen(name) > 63 || name[0] < 'a' || name[0] > 'z' ||
		strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") != strlen(name))
	{
		qk_call_problem(call, "malformed", ERRCODE_QK_MALFORMED,
						"A name is a small letter, followed by at most 62 small letters, digits and underscores.",
						NULL, "\"%.*s\" is not the name of a meter", CLIP(name));
		return;
	}
	for (i = call->nmeters; i > 0 && strcmp(call->meters[i - 1].name, name) > 0; i--)
		;
	if (i > 0 && strcmp(call->meters[i - 1].name, name) == 0)
	{
		malformed(call, "\"%s\" is given twice", name);
		return;
	}
	if (call->nmeters == QK_MAX_METERS)
	{
		malformed(call, "more than %d named meters", QK_MAX_METERS);
		return;
	}
	if (call->meters == NULL)
		call->meters = MemoryContextAlloc(call->context, QK_MAX_METERS * sizeof(QKMeter));
	memmove(&call->meters[i + 1], &call->meters[i], (call->nmeters++ - i) * sizeof(QKMeter));
	call->meters[i].name = qk_call_keep(call, name);
	call->meters[i].micro = read_number(call, name, v, QK_METER_SCALE,
										QK_MAX_AMOUNT * 1000);
}

static void
read_tag(QKCall *call, const char *name, const Value *v)
{
	int			i;
	char	   *value;

	if (strlen(name) < 1 || strlen(name) > 63 || has_control_char(name))
	{
		malformed(call, "the name of a tag must be 1 to 63 bytes without control characters");
		return;
	}
	value = read_string(call, name, v, 256);
	if (value == NULL)
		return;
	for (i = call->ntags; i > 0 && strcmp(call->tags[i - 1].name, name) > 0; i--)
		;
	if (i > 0 && strcmp(call->tags[i - 1].name, name) == 0)
	{
		malformed(call, "tag \"%s\" is given twice", name);
		return;
	}
	if (call->ntags == QK_MAX_TAGS)
	{
		malformed(call, "more than %d tags", QK_MAX_TAGS);
		return;
	}
	if (call->tags == NULL)
		call->tags = MemoryContextAlloc(call->context, QK_MAX_TAGS * sizeof(QKTag));
	memmove(&call->tags[i + 1], &call->tags[i], (call->ntags++ - i) * sizeof(QKTag));
	call->tags[i].name = qk_call_keep(call, name);
	call->tags[i].value = value;
}

/* One field of the call. `text` and the like point into the parser's buffer: copy to keep. */
typedef enum Field
{
	F_OP, F_ID, F_RESERVATION, F_PATH, F_SERVICE, F_MODEL, F_TIER, F_USD, F_CREDITS, F_TTL, F_LEASE,
	F_LAST, F_OK, F_CHARGED, F_ESTIMATED, F_POLICY, F_COUNT, F_USAGE, F_TAGS, F_UNKNOWN
} Field;

static const char *const fields[F_UNKNOWN] = {
	"op", "id", "reservation", "path", "service", "model", "tier", "usd", "credits", "ttl", "lease",
	"last", "ok", "charged", "estimated", "policy", "count", "usage", "tags"
};

/* Which fields each kind of call may have, by QKOp. */
#define BIT(f) (1u << (f))
#define SPEND_FIELDS (BIT(F_OP) | BIT(F_ID) | BIT(F_PATH) | BIT(F_SERVICE) | BIT(F_MODEL) | BIT(F_TIER) | \
					  BIT(F_USD) | BIT(F_CREDITS) | BIT(F_USAGE) | BIT(F_TAGS) | BIT(F_OK) | \
					  BIT(F_CHARGED) | BIT(F_ESTIMATED))
static const uint32 allowed[] = {
	[QK_RESERVE] = BIT(F_OP) | BIT(F_ID) | BIT(F_PATH) | BIT(F_SERVICE) | BIT(F_MODEL) | BIT(F_TIER) |
	BIT(F_USD) | BIT(F_CREDITS) | BIT(F_USAGE) | BIT(F_TTL) | BIT(F_LEASE),
	[QK_SETTLE] = SPEND_FIELDS,
	[QK_LOG] = SPEND_FIELDS,
	[QK_DRAW] = SPEND_FIELDS | BIT(F_RESERVATION) | BIT(F_LAST),
	[QK_RELEASE] = BIT(F_OP) | BIT(F_ID),
	[QK_EXTEND] = BIT(F_OP) | BIT(F_ID) | BIT(F_TTL),
	[QK_REFUSED] = BIT(F_OP) | BIT(F_PATH) | BIT(F_SERVICE) | BIT(F_MODEL) | BIT(F_POLICY) | BIT(F_COUNT),
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

static Field
field_of(const char *name)
{
	int			f;

	for (f = 0; f < F_UNKNOWN; f++)
		if (strcmp(name, fields[f]) == 0)
			break;
	return (Field) f;
}

static void
read_field(QKCall *call, Field field, const char *name, const Value *v)
{
	switch (field)
	{
		case F_OP:
			read_op(call, v);
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
		case F_CREDITS:
			{
				int			i = field == F_USD ? QK_USD : QK_CREDITS;

				call->amount[i] = read_number(call, name, v, 9, QK_MAX_AMOUNT);
				call->has_amount[i] = true;
			}
			break;
		case F_TTL:
			call->ttl = (int) read_number(call, name, v, 0, QK_MAX_TTL);
			if (call->ttl < 1)
				out_of_range(call, NULL, "\"ttl\" must be at least 1 second");
			break;
		case F_LEASE:
			call->lease = read_bool(call, name, v);
			break;
		case F_LAST:
			call->last = read_bool(call, name, v);
			break;
		case F_OK:
			call->ok = read_bool(call, name, v);
			break;
		case F_CHARGED:
			call->charged = read_bool(call, name, v);
			break;
		case F_ESTIMATED:
			call->estimated = read_bool(call, name, v);
			break;
		case F_POLICY:
			call->policy_id = (int32) read_number(call, name, v, 0, PG_INT32_MAX);
			break;
		case F_COUNT:
			call->refusals = read_number(call, name, v, 0, INT64CONST(1000000000));
			if (call->refusals < 1)
				out_of_range(call, NULL, "\"count\" must be at least 1");
			break;
		case F_USAGE:
		case F_TAGS:
			malformed(call, "\"%s\" must be an object", name);
			break;
		case F_UNKNOWN:
			/* object_field_start() has said so */
			break;
	}
}

/* The parser's actions return nothing before PostgreSQL 16. */
#if PG_VERSION_NUM >= 160000
typedef JsonParseErrorType ActionResult;
#define ACTION_DONE return JSON_SUCCESS
#else
typedef void ActionResult;
#define ACTION_DONE return
#endif

static ActionResult
object_start(void *state)
{
	Reader	   *r = state;

	if (++r->depth == 2)
	{
		if (r->field_id == F_USAGE)
			r->call->has_usage = true;
		else if (r->field_id != F_TAGS && r->field_id != F_UNKNOWN)
			malformed(r->call, "\"%s\" must not be an object", r->field);
	}
	ACTION_DONE;
}

static ActionResult
object_end(void *state)
{
	((Reader *) state)->depth--;
	ACTION_DONE;
}

static ActionResult
array_start(void *state)
{
	Reader	   *r = state;

	if (r->depth == 0)
		malformed(r->call, "a call must be a JSON object");
	else
		malformed(r->call, "\"%.*s\" must not be an array",
				  CLIP(r->depth == 1 ? r->field : r->subfield));
	ACTION_DONE;
}

static ActionResult
object_field_start(void *state, char *name, bool isnull)
{
	Reader	   *r = state;

	if (r->depth == 1)
	{
		Field		f = field_of(name);

		r->field = name;
		r->field_id = f;
		if (f == F_UNKNOWN)
			qk_call_problem(r->call, "malformed", ERRCODE_QK_MALFORMED, NULL,
							"See doc/calls.md for the fields of a call.",
							"unknown field \"%.*s\"", CLIP(name));
		else if (r->seen & BIT(f))
			malformed(r->call, "\"%s\" is given twice", name);
		else if (!isnull)
			r->seen |= BIT(f);
	}
	else
		r->subfield = name;
	ACTION_DONE;
}

static ActionResult
scalar(void *state, char *token, JsonTokenType type)
{
	Reader	   *r = state;
	Value		v = {token, token ? strlen(token) : 0, type};

	if (r->depth == 0)
		malformed(r->call, "a call must be a JSON object");
	else if (type == JSON_TOKEN_NULL)
		;						/* the same as nothing */
	else if (r->depth == 1 && r->field_id == F_OP && !r->call->has_op)
		read_op(r->call, &v);	/* also after a problem: it says whether the call is kept */
	else if (r->call->problem.code != NULL)
		;
	else if (r->depth == 1)
		read_field(r->call, r->field_id, r->field, &v);
	else if (r->field_id == F_USAGE)
		read_meter(r->call, r->subfield, &v);
	else if (r->field_id == F_TAGS)
		read_tag(r->call, r->subfield, &v);
	ACTION_DONE;
}

static bool
too_deep(const char *json, size_t len)
{
	int			depth = 0;
	bool		in_string = false;

	for (size_t i = 0; i < len; i++)
	{
		char		c = json[i];

		if (in_string)
		{
			if (c == '\\')
				i++;
			else if (c == '"')
				in_string = false;
		}
		else if (c == '"')
			in_string = true;
		else if (c == '{' || c == '[')
		{
			if (++depth > MAX_DEPTH)
				return true;
		}
		else if (c == '}' || c == ']')
			depth--;
	}
	return false;
}

static void
check_fields(QKCall *call, uint32 seen)
{
	uint32		extra;
	uint32		missing;

	if (call->problem.code != NULL)
		return;
	if (!call->has_op)
	{
		malformed(call, "\"op\" is missing");
		return;
	}
	extra = seen & ~allowed[call->op];
	missing = required[call->op] & ~seen;
	for (int f = 0; f < F_UNKNOWN; f++)
	{
		if (extra & BIT(f))
			malformed(call, "\"%s\" is not a field of \"%s\"", fields[f], ops[call->op].name);
		if (missing & BIT(f))
			malformed(call, "\"%s\" is missing", fields[f]);
	}
}

void
qk_call_parse(QKCall *call, const char *payload, size_t len)
{
	Reader		reader = {.call = call};
	JsonSemAction actions = {
		.semstate = &reader,
		.object_start = object_start,
		.object_end = object_end,
		.array_start = array_start,
		.object_field_start = object_field_start,
		.scalar = scalar,
	};
	JsonLexContext *lex;
	static MemoryContext scratch = NULL;

	memset(call, 0, sizeof(*call));
	call->context = CurrentMemoryContext;
	call->payload = payload;
	call->payload_len = len;
	call->requests = 1;
	call->ttl = QK_DEFAULT_TTL;
	call->ok = true;
	call->charged = true;
	call->model = "";
	call->tier = "standard";

	if (len > QK_MAX_CALL_BYTES)
	{
		qk_call_problem(call, "malformed", ERRCODE_QK_MALFORMED,
						psprintf("It is %zu bytes long; at most %d are allowed.", len, QK_MAX_CALL_BYTES),
						NULL, "call is too long");
		return;
	}
	/* Stops at NUL too. */
	if ((size_t) pg_encoding_verifymbstr(PG_UTF8, payload, (int) len) != len)
	{
		malformed(call, "call is not valid UTF-8");
		return;
	}
	if (too_deep(payload, len))
	{
		malformed(call, "call is nested too deeply");
		return;
	}

	/* What the parser needs for one call is not needed for the next. */
	if (scratch == NULL)
		scratch = AllocSetContextCreate(TopMemoryContext, "quotakit JSON", ALLOCSET_DEFAULT_SIZES);
	MemoryContextSwitchTo(scratch);
#if PG_VERSION_NUM >= 170000
	lex = makeJsonLexContextCstringLen(NULL, payload, len, PG_UTF8, true);
#else
	lex = makeJsonLexContextCstringLen(unconstify(char *, payload), (int) len, PG_UTF8, true);
#endif
	if (pg_parse_json(lex, &actions) != JSON_SUCCESS)
		qk_call_problem(call, "malformed", ERRCODE_QK_MALFORMED, NULL, NULL, "call is not valid JSON");
	else
		check_fields(call, reader.seen);
	MemoryContextSwitchTo(call->context);
	MemoryContextReset(scratch);
	/* read_string() leaves NULL where there is a problem. */
	if (call->model == NULL)
		call->model = "";
	if (call->tier == NULL)
		call->tier = "standard";
}
