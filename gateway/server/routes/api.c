/*
 * api.c
 *		The dashboard's API: a session in, quotakit.api() out.
 *
 * Nothing is decided here. A request's session, CSRF header, origin, path, query,
 * body and client go to one SQL function, and what it returns goes back.
 */
#include "api.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "answers.h"
#include "client.h"
#include "clock.h"
#include "http.h"
#include "log.h"
#include "metrics.h"
#include "options.h"
#include "query.h"
#include "utf8.h"

#define COOKIE "quotakit_session"
#define COOKIE_DAYS 14
#define MAX_QUERY_BYTES (16 * 1024)

enum
{
	CSRF,
	QUERY,
	SAME_ORIGIN,
	CLIENT,
};

static const Oid types[] = {23, 17, 25, 16, 25, 25, 25, 17, 869};

#define NTYPES ((int) (sizeof(types) / sizeof(types[0])))

const DatabaseStatement api_statement = {
	.name = "api",
	.sql = "SELECT status, etag, body, content_type, cookie, file, retry_after"
		" FROM quotakit.api($1, $2, $3, $4, $5, $6, $7, $8, $9)",
	.nparams = NTYPES, .types = types
};

/* Whether a page of this very origin asks, as far as a browser says. */
static bool
is_same_origin(const Request *request)
{
	const char *site = http_header(request, "Sec-Fetch-Site");
	const char *origin = http_header(request, "Origin");
	const char *host = http_header(request, "Host");

	if (site != NULL)
		return strcmp(site, "same-origin") == 0 || strcmp(site, "none") == 0;
	/* No browser, or one that sends neither with a form of its own page. */
	if (origin == NULL)
		return true;
	origin = strstr(origin, "://");
	return origin != NULL && host != NULL && strcasecmp(origin + 3, host) == 0;
}

static bool
is_secure(const Request *request)
{
	const char *proxy = http_header(request, "X-Forwarded-Proto");

	return *options.tls_certificate || (proxy != NULL && strcmp(proxy, "https") == 0);
}

static bool
read_parameter(Request *request, const char *name, size_t name_len, const char *value, size_t value_len)
{
	Text	   *query = &request->calls;

	if (!utf8_valid(name, name_len) || (value != NULL && !utf8_valid(value, value_len)) ||
		memchr(name, '\0', name_len) || (value != NULL && memchr(value, '\0', value_len)) ||
		query->len > MAX_QUERY_BYTES)
	{
		answer_problem(request, "malformed", "the query is not text, or too long");
		return false;
	}
	text_add_string(query, query->len > 1 ? "," : "");
	text_add_json(query, name, name_len);
	text_add_char(query, ':');
	text_add_json(query, value ? value : "", value ? value_len : 0);
	return true;
}

void
api_read_headers(Request *request)
{
	char		cookie[256];
	const char *csrf = http_header(request, "X-CSRF");
	char		client[INET6_ADDRSTRLEN];

	request->has_key = http_cookie(request, COOKIE, cookie, sizeof(cookie)) && key_read_session(cookie, &request->key);
	if (csrf != NULL && utf8_valid(csrf, strlen(csrf)))
		request->parameter[CSRF] = must_copy(csrf, strlen(csrf));
	request->parameter[SAME_ORIGIN] = must_copy(is_same_origin(request) ? "t" : "f", 1);
	client_address(request, client);
	if (*client)
		request->parameter[CLIENT] = must_copy(client, strlen(client));
	text_add_char(&request->calls, '{');
	query_walk(request, read_parameter);
	text_add_char(&request->calls, '}');
	request->parameter[QUERY] = must_copy(request->calls.data, request->calls.len);
	if (request->reply.status == 0 && !utf8_valid(request->path, strlen(request->path)))
		answer_problem(request, "not_found", "there is nothing at this address");
}

static void
set_cookie(Request *request, const char *token)
{
	reply_header(&request->reply, "Set-Cookie", COOKIE "=%s; Path=/api; HttpOnly; SameSite=Strict; Max-Age=%d%s", token,
				 *token ? COOKIE_DAYS * 86400 : 0, is_secure(request) ? "; Secure" : "");
}

/* Types are constants to a reply. */
static const char *
content_type(const char *type)
{
	static const char *const known[] = {"application/json", "application/problem+json", "text/csv; charset=utf-8"};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(known[i], type) == 0)
			return known[i];
	return NULL;
}

static void
take_answer(Request *request, const PGresult *result)
{
	Reply	   *reply = &request->reply;
	int			status;

	if (PQntuples(result) != 1 || PQnfields(result) != 7)
	{
		answer_trouble(request, TROUBLE_INTERNAL);
		return;
	}
	status = atoi(PQgetvalue(result, 0, 0));
	answer_text(request, status, content_type(PQgetvalue(result, 0, 3)), PQgetvalue(result, 0, 2),
				(size_t) PQgetlength(result, 0, 2));
	reply_header(reply, "Cache-Control", PQgetisnull(result, 0, 1) ? "no-store" : "private, no-cache");
	reply_header(reply, "X-Content-Type-Options", "nosniff");
	if (!PQgetisnull(result, 0, 1))
	{
		reply_header(reply, "ETag", "\"%s\"", PQgetvalue(result, 0, 1));
		if (etag_matches(http_header(request, "If-None-Match"), PQgetvalue(result, 0, 1)))
			answer_text(request, 304, NULL, "", 0);
	}
	if (!PQgetisnull(result, 0, 4))
		set_cookie(request, PQgetvalue(result, 0, 4));
	if (!PQgetisnull(result, 0, 5))
		reply_header(reply, "Content-Disposition", "attachment; filename=\"%s\"", PQgetvalue(result, 0, 5));
	if (!PQgetisnull(result, 0, 6))
		reply_header(reply, "Retry-After", "%s", PQgetvalue(result, 0, 6));
}

void
api_run(Database *db, Request *request)
{
	const char *method = strcmp(request->method, "HEAD") == 0 ? "GET" : request->method;
	char		account[16];
	const char *values[NTYPES] = {
		request->has_key ? account : NULL, request->has_key ? (const char *) request->key.secret : NULL,
		request->parameter[CSRF], request->parameter[SAME_ORIGIN], method, request->path,
		request->parameter[QUERY], request->body.len ? request->body.data : NULL, request->parameter[CLIENT]
	};
	const int	lengths[NTYPES] = {[1] = (int) sizeof(request->key.secret), [7] = (int) request->body.len};
	const int	formats[NTYPES] = {[1] = 1, [7] = 1};
	DatabaseAnswer answer;
	int			tries = 0;

	snprintf(account, sizeof(account), "%d", request->key.account);
	do
		answer = database_run(db, &api_statement, values, lengths, formats,
							  clock_now() + API_DEADLINE * CLOCK_MILLISECOND, NULL, NULL);
	while (answer.outcome == DATABASE_AGAIN && ++tries < 5);
	if (answer.outcome == DATABASE_DONE)
	{
		take_answer(request, answer.result);
		PQclear(answer.result);
		return;
	}
	metrics_failure(answer.sqlstate);
	log_message(LOG_ERROR, "%s: %s %s failed: %s %s", db->name, method, request->path, answer.sqlstate, answer.message);
	switch (answer.outcome)
	{
		case DATABASE_AGAIN:
			answer_trouble(request, TROUBLE_BUSY);
			break;
		case DATABASE_UNABLE:
			answer_trouble(request, TROUBLE_UNAVAILABLE);
			break;
		case DATABASE_UNKNOWN:
			answer_trouble(request, TROUBLE_UNKNOWN);
			break;
		default:
			answer_trouble(request, TROUBLE_INTERNAL);
	}
}
