#!/usr/bin/python3
"""pg_dump and restore into a new cluster bring every row, every right and every counter; calls go on
there as they would have here. DROP EXTENSION … CASCADE leaves nothing, and CREATE EXTENSION works again."""
import os

from harness import Cluster, check, connect, database, done, equal

TABLES = """
SELECT c.oid::regclass::text FROM pg_class c
WHERE c.relnamespace = 'quotakit'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition ORDER BY 1"""
PARTITIONS = """
SELECT i.inhparent::regclass::text, c.oid::regclass::text, pg_get_expr(c.relpartbound, c.oid)
FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
WHERE c.relnamespace = 'quotakit'::regnamespace AND c.relkind = 'r' ORDER BY 1, 2"""
RIGHTS = """
SELECT 'relation ' || c.oid::regclass || coalesce('.' || a.attname, ''), g.grantee::regrole::text, g.privilege_type
FROM pg_class c LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attacl IS NOT NULL,
     aclexplode(coalesce(a.attacl, c.relacl)) g WHERE c.relnamespace = 'quotakit'::regnamespace
UNION SELECT 'routine ' || p.oid::regprocedure, g.grantee::regrole::text, g.privilege_type
FROM pg_proc p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) g WHERE p.pronamespace = 'quotakit'::regnamespace
UNION SELECT 'schema ' || n.nspname, g.grantee::regrole::text, g.privilege_type
FROM pg_namespace n, aclexplode(n.nspacl) g WHERE n.nspname = 'quotakit'
UNION SELECT 'member of ' || m.roleid::regrole, m.member::regrole::text, '' FROM pg_auth_members m
WHERE m.roleid::regrole::text LIKE 'quotakit%' ORDER BY 1, 2, 3"""
SECURITY = """
SELECT c.oid::regclass::text, c.relrowsecurity, c.relforcerowsecurity, c.reloptions::text,
       (SELECT count(*) FROM pg_policy p WHERE p.polrelid = c.oid),
       (SELECT count(*) FROM pg_trigger t WHERE t.tgrelid = c.oid AND NOT t.tgisinternal),
       (SELECT count(*) FROM pg_index i WHERE i.indrelid = c.oid AND i.indisvalid)
FROM pg_class c WHERE c.relnamespace = 'quotakit'::regnamespace AND c.relkind IN ('r', 'p', 'v') ORDER BY 1"""


def content(db, table):
    """How many rows, and a hash of all of them in an order of their own. The built-in account
    is no data: CREATE EXTENSION makes it, at another time."""
    own = "WHERE account_id <> 0" if table == "quotakit.account" else ""
    return db.row(f"SELECT count(*), md5(string_agg(t::text, E'\\n' ORDER BY t::text)) FROM {table} t {own}")


def sequences(db):
    names = [r[0] for r in db.run("SELECT c.oid::regclass::text FROM pg_class c"
                                  " WHERE c.relkind = 'S' AND c.relnamespace = 'quotakit'::regnamespace ORDER BY 1")]
    return {name: db.row(f"SELECT last_value, is_called FROM {name}") for name in names}


def picture(db):
    """All that is to be the same before and after."""
    return {
        "rows": {name: content(db, name) for (name,) in db.run(TABLES)},
        "partitions": db.run(PARTITIONS),
        "rights": db.run(RIGHTS),
        "row security, triggers, indexes": db.run(SECURITY),
        "sequences": sequences(db),
    }


def compare(name, before, after):
    for what in before:
        if isinstance(before[what], dict):
            keys = sorted(set(before[what]) | set(after[what]))
            wrong = [f"{k}: {before[what].get(k)} became {after[what].get(k)}" for k in keys
                     if before[what].get(k) != after[what].get(k)]
        else:
            wrong = [f"gone: {x}" for x in before[what] if x not in after[what]] + \
                    [f"new: {x}" for x in after[what] if x not in before[what]]
        check(f"{name}: the same {what}", not wrong, "\n".join(map(str, wrong[:30])))


def fill(db):
    """Two accounts with something of everything. Returns what the tests go on with."""
    db.run("SELECT quotakit.make_roles()")
    db.run("CREATE ROLE boss LOGIN; CREATE ROLE analyst LOGIN; CREATE ROLE app LOGIN;"
           "GRANT quotakit_admin TO boss; GRANT quotakit_reader TO analyst; GRANT quotakit_app TO app")
    # A DBA's own grant on an object of the extension.
    db.run("GRANT SELECT ON quotakit.policy_status TO app")
    known = {}
    for account, zone, day in (("acme", "Asia/Kolkata", 28), ("beta", "America/New_York", 1)):
        db.run("SELECT quotakit.create_account(%s, time_zone => %s, billing_day => %s)", account, zone, day)
        db.run("SELECT set_config('quotakit.account', %s, false)", account)
        db.run(f"SELECT quotakit.create_node('{account}/search', service => 'openai', tags => '{{web}}');"
               f"SELECT quotakit.create_node('{account}/search/rewrite', service => 'openai', notes => 'x');"
               f"SELECT quotakit.create_node('{account}/old', service => 'openai')")
        db.run("SELECT quotakit.set_price('openai', 'm', 'input_tokens', usd => 0.001, credits => 0.5, valid_from => '-infinity')")
        known["cap"] = db.value(f"SELECT quotakit.set_policy('{account}', 100, enforcement => 'strict', period => 'lifetime')")
        db.run(f"SELECT quotakit.set_policy('{account}', 100000, unit => 'credits', enforcement => 'block');"
               f"SELECT quotakit.set_policy('{account}/search', 1000, unit => 'requests', period => 'day', rolling => true);"
               f"SELECT quotakit.set_policy('{account}/search', 100000, unit => 'tokens', period => 'quarter', enforcement => 'open');"
               f"SELECT quotakit.set_policy('{account}/search', 1, enforcement => 'shadow', service => 'openai', model => 'm')")
        db.run("SELECT quotakit.grant_access('boss', 'owner'); SELECT quotakit.grant_access('analyst', 'viewer');"
               "SELECT quotakit.create_key('the gateway')")
        # Calls of three months, so that several partitions hold rows.
        db.run(f"""SELECT quotakit.log(id => quotakit.uuid7(now() - n * interval '7 hours'),
                     path => '{account}/search/rewrite', model => 'm', usage => '{{"input_tokens": 100, "image": 1}}',
                     tags => '{{"team": "a"}}')
                   FROM generate_series(1, 240) n""")
        db.run("SELECT quotakit.fold_rollups()")
        known[account] = db.value("SELECT quotakit.uuid7()")
        db.run(f"SELECT quotakit.log(id => %s, path => '{account}/search', model => 'm', usage => '{{\"input_tokens\": 7}}')",
               known[account])
        for what, ttl in (("open", 3600), ("released", 3600)):
            known[account, what] = db.value(
                f"SELECT id FROM quotakit.reserve(id => quotakit.uuid7(), path => '{account}/search', usd => 5, ttl => %s)", ttl)
        db.run("SELECT quotakit.release(id => %s)", known[account, "released"])
        known[account, "lease"] = db.value(
            f"SELECT id FROM quotakit.reserve(id => quotakit.uuid7(), path => '{account}/search', usd => 3, lease => true)")
        db.run("SELECT quotakit.draw(id => quotakit.uuid7(), reservation => %s, usd => 1)", known[account, "lease"])
        db.run(f"SELECT quotakit.reserve(id => quotakit.uuid7(), path => '{account}/search', usd => 99999)")
        db.run(f"SELECT quotakit.log(id => quotakit.uuid7(), path => '{account}/nowhere', usd => 1)")
        db.run(f"SELECT quotakit.archive_node('{account}/old')")
    return known


def goes_on(db, known):
    """Calls after the restore, with what was there before."""
    db.run("SELECT set_config('quotakit.account', 'acme', false)")
    equal("an open reservation is settled in its new place", db.value(
        "SELECT outcome FROM quotakit.settle(id => %s, usd => 4)", known["acme", "open"]), "recorded")
    equal("a lease is drawn on", db.value(
        "SELECT outcome FROM quotakit.draw(id => quotakit.uuid7(), reservation => %s, usd => 1)", known["acme", "lease"]), "recorded")
    answer = db.value("SELECT answer FROM quotakit.log(id => %s, path => 'acme/search', model => 'm',"
                      " usage => '{\"input_tokens\": 7}')", known["acme"])
    check("an event that was recorded there is a duplicate here", answer.get("duplicate") is True, answer)
    equal("new calls are recorded", db.value(
        "SELECT outcome FROM quotakit.log(id => quotakit.uuid7(), path => 'acme/search', usd => 1)"), "recorded")
    free = db.value("SELECT limit_amount - used - held FROM quotakit.policy_status WHERE policy_id = %s",
                    db.value("SELECT min(policy_id) FROM quotakit.policy_status WHERE path::text = 'acme' AND period = 'lifetime'"))
    equal("the cap refuses one nano more than is left", db.value(
        "SELECT outcome FROM quotakit.reserve(id => quotakit.uuid7(), path => 'acme/search', usd => %s)",
        free + free.__class__("0.000000001")), "refused")
    equal("and grants all that is left", db.value(
        "SELECT outcome FROM quotakit.reserve(id => quotakit.uuid7(), path => 'acme/search', usd => %s)", free), "granted")
    check("configuration can be changed", db.value("SELECT quotakit.create_node('acme/new', service => 'openai')") > 0)
    equal("verify() is clean after all that", db.run("SELECT * FROM quotakit.verify()"), [])


with Cluster() as old:
    db = database(old)
    known = fill(db)
    equal("verify() is clean before the dump", db.run("SELECT * FROM quotakit.verify()"), [])
    before = picture(db)
    check("there is something in most tables", sum(1 for n, _ in before["rows"].values() if n) > 15,
          [name for name, (n, _) in before["rows"].items() if not n])
    check("rows lie in several months", len([1 for _, p, _ in before["partitions"]
                                             if "event" in p and db.value(f"SELECT EXISTS (SELECT FROM {p})")]) >= 3)
    globals_ = old.client("pg_dumpall", "--globals-only").stdout
    archive = os.path.join(os.path.dirname(old.directory), "quota.dump")
    old.client("pg_dump", "-Fc", "-f", archive, dbname="quota")
    script = old.client("pg_dump", "-C", dbname="quota").stdout
    compare("the dump changed nothing", before, picture(db))

    for form in ("custom archive", "plain script"):
        with Cluster() as new:
            # The role postgres is there already; that is the one error expected.
            new.client("psql", "-Xq", "-f", "-", input=globals_)
            if form == "custom archive":
                new.client("createdb", "quota")
                result = new.client("pg_restore", "--exit-on-error", "-d", "quota", archive, check=False)
            else:
                result = new.client("psql", "-Xq", "-v", "ON_ERROR_STOP=1", "-f", "-", input=script, check=False)
            check(f"{form}: restored without an error", result.returncode == 0, result.stderr)
            with connect(new, "quota") as there:
                compare(form, before, picture(there))
                equal(f"{form}: verify() is clean", there.run("SELECT * FROM quotakit.verify()"), [])
                if form == "custom archive":
                    goes_on(there, known)
                    with connect(new, "quota", user="analyst") as reader:
                        check("the analyst still sees own rows", reader.value("SELECT count(*) FROM quotakit.policy_status") > 0)
    os.unlink(archive)

    # -- dropped and made again

    db.run("CREATE TABLE public.mine (path quotakit.qpath, note text); INSERT INTO public.mine VALUES ('acme', 'kept')")
    db.run("DROP EXTENSION quotakit CASCADE")
    equal("DROP EXTENSION … CASCADE leaves nothing of it", db.value(
        "SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'quotakit%'"), 0)
    equal("and takes no other table", db.run("SELECT note FROM public.mine"), [("kept",)])
    db.run("CREATE EXTENSION quotakit")
    db.run("SELECT quotakit.make_roles(); SELECT quotakit.create_account('acme')")
    db.run("SELECT set_config('quotakit.account', 'acme', false)")
    db.run("SELECT quotakit.create_node('acme/search', service => 'openai')")
    equal("made again, in the same session, it records", db.value(
        "SELECT outcome FROM quotakit.log(id => quotakit.uuid7(), path => 'acme/search', usd => 1)"), "recorded")
    equal("and verify() is clean", db.run("SELECT * FROM quotakit.verify()"), [])
    db.close()
done()
