/*
 * outcomes.c
 *		What can become of a call.
 */
#include "answers/outcomes.h"

#include <string.h>

static const struct
{
	const char *name;
	int status;
} outcomes[NOUTCOMES] = {
	[OUTCOME_UNKNOWN] = { "unknown", 500 },
	[OUTCOME_GRANTED] = { "granted", 201 },
	[OUTCOME_RECORDED] = { "recorded", 200 },
	[OUTCOME_RELEASED] = { "released", 200 },
	[OUTCOME_EXTENDED] = { "extended", 200 },
	[OUTCOME_NOTED] = { "noted", 200 },
	[OUTCOME_REFUSED] = { "refused", STATUS_OF_PROBLEM },
	[OUTCOME_CONFLICT] = { "conflict", 409 },
	[OUTCOME_REJECTED] = { "rejected", STATUS_OF_PROBLEM },
	[OUTCOME_UNAUTHORIZED] = { "unauthorized", 401 },
	[OUTCOME_BUSY] = { "busy", 503 },
};

Outcome
outcome_named(const char *name)
{
	for (Outcome outcome = OUTCOME_UNKNOWN + 1; outcome < NOUTCOMES; outcome++)
		if (strcmp(outcomes[outcome].name, name) == 0)
			return outcome;
	return OUTCOME_UNKNOWN;
}

const char *
outcome_name(Outcome outcome)
{
	return outcomes[outcome].name;
}

int
outcome_status(Outcome outcome)
{
	return outcomes[outcome].status;
}
