/*
 * head.c
 *		The head of a request: its line and its headers.
 */
#include "http/head.h"

#include <string.h>
#include <strings.h>

#include "lib/memory.h"

/* Where in the data the reading is. */
typedef struct Reader
{
	Head *head;
	const char *data;
	size_t len;    /* of which no more is looked at than a head may have */
	bool too_long; /* there is more than that */
	/* the line at hand, without its end */
	const char *line;
	size_t line_len;
	size_t next; /* where the line behind it begins */
	int ncookies;
	bool has_host;
	bool close;
	bool keep;
} Reader;

static const char head_too_large[] = "the request line and all headers have at most 8192 bytes";

static HeadResult
wrong(Reader *r, ProblemCode code, const char *why)
{
	r->head->code = code;
	r->head->why = why;
	return HEAD_WRONG;
}

static HeadResult
malformed(Reader *r, const char *why)
{
	return wrong(r, PROBLEM_MALFORMED, why);
}

static bool
is_alnum(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

bool
head_is_token(char c)
{
	return is_alnum(c) || (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

bool
head_is_value(char c)
{
	return (unsigned char) c >= ' ' ? c != 0x7f : c == '\t';
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static size_t
span(const char *data, size_t len, bool (*is)(char))
{
	size_t n = 0;

	while (n < len && is(data[n]))
		n++;
	return n;
}

static bool
equals(const char *data, size_t len, const char *word)
{
	return len == strlen(word) && strncasecmp(data, word, len) == 0;
}

/* The line that comes next: only CR and LF together end it, and neither stands elsewhere. */
static HeadResult
read_line(Reader *r)
{
	size_t n;

	r->line = r->data + r->next;
	n = span(r->line, r->len - r->next, head_is_value);
	r->line_len = n;
	n += r->next;
	if (n == r->len)
		return HEAD_MORE;
	if (r->data[n] == '\n')
		return malformed(r, "a line ends with a line feed alone");
	if (r->data[n] != '\r')
		return malformed(r, "there is a control character in the head");
	if (n + 1 == r->len)
		return HEAD_MORE;
	if (r->data[n + 1] != '\n')
		return malformed(r, "there is a carriage return that ends no line");
	r->next = n + 2;
	return HEAD_WHOLE;
}

static bool
is_target(char c)
{
	return c > ' ' && c < 0x7f && c != '#';
}

/* Written with a percent sign, and in the path; of a query it is for its reader to say. */
static bool
has_nul(const char *target, size_t len)
{
	for (size_t i = 0; i + 2 < len && target[i] != '?'; i++)
		if (memcmp(target + i, "%00", 3) == 0)
			return true;
	return false;
}

static HeadResult
read_version(Reader *r, const char *version, size_t len)
{
	if (len != strlen("HTTP/1.1") || memcmp(version, "HTTP/", 5) != 0 || version[6] != '.' ||
		version[5] < '0' || version[5] > '9' || version[7] < '0' || version[7] > '9')
		return malformed(
			r,
			"the request line is not a method, a target and a version, with one blank between them");
	if (version[5] != '1' || version[7] > '1')
		return wrong(r, PROBLEM_VERSION_NOT_SUPPORTED, "HTTP/1.1 and HTTP/1.0 are spoken here");
	r->head->old = version[7] == '0';
	return HEAD_WHOLE;
}

static HeadResult
read_request_line(Reader *r)
{
	Head *head = r->head;
	size_t n = span(r->line, r->line_len, head_is_token);
	const char *target = r->line + n + 1;
	size_t left = r->line_len - n;
	HeadResult result;

	if (n == 0 || left == 0 || r->line[n] != ' ')
		return malformed(r, "the request line does not begin with a method");
	if (n > MAX_METHOD_BYTES)
		return wrong(r, PROBLEM_NOT_IMPLEMENTED, "there is no such method");
	head->method = (uint16_t) (r->line - r->data);
	head->method_len = (uint16_t) n;
	left--;
	n = span(target, left, is_target);
	head->target = (uint16_t) (target - r->data);
	head->target_len = (uint16_t) n;
	if (n < left && target[n] != ' ')
		return malformed(
			r, "there is a character in the target that must be written with a percent sign");
	result = read_version(r, target + n + 1, n < left ? left - n - 1 : 0);
	if (result == HEAD_WHOLE && target[0] != '/')
		return malformed(r, "the target does not begin with a slash");
	if (result == HEAD_WHOLE && has_nul(target, n))
		return malformed(r, "there is a NUL in the path");
	return result;
}

static bool
is_host(char c)
{
	return is_alnum(c) || (c != '\0' && strchr("-._~:[]%", c) != NULL);
}

static HeadResult
take_host(Reader *r, const char *value, size_t len)
{
	if (r->has_host)
		return malformed(r, "there are two Host headers");
	if (len == 0 || span(value, len, is_host) != len)
		return malformed(r, "the Host header names no host");
	r->has_host = true;
	return HEAD_WHOLE;
}

/*
 * What tells where the body ends is taken in one form only: at most one blank
 * before it and none behind it. Nobody writes it otherwise who means well.
 */
static bool
is_plain(const Reader *r, const char *value, size_t len)
{
	const char *colon = value[-1] == ' ' ? value - 2 : value - 1;

	return len > 0 && *colon == ':' && value + len == r->line + r->line_len;
}

static HeadResult
take_length(Reader *r, const char *value, size_t len)
{
	Head *head = r->head;

	if (head->has_length)
		return malformed(r, "there are two Content-Length headers");
	if (!is_plain(r, value, len))
		return malformed(r, "the Content-Length is not a whole number");
	for (size_t i = 0; i < len; i++)
	{
		if (value[i] < '0' || value[i] > '9')
			return malformed(r, "the Content-Length is not a whole number");
		/* It cannot overflow: what is larger than this is too large for anything. */
		if (head->length > UINT64_MAX / 100)
			return wrong(r, PROBLEM_TOO_LARGE, "the Content-Length is beyond all bounds");
		head->length = head->length * 10 + (uint64_t) (value[i] - '0');
	}
	head->has_length = true;
	return HEAD_WHOLE;
}

static HeadResult
take_encoding(Reader *r, const char *value, size_t len)
{
	if (r->head->chunked)
		return malformed(r, "there are two Transfer-Encoding headers");
	if (!is_plain(r, value, len))
		return malformed(r, "the Transfer-Encoding is not \"chunked\"");
	if (!equals(value, len, "chunked"))
		return wrong(r, PROBLEM_NOT_IMPLEMENTED, "the Transfer-Encoding is not \"chunked\"");
	r->head->chunked = true;
	return HEAD_WHOLE;
}

static HeadResult
take_expectation(Reader *r, const char *value, size_t len)
{
	if (r->head->expects)
		return malformed(r, "there are two Expect headers");
	if (!equals(value, len, "100-continue"))
		return wrong(r, PROBLEM_EXPECTATION_FAILED,
					 "the only expectation that can be met is 100-continue");
	r->head->expects = true;
	return HEAD_WHOLE;
}

static HeadResult
take_connection(Reader *r, const char *value, size_t len)
{
	const char *end = value + len;

	while (value < end)
	{
		const char *comma = memchr(value, ',', (size_t) (end - value));
		size_t n = (size_t) ((comma ? comma : end) - value);
		size_t before = span(value, n, is_blank);
		size_t word = span(value + before, n - before, head_is_token);

		if (equals(value + before, word, "close"))
			r->close = true;
		else if (equals(value + before, word, "keep-alive"))
			r->keep = true;
		value += n + 1;
	}
	return HEAD_WHOLE;
}

static HeadResult
take_cookies(Reader *r, const char *value, size_t len)
{
	r->ncookies++;
	for (size_t i = 0; i < len; i++)
		r->ncookies += value[i] == ';';
	return HEAD_WHOLE;
}

/* The headers that the connection itself looks at. */
static const struct
{
	const char *name;
	size_t len;
	HeadResult (*take)(Reader *r, const char *value, size_t len);
} known[] = {
	{ "Host", 4, take_host },
	{ "Cookie", 6, take_cookies },
	{ "Expect", 6, take_expectation },
	{ "Connection", 10, take_connection },
	{ "Content-Length", 14, take_length },
	{ "Transfer-Encoding", 17, take_encoding },
};

static HeadResult
read_field(Reader *r)
{
	Head *head = r->head;
	size_t name_len = span(r->line, r->line_len, head_is_token);
	const char *value = r->line + name_len + 1;
	const char *end = r->line + r->line_len;
	HeadResult result = HEAD_WHOLE;
	Field *field;

	if (is_blank(r->line[0]))
		return malformed(r, "a header is continued on a second line, or begins with a blank");
	if (name_len == 0 || name_len == r->line_len || r->line[name_len] != ':')
		return malformed(r, "a header is not a name, a colon at once behind it, and a value");
	while (value < end && is_blank(*value))
		value++;
	while (end > value && is_blank(end[-1]))
		end--;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]) && result == HEAD_WHOLE; i++)
		if (known[i].len == name_len && strncasecmp(r->line, known[i].name, name_len) == 0)
			result = known[i].take(r, value, (size_t) (end - value));
	if (result != HEAD_WHOLE)
		return result;
	if (head->nfields + 1 + r->ncookies > MAX_FIELDS)
		return wrong(r, PROBLEM_HEADERS_TOO_LARGE, "there are at most 100 headers and cookies");
	field = &head->field[head->nfields++];
	field->name = (uint16_t) (r->line - r->data);
	field->name_len = (uint16_t) name_len;
	field->value = (uint16_t) (value - r->data);
	field->value_len = (uint16_t) (end - value);
	return HEAD_WHOLE;
}

/* Whether the headers go together. */
static HeadResult
judge(Reader *r)
{
	Head *head = r->head;

	if (!r->has_host && !head->old)
		return malformed(r, "there is no Host header");
	if (head->chunked && head->has_length)
		return malformed(r, "there are both a Content-Length and a Transfer-Encoding");
	if (head->chunked && head->old)
		return malformed(r, "HTTP/1.0 has no Transfer-Encoding");
	if (head->old)
		head->expects = false;
	head->keep_alive = !r->close && (r->keep || !head->old);
	head->len = r->next;
	return HEAD_WHOLE;
}

/* There is no end in sight, or none in what a head may have. */
static HeadResult
unfinished(Reader *r, bool in_request_line)
{
	const char *blank;

	if (!r->too_long)
		return HEAD_MORE;
	if (!in_request_line)
		return wrong(r, PROBLEM_HEADERS_TOO_LARGE, head_too_large);
	blank = memchr(r->line, ' ', r->line_len);
	if (blank == NULL || blank - r->line > MAX_METHOD_BYTES)
		return wrong(r, PROBLEM_NOT_IMPLEMENTED, "there is no such method");
	return wrong(r, PROBLEM_URI_TOO_LONG, head_too_large);
}

HeadResult
head_read(Head *head, const char *data, size_t len)
{
	Reader r = { .head = head, .data = data, .len = len, .too_long = len > MAX_HEAD_BYTES };
	HeadResult result;

	memset(head, 0, offsetof(Head, field));
	if (r.too_long)
		r.len = MAX_HEAD_BYTES;
	result = read_line(&r);
	/* An empty line before a request is forgiven, once: old clients put it behind a body. */
	if (result == HEAD_WHOLE && r.line_len == 0)
		result = read_line(&r);
	if (result == HEAD_MORE)
		return unfinished(&r, true);
	if (result == HEAD_WHOLE)
		result = read_request_line(&r);
	while (result == HEAD_WHOLE)
	{
		result = read_line(&r);
		if (result == HEAD_MORE)
			return unfinished(&r, false);
		if (result == HEAD_WHOLE && r.line_len == 0)
			return judge(&r);
		if (result == HEAD_WHOLE)
			result = read_field(&r);
	}
	return result;
}

Head *
head_keep(const Head *head, const char *data)
{
	size_t size = offsetof(Head, field) + (size_t) head->nfields * sizeof(Field);
	Head *kept = must_alloc(size + head->len + 1);
	char *text = (char *) kept + size;

	memcpy(kept, head, size);
	memcpy(text, data, head->len);
	kept->text = text;
	/* Behind each of them is a blank, a tab or the end of a line. */
	text[head->method + head->method_len] = '\0';
	text[head->target + head->target_len] = '\0';
	for (int i = 0; i < head->nfields; i++)
		text[head->field[i].value + head->field[i].value_len] = '\0';
	return kept;
}

const char *
head_field(const Head *head, const char *name)
{
	for (int i = 0; i < head->nfields; i++)
	{
		const Field *f = &head->field[i];

		if (equals(head->text + f->name, f->name_len, name))
			return head->text + f->value;
	}
	return NULL;
}
