/*
 * answers.c
 *		From what SQL says, or what went wrong, to an HTTP reply.
 */
#include "answers.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ratelimit.h"
#include "routes.h"

static const char json_media[] = "application/json";
static const char problem_media[] = "application/problem+json";

typedef struct Problem
{
	const char *code;
	int			status;
	const char *title;
} Problem;

/* Codes with a status and title of their own. Any other code of a rejected call is a 422. */
static const Problem problems[] = {
	{"malformed", 400, "Malformed request"},
	{"unauthorized", 401, "Not authorized"},
	{"frozen", 403, "Path is frozen"},
	{"unknown_path", 404, "Unknown path"},
	{"unknown_reservation", 404, "Unknown reservation"},
	{"not_found", 404, "Not found"},
	{"method_not_allowed", 405, "Method not allowed"},
	{"conflict", 409, "Conflict"},
	{"window_ended", 409, "Window has ended"},
	{"too_large", 413, "Body too large"},
	{"uri_too_long", 414, "URI too long"},
	{"unsupported_media_type", 415, "Unsupported media type"},
	{"expectation_failed", 417, "Expectation cannot be met"},
	{"headers_too_large", 431, "Headers too large"},
	{"quota", 429, "Quota reached"},
	{"unpriced", 429, "Cost is not known"},
	{"unmeasured", 429, "Usage is not given"},
	{"archived_path", 422, "Path is archived"},
	{"service_mismatch", 422, "Service does not match"},
	{"umbrella_path", 422, "Path has no service"},
	{"bad_id_time", 422, "Time in the id is out of range"},
	{"out_of_range", 422, "Out of range"},
	{"rejected", 422, "Call is wrong"},
	{"internal", 500, "Internal error"},
	{"not_implemented", 501, "Not implemented"},
	{"busy", 503, "Project is locked"},
	{"overloaded", 503, "Overloaded"},
	{"unavailable", 503, "Database is away"},
	{"unknown_outcome", 503, "Outcome is not known"},
	{"stopping", 503, "Gateway is stopping"},
	{"version_not_supported", 505, "HTTP version not supported"},
};

/* What an outcome is in HTTP. The status of the last three is that of their code. */
static const struct
{
	const char *outcome;
	int			status;
}			outcomes[] = {
	{"granted", 201}, {"recorded", 200}, {"released", 200}, {"extended", 200}, {"noted", 200},
	{"conflict", 409}, {"unauthorized", 401}, {"busy", 503}, {"refused", 0}, {"rejected", 0},
};

static const Problem *
find_problem(const char *code)
{
	for (size_t i = 0; i < sizeof(problems) / sizeof(problems[0]); i++)
		if (strcmp(problems[i].code, code) == 0)
			return &problems[i];
	return NULL;
}

const char *const outcome_busy = "busy";

static int
outcome_status(const char *outcome)
{
	for (size_t i = 0; i < sizeof(outcomes) / sizeof(outcomes[0]); i++)
		if (strcmp(outcomes[i].outcome, outcome) == 0)
			return outcomes[i].status;
	return 500;
}

const char *
answer_outcome(const char *outcome)
{
	if (strcmp(outcome, outcome_busy) == 0)
		return outcome_busy;
	for (size_t i = 0; i < sizeof(outcomes) / sizeof(outcomes[0]); i++)
		if (strcmp(outcomes[i].outcome, outcome) == 0)
			return outcomes[i].outcome;
	return NULL;
}

static void
begin_problem(Text *body, const char *code, const char *title, int status)
{
	text_add_literal(body, "{\"type\":\"urn:quotakit:problem:");
	text_add_string(body, code);
	text_add_literal(body, "\",\"title\":");
	text_add_json(body, title, strlen(title));
	text_format(body, ",\"status\":%d", status);
}

static void
finish_problem(Request *request, int status)
{
	Reply	   *reply = &request->reply;

	reply->status = status;
	reply->content_type = problem_media;
	if (status == 503)
		reply_header(reply, "Retry-After", "1");
	else if (status == 401)
		reply_header(reply, "WWW-Authenticate", "Bearer realm=\"quotakit\"");
}

void
answer_problem(Request *request, const char *code, const char *fmt,...)
{
	const Problem *problem = find_problem(code);
	Text	   *body = &request->reply.body;
	char		detail[512];
	va_list		args;

	va_start(args, fmt);
	vsnprintf(detail, sizeof(detail), fmt, args);
	va_end(args);
	/* It may take the place of an answer that turned out not to be true. */
	request->reply.nheaders = 0;
	body->len = 0;
	begin_problem(body, code, problem->title, problem->status);
	text_add_literal(body, ",\"code\":\"");
	text_add_string(body, code);
	text_add_literal(body, "\",\"detail\":");
	text_add_json(body, detail, strlen(detail));
	text_add_char(body, '}');
	request->reply.outcome = problem->code;
	finish_problem(request, problem->status);
}

static void
answer_unauthorized(Request *request)
{
	answer_problem(request, "unauthorized", "the API key is not valid");
}

static void
answer_list(Request *request)
{
	Text	   *body = &request->reply.body;
	bool		known = false;
	size_t		size = 32;

	for (int i = 0; i < request->ncalls; i++)
	{
		size += request->call[i].answer_len + 64;
		if (request->call[i].outcome == NULL || strcmp(request->call[i].outcome, "unauthorized") != 0)
			known = true;
	}
	if (!known)
	{
		answer_unauthorized(request);
		return;
	}
	body->len = 0;
	text_reserve(body, size);
	text_add_literal(body, "{\"answers\":[");
	for (int i = 0; i < request->ncalls; i++)
	{
		const Call *call = &request->call[i];

		if (i > 0)
			text_add_char(body, ',');
		if (call->answer != NULL)
			text_add(body, call->answer, call->answer_len);
		else
			text_add_literal(body, "{\"outcome\":\"rejected\",\"code\":\"internal\","
							 "\"message\":\"the database could not take the call\"}");
	}
	text_add_literal(body, "]}");
	request->reply.status = 200;
	request->reply.content_type = json_media;
	request->reply.outcome = "list";
}

void
answer_trouble(Request *request, Trouble trouble)
{
	/* Some calls of a list were recorded, and those of a locked project not. */
	if (trouble == TROUBLE_BUSY && request->many && request->left < request->ncalls)
	{
		bool		complete = true;

		for (int i = 0; i < request->ncalls; i++)
			complete = complete && (request->call[i].done || request->call[i].answer != NULL);
		if (complete)
		{
			answer_list(request);
			return;
		}
	}
	switch (trouble)
	{
		case TROUBLE_NONE:
		case TROUBLE_INTERNAL:
			answer_problem(request, "internal", "the request could not be carried out");
			break;
		case TROUBLE_UNAVAILABLE:
			answer_problem(request, "unavailable", "the database is away; nothing happened");
			break;
		case TROUBLE_OVERLOADED:
			answer_problem(request, "overloaded", "too many requests are waiting; nothing happened");
			break;
		case TROUBLE_LATE:
			answer_problem(request, "overloaded", "the deadline passed before the request's turn; nothing happened");
			break;
		case TROUBLE_BUSY:
			answer_problem(request, "busy", "the project is locked by another transaction; nothing happened");
			break;
		case TROUBLE_UNKNOWN:
			answer_problem(request, "unknown_outcome", "the database went away with this under way; send it again with the same id");
			break;
		case TROUBLE_STOPPING:
			answer_problem(request, "stopping", "the gateway is being stopped; nothing happened");
			break;
	}
}

/* Why a call can be refused but for a quota. */
static const char *const stops[] = {"frozen", "unpriced", "unmeasured", "window_ended"};

static int
refusal_status(json_t *answer, const char **code)
{
	const char *reason = json_string_value(json_object_get(answer, "reason"));
	const char *period = json_string_value(json_object_get(answer, "period"));

	*code = "quota";
	for (size_t i = 0; reason && i < sizeof(stops) / sizeof(stops[0]); i++)
	{
		if (strcmp(reason, stops[i]) == 0)
			*code = stops[i];
	}
	if (strcmp(*code, "frozen") == 0)
		return 403;
	/* Not a 429: as it was sent it is refused for ever, with another id it is not. */
	if (strcmp(*code, "window_ended") == 0)
		return 409;
	return strcmp(*code, "quota") == 0 && period && strcmp(period, "lifetime") == 0 ? 402 : 429;
}

/* What a call that was not taken is told. */
static void
answer_failed_call(Request *request, const Call *call, int status)
{
	json_t	   *answer = json_loadb(call->answer, call->answer_len, 0, NULL);
	Text	   *body = &request->reply.body;
	const char *code;
	const char *title;
	const char *message;
	const char *detail;
	const Problem *problem;
	char	   *rest;

	if (!json_is_object(answer))
	{
		json_decref(answer);
		answer_trouble(request, TROUBLE_INTERNAL);
		return;
	}
	if (strcmp(call->outcome, "refused") == 0)
		status = refusal_status(answer, &code);
	else
	{
		code = json_string_value(json_object_get(answer, "code"));
		if (code == NULL)
			code = "rejected";
	}
	problem = find_problem(code);
	if (status == 0)
		status = problem ? problem->status : 422;
	title = problem ? problem->title : "Call is wrong";
	message = json_string_value(json_object_get(answer, "message"));
	detail = json_string_value(json_object_get(answer, "detail"));

	body->len = 0;
	begin_problem(body, code, title, status);
	if (message != NULL)
	{
		Text		both = {0};

		text_add_string(&both, message);
		if (detail != NULL)
		{
			text_add_literal(&both, ". ");
			text_add_string(&both, detail);
		}
		text_add_literal(body, ",\"detail\":");
		text_add_json(body, both.data, both.len);
		text_free(&both);
	}
	finish_problem(request, status);
	if (strcmp(call->outcome, "refused") == 0)
		ratelimit_headers(&request->reply, answer);
	/* All that SQL said, but for what the problem says already. */
	json_object_del(answer, "detail");
	json_object_del(answer, "type");
	json_object_del(answer, "title");
	json_object_del(answer, "status");
	rest = json_dumps(answer, JSON_COMPACT | JSON_PRESERVE_ORDER);
	if (rest != NULL && strlen(rest) > 2)
	{
		text_add_char(body, ',');
		text_add_string(body, rest + 1);
	}
	else
		text_add_char(body, '}');
	free(rest);
	json_decref(answer);
}

/* What was known to be wrong before SQL said so in its own words. */
static void
tell_fault(Call *call)
{
	Text		t = {0};
	bool		kept = strstr(call->answer, "\"kept\":true") != NULL;

	text_add_literal(&t, "{\"outcome\":\"rejected\",\"code\":\"malformed\",\"sqlstate\":\"QK010\",\"message\":");
	text_add_json(&t, call->fault, strlen(call->fault));
	text_add_literal(&t, ",\"detail\":null,\"hint\":null");
	text_add_string(&t, kept ? ",\"kept\":true}" : "}");
	free(call->answer);
	call->answer = t.data;
	call->answer_len = t.len;
}

void
answer_calls(Request *request)
{
	const Call *call = &request->call[0];
	int			status;

	for (int i = 0; i < request->ncalls; i++)
		if (request->call[i].fault != NULL && request->call[i].outcome != NULL &&
			strcmp(request->call[i].outcome, "rejected") == 0)
			tell_fault(&request->call[i]);
	if (request->many)
	{
		answer_list(request);
		return;
	}
	if (call->outcome == NULL)
	{
		answer_trouble(request, TROUBLE_INTERNAL);
		return;
	}
	request->reply.outcome = call->outcome;
	status = outcome_status(call->outcome);
	if (status == 401)
		answer_unauthorized(request);
	else if (status >= 200 && status < 300)
		answer_text(request, status, json_media, call->answer, call->answer_len);
	else
		answer_failed_call(request, call, status);
}

void
answer_text(Request *request, int status, const char *content_type, const char *body, size_t len)
{
	Reply	   *reply = &request->reply;

	reply->status = status;
	reply->content_type = content_type;
	reply->body.len = 0;
	text_add(&reply->body, body, len);
}

/* Whether an If-None-Match names the tag: a list of quoted tags, weak or not, or *. */
bool
etag_matches(const char *header, const char *etag)
{
	size_t		len = strlen(etag);

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

void
answer_read(Request *request, int status, const char *etag, const char *body, size_t len,
			const char *if_none_match)
{
	Reply	   *reply = &request->reply;

	if (status >= 400)
	{
		/* The body is {"code": …, "message": …}: the same way as a call's. */
		Call		call = {
			.outcome = "rejected", .answer = (char *) body, .answer_len = len
		};

		if (status == 401)
			answer_unauthorized(request);
		else
			answer_failed_call(request, &call, status);
		return;
	}
	reply_header(reply, "Cache-Control", "private, no-cache");
	if (etag != NULL)
	{
		reply_header(reply, "ETag", "\"%s\"", etag);
		if (etag_matches(if_none_match, etag))
		{
			answer_text(request, 304, NULL, "", 0);
			return;
		}
	}
	answer_text(request, status, json_media, body, len);
}
