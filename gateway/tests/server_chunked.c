/*
 * server_chunked.c
 *		Bodies in chunks.
 */
#include "unit.h"

#include "http/chunked.h"
#include "lib/text.h"

/* Reads all of it, in pieces of so many bytes. Returns how many were used. */
static size_t
read_chunks(Chunked *c, const char *data, size_t len, size_t piece, Text *body)
{
	size_t at = 0;

	*c = (Chunked){ 0 };
	body->len = 0;
	while (at < len && c->state < CHUNKED_WHOLE)
	{
		size_t some = len - at < piece ? len - at : piece;
		size_t found;
		size_t used = chunked_read(c, data + at, some, &found);

		text_add(body, data + at + used - found, found);
		at += used;
	}
	return at;
}

static void
good(void)
{
	static const char text[] =
		"5\r\nabcde\r\n0A;x=\"y\"\r\n0123456789\r\n0\r\nTrailer: z\r\n\r\nNEXT";
	Text body = { 0 };
	Chunked c;
	bool same = true;

	for (size_t piece = 1; piece < sizeof(text); piece++)
		same = same &&
			   read_chunks(&c, text, sizeof(text) - 1, piece, &body) == sizeof(text) - 1 - 4 &&
			   c.state == CHUNKED_WHOLE && body.len == 15 &&
			   memcmp(body.data, "abcde0123456789", 15) == 0;
	check("a body in chunks is read, in whatever pieces it comes, to its end", same);
	check("a body of nothing", read_chunks(&c, "0\r\n\r\n", 5, 5, &body) == 5 &&
								   c.state == CHUNKED_WHOLE && body.len == 0);
	read_chunks(&c, "5\r\nabc", 6, 6, &body);
	check("of one that is cut more is awaited",
		  c.state == CHUNKED_DATA && c.left == 2 && body.len == 3);
	text_free(&body);
}

static void
wrong(void)
{
	static const struct
	{
		const char *text;
		const char *name;
	} tests[] = {
		{ "\r\n", "a size of nothing" },
		{ "x\r\n", "a size that is no number" },
		{ "-1\r\n", "a size with a sign" },
		{ "0x1\r\n", "a size with a prefix" },
		{ " 1\r\n", "a blank before a size" },
		{ "1 \r\n", "a blank behind one" },
		{ "123456789\r\n", "a size of nine digits" },
		{ "1\na\n0\n\n", "line feeds alone" },
		{ "1\r\nab\r\n", "a chunk that is longer than its size" },
		{ "1;\x01\r\n", "a control character in an extension" },
		{ "0\r\nX Y: z\r\n\r\n", "a blank in a trailer's name" },
		{ "0\r\nX\r\n\r\n", "a trailer without a colon" },
		{ "0\r\nX: \x7f\r\n\r\n", "a control character in a trailer" },
		{ "0\r\n\rx", "an end that is none" },
	};
	Text body = { 0 };
	Chunked c;

	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
	{
		read_chunks(&c, tests[i].text, strlen(tests[i].text), 100, &body);
		check(tests[i].name, c.state == CHUNKED_WRONG && c.why != NULL);
	}
	text_free(&body);
}

/* Extensions and trailers together have at most so many bytes. */
static void
limits(void)
{
	Text text = { 0 };
	Text body = { 0 };
	Chunked c;

	text_add_literal(&text, "1;");
	for (int i = 0; i < MAX_CHUNK_EXTRAS; i++)
		text_add_char(&text, 'x');
	text_add_literal(&text, "\r\na\r\n0\r\n\r\n");
	read_chunks(&c, text.data, text.len, 1000, &body);
	check("so much of extensions is read over",
		  c.state == CHUNKED_WHOLE && c.extras == MAX_CHUNK_EXTRAS);
	text.len -= 4;
	text_add_literal(&text, "\r\nT: z\r\n\r\n");
	read_chunks(&c, text.data, text.len, 1000, &body);
	check("with a trailer it is too much", c.state == CHUNKED_WRONG);
	text_free(&text);
	text_free(&body);
}

int
main(void)
{
	good();
	wrong();
	limits();
	return done();
}
