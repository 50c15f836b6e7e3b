/*
 * window.h
 *		Windows: the concrete time range of a period that contains an instant.
 */
#ifndef QUOTAKIT_WINDOW_H
#define QUOTAKIT_WINDOW_H

#include "postgres.h"

#include "datatype/timestamp.h"
#include "pgtime.h"

typedef enum QKPeriod
{
	QK_MINUTE,
	QK_HOUR,
	QK_DAY,
	QK_WEEK,
	QK_MONTH,
	QK_QUARTER,
	QK_YEAR,
	QK_LIFETIME,
} QKPeriod;
#define QK_PERIODS 8

/* How an account cuts time. */
typedef struct QKCalendar
{
	pg_tz *tz;
	int billing_day; /* 1-28, where months, quarters and years begin */
	int week_start;  /* ISO: 1 is Monday */
} QKCalendar;

/* Half open: start <= at < end. */
typedef struct QKWindow
{
	TimestampTz start;
	TimestampTz end;
} QKWindow;

extern const char *qk_period_name(QKPeriod period);
extern bool qk_period_parse(const char *name, QKPeriod *period);

extern QKWindow qk_window(const QKCalendar *calendar, QKPeriod period, TimestampTz at);
extern QKWindow qk_local_hour(pg_tz *tz, TimestampTz at);

/* How far a caller's clock may be off; also how old an id may be at reserve. */
#define QK_CLOCK_SLACK (5 * USECS_PER_MINUTE)

/*
 * Rolling periods are counted in sub-buckets. A bucket counts until all of it
 * has left the window, so rounding is never in the caller's favour.
 */
extern int64 qk_rolling_length(QKPeriod period);
extern TimestampTz qk_rolling_bucket(QKPeriod period, TimestampTz at);
extern TimestampTz qk_rolling_since(QKPeriod period, TimestampTz now);
/* When the bucket that starts at `bucket` stops counting. */
extern TimestampTz qk_rolling_leaves(QKPeriod period, TimestampTz bucket);

/*
 * An id may be older than now by the slack, so a counter keeps what the windows
 * of then have used: what has left the window now, by whole minutes at least.
 */
/* Where that is kept: `at` rounded down. */
extern TimestampTz qk_rolling_older(QKPeriod period, TimestampTz at);
/* The end of what is kept there under `older`. */
extern TimestampTz qk_rolling_older_end(QKPeriod period, TimestampTz older);
/* The first that is kept at all. */
extern TimestampTz qk_rolling_kept(QKPeriod period, TimestampTz now);

#endif
