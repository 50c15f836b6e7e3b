"""Runs the tests that drive the extension hardest on a server with assertions, and reads the servers' logs.
Started by scripts/check-assert, which has built that server."""
import glob
import os
import re
import sys
import time

import check
from pg_cluster import Cluster, HERE, new_directory

# The random, chaos and crash tests; what strictness rests on. One that is not there is not missed.
SCRIPTS = [f"tests/test_{name}.py" for name in (
    "model", "fuzz", "chaos", "crash", "strict", "errors", "out_of_memory", "pinned_pages", "windows", "clock", "growth")]

# With every cache dropped at every chance a statement takes a hundred times as long, CREATE EXTENSION and what
# walks over the catalogs for ever. So only the core, in tests that take the extension as it is: paths and calls.
CORE = [("regress", "qpath_functions"), ("isolation", "reserve_reserve"), ("isolation", "record_reserve"),
        ("isolation", "birth"), ("regress", "bad_calls")]

# What a server must never log. PostgreSQL before 17 says "… reference leak", since then "resource was not closed".
FAULT = re.compile(r"TRAP:|PANIC:|WARNING:.*(?:leak|resource was not closed|problem in alloc set|non-empty SPI stack"
                   r"|don't own a lock|while in \w+ state)|terminated by signal (?:4|6|7|8|11)\b")


def faults(text):
    return [line for line in text.splitlines() if FAULT.search(line)]


def read_logs(directory, kept):
    """The logs of clusters that were removed, and of those that a killed script left behind."""
    found = []
    logs = sorted(glob.glob(os.path.join(kept, "*")) + glob.glob(os.path.join(directory, "*", "log")))
    for path in logs:
        with open(path, errors="replace") as f:
            found += faults(f.read())
    check.heading("logs")
    check.tally.report(bool(logs) and not found, f"{len(logs)} servers' logs: no failed assertion, no leak, no crash",
                       "\n".join(found[:20]))


DRIVERS = {"regress": "regress/pg_regress", "isolation": "isolation/pg_isolation_regress"}


def discard_caches(pg_config):
    """The extension is made before, with caches."""
    with Cluster(pg_config=pg_config) as cluster:
        cluster.psql("CREATE DATABASE core")
        cluster.psql("CREATE EXTENSION quotakit", dbname="core")
        for kind, name in CORE:
            started = time.monotonic()
            check.regress(cluster, "caches discarded", DRIVERS[kind], [name], "results/discard_caches", "--use-existing",
                          "--dbname=core", environment={"PGOPTIONS": "-c debug_discard_caches=1", "PGISOLATIONTIMEOUT": "3600"})
            print(f"# {name}: {time.monotonic() - started:.0f} s", flush=True)


def sql_tests(pg_config, kinds):
    """Once: who runs them, and with what search_path, is nothing to assertions."""
    if not kinds:
        return
    with Cluster(pg_config=pg_config) as cluster:
        if "regress" in kinds:
            check.regress(cluster, "regress", DRIVERS["regress"], check.names("sql", ".sql"), "results/regress",
                          "--dbname=contrib_regression")
        if "isolation" in kinds:
            check.regress(cluster, "isolation", DRIVERS["isolation"], check.names("specs", ".spec"),
                          "results/isolation", "--dbname=isolation_regression", "--load-extension=quotakit")


def run(pg_config, wanted):
    done = check.run("scripts/setup")
    check.tally.report(done.returncode == 0, "builds without a warning, and installs", done.stdout)
    if done.returncode != 0:
        return
    if wanted == ["--discard-caches"]:
        discard_caches(pg_config)
        return
    sql_tests(pg_config, [kind for kind in ("regress", "isolation") if not wanted or kind in wanted])
    for path in wanted or SCRIPTS:
        path = os.path.join(HERE, path)
        if os.path.exists(path):
            check.script(path)


def main(wanted):
    started = time.monotonic()
    pg_config = os.environ["PG_CONFIG"]
    print("# " + check.run(pg_config, "--version").stdout.strip() + " with assertions", flush=True)
    directory = os.environ["QUOTAKIT_TMP"] = new_directory()
    os.chmod(directory, 0o755)
    kept = os.environ["QUOTAKIT_LOGS"] = os.path.join(directory, "logs")
    os.mkdir(kept)
    try:
        run(pg_config, wanted)
    except (OSError, RuntimeError, check.subprocess.SubprocessError) as error:
        check.tally.report(False, "the run went on to its end", str(error))
    finally:
        read_logs(directory, kept)
        check.sweep(directory)
    check.close(started)


if __name__ == "__main__":
    main(sys.argv[1:])
