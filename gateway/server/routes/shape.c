/*
 * shape.c
 *		Types in TypeScript's words, as JSON Schemas.
 *
 *	type:    part {"|" part}
 *	part:    postfix {"&" postfix}
 *	postfix: primary {"[]"}
 *	primary: "(" type ")", "[" type, … "]", "{" field[?]: type, … "}", "word", Name, Name<type, …>
 */
#include "routes/shape.h"

#include <stdbool.h>
#include <string.h>

#define MAX_DEPTH 32
#define MAX_NAME  64

typedef struct Reader
{
	const char *at;
	const json_t *shapes;
	int depth;
	bool wrong; /* it is no type; what is made from then on is thrown away */
} Reader;

static json_t *read_type(Reader *r);

static char
peek(Reader *r)
{
	r->at += strspn(r->at, " \t\r\n");
	return *r->at;
}

static bool
take(Reader *r, char c)
{
	if (peek(r) != c)
		return false;
	r->at++;
	return true;
}

static void
must_take(Reader *r, char c)
{
	if (!take(r, c))
		r->wrong = true;
}

/* Takes as many of these characters as there are. */
static void
read_name(Reader *r, const char *characters, char name[MAX_NAME])
{
	size_t len;

	(void) peek(r);
	len = strspn(r->at, characters);
	if (len == 0 || len >= MAX_NAME)
	{
		r->wrong = true;
		len = 0;
	}
	memcpy(name, r->at, len);
	name[len] = '\0';
	r->at += len;
}

static void
read_identifier(Reader *r, char name[MAX_NAME])
{
	read_name(r, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_", name);
}

/* Types with commas between, to the end of the list. */
static json_t *
read_list(Reader *r, char end)
{
	json_t *list = json_array();

	do
		json_array_append_new(list, read_type(r));
	while (!r->wrong && take(r, ','));
	must_take(r, end);
	return list;
}

static json_t *
read_tuple(Reader *r)
{
	json_t *types = read_list(r, ']');
	json_int_t n = (json_int_t) json_array_size(types);

	return json_pack("{s:s,s:o,s:I,s:I}", "type", "array", "prefixItems", types, "minItems", n,
					 "maxItems", n);
}

static json_t *
read_object(Reader *r)
{
	json_t *properties = json_object();
	json_t *required = json_array();

	while (!r->wrong && peek(r) != '}')
	{
		char name[MAX_NAME];
		bool optional;

		read_identifier(r, name);
		optional = take(r, '?');
		must_take(r, ':');
		json_object_set_new(properties, name, read_type(r));
		if (!optional)
			json_array_append_new(required, json_string(name));
		if (!take(r, ','))
			break;
	}
	must_take(r, '}');
	return json_pack("{s:s,s:o,s:o}", "type", "object", "properties", properties, "required",
					 required);
}

static json_t *
read_word(Reader *r)
{
	char word[MAX_NAME];

	read_name(r, "abcdefghijklmnopqrstuvwxyz0123456789_ -", word);
	must_take(r, '"');
	return json_pack("{s:s}", "const", word);
}

/* Record<Key, Value>; Partial<Record<Key, Value>>, which is the same to whoever reads. */
static json_t *
read_record(Reader *r)
{
	json_t *types = read_list(r, '>');
	json_t *schema =
		json_pack("{s:s,s:O?,s:O?}", "type", "object", "propertyNames", json_array_get(types, 0),
				  "additionalProperties", json_array_get(types, 1));

	r->wrong = r->wrong || json_array_size(types) != 2;
	json_decref(types);
	return schema;
}

static json_t *
read_named(Reader *r)
{
	static const char *const plain[] = { "string", "number", "boolean", "null" };
	char name[MAX_NAME];

	read_identifier(r, name);
	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
		if (strcmp(name, plain[i]) == 0)
			return json_pack("{s:s}", "type", name);
	if (strcmp(name, "unknown") == 0)
		return json_object();
	if (strcmp(name, "Record") == 0 && take(r, '<'))
		return read_record(r);
	if (strcmp(name, "Partial") == 0 && take(r, '<'))
	{
		json_t *of = read_type(r);

		must_take(r, '>');
		return of;
	}
	return json_pack("{s:s++}", "$ref", "#/components/schemas/",
					 json_object_get(r->shapes, name) != NULL ? SHAPE_PREFIX : "", name);
}

static json_t *
read_primary(Reader *r)
{
	json_t *type;

	if (take(r, '('))
	{
		type = read_type(r);
		must_take(r, ')');
		return type;
	}
	if (take(r, '['))
		return read_tuple(r);
	if (take(r, '{'))
		return read_object(r);
	if (take(r, '"'))
		return read_word(r);
	return read_named(r);
}

static json_t *
read_postfix(Reader *r)
{
	json_t *type = read_primary(r);

	while (!r->wrong && take(r, '['))
	{
		must_take(r, ']');
		type = json_pack("{s:s,s:o}", "type", "array", "items", type);
	}
	return type;
}

/* One, or several with a mark between. */
static json_t *
read_several(Reader *r, char mark, const char *keyword, json_t *(*read_one)(Reader *) )
{
	json_t *first = read_one(r);
	json_t *all;

	if (r->wrong || peek(r) != mark)
		return first;
	all = json_pack("[o]", first);
	while (!r->wrong && take(r, mark))
		json_array_append_new(all, read_one(r));
	return json_pack("{s:o}", keyword, all);
}

static json_t *
read_part(Reader *r)
{
	return read_several(r, '&', "allOf", read_postfix);
}

static json_t *
read_type(Reader *r)
{
	json_t *type = NULL;

	if (++r->depth > MAX_DEPTH)
		r->wrong = true;
	else
		type = read_several(r, '|', "anyOf", read_part);
	r->depth--;
	return type != NULL ? type : json_object();
}

json_t *
shape_schema(const char *text, const json_t *shapes)
{
	Reader r = { .at = text, .shapes = shapes };
	json_t *type = read_type(&r);

	if (!r.wrong && peek(&r) == '\0')
		return type;
	json_decref(type);
	return NULL;
}
