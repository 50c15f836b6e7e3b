/*
 * attempt.h
 *		An action that may fail, in a subtransaction of its own.
 */
#ifndef QUOTAKIT_ATTEMPT_H
#define QUOTAKIT_ATTEMPT_H

#include "postgres.h"

/*
 * Runs the action. An error that `forgives` accepts undoes what the action did,
 * and the answer is false; any other goes on, once that has been undone. What the
 * action locked stays locked if it is done.
 */
extern bool qk_attempt(void (*action)(void *arg), void *arg,
					   bool (*forgives)(const ErrorData *error));

#endif
