/*
 * head.h
 *		The head of a request: its line and its headers.
 *
 * Between a client and the gateway there may be proxies, and what they and we
 * read differently lets somebody hide one request in another. So a head is read
 * as RFC 9112 writes it, without its leniencies, or not at all.
 */
#ifndef GATEWAY_HEAD_H
#define GATEWAY_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "answers/problems.h"

#define MAX_HEAD_BYTES   (8 * 1024) /* line and headers, with the empty line behind them */
#define MAX_FIELDS       100        /* headers and cookies */
#define MAX_METHOD_BYTES 32

/* A header: places in the head's text. */
typedef struct Field
{
	uint16_t name;
	uint16_t name_len;
	uint16_t value;
	uint16_t value_len;
} Field;

typedef struct Head
{
	size_t len;
	/* places in the text */
	uint16_t method;
	uint16_t method_len;
	uint16_t target;
	uint16_t target_len;
	bool old; /* HTTP/1.0 */
	/* what the headers say about the connection and the body */
	bool keep_alive;
	bool expects; /* to be told to send the body */
	bool chunked;
	bool has_length;
	uint64_t length;
	/* of one that is wrong */
	ProblemCode code;
	const char *why;
	char *text; /* of one that is kept */
	int nfields;
	Field field[MAX_FIELDS];
} Head;

typedef enum HeadResult
{
	HEAD_MORE, /* nothing is wrong so far */
	HEAD_WHOLE,
	HEAD_WRONG,
} HeadResult;

/* Reads the head that `data` begins with. The same bytes give the same result, in whatever pieces they come. */
extern HeadResult head_read(Head *head, const char *data, size_t len);

/* A copy with its text, whose method, target and values end with NUL; to be freed. */
extern Head *head_keep(const Head *head, const char *data);
/* A header of one that is kept, the first of that name; NULL if there is none. */
extern const char *head_field(const Head *head, const char *name);

/* Whether a byte may be in a method or in a header's name. */
extern bool head_is_token(char c);
/* Whether a byte may be in a header's value. */
extern bool head_is_value(char c);

#endif
