/*
 * stat.h
 *		How the work goes: sizes of batches, waits for locks, hits of the caches.
 */
#ifndef QUOTAKIT_STAT_H
#define QUOTAKIT_STAT_H

/* Batches are counted by size: 1, 2, up to 4, up to 8 and so on; the last are those beyond. */
#define QK_STAT_SIZES 11

typedef enum QKStat
{
	QK_STAT_CALLS,
	QK_STAT_LOCK_WAITS,
	QK_STAT_LOCK_WAIT_US,
	QK_STAT_LOCK_TIMEOUTS,
	QK_STAT_PATH_HITS,
	QK_STAT_PATH_MISSES,
	QK_STAT_PRICE_HITS,
	QK_STAT_PRICE_MISSES,
	QK_STAT_BATCHES, /* the first of QK_STAT_SIZES */
	QK_STATS = QK_STAT_BATCHES + QK_STAT_SIZES
} QKStat;

/* What this backend has counted since its last batch. */
extern int64 qk_stat[QK_STATS];

/* Counts a batch of n calls, and adds what was counted since the last one to what is shown. */
extern void qk_stat_batch(int n);

#endif
