/*
 * text.c
 *		Bytes that grow.
 */
#include "lib/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/memory.h"
#include "lib/utf8.h"

void
text_reserve(Text *t, size_t more)
{
	size_t needed = t->len + more + 1;
	size_t space = t->space ? t->space : 256;

	if (needed <= t->space)
		return;
	while (space < needed)
		space *= 2;
	t->data = must_realloc(t->data, space);
	t->space = space;
}

void
text_add(Text *t, const char *data, size_t len)
{
	text_reserve(t, len);
	if (len > 0)
		memcpy(t->data + t->len, data, len);
	t->len += len;
	t->data[t->len] = '\0';
}

void
text_add_string(Text *t, const char *s)
{
	text_add(t, s, strlen(s));
}

void
text_add_char(Text *t, char c)
{
	text_add(t, &c, 1);
}

void
text_format(Text *t, const char *fmt, ...)
{
	va_list args;
	int len;

	text_reserve(t, 128);
	va_start(args, fmt);
	len = vsnprintf(t->data + t->len, t->space - t->len, fmt, args);
	va_end(args);
	if (len < 0)
		return;
	if ((size_t) len >= t->space - t->len)
	{
		text_reserve(t, (size_t) len);
		va_start(args, fmt);
		vsnprintf(t->data + t->len, t->space - t->len, fmt, args);
		va_end(args);
	}
	t->len += (size_t) len;
}

void
text_add_json(Text *t, const char *data, size_t len)
{
	text_add_char(t, '"');
	for (size_t i = 0; i < len;)
	{
		unsigned char c = (unsigned char) data[i];
		size_t n = utf8_length(data + i, len - i);

		if (n == 0)
		{
			text_add_literal(t, "\\ufffd");
			n = 1;
		}
		else if (c == '"' || c == '\\')
		{
			text_add_char(t, '\\');
			text_add_char(t, (char) c);
		}
		else if (c < 0x20 || c == 0x7f)
			text_format(t, "\\u%04x", c);
		else
			text_add(t, data + i, n);
		i += n;
	}
	text_add_char(t, '"');
}

void
text_free(Text *t)
{
	free(t->data);
	*t = (Text){ 0 };
}
