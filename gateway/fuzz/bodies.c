/*
 * bodies.c
 *		libFuzzer target: bodies of requests to the handlers that make calls of
 *		them, and answers of SQL to the code that makes replies.
 *
 *	make fuzz && build-fuzz/fuzz/bodies fuzz/corpus
 *
 * The first byte chooses the handler. What it must keep to is checked here.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "answers/sql_answers.h"
#include "lib/memory.h"
#include "routes/routes.h"
#include "settings.h"

static void
must(bool condition)
{
	if (!condition)
		abort();
}

static const struct
{
	const char *method;
	const char *path;
	const char *type;
} targets[] = {
	{ "POST", "/v1/reservations", "application/json" },
	{ "POST", "/v1/reservations/01890000-0000-7000-8000-000000000000/settle", "application/json" },
	{ "POST", "/v1/reservations/01890000-0000-7000-8000-000000000000/draw", "application/json" },
	{ "POST", "/v1/reservations/01890000-0000-7000-8000-000000000000/release", "application/json" },
	{ "POST", "/v1/log/batch", "application/json" },
	{ "POST", "/v1/events", "application/cloudevents+json" },
	{ "POST", "/v1/events", "application/cloudevents-batch+json" },
};

#define NTARGETS (sizeof(targets) / sizeof(targets[0]))

/* A request as the reader of HTTP leaves it, with this body and an Idempotency-Key if it has one. */
static Request *
make_request(size_t target, const char *key, const char *body, size_t len)
{
	char text[512];
	char allow[64];
	Head head;
	Request *request = request_new(NULL, targets[target].method, targets[target].path);
	int n =
		snprintf(text, sizeof(text), "%s %s HTTP/1.1\r\nHost: x\r\nContent-Type: %s\r\n%s%s%s\r\n",
				 targets[target].method, targets[target].path, targets[target].type,
				 *key ? "Idempotency-Key: " : "", key, *key ? "\r\n" : "");

	if (head_read(&head, text, (size_t) n) == HEAD_WHOLE)
		request->head = head_keep(&head, text);
	request->route =
		route_find(targets[target].method, targets[target].path, request->id, allow, sizeof(allow));
	must(request->route != NULL);
	for (int i = 0; i < MAX_MEDIA && request->route->media[i].type != NULL; i++)
		if (strcmp(request->route->media[i].type, targets[target].type) == 0)
			request->media = &request->route->media[i];
	must(request->media != NULL);
	request->many = request->media->many;
	must(request_keep_body(request, body, len));
	return request;
}

/* Each call is text of its own inside request->calls, and a reply is there only instead of calls. */
static void
check_calls(const Request *request)
{
	size_t end = 0;

	must(request->ncalls <= MAX_CALLS);
	must((request->reply.status != 0) || request->ncalls > 0);
	for (int i = 0; i < request->ncalls; i++)
	{
		must(request->call[i].at == end);
		end += request->call[i].len;
	}
	must(end == request->calls.len);
}

/* An answer of SQL is trusted to be JSON; this holds whatever it is. */
static void
check_reply(Request *request, const uint8_t *data, size_t size)
{
	request->reply.status = 0;
	for (int i = 0; i < request->ncalls; i++)
	{
		request->call[i].outcome = (Outcome) ((size + (size_t) i) % NOUTCOMES);
		request->call[i].answer = must_copy((const char *) data, size);
		request->call[i].answer_len = size;
	}
	if (request->ncalls > 0)
	{
		answer_calls(request);
		must(request->reply.status >= 200 && request->reply.status < 600);
		must(request->reply.nheaders <= MAX_REPLY_HEADERS);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *body = (const char *) data + 1;
	Request *request;
	char id[40];
	char allow[64];
	char idempotency_key[37] = "";
	Key key;
	char *text;

	if (size < 2)
		return 0;
	settings.upload_memory = 1;
	text = must_copy(body, size - 1);
	(void) key_read(text, &key);
	(void) route_find("POST", text, id, allow, sizeof(allow));
	free(text);

	if (data[0] >= 128 && size > 40)
		memcpy(idempotency_key, body, 36);
	request = make_request(data[0] % NTARGETS, idempotency_key, body, size - 1);
	request->route->handle(request);
	check_calls(request);
	check_reply(request, data + 1, size - 1);
	request_free(request);
	return 0;
}
