#!/usr/bin/env python3
"""Windows and their ends (R6, R13): leases, draws, settlements and extensions with ids on both sides of them.

All periods by the calendar and rolling, while the clock runs and is set back: two SQL sessions and two
clients of the gateway call at the same time, and a reader looks all the while. In the end the ledger alone is
summed up: of what was held for, not a nano lies beyond a strict limit, in no window, calendar or rolling; and
what nothing was held for says so. One minute, or an hour with QUOTAKIT_LONG=1.
"""
import collections
import os
import random
import sys
import threading
import time

from clock import ClockCluster
from gateway_client import Gateway, build
from harness import LONG, check, database, done, equal, note, seed
from model import NANO
from model_time import MINUTE, ROLLING, bucket, from_us
from windows_world import KINDS, NOT_HELD, Clock, HttpCaller, Reader, SqlCaller, World, moments

SECONDS = int(os.environ.get("QUOTAKIT_SECONDS") or (3600 if LONG else 55))
# Of a moment: it crosses the ends of windows, and the calls on both sides meet the limits.
MOMENT = 6 if SECONDS < 600 else 30
ZONES = ("UTC", "Europe/Berlin")
SEED = seed()


# -- what the ledger says, without the counters

class Audit:
    def __init__(self, world):
        self.world = world
        db = world.db
        self.events = [dict(zip(("id", "at", "path", "model", "usd", "requests", "flags", "source", "recorded"), row)) for row in db.run(
            """SELECT e.event_id::text, (extract(epoch FROM e.at) * 1000000)::int8, n.path::text, e.model, e.usd, e.requests, e.flags,
                 coalesce(e.ref_id, e.event_id)::text, e.recorded_at
               FROM quotakit.event e JOIN quotakit.node n USING (account_id, node_id) WHERE e.account_id = %s""", world.account)]
        self.granted, self.ends, self.leases = {}, {}, set()
        for identity, at, seq, path, model, nano, requests, ends, lease in db.run(
                """SELECT r.reservation_id::text, (extract(epoch FROM r.at) * 1000000)::int8, r.seq, n.path::text, r.model, r.usd, r.requests,
                     r.expires_at, r.is_lease
                   FROM quotakit.reservation r JOIN quotakit.node n USING (account_id, node_id) WHERE r.account_id = %s
                   ORDER BY r.reservation_id, r.seq""", world.account):
            if seq == 0:
                self.granted[identity] = {"at": at, "path": path, "model": model, "usd": nano, "requests": requests}
            if lease:
                self.leases.add(identity)
            self.ends[identity] = max(ends, self.ends.get(identity, ends))

    def why_not_held(self, event):
        """What of its reservation does not hold the event in a strict policy that counts it; None if all does."""
        source, w = self.granted.get(event["source"]), self.world
        policies = w.touched(event["path"], event["model"])
        if not policies:
            return None
        if source is None:
            return "nothing was reserved"
        if event["recorded"] >= self.ends[event["source"]]:
            return "it had ended"
        drawn = event["source"] != event["id"]
        for policy in w.policies.values():
            counts, held = policy.counts(event["path"], event["model"]), policy.counts(source["path"], source["model"])
            if policy.enforcement != "strict" or not (counts or held and drawn):
                continue
            if counts != held:
                return f"policy {policy.number} is for another model"
            if policy.place(w.zone, event["at"]) != policy.place(w.zone, source["at"]):
                return f"policy {policy.number} holds in another window"
            if policy.rolling and bucket(policy.period, event["at"]) < bucket(policy.period, source["at"]):
                return f"policy {policy.number} was not asked for so early a time"
        return None

    def flags(self):
        """Events that say they were held for and were not; and those that say they were not, though they were."""
        hidden, needless = [], []
        # By reservation and policy: what came out of it, and what of that is said to have been held.
        drawn, held = collections.Counter(), collections.Counter()
        for event in self.events:
            why = self.why_not_held(event)
            if why and not event["flags"] & NOT_HELD:
                hidden.append((why, event))
            for policy in () if why else self.world.touched(event["path"], event["model"]):
                drawn[event["source"], policy] += event[policy.unit]
                held[event["source"], policy] += 0 if event["flags"] & NOT_HELD else event[policy.unit]
        hidden += [("more was drawn than granted", identity, amount, vars(policy), self.granted[identity])
                   for (identity, policy), amount in held.items() if amount > self.granted[identity][policy.unit]]
        for event in self.events:
            # Late ones have their reasons, of the clock's; of the rest, those whose reservation was large enough for all.
            if event["flags"] & 4 and not self.why_not_held(event) and all(
                    drawn[event["source"], p] <= self.granted[event["source"]][p.unit] for p in self.world.touched(event["path"], event["model"])):
                needless.append(event)
        return hidden, needless

    def beyond(self):
        """Strict policies whose limit was passed in some window by what was held for."""
        wrong = []
        for policy in self.world.policies.values():
            if policy.enforcement != "strict":
                continue
            events = sorted((e["at"], e[policy.unit]) for e in self.events
                            if not e["flags"] & NOT_HELD and policy.counts(e["path"], e["model"]))
            for at, total in self.rolling(policy, events) if policy.rolling else self.calendar(policy, events):
                limit = self.limit(policy, at)
                if total > limit:
                    wrong.append(f"{policy.path} {policy.unit} {policy.period} rolling={policy.rolling} {policy.model} at {from_us(at)}: {total} > {limit}")
        return wrong

    def calendar(self, policy, events):
        sums, last = collections.Counter(), {}
        for at, amount in events:
            place = policy.place(self.world.zone, at)
            sums[place] += amount
            last[place] = at
        return [(last[place], total) for place, total in sums.items()]

    @staticmethod
    def rolling(policy, events):
        """Every window that ends with an event: (at - length, at]."""
        length, first, total = ROLLING[policy.period][0], 0, 0
        for at, amount in events:
            total += amount
            while events[first][0] <= at - length:
                total -= events[first][1]
                first += 1
            yield at, total

    def limit(self, policy, at):
        """The largest in the moment that the time lies near; of a lifetime the largest of all."""
        limits = self.world.limits[policy.number]
        if policy.period == "lifetime":
            return max(limits.values())
        return limits[min(limits, key=lambda moment: abs(moment - at))]


# -- a moment

def moment(world, clock, gateway, at, number, dice):
    """Callers on every road, from a few minutes before; the limits of long windows are raised as they fill."""
    world.clock = clock
    clock.newest = 0
    clock.set(at - MINUTE * 3 // 4)
    world.start(at)
    callers = [SqlCaller(world, f"{number}/sql/{n}", world.name) for n in range(2)] + [
        HttpCaller(world, f"{number}/http/{n}", gateway, world.key) for n in range(2)]
    world.barrier = threading.Barrier(len(callers) + 1)
    reader = Reader(world)
    for caller in callers:
        caller.start()
    world.barrier.wait(60)
    reader.start()
    ends = time.monotonic() + MOMENT
    while time.monotonic() < ends:
        time.sleep(0.5)
        policy = dice.choice(world.long())
        world.set_limit(policy, policy.limit + (NANO if policy.unit == "usd" else 1))
    world.over.set()
    for thread in callers + [reader]:
        thread.join(60)
    callers[0].odd += [f"{thread.name} hangs" for thread in callers + [reader] if thread.is_alive()]
    return callers, reader


def main():
    build()
    dice = random.Random(SEED)
    counts, odd, wrong, unproved = collections.Counter(), [], [], []
    looks, tight = 0, collections.Counter()
    with ClockCluster("2026-01-01 00:00:00") as cluster, database(cluster) as db:
        db.run("SELECT quotakit.make_roles(), quotakit.make_gateway_role()")
        clock = Clock(cluster, dice, 0)
        worlds = {zone: World(cluster, db, clock, SEED, zone) for zone in ZONES}
        with Gateway(cluster, "quota") as gateway:
            clock.set(min(at for _, at in moments(random.Random(SEED), ZONES, 1)) - 3 * MINUTE)
            clock.start()
            for number, (zone, at) in enumerate(moments(random.Random(SEED), ZONES, max(2, SECONDS // MOMENT))):
                callers, reader = moment(worlds[zone], clock, gateway, at, number, dice)
                counts.update(sum((c.counts for c in callers), collections.Counter()))
                odd += [o for c in callers for o in c.odd]
                wrong += reader.wrong
                looks, tight = looks + reader.looks, tight + reader.tight
                unproved += db.run("SELECT * FROM quotakit.verify(%s)", worlds[zone].name)
                if wrong or unproved or odd:
                    break
            clock.stop.set()
            clock.join()
        note(", ".join(f"{n} {k}" for k, n in sorted(counts.items())))
        note(f"{looks} looks of the reader, {sum(tight.values())} counters within a fifth of their limit; the clock was set back {clock.back} times")
        equal("nothing else is answered", odd[:3], [])
        check("R6: at no time is more used and held than a limit, but for what is flagged", not wrong, "\n".join(wrong[:5]))
        check("the reader looked, and limits of most kinds were met", looks > 10 and len(+tight) > len(KINDS) // 2, (looks, tight))
        equal("R9: verify() finds nothing after any moment", unproved[:5], [])
        for world in worlds.values():
            audit = Audit(world)
            beyond = audit.beyond()
            hidden, needless = audit.flags()
            note(f"{world.name}: {len(audit.events)} events, {len(audit.granted)} reservations, {len(audit.leases)} leases;"
                 f" {sum(e['flags'] & NOT_HELD != 0 for e in audit.events)} flagged")
            check(f"{world.name}: R6: in no window is more than its limit spent of what was held for", not beyond, "\n".join(beyond[:5]))
            check(f"{world.name}: R3: what nothing was held for is flagged", not hidden, "\n".join(map(str, hidden[:5])))
            check(f"{world.name}: and nothing else is flagged unreserved", not needless, "\n".join(map(str, needless[:5])))
        check("the clock was set back", clock.back > 20, clock.back)
        kinds = {"reserve refused quota", "reserve refused window_ended", "draw unreserved", "draw late", "settle recorded", "settle late",
                 "settle unreserved", "extend extended", "extend conflict", "release released", "log unreserved"}
        check("every kind of answer came up", kinds <= set(counts), sorted(kinds - set(counts)))
        log = cluster.complaints("WARNING", "PANIC", "does not hold", "cannot hold")
        equal("the server warned of nothing", log[:5], [])
    done()


if __name__ == "__main__":
    sys.setrecursionlimit(10000)
    main()
