/*
 * server_slice.c
 *		JSON cut into its members.
 */
#include "unit.h"

#include <stdlib.h>

#include "routes/slice.h"

static char *last;

/* Memory of just this size, so that no byte behind it is read. */
static Slice
slice(const char *text)
{
	size_t len = strlen(text);

	free(last);
	last = malloc(len ? len : 1);
	memcpy(last, text, len);
	return (Slice){ last, len };
}

static const char *
text_of(Slice s)
{
	static char text[256];

	if (s.data == NULL)
		return NULL;
	snprintf(text, sizeof(text), "%.*s", (int) s.len, s.data);
	return text;
}

/* Its members as "name=value;…", and how it ends. */
static const char *
members_of(const char *json)
{
	static char all[512];
	Slice object = slice(json);
	Slice name;
	Slice value;
	size_t at = 0;
	size_t len = 0;
	bool broken;

	while (slice_next_member(object, &at, &name, &value, &broken))
		len += (size_t) snprintf(all + len, sizeof(all) - len, "%.*s=%.*s;", (int) name.len,
								 name.data, (int) value.len, value.data);
	snprintf(all + len, sizeof(all) - len, "%s", broken ? "broken" : "");
	return all;
}

static const char *
elements_of(const char *json)
{
	static char all[512];
	Slice array = slice(json);
	Slice value;
	size_t at = 0;
	size_t len = 0;
	bool broken;

	while (slice_next_element(array, &at, &value, &broken))
		len +=
			(size_t) snprintf(all + len, sizeof(all) - len, "%.*s;", (int) value.len, value.data);
	snprintf(all + len, sizeof(all) - len, "%s", broken ? "broken" : "");
	return all;
}

static void
members(void)
{
	equal_texts("members keep their spelling",
				members_of("{\"a\": 1.50 ,\n\"b\":{\"c\":[1,2]}, \"d\":\"x,}\\\"\"}"),
				"a=1.50;b={\"c\":[1,2]};d=\"x,}\\\"\";");
	equal_texts("an object of nothing", members_of("{ }"), "");
	equal_texts("a name is left as it is", members_of("{\"a\\\"b\":1}"), "a\\\"b=1;");
	equal_texts("a comma at the end", members_of("{\"a\":1,}"), "a=1;broken");
	equal_texts("no comma between", members_of("{\"a\":[1]\"b\":2}"), "a=[1]\"b\":2;");
	equal_texts("no colon", members_of("{\"a\" 1}"), "broken");
	equal_texts("no value", members_of("{\"a\":}"), "broken");
	equal_texts("no name", members_of("{1:2}"), "broken");
	equal_texts("a string without an end", members_of("{\"a\":\"b}"), "broken");
	equal_texts("a bracket without an end", members_of("{\"a\":[1}"), "broken");
	equal_texts("a name without an end", members_of("{\"a}"), "broken");
}

static void
elements(void)
{
	equal_texts("elements of an array", elements_of("[1, \"a,b\" ,{\"c\":[]},null]"),
				"1;\"a,b\";{\"c\":[]};null;");
	equal_texts("an array of nothing", elements_of("[]"), "");
	equal_texts("a comma at its end", elements_of("[1,]"), "1;broken");
	equal_texts("two commas", elements_of("[1,,2]"), "1;broken");
}

static void
lookups(void)
{
	Slice object = slice("{\"aa\":1,\"a\":\"x\",\"a\":2}");
	Slice text;

	equal_texts("a member by its name, the first of two", text_of(slice_member(object, "a")),
				"\"x\"");
	check("none that is not there", slice_member(object, "b").data == NULL);
	check("a string without its quotes",
		  slice_string(slice_member(object, "a"), &text) && slice_equals(text, "x"));
	check("a number is no string", !slice_string(slice_member(object, "aa"), &text));
	check("nor is one with an escape taken for plain", !slice_string(slice("\"a\\n\""), &text));
	check("nor one quote", !slice_string(slice("\""), &text));
	check("space around is cut", slice_equals(slice_trim(" \t{}\r\n", 6), "{}"));
	check("of nothing but space nothing is left", slice_trim("  ", 2).len == 0);
	check("an object is one by its brackets",
		  slice_is(slice("{}"), '{') && !slice_is(slice("{"), '{') && !slice_is(slice("{]"), '{'));
	check("an array likewise", slice_is(slice("[]"), '[') && !slice_is(slice("[}"), '['));
}

int
main(void)
{
	members();
	elements();
	lookups();
	free(last);
	return done();
}
