"""What the tests of errors stand on: an account, the entry points, and what must be so after an error."""
import hashlib
import json
import random
import re
import time
import uuid

import psycopg2

from harness import connect, database

# A block whose error is caught, in a transaction that goes on.
BLOCK = """DO $do$ BEGIN
  INSERT INTO mine VALUES ('before');
  BEGIN
    INSERT INTO mine VALUES ('undone');
    PERFORM * FROM {call};
    INSERT INTO mine VALUES ('no error');
  EXCEPTION WHEN query_canceled OR OTHERS THEN
    INSERT INTO mine VALUES (SQLSTATE);
  END;
END $do$"""


def uuid7():
    return str(uuid.UUID(int=time.time_ns() // 1000000 << 80 | 7 << 76 | random.getrandbits(12) << 64 |
                         2 << 62 | random.getrandbits(62)))


class World:
    """A cluster with an account whose paths make themselves; project "one" is fought for."""

    def __init__(self, cluster):
        self.cluster = cluster
        self.dba = database(cluster)
        self.dba.run("CREATE ROLE app LOGIN; SELECT quotakit.make_roles(); GRANT quotakit_app TO app;"
                     "ALTER ROLE app SET deadlock_timeout = '50ms'; ALTER ROLE app SET quotakit.batch_lock_wait = '60s';"
                     "CREATE TABLE mine (what text); GRANT ALL ON mine TO app")
        self.account = self.dba.value("SELECT quotakit.create_account('acme')")
        self.dba.run("SET quotakit.account = 'acme'; SELECT quotakit.grant_access('app', 'viewer');"
                     "SELECT quotakit.create_node('one/call', 'openai'), quotakit.create_node('two/call', 'openai');"
                     "SELECT quotakit.set_policy('one', 1000000, period => 'lifetime', enforcement => 'strict');"
                     "SELECT quotakit.set_account(on_unknown_path => 'create')")
        self.key = hashlib.sha256(self.dba.value("SELECT quotakit.create_key('k')").encode()).hexdigest()
        self.started = self.dba.value("SELECT pg_postmaster_start_time()")
        self.app = self.session()
        self.other = self.session("postgres")
        # Of two in a deadlock the other one gives up.
        self.other.run("SET deadlock_timeout = '1min'")
        # Rows to plant copies of.
        self.app.run("SELECT quotakit.log('one/call', usd => 1), quotakit.reserve('one/call', usd => 1)")

    def session(self, user="app"):
        db = connect(self.cluster, "quota", user=user)
        db.run("SET quotakit.account = 'acme'")
        return db

    def reserve(self, lease=False):
        return self.app.value("SELECT id FROM quotakit.reserve('one/call', usd => 1, ttl => 600, lease => %s)", lease)

    def waits(self, db):
        return self.dba.value("SELECT wait_event_type = 'Lock' FROM pg_stat_activity WHERE pid = %s", db.pid)


# -- the entry points

class Call:
    """One call, ready to be made: its SQL, and the row whose key it will write."""

    def __init__(self, sql, path, table, call, seq=None):
        self.sql, self.path, self.table, self.id, self.seq = sql, path, table, call, seq


class Entry:
    def __init__(self, name, outcome, makes_paths, prepare):
        self.name, self.outcome, self.makes_paths, self.prepare = name, outcome, makes_paths, prepare

    def __str__(self):
        return self.name

    def call(self, world, path="one/call"):
        """A call, on project "one" if no path is given."""
        sql, *row = self.prepare(world, path)
        return Call(sql, path, *row)

    def first_call(self, world):
        """The first call on a path of project "one", where the entry point makes paths."""
        return self.call(world, f"one/{uuid.uuid4().hex[:12]}" if self.makes_paths else "one/call")


def batch(calls):
    return f"quotakit.batch('{json.dumps(calls)}'::jsonb)"


def gateway(world, calls):
    n = len(calls)
    payloads = ", ".join(f"convert_to('{json.dumps(call)}', 'UTF8')" for call in calls)
    return (f"quotakit.batch(array_fill({world.account}, '{{{n}}}'), array_fill('\\x{world.key}'::bytea, '{{{n}}}'), "
            f"ARRAY[{payloads}])")


def a_reserve(world, path):
    call = uuid7()
    return (f"quotakit.reserve('{path}', usd => 1, service => 'openai', id => '{call}')", "reservation", call, 0)


def a_settle(world, path):
    call = world.reserve()
    return (f"quotakit.settle('{call}', usd => 1)", "event", call)


def a_log(world, path):
    call = uuid7()
    return (f"quotakit.log('{path}', usd => 1, service => 'openai', id => '{call}')", "event", call)


def a_draw(world, path):
    call = uuid7()
    return (f"quotakit.draw('{world.reserve(True)}', usd => 0.5, id => '{call}')", "event", call)


def a_release(world, path):
    call = world.reserve()
    return (f"quotakit.release('{call}')", "reservation", call, 1)


def an_extend(world, path):
    call = world.reserve()
    return (f"quotakit.extend('{call}', ttl => 7200)", "reservation", call, 1)


def calls_of(call, path):
    return [{"op": "log", "id": call, "path": path, "service": "openai", "usd": "1"},
            {"op": "reserve", "id": uuid7(), "path": path, "service": "openai", "usd": "1"}]


def a_batch(world, path):
    call = uuid7()
    return (batch(calls_of(call, path)), "event", call)


def a_gateway_batch(world, path):
    call = uuid7()
    return (gateway(world, calls_of(call, path)), "event", call)


ENTRIES = [Entry("reserve", "granted", True, a_reserve), Entry("settle", "recorded", False, a_settle),
           Entry("log", "recorded", True, a_log), Entry("draw", "recorded", False, a_draw),
           Entry("release", "released", False, a_release), Entry("extend", "extended", False, an_extend),
           Entry("batch", "recorded", True, a_batch), Entry("the gateway's batch", "recorded", True, a_gateway_batch)]


# -- afterwards

def sound(world, app, entry, call):
    """What is wrong after the error was met and the transaction has ended; nothing, one hopes."""
    wrong = []
    status = app.raw.get_transaction_status()
    if status != psycopg2.extensions.TRANSACTION_STATUS_IDLE:
        wrong.append(f"the session is in status {status}")
    held = world.dba.value("SELECT count(*) FROM pg_locks WHERE pid = %s AND locktype NOT IN ('virtualxid', 'relation')", app.pid)
    if held:
        wrong.append(f"it holds {held} locks")
    # Somebody else gets through at once.
    world.other.run("SET lock_timeout = '2s'")
    if world.other.value("SELECT outcome FROM quotakit.log('one/call', usd => 1)") != "recorded":
        wrong.append("the project is not free")
    world.other.run("RESET lock_timeout")
    again = app.run(f"SELECT outcome, answer::text FROM {call.sql}")
    if again[0][0] != entry.outcome or "duplicate" in again[0][1]:
        wrong.append(f"the same call again: {again[0]}")
    settings = app.row("SELECT current_setting('lock_timeout'), current_setting('statement_timeout')")
    if settings != ("0", "0"):
        wrong.append(f"settings: {settings}")
    wrong += [str(row) for row in world.dba.run("SELECT * FROM quotakit.verify()")]
    if world.dba.value("SELECT pg_postmaster_start_time()") != world.started:
        wrong.append("the server has started anew")
    return wrong


def what_was_met(world):
    return [row[0] for row in world.dba.run("SELECT what FROM mine")]


def clean(text):
    """Lines of the log that tell of something left behind, or worse."""
    return [line for line in text.splitlines()
            if re.search(r"WARNING:|PANIC:|TRAP:|terminated by signal|leak|not closed|still referenced", line)]
