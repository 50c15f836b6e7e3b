/*
 * calls.c
 *		From the body of a request to calls.
 *
 * A call goes to SQL as the bytes that came, with what the URL says added in
 * front: SQL judges it, and refuses what is said twice.
 */
#include "routes/calls.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "answers/answers.h"
#include "routes/route.h"
#include "routes/slice.h"
#include "routes/uuid7.h"

/*
 * The id in an Idempotency-Key, bare or between quotation marks. False if the
 * header is there but is no such id; then the reply is set.
 */
static bool
read_idempotency_key(Request *request, char id[UUID_TEXT + 1])
{
	const char *header = request_header(request, "Idempotency-Key");
	size_t len;

	id[0] = '\0';
	if (header == NULL)
		return true;
	len = strlen(header);
	if (len >= 2 && header[0] == '"' && header[len - 1] == '"')
	{
		header++;
		len -= 2;
	}
	if (!uuid7_valid(header, len))
	{
		answer_problem(
			request, PROBLEM_MALFORMED,
			"Idempotency-Key must be a UUID version 7: the time of a call is the time in its id");
		return false;
	}
	memcpy(id, header, UUID_TEXT);
	id[UUID_TEXT] = '\0';
	return true;
}

/* Adds "id" to the fields unless the body has it. False when the reply is set. */
static bool
add_id(Request *request, Slice body, bool make, char *fields, size_t size)
{
	char id[UUID_TEXT + 1];
	Slice given = slice_member(body, "id");
	Slice text;

	if (!read_idempotency_key(request, id))
		return false;
	if (given.data != NULL)
	{
		if (id[0] && !(slice_string(given, &text) && text.len == UUID_TEXT &&
					   strncasecmp(text.data, id, UUID_TEXT) == 0))
		{
			answer_problem(request, PROBLEM_MALFORMED,
						   "Idempotency-Key and \"id\" are not the same");
			return false;
		}
		return true;
	}
	if (!id[0])
	{
		/* What is only held may be held twice; what is recorded must not be. */
		if (!make)
			return true;
		uuid7_make(id);
	}
	snprintf(fields + strlen(fields), size - strlen(fields), ",\"id\":\"%s\"", id);
	return true;
}

void
calls_one(Request *request)
{
	const Route *route = request->route;
	Slice body = slice_trim(request->body.data, request->body.len);
	char fields[160];
	size_t len;

	if (body.len == 0 && route->body_optional)
		body = (Slice){ "{}", 2 };
	if (!slice_is(body, '{'))
	{
		answer_problem(request, PROBLEM_MALFORMED, "the body must be a JSON object");
		return;
	}
	len = (size_t) snprintf(fields, sizeof(fields), "\"op\":\"%s\"", route->op);
	/* What the path names is the call itself, or what it is drawn from. */
	if (request->id[0] != '\0')
		snprintf(fields + len, sizeof(fields) - len, ",\"%s\":\"%s\"",
				 route->id == ID_IN_PATH ? "id" : "reservation", request->id);
	if (route->id != ID_IN_PATH &&
		!add_id(request, body, route->id == ID_GIVEN_OR_MADE, fields, sizeof(fields)))
		return;
	request_add_call(request, fields, body.data, body.len);
}

/* The array in {"events": [...]}. False when the reply is set. */
static bool
find_events(Request *request, Slice *events)
{
	Slice body = slice_trim(request->body.data, request->body.len);
	Slice name;
	Slice value;
	size_t at = 0;
	bool broken = !slice_is(body, '{');

	*events = (Slice){ NULL, 0 };
	while (!broken && slice_next_member(body, &at, &name, &value, &broken))
	{
		if (events->data != NULL || !slice_equals(name, "events"))
		{
			answer_problem(request, PROBLEM_MALFORMED, "the body must have one member, \"events\"");
			return false;
		}
		*events = value;
	}
	if (!broken && slice_is(*events, '['))
		return true;
	answer_problem(request, PROBLEM_MALFORMED, "the body must be {\"events\": [...]}");
	return false;
}

void
calls_list(Request *request)
{
	Slice events;
	Slice value;
	size_t at = 0;
	bool broken = false;

	if (!find_events(request, &events))
		return;
	while (slice_next_element(events, &at, &value, &broken))
	{
		if (request->ncalls == MAX_CALLS)
		{
			answer_problem(request, PROBLEM_TOO_LARGE, "at most %d events are taken at once",
						   MAX_CALLS);
			return;
		}
		request_add_call(
			request,
			slice_is(value, '{') && slice_member(value, "op").data == NULL ? "\"op\":\"log\"" : "",
			value.data, value.len);
	}
	if (broken)
		answer_problem(request, PROBLEM_MALFORMED, "event %d is not JSON", request->ncalls + 1);
	else if (request->ncalls == 0)
		answer_problem(request, PROBLEM_MALFORMED, "there are no events");
}
