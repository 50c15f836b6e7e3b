/*
 * health.c
 *		Whether the gateway lives, and whether it should be sent requests.
 */
#include "routes/health.h"

#include "answers/answers.h"
#include "database/lane.h"
#include "lib/version.h"
#include "routes/reads.h"
#include "routes/slice.h"
#include "settings.h"
#include "stopping.h"

void
health_alive(Request *request)
{
	static const char body[] = "{\"status\":\"ok\",\"version\":\"" QUOTAKIT_VERSION "\"}";

	answer_text(request, 200, json_media, body, sizeof(body) - 1);
}

void
health_ready(Request *request)
{
	static const char body[] = "{\"status\":\"ready\"}";

	if (stopping())
		answer_trouble(request, TROUBLE_STOPPING);
	else if (!lanes_ready() || reads_up() == 0)
		answer_trouble(request, TROUBLE_UNAVAILABLE);
	else
		answer_text(request, 200, json_media, body, sizeof(body) - 1);
}

void
health_bench(Request *request)
{
	static const char body[] =
		"{\"outcome\":\"granted\",\"id\":\"01890000-0000-7000-8000-000000000000\","
		"\"expires_at\":\"2026-01-01T00:00:00Z\",\"held\":{\"usd\":\"0.001\",\"credits\":\"0\","
		"\"requests\":\"1\",\"tokens\":\"0\"}}";
	Slice call = slice_trim(request->body.data, request->body.len);

	if (!settings.bench)
		answer_problem(request, PROBLEM_NOT_FOUND, "there is nothing at this address");
	else if (!slice_is(call, '{') || slice_member(call, "path").data == NULL)
		answer_problem(request, PROBLEM_MALFORMED, "the body must be a call");
	else
		answer_text(request, 201, json_media, body, sizeof(body) - 1);
}
