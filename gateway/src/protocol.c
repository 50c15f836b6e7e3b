/*
 * protocol.c
 *		What libmicrohttpd answers by itself, to requests that are not HTTP or too
 *		large for it, becomes a problem like all others.
 *
 * The library has no setting for that. But it queues those answers with the
 * same function that its users call, and finds it as any shared library does:
 * here first. Where a version of it does not, its own page goes out instead,
 * with the same status.
 */
#include "protocol.h"

#include <dlfcn.h>
#include <stdlib.h>

#include "answers.h"
#include "metrics.h"

typedef enum MHD_Result (*QueueResponse) (struct MHD_Connection *, unsigned int,
										  struct MHD_Response *);

static QueueResponse queue_response;
static _Thread_local bool ours;

void
protocol_start(void)
{
	*(void **) &queue_response = dlsym(RTLD_NEXT, "MHD_queue_response");
	if (queue_response == NULL)
		abort();
}

enum MHD_Result
protocol_answer(struct MHD_Connection *connection, unsigned int status, struct MHD_Response *response)
{
	enum MHD_Result result;

	ours = true;
	result = queue_response(connection, status, response);
	ours = false;
	return result;
}

enum MHD_Result
MHD_queue_response(struct MHD_Connection *connection, unsigned int status,
				   struct MHD_Response *response)
{
	enum MHD_Result result;
	struct MHD_Response *problem;
	Text		body = {0};

	if (ours || status < 400)
		return queue_response(connection, status, response);
	/* The library's own 500 says that a connection's memory is too small for what came. */
	if (status == 500)
		status = 413;
	metrics_protocol_error();
	problem_body(&body, (int) status);
	problem = MHD_create_response_from_buffer(body.len, body.data, MHD_RESPMEM_MUST_COPY);
	text_free(&body);
	if (problem == NULL)
		return queue_response(connection, status, response);
	MHD_add_response_header(problem, "Content-Type", "application/problem+json");
	MHD_add_response_header(problem, "Connection", "close");
	result = queue_response(connection, status, problem);
	MHD_destroy_response(problem);
	return result;
}
