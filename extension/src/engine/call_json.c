/*
 * call_json.c
 *		Reads a call from JSON.
 *
 * The bytes come from a client. Nothing here raises on them: a call that cannot
 * be read carries its problem, and its neighbours in the batch go on. So what
 * PostgreSQL's parser would raise about (nesting, encoding) is checked first.
 */
#include "quotakit.h"
#include "engine/call_fields.h"
#include "pg/compat.h"

#include "utils/memutils.h"

/* {"usage": {...}} is the deepest there is, but for what a provider sent. */
#define MAX_DEPTH          2
#define MAX_PROVIDER_DEPTH 64

/* A longer number is no quantity, and might be more than a numeric holds. */
#define MAX_NUMBER_BYTES 2000
#define MAX_EXPONENT     1000

/* Where the parser stands. */
typedef struct Reader
{
	QKCall *call;
	JsonLexContext *lex;
	int depth;
	char *field;      /* at depth 1 */
	QKField field_id; /* the same */
	char *subfield;   /* at depth 2, inside `field` */
	uint32 seen;      /* fields of depth 1, by their place in `fields` */
} Reader;

/* Whether it stands within what a provider sent: that is read later, by its own rules. */
static bool
in_provider_usage(const Reader *r)
{
	return r->depth > 1 && r->field_id == F_PROVIDER_USAGE;
}

/* An object or an array begins at depth 2: the provider's. */
static void
begin_provider_usage(Reader *r)
{
	r->call->has_usage = true;
	r->call->provider_usage = r->lex->token_start;
}

static void
end_provider_usage(Reader *r)
{
	r->call->provider_usage_len = r->lex->prev_token_terminator - r->call->provider_usage;
}

QK_JSON_ACTION
object_start(void *state)
{
	Reader *r = state;

	if (++r->depth == 2)
	{
		if (r->field_id == F_PROVIDER_USAGE)
			begin_provider_usage(r);
		else if (r->field_id == F_USAGE)
			r->call->has_usage = true;
		else if (r->field_id != F_TAGS && r->field_id != F_UNKNOWN)
			qk_malformed(r->call, "\"%s\" must not be an object", r->field);
	}
	else if (r->depth > MAX_DEPTH && !in_provider_usage(r))
		qk_malformed(r->call, "call is nested too deeply");
	QK_JSON_GO_ON;
}

QK_JSON_ACTION
object_end(void *state)
{
	Reader *r = state;

	if (r->depth-- == 2 && r->field_id == F_PROVIDER_USAGE)
		end_provider_usage(r);
	QK_JSON_GO_ON;
}

QK_JSON_ACTION
array_start(void *state)
{
	Reader *r = state;

	if (r->depth == 0)
		qk_malformed(r->call, "a call must be a JSON object");
	else if (r->field_id == F_PROVIDER_USAGE)
	{
		if (++r->depth == 2)
			begin_provider_usage(r);
	}
	else
		qk_malformed(r->call, "\"%.*s\" must not be an array",
					 QK_CLIP(r->depth == 1 ? r->field : r->subfield));
	QK_JSON_GO_ON;
}

QK_JSON_ACTION
array_end(void *state)
{
	Reader *r = state;

	if (r->depth > 1 && r->field_id == F_PROVIDER_USAGE && r->depth-- == 2)
		end_provider_usage(r);
	QK_JSON_GO_ON;
}

QK_JSON_ACTION
object_field_start(void *state, char *name, bool isnull)
{
	Reader *r = state;

	if (r->depth == 1)
	{
		QKField f = qk_field_of(name);

		r->field = name;
		r->field_id = f;
		if (f == F_UNKNOWN)
			qk_call_problem(r->call, "malformed", ERRCODE_QK_MALFORMED, NULL,
							"See doc/calls.md for the fields of a call.", "unknown field \"%.*s\"",
							QK_CLIP(name));
		else if (r->seen & BIT(f))
			qk_malformed(r->call, "\"%s\" is given twice", name);
		else if (!isnull)
			r->seen |= BIT(f);
	}
	else
		r->subfield = name;
	QK_JSON_GO_ON;
}

/* Whether PostgreSQL's jsonb takes a number. */
static bool
is_sane_number(const QKValue *v)
{
	const char *e = strpbrk(v->text, "eE");
	long exponent = e == NULL ? 0 : strtol(e + 1, NULL, 10);

	return v->len <= MAX_NUMBER_BYTES && exponent >= -MAX_EXPONENT && exponent <= MAX_EXPONENT;
}

QK_JSON_ACTION
scalar(void *state, char *token, JsonTokenType type)
{
	Reader *r = state;
	QKValue v = { token, token ? strlen(token) : 0, type };

	if (r->depth == 0)
		qk_malformed(r->call, "a call must be a JSON object");
	else if (in_provider_usage(r))
	{
		if (type == JSON_TOKEN_NUMBER && !is_sane_number(&v))
			qk_out_of_range(r->call, NULL, "a number in \"provider_usage\" is out of range");
	}
	else if (type == JSON_TOKEN_NULL)
		; /* the same as nothing */
	else if (r->depth == 1 && r->field_id == F_OP && !r->call->has_op)
		qk_read_op(r->call, &v); /* also after a problem: it says whether the call is kept */
	else if (r->call->problem.code != NULL)
		;
	else if (r->depth == 1)
		qk_read_field(r->call, r->field_id, r->field, &v);
	else if (r->field_id == F_USAGE)
		qk_read_meter(r->call, r->subfield, &v);
	else if (r->field_id == F_TAGS)
		qk_read_tag(r->call, r->subfield, &v);
	QK_JSON_GO_ON;
}

static bool
too_deep(const char *json, size_t len)
{
	int depth = 0;
	bool in_string = false;

	for (size_t i = 0; i < len; i++)
	{
		char c = json[i];

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
			if (++depth > MAX_PROVIDER_DEPTH)
				return true;
		}
		else if (c == '}' || c == ']')
			depth--;
	}
	return false;
}

/* Whether PostgreSQL's parser will not raise on it. */
static bool
can_be_parsed(QKCall *call, const char *payload, size_t len)
{
	if (len > QK_MAX_CALL_BYTES)
	{
		qk_call_problem(
			call, "malformed", ERRCODE_QK_MALFORMED,
			psprintf("It is %zu bytes long; at most %d are allowed.", len, QK_MAX_CALL_BYTES), NULL,
			"call is too long");
		return false;
	}
	/* Stops at NUL too. */
	if ((size_t) pg_encoding_verifymbstr(PG_UTF8, payload, (int) len) != len)
	{
		qk_malformed(call, "call is not valid UTF-8");
		return false;
	}
	if (too_deep(payload, len))
	{
		qk_malformed(call, "call is nested too deeply");
		return false;
	}
	return true;
}

void
qk_call_parse(QKCall *call, const char *payload, size_t len)
{
	Reader reader = { .call = call };
	JsonSemAction actions = {
		.semstate = &reader,
		.object_start = object_start,
		.object_end = object_end,
		.array_start = array_start,
		.array_end = array_end,
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

	if (!can_be_parsed(call, payload, len))
		return;
	/* What the parser needs for one call is not needed for the next. */
	if (scratch == NULL)
		scratch = AllocSetContextCreate(TopMemoryContext, "quotakit JSON", ALLOCSET_DEFAULT_SIZES);
	MemoryContextSwitchTo(scratch);
	lex = reader.lex = qk_json_lexer(payload, len);
	if (pg_parse_json(lex, &actions) != JSON_SUCCESS)
		qk_call_problem(call, "malformed", ERRCODE_QK_MALFORMED, NULL, NULL,
						"call is not valid JSON");
	else
		qk_check_fields(call, reader.seen);
	MemoryContextSwitchTo(call->context);
	MemoryContextReset(scratch);
	/* read_string() leaves NULL where there is a problem. */
	if (call->model == NULL)
		call->model = "";
	if (call->tier == NULL)
		call->tier = "standard";
}
