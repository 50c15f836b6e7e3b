/*
 * request.c
 *		One HTTP request.
 */
#include "request.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/memory.h"
#include "settings.h"

static atomic_uint_fast64_t last_number;
static atomic_int alive;
static atomic_size_t body_memory;

Request *
request_new(const Origin *origin, const char *method, const char *path)
{
	Request *request = must_alloc(sizeof(*request));

	request->origin = origin;
	snprintf(request->method, sizeof(request->method), "%s", method);
	request->path = must_copy(path, strnlen(path, 256));
	request->number = atomic_fetch_add(&last_number, 1) + 1;
	request->started = clock_now();
	atomic_fetch_add(&alive, 1);
	return request;
}

void
request_free(Request *request)
{
	for (int i = 0; i < request->ncalls; i++)
		free(request->call[i].answer);
	for (int i = 0; i < MAX_PARAMETERS; i++)
		free(request->parameter[i]);
	if (request->call != &request->single)
		free(request->call);
	free(request->path);
	free(request->head);
	atomic_fetch_sub(&body_memory, request->body.len);
	text_free(&request->calls);
	text_free(&request->browser.query);
	text_free(&request->body);
	text_free(&request->reply.body);
	free(request);
	atomic_fetch_sub(&alive, 1);
}

int
request_count(void)
{
	return atomic_load(&alive);
}

const char *
request_header(const Request *request, const char *name)
{
	return request->head != NULL ? head_field(request->head, name) : NULL;
}

bool
request_cookie(const Request *request, const char *name, char *value, size_t size)
{
	const char *p = request_header(request, "Cookie");
	size_t name_len = strlen(name);

	while (p != NULL && *p)
	{
		size_t n;

		p += strspn(p, " \t;");
		n = strcspn(p, ";");
		if (n > name_len && strncmp(p, name, name_len) == 0 && p[name_len] == '=' &&
			n - name_len <= size)
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
request_keep_body(Request *request, const char *data, size_t len)
{
	const size_t limit = (size_t) settings.upload_memory * 1024 * 1024;

	if (atomic_fetch_add(&body_memory, len) + len > limit)
	{
		atomic_fetch_sub(&body_memory, len);
		return false;
	}
	text_add(&request->body, data, len);
	return true;
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
	request->origin->wake(request->origin->connection);
}

/*
 * `object` begins and ends with braces; or is something else, which is no call:
 * it goes to SQL as it is, to be judged and kept there.
 */
void
request_add_call(Request *request, const char *fields, const char *object, size_t len)
{
	Text *t = &request->calls;
	Call *call;

	/* The first has its place in the request; from the second on there is room for all. */
	if (request->ncalls == 0)
		request->call = &request->single;
	else if (request->ncalls == 1)
	{
		request->call = must_alloc(MAX_CALLS * sizeof(Call));
		request->call[0] = request->single;
	}
	call = &request->call[request->ncalls++];
	*call = (Call){ .at = t->len };
	request->left++;
	if (*fields && len >= 2 && object[0] == '{')
	{
		size_t rest = 1;

		while (rest < len && (object[rest] == ' ' || object[rest] == '\t' || object[rest] == '\n' ||
							  object[rest] == '\r'))
			rest++;
		text_add_char(t, '{');
		text_add_string(t, fields);
		if (object[rest] != '}')
			text_add_char(t, ',');
		text_add(t, object + rest, len - rest);
	}
	else
		text_add(t, object, len);
	call->len = t->len - call->at;
}

void
reply_header(Reply *reply, const char *name, const char *fmt, ...)
{
	Header *header;
	va_list args;

	if (reply->nheaders == MAX_REPLY_HEADERS)
		return;
	header = &reply->header[reply->nheaders++];
	header->name = name;
	va_start(args, fmt);
	vsnprintf(header->value, sizeof(header->value), fmt, args);
	va_end(args);
}
