/*
 * chunked.h
 *		Bodies that come in chunks (RFC 9112, 7.1), read as strictly as heads are.
 */
#ifndef GATEWAY_CHUNKED_H
#define GATEWAY_CHUNKED_H

#include <stddef.h>
#include <stdint.h>

/* All extensions of a body together, and all its trailers: read, and thrown away. */
#define MAX_CHUNK_EXTRAS (8 * 1024)

typedef enum ChunkedState
{
	CHUNKED_SIZE,      /* the digits of a size */
	CHUNKED_EXTENSION, /* what stands behind them */
	CHUNKED_SIZE_END,  /* the LF of that line */
	CHUNKED_DATA,
	CHUNKED_DATA_CR,
	CHUNKED_DATA_END, /* the LF behind the data */
	CHUNKED_TRAILER,  /* a line of trailers begins, or the empty one */
	CHUNKED_TRAILER_NAME,
	CHUNKED_TRAILER_VALUE,
	CHUNKED_TRAILER_END, /* the LF of a trailer */
	CHUNKED_LAST,        /* the LF of the empty line */
	CHUNKED_WHOLE,       /* all has come */
	CHUNKED_WRONG,
} ChunkedState;

/* All zeros at the beginning of a body. */
typedef struct Chunked
{
	ChunkedState state;
	int digits;
	uint64_t left;   /* of the chunk */
	size_t extras;   /* bytes of extensions and trailers */
	const char *why; /* it is wrong */
} Chunked;

/*
 * Reads until a piece of the body was found, or there is no more. Returns how many
 * bytes were used; the piece, which may be of nothing, is the end of them.
 */
extern size_t chunked_read(Chunked *chunked, const char *data, size_t len, size_t *piece_len);

#endif
