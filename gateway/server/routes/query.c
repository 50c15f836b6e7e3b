/*
 * query.c
 *		The query of a request's URI.
 */
#include "routes/query.h"

#include <string.h>

#include "answers/answers.h"
#include "lib/memory.h"
#include "lib/utf8.h"
#include "routes/route.h"

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

size_t
query_decode(char *text)
{
	char *to = text;

	for (const char *from = text; *from; from++)
	{
		int high = *from == '%' ? hex_value(from[1]) : -1;
		int low = high >= 0 ? hex_value(from[2]) : -1;

		if (low >= 0)
		{
			*to++ = (char) (high << 4 | low);
			from += 2;
		}
		else
			*to++ = *from;
	}
	*to = '\0';
	return (size_t) (to - text);
}

/* As forms are encoded. Returns the length. */
static size_t
decode(char *text)
{
	for (char *plus = text; (plus = strchr(plus, '+')) != NULL;)
		*plus = ' ';
	return query_decode(text);
}

bool
query_is_text(const char *value, size_t len)
{
	return value != NULL && utf8_valid(value, len) && memchr(value, '\0', len) == NULL;
}

void
query_walk(Request *request, QueryTake take)
{
	char *next = request->query;

	while (next != NULL && *next)
	{
		char *name = strsep(&next, "&");
		char *value = strchr(name, '=');
		size_t value_len = 0;

		if (*name == '\0')
			continue;
		if (value != NULL)
		{
			*value++ = '\0';
			value_len = decode(value);
		}
		if (!take(request, name, decode(name), value, value_len))
			return;
	}
}

static int
find_parameter(const Route *route, const char *name, size_t name_len)
{
	for (int i = 0; i < MAX_PARAMETERS && route->parameters[i].name != NULL; i++)
		if (strlen(route->parameters[i].name) == name_len &&
			memcmp(route->parameters[i].name, name, name_len) == 0)
			return i;
	return -1;
}

static bool
read_parameter(Request *request, const char *name, size_t name_len, const char *value,
			   size_t value_len)
{
	int i = find_parameter(request->route, name, name_len);

	if (i < 0)
		answer_problem(request, PROBLEM_MALFORMED, "there is no parameter \"%.*s\"",
					   (int) (name_len < 100 ? name_len : 100), name);
	else if (request->parameter[i] != NULL)
		answer_problem(request, PROBLEM_MALFORMED, "\"%s\" is given twice",
					   request->route->parameters[i].name);
	else if (!query_is_text(value, value_len))
		answer_problem(request, PROBLEM_MALFORMED, "\"%s\" is not text",
					   request->route->parameters[i].name);
	else
		request->parameter[i] = must_copy(value, value_len);
	return request->reply.status == 0;
}

void
query_parameters(Request *request)
{
	query_walk(request, read_parameter);
}
