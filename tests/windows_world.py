"""The world of test_windows.py: a clock that runs and is set back, callers on every road, a reader."""
import collections
import datetime
import http.client
import json
import random
import threading
import time
import uuid

from harness import connect, psycopg2
from model import NANO
from model_time import MINUTE, SECOND, bucket, day_start, from_us, since, to_us, window

PERIODS = ("minute", "hour", "day", "week", "month", "quarter", "year", "lifetime")
# Every period by the calendar, and rolling but for lifetime: a project each.
KINDS = [(p, False) for p in PERIODS] + [(p, True) for p in PERIODS[:-1]]
MODELS = ("big", "small")
# Bits of flags: late, unreserved.
NOT_HELD = 2 + 4
LIMIT, REQUESTS = 5 * NANO, 7


def usd(nano):
    return f"{nano // NANO}.{nano % NANO:09d}"


def uuid7(dice, at):
    return str(uuid.UUID(int=at // 1000 << 80 | 7 << 76 | dice.getrandbits(12) << 64 | 2 << 62 | dice.getrandbits(62)))


class Policy:
    def __init__(self, number, path, unit, period, rolling, model, enforcement):
        self.number, self.path, self.unit, self.period, self.rolling = number, path, unit, period, rolling
        self.model, self.enforcement = model, enforcement

    def counts(self, path, model):
        return (path == self.path or path.startswith(self.path + "/")) and self.model in (None, model)

    def place(self, zone, at):
        """Where its window begins; of a rolling one or a lifetime there is one."""
        return None if self.rolling or self.period == "lifetime" else window(self.period, at, zone, 1, 1)[0]


class Clock(threading.Thread):
    """Runs some fifteen times as fast as ours; now and then it is set back, and put right again or left behind."""

    def __init__(self, cluster, dice, at):
        super().__init__(daemon=True)
        self.cluster, self.dice, self.now = cluster, dice, at
        self.stop = threading.Event()
        self.back, self.newest = 0, at

    def set(self, at):
        self.now, self.newest = at, max(at, self.newest)
        self.cluster.set_clock(from_us(at).strftime("%Y-%m-%d %H:%M:%S.%f"))

    def run(self):
        dice = self.dice
        while not self.stop.wait(0.05):
            if dice.random() < 0.06:
                self.set(self.now - int(dice.choice((0.4, 1, 1, 2, 10, 61, 200, 400)) * SECOND))
                self.back += 1
            elif self.now < self.newest and dice.random() < 0.1:
                self.set(self.newest)
            else:
                self.set(self.now + int(dice.uniform(0.05, 1.4) * SECOND))


class Pool:
    """Reservations that were granted, for whoever draws on them, settles or extends them."""

    def __init__(self):
        self.lock = threading.Lock()
        self.known = []

    def add(self, calls):
        with self.lock:
            self.known += calls
            del self.known[:-120]

    def choose(self, dice):
        with self.lock:
            return dice.choice(self.known) if self.known else None

    def over(self, identity):
        with self.lock:
            self.known = [call for call in self.known if call["id"] != identity]

    def clear(self):
        with self.lock:
            self.known.clear()


class Caller(threading.Thread):
    """Makes random calls until the moment is over. A road says how they are sent."""

    def __init__(self, world, name):
        super().__init__(daemon=True)
        self.world, self.dice = world, random.Random(f"{world.seed}/{name}")
        self.counts = collections.Counter()
        self.odd = []

    def run(self):
        try:
            self.world.barrier.wait(60)
            with self.open():
                while not self.world.over.is_set():
                    self.send([self.call() for _ in range(self.dice.choice((1, 1, 1, 2, 5)))])
        except Exception as error:      # noqa: BLE001: told at the end
            self.odd.append(repr(error))

    # -- which call

    def near(self, at):
        """A time around the end of the minute that is near, to the millisecond; mostly within five minutes of now."""
        dice = self.dice
        end = at - at % MINUTE + dice.choice((0, MINUTE))
        return int(dice.choice((at, at, end - 1000, end, end + 1000, at + dice.uniform(-290, 290) * SECOND,
                                at - dice.uniform(0, 120) * SECOND, end + dice.uniform(-3, 3) * SECOND)))

    def amount(self):
        return self.dice.choice((1, self.dice.randint(1, NANO), self.dice.randint(1, NANO)))

    def call(self):
        dice, now = self.dice, self.world.clock.now
        kind = dice.choices(("reserve", "draw", "settle", "extend", "release", "log"), (38, 30, 22, 5, 3, 0.7))[0]
        source = self.world.pool.choose(dice)
        if source is None or kind in ("reserve", "log"):
            call = {"op": "log" if kind == "log" else "reserve", "id": uuid7(dice, self.near(now)), "path": dice.choice(self.world.busy),
                    "model": dice.choice(MODELS), "usd": usd(self.amount())}
            if call["op"] == "reserve":
                call["ttl"] = dice.choice((1, 30, 60, 300, 300, 3700))
                if dice.random() < 0.6:
                    call.update(lease=True, usage={"requests": dice.randint(1, 4)})
            return call
        if kind == "draw":
            at = (uuid.UUID(source["id"]).int >> 80) * 1000
            at = at + dice.choice((0, 1, 2000)) * 1000 if dice.random() < 0.7 else self.near(dice.choice((now, at)))
            call = {"op": "draw", "id": uuid7(dice, at), "reservation": source["id"], "root": source["path"],
                    "usd": usd(min(self.amount(), source["nano"] // dice.randint(1, 4)))}
            if dice.random() < 0.15:
                call["last"] = True
        elif kind == "settle":
            # No more than was reserved: an estimate that is off is not what is looked for here.
            call = {"op": "settle", "id": source["id"], "root": source["path"],
                    "usd": usd(source["nano"] if dice.random() < 0.5 else dice.randint(0, source["nano"]))}
        elif kind == "extend":
            return {"op": "extend", "id": source["id"], "ttl": dice.choice((1, 60, 300, 4000)), "root": source["path"]}
        else:
            return {"op": "release", "id": source["id"], "root": source["path"]}
        if dice.random() < 0.06:
            call["model"] = dice.choice(MODELS)
        return call

    def heard(self, calls, answers):
        for call, answer in zip(calls, answers):
            outcome = answer.get("outcome") or str(answer.get("code"))
            self.counts[f"{call['op']} {outcome}" + (f" {answer['reason']}" if "reason" in answer else "")] += 1
            for flag in answer.get("flags", ()):
                self.counts[f"{call['op']} {flag}"] += 1
            # What is over is called on a little longer.
            if self.dice.random() < 0.9 and (call["op"] == "settle" or call.get("last") or "late" in answer.get("flags", ())
                                             or outcome in ("released", "conflict")):
                self.world.pool.over(call.get("reservation", call["id"]))
        self.world.pool.add([{**call, "nano": round(float(call["usd"]) * NANO)} for call, answer in zip(calls, answers)
                             if call["op"] == "reserve" and answer.get("outcome") == "granted"])


class SqlCaller(Caller):
    """A session: a batch, or several in one transaction, which it may undo. Those are of one project: a deadlock
    would be found by a timeout, and the clock may be set back while one runs."""

    def __init__(self, world, name, account):
        super().__init__(world, name)
        self.account = account

    def open(self):
        self.db = connect(self.world.cluster, "quota", options=f"-c quotakit.account={self.account} -c quotakit.batch_lock_wait=10s")
        return self.db

    def send(self, calls):
        roots = {call.get("path", call.get("root")).split("/")[0] for call in calls}
        alone = len(calls) == 1 or len(roots) > 1 or self.dice.random() < 0.3
        calls = [{k: v for k, v in call.items() if k != "root"} for call in calls]
        parts = [calls] if alone else [calls[:1], calls[1:]]
        answers = []
        try:
            if not alone:
                self.db.run("BEGIN")
            for part in parts:
                answers += [r[0] for r in self.db.run("SELECT answer FROM quotakit.batch(%s)", json.dumps(part))]
            if not alone and self.dice.random() < 0.2:
                self.db.run("ROLLBACK")
                return
            if not alone:
                self.db.run("COMMIT")
        except psycopg2.Error as error:
            if not alone:
                self.db.run("ROLLBACK")
            self.odd.append(f"{error.pgcode} {error}")
            return
        self.heard(calls, answers)


class HttpCaller(Caller):
    """A client of the gateway."""

    def __init__(self, world, name, gateway, key):
        super().__init__(world, name)
        self.gateway, self.headers = gateway, {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}

    def open(self):
        self.http = self.gateway.connect()
        return self

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.http.close()

    def ask(self, target, body):
        try:
            self.http.request("POST", target, json.dumps(body), self.headers)
            response = self.http.getresponse()
            return response.status, json.loads(response.read())
        except (http.client.HTTPException, OSError) as error:
            self.http.close()
            return 0, {"outcome": repr(error)}

    def send(self, calls):
        for call in calls:
            op, body = call["op"], {k: v for k, v in call.items() if k not in ("op", "root")}
            if op == "log":
                target, body = "/v1/log/batch", {"events": [body]}
            elif op == "reserve":
                target = "/v1/reservations"
            else:
                target = f"/v1/reservations/{body.pop('reservation' if op == 'draw' else 'id')}/{op}"
            status, answer = self.ask(target, body)
            if op == "log" and status == 200:
                answer = answer["answers"][0]
            if status == 503:
                time.sleep(0.02)
            if status >= 500 and status != 503 or status in (0, 400, 401):
                self.odd.append(f"{status} {call} {answer}")
            self.heard([call], [answer])


class Reader(threading.Thread):
    """Looks at committed states all the while: what is used and held passes no strict limit, but for what is flagged."""

    COUNTERS = """
        SELECT DISTINCT ON (c.policy_id, c.window_start) c.policy_id, c.used, p.limit_amount,
               CASE WHEN isfinite(c.window_start) THEN (extract(epoch FROM c.window_start) * 1000000)::int8 END,
               (extract(epoch FROM greatest(c.decided_at, clock_timestamp())) * 1000000)::int8,
               (SELECT coalesce(sum(a), 0)::int8 FROM unnest(c.hold_until, c.hold_amount) h(u, a) WHERE u > greatest(c.decided_at, clock_timestamp())),
               ARRAY(SELECT (extract(epoch FROM b) * 1000000)::int8 FROM unnest(c.bucket_start) b), c.bucket_used
        FROM quotakit.counter c JOIN quotakit.policy p USING (account_id, policy_id)
        WHERE p.enforcement = 'strict' AND (NOT isfinite(c.window_start) OR c.window_start > %s)
        ORDER BY c.policy_id, c.window_start, c.seq DESC"""
    FLAGGED = """
        SELECT n.path::text, e.model, (extract(epoch FROM e.at) * 1000000)::int8, e.usd, e.requests
        FROM quotakit.event e JOIN quotakit.node n USING (account_id, node_id) WHERE e.flags & %s <> 0 AND e.account_id = %s AND e.at > %s AND e.at <= %s"""

    def __init__(self, world):
        super().__init__(daemon=True)
        self.world = world
        self.looks, self.tight, self.wrong = 0, collections.Counter(), []

    def run(self):
        # Moments are two years apart: of what was before, only a lifetime knows.
        begin = from_us(self.world.moment) - datetime.timedelta(days=500)
        with connect(self.world.cluster, "quota", options="-c default_transaction_isolation=repeatable\\ read") as db:
            before, _ = self.sum_up(db.run(self.FLAGGED, NOT_HELD, self.world.account, "-infinity", begin))
            while not self.world.over.is_set():
                self.look(db, begin, before)
                time.sleep(0.02)

    def sum_up(self, flagged):
        """By policy and window; of rolling ones by policy, the buckets."""
        sums, buckets = collections.Counter(), collections.defaultdict(list)
        for path, model, at, nano, requests in flagged:
            for policy in self.world.touched(path, model):
                amount = nano if policy.unit == "usd" else requests
                if policy.rolling:
                    buckets[policy.number].append((bucket(policy.period, at), amount))
                else:
                    sums[policy.number, policy.place(self.world.zone, at)] += amount
        return sums, buckets

    def look(self, db, begin, before):
        db.run("BEGIN")
        counters = db.run(self.COUNTERS, begin)
        allowed, buckets = self.sum_up(db.run(self.FLAGGED, NOT_HELD, self.world.account, begin, "infinity"))
        db.run("COMMIT")
        self.looks += 1
        for number, used, limit, start, now, held, starts, parts in counters:
            policy = self.world.policies.get(number)
            if policy is None:
                continue
            more = allowed[number, start] + before[number, start]
            if policy.rolling:
                used = sum(n for b, n in zip(starts, parts) if b >= since(policy.period, now))
                more = sum(n for b, n in buckets[number] if b >= since(policy.period, now))
            self.tight[policy.period, policy.rolling] += used + held > limit * 8 // 10
            if used + held > limit + more:
                self.wrong.append(f"policy {vars(policy)} at {from_us(now)}, window {start and from_us(start)}: "
                                  f"{used} + {held} > {limit}, flagged {more}")


class World:
    """One account: a project for each kind of window, with what is beside its policy."""

    def __init__(self, cluster, db, clock, seed, zone):
        self.cluster, self.db, self.clock, self.zone = cluster, db, clock, zone
        self.name = zone.split("/")[-1].lower()
        self.seed = f"{seed}/{self.name}"
        self.pool, self.policies, self.paths, self.busy = Pool(), {}, [], []
        self.limits = collections.defaultdict(dict)      # policy -> moment -> the largest limit then
        self.turn = -1
        self.account = db.value("SELECT quotakit.create_account(%s, %s)", self.name, zone)
        self.act()
        for period, rolling in KINDS:
            root = ("rolling-" if rolling else "") + period
            for child in "ab":
                self.paths.append(f"{root}/{child}")
                db.run("SELECT quotakit.create_node(%s, 'openai')", self.paths[-1])
            self.policy(root, "usd", period, rolling)
            # Another window and another unit for one model, and one that only watches.
            self.policy(f"{root}/a", "requests", "minute", not rolling, "big")
            self.policy(f"{root}/b", "usd", "lifetime", False, "small", limit=9 * 10**6 * NANO)
            self.policy(f"{root}/b", "usd", "hour", False, enforcement="shadow")
        self.key = db.value("SELECT quotakit.create_key('windows')")

    def act(self):
        self.db.run("SELECT set_config('quotakit.account', %s, false)", self.name)

    def policy(self, path, unit, period, rolling, model=None, enforcement="strict", limit=None):
        limit = limit or (LIMIT if unit == "usd" else REQUESTS)
        number = self.db.value("SELECT quotakit.set_policy(%s, %s, %s, %s, %s, %s, %s, %s)", path, usd(limit) if unit == "usd" else limit,
                               unit, period, enforcement, "openai" if model else None, model, rolling)
        self.policies[number] = Policy(number, path, unit, period, rolling, model, enforcement)
        self.policies[number].limit = limit

    def touched(self, path, model):
        return [p for p in self.policies.values() if p.enforcement == "strict" and p.counts(path, model)]

    def long(self):
        """Policies of busy projects whose window would stay full for the rest of a moment."""
        return [p for p in self.policies.values() if p.enforcement == "strict" and p.period != "minute" and p.limit < 10**6 * NANO
                and any(path.startswith(p.path) for path in self.busy)]

    def start(self, moment):
        """New windows get their limit back; a lifetime gets so much more."""
        self.act()
        self.pool.clear()
        self.over, self.moment = threading.Event(), moment
        # Four projects are busy, so that their limits are met; each in its turn.
        self.turn += 1
        self.busy = [path for n in range(4) for path in self.paths[2 * ((4 * self.turn + n) % len(KINDS)):][:2]]
        for policy in self.policies.values():
            used = self.db.value("SELECT coalesce(max(used), 0) FROM quotakit.counter WHERE policy_id = %s", policy.number) \
                if policy.period == "lifetime" else 0
            if policy.limit < 10**6 * NANO:
                self.set_limit(policy, used + (LIMIT if policy.unit == "usd" else REQUESTS))
            else:
                self.limits[policy.number][moment] = policy.limit

    def set_limit(self, policy, limit):
        self.db.run("SELECT quotakit.set_limit(%s, %s)", policy.number, usd(limit) if policy.unit == "usd" else limit)
        policy.limit = limit
        self.limits[policy.number][self.moment] = limit


def moments(dice, zones, count):
    """Instants at which windows end, two years apart, so that what rolls begins anew; each with its zone."""
    for n in range(count):
        zone, year = zones[n % len(zones)], 2026 + 2 * n
        monday = datetime.date(year, 6, 8) - datetime.timedelta(days=datetime.date(year, 6, 8).weekday())
        sunday = datetime.date(year, 3, 31) - datetime.timedelta(days=datetime.date(year, 3, 31).isoweekday() % 7)
        summer = to_us(datetime.datetime(sunday.year, sunday.month, sunday.day, 1, tzinfo=datetime.timezone.utc))
        yield zone, dice.choice((day_start(datetime.date(year + 1, 1, 1), zone), day_start(datetime.date(year, 10, 1), zone),
                                 day_start(monday, zone), day_start(datetime.date(year, 2, 2), zone), summer))
