#!/usr/bin/env python3
"""Whatever a call or a change of configuration waits for, it keeps no page of a table pinned: VACUUM (FREEZE)
beside it ends at once."""
import json
import threading

import psycopg2

from error_world import World, batch, uuid7
from harness import Cluster, check, done, wait_until

# So many that a loop over them has not read all of them when it comes to the first.
MANY = 60


def beside(world, name, table, sql, hold):
    """Runs SQL that has to wait for what another transaction holds, and VACUUM (FREEZE) of a table meanwhile."""
    world.other.run(f"BEGIN; {hold}")
    with world.session("postgres") as waiting:
        # As in large tables: rows come out of an index, one by one.
        waiting.run("SET enable_seqscan = off; SET enable_sort = off; SET enable_hashagg = off; SET enable_bitmapscan = off")
        thread = threading.Thread(target=waiting.run, args=(sql,), daemon=True)
        thread.start()
        waits = wait_until(lambda: world.waits(waiting), 10, every=0.01)
        error = None
        try:
            world.dba.run("SET statement_timeout = '5s'")
            world.dba.run(f"VACUUM (FREEZE) quotakit.{table}")
        except psycopg2.Error as e:
            error = e
        world.dba.run("RESET statement_timeout")
        still = world.waits(waiting)
        world.other.run("ROLLBACK")
        thread.join()
        check(name, waits and still and error is None, error or f"it waited before: {waits}, after: {still}")


def calls(world):
    project = "SELECT quotakit.log('one/call', usd => 1)"
    settle = f"SELECT outcome FROM quotakit.settle('{world.reserve()}', usd => 1)"
    beside(world, "a settlement waits for the project", "reservation", settle, project)
    settle = batch([{"op": "settle", "id": world.reserve(), "usd": "1"}])
    beside(world, "a batch waits for it", "reservation",
           f"SET quotakit.batch_lock_wait = '60s'; SELECT * FROM {settle}", project)
    beside(world, "a draw waits for it", "reservation",
           f"SELECT quotakit.draw('{world.reserve(lease=True)}', usd => 0.1)", project)

    # Under the project's lock: tables that are not to be had.
    world.dba.run("SELECT quotakit.set_policy('two', 0, period => 'lifetime', enforcement => 'strict')")
    world.app.run("SELECT quotakit.log('two/call', usd => 1)")
    beside(world, "a refusal waits for its table", "counter",
           "SELECT quotakit.reserve('two/call', usd => 1)", "LOCK TABLE quotakit.refusal")
    beside(world, "a settlement waits for its prices", "reservation",
           f"SELECT quotakit.settle('{world.reserve()}', model => 'another', input_tokens => 1)", "LOCK TABLE quotakit.price")

    # Another transaction has written the same key.
    call = uuid7()
    same = json.dumps({"event_id": call})
    beside(world, "an index waits for another transaction", "event",
           f"SELECT quotakit.log('one/call', usd => 1, id => '{call}')",
           f"""INSERT INTO quotakit.event SELECT (jsonb_populate_record(e,
               '{same}'::jsonb || jsonb_build_object('at', quotakit.uuid_time('{call}')))).* FROM quotakit.event e LIMIT 1""")


def configuration(world):
    """What goes through many rows and waits at one of them."""
    project = "SELECT quotakit.log('one/call', usd => 1)"
    for n in range(MANY):
        world.dba.run("SELECT quotakit.create_node(%s, 'openai')", f"p{n}/call")
        world.dba.run("SELECT quotakit.create_account(%s)", f"account{n}")
    beside(world, "a change of the time zone waits for a project", "node",
           "SELECT quotakit.set_account(time_zone => 'Asia/Tokyo')", project)

    # Kept, since there is no such path yet; replayed when there is.
    for _ in range(MANY):
        world.app.run("SELECT quotakit.log('one/later', usd => 1)")
    world.dba.run("SELECT quotakit.create_node('one/later', 'openai')")
    beside(world, "a replay waits for the project", "rejected_event",
           "SELECT count(*) FROM quotakit.replay_rejected('one/later'::quotakit.qpath)", project)

    for n in range(MANY):
        world.app.run("SELECT quotakit.log(%s, model => 'dear', input_tokens => 1)", f"p{n}/call")
    world.dba.run("SELECT quotakit.set_price('openai', 'dear', 'input_tokens', 1, valid_from => now() - interval '1 day')")
    beside(world, "a correction of costs waits for a project", "event",
           "SELECT count(*) FROM quotakit.reprice(now() - interval '1 hour', now() + interval '1 hour', dry_run => false)",
           "SELECT quotakit.log('p0/call', usd => 1)")

    # A counter that is wrong, so that there is something to repair.
    world.dba.run("UPDATE quotakit.counter SET used = used + 1")
    beside(world, "a repair waits for a project", "account", "SELECT count(*) FROM quotakit.repair()", project)


def main():
    with Cluster() as cluster:
        world = World(cluster)
        calls(world)
        configuration(world)
        world.dba.run("SELECT count(*) FROM quotakit.repair()")
        check("verify() is empty", world.dba.run("SELECT * FROM quotakit.verify()") == [])
    done()


if __name__ == "__main__":
    main()
