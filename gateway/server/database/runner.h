/*
 * runner.h
 *		Runs calls in one transaction, and takes their answers.
 */
#ifndef GATEWAY_RUNNER_H
#define GATEWAY_RUNNER_H

#include "answers/answers.h"
#include "database/batch.h"
#include "database/database.h"

typedef struct Runner
{
	Database *db;
	Batch batch; /* kept for its memory */
	DatabaseTick tick;
	void *tick_arg;
} Runner;

/* Connects as runner_run() needs it. */
extern bool runner_connect(Database *db);

/*
 * Answers each call, done or busy. False when that cannot be: `trouble` says
 * why, and holds for every call that is not done. `durable`: the commit waits
 * for the disk, whatever the session does.
 */
extern bool runner_run(Runner *runner, const BatchItem *items, int n, bool durable,
					   Trouble *trouble);

#endif
