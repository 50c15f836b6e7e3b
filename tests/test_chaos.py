#!/usr/bin/env python3
"""Everything at once: sixteen connections reserve, settle, draw, release, extend and let expire
at random, while an administrator changes limits, archives nodes, adds and removes policies.

Afterwards the whole history is replayed from the tables in the order of the projects' locks:
nothing was granted above a limit that was in force, on an archived path or a frozen one; what
was acknowledged is there once, what was not is not. 20 seconds; two minutes with QUOTAKIT_LONG.
"""
import collections
import hashlib
import heapq
import json
import random
import threading
import time
import uuid

from harness import (Cluster, LONG, check, connect, database, done, equal, note, psycopg2, seed, together)

CONNECTIONS = 16
SECONDS = 120 if LONG else 20
# On a slow machine, or a server with assertions, it goes on until so many are granted.
GRANTS = 1000
NANO = 10**9
PROJECTS = ("a", "b")
PATHS = ("a", "a/x", "a/x/deep", "a/y", "b/z", "b/w")
UNITS = ("usd", "requests", "tokens")
SEED = seed()


def uuid7(dice):
    return str(uuid.UUID(int=time.time_ns() // 1000000 << 80 | 7 << 76 | dice.getrandbits(12) << 64 | 2 << 62 | dice.getrandbits(62)))


class Worker:
    """One connection's random calls, and what it was told about each id."""

    granted = 0     # by all

    def __init__(self, number, db, account, secret, stop):
        self.dice = random.Random(f"{SEED}/{number}")
        self.db, self.account, self.secret, self.stop = db, account, secret, stop
        self.single = number % 2 == 0
        self.open = collections.deque(maxlen=50)        # reservations
        self.leases = set()
        self.said = {}                                   # (kind of row, id) -> last word
        self.sent = collections.deque(maxlen=50)        # calls that were acknowledged
        self.counts = collections.Counter()
        self.odd = []

    def amount(self):
        return f"{self.dice.randint(0, 3 * NANO) / NANO:.9f}"

    def call(self, reserves):
        dice = self.dice
        if dice.random() < 0.05:
            again = [c for c in self.sent if (c["op"] == "reserve") == reserves]
            if again:
                return dict(dice.choice(again))
        if reserves:
            call = {"op": "reserve", "id": uuid7(dice), "path": dice.choice(PATHS), "usd": self.amount(),
                    "usage": {"input_tokens": dice.randint(0, 100)}, "ttl": dice.choice((1, 1, 60, 3600))}
            return {**call, "lease": True} if dice.random() < 0.3 else call
        if not self.open:
            return {"op": "log", "id": uuid7(dice), "path": dice.choice(PATHS), "usd": "0.01"}
        op = dice.choices(("settle", "draw", "release", "extend", "log"), (40, 25, 10, 10, 15))[0]
        target = dice.choice(self.open)
        if op == "log":
            return {"op": op, "id": uuid7(dice), "path": dice.choice(PATHS), "usd": self.amount()}
        if op == "draw":
            call = {"op": op, "id": uuid7(dice), "reservation": target, "usd": self.amount()}
            return {**call, "last": True} if dice.random() < 0.3 else call
        if op != "extend":
            self.open.remove(target)
        return {"settle": {"op": op, "id": target, "usd": self.amount()}, "release": {"op": op, "id": target},
                "extend": {"op": op, "id": target, "ttl": dice.choice((60, 1800))}}[op]

    def heard(self, call, outcome, answer):
        op = call["op"]
        self.counts[f"{op} {outcome}"] += 1
        if outcome in ("granted", "recorded"):
            kind = "reservation" if op == "reserve" else "event"
            self.said[kind, call["id"]] = outcome
            self.sent.append(call)
            if op == "reserve" and not answer.get("duplicate"):
                self.open.append(call["id"])
                Worker.granted += 1
        elif op in ("reserve", "log", "settle", "draw"):
            self.said.setdefault(("reservation" if op == "reserve" else "event", call["id"]), outcome)
        if outcome == "rejected" and answer.get("code") not in ("archived_path", "unknown_reservation"):
            self.odd.append(f"{call} {answer}")
        if outcome == "busy" and answer["sqlstate"] != "QK012":
            self.odd.append(f"{call} {answer}")

    def one(self, call):
        """By the single form, which waits; an error is an answer too."""
        op = call["op"]
        named = {"reserve": ("path", "usd", "ttl", "lease", "id"), "log": ("path", "usd", "id"), "settle": ("id", "usd"),
                 "draw": ("reservation", "usd", "last", "id"), "release": ("id",), "extend": ("id", "ttl")}[op]
        arguments = {k: call[k] for k in named if k in call}
        if "usage" in call:
            arguments["input_tokens"] = call["usage"]["input_tokens"]
        sql = f"SELECT outcome, answer FROM quotakit.{op}({', '.join(f'{k} => %s' for k in arguments)})"
        try:
            outcome, answer = self.db.row(sql, *arguments.values())
        except psycopg2.Error as error:
            # Archived; unknown; ended, settled or another path.
            if error.pgcode not in ("QK002", "QK005", "QK006"):
                self.odd.append(f"{call} {error.pgcode} {error}")
            outcome, answer = "error", {}
        self.heard(call, outcome, answer)

    def batch(self, calls):
        try:
            answers = self.db.run("SELECT outcome, answer FROM quotakit.batch(%s::int4[], %s::bytea[], %s::bytea[])",
                                  [self.account] * len(calls), [self.secret] * len(calls), [json.dumps(c).encode() for c in calls])
        except psycopg2.Error as error:
            self.odd.append(f"batch {error.pgcode} {error}")
            return
        again = []
        for call, (outcome, answer) in zip(calls, answers):
            answer = json.loads(answer)
            if outcome == "busy":
                again.append(call)
            self.heard(call, outcome, answer)
        # What was answered busy is sent again, once; nothing of it may have happened.
        if again and calls is not again and self.dice.random() < 0.5:
            self.batch(again)

    def run(self):
        while not self.stop.is_set():
            # Reservations and the rest apart, so that the order inside a batch does not matter to the replay.
            reserves = self.dice.random() < 0.5 or not self.open
            if self.single:
                self.one(self.call(reserves))
            else:
                calls = {c["id"]: c for c in (self.call(reserves) for _ in range(self.dice.randint(1, 8)))}
                self.batch(list(calls.values()))
        return self


class Administrator(threading.Thread):
    def __init__(self, cluster, stop):
        super().__init__(daemon=True)
        self.cluster, self.stop = cluster, stop
        self.dice = random.Random(f"{SEED}/administrator")
        self.counts = collections.Counter()
        self.odd = []

    def act(self, db):
        dice = self.dice
        policies = db.run("SELECT policy_id, unit FROM quotakit.policy WHERE archived_at IS NULL ORDER BY 1")
        number, unit = dice.choice(policies)
        path = dice.choice(PATHS[1:])
        what = dice.choice(("limit",) * 8 + ("enforcement", "add", "add", "remove", "archive", "freeze", "fold"))
        if what == "limit":
            # Near to what is used, above or below.
            used = db.value("SELECT coalesce(max(used), 0) FROM quotakit.counter WHERE policy_id = %s", number)
            slack = dice.randint(-10, 60) * {"usd": NANO, "requests": 1, "tokens": 50}[unit]
            limit = max(0, used + slack)
            db.run("SELECT quotakit.set_limit(%s, quotakit.in_unit(%s, %s))", number, limit, unit)
        elif what == "enforcement":
            db.run("SELECT quotakit.set_enforcement(%s, %s)", number, dice.choice(("strict", "strict", "strict", "block", "open", "shadow")))
        elif what == "add":
            db.run("SELECT quotakit.set_policy(%s, %s, %s, 'lifetime', 'strict', %s)", dice.choice(PATHS + PROJECTS),
                   dice.randint(500, 5000), dice.choice(UNITS), dice.choice((None, "house", "alien")))
        elif what == "remove" and len(policies) > 3:
            db.run("SELECT quotakit.remove_policy(%s)", number)
        elif what == "archive":
            db.run("SELECT quotakit.archive_node(%s)", path)
            time.sleep(0.05)
            db.run("SELECT quotakit.restore_node(%s)", path)
        elif what == "freeze":
            db.run("SELECT quotakit.freeze(%s, 'chaos')", path)
            time.sleep(0.05)
            db.run("SELECT quotakit.thaw(%s)", path)
        elif what == "fold":
            db.run("SELECT quotakit.fold_rollups()")
        self.counts[what] += 1

    def run(self):
        with connect(self.cluster, "quota", options="-c quotakit.account=chaos") as db:
            while not self.stop.is_set():
                try:
                    self.act(db)
                except psycopg2.Error as error:
                    if error.pgcode != "QK013":     # ten policies
                        self.odd.append(f"{error.pgcode} {error}")
                time.sleep(self.dice.uniform(0, 0.1))


class Prover(threading.Thread):
    """verify() at ten moments in between."""

    def __init__(self, cluster, stop):
        super().__init__(daemon=True)
        self.cluster, self.stop = cluster, stop
        self.times, self.found = 0, []

    def run(self):
        with connect(self.cluster, "quota") as db:
            while self.times < 10:
                self.stop.wait(SECONDS / 12)
                try:
                    self.found += db.run("SELECT * FROM quotakit.verify()")
                except psycopg2.Error as error:
                    self.found.append(str(error))
                self.times += 1


# -- the history, replayed

class Replay:
    """Goes through one project's history in the order of its lock and checks each grant."""

    def __init__(self, root):
        self.root = root
        self.nodes, self.policies = {}, {}
        self.used = collections.Counter()        # (node, unit)
        self.open = {}                           # reservation -> (node, amounts, expires)
        self.held = collections.Counter()        # (node, unit)
        self.ends = []
        self.wrong = []
        self.checked = self.tight = 0

    def under(self, node, top):
        return node["path"] == top["path"] or node["path"].startswith(top["path"] + "/")

    def counted(self, sums, policy):
        top = self.nodes[policy["node_id"]]
        return sum(sums[number, policy["unit"]] for number, node in self.nodes.items()
                   if self.under(node, top) and policy["service"] in (None, node["service"]))

    def free(self, identity):
        node, amounts, _ = self.open.pop(identity)
        for unit, amount in amounts.items():
            self.held[node, unit] -= amount

    def grant(self, at, rows):
        """The rows of one batch's grants, with the state as it was before."""
        for row in rows:
            node = self.nodes[row["node_id"]]
            for top in self.nodes.values():
                if self.under(node, top) and (top["archived_at"] or top["frozen_reason"]):
                    self.wrong.append(f"{at}: granted on {node['path']} while {top['path']} is archived or frozen")
        for policy in self.policies.values():
            top = self.nodes[policy["node_id"]]
            touching = [r for r in rows if self.under(self.nodes[r["node_id"]], top)
                        and policy["service"] in (None, self.nodes[r["node_id"]]["service"])]
            if not touching or policy["archived_at"] or policy["enforcement"] not in ("strict", "block"):
                continue
            self.checked += 1
            used, held = self.counted(self.used, policy), self.counted(self.held, policy)
            asked = sum(r[policy["unit"]] for r in touching)
            limit = policy["limit_amount"]
            self.tight += used + held + asked > limit * 9 // 10
            if policy["enforcement"] == "block" and used >= limit:
                self.wrong.append(f"{at}: granted, while block policy {policy['policy_id']} had {used} of {limit}")
            elif policy["enforcement"] == "strict" and used + held + asked > limit:
                self.wrong.append(f"{at}: policy {policy['policy_id']}: {used} + {held} + {asked} > {limit}")

    def batch(self, at, reservations, events):
        while self.ends and self.ends[0][0] <= at:
            ends, identity = heapq.heappop(self.ends)
            if identity in self.open and self.open[identity][2] == ends:
                self.free(identity)
        self.grant(at, [r for r in reservations if r["seq"] == 0])
        for row in sorted(reservations, key=lambda r: r["seq"]):
            if row["id"] in self.open:
                self.free(row["id"])
            if row["is_open"] and row["expires_at"] > at:
                self.open[row["id"]] = (row["node_id"], {u: row[u] for u in UNITS}, row["expires_at"])
                for unit in UNITS:
                    self.held[row["node_id"], unit] += row[unit]
                heapq.heappush(self.ends, (row["expires_at"], row["id"]))
        for row in events:
            if row["id"] in self.open:
                self.free(row["id"])
            for unit in UNITS:
                self.used[row["node_id"], unit] += row[unit]


def replay(db):
    steps = []          # (when, order, what)
    nodes = {r["node_id"]: r for r in db.dicts("SELECT node_id, path::text, service FROM quotakit.node")}
    for row in db.dicts("SELECT at, object, after FROM quotakit.audit_log WHERE object IN ('node', 'policy') AND after IS NOT NULL"):
        steps.append((row["at"], nodes[row["after"]["node_id"]]["path"].split("/")[0], row["object"], row["after"]))
    batches = collections.defaultdict(lambda: ([], []))
    for row in db.dicts("SELECT recorded_at, reservation_id::text AS id, seq, is_open, node_id, usd, requests, tokens, expires_at"
                        " FROM quotakit.reservation"):
        batches[row["recorded_at"], nodes[row["node_id"]]["path"].split("/")[0]][0].append(row)
    for row in db.dicts("SELECT recorded_at, event_id::text AS id, node_id, usd, requests, input_tokens + output_tokens AS tokens"
                        " FROM quotakit.event"):
        batches[row["recorded_at"], nodes[row["node_id"]]["path"].split("/")[0]][1].append(row)
    steps += [(at, root, "batch", rows) for (at, root), rows in batches.items()]
    projects = {root: Replay(root) for root in PROJECTS}
    for at, root, what, rows in sorted(steps, key=lambda s: s[0]):
        project = projects[root]
        if what == "node":
            project.nodes[rows["node_id"]] = rows
        elif what == "policy":
            project.policies[rows["policy_id"]] = rows
        else:
            project.batch(at, *rows)
    return projects.values()


# -- a session that sleeps

def sleeper(cluster, account, secret):
    """It reserved on project b and sits in its transaction."""
    with connect(cluster, "quota", options="-c quotakit.account=chaos") as asleep, connect(cluster, "quota") as lane:
        dice = random.Random(SEED)

        def batch():
            calls = [{"op": "reserve", "id": uuid7(dice), "path": p, "usd": "0.01"} for p in ("b/z", "a/x", "b/w", "a/y")]
            started = time.monotonic()
            rows = lane.run("SELECT outcome FROM quotakit.batch(%s::int4[], %s::bytea[], %s::bytea[])",
                            [account] * 4, [secret] * 4, [json.dumps(c).encode() for c in calls])
            return [r[0] for r in rows], time.monotonic() - started

        batch()
        asleep.raw.autocommit = False
        asleep.run("SELECT quotakit.reserve('b/z', usd => 1)")
        outcomes, seconds = batch()
        equal("R6: the sleeper's project is answered busy, the other goes on", outcomes, ["busy", "granted", "busy", "granted"])
        check("R6: after batch_lock_wait", 0.045 < seconds < 1, seconds)

        def others(_number, db):
            return [db.value("SELECT outcome FROM quotakit.reserve('a/x', usd => 0.01)") for _ in range(20)]
        results = together(cluster, 4, others, options="-c quotakit.account=chaos")
        check("others do not notice the sleeper", all(o == "granted" for r in results for o in r), results)
        asleep.raw.rollback()
        equal("when it wakes all goes on", batch()[0], ["granted"] * 4)


def storm(cluster, account, secret):
    """The same events that cannot be placed, from everywhere at once and in any order."""
    waves = [[b'{"op":"log","id":"%s","path":"nowhere/%d"}' % (uuid7(random).encode(), n) for n in range(400)] for _ in range(6)]

    def work(number, db):
        dice = random.Random(f"{SEED}/storm/{number}")
        failed = []
        for wave in waves:
            calls = dice.sample(wave, len(wave))
            try:
                db.run("SELECT quotakit.batch(%s::int4[], %s::bytea[], %s::bytea[])", [account] * len(calls), [secret] * len(calls), calls)
            except psycopg2.Error as error:
                failed.append(error.pgcode)
        return failed

    failed = sum(together(cluster, 8, work), [])
    equal("R3: events that cannot be placed come from everywhere without a deadlock", failed, [])
    with connect(cluster, "quota") as db:
        equal("R3: and are kept once", db.value("SELECT count(*) FROM quotakit.rejected_event"), sum(map(len, waves)))


def end(stop):
    started = time.monotonic()
    while time.monotonic() < started + SECONDS or Worker.granted < GRANTS and time.monotonic() < started + 10 * SECONDS:
        time.sleep(0.2)
    stop.set()


def main():
    with Cluster() as cluster, database(cluster) as db:
        account = db.value("SELECT quotakit.create_account('chaos')")
        secret = hashlib.sha256(db.value("SELECT quotakit.create_key('gateway')").encode()).digest()
        db.run("SELECT quotakit.create_service('house'), quotakit.create_service('alien')")
        for n, path in enumerate(PATHS + ("b",)):
            db.run("SELECT quotakit.create_node(%s, %s)" if path != "b" else "SELECT quotakit.set_service(%s, %s)",
                   path, ("house", "alien")[n % 2])
        sleeper(cluster, account, secret)
        storm(cluster, account, secret)
        for path, unit, limit in (("a", "usd", 200), ("b", "usd", 100), ("a/x", "usd", 100), ("a/y", "requests", 400), ("b/z", "tokens", 5000)):
            db.run("SELECT quotakit.set_policy(%s, %s, %s, 'lifetime', 'strict')", path, limit, unit)
        # Holds end on the minute: one has to pass.
        if not LONG:
            time.sleep((60 - SECONDS / 2 - time.time()) % 60)

        stop = threading.Event()
        administrator, prover = Administrator(cluster, stop), Prover(cluster, stop)
        administrator.start()
        prover.start()
        threading.Thread(target=end, args=(stop,), daemon=True).start()
        workers = together(cluster, CONNECTIONS, lambda number, c: Worker(number, c, account, secret, stop).run(),
                           options="-c quotakit.account=chaos")
        administrator.join()
        prover.join()

        counts = sum((w.counts for w in workers), collections.Counter())
        note(", ".join(f"{v} {k}" for k, v in sorted(counts.items())))
        note("administrator: " + ", ".join(f"{v} {k}" for k, v in sorted(administrator.counts.items())))
        odd = [o for w in workers for o in w.odd] + administrator.odd
        equal("no deadlock, no other error", odd[:3], [])
        log = [line for line in cluster.log_text().splitlines() if "deadlock" in line or "PANIC" in line or "TRAP" in line or "repair" in line]
        equal("nor in the server's log", log[:3], [])
        check("R9: verify() finds nothing at ten moments", prover.times == 10 and not prover.found, prover.found[:3])
        equal("R9: nor at the end", db.run("SELECT * FROM quotakit.verify()")[:3], [])

        said = {}
        for w in workers:
            said.update(w.said)
        there = {(kind, str(i)): n for kind, i, n in db.run(
            "SELECT 'event', event_id, count(*) FROM quotakit.event GROUP BY event_id UNION ALL"
            " SELECT 'reservation', reservation_id, count(*) FROM quotakit.reservation WHERE seq = 0 GROUP BY reservation_id")}
        acknowledged = {k for k, v in said.items() if v in ("granted", "recorded")}
        lost = [k for k in acknowledged if there.get(k) != 1]
        equal(f"R3, R4: {len(acknowledged)} acknowledged calls are there once", lost[:3], [])
        unasked = [k for k in set(said) - acknowledged if k in there]
        equal(f"R4: {len(said) - len(acknowledged)} refused, rejected or busy ones are not", unasked[:3], [])
        check("every kind of answer came up", {"reserve granted", "reserve refused", "settle recorded", "draw recorded", "release released",
              "extend extended", "log recorded", "reserve rejected", "reserve error"} <= set(counts), sorted(counts))

        projects = replay(db)
        wrong = [w for p in projects for w in p.wrong]
        checked, tight = sum(p.checked for p in projects), sum(p.tight for p in projects)
        note(f"{checked} grants checked against a policy in force, {tight} of them within 10 % of the limit")
        equal("R6, R11: nothing was granted above a limit in force, nor on what was archived or frozen", wrong[:3], [])
        check("the limits were met", tight > 50, tight)
        expired = db.value("SELECT count(*) FROM quotakit.reservation WHERE seq = 0 AND expires_at < clock_timestamp()")
        check("reservations expired", expired > 0, expired)
    done()


if __name__ == "__main__":
    main()
