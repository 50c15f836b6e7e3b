/*
 * http.c
 *		libmicrohttpd and the requests on it.
 *
 * Its threads read a request to its end and find out what it wants. One that
 * needs the database is suspended and handed to a lane or a reader, which hands
 * it back with its reply.
 */
#include "http.h"

#include <assert.h>
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "answers.h"
#include "api.h"
#include "clock.h"
#include "lane.h"
#include "listen.h"
#include "log.h"
#include "metrics.h"
#include "options.h"
#include "protocol.h"
#include "query.h"
#include "reader.h"
#include "routes.h"
#include "watch.h"

/* What doc/http.md promises; the library holds nobody to it. */
#define MAX_HEAD_BYTES (8 * 1024)	/* request line and headers */
#define MAX_HEADERS 100			/* with the cookies */
/*
 * A connection's memory in libmicrohttpd. Half of it is for what is read; of the other
 * it takes 64 bytes for each header and cookie, and as much as the Cookie header has: with
 * the limits above at most 14.3 KiB. All of it is wiped for each request, and 10,000
 * connections have 320 MB of it, so no more than is needed.
 */
#define CONNECTION_MEMORY (32 * 1024)
/* A body that is too large is read to the end for politeness, but not for ever. */
#define MAX_DISCARDED (8 * 1024 * 1024)

/* What is kept of a connection, besides what the library keeps. */
typedef struct Connection
{
	Watched    *watched;
	Request    *request;		/* the one under way, else NULL */
	/* of the request line that was read last */
	size_t		uri_len;
	char	   *query;
} Connection;

static struct MHD_Daemon *http_daemon;
static char *tls[2];
static atomic_bool stopping;
static atomic_size_t upload_memory;

const char *
http_header(const Request *request, const char *name)
{
	return MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, name);
}

bool
http_stopping(void)
{
	return atomic_load(&stopping);
}

static Connection *
connection_of(struct MHD_Connection *connection)
{
	return MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
}

static void
give_time(struct MHD_Connection *connection, int seconds)
{
	watch_until(connection_of(connection)->watched,
				seconds ? clock_now() + seconds * CLOCK_SECOND : CLOCK_NEVER);
}

void
request_suspend(Request *request)
{
	request->state = REQUEST_SUSPENDED;
	give_time(request->connection, 0);
	MHD_suspend_connection(request->connection);
}

void
request_resume(Request *request)
{
	request->state = REQUEST_ANSWERED;
	MHD_resume_connection(request->connection);
}

/* Whether a Content-Type is one of those named, whatever its parameters. */
static bool
is_media_type(const char *header, const char *wanted)
{
	size_t		len = header ? strcspn(header, "; \t") : 0;

	for (const char *p = wanted; len > 0 && *p; p += strspn(p, " "))
	{
		size_t		n = strcspn(p, " ");

		if (n == len && strncasecmp(p, header, n) == 0)
			return true;
		p += n;
	}
	return false;
}

/*
 * The URI, before the library makes anything of it. Its query is taken out of the buffer
 * of the library, which otherwise keeps each parameter in the connection's memory, and
 * closes the connection without an answer when that does not do.
 */
static void *
take_uri(void *cls, const char *uri, struct MHD_Connection *connection)
{
	Connection *c = connection_of(connection);
	char	   *query = strchr(uri, '?');

	(void) cls;
	c->uri_len = strlen(uri);
	free(c->query);
	c->query = NULL;
	if (query != NULL)
	{
		c->query = must_copy(query + 1, strlen(query + 1));
		query[1] = '\0';
	}
	/* The request's state: there is none yet. */
	return NULL;
}

static enum MHD_Result
count_header(void *cls, enum MHD_ValueKind kind, const char *name, size_t name_len,
			 const char *value, size_t value_len)
{
	(void) kind;
	(void) name;
	(void) value;
	*(size_t *) cls += name_len + value_len + strlen(": \r\n");
	return MHD_YES;
}

/* As the library, when asked for it, answers with something else in its version 1.0.1. */
static size_t
head_bytes(const Request *request, size_t uri_len)
{
	size_t		bytes = strlen(request->method) + uri_len + strlen("  HTTP/1.1\r\n\r\n");

	(void) MHD_get_connection_values_n(request->connection, MHD_HEADER_KIND, count_header, &bytes);
	return bytes;
}

/* Whether the request line and headers keep to their limits; else sets the reply. */
static bool
check_head(Request *request)
{
	struct MHD_Connection *connection = request->connection;
	size_t		uri_len = connection_of(connection)->uri_len;

	if (uri_len > MAX_HEAD_BYTES)
		answer_problem(request, "uri_too_long", "the request line and all headers have at most %d bytes", MAX_HEAD_BYTES);
	else if (head_bytes(request, uri_len) > MAX_HEAD_BYTES)
		answer_problem(request, "headers_too_large", "the request line and all headers have at most %d bytes", MAX_HEAD_BYTES);
	else if (MHD_get_connection_values_n(connection, MHD_HEADER_KIND | MHD_COOKIE_KIND, NULL, NULL) > MAX_HEADERS)
		answer_problem(request, "headers_too_large", "there are at most %d headers and cookies", MAX_HEADERS);
	return request->reply.status == 0;
}

/* What can be judged by the headers alone. May set the reply. */
static void
read_headers(Request *request, const char *method, const char *url)
{
	char		allow[64];

	request->route = route_find(method, url, request->id, allow, sizeof(allow));
	if (request->route == NULL && *allow)
	{
		answer_problem(request, "method_not_allowed", "use %s", allow);
		reply_header(&request->reply, "Allow", "%s", allow);
		return;
	}
	if (request->route == NULL)
	{
		answer_problem(request, "not_found", "there is nothing at this address");
		return;
	}
	if (request->route->needs_key)
	{
		request->has_key = key_read(http_header(request, "Authorization"), &request->key);
		if (!request->has_key)
		{
			answer_problem(request, "unauthorized", "the API key is not valid");
			return;
		}
	}
	/* A probe may add what it likes. */
	if (request->route->kind == ROUTE_API)
		api_read_headers(request);
	else if (request->route->kind != ROUTE_HERE)
		query_parameters(request);
}

static size_t
max_body(const Request *request)
{
	return request->route != NULL && request->route->max_body ? request->route->max_body : MAX_BODY_BYTES;
}

/*
 * Judges the length that is announced. True when the answer should go out before
 * the body comes: a client that has begun to send one mostly reads nothing until
 * it has finished, so up to a point it is let finish.
 */
static bool
refuse_length(Request *request)
{
	const char *header = http_header(request, "Content-Length");
	unsigned long long length = header ? strtoull(header, NULL, 10) : 0;

	if (length <= max_body(request))
		return false;
	if (request->reply.status == 0)
		answer_problem(request, "too_large", "a body has at most %zu bytes", max_body(request));
	return length > MAX_DISCARDED || http_header(request, "Expect") != NULL;
}

static void
take_body(Request *request, const char *data, size_t len)
{
	if (request->reply.status != 0 || request->route->content_types == NULL)
		return;
	if (request->body.len + len > max_body(request))
		answer_problem(request, "too_large", "a body has at most %zu bytes", max_body(request));
	else if (atomic_fetch_add(&upload_memory, len) + len >
			 (size_t) options.upload_memory * 1024 * 1024)
	{
		atomic_fetch_sub(&upload_memory, len);
		answer_problem(request, "overloaded", "too many bodies are being sent; nothing happened");
	}
	else
	{
		request->held += len;
		text_add(&request->body, data, len);
	}
}

/* The request is complete: answers it, or makes calls of it. */
static void
carry_out(Request *request)
{
	const Route *route = request->route;

	request->deadline = clock_now() + options.deadline * CLOCK_MILLISECOND;
	if (http_stopping() && route->kind != ROUTE_HERE)
	{
		answer_trouble(request, TROUBLE_STOPPING);
		return;
	}
	if (route->content_types != NULL && !(route->body_optional && request->body.len == 0) &&
		!is_media_type(http_header(request, "Content-Type"), route->content_types))
	{
		answer_problem(request, "unsupported_media_type", "the body must be one of: %s", route->content_types);
		return;
	}
	if (route->handle != NULL)
		route->handle(request);
}

/* What a browser is told about a page: nothing from elsewhere, no frame around it. */
static const char *const page_headers[][2] = {
	{"Content-Security-Policy",
		"default-src 'none'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; "
		"img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; "
		"base-uri 'none'; form-action 'self'; frame-ancestors 'none'"},
	{"X-Content-Type-Options", "nosniff"},
	{"X-Frame-Options", "DENY"},
	{"Referrer-Policy", "no-referrer"},
	{"Cross-Origin-Opener-Policy", "same-origin"},
	{"Cross-Origin-Resource-Policy", "same-origin"},
	{"Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=()"},
};

static enum MHD_Result
respond(Request *request)
{
	Reply	   *reply = &request->reply;
	struct MHD_Response *response = reply->constant != NULL ?
		MHD_create_response_from_buffer(reply->constant_len, (void *) reply->constant, MHD_RESPMEM_PERSISTENT) :
		MHD_create_response_from_buffer(reply->body.len, reply->body.data ? reply->body.data : "",
										reply->body.data ? MHD_RESPMEM_MUST_FREE : MHD_RESPMEM_PERSISTENT);
	enum MHD_Result result;
	char		number[24];

	if (response == NULL)
		return MHD_NO;
	/* It is the library's now; its length stays for the log. */
	if (reply->constant == NULL)
		reply->body.data = NULL;
	if (reply->content_type != NULL)
		MHD_add_response_header(response, "Content-Type", reply->content_type);
	for (int i = 0; i < reply->nheaders; i++)
		MHD_add_response_header(response, reply->header[i].name, reply->header[i].value);
	if (reply->page)
		for (size_t i = 0; i < sizeof(page_headers) / sizeof(page_headers[0]); i++)
			MHD_add_response_header(response, page_headers[i][0], page_headers[i][1]);
	snprintf(number, sizeof(number), "%llu", (unsigned long long) request->number);
	MHD_add_response_header(response, "X-Request-Id", number);
	if (http_stopping())
		MHD_add_response_header(response, "Connection", "close");
	give_time(request->connection, options.body_timeout);
	result = protocol_answer(request->connection, (unsigned int) reply->status, response);
	MHD_destroy_response(response);
	return result;
}

static enum MHD_Result
handle(void *cls, struct MHD_Connection *connection, const char *url, const char *method,
	   const char *version, const char *data, size_t *size, void **state)
{
	Request    *request = *state;

	(void) cls;
	(void) version;
	if (request == NULL)
	{
		request = *state = request_new(connection, method, url);
		connection_of(connection)->request = request;
		request->query = connection_of(connection)->query;
		connection_of(connection)->query = NULL;
		give_time(connection, options.body_timeout);
		if (check_head(request))
			read_headers(request, method, url);
		if (refuse_length(request))
			return respond(request);
		return MHD_YES;
	}
	if (*size > 0)
	{
		request->received += *size;
		if (request->received > MAX_DISCARDED)
			return MHD_NO;
		take_body(request, data, *size);
		*size = 0;
		return MHD_YES;
	}
	if (request->state == REQUEST_READING && request->reply.status == 0)
	{
		carry_out(request);
		if (request->reply.status == 0)
		{
			request_suspend(request);
			if (request->route->kind == ROUTE_CALLS)
				lane_submit(request);
			else
				reader_submit(request);
			return MHD_YES;
		}
	}
	return respond(request);
}

static void
log_request(const Request *request, int64_t took)
{
	Text		t = {0};
	const Reply *reply = &request->reply;

	text_format(&t, ",\"request\":%llu,\"method\":", (unsigned long long) request->number);
	text_add_json(&t, request->method, strlen(request->method));
	if (request->route != NULL && strchr(request->route->path, '*') == NULL)
		text_format(&t, ",\"route\":\"%s\"", request->route->path);
	else
	{
		text_add_literal(&t, ",\"path\":");
		text_add_json(&t, request->path, strlen(request->path));
	}
	text_format(&t, ",\"status\":%d,\"us\":%lld,\"in\":%zu,\"out\":%zu", reply->status,
				(long long) took, request->received,
				reply->constant != NULL ? reply->constant_len : reply->body.len);
	if (request->has_key)
		text_format(&t, ",\"account\":%d", request->key.account);
	if (request->ncalls > 0)
		text_format(&t, ",\"calls\":%d", request->ncalls);
	if (reply->outcome != NULL)
		text_format(&t, ",\"outcome\":\"%s\"", reply->outcome);
	log_line(LOG_INFO, "request", &t);
	text_free(&t);
}

/* Its end, answered or not. */
static void
finish(Request *request, bool left_by_client)
{
	int64_t		took = clock_now() - request->started;

	assert(request->state != REQUEST_SUSPENDED);
	if (request->reply.status != 0)
		metrics_request(request, took);
	if (log_wants(LOG_INFO) && (request->reply.status != 0 || !left_by_client))
		log_request(request, took);
	atomic_fetch_sub(&upload_memory, request->held);
	request_free(request);
}

static void
completed(void *cls, struct MHD_Connection *connection, void **state,
		  enum MHD_RequestTerminationCode code)
{
	Request    *request = *state;

	(void) cls;
	give_time(connection, options.idle_timeout);
	if (request == NULL)
		return;
	*state = NULL;
	connection_of(connection)->request = NULL;
	finish(request, code == MHD_REQUEST_TERMINATED_CLIENT_ABORT);
}

static void
connection_changed(void *cls, struct MHD_Connection *connection, void **context,
				   enum MHD_ConnectionNotificationCode code)
{
	Connection *c = *context;

	(void) cls;
	if (code == MHD_CONNECTION_NOTIFY_STARTED)
	{
		const union MHD_ConnectionInfo *info =
			MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);

		*context = c = must_alloc(sizeof(*c));
		c->watched = watch_begin(info->connect_fd);
		metrics_connection(1);
		return;
	}
	/*
	 * Not every request comes to completed(): 1.0.1, out of memory for the line of a chunk's
	 * size, answers twice, and on finding that closes the connection without a word.
	 */
	if (c->request != NULL)
		finish(c->request, false);
	watch_end(c->watched);
	free(c->query);
	free(c);
	*context = NULL;
	metrics_connection(-1);
}

__attribute__((format(printf, 2, 0)))
static void
library_says(void *cls, const char *fmt, va_list args)
{
	char		message[512];
	size_t		n;

	(void) cls;
	vsnprintf(message, sizeof(message), fmt, args);
	n = strlen(message);
	while (n > 0 && message[n - 1] == '\n')
		message[--n] = '\0';
	log_message(LOG_DEBUG, "%s", message);
}

void
http_start(void)
{
	/* With epoll always a pool of threads: with a single one, 0.9.75 loses suspended connections. */
	unsigned int flags = MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG |
		(strcmp(options.event_loop, "poll") == 0 ? MHD_USE_POLL_INTERNAL_THREAD : MHD_USE_EPOLL_INTERNAL_THREAD);
	struct MHD_OptionItem more[8];
	int			n = 0;

	protocol_start();
	if (*options.tls_certificate)
	{
		flags |= MHD_USE_TLS;
		listen_certificate(tls);
		more[n++] = (struct MHD_OptionItem) {MHD_OPTION_HTTPS_MEM_CERT, 0, tls[0]};
		more[n++] = (struct MHD_OptionItem) {MHD_OPTION_HTTPS_MEM_KEY, 0, tls[1]};
		/* By itself it would speak those of 1999 and 2006 (RFC 8996). */
		more[n++] = (struct MHD_OptionItem) {
			MHD_OPTION_HTTPS_PRIORITIES, 0, (void *) "NORMAL:-VERS-TLS1.0:-VERS-TLS1.1"
		};
	}
	if (options.connections_per_address > 0)
		more[n++] = (struct MHD_OptionItem) {
			MHD_OPTION_PER_IP_CONNECTION_LIMIT, options.connections_per_address, NULL
		};
#if MHD_VERSION >= 0x01000000
	/* Else blanks in a request's target are answered with a redirection in HTML. */
	more[n++] = (struct MHD_OptionItem) {MHD_OPTION_CLIENT_DISCIPLINE_LVL, 1, NULL};
#endif
	more[n] = (struct MHD_OptionItem) {MHD_OPTION_END, 0, NULL};
	http_daemon = MHD_start_daemon(flags, 0, NULL, NULL, handle, NULL,
							  MHD_OPTION_EXTERNAL_LOGGER, library_says, NULL,
							  MHD_OPTION_LISTEN_SOCKET, listen_socket(),
							  MHD_OPTION_THREAD_POOL_SIZE, (unsigned int) options.threads,
							  MHD_OPTION_CONNECTION_LIMIT, (unsigned int) options.connections,
							  MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t) CONNECTION_MEMORY,
							  MHD_OPTION_URI_LOG_CALLBACK, take_uri, NULL,
							  MHD_OPTION_NOTIFY_COMPLETED, completed, NULL,
							  MHD_OPTION_NOTIFY_CONNECTION, connection_changed, NULL,
							  MHD_OPTION_ARRAY, more,
							  MHD_OPTION_END);
	if (http_daemon == NULL)
	{
		log_message(LOG_ERROR, "could not start libmicrohttpd; log_level = debug tells what it says");
		exit(1);
	}
}

void
http_quiesce(void)
{
	MHD_socket	fd;

	atomic_store(&stopping, true);
	fd = MHD_quiesce_daemon(http_daemon);
	if (fd != MHD_INVALID_SOCKET)
		close(fd);
}

void
http_stop(void)
{
	MHD_stop_daemon(http_daemon);
	free(tls[0]);
	free(tls[1]);
}
