/*
 * server_head.c
 *		Heads of requests.
 */
#include "unit.h"

#include <stdlib.h>

#include "http/head.h"

#define LINE "GET /a HTTP/1.1\r\nHost: x\r\n"

static HeadResult
read_head(Head *head, const char *text)
{
	/* Memory of just this size, so that no byte behind it is read. */
	size_t len = strlen(text);
	char *data = malloc(len);
	HeadResult result;

	memcpy(data, text, len);
	result = head_read(head, data, len);
	free(data);
	return result;
}

static void
whole(void)
{
	static const char text[] =
		"POST /a/b?c=d HTTP/1.1\r\nHost: example.com\r\nContent-Length: 12\r\n"
		"X-Two:one\r\nx-two:   two  \r\nExpect: 100-Continue\r\n\r\nbody";
	Head head;
	Head *kept;

	check("a head is read to its end", head_read(&head, text, sizeof(text) - 1) == HEAD_WHOLE);
	equal_numbers("and no further", (long long) head.len, (long long) (sizeof(text) - 1 - 4));
	kept = head_keep(&head, text);
	equal_texts("its method", kept->text + kept->method, "POST");
	equal_texts("its target", kept->text + kept->target, "/a/b?c=d");
	check("a length", kept->has_length && kept->length == 12);
	check("an expectation, whatever its case", kept->expects);
	check("HTTP/1.1 stays connected", kept->keep_alive && !kept->old);
	equal_texts("a header, whatever its case", head_field(kept, "content-LENGTH"), "12");
	equal_texts("of two the first", head_field(kept, "X-Two"), "one");
	check("none that is not there", head_field(kept, "X-Three") == NULL);
	equal_texts("blanks around a value are not its own", kept->text + kept->field[3].value, "two");
	free(kept);
}

static void
unfinished(void)
{
	static const char text[] = "GET /a HTTP/1.1\r\nHost: x\r\n\r\n";
	Head head;
	bool more = true;

	for (size_t len = 0; len < sizeof(text) - 1; len++)
		more = more && head_read(&head, text, len) == HEAD_MORE;
	check("of a head that is cut anywhere more is awaited", more);
	check("an empty line before it is forgiven",
		  read_head(&head, "\r\n" LINE "\r\n") == HEAD_WHOLE);
	check("two are not", read_head(&head, "\r\n\r\n" LINE "\r\n") == HEAD_WRONG);
}

static void
connections(void)
{
	Head head;

	check("HTTP/1.0 is over with its answer",
		  read_head(&head, "GET / HTTP/1.0\r\n\r\n") == HEAD_WHOLE && !head.keep_alive && head.old);
	check("unless it asks to stay",
		  read_head(&head, "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n") == HEAD_WHOLE &&
			  head.keep_alive);
	check("it expects nothing",
		  read_head(&head, "GET / HTTP/1.0\r\nExpect: 100-continue\r\n\r\n") == HEAD_WHOLE &&
			  !head.expects);
	check("close is found in a list",
		  read_head(&head, LINE "Connection: a, Close ,b\r\n\r\n") == HEAD_WHOLE &&
			  !head.keep_alive);
	check("and wins over keep-alive",
		  read_head(&head, LINE "Connection: keep-alive, close\r\n\r\n") == HEAD_WHOLE &&
			  !head.keep_alive);
	check("closed is another word",
		  read_head(&head, LINE "Connection: closed\r\n\r\n") == HEAD_WHOLE && head.keep_alive);
	check("chunks", read_head(&head, LINE "Transfer-Encoding: Chunked\r\n\r\n") == HEAD_WHOLE &&
						head.chunked);
}

/* What two readers could read differently is read by none. */
static void
wrong(void)
{
	static const struct
	{
		ProblemCode code;
		const char *text;
		const char *name;
	} tests[] = {
		{ PROBLEM_MALFORMED, "GET /a HTTP/1.1\nHost: x\r\n\r\n", "a line feed alone" },
		{ PROBLEM_MALFORMED, "GET /a HTTP/1.1\r\nHost: x\rY: z\r\n\r\n",
		  "a carriage return alone" },
		{ PROBLEM_MALFORMED, LINE "X: a\x01\r\n\r\n", "a control character" },
		{ PROBLEM_MALFORMED, LINE " X: a\r\n\r\n", "a header that begins with a blank" },
		{ PROBLEM_MALFORMED, LINE "X : a\r\n\r\n", "a blank before the colon" },
		{ PROBLEM_MALFORMED, LINE "X\r\n\r\n", "no colon" },
		{ PROBLEM_MALFORMED, LINE ": a\r\n\r\n", "no name" },
		{ PROBLEM_MALFORMED, "GET  /a HTTP/1.1\r\nHost: x\r\n\r\n", "two blanks in the line" },
		{ PROBLEM_MALFORMED, "GET /a\r\nHost: x\r\n\r\n", "no version" },
		{ PROBLEM_MALFORMED, "GET a HTTP/1.1\r\nHost: x\r\n\r\n", "a target without a slash" },
		{ PROBLEM_MALFORMED, "GET http://x/a HTTP/1.1\r\nHost: x\r\n\r\n", "one of a proxy" },
		{ PROBLEM_MALFORMED, "GET /a#b HTTP/1.1\r\nHost: x\r\n\r\n", "a fragment" },
		{ PROBLEM_MALFORMED, "GET /a%00b HTTP/1.1\r\nHost: x\r\n\r\n", "a NUL in the path" },
		{ PROBLEM_MALFORMED, "GET /a HTTP/1.1\r\n\r\n", "no host" },
		{ PROBLEM_MALFORMED, LINE "Host: x\r\n\r\n", "two hosts" },
		{ PROBLEM_MALFORMED, "GET /a HTTP/1.1\r\nHost: x y\r\n\r\n", "a host that is none" },
		{ PROBLEM_MALFORMED, LINE "Content-Length: 1\r\nContent-Length: 1\r\n\r\n", "two lengths" },
		{ PROBLEM_MALFORMED, LINE "Content-Length: +1\r\n\r\n", "a length with a sign" },
		{ PROBLEM_MALFORMED, LINE "Content-Length:  1\r\n\r\n", "a length behind two blanks" },
		{ PROBLEM_MALFORMED, LINE "Content-Length: 1 \r\n\r\n", "a length before a blank" },
		{ PROBLEM_MALFORMED, LINE "Content-Length:\r\n\r\n", "a length of nothing" },
		{ PROBLEM_MALFORMED, LINE "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
		  "a length and chunks" },
		{ PROBLEM_MALFORMED, "POST /a HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n",
		  "chunks in HTTP/1.0" },
		{ PROBLEM_MALFORMED,
		  LINE "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", "chunks twice" },
		{ PROBLEM_NOT_IMPLEMENTED, LINE "Transfer-Encoding: gzip, chunked\r\n\r\n",
		  "another encoding" },
		{ PROBLEM_TOO_LARGE, LINE "Content-Length: 18446744073709551616\r\n\r\n",
		  "a length of 2^64" },
		{ PROBLEM_EXPECTATION_FAILED, LINE "Expect: more\r\n\r\n", "another expectation" },
		{ PROBLEM_VERSION_NOT_SUPPORTED, "GET /a HTTP/2.0\r\nHost: x\r\n\r\n", "HTTP/2.0" },
		{ PROBLEM_VERSION_NOT_SUPPORTED, "GET /a HTTP/1.2\r\nHost: x\r\n\r\n", "HTTP/1.2" },
		{ PROBLEM_NOT_IMPLEMENTED,
		  "ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGH /a HTTP/1.1\r\nHost: x\r\n\r\n",
		  "a method of 34 bytes" },
	};

	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
	{
		Head head;
		HeadResult result = read_head(&head, tests[i].text);

		check(tests[i].name,
			  result == HEAD_WRONG && head.code == tests[i].code && head.why != NULL);
	}
}

/* A head with so many bytes, or so many headers. */
static HeadResult
read_large(Head *head, const char *begin, size_t pad, int headers)
{
	char *text = malloc(64 * 1024);
	size_t len = (size_t) snprintf(text, 256, "%s", begin);
	HeadResult result;

	memset(text + len, 'x', pad);
	len += pad;
	len += (size_t) snprintf(text + len, 64, " HTTP/1.1\r\nHost: x\r\n");
	for (int i = 1; i < headers; i++)
		len += (size_t) snprintf(text + len, 16, "A: b\r\n");
	len += (size_t) snprintf(text + len, 8, "\r\n");
	result = head_read(head, text, len);
	free(text);
	return result;
}

static void
limits(void)
{
	Head head;

	check("100 headers are taken",
		  read_large(&head, "GET /", 0, 100) == HEAD_WHOLE && head.nfields == 100);
	check("101 are not", read_large(&head, "GET /", 0, 101) == HEAD_WRONG &&
							 head.code == PROBLEM_HEADERS_TOO_LARGE);
	check("8192 bytes are taken",
		  read_large(&head, "GET /", 8192 - 27, 1) == HEAD_WHOLE && head.len == 8192);
	check("one more is not", read_large(&head, "GET /", 8192 - 26, 1) == HEAD_WRONG);
	check("a target without an end is too long",
		  read_large(&head, "GET /", 9000, 1) == HEAD_WRONG && head.code == PROBLEM_URI_TOO_LONG);
	check("headers without an end are too large",
		  read_large(&head, "GET / HTTP/1.1\r\nA: ", 9000, 1) == HEAD_WRONG &&
			  head.code == PROBLEM_HEADERS_TOO_LARGE);
}

int
main(void)
{
	whole();
	unfinished();
	connections();
	wrong();
	limits();
	return done();
}
