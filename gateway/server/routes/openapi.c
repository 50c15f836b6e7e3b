/*
 * openapi.c
 *		The description of the API, made from the table of routes.
 */
#include "openapi.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "answers.h"
#include "routes.h"
#include "schemas.h"
#include "version.h"

static char *document;
static size_t document_len;

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
	json_t	   *all = json_object();
	const char *p = route->statuses;
	char		key[8];

	snprintf(key, sizeof(key), "%d", route->success);
	json_object_set_new(all, key, json_pack("{s:s,s:o}", "description", describe(route->success),
											"content", content(route->answer_type, route->answer_schema)));
	while (p != NULL && *p)
	{
		int			status = atoi(p);

		snprintf(key, sizeof(key), "%d", status);
		json_object_set_new(all, key, status < 400 ?
							json_pack("{s:s}", "description", describe(status)) :
							json_pack("{s:s,s:o}", "description", describe(status), "content",
									  content("application/problem+json", "Problem")));
		p += strcspn(p, " ");
		p += strspn(p, " ");
	}
	return all;
}

static json_t *
parameters(const Route *route)
{
	json_t	   *all = json_array();

	if (strstr(route->path, "{id}") != NULL)
		json_array_append_new(all, json_pack("{s:s,s:s,s:b,s:{s:s,s:s},s:s}", "name", "id", "in", "path",
											 "required", 1, "schema", "type", "string", "format", "uuid",
											 "description", "the reservation"));
	for (int i = 0; i < MAX_PARAMETERS && route->parameters[i].name != NULL; i++)
		json_array_append_new(all, json_pack("{s:s,s:s,s:{s:s},s:s}", "name", route->parameters[i].name,
											 "in", "query", "schema", "type", route->parameters[i].type,
											 "description", route->parameters[i].help));
	if (route->op != NULL && (strcmp(route->op, "reserve") == 0 || strcmp(route->op, "draw") == 0))
		json_array_append_new(all, json_pack("{s:s,s:s,s:{s:s,s:s},s:s}", "name", "Idempotency-Key", "in",
											 "header", "schema", "type", "string", "format", "uuid", "description",
											 "the call's id, a UUID version 7, unless the body has it"));
	if (route->kind == ROUTE_READ)
		json_array_append_new(all, json_pack("{s:s,s:s,s:{s:s},s:s}", "name", "If-None-Match", "in",
											 "header", "schema", "type", "string", "description",
											 "the ETag of the state that the client has"));
	return all;
}

static json_t *
operation(const Route *route)
{
	json_t	   *op = json_pack("{s:s,s:o}", "summary", route->summary, "responses", responses(route));
	json_t	   *params = parameters(route);

	if (json_array_size(params) > 0)
		json_object_set(op, "parameters", params);
	json_decref(params);
	if (route->needs_key)
		json_object_set_new(op, "security", json_pack("[{s:[]}]", "key"));
	if (route->content_types != NULL)
	{
		json_t	   *types = json_object();
		const char *p = route->content_types;

		while (*p)
		{
			size_t		n = strcspn(p, " ");
			bool		batch = n > 6 && strncmp(p + n - 10, "batch+json", 10) == 0;
			char	   *type = must_copy(p, n);

			json_object_set_new(types, type,
								json_pack("{s:o}", "schema", schema(batch ? "CloudEvents" : route->body_schema)));
			free(type);
			p += n;
			p += strspn(p, " ");
		}
		json_object_set_new(op, "requestBody", json_pack("{s:b,s:o}", "required", !route->body_optional,
														 "content", types));
	}
	return op;
}

void
openapi_start(void)
{
	json_error_t error;
	json_t	   *schemas = json_loads(schemas_json, 0, &error);
	json_t	   *paths = json_object();
	json_t	   *all;

	if (schemas == NULL)
		abort();
	for (size_t i = 0; i < nroutes; i++)
	{
		json_t	   *path;

		if (routes[i].summary == NULL)
			continue;
		path = json_object_get(paths, routes[i].path);
		if (path == NULL)
		{
			path = json_object();
			json_object_set_new(paths, routes[i].path, path);
		}
		json_object_set_new(path, strcmp(routes[i].method, "GET") == 0 ? "get" : "post",
							operation(&routes[i]));
	}
	all = json_pack("{s:s,s:{s:s,s:s,s:s,s:{s:s}},s:o,s:{s:o,s:{s:{s:s,s:s,s:s}}}}",
					"openapi", "3.1.0",
					"info", "title", "QuotaKit", "version", QUOTAKIT_VERSION,
					"description", "Keeps AI API spend inside limits. Calls and answers: doc/calls.md; how they travel: doc/http.md.",
					"license", "name", "PostgreSQL",
					"paths", paths,
					"components", "schemas", schemas,
					"securitySchemes", "key", "type", "http", "scheme", "bearer",
					"description", "An API key, aisc_<account>_<secret>");
	if (all == NULL)
		abort();
	document = json_dumps(all, JSON_COMPACT | JSON_PRESERVE_ORDER);
	json_decref(all);
	if (document == NULL)
		abort();
	document_len = strlen(document);
}

void
openapi_stop(void)
{
	free(document);
}

void
openapi_answer(Request *request)
{
	answer_text(request, 200, "application/json", document, document_len);
}
