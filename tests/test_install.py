#!/usr/bin/python3
"""The extension as a package: what is in its files, and that it works for someone who is no superuser,
has an empty search_path, or has a hostile one. What its objects are like is looked at in sql/hygiene.sql."""
import glob
import json
import os
import re
import subprocess

from harness import ROOT, Cluster, check, connect, database, done, equal, raises


def text(*path):
    with open(os.path.join(ROOT, *path), encoding="utf-8") as f:
        return f.read()


def files():
    """The files of the project: what git tracks, or all there are in an unpacked release."""
    listed = subprocess.run(["git", "-c", "safe.directory=*", "ls-files", "-z"], cwd=ROOT, stdout=subprocess.PIPE,
                            stderr=subprocess.DEVNULL, text=True)
    if listed.returncode == 0:
        return [name for name in listed.stdout.split("\0") if name and os.path.isfile(os.path.join(ROOT, name))]
    return [os.path.relpath(os.path.join(place, name), ROOT) for place, _, names in os.walk(ROOT)
            if "/." not in place for name in names if not name.endswith((".o", ".so", ".bc", ".pyc"))]


def bare_sql(sql):
    """SQL without its comments and the contents of its strings."""
    return re.sub(r"'(?:[^']|'')*'|--[^\n]*|/\*.*?\*/", lambda m: "''" if m.group()[0] == "'" else "", sql, flags=re.S)


# -- files

meta = json.loads(text("META.json"))
version = meta["version"]
control = dict(re.findall(r"^(\w+)\s*=\s*'?([^'\n]*)'?$", text("quotakit.control"), re.M))
equal("META.json, its provides and quotakit.control name one version",
      {version, meta["provides"]["quotakit"]["version"], control["default_version"]}, {version})
check("CHANGELOG.md has an entry for that version", re.search(rf"^## \[?{re.escape(version)}\b", text("CHANGELOG.md"), re.M))
equal("the library is named so that dynamic_library_path finds it", control["module_pathname"], "quotakit")
equal("the extension is not trusted", control["trusted"], "false")
for name in ("file", "docfile"):
    check(f"META.json's {name} exists", os.path.isfile(os.path.join(ROOT, meta["provides"]["quotakit"][name])))

pieces = sorted(os.path.relpath(path, os.path.join(ROOT, "extension/install")) for path in glob.glob(os.path.join(ROOT, "extension/install/*/*.sql")))
for name in pieces:
    sql = bare_sql(text("extension/install", name))
    found = re.findall(r"\bOR\s+REPLACE\b|\bIF\s+NOT\s+EXISTS\b(?!\s*\()", sql, re.I)
    check(f"{name} replaces nothing that was there before", not found, found)
    bare = [m for m in re.findall(r"RAISE\s+EXCEPTION\b[^;]*;", sql, re.I) if not re.search(r"ERRCODE", m)]
    check(f"{name}: every error has a code", not bare, "\n".join(bare))

machine = re.compile(r"(?<![\w.$}])/(?:work|home|Users)/\w|/tmp/[A-Za-z]|/root/\w|BEGIN (?:RSA |EC )?PRIVATE KEY")
wrong = []
for name in files():
    try:
        lines = text(name).splitlines()
    except UnicodeDecodeError:
        continue
    if os.path.abspath(os.path.join(ROOT, name)) != os.path.abspath(__file__):
        wrong += [f"{name}:{n}: {line[:120]}" for n, line in enumerate(lines, 1) if machine.search(line)]
check("no file names a path of somebody's machine", not wrong, "\n".join(wrong))

# -- as someone who is no superuser

with Cluster() as cluster:
    with database(cluster) as db:
        db.run("SELECT quotakit.make_roles()")
        db.run("SELECT quotakit.make_roles()")
        check("make_roles() may be run twice", True)
        db.run("CREATE ROLE somebody LOGIN; CREATE ROLE stranger LOGIN; GRANT quotakit_admin TO somebody;"
               "GRANT quotakit_reader TO stranger; GRANT CREATE ON SCHEMA public TO somebody")

    with connect(cluster) as db:
        db.run("CREATE DATABASE bare")
        db.run("GRANT CREATE ON DATABASE bare TO somebody")
    with connect(cluster, "bare", user="somebody") as db:
        raises("who is no superuser cannot create the extension", "42501", db.run, "CREATE EXTENSION quotakit")

    HOSTILE = """
        CREATE FUNCTION public.evil(int4, int4) RETURNS bool LANGUAGE plpgsql AS $$BEGIN RAISE 'evil was called'; END$$;
        CREATE OPERATOR public.= (LEFTARG = int4, RIGHTARG = int4, FUNCTION = public.evil);
        CREATE OPERATOR public.< (LEFTARG = int4, RIGHTARG = int4, FUNCTION = public.evil);
        CREATE FUNCTION public.evil(int8, int8) RETURNS bool LANGUAGE plpgsql AS $$BEGIN RAISE 'evil was called'; END$$;
        CREATE OPERATOR public.= (LEFTARG = int8, RIGHTARG = int8, FUNCTION = public.evil);
        CREATE FUNCTION public.evil(text, text) RETURNS bool LANGUAGE plpgsql AS $$BEGIN RAISE 'evil was called'; END$$;
        CREATE OPERATOR public.= (LEFTARG = text, RIGHTARG = text, FUNCTION = public.evil);
        CREATE FUNCTION public.now() RETURNS timestamptz LANGUAGE plpgsql AS $$BEGIN RAISE 'evil was called'; END$$;
        CREATE FUNCTION public.clock_timestamp() RETURNS timestamptz LANGUAGE plpgsql AS $$BEGIN RAISE 'evil was called'; END$$;
        CREATE TABLE public.account(); CREATE TABLE public.policy(); CREATE TABLE public.event(); CREATE TABLE public.node();"""

    def whole_story(who, options, account):
        """An account from its making to a refusal, with the search_path given."""
        with connect(cluster, "quota", user=who, options=options + f" -c quotakit.account={account}") as db:
            db.run("SELECT quotakit.create_account(%s)", account)
            db.run(f"SELECT quotakit.create_node('{account}/search', service => 'openai')")
            db.run("SELECT quotakit.set_price('openai', 'm', 'input_tokens', usd => 0.001)")
            policy = db.value(f"SELECT quotakit.set_policy('{account}', 10, enforcement => 'strict')")
            db.run(f"SELECT quotakit.set_policy('{account}/search', 1000, unit => 'requests', period => 'day', rolling => true)")
            outcome, call = db.row(f"SELECT outcome, id FROM quotakit.reserve(id => quotakit.uuid7(), "
                                   f"path => '{account}/search', model => 'm', usage => '{{\"input_tokens\": 6000}}')")
            equal(f"{account}: a reservation is granted", outcome, "granted")
            equal(f"{account}: what would pass the limit is refused",
                  db.value(f"SELECT outcome FROM quotakit.reserve(id => quotakit.uuid7(), path => '{account}/search', "
                           "model => 'm', usage => '{\"input_tokens\": 6000}')"), "refused")
            equal(f"{account}: it is settled", db.value(
                "SELECT outcome FROM quotakit.settle(id => %s, usage => '{\"input_tokens\": 5000}')", call), "recorded")
            equal(f"{account}: the status shows it",
                  db.value("SELECT used FROM quotakit.policy_status WHERE policy_id OPERATOR(pg_catalog.=) %s", policy), 5)
            check(f"{account}: the tree is drawn", account in "\n".join(r[0] for r in db.run("SELECT quotakit.tree(%s)", account)))
            check(f"{account}: explain answers", db.run(f"SELECT * FROM quotakit.explain('{account}/search', model => 'm')"))
            equal(f"{account}: usage of the subtree", len(db.run(
                f"SELECT * FROM quotakit.subtree_usage('{account}', now() - interval '1 day', now() + interval '1 day')"
                .replace("now()", "pg_catalog.now()"))), 1)
            db.run(f"SELECT quotakit.archive_node('{account}/search'); SELECT quotakit.restore_node('{account}/search')")
            equal(f"{account}: nothing differs", db.run("SELECT * FROM quotakit.verify()"), [])

    whole_story("somebody", "", "plain")
    whole_story("somebody", "-c search_path=", "empty")
    with connect(cluster, "quota", user="somebody") as db:
        db.run(HOSTILE)
    whole_story("somebody", "-c search_path=public,pg_catalog", "hostile")

    with connect(cluster, "quota", user="stranger") as db:
        views = [row[0] for row in db.run(
            "SELECT c.oid::regclass::text FROM pg_class c WHERE relnamespace = 'quotakit'::regnamespace"
            " AND relkind IN ('r', 'p', 'v') AND has_table_privilege(oid, 'SELECT') AND EXISTS ("
            " SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'account_id') ORDER BY 1")]
        check("a reader has something to read", len(views) > 5, views)
        seen = [view for view in views if db.value(f"SELECT count(*) FROM {view} WHERE account_id <> 0")]
        check("who is mapped to no account sees no account's rows", not seen, seen)
        raises("and cannot call as one", "42501", db.run, "SET quotakit.account = 'plain'; SELECT * FROM quotakit.policy_status, "
               "quotakit.reserve(id => quotakit.uuid7(), path => 'plain/search', usd => 1)")
done()
