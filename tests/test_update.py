#!/usr/bin/python3
"""ALTER EXTENSION quotakit UPDATE from each version that was.

What a database is afterwards is compared with one that was made anew: the whole catalog, whatever is in it. Data
of the old version is kept as a dump of a database that its own library has filled (tests/versions),
at a time to which the clock is set: so this part needs nothing but the files of the project. What `--write OLD`
does is to make that dump.
"""
import datetime
import json
import os
import re
import shutil
import sys

import old_version
from catalog import differences, picture
from clock import ClockCluster
from harness import ROOT, Cluster, check, connect, database, done, equal, note, raises

with open(os.path.join(ROOT, "META.json")) as f:
    VERSION = json.load(f)["version"]
OLD = sorted(re.fullmatch(r"quotakit--(.*)\.sql", name).group(1) for name in os.listdir(os.path.join(ROOT, "extension/update"))
             if re.fullmatch(r"quotakit--(.*)\.sql", name))
START = datetime.datetime(2026, 11, 23, 12, 30, tzinfo=datetime.timezone.utc)
FILLED = START + datetime.timedelta(seconds=600)
PASSWORD = "correct horse battery"


def data_file(version):
    return os.path.join(ROOT, f"tests/versions/{version}-data.sql")


def at(when):
    return when.strftime("%Y-%m-%d %H:%M:%S")


# -- what the old version has filled

def fill(cluster, db):
    """Two accounts with something of everything, by the functions of the version. The clock goes from START to FILLED."""
    for account, zone, day in (("acme", "Asia/Kolkata", 28), ("beta", "America/New_York", 1)):
        db.run("SELECT quotakit.create_account(%s, time_zone => %s, billing_day => %s)", account, zone, day)
        db.run("SELECT set_config('quotakit.account', %s, false)", account)
        db.run(f"SELECT quotakit.create_node('{account}/search', service => 'openai', tags => '{{web}}');"
               f"SELECT quotakit.create_node('{account}/search/rewrite', service => 'openai', notes => 'x');"
               f"SELECT quotakit.create_node('{account}/old', service => 'openai')")
        db.run("SELECT quotakit.set_price('openai', 'm', 'input_tokens', usd => 0.001, credits => 0.5, valid_from => '-infinity')")
        db.run(f"SELECT quotakit.set_policy('{account}', 1000, enforcement => 'strict', period => 'lifetime');"
               f"SELECT quotakit.set_policy('{account}', 100000, unit => 'credits', enforcement => 'block');"
               f"SELECT quotakit.set_policy('{account}/search', 100000, unit => 'tokens', period => 'quarter', enforcement => 'open');"
               f"SELECT quotakit.set_policy('{account}/search', 5000, period => 'day', enforcement => 'shadow', service => 'openai', model => 'm')")
        for period, limit in (("minute", 6), ("hour", 1000), ("day", 1000), ("week", 1000), ("month", 1000), ("quarter", 1000), ("year", 1000)):
            db.run("SELECT quotakit.set_policy(%s, %s, unit => 'requests', period => %s, enforcement => 'strict', rolling => true)",
                   f"{account}/search", limit, period)
        db.run(f"SELECT quotakit.set_policy('{account}/search/rewrite', 100, period => 'minute')")
        # Three months, of which retention seals the first.
        db.run(f"""SELECT quotakit.log(id => quotakit.uuid7(now() - n * interval '31 hours'), path => '{account}/search/rewrite', model => 'm',
                     usage => '{{"input_tokens": 100, "image": 1}}', tags => '{{"team": "a"}}') FROM generate_series(1, 70) n""")
        db.run("SELECT quotakit.make_partitions(behind => '3 months')")
        db.run("SELECT quotakit.fold_rollups()")
        db.run("SELECT quotakit.set_account(retention => '35 days')")
        db.run(f"SELECT quotakit.log(id => quotakit.uuid7(), path => '{account}/nowhere', usd => 1);"
               f"SELECT quotakit.reserve(path => '{account}/search', usd => 99999);"
               f"SELECT quotakit.archive_node('{account}/old'); SELECT quotakit.create_key('the gateway')")
        db.run("SELECT quotakit.create_member(%s, %s)", f"ann@{account}.example", PASSWORD)
        db.run(f"SELECT quotakit.invite_member('bob@{account}.example'); SELECT quotakit.add_webhook('hook', 'https://example.com/{account}');"
               f"SELECT quotakit.set_alert(min(policy_id), percent => 80) FROM quotakit.policy_status WHERE account = '{account}'")
    db.run("CALL quotakit.apply_retention()")
    db.run("SELECT quotakit.check_alerts()")
    seconds(cluster, db)
    for account in ("acme", "beta"):
        db.run("SELECT set_config('quotakit.account', %s, false)", account)
        db.run(f"SELECT quotakit.reserve(path => '{account}/search/rewrite', usd => 5, requests => 0, ttl => 3600);"
               f"SELECT quotakit.release(id => (SELECT id FROM quotakit.reserve(path => '{account}/search', usd => 7, requests => 0, ttl => 3600)));"
               f"SELECT quotakit.draw(reservation => (SELECT id FROM quotakit.reserve(path => '{account}/search', usd => 3, requests => 0, lease => true,"
               "  ttl => 1000)), usd => 1, requests => 0)")


def seconds(cluster, db):
    """Ten minutes in which the rolling windows move: some calls each half minute, and a hold that ends."""
    for step in range(0, 600, 30):
        cluster.set_clock(at(START + datetime.timedelta(seconds=step)))
        for account in ("acme", "beta"):
            db.run("SELECT set_config('quotakit.account', %s, false)", account)
            for n in range(1 + step // 30 % 3):
                db.run(f"SELECT quotakit.log(path => '{account}/search', model => 'm', input_tokens => %s)", 10 + n)
            db.run(f"SELECT quotakit.log(path => '{account}/search/rewrite', model => 'm', input_tokens => 5, requests => 0);"
                   f"SELECT quotakit.reserve(path => '{account}/search', usd => 0.5, requests => 0, ttl => 45)")
    cluster.set_clock(at(FILLED))


def write_data(version):
    """Makes the dump that is kept, with the library of that version."""
    place = old_version.new_place()
    try:
        with ClockCluster(at(START), pg_config=old_version.old_tree(version, place)) as cluster:
            with database(cluster, extension=False) as db:
                db.run(f"CREATE EXTENSION quotakit VERSION '{version}'; CREATE EXTENSION IF NOT EXISTS pgcrypto")
                fill(cluster, db)
                rows = db.run("SELECT * FROM quotakit.verify()")
                if rows:
                    sys.exit(f"the version's own verify() finds {rows}")
                db.run("DROP EXTENSION pgcrypto")
            dump = cluster.client("pg_dump", "--no-owner", "--no-privileges", dbname="quota").stdout
    finally:
        shutil.rmtree(place, ignore_errors=True)
    # \restrict came with a minor version; who dumped is nobody's business.
    lines = [line for line in dump.splitlines() if not line.startswith(("\\restrict", "\\unrestrict", "-- Dumped"))]
    with open(data_file(version), "w") as f:
        f.write("\n".join(lines) + "\n")


# -- catalogs

def bare(cluster, version):
    """An empty database of that version, updated, is like a new one."""
    with database(cluster, "bare", extension=False) as db, database(cluster, "fresh") as fresh:
        db.run(f"CREATE EXTENSION quotakit VERSION '{version}'")
        check("before the update it is another version", differences(picture(db), picture(fresh)))
        db.run("ALTER EXTENSION quotakit UPDATE")
        equal("it is this version", db.value("SELECT extversion FROM pg_extension WHERE extname = 'quotakit'"), VERSION)
        found = differences(picture(db), picture(fresh))
        check(f"{version}: after the update nothing in the catalog differs from a new one's", not found, "\n".join(found[:40]))
    with connect(cluster) as db:
        db.run("DROP DATABASE bare")
        db.run("DROP DATABASE fresh")


# -- what is of others

THEIRS = """
CREATE VIEW public.spend AS SELECT account, path, unit, used, held, percent, status FROM quotakit.policy_status;
CREATE VIEW public.hours AS SELECT path, sum(cost_usd) AS cost_usd, sum(tokens) AS tokens FROM quotakit.usage_hour GROUP BY path;
CREATE VIEW public.nodes AS SELECT * FROM quotakit.node_status;
CREATE MATERIALIZED VIEW public.unpriced AS SELECT * FROM quotakit.unpriced_model;
CREATE TABLE public.note (path quotakit.qpath PRIMARY KEY, words text);
INSERT INTO public.note SELECT path, notes FROM quotakit.node;
CREATE FUNCTION public.used(path quotakit.qpath) RETURNS numeric LANGUAGE sql STABLE
  BEGIN ATOMIC SELECT sum(s.used) FROM quotakit.policy_status s WHERE s.path OPERATOR(quotakit.=) $1; END;
"""
# To roles; one of them on a function that is replaced, one on a view that is.
GRANTS = """
SELECT quotakit.make_roles(), quotakit.make_gateway_role();
GRANT SELECT ON quotakit.policy_status, quotakit.counter TO app;
GRANT SELECT (path, used) ON quotakit.node_status TO app;
GRANT EXECUTE ON FUNCTION quotakit.tree(text), quotakit.uuid7(timestamptz) TO PUBLIC;
"""
SEEN = ("SELECT account, path, unit, used, held FROM public.spend ORDER BY 1, 2, 3, 4, 5", "SELECT path, cost_usd, tokens FROM public.hours ORDER BY 1",
        "SELECT path, policies, policy_id, used, held FROM public.nodes ORDER BY 1", "SELECT count(*) FROM public.unpriced",
        "SELECT path, words, public.used(path) FROM public.note ORDER BY 1")


def seen(db):
    return [db.run(sql) for sql in SEEN]


# -- data

def api(db, method, route, body=None, secret=None, account=None):
    """A request as today's gateway hands it over: status and answer."""
    row = db.row("SELECT status, body, cookie FROM quotakit.api(%s, %s, NULL, true, %s, %s, '{}', %s, '192.0.2.1')", account, secret, method, route,
                 json.dumps(body or {}).encode())
    return row[0], json.loads(row[1]) if row[1] else None


def signs_in(db, account):
    """A password of old is good, and kept in today's way from then on."""
    email = f"ann@{account}.example"
    kept = "SELECT left(password_hash, 3) FROM quotakit.member WHERE email = %s"
    equal("a password of old is a bcrypt hash", db.value(kept, email), "$2a")
    equal("a wrong one is refused", api(db, "POST", "/api/signin", {"email": email, "password": PASSWORD + "x"})[0], 401)
    equal("which changes nothing", db.value(kept, email), "$2a")
    equal("the right one signs in", api(db, "POST", "/api/signin", {"email": email, "password": PASSWORD})[0], 200)
    equal("and is hashed anew", db.value(kept, email), "$y$")
    equal("it goes on being right", api(db, "POST", "/api/signin", {"email": email, "password": PASSWORD})[0], 200)


def answer(db, op, **call):
    return db.value("SELECT answer FROM quotakit.batch(%s)", json.dumps([{"op": op, **call}]))


def goes_on(db, account):
    """Calls after the update, with what was there before."""
    db.run("SELECT set_config('quotakit.account', %s, false)", account)
    reservations = db.run("SELECT reservation_id, held_usd, steps FROM quotakit.open_reservation WHERE account = %s AND expires_at > %s"
                          " ORDER BY held_usd", account, FILLED + datetime.timedelta(minutes=5))
    equal(f"{account}: what was open is open", [(float(usd), steps) for _, usd, steps in reservations], [(2.0, 1), (5.0, 0)])
    (lease, _, _), (hold, _, _) = reservations
    # An id of five minutes ago is judged by the window that it lies in: what its counter had forgotten is there again.
    old = db.value("SELECT quotakit.uuid7(%s)", FILLED - datetime.timedelta(seconds=240))
    refused = answer(db, "reserve", id=str(old), path=f"{account}/search", usd="0", usage={"requests": 4})
    equal(f"{account}: an older id is refused by the rolling minute that it lies in", (refused["outcome"], refused.get("period")), ("refused", "minute"))
    recorded = answer(db, "settle", id=str(hold), usd="4", usage={"requests": 0})
    equal(f"{account}: a reservation is settled as one of its own", (recorded["outcome"], recorded.get("flags", [])), ("recorded", []))
    recorded = answer(db, "draw", id=str(db.value("SELECT quotakit.uuid7()")), reservation=str(lease), usd="1", usage={"requests": 0})
    equal(f"{account}: a lease is drawn on", (recorded["outcome"], recorded.get("flags", [])), ("recorded", []))
    free = db.value("SELECT free FROM quotakit.policy_status WHERE account = %s AND enforcement = 'strict' AND period = 'lifetime'", account)
    for more, outcome in ((free + type(free)("0.000000001"), "refused"), (free, "granted")):
        asked = answer(db, "reserve", id=str(db.value("SELECT quotakit.uuid7()")), path=f"{account}/search", usd=str(more), usage={"requests": 0})
        equal(f"{account}: the cap is where it was: {outcome}", asked["outcome"], outcome)
    equal(f"{account}: verify() is clean after all that", db.run("SELECT * FROM quotakit.verify(%s)", account), [])


def load(cluster, name, version):
    """A database of that version with the data that is kept, as its own library has left it."""
    with connect(cluster) as db:
        db.run(f"CREATE DATABASE {name}")
    with connect(cluster, name) as db:
        db.run(f"CREATE EXTENSION quotakit VERSION '{version}'")
    cluster.client("psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-o", os.devnull, "-f", data_file(version), dbname=name)
    return connect(cluster, name)


def filled(cluster, version):
    """A database with data and with what others have made in it."""
    with connect(cluster) as db:
        db.run("CREATE ROLE app; CREATE ROLE other SUPERUSER")
    with load(cluster, "filled", version) as db, database(cluster, "fresh") as fresh:
        db.run(THEIRS + GRANTS)
        fresh.run(GRANTS)
        before = seen(db)
        rows = "SELECT (SELECT count(*) FROM quotakit.event), (SELECT count(*) FROM quotakit.reservation), (SELECT count(*) FROM quotakit.audit_log)"
        counted = db.row(rows)
        files = "SELECT relname, pg_relation_filenode(oid) FROM pg_class WHERE relname ~ '^(event|reservation|counter|rollup|subtree|audit_log)' ORDER BY 1"
        where = db.run(files)
        db.run("ALTER EXTENSION quotakit UPDATE")
        equal("no table is written anew", db.run(files), where)
        equal("no row has gone or come", db.row(rows), counted)
        db.run("SELECT quotakit.make_roles(), quotakit.make_gateway_role()")
        found = differences(picture(db), picture(fresh))
        check("with data, roles and grants nothing in the catalog differs either", not found, "\n".join(found[:40]))
        equal("verify() is clean after the update", db.run("SELECT * FROM quotakit.verify()"), [])
        equal("the views, tables and functions of others show what they did", seen(db), before)
        held = "SELECT account, held FROM quotakit.policy_status WHERE enforcement = 'strict' AND period = 'lifetime' ORDER BY 1"
        was = db.run(held)
        cluster.set_clock(at(FILLED - datetime.timedelta(seconds=90)))
        equal("a clock that goes back revives no hold that had ended", db.run(held), was)
        cluster.set_clock(at(FILLED + datetime.timedelta(seconds=10)))
        signs_in(db, "acme")
        for account in ("acme", "beta"):
            goes_on(db, account)
        cluster.set_clock(at(FILLED + datetime.timedelta(minutes=3)))
        equal("verify() is clean three minutes later", db.run("SELECT * FROM quotakit.verify()"), [])
        dump = cluster.client("pg_dump", dbname="filled").stdout
        with database(cluster, "restored", extension=False) as restored:
            cluster.psql(dump, dbname="restored")
            found = differences(picture(restored), picture(db))
            check("dumped and restored it is the same again", not found, "\n".join(found[:40]))
            equal("with the same rows", restored.row(rows), db.row(rows))
            equal("and verify() is clean there", restored.run("SELECT * FROM quotakit.verify()"), [])


# -- what is in its way

def in_the_way(cluster, version):
    """What the update cannot do is said, and leaves all as it was."""
    with database(cluster, "blocked", extension=False) as db:
        db.run(f"CREATE EXTENSION quotakit VERSION '{version}'")
        before = picture(db)
        update = "ALTER EXTENSION quotakit UPDATE"
        if version == "0.1.0":
            db.run("CREATE VIEW public.routes AS SELECT * FROM quotakit._api_routes()")
            error = raises("a view on what is gone is in the way", "2BP01", db.run, update)
            check("and is named", error and "view public.routes depends on function quotakit._api_routes()" in str(error), error)
            db.run("DROP VIEW public.routes")
        error = raises("it needs a new snapshot for each statement", "0A000", db.run, f"BEGIN ISOLATION LEVEL REPEATABLE READ; {update}")
        db.run("ROLLBACK")
        with connect(cluster, "blocked") as reader:
            reader.run("BEGIN; SELECT count(*) FROM quotakit.policy_status")
            db.run("SET statement_timeout = '30s'")
            raises("whoever reads the counters for long is not waited for long", "55P03", db.run, update)
            reader.run("ROLLBACK")
        equal("all is as it was", differences(picture(db), before), [])
        db.run(update)
        check("when nothing is in its way it goes through", True)


if __name__ == "__main__":
    if len(sys.argv) == 3 and sys.argv[1] == "--write":
        write_data(sys.argv[2])
        sys.exit()
    for version in OLD:
        note(f"from {version}")
        with Cluster() as cluster:
            bare(cluster, version)
            in_the_way(cluster, version)
        with ClockCluster(at(FILLED + datetime.timedelta(seconds=10))) as cluster:
            filled(cluster, version)
    done()
