/*
 * text.h
 *		A string that grows. Running out of memory ends the program: what was taken
 *		is taken again by another when its lease is over.
 */
#ifndef COURIER_TEXT_H
#define COURIER_TEXT_H

#include <stddef.h>

/* No message is nearly as long; what would be is a fault. */
#define TEXT_MAX (64u << 20)

typedef struct Text
{
	char	   *data;			/* always ends with a zero byte, once anything was added */
	size_t		len;
	size_t		space;
} Text;

void		text_bytes(Text *text, const void *bytes, size_t len);
void		text_add(Text *text, const char *string);
void		text_format(Text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void		text_base64(Text *text, const unsigned char *bytes, size_t len);
void		text_free(Text *text);

/* Allocation that cannot fail; copy gives NULL for NULL. */
void	   *need(size_t size);
char	   *copy(const char *string);

#endif
