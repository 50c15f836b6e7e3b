/*
 * routes.c
 *		The table of routes. Adding an endpoint is adding a row.
 */
#include "routes.h"

#include <stdio.h>
#include <string.h>

#include "api.h"
#include "calls.h"
#include "health.h"
#include "metrics.h"
#include "openapi.h"
#include "static.h"

#define JSON "application/json"

const Route routes[] = {
	{
		.method = "POST", .path = "/v1/log/batch", .kind = ROUTE_CALLS, .needs_key = true,
		.op = "log", .handle = calls_list, .content_types = JSON,
		.success = 200, .statuses = "400 401 413 415 500 503",
		.body_schema = "Events", .answer_schema = "Answers", .answer_type = JSON,
		.summary = "Calls of any kind, mixed; each is answered by itself"
	},
	{
		.method = "POST", .path = "/v1/reservations", .kind = ROUTE_CALLS, .needs_key = true,
		.op = "reserve", .handle = calls_one, .content_types = JSON,
		.success = 201, .statuses = "400 401 402 403 404 409 413 415 422 429 500 503",
		.body_schema = "Call", .answer_schema = "Answer", .answer_type = JSON,
		.summary = "Holds an amount against every policy it touches, or is refused"
	},
	{
		.method = "POST", .path = "/v1/reservations/{id}/settle", .kind = ROUTE_CALLS, .needs_key = true,
		.op = "settle", .handle = calls_one, .content_types = JSON,
		.success = 200, .statuses = "400 401 404 409 413 415 422 500 503",
		.body_schema = "Call", .answer_schema = "Answer", .answer_type = JSON,
		.summary = "Records what a reserved call really used, and frees what it held"
	},
	{
		.method = "POST", .path = "/v1/reservations/{id}/draw", .kind = ROUTE_CALLS, .needs_key = true,
		.op = "draw", .handle = calls_one, .content_types = JSON,
		.success = 200, .statuses = "400 401 404 409 413 415 422 500 503",
		.body_schema = "Call", .answer_schema = "Answer", .answer_type = JSON,
		.summary = "Records one call out of a lease"
	},
	{
		.method = "POST", .path = "/v1/reservations/{id}/release", .kind = ROUTE_CALLS, .needs_key = true,
		.op = "release", .handle = calls_one, .content_types = JSON, .body_optional = true,
		.success = 200, .statuses = "400 401 404 409 413 415 500 503",
		.body_schema = "Call", .answer_schema = "Answer", .answer_type = JSON,
		.summary = "Frees a reservation without recording anything"
	},
	{
		.method = "POST", .path = "/v1/reservations/{id}/extend", .kind = ROUTE_CALLS, .needs_key = true,
		.op = "extend", .handle = calls_one, .content_types = JSON, .body_optional = true,
		.success = 200, .statuses = "400 401 404 409 413 415 422 500 503",
		.body_schema = "Call", .answer_schema = "Answer", .answer_type = JSON,
		.summary = "Moves a reservation's end"
	},
	{
		.method = "POST", .path = "/v1/events", .kind = ROUTE_CALLS, .needs_key = true,
		.op = "log", .handle = calls_cloudevents,
		.content_types = "application/cloudevents+json application/cloudevents-batch+json",
		.success = 200, .statuses = "400 401 404 409 413 415 422 500 503",
		.body_schema = "CloudEvent", .answer_schema = "AnswerOrAnswers", .answer_type = JSON,
		.summary = "CloudEvents, one or a batch, recorded as calls"
	},
	{
		.method = "GET", .path = "/v1/state", .kind = ROUTE_READ, .needs_key = true,
		.sql = "SELECT status, etag, body FROM quotakit.gateway_state($1, $2, $3, $4)",
		.parameters = {
			{"path", "string", "the path; without it all paths in brief"},
			{"after", "string", "without a path: where the list continues"},
		},
		.success = 200, .statuses = "304 400 401 404 500 503",
		.answer_schema = "State", .answer_type = JSON,
		.summary = "What a client caches, to decide without a network call"
	},
	{
		.method = "GET", .path = "/v1/explain", .kind = ROUTE_READ, .needs_key = true,
		.sql = "SELECT status, etag, body FROM quotakit.gateway_explain($1, $2, $3, $4, $5, $6, $7, $8, $9)",
		.parameters = {
			{"path", "string", "the path"}, {"service", "string", "the path's own when absent"},
			{"model", "string", "the model"}, {"usd", "string", "what the call would cost"},
			{"credits", "string", "what it would cost in credits"},
			{"requests", "integer", "1 when absent"}, {"tokens", "integer", "of all classes"},
		},
		.success = 200, .statuses = "400 401 404 422 500 503",
		.answer_schema = "Explanation", .answer_type = JSON,
		.summary = "Each policy that a call would be asked by, and which trips first"
	},
	{
		.method = "GET", .path = "/healthz", .kind = ROUTE_HERE, .handle = health_alive,
		.success = 200, .answer_schema = "Status", .answer_type = JSON,
		.summary = "The process lives"
	},
	{
		.method = "GET", .path = "/readyz", .kind = ROUTE_HERE, .handle = health_ready,
		.success = 200, .statuses = "503", .answer_schema = "Status", .answer_type = JSON,
		.summary = "It can take requests"
	},
	{
		.method = "GET", .path = "/metrics", .kind = ROUTE_HERE, .handle = metrics_answer,
		.success = 200, .answer_type = "text/plain",
		.summary = "Counters for Prometheus"
	},
	{
		.method = "GET", .path = "/openapi.json", .kind = ROUTE_HERE, .handle = openapi_answer,
		.success = 200, .answer_schema = "Object", .answer_type = JSON,
		.summary = "This description"
	},
	/* No summary: not described. The dashboard's own; doc/api.md describes it. */
	{
		.method = "*", .path = "/api/prices/import", .kind = ROUTE_API,
		.content_types = JSON, .body_optional = true, .max_body = 8 * 1024 * 1024, .success = 200,
	},
	{
		.method = "*", .path = "/api/*", .kind = ROUTE_API,
		.content_types = JSON, .body_optional = true, .success = 200,
	},
	{
		.method = "GET", .path = "/*", .kind = ROUTE_HERE, .handle = static_answer, .success = 200,
	},
	/* Answers only with the option bench. */
	{
		.method = "POST", .path = "/v1/bench", .kind = ROUTE_HERE, .handle = health_bench,
		.content_types = JSON, .success = 201,
	},
};

const size_t nroutes = sizeof(routes) / sizeof(routes[0]);

/* Whether the path is the route's; takes out what stands for {id}. */
static bool
matches(const char *pattern, const char *path, char id[40])
{
	while (*pattern)
	{
		if (*pattern == '{')
		{
			size_t		len = strspn(path, "0123456789abcdefABCDEF-");

			if (len == 0 || len >= 40)
				return false;
			memcpy(id, path, len);
			id[len] = '\0';
			path += len;
			pattern += strcspn(pattern, "}") + 1;
		}
		else if (*pattern == '*')
			return true;
		else if (*pattern++ != *path++)
			return false;
	}
	return *path == '\0';
}

const Route *
route_find(const char *method, const char *path, char id[40], char *allow, size_t allow_size)
{
	/* Wherever a GET is answered, a HEAD is, without the body. */
	const char *wanted = strcmp(method, "HEAD") == 0 ? "GET" : method;
	size_t		len = 0;

	*allow = '\0';
	id[0] = '\0';
	for (size_t i = 0; i < nroutes; i++)
	{
		/* Files are looked for last: they are anywhere. */
		if (routes[i].handle == static_answer || !matches(routes[i].path, path, id))
			continue;
		if (strcmp(routes[i].method, wanted) == 0 || strcmp(routes[i].method, "*") == 0)
			return &routes[i];
		if (len < allow_size)
			len += (size_t) snprintf(allow + len, allow_size - len, "%s%s", len ? ", " : "",
									 strcmp(routes[i].method, "GET") == 0 ? "GET, HEAD" : routes[i].method);
	}
	for (size_t i = 0; len == 0 && i < nroutes; i++)
		if (routes[i].handle == static_answer && strcmp(wanted, "GET") == 0 && static_has(path))
			return &routes[i];
	return NULL;
}
