/*
 * sql_answers.c
 *		From what SQL says to an HTTP reply.
 */
#include "answers/sql_answers.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "answers/ratelimit.h"

static void
answer_list(Request *request)
{
	Text *body = &request->reply.body;
	bool known = false;
	size_t size = 32;

	for (int i = 0; i < request->ncalls; i++)
	{
		size += request->call[i].answer_len + 64;
		if (request->call[i].outcome != OUTCOME_UNAUTHORIZED)
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
answer_calls_left(Request *request, Trouble trouble)
{
	/* Some calls of a list were recorded, and those of a locked project not. */
	bool partly = trouble == TROUBLE_BUSY && request->many && request->left < request->ncalls;

	for (int i = 0; partly && i < request->ncalls; i++)
		partly = request->call[i].done || request->call[i].answer != NULL;
	if (partly)
		answer_list(request);
	else
		answer_trouble(request, trouble);
}

static const char *
string_of(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

/* message and detail, as two sentences. */
static void
add_detail(Text *body, const json_t *answer)
{
	const char *message = string_of(answer, "message");
	const char *detail = string_of(answer, "detail");
	Text both = { 0 };

	if (message == NULL)
		return;
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

/* All that SQL said, but for what the problem says already. */
static void
add_rest(Text *body, json_t *answer)
{
	static const char *const said[] = { "detail", "type", "title", "status" };
	char *rest;

	for (size_t i = 0; i < sizeof(said) / sizeof(said[0]); i++)
		json_object_del(answer, said[i]);
	rest = json_dumps(answer, JSON_COMPACT | JSON_PRESERVE_ORDER);
	if (rest != NULL && strlen(rest) > 2)
	{
		text_add_char(body, ',');
		text_add_string(body, rest + 1);
	}
	else
		text_add_char(body, '}');
	free(rest);
}

/* An answer, or anything that is none. */
static json_t *
read_answer(Request *request, const char *data, size_t len)
{
	json_t *answer = json_loadb(data, len, 0, NULL);

	if (json_is_object(answer))
		return answer;
	json_decref(answer);
	answer_trouble(request, TROUBLE_INTERNAL);
	return NULL;
}

/* What was stopped by a policy, or by a frozen path. */
static void
answer_refused(Request *request, const Call *call)
{
	json_t *answer = read_answer(request, call->answer, call->answer_len);
	const char *reason;
	const Problem *problem;
	int status;

	if (answer == NULL)
		return;
	reason = string_of(answer, "reason");
	problem = problem_named(reason != NULL ? reason : "quota");
	if (problem == &problems[PROBLEM_REJECTED])
		problem = &problems[PROBLEM_QUOTA];
	status = problem->status;
	/* A quota of a window that never ends: there is nothing to wait for. */
	if (problem == &problems[PROBLEM_QUOTA] &&
		json_is_null(json_object_get(answer, "window_seconds")))
		status = 402;
	problem_begin(&request->reply, problem->code, problem->title, status);
	add_detail(&request->reply.body, answer);
	ratelimit_headers(&request->reply, answer);
	add_rest(&request->reply.body, answer);
	json_decref(answer);
}

/* What is wrong. */
static void
answer_failed(Request *request, int status, const char *data, size_t len)
{
	json_t *answer = read_answer(request, data, len);
	const char *code;
	const Problem *problem;

	if (answer == NULL)
		return;
	code = string_of(answer, "code");
	problem = problem_named(code != NULL ? code : "rejected");
	problem_begin(&request->reply, code != NULL ? code : problem->code, problem->title,
				  status != STATUS_OF_PROBLEM ? status : problem->status);
	add_detail(&request->reply.body, answer);
	add_rest(&request->reply.body, answer);
	json_decref(answer);
}

/* What was known to be wrong before SQL said so in its own words. */
static void
tell_fault(Call *call)
{
	Text t = { 0 };
	bool kept = strstr(call->answer, "\"kept\":true") != NULL;

	text_add_literal(
		&t, "{\"outcome\":\"rejected\",\"code\":\"malformed\",\"sqlstate\":\"QK010\",\"message\":");
	text_add_json(&t, call->fault, strlen(call->fault));
	text_add_literal(&t, ",\"detail\":null,\"hint\":null");
	text_add_string(&t, kept ? ",\"kept\":true}" : "}");
	free(call->answer);
	call->answer = t.data;
	call->answer_len = t.len;
}

static void
answer_call(Request *request, const Call *call)
{
	int status = outcome_status(call->outcome);

	request->reply.outcome = outcome_name(call->outcome);
	if (call->outcome == OUTCOME_UNKNOWN)
		answer_trouble(request, TROUBLE_INTERNAL);
	else if (call->outcome == OUTCOME_UNAUTHORIZED)
		answer_unauthorized(request);
	else if (call->outcome == OUTCOME_REFUSED)
		answer_refused(request, call);
	else if (status == STATUS_OF_PROBLEM || status >= 400)
		answer_failed(request, status, call->answer, call->answer_len);
	else
		answer_text(request, status, json_media, call->answer, call->answer_len);
}

void
answer_calls(Request *request)
{
	for (int i = 0; i < request->ncalls; i++)
		if (request->call[i].fault != NULL && request->call[i].outcome == OUTCOME_REJECTED)
			tell_fault(&request->call[i]);
	if (request->many)
		answer_list(request);
	else
		answer_call(request, &request->call[0]);
}

void
answer_read(Request *request, int status, const char *etag, const char *body, size_t len)
{
	if (status == 401)
		answer_unauthorized(request);
	else if (status >= 400)
		answer_failed(request, status, body, len);
	else
	{
		reply_header(&request->reply, "Cache-Control", "private, no-cache");
		if (etag == NULL || !answer_etag(request, etag))
			answer_text(request, status, json_media, body, len);
	}
}
