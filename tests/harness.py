"""What every test script stands on.

    from harness import Cluster, check, connect, done, together

    with Cluster() as cluster:
        with connect(cluster) as db:
            check("one is one", db.value("SELECT 1") == 1)
    done()

A script prints one line "ok N - name" or "not ok N - name" for each test and exits
non-zero when one failed. QUOTAKIT_LONG=1 asks for the long form of a campaign,
QUOTAKIT_SEED for a given random seed.
"""
import atexit
import os
import random
import signal
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "scripts"))

import psycopg2  # noqa: E402
import psycopg2.extras  # noqa: E402
from pg_cluster import Cluster as _Cluster, HERE as ROOT  # noqa: E402,F401

LONG = os.environ.get("QUOTAKIT_LONG") == "1"

_count = 0
_failed = 0
_clusters = []
_lock = threading.Lock()


def check(name, condition, detail=""):
    """Counts and prints one test; the detail is shown when it failed."""
    global _count, _failed
    with _lock:
        _count += 1
        if not condition:
            _failed += 1
        print(f"{'ok' if condition else 'not ok'} {_count} - {name}", flush=True)
        if not condition and detail != "":
            for line in str(detail).splitlines():
                print(f"#   {line}", flush=True)
    return bool(condition)


def equal(name, got, wanted):
    """A test that two values are equal, showing both when they are not."""
    return check(name, got == wanted, f"got    {got!r}\nwanted {wanted!r}")


def raises(name, sqlstate, action, *arguments):
    """A test that action(*arguments) fails with the SQLSTATE; returns the error."""
    try:
        result = action(*arguments)
    except psycopg2.Error as error:
        check(name, error.pgcode == sqlstate, f"got    {error.pgcode} {error}\nwanted {sqlstate}")
        return error
    check(name, False, f"no error, but {result!r}\nwanted {sqlstate}")
    return None


def note(text):
    for line in str(text).splitlines():
        print(f"# {line}", flush=True)


def done():
    """Prints the plan and ends the script."""
    print(f"1..{_count}", flush=True)
    sys.exit(1 if _failed or not _count else 0)


def seed():
    """The seed of this run, printed, so that a failure can be replayed with QUOTAKIT_SEED."""
    value = int(os.environ.get("QUOTAKIT_SEED") or random.SystemRandom().randrange(1 << 31))
    note(f"QUOTAKIT_SEED={value}")
    return value


class Cluster(_Cluster):
    """A private cluster that is gone when the script ends, however it ends."""

    def start(self):
        if self not in _clusters:
            _clusters.append(self)
        return super().start()


@atexit.register
def _sweep():
    for cluster in _clusters:
        if cluster.temporary and os.path.isdir(cluster.directory):
            cluster.remove()


def _terminated(number, _frame):
    print(f"not ok {_count + 1} - ended by signal {number}", flush=True)
    sys.exit(128 + number)


signal.signal(signal.SIGTERM, _terminated)


class Connection:
    """A psycopg2 connection in autocommit, with short forms for what tests do most."""

    def __init__(self, **dsn):
        self.raw = psycopg2.connect(**dsn)
        self.raw.autocommit = True
        self.pid = self.raw.get_backend_pid()

    def run(self, sql, *arguments):
        """Executes; returns all rows, or None for a statement without any."""
        with self.raw.cursor() as cursor:
            cursor.execute(sql, arguments or None)
            return cursor.fetchall() if cursor.description else None

    def row(self, sql, *arguments):
        rows = self.run(sql, *arguments)
        return rows[0] if rows else None

    def value(self, sql, *arguments):
        row = self.row(sql, *arguments)
        return row[0] if row else None

    def dicts(self, sql, *arguments):
        with self.raw.cursor(cursor_factory=psycopg2.extras.RealDictCursor) as cursor:
            cursor.execute(sql, arguments or None)
            return [dict(row) for row in cursor.fetchall()]

    def notices(self):
        lines, self.raw.notices[:] = list(self.raw.notices), []
        return lines

    def close(self):
        self.raw.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def connect(cluster, dbname="postgres", **options):
    """A new connection; options as libpq's (user=…, options='-c …')."""
    return Connection(**cluster.dsn(dbname, **options))


def database(cluster, name="quota", extension=True):
    """Makes a database, with the extension in it; returns a connection."""
    with connect(cluster) as db:
        db.run(f'CREATE DATABASE "{name}"')
    db = connect(cluster, name)
    if extension:
        db.run("CREATE EXTENSION quotakit")
    return db


def together(cluster, workers, action, dbname="quota", **options):
    """Runs action(number, connection) in that many threads with a connection each, all started by
    one barrier, so that they really race. Returns their results in order; raises the first error."""
    barrier = threading.Barrier(workers)
    results, errors = [None] * workers, []

    def work(number):
        try:
            with connect(cluster, dbname, **options) as db:
                barrier.wait(60)
                results[number] = action(number, db)
        except BaseException as error:      # noqa: B902: handed to the caller
            barrier.abort()
            errors.append(error)

    threads = [threading.Thread(target=work, args=(n,), daemon=True) for n in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise next((e for e in errors if not isinstance(e, threading.BrokenBarrierError)), errors[0])
    return results


def wait_until(condition, seconds=30, every=0.05):
    """Waits for condition() to be true; returns whether it came."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(every)
    return bool(condition())
