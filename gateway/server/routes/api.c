/*
 * api.c
 *		The dashboard's API: a session in, quotakit.api() out.
 *
 * Nothing is decided here. A request's session, CSRF header, origin, path, query,
 * body and client go to one SQL function, and what it returns goes back.
 */
#include "routes/api.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "answers/answers.h"
#include "database/pool.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/memory.h"
#include "lib/utf8.h"
#include "metrics.h"
#include "routes/api_description.h"
#include "routes/client.h"
#include "routes/openapi.h"
#include "routes/query.h"
#include "settings.h"

/* Milliseconds: a price file, or a month replayed, may take longer than a call. */
#define DEADLINE        30000
#define COOKIE_DAYS     14
#define MAX_QUERY_BYTES (16 * 1024)

#define BOOLOID  16
#define BYTEAOID 17
#define INT4OID  23
#define TEXTOID  25
#define INETOID  869

static const Oid types[] = { INT4OID, BYTEAOID, TEXTOID,  BOOLOID, TEXTOID,
							 TEXTOID, TEXTOID,  BYTEAOID, INETOID };

#define NTYPES ((int) (sizeof(types) / sizeof(types[0])))

static const DatabaseStatement statement = {
	.name = "api",
	.sql = "SELECT status, etag, body, content_type, cookie, file, retry_after"
		   " FROM quotakit.api($1, $2, $3, $4, $5, $6, $7, $8, $9)",
	.nparams = NTYPES,
	.types = types
};

static Pool pool;

/* Whether a page of this very origin asks, as far as a browser says. */
static bool
is_same_origin(const Request *request)
{
	const char *site = request_header(request, "Sec-Fetch-Site");
	const char *origin = request_header(request, "Origin");
	const char *host = request_header(request, "Host");

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
	const char *proxy = request_header(request, "X-Forwarded-Proto");

	return *settings.tls_certificate || (proxy != NULL && strcmp(proxy, "https") == 0);
}

static bool
add_parameter(Request *request, const char *name, size_t name_len, const char *value,
			  size_t value_len)
{
	Text *query = &request->browser.query;

	if (!query_is_text(name, name_len) || (value != NULL && !query_is_text(value, value_len)) ||
		query->len > MAX_QUERY_BYTES)
	{
		answer_problem(request, PROBLEM_MALFORMED, "the query is not text, or too long");
		return false;
	}
	text_add_string(query, query->len > 1 ? "," : "");
	text_add_json(query, name, name_len);
	text_add_char(query, ':');
	text_add_json(query, value ? value : "", value ? value_len : 0);
	return true;
}

void
api_begin(Request *request)
{
	Browser *browser = &request->browser;
	const char *csrf = request_header(request, "X-CSRF");
	char cookie[256];

	request->has_key = request_cookie(request, SESSION_COOKIE, cookie, sizeof(cookie)) &&
					   key_read_session(cookie, &request->key);
	if (csrf != NULL && utf8_valid(csrf, strlen(csrf)))
		browser->csrf = csrf;
	browser->same_origin = is_same_origin(request);
	client_address(request, browser->client);
	text_add_char(&browser->query, '{');
	query_walk(request, add_parameter);
	text_add_char(&browser->query, '}');
	if (request->reply.status == 0 && !utf8_valid(request->path, strlen(request->path)))
		answer_problem(request, PROBLEM_NOT_FOUND, "there is nothing at this address");
}

static void
set_cookie(Request *request, const char *token)
{
	reply_header(&request->reply, "Set-Cookie",
				 SESSION_COOKIE "=%s; Path=/api; HttpOnly; SameSite=Strict; Max-Age=%d%s", token,
				 *token ? COOKIE_DAYS * 86400 : 0, is_secure(request) ? "; Secure" : "");
}

/* Types are constants to a reply. */
static const char *
content_type(const char *type)
{
	static const char *const known[] = { "application/json", "application/problem+json",
										 "text/csv; charset=utf-8" };

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(known[i], type) == 0)
			return known[i];
	return NULL;
}

/* The columns of the answer. */
enum
{
	STATUS,
	ETAG,
	BODY,
	CONTENT_TYPE,
	SET_COOKIE,
	FILE_NAME,
	RETRY_AFTER,
	NCOLUMNS
};

static void
take_answer(Request *request, const PGresult *result)
{
	Reply *reply = &request->reply;
	const char *etag;
	const char *text;

	if (PQntuples(result) != 1 || PQnfields(result) != NCOLUMNS)
	{
		answer_trouble(request, TROUBLE_INTERNAL);
		return;
	}
	etag = database_text(result, 0, ETAG);
	answer_text(request, database_int(result, 0, STATUS),
				content_type(PQgetvalue(result, 0, CONTENT_TYPE)), PQgetvalue(result, 0, BODY),
				(size_t) PQgetlength(result, 0, BODY));
	reply_header(reply, "Cache-Control", etag == NULL ? "no-store" : "private, no-cache");
	reply_header(reply, "X-Content-Type-Options", "nosniff");
	if (etag != NULL)
		(void) answer_etag(request, etag);
	if ((text = database_text(result, 0, SET_COOKIE)) != NULL)
		set_cookie(request, text);
	if ((text = database_text(result, 0, FILE_NAME)) != NULL)
		reply_header(reply, "Content-Disposition", "attachment; filename=\"%s\"", text);
	if ((text = database_text(result, 0, RETRY_AFTER)) != NULL)
		reply_header(reply, "Retry-After", "%s", text);
}

static DatabaseAnswer
ask(Database *db, const Request *request, const char *method)
{
	const Browser *browser = &request->browser;
	char account[16];
	const char *values[NTYPES] = { request->has_key ? account : NULL,
								   request->has_key ? (const char *) request->key.secret : NULL,
								   browser->csrf,
								   browser->same_origin ? "t" : "f",
								   method,
								   request->path,
								   browser->query.data,
								   request->body.len ? request->body.data : NULL,
								   browser->client };
	const int lengths[NTYPES] = { [1] = (int) sizeof(request->key.secret),
								  [7] = (int) request->body.len };
	const int formats[NTYPES] = { [1] = DATABASE_BINARY, [7] = DATABASE_BINARY };
	DatabaseAnswer answer;
	int tries = 0;

	snprintf(account, sizeof(account), "%d", request->key.account);
	do
		answer = database_run(db, &statement, values, lengths, formats,
							  clock_now() + DEADLINE * CLOCK_MILLISECOND, NULL, NULL);
	while (answer.outcome == DATABASE_AGAIN && ++tries < 5);
	return answer;
}

static void
run(Database *db, Request *request)
{
	static const Trouble troubles[] = {
		[DATABASE_AGAIN] = TROUBLE_BUSY,
		[DATABASE_REFUSED] = TROUBLE_INTERNAL,
		[DATABASE_UNABLE] = TROUBLE_UNAVAILABLE,
		[DATABASE_UNKNOWN] = TROUBLE_UNKNOWN,
	};
	const char *method = strcmp(request->method, "HEAD") == 0 ? "GET" : request->method;
	DatabaseAnswer answer = ask(db, request, method);

	if (answer.outcome == DATABASE_DONE)
		take_answer(request, answer.result);
	else
	{
		metrics_failure(answer.sqlstate);
		log_message(LOG_ERROR, "%s: %s %s failed: %s %s", db->name, method, request->path,
					answer.sqlstate, answer.message);
		answer_trouble(request, troubles[answer.outcome]);
	}
	PQclear(answer.result);
}

/* The table of routes may be another one since the last connection: the database may have been updated. */
static void
connected(Database *db)
{
	Text api = { 0 };

	if (database_ask(db, "SELECT quotakit.gateway_api()", &api) && api.len > 0)
		openapi_take_api(api.data);
	else
		log_message(LOG_WARNING, "%s: could not read the table of routes: %s", db->name,
					db->problem);
	text_free(&api);
}

void
api_start(void)
{
	pool_start(&pool,
			   &(PoolWork){ .name = "dashboard",
							.purpose = DATABASE_WRITE,
							.deadline = DEADLINE,
							.statements = &statement,
							.nstatements = 1,
							.run = run,
							.connected = connected },
			   settings.dashboard_connections);
}

void
api_stop(void)
{
	pool_stop(&pool);
}

void
api_submit(Request *request)
{
	pool_submit(&pool, request);
}
