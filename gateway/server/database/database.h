/*
 * database.h
 *		One database connection in non-blocking mode, used by one thread.
 */
#ifndef GATEWAY_DATABASE_H
#define GATEWAY_DATABASE_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/text.h"

typedef struct Database
{
	PGconn *connection;  /* NULL while there is none */
	const char *name;    /* application_name */
	int deadline;        /* milliseconds a statement may take */
	int failures;        /* in a row, for the back-off */
	char durability[16]; /* synchronous_commit, as the server has it */
	bool forgetful;      /* not connected because commits would not be durable */
	char problem[512];   /* why the last attempt failed */
} Database;

/* What became of a statement. */
typedef enum DatabaseOutcome
{
	DATABASE_DONE,    /* committed; `result` is set */
	DATABASE_AGAIN,   /* rolled back; may succeed if it is run again */
	DATABASE_REFUSED, /* rolled back; this statement cannot succeed */
	DATABASE_UNABLE,  /* rolled back; no statement can succeed at present */
	DATABASE_UNKNOWN, /* the connection is gone: committed or not */
} DatabaseOutcome;

typedef struct DatabaseAnswer
{
	DatabaseOutcome outcome;
	PGresult *result; /* DATABASE_DONE only; the caller clears it */
	char sqlstate[6];
	char message[256];
} DatabaseAnswer;

typedef struct DatabaseStatement
{
	const char *name;
	const char *sql;
	int nparams;
	const Oid *types;
} DatabaseStatement;

/* What a connection is for. */
typedef enum DatabasePurpose
{
	DATABASE_READ, /* every transaction is read-only */
	DATABASE_WRITE,
	DATABASE_WRITE_AHEAD, /* a commit does not wait for the disk; a flusher does */
} DatabasePurpose;

/* Of values that are sent as they are, not as text. */
#define DATABASE_BINARY 1

/* Tries once to connect, and to prepare the statements. Leaves why not in db->problem. */
extern bool database_connect(Database *db, DatabasePurpose purpose,
							 const DatabaseStatement *statements, int nstatements);
/* Ends the process if the database can be reached and its commits would not be durable, unasked. */
extern void database_require_durability(void);
extern void database_disconnect(Database *db);
/* Whether the server has closed an idle connection. Reads what is there, never waits. */
extern bool database_lost(Database *db);
/* How long to wait before the next attempt, in milliseconds. */
extern int database_backoff(Database *db);

/* Called now and then while the database works. */
typedef void (*DatabaseTick)(void *arg);

/*
 * Runs a prepared statement as a transaction of its own, until `deadline` at
 * most. `tick` may be NULL. After DATABASE_UNKNOWN and DATABASE_UNABLE the
 * connection is closed.
 */
extern DatabaseAnswer database_run(Database *db, const DatabaseStatement *statement,
								   const char *const *values, const int *lengths,
								   const int *formats, int64_t deadline, DatabaseTick tick,
								   void *tick_arg);

/* Runs a statement of the session's own; the first value of its result is added to `value`. */
extern bool database_ask(Database *db, const char *sql, Text *value);

/* A column of a result: a whole number; a text, NULL for null. */
extern int database_int(const PGresult *result, int row, int column);
extern const char *database_text(const PGresult *result, int row, int column);

#endif
