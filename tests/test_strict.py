#!/usr/bin/env python3
"""Strictness (R6): sixteen connections, one root cap, and a reader who looks all the while.

20,000 reservations of random amounts on eight paths, single and in small batches. At no
committed state does what is used and held pass the limit by one nano, and what is left at
the end is less than the smallest amount that the root refused. The same run against a
library built with -DQUOTAKIT_WITHOUT_LOCKS must overshoot, or the test shows nothing.
"""
import json
import os
import random
import shutil
import tempfile
import threading
import time
import uuid

from harness import (Cluster, check, connect, database, done, equal, note, psycopg2, seed, together)
from pg_cluster import TEST_SETTINGS
from without_locks import library_without_locks

CONNECTIONS = 16
PATHS = 8
RESERVATIONS = 20000
NANO = 10**9
# Mean amount $5: the cap is met after about two thirds of them.
LARGEST = 10 * NANO
LIMIT = RESERVATIONS * LARGEST // 3
SEED = seed()
STAT = "SELECT calls, batches, lock_waits, lock_wait_ms, lock_timeouts FROM quotakit.stat"


def usd(nano):
    return f"{nano // NANO}.{nano % NANO:09d}"


def uuid7(dice):
    millis = time.time_ns() // 1000000
    return str(uuid.UUID(int=millis << 80 | 7 << 76 | dice.getrandbits(12) << 64 | 2 << 62 | dice.getrandbits(62)))


def work(number, db):
    """Reserves its share; returns what it was granted, the least that the root refused, and what its session counted."""
    dice = random.Random(f"{SEED}/{number}")
    left = RESERVATIONS // CONNECTIONS
    granted, least, refused, odd = 0, None, 0, []
    while left > 0:
        size = 1 if dice.random() < 0.5 else min(left, dice.randint(2, 12))
        amounts = [dice.randint(1, LARGEST) for _ in range(size)]
        paths = [f"race/p{dice.randrange(PATHS)}" for _ in range(size)]
        left -= size
        try:
            if size == 1:
                answers = db.run("SELECT outcome, answer FROM quotakit.reserve(%s, usd => %s, ttl => 3600)",
                                 paths[0], usd(amounts[0]))
            else:
                answers = db.run("SELECT outcome, answer FROM quotakit.batch(%s)", json.dumps(
                    [{"op": "reserve", "id": uuid7(dice), "path": p, "usd": usd(a), "ttl": 3600}
                     for p, a in zip(paths, amounts)]))
        except psycopg2.Error as error:
            odd.append(str(error.pgcode))
            continue
        for amount, (outcome, answer) in zip(amounts, answers):
            if outcome == "granted":
                granted += amount
            elif outcome == "refused" and answer["path"] == "race":
                refused += 1
                least = amount if least is None else min(least, amount)
            else:
                # busy cannot be: the setting lets a batch wait.
                odd.append(outcome)
    return granted, refused, least, odd, db.row(STAT)


class Reader(threading.Thread):
    """Looks at every committed state it can get hold of, from counters and from reservations."""

    LOOK = """
        SELECT (SELECT c.used + coalesce((SELECT sum(a) FROM unnest(c.hold_until, c.hold_amount) AS h(u, a)
                                          WHERE u > clock_timestamp()), 0)
                FROM quotakit.counter c WHERE c.policy_id = %s ORDER BY c.seq DESC LIMIT 1),
               (SELECT sum(r.usd) FROM quotakit.reservation r WHERE r.is_open AND r.expires_at > clock_timestamp())"""

    def __init__(self, cluster, policy):
        super().__init__(daemon=True)
        self.cluster, self.policy = cluster, policy
        self.ends = threading.Event()
        self.looks, self.most_counted, self.most_held, self.apart = 0, 0, 0, 0
        self.error = None

    def run(self):
        try:
            with connect(self.cluster, "quota") as db:
                while not self.ends.is_set():
                    counted, held = (int(x or 0) for x in db.row(self.LOOK, self.policy))
                    self.looks += 1
                    self.most_counted = max(self.most_counted, counted)
                    self.most_held = max(self.most_held, held)
                    self.apart += counted != held
                    time.sleep(0.02)
        except psycopg2.Error as error:
            self.error = error


def race(library=None):
    with Cluster() as cluster:
        if library:
            cluster.stop()
            place = os.path.join(cluster.directory, "without-locks")
            shutil.copytree(library, place)
            cluster.settings = {**TEST_SETTINGS, "dynamic_library_path": f"'{place}:$libdir'"}
            cluster.start()
        with database(cluster) as db:
            db.run("SELECT quotakit.create_account('race')")
            db.run("SELECT quotakit.create_node('race')")
            for n in range(PATHS):
                db.run("SELECT quotakit.create_node(%s, 'openai')", f"race/p{n}")
            policy = db.value("SELECT quotakit.set_policy('race', %s, period => 'lifetime', enforcement => 'strict')",
                              usd(LIMIT))
            # Policies below, so that the deciding one is one of three a call.
            for n in range(PATHS):
                db.run("SELECT quotakit.set_policy(%s, 9e6, period => 'day', enforcement => 'strict'),"
                       "       quotakit.set_policy(%s, 1e9, 'requests', 'hour', 'open')", f"race/p{n}", f"race/p{n}")
            reader = Reader(cluster, policy)
            reader.start()
            started = time.monotonic()
            results = together(cluster, CONNECTIONS, work, options="-c quotakit.batch_lock_wait=60s")
            seconds = time.monotonic() - started
            reader.ends.set()
            reader.join()
            held = int(db.value("SELECT sum(usd) FROM quotakit.reservation WHERE is_open"))
            counted = db.value("SELECT used + (SELECT sum(a) FROM unnest(hold_amount) a) FROM quotakit.counter"
                               " WHERE policy_id = %s ORDER BY seq DESC LIMIT 1", policy)
            return {
                "told": sum(r[0] for r in results), "refused": sum(r[1] for r in results),
                "least": min((r[2] for r in results if r[2] is not None), default=None),
                "odd": sorted({o for r in results for o in r[3]}),
                "held": held, "counted": int(counted), "reader": reader, "seconds": seconds,
                "verify": db.run("SELECT * FROM quotakit.verify()"),
                # From PostgreSQL 17 on the view shows all sessions, before that each its own.
                "stat": db.row(STAT) if db.raw.server_version >= 170000 else tuple(map(sum, zip(*(r[4] for r in results)))),
            }


def main():
    r = race()
    reader = r["reader"]
    note(f"with locks: {r['refused']} refused, {reader.looks} looks of the reader, {r['seconds']:.1f} s;"
         f" left {usd(LIMIT - r['held'])}, least refused {usd(r['least'] or 0)}")
    equal("R6: nothing but grants and refusals of the root is answered", r["odd"], [])
    check("R6: the reader looked while they raced", reader.error is None and reader.looks > 20,
          f"{reader.looks} {reader.error}")
    check("R6: used and held of the counter never passes the limit", reader.most_counted <= LIMIT,
          usd(reader.most_counted))
    check("R6: the sum of open reservations never passes the limit", reader.most_held <= LIMIT, usd(reader.most_held))
    equal("R9: counter and reservations agree at every committed state", reader.apart, 0)
    equal("what was granted is what is held", r["told"], r["held"])
    equal("and what is counted", r["counted"], r["held"])
    check("the cap was met", r["refused"] > 100, r["refused"])
    check("R6: what is left is less than the smallest amount refused",
          r["least"] is not None and 0 <= LIMIT - r["held"] < r["least"],
          f"left {usd(LIMIT - r['held'])}, refused {r['least']}")
    equal("R9: verify() finds nothing", r["verify"], [])
    calls, batches, waits, wait_ms, timeouts = r["stat"]
    note(f"view stat: {r['stat']}")
    check("view stat counts the calls, and that they waited for each other",
          calls == RESERVATIONS > batches > 0 and waits > 100 and wait_ms > 0 and timeouts == 0, r["stat"])

    with tempfile.TemporaryDirectory() as library:
        os.chmod(library, 0o755)
        library_without_locks(library)
        r = race(library)
    over = max(r["held"], r["reader"].most_held) - LIMIT
    note(f"without locks: {usd(max(over, 0))} above the limit, {len(r['verify'])} rows of verify()")
    check("without locks the same test overshoots", over > 0, f"{over}")
    done()


main()
