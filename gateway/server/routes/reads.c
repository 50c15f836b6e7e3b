/*
 * reads.c
 *		What SDKs read.
 *
 * Every reading route is one statement, prepared on each connection, that
 * returns (status int, etag text, body text). Its transactions are read-only.
 */
#include "routes/reads.h"

#include <stdio.h>

#include "answers/sql_answers.h"
#include "database/pool.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "metrics.h"
#include "settings.h"

#define MAX_READS 16
/* Before a route's own parameters: the account and the secret. */
#define COMMON 2

#define INT4OID  23
#define BYTEAOID 17
#define TEXTOID  25

static const Oid types[COMMON + MAX_PARAMETERS] = { INT4OID, BYTEAOID, TEXTOID, TEXTOID, TEXTOID,
													TEXTOID, TEXTOID,  TEXTOID, TEXTOID, TEXTOID };

static DatabaseStatement statements[MAX_READS];
static const Route *statement_route[MAX_READS];
static int nstatements;
static Pool pool;

static void
add_statement(const Route *route)
{
	int n = 0;

	if (nstatements == MAX_READS)
		log_fatal("there are more than %d reading routes", MAX_READS);
	while (n < MAX_PARAMETERS && route->parameters[n].name != NULL)
		n++;
	statements[nstatements] = (DatabaseStatement){
		.name = route->path, .sql = route->sql, .nparams = COMMON + n, .types = types
	};
	statement_route[nstatements++] = route;
}

static const DatabaseStatement *
statement_of(const Route *route)
{
	int i = 0;

	while (statement_route[i] != route)
		i++;
	return &statements[i];
}

static void
take_answer(Request *request, const PGresult *result)
{
	if (PQntuples(result) != 1 || PQnfields(result) != 3 || PQgetisnull(result, 0, 2))
		answer_trouble(request, TROUBLE_INTERNAL);
	else
		answer_read(request, database_int(result, 0, 0), database_text(result, 0, 1),
					PQgetvalue(result, 0, 2), (size_t) PQgetlength(result, 0, 2));
}

static void
run(Database *db, Request *request)
{
	const DatabaseStatement *statement = statement_of(request->route);
	char account[16];
	const char *values[COMMON + MAX_PARAMETERS] = { account, (const char *) request->key.secret };
	const int lengths[COMMON + MAX_PARAMETERS] = { [1] = (int) sizeof(request->key.secret) };
	const int formats[COMMON + MAX_PARAMETERS] = { [1] = DATABASE_BINARY };
	DatabaseAnswer answer;

	snprintf(account, sizeof(account), "%d", request->key.account);
	for (int i = COMMON; i < statement->nparams; i++)
		values[i] = request->parameter[i - COMMON];
	answer = database_run(db, statement, values, lengths, formats,
						  clock_now() + settings.deadline * CLOCK_MILLISECOND, NULL, NULL);
	if (answer.outcome == DATABASE_DONE)
		take_answer(request, answer.result);
	else
	{
		metrics_failure(answer.sqlstate);
		log_message(LOG_ERROR, "%s: %s failed: %s %s", db->name, statement->name, answer.sqlstate,
					answer.message);
		/* Reading changes nothing, so there is nothing unknown about it. */
		answer_trouble(request,
					   answer.outcome == DATABASE_REFUSED ? TROUBLE_INTERNAL : TROUBLE_UNAVAILABLE);
	}
	PQclear(answer.result);
}

void
reads_start(const Route *table, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (table[i].sql != NULL)
			add_statement(&table[i]);
	pool_start(&pool,
			   &(PoolWork){ .name = "reader",
							.purpose = DATABASE_READ,
							.deadline = settings.deadline,
							.statements = statements,
							.nstatements = nstatements,
							.run = run },
			   settings.readers);
}

void
reads_stop(void)
{
	pool_stop(&pool);
}

void
reads_submit(Request *request)
{
	pool_submit(&pool, request);
}

int
reads_up(void)
{
	return atomic_load(&pool.up);
}

int
reads_queued(void)
{
	return atomic_load(&pool.queued);
}
