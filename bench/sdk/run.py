#!/usr/bin/python3
"""What track() costs its caller: on an open path beside an empty context manager, and on a strict path far from its
limit, with leases and without. Against a real gateway on the cluster that the PG* variables name.

    bench/sdk/run.py [calls]
"""
import gc
import os
import statistics
import subprocess
import sys
import time
import urllib.request

import psycopg2

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "sdk", "python"))
import quotakit  # noqa: E402

CALLS = int(sys.argv[1]) if sys.argv[1:] else 20_000
PORT = int(os.environ.get("QUOTAKIT_BENCH_PORT", "18999"))
URL = f"http://127.0.0.1:{PORT}"
DATABASE = "quotakit_bench_sdk"
CALL = {"input_tokens": 1000, "output_tokens": 500}


class Empty:
    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        return None

    def result(self, **_):
        return None


def connect(dbname):
    db = psycopg2.connect(dbname=dbname)
    db.autocommit = True
    return db


def run(db, sql, *arguments):
    with db.cursor() as cursor:
        cursor.execute(sql, arguments or None)
        return cursor.fetchone()[0] if cursor.description else None


def cpu(make, calls):
    """Microseconds of this thread's CPU for each call: the median of ten rounds."""
    rounds = []
    for _ in range(10):
        began = time.thread_time()
        for _ in range(calls // 10):
            with make() as t:
                t.result(**CALL)
        rounds.append((time.thread_time() - began) / (calls // 10) * 1e6)
    return statistics.median(rounds)


def wall(make, calls, pause):
    """Microseconds from before the with to inside it, and from its end to after it: median and 99th percentile
    of the sum."""
    times = []
    for _ in range(calls):
        a = time.perf_counter()
        with make() as t:
            b = time.perf_counter()
            t.result(**CALL)
            c = time.perf_counter()
        times.append((b - a + time.perf_counter() - c) * 1e6)
        time.sleep(pause)
    times.sort()
    return times[len(times) // 2], times[len(times) * 99 // 100]


def main():
    admin = connect(os.environ.get("PGDATABASE", "postgres"))
    run(admin, f"DROP DATABASE IF EXISTS {DATABASE}")
    run(admin, f"CREATE DATABASE {DATABASE}")
    db = connect(DATABASE)
    gateway = None
    try:
        run(db, "CREATE EXTENSION quotakit")
        run(db, "SELECT quotakit.make_gateway_role()")
        run(db, "SELECT quotakit.create_account('bench')")
        key = run(db, "SELECT quotakit.create_key('bench')")
        for path in ("open/search", "strict/search"):
            run(db, "SELECT quotakit.create_node(%s, service => 'openai')", path)
        run(db, "SELECT quotakit.set_policy('open', 1000000, enforcement => 'open')")
        for unit in ("usd", "tokens", "requests"):
            run(db, "SELECT quotakit.set_policy('strict', 100000000, unit => %s, enforcement => 'strict')", unit)
        info = db.get_dsn_parameters()
        dsn = f"host={info['host']} port={info['port']} dbname={DATABASE} user=quotakit_gateway"
        gateway = subprocess.Popen([os.path.join(ROOT, "gateway/build/quotakit-gateway"), f"--listen=127.0.0.1:{PORT}",
                                    f"--database={dsn}", "--log_level=error"])
        for _ in range(200):
            try:
                urllib.request.urlopen(URL + "/readyz", timeout=1).close()
                break
            except OSError:
                time.sleep(0.05)
        measure(key)
        print(f"verify(): {run(db, 'SELECT count(*) FROM quotakit.verify()')} rows differ")
    finally:
        quotakit.shutdown()
        if gateway is not None:
            gateway.terminate()
            gateway.wait(30)
        db.close()
        run(admin, f"DROP DATABASE {DATABASE} WITH (FORCE)")


def measure(key):
    quotakit.init(key, URL, queue_size=10 * CALLS)

    def track(path):
        return quotakit.track(path, service="openai", model="gpt-4o", estimate=CALL)

    with track("open/search") as t:
        t.result(**CALL)
    gc.collect()
    print(f"{'':44} {'median':>9} {'p99':>9}  {'goal':>8}")
    print(f"{'an empty context manager, CPU':44} {cpu(Empty, CALLS):7.2f} µs")
    plain = cpu(lambda: quotakit.track("open/search", service="openai", model="gpt-4o"), CALLS)
    print(f"{'track, open path, CPU of the caller':44} {plain:7.2f} µs {'':9}  {'< 20 µs':>8}")
    quotakit.flush(120)
    for pause in (0.002, 0.0):
        for leases, goal in ((True, "< 100 µs"), (False, "")):
            quotakit.init(key, URL, leases=leases, queue_size=10 * CALLS)
            wall(lambda: track("strict/search"), 50, 0.005)
            median, last = wall(lambda: track("strict/search"), 2_000, pause)
            how = f"track, strict, leases {'on' if leases else 'off'}, {'a pause of 2 ms' if pause else 'no pause'}"
            print(f"{how:44} {median:7.1f} µs {last:7.1f} µs  {goal:>8}")
            quotakit.flush(60)


main()
