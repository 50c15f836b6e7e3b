#!/usr/bin/env python3
"""R20: an error of any kind inside a call, caught by the caller, leaves nothing behind.

Every kind of error meets every entry point inside BEGIN … EXCEPTION, as a role with quotakit_app. After
it the transaction commits and the session is idle, what was done before the error in the block is gone,
the project is free for others at once, the same session can make the same call, verify() is empty, and
the server is the one that it was. Then a campaign: batches are cancelled at random moments. Memory that
ends is in test_out_of_memory.py.
"""
import json
import random
import threading
import time
import uuid

import psycopg2

from error_world import BLOCK, ENTRIES, World, clean, gateway, sound, uuid7, what_was_met
from harness import LONG, Cluster, check, done, equal, note, seed, wait_until

DICE = random.Random(seed())


# -- the kinds of error: each lets the call meet it in its block

def meet(world, app, call, then):
    """Makes the call in its block, and does something once it waits."""
    thread = threading.Thread(target=app.run, args=(BLOCK.format(call=call.sql),), daemon=True)
    thread.start()
    wait_until(lambda: world.waits(app), every=0.01)
    then()
    thread.join()


def holding_the_project(world):
    world.other.run("BEGIN; SELECT quotakit.log('one/call', usd => 1)")


def deadlock(world, app, call):
    holding_the_project(world)
    app.run("SELECT quotakit.log('two/call', usd => 1)")
    crossing = threading.Thread(target=world.other.run, args=("SELECT quotakit.log('two/call', usd => 1)",), daemon=True)
    crossing.start()
    wait_until(lambda: world.waits(world.other), every=0.01)
    app.run(BLOCK.format(call=call.sql))
    app.run("COMMIT")
    crossing.join()


def statement_timeout(world, app, call):
    holding_the_project(world)
    app.run("SET LOCAL statement_timeout = '200ms'")
    app.run(BLOCK.format(call=call.sql))


def lock_timeout(world, app, call):
    # A batch answers a project that is locked with busy; so it is a table that is not to be had.
    world.other.run("BEGIN; LOCK TABLE quotakit.counter IN ACCESS EXCLUSIVE MODE")
    app.run("SET LOCAL lock_timeout = '100ms'")
    app.run(BLOCK.format(call=call.sql))


def project_timeout(world, app, call):
    holding_the_project(world)
    app.run("SET LOCAL lock_timeout = '100ms'")
    app.run(BLOCK.format(call=call.sql))


def cancel(world, app, call):
    holding_the_project(world)
    meet(world, app, call, lambda: world.dba.run("SELECT pg_cancel_backend(%s)", app.pid))


def unique_violation(world, app, call):
    """Another transaction writes the same key by hand: it is in no project, so no lock keeps the two apart."""
    same = {"at": None, ("event_id" if call.table == "event" else "reservation_id"): call.id}
    if call.seq is not None:
        same["seq"] = call.seq
    world.other.run(f"""BEGIN; INSERT INTO quotakit.{call.table}
        SELECT (jsonb_populate_record(r, %s || jsonb_build_object('at', quotakit.uuid_time(%s)))).*
        FROM quotakit.{call.table} r LIMIT 1""", json.dumps(same), call.id)
    meet(world, app, call, lambda: world.other.run("COMMIT"))
    key = "event_id = %s" if call.table == "event" else "seq = %s AND reservation_id = %s"
    world.other.run(f"DELETE FROM quotakit.{call.table} WHERE {key}", *([] if call.seq is None else [call.seq]), call.id)


def new_path(world, app, call):
    """Two transactions make one path by its first call."""
    world.other.run("BEGIN; SELECT quotakit.log(%s, usd => 1, service => 'openai')", call.path)
    meet(world, app, call, lambda: world.other.run("COMMIT"))


KINDS = [("a deadlock", "40P01", deadlock), ("a statement timeout", "57014", statement_timeout), ("a lock timeout", "55P03", lock_timeout),
         ("a lock timeout on the project", "55P03", project_timeout), ("a cancel", "57014", cancel),
         ("a key written by another at the same time", "40001", unique_violation)]


def end(db):
    if db.raw.get_transaction_status() != psycopg2.extensions.TRANSACTION_STATUS_IDLE:
        db.run("COMMIT")


def cell(world, kind, sqlstate, act, entry):
    app = world.app
    world.dba.run("TRUNCATE mine")
    call = entry.call(world)
    app.run("BEGIN")
    app.run("SELECT FROM mine")
    act(world, app, call)
    end(app)
    end(world.other)
    met = what_was_met(world)
    wrong = sound(world, app, entry, call)
    check(f"{entry}: {kind}", met == ["before", sqlstate] and not wrong, "\n".join([f"rows: {met}", *wrong]))


def matrix(world):
    for kind, sqlstate, act in KINDS:
        for entry in ENTRIES:
            # A batch does not fail there, but answers busy: specs/busy.spec.
            if act is project_timeout and "batch" in entry.name:
                continue
            cell(world, kind, sqlstate, act, entry)


def births(world):
    """A path that another transaction makes meanwhile, in a transaction with one snapshot: below a project it is
    seen as soon as it is there; a project of its own cannot be, so the caller is to try again."""
    for level in ("REPEATABLE READ", "SERIALIZABLE"):
        for what, form, ends in (("path", "one/{}", ["undone", "no error"]), ("project", "p{}/call", ["40001"])):
            for entry in filter(lambda entry: entry.makes_paths, ENTRIES):
                birth(world, entry, level, what, form.format(uuid.uuid4().hex[:12]), ends)


def birth(world, entry, level, what, path, ends):
    world.dba.run("TRUNCATE mine")
    call = entry.call(world, path)
    world.app.run("BEGIN ISOLATION LEVEL " + level)
    world.app.run("SELECT FROM mine")
    new_path(world, world.app, call)
    end(world.app)
    end(world.other)
    met = what_was_met(world)
    wrong = sound(world, world.app, entry, call) if ends == ["40001"] else world.dba.run("SELECT * FROM quotakit.verify()")
    check(f"{entry}, {level}: another makes the same {what} at the same time", met == ["before", *ends] and not wrong, (met, wrong))


# -- cancels at random moments

def cancels(world):
    ends = threading.Event()

    def disturb():
        """Holds the project for a moment, again and again."""
        with world.session("postgres") as db:
            while not ends.is_set():
                db.run("BEGIN; SELECT quotakit.log('one/call', usd => 1)")
                time.sleep(DICE.random() / 100)
                db.run("COMMIT")

    disturbing = threading.Thread(target=disturb, daemon=True)
    disturbing.start()
    app, states = world.app, {}
    app.run("SET quotakit.batch_lock_wait = '5ms'")
    until = time.monotonic() + (120 if LONG else 8)
    while time.monotonic() < until:
        world.dba.run("TRUNCATE mine")
        paths = [f"one/c{DICE.randrange(10**9)}", "two/call", "one/call"]
        calls = [{"op": op, "id": uuid7(), "path": path, "service": "openai", "usd": "1"}
                 for path in paths for op in ("log", "reserve")] * 5
        canceller = threading.Timer(DICE.random() / 40, world.dba.run, ("SELECT pg_cancel_backend(%s)", app.pid))
        canceller.start()
        try:
            app.run("BEGIN")
            app.run(BLOCK.format(call=gateway(world, calls)))
            app.run("COMMIT")
        except psycopg2.Error as error:
            # Where no block catches it.
            states[error.pgcode] = states.get(error.pgcode, 0) + 1
            end(app)
        canceller.join()
        for state in what_was_met(world)[1:]:
            states[state] = states.get(state, 0) + 1
    ends.set()
    disturbing.join()
    app.run("SET quotakit.batch_lock_wait = '60s'")
    note(f"answers: {states}")
    entry = ENTRIES[-1]
    wrong = sound(world, app, entry, entry.call(world))
    check("batches are cancelled at random moments: nothing stays behind",
          states.get("57014", 0) > 0 and not set(states) - {"57014", "no error", "undone"} and not wrong,
          "\n".join([str(states), *wrong]))


def main():
    with Cluster() as cluster:
        world = World(cluster)
        matrix(world)
        births(world)
        cancels(world)
        equal("the server is the one it was", world.dba.value("SELECT pg_postmaster_start_time()"), world.started)
        equal("the log tells of nothing left behind", clean(cluster.log_text()), [])
    done()


if __name__ == "__main__":
    main()
