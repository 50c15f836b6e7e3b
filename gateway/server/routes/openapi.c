/*
 * openapi.c
 *		The description of the API, made from the tables of routes: the gateway's own, and the database's.
 */
#include "routes/openapi.h"

#include <jansson.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "answers/answers.h"
#include "lib/log.h"
#include "lib/memory.h"
#include "lib/version.h"
#include "routes/api_description.h"
#include "routes/schemas.h"

/* What is served. Requests may be sending one long after another has come, so each stays until the end. */
typedef struct Document
{
	struct Document *before;
	size_t len;
	char *text;
} Document;

static _Atomic(Document *) current;

/* What the gateway knows by itself, and what the database has told, for those who make another document. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static json_t *own;
static char *api_text;

/* A reference to one of schemas.h. */
static json_t *
schema(const char *name)
{
	return json_pack("{s:s+}", "$ref", "#/components/schemas/", name);
}

static json_t *
content(const char *type, const char *schema_name)
{
	return json_pack("{s:{s:o}}", type, "schema",
					 schema_name ? schema(schema_name) : json_pack("{s:s}", "type", "string"));
}

static const char *
describe(int status)
{
	switch (status)
	{
		case 200:
			return "Done";
		case 201:
			return "Reserved";
		case 304:
			return "Not changed";
		case 401:
			return "No valid key";
		case 402:
			return "Refused by a lifetime quota";
		case 403:
			return "The path is frozen";
		case 429:
			return "Refused by a quota";
		case 503:
			return "Try again later";
		default:
			return status < 500 ? "The request is wrong" : "A defect";
	}
}

static json_t *
responses(const Route *route)
{
	json_t *all = json_object();
	char key[8];

	snprintf(key, sizeof(key), "%d", route->success);
	json_object_set_new(all, key,
						json_pack("{s:s,s:o}", "description", describe(route->success), "content",
								  content(route->answer_type, route->answer_schema)));
	for (int i = 0; i < MAX_STATUSES && route->statuses[i] != 0; i++)
	{
		int status = route->statuses[i];

		snprintf(key, sizeof(key), "%d", status);
		json_object_set_new(all, key,
							status < 400 ?
								json_pack("{s:s}", "description", describe(status)) :
								json_pack("{s:s,s:o}", "description", describe(status), "content",
										  content("application/problem+json", "Problem")));
	}
	return all;
}

static json_t *
parameters(const Route *route)
{
	json_t *all = json_array();

	if (strstr(route->path, "{id}") != NULL)
		json_array_append_new(all, json_pack("{s:s,s:s,s:b,s:{s:s,s:s},s:s}", "name", "id", "in",
											 "path", "required", 1, "schema", "type", "string",
											 "format", "uuid", "description", "the reservation"));
	for (int i = 0; i < MAX_PARAMETERS && route->parameters[i].name != NULL; i++)
		json_array_append_new(all,
							  json_pack("{s:s,s:s,s:{s:s},s:s}", "name", route->parameters[i].name,
										"in", "query", "schema", "type", route->parameters[i].type,
										"description", route->parameters[i].help));
	if (route->id == ID_GIVEN || route->id == ID_GIVEN_OR_MADE)
		json_array_append_new(
			all, json_pack("{s:s,s:s,s:{s:s,s:s},s:s}", "name", "Idempotency-Key", "in", "header",
						   "schema", "type", "string", "format", "uuid", "description",
						   "the call's id, a UUID version 7, unless the body has it"));
	if (route->sql != NULL)
		json_array_append_new(all, json_pack("{s:s,s:s,s:{s:s},s:s}", "name", "If-None-Match", "in",
											 "header", "schema", "type", "string", "description",
											 "the ETag of the state that the client has"));
	return all;
}

static json_t *
request_body(const Route *route)
{
	json_t *types = json_object();

	for (int i = 0; i < MAX_MEDIA && route->media[i].type != NULL; i++)
		json_object_set_new(types, route->media[i].type,
							json_pack("{s:o}", "schema", schema(route->media[i].schema)));
	return json_pack("{s:b,s:o}", "required", !route->body_optional, "content", types);
}

static json_t *
operation(const Route *route)
{
	json_t *op = json_pack("{s:s,s:o}", "summary", route->summary, "responses", responses(route));
	json_t *params = parameters(route);

	if (json_array_size(params) > 0)
		json_object_set(op, "parameters", params);
	json_decref(params);
	if (route->needs_key)
		json_object_set_new(op, "security", json_pack("[{s:[]}]", "key"));
	if (route->media[0].type != NULL)
		json_object_set_new(op, "requestBody", request_body(route));
	return op;
}

static json_t *
describe_routes(const Route *table, size_t n)
{
	json_t *paths = json_object();

	for (size_t i = 0; i < n; i++)
	{
		json_t *path = json_object_get(paths, table[i].path);

		if (table[i].summary == NULL)
			continue;
		if (path == NULL)
		{
			path = json_object();
			json_object_set_new(paths, table[i].path, path);
		}
		json_object_set_new(path, strcmp(table[i].method, "GET") == 0 ? "get" : "post",
							operation(&table[i]));
	}
	return paths;
}

static json_t *
load(const char *text)
{
	json_t *json = json_loads(text, 0, NULL);

	if (json == NULL)
		abort();
	return json;
}

/* Each list of words of the vocabulary as a schema of its own. */
static void
add_words(json_t *schemas)
{
	json_t *vocabulary = load(vocabulary_json);
	const char *list;
	json_t *words;

	json_object_foreach(json_object_get(vocabulary, "lists"), list, words)
	{
		json_t *names = json_object();
		json_t *all = json_array();
		size_t i;
		json_t *member;

		json_array_foreach(json_object_get(words, "members"), i, member)
		{
			json_t *name = json_object_get(member, "name");

			/* Some stand for several members, and some members have none. */
			if (!json_is_string(name) || json_object_get(names, json_string_value(name)) != NULL)
				continue;
			json_object_set(names, json_string_value(name), name);
			json_array_append(all, name);
		}
		json_object_set_new(
			schemas, json_string_value(json_object_get(words, "one")),
			json_pack("{s:o,s:O}", "enum", all, "description", json_object_get(words, "about")));
		json_decref(names);
	}
	json_decref(vocabulary);
}

static void
serve(const json_t *json)
{
	Document *document = must_alloc(sizeof(*document));

	document->text = json_dumps(json, JSON_COMPACT | JSON_PRESERVE_ORDER);
	if (document->text == NULL)
		abort();
	document->len = strlen(document->text);
	document->before = atomic_load(&current);
	atomic_store(&current, document);
}

void
openapi_start(const Route *table, size_t n)
{
	json_t *schemas = load(schemas_json);

	add_words(schemas);
	own = json_pack(
		"{s:s,s:{s:s,s:s,s:s,s:{s:s}},s:o,s:{s:o,s:{s:{s:s,s:s,s:s},s:{s:s,s:s,s:s,s:s}}}}",
		"openapi", "3.1.0", "info", "title", "QuotaKit", "version", QUOTAKIT_VERSION, "description",
		"Keeps AI API spend inside limits. Calls and answers: doc/calls.md; how they travel: "
		"doc/http.md; the dashboard's API, which is here once the database has told of it: doc/api.md.",
		"license", "name", "PostgreSQL", "paths", describe_routes(table, n), "components",
		"schemas", schemas, "securitySchemes", "key", "type", "http", "scheme", "bearer",
		"description", "An API key, aisc_<account>_<secret>", "session", "type", "apiKey", "in",
		"cookie", "name", SESSION_COOKIE, "description",
		"A member's session, as POST /api/signin sets it");
	if (own == NULL)
		abort();
	serve(own);
}

void
openapi_stop(void)
{
	Document *document = atomic_load(&current);

	while (document != NULL)
	{
		Document *before = document->before;

		free(document->text);
		free(document);
		document = before;
	}
	json_decref(own);
	free(api_text);
}

void
openapi_take_api(const char *text)
{
	json_t *api;
	json_t *all;

	pthread_mutex_lock(&lock);
	if (api_text == NULL || strcmp(api_text, text) != 0)
	{
		api = json_loads(text, 0, NULL);
		all = json_deep_copy(own);
		if (api_describe(api, json_object_get(all, "paths"),
						 json_object_get(json_object_get(all, "components"), "schemas")))
		{
			serve(all);
			free(api_text);
			api_text = must_copy_string(text);
		}
		else
			log_message(
				LOG_WARNING,
				"the database's description of /api cannot be read; /openapi.json stays as it is");
		json_decref(all);
		json_decref(api);
	}
	pthread_mutex_unlock(&lock);
}

void
openapi_answer(Request *request)
{
	const Document *document = atomic_load(&current);

	answer_text(request, 200, json_media, "", 0);
	request->reply.constant = document->text;
	request->reply.constant_len = document->len;
}
