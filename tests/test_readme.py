#!/usr/bin/python3
"""The SQL in README.md and doc/*.md runs, in order, as a reader would type it.

Each file gets a database of its own, with the account that the README's getting-started
makes; the README itself begins with nothing. A block that is not to be run has the line
<!-- not run: why --> before it. Links to other files of the project lead somewhere.
"""
import glob
import os
import re
import shutil
import tempfile

from harness import ROOT, Cluster, check, connect, done

BLOCK = re.compile(r"(?P<skip><!-- not run: [^>]+-->\n)?^```sql\n(?P<sql>.*?)^```$", re.M | re.S)


# Where the reader sits: with the price file downloaded, under the name that it has at its source.
READER = tempfile.mkdtemp()
shutil.copy(os.path.join(ROOT, "demo/model_prices_2026-07.json"), os.path.join(READER, "model_prices_and_context_window.json"))


def blocks(path):
    with open(path, encoding="utf-8") as f:
        text = f.read()
    return [(text.count("\n", 0, m.start("sql")) + 1, m.group("sql")) for m in BLOCK.finditer(text) if not m.group("skip")]


def links(path):
    with open(path, encoding="utf-8") as f:
        targets = re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", f.read())
    gone = [t for t in targets if not os.path.exists(os.path.join(os.path.dirname(path), t))]
    check(f"{os.path.relpath(path, ROOT)}: its links lead somewhere", not gone, gone)


def run(cluster, name, found, dbname):
    """All blocks of one file in one psql session each, state carried over by the database."""
    settings = ""
    for line, sql in found:
        result = cluster.client("psql", "-Xq", "-v", "ON_ERROR_STOP=1", "-f", "-", dbname=dbname,
                                input=settings + sql, check=False, cwd=READER)
        check(f"{name}, line {line}", result.returncode == 0, result.stderr + "\n" + sql)
        # SET holds for the reader's session, so for the blocks that follow.
        settings += "".join(s + ";\n" for s in re.findall(r"^SET [^;]*", sql, re.M))
    return settings


with Cluster() as cluster:
    readme = blocks(os.path.join(ROOT, "README.md"))
    check("the README has SQL to run", readme)
    with connect(cluster) as db:
        db.run("CREATE DATABASE start")
    settings = run(cluster, "README.md", readme, "start")
    start = readme[0][1]
    check("the getting-started is about a dozen lines", 8 <= len(start.strip().splitlines()) <= 24, start)
    for path in [os.path.join(ROOT, "README.md")] + sorted(glob.glob(os.path.join(ROOT, "doc", "*.md"))):
        links(path)
    for path in sorted(glob.glob(os.path.join(ROOT, "doc", "*.md"))):
        found = blocks(path)
        name = os.path.relpath(path, ROOT)
        if not found:
            continue
        dbname = "doc_" + re.sub(r"\W", "_", os.path.basename(path))
        with connect(cluster) as db:
            db.run(f"CREATE DATABASE {dbname} TEMPLATE start")
        account = "".join(s + ";\n" for s in re.findall(r"^SET [^;]*", start, re.M))
        with connect(cluster, dbname) as db:
            db.run("SELECT quotakit.make_roles()")
        run(cluster, name, [(line, account + sql) for line, sql in found], dbname)
shutil.rmtree(READER)
done()
