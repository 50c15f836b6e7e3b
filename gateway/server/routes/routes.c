/*
 * routes.c
 *		The table of routes. Adding an endpoint is adding a row.
 */
#include "routes/routes.h"

#include <stdio.h>
#include <string.h>

#include "database/lane.h"
#include "routes/api.h"
#include "routes/calls.h"
#include "routes/cloudevents.h"
#include "routes/health.h"
#include "routes/metrics_page.h"
#include "routes/openapi.h"
#include "routes/query.h"
#include "routes/reads.h"
#include "routes/static.h"

#define JSON "application/json"

const Route routes[] = {
	{
		.method = "POST", .path = "/v1/log/batch", .needs_key = true,
		.begin = query_parameters, .handle = calls_list, .submit = lane_submit,
		.op = "log", .media = {{JSON, "Events", true}},
		.success = 200, .statuses = {400, 401, 413, 415, 500, 503},
		.answer_schema = "Answers", .answer_type = JSON,
		.summary = "Calls of any kind, mixed; each is answered by itself"
	},
	{
		.method = "POST", .path = "/v1/reservations", .needs_key = true,
		.begin = query_parameters, .handle = calls_one, .submit = lane_submit,
		.op = "reserve", .id = ID_GIVEN_OR_MADE, .media = {{JSON, "Call", false}},
		.success = 201, .statuses = {400, 401, 402, 403, 404, 409, 413, 415, 422, 429, 500, 503},
		.answer_schema = "Answer", .answer_type = JSON,
		.summary = "Holds an amount against every policy it touches, or is refused"
	},
	{
		.method = "POST", .path = "/v1/reservations/{id}/settle", .needs_key = true,
		.begin = query_parameters, .handle = calls_one, .submit = lane_submit,
		.op = "settle", .id = ID_IN_PATH, .media = {{JSON, "Call", false}},
		.success = 200, .statuses = {400, 401, 404, 409, 413, 415, 422, 500, 503},
		.answer_schema = "Answer", .answer_type = JSON,
		.summary = "Records what a reserved call really used, and frees what it held"
	},
	{
		.method = "POST", .path = "/v1/reservations/{id}/draw", .needs_key = true,
		.begin = query_parameters, .handle = calls_one, .submit = lane_submit,
		.op = "draw", .id = ID_GIVEN, .media = {{JSON, "Call", false}},
		.success = 200, .statuses = {400, 401, 404, 409, 413, 415, 422, 500, 503},
		.answer_schema = "Answer", .answer_type = JSON,
		.summary = "Records one call out of a lease"
	},
	{
		.method = "POST", .path = "/v1/reservations/{id}/release", .needs_key = true,
		.begin = query_parameters, .handle = calls_one, .submit = lane_submit,
		.op = "release", .id = ID_IN_PATH, .media = {{JSON, "Call", false}}, .body_optional = true,
		.success = 200, .statuses = {400, 401, 404, 409, 413, 415, 500, 503},
		.answer_schema = "Answer", .answer_type = JSON,
		.summary = "Frees a reservation without recording anything"
	},
	{
		.method = "POST", .path = "/v1/reservations/{id}/extend", .needs_key = true,
		.begin = query_parameters, .handle = calls_one, .submit = lane_submit,
		.op = "extend", .id = ID_IN_PATH, .media = {{JSON, "Call", false}}, .body_optional = true,
		.success = 200, .statuses = {400, 401, 404, 409, 413, 415, 422, 500, 503},
		.answer_schema = "Answer", .answer_type = JSON,
		.summary = "Moves a reservation's end"
	},
	{
		.method = "POST", .path = "/v1/events", .needs_key = true,
		.begin = query_parameters, .handle = cloudevents_calls, .submit = lane_submit,
		.op = "log",
		.media = {
			{"application/cloudevents+json", "CloudEvent", false},
			{"application/cloudevents-batch+json", "CloudEvents", true},
		},
		.success = 200, .statuses = {400, 401, 404, 409, 413, 415, 422, 500, 503},
		.answer_schema = "AnswerOrAnswers", .answer_type = JSON,
		.summary = "CloudEvents, one or a batch, recorded as calls"
	},
	{
		.method = "GET", .path = "/v1/state", .needs_key = true,
		.begin = query_parameters, .submit = reads_submit,
		.sql = "SELECT status, etag, body FROM quotakit.gateway_state($1, $2, $3, $4)",
		.parameters = {
			{"path", "string", "the path; without it all paths in brief"},
			{"after", "string", "without a path: where the list continues"},
		},
		.success = 200, .statuses = {304, 400, 401, 404, 500, 503},
		.answer_schema = "State", .answer_type = JSON,
		.summary = "What a client caches, to decide without a network call"
	},
	{
		.method = "GET", .path = "/v1/explain", .needs_key = true,
		.begin = query_parameters, .submit = reads_submit,
		.sql = "SELECT status, etag, body FROM quotakit.gateway_explain($1, $2, $3, $4, $5, $6, $7, $8, $9)",
		.parameters = {
			{"path", "string", "the path"}, {"service", "string", "the path's own when absent"},
			{"model", "string", "the model"}, {"usd", "string", "what the call would cost"},
			{"credits", "string", "what it would cost in credits"},
			{"requests", "integer", "1 when absent"}, {"tokens", "integer", "of all classes"},
		},
		.success = 200, .statuses = {400, 401, 404, 422, 500, 503},
		.answer_schema = "Explanation", .answer_type = JSON,
		.summary = "Each policy that a call would be asked by, and which trips first"
	},
	{
		.method = "GET", .path = "/healthz", .handle = health_alive,
		.success = 200, .answer_schema = "Health", .answer_type = JSON,
		.summary = "The process lives"
	},
	{
		.method = "GET", .path = "/readyz", .handle = health_ready,
		.success = 200, .statuses = {503}, .answer_schema = "Health", .answer_type = JSON,
		.summary = "It can take requests"
	},
	{
		.method = "GET", .path = "/metrics", .handle = metrics_page,
		.success = 200, .answer_type = "text/plain",
		.summary = "Counters for Prometheus"
	},
	{
		.method = "GET", .path = "/openapi.json", .handle = openapi_answer,
		.success = 200, .answer_schema = "Object", .answer_type = JSON,
		.summary = "This description"
	},
	/* The dashboard's, described by the database's own table. */
	{
		.method = "*", .path = "/api/prices/import", .begin = api_begin, .submit = api_submit,
		.media = {{JSON, NULL, false}}, .body_optional = true, .max_body = 8 * 1024 * 1024,
	},
	{
		.method = "*", .path = "/api/*", .begin = api_begin, .submit = api_submit,
		.media = {{JSON, NULL, false}}, .body_optional = true,
	},
	{
		.method = "GET", .path = "/*", .fallback = static_has, .handle = static_answer,
	},
	/* Answers only with the option bench. */
	{
		.method = "POST", .path = "/v1/bench", .handle = health_bench, .media = {{JSON, NULL, false}},
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
			size_t len = strspn(path, "0123456789abcdefABCDEF-");

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
	const Route *end = routes + nroutes;
	size_t len = 0;

	*allow = '\0';
	id[0] = '\0';
	for (const Route *r = routes; r < end; r++)
	{
		if (r->fallback != NULL || !matches(r->path, path, id))
			continue;
		if (strcmp(r->method, wanted) == 0 || strcmp(r->method, "*") == 0)
			return r;
		if (len < allow_size)
			len += (size_t) snprintf(allow + len, allow_size - len, "%s%s", len ? ", " : "",
									 strcmp(r->method, "GET") == 0 ? "GET, HEAD" : r->method);
	}
	for (const Route *r = routes; len == 0 && r < end; r++)
		if (r->fallback != NULL && strcmp(r->method, wanted) == 0 && r->fallback(path))
			return r;
	return NULL;
}
