/*
 * money.h
 *		Exact decimals: bigint units of 10^-9 in the tables, decimal text outside.
 */
#ifndef QUOTAKIT_MONEY_H
#define QUOTAKIT_MONEY_H

#include "quotakit.h"

#include "lib/stringinfo.h"

typedef enum QKDecimal
{
	QK_DECIMAL_OK,
	QK_DECIMAL_BAD, /* not a number */
	QK_DECIMAL_NEGATIVE,
	QK_DECIMAL_TOO_FINE, /* more decimals than allowed */
	QK_DECIMAL_TOO_LARGE,
} QKDecimal;

/*
 * Text (digits, point, exponent) to an integer in units of 10^-scale. Exact, or
 * an answer that says why not.
 */
extern QKDecimal qk_decimal_parse(const char *text, size_t len, int scale, int128 max,
								  int128 *value);

/* An amount of a unit as its users write it: money with its decimals, counts whole. */
extern void qk_append_amount(StringInfo out, QKUnit unit, int64 amount);
extern void qk_append_decimal(StringInfo out, int64 value, int scale);

#endif
