/*
 * server_shape.c
 *		Types in TypeScript's words, and the description of the dashboard's API.
 */
#include "unit.h"

#include <stdlib.h>

#include "routes/api_description.h"
#include "routes/shape.h"

static void
is_schema(const char *type, const char *wanted)
{
	json_t *shapes = json_pack("{s:s}", "Policy", "string");
	json_t *schema = shape_schema(type, shapes);
	char *got =
		schema ? json_dumps(schema, JSON_COMPACT | JSON_PRESERVE_ORDER | JSON_ENCODE_ANY) : NULL;

	equal_texts(type, got, wanted);
	free(got);
	json_decref(schema);
	json_decref(shapes);
}

static void
shapes(void)
{
	is_schema("string", "{\"type\":\"string\"}");
	is_schema(" number ", "{\"type\":\"number\"}");
	is_schema("unknown", "{}");
	is_schema("Policy", "{\"$ref\":\"#/components/schemas/api.Policy\"}");
	is_schema("Unit", "{\"$ref\":\"#/components/schemas/Unit\"}");
	is_schema("Unit | null",
			  "{\"anyOf\":[{\"$ref\":\"#/components/schemas/Unit\"},{\"type\":\"null\"}]}");
	is_schema("\"a b\" | \"c\"", "{\"anyOf\":[{\"const\":\"a b\"},{\"const\":\"c\"}]}");
	is_schema(
		"string[][]",
		"{\"type\":\"array\",\"items\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}}}");
	is_schema(
		"(string | null)[]",
		"{\"type\":\"array\",\"items\":{\"anyOf\":[{\"type\":\"string\"},{\"type\":\"null\"}]}}");
	is_schema(
		"[string, number]",
		"{\"type\":\"array\",\"prefixItems\":[{\"type\":\"string\"},{\"type\":\"number\"}],\"minItems\":2,\"maxItems\":2}");
	is_schema(
		"{a: string, b?: number}",
		"{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"string\"},\"b\":{\"type\":\"number\"}},\"required\":[\"a\"]}");
	is_schema("{}", "{\"type\":\"object\",\"properties\":{},\"required\":[]}");
	is_schema(
		"Policy & {a: string}",
		"{\"allOf\":[{\"$ref\":\"#/components/schemas/api.Policy\"},"
		"{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"string\"}},\"required\":[\"a\"]}]}");
	is_schema("Record<Unit, number>",
			  "{\"type\":\"object\",\"propertyNames\":{\"$ref\":\"#/components/schemas/Unit\"},"
			  "\"additionalProperties\":{\"type\":\"number\"}}");
	is_schema("Partial<Record<string, boolean>>",
			  "{\"type\":\"object\",\"propertyNames\":{\"type\":\"string\"},"
			  "\"additionalProperties\":{\"type\":\"boolean\"}}");
}

static void
wrong(void)
{
	static const char *const tests[] = {
		"",
		"string |",
		"| string",
		"{a: }",
		"{a string}",
		"{a: string",
		"{a: string; b: string}",
		"[]",
		"[string",
		"(string",
		"string string",
		"Record<string>",
		"Record<string, string, string>",
		"Record<string, string",
		"\"a",
		"\"A\"",
		"a-b",
		"&",
		"((((((((((((((((((((((((((((((((((((((((string))))))))))))))))))))))))))))))))))))))))",
		"a_name_that_is_longer_than_any_name_that_anybody_would_ever_think_of",
	};

	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		is_schema(tests[i], NULL);
}

/* What is described, of this; NULL if it cannot be. */
static char *
describe(const char *text)
{
	json_t *api = json_loads(text, 0, NULL);
	json_t *paths = json_object();
	json_t *schemas = json_object();
	char *got = api_describe(api, paths, schemas) ?
					json_dumps(paths, JSON_COMPACT | JSON_PRESERVE_ORDER) :
					NULL;

	json_decref(api);
	json_decref(paths);
	json_decref(schemas);
	return got;
}

static void
descriptions(void)
{
	static const char *const wrong_ones[] = {
		"{}",
		"[]",
		"{\"routes\":[],\"shapes\":{}}",
		"{\"routes\":[],\"shapes\":{\"A\":\"x y\"}}",
		"{\"routes\":[],\"shapes\":{\"A\":1}}",
		"{\"routes\":[{}],\"shapes\":{\"A\":\"string\"}}",
		"{\"routes\":[{\"method\":\"GET\",\"path\":\"/a\",\"answer\":\"x y\"}],\"shapes\":{\"A\":\"string\"}}",
	};
	char *got = describe(
		"{\"routes\":[{\"method\":\"PATCH\",\"path\":\"/api/a/{id}\",\"part\":\"id\",\"needs\":\"admin\",\"success\":200,"
		"\"query\":[{\"name\":\"q\",\"required\":false}],\"body\":[{\"name\":\"b\",\"required\":true}],\"csv\":false,"
		"\"answer\":\"A\"}],\"shapes\":{\"A\":\"string\"}}");

	equal_texts(
		"one route", got,
		"{\"/api/a/{id}\":{\"patch\":{\"tags\":[\"dashboard\"],\"parameters\":["
		"{\"name\":\"id\",\"in\":\"path\",\"required\":true,\"schema\":{\"type\":\"string\"}},"
		"{\"name\":\"q\",\"in\":\"query\",\"required\":false,\"schema\":{\"type\":\"string\"}},"
		"{\"name\":\"X-CSRF\",\"in\":\"header\",\"required\":true,\"schema\":{\"type\":\"string\"}}],"
		"\"responses\":{\"200\":{\"description\":\"Done\",\"content\":{\"application/json\":{\"schema\":"
		"{\"$ref\":\"#/components/schemas/api.A\"}}}},\"default\":{\"description\":\"Not done\",\"content\":"
		"{\"application/problem+json\":{\"schema\":{\"$ref\":\"#/components/schemas/Problem\"}}}}},"
		"\"requestBody\":{\"required\":true,\"content\":{\"application/json\":{\"schema\":{\"type\":\"object\","
		"\"properties\":{\"b\":{}},\"required\":[\"b\"],\"additionalProperties\":false}}}},"
		"\"security\":[{\"session\":[]}],\"x-role\":\"admin\"}}}");
	free(got);
	for (size_t i = 0; i < sizeof(wrong_ones) / sizeof(wrong_ones[0]); i++)
		equal_texts(wrong_ones[i], describe(wrong_ones[i]), NULL);
}

int
main(void)
{
	shapes();
	wrong();
	descriptions();
	return done();
}
