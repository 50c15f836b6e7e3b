/*
 * counter.h
 *		What one policy has used and holds in one window, while a batch runs.
 *
 * A batch loads the newest row of each counter it touches, works on it in
 * memory, and in the end appends one new row and deletes the one before. All
 * under the project's lock.
 */
#ifndef QUOTAKIT_COUNTER_H
#define QUOTAKIT_COUNTER_H

#include "quotakit.h"

#include "engine/config.h"
#include "pg/layout.h"
#include "storage/itemptr.h"
#include "utils/hsearch.h"

/* A sum that ends (a hold) or begins (a bucket) at a time; ascending in time. */
typedef struct QKSlot
{
	TimestampTz at;
	int64 amount;
} QKSlot;

typedef struct QKSlots
{
	int n;
	int space;
	QKSlot *slot;
} QKSlots;

typedef struct QKCounterKey
{
	int32 account_id;
	int32 policy_id;
	TimestampTz window_start; /* -infinity for lifetime and rolling */
} QKCounterKey;

typedef struct QKCounter
{
	QKCounterKey key;
	QKWindow window;
	bool rolling;
	QKPeriod period;
	bool whole; /* the policy has counted all of the window */
	/* What had ended by then is forgotten: the policy's first moment, or that of the newest row. */
	TimestampTz decided_at;
	/*
	 * When its calls are decided: the clock's time, but never before decided_at,
	 * since what has ended does not come back.
	 */
	TimestampTz now;
	bool dirty;
	int64 seq;           /* of the newest row; 0 if there is none */
	ItemPointerData tid; /* of that row */
	int64 used;
	int64 held; /* the sum of holds */
	QKSlots holds;
	/* rolling only */
	QKSlots buckets;
	TimestampTz since; /* the first bucket of the window; `used` is from there on */
	int64 older;       /* the sum of the buckets before it */
} QKCounter;

typedef struct QKCounters
{
	MemoryContext context;
	TimestampTz now; /* the clock's */
	uint64 batch;    /* see qk_config_start() */
	HTAB *hash;
	struct QKTable *table;
} QKCounters;

extern const QKLayout qk_counter_layout;

extern void qk_counters_start(QKCounters *counters, MemoryContext context, uint64 batch,
							  TimestampTz now);

/* The policy's counter for the window that contains `at`. */
extern QKCounter *qk_counter(QKCounters *counters, QKAccount *account, QKPolicy *policy,
							 TimestampTz at);

/* Whether these would pass what a counter can hold. */
extern bool qk_counter_can_use(const QKCounter *counter, int64 amount);
extern bool qk_counter_can_hold(const QKCounter *counter, int64 amount);

/*
 * What the windows that contain `at` have used, at least: of a rolling policy
 * all since the first of them began. An id may be older than now, and is not to
 * be judged by a window that it is not in.
 */
extern int64 qk_counter_judged(const QKCounter *counter, TimestampTz at);
/* Whether it has kept all that these windows have used. */
extern bool qk_counter_knows(const QKCounter *counter, TimestampTz at);

/* Checked with the above before. Spend from before what a rolling one keeps does not count. */
extern void qk_counter_use(QKCounters *counters, QKCounter *counter, TimestampTz at, int64 amount);
/* Until a time that is yet to come; anything else is an internal error. */
extern void qk_counter_hold(QKCounters *counters, QKCounter *counter, TimestampTz until,
							int64 amount);
/* Frees what was held until then; nothing if that has passed. */
extern void qk_counter_free(QKCounter *counter, TimestampTz until, int64 amount);

/*
 * When `amount` would fit below the limit, if nothing else came: the end of the
 * window, or for a rolling one when enough has left it. DT_NOEND for never.
 */
extern TimestampTz qk_counter_resets_at(const QKCounter *counter, int64 amount, int64 limit);

/* Appends what has changed, in one global order. */
extern void qk_counters_write(QKCounters *counters);

#endif
