/*
 * api_description.c
 *		The dashboard's API in OpenAPI's words.
 */
#include "routes/api_description.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "routes/shape.h"

static const char *
string_of(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

static json_t *
parameter(const char *name, const char *in, bool required)
{
	return json_pack("{s:s,s:s,s:b,s:{s:s}}", "name", name, "in", in, "required", required,
					 "schema", "type", "string");
}

/* Of a request that changes something, a session proves that its page sent it. */
static bool
needs_csrf(const json_t *route)
{
	return string_of(route, "needs") != NULL && strcmp(string_of(route, "method"), "GET") != 0;
}

static json_t *
parameters(const json_t *route)
{
	json_t *all = json_array();
	size_t i;
	json_t *field;

	if (string_of(route, "part") != NULL)
		json_array_append_new(all, parameter(string_of(route, "part"), "path", true));
	json_array_foreach(json_object_get(route, "query"), i, field)
		json_array_append_new(all, parameter(string_of(field, "name"), "query",
											 json_is_true(json_object_get(field, "required"))));
	if (needs_csrf(route))
		json_array_append_new(all, parameter("X-CSRF", "header", true));
	return all;
}

static json_t *
body(const json_t *route)
{
	json_t *properties = json_object();
	json_t *required = json_array();
	size_t i;
	json_t *field;

	json_array_foreach(json_object_get(route, "body"), i, field)
	{
		json_object_set_new(properties, string_of(field, "name"), json_object());
		if (json_is_true(json_object_get(field, "required")))
			json_array_append(required, json_object_get(field, "name"));
	}
	return json_pack("{s:b,s:{s:{s:{s:s,s:o,s:o,s:b}}}}", "required", json_array_size(required) > 0,
					 "content", "application/json", "schema", "type", "object", "properties",
					 properties, "required", required, "additionalProperties", 0);
}

/* The response when all is well; NULL if its type cannot be read. */
static json_t *
describe_success(const json_t *route, const json_t *shapes)
{
	const char *answer = string_of(route, "answer");
	json_t *type;
	json_t *content;

	if (answer == NULL)
		return json_pack("{s:s}", "description", "Done");
	type = shape_schema(answer, shapes);
	if (type == NULL)
		return NULL;
	content = json_pack("{s:{s:o}}", "application/json", "schema", type);
	if (json_is_true(json_object_get(route, "csv")))
		json_object_set_new(content, "text/csv",
							json_pack("{s:{s:s}}", "schema", "type", "string"));
	return json_pack("{s:s,s:o}", "description", "Done", "content", content);
}

static json_t *
responses(const json_t *route, json_t *success)
{
	json_t *all = json_object();
	char status[16];

	snprintf(status, sizeof(status), "%lld",
			 (long long) json_integer_value(json_object_get(route, "success")));
	json_object_set_new(all, status, success);
	if (strcmp(string_of(route, "method"), "GET") == 0)
		json_object_set_new(all, "304", json_pack("{s:s}", "description", "Not changed"));
	json_object_set_new(all, "default",
						json_pack("{s:s,s:{s:{s:{s:s}}}}", "description", "Not done", "content",
								  "application/problem+json", "schema", "$ref",
								  "#/components/schemas/Problem"));
	return all;
}

static json_t *
describe_operation(const json_t *route, json_t *success)
{
	const char *needs = string_of(route, "needs");
	json_t *operation = json_pack("{s:[s],s:o,s:o}", "tags", "dashboard", "parameters",
								  parameters(route), "responses", responses(route, success));

	if (json_array_size(json_object_get(route, "body")) > 0)
		json_object_set_new(operation, "requestBody", body(route));
	if (needs != NULL)
	{
		json_object_set_new(operation, "security", json_pack("[{s:[]}]", "session"));
		json_object_set_new(operation, "x-role", json_string(needs));
	}
	return operation;
}

static bool
add_route(const json_t *route, const json_t *shapes, json_t *paths)
{
	const char *name = string_of(route, "path");
	const char *method = string_of(route, "method");
	json_t *success = describe_success(route, shapes);
	json_t *path = json_object_get(paths, name);
	char lower[16] = "";

	if (success == NULL)
		return false;
	for (size_t i = 0; i < sizeof(lower) - 1 && method[i]; i++)
		lower[i] = (char) tolower((unsigned char) method[i]);
	if (path == NULL)
	{
		path = json_object();
		json_object_set_new(paths, name, path);
	}
	json_object_set_new(path, lower, describe_operation(route, success));
	return true;
}

bool
api_describe(const json_t *api, json_t *paths, json_t *schemas)
{
	json_t *shapes = json_object_get(api, "shapes");
	const char *name;
	json_t *value;
	size_t i;

	json_object_foreach(shapes, name, value)
	{
		json_t *schema =
			json_is_string(value) ? shape_schema(json_string_value(value), shapes) : NULL;
		char prefixed[128];

		if (schema == NULL)
			return false;
		snprintf(prefixed, sizeof(prefixed), SHAPE_PREFIX "%s", name);
		json_object_set_new(schemas, prefixed, schema);
	}
	json_array_foreach(json_object_get(api, "routes"), i,
					   value) if (string_of(value, "method") == NULL ||
								  string_of(value, "path") == NULL ||
								  !add_route(value, shapes, paths)) return false;
	return json_object_size(shapes) > 0;
}
