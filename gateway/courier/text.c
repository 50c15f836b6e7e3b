/*
 * text.c
 *		A string that grows.
 */
#include "text.h"
#include "log.h"

#include <assert.h>
#include <openssl/evp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *
need(size_t size)
{
	void	   *memory = calloc(1, size);

	if (memory == NULL)
		fatal("out of memory");
	return memory;
}

char *
copy(const char *string)
{
	size_t		size;
	char	   *made;

	if (string == NULL)
		return NULL;
	size = strlen(string) + 1;
	made = need(size);
	memcpy(made, string, size);
	return made;
}

void
text_bytes(Text *text, const void *bytes, size_t len)
{
	assert(text->len <= text->space);
	if (len >= TEXT_MAX - text->len)
		fatal("a message is longer than %u bytes", TEXT_MAX);
	if (text->space - text->len < len + 1)
	{
		size_t		space = text->space == 0 ? 256 : text->space;
		char	   *data;

		while (space < text->len + len + 1)
			space *= 2;
		data = realloc(text->data, space);
		if (data == NULL)
			fatal("out of memory");
		text->data = data;
		text->space = space;
	}
	memcpy(text->data + text->len, bytes, len);
	text->len += len;
	text->data[text->len] = '\0';
}

void
text_add(Text *text, const char *string)
{
	text_bytes(text, string, strlen(string));
}

void
text_format(Text *text, const char *format, ...)
{
	char		line[2048];
	va_list		args;
	int			len;

	va_start(args, format);
	len = vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	/* Only what is short is formatted; the rest is added. */
	if (len < 0 || (size_t) len >= sizeof(line))
		fatal("a line is longer than %zu bytes", sizeof(line) - 1);
	text_bytes(text, line, (size_t) len);
}

void
text_base64(Text *text, const unsigned char *bytes, size_t len)
{
	unsigned char *sign = need((len + 2) / 3 * 4 + 1);

	text_bytes(text, sign, (size_t) EVP_EncodeBlock(sign, bytes, (int) len));
	free(sign);
}

void
text_free(Text *text)
{
	free(text->data);
	memset(text, 0, sizeof(*text));
}
