/*
 * outbox.c
 *		The outbox in the database: take messages, say how it went.
 */
#include "courier/outbox.h"

#include <assert.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lib/log.h"
#include "lib/memory.h"

/* Between attempts to reach the database, seconds. */
#define PATIENCE 2

static PGconn *conn;
static char *conn_info;
static time_t not_before;
static char name[128];

/*
 * What a recipient's message holds is read as it is, and what is called is what
 * is meant, whatever the database's owner says that sessions begin with.
 */
static bool
prepared(void)
{
	PGresult *result = PQexec(
		conn,
		"SET search_path = pg_catalog; SET bytea_output = hex; SET statement_timeout = '30s'");
	bool ok = PQresultStatus(result) == PGRES_COMMAND_OK;

	PQclear(result);
	return ok;
}

/* Whether there is a connection; makes one when there was none for a while. */
static bool
connected(void)
{
	time_t now = time(NULL);

	if (conn != NULL && PQstatus(conn) == CONNECTION_OK)
		return true;
	if (now < not_before)
		return false;
	if (conn != NULL)
		PQfinish(conn);
	{
		static const char *const words[] = { "fallback_application_name", "client_encoding",
											 "connect_timeout", "dbname", NULL };
		const char *const values[] = { "quotakit-courier", "UTF8", "10", conn_info, NULL };

		conn = PQconnectdbParams(words, values, 1);
	}
	if (PQstatus(conn) == CONNECTION_OK && prepared())
	{
		log_message(LOG_NOTICE, "connected to database \"%s\"", PQdb(conn));
		return true;
	}
	log_message(LOG_ERROR, "cannot connect: %s", PQerrorMessage(conn));
	PQfinish(conn);
	conn = NULL;
	not_before = now + PATIENCE;
	return false;
}

void
outbox_open(const char *conninfo)
{
	char host[64] = "";

	gethostname(host, sizeof(host) - 1);
	snprintf(name, sizeof(name), "%s/%d", host, (int) getpid());
	conn_info = must_copy_string(conninfo);
	connected();
}

void
outbox_close(void)
{
	if (conn != NULL)
		PQfinish(conn);
	conn = NULL;
	free(conn_info);
	conn_info = NULL;
}

/* "\x0a0b" to bytes; 0 for NULL and for what is too long. */
static size_t
bytes_of(const PGresult *result, int row, int column, unsigned char into[SECRET_MAX])
{
	size_t len = 0;
	unsigned char *bytes;

	if (PQgetisnull(result, row, column))
		return 0;
	bytes = PQunescapeBytea((const unsigned char *) PQgetvalue(result, row, column), &len);
	if (bytes == NULL)
		log_fatal("out of memory");
	if (len > SECRET_MAX)
		len = 0;
	memcpy(into, bytes, len);
	PQfreemem(bytes);
	return len;
}

static char *
string_of(const PGresult *result, int row, int column)
{
	return PQgetisnull(result, row, column) ? NULL :
											  must_copy_string(PQgetvalue(result, row, column));
}

static Message *
message_of(const PGresult *result, int row)
{
	Message *m = must_alloc(sizeof(*m));
	const char *channel = PQgetvalue(result, row, 3);

	m->account_id = (int32_t) strtol(PQgetvalue(result, row, 0), NULL, 10);
	m->notification_id = strtoll(PQgetvalue(result, row, 1), NULL, 10);
	m->attempt = (int32_t) strtol(PQgetvalue(result, row, 2), NULL, 10);
	m->channel = strcmp(channel, "email") == 0 ? CHANNEL_EMAIL :
				 strcmp(channel, "slack") == 0 ? CHANNEL_SLACK :
												 CHANNEL_WEBHOOK;
	m->address = string_of(result, row, 4);
	m->subject = string_of(result, row, 5);
	m->body_text = string_of(result, row, 6);
	m->body_html = string_of(result, row, 7);
	m->message_id = string_of(result, row, 8);
	m->created = strtoll(PQgetvalue(result, row, 9), NULL, 10);
	m->uncertain = PQgetvalue(result, row, 10)[0] == 't';
	m->secret_len = bytes_of(result, row, 11, m->secret);
	m->previous_len = bytes_of(result, row, 12, m->previous);
	assert(m->address != NULL && m->subject != NULL && m->body_text != NULL &&
		   m->message_id != NULL);
	assert(m->notification_id > 0 && m->attempt > 0);
	return m;
}

int
outbox_take(Message **messages, int most, int lease_seconds)
{
	char count[16], lease[32];
	const char *const values[] = { name, count, lease };
	PGresult *result;
	int n = 0;

	assert(most > 0);
	if (!connected())
		return 0;
	snprintf(count, sizeof(count), "%d", most);
	snprintf(lease, sizeof(lease), "%d seconds", lease_seconds);
	result = PQexecParams(
		conn,
		"SELECT account_id, notification_id, attempt, channel, address, subject, body_text, body_html, "
		"message_id, extract(epoch FROM created_at)::int8, uncertain, secret, previous_secret "
		"FROM quotakit.courier_take($1, $2::int4, $3::interval)",
		3, NULL, values, NULL, NULL, 0);
	if (PQresultStatus(result) != PGRES_TUPLES_OK)
		log_message(LOG_ERROR, "cannot take messages: %s", PQerrorMessage(conn));
	else
	{
		n = PQntuples(result);
		assert(n <= most);
		for (int i = 0; i < n; i++)
			messages[i] = message_of(result, i);
	}
	PQclear(result);
	return n;
}

/* Whether an error may be gone the next time; else the lease decides. */
static bool
passing(const PGresult *result)
{
	const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);

	return state == NULL || strncmp(state, "40", 2) == 0 || strncmp(state, "53", 2) == 0 ||
		   strncmp(state, "55", 2) == 0 || strncmp(state, "57", 2) == 0;
}

bool
outbox_done(const Message *message, Outcome outcome, long code, const char *detail)
{
	static const char *const words[] = { "sent", "retry", "unsure", "dead", "gone" };
	char account[16], id[24], attempt[16], number[24];
	const char *const values[] = { account, id, attempt, words[outcome], code > 0 ? number : NULL,
								   detail };
	PGresult *result;
	bool ok;

	if (!connected())
		return false;
	snprintf(account, sizeof(account), "%d", message->account_id);
	snprintf(id, sizeof(id), "%lld", (long long) message->notification_id);
	snprintf(attempt, sizeof(attempt), "%d", message->attempt);
	snprintf(number, sizeof(number), "%ld", code);
	result = PQexecParams(
		conn, "SELECT quotakit.courier_done($1::int4, $2::int8, $3::int4, $4, $5::int4, $6)", 6,
		NULL, values, NULL, NULL, 0);
	ok = PQresultStatus(result) == PGRES_TUPLES_OK;
	if (!ok)
	{
		log_message(LOG_ERROR, "cannot tell the outcome of notification %s: %s", id,
					PQerrorMessage(conn));
		ok = PQstatus(conn) == CONNECTION_OK && !passing(result);
	}
	PQclear(result);
	return ok;
}

void
message_free(Message *message)
{
	free(message->address);
	free(message->subject);
	free(message->body_text);
	free(message->body_html);
	free(message->message_id);
	/* Secrets do not stay behind in memory. */
	explicit_bzero(message, sizeof(*message));
	free(message);
}
