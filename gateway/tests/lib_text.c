/*
 * lib_text.c
 *		Bytes that grow, and what is UTF-8.
 */
#include "unit.h"

#include <stdlib.h>

#include "lib/memory.h"
#include "lib/text.h"
#include "lib/utf8.h"

static void
grows(void)
{
	Text t = { 0 };

	for (int i = 0; i < 1000; i++)
		text_add_literal(&t, "abcdefghij");
	equal_numbers("a text grows by what is added", (long long) t.len, 10000);
	check("it ends with NUL", t.data[10000] == '\0' && t.space > t.len);
	text_free(&t);
	check("a text that is freed is empty, and can be used again",
		  t.data == NULL && t.len == 0 && t.space == 0);
	text_add(&t, NULL, 0);
	equal_texts("nothing added makes an empty string", t.data, "");
	text_free(&t);
}

static void
formats(void)
{
	Text t = { 0 };
	char wide[600];

	memset(wide, 'x', sizeof(wide) - 1);
	wide[sizeof(wide) - 1] = '\0';
	text_format(&t, "%d,", 7);
	text_format(&t, "%s.", wide);
	equal_numbers("what is formatted may be longer than there is room", (long long) t.len,
				  2 + 599 + 1);
	check("and is whole",
		  strncmp(t.data, "7,xxx", 5) == 0 && strcmp(t.data + t.len - 2, "x.") == 0);
	text_free(&t);
}

static const char *
as_json(Text *t, const char *data, size_t len)
{
	t->len = 0;
	text_add_json(t, data, len);
	return t->data;
}

static void
json(void)
{
	Text t = { 0 };

	equal_texts("a string of JSON has quotes", as_json(&t, "abc", 3), "\"abc\"");
	equal_texts("quotes and backslashes are escaped", as_json(&t, "a\"b\\c", 5), "\"a\\\"b\\\\c\"");
	equal_texts("so are control characters, and NUL", as_json(&t, "\n\0\x7f", 3),
				"\"\\u000a\\u0000\\u007f\"");
	equal_texts("UTF-8 stays as it is", as_json(&t, "\xc3\xa4\xf0\x9f\x98\x80", 6),
				"\"\xc3\xa4\xf0\x9f\x98\x80\"");
	equal_texts("a byte that is none becomes a sign of its own", as_json(&t, "a\xffz", 3),
				"\"a\\ufffdz\"");
	equal_texts("so does each byte of a character that is cut", as_json(&t, "\xf0\x9f\x98", 3),
				"\"\\ufffd\\ufffd\\ufffd\"");
	text_free(&t);
}

/* RFC 3629: what is a character, and what only looks like one. */
static void
utf8(void)
{
	static const struct
	{
		const char *bytes;
		size_t len;
		const char *name;
	} tests[] = {
		{ "\x7f", 1, "U+007F" },
		{ "\xc2\x80", 2, "U+0080" },
		{ "\xdf\xbf", 2, "U+07FF" },
		{ "\xe0\xa0\x80", 3, "U+0800" },
		{ "\xed\x9f\xbf", 3, "U+D7FF" },
		{ "\xee\x80\x80", 3, "U+E000" },
		{ "\xf0\x90\x80\x80", 4, "U+10000" },
		{ "\xf4\x8f\xbf\xbf", 4, "U+10FFFF" },
		{ "\x80", 0, "a byte that continues nothing" },
		{ "\xc0\x80", 0, "an overlong NUL" },
		{ "\xc1\xbf", 0, "an overlong U+007F" },
		{ "\xe0\x9f\xbf", 0, "an overlong U+07FF" },
		{ "\xf0\x8f\xbf\xbf", 0, "an overlong U+FFFF" },
		{ "\xed\xa0\x80", 0, "a surrogate" },
		{ "\xf4\x90\x80\x80", 0, "U+110000" },
		{ "\xf5\x80\x80\x80", 0, "a byte beyond all" },
		{ "\xc3(", 0, "a letter where two bytes should be" },
		{ "\xe2\x82", 0, "a character that is cut" },
	};

	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
	{
		/* Memory of just this size, so that no byte behind it is read. */
		size_t size = strlen(tests[i].bytes);
		char *bytes = malloc(size);

		memcpy(bytes, tests[i].bytes, size);
		equal_numbers(tests[i].name, (long long) utf8_length(bytes, size),
					  (long long) tests[i].len);
		free(bytes);
	}
	equal_numbers("nothing has no length", (long long) utf8_length("", 0), 0);
	check("a text is UTF-8 when all of it is",
		  utf8_valid("a\xc3\xa4z", 4) && !utf8_valid("a\xc3\xa4\xff", 4) && utf8_valid("", 0));
}

static void
copies(void)
{
	char *one = must_copy("ab\0cd", 5);
	char *two = must_copy_string("text");
	char *zeroed = must_alloc(16);

	check("a copy has all bytes, and NUL behind them", memcmp(one, "ab\0cd", 6) == 0);
	equal_texts("a string is copied", two, "text");
	check("no string is none", must_copy_string(NULL) == NULL);
	check("memory comes zeroed", zeroed[0] == 0 && zeroed[15] == 0);
	free(one);
	free(two);
	free(zeroed);
}

int
main(void)
{
	grows();
	formats();
	json();
	utf8();
	copies();
	return done();
}
