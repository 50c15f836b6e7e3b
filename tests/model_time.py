"""The periods of the model: windows by a calendar, and rolling ones. Times are microseconds since the Unix epoch."""
import datetime
import functools
import uuid
import zoneinfo

SECOND = 10**6
MINUTE, HOUR, DAY = 60 * SECOND, 3600 * SECOND, 86400 * SECOND
FOREVER = 1 << 62
# How far a caller's clock may be off.
SLACK = 5 * MINUTE
UTC = datetime.timezone.utc
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=UTC)
# Length and width of the buckets of rolling periods.
ROLLING = {"minute": (MINUTE, SECOND), "hour": (HOUR, MINUTE), "day": (DAY, 30 * MINUTE), "week": (7 * DAY, 3 * HOUR),
           "month": (30 * DAY, 12 * HOUR), "quarter": (90 * DAY, 36 * HOUR), "year": (365 * DAY, 120 * HOUR)}


def to_us(moment):
    return (moment - EPOCH) // datetime.timedelta(microseconds=1)


def from_us(us):
    return EPOCH + datetime.timedelta(microseconds=us)


def id_time(text):
    return (uuid.UUID(text).int >> 80) * 1000


# -- windows

@functools.lru_cache(None)
def offset(us, zone):
    return from_us(us).astimezone(zoneinfo.ZoneInfo(zone)).utcoffset() // datetime.timedelta(microseconds=1)


@functools.lru_cache(None)
def clock_start(us, length, zone):
    """Start of the local minute or hour that holds the instant, cut where the clock was put."""
    here = offset(us, zone)
    into = (us + here) % length
    for back in range(0, into, MINUTE):
        if offset(us - us % MINUTE - back - 1, zone) != here and us - us % MINUTE - back > us - into:
            return us - us % MINUTE - back
    return us - into


@functools.lru_cache(None)
def clock_end(us, length, zone):
    start = clock_start(us, length, zone)
    here = offset(us, zone)
    end = us - (us + here) % length + length
    step = us - us % MINUTE + MINUTE
    while step < end:
        if offset(step, zone) != here:
            return step
        step += MINUTE
    assert start <= us < end
    return end


@functools.lru_cache(None)
def day_start(day, zone):
    """The first instant whose local date is that day."""
    first = to_us(datetime.datetime.combine(day, datetime.time(), zoneinfo.ZoneInfo(zone)).astimezone(UTC))
    while from_us(first - MINUTE).astimezone(zoneinfo.ZoneInfo(zone)).date() >= day:
        first -= MINUTE
    while from_us(first).astimezone(zoneinfo.ZoneInfo(zone)).date() < day:
        first += MINUTE
    return first


@functools.lru_cache(None)
def window(period, at, zone, billing_day, week_start):
    """The calendar window that holds an instant: [start, end)."""
    if period == "lifetime":
        return -FOREVER, FOREVER
    if period in ("minute", "hour"):
        length = MINUTE if period == "minute" else HOUR
        return clock_start(at, length, zone), clock_end(at, length, zone)
    day = from_us(at).astimezone(zoneinfo.ZoneInfo(zone)).date()
    if period in ("day", "week"):
        if period == "week":
            day -= datetime.timedelta(days=(day.isoweekday() - week_start) % 7)
        return day_start(day, zone), day_start(day + datetime.timedelta(days=7 if period == "week" else 1), zone)
    months = {"month": 1, "quarter": 3, "year": 12}[period]
    month = day.year * 12 + day.month - 1 - (day.day < billing_day)
    month -= month % months
    return tuple(day_start(datetime.date(m // 12, m % 12 + 1, billing_day), zone) for m in (month, month + months))


def bucket(period, at):
    return at - at % ROLLING[period][1]


def since(period, now):
    return bucket(period, now - ROLLING[period][0])


def older(period, at):
    """What has left the window is kept by whole minutes, or buckets where those are longer."""
    return at - at % max(ROLLING[period][1], MINUTE)


def older_end(period, at):
    return older(period, at) + max(ROLLING[period][1], MINUTE)


def kept(period, now):
    """From where on a rolling counter keeps what was used: so that the windows of an old id can be judged."""
    return older(period, since(period, now - SLACK))


def place(period, at, now):
    """Under which time it keeps what was used at an instant."""
    return bucket(period, at) if bucket(period, at) >= since(period, now) else older(period, at)
