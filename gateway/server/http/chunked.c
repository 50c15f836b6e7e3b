/*
 * chunked.c
 *		Bodies that come in chunks.
 */
#include "http/chunked.h"

#include "http/head.h"

/* More is no size of anything that is taken. */
#define MAX_DIGITS 8

static void
wrong(Chunked *c, const char *why)
{
	c->state = CHUNKED_WRONG;
	c->why = why;
}

static int
digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static void
take_size(Chunked *c, char byte)
{
	int value = digit_value(byte);

	if (value >= 0 && c->digits < MAX_DIGITS)
	{
		c->left = c->left << 4 | (uint64_t) value;
		c->digits++;
	}
	else if (c->digits > 0 && byte == '\r')
		c->state = CHUNKED_SIZE_END;
	else if (c->digits > 0 && byte == ';')
		c->state = CHUNKED_EXTENSION;
	else
		wrong(c, "the size of a chunk is not a hexadecimal number");
}

/* Extensions and trailers have no end of their own, so that one is set here. */
static void
take_extra(Chunked *c, char byte, ChunkedState next)
{
	if (byte == '\r')
		c->state = next;
	else if (!head_is_value(byte))
		wrong(c, "there is a control character among the chunks");
	else if (++c->extras > MAX_CHUNK_EXTRAS)
		wrong(c, "there is too much between and behind the chunks");
}

static void
take_trailer_name(Chunked *c, char byte)
{
	if (byte == ':' && c->state == CHUNKED_TRAILER_NAME)
		c->state = CHUNKED_TRAILER_VALUE;
	else if (byte == '\r' && c->state == CHUNKED_TRAILER)
		c->state = CHUNKED_LAST;
	else if (!head_is_token(byte))
		wrong(c, "behind the chunks is neither a trailer nor an empty line");
	else if (++c->extras > MAX_CHUNK_EXTRAS)
		wrong(c, "there is too much between and behind the chunks");
	else
		c->state = CHUNKED_TRAILER_NAME;
}

static void
take_end(Chunked *c, char byte, char wanted, ChunkedState next)
{
	if (byte == wanted)
		c->state = next;
	else
		wrong(
			c,
			"a line among the chunks does not end with CR and LF, or a chunk is longer than its size");
}

/* One byte of what is not the data itself. */
static void
take(Chunked *c, char byte)
{
	switch (c->state)
	{
		case CHUNKED_SIZE:
			take_size(c, byte);
			break;
		case CHUNKED_EXTENSION:
			take_extra(c, byte, CHUNKED_SIZE_END);
			break;
		case CHUNKED_SIZE_END:
			c->digits = 0;
			take_end(c, byte, '\n', c->left > 0 ? CHUNKED_DATA : CHUNKED_TRAILER);
			break;
		case CHUNKED_DATA_CR:
			take_end(c, byte, '\r', CHUNKED_DATA_END);
			break;
		case CHUNKED_DATA_END:
			take_end(c, byte, '\n', CHUNKED_SIZE);
			break;
		case CHUNKED_TRAILER:
		case CHUNKED_TRAILER_NAME:
			take_trailer_name(c, byte);
			break;
		case CHUNKED_TRAILER_VALUE:
			take_extra(c, byte, CHUNKED_TRAILER_END);
			break;
		case CHUNKED_TRAILER_END:
			take_end(c, byte, '\n', CHUNKED_TRAILER);
			break;
		case CHUNKED_LAST:
			take_end(c, byte, '\n', CHUNKED_WHOLE);
			break;
		case CHUNKED_DATA:
		case CHUNKED_WHOLE:
		case CHUNKED_WRONG:
			break;
	}
}

size_t
chunked_read(Chunked *c, const char *data, size_t len, size_t *piece_len)
{
	size_t n = 0;

	*piece_len = 0;
	while (n < len && c->state < CHUNKED_WHOLE)
	{
		if (c->state == CHUNKED_DATA)
		{
			*piece_len = len - n < c->left ? len - n : c->left;
			c->left -= *piece_len;
			if (c->left == 0)
				c->state = CHUNKED_DATA_CR;
			return n + *piece_len;
		}
		take(c, data[n++]);
	}
	return n;
}
