/*
 * http.c
 *		What is asked, and by whom it is answered.
 *
 * The workers read a request to its end and find out here what it wants. One that
 * needs the database is handed to a lane or a reader, which hands it back with
 * its reply.
 */
#include "http.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "admit.h"
#include "answers.h"
#include "api.h"
#include "channel.h"
#include "clock.h"
#include "connection.h"
#include "lane.h"
#include "listen.h"
#include "log.h"
#include "metrics.h"
#include "options.h"
#include "query.h"
#include "reader.h"
#include "routes.h"
#include "worker.h"

static atomic_bool stopping;
static atomic_size_t upload_memory;

const char *
http_header(const Request *request, const char *name)
{
	return request->head != NULL ? head_field(request->head, name) : NULL;
}

bool
http_cookie(const Request *request, const char *name, char *value, size_t size)
{
	const char *p = http_header(request, "Cookie");
	size_t		name_len = strlen(name);

	while (p != NULL && *p)
	{
		size_t		n;

		p += strspn(p, " \t;");
		n = strcspn(p, ";");
		if (n > name_len && strncmp(p, name, name_len) == 0 && p[name_len] == '=' && n - name_len <= size)
		{
			memcpy(value, p + name_len + 1, n - name_len - 1);
			value[n - name_len - 1] = '\0';
			return true;
		}
		p += n;
	}
	return false;
}

bool
http_stopping(void)
{
	return atomic_load(&stopping);
}

void
request_suspend(Request *request)
{
	request->state = REQUEST_SUSPENDED;
}

void
request_resume(Request *request)
{
	request->state = REQUEST_ANSWERED;
	worker_post(request->connection);
}

/* Whether a Content-Type is one of those named, whatever its parameters. */
static bool
is_media_type(const char *header, const char *wanted)
{
	size_t		len = header ? strcspn(header, "; \t") : 0;

	for (const char *p = wanted; len > 0 && *p; p += strspn(p, " "))
	{
		size_t		n = strcspn(p, " ");

		if (n == len && strncasecmp(p, header, n) == 0)
			return true;
		p += n;
	}
	return false;
}

/* What can be judged by the headers alone. May set the reply. */
static void
read_headers(Request *request, const char *method, const char *url)
{
	char		allow[64];

	request->route = route_find(method, url, request->id, allow, sizeof(allow));
	if (request->route == NULL && *allow)
	{
		answer_problem(request, "method_not_allowed", "use %s", allow);
		reply_header(&request->reply, "Allow", "%s", allow);
		return;
	}
	if (request->route == NULL)
	{
		answer_problem(request, "not_found", "there is nothing at this address");
		return;
	}
	if (request->route->needs_key)
	{
		request->has_key = key_read(http_header(request, "Authorization"), &request->key);
		if (!request->has_key)
		{
			answer_problem(request, "unauthorized", "the API key is not valid");
			return;
		}
	}
	/* A probe may add what it likes. */
	if (request->route->kind == ROUTE_API)
		api_read_headers(request);
	else if (request->route->kind != ROUTE_HERE)
		query_parameters(request);
}

/* Splits the target, whose parts stay in the head's text. */
Request *
http_begin(Connection *connection, const Head *head, const char *data)
{
	Head	   *kept = head_keep(head, data);
	char	   *path = kept->text + kept->target;
	char	   *query = strchr(path, '?');
	Request    *request;

	if (query != NULL)
		*query++ = '\0';
	(void) query_decode(path);
	request = request_new(connection, kept->text + kept->method, path);
	request->head = kept;
	request->query = query;
	read_headers(request, request->method, path);
	return request;
}

static size_t
max_body(const Request *request)
{
	return request->route != NULL && request->route->max_body ? request->route->max_body : MAX_BODY_BYTES;
}

bool
http_refuses_body(Request *request)
{
	uint64_t	length = request->head->length;

	if (length > max_body(request) && request->reply.status == 0)
		answer_problem(request, "too_large", "a body has at most %zu bytes", max_body(request));
	if (request->reply.status == 0)
		return false;
	return length > MAX_DISCARDED || request->head->expects;
}

/* Whether there is memory for so much more of bodies. */
static bool
hold(Request *request, size_t len)
{
	const size_t limit = (size_t) options.upload_memory * 1024 * 1024;

	while (atomic_fetch_add(&upload_memory, len) + len > limit)
	{
		atomic_fetch_sub(&upload_memory, len);
		if (!admit_free_memory(request->connection))
			return false;
	}
	request->held += len;
	return true;
}

void
http_take_body(Request *request, const char *data, size_t len)
{
	request->received += len;
	if (request->reply.status != 0 || request->route->content_types == NULL)
		return;
	if (request->body.len + len > max_body(request))
		answer_problem(request, "too_large", "a body has at most %zu bytes", max_body(request));
	else if (!hold(request, len))
		answer_problem(request, "overloaded", "too many bodies are being sent; nothing happened");
	else
		text_add(&request->body, data, len);
}

/* Answers it at once, or says whether somebody else is to. */
static void
judge(Request *request)
{
	const Route *route = request->route;

	request->deadline = clock_now() + options.deadline * CLOCK_MILLISECOND;
	if (http_stopping() && route->kind != ROUTE_HERE)
	{
		answer_trouble(request, TROUBLE_STOPPING);
		return;
	}
	if (route->content_types != NULL && !(route->body_optional && request->body.len == 0) &&
		!is_media_type(http_header(request, "Content-Type"), route->content_types))
	{
		answer_problem(request, "unsupported_media_type", "the body must be one of: %s", route->content_types);
		return;
	}
	if (route->handle != NULL)
		route->handle(request);
}

bool
http_carry_out(Request *request)
{
	if (request->reply.status == 0)
		judge(request);
	if (request->reply.status != 0)
		return true;
	request_suspend(request);
	if (request->route->kind == ROUTE_CALLS)
		lane_submit(request);
	else
		reader_submit(request);
	return false;
}

static void
log_request(const Request *request, int64_t took)
{
	Text		t = {0};
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
http_end(Request *request, bool left_by_client)
{
	int64_t		took = clock_now() - request->started;

	assert(request->state != REQUEST_SUSPENDED);
	if (request->reply.status != 0)
		metrics_request(request, took);
	if (log_wants(LOG_INFO) && (request->reply.status != 0 || !left_by_client))
		log_request(request, took);
	atomic_fetch_sub(&upload_memory, request->held);
	request_free(request);
}

void
http_start(void)
{
	listen_descriptors();
	channel_start();
	workers_start(listen_socket());
}

void
http_quiesce(void)
{
	atomic_store(&stopping, true);
	workers_quiesce();
}

void
http_stop(void)
{
	workers_stop();
	channel_stop();
}
