#!/usr/bin/python3
"""The extension can be made in a new cluster, and the tools the other tests stand on work."""
from harness import Cluster, check, connect, database, done, equal, raises, together

with Cluster() as cluster:
    with database(cluster) as db:
        equal("the extension is installed in the version that the control file names",
              db.value("SELECT extversion FROM pg_extension WHERE extname = 'quotakit'"),
              db.value("SELECT default_version FROM pg_available_extensions WHERE name = 'quotakit'"))
        raises("an error is told by its SQLSTATE", "22012", db.value, "SELECT 1/0")

    # All workers hold the lock in turn; only if they were really started together do they meet.
    def meet(_, db):
        db.run("BEGIN")
        waiting = not db.value("SELECT pg_try_advisory_xact_lock(1)")
        if waiting:
            db.run("SELECT pg_advisory_xact_lock(1)")
        db.run("SELECT pg_sleep(0.1)")
        db.run("COMMIT")
        return waiting

    equal("workers start together", sum(together(cluster, 4, meet)), 3)
    cluster.stop()
    check("a stopped cluster is gone", cluster.pid() is None)
    cluster.start()
    with connect(cluster, "quota") as db:
        check("and comes again with its data", db.value("SELECT count(*) FROM pg_extension") == 2)
done()
