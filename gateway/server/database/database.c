/*
 * database.c
 *		One database connection in non-blocking mode, used by one thread.
 */
#include "database/database.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/clock.h"
#include "lib/log.h"
#include "settings.h"

#define CONNECT_SECONDS   5
#define BACKOFF_FIRST     50 /* milliseconds */
#define BACKOFF_MOST      2000
#define TICK_MILLISECONDS 50

/* Waits for the socket. 1 when it is ready, 0 after the time, -1 for an error. */
static int
wait_socket(PGconn *connection, short events, int milliseconds)
{
	struct pollfd p = { .fd = PQsocket(connection), .events = events };
	int n = poll(&p, 1, milliseconds);

	return n < 0 && errno == EINTR ? 0 : n;
}

static void
note_problem(Database *db, const char *message)
{
	size_t n;

	snprintf(db->problem, sizeof(db->problem), "%s", message);
	n = strlen(db->problem);
	while (n > 0 && (db->problem[n - 1] == '\n' || db->problem[n - 1] == ' '))
		db->problem[--n] = '\0';
}

/* Until there is a result. False when the time is over or the connection gone. */
static bool
wait_result(Database *db, int64_t deadline, DatabaseTick tick, void *tick_arg)
{
	while (PQisBusy(db->connection))
	{
		int64_t left = deadline - clock_now();
		int flushed = PQflush(db->connection);
		int wait = (int) (left / CLOCK_MILLISECOND) + 1;

		if (left <= 0 || flushed < 0 ||
			wait_socket(db->connection, (short) (POLLIN | (flushed ? POLLOUT : 0)),
						tick && wait > TICK_MILLISECONDS ? TICK_MILLISECONDS : wait) < 0 ||
			!PQconsumeInput(db->connection))
			return false;
		if (tick != NULL)
			tick(tick_arg);
	}
	return true;
}

/* The end of a statement of the session's own. */
static bool
take_results(Database *db, int64_t deadline, Text *value)
{
	bool good = true;

	while (wait_result(db, deadline, NULL, NULL))
	{
		PGresult *result = PQgetResult(db->connection);

		if (result == NULL)
			return good;
		if (PQresultStatus(result) != PGRES_COMMAND_OK && PQresultStatus(result) != PGRES_TUPLES_OK)
		{
			note_problem(db, PQresultErrorMessage(result));
			good = false;
		}
		else if (value != NULL && PQntuples(result) > 0)
			text_add_string(value, PQgetvalue(result, 0, 0));
		PQclear(result);
	}
	return false;
}

static bool
ask(Database *db, int64_t deadline, const char *sql, Text *value)
{
	return PQsendQuery(db->connection, sql) && take_results(db, deadline, value);
}

static bool
prepare(Database *db, int64_t deadline, const DatabaseStatement *statement)
{
	return PQsendPrepare(db->connection, statement->name, statement->sql, statement->nparams,
						 statement->types) &&
		   take_results(db, deadline, NULL);
}

/* What the server says unasked; without its detail, in which values may stand. */
static void
note_notice(void *arg, const PGresult *result)
{
	const Database *db = arg;
	const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);

	log_message(LOG_NOTICE, "%s: the database says: %s", db->name, message ? message : "");
}

static bool
start(Database *db, int64_t deadline)
{
	static const char *const keywords[] = { "dbname",
											"application_name",
											"fallback_application_name",
											"client_encoding",
											"tcp_user_timeout",
											"keepalives_idle",
											"keepalives_interval",
											"keepalives_count",
											NULL };
	const char *const values[] = {
		settings.database, db->name, "quotakit-gateway", "UTF8", "10000", "10", "5", "3", NULL
	};
	PostgresPollingStatusType want = PGRES_POLLING_WRITING;

	/* An empty dbname would hide PGDATABASE. */
	db->connection = *settings.database ? PQconnectStartParams(keywords, values, 1) :
										  PQconnectStartParams(keywords + 1, values + 1, 0);
	if (db->connection == NULL)
		abort();
	PQsetNoticeReceiver(db->connection, note_notice, db);
	while (want != PGRES_POLLING_OK)
	{
		int64_t left = deadline - clock_now();

		if (PQstatus(db->connection) == CONNECTION_BAD || want == PGRES_POLLING_FAILED)
		{
			note_problem(db, PQerrorMessage(db->connection));
			return false;
		}
		if (left <= 0)
		{
			note_problem(db, "the database does not answer");
			return false;
		}
		if (wait_socket(db->connection, want == PGRES_POLLING_READING ? POLLIN : POLLOUT,
						(int) (left / CLOCK_MILLISECOND) + 1) > 0)
			want = PQconnectPoll(db->connection);
	}
	return true;
}

/*
 * What holds for the session before anything is asked of it: nothing that it is
 * handed goes to the server's log, and its commits are durable when they are
 * answered, or the operator has said that they need not be.
 */
static bool
check_session(Database *db, DatabasePurpose purpose, int64_t deadline)
{
	Text durability = { 0 };
	bool good = ask(db, deadline, "SELECT quotakit.gateway_session()", NULL) &&
				ask(db, deadline, "SHOW synchronous_commit", &durability);

	if (good)
		snprintf(db->durability, sizeof(db->durability), "%s",
				 durability.data ? durability.data : "");
	text_free(&durability);
	db->forgetful = good && purpose != DATABASE_READ && strcmp(db->durability, "off") == 0 &&
					!settings.allow_asynchronous_commit;
	if (db->forgetful)
		note_problem(
			db,
			"synchronous_commit is off: a crash of the server would forget calls that were answered, "
			"and strict limits would not hold; set it to on for the role, the database and the server, "
			"or start the gateway with allow_asynchronous_commit = yes");
	return good && !db->forgetful;
}

static bool
set_up_session(Database *db, DatabasePurpose purpose, int64_t deadline)
{
	char setup[256];

	/*
	 * The server gives up a little before we do: then we know that nothing was
	 * committed.
	 */
	snprintf(setup, sizeof(setup),
			 "SET statement_timeout = %d; SET default_transaction_read_only = %s;"
			 " SET default_transaction_isolation = 'read committed'; SET jit = off%s",
			 db->deadline - db->deadline / 10, purpose == DATABASE_READ ? "on" : "off",
			 purpose == DATABASE_WRITE_AHEAD ? "; SET synchronous_commit = off" : "");
	return ask(db, deadline, setup, NULL);
}

bool
database_connect(Database *db, DatabasePurpose purpose, const DatabaseStatement *statements,
				 int nstatements)
{
	int64_t deadline = clock_now() + CONNECT_SECONDS * CLOCK_SECOND;
	bool good;

	db->problem[0] = '\0';
	good = start(db, deadline) && PQsetnonblocking(db->connection, 1) == 0 &&
		   check_session(db, purpose, deadline) && set_up_session(db, purpose, deadline);
	for (int i = 0; good && i < nstatements; i++)
		good = prepare(db, deadline, &statements[i]);
	if (good)
	{
		db->failures = 0;
		return true;
	}
	if (db->problem[0] == '\0')
		note_problem(db, PQerrorMessage(db->connection));
	if (db->problem[0] == '\0')
		note_problem(db, "the database does not answer");
	db->failures++;
	database_disconnect(db);
	return false;
}

bool
database_ask(Database *db, const char *sql, Text *value)
{
	int64_t deadline = clock_now() + CONNECT_SECONDS * CLOCK_SECOND;

	db->problem[0] = '\0';
	return ask(db, deadline, sql, value);
}

void
database_require_durability(void)
{
	Database db = { .name = "quotakit start", .deadline = settings.deadline };

	/* Any other problem may pass. */
	if (!database_connect(&db, DATABASE_WRITE, NULL, 0) && db.forgetful)
		log_fatal("could not start: %s", db.problem);
	if (db.connection != NULL && strcmp(db.durability, "off") == 0)
		log_message(
			LOG_WARNING,
			"synchronous_commit is off: a crash of the server forgets calls that were answered");
	database_disconnect(&db);
}

void
database_disconnect(Database *db)
{
	if (db->connection != NULL)
		PQfinish(db->connection);
	db->connection = NULL;
}

bool
database_lost(Database *db)
{
	if (!PQconsumeInput(db->connection) || PQstatus(db->connection) != CONNECTION_OK)
		return true;
	/* An idle server says nothing but that it is going. */
	if (!PQisBusy(db->connection))
	{
		PGresult *result = PQgetResult(db->connection);

		PQclear(result);
	}
	return PQstatus(db->connection) != CONNECTION_OK;
}

int
database_backoff(Database *db)
{
	int wait = BACKOFF_FIRST;

	for (int i = 1; i < db->failures && wait < BACKOFF_MOST; i++)
		wait *= 2;
	if (wait > BACKOFF_MOST)
		wait = BACKOFF_MOST;
	/* Not all lanes of all gateways at the same moment. */
	return wait / 2 + (int) ((uint64_t) clock_now() % (uint64_t) (wait / 2 + 1));
}

static DatabaseOutcome
judge(const char *sqlstate)
{
	static const char *const again[] = {
		"40001", /* serialization_failure */
		"40P01", /* deadlock_detected */
		"23505", /* unique_violation: two batches made the same row */
		"55P03", /* lock_not_available */
		"0A000", /* a cached plan's result type has changed */
	};
	static const char *const unable[] = {
		"57014", /* statement_timeout, or somebody cancelled it */
		"25006", /* read_only_sql_transaction: a standby */
		"55000", /* library and tables of two versions: a new connection loads the new one */
		"53",    /* out of disk, memory, connections */
		"42",    /* no such function, no privilege */
		"3F",    "58", "57", "XX", "08",
	};

	for (size_t i = 0; i < sizeof(again) / sizeof(again[0]); i++)
		if (strcmp(sqlstate, again[i]) == 0)
			return DATABASE_AGAIN;
	for (size_t i = 0; i < sizeof(unable) / sizeof(unable[0]); i++)
		if (strncmp(sqlstate, unable[i], strlen(unable[i])) == 0)
			return DATABASE_UNABLE;
	return DATABASE_REFUSED;
}

static void
take_error(DatabaseAnswer *answer, const PGresult *result)
{
	const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);

	snprintf(answer->sqlstate, sizeof(answer->sqlstate), "%s", sqlstate ? sqlstate : "");
	snprintf(answer->message, sizeof(answer->message), "%s",
			 message ? message : PQresultErrorMessage(result));
	answer->outcome = sqlstate ? judge(sqlstate) : DATABASE_UNKNOWN;
}

/*
 * Takes the results as they come. The rows come before the commit: only the end
 * of the results, with the connection idle again, says that it has happened.
 * False when that end does not come.
 */
static bool
take_answer(Database *db, DatabaseAnswer *answer, int64_t deadline, DatabaseTick tick,
			void *tick_arg)
{
	while (wait_result(db, deadline, tick, tick_arg))
	{
		PGresult *result = PQgetResult(db->connection);

		if (result == NULL)
			return PQstatus(db->connection) == CONNECTION_OK &&
				   PQtransactionStatus(db->connection) == PQTRANS_IDLE;
		if (PQresultStatus(result) == PGRES_TUPLES_OK && answer->result == NULL &&
			answer->sqlstate[0] == '\0')
		{
			answer->result = result;
			continue;
		}
		take_error(answer, result);
		PQclear(result);
	}
	if (PQstatus(db->connection) == CONNECTION_OK && clock_now() >= deadline)
		snprintf(answer->message, sizeof(answer->message),
				 "the database was silent until the deadline");
	return false;
}

DatabaseAnswer
database_run(Database *db, const DatabaseStatement *statement, const char *const *values,
			 const int *lengths, const int *formats, int64_t deadline, DatabaseTick tick,
			 void *tick_arg)
{
	DatabaseAnswer answer = { .outcome = DATABASE_UNKNOWN };
	bool sent = PQsendQueryPrepared(db->connection, statement->name, statement->nparams, values,
									lengths, formats, 0);

	if (!sent)
		/* Not even begun. */
		answer.outcome = DATABASE_UNABLE;
	else if (!take_answer(db, &answer, deadline, tick, tick_arg))
		/* An error before the end of the connection may be its reason, not the statement's. */
		answer.outcome = DATABASE_UNKNOWN;
	else if (answer.sqlstate[0] == '\0' && answer.result != NULL)
	{
		answer.outcome = DATABASE_DONE;
		return answer;
	}
	if (answer.message[0] == '\0')
		snprintf(answer.message, sizeof(answer.message), "%s", PQerrorMessage(db->connection));
	PQclear(answer.result);
	answer.result = NULL;
	if (answer.outcome == DATABASE_UNKNOWN || answer.outcome == DATABASE_UNABLE ||
		strcmp(answer.sqlstate, "0A000") == 0)
		database_disconnect(db);
	return answer;
}

int
database_int(const PGresult *result, int row, int column)
{
	return (int) strtol(PQgetvalue(result, row, column), NULL, 10);
}

const char *
database_text(const PGresult *result, int row, int column)
{
	return PQgetisnull(result, row, column) ? NULL : PQgetvalue(result, row, column);
}
