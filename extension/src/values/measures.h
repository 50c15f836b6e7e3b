/*
 * measures.h
 *		What is summed over events: how many calls, and what they used and cost.
 *
 * A value of the SQL type quotakit.measures is never stored, so it need not be
 * small: its sums are of 128 bits and cannot overflow.
 */
#ifndef QUOTAKIT_MEASURES_H
#define QUOTAKIT_MEASURES_H

#include "quotakit.h"

/* In the order of the columns of rollups; measures.c has their names. */
typedef enum QKMeasure
{
	QK_M_EVENTS,
	QK_M_FAILED,
	QK_M_UNPRICED,
	QK_M_REQUESTS,
	QK_M_INPUT,
	QK_M_CACHED_INPUT,
	QK_M_CACHE_WRITE,
	QK_M_OUTPUT,
	QK_M_REASONING,
	QK_M_USD,
	QK_M_CREDITS,
} QKMeasure;
#define QK_MEASURES 11

typedef struct QKMeasures
{
	int128 sum[QK_MEASURES];
} QKMeasures;

/* What a policy of that unit counts of them. */
extern int128 qk_measures_amount(const QKMeasures *measures, QKUnit unit);

#endif
