/*
 * cloudevents.c
 *		CloudEvents, as JSON, to calls.
 *
 * What a sender made for another metering system says is found under the names
 * that such senders use. Values are copied as they came: numbers keep their
 * digits. An event that makes no call goes to SQL as it is, to be rejected and
 * kept there; its fault is told in the answer.
 */
#include "calls.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "answers.h"
#include "http.h"
#include "slice.h"
#include "uuid7.h"

/* What the members of `data` are in a call. */
typedef enum Place
{
	AT_CALL,					/* a field of the call */
	AT_USAGE,					/* a meter */
	AT_USAGE_OBJECT,			/* {"usage": {…}} */
	AT_TAGS_OBJECT,				/* {"tags": {…}} */
	AT_TOKENS,					/* tokens of the class that data.type says */
	AT_TYPE,					/* says that class; else a tag */
} Place;

static const struct
{
	const char *name;
	Place		place;
	const char *as;
}			fields[] = {
	{"path", AT_CALL, "path"}, {"service", AT_CALL, "service"}, {"provider", AT_CALL, "service"},
	{"model", AT_CALL, "model"}, {"tier", AT_CALL, "tier"}, {"usd", AT_CALL, "usd"},
	{"credits", AT_CALL, "credits"}, {"ok", AT_CALL, "ok"}, {"charged", AT_CALL, "charged"},
	{"estimated", AT_CALL, "estimated"}, {"usage", AT_USAGE_OBJECT, NULL}, {"tags", AT_TAGS_OBJECT, NULL},
	{"input_tokens", AT_USAGE, "input_tokens"}, {"cached_input_tokens", AT_USAGE, "cached_input_tokens"},
	{"cache_write_tokens", AT_USAGE, "cache_write_tokens"}, {"output_tokens", AT_USAGE, "output_tokens"},
	{"reasoning_tokens", AT_USAGE, "reasoning_tokens"}, {"requests", AT_USAGE, "requests"},
	{"prompt_tokens", AT_USAGE, "input_tokens"}, {"completion_tokens", AT_USAGE, "output_tokens"},
	{"tokens", AT_TOKENS, NULL}, {"type", AT_TYPE, NULL},
};

/* What a call is made of. */
typedef struct Draft
{
	Text		call;
	Text		usage;
	Text		tags;
	bool		has_path;
	Slice		tokens;
	Slice		type;
} Draft;

static void
add_member(Text *t, const char *name, size_t name_len, Slice value)
{
	if (t->len > 0)
		text_add_char(t, ',');
	text_add_char(t, '"');
	text_add(t, name, name_len);
	text_add_literal(t, "\":");
	text_add(t, value.data, value.len);
}

/* The members of an object, without its braces. */
static void
add_inside(Text *t, Slice object)
{
	Slice		inside = slice_trim(object.data + 1, object.len - 2);

	if (inside.len == 0)
		return;
	if (t->len > 0)
		text_add_char(t, ',');
	text_add(t, inside.data, inside.len);
}

/* A string's value, as text to be freed; NULL if it is not a string. */
static char *
read_string(Slice value)
{
	json_t	   *json = value.data ? json_loadb(value.data, value.len, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL) : NULL;
	char	   *text = NULL;

	if (json_is_string(json) && strlen(json_string_value(json)) == json_string_length(json))
		text = must_copy(json_string_value(json), json_string_length(json));
	json_decref(json);
	return text;
}

/* Whether a text begins as a pattern does, in which 0 stands for any digit. */
static bool
begins_as(const char *text, const char *pattern)
{
	for (; *pattern; pattern++, text++)
		if (*pattern == '0' ? *text < '0' || *text > '9' : *text != *pattern)
			return false;
	return true;
}

/* RFC 3339 to milliseconds since 1970; false if it is not, or no such day is in the calendar. */
static bool
read_time(const char *text, int64_t *milliseconds)
{
	struct tm	tm = {0};
	struct tm	read;
	int			hours;
	int			minutes;
	int64_t		ms = 0;

	if (!begins_as(text, "0000-00-00") || text[10] == '\0' || strchr("Tt ", text[10]) == NULL ||
		!begins_as(text + 11, "00:00:00") ||
		sscanf(text, "%4d-%2d-%2d%*c%2d:%2d:%2d", &tm.tm_year, &tm.tm_mon, &tm.tm_mday,
			   &tm.tm_hour, &tm.tm_min, &tm.tm_sec) != 6 || tm.tm_year < 1970 || tm.tm_sec > 60)
		return false;
	text += 19;
	if (*text == '.')
	{
		int			scale = 100;

		if (*++text < '0' || *text > '9')
			return false;
		for (; *text >= '0' && *text <= '9'; text++, scale /= 10)
			ms += (*text - '0') * scale;
	}
	/* As where Unix time knows no leap seconds, one counts as the second before. */
	if (tm.tm_sec == 60)
		tm.tm_sec = 59;
	tm.tm_year -= 1900;
	tm.tm_mon--;
	read = tm;
	*milliseconds = (int64_t) timegm(&tm) * 1000 + ms;
	/* timegm() makes 2 March of 30 February. */
	if (tm.tm_mon != read.tm_mon || tm.tm_mday != read.tm_mday || tm.tm_hour != read.tm_hour ||
		tm.tm_min != read.tm_min || tm.tm_sec != read.tm_sec)
		return false;
	if (strcasecmp(text, "Z") == 0)
		return true;
	if ((*text != '+' && *text != '-') || !begins_as(text + 1, "00:00") || text[6] != '\0' ||
		sscanf(text + 1, "%2d:%2d", &hours, &minutes) != 2 || hours > 23 || minutes > 59)
		return false;
	*milliseconds -= (*text == '+' ? 1 : -1) * (hours * 60 + minutes) * INT64_C(60000);
	return true;
}

/* The id of the call: the event's own, if it is one of that time, or made of what identifies it. */
static void
make_id(const char *source, const char *event_id, int64_t milliseconds, char id[UUID_TEXT + 1])
{
	Text		name = {0};
	uint8_t		digest[SHA256_BYTES];

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
	Text		quoted = {0};

	if (value.len == 4 && memcmp(value.data, "null", 4) == 0)
		return;
	if (value.data[0] != '"')
	{
		/* A number or a boolean: its own spelling, as a string. */
		text_add_json(&quoted, value.data, value.len);
		value = (Slice) {quoted.data, quoted.len};
	}
	add_member(&draft->tags, name.data, name.len, value);
	text_free(&quoted);
}

static void
take_member(Draft *draft, Slice name, Slice value)
{
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
	{
		if (strlen(fields[i].name) != name.len || memcmp(fields[i].name, name.data, name.len) != 0)
			continue;
		switch (fields[i].place)
		{
			case AT_CALL:
				if (strcmp(fields[i].as, "path") == 0)
					draft->has_path = true;
				add_member(&draft->call, fields[i].as, strlen(fields[i].as), value);
				return;
			case AT_USAGE:
				add_member(&draft->usage, fields[i].as, strlen(fields[i].as), value);
				return;
			case AT_USAGE_OBJECT:
			case AT_TAGS_OBJECT:
				if (!slice_is(value, '{'))
					add_member(&draft->call, name.data, name.len, value);
				else
					add_inside(fields[i].place == AT_USAGE_OBJECT ? &draft->usage : &draft->tags, value);
				return;
			case AT_TOKENS:
				draft->tokens = value;
				return;
			case AT_TYPE:
				draft->type = value;
				return;
		}
	}
	/* An object or an array is not a tag: SQL says that it does not know it. */
	if (value.data[0] == '{' || value.data[0] == '[')
		add_member(&draft->call, name.data, name.len, value);
	else
		add_tag(draft, name, value);
}

static bool
slice_equals(Slice value, const char *json)
{
	return value.len == strlen(json) && memcmp(value.data, json, value.len) == 0;
}

/* The members of an event that say what it is; its data are in the draft already. */
static const char *
finish(Draft *draft, Slice event)
{
	char	   *id = read_string(slice_member(event, "id"));
	char	   *source = read_string(slice_member(event, "source"));
	char	   *type = read_string(slice_member(event, "type"));
	char	   *at = read_string(slice_member(event, "time"));
	Slice		subject = slice_member(event, "subject");
	const char *fault = NULL;
	int64_t		milliseconds;
	char		call_id[UUID_TEXT + 1];
	char		quoted[UUID_TEXT + 3];

	if (!slice_equals(slice_member(event, "specversion"), "\"1.0\""))
		fault = "\"specversion\" must be \"1.0\"";
	else if (id == NULL || *id == '\0')
		fault = "\"id\" must be a string that is not empty";
	else if (source == NULL || *source == '\0')
		fault = "\"source\" must be a string that is not empty";
	else if (type == NULL || *type == '\0')
		fault = "\"type\" must be a string that is not empty";
	else if (at == NULL || !read_time(at, &milliseconds))
		fault = "\"time\" must be an RFC 3339 time: it says when the call was";
	else if (!draft->has_path && subject.data == NULL)
		fault = "there is no path, neither in \"data\" nor as \"subject\"";
	else
	{
		make_id(source, id, milliseconds, call_id);
		snprintf(quoted, sizeof(quoted), "\"%s\"", call_id);
		add_member(&draft->call, "id", 2, (Slice) {quoted, UUID_TEXT + 2});
		if (!draft->has_path)
			add_member(&draft->call, "path", 4, subject);
		if (draft->tokens.data != NULL)
		{
			bool		output = draft->type.data && slice_equals(draft->type, "\"output\"");
			const char *class = output ? "output_tokens" : "input_tokens";

			add_member(&draft->usage, class, strlen(class), draft->tokens);
		}
		else if (draft->type.data != NULL && draft->type.data[0] != '{' && draft->type.data[0] != '[')
			add_tag(draft, (Slice) {"data_type", 9}, draft->type);
		add_tag(draft, (Slice) {"type", 4}, slice_member(event, "type"));
	}
	free(id);
	free(source);
	free(type);
	free(at);
	return fault;
}

static void
add_event(Request *request, Slice event)
{
	Draft		draft = {0};
	Slice		data = slice_member(event, "data");
	Slice		name;
	Slice		value;
	size_t		at = 0;
	bool		broken = false;
	const char *fault = NULL;

	if (!slice_is(event, '{'))
		fault = "an event must be a JSON object";
	/* Nothing that may be spend is passed over. */
	else if (slice_member(event, "data_base64").data != NULL)
		fault = "\"data_base64\" is not read: what was used must be a JSON object in \"data\"";
	else if (data.data == NULL)
		fault = "there is no \"data\", which says what was used";
	else if (!slice_is(data, '{'))
		fault = "\"data\" must be a JSON object";
	else
		while (slice_next_member(data, &at, &name, &value, &broken))
			take_member(&draft, name, value);
	if (fault == NULL)
		fault = broken ? "\"data\" is not JSON" : finish(&draft, event);
	if (fault != NULL)
	{
		Text		kept = {0};

		/* No call as it stands, whatever is in it, so that it is kept and nothing else. */
		text_add_literal(&kept, "{\"op\":\"log\",\"event\":");
		text_add(&kept, event.data, event.len);
		text_add_char(&kept, '}');
		request_add_call(request, "", kept.data, kept.len);
		text_free(&kept);
		request->call[request->ncalls - 1].fault = fault;
	}
	else
	{
		Text		call = {0};

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
		request_add_call(request, "", call.data, call.len);
		text_free(&call);
	}
	text_free(&draft.call);
	text_free(&draft.usage);
	text_free(&draft.tags);
}

void
calls_cloudevents(Request *request)
{
	static const char batch[] = "application/cloudevents-batch+json";
	Slice		body = slice_trim(request->body.data, request->body.len);
	const char *type = http_header(request, "Content-Type");
	Slice		event;
	size_t		at = 0;
	bool		broken = true;

	request->many = strncasecmp(type, batch, sizeof(batch) - 1) == 0;
	if (!request->many)
	{
		if (slice_is(body, '{'))
			add_event(request, body);
		else
			answer_problem(request, "malformed", "the body must be an event");
		return;
	}
	if (slice_is(body, '['))
	{
		while (slice_next_element(body, &at, &event, &broken))
		{
			if (request->ncalls == MAX_CALLS)
			{
				answer_problem(request, "too_large", "at most %d events are taken at once", MAX_CALLS);
				return;
			}
			add_event(request, event);
		}
	}
	if (broken)
		answer_problem(request, "malformed", "the body must be an array of events");
	else if (request->ncalls == 0)
		answer_problem(request, "malformed", "there are no events");
}
