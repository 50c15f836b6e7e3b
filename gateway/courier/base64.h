/*
 * base64.h
 *		Bytes as base64.
 */
#ifndef COURIER_BASE64_H
#define COURIER_BASE64_H

#include "lib/text.h"

extern void text_add_base64(Text *text, const void *bytes, size_t len);

#endif
