/*
 * window.c
 *		Windows follow from time alone: no job resets anything.
 *
 * A window is cut in the account's local time. Days and longer begin at local
 * midnight; hours and minutes on the local clock. Where a clock change falls
 * inside an hour, the hour is cut there, so that windows never overlap and
 * leave no gap.
 */
#include "quotakit.h"
#include "pg/arrays.h"
#include "pg/compat.h"
#include "values/window.h"

#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/rangetypes.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(quotakit_window_range);
PG_FUNCTION_INFO_V1(quotakit_periods);
PG_FUNCTION_INFO_V1(quotakit_local_hour);
PG_FUNCTION_INFO_V1(quotakit_rolling_bucket);
PG_FUNCTION_INFO_V1(quotakit_rolling_since);
PG_FUNCTION_INFO_V1(quotakit_rolling_kept);
PG_FUNCTION_INFO_V1(quotakit_rolling_place);
PG_FUNCTION_INFO_V1(quotakit_rolling_length);
PG_FUNCTION_INFO_V1(quotakit_rolling_width);

/* Unix epoch in PostgreSQL's microseconds. */
#define UNIX_EPOCH ((UNIX_EPOCH_JDATE - POSTGRES_EPOCH_JDATE) * USECS_PER_DAY)

/* Settings of an account that cut a period's windows anew. */
#define BY_ZONE        1
#define BY_BILLING_DAY 2
#define BY_WEEK_START  4

/* Rolling: the length of the window and of its buckets. A window never has more than 74. */
static const struct
{
	const char *name;
	int64 length;
	int64 width;
	int moved;
} periods[QK_PERIODS] = {
	[QK_MINUTE] = { "minute", USECS_PER_MINUTE, USECS_PER_SEC, 0 },
	[QK_HOUR] = { "hour", USECS_PER_HOUR, USECS_PER_MINUTE, BY_ZONE },
	[QK_DAY] = { "day", USECS_PER_DAY, 30 * USECS_PER_MINUTE, BY_ZONE },
	[QK_WEEK] = { "week", 7 * USECS_PER_DAY, 3 * USECS_PER_HOUR, BY_ZONE | BY_WEEK_START },
	[QK_MONTH] = { "month", 30 * USECS_PER_DAY, 12 * USECS_PER_HOUR, BY_ZONE | BY_BILLING_DAY },
	[QK_QUARTER] = { "quarter", 90 * USECS_PER_DAY, 36 * USECS_PER_HOUR, BY_ZONE | BY_BILLING_DAY },
	[QK_YEAR] = { "year", 365 * USECS_PER_DAY, 120 * USECS_PER_HOUR, BY_ZONE | BY_BILLING_DAY },
	[QK_LIFETIME] = { "lifetime", 0, 0, 0 },
};

const char *
qk_period_name(QKPeriod period)
{
	return periods[period].name;
}

bool
qk_period_parse(const char *name, QKPeriod *period)
{
	for (int i = 0; i < QK_PERIODS; i++)
	{
		if (strcmp(name, periods[i].name) == 0)
		{
			*period = (QKPeriod) i;
			return true;
		}
	}
	return false;
}

static void
to_local(TimestampTz at, pg_tz *tz, struct pg_tm *tm, int *offset)
{
	fsec_t fsec;

	if (timestamp2tm(at, offset, tm, &fsec, NULL, tz) != 0)
		ereport(ERROR, errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				errmsg("timestamp out of range"));
}

/* The first instant of a local day, given as a Julian day. */
static TimestampTz
local_midnight(int julian, pg_tz *tz)
{
	struct pg_tm tm = { 0 };
	struct pg_tm before;
	TimestampTz naive = (TimestampTz) (julian - POSTGRES_EPOCH_JDATE) * USECS_PER_DAY;
	TimestampTz at;
	int offset;

	j2date(julian, &tm.tm_year, &tm.tm_mon, &tm.tm_mday);
	at = naive + (int64) DetermineTimeZoneOffset(&tm, tz) * USECS_PER_SEC;

	/* Clocks that go back over midnight show it twice: the day began at the first. */
	to_local(at - 1, tz, &before, &offset);
	if (date2j(before.tm_year, before.tm_mon, before.tm_mday) == julian)
		at = naive + (int64) offset * USECS_PER_SEC;
	return at;
}

static TimestampTz
local_date(int year, int month, int day, pg_tz *tz)
{
	return local_midnight(date2j(year, month, day), tz);
}

/*
 * A stretch of the local clock (a minute or an hour) around `at`, cut where the
 * clock changes inside it.
 */
static QKWindow
clock_window(TimestampTz at, int64 length, pg_tz *tz)
{
	struct pg_tm tm;
	QKWindow w;
	TimestampTz naive;
	pg_time_t from;
	pg_time_t boundary;
	long before_off, after_off;
	int before_dst, after_dst;
	int offset;
	int64 into;

	to_local(at, tz, &tm, &offset);
	naive = at - (int64) offset * USECS_PER_SEC;
	into = naive % length;
	if (into < 0)
		into += length;
	w.start = at - into;
	w.end = w.start + length;

	/* The search begins a second early, so that a change exactly at the start is seen. */
	from = (w.start - UNIX_EPOCH) / USECS_PER_SEC - 1;
	while (pg_next_dst_boundary(&from, &before_off, &before_dst, &boundary, &after_off, &after_dst,
								tz) == 1)
	{
		TimestampTz change = (TimestampTz) boundary * USECS_PER_SEC + UNIX_EPOCH;

		if (change >= w.end)
			break;
		if (change <= at)
			w.start = Max(w.start, change);
		else
			w.end = change;
		from = boundary;
	}
	Assert(w.start <= at && at < w.end);
	return w;
}

QKWindow
qk_local_hour(pg_tz *tz, TimestampTz at)
{
	return clock_window(at, USECS_PER_HOUR, tz);
}

/* From the billing day of a month on, `months` long; the month may be out of 1-12. */
static QKWindow
months_window(const QKCalendar *calendar, int year, int month, int months)
{
	QKWindow w;

	while (month < 1)
		month += 12, year--;
	w.start = local_date(year, month, calendar->billing_day, calendar->tz);
	month += months;
	while (month > 12)
		month -= 12, year++;
	w.end = local_date(year, month, calendar->billing_day, calendar->tz);
	return w;
}

QKWindow
qk_window(const QKCalendar *calendar, QKPeriod period, TimestampTz at)
{
	struct pg_tm tm;
	QKWindow w = { DT_NOBEGIN, DT_NOEND };
	int offset;
	int julian;

	if (period == QK_LIFETIME)
		return w;
	if (period == QK_MINUTE)
		return clock_window(at, USECS_PER_MINUTE, calendar->tz);
	if (period == QK_HOUR)
		return qk_local_hour(calendar->tz, at);

	to_local(at, calendar->tz, &tm, &offset);
	julian = date2j(tm.tm_year, tm.tm_mon, tm.tm_mday);

	if (period == QK_DAY || period == QK_WEEK)
	{
		int days = 1;

		if (period == QK_WEEK)
		{
			/* j2day: 0 is Sunday */
			julian -= (j2day(julian) - calendar->week_start + 7) % 7;
			days = 7;
		}
		w.start = local_midnight(julian, calendar->tz);
		w.end = local_midnight(julian + days, calendar->tz);
	}
	else
	{
		int month = tm.tm_mon;
		int year = tm.tm_year;
		int months = period == QK_MONTH ? 1 : period == QK_QUARTER ? 3 : 12;

		/* Before the billing day the month that runs is the one before. */
		if (tm.tm_mday < calendar->billing_day && --month == 0)
			month = 12, year--;
		w = months_window(calendar, year, month - (month - 1) % months, months);
	}
	Assert(w.start <= at && at < w.end);
	return w;
}

static TimestampTz
round_down(TimestampTz at, int64 width)
{
	int64 into = (at - UNIX_EPOCH) % width;

	if (into < 0)
		into += width;
	return at - into;
}

int64
qk_rolling_length(QKPeriod period)
{
	return periods[period].length;
}

TimestampTz
qk_rolling_bucket(QKPeriod period, TimestampTz at)
{
	return round_down(at, periods[period].width);
}

/* The oldest bucket of which some instant is still inside the window. */
TimestampTz
qk_rolling_since(QKPeriod period, TimestampTz now)
{
	return qk_rolling_bucket(period, now - periods[period].length);
}

TimestampTz
qk_rolling_leaves(QKPeriod period, TimestampTz bucket)
{
	return bucket + periods[period].width + periods[period].length;
}

/* Five minutes more by the second would be 300 slots more in each row of a minute's counter. */
static int64
older_width(QKPeriod period)
{
	return Max(periods[period].width, USECS_PER_MINUTE);
}

TimestampTz
qk_rolling_older(QKPeriod period, TimestampTz at)
{
	return round_down(at, older_width(period));
}

TimestampTz
qk_rolling_older_end(QKPeriod period, TimestampTz older)
{
	return older + older_width(period);
}

TimestampTz
qk_rolling_kept(QKPeriod period, TimestampTz now)
{
	return qk_rolling_older(period, qk_rolling_since(period, now - QK_CLOCK_SLACK));
}

static QKPeriod
period_arg(text *arg, bool lifetime_too)
{
	QKPeriod period;
	char *name = text_to_cstring(arg);

	if (!qk_period_parse(name, &period) || (period == QK_LIFETIME && !lifetime_too))
	{
		StringInfoData known;

		initStringInfo(&known);
		for (int i = 0; i < (lifetime_too ? QK_PERIODS : QK_LIFETIME); i++)
			appendStringInfo(&known, "%s%s", i > 0 ? ", " : "", periods[i].name);
		ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("unknown period \"%s\"", name), errhint("One of: %s.", known.data));
	}
	return period;
}

static pg_tz *
time_zone_arg(text *arg)
{
	char name[TZ_STRLEN_MAX + 1];
	pg_tz *tz;

	text_to_cstring_buffer(arg, name, sizeof(name));
	tz = pg_tzset(name);
	if (tz == NULL)
		ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("time zone \"%s\" not recognized", name));
	return tz;
}

/* Times outside these cannot be shown in a local time. */
static TimestampTz
finite_arg(TimestampTz at)
{
	if (TIMESTAMP_NOT_FINITE(at))
		ereport(ERROR, errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE), errmsg("time must be finite"));
	return at;
}

Datum
quotakit_window_range(PG_FUNCTION_ARGS)
{
	QKPeriod period = period_arg(PG_GETARG_TEXT_PP(0), true);
	TimestampTz at = finite_arg(PG_GETARG_TIMESTAMPTZ(1));
	QKCalendar calendar = {
		.tz = time_zone_arg(PG_GETARG_TEXT_PP(2)),
		.billing_day = PG_GETARG_INT32(3),
		.week_start = PG_GETARG_INT32(4),
	};
	TypeCacheEntry *typcache = range_get_typcache(fcinfo, TSTZRANGEOID);
	QKWindow w;
	RangeBound lower, upper;

	if (calendar.billing_day < 1 || calendar.billing_day > 28)
		ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("billing day must be between 1 and 28"));
	if (calendar.week_start < 1 || calendar.week_start > 7)
		ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("week start must be between 1 and 7"));

	w = qk_window(&calendar, period, at);
	lower = (RangeBound){ .val = TimestampTzGetDatum(w.start), .inclusive = true, .lower = true };
	upper = (RangeBound){ .val = TimestampTzGetDatum(w.end) };
	PG_RETURN_RANGE_P(qk_make_range(typcache, &lower, &upper));
}

/* _periods(moved_by int4): all, or those that any of these settings cuts anew. */
Datum
quotakit_periods(PG_FUNCTION_ARGS)
{
	int moved_by = PG_ARGISNULL(0) ? -1 : PG_GETARG_INT32(0);
	const char *names[QK_PERIODS];
	int n = 0;

	for (int i = 0; i < QK_PERIODS; i++)
		if (moved_by == -1 || (periods[i].moved & moved_by) != 0)
			names[n++] = periods[i].name;
	PG_RETURN_ARRAYTYPE_P(qk_text_array(names, n));
}

Datum
quotakit_local_hour(PG_FUNCTION_ARGS)
{
	TimestampTz at = finite_arg(PG_GETARG_TIMESTAMPTZ(0));

	PG_RETURN_TIMESTAMPTZ(qk_local_hour(time_zone_arg(PG_GETARG_TEXT_PP(1)), at).start);
}

Datum
quotakit_rolling_bucket(PG_FUNCTION_ARGS)
{
	QKPeriod period = period_arg(PG_GETARG_TEXT_PP(0), false);

	PG_RETURN_TIMESTAMPTZ(qk_rolling_bucket(period, finite_arg(PG_GETARG_TIMESTAMPTZ(1))));
}

Datum
quotakit_rolling_since(PG_FUNCTION_ARGS)
{
	QKPeriod period = period_arg(PG_GETARG_TEXT_PP(0), false);

	PG_RETURN_TIMESTAMPTZ(qk_rolling_since(period, finite_arg(PG_GETARG_TIMESTAMPTZ(1))));
}

Datum
quotakit_rolling_kept(PG_FUNCTION_ARGS)
{
	QKPeriod period = period_arg(PG_GETARG_TEXT_PP(0), false);

	PG_RETURN_TIMESTAMPTZ(qk_rolling_kept(period, finite_arg(PG_GETARG_TIMESTAMPTZ(1))));
}

Datum
quotakit_rolling_place(PG_FUNCTION_ARGS)
{
	QKPeriod period = period_arg(PG_GETARG_TEXT_PP(0), false);
	TimestampTz at = qk_rolling_bucket(period, finite_arg(PG_GETARG_TIMESTAMPTZ(1)));
	TimestampTz since = qk_rolling_since(period, finite_arg(PG_GETARG_TIMESTAMPTZ(2)));

	PG_RETURN_TIMESTAMPTZ(at >= since ? at : qk_rolling_older(period, at));
}

static Datum
interval_of(int64 microseconds)
{
	Interval *interval = palloc0(sizeof(Interval));

	interval->time = microseconds;
	return IntervalPGetDatum(interval);
}

Datum
quotakit_rolling_length(PG_FUNCTION_ARGS)
{
	QKPeriod period = period_arg(PG_GETARG_TEXT_PP(0), true);

	if (period == QK_LIFETIME)
		PG_RETURN_NULL();
	return interval_of(periods[period].length);
}

Datum
quotakit_rolling_width(PG_FUNCTION_ARGS)
{
	QKPeriod period = period_arg(PG_GETARG_TEXT_PP(0), true);

	if (period == QK_LIFETIME)
		PG_RETURN_NULL();
	return interval_of(periods[period].width);
}
