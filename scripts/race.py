"""make race: what the locks are for. Started by scripts/race, which has built and installed the extension.

Sixteen connections, started together, reserve random amounts on eight paths under one
strict cap until it is full, against the extension as it is and against a build with
-DQUOTAKIT_WITHOUT_LOCKS. The second library lies in a directory of its own, which that
cluster's dynamic_library_path names first; what is installed stays as it is.
"""
import decimal
import os
import random
import shutil
import sys
import tempfile
import threading

import psycopg2

from pg_cluster import Cluster, TEST_SETTINGS
from without_locks import library_without_locks

CONNECTIONS = 16
PATHS = 8
LIMIT = decimal.Decimal(1000)
SEED = int(os.environ.get("QUOTAKIT_SEED") or 16)


def connect(cluster):
    raw = psycopg2.connect(**cluster.dsn(options="-c quotakit.account=race"))
    raw.autocommit = True
    cursor = raw.cursor()

    def run(sql, *arguments):
        cursor.execute(sql, arguments or None)
        return cursor.fetchall() if cursor.description else None

    return run


def work(cluster, number, barrier, results):
    """Reserves until the cap refuses even the smallest amount; what it got is in results."""
    try:
        db = connect(cluster)
        dice = random.Random(f"{SEED}/{number}")
        barrier.wait(60)
        granted, errors, least = [], 0, None
        refused = 0
        while refused < 20:
            path = f"race/p{dice.randrange(PATHS)}"
            cents = dice.randint(1, 500)
            amount = decimal.Decimal(cents) / 100
            try:
                outcome, answer = db("SELECT outcome, answer FROM quotakit.reserve(id => quotakit.uuid7(),"
                                     " path => %s, usd => %s, ttl => 3600)", path, amount)[0]
            except psycopg2.Error as error:
                errors += 1
                if errors > 1000:
                    raise error
                continue
            if outcome == "granted":
                granted.append(amount)
            elif outcome == "refused":
                refused += 1
                asked = decimal.Decimal(answer["asked"])
                least = asked if least is None else min(least, asked)
            else:
                raise RuntimeError(f"reserve was answered {outcome}: {answer}")
        results[number] = (granted, refused, errors, least)
    except BaseException as error:
        barrier.abort()
        results[number] = error


def race(library=None):
    """One race in a cluster of its own; returns what was granted and what verify() says."""
    with Cluster() as cluster:
        if library:
            cluster.stop()
            place = os.path.join(cluster.directory, "without-locks")
            shutil.copytree(library, place)
            cluster.settings = {**TEST_SETTINGS, "dynamic_library_path": f"'{place}:$libdir'"}
            cluster.start()
        cluster.psql("CREATE EXTENSION quotakit; SELECT quotakit.create_account('race');")
        db = connect(cluster)
        db("SELECT quotakit.create_node('race')")
        for n in range(PATHS):
            db(f"SELECT quotakit.create_node('race/p{n}', service => 'openai')")
        db("SELECT quotakit.set_policy('race', %s, unit => 'usd', period => 'lifetime', enforcement => 'strict')", LIMIT)
        barrier = threading.Barrier(CONNECTIONS)
        results = [None] * CONNECTIONS
        threads = [threading.Thread(target=work, args=(cluster, n, barrier, results)) for n in range(CONNECTIONS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for result in results:
            if isinstance(result, BaseException) and not isinstance(result, threading.BrokenBarrierError):
                raise result
        return {
            "granted": sum(len(r[0]) for r in results),
            "held": sum((sum(r[0]) for r in results), decimal.Decimal(0)),
            "refused": sum(r[1] for r in results),
            "errors": sum(r[2] for r in results),
            "least": min(r[3] for r in results if r[3] is not None),
            "differences": len(db("SELECT * FROM quotakit.verify()")),
        }


def main():
    with tempfile.TemporaryDirectory() as library:
        os.chmod(library, 0o755)
        library_without_locks(library)
        with_locks = race()
        without = race(library)
    print(f"{CONNECTIONS} connections, {PATHS} paths, one strict cap of ${LIMIT}, seed {SEED}\n")
    print(f"{'':<44}{'with locks':>14}{'without':>14}")
    rows = (
        ("reservations granted", "granted", "{:,}"),
        ("refused", "refused", "{:,}"),
        ("errors", "errors", "{:,}"),
        ("held together, USD", "held", "{:,.2f}"),
    )
    for title, key, form in rows:
        print(f"{title:<44}{form.format(with_locks[key]):>14}{form.format(without[key]):>14}")
    over = [max(r["held"] - LIMIT, decimal.Decimal(0)) for r in (with_locks, without)]
    print(f"{'above the cap, USD':<44}{over[0]:>14,.2f}{over[1]:>14,.2f}")
    print(f"{'left below the cap, USD':<44}{max(LIMIT - with_locks['held'], 0):>14,.2f}{max(LIMIT - without['held'], 0):>14,.2f}")
    print(f"{'smallest amount refused, USD':<44}{with_locks['least']:>14,.2f}{without['least']:>14,.2f}")
    print(f"{'rows of verify()':<44}{with_locks['differences']:>14,}{without['differences']:>14,}")
    if over[0] > 0 or with_locks["differences"]:
        sys.exit("race: the cap did not hold")
    if not over[1]:
        sys.exit("race: without locks nothing went wrong, so this race shows nothing")


if __name__ == "__main__":
    main()
