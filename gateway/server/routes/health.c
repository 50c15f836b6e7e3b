/*
 * health.c
 *		Whether the gateway lives, and whether it should be sent requests.
 */
#include "health.h"

#include <string.h>

#include "answers.h"
#include "http.h"
#include "lane.h"
#include "options.h"
#include "reader.h"
#include "slice.h"
#include "version.h"

static const char json_type[] = "application/json";

void
health_alive(Request *request)
{
	static const char body[] = "{\"status\":\"ok\",\"version\":\"" QUOTAKIT_VERSION "\"}";

	answer_text(request, 200, json_type, body, sizeof(body) - 1);
}

void
health_ready(Request *request)
{
	static const char body[] = "{\"status\":\"ready\"}";

	if (http_stopping())
		answer_trouble(request, TROUBLE_STOPPING);
	else if (!lanes_ready() || readers_up() == 0)
		answer_trouble(request, TROUBLE_UNAVAILABLE);
	else
		answer_text(request, 200, json_type, body, sizeof(body) - 1);
}

void
health_bench(Request *request)
{
	static const char body[] = "{\"outcome\":\"granted\",\"id\":\"01890000-0000-7000-8000-000000000000\","
		"\"expires_at\":\"2026-01-01T00:00:00Z\",\"held\":{\"usd\":\"0.001\",\"credits\":\"0\","
		"\"requests\":\"1\",\"tokens\":\"0\"}}";
	Slice		call = slice_trim(request->body.data, request->body.len);

	if (!options.bench)
		answer_problem(request, "not_found", "there is nothing at this address");
	else if (!slice_is(call, '{') || slice_member(call, "path").data == NULL)
		answer_problem(request, "malformed", "the body must be a call");
	else
		answer_text(request, 201, json_type, body, sizeof(body) - 1);
}
