"""Thirty days of calls made from fifteen minutes of real ones, the same ones for the same hour.

trace_sample.csv (see SOURCES.md) is real: when calls came, how many tokens went in and
out. What is made here is told in SOURCES.md too: which path and model a call belongs
to, the shape of day and week, and the share of input that came from a cache.
"""
import csv
import datetime as dt
import hashlib
import os
import uuid
from zoneinfo import ZoneInfo

TRACE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "trace_sample.csv")
ZONE = ZoneInfo("Europe/Berlin")
DAYS = 30
EVENTS = 60_000
# The live replay is held against a policy over the last hour, which history leaves to it.
LEFT_FREE = dt.timedelta(minutes=65)

# How busy the hours of a day and the days of a week (from Monday) are, relative to each other.
HOURS = (2, 1, 1, 1, 2, 4, 10, 25, 55, 85, 100, 95, 70, 80, 95, 90, 80, 60, 40, 28, 20, 14, 8, 4)
WEEKDAYS = (95, 100, 100, 95, 80, 25, 20)

# path, model, tier, weight, share of the input that was read from a cache (percent), how many times
# the usual number of calls one flush stands for
MIX = (
    ("acme/search/query-rewrite", "gpt-4o", "standard", 36, 20, 1),
    ("acme/search/query-rewrite", "gpt-4o-mini", "standard", 8, 20, 1),
    ("acme/search/answers", "gpt-4o", "standard", 22, 35, 3),
    ("acme/search/answers", "gpt-4o-mini", "standard", 9, 35, 3),
    ("acme/support", "claude-sonnet-4-5", "standard", 9, 50, 2),
    ("acme/support/triage", "claude-haiku-4-5", "standard", 10, 0, 1),
    ("acme/reports", "gpt-4o", "batch", 4, 0, 1),
    ("acme/enrichment", "", "standard", 2, 0, 1),
)
_WEIGHTED = [entry for entry in MIX for _ in range(entry[3])]


def trace():
    """The sample: a list of (seconds since its start, input tokens, output tokens)."""
    with open(TRACE, newline="") as f:
        rows = [(dt.datetime.fromisoformat(row["TIMESTAMP"][:26]), int(row["ContextTokens"]),
                 int(row["GeneratedTokens"])) for row in csv.DictReader(f)]
    start = rows[0][0]
    return [((at - start).total_seconds(), taken, given) for at, taken, given in rows]


def number(*seed):
    """A number that depends on nothing but the seed."""
    return int.from_bytes(hashlib.sha256(repr(seed).encode()).digest()[:8], "big")


def event_id(at, *seed):
    """A UUID v7 for that time whose other bits come from the seed."""
    bits = hashlib.sha256(repr(seed).encode()).digest()
    value = int(at.timestamp() * 1000) << 80 | 7 << 76 | int.from_bytes(bits[:2], "big") >> 4 << 64
    return str(uuid.UUID(int=value | 2 << 62 | int.from_bytes(bits[2:10], "big") >> 2))


def usage(rows, cached):
    """What the calls of these rows used together, in disjoint classes."""
    taken = sum(row[1] for row in rows)
    from_cache = taken * cached // 100
    return {"input_tokens": taken - from_cache, "cached_input_tokens": from_cache,
            "output_tokens": sum(row[2] for row in rows), "requests": len(rows)}


def hours(now):
    """Each hour of the last thirty days with its share of all calls."""
    end = now - LEFT_FREE
    hour = (end - dt.timedelta(days=DAYS)).replace(minute=0, second=0, microsecond=0)
    found = []
    while hour < end:
        local = hour.astimezone(ZONE)
        found.append((hour, HOURS[local.hour] * WEEKDAYS[local.weekday()]))
        hour += dt.timedelta(hours=1)
    total = sum(weight for _, weight in found)
    return [(hour, weight / total) for hour, weight in found], end


def history(now):
    """Yields the calls in order of time, each what one worker's flush recorded: a dozen
    calls of the trace or more."""
    rows = trace()
    span = rows[-1][0] + 1
    cursor = made = 0
    due = 0.0
    shares, end = hours(now)
    for hour, share in shares:
        due += share * EVENTS
        count, offset = int(due) - made, made % len(rows)
        # Within the hour calls come as they came in the trace, stretched to an hour.
        seconds = sorted(rows[(offset + i * len(rows) // max(count, 1)) % len(rows)][0] / span * 3600
                         for i in range(count))
        for second in seconds:
            at = hour + dt.timedelta(seconds=second)
            path, model, tier, _, cached, times = _WEIGHTED[number("path", made) % len(_WEIGHTED)]
            size = (12 + number("size", made) % 13) * times
            batch = [rows[(cursor + i) % len(rows)] for i in range(size)]
            cursor += size
            made += 1
            if at > end:
                continue
            call = {"op": "log", "id": event_id(at, "history", made), "path": path, "usage": usage(batch, cached)}
            if model:
                call["model"] = model
            else:
                call["usage"] = {"requests": size}
            if tier != "standard":
                call["tier"] = tier
            if number("failed", made) % 250 == 0:
                call["ok"] = False
            yield call


# The live stretch: which path and model every eighth call goes to.
LIVE = (("acme/search/query-rewrite", "gpt-4o"), ("acme/search/query-rewrite", "gpt-4o"),
        ("acme/search/answers", "gpt-4o-mini"), ("acme/search/query-rewrite", "gpt-4o"),
        ("acme/support/triage", "claude-haiku-4-5"), ("acme/search/query-rewrite", "gpt-4o"),
        ("acme/search/answers", "gpt-4o-mini"), ("acme/search/query-rewrite", "gpt-4o"))


def live(count):
    """The first calls of the trace one by one: path, model, what is asked for and what is used."""
    for i, (_, taken, given) in enumerate(trace()[:count]):
        path, model = LIVE[i % len(LIVE)]
        yield path, model, {"input_tokens": taken, "output_tokens": max(given, 256)}, \
            {"input_tokens": taken, "output_tokens": given}
