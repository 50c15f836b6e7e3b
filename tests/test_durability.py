#!/usr/bin/python3
"""The gateway does not promise what a crash would forget: with synchronous_commit off it does not start, unless asked to."""
from gateway_client import Gateway, build
from harness import Cluster, check, connect, database, done, equal, wait_until

build()


def refuses(name, cluster, **options):
    gateway = Gateway(cluster, "quota", **options)
    try:
        gateway.start(ready=False)
        gateway.stop()
        check(f"{name}: the gateway does not start", False)
    except RuntimeError as error:
        check(f"{name}: the gateway does not start, and says what to do",
              gateway.process.returncode == 1 and "synchronous_commit is off" in str(error) and "allow_asynchronous_commit" in str(error), error)


def where_it_is_off(cluster, db):
    for name, on, off in (("the role's", "ALTER ROLE quotakit_gateway SET synchronous_commit = off", "ALTER ROLE quotakit_gateway RESET synchronous_commit"),
                          ("the database's", "ALTER DATABASE quota SET synchronous_commit = off", "ALTER DATABASE quota RESET synchronous_commit")):
        db.run(on)
        refuses(name, cluster)
        db.run(off)
    refuses("the connection string's", cluster, database=f"host={cluster.sockets} user=quotakit_gateway dbname=quota options='-c synchronous_commit=off'")
    refuses("with each commit waiting for itself, the same", cluster, flush="no",
            database=f"host={cluster.sockets} user=quotakit_gateway dbname=quota options='-c synchronous_commit=off'")
    with connect(cluster) as root:
        root.run("ALTER SYSTEM SET synchronous_commit = off")
        root.run("SELECT pg_reload_conf()")
        refuses("the server's", cluster)
        db.run("ALTER ROLE quotakit_gateway SET synchronous_commit = local")
        with Gateway(cluster, "quota") as gateway:
            equal("what holds for the role goes before", gateway.get("/readyz")[0], 200)
        db.run("ALTER ROLE quotakit_gateway RESET synchronous_commit")
        with Gateway(cluster, "quota", allow_asynchronous_commit="yes") as gateway:
            equal("asked to, it starts", gateway.get("/readyz")[0], 200)
            check("and warns", any(m["level"] == "warning" and "synchronous_commit is off" in m["message"] for m in gateway.messages()))
        root.run("ALTER SYSTEM RESET synchronous_commit")
        root.run("SELECT pg_reload_conf()")


def while_it_runs(cluster, db):
    with Gateway(cluster, "quota") as gateway:
        equal("on: it starts", gateway.get("/readyz")[0], 200)
        check("without a word of it", not any("synchronous_commit" in line for line in gateway.lines))
        db.run("ALTER ROLE quotakit_gateway SET synchronous_commit = off")
        db.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'quotakit_gateway'")
        check("turned off while it runs, new connections are not used", wait_until(
            lambda: gateway.message("quotakit lane 0: could not connect to the database: synchronous_commit")))
        equal("it takes no calls", gateway.get("/readyz")[0], 503)
        db.run("ALTER ROLE quotakit_gateway SET synchronous_commit = remote_write")
        check("until it is on again", wait_until(lambda: gateway.get("/readyz")[0] == 200))
        db.run("ALTER ROLE quotakit_gateway RESET synchronous_commit")


with Cluster() as cluster, database(cluster) as db:
    db.run("SELECT quotakit.make_roles()")
    db.run("SELECT quotakit.make_gateway_role()")
    while_it_runs(cluster, db)
    where_it_is_off(cluster, db)

done()
