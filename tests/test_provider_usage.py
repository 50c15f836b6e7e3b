#!/usr/bin/env python3
"""Usage as providers say it, whatever they say: random objects never fail, and never count more than was said.

QUOTAKIT_LONG=1 tries 100,000 objects; QUOTAKIT_SEED replays a run.
"""
import json
import random
import time

from harness import LONG, Cluster, check, database, done, note, seed

OBJECTS = 100_000 if LONG else 2_000
AT_ONCE = 500
LARGEST = 10 ** 12

# What contains what, written down once more, so that the table of rules is not its own judge.
# shape: (whole fields with their parts, total, parts that a total may tell to be on top)
SHAPES = {
    "chat": ({"prompt_tokens": ["prompt_tokens_details.cached_tokens", "prompt_tokens_details.cache_write_tokens",
                                "prompt_tokens_details.audio_tokens", "prompt_tokens_details.image_tokens", "prompt_cache_hit_tokens",
                                "prompt_cache_miss_tokens", "cache_read_input_tokens", "cache_creation_input_tokens"],
              "completion_tokens": ["completion_tokens_details.reasoning_tokens", "completion_tokens_details.audio_tokens"]},
             "total_tokens", ["completion_tokens_details.reasoning_tokens"]),
    "responses": ({"input_tokens": ["input_tokens_details.cached_tokens", "input_token_details.cached_tokens",
                                    "input_token_details.audio_tokens", "input_token_details.cached_tokens_details.audio_tokens",
                                    "input_token_details.cache_read", "input_token_details.cache_creation"],
                   "output_tokens": ["output_tokens_details.reasoning_tokens", "output_token_details.audio_tokens"]},
                  "total_tokens", ["output_tokens_details.reasoning_tokens"]),
    "anthropic": ({"input_tokens": [], "output_tokens": [], "cache_read_input_tokens": [],
                   "cache_creation_input_tokens": ["cache_creation.ephemeral_5m_input_tokens", "cache_creation.ephemeral_1h_input_tokens"]},
                  None, []),
    "images": ({"input_tokens": ["input_tokens_details.image_tokens", "input_tokens_details.cached_tokens"],
                "output_tokens": ["output_tokens_details.text_tokens"]}, "total_tokens", []),
    "gemini": ({"prompt_token_count": ["cached_content_token_count"], "candidates_token_count": [], "thoughts_token_count": [],
                "tool_use_prompt_token_count": []}, "total_token_count", []),
    "bedrock": ({"input_tokens": [], "output_tokens": [], "cache_read_input_tokens": [],
                 "cache_write_input_tokens": []}, "total_tokens", []),
}
SERVICES = [None, "openai", "xai", "anthropic", "google", "bedrock", "nobody's", ""]
ODD = ["", "NaN", "Infinity", "-5", "1e5", "0x10", "12 tokens", "9" * 40, -1, -2.5, 0.1, 2 ** 63, 2 ** 200, 1e30, LARGEST + 1, True, False, None,
       {}, [], [3], {"of": {"it": 4}}, [[[[5]]]], {"a": {"b": {"c": {"d": {"e": {"f": {"g": {"h": {"i": {"j": 1}}}}}}}}}}, "\u00a0", "é\u0007" * 2]


def number(rng):
    n = rng.choice([0, 1, 7, 100, 5000, rng.randrange(1000), rng.randrange(1000), LARGEST])
    return rng.choice([n, n, n, str(n), float(n), f"{n}.0"])


def value(rng):
    return rng.choice(ODD) if rng.random() < 0.25 else number(rng)


def put(target, field, what):
    """At the end of its path; where something else is on the way, that stays."""
    *way, last = field.split(".")
    for step in way:
        if not isinstance(target.setdefault(step, {}), dict):
            return
        target = target[step]
    target[last] = what


def camel(field):
    first, *others = field.split("_")
    return first + "".join(word.capitalize() for word in others)


def counted(what):
    """The number that a field says, or None where it says none that can be counted."""
    if isinstance(what, bool):
        return None
    if isinstance(what, str):
        whole, _, rest = what.partition(".")
        if not (whole.isascii() and whole.isdigit() and len(whole) <= 30 and set(rest) <= {"0"}):
            return None
        what = int(whole)
    if isinstance(what, float) and what != int(what) or not isinstance(what, (int, float)):
        return None
    return int(what) if 0 <= what <= LARGEST else None


def some_object(rng):
    """An object, mostly of one shape; the numbers in it by their field's name; and the fields that nobody knows."""
    wholes, total, _ = SHAPES[rng.choice(list(SHAPES))]
    fields = list(wholes) + [part for parts in wholes.values() for part in parts] + ([total] if total else [])
    if rng.random() < 0.1:
        fields += rng.sample([f for w, t, _ in SHAPES.values() for f in list(w) + ([t] if t else [])], 4)
    usage = {}
    numbers = {}

    def say(field, what):
        spelt = camel(field) if "." not in field and rng.random() < 0.3 else field
        if spelt in usage:
            return
        put(usage, spelt, what)
        if counted(what) is not None:
            numbers[field] = max(numbers.get(field, 0), counted(what))

    # One that adds up.
    if total and rng.random() < 0.3:
        for whole in wholes:
            say(whole, number(rng))
        say(total, sum(numbers.values()))
    for field in fields:
        if rng.random() < 0.7:
            say(field, value(rng))
    unknown = []
    while rng.random() < 0.3:
        unknown.append(f"unheard_of_{len(unknown)}")
        usage[unknown[-1]] = rng.choice([5, "x", -1, True])
    return usage, numbers, unknown


def most(shape, service, numbers):
    """No more tokens than this were said."""
    wholes, total, on_top = SHAPES[shape]
    said = 0
    for whole, parts in wholes.items():
        said += numbers[whole] if whole in numbers else sum(numbers.get(part, 0) for part in parts)
    extra = sum(numbers.get(part, 0) for part in on_top)
    if service == "xai" or numbers.get(total) == sum(numbers.get(whole, 0) for whole in wholes) + extra:
        said += extra
    return max(said, numbers.get(total, 0))


def wrong_with(service, numbers, unknown, one, row):
    meters, model, tier, usd, mismatched, not_understood, shape = row
    if any(amount < 0 for amount in meters.values()):
        return "a negative meter"
    if any(name.endswith("_tokens") and amount != int(amount) for name, amount in meters.items()):
        return "a fraction of a token"
    if usd is not None and not 0 <= usd <= 1_000_000:
        return "an amount out of range"
    missing = [name for name in unknown if name not in not_understood]
    if missing:
        return f"dropped {missing}"
    if one and shape in SHAPES:
        tokens = sum(amount for name, amount in meters.items() if name.endswith("_tokens"))
        if tokens > most(shape, service, numbers):
            return f"{tokens} tokens of at most {most(shape, service, numbers)}"
    return None


def fuzz(db, rng):
    wrong = []
    shapes = {}
    flagged = 0
    start = time.monotonic()
    for first in range(0, OBJECTS, AT_ONCE):
        sent = []
        for _ in range(min(AT_ONCE, OBJECTS - first)):
            usage, numbers, unknown = some_object(rng)
            one = True
            given = usage
            if rng.random() < 0.2:
                given = {"usage": usage, "model": value(rng), "service_tier": value(rng), "output": value(rng), "choices": [usage]}
            elif rng.random() < 0.1:
                given, one = [usage, value(rng), some_object(rng)[0]], False
                unknown = []
            sent.append((rng.choice(SERVICES), given, numbers, unknown, one))
        rows = db.run("SELECT p.meters, p.model, p.tier, p.usd, p.mismatched, p.not_understood, p.shape"
                      " FROM unnest(%s::text[], %s::text[]) WITH ORDINALITY AS s(service, usage, n),"
                      " quotakit.provider_usage(s.service, s.usage::jsonb) p ORDER BY s.n",
                      [s[0] for s in sent], [json.dumps(s[1]) for s in sent])
        if len(rows) != len(sent):
            wrong.append(f"{len(rows)} rows for {len(sent)} objects")
        for (service, given, numbers, unknown, one), row in zip(sent, rows):
            fault = wrong_with(service, numbers, unknown, one, row)
            shapes[row[6]] = shapes.get(row[6], 0) + 1
            flagged += row[4]
            if fault:
                wrong.append(f"{fault}: {service} {json.dumps(given)} → {row}")
    note(f"{OBJECTS} objects in {time.monotonic() - start:.0f} s; {flagged} do not add up; {shapes}")
    check(f"{OBJECTS} random objects: no error, nothing negative, nothing dropped, no more than was said", not wrong, "\n".join(wrong[:5]))
    check("all shapes of the campaign were met, and some that add up", set(SHAPES) <= set(shapes) and flagged < OBJECTS * 0.95, shapes)


def main():
    with Cluster() as cluster, database(cluster) as db:
        fuzz(db, random.Random(seed()))
    done()


main()
