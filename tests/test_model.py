#!/usr/bin/env python3
"""Random operations against a simple model (tests/model.py), equal to the last nano.

Calls of five accounts, in mixed batches by API key, under a clock that is set: across month
ends, billing days 1 and 28, changes to and from daylight saving time (also by half an hour,
also at midnight), and in a half-hour zone. QUOTAKIT_SEED replays a run.
"""
import collections
import decimal
import hashlib
import json
import random
import sys
import uuid
from fractions import Fraction

from clock import ClockCluster
from harness import LONG, check, database, done, equal, note, raises, seed
from model import NANO, PART_OF, TOKENS, UNITS, Account, Node, Policy, Price
from model_time import DAY, FOREVER, MINUTE, SECOND, from_us, id_time, to_us
import datetime

OPERATIONS = 100000 if LONG else 10000
SEED = seed()
dice = random.Random(SEED)

ZONES = (("berlin", "Europe/Berlin", 28, 1), ("kolkata", "Asia/Kolkata", 1, 7),
         ("howe", "Australia/Lord_Howe", 28, 3), ("santiago", "America/Santiago", 1, 1), ("havana", "America/Havana", 1, 6))
# Instants at which some window of somebody ends, or some clock is put.
MOMENTS = ("2026-02-27 18:30",      # Kolkata: 00:00 on the 28th
           "2026-02-27 23:00",      # Berlin: billing month begins
           "2026-02-28 18:30",      # Kolkata: month begins
           "2026-03-01 03:00",      # Santiago: month begins
           "2026-03-08 05:00",      # Havana: midnight does not come
           "2026-03-29 01:00",      # Berlin: summer time begins
           "2026-04-04 15:00",      # Lord Howe: half an hour back
           "2026-04-05 03:00",      # Santiago: the last hour of the day comes twice
           "2026-06-27 13:30",      # Lord Howe: billing quarter
           "2026-09-06 04:00",      # Santiago: midnight does not come
           "2026-10-03 15:30",      # Lord Howe: half an hour on
           "2026-10-25 01:00",      # Berlin: summer time ends
           "2026-11-01 04:40",      # Havana: midnight, and the first hour of the month, comes twice
           "2026-12-31 18:30",      # Kolkata: year begins
           "2027-01-01 03:00",      # Santiago: year begins
           "2027-01-27 23:00")      # Berlin: billing year begins
PATHS = (("a", None), ("a/x", "house"), ("a/x/deep", "house"), ("a/y", "house"), ("a/other", "alien"),
         ("b", "house"), ("b/z", "alien"), ("b/ü/@", "house"))
MODELS = ("big", "small", "unknown", "new", None)


def moment(text):
    return to_us(datetime.datetime.fromisoformat(text).replace(tzinfo=datetime.timezone.utc))


def clock_text(us):
    return from_us(us).strftime("%Y-%m-%d %H:%M:%S")


def decimal_text(nano):
    return f"{nano // NANO}.{nano % NANO:09d}".rstrip("0").rstrip(".")


def make_id(at):
    return str(uuid.UUID(int=at // 1000 << 80 | 7 << 76 | dice.getrandbits(12) << 64 | 2 << 62 | dice.getrandbits(62)))


class Simulation:
    def __init__(self, cluster, db):
        self.cluster, self.db = cluster, db
        self.now = moment(MOMENTS[0]) - 25 * MINUTE
        self.ids = {}           # account -> ids used lately, with their calls
        self.wrong = []
        self.done = 0
        self.outcomes = collections.Counter()
        self.accounts = [self.account(*zone) for zone in ZONES]

    # -- making what there is

    def run(self, account, sql, *arguments):
        self.db.run("SELECT set_config('quotakit.account', %s, false)", account.name)
        return self.db.value(sql, *arguments)

    def account(self, name, zone, billing_day, week_start):
        number = self.db.value("SELECT quotakit.create_account(%s, %s, %s, %s, on_unknown_path => %s)",
                               name, zone, billing_day, week_start, "create" if name == "howe" else "reject")
        a = Account(name, number, zone, billing_day, week_start, creates=name == "howe")
        self.ids[name] = collections.deque(maxlen=60)
        for service in ("house", "alien"):
            self.run(a, "SELECT quotakit.create_service(%s)", service)
        for path, service in PATHS:
            self.run(a, "SELECT quotakit.create_node(%s, %s)", path, service)
            a.nodes[path] = Node(path, service)
        begin, later = moment("2026-01-01 00:00"), moment("2026-06-01 00:00")
        for p in (Price("house", "big", "input_tokens", "standard", 0, begin, "0.00000250000000017", "0.001"),
                  Price("house", "big", "input_tokens", "standard", 2000, begin, "0.000005", None),
                  Price("house", "big", "input_tokens", "batch", 0, begin, "0.00000125", "0.0005"),
                  Price("house", "big", "cached_input_tokens", "standard", 0, begin, "0.000000000000000001", None),
                  Price("house", "big", "output_tokens", "standard", 0, begin, "0.000010000000000000", "0.003"),
                  Price("house", "big", "output_tokens", "standard", 0, later, "0.0000073333333333", "0.0021"),
                  Price("house", "small", "input_tokens", "standard", 0, begin, "0.0000001500000005", None),
                  Price("house", "small", "output_tokens", "standard", 0, begin, "0.0000006", None),
                  Price("house", "small", "image", "standard", 0, begin, "0.04", "1.5"),
                  Price("house", "small", "requests", "standard", 0, begin, "0.0000000005", None),
                  Price("house", "new", "input_tokens", "standard", 0, later, "0.00001", None),
                  Price("alien", "", "requests", "standard", 0, begin, "0.25", None),
                  Price("house", "big", "audio_output_tokens", "standard", 0, begin, "0.00002", None),
                  Price("alien", "", "audio_second", "flex", 0, begin, "0.0001", None)):
            self.run(a, "SELECT quotakit.set_price(%s, %s, %s, %s, %s, %s, %s, %s)", p.service, p.model, p.meter, p.usd,
                     p.credits, p.tier, p.above, from_us(p.valid_from))
            a.prices.append(p)
        a.secret = hashlib.sha256(self.run(a, "SELECT quotakit.create_key('model')").encode()).digest()
        for _ in range(8):
            self.add_policy(a)
        return a

    # -- time

    def set_clock(self, us):
        """It may go back, as when a clock is set or another server takes over."""
        self.now = us
        self.cluster.set_clock(clock_text(us))

    @staticmethod
    def step():
        """Seconds to the next batch: mostly on, now and then back."""
        if dice.random() < 0.08:
            return -dice.choice((1, 1, 2, 30, 61, 200, 400, dice.randint(1, 2000)))
        return dice.choice((0, 1, 1, 10, 30, 60, dice.randint(0, 200)))

    # -- what an administrator does

    def amount(self, unit, period):
        """So little in a minute that it is met there, too."""
        part = 20 if period == "minute" else 1
        if unit in ("usd", "credits"):
            return int(10 ** dice.uniform(0, 2.7) * NANO) // part
        return int(10 ** dice.uniform(0.5, 2)) * (1 if unit == "requests" else 1000) // part + 1

    def add_policy(self, a):
        path = dice.choice([p for p, n in a.nodes.items() if not a.under(n, "archived")])
        unit = dice.choice(UNITS)
        # Ids may be off by more than a minute, not by more than an hour.
        period = dice.choice(("minute", "minute", "minute", "hour", "day", "week", "month", "quarter", "year", "lifetime"))
        rolling = period != "lifetime" and dice.random() < 0.35
        service = dice.choice((None, None, "house", "alien"))
        model = dice.choice((None, "big", "small")) if service else None
        same = [p for p in a.policies.values()
                if (p.path, p.unit, p.period, p.rolling, p.service, p.model) == (path, unit, period, rolling, service, model)]
        if same or sum(p.path == path for p in a.policies.values()) == 10:
            return
        limit, enforcement = self.amount(unit, period), dice.choice(("open", "block", "strict", "strict", "shadow"))
        shown = decimal_text(limit) if unit in ("usd", "credits") else str(limit)
        number = self.run(a, "SELECT quotakit.set_policy(%s, %s, %s, %s, %s, %s, %s, %s)", path, shown, unit, period,
                          enforcement, service, model, rolling)
        a.add_policy(Policy(number, path, unit, period, rolling, service, model, limit, enforcement, self.now), self.now)
        # An id may be five minutes old; windows from before a policy was made are nobody's business.
        self.set_clock(self.now + 6 * MINUTE)

    def administer(self, a):
        what = dice.choice(("add", "remove", "limit", "limit", "limit", "enforcement", "enforcement", "boost", "archive",
                            "restore", "restore", "freeze", "thaw", "thaw", "fold", "fold"))
        policy = dice.choice(list(a.policies.values())) if a.policies else None
        node = dice.choice(list(a.nodes.values()))
        if what == "add":
            self.add_policy(a)
        elif what == "remove" and len(a.policies) > 6:
            self.run(a, "SELECT quotakit.remove_policy(%s)", policy.number)
            del a.policies[policy.number]
        elif what == "limit":
            policy.limit = self.amount(policy.unit, policy.period)
            self.run(a, "SELECT quotakit.set_limit(%s, %s)", policy.number,
                     decimal_text(policy.limit) if policy.unit in ("usd", "credits") else str(policy.limit))
        elif what == "enforcement":
            policy.enforcement = dice.choice(("open", "block", "strict", "shadow"))
            self.run(a, "SELECT quotakit.set_enforcement(%s, %s)", policy.number, policy.enforcement)
        elif what == "boost":
            policy.boost, policy.boost_until = self.amount(policy.unit, policy.period), self.now + dice.randint(1, 900) * SECOND
            self.run(a, "SELECT quotakit.boost_policy(%s, %s, %s)", policy.number,
                     decimal_text(policy.boost) if policy.unit in ("usd", "credits") else str(policy.boost),
                     from_us(policy.boost_until))
        elif what == "archive" and "/" in node.path:
            self.run(a, "SELECT quotakit.archive_node(%s)", node.path)
            node.archived = True
        elif what == "restore":
            for node in a.nodes.values():
                if node.archived:
                    self.run(a, "SELECT quotakit.restore_node(%s)", node.path)
                    node.archived = False
        elif what == "freeze" and "/" in node.path:
            self.run(a, "SELECT quotakit.freeze(%s, 'of late')", node.path)
            node.frozen = True
        elif what == "thaw":
            for node in a.nodes.values():
                if node.frozen:
                    self.run(a, "SELECT quotakit.thaw(%s)", node.path)
                    node.frozen = False
        elif what == "fold":
            self.db.run("SELECT quotakit.fold_rollups()")

    # -- calls

    def usage(self):
        usage = {}
        for meter in TOKENS:
            if dice.random() < 0.45:
                usage[meter] = dice.choice((0, 1, dice.randint(1, 3000), dice.randint(1, 3000)))
        if dice.random() < 0.15:
            usage["requests"] = dice.randint(0, 3)
        if dice.random() < 0.15:
            usage["image"] = Fraction(dice.randint(0, 3000000), 10**6)
        for meter in PART_OF:
            if dice.random() < 0.08:
                usage[meter] = dice.choice((0, dice.randint(1, 3000), Fraction(dice.randint(1, 10**9), 10**6)))
        if dice.random() < 0.05:
            usage["audio_second"] = Fraction(dice.randint(1, 10**9), 10**6)
        return usage

    def money(self):
        return dice.randrange(10 ** dice.randint(1, 10)) if dice.random() < 0.9 else dice.randint(1, 40) * NANO

    def spend(self, call):
        """Usage, amounts and what else a call may carry."""
        if dice.random() < 0.7:
            call["usage"] = self.usage()
        if dice.random() < 0.55:
            call["usd"] = self.money()
        if dice.random() < 0.3:
            call["credits"] = self.money()
        if dice.random() < 0.2:
            call["tier"] = dice.choice(("batch", "flex", "standard"))
        if call["op"] != "reserve":
            for name, chance, value in (("ok", 0.1, False), ("charged", 0.08, False), ("estimated", 0.1, True)):
                if dice.random() < chance:
                    call[name] = value
            if dice.random() < 0.1:
                call["tags"] = {"team": "ops \"1\"", "x": "\\"}
        return call

    def fresh(self, a, op):
        at = self.now + dice.choice((0, 0, 0, -dice.randint(0, 290 * SECOND), dice.randint(0, 290 * SECOND)))
        if op == "log" and dice.random() < 0.25:
            at = self.now - int(10 ** dice.uniform(0, 3.3) * MINUTE)
        elif dice.random() < 0.02:
            at = self.now + dice.choice((-400 * DAY, -301 * SECOND if op == "reserve" else 301 * SECOND, 301 * SECOND))
        path = dice.choice(list(a.nodes) if dice.random() < 0.97 else ["a/none", "a/made/here", "zz"])
        call = {"op": op, "id": make_id(at), "path": path}
        model = dice.choice(MODELS)
        if model:
            call["model"] = model
        if dice.random() < 0.15:
            call["service"] = dice.choice(("house", "alien"))
        return call

    def one(self, a):
        """One random call, as a dict with amounts in nano."""
        known = list(self.ids[a.name])
        kind = dice.choices(("reserve", "log", "settle", "draw", "release", "extend", "refused", "again", "clash"),
                            (30, 17, 17, 10, 5, 6, 1, 6, 3))[0]
        if not known and kind not in ("reserve", "log"):
            kind = "reserve"
        reserved = [c["id"] for c in known if c["op"] == "reserve"] or [make_id(self.now)]
        if kind in ("reserve", "log"):
            call = self.spend(self.fresh(a, kind))
            if kind == "reserve":
                if dice.random() < 0.6:
                    call["ttl"] = dice.choice((1, 30, 60, 90, 600, dice.randint(1, 3600), 3601, dice.randint(3600, 86400)))
                if dice.random() < 0.35:
                    call["lease"] = True
            self.ids[a.name].append(call)
        elif kind == "settle":
            call = {"op": dice.choice(("settle", "settle", "log")), "id": dice.choice(reserved)}
            source = a.reservations.get(call["id"])
            if call["op"] == "log" or dice.random() < 0.2:
                call["path"] = source.node.path if source and dice.random() < 0.95 else dice.choice(list(a.nodes))
            if dice.random() < 0.1:
                call["model"] = dice.choice(MODELS[:3])
            self.spend(call)
        elif kind == "draw":
            lease = dice.choice(reserved)
            # Around now, around the lease, or where its minute begins and ends.
            at = self.now + dice.randint(-200, 200) * SECOND if dice.random() < 0.5 else \
                id_time(lease) + dice.choice((0, 1, 500, dice.randint(-90, 90) * 1000)) * SECOND // 1000 if dice.random() < 0.6 else \
                id_time(lease) // MINUTE * MINUTE + dice.choice((-1000, 0, MINUTE - 1000, MINUTE))
            call = {"op": "draw", "id": make_id(at), "reservation": lease}
            if dice.random() < 0.1:
                call["model"] = dice.choice(MODELS[:3])
            if dice.random() < 0.2:
                call["last"] = True
            if dice.random() < 0.05:
                call["id"] = dice.choice(reserved)
            self.spend(call)
            self.ids[a.name].append(call)
        elif kind in ("release", "extend"):
            call = {"op": kind, "id": dice.choice(reserved)}
            if kind == "extend" and dice.random() < 0.7:
                call["ttl"] = dice.randint(1, 7200)
        elif kind == "refused":
            call = {"op": "refused", "path": dice.choice([p for p, n in a.nodes.items() if n.service]),
                    "policy": dice.choice(list(a.policies) + [999999]), "count": dice.randint(1, 9)}
        else:
            call = dict(dice.choice(known))
            if kind == "clash":
                call["usd"] = call.get("usd", 0) + 1
                if dice.random() < 0.3:
                    call["op"] = "log"
                    call.pop("ttl", None), call.pop("lease", None), call.pop("reservation", None), call.pop("last", None)
                    call.setdefault("path", "a/x")
        return call

    @staticmethod
    def payload(call):
        """The call as JSON; amounts as decimal strings or as numbers."""
        def shown(key, value):
            if key in ("usd", "credits"):
                return decimal_text(value)
            if key == "usage":
                return {k: str(decimal.Decimal(v.numerator) / v.denominator) if isinstance(v, Fraction) else v
                        for k, v in value.items()}
            return value
        return json.dumps({k: shown(k, v) for k, v in call.items()}, ensure_ascii=dice.random() < 0.5).encode()

    # -- comparing

    def compare(self, a, call, wanted, outcome, answer):
        self.outcomes[f"{call['op']} {outcome}"] += 1
        if outcome != wanted["outcome"]:
            self.wrong.append(f"operation {self.done}, {a.name} at {clock_text(self.now)}\n  call   {call}\n"
                              f"  wanted {wanted}\n  answer {answer}")
            return
        got = {"outcome": outcome}
        want = {k: v for k, v in wanted.items() if k not in ("stops", "full", "flags", "held", "expires", "usd", "credits")}
        for key in ("code", "reason", "duplicate", "kept"):
            if key in answer and (key != "code" or outcome == "rejected") and (key != "reason" or "reason" in wanted):
                got[key] = answer[key]
        for key in ("usd", "credits"):
            if key in wanted:
                want[key], got[key] = wanted[key], Fraction(answer.get(key, -1)) * NANO
        if "flags" in wanted:
            want["flags"], got["flags"] = wanted["flags"], set(answer.get("flags", ()))
        if "full" in wanted:
            want["full"], got["full"] = wanted["full"], {p["policy"] for p in answer.get("full", ())}
        if "expires" in wanted:
            want["expires"] = wanted["expires"]
            got["expires"] = to_us(datetime.datetime.fromisoformat(answer["expires_at"].replace("Z", "+00:00"))) \
                if "expires_at" in answer else None
        if "held" in wanted:
            want["held"] = wanted["held"]
            got["held"] = {u: Fraction(answer.get("held", {}).get(u, -1)) * (NANO if u in ("usd", "credits") else 1) for u in UNITS}
        if "stops" in wanted and outcome == "refused":
            stop = wanted["stops"].get(answer.get("policy"))
            one = NANO if answer.get("unit") in ("usd", "credits") else 1
            want["stop"], got["stop"] = stop, (answer["reason"],) + tuple(
                Fraction(answer[k]) * one for k in ("limit", "used", "held", "asked"))
            if stop:
                a.refusals[answer["policy"], "reserve", answer["reason"]] += 1
        if got != want:
            self.wrong.append(f"operation {self.done}, {a.name} at {clock_text(self.now)}\n  call   {call}\n"
                              f"  wanted {want}\n  got    {got}\n  answer {answer}")

    def batch(self, size):
        picked = [dice.choice(self.accounts) for _ in range(size)]
        calls = [self.one(a) for a in picked]
        payloads = [self.payload(c) for c in calls]
        for account in self.accounts:
            account.make_paths([c for a, c in zip(picked, calls) if a is account])
        wanted = [a.answer(c, p, self.now) for a, c, p in zip(picked, calls, payloads)]
        answers = self.db.run("SELECT outcome, answer FROM quotakit.batch(%s::int4[], %s::bytea[], %s::bytea[])",
                              [a.number for a in picked], [a.secret for a in picked], payloads)
        for a, call, want, (outcome, answer) in zip(picked, calls, wanted, answers):
            self.compare(a, call, want, outcome, json.loads(answer))
            self.done += 1

    def compare_state(self, a):
        """Counters and rollups, read from the tables; returns what differs."""
        def us(at):
            return -FOREVER if at == "-infinity" else int(at)
        found = {}
        for number, place, used, until, held, starts, parts, decided in self.db.run(
                """SELECT DISTINCT ON (c.policy_id, c.window_start) c.policy_id,
                     CASE WHEN isfinite(c.window_start) THEN (extract(epoch FROM c.window_start) * 1000000)::int8::text ELSE '-infinity' END,
                     c.used, ARRAY(SELECT (extract(epoch FROM u) * 1000000)::int8 FROM unnest(c.hold_until) u), c.hold_amount,
                     ARRAY(SELECT (extract(epoch FROM b) * 1000000)::int8 FROM unnest(c.bucket_start) b), c.bucket_used,
                     (extract(epoch FROM c.decided_at) * 1000000)::int8
                   FROM quotakit.counter c WHERE c.account_id = %s
                   ORDER BY c.policy_id, c.window_start, c.seq DESC""", a.number):
            policy = a.policies.get(number)
            if policy is None:
                found[number, place] = "a removed policy's counter"
                continue
            place = us(place)
            if not policy.rolling and place != -FOREVER and a.window(policy.period, place)[1] <= policy.created:
                continue
            now = max(self.now, decided)
            if policy.rolling:
                used = a.buckets(policy.period, zip(starts, parts), now)
            held = {u: n for u, n in zip(until, held) if n and u > now}
            if used or held:
                found[number, place] = (used, held, decided)
        wanted = a.counters(self.now)
        differing = [f"counter {key} {describe(a, key[0])}: wanted {wanted.get(key)}, found {found.get(key)}"
                     for key in sorted(set(wanted) | set(found)) if wanted.get(key) != found.get(key)]
        columns = ("events", "failed", "unpriced", "requests", *TOKENS, "usd", "credits")
        rollups = {}
        for row in self.db.run(
                f"""SELECT n.path::text, (extract(epoch FROM r.hour) * 1000000)::int8, r.model, {", ".join(f"sum(r.{c})" for c in columns)}
                    FROM (SELECT account_id, node_id, hour, model, {", ".join(columns)} FROM quotakit.rollup_hour
                          UNION ALL SELECT account_id, node_id, hour, model, {", ".join(columns)} FROM quotakit.rollup_delta) r
                    JOIN quotakit.node n USING (account_id, node_id) WHERE r.account_id = %s GROUP BY 1, 2, 3""", a.number):
            rollups[row[:3]] = {c: int(v) for c, v in zip(columns, row[3:]) if v}
        wanted = a.rollups()
        return differing + [f"rollup {key}: wanted {wanted.get(key)}, found {rollups.get(key)}"
                            for key in sorted(set(wanted) | set(rollups)) if wanted.get(key) != rollups.get(key)]


def describe(a, number):
    policy = a.policies.get(number)
    return policy and {k: v for k, v in vars(policy).items() if k not in ("used", "holds")}


def main():
    with ClockCluster(clock_text(moment(MOMENTS[0]) - 25 * MINUTE)) as cluster, database(cluster) as db:
        error = raises("R5: billing day 31 is refused", "QK008", db.run, "SELECT quotakit.create_account('x', billing_day => 31)")
        assert error is not None
        sim = Simulation(cluster, db)
        share = OPERATIONS // len(MOMENTS) + 1
        differing, unproved = [], []
        for number, text in enumerate(MOMENTS):
            sim.set_clock(max(sim.now, moment(text) - 20 * MINUTE))
            if number:
                db.run("SELECT quotakit.make_partitions()")
            target = min(OPERATIONS, (number + 1) * share)
            while sim.done < target and not sim.wrong:
                sim.batch(min(target - sim.done, dice.choice((1, 3, 10, 20, 40))))
                sim.set_clock(sim.now + sim.step() * SECOND)
                if dice.random() < 0.3:
                    sim.administer(dice.choice(sim.accounts))
            # Also while the clock is behind what was decided.
            for back in (0, dice.choice((1, 90, 700)) * SECOND):
                sim.set_clock(sim.now - back)
                for a in sim.accounts:
                    differing += sim.compare_state(a)
                unproved += db.run("SELECT * FROM quotakit.verify()")
            if sim.wrong or differing or unproved:
                break
        check(f"R1-R11: {sim.done} answers are the model's", sim.done == OPERATIONS and not sim.wrong, "\n".join(sim.wrong[:3]))
        check("R5, R6: counters are the model's, by policy, window, bucket and end of hold; rollups too", not differing,
              "\n".join(differing[:5]))
        check("R9: verify() finds nothing", not unproved, "\n".join(map(str, unproved[:5])))
        for a in sim.accounts:
            refusals = {tuple(r[:3]): int(r[3]) for r in db.run(
                "SELECT policy_id, source, reason, sum(count) FROM quotakit.refusal WHERE account_id = %s"
                " AND reason <> 'frozen' GROUP BY 1, 2, 3", a.number)}
            equal(f"R8, R11: refusals of {a.name} are recorded, those of shadow policies too", refusals, dict(a.refusals))
            kept = {bytes(r[0], "utf-8") for r in db.run("SELECT payload FROM quotakit.rejected_event WHERE account_id = %s", a.number)}
            check(f"R3: what {a.name} could not record is kept", kept == a.rejected, f"{len(kept)} kept, {len(a.rejected)} wanted")
        note(", ".join(f"{n} {k}" for k, n in sorted(sim.outcomes.items())))
        note(f"{sum(len(a.policies) for a in sim.accounts)} policies, {db.value('SELECT count(*) FROM quotakit.counter')} counters")
        # A reservation of a minute that was over when its policy was made frees what that never held.
        late = Account("late", db.value("SELECT quotakit.create_account('late')"), "UTC", 1, 1)
        sim.run(late, "SELECT quotakit.create_node('b', 'openai')")
        held = sim.run(late, "SELECT id FROM quotakit.reserve('b', usd => 1, ttl => 3000)")
        sim.set_clock(sim.now + 2 * MINUTE)
        sim.run(late, "SELECT quotakit.set_policy('b', 100, 'usd', 'minute', 'strict')")
        sim.run(late, "SELECT quotakit.settle(%s, usd => 1)", held)
        equal("R11: a policy that is younger than the reservation is not damaged by it", db.run("SELECT * FROM quotakit.verify('late')"), [])
        warnings = cluster.complaints("WARNING")
        equal("the server warned of nothing", warnings[:5], [])
    done()


if __name__ == "__main__":
    sys.setrecursionlimit(10000)
    main()
