/*
 * runner.c
 *		Runs calls in one transaction, and takes their answers.
 */
#include "database/runner.h"

#include <poll.h>
#include <stdlib.h>

#include "lib/clock.h"
#include "lib/log.h"
#include "lib/memory.h"
#include "metrics.h"
#include "settings.h"

/* A batch that met another one is run again this often before its calls are answered busy. */
#define MAX_RUNS 8

static const Oid batch_types[] = { 1007, 1001, 1001, 25 }; /* int4[], bytea[], bytea[], text */

enum
{
	BATCH,         /* durable as the session says */
	BATCH_DURABLE, /* durable by itself: $4 is synchronous_commit, for this transaction */
	NSTATEMENTS
};
static const DatabaseStatement statements[NSTATEMENTS] = {
	[BATCH] = { "batch", "SELECT outcome, answer FROM quotakit.batch($1, $2, $3)", 3, batch_types },
	[BATCH_DURABLE] = { "batch_durable",
						"SELECT b.outcome, b.answer FROM (SELECT pg_catalog.set_config('synchronous_commit', $4, true) AS was) s,"
						" quotakit.batch($1, $2, $3) b WHERE s.was IS NOT NULL",
						4, batch_types },
};

static DatabasePurpose
purpose(void)
{
	return settings.flush ? DATABASE_WRITE_AHEAD : DATABASE_WRITE;
}

bool
runner_connect(Database *db)
{
	return database_connect(db, purpose(), statements, NSTATEMENTS);
}

static void
set_call(Call *call, const PGresult *result, int row)
{
	free(call->answer);
	call->outcome = outcome_named(PQgetvalue(result, row, 0));
	call->answer_len = (size_t) PQgetlength(result, row, 1);
	call->answer = must_copy(PQgetvalue(result, row, 1), call->answer_len);
}

static void
take_answers(const BatchItem *items, int n, const PGresult *result)
{
	for (int i = 0; i < n; i++)
	{
		Request *request = items[i].request;
		Call *call = &request->call[items[i].index];

		set_call(call, result, i);
		metrics_outcome(call->outcome);
		if (call->outcome != OUTCOME_BUSY)
		{
			call->done = true;
			request->left--;
		}
	}
}

static DatabaseAnswer
run_once(Runner *runner, const BatchItem *items, int n, int which)
{
	static const int formats[] = { DATABASE_BINARY, DATABASE_BINARY, DATABASE_BINARY, 0 };
	Batch *batch = &runner->batch;
	int64_t began = clock_now();
	DatabaseAnswer answer;

	batch_encode(batch, items, n);
	answer = database_run(runner->db, &statements[which],
						  (const char *const[]){ batch->accounts.data, batch->secrets.data,
												 batch->calls.data, runner->db->durability },
						  (const int[]){ (int) batch->accounts.len, (int) batch->secrets.len,
										 (int) batch->calls.len, 0 },
						  formats, began + settings.deadline * CLOCK_MILLISECOND, runner->tick,
						  runner->tick_arg);
	metrics_batch(n, clock_now() - began);
	if (answer.outcome != DATABASE_DONE)
	{
		metrics_failure(answer.sqlstate);
		log_message(answer.outcome == DATABASE_AGAIN ? LOG_WARNING : LOG_ERROR,
					"%s: batch of %d failed: %s %s", runner->db->name, n, answer.sqlstate,
					answer.message);
	}
	return answer;
}

/* As long as it met another one, in the way or with the same row, and may succeed. */
static DatabaseAnswer
run_again(Runner *runner, const BatchItem *items, int n, int which)
{
	for (int run = 1;; run++)
	{
		DatabaseAnswer answer = run_once(runner, items, n, which);

		/* The connection is gone when its plans were of no use any more. */
		if (answer.outcome != DATABASE_AGAIN || run == MAX_RUNS ||
			(runner->db->connection == NULL && !runner_connect(runner->db)))
			return answer;
		if (run > 1)
			poll(NULL, 0, run * 2);
	}
}

/*
 * Runs some calls in one transaction. Should the database refuse them as a
 * whole, they are run in halves, so that only the one at fault is answered so.
 * Returns false when the rest cannot be run: `trouble` says why.
 */
static bool
run_items(Runner *runner, const BatchItem *items, int n, int which, Trouble *trouble)
{
	DatabaseAnswer answer = run_again(runner, items, n, which);
	bool complete;

	switch (answer.outcome)
	{
		case DATABASE_DONE:
			complete = PQntuples(answer.result) == n;
			if (complete)
				take_answers(items, n, answer.result);
			else
				log_message(LOG_ERROR, "%s: %d answers to %d calls", runner->db->name,
							PQntuples(answer.result), n);
			PQclear(answer.result);
			*trouble = TROUBLE_INTERNAL;
			return complete;
		case DATABASE_REFUSED:
			if (n > 1)
				return run_items(runner, items, n / 2, which, trouble) &&
					   run_items(runner, items + n / 2, n - n / 2, which, trouble);
			/* This one alone is at fault. */
			items[0].request->call[items[0].index].done = true;
			items[0].request->left--;
			return true;
		case DATABASE_AGAIN:
			*trouble = TROUBLE_BUSY;
			return false;
		case DATABASE_UNABLE:
			*trouble = TROUBLE_UNAVAILABLE;
			return false;
		case DATABASE_UNKNOWN:
			*trouble = TROUBLE_UNKNOWN;
			return false;
	}
	return false;
}

bool
runner_run(Runner *runner, const BatchItem *items, int n, bool durable, Trouble *trouble)
{
	return run_items(runner, items, n, durable ? BATCH_DURABLE : BATCH, trouble);
}
