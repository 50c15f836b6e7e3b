/*
 * answers.c
 *		Replies that the gateway makes by itself.
 */
#include "answers/answers.h"

#include <stdio.h>
#include <string.h>

const char json_media[] = "application/json";

void
answer_text(Request *request, int status, const char *content_type, const char *body, size_t len)
{
	Reply *reply = &request->reply;

	reply->status = status;
	reply->content_type = content_type;
	reply->body.len = 0;
	text_add(&reply->body, body, len);
}

void
problem_begin(Reply *reply, const char *code, const char *title, int status)
{
	Text *body = &reply->body;

	body->len = 0;
	text_add_literal(body, "{\"type\":\"urn:quotakit:problem:");
	text_add_string(body, code);
	text_add_literal(body, "\",\"title\":");
	text_add_json(body, title, strlen(title));
	text_format(body, ",\"status\":%d", status);
	/* It may take the place of an answer that turned out not to be true. */
	reply->nheaders = 0;
	reply->status = status;
	reply->content_type = "application/problem+json";
	if (status == 503)
		reply_header(reply, "Retry-After", "1");
	else if (status == 401)
		reply_header(reply, "WWW-Authenticate", "Bearer realm=\"quotakit\"");
}

void
answer_problem(Request *request, ProblemCode code, const char *fmt, ...)
{
	const Problem *problem = &problems[code];
	Text *body = &request->reply.body;
	char detail[512];
	va_list args;

	va_start(args, fmt);
	vsnprintf(detail, sizeof(detail), fmt, args);
	va_end(args);
	problem_begin(&request->reply, problem->code, problem->title, problem->status);
	text_add_literal(body, ",\"code\":\"");
	text_add_string(body, problem->code);
	text_add_literal(body, "\",\"detail\":");
	text_add_json(body, detail, strlen(detail));
	text_add_char(body, '}');
	request->reply.outcome = problem->code;
}

void
answer_unauthorized(Request *request)
{
	answer_problem(request, PROBLEM_UNAUTHORIZED, "the API key is not valid");
}

void
answer_trouble(Request *request, Trouble trouble)
{
	static const struct
	{
		ProblemCode code;
		const char *detail;
	} told[NTROUBLES] = {
		[TROUBLE_NONE] = { PROBLEM_INTERNAL, "the request could not be carried out" },
		[TROUBLE_UNAVAILABLE] = { PROBLEM_UNAVAILABLE, "the database is away; nothing happened" },
		[TROUBLE_OVERLOADED] = { PROBLEM_OVERLOADED,
								 "too many requests are waiting; nothing happened" },
		[TROUBLE_LATE] = { PROBLEM_OVERLOADED,
						   "the deadline passed before the request's turn; nothing happened" },
		[TROUBLE_BUSY] = { PROBLEM_BUSY,
						   "the project is locked by another transaction; nothing happened" },
		[TROUBLE_UNKNOWN] = { PROBLEM_UNKNOWN_OUTCOME,
							  "the database went away with this under way; send it again with the same id" },
		[TROUBLE_STOPPING] = { PROBLEM_STOPPING, "the gateway is being stopped; nothing happened" },
		[TROUBLE_INTERNAL] = { PROBLEM_INTERNAL, "the request could not be carried out" },
	};

	answer_problem(request, told[trouble].code, "%s", told[trouble].detail);
}

bool
answer_etag(Request *request, const char *etag)
{
	reply_header(&request->reply, "ETag", "\"%s\"", etag);
	if (!etag_matches(request_header(request, "If-None-Match"), etag))
		return false;
	answer_text(request, 304, NULL, "", 0);
	return true;
}

bool
etag_matches(const char *header, const char *etag)
{
	size_t len = strlen(etag);

	if (header == NULL)
		return false;
	if (strcmp(header, "*") == 0)
		return true;
	for (const char *p = strchr(header, '"'); p != NULL; p = strchr(p, '"'))
	{
		const char *end = strchr(p + 1, '"');

		if (end == NULL)
			return false;
		if ((size_t) (end - p - 1) == len && memcmp(p + 1, etag, len) == 0)
			return true;
		p = end + 1;
	}
	return false;
}
