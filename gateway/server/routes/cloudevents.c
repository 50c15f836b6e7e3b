/*
 * cloudevents.c
 *		CloudEvents, as JSON, to calls.
 *
 * What a sender made for another metering system says is found under the names
 * that such senders use. Values are copied as they came: numbers keep their
 * digits. An event that makes no call goes to SQL as it is, to be rejected and
 * kept there; its fault is told in the answer.
 */
#include "routes/cloudevents.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "answers/answers.h"
#include "lib/memory.h"
#include "routes/rfc3339.h"
#include "routes/route.h"
#include "routes/slice.h"
#include "routes/uuid7.h"
#include "sha256.h"

/* What the members of `data` are in a call. */
typedef enum Place
{
	AT_PATH,         /* the call's path */
	AT_CALL,         /* another of its fields */
	AT_USAGE,        /* a meter */
	AT_USAGE_OBJECT, /* {"usage": {…}} */
	AT_TAGS_OBJECT,  /* {"tags": {…}} */
	AT_TOKENS,       /* tokens of the class that data.type says */
	AT_TYPE,         /* says that class; else a tag */
} Place;

typedef struct Known
{
	const char *name;
	Place place;
	const char *as;
} Known;

static const Known known_members[] = {
	{ "path", AT_PATH, "path" },
	{ "service", AT_CALL, "service" },
	{ "provider", AT_CALL, "service" },
	{ "model", AT_CALL, "model" },
	{ "tier", AT_CALL, "tier" },
	{ "usd", AT_CALL, "usd" },
	{ "credits", AT_CALL, "credits" },
	{ "ok", AT_CALL, "ok" },
	{ "charged", AT_CALL, "charged" },
	{ "estimated", AT_CALL, "estimated" },
	{ "usage", AT_USAGE_OBJECT, "usage" },
	{ "provider_usage", AT_CALL, "provider_usage" },
	{ "tags", AT_TAGS_OBJECT, "tags" },
	{ "input_tokens", AT_USAGE, "input_tokens" },
	{ "cached_input_tokens", AT_USAGE, "cached_input_tokens" },
	{ "cache_write_tokens", AT_USAGE, "cache_write_tokens" },
	{ "output_tokens", AT_USAGE, "output_tokens" },
	{ "reasoning_tokens", AT_USAGE, "reasoning_tokens" },
	{ "requests", AT_USAGE, "requests" },
	{ "prompt_tokens", AT_USAGE, "input_tokens" },
	{ "completion_tokens", AT_USAGE, "output_tokens" },
	{ "tokens", AT_TOKENS, "tokens" },
	{ "type", AT_TYPE, "type" },
};

/* What a call is made of. */
typedef struct Draft
{
	Text call;
	Text usage;
	Text tags;
	bool has_path;
	Slice tokens;
	Slice type;
} Draft;

static void
add_member(Text *t, Slice name, Slice value)
{
	if (t->len > 0)
		text_add_char(t, ',');
	text_add_char(t, '"');
	text_add(t, name.data, name.len);
	text_add_literal(t, "\":");
	text_add(t, value.data, value.len);
}

/* The members of an object, without its braces. */
static void
add_inside(Text *t, Slice object)
{
	Slice inside = slice_trim(object.data + 1, object.len - 2);

	if (inside.len == 0)
		return;
	if (t->len > 0)
		text_add_char(t, ',');
	text_add(t, inside.data, inside.len);
}

/* The members of {"usage": {…}}; whatever else it is goes into the call as it is, to be judged there. */
static void
add_object(Draft *draft, Text *to, Slice name, Slice value)
{
	if (slice_is(value, '{'))
		add_inside(to, value);
	else
		add_member(&draft->call, name, value);
}

/* A string's value, as text to be freed; NULL if it is not a string. */
static char *
read_string(Slice value)
{
	json_t *json = value.data ?
					   json_loadb(value.data, value.len, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL) :
					   NULL;
	char *text = NULL;

	if (json_is_string(json) && strlen(json_string_value(json)) == json_string_length(json))
		text = must_copy(json_string_value(json), json_string_length(json));
	json_decref(json);
	return text;
}

/* The id of the call: the event's own, if it is one of that time, or made of what identifies it. */
static void
make_id(const char *source, const char *event_id, int64_t milliseconds, char id[UUID_TEXT + 1])
{
	Text name = { 0 };
	uint8_t digest[SHA256_BYTES];

	if (uuid7_valid(event_id, strlen(event_id)) && uuid7_milliseconds(event_id) == milliseconds)
	{
		memcpy(id, event_id, UUID_TEXT + 1);
		return;
	}
	/* With its NUL between, no two pairs make one text. */
	text_add(&name, source, strlen(source) + 1);
	text_add_string(&name, event_id);
	sha256(name.data, name.len, digest);
	text_free(&name);
	uuid7_derive(milliseconds, digest, id);
}

static void
add_tag(Draft *draft, Slice name, Slice value)
{
	Text quoted = { 0 };

	if (slice_equals(value, "null"))
		return;
	if (value.data[0] != '"')
	{
		/* A number or a boolean: its own spelling, as a string. */
		text_add_json(&quoted, value.data, value.len);
		value = (Slice){ quoted.data, quoted.len };
	}
	add_member(&draft->tags, name, value);
	text_free(&quoted);
}

/* Where a member of `data` goes; NULL for one that is not known. */
static const Known *
find_known(Slice name)
{
	for (size_t i = 0; i < sizeof(known_members) / sizeof(known_members[0]); i++)
		if (slice_equals(name, known_members[i].name))
			return &known_members[i];
	return NULL;
}

static void
take_known(Draft *draft, const Known *known, Slice value)
{
	Slice as = slice_of(known->as);

	switch (known->place)
	{
		case AT_PATH:
			draft->has_path = true;
			add_member(&draft->call, as, value);
			break;
		case AT_CALL:
			add_member(&draft->call, as, value);
			break;
		case AT_USAGE:
			add_member(&draft->usage, as, value);
			break;
		case AT_USAGE_OBJECT:
			add_object(draft, &draft->usage, as, value);
			break;
		case AT_TAGS_OBJECT:
			add_object(draft, &draft->tags, as, value);
			break;
		case AT_TOKENS:
			draft->tokens = value;
			break;
		case AT_TYPE:
			draft->type = value;
			break;
	}
}

static void
take_member(Draft *draft, Slice name, Slice value)
{
	const Known *known = find_known(name);

	if (known != NULL)
		take_known(draft, known, value);
	/* An object or an array is not a tag: SQL says that it does not know it. */
	else if (value.data[0] == '{' || value.data[0] == '[')
		add_member(&draft->call, name, value);
	else
		add_tag(draft, name, value);
}

/* What an event says that it is. */
typedef struct Envelope
{
	char *id;
	char *source;
	char *type;
	char *at;
	int64_t milliseconds;
} Envelope;

static void
envelope_free(Envelope *envelope)
{
	free(envelope->id);
	free(envelope->source);
	free(envelope->type);
	free(envelope->at);
}

static bool
is_empty(const char *text)
{
	return text == NULL || *text == '\0';
}

/*
 * When it was: as it says, or, where it does not, as its id says; else it is now, its
 * arrival. False for a time that is none.
 */
static bool
read_time(Envelope *envelope, Slice time)
{
	if (time.data != NULL && !slice_equals(time, "null"))
		return envelope->at != NULL && rfc3339_read(envelope->at, &envelope->milliseconds);
	envelope->milliseconds = uuid7_valid(envelope->id, strlen(envelope->id)) ?
								 uuid7_milliseconds(envelope->id) :
								 uuid7_now();
	return true;
}

/* Returns what is wrong with it; NULL if nothing is. */
static const char *
read_envelope(Envelope *envelope, Slice event)
{
	Slice time = slice_member(event, "time");

	*envelope = (Envelope){
		.id = read_string(slice_member(event, "id")),
		.source = read_string(slice_member(event, "source")),
		.type = read_string(slice_member(event, "type")),
		.at = read_string(time),
	};
	if (!slice_equals(slice_member(event, "specversion"), "\"1.0\""))
		return "\"specversion\" must be \"1.0\"";
	if (is_empty(envelope->id))
		return "\"id\" must be a string that is not empty";
	if (is_empty(envelope->source))
		return "\"source\" must be a string that is not empty";
	if (is_empty(envelope->type))
		return "\"type\" must be a string that is not empty";
	if (!read_time(envelope, time))
		return "\"time\" must be an RFC 3339 time: it says when the call was";
	return NULL;
}

/* Tokens of the class that `type` names; without tokens it is a tag. */
static void
add_tokens(Draft *draft)
{
	bool has_type = draft->type.data != NULL;
	bool output = has_type && slice_equals(draft->type, "\"output\"");

	if (draft->tokens.data != NULL)
		add_member(&draft->usage, slice_of(output ? "output_tokens" : "input_tokens"),
				   draft->tokens);
	else if (has_type && draft->type.data[0] != '{' && draft->type.data[0] != '[')
		add_tag(draft, slice_of("data_type"), draft->type);
}

/* What the event says besides its data, which are in the draft already. */
static const char *
finish(Draft *draft, Slice event)
{
	Envelope envelope;
	const char *fault = read_envelope(&envelope, event);
	Slice subject = slice_member(event, "subject");

	if (fault == NULL && !draft->has_path && subject.data == NULL)
		fault = "there is no path, neither in \"data\" nor as \"subject\"";
	if (fault == NULL)
	{
		char id[UUID_TEXT + 1];
		char quoted[UUID_TEXT + 3];

		make_id(envelope.source, envelope.id, envelope.milliseconds, id);
		snprintf(quoted, sizeof(quoted), "\"%s\"", id);
		add_member(&draft->call, slice_of("id"), slice_of(quoted));
		if (!draft->has_path)
			add_member(&draft->call, slice_of("path"), subject);
		add_tokens(draft);
		add_tag(draft, slice_of("type"), slice_member(event, "type"));
	}
	envelope_free(&envelope);
	return fault;
}

/* Returns why no call can be made of the event. */
static const char *
read_event(Draft *draft, Slice event)
{
	Slice data = slice_member(event, "data");
	Slice name;
	Slice value;
	size_t at = 0;
	bool broken = false;

	if (!slice_is(event, '{'))
		return "an event must be a JSON object";
	/* Nothing that may be spend is passed over. */
	if (slice_member(event, "data_base64").data != NULL)
		return "\"data_base64\" is not read: what was used must be a JSON object in \"data\"";
	if (data.data == NULL)
		return "there is no \"data\", which says what was used";
	if (!slice_is(data, '{'))
		return "\"data\" must be a JSON object";
	while (slice_next_member(data, &at, &name, &value, &broken))
		take_member(draft, name, value);
	return broken ? "\"data\" is not JSON" : finish(draft, event);
}

static void
add_event(Request *request, Slice event)
{
	Draft draft = { 0 };
	const char *fault = read_event(&draft, event);
	Text call = { 0 };

	if (fault != NULL)
	{
		/* No call as it stands, whatever is in it, so that it is kept and nothing else. */
		text_add_literal(&call, "{\"op\":\"log\",\"event\":");
		text_add(&call, event.data, event.len);
		text_add_char(&call, '}');
	}
	else
	{
		text_add_literal(&call, "{\"op\":\"log\",");
		text_add(&call, draft.call.data, draft.call.len);
		if (draft.usage.len > 0)
		{
			text_add_literal(&call, ",\"usage\":{");
			text_add(&call, draft.usage.data, draft.usage.len);
			text_add_char(&call, '}');
		}
		text_add_literal(&call, ",\"tags\":{");
		text_add(&call, draft.tags.data, draft.tags.len);
		text_add_literal(&call, "}}");
	}
	request_add_call(request, "", call.data, call.len);
	request->call[request->ncalls - 1].fault = fault;
	text_free(&call);
	text_free(&draft.call);
	text_free(&draft.usage);
	text_free(&draft.tags);
}

static void
add_events(Request *request, Slice body)
{
	Slice event;
	size_t at = 0;
	bool broken = !slice_is(body, '[');

	while (!broken && slice_next_element(body, &at, &event, &broken))
	{
		if (request->ncalls == MAX_CALLS)
		{
			answer_problem(request, PROBLEM_TOO_LARGE, "at most %d events are taken at once",
						   MAX_CALLS);
			return;
		}
		add_event(request, event);
	}
	if (broken)
		answer_problem(request, PROBLEM_MALFORMED, "the body must be an array of events");
	else if (request->ncalls == 0)
		answer_problem(request, PROBLEM_MALFORMED, "there are no events");
}

void
cloudevents_calls(Request *request)
{
	Slice body = slice_trim(request->body.data, request->body.len);

	if (request->many)
		add_events(request, body);
	else if (slice_is(body, '{'))
		add_event(request, body);
	else
		answer_problem(request, PROBLEM_MALFORMED, "the body must be an event");
}
