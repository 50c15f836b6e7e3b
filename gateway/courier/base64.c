/*
 * base64.c
 *		Bytes as base64.
 */
#include "courier/base64.h"

#include <assert.h>
#include <limits.h>
#include <openssl/evp.h>

void
text_add_base64(Text *text, const void *bytes, size_t len)
{
	assert(len < INT_MAX / 2);
	text_reserve(text, (len + 2) / 3 * 4);
	text->len +=
		(size_t) EVP_EncodeBlock((unsigned char *) text->data + text->len, bytes, (int) len);
}
