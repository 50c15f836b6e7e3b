"""The demo: a private cluster with the account of a plausible company, and a strict cap that trips.

Started by scripts/demo, which has built and installed everything. What it makes lies
under .quotakit/ and is made anew by each run.
"""
import collections
import datetime as dt
import decimal
import itertools
import json
import os
import secrets
import shlex
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "scripts"))

import psycopg2  # noqa: E402

import company  # noqa: E402
import demo_gateway  # noqa: E402
import history  # noqa: E402
import quick_start  # noqa: E402
from demo_cluster import DATABASE, LINK, STATE, has_cron, new_demo_cluster  # noqa: E402

PRICES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "model_prices_2026-07.json")
BATCH = 512
LIVE_CALLS = 1_600
LIVE_CONNECTIONS = 8
# How long the pretended provider takes for a call, seconds.
PROVIDER = 0.015


def say(text=""):
    print(text, flush=True)


def connect(cluster, account=company.NAME):
    """A function that runs SQL in autocommit and returns the rows, as this account."""
    raw = psycopg2.connect(**cluster.dsn(DATABASE, options=f"-c quotakit.account={account}"))
    raw.autocommit = True

    def run(sql, *arguments):
        with raw.cursor() as cursor:
            cursor.execute(sql, arguments or None)
            return cursor.fetchall() if cursor.description else None

    run.raw = raw
    return run


def make_database(cluster):
    cluster.psql(f"CREATE DATABASE {DATABASE}")
    db = connect(cluster)
    db("CREATE EXTENSION quotakit")
    if has_cron(cluster):
        db("CREATE EXTENSION pg_cron")
    db("SELECT quotakit.make_roles()")
    db("SELECT quotakit.make_gateway_role()")
    return db


def load_history(db, now):
    """Thirty days of calls, through the function that the gateway calls too."""
    started = time.monotonic()
    outcomes = collections.Counter()
    calls = history.history(now)
    while batch := list(itertools.islice(calls, BATCH)):
        rows = db("SELECT outcome, count(*), min(answer::text) FROM quotakit.batch(%s::jsonb) GROUP BY 1",
                  json.dumps(batch))
        for outcome, count, example in rows:
            outcomes[outcome] += count
            if outcome != "recorded":
                sys.exit(f"demo: {count} calls of the history were {outcome}: {example}")
    db("SELECT * FROM quotakit.fold_rollups()")
    total = sum(outcomes.values())
    seconds = time.monotonic() - started
    say(f"  {total:,} events in {seconds:.1f} s ({total / seconds:,.0f} a second, made and recorded)")


class Replay:
    """Eight connections that take the calls of the trace in turn: reserve, call, settle."""

    def __init__(self, cluster):
        self.cluster = cluster
        self.calls = iter(list(history.live(LIVE_CALLS)))
        self.lock = threading.Lock()
        self.granted = collections.Counter()
        self.refused = collections.Counter()
        self.smallest = {}
        self.failures = []
        self.barrier = threading.Barrier(LIVE_CONNECTIONS)

    def run(self):
        threads = [threading.Thread(target=self._work) for _ in range(LIVE_CONNECTIONS)]
        started = time.monotonic()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if self.failures:
            raise self.failures[0]
        return time.monotonic() - started

    def _work(self):
        try:
            db = connect(self.cluster)
            self.barrier.wait()
            while True:
                with self.lock:
                    call = next(self.calls, None)
                if call is None:
                    return
                self._call(db, *call)
        except Exception as error:
            self.barrier.abort()
            self.failures.append(error)

    def _call(self, db, path, model, ask, used):
        outcome, call_id, answer = db(
            "SELECT outcome, id, answer FROM quotakit.reserve(path => %s,"
            " model => %s, usage => %s::jsonb, ttl => 60)", path, model, json.dumps(ask))[0]
        if outcome == "granted":
            time.sleep(PROVIDER)
            db("SELECT quotakit.settle(id => %s, usage => %s::jsonb)", call_id, json.dumps(used))
        with self.lock:
            if outcome == "granted":
                self.granted[path, model] += 1
            elif outcome == "refused":
                self.refused[path, model, answer["policy"]] += 1
                asked = decimal.Decimal(answer["asked"])
                least = self.smallest.get(answer["policy"])
                self.smallest[answer["policy"]] = (min(asked, least[0]) if least else asked, answer)
            else:
                raise RuntimeError(f"reserve on {path} was answered {outcome}: {answer}")


def tell(db, replay, seconds, brake):
    asked = sum(replay.granted.values()) + sum(replay.refused.values())
    say(f"  {asked:,} calls in {seconds:.1f} s, {LIVE_CONNECTIONS} connections, "
        f"{sum(replay.granted.values()):,} granted, {sum(replay.refused.values()):,} refused")
    for (path, model), count in sorted(replay.granted.items()):
        refused = sum(n for (p, m, _), n in replay.refused.items() if (p, m) == (path, model))
        say(f"    {path:<28} {model:<20} granted {count:>5}   refused {refused:>5}")
    for policy, (least, answer) in sorted(replay.smallest.items()):
        count = sum(n for (_, _, p), n in replay.refused.items() if p == policy)
        say(f"\n  Policy {policy} refused {count:,} of them. Its last words:")
        say(f"    {answer['message']}")
        if policy == brake:
            used, limit = db("SELECT used, limit_amount FROM quotakit.policy_status WHERE policy_id = %s", policy)[0]
            say(f"    spent ${used:f} of ${limit:f}: ${limit - used:f} left, "
                f"and the smallest call that was refused asked for ${least:f}")
    say("\nSELECT quotakit.tree('acme');")
    for (line,) in db("SELECT quotakit.tree('acme')"):
        say("  " + line.replace("\n", "\n  "))
    differences = db("SELECT * FROM quotakit.verify()")
    say(f"\nSELECT * FROM quotakit.verify();  -- counters and rollups that differ from the ledger\n  ({len(differences)} rows)")
    return not differences


def open_gateway(cluster, db):
    """The gateway, a key for applications and an owner who can sign in; returns what they need, as shell variables."""
    owner = f"owner@{company.NAME}.example"
    password = "-".join(secrets.token_hex(2) for _ in range(4))
    db("SELECT quotakit.create_member(%s, %s, 'owner', 'Owner')", owner, password)
    ((key,),) = db("SELECT quotakit.create_key('demo')")
    return {"QUOTAKIT_BASE_URL": demo_gateway.start(cluster, DATABASE), "QUOTAKIT_API_KEY": key,
            "QUOTAKIT_OWNER": owner, "QUOTAKIT_OWNER_PASSWORD": password}


def from_python(db, door):
    """An application's first call, by the README's lines."""
    url, usual = door["QUOTAKIT_BASE_URL"], demo_gateway.PORTS[0]
    taken = "" if url.endswith(f":{usual}") else f" (port {usual} is taken)"
    say(f"\nThe gateway is on {url}{taken}; the README's Python lines against it")
    quick_start.run(url, door["QUOTAKIT_API_KEY"])
    ((at, path, model, usd),) = db("SELECT to_char(at, 'HH24:MI:SS'), path::text, model, cost_usd FROM quotakit.ledger"
                                   " ORDER BY recorded_at DESC LIMIT 1")
    say(f"  in the ledger: {at} UTC, {path}, {model}, ${usd:f}")


def write_environment(cluster, door):
    """.quotakit/env: what a client needs, as shell variables. It holds a password: for this user only."""
    path = os.path.join(STATE, "env")
    values = {
        "PGHOST": cluster.sockets, "PGPORT": cluster.port, "PGDATABASE": DATABASE, "PGUSER": cluster.superuser,
        "PGPASSWORD": cluster.password, "PGOPTIONS": f"-c quotakit.account={company.NAME} -c search_path=public,quotakit",
        "QUOTAKIT_ACCOUNT": company.NAME,
        "QUOTAKIT_PSQL": os.path.join(cluster.bindir, "psql"),
        **door,
    }
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as f:
        f.write("# The demo's cluster, by its socket. Over loopback: PGHOST=127.0.0.1, with the password.\n")
        for name, value in values.items():
            f.write(f"export {name}={shlex.quote(str(value))}\n")


def main():
    started = time.monotonic()
    now = dt.datetime.now(dt.timezone.utc)
    if os.path.exists(LINK):
        say("Removing the demo of an earlier run (a demo always starts afresh).")
    demo_gateway.stop()
    cluster = new_demo_cluster()
    say(f"Making a private cluster in {os.path.relpath(LINK)}" +
        (f" -> {cluster.directory}" if os.path.islink(LINK) else ""))
    cluster.start()
    db = make_database(cluster)
    with open(PRICES) as f:
        prices = f.read()
    say("Making the account acme: eight paths, prices from the price file")
    company.make(db, now.astimezone(history.ZONE).date(), prices)
    db("SELECT quotakit.make_partitions(behind => '2 months')")
    say(f"Recording {history.DAYS} days of history, resampled from a real trace")
    load_history(db, now)
    say(f"Setting {len(company.POLICIES) + 1} policies; each counts its whole window from the start")
    for policy in company.POLICIES:
        db(company.SET_POLICY, *policy)
    ((brake,),) = db(company.SET_POLICY, *company.BRAKE)
    if has_cron(cluster):
        db("SELECT quotakit.schedule_jobs()")
    door = open_gateway(cluster, db)
    write_environment(cluster, door)
    say(f"Replaying a stretch of the trace live, against ${company.BRAKE[1]} an hour for "
        f"{company.BRAKE[6]} on {company.BRAKE[0]}")
    replay = Replay(cluster)
    seconds = replay.run()
    clean = tell(db, replay, seconds, brake)
    from_python(db, door)
    say(f"""
Done in {time.monotonic() - started:.0f} s. Cluster and gateway run on (port {cluster.port} on 127.0.0.1, or its socket). Next:

  . .quotakit/env
  psql -c "SELECT path, unit, period, model, enforcement, used, limit_amount, status FROM quotakit.policy_status"
  psql -c "SELECT * FROM quotakit.explain('acme/search/query-rewrite', model => 'gpt-4o')"
  psql -c "SELECT * FROM quotakit.subtree_breakdown('acme', now() - interval '7 days', now(), 'model')"
  curl -H "Authorization: Bearer $QUOTAKIT_API_KEY" "$QUOTAKIT_BASE_URL/v1/state?path=acme/search"

  {door["QUOTAKIT_BASE_URL"]}  sign in as {door["QUOTAKIT_OWNER"]} with the password {door["QUOTAKIT_OWNER_PASSWORD"]}

make stop ends them.""")
    if not clean:
        sys.exit("demo: the counters differ from the ledger")
    if not replay.refused:
        sys.exit("demo: the cap did not trip")


if __name__ == "__main__":
    main()
