/*
 * text.h
 *		Bytes that grow. Every user bounds its own.
 */
#ifndef LIB_TEXT_H
#define LIB_TEXT_H

#include <stdarg.h>
#include <stddef.h>

typedef struct Text
{
	char *data; /* NUL-terminated once something was added */
	size_t len;
	size_t space;
} Text;

extern void text_reserve(Text *t, size_t more);
extern void text_add(Text *t, const char *data, size_t len);
extern void text_add_string(Text *t, const char *s);
extern void text_add_char(Text *t, char c);
extern void text_format(Text *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* As a JSON string with its quotes; bytes that are not UTF-8 become U+FFFD. */
extern void text_add_json(Text *t, const char *data, size_t len);
extern void text_free(Text *t);

#define text_add_literal(t, s) text_add((t), (s), sizeof(s) - 1)

#endif
