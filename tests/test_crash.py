#!/usr/bin/python3
"""A reservation shares the fate of the transaction it is made in, and a killed backend leaves nothing
half done: after recovery every acknowledged call is there once and verify() is clean."""
import os
import signal
import threading
import time

import psycopg2

from harness import LONG, Cluster, check, connect, database, done, equal, note, wait_until

KILLS = 30 if LONG else 5
WORKERS = 6
# Our locks in pg_locks: the space that lock.c keeps for them.
HOLDER = "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 20811 AND granted AND pid <> pg_backend_pid() LIMIT 1"


def account(db, name="acme"):
    db.run("SELECT quotakit.create_account(%s)", name)
    db.run("SELECT set_config('quotakit.account', %s, false)", name)
    db.run(f"SELECT quotakit.create_node('{name}/search', service => 'openai')")
    return db.value(f"SELECT quotakit.set_policy('{name}', 1000, enforcement => 'strict', period => 'lifetime')")


def status(db, policy):
    return db.row("SELECT used, held FROM quotakit.policy_status WHERE policy_id = %s", policy)


def reserve(db, usd, call=None):
    return db.row("SELECT outcome, id FROM quotakit.reserve(id => coalesce(%s, quotakit.uuid7()), path => 'acme/search', usd => %s)",
                  call, usd)


def in_a_transaction(db, policy):
    db.run("CREATE TABLE orders (call uuid PRIMARY KEY)")

    db.run("BEGIN")
    outcome, gone = reserve(db, 7)
    db.run("INSERT INTO orders VALUES (%s)", gone)
    equal("inside the transaction the amount is held", (outcome, status(db, policy)), ("granted", (0, 7)))
    db.run("ROLLBACK")
    equal("rolled back, the order and the reservation are gone", (db.value("SELECT count(*) FROM orders"),
          db.value("SELECT count(*) FROM quotakit.reservation"), status(db, policy)), (0, 0, (0, 0)))
    equal("it cannot be settled as one", db.value(
        "SELECT answer->>'code' FROM quotakit.settle(id => %s, usd => 7)", gone), "unknown_reservation")

    db.run("BEGIN")
    outcome, kept = reserve(db, 7)
    db.run("INSERT INTO orders VALUES (%s)", kept)
    db.run("COMMIT")
    equal("committed, both are there", (db.value("SELECT call FROM orders"), status(db, policy)), (kept, (0, 7)))

    db.run("BEGIN")
    db.run("SAVEPOINT s")
    reserve(db, 100)
    db.run("ROLLBACK TO s")
    reserve(db, 2)
    db.run("COMMIT")
    equal("rolled back to a savepoint, only what came after is held", status(db, policy), (0, 9))

    db.run("BEGIN")
    db.run("SELECT quotakit.settle(id => %s, usd => 6)", kept)
    db.run("ROLLBACK")
    equal("a settlement rolled back leaves the hold", status(db, policy), (0, 9))
    equal("and can be made again", db.value("SELECT outcome FROM quotakit.settle(id => %s, usd => 6)", kept), "recorded")
    equal("then it is spent", status(db, policy), (6, 2))
    equal("verify() is clean", db.run("SELECT * FROM quotakit.verify()"), [])


class Worker(threading.Thread):
    """Reserves and settles without end; remembers what was acknowledged and what was asked."""

    def __init__(self, cluster, number):
        super().__init__(daemon=True)
        self.cluster, self.number = cluster, number
        self.asked, self.settled = set(), set()
        self.stop = False

    def run(self):
        while not self.stop:
            try:
                with connect(self.cluster, "quota", options="-c quotakit.account=acme") as db:
                    while not self.stop:
                        call = db.value("SELECT quotakit.uuid7()")
                        self.asked.add(call)
                        if reserve(db, "0.001", call)[0] == "granted" and \
                           db.value("SELECT outcome FROM quotakit.settle(id => %s, usd => 0.0007)", call) == "recorded":
                            self.settled.add(call)
                        # Enough to be in the middle of calls at any time, little enough to verify soon.
                        time.sleep(0.01)
            except psycopg2.Error:
                time.sleep(0.05)


def up(cluster):
    try:
        with connect(cluster, "quota") as db:
            return db.value("SELECT NOT pg_is_in_recovery()")
    except psycopg2.OperationalError:
        return False


def kill_one(cluster):
    """Kills a backend while it holds a project's lock, that is in the middle of a call."""
    with connect(cluster, "quota") as db:
        for _ in range(20000):
            pid = db.value(HOLDER)
            if pid:
                os.kill(pid, signal.SIGKILL)
                break
        else:
            return False
        return wait_until(lambda: crashed(db), 30)


def crashed(db):
    """The postmaster ends every backend when one was killed: this connection goes too."""
    try:
        db.value("SELECT 1")
        return False
    except psycopg2.Error:
        return True


def killed(cluster, policy):
    with connect(cluster, "quota", options="-c quotakit.account=acme") as db:
        before, _ = status(db, policy)
    workers = [Worker(cluster, n) for n in range(WORKERS)]
    for worker in workers:
        worker.start()
    for n in range(KILLS):
        time.sleep(0.5)
        check(f"kill {n + 1}: a backend was killed in mid-call and the server recovered",
              kill_one(cluster) and wait_until(lambda: up(cluster), 60))
        if n < KILLS - 1:
            with connect(cluster, "quota") as db:
                equal(f"kill {n + 1}: verify() is clean after the recovery", db.run("SELECT * FROM quotakit.verify()"), [])
    for worker in workers:
        worker.stop = True
    for worker in workers:
        worker.join(60)

    asked = set().union(*(w.asked for w in workers))
    settled = set().union(*(w.settled for w in workers))
    with connect(cluster, "quota", options="-c quotakit.account=acme") as db:
        there = [row[0] for row in db.run("SELECT event_id::text FROM quotakit.event WHERE usd = 700000")]
        note(f"{len(settled)} settlements acknowledged, {len(there)} in the ledger, {len(asked)} calls begun")
        check("calls were made between the kills", len(settled) > 10 * KILLS, len(settled))
        equal("every acknowledged settlement is in the ledger", sorted(settled - set(there)), [])
        equal("none is there twice", len(there), len(set(there)))
        check("and nothing that was not asked for", set(there) <= asked)
        used, _ = status(db, policy)
        equal("the counter has what the ledger has", used - before, len(there) * type(used)("0.0007"))
        equal("verify() is clean at the end", db.run("SELECT * FROM quotakit.verify()"), [])
        equal("calls go on", reserve(db, 1)[0], "granted")


with Cluster() as cluster:
    with database(cluster) as db:
        policy = account(db)
        in_a_transaction(db, policy)
    killed(cluster, policy)
done()
