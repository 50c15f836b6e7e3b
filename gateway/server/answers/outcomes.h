/*
 * outcomes.h
 *		What can become of a call, as SQL says it.
 */
#ifndef GATEWAY_OUTCOMES_H
#define GATEWAY_OUTCOMES_H

typedef enum Outcome
{
	OUTCOME_UNKNOWN, /* not said yet, or in a word that is not known */
	OUTCOME_GRANTED,
	OUTCOME_RECORDED,
	OUTCOME_RELEASED,
	OUTCOME_EXTENDED,
	OUTCOME_NOTED,
	OUTCOME_REFUSED, /* by a policy */
	OUTCOME_CONFLICT,
	OUTCOME_REJECTED, /* the call is wrong */
	OUTCOME_UNAUTHORIZED,
	OUTCOME_BUSY, /* to be tried again */
	NOUTCOMES
} Outcome;

/* OUTCOME_UNKNOWN for any other word. */
extern Outcome outcome_named(const char *name);
extern const char *outcome_name(Outcome outcome);

/* Where the reason of a refusal, or the code of what is wrong, says the status. */
#define STATUS_OF_PROBLEM 0

/* The status of a single call's answer. */
extern int outcome_status(Outcome outcome);

#endif
