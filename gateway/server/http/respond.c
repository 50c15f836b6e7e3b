/*
 * respond.c
 *		Replies as bytes.
 */
#include "http/respond.h"

#include <stdio.h>
#include <string.h>

/* What a browser is told about a page: nothing from elsewhere, no frame around it. */
static const char page_headers[] =
	"Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; "
	"img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; "
	"base-uri 'none'; form-action 'self'; frame-ancestors 'none'\r\n"
	"X-Content-Type-Options: nosniff\r\n"
	"X-Frame-Options: DENY\r\n"
	"Referrer-Policy: no-referrer\r\n"
	"Cross-Origin-Opener-Policy: same-origin\r\n"
	"Cross-Origin-Resource-Policy: same-origin\r\n"
	"Permissions-Policy: camera=(), microphone=(), geolocation=(), payment=()\r\n";

static const struct
{
	int status;
	const char *reason;
} reasons[] = {
	{ 200, "OK" },
	{ 201, "Created" },
	{ 202, "Accepted" },
	{ 204, "No Content" },
	{ 304, "Not Modified" },
	{ 400, "Bad Request" },
	{ 401, "Unauthorized" },
	{ 402, "Payment Required" },
	{ 403, "Forbidden" },
	{ 404, "Not Found" },
	{ 405, "Method Not Allowed" },
	{ 409, "Conflict" },
	{ 410, "Gone" },
	{ 412, "Precondition Failed" },
	{ 413, "Content Too Large" },
	{ 414, "URI Too Long" },
	{ 415, "Unsupported Media Type" },
	{ 417, "Expectation Failed" },
	{ 422, "Unprocessable Content" },
	{ 428, "Precondition Required" },
	{ 429, "Too Many Requests" },
	{ 431, "Request Header Fields Too Large" },
	{ 500, "Internal Server Error" },
	{ 501, "Not Implemented" },
	{ 503, "Service Unavailable" },
	{ 505, "HTTP Version Not Supported" },
};

static const char *
reason_of(int status)
{
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (reasons[i].status == status)
			return reasons[i].reason;
	return "Other";
}

static void
add_header(Text *t, const char *name, const char *value)
{
	text_add_string(t, name);
	text_add_literal(t, ": ");
	text_add_string(t, value);
	text_add_literal(t, "\r\n");
}

static bool
has_body(const Request *request)
{
	return request->reply.status != 204 && request->reply.status != 304;
}

static size_t
body_length(const Request *request)
{
	return request->reply.constant != NULL ? request->reply.constant_len : request->reply.body.len;
}

void
respond_head(Text *t, const Request *request, const char *date, bool last)
{
	const Reply *reply = &request->reply;

	text_reserve(t, 512);
	text_format(t, "HTTP/1.1 %d %s\r\nDate: %s\r\n", reply->status, reason_of(reply->status), date);
	if (last)
		text_add_literal(t, "Connection: close\r\n");
	else if (request->head != NULL && request->head->old)
		text_add_literal(t, "Connection: keep-alive\r\n");
	if (reply->content_type != NULL)
		add_header(t, "Content-Type", reply->content_type);
	for (int i = 0; i < reply->nheaders; i++)
		add_header(t, reply->header[i].name, reply->header[i].value);
	if (reply->page)
		text_add_literal(t, page_headers);
	if (has_body(request))
		text_format(t, "Content-Length: %zu\r\n", body_length(request));
	text_format(t, "X-Request-Id: %llu\r\n\r\n", (unsigned long long) request->number);
}

const char *
respond_body(const Request *request, size_t *len)
{
	const Reply *reply = &request->reply;

	*len = has_body(request) && strcmp(request->method, "HEAD") != 0 ? body_length(request) : 0;
	if (reply->constant != NULL)
		return reply->constant;
	return reply->body.data != NULL ? reply->body.data : "";
}
