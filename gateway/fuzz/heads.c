/*
 * heads.c
 *		libFuzzer target: heads of requests, and bodies in chunks behind them.
 *
 *	make fuzz && build-fuzz/fuzz/heads fuzz/corpus-heads
 *
 * The first two bytes say where the rest is cut: in whatever pieces the bytes
 * come, the same is read. What a head that is taken must keep to is checked here.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "http/chunked.h"
#include "http/head.h"
#include "lib/text.h"

static void
must(bool condition)
{
	if (!condition)
		abort();
}

/* No reader of HTTP, however lenient, finds another line in it, or another end. */
static void
check_lines(const char *data, size_t len)
{
	must(len >= 4 && len <= MAX_HEAD_BYTES && memcmp(data + len - 4, "\r\n\r\n", 4) == 0);
	for (size_t i = 0; i < len; i++)
	{
		must(data[i] != '\0');
		if (data[i] == '\r')
			must(data[i + 1] == '\n');
		if (data[i] == '\n')
			must(i > 0 && data[i - 1] == '\r' &&
				 (i + 1 == len || (data[i + 1] != ' ' && data[i + 1] != '\t')));
		/* An empty line is the first, or the last. */
		if (data[i] == '\r' && i > 0 && data[i - 1] == '\n')
			must(i == len - 2);
	}
}

static void
check_head(const Head *head, const char *data)
{
	Head *kept = head_keep(head, data);
	int hosts = 0;

	check_lines(data, head->len);
	must(kept->text[kept->target] == '/');
	must(strlen(kept->text + kept->method) == kept->method_len &&
		 kept->method_len <= MAX_METHOD_BYTES);
	must(strlen(kept->text + kept->target) == kept->target_len);
	must(!(kept->chunked && (kept->has_length || kept->old)));
	must(kept->nfields <= MAX_FIELDS);
	for (int i = 0; i < kept->nfields; i++)
	{
		const Field *f = &kept->field[i];
		const char *name = kept->text + f->name;

		must(f->name_len > 0 && name[f->name_len] == ':');
		must(strlen(kept->text + f->value) == f->value_len);
		hosts += f->name_len == 4 && strncasecmp(name, "host", 4) == 0;
	}
	must(hosts == 1 || (hosts == 0 && kept->old));
	must((head_field(kept, "Host") != NULL) == (hosts == 1));
	must((head_field(kept, "Content-Length") != NULL) == kept->has_length);
	must((head_field(kept, "Transfer-Encoding") != NULL) == kept->chunked);
	free(kept);
}

/* What a part of the bytes says, all of them say. */
static size_t
fuzz_head(const char *data, size_t len, size_t cut)
{
	Head part;
	Head whole;
	HeadResult first = head_read(&part, data, cut);
	HeadResult second = head_read(&whole, data, len);

	if (first != HEAD_MORE)
		must(second == first);
	if (first == HEAD_WRONG)
		must(part.why == whole.why && part.code == whole.code);
	if (first == HEAD_WHOLE)
		must(part.len == whole.len && part.nfields == whole.nfields && part.length == whole.length);
	if (second == HEAD_WHOLE)
		check_head(&whole, data);
	if (second == HEAD_MORE)
		must(len <= MAX_HEAD_BYTES);
	return second == HEAD_WHOLE ? whole.len : 0;
}

/* Reads it in pieces of `piece` bytes. Returns how many were used. */
static size_t
read_chunks(Chunked *c, const char *data, size_t len, size_t piece, Text *body)
{
	size_t at = 0;

	while (at < len && c->state < CHUNKED_WHOLE)
	{
		size_t some = len - at < piece ? len - at : piece;
		size_t found;
		size_t used = chunked_read(c, data + at, some, &found);

		must(used > 0 && used <= some && found <= used);
		text_add(body, data + at + used - found, found);
		at += used;
	}
	return at;
}

static void
fuzz_chunks(const char *data, size_t len, size_t piece)
{
	Chunked whole = { 0 };
	Chunked pieces = { 0 };
	Text body = { 0 };
	Text other = { 0 };

	must(read_chunks(&whole, data, len, len, &body) ==
		 read_chunks(&pieces, data, len, piece, &other));
	must(whole.state == pieces.state && whole.why == pieces.why && whole.extras == pieces.extras);
	must(body.len == other.len && (body.len == 0 || memcmp(body.data, other.data, body.len) == 0));
	must(whole.extras <= MAX_CHUNK_EXTRAS + 1);
	text_free(&body);
	text_free(&other);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text;
	size_t cut;
	size_t used;

	if (size < 3)
		return 0;
	size -= 2;
	cut = ((size_t) data[0] << 8 | data[1]) % (size + 1);
	/* Memory of just this size, so that no byte behind it is read. */
	text = malloc(size);
	must(text != NULL);
	memcpy(text, data + 2, size);
	used = fuzz_head(text, size, cut);
	if (used < size)
		fuzz_chunks(text + used, size - used, cut % 7 + 1);
	free(text);
	return 0;
}
