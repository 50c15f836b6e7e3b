#!/usr/bin/python3
"""ALTER EXTENSION quotakit UPDATE while calls go on: from a version that was, with its own library and gateway, and to one
that is to come, with today's gateway. What was acknowledged is there, sessions of the old library write nothing any more,
and how long callers met errors is printed.
"""
import glob
import http.client
import json
import os
import re
import shutil
import threading
import time

import psycopg2

import old_version
from gateway_client import Gateway, build, uuid7
from harness import ROOT, Cluster, check, connect, database, done, equal, note, wait_until
from private_tree import find_pg_config, make_tree

UPDATE = "BEGIN; ALTER EXTENSION quotakit UPDATE; SELECT quotakit.make_roles(), quotakit.make_gateway_role(); COMMIT;"
CAP = 20


class Load:
    """Callers in SQL and through a gateway, from start() to stop()."""

    def __init__(self, cluster, key, port=None):
        self.cluster, self.key, self.port = cluster, key, port
        self.stopping = threading.Event()
        self.lock = threading.Lock()
        self.acknowledged = {}      # id: outcome
        self.answers = {"SQL": [], "HTTP": []}      # (when, how long, None or what was wrong)
        self.sessions = []          # of SQL: (since when, the last success, the last error)
        self.threads = [threading.Thread(target=self.calls, args=(n, kind), daemon=True)
                        for n, kind in enumerate(["SQL"] * 3 + ["HTTP"] * (4 if port else 0))]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stopping.set()
        for thread in self.threads:
            thread.join()

    def calls(self, n, kind):
        connection, session = None, None
        while not self.stopping.is_set():
            call = {"id": uuid7(), "path": "acme/search" if n % 2 else "acme/spend", "usd": "0.01"}
            began, wrong = time.monotonic(), None
            try:
                if kind == "SQL":
                    connection = connection or connect(self.cluster, "quota", options="-c quotakit.account=acme")
                    session = session or [time.monotonic(), 0, None]
                    outcome = connection.value(f"SELECT outcome FROM quotakit.{self.op(n)}(id => %s, path => %s, usd => 0.01)", call["id"], call["path"])
                    session[1] = time.monotonic()
                else:
                    connection = connection or http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
                    outcome, wrong = self.post(connection, self.op(n), call)
                if wrong is None and outcome in ("recorded", "granted"):
                    with self.lock:
                        self.acknowledged[call["id"]] = outcome
                elif wrong is None and outcome != "refused":
                    wrong = outcome
            except (OSError, http.client.HTTPException, psycopg2.Error) as error:
                wrong = getattr(error, "pgcode", None) or repr(error)
            with self.lock:
                self.answers[kind].append((time.monotonic(), time.monotonic() - began, wrong))
            if wrong is not None:
                if kind == "SQL" and session:
                    self.sessions.append((session[0], session[1], wrong))
                if connection is not None:
                    connection.close()
                connection = session = None
                time.sleep(0.01)
        if session:
            self.sessions.append((session[0], session[1], None))

    @staticmethod
    def op(n):
        return "reserve" if n % 2 else "log"

    def post(self, connection, op, call):
        path, body = ("/v1/log/batch", {"events": [call]}) if op == "log" else ("/v1/reservations", call)
        connection.request("POST", path, json.dumps(body), {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"})
        response = connection.getresponse()
        answer = json.loads(response.read())
        if response.status >= 500 or response.status == 401:
            return None, f"{response.status} {answer.get('code')}"
        return answer["answers"][0]["outcome"] if op == "log" else answer.get("outcome", "refused"), None

    def report(self, name):
        for kind, answers in self.answers.items():
            bad = [when for when, _, wrong in answers if wrong is not None]
            if answers:
                note(f"{name}, {kind}: {len(answers)} answers, {len(bad)} of them errors ({', '.join(sorted({w for _, _, w in answers if w}))}); from the"
                     f" first error to the last {max(bad) - min(bad) if bad else 0:.2f} s; the longest call took {max(t for _, t, _ in answers):.2f} s")


def prepare(db):
    """An account with limits of every kind, and the key of a caller."""
    db.run("SELECT quotakit.make_roles(), quotakit.make_gateway_role(), quotakit.create_account('acme'), set_config('quotakit.account', 'acme', false)")
    db.run("SELECT quotakit.create_node('acme/search', 'openai'), quotakit.create_node('acme/spend', 'openai')")
    db.run("SELECT quotakit.set_policy('acme/search', %s, enforcement => 'strict', period => 'lifetime')", CAP)
    for period in ("minute", "hour", "day"):
        db.run("SELECT quotakit.set_policy('acme', 1000000, unit => 'requests', period => %s, enforcement => 'strict', rolling => true),"
               " quotakit.set_policy('acme/spend', 1000000, period => %s)", period, period)
    return db.value("SELECT quotakit.create_key('load')")


def proved(name, db, load):
    """Nothing of what was acknowledged is lost, nothing differs, no limit was passed."""
    for outcome, table in (("recorded", "event"), ("granted", "reservation")):
        ids = [i for i, o in load.acknowledged.items() if o == outcome]
        equal(f"{name}: every {table} that was acknowledged is there ({len(ids)})", db.value(
            f"SELECT count(*) FROM unnest(%s::uuid[]) i WHERE NOT EXISTS (SELECT FROM quotakit.{table} x WHERE x.{table}_id = i)", ids), 0)
    equal(f"{name}: verify() is clean", db.run("SELECT * FROM quotakit.verify()"), [])
    check(f"{name}: the limit holds", db.value("SELECT used + held FROM quotakit.policy_status WHERE path::text = 'acme/search'") <= CAP)


def install(source, pg_config):
    """make install over what is there, as a DBA does."""
    old_version.run_make(source, "install", f"PG_CONFIG={pg_config}")


def old_gateway(source):
    """The gateway of the old version, or None where what it is built with is not there."""
    try:
        old_version.run_make(os.path.join(source, "gateway"), f"PG_CONFIG={find_pg_config()}")
    except RuntimeError as error:
        note(f"its gateway cannot be built here (0.1.0 needs libmicrohttpd-dev), so calls are made in SQL only: {str(error).splitlines()[-1]}")
        return None
    return os.path.join(source, "gateway/build/quotakit-gateway")


def from_old(version, place):
    tree = old_version.old_tree(version, place)
    gateway = old_gateway(os.path.join(place, "source"))
    with Cluster(pg_config=tree) as cluster, database(cluster) as db:
        equal(f"{version}: it is there", db.value("SELECT extversion FROM pg_extension WHERE extname = 'quotakit'"), version)
        key = prepare(db)
        served = Gateway(cluster, "quota", program=gateway) if gateway else None
        today = Gateway(cluster, "quota").start(ready=False)
        try:
            if served:
                served.start()
            equal("today's gateway waits for the update", today.get("/readyz")[0], 503)
            with Load(cluster, key, served and served.port) as load:
                time.sleep(2)
                install(ROOT, tree)
                with connect(cluster, "quota", options="-c quotakit.account=acme") as new:
                    try:
                        error = new.run("SELECT quotakit.log('acme/spend', usd => 1)")
                    except psycopg2.Error as e:
                        error = e
                    check("a new session meets the new library with the old tables: an error and a hint, nothing written",
                          getattr(error, "pgcode", None) in ("55000", "42703") and "ALTER EXTENSION quotakit UPDATE" in str(error), error)
                time.sleep(1)
                before = time.monotonic()
                cluster.psql(UPDATE, dbname="quota")
                after = time.monotonic()
                check("today's gateway is ready by itself", wait_until(lambda: today.get("/readyz")[0] == 200, 10))
                note(f"{version}: ALTER EXTENSION took {after - before:.2f} s; today's gateway was ready {time.monotonic() - after:.2f} s later")
                time.sleep(2)
            load.report(f"from {version}")
            stale = [s for s in load.sessions if s[0] < before and s[1] > after]
            equal("no session that has the old library has gone on", stale, [])
            told = {s[2] for s in load.sessions if s[0] < before}
            check("they were told", told == {"42703"}, load.sessions)
            db.close()
            with connect(cluster, "quota") as new:
                proved(f"from {version}", new, load)
            status, _, body = today.get("/v1/reservations", {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}, "POST",
                                        json.dumps({"id": uuid7(), "path": "acme/spend", "usd": "0.01"}))
            equal("today's gateway takes calls", status, 201)
        finally:
            for g in (served, today):
                if g and g.process:
                    g.stop()


# -- the next version

NEXT = "99.0"


def change(source, pattern, old, new):
    """Replaces what a regular expression finds, in the one file that has it."""
    changed = []
    for path in glob.glob(os.path.join(glob.escape(source), pattern), recursive=True):
        with open(path) as f:
            text = f.read()
        if re.search(old, text):
            changed.append(path)
            with open(path, "w") as f:
                f.write(re.sub(old, new, text))
    if len(changed) != 1:
        raise ValueError(f"{old} is in {changed}")


def next_version(place):
    """Another version of our own sources, made as an author makes one: counters with one column more."""
    source = os.path.join(place, "source")
    os.mkdir(source)
    for name in ("META.json", "quotakit.control", "Makefile"):
        shutil.copy2(os.path.join(ROOT, name), source)
    shutil.copytree(os.path.join(ROOT, "extension"), os.path.join(source, "extension"))
    with open(os.path.join(ROOT, "META.json")) as f:
        version = json.load(f)["version"]
    update = os.path.join(source, "extension/update")
    shutil.move(os.path.join(source, f"extension/quotakit--{version}.sql"), update)
    with open(os.path.join(update, f"{version}--{NEXT}.sql"), "w") as f:
        f.write("SET LOCAL lock_timeout = '3s';\nALTER TABLE quotakit.counter ADD COLUMN unheard_of int4 NOT NULL DEFAULT 7;\n@changes@\n")
    change(source, "META.json", f'"{re.escape(version)}"', f'"{NEXT}"')
    change(source, "quotakit.control", f"'{re.escape(version)}'", f"'{NEXT}'")
    change(source, "extension/install/**/*.sql", r"(  decided_at +timestamptz NOT NULL DEFAULT '-infinity',\n)",
           r"\1  unheard_of   int4 NOT NULL DEFAULT 7,\n")
    change(source, "extension/install/**/*.sql", r"(COMMENT ON COLUMN quotakit.counter.decided_at)",
           r"COMMENT ON COLUMN quotakit.counter.unheard_of IS 'New.';\n\1")
    change(source, "extension/src/**/*.c", r"(\t\[C_DECIDED\] = .*\n)", r'\1\t{ "unheard_of", INT4OID },\n')
    old_version.run_make(source, f"PG_CONFIG={find_pg_config()}")
    return source


def to_next(place):
    source = next_version(place)
    tree = os.path.join(place, "server")
    os.mkdir(tree)
    tree = make_tree(find_pg_config(), tree)
    with Cluster(pg_config=tree) as cluster, database(cluster) as db:
        key = prepare(db)
        with Gateway(cluster, "quota") as gateway:
            with Load(cluster, key, gateway.port) as load:
                time.sleep(2)
                install(source, tree)
                time.sleep(1)
                before = time.monotonic()
                cluster.psql(UPDATE, dbname="quota")
                after = time.monotonic()
                note(f"to the next version: ALTER EXTENSION took {after - before:.2f} s")
                time.sleep(5)
            load.report("to the next version")
            late = [w for when, _, w in load.answers["HTTP"] if w and when > after + 3]
            equal("the gateway has found its way by itself", late, [])
            check("its connections were new ones", any("55000" in line for line in gateway.lines), gateway.lines[-20:])
            db.close()
            with connect(cluster, "quota") as new:
                equal("it is the next version", new.value("SELECT extversion FROM pg_extension WHERE extname = 'quotakit'"), NEXT)
                proved("to the next version", new, load)


if __name__ == "__main__":
    build()
    for run, arguments in [(from_old, [v]) for v in old_version.COMMITS] + [(to_next, [])]:
        if arguments and not old_version.commit_of(arguments[0]):
            note(f"git does not have {arguments[0]} here, so its library cannot be built: not tried")
            continue
        place = old_version.new_place()
        try:
            run(*arguments, place)
        finally:
            shutil.rmtree(place, ignore_errors=True)
    done()
