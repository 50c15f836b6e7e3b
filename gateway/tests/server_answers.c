/*
 * server_answers.c
 *		Replies: of the gateway's own, and made of what SQL says.
 */
#include "unit.h"

#include <jansson.h>
#include <stdlib.h>

#include "answers/ratelimit.h"
#include "answers/sql_answers.h"
#include "lib/memory.h"

/* A request with so many calls that SQL has answered. */
static Request *
make_request(int ncalls, bool many)
{
	Request *request = request_new(NULL, "POST", "/v1/reservations");

	for (int i = 0; i < ncalls; i++)
		request_add_call(request, "", "{}", 2);
	request->many = many;
	return request;
}

static void
set_answer(Request *request, int i, const char *outcome, const char *answer)
{
	Call *call = &request->call[i];

	call->outcome = outcome_named(outcome);
	call->answer = must_copy_string(answer);
	call->answer_len = strlen(answer);
	call->done = call->outcome != OUTCOME_BUSY;
	request->left -= call->done;
}

static const char *
header_of(const Reply *reply, const char *name)
{
	for (int i = 0; i < reply->nheaders; i++)
		if (strcmp(reply->header[i].name, name) == 0)
			return reply->header[i].value;
	return NULL;
}

static void
words(void)
{
	bool same = true;

	for (Outcome o = OUTCOME_UNKNOWN + 1; o < NOUTCOMES; o++)
		same = same && outcome_named(outcome_name(o)) == o;
	check("an outcome is found by its name", same);
	check("another word is none",
		  outcome_named("unknown") == OUTCOME_UNKNOWN && outcome_named("") == OUTCOME_UNKNOWN);
	check("a problem is found by its code",
		  problem_named("too_large") == &problems[PROBLEM_TOO_LARGE]);
	check("another code is a call that is rejected",
		  problem_named("unknown_policy") == &problems[PROBLEM_REJECTED]);
	same = true;
	for (ProblemCode code = 0; code < NPROBLEMS; code++)
		same = same && problems[code].code != NULL && problems[code].status >= 400 &&
			   problem_named(problems[code].code) == &problems[code];
	check("each problem has a code of its own, and a status", same);
}

static void
singles(void)
{
	static const struct
	{
		const char *outcome;
		const char *answer;
		int status;
		const char *title;
	} tests[] = {
		{ "granted", "{\"outcome\":\"granted\"}", 201, NULL },
		{ "recorded", "{\"outcome\":\"recorded\"}", 200, NULL },
		{ "conflict", "{\"code\":\"conflict\"}", 409, "Conflict" },
		{ "unauthorized", "{}", 401, "Not authorized" },
		{ "rejected", "{\"code\":\"unknown_path\"}", 404, "Unknown path" },
		{ "rejected", "{\"code\":\"a_new_one\"}", 422, "Call is wrong" },
		{ "rejected", "{}", 422, "Call is wrong" },
		{ "rejected", "[]", 500, "Internal error" },
		{ "rejected", "{", 500, "Internal error" },
		{ "busy", "{\"code\":\"busy\"}", 503, "Project is locked" },
		{ "a new one", "{}", 500, "Internal error" },
		{ "refused", "{\"reason\":\"quota\",\"window_seconds\":60}", 429, "Quota reached" },
		{ "refused", "{\"reason\":\"quota\",\"window_seconds\":null}", 402, "Quota reached" },
		{ "refused", "{\"reason\":\"frozen\"}", 403, "Path is frozen" },
		{ "refused", "{\"reason\":\"window_ended\",\"window_seconds\":60}", 409,
		  "Window has ended" },
		{ "refused", "{\"reason\":\"unpriced\",\"window_seconds\":null}", 429,
		  "Cost is not known" },
		{ "refused", "{\"reason\":\"a_new_one\"}", 429, "Quota reached" },
		{ "refused", "{}", 429, "Quota reached" },
	};

	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
	{
		Request *request = make_request(1, false);
		json_t *body;
		char name[80];

		set_answer(request, 0, tests[i].outcome, tests[i].answer);
		answer_calls(request);
		snprintf(name, sizeof(name), "%s %s", tests[i].outcome, tests[i].answer);
		equal_numbers(name, request->reply.status, tests[i].status);
		body = json_loadb(request->reply.body.data, request->reply.body.len, 0, NULL);
		equal_texts("its title", json_string_value(json_object_get(body, "title")), tests[i].title);
		json_decref(body);
		request_free(request);
	}
}

static void
details(void)
{
	Request *request = make_request(1, false);

	set_answer(
		request, 0, "rejected",
		"{\"code\":\"malformed\",\"message\":\"no\",\"detail\":\"Why.\",\"status\":7,\"kept\":true}");
	answer_calls(request);
	equal_texts(
		"message and detail are one, and all else is told once", request->reply.body.data,
		"{\"type\":\"urn:quotakit:problem:malformed\",\"title\":\"Malformed request\",\"status\":400,"
		"\"detail\":\"no. Why.\",\"code\":\"malformed\",\"message\":\"no\",\"kept\":true}");
	request_free(request);

	request = make_request(1, false);
	set_answer(request, 0, "rejected",
			   "{\"code\":\"malformed\",\"message\":\"an unknown field\",\"kept\":true}");
	request->call[0].fault = "\"time\" must be a time";
	answer_calls(request);
	check("what was wrong before SQL saw it is told instead",
		  strstr(request->reply.body.data, "must be a time") != NULL &&
			  strstr(request->reply.body.data, "unknown field") == NULL &&
			  strstr(request->reply.body.data, "\"kept\":true") != NULL);
	request_free(request);
}

static void
lists(void)
{
	Request *request = make_request(2, true);

	set_answer(request, 0, "unauthorized", "{}");
	set_answer(request, 1, "unauthorized", "{}");
	answer_calls(request);
	equal_numbers("a list that nobody may send is not answered", request->reply.status, 401);
	request_free(request);

	request = make_request(2, true);
	set_answer(request, 0, "recorded", "{\"a\":1}");
	request->call[1].done = true;
	request->left = 0;
	answer_calls(request);
	check("one call that SQL could not take keeps its place",
		  request->reply.status == 200 &&
			  strstr(request->reply.body.data,
					 "[{\"a\":1},{\"outcome\":\"rejected\",\"code\":\"internal\"") != NULL);
	request_free(request);

	request = make_request(2, true);
	set_answer(request, 0, "recorded", "{\"a\":1}");
	set_answer(request, 1, "busy", "{\"b\":2}");
	answer_calls_left(request, TROUBLE_BUSY);
	equal_texts("a locked project's calls stand beside those that were recorded",
				request->reply.body.data, "{\"answers\":[{\"a\":1},{\"b\":2}]}");
	answer_calls_left(request, TROUBLE_UNKNOWN);
	equal_numbers("where the outcome is not known that is the answer", request->reply.status, 503);
	request_free(request);

	request = make_request(2, true);
	set_answer(request, 0, "busy", "{}");
	set_answer(request, 1, "busy", "{}");
	answer_calls_left(request, TROUBLE_BUSY);
	equal_numbers("where nothing was recorded all of it is to be sent again", request->reply.status,
				  503);
	equal_texts("soon", header_of(&request->reply, "Retry-After"), "1");
	request_free(request);
}

static void
limits(void)
{
	static const struct
	{
		const char *answer;
		const char *retry;
		const char *policy;
		const char *limit;
		const char *name;
	} tests[] = {
		{ "{\"policy\":3,\"unit\":\"usd\",\"limit\":\"100.9\",\"free\":\"1.5\",\"window_seconds\":3600,\"retry_after\":7}",
		  "7", "\"policy-3\";q=100;qu=\"usd\";w=3600", "\"policy-3\";r=1;t=7",
		  "whole units, rounded down" },
		{ "{\"policy\":3,\"unit\":\"usd\",\"limit\":\"9999999999999999\",\"free\":\"0\",\"window_seconds\":60,\"retry_after\":1}",
		  "1", "\"policy-3\";q=999999999999999;qu=\"usd\";w=60", "\"policy-3\";r=0;t=1",
		  "no more than a structured field holds" },
		{ "{\"policy\":3,\"unit\":\"usd\",\"limit\":\"1\",\"free\":\"0\",\"window_seconds\":60,\"retry_after\":null}",
		  NULL, NULL, NULL, "nothing where waiting does not help" },
		{ "{\"policy\":3,\"unit\":\"usd\",\"limit\":\"1\",\"free\":\"0\",\"window_seconds\":null,\"retry_after\":5}",
		  "5", NULL, NULL, "no window, no policy" },
		{ "{\"retry_after\":5}", "5", NULL, NULL, "only when to try again" },
		{ "{}", NULL, NULL, NULL, "nothing" },
	};

	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
	{
		json_t *answer = json_loads(tests[i].answer, 0, NULL);
		Reply reply = { 0 };

		ratelimit_headers(&reply, answer);
		equal_texts(tests[i].name, header_of(&reply, "Retry-After"), tests[i].retry);
		equal_texts("its RateLimit-Policy", header_of(&reply, "RateLimit-Policy"), tests[i].policy);
		equal_texts("its RateLimit", header_of(&reply, "RateLimit"), tests[i].limit);
		json_decref(answer);
	}
}

static void
etags(void)
{
	check("a tag is found", etag_matches("\"abc\"", "abc") && etag_matches("W/\"abc\"", "abc"));
	check("in a list", etag_matches("\"x\", \"abc\"", "abc"));
	check("as any", etag_matches("*", "abc"));
	check("another is not", !etag_matches("\"abcd\"", "abc") && !etag_matches("\"ab\"", "abc") &&
								!etag_matches("abc", "abc"));
	check("nor in no header, nor in half of one",
		  !etag_matches(NULL, "abc") && !etag_matches("\"abc", "abc"));
}

static void
reads(void)
{
	Request *request = request_new(NULL, "GET", "/v1/state");

	answer_read(request, 200, "tag", "{}", 2);
	check("what was read is the body, with its tag",
		  request->reply.status == 200 && strcmp(request->reply.body.data, "{}") == 0);
	equal_texts("between quotation marks", header_of(&request->reply, "ETag"), "\"tag\"");
	request_free(request);
	request = request_new(NULL, "GET", "/v1/state");
	answer_read(request, 404, NULL, "{\"code\":\"unknown_path\",\"message\":\"no\"}", 38);
	check("what is wrong is a problem",
		  request->reply.status == 404 && strstr(request->reply.body.data, "Unknown path") != NULL);
	request_free(request);
	request = request_new(NULL, "GET", "/v1/state");
	answer_read(request, 401, NULL, "", 0);
	check("without a key, too",
		  request->reply.status == 401 && header_of(&request->reply, "WWW-Authenticate") != NULL);
	request_free(request);
}

int
main(void)
{
	words();
	singles();
	details();
	lists();
	limits();
	etags();
	reads();
	return done();
}
