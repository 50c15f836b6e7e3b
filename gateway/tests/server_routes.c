/*
 * server_routes.c
 *		The table of routes, and the first steps of a request.
 */
#include "unit.h"

#include <stdlib.h>

#include "lib/log.h"
#include "metrics.h"
#include "routes/dispatch.h"
#include "routes/routes.h"
#include "settings.h"
#include "stopping.h"

static void
finds(void)
{
	static const struct
	{
		const char *method;
		const char *path;
		const char *route;
		const char *id;
		const char *allow;
	} tests[] = {
		{ "POST", "/v1/reservations", "/v1/reservations", "", "" },
		{ "POST", "/v1/reservations/0a-F/settle", "/v1/reservations/{id}/settle", "0a-F", "" },
		{ "GET", "/v1/reservations/0a-F/settle", NULL, "0a-F", "POST" },
		{ "POST", "/v1/reservations//settle", NULL, "", "" },
		{ "POST", "/v1/reservations/x/settle", NULL, "", "" },
		{ "POST", "/v1/reservations/0a-F/settled", NULL, "0a-F", "" },
		{ "POST", "/v1/reservations/0123456789012345678901234567890123456789/settle", NULL, "",
		  "" },
		{ "HEAD", "/v1/state", "/v1/state", "", "" },
		{ "POST", "/v1/state", NULL, "", "GET, HEAD" },
		{ "DELETE", "/api/keys/7", "/api/*", "", "" },
		{ "POST", "/api/prices/import", "/api/prices/import", "", "" },
		{ "GET", "/nowhere", NULL, "", "" },
		{ "GET", "/v1", NULL, "", "" },
		{ "get", "/v1/state", NULL, "", "GET, HEAD" },
	};

	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
	{
		char name[128];
		char id[40];
		char allow[64];
		const Route *route = route_find(tests[i].method, tests[i].path, id, allow, sizeof(allow));

		snprintf(name, sizeof(name), "%s %s", tests[i].method, tests[i].path);
		equal_texts(name, route ? route->path : NULL, tests[i].route);
		equal_texts("what else it may be asked", allow, tests[i].allow);
		if (route != NULL)
			equal_texts("its id", id, tests[i].id);
	}
}

/* What holds for every row. */
static void
rows(void)
{
	bool answered = true;
	bool bodies = true;
	bool ids = true;
	bool described = true;

	for (const Route *r = routes; r < routes + nroutes; r++)
	{
		answered = answered && (r->handle != NULL || r->submit != NULL);
		bodies = bodies && (r->media[0].type != NULL || (!r->body_optional && r->max_body == 0));
		ids = ids && (r->id == ID_IN_CALL ||
					  (r->op != NULL && (r->id != ID_IN_PATH || strstr(r->path, "{id}") != NULL)));
		described =
			described && (r->summary == NULL || (r->success != 0 && r->answer_type != NULL));
	}
	check("somebody answers each route", answered);
	check("only one with a body has a bound for it", bodies);
	check("an id in the path is there", ids);
	check("what is described has a status and a type", described);
}

static Request *
begin(const char *text, const Origin *origin)
{
	Head head;

	return head_read(&head, text, strlen(text)) == HEAD_WHOLE ?
			   dispatch_begin(origin, &head, text) :
			   NULL;
}

#define KEY         "Authorization: Bearer aisc_1_abc\r\n"
#define BEGIN(text) begin(text "\r\n", &origin)

static void
heads(void)
{
	const Origin origin = { 0 };
	Request *request = BEGIN("GET /v1/%73tate?path=a HTTP/1.1\r\nHost: x\r\n" KEY);

	check("a path is decoded, then looked up", request->route != NULL &&
												   strcmp(request->path, "/v1/state") == 0 &&
												   request->reply.status == 0);
	check("its key is read", request->has_key && request->key.account == 1);
	equal_texts("so is its query", request->parameter[0], "a");
	dispatch_end(request, false);
	request = BEGIN("GET /v1/state HTTP/1.1\r\nHost: x\r\n");
	equal_numbers("without a key it is refused", request->reply.status, 401);
	dispatch_end(request, false);
	request = BEGIN("POST /healthz HTTP/1.1\r\nHost: x\r\n");
	equal_numbers("so is another method", request->reply.status, 405);
	dispatch_end(request, false);
	request = BEGIN("GET /healthz?probe=1 HTTP/1.1\r\nHost: x\r\n");
	check("a probe may add what it likes", request->reply.status == 0 &&
											   dispatch_carry_out(request) &&
											   request->reply.status == 200);
	dispatch_end(request, false);
}

static void
bodies(void)
{
	const Origin origin = { 0 };
	Request *request =
		BEGIN("POST /v1/reservations HTTP/1.1\r\nHost: x\r\nContent-Length: 1048577\r\n" KEY);

	check("a body that is too large is read all the same",
		  !dispatch_refuses_body(request) && request->reply.status == 413);
	check("and not kept", !dispatch_keeps_body(request, 1));
	dispatch_end(request, false);
	request = BEGIN("POST /v1/reservations HTTP/1.1\r\nHost: x\r\nContent-Length: 9000000\r\n" KEY);
	check("one that would never end is not read", dispatch_refuses_body(request));
	dispatch_end(request, false);
	request = BEGIN(
		"POST /v1/reservations HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 1048577\r\n" KEY);
	check("nor is one that is not sent yet", dispatch_refuses_body(request));
	dispatch_end(request, false);
	request =
		BEGIN("POST /v1/reservations HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n" KEY);
	check("of one in chunks so much is kept",
		  dispatch_keeps_body(request, 1024 * 1024) && request->reply.status == 0);
	check("and no more",
		  !dispatch_keeps_body(request, 1024 * 1024 + 1) && request->reply.status == 413);
	dispatch_end(request, false);
	request = BEGIN("GET /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n");
	check("where none is taken it is not looked at",
		  !dispatch_keeps_body(request, 5) && request->reply.status == 0);
	dispatch_end(request, false);
	request =
		BEGIN("POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n" KEY);
	check("another type is refused",
		  dispatch_carry_out(request) && request->reply.status == 415 &&
			  strstr(request->reply.body.data,
					 "application/cloudevents+json application/cloudevents-batch+json") != NULL);
	dispatch_end(request, false);
	request = BEGIN(
		"POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Type: Application/CloudEvents-Batch+JSON; charset=utf-8\r\n" KEY);
	check("one in any case, with parameters, is taken",
		  dispatch_carry_out(request) && request->reply.status == 400 && request->many);
	dispatch_end(request, false);
}

static void
memory(void)
{
	const Origin origin = { 0 };
	Request *one = BEGIN("POST /v1/bench HTTP/1.1\r\nHost: x\r\n");
	Request *two = BEGIN("POST /v1/bench HTTP/1.1\r\nHost: x\r\n");
	char *half = calloc(1, 600 * 1024);

	settings.upload_memory = 1;
	check("bodies share their memory",
		  request_keep_body(one, half, 600 * 1024) && !request_keep_body(two, half, 600 * 1024));
	dispatch_end(one, false);
	check("what is given back another has",
		  request_keep_body(two, half, 600 * 1024) && two->body.len == 600 * 1024);
	dispatch_end(two, false);
	free(half);
}

static void
stop(void)
{
	const Origin origin = { 0 };
	Request *request;

	stopping_begin();
	request = BEGIN(
		"POST /v1/reservations HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n" KEY);
	check("at the end nothing is handed on",
		  dispatch_carry_out(request) && request->reply.status == 503);
	dispatch_end(request, false);
	request = BEGIN("GET /healthz HTTP/1.1\r\nHost: x\r\n");
	check("what the gateway answers itself, it answers",
		  dispatch_carry_out(request) && request->reply.status == 200);
	dispatch_end(request, false);
	equal_numbers("no request is left", request_count(), 0);
}

int
main(void)
{
	log_start("error");
	metrics_start(routes, nroutes);
	finds();
	rows();
	heads();
	bodies();
	memory();
	stop();
	return done();
}
