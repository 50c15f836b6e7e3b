"""The dashboard with 1,000 paths and 10 million calls: every request of its pages, and the pages in Chromium.

    QUOTAKIT_BENCH_EVENTS=10000000 scripts/bench dashboard

Finds a private cluster by the PG* variables (scripts/bench makes one) and works in a database of its own, which it drops.
A request's figure is the median of five after one that is not counted, and beside it what the server's processes worked on
it, which other work on the machine does not lengthen. That no request reads the ledger is seen in PostgreSQL's own counts of
scans of its partitions. The pages are opened in a new browser and in one that has been there; the processors are shared with it.
"""
import http.client
import json
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timedelta, timezone
from urllib.parse import urlencode

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
EVENTS = os.environ.get("QUOTAKIT_BENCH_EVENTS", "10000000")
ROUNDS = 5
DATABASE = "bench_dashboard"
REQUEST_MS, PAGE_MS, SCRIPT_BYTES = 200, 1000, 250 * 1024


def psql(sql, dbname=DATABASE, **variables):
    options = [part for name, value in variables.items() for part in ("-v", f"{name}={value}")]
    return subprocess.run(["psql", "-XqAt", "-v", "ON_ERROR_STOP=1", *options, "-d", dbname], input=sql, check=True, text=True,
                          stdout=subprocess.PIPE).stdout.strip()


def worked(pids):
    """Milliseconds of processor time that processes have used."""
    total = 0
    for pid in pids:
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/schedstat") as f:
                total += int(f.read().split()[0])
    return total / 1e6


class Gateway:
    """The gateway that serves the dashboard, and one owner who is signed in."""

    def __init__(self):
        self.log = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen([os.path.join(ROOT, "gateway/build/quotakit-gateway"), "--listen=127.0.0.1:0", "--log-level=notice",
                                         f"--static-dir={ROOT}/dashboard/dist", f"--database=dbname={DATABASE} user=quotakit_gateway"], stderr=self.log)
        found = None
        for _ in range(100):
            time.sleep(0.1)
            found = re.search(r"listening at ([0-9.:]+).*connected", self.text(), re.S)
            if found:
                break
        if not found:
            self.stop()
            sys.exit("the gateway does not start:\n" + self.text())
        self.address = found.group(1)
        self.connection = http.client.HTTPConnection(self.address, timeout=120)
        self.cookie = None

    def text(self):
        self.log.seek(0)
        return self.log.read()

    def ask(self, method, path, body=None, **headers):
        """Status and body, by one connection that is kept."""
        sent = {"Sec-Fetch-Site": "same-origin", "Content-Type": "application/json", "Accept-Encoding": "gzip", **headers}
        if self.cookie:
            sent["Cookie"] = "quotakit_session=" + self.cookie
        self.connection.request(method, path, body and json.dumps(body), sent)
        response = self.connection.getresponse()
        data = response.read()
        if response.getheader("Set-Cookie"):
            self.cookie = response.getheader("Set-Cookie").split(";")[0].split("=", 1)[1]
        return response.status, data

    def sign_up(self):
        """The first sign-up makes the account; returns its number."""
        status, data = self.ask("POST", "/api/signup", {"account": "bench", "email": "ada@bench.test", "password": "correct horse battery"})
        if status != 201:
            sys.exit(f"signing up: {status} {data}")
        return json.loads(data)["account"]["id"]

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()


def requests():
    """Page, what it shows, and the GET: all that the pages ask, with the filters that make them work hardest."""
    today = datetime.now(timezone.utc).date()
    month = {"since": today - timedelta(days=29), "until": today}
    two_days = {"since": today - timedelta(days=1), "until": today}
    last = (today.replace(day=1) - timedelta(days=1)).strftime("%Y-%m")
    yield from ((page, what, path + ("?" + urlencode(query) if query else "")) for page, what, path, query in [
        ("all", "who is signed in", "/api/me", {}),
        ("projects", "tree", "/api/tree", {}),
        ("projects", "months and sparklines", "/api/sparks", {"days": 14}),
        ("projects", "unplaced", "/api/unplaced", {}),
        *[("inspector", f"{what} of {path}", f"/api/{what}", {"path": path}) for path in ("bench", "bench/t3/f20")
          for what in ("node", "reservations", "refusals", "alerts", "audit", "explain", "policies")],
        ("analytics", "summary", "/api/usage", month),
        ("analytics", "summary, compared", "/api/usage", {**month, "compare": 1}),
        ("analytics", "summary of a tag", "/api/usage", {**month, "tag": "prod"}),
        *[("analytics", f"trend by {by or 'nothing'}", "/api/usage/series", {**month, "step": "day", "by": by}) for by in ("", "service", "model", "child")],
        ("analytics", "trend of a team by child", "/api/usage/series", {**month, "step": "day", "by": "child", "path": "bench/t3"}),
        ("analytics", "trend by model, hours", "/api/usage/series", {**two_days, "step": "hour", "by": "model"}),
        ("analytics", "trend by child, hours", "/api/usage/series", {**two_days, "step": "hour", "by": "child", "path": "bench"}),
        ("analytics", "trend of a tag by model", "/api/usage/series", {**month, "step": "day", "by": "model", "tag": "prod"}),
        *[("analytics", f"breakdown by {by}", "/api/usage/breakdown", {**month, "by": by}) for by in ("child", "path", "service", "model", "day")],
        ("analytics", "breakdown by child of the root", "/api/usage/breakdown", {**month, "by": "child", "path": "bench"}),
        ("analytics", "breakdown by path, two months", "/api/usage/breakdown", {"since": today - timedelta(days=61), "until": today, "by": "path"}),
        ("analytics", "breakdown by path, two days", "/api/usage/breakdown", {**two_days, "by": "path"}),
        ("analytics", "breakdown by path of a model", "/api/usage/breakdown", {**month, "by": "path", "model": "gpt-4o"}),
        ("analytics", "breakdown by path of a tag", "/api/usage/breakdown", {**month, "by": "path", "tag": "prod"}),
        ("analytics", "breakdown by child of a tag", "/api/usage/breakdown", {**month, "by": "child", "path": "bench", "tag": "prod"}),
        ("services", "services", "/api/services", {}),
        ("services", "models of openai", "/api/models", {"service": "openai"}),
        ("services", "unpriced models", "/api/prices/unpriced", {}),
        ("keys", "keys", "/api/keys", {}),
        ("settings", "settings", "/api/settings", {}),
        ("settings", "members", "/api/members", {}),
        ("settings", "recipients", "/api/recipients", {}),
        ("settings", "statements", "/api/statements", {}),
        ("settings", "statement of this month", f"/api/statements/{today:%Y-%m}", {}),
        ("settings", "statement of last month", f"/api/statements/{last}", {}),
    ])


def ledger_scans():
    """How often the server has begun a scan of any partition of the ledger, by table or by index."""
    return psql("""SELECT sum(coalesce(s.seq_scan, 0) + coalesce(s.idx_scan, 0))
                   FROM pg_inherits i JOIN pg_stat_user_tables s ON s.relid = i.inhrelid WHERE i.inhparent = 'quotakit.event'::regclass""")


def measure_requests(gateway):
    print(f"{'page':<10} {'request':<36} {'ms':>7} {'CPU ms':>7} {'first':>7} {'KB':>6}   goal {REQUEST_MS} ms")
    slow = 0
    pids = [gateway.process.pid, *psql("SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'quotakit dashboard%'").split()]
    for page, what, url in requests():
        times, work = [], []
        for _ in range(ROUNDS + 1):
            begun, before = time.monotonic(), worked(pids)
            status, data = gateway.ask("GET", url)
            times.append((time.monotonic() - begun) * 1000)
            work.append(worked(pids) - before)
            if status != 200:
                sys.exit(f"{url}: {status} {data[:500]}")
        ms = statistics.median(times[1:])
        slow += ms > REQUEST_MS
        print(f"{page:<10} {what:<36} {ms:>7.1f} {statistics.median(work[1:]):>7.1f} {times[0]:>7.1f} {len(data) / 1024:>6.1f}   {'met' if ms <= REQUEST_MS else 'not met'}", flush=True)
    return slow


def measure_pages(gateway):
    """The pages in a browser that has never been here, and in one that has."""
    if not shutil.which("chromium"):
        print("# chromium is not here: the pages are not measured")
        return 0
    done = subprocess.run(["node", os.path.join(HERE, "pages.mjs")], stdout=subprocess.PIPE, text=True, check=True, timeout=600, stdin=subprocess.DEVNULL,
                          env={**os.environ, "BASE": "http://" + gateway.address, "COOKIE": gateway.cookie, "ROUNDS": str(ROUNDS)})
    missed = 0
    print(f"\n{'page':<44} {'first paint':>12} {'content':>9} {'all of it':>10}   goal {PAGE_MS} ms")
    for line in map(json.loads, done.stdout.splitlines()):
        paint, content, whole = (statistics.median(run[name] for run in line["runs"]) for name in ("paint", "content", "whole"))
        good = max(paint, content) <= PAGE_MS
        missed += not good
        print(f"{line['page']:<44} {paint:>12.0f} {content:>9.0f} {whole:>10.0f}   {'met' if good else 'not met'}")
        if "scripts" in line:
            size = sum(script["bytes"] for script in line["scripts"])
            good = 0 < size < SCRIPT_BYTES and not line["charts"]
            missed += not good
            print(f"  {size / 1024:.0f} KB of compressed JavaScript before the first paint, charts {'among it' if line['charts'] else 'not among it'}"
                  f"   goal {SCRIPT_BYTES // 1024} KB without charts   {'met' if good else 'not met'}")
    return missed


def main():
    subprocess.run([os.path.join(ROOT, "scripts/dashboard")], check=True)
    subprocess.run(["make", "-s", "-C", os.path.join(ROOT, "gateway")], check=True)
    psql(f"SET client_min_messages = warning; DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)", "postgres")
    psql(f"CREATE DATABASE {DATABASE}", "postgres")
    psql("CREATE EXTENSION quotakit; SELECT quotakit.make_roles(); SELECT quotakit.make_gateway_role()")
    gateway = Gateway()
    try:
        account = gateway.sign_up()
        begun = time.monotonic()
        with open(os.path.join(HERE, "data.sql")) as f:
            print(psql(f.read(), account=account, events=EVENTS), flush=True)
        print(f"made in {time.monotonic() - begun:.0f} s; load of the machine {os.getloadavg()[0]:.1f}\n", flush=True)
        # The gateway has long closed a connection that was silent. What its backends have counted so far, signing up made
        # the ledger's partitions, they report when they end.
        gateway.connection.close()
        psql("SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE application_name LIKE 'quotakit dashboard%'")
        before = ledger_scans()
        missed = measure_requests(gateway)
        missed += measure_pages(gateway)
    finally:
        gateway.stop()
    # What its backends have counted they report at the latest when they end.
    for _ in range(100):
        if psql("SELECT count(*) FROM pg_stat_activity WHERE usename = 'quotakit_gateway'") == "0":
            break
        time.sleep(0.1)
    scans = int(ledger_scans()) - int(before)
    psql(f"DROP DATABASE {DATABASE} WITH (FORCE)", "postgres")
    print(f"\nscans of the ledger meanwhile: {scans}   goal 0   {'met' if scans == 0 else 'not met'}")
    print(f"{missed} goals of speed not met; load of the machine {os.getloadavg()[0]:.1f}")


main()
