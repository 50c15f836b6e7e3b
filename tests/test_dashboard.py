#!/usr/bin/python3
"""The dashboard in a real browser, against a real gateway and database: from the first sign-up to the last sign-out."""
import json
import os
import shutil
import subprocess
import sys

import psycopg2

from gateway_client import Gateway
from harness import ROOT, Cluster, check, connect, database, done, note, seed

DASHBOARD = os.path.join(ROOT, "dashboard")
BUILD = os.path.join(DASHBOARD, "dist/index.html")
NEEDED = ("node", "npm", "chromium")


def run(*command):
    return subprocess.run(command, cwd=DASHBOARD, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def build():
    """The dashboard and the gateway that serves it, where what is there is older than its sources."""
    built = run(os.path.join(ROOT, "scripts/dashboard"))
    if not check("the dashboard builds", built.returncode == 0 and os.path.exists(BUILD), built.stdout[-3000:]):
        done()
    gateway = subprocess.run(["make", "-s", "-j2", "-C", os.path.join(ROOT, "gateway")], stdin=subprocess.DEVNULL,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if not check("the gateway builds", gateway.returncode == 0, gateway.stdout[-3000:]):
        done()


class Psql:
    """SQL that the browser's script asks for: as an analyst, a role that may read the account and nothing else, or as the DBA."""

    def __init__(self, cluster):
        self.cluster = cluster
        self.connections = {}

    def connection(self, who):
        if who not in self.connections:
            if who == "analyst":
                dba = self.connection("dba")
                dba.run("CREATE ROLE analyst LOGIN; GRANT quotakit_reader TO analyst")
                dba.run("SET quotakit.account = 'acme'; SELECT quotakit.grant_access('analyst', 'viewer')")
            options = {"user": "analyst"} if who == "analyst" else {}
            self.connections[who] = connect(self.cluster, "quota", **options)
            # Times as ISO 8601 that JavaScript reads too; a query on a card has no search_path to count on.
            self.connections[who].run("SET timezone = 'UTC'; SET search_path = ''")
        return self.connections[who]

    def answer(self, who, sql):
        try:
            rows = self.connection(who).dicts(sql)
        except psycopg2.ProgrammingError as error:
            return {"rows": []} if "no results" in str(error) else {"error": str(error)}
        except psycopg2.Error as error:
            return {"error": str(error)}
        return {"rows": rows}

    def close(self):
        for db in self.connections.values():
            db.close()


def plain(value):
    """What JSON cannot say: amounts stay decimal, times become ISO 8601."""
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def flow(psql, port):
    environment = {**os.environ, "BASE": f"http://127.0.0.1:{port}", "PYTHON": sys.executable, "SEED": str(seed()),
                   "PYTHONPATH": os.path.join(ROOT, "sdk/python")}
    process = subprocess.Popen(["node", "test/flow.mjs"], cwd=DASHBOARD, env=environment, stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    for line in process.stdout:
        try:
            said = json.loads(line)
        except ValueError:
            note(line.rstrip())
            continue
        if "psql" in said:
            process.stdin.write(json.dumps(psql.answer(said["as"], said["psql"]), default=plain) + "\n")
            process.stdin.flush()
        else:
            check(said["name"], said["ok"], said.get("detail", ""))
    check("the browser's script ends as it should", process.wait(60) == 0)


missing = [name for name in NEEDED if not shutil.which(name)]
if missing:
    check("what the dashboard needs is installed", False, "missing: " + ", ".join(missing))
    done()
build()
with Cluster() as cluster:
    with database(cluster) as db:
        db.run("SELECT quotakit.make_roles()")
        db.run("SELECT quotakit.make_gateway_role()")
        with Gateway(cluster, "quota", program=os.path.join(ROOT, "gateway/build/quotakit-gateway"),
                     static_dir=os.path.join(DASHBOARD, "dist")) as gateway:
            psql = Psql(cluster)
            flow(psql, gateway.port)
            psql.close()
done()
