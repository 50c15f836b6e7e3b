/*
 * slice.c
 *		Cuts JSON into its members without reading their values.
 */
#include "routes/slice.h"

#include <string.h>

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static size_t
skip_space(Slice s, size_t i)
{
	while (i < s.len && is_space(s.data[i]))
		i++;
	return i;
}

Slice
slice_of(const char *text)
{
	return (Slice){ text, strlen(text) };
}

bool
slice_equals(Slice s, const char *text)
{
	return s.len == strlen(text) && memcmp(s.data, text, s.len) == 0;
}

Slice
slice_trim(const char *json, size_t len)
{
	Slice s = { json, len };
	size_t i = skip_space(s, 0);

	s.data += i;
	s.len -= i;
	while (s.len > 0 && is_space(s.data[s.len - 1]))
		s.len--;
	return s;
}

bool
slice_is(Slice s, char bracket)
{
	return s.len >= 2 && s.data[0] == bracket && s.data[s.len - 1] == (bracket == '{' ? '}' : ']');
}

/* Past the string that begins at i; 0 if it does not end. */
static size_t
skip_string(Slice s, size_t i)
{
	for (i++; i < s.len; i++)
	{
		if (s.data[i] == '\\')
			i++;
		else if (s.data[i] == '"')
			return i + 1;
	}
	return 0;
}

/* Past the value that begins at i: to the comma or bracket that ends it. 0 if there is none. */
static size_t
skip_value(Slice s, size_t i)
{
	size_t depth = 0;

	while (i < s.len)
	{
		switch (s.data[i])
		{
			case '"':
				i = skip_string(s, i);
				if (i == 0)
					return 0;
				continue;
			case '{':
			case '[':
				depth++;
				break;
			case '}':
			case ']':
				if (depth == 0)
					return i;
				depth--;
				break;
			case ',':
				if (depth == 0)
					return i;
				break;
		}
		i++;
	}
	return 0;
}

static Slice
cut(Slice s, size_t from, size_t to)
{
	while (to > from && is_space(s.data[to - 1]))
		to--;
	return (Slice){ s.data + from, to - from };
}

/*
 * Common to both: to where the next member begins. The last byte is the closing
 * bracket. 0 at the end.
 */
static size_t
next_start(Slice s, size_t at, bool *broken)
{
	size_t i;

	*broken = false;
	if (at == 0)
	{
		i = skip_space(s, 1);
		return i + 1 >= s.len ? 0 : i;
	}
	if (at + 1 >= s.len)
		return 0;
	if (s.data[at] != ',')
	{
		*broken = true;
		return 0;
	}
	i = skip_space(s, at + 1);
	if (i + 1 >= s.len)
	{
		*broken = true;
		return 0;
	}
	return i;
}

bool
slice_next_member(Slice object, size_t *at, Slice *name, Slice *value, bool *broken)
{
	size_t i = next_start(object, *at, broken);
	size_t end;

	if (i == 0)
		return false;
	*broken = true;
	if (object.data[i] != '"')
		return false;
	end = skip_string(object, i);
	if (end == 0)
		return false;
	*name = (Slice){ object.data + i + 1, end - i - 2 };
	i = skip_space(object, end);
	if (i >= object.len || object.data[i] != ':')
		return false;
	i = skip_space(object, i + 1);
	end = skip_value(object, i);
	if (end == 0 || end == i)
		return false;
	*value = cut(object, i, end);
	*at = end;
	*broken = false;
	return true;
}

bool
slice_next_element(Slice array, size_t *at, Slice *value, bool *broken)
{
	size_t i = next_start(array, *at, broken);
	size_t end;

	if (i == 0)
		return false;
	end = skip_value(array, i);
	if (end == 0 || end == i)
	{
		*broken = true;
		return false;
	}
	*value = cut(array, i, end);
	*at = end;
	return true;
}

Slice
slice_member(Slice object, const char *name)
{
	size_t at = 0;
	Slice found;
	Slice value;
	bool broken;

	while (slice_next_member(object, &at, &found, &value, &broken))
		if (slice_equals(found, name))
			return value;
	return (Slice){ NULL, 0 };
}

bool
slice_string(Slice value, Slice *text)
{
	if (value.len < 2 || value.data[0] != '"' || value.data[value.len - 1] != '"' ||
		memchr(value.data + 1, '\\', value.len - 2) != NULL ||
		memchr(value.data + 1, '"', value.len - 2) != NULL)
		return false;
	*text = (Slice){ value.data + 1, value.len - 2 };
	return true;
}
