/*
 * utf8.h
 *		Is it UTF-8?
 */
#ifndef LIB_UTF8_H
#define LIB_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* How many bytes the character at `s` has; 0 if it is not valid (RFC 3629). */
static inline size_t
utf8_length(const char *s, size_t len)
{
	const unsigned char *b = (const unsigned char *) s;
	size_t n;

	if (len == 0)
		return 0;
	if (b[0] < 0x80)
		return 1;
	n = b[0] >= 0xc2 && b[0] <= 0xdf ? 2 :
		b[0] >= 0xe0 && b[0] <= 0xef ? 3 :
		b[0] >= 0xf0 && b[0] <= 0xf4 ? 4 :
									   0;
	if (n == 0 || n > len)
		return 0;
	for (size_t i = 1; i < n; i++)
		if ((b[i] & 0xc0) != 0x80)
			return 0;
	/* overlong, surrogates, beyond U+10FFFF */
	if ((b[0] == 0xe0 && b[1] < 0xa0) || (b[0] == 0xed && b[1] > 0x9f) ||
		(b[0] == 0xf0 && b[1] < 0x90) || (b[0] == 0xf4 && b[1] > 0x8f))
		return 0;
	return n;
}

static inline bool
utf8_valid(const char *s, size_t len)
{
	for (size_t i = 0; i < len;)
	{
		size_t n = utf8_length(s + i, len - i);

		if (n == 0)
			return false;
		i += n;
	}
	return true;
}

#endif
