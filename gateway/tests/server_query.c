/*
 * server_query.c
 *		Queries, cookies, and where a request comes from.
 */
#include "unit.h"

#include <arpa/inet.h>
#include <stdlib.h>

#include "address.h"
#include "http/head.h"
#include "request.h"
#include "routes/client.h"
#include "routes/query.h"
#include "routes/route.h"
#include "routes/routes.h"

static Text seen;

/* A request with this target, and these lines of headers. */
static Request *
make_request(const Origin *origin, const char *target, const char *headers)
{
	char text[1024];
	char allow[64];
	Head head;
	Request *request = request_new(origin, "GET", target);
	int n = snprintf(text, sizeof(text), "GET %s HTTP/1.1\r\nHost: x\r\n%s\r\n", target, headers);

	if (head_read(&head, text, (size_t) n) == HEAD_WHOLE)
		request->head = head_keep(&head, text);
	request->query = strchr(request->head->text + request->head->target, '?');
	if (request->query != NULL)
		*request->query++ = '\0';
	request->route = route_find("GET", request->head->text + request->head->target, request->id,
								allow, sizeof(allow));
	return request;
}

static bool
note(Request *request, const char *name, size_t name_len, const char *value, size_t value_len)
{
	(void) request;
	text_add(&seen, name, name_len);
	if (value != NULL)
	{
		text_add_char(&seen, '=');
		text_add(&seen, value, value_len);
	}
	text_add_char(&seen, ';');
	return true;
}

static const char *
walk(const char *target)
{
	Request *request = make_request(NULL, target, "");

	seen.len = 0;
	text_add_literal(&seen, "");
	query_walk(request, note);
	request_free(request);
	return seen.data;
}

static void
queries(void)
{
	char percent[] = "%41%zz%4%%20";

	equal_texts("parameters, decoded", walk("/?a=1&b=x%20y+z&c"), "a=1;b=x y z;c;");
	equal_texts("empty ones are passed over, empty values are not", walk("/?&&a=&=b"), "a=;=b;");
	equal_texts("a plus that is written with a percent sign stays", walk("/?a=%2B"), "a=+;");
	equal_texts("without a query there are none", walk("/"), "");
	equal_numbers("a percent sign that stands for nothing stays", (long long) query_decode(percent),
				  8);
	equal_texts("as it is", percent, "A%zz%4% ");
}

/* What the route's parameters get, or the problem's detail. */
static void
parameters(void)
{
	static const struct
	{
		const char *target;
		const char *path;
		int status;
		const char *name;
	} tests[] = {
		{ "/v1/state?path=acme%2Fsearch", "acme/search", 0, "a parameter that the route knows" },
		{ "/v1/state?path=", "", 0, "one of nothing" },
		{ "/v1/state", NULL, 0, "none" },
		{ "/v1/state?paht=a", NULL, 400, "one that it does not know" },
		{ "/v1/state?path=a&path=b", "a", 400, "one that is given twice" },
		{ "/v1/state?path", NULL, 400, "one without a value" },
		{ "/v1/state?path=%ff", NULL, 400, "one that is not UTF-8" },
		{ "/v1/state?path=a%00b", NULL, 400, "one with a NUL" },
	};

	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
	{
		Request *request = make_request(NULL, tests[i].target, "");

		query_parameters(request);
		equal_texts(tests[i].name, request->parameter[0], tests[i].path);
		equal_numbers("its status", request->reply.status, tests[i].status);
		request_free(request);
	}
}

static void
cookies(void)
{
	Request *request = make_request(NULL, "/", "Cookie: a=1; ab=2;c=; d\r\n");
	char value[4];

	check("a cookie",
		  request_cookie(request, "ab", value, sizeof(value)) && strcmp(value, "2") == 0);
	check("one of nothing", request_cookie(request, "c", value, sizeof(value)) && *value == '\0');
	check("none that is not there", !request_cookie(request, "b", value, sizeof(value)));
	check("nor one without a value", !request_cookie(request, "d", value, sizeof(value)));
	request_free(request);
	request = make_request(NULL, "/", "Cookie: a=123\r\n");
	check("one that just fits",
		  request_cookie(request, "a", value, 4) && strcmp(value, "123") == 0);
	check("and one that does not", !request_cookie(request, "a", value, 3));
	request_free(request);
}

static Address
address(const char *text)
{
	Address made = { 0 };

	check(text, address_read(text, &made));
	return made;
}

static void
addresses(void)
{
	Address v4 = address("192.0.2.1");
	Address v6 = address("2001:db8::1");
	Address near = address("2001:db8::ff:1");
	struct sockaddr_storage from = { .ss_family = AF_INET };
	Address same;
	char text[ADDRESS_TEXT];

	inet_pton(AF_INET, "192.0.2.1", &((struct sockaddr_in *) &from)->sin_addr);
	same = address_of(&from);
	check("IPv4 is as IPv6 has it",
		  address_is_v4(&v4) && !address_is_v4(&v6) && memcmp(&v4, &same, sizeof(v4)) == 0);
	address_write(&v4, text);
	equal_texts("and written as its own", text, "192.0.2.1");
	address_write(&v6, text);
	equal_texts("IPv6 likewise", text, "2001:db8::1");
	check("addresses share their first bits",
		  address_shares(&v6, &near, 96) && address_shares(&v6, &near, 104) &&
			  !address_shares(&v6, &near, 105) && address_shares(&v6, &v6, 128) &&
			  address_shares(&v4, &v6, 0));
	check("what is no address is not read",
		  !address_read("192.0.2", &v4) && !address_read("", &v4) && !address_read("x", &v4));
}

/* Who is meant, when that proxy asks with these headers. */
static const char *
client(const char *peer, const char *headers)
{
	static char text[ADDRESS_TEXT];
	Origin origin = { 0 };
	Request *request;

	address_read(peer, &origin.address);
	request = make_request(&origin, "/", headers);
	client_address(request, text);
	request_free(request);
	return text;
}

static void
clients(void)
{
	static const char *const wrong[] = {
		"10.0.0.0/33",
		"10.0.0.0/-1",
		"10.0.0.0/",
		"10.0.0.0/8x",
		"2001:db8::/129",
		"somewhere",
		"10.0.0.0/99999999999999999999",
	};

	check("nobody is trusted by default", client_trust(""));
	equal_texts("then the peer is the client",
				client("192.0.2.1", "X-Forwarded-For: 203.0.113.9\r\n"), "192.0.2.1");
	check("proxies are trusted by name",
		  client_trust("10.0.0.0/8, 2001:db8::/32 192.0.2.1,::ffff:198.51.100.0/120"));
	equal_texts("who say on whose behalf they ask",
				client("10.1.2.3", "X-Forwarded-For: 203.0.113.9\r\n"), "203.0.113.9");
	equal_texts("an address alone", client("192.0.2.1", "X-Forwarded-For: 203.0.113.9\r\n"),
				"203.0.113.9");
	equal_texts("and not the one beside it",
				client("192.0.2.2", "X-Forwarded-For: 203.0.113.9\r\n"), "192.0.2.2");
	equal_texts("a network of mapped addresses",
				client("198.51.100.7", "X-Forwarded-For: 203.0.113.9\r\n"), "203.0.113.9");
	equal_texts("IPv6", client("2001:db8:1::1", "X-Forwarded-For: 2001:db9::7\r\n"), "2001:db9::7");
	equal_texts("what a client writes itself is not believed",
				client("10.1.2.3", "X-Forwarded-For: 1.2.3.4, 203.0.113.9\r\n"), "203.0.113.9");
	equal_texts("from proxy to proxy",
				client("10.1.2.3", "X-Forwarded-For: 203.0.113.9, 10.7.7.7\r\n"), "203.0.113.9");
	equal_texts("in several headers",
				client("10.1.2.3", "X-Forwarded-For: 203.0.113.9\r\nX-Forwarded-For: 10.7.7.7\r\n"),
				"203.0.113.9");
	equal_texts("with a port", client("10.1.2.3", "X-Forwarded-For: 203.0.113.9:443\r\n"),
				"203.0.113.9");
	equal_texts("in brackets", client("10.1.2.3", "X-Forwarded-For: [2001:db9::7]:443\r\n"),
				"2001:db9::7");
	equal_texts("what is no address ends it", client("10.1.2.3", "X-Forwarded-For: unknown\r\n"),
				"10.1.2.3");
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		check(wrong[i], !client_trust(wrong[i]));
}

int
main(void)
{
	queries();
	parameters();
	cookies();
	addresses();
	clients();
	text_free(&seen);
	return done();
}
