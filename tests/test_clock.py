#!/usr/bin/env python3
"""Time that goes back (R6): a step of the clock, and a failover to a server whose clock is behind.

Each story sets the clock, so that it is exact. What had ended stays ended, nothing that was
counted is forgotten, verify() finds nothing, and calls with right ids are answered.
"""
import datetime
import json
import sys

from clock import ClockCluster
from harness import check, database, done, equal

START = datetime.datetime(2026, 3, 10, 12, 0, 0, tzinfo=datetime.timezone.utc)


class World:
    """One project with its clock. Times are seconds after START."""

    def __init__(self, cluster, db):
        self.cluster, self.db = cluster, db
        self.made = 0

    def clock(self, second):
        self.cluster.set_clock((START + datetime.timedelta(seconds=second)).strftime("%Y-%m-%d %H:%M:%S"))

    def at(self, second):
        """A new id of that second."""
        return self.db.value("SELECT quotakit.uuid7(%s)", START + datetime.timedelta(seconds=second))

    def path(self, *policies):
        """A new project with policies (limit, unit, period, rolling, model)."""
        self.made += 1
        path = f"p{self.made}"
        self.db.run("SELECT quotakit.create_node(%s, 'openai')", path)
        for policy in policies:
            self.policy(path, *policy)
        return path

    def policy(self, path, limit, unit="requests", period="lifetime", rolling=False, model=None):
        return self.db.value("SELECT quotakit.set_policy(%s, %s, %s, %s, 'strict', %s, %s, %s)", path, limit, unit, period,
                             "openai" if model else None, model, rolling)

    def call(self, op, **call):
        return self.db.value("SELECT answer FROM quotakit.batch(%s)", json.dumps([{"op": op, **call}]))

    def reserve(self, path, second, ttl=1, **call):
        """An answer to a reservation with an id of that second."""
        return self.call("reserve", id=str(self.at(second)), path=path, usd="0", ttl=ttl, **call)

    def held(self, path):
        return self.db.run("SELECT used::int4, held::int4 FROM quotakit.policy_status WHERE path::text = %s ORDER BY policy_id", path)

    def proved(self, name):
        equal(f"{name}: verify() finds nothing", self.db.run("SELECT * FROM quotakit.verify()"), [])


def expired_holds(w):
    """A hold that had ended, and whose room was given away, does not come back."""
    w.clock(5)
    path = w.path((1,), (5, "tokens"))
    first = w.reserve(path, 5, usage={"input_tokens": 5})
    equal("a hold to the end of the minute", (first["outcome"], first["expires_at"]), ("granted", "2026-03-10T12:01:00Z"))
    w.clock(61)
    second = w.reserve(path, 61, usage={"input_tokens": 0})
    equal("when it has ended, its room is another's", second["outcome"], "granted")
    w.clock(59)
    equal("a step back does not bring it back: what is held is the limit", w.held(path)[0], (0, 1))
    w.proved("the clock before the end of a hold that had ended")
    third = w.reserve(path, 59)
    equal("and nothing is granted", (third["outcome"], third.get("held")), ("refused", "1"))
    equal("nor extended", w.call("extend", id=first["id"])["outcome"], "conflict")
    late = w.call("settle", id=first["id"], usd="0", usage={"input_tokens": 1})
    equal("settled it is late", late["flags"], ["late"])
    # Of the policy whose counter had not seen the end, the hold is freed all the same.
    equal("and it is freed wherever it was still held", w.held(path), [(1, 1), (1, 0)])
    w.proved("settled after a step back")
    w.clock(300)
    w.proved("when the clock has caught up")


def new_holds(w):
    """What is granted while the clock is behind ends after what was decided before."""
    w.clock(400)
    path = w.path((3,))
    w.call("log", id=str(w.at(400)), path=path, usd="0")
    w.clock(395)
    made = w.reserve(path, 395, ttl=1)
    equal("an end is after the newest decision", made["expires_at"], "2026-03-10T12:07:00Z")
    w.clock(100)
    made = w.reserve(path, 100, ttl=30)
    equal("also when the clock is five minutes behind that", made["expires_at"], "2026-03-10T12:08:00Z")
    equal("three of three", w.held(path), [(1, 2)])
    w.proved("holds that were made behind the newest decision")


def refusal_of_leases(w):
    """A lease in a window that had ended is refused, whatever the clock says."""
    w.clock(500)
    path = w.path((1, "requests", "minute"))
    lease = w.reserve(path, 500, ttl=300, lease=True)
    equal("a lease ends with its minute", lease["expires_at"], "2026-03-10T12:09:00Z")
    w.clock(541)
    equal("a draw after that is late", w.call("draw", id=str(w.at(530)), reservation=lease["id"], usd="0")["flags"], ["late"])
    w.clock(535)
    again = w.reserve(path, 535, lease=True)
    equal("in that minute no lease is granted any more", (again["outcome"], again["reason"], again["resets_at"]),
          ("refused", "window_ended", "2026-03-10T12:09:01Z"))
    equal("nor is the old one alive", w.call("extend", id=lease["id"])["outcome"], "conflict")
    w.proved("a lease behind its end")


def rolling(w):
    """Buckets that had left a rolling window are not forgotten for the ids that lie in it."""
    w.clock(1000)
    path = w.path((2, "requests", "minute", True))
    for _ in range(2):
        made = w.reserve(path, 1000)
        equal("two in a minute", w.call("settle", id=made["id"], usd="0")["outcome"], "recorded")
    w.clock(1200)
    made = w.reserve(path, 1200)
    w.call("settle", id=made["id"], usd="0")
    for back in (1030, 1000, 1001):
        w.clock(back)
        answer = w.reserve(path, back)
        equal(f"{1200 - back} s back it is full again", (answer["outcome"], answer.get("reason"), answer.get("used")), ("refused", "quota", "3"))
        w.proved(f"{1200 - back} s back")
    # As far back that it is not known what was used: nothing is granted on trust.
    w.clock(890)
    answer = w.reserve(path, 890)
    equal("further than it remembers it refuses", (answer["outcome"], answer["reason"], answer["resets_at"]),
          ("refused", "window_ended", "2026-03-10T12:20:00Z"))
    w.call("log", id=str(w.at(890)), path=path, usd="0")
    w.proved("spend of before what it remembers")
    w.clock(1270)
    equal("when the clock has caught up it goes on", w.reserve(path, 1270)["outcome"], "granted")
    w.proved("caught up")


def forgotten(w):
    """What was too old to count when it came does not count later, when the clock is back."""
    w.clock(1600)
    path = w.path((9, "requests", "minute", True), (9,))
    w.clock(2000)
    equal("a call of seven minutes ago is recorded", w.call("log", id=str(w.at(1590)), path=path, usd="0")["outcome"], "recorded")
    equal("but not in the minute", w.held(path), [(0, 0), (1, 0)])
    w.clock(1600)
    equal("nor when the clock is back there", w.held(path), [(0, 0), (1, 0)])
    w.proved("what came too late")


def failover(w):
    """Ten minutes behind: ids are right, the server's clock is not."""
    w.clock(2300)
    other = w.path((4,))
    w.clock(3000)
    path = w.path((4,), (4, "requests", "minute"))
    open_ = w.reserve(path, 3000, ttl=600)
    w.clock(2400)
    equal("what was open settles", w.call("settle", id=open_["id"], usd="0")["flags"], [])
    equal("new calls with right ids are granted", [w.reserve(path, 3000 + n)["outcome"] for n in (1, 2, 240)], ["granted"] * 3)
    equal("up to the limit", w.reserve(path, 3003)["outcome"], "refused")
    equal("and logged", w.call("log", id=str(w.at(3005)), path=path, usd="0")["outcome"], "recorded")
    ahead = w.reserve(path, 3301)
    equal("more than five minutes after the newest decision they are ahead", (ahead["outcome"], ahead["code"]), ("rejected", "bad_id_time"))
    check("which says where to look", "server" in ahead["hint"], ahead)
    equal("another project's time is its own", w.reserve(other, 2400, ttl=1)["expires_at"], "2026-03-10T12:41:00Z")
    w.proved("ten minutes behind")


def administration(w):
    """What is made or cut anew while the clock is behind counts what was counted."""
    w.clock(4000)
    path = w.path((9,))
    first = w.reserve(path, 4000)       # to 4020
    w.clock(4100)
    w.call("log", id=str(w.at(4100)), path=path, usd="0")
    w.call("log", id=str(w.at(4399)), path=path, usd="0")
    w.clock(4010)
    w.policy(path, 9, "tokens", "minute")
    w.policy(path, 3, "requests", "minute")
    w.policy(path, 9, "requests", "minute", True)
    w.policy(path, 9, "requests", "hour", True)
    w.proved("policies made while the clock is behind")
    equal("spend after the clock counts for a new policy", w.reserve(path, 4385, usage={"requests": 3})["outcome"], "refused")
    equal("what is left there can be had", w.reserve(path, 4385, usage={"requests": 2})["outcome"], "granted")
    w.proved("and in the minutes after it")
    w.clock(4430)
    young = w.path((9,))
    ended = w.reserve(young, 4430)      # to 4440
    w.clock(4450)
    w.policy(young, 9, "requests", "minute")
    w.clock(4435)
    w.proved("a policy that is younger than the end of a hold")
    equal("which has ended for it, and so for the reservation", w.call("settle", id=ended["id"], usd="0")["flags"], ["late"])
    w.proved("settled")
    w.clock(4010)
    w.db.run("SELECT quotakit.set_account(time_zone => 'Asia/Kolkata')")
    w.proved("another time zone")
    check("what had ended stays ended there", w.call("extend", id=first["id"])["outcome"] == "conflict")
    w.db.run("SELECT quotakit.set_account(time_zone => 'UTC')")
    w.db.run("UPDATE quotakit.counter SET used = used + 1")
    check("repair works", len(w.db.run("SELECT * FROM quotakit.repair()")) > 3)
    w.proved("repaired")
    w.clock(3950)
    w.proved("a further step back")
    states = w.db.run("SELECT path::text, used, held, free FROM quotakit.policy_status WHERE used < 0 OR held < 0 OR free < 0")
    equal("no view shows less than nothing", states, [])
    for view in ("open_reservation", "node_status", "refusal_log", "ledger"):
        w.db.run(f"SELECT * FROM quotakit.{view}")
    w.db.run("SELECT quotakit.state(%s), (SELECT count(*) FROM quotakit.explain(%s)), (SELECT count(*) FROM quotakit.tree(%s))", path, path, path)
    w.db.run("SELECT (quotakit.forecast(policy_id)).* FROM quotakit.policy WHERE archived_at IS NULL")
    w.db.run("SELECT quotakit.check_alerts()")


def cut_anew(w):
    """Windows that are cut anew while the clock is behind are as they were for holds that had ended."""
    w.clock(6000)
    path = w.path((9, "requests", "day"))
    ended = w.reserve(path, 6000)       # to 6060
    w.clock(6100)
    w.call("log", id=str(w.at(6100)), path=path, usd="0")
    w.clock(6010)
    w.db.run("SELECT quotakit.set_account(time_zone => 'Asia/Kolkata')")
    equal("what had ended stays ended in windows that are cut anew", (w.held(path), w.call("extend", id=ended["id"])["outcome"]), ([(1, 0)], "conflict"))
    w.proved("cut anew")


def days_behind(w):
    """A hold that was made while the clock was behind by more than a day is found as long as it holds."""
    w.clock(300000)
    path = w.path((9,))
    w.call("log", id=str(w.at(300000)), path=path, usd="0")
    w.clock(190000)
    w.reserve(path, 190000, ttl=600)
    w.clock(290000)
    w.policy(path, 5, "requests", "year")
    equal("a new policy finds it", w.held(path), [(1, 1), (1, 1)])
    equal("so does the view", w.db.value("SELECT count(*) FROM quotakit.open_reservation WHERE path::text = %s", path), 1)
    w.proved("days behind")


def main():
    with ClockCluster(START.strftime("%Y-%m-%d %H:%M:%S")) as cluster, database(cluster) as db:
        db.run("SELECT quotakit.create_account('clock')")
        db.run("SET quotakit.account = 'clock'")
        w = World(cluster, db)
        for story in (expired_holds, new_holds, refusal_of_leases, rolling, forgotten, failover, administration, cut_anew, days_behind):
            story(w)
        warnings = cluster.complaints("WARNING", "ERROR")
        equal("the server warned of nothing", warnings[:5], [])
    done()


if __name__ == "__main__":
    sys.setrecursionlimit(10000)
    main()
