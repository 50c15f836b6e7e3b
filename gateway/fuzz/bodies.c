/*
 * bodies.c
 *		libFuzzer target: bodies of requests to the handlers that make calls of
 *		them, and answers of SQL to the code that makes replies.
 *
 *	make fuzz && build-fuzz/bodies fuzz/corpus
 *
 * The first byte chooses the handler. What it must keep to is checked here.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "answers.h"
#include "calls.h"
#include "http.h"
#include "key.h"
#include "lane.h"
#include "options.h"
#include "reader.h"
#include "routes.h"
#include "slice.h"
#include "static.h"

/* What the handlers ask of the rest of the gateway. */
Options		options;
static const char *content_type;
static char idempotency_key[64];

const char *
http_header(const Request *request, const char *name)
{
	(void) request;
	return strcasecmp(name, "Content-Type") == 0 ? content_type :
		strcasecmp(name, "Idempotency-Key") == 0 && *idempotency_key ? idempotency_key : NULL;
}

bool
http_stopping(void)
{
	return false;
}

/* Lanes and readers, for /metrics and /readyz, which are not asked here. */
bool
lanes_ready(void)
{
	return true;
}

int
lane_count(void)
{
	return 0;
}

bool
lane_is_up(int lane)
{
	return lane >= 0;
}

int
lane_queued(int lane)
{
	return lane;
}

int
readers_up(void)
{
	return 0;
}

int
readers_queued(void)
{
	return 0;
}

/* The dashboard's files. */
bool
static_has(const char *path)
{
	return path == NULL;
}

void
static_answer(Request *request)
{
	(void) request;
}

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
}			targets[] = {
	{"POST", "/v1/reservations", "application/json"},
	{"POST", "/v1/reservations/01890000-0000-7000-8000-000000000000/settle", "application/json"},
	{"POST", "/v1/reservations/01890000-0000-7000-8000-000000000000/draw", "application/json"},
	{"POST", "/v1/reservations/01890000-0000-7000-8000-000000000000/release", "application/json"},
	{"POST", "/v1/log/batch", "application/json"},
	{"POST", "/v1/events", "application/cloudevents+json"},
	{"POST", "/v1/events", "application/cloudevents-batch+json"},
};

#define NTARGETS (sizeof(targets) / sizeof(targets[0]))

/* Each call is text of its own inside request->calls, and a reply is there only instead of calls. */
static void
check_calls(const Request *request)
{
	size_t		end = 0;

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
	static const char *const outcomes[] = {"granted", "recorded", "refused", "rejected", "conflict", "busy", "unauthorized", "other"};

	request->reply.status = 0;
	for (int i = 0; i < request->ncalls; i++)
	{
		const char *outcome = outcomes[(size + (size_t) i) % 8];

		request->call[i].outcome = answer_outcome(outcome);
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
	Request    *request;
	char		allow[64];
	Key			key;
	char	   *text;
	size_t		target;

	if (size < 2)
		return 0;
	target = data[0] % NTARGETS;
	text = must_copy((const char *) data + 1, size - 1);
	(void) key_read(text, &key);
	(void) route_find("POST", text, (char[40]) {0}, allow, sizeof(allow));

	request = request_new(NULL, targets[target].method, targets[target].path);
	request->route = route_find(targets[target].method, targets[target].path, request->id, allow, sizeof(allow));
	must(request->route != NULL);
	content_type = targets[target].type;
	idempotency_key[0] = '\0';
	if (data[0] >= 128 && size > 40)
	{
		memcpy(idempotency_key, data + 1, 36);
		idempotency_key[36] = '\0';
	}
	text_add(&request->body, (const char *) data + 1, size - 1);
	request->route->handle(request);
	check_calls(request);
	check_reply(request, data + 1, size - 1);
	request_free(request);
	free(text);
	return 0;
}
