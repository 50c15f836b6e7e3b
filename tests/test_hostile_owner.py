#!/usr/bin/python3
"""A hostile owner of the database, who is no superuser: whatever they put where QuotaKit looks, they gain nothing.
They may make schemas, functions, domains, operators and trusted extensions, and say what every session begins with."""
import json
import os

import psycopg2

from gateway_client import Gateway, build
from harness import Cluster, check, connect, done, equal, note, raises, wait_until
from mail_world import Courier

build()

PASSWORD = "correct horse battery"
# What a function of theirs does when somebody with more rights runs it.
TRAP = """BEGIN
  IF (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user) THEN
    EXECUTE 'ALTER ROLE mallory SUPERUSER';
  END IF;
  {}
END"""


def trap(db, head, returns):
    db.run(f"CREATE FUNCTION {head} LANGUAGE plpgsql AS $trap${TRAP.format(returns)}$trap$")


def gained_nothing(cluster, name):
    with connect(cluster) as root:
        gained = root.value("SELECT rolsuper FROM pg_roles WHERE rolname = 'mallory'")
        # The next attack begins where this one began.
        root.run("ALTER ROLE mallory NOSUPERUSER")
        check(f"{name}: the owner of the database is no superuser", not gained)


def ask(cluster, method, route, body):
    """A request as the gateway hands it on."""
    with connect(cluster, "quota", user="quotakit_gateway") as gateway:
        return gateway.row("SELECT status, body FROM quotakit.api(NULL, NULL, NULL, true, %s, %s, NULL, %s)",
                           method, route, json.dumps(body).encode())


def sign_in(cluster, password):
    try:
        return ask(cluster, "POST", "/api/signin", {"email": "ann@acme.test", "password": password})[0]
    except psycopg2.Error as error:
        return error


def furnish(cluster):
    with connect(cluster) as root:
        root.run("CREATE ROLE mallory LOGIN")
        root.run("CREATE ROLE quotakit_test_courier LOGIN")
        root.run("CREATE DATABASE quota OWNER mallory")
    with connect(cluster, "quota") as root:
        root.run("CREATE EXTENSION quotakit")
        root.run("SELECT quotakit.make_roles()")
        root.run("SELECT quotakit.make_gateway_role()")
        # An account of their own, where they may do what a customer may.
        root.run("GRANT quotakit_reader, quotakit_app TO mallory")
        root.run("GRANT quotakit_courier TO quotakit_test_courier")
        for account in ("acme", "theirs"):
            root.run("SELECT quotakit.create_account(%s)", account)
            root.run("SELECT set_config('quotakit.account', %s, false)", account)
            root.run("SELECT quotakit.create_node(%s, 'openai')", account)
            root.run("SELECT quotakit.log(%s, usd => 1)", account)
        root.run("SELECT quotakit.grant_access('mallory', 'admin')")
        root.run("SET quotakit.account = 'acme'")


def pgcrypto(cluster):
    """Sign-in once looked for the functions of the extension pgcrypto, whose owner may put others into it."""
    with connect(cluster, "quota", user="mallory") as mallory:
        # Theirs shall be found first: room for it in the catalog, in front of the real ones.
        mallory.run("CREATE SCHEMA filler")
        mallory.run("DO $$BEGIN FOR i IN 1..500 LOOP EXECUTE format('CREATE TABLE filler.t%s (a int)', i); END LOOP; END$$")
        mallory.run("CREATE EXTENSION pgcrypto SCHEMA public")
        mallory.run("SET client_min_messages = error; DROP SCHEMA filler CASCADE")
        mallory.run("VACUUM pg_catalog.pg_depend")
        mallory.run("VACUUM pg_catalog.pg_proc")
        mallory.run("CREATE SCHEMA crypt")
    with connect(cluster, "quota") as root:
        root.run("SET quotakit.account = 'acme'")
        root.run("SELECT quotakit.create_member('ann@acme.test', %s)", PASSWORD)
    with connect(cluster, "quota", user="mallory") as mallory:
        for name, types, returns in (("crypt", "text, text", "RETURN $2;"), ("gen_salt", "text, int", "RETURN '$2a$10$';")):
            trap(mallory, f"crypt.{name}({types}) RETURNS text", returns)
            mallory.run(f"ALTER EXTENSION pgcrypto ADD FUNCTION crypt.{name}({types})")
    equal("with another crypt() in pgcrypto a wrong password is wrong", sign_in(cluster, "whatever it is"), 401)
    equal("and the right one right", sign_in(cluster, PASSWORD), 200)
    with connect(cluster, "quota") as root:
        root.run("SET quotakit.account = 'acme'")
        root.run("SELECT quotakit.create_member('bob@acme.test', %s)", PASSWORD)
    gained_nothing(cluster, "functions put into pgcrypto")


def evil(mallory):
    """A schema with what sessions look for: types, functions and operators, that note who has used them."""
    mallory.run("CREATE SCHEMA evil; GRANT USAGE ON SCHEMA evil TO PUBLIC")
    mallory.run("CREATE TABLE evil.fell (who pg_catalog.name, what pg_catalog.text); GRANT INSERT ON evil.fell TO PUBLIC")

    def lay(head, returns):
        noted = f"BEGIN INSERT INTO evil.fell VALUES (current_user, $what${head}$what$); END;"
        mallory.run(f"CREATE FUNCTION evil.{head} LANGUAGE plpgsql AS $trap${TRAP.format(noted + returns)}$trap$")

    for name in ("int2", "int4", "int8", "bool", "text", "name", "numeric", "timestamptz", "jsonb", "bytea", "uuid", "interval", "inet"):
        lay(f"check_it(pg_catalog.{name}) RETURNS pg_catalog.bool", "RETURN true;")
        mallory.run(f"CREATE DOMAIN evil.{name} AS pg_catalog.{name} CHECK (evil.check_it(VALUE))")
    for head, returns in (("array_to_string(anyarray, pg_catalog.text) RETURNS pg_catalog.text", "RETURN '';"),
                          ("set_config(pg_catalog.text, pg_catalog.text, pg_catalog.bool) RETURNS pg_catalog.text", "RETURN '';"),
                          ("current_setting(pg_catalog.text) RETURNS pg_catalog.text", "RETURN '';"),
                          ("now() RETURNS pg_catalog.timestamptz", "RETURN pg_catalog.now();"),
                          ("sha256(pg_catalog.bytea) RETURNS pg_catalog.bytea", "RETURN $1;"),
                          ('"extract"(pg_catalog.text, pg_catalog.timestamptz) RETURNS pg_catalog."numeric"', "RETURN 0;"),
                          ("cardinality(anyarray) RETURNS pg_catalog.int4", "RETURN 0;")):
        lay(head, returns)
    for left, right in (("int4", "int4"), ("int8", "int8"), ("int8", "int4"), ("text", "text"), ("name", "text"), ("bytea", "bytea")):
        lay(f"equal(pg_catalog.{left}, pg_catalog.{right}) RETURNS pg_catalog.bool", "RETURN true;")
        for operator in ("=", "<", "||"):
            mallory.run(f"CREATE OPERATOR evil.{operator} (LEFTARG = pg_catalog.{left}, RIGHTARG = pg_catalog.{right}, FUNCTION = evil.equal)")


def search_path(cluster):
    """What every session looks for first is the owner's: a superuser's, the gateway's, the courier's."""
    with connect(cluster, "quota", user="mallory") as mallory:
        evil(mallory)
        # They know how to lay a trap: this one is sprung.
        mallory.run("SET search_path = evil, pg_catalog; SELECT 'x' || 'y'::pg_catalog.text, 1::int4")
        check("the traps are good", mallory.value("SELECT pg_catalog.count(*) FROM evil.fell") >= 2)
        mallory.run("RESET search_path; TRUNCATE evil.fell")
        mallory.run("ALTER DATABASE quota SET search_path = evil, pg_catalog")
        # A project that a session sleeps on: retention, which has something to seal there, fails.
        mallory.run("BEGIN")
        mallory.run("SELECT quotakit.log('theirs', usd => 1)")
        with connect(cluster, "quota") as root:
            for job in ("fold_rollups", "check_alerts", "make_partitions", "retention", "tidy"):
                root.run(f"CALL quotakit.run_job('{job}')")
            check("a job that fails says so", any("job \"retention\" failed" in line for line in root.notices()))
            root.run("CALL quotakit.apply_retention()")
            root.run("SELECT quotakit.make_roles()")
            root.run("SELECT quotakit.make_gateway_role()")
            root.run("SET quotakit.account = 'acme'")
            key = root.value("SELECT quotakit.create_key('k')")
            root.run("SELECT quotakit.log('acme', usd => 1)")
            root.run("SELECT quotakit.verify()")
            root.run("SELECT * FROM quotakit.policy_status")
            root.run("SELECT * FROM quotakit.tree('acme')")
            root.run("SELECT quotakit.job_commands()")
        mallory.run("ROLLBACK")
        daemons(cluster, key)
        equal("with that search_path nobody has used anything of theirs", mallory.run("SELECT DISTINCT who, what FROM evil.fell"), [])
        gained_nothing(cluster, "a search_path for every session")
        mallory.run("ALTER DATABASE quota RESET search_path")


def daemons(cluster, key):
    """Gateway and courier do all that they do."""
    with Gateway(cluster, "quota") as gateway:
        wait_until(lambda: gateway.get("/api/signup")[0] == 200)
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {key}"}
        for password, status in (("whatever it is", 401), (PASSWORD, 200)):
            body = json.dumps({"email": "ann@acme.test", "password": password})
            equal(f"with that search_path, signing in: {status}", gateway.get("/api/signin", headers, "POST", body)[0], status)
        body = json.dumps({"path": "acme", "usd": "0.01"})
        equal("a reservation", gateway.get("/v1/reservations", headers, "POST", body)[0], 201)
        equal("a state", gateway.get("/v1/state?path=acme", headers)[0], 200)
        equal("an explanation", gateway.get("/v1/explain?path=acme&usd=1", headers)[0], 200)
    courier = Courier(cluster, None, None, "--once", user="quotakit_test_courier")
    equal("the courier", courier.wait(), 0)
    check("is connected", "connected" in courier.said() and "cannot" not in courier.said(), courier.said())


def estimators(cluster):
    """An estimator of ours behind an operator of theirs is given values that are no paths."""
    with connect(cluster, "quota", user="mallory") as mallory:
        mallory.run("SELECT quotakit.uuid7()")
        mallory.run("CREATE SCHEMA guess")
        mallory.run("CREATE FUNCTION guess.less(int8, int8) RETURNS bool LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN $1 OPERATOR(pg_catalog.<) $2; END'")
        mallory.run("CREATE TABLE guess.numbers AS SELECT i::int8 AS n FROM generate_series(1, 1000) i, generate_series(1, 3)")
        mallory.run("ANALYZE guess.numbers")
    for estimator in ("qpath_within", "qpath_contains", "qpath_match"):
        make = (f"CREATE OPERATOR guess.<<< (LEFTARG = int8, RIGHTARG = int8, FUNCTION = guess.less, RESTRICT = quotakit.{estimator}_sel, "
                f"JOIN = quotakit.{estimator.replace('match', 'within')}_joinsel)")
        # A session each: it may not survive.
        try:
            with connect(cluster, "quota", user="mallory") as mallory, connect(cluster, "quota") as root:
                root.run("DROP OPERATOR IF EXISTS guess.<<< (int8, int8)")
                try:
                    mallory.run(make)
                except psycopg2.errors.InsufficientPrivilege:
                    root.run(make)      # the latest minor versions of PostgreSQL let nobody else
                mallory.run("EXPLAIN SELECT FROM guess.numbers WHERE n OPERATOR(guess.<<<) 4096")
                mallory.run("EXPLAIN SELECT FROM guess.numbers a JOIN guess.numbers b ON a.n OPERATOR(guess.<<<) b.n")
                alive = True
        except psycopg2.OperationalError as error:
            alive = error
            wait_until(lambda: up(cluster))
        equal(f"{estimator}_sel takes no number for a path", alive, True)


def up(cluster):
    try:
        connect(cluster).close()
        return True
    except psycopg2.OperationalError:
        return False


def partitions(cluster):
    """A partition that they made, attached by somebody who meant well: their triggers and the expressions of
    their indexes do not run with more rights."""
    with connect(cluster, "quota") as root:
        month, part = root.row("SELECT since, partition FROM quotakit._partitions() WHERE parent = 'event' AND since = date_trunc('month', now(), 'UTC')")
        root.run("GRANT USAGE ON SCHEMA quotakit TO mallory")
        root.run("CREATE TABLE public.model AS SELECT * FROM quotakit.event LIMIT 0; GRANT SELECT ON public.model TO mallory; GRANT CREATE ON SCHEMA public TO mallory")
    with connect(cluster, "quota", user="mallory") as mallory:
        mallory.run("CREATE TABLE public.month (LIKE public.model)")
        mallory.run("ALTER TABLE public.month ADD PRIMARY KEY (account_id, at, event_id)")
        trap(mallory, "public.trap_row() RETURNS trigger", "RETURN NULL;")
        mallory.run("CREATE FUNCTION public.trap_index(int8) RETURNS int8 IMMUTABLE LANGUAGE sql AS 'SELECT $1'")
        mallory.run("CREATE INDEX trap ON public.month (public.trap_index(usd))")
        mallory.run(f"CREATE OR REPLACE FUNCTION public.trap_index(int8) RETURNS int8 IMMUTABLE LANGUAGE plpgsql AS $trap${TRAP.format('RETURN $1;')}$trap$")
    with connect(cluster, "quota") as root:
        names = [row[0] for row in root.run("SELECT attname FROM pg_attribute WHERE attrelid = 'quotakit.event'::regclass AND attnotnull AND attnum > 0")]
        root.run("".join(f"ALTER TABLE public.month ALTER {name} SET NOT NULL;" for name in names))
        for check_name, text in root.run("SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'quotakit.event'::regclass AND contype = 'c'"):
            root.run(f"ALTER TABLE public.month ADD CONSTRAINT {check_name} {text}")
        root.run(f"ALTER TABLE quotakit.event DETACH PARTITION quotakit.{part}")
        root.run(f"ALTER TABLE quotakit.event ATTACH PARTITION public.month FOR VALUES FROM ('{month}') TO ('{month}'::timestamptz + interval '1 month')")
        root.run("SET quotakit.account = 'acme'")
        error = raises("a call does not write to a partition of another owner", "55000", root.run, "SELECT quotakit.log('acme', usd => 1)")
        check("and says whose it should be", error and 'does not belong to the owner of "event"' in str(error) and "OWNER TO postgres" in str(error), error)
    gained_nothing(cluster, "the index of a partition of theirs")
    with connect(cluster, "quota", user="mallory") as mallory:
        mallory.run("DROP INDEX public.trap")
        mallory.run("CREATE TRIGGER trap AFTER DELETE ON public.month FOR EACH STATEMENT EXECUTE FUNCTION public.trap_row()")
    with connect(cluster, "quota") as root:
        root.run("ALTER TABLE public.month SET SCHEMA quotakit")
        root.run("UPDATE quotakit.account SET sealed_until = now() + interval '2 months' WHERE account_id > 0")
        root.run("ALTER TABLE quotakit.month RENAME TO event_2001_01")
        root.run("SELECT quotakit._delete_sealed(account_id, 10) FROM quotakit.account WHERE account_id > 0")
        check("retention leaves it alone, and says so", any("is left alone" in line for line in root.notices()))
    gained_nothing(cluster, "the trigger of a partition of theirs")
    with connect(cluster, "quota") as root:
        root.run("UPDATE quotakit.account SET sealed_until = '-infinity' WHERE account_id > 0")
        root.run("ALTER TABLE quotakit.event DETACH PARTITION quotakit.event_2001_01")
        root.run(f"ALTER TABLE quotakit.event ATTACH PARTITION quotakit.{part} FOR VALUES FROM ('{month}') TO ('{month}'::timestamptz + interval '1 month')")
        root.run("SET quotakit.account = 'acme'")
        equal("in one of ours calls are recorded", root.value("SELECT outcome FROM quotakit.log('acme', usd => 1)"), "recorded")


def cron(cluster):
    """Functions among those of pg_cron that are not its own, where they were let into its schema."""
    with connect(cluster, "quota") as root:
        root.run("CREATE EXTENSION pg_cron")
        equal("with pg_cron the jobs are registered", root.value("SELECT count(*) FROM quotakit.schedule_jobs()"), root.value("SELECT count(*) FROM quotakit._jobs()"))
        root.run("GRANT USAGE, CREATE ON SCHEMA cron TO mallory")
    with connect(cluster, "quota", user="mallory") as mallory:
        trap(mallory, "cron.schedule_in_database(text, text, text, text) RETURNS int8", "RETURN 1;")
        trap(mallory, "cron.unschedule(int4) RETURNS bool", "RETURN true;")
    with connect(cluster, "quota") as root:
        raises("with functions of others in its schema they are not", "55000", root.run, "SELECT quotakit.schedule_jobs()")
        raises("nor taken away", "55000", root.run, "SELECT quotakit.unschedule_jobs()")
    gained_nothing(cluster, "functions among those of pg_cron")
    with connect(cluster, "quota") as root:
        root.run("DROP FUNCTION cron.schedule_in_database(text, text, text, text), cron.unschedule(int4)")
        equal("without them they are", root.value("SELECT quotakit.unschedule_jobs()"), root.value("SELECT count(*) FROM quotakit._jobs()"))
        root.run("DROP EXTENSION pg_cron")


def settings(cluster):
    """What every session begins with is theirs to say."""
    with connect(cluster, "quota", user="mallory") as mallory:
        mallory.run("ALTER DATABASE quota SET row_security = off")
        raises("the database's owner does not open sign-up", "42501", mallory.run, "ALTER DATABASE quota SET quotakit.signup = 'open'")
    with connect(cluster, "quota") as root:
        root.run("SET quotakit.account = 'acme'")
        before = root.value("SELECT count(*) FROM quotakit.audit_log")
        root.run("SELECT quotakit.set_node('acme', notes => 'changed')")
        check("with row_security off for the database the log still has every change", root.value("SELECT count(*) FROM quotakit.audit_log") > before)
    equal("and a wrong password is wrong", sign_in(cluster, "whatever it is"), 401)
    with connect(cluster, "quota", user="mallory") as mallory:
        mallory.run("ALTER DATABASE quota RESET row_security")


def belongings(cluster):
    """Objects of the extension, and other people's rows."""
    with connect(cluster, "quota", user="mallory") as mallory:
        for name, code, sql in (
                ("a function in the schema", "42501", "CREATE FUNCTION quotakit.crypt(text, text) RETURNS text LANGUAGE sql AS 'SELECT $2'"),
                ("a member of the extension", "42501", "ALTER EXTENSION quotakit ADD SCHEMA public"),
                ("a trigger", "42501", "CREATE TRIGGER t AFTER INSERT ON quotakit.event FOR EACH ROW EXECUTE FUNCTION public.trap_row()"),
                ("an index", "42501", "CREATE INDEX ON quotakit.member (lower(email))"),
                ("a policy", "42501", "CREATE POLICY p ON quotakit.event USING (true)"),
                ("a rule", "42501", "CREATE RULE r AS ON INSERT TO quotakit.member DO ALSO SELECT 1"),
                ("a heir", "42501", "CREATE TABLE heir () INHERITS (quotakit.member)"),
                ("a partition", "42501", "CREATE TABLE public.part PARTITION OF quotakit.event FOR VALUES FROM ('2001-01-01') TO ('2001-02-01')"),
                ("a statistic", "42501", "CREATE STATISTICS s ON account_id, path FROM quotakit.node"),
                ("a reference", "42501", "CREATE TABLE ref (a int4 REFERENCES quotakit.account)"),
                ("an event trigger", "42501", "CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION public.trap_row()"),
                ("the schema", "42501", "ALTER SCHEMA quotakit RENAME TO other"),
                ("the extension", "42501", "DROP EXTENSION quotakit"),
                ("passwords", "42501", "SELECT password_hash FROM quotakit.member"),
                ("hashes of keys", "42501", "SELECT key_hash FROM quotakit.api_key"),
                ("a member's context", "42501", "SELECT quotakit._act_as(1, 'owner', 'me')"),
                ("the API", "42501", "SELECT quotakit.api(NULL, NULL, NULL, true, 'GET', '/api/signup', NULL, NULL)"),
                ("another account", "42501", "SELECT set_config('quotakit.account', 'acme', false), quotakit.create_key('mine')")):
            raises(f"not theirs: {name}", code, mallory.run, sql)
        mallory.run("RESET quotakit.account")
        equal("they see their own account alone", mallory.run("SELECT DISTINCT account_id FROM quotakit.event"),
              mallory.run("SELECT account_id FROM quotakit.account"))
        # A trusted extension in our schema, with a set_limit() of its own.
        mallory.run("CREATE EXTENSION pg_trgm SCHEMA quotakit")
    with connect(cluster, "quota") as root:
        root.run("SELECT quotakit.make_roles()")
        equal("no group role is granted what is no part of the extension", root.value("""
            SELECT count(*) FROM pg_proc p, aclexplode(p.proacl) a
            WHERE p.pronamespace = 'quotakit'::regnamespace AND a.grantee::regrole::text LIKE 'quotakit_%'
              AND NOT EXISTS (SELECT FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid
                              WHERE d.objid = p.oid AND d.deptype = 'e' AND e.extname = 'quotakit')"""), 0)
        root.run("DROP EXTENSION pg_trgm")


server = Cluster()
has_cron = os.path.exists(os.path.join(server.pkglibdir, "pg_cron.so"))
if has_cron:
    server.settings.update({"shared_preload_libraries": "pg_cron", "cron.database_name": "quota", "cron.use_background_workers": "on"})
else:
    note("pg_cron is not here")
with server as cluster:
    furnish(cluster)
    if has_cron:
        cron(cluster)
    pgcrypto(cluster)
    search_path(cluster)
    belongings(cluster)
    settings(cluster)
    partitions(cluster)
    estimators(cluster)
    with connect(cluster, "quota") as root:
        equal("verify() is clean", root.run("SELECT * FROM quotakit.verify()"), [])

done()
