/*
 * dispatch.c
 *		What is asked, and by whom it is answered.
 *
 * A request that needs the database is handed to a lane or a pool, which hands
 * it back with its reply.
 */
#include "routes/dispatch.h"

#include <assert.h>
#include <string.h>
#include <strings.h>

#include "answers/answers.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "metrics.h"
#include "routes/query.h"
#include "routes/routes.h"
#include "settings.h"
#include "stopping.h"

/* The form of body that a Content-Type names, whatever its parameters; NULL if the route does not take it. */
static const Media *
find_media(const Route *route, const char *content_type)
{
	size_t len = content_type ? strcspn(content_type, "; \t") : 0;

	for (int i = 0; len > 0 && i < MAX_MEDIA && route->media[i].type != NULL; i++)
		if (strlen(route->media[i].type) == len &&
			strncasecmp(route->media[i].type, content_type, len) == 0)
			return &route->media[i];
	return NULL;
}

/* Of a request that has a body, says what it is. May set the reply. */
static void
read_media(Request *request)
{
	const Route *route = request->route;
	Text known = { 0 };

	if (route->media[0].type == NULL || (route->body_optional && request->body.len == 0))
		return;
	request->media = find_media(route, request_header(request, "Content-Type"));
	if (request->media != NULL)
	{
		request->many = request->media->many;
		return;
	}
	for (int i = 0; i < MAX_MEDIA && route->media[i].type != NULL; i++)
		text_format(&known, "%s%s", i > 0 ? " " : "", route->media[i].type);
	answer_problem(request, PROBLEM_UNSUPPORTED_MEDIA_TYPE, "the body must be one of: %s",
				   known.data);
	text_free(&known);
}

/* What can be judged by the headers alone. May set the reply. */
static void
read_headers(Request *request, const char *method, const char *url)
{
	char allow[64];

	request->route = route_find(method, url, request->id, allow, sizeof(allow));
	if (request->route == NULL && *allow)
	{
		answer_problem(request, PROBLEM_METHOD_NOT_ALLOWED, "use %s", allow);
		reply_header(&request->reply, "Allow", "%s", allow);
		return;
	}
	if (request->route == NULL)
	{
		answer_problem(request, PROBLEM_NOT_FOUND, "there is nothing at this address");
		return;
	}
	if (request->route->needs_key)
		request->has_key = key_read(request_header(request, "Authorization"), &request->key);
	if (request->route->needs_key && !request->has_key)
		answer_unauthorized(request);
	else if (request->route->begin != NULL)
		request->route->begin(request);
}

/* Splits the target, whose parts stay in the head's text. */
Request *
dispatch_begin(const Origin *origin, const Head *head, const char *data)
{
	Head *kept = head_keep(head, data);
	char *path = kept->text + kept->target;
	char *query = strchr(path, '?');
	Request *request;

	if (query != NULL)
		*query++ = '\0';
	(void) query_decode(path);
	request = request_new(origin, kept->text + kept->method, path);
	request->head = kept;
	request->query = query;
	read_headers(request, request->method, path);
	return request;
}

static size_t
max_body(const Request *request)
{
	return request->route != NULL && request->route->max_body ? request->route->max_body :
																MAX_BODY_BYTES;
}

bool
dispatch_refuses_body(Request *request)
{
	uint64_t length = request->head->length;

	if (length > max_body(request) && request->reply.status == 0)
		answer_problem(request, PROBLEM_TOO_LARGE, "a body has at most %zu bytes",
					   max_body(request));
	if (request->reply.status == 0)
		return false;
	return length > MAX_DISCARDED || request->head->expects;
}

bool
dispatch_keeps_body(Request *request, size_t len)
{
	if (request->reply.status != 0 || request->route->media[0].type == NULL)
		return false;
	if (request->body.len + len <= max_body(request))
		return true;
	answer_problem(request, PROBLEM_TOO_LARGE, "a body has at most %zu bytes", max_body(request));
	return false;
}

/* Answers it at once, or leaves it to those to whom it is handed on. */
static void
judge(Request *request)
{
	const Route *route = request->route;

	request->deadline = clock_now() + settings.deadline * CLOCK_MILLISECOND;
	if (stopping() && route->submit != NULL)
	{
		answer_trouble(request, TROUBLE_STOPPING);
		return;
	}
	read_media(request);
	if (request->reply.status == 0 && route->handle != NULL)
		route->handle(request);
}

bool
dispatch_carry_out(Request *request)
{
	if (request->reply.status == 0)
		judge(request);
	if (request->reply.status != 0)
		return true;
	request_suspend(request);
	request->route->submit(request);
	return false;
}

static void
log_request(const Request *request, int64_t took)
{
	Text t = { 0 };
	const Reply *reply = &request->reply;

	text_format(&t, ",\"request\":%llu,\"method\":", (unsigned long long) request->number);
	text_add_json(&t, request->method, strlen(request->method));
	if (request->route != NULL && strchr(request->route->path, '*') == NULL)
		text_format(&t, ",\"route\":\"%s\"", request->route->path);
	else
	{
		text_add_literal(&t, ",\"path\":");
		text_add_json(&t, request->path, strlen(request->path));
	}
	text_format(&t, ",\"status\":%d,\"us\":%lld,\"in\":%zu,\"out\":%zu", reply->status,
				(long long) took, request->received,
				reply->constant != NULL ? reply->constant_len : reply->body.len);
	if (request->has_key)
		text_format(&t, ",\"account\":%d", request->key.account);
	if (request->ncalls > 0)
		text_format(&t, ",\"calls\":%d", request->ncalls);
	if (reply->outcome != NULL)
		text_format(&t, ",\"outcome\":\"%s\"", reply->outcome);
	log_line(LOG_INFO, "request", &t);
	text_free(&t);
}

void
dispatch_end(Request *request, bool left_by_client)
{
	int64_t took = clock_now() - request->started;

	assert(request->state != REQUEST_SUSPENDED);
	if (request->reply.status != 0)
		metrics_request(request, took);
	if (log_wants(LOG_INFO) && (request->reply.status != 0 || !left_by_client))
		log_request(request, took);
	request_free(request);
}
