/*
 * server_calls.c
 *		From bodies to calls.
 */
#include "unit.h"

#include <stdlib.h>

#include "http/head.h"
#include "routes/routes.h"
#include "settings.h"

#define RESERVATION "01890a5d-ac96-774b-bcce-b302099a8057"
#define OTHER_ID    "01890a5d-ac96-774b-bcce-b302099a8058"

/* A request with that body, as its route handles it. `header` is a line, or nothing. */
static Request *
handle(const char *path, const char *type, const char *header, const char *body)
{
	char text[1024];
	char allow[64];
	Head head;
	Request *request = request_new(NULL, "POST", path);
	int n = snprintf(text, sizeof(text), "POST %s HTTP/1.1\r\nHost: x\r\n%s\r\n", path, header);

	settings.upload_memory = 1;
	if (head_read(&head, text, (size_t) n) == HEAD_WHOLE)
		request->head = head_keep(&head, text);
	request->route = route_find("POST", path, request->id, allow, sizeof(allow));
	for (int i = 0; i < MAX_MEDIA && request->route->media[i].type != NULL; i++)
		if (strcmp(request->route->media[i].type, type) == 0)
			request->media = &request->route->media[i];
	request->many = request->media->many;
	if (*body)
		check("the body is kept", request_keep_body(request, body, strlen(body)));
	request->route->handle(request);
	return request;
}

/* The calls one behind the other, or the problem's detail. */
static void
becomes(const char *name, const char *path, const char *type, const char *header, const char *body,
		const char *wanted)
{
	Request *request = handle(path, type, header, body);
	const char *got = request->calls.data ? request->calls.data : "";

	if (request->reply.status != 0)
	{
		char *detail = strstr(request->reply.body.data, "\"detail\":\"");

		got = detail + 10;
		detail[strlen(detail) - 2] = '\0';
	}
	equal_texts(name, got, wanted);
	request_free(request);
}

#define JSON "application/json"

static void
singles(void)
{
	const char *path = "/v1/reservations/" RESERVATION "/";
	char settle[128];
	char draw[128];
	char release[128];
	Request *request;

	snprintf(settle, sizeof(settle), "%ssettle", path);
	snprintf(draw, sizeof(draw), "%sdraw", path);
	snprintf(release, sizeof(release), "%srelease", path);
	becomes("what the URL says stands before the body", settle, JSON, "", " {\"usd\": 1.50}",
			"{\"op\":\"settle\",\"id\":\"" RESERVATION "\",\"usd\": 1.50}");
	becomes("also of a body of nothing", settle, JSON, "", "{ }",
			"{\"op\":\"settle\",\"id\":\"" RESERVATION "\"}");
	becomes("or without one, where it may be missing", release, JSON, "", "",
			"{\"op\":\"release\",\"id\":\"" RESERVATION "\"}");
	becomes("a draw has a reservation, and an id of its own", draw, JSON, "", "{\"id\":\"x\"}",
			"{\"op\":\"draw\",\"reservation\":\"" RESERVATION "\",\"id\":\"x\"}");
	becomes("which no gateway makes", draw, JSON, "", "{}",
			"{\"op\":\"draw\",\"reservation\":\"" RESERVATION "\"}");
	becomes("but a header can give", draw, JSON, "Idempotency-Key: " OTHER_ID "\r\n", "{}",
			"{\"op\":\"draw\",\"reservation\":\"" RESERVATION "\",\"id\":\"" OTHER_ID "\"}");
	becomes("a reservation's id stays", "/v1/reservations", JSON, "", "{\"id\":7}",
			"{\"op\":\"reserve\",\"id\":7}");
	becomes("a header between quotation marks", "/v1/reservations", JSON,
			"Idempotency-Key: \"" OTHER_ID "\"\r\n", "{\"path\":\"a\"}",
			"{\"op\":\"reserve\",\"id\":\"" OTHER_ID "\",\"path\":\"a\"}");
	becomes("both, and the same", "/v1/reservations", JSON, "Idempotency-Key: " OTHER_ID "\r\n",
			"{\"id\":\"" OTHER_ID "\"}", "{\"op\":\"reserve\",\"id\":\"" OTHER_ID "\"}");
	becomes("both, and not the same", "/v1/reservations", JSON, "Idempotency-Key: " OTHER_ID "\r\n",
			"{\"id\":\"" RESERVATION "\"}", "Idempotency-Key and \\\"id\\\" are not the same");
	becomes("a header that is no such id", "/v1/reservations", JSON, "Idempotency-Key: 7\r\n", "{}",
			"Idempotency-Key must be a UUID version 7: the time of a call is the time in its id");
	becomes("an array", "/v1/reservations", JSON, "", "[]", "the body must be a JSON object");
	becomes("nothing", "/v1/reservations", JSON, "", "", "the body must be a JSON object");
	request = handle("/v1/reservations", JSON, "", "{}");
	check("a reservation without an id gets one",
		  request->calls.len == strlen("{\"op\":\"reserve\",\"id\":\"" RESERVATION "\"}"));
	request_free(request);
}

static void
lists(void)
{
	Text many = { 0 };
	Request *request;

	becomes("a list, of which those without an op are logged", "/v1/log/batch", JSON, "",
			"{\"events\": [{\"a\":1}, {\"op\":\"settle\"}, 7]}",
			"{\"op\":\"log\",\"a\":1}{\"op\":\"settle\"}7");
	becomes("a list of nothing", "/v1/log/batch", JSON, "", "{\"events\":[]}",
			"there are no events");
	becomes("another member", "/v1/log/batch", JSON, "", "{\"events\":[1],\"more\":1}",
			"the body must have one member, \\\"events\\\"");
	becomes("events twice", "/v1/log/batch", JSON, "", "{\"events\":[1],\"events\":[2]}",
			"the body must have one member, \\\"events\\\"");
	becomes("no list", "/v1/log/batch", JSON, "", "{\"events\":{}}",
			"the body must be {\\\"events\\\": [...]}");
	becomes("an array", "/v1/log/batch", JSON, "", "[1]",
			"the body must be {\\\"events\\\": [...]}");
	becomes("an event that is not JSON", "/v1/log/batch", JSON, "", "{\"events\":[1,,2]}",
			"event 2 is not JSON");
	text_add_literal(&many, "{\"events\":[1");
	for (int i = 1; i < MAX_CALLS; i++)
		text_add_literal(&many, ",1");
	text_add_literal(&many, "]}");
	request = handle("/v1/log/batch", JSON, "", many.data);
	check("500 events are taken", request->ncalls == MAX_CALLS && request->reply.status == 0);
	request_free(request);
	many.len -= 2;
	text_add_literal(&many, ",1]}");
	request = handle("/v1/log/batch", JSON, "", many.data);
	equal_numbers("501 are too many", request->reply.status, 413);
	request_free(request);
	text_free(&many);
}

#define EVENT  "application/cloudevents+json"
#define EVENTS "application/cloudevents-batch+json"
#define ENVELOPE \
	"\"specversion\":\"1.0\",\"id\":\"7\",\"source\":\"s\",\"type\":\"t\",\"time\":\"2026-11-01T00:00:00Z\""

static void
cloudevents(void)
{
	becomes(
		"an event", "/v1/events", EVENT, "",
		"{" ENVELOPE
		",\"subject\":\"a/b\",\"data\":{\"model\":\"m\",\"prompt_tokens\":1,\"user\":\"u\",\"n\":1.50}}",
		"{\"op\":\"log\",\"model\":\"m\",\"id\":\"01a19467-e800-77ac-8a9a-b1f80d000aa6\",\"path\":\"a/b\",\"usage\":{\"input_tokens\":1},"
		"\"tags\":{\"user\":\"u\",\"n\":\"1.50\",\"type\":\"t\"}}");
	becomes(
		"tokens of the class that it names", "/v1/events", EVENT, "",
		"{" ENVELOPE ",\"data\":{\"path\":\"a\",\"tokens\":5,\"type\":\"output\"}}",
		"{\"op\":\"log\",\"path\":\"a\",\"id\":\"01a19467-e800-77ac-8a9a-b1f80d000aa6\",\"usage\":{\"output_tokens\":5},\"tags\":{\"type\":\"t\"}}");
	becomes(
		"a type without tokens is a tag, usage and tags are taken over", "/v1/events", EVENT, "",
		"{" ENVELOPE
		",\"data\":{\"path\":\"a\",\"type\":\"x\",\"usage\":{\"images\":2},\"tags\":{\"k\":\"v\"},\"none\":null}}",
		"{\"op\":\"log\",\"path\":\"a\",\"id\":\"01a19467-e800-77ac-8a9a-b1f80d000aa6\",\"usage\":{\"images\":2},"
		"\"tags\":{\"k\":\"v\",\"data_type\":\"x\",\"type\":\"t\"}}");
	becomes(
		"what a provider sent goes on as it is", "/v1/events", EVENT, "",
		"{" ENVELOPE ",\"data\":{\"path\":\"a\",\"provider_usage\":{\"a\":{\"b\":[1.0]}}}}",
		"{\"op\":\"log\",\"path\":\"a\",\"provider_usage\":{\"a\":{\"b\":[1.0]}},\"id\":\"01a19467-e800-77ac-8a9a-b1f80d000aa6\","
		"\"tags\":{\"type\":\"t\"}}");
	becomes(
		"an object that is not known is for SQL to refuse", "/v1/events", EVENT, "",
		"{" ENVELOPE ",\"data\":{\"path\":\"a\",\"extra\":{}}}",
		"{\"op\":\"log\",\"path\":\"a\",\"extra\":{},\"id\":\"01a19467-e800-77ac-8a9a-b1f80d000aa6\",\"tags\":{\"type\":\"t\"}}");
	becomes(
		"an id that is a UUID of that time stays", "/v1/events", EVENT, "",
		"{\"specversion\":\"1.0\",\"id\":\"" RESERVATION
		"\",\"source\":\"s\",\"type\":\"t\",\"time\":\"2023-06-30T03:34:18.518Z\",\"data\":{\"path\":\"a\"}}",
		"{\"op\":\"log\",\"path\":\"a\",\"id\":\"" RESERVATION "\",\"tags\":{\"type\":\"t\"}}");
	becomes("an event without a time is of its id's, where that has one", "/v1/events", EVENT, "",
			"{\"specversion\":\"1.0\",\"id\":\"" RESERVATION
			"\",\"source\":\"s\",\"type\":\"t\",\"data\":{\"path\":\"a\"}}",
			"{\"op\":\"log\",\"path\":\"a\",\"id\":\"" RESERVATION "\",\"tags\":{\"type\":\"t\"}}");
	becomes("several", "/v1/events", EVENTS, "", "[7,{}]",
			"{\"op\":\"log\",\"event\":7}{\"op\":\"log\",\"event\":{}}");
	becomes("none", "/v1/events", EVENTS, "", "[]", "there are no events");
	becomes("a list where one is meant", "/v1/events", EVENT, "", "[]",
			"the body must be an event");
	becomes("one where a list is meant", "/v1/events", EVENTS, "", "{}",
			"the body must be an array of events");
}

/* An event that makes no call is kept whole, with what is wrong with it. */
static void
faults(void)
{
	static const char *const tests[][2] = {
		{ "7", "an event must be a JSON object" },
		{ "{" ENVELOPE "}", "there is no \"data\", which says what was used" },
		{ "{" ENVELOPE ",\"data\":7}", "\"data\" must be a JSON object" },
		{ "{" ENVELOPE ",\"data\":{7}}", "\"data\" is not JSON" },
		{ "{" ENVELOPE ",\"data\":{}}",
		  "there is no path, neither in \"data\" nor as \"subject\"" },
		{ "{" ENVELOPE ",\"data_base64\":\"\",\"data\":{}}",
		  "\"data_base64\" is not read: what was used must be a JSON object in \"data\"" },
		{ "{\"specversion\":\"0.3\",\"data\":{}}", "\"specversion\" must be \"1.0\"" },
		{ "{\"specversion\":\"1.0\",\"id\":\"\",\"data\":{}}",
		  "\"id\" must be a string that is not empty" },
		{ "{\"specversion\":\"1.0\",\"id\":\"a\\u0000\",\"data\":{}}",
		  "\"id\" must be a string that is not empty" },
		{ "{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":2,\"data\":{}}",
		  "\"source\" must be a string that is not empty" },
		{ "{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"2\",\"data\":{}}",
		  "\"type\" must be a string that is not empty" },
		{ "{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"2\",\"type\":\"3\",\"time\":\"now\",\"data\":{}}",
		  "\"time\" must be an RFC 3339 time: it says when the call was" },
		{ "{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"2\",\"type\":\"3\",\"time\":7,\"data\":{}}",
		  "\"time\" must be an RFC 3339 time: it says when the call was" },
	};

	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
	{
		char body[512];
		char kept[512];
		Request *request;

		snprintf(body, sizeof(body), "[%s]", tests[i][0]);
		snprintf(kept, sizeof(kept), "{\"op\":\"log\",\"event\":%s}", tests[i][0]);
		request = handle("/v1/events", EVENTS, "", body);
		check("it is one call", request->ncalls == 1 && strcmp(request->calls.data, kept) == 0);
		equal_texts(tests[i][1], request->call[0].fault, tests[i][1]);
		request_free(request);
	}
}

int
main(void)
{
	singles();
	lists();
	cloudevents();
	faults();
	return done();
}
