#!/usr/bin/env python3
"""R20 where memory ends: inside a call, caught by the caller, it leaves nothing behind.

The address space of fresh sessions ends at random places (setrlimit). Then each allocation of a call
fails once, one after the other (failing_malloc.c). Last, the shared memory for locks is used up: calls
fail cleanly, and sessions can be cancelled, ended, and shut down with the server.
"""
import mmap
import os
import random
import resource
import struct
import subprocess
import sys
import threading

import psycopg2

from error_world import BLOCK, ENTRIES, World, clean, sound, what_was_met
from harness import LONG, Cluster, check, done, equal, note, seed, wait_until
from pg_cluster import TEST_SETTINGS, as_user

DICE = random.Random(seed())
HERE = os.path.dirname(os.path.abspath(__file__))
NAMED = {entry.name: entry for entry in ENTRIES}


def prepare(app):
    """Loads the libraries (OpenSSL would fail for good), and lets the stack grow: the lack of memory for that
    would be no error but a signal."""
    app.run("SELECT quotakit.uuid7(), sha256('');"
            "CREATE OR REPLACE FUNCTION pg_temp.down(n int) RETURNS int LANGUAGE plpgsql AS"
            " 'BEGIN RETURN CASE n WHEN 0 THEN 0 ELSE pg_temp.down(n - 1) END; END';"
            "SELECT pg_temp.down(60)")
    # What the block needs itself.
    app.run("BEGIN")
    app.run(BLOCK.format(call="(SELECT 1/0) x"))
    app.run("ROLLBACK")


def short_of_memory(world, app, entry, start, end):
    """One call, short of memory from start(session) to end(session); returns what it met, and what is wrong
    afterwards."""
    world.dba.run("TRUNCATE mine")
    call = entry.first_call(world)
    app.run("BEGIN")
    start(app)
    met = None
    try:
        app.run(BLOCK.format(call=call.sql))
    except psycopg2.Error as error:
        # It may end in the handler too, and PostgreSQL's settings end the session where they find no memory.
        met = error.pgcode
    end(app)
    if app.raw.closed:
        return met or "closed", sound(world, world.app, entry, call)
    app.run("COMMIT")
    met = met or what_was_met(world)[-1]
    return met, sound(world, app, entry, call) if met != "no error" else []


# -- the address space

def limit(world, app, room):
    """room: bytes beside what it has; None for as much as it likes."""
    soft = "unlimited"
    if room is not None:
        with open(f"/proc/{app.pid}/statm") as f:
            soft = int(f.read().split()[0]) * resource.getpagesize() + room
    # By the server's user: that needs no capability.
    subprocess.run(["prlimit", f"--pid={app.pid}", f"--as={soft}:"], check=True, **as_user(world.cluster.user))


def small_limit(world):
    for entry in ENTRIES:
        met, wrong = [], []
        for turn in range(40 if LONG else 6):
            def start(app):
                # The heap grows in large steps; this moves where they begin.
                app.run("SELECT set_config('test.pad', repeat('x', %s), false)", DICE.randrange(130000))
                limit(world, app, 0 if turn == 0 else DICE.randrange(1500000))

            with world.session() as app:
                prepare(app)
                state, found = short_of_memory(world, app, entry, start, lambda app: limit(world, app, None))
            met.append(state)
            wrong += found
        check(f"{entry}: the address space ends", "53200" in met and not set(met) - {"53200", "no error"} and not wrong,
              "\n".join([str(met), *wrong]))


# -- each allocation

class FailingCluster(Cluster):
    """A cluster in which one allocation of one process fails."""

    def start(self):
        self._write("control", "\0" * 8, 0o600)
        control = os.path.join(self.directory, "control")
        library = os.path.join(self.directory, "failing_malloc.so")
        built = subprocess.run(["gcc", "-O1", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", f'-DCONTROL="{control}"',
                                os.path.join(HERE, "failing_malloc.c"), "-o", library])
        if built.returncode != 0:
            sys.exit("failing_malloc.c does not compile")
        os.chmod(library, 0o755)
        with open(control, "r+b") as f:
            self.control = mmap.mmap(f.fileno(), 8)
        os.environ["LD_PRELOAD"] = library
        try:
            return super().start()
        finally:
            del os.environ["LD_PRELOAD"]

    def fail(self, app, n):
        self.control[:] = struct.pack("ii", 0, n)
        self.control[:4] = struct.pack("i", app.pid)

    def failed(self):
        """Whether it came to that; no more will fail."""
        left = struct.unpack("ii", self.control[:])[1]
        self.control[:] = bytes(8)
        return left == 0


def one_fails(cluster, world, app, entry, n, met, wrong):
    """Lets the n-th allocation of a call fail; returns whether it came to that."""
    came = []
    state, found = short_of_memory(world, app, entry, lambda app: cluster.fail(app, n),
                                   lambda app: came.append(cluster.failed()))
    met[state] = met.get(state, 0) + 1
    wrong += [f"allocation {n}: {what}" for what in found]
    return came[0]


def report(name, n, met, wrong):
    note(f"{name}: {n} allocations, errors {met}")
    # 2201B: in a regular expression; XX000: in OpenSSL; closed: in PostgreSQL's settings, which end the session.
    check(name, met.get("53200", 0) > 10 and not wrong and
          not set(met) - {"53200", "2201B", "XX000", "closed", "no error"}, "\n".join(wrong[:20]))


def first_call(cluster, world, entry):
    """Of a session's first call every allocation in the long form, else some dozens."""
    met, wrong, n = {}, [], 0
    while True:
        n += 1 if LONG else DICE.randint(1, 80)
        with world.session() as app:
            prepare(app)
            if not one_fails(cluster, world, app, entry, n, met, wrong):
                break
    report(f"{entry}: an allocation of a session's first call fails", n, met, wrong)


def empty_caches(world, app):
    """What a transaction that is rolled back has loaded is thrown away with all the rest."""
    app.run("BEGIN")
    app.run(f"SELECT FROM {NAMED['log'].first_call(world).sql}")
    app.run("ROLLBACK")


def later_call(cluster, world, entry):
    """Every allocation of a call that finds its statements prepared, but the caches empty."""
    met, wrong, n = {}, [], 0
    app = world.session()
    while True:
        n += 1
        if app.raw.closed:
            app = world.session()
        prepare(app)
        empty_caches(world, app)
        if not one_fails(cluster, world, app, entry, n, met, wrong):
            break
    report(f"{entry}: each allocation of a later call fails", n, met, wrong)


# -- shared memory

def take_all(db, but=0):
    """Locks until there is no more memory for them; they stay when the statement fails. Leaves room for some."""
    try:
        db.run("SELECT count(pg_advisory_lock(i)) FROM generate_series(1, 100000) AS i")
    except psycopg2.Error as error:
        db.run("SELECT count(pg_advisory_unlock(i)) FROM generate_series(1, %s) AS i", but)
        return error.pgcode


def sleeper(world):
    """A session that has made a call, and now sleeps."""
    app = world.session()
    app.run("SELECT FROM quotakit.log('one/call', usd => 1)")
    state = []

    def sleep():
        try:
            app.run("SELECT pg_sleep(60)")
        except psycopg2.Error as error:
            state.append(error.pgcode)

    thread = threading.Thread(target=sleep, daemon=True)
    thread.start()
    wait_until(lambda: world.dba.value("SELECT wait_event = 'PgSleep' FROM pg_stat_activity WHERE pid = %s", app.pid))
    return app, state


def shared_memory():
    with Cluster(settings={**TEST_SETTINGS, "max_connections": "30", "max_locks_per_transaction": "20"}) as cluster:
        world = World(cluster)
        hog = world.session("postgres")
        equal("shared memory is used up", take_all(hog), "53200")
        # From now on the locks may be free, but the memory stays with them.
        hog.run("SELECT pg_advisory_unlock_all()")
        states, wrong = {}, []
        with world.session() as app:
            prepare(app)
            for room in range(60):
                state, found = short_of_memory(world, app, NAMED["log"], lambda _: take_all(hog, room),
                                               lambda _: hog.run("SELECT pg_advisory_unlock_all()"))
                states[state] = states.get(state, 0) + 1
                wrong += found
        note(f"errors: {states}")
        check("calls fail for it, and leave nothing behind",
              states.get("53200", 0) > 3 and "no error" in states and len(states) == 2 and not wrong, "\n".join(wrong[:20]))

        app, state = sleeper(world)
        world.dba.run("SELECT pg_cancel_backend(%s)", app.pid)
        check("a session that has made a call is cancelled", wait_until(lambda: state == ["57014"], 10))
        app, state = sleeper(world)
        world.dba.run("SELECT pg_terminate_backend(%s)", app.pid)
        check("one is ended", wait_until(lambda: not world.dba.value(
            "SELECT count(*) FROM pg_stat_activity WHERE pid = %s", app.pid), 10))
        sleeper(world)
        stopped = cluster.run("pg_ctl", "-D", cluster.data, "-m", "fast", "-w", "-t", "20", "stop", check=False)
        check("and the server shuts down fast", stopped.returncode == 0, stopped.stdout)


def main():
    with FailingCluster() as cluster:
        world = World(cluster)
        small_limit(world)
        for name in ("log", "the gateway's batch"):
            later_call(cluster, world, NAMED[name])
        first_call(cluster, world, NAMED["log"])
        equal("the server is the one it was", world.dba.value("SELECT pg_postmaster_start_time()"), world.started)
        equal("the log tells of nothing left behind", clean(cluster.log_text()), [])
    shared_memory()
    done()


if __name__ == "__main__":
    main()
