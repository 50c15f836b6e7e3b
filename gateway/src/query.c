/*
 * query.c
 *		The query of a request's URI.
 *
 * libmicrohttpd would take memory of the connection for each parameter, and
 * close the connection when there is no more. Here they cost nothing.
 */
#include "query.h"

#include <string.h>

#include "answers.h"
#include "routes.h"
#include "utf8.h"

static int
hex_value(char c)
{
	return c >= '0' && c <= '9' ? c - '0' :
		c >= 'a' && c <= 'f' ? c - 'a' + 10 :
		c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* As forms are encoded. A percent sign before anything but two digits stays. */
static size_t
decode(char *text, size_t len)
{
	char	   *to = text;

	for (const char *end = text + len, *p = text; p < end; p++)
	{
		if (*p == '%' && end - p > 2 && hex_value(p[1]) >= 0 && hex_value(p[2]) >= 0)
		{
			*to++ = (char) (hex_value(p[1]) << 4 | hex_value(p[2]));
			p += 2;
		}
		else
			*to++ = *p == '+' ? ' ' : *p;
	}
	return (size_t) (to - text);
}

void
query_walk(Request *request, QueryTake take)
{
	char	   *next = request->query;

	while (next != NULL && *next)
	{
		char	   *name = next;
		size_t		len = strcspn(name, "&");
		char	   *value = memchr(name, '=', len);
		size_t		name_len = value ? (size_t) (value - name) : len;
		size_t		value_len = value ? len - name_len - 1 : 0;

		next = name[len] ? name + len + 1 : NULL;
		if (len == 0)
			continue;
		if (value != NULL)
			value_len = decode(++value, value_len);
		if (!take(request, name, decode(name, name_len), value, value_len))
			return;
	}
}

static bool
read_parameter(Request *request, const char *name, size_t name_len, const char *value, size_t value_len)
{
	for (int i = 0; i < MAX_PARAMETERS && request->route->parameters[i].name != NULL; i++)
	{
		if (strlen(request->route->parameters[i].name) != name_len ||
			memcmp(request->route->parameters[i].name, name, name_len) != 0)
			continue;
		if (request->parameter[i] != NULL)
			answer_problem(request, "malformed", "\"%s\" is given twice", request->route->parameters[i].name);
		else if (value == NULL || !utf8_valid(value, value_len) || memchr(value, '\0', value_len))
			answer_problem(request, "malformed", "\"%s\" is not text", request->route->parameters[i].name);
		else
		{
			request->parameter[i] = must_copy(value, value_len);
			return true;
		}
		return false;
	}
	answer_problem(request, "malformed", "there is no parameter \"%.*s\"",
				   (int) (name_len < 100 ? name_len : 100), name);
	return false;
}

void
query_parameters(Request *request)
{
	query_walk(request, read_parameter);
}
