#!/usr/bin/python3
"""The dashboard in a real browser, against a real gateway and database: from the first sign-up to the last sign-out."""
import decimal
import json
import os
import re
import shutil
import subprocess
import sys

from gateway_client import Gateway
from harness import ROOT, Cluster, check, connect, database, done, note

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


def same(db, name, shown, sql):
    """What the page shows is what the card's own query gives, to the cent."""
    try:
        rows = db.dicts(sql)
    except Exception as error:      # noqa: B902: a card's query that fails is a failed test
        check(f"psql can run the card's query: {name}", False, f"{error}\n{sql}")
        return
    spent = sum(decimal.Decimal(row.get("cost_usd") or 0) for row in rows)
    number = decimal.Decimal(re.sub(r"[^0-9.]", "", shown) or "-1")
    cent = decimal.Decimal("0.01")
    fits = number == spent.quantize(cent, decimal.ROUND_HALF_UP) if spent >= cent or spent == 0 else abs(number - spent) < cent
    check(f"the page and psql agree: {name}", fits, f"shown {shown}, psql {spent}\n{sql}")


def flow(db, port):
    environment = {**os.environ, "BASE": f"http://127.0.0.1:{port}", "PYTHON": sys.executable,
                   "PYTHONPATH": os.path.join(ROOT, "sdk/python")}
    process = subprocess.Popen(["node", "test/flow.mjs"], cwd=DASHBOARD, env=environment, stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    for line in process.stdout:
        try:
            said = json.loads(line)
        except ValueError:
            note(line.rstrip())
            continue
        if "compare" in said:
            same(db, said["compare"], said["shown"], said["sql"])
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
        db.run("CREATE EXTENSION pgcrypto")
        db.run("SELECT quotakit.make_roles()")
        db.run("SELECT quotakit.make_gateway_role()")
        with Gateway(cluster, "quota", program=os.path.join(ROOT, "gateway/build/quotakit-gateway"),
                     static_dir=os.path.join(DASHBOARD, "dist")) as gateway:
            with connect(cluster, "quota", options="-c quotakit.account=acme") as analyst:
                flow(analyst, gateway.port)
done()
