#!/usr/bin/python3
"""The gateway when the database goes, is slow or locked, when clients are slow, and when it is told to stop."""
import concurrent.futures
import http.client
import json
import os
import resource
import selectors
import signal
import socket
import threading
import time

from gateway_client import Client, Contract, Gateway, build, uuid7
from harness import Cluster, check, connect, database, done, equal, note, wait_until

build()
resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)


def away(gateway, client, cluster):
    """Without a database: 503 at once, everywhere but for what needs none."""
    equal("it lives without a database", client.read("/healthz")[0], 200)
    equal("but is not ready", client.read("/readyz")[0], 503)
    for template, operations in client.contract.document["paths"].items():
        for method in operations:
            if template.startswith("/v1/"):
                path = template.replace("{id}", uuid7())
                began = time.monotonic()
                status, headers, answer = client.ask(
                    method.upper(), path, {"events": [{"id": uuid7()}]} if "batch" in path else {"specversion": "1.0"} if method == "post" else None,
                    kind="application/cloudevents+json" if "events" in path else "application/json")
                took = time.monotonic() - began
                check(f"{template}: 503 at once", status == 503 and answer["code"] == "unavailable" and headers["Retry-After"] and took < 0.5, (took, answer))
    cluster.start()
    check("it is ready when the database is", wait_until(lambda: client.read("/readyz")[0] == 200))
    check("and takes calls", client.reserve("0.01")[0] == 201)


def storm(client, cluster, db_again, harm):
    """Calls from eight threads while `harm` is done. What was acknowledged is there once, what was not at most once."""
    acknowledged, unknown, other, stop = set(), set(), [], threading.Event()

    def work(_):
        connection = None
        while not stop.is_set():
            rid = uuid7()
            try:
                connection = connection or http.client.HTTPConnection("127.0.0.1", client.gateway.port, timeout=20)
                connection.request("POST", "/v1/log/batch", json.dumps({"events": [{"id": rid, "path": "acme/search", "usd": "0.001"}]}),
                                   {"Authorization": f"Bearer {client.key}", "Content-Type": "application/json"})
                response = connection.getresponse()
                body = json.loads(response.read())
                if response.status == 200 and body["answers"][0]["outcome"] == "recorded":
                    acknowledged.add(rid)
                elif response.status == 503:
                    (unknown if body["code"] == "unknown_outcome" else other).add(rid) if body["code"] == "unknown_outcome" else None
                    if body["code"] not in ("unknown_outcome", "unavailable", "busy", "overloaded"):
                        other.append(body)
                    time.sleep(0.01)
                else:
                    other.append((response.status, body))
            except (OSError, http.client.HTTPException) as error:
                other.append(repr(error))
                connection = None
        if connection:
            connection.close()
    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    harm()
    stop.set()
    for thread in threads:
        thread.join()
    with db_again() as db:
        there = [r[0] for r in db.run("SELECT event_id::text FROM quotakit.event")]
        note(f"{len(acknowledged)} acknowledged, {len(unknown)} unknown, {len(set(there) & unknown)} of those recorded")
        check("calls were acknowledged", len(acknowledged) > 50)
        check("each of them is in the ledger", acknowledged <= set(there), len(acknowledged - set(there)))
        equal("nothing is there twice", len(there), len(set(there)))
        equal("nothing else went wrong", other, [])
        equal("verify() is clean", db.run("SELECT * FROM quotakit.verify()"), [])


def crashes(client, cluster):
    def harm():
        for mode in ("immediate", "fast", "immediate"):
            time.sleep(1)
            cluster.restart(mode)
            wait_until(lambda: client.read("/readyz")[0] == 200)
            time.sleep(0.5)
        for _ in range(10):
            with connect(cluster, "quota") as db:
                db.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'quotakit lane%'")
            time.sleep(0.2)
    storm(client, cluster, lambda: connect(cluster, "quota"), harm)


def locked(client, cluster):
    """A psql that sleeps with a project's lock in its hand."""
    with connect(cluster, "quota") as sleeper, concurrent.futures.ThreadPoolExecutor(32) as pool:
        sleeper.run("BEGIN")
        sleeper.run("SELECT quotakit._lock_project(n.account_id, n.node_id) FROM quotakit.node n WHERE path::text = 'stuck'")
        began = time.monotonic()
        stuck = [pool.submit(client.reserve, path="stuck") for _ in range(4)]
        time.sleep(0.1)
        slowest = 0
        for _ in range(20):
            start = time.monotonic()
            status, answer, _ = client.reserve("0.0001")
            slowest = max(slowest, time.monotonic() - start)
            if status != 201:
                check("other projects go on", False, answer)
        check("other projects go on", slowest < 0.5, slowest)
        answers = [f.result() for f in stuck]
        check("calls of that one are answered busy, at their deadline", all(a[0] == 503 and a[1]["code"] == "busy" for a in answers)
              and 0.5 < time.monotonic() - began < 4, answers)
        status, _, answer = client.post("/v1/log/batch", {"events": [{"id": uuid7(), "path": "stuck"}, {"id": uuid7(), "path": "acme/search"}]})
        equal("of a list only those", [a["outcome"] for a in answer["answers"]], ["busy", "recorded"])
        waiting = pool.submit(client.reserve, path="stuck")
        time.sleep(0.3)
        sleeper.run("ROLLBACK")
        check("one that was waiting is granted as soon as the lock is free", waiting.result()[0] == 201, waiting.result())


def versions(client, cluster):
    """Tables that are not of the library's version: a lane connects again, since that loads the library anew."""
    lanes = "SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'quotakit lane%'"
    with connect(cluster, "quota") as db:
        check("a call is taken", client.reserve("0.01")[0] == 201)
        before = set(db.run(lanes))
        db.run("ALTER TABLE quotakit.counter RENAME COLUMN used TO spent")
        status, answer, _ = client.reserve("0.01")
        check("while library and tables are of two versions: 503", status == 503 and answer["code"] == "unavailable", (status, answer))
        db.run("ALTER TABLE quotakit.counter RENAME COLUMN spent TO used")
        check("then calls are taken", wait_until(lambda: client.reserve("0.01")[0] == 201))
        check("over another connection", set(db.run(lanes)) != before)


def silent(client, cluster):
    """A backend that does not answer any more."""
    with connect(cluster, "quota") as db:
        pids = [r[0] for r in db.run("SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'quotakit%'")]
        check("its connections tell who they are", len(pids) >= 2, pids)
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        try:
            began = time.monotonic()
            status, answer, rid = client.reserve("0.01")
            took = time.monotonic() - began
            check("at the deadline: 503, outcome unknown", status == 503 and answer["code"] == "unknown_outcome" and took < 3, (took, answer))
            check("then it is not ready, or has found another", client.read("/readyz")[0] in (200, 503))
            status, answer, _ = client.read("/v1/state?path=acme")[0:3]
            equal("reads give up too", status, 503)
        finally:
            for pid in pids:
                os.kill(pid, signal.SIGCONT)
    check("it comes back", wait_until(lambda: client.read("/readyz")[0] == 200))
    status, answer, _ = client.reserve("0.01", id=rid)
    check("the call is sent again, and taken once", status == 201, answer)


def full(client, cluster):
    """More than may wait."""
    with Gateway(cluster, "quota", deadline=1500, lane_queue=5, lanes=1) as small, connect(cluster, "quota") as sleeper:
        few = Client(small, client.key, client.contract)
        sleeper.run("BEGIN")
        sleeper.run("SELECT quotakit._lock_project(n.account_id, n.node_id) FROM quotakit.node n WHERE path::text = 'stuck'")
        with concurrent.futures.ThreadPoolExecutor(40) as pool:
            answers = list(pool.map(lambda _: few.reserve(path="stuck"), range(40)))
        sleeper.run("ROLLBACK")
        codes = [a[1]["code"] for a in answers]
        check("a full queue says so, and what is in it is answered", codes.count("overloaded") >= 30 and codes.count("busy") <= 5, codes)


def stopping(client, cluster, key):
    """SIGTERM finishes what was accepted."""
    gateway = Gateway(cluster, "quota", deadline=8000)
    with connect(cluster, "quota") as sleeper, gateway, concurrent.futures.ThreadPoolExecutor(16) as pool:
        who = Client(gateway, key, client.contract)
        idle = socket.create_connection(("127.0.0.1", gateway.port))
        sleeper.run("BEGIN")
        sleeper.run("SELECT quotakit._lock_project(n.account_id, n.node_id) FROM quotakit.node n WHERE path::text = 'stuck'")
        accepted = [pool.submit(who.reserve, path="stuck") for _ in range(10)]
        half = socket.create_connection(("127.0.0.1", gateway.port))
        half.sendall(b"POST /v1/reservations HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: 30\r\n\r\n" % key.encode())
        time.sleep(0.5)
        gateway.process.send_signal(signal.SIGTERM)
        check("it says that it stops", wait_until(lambda: gateway.message("stopping")))
        time.sleep(0.2)
        try:
            socket.create_connection(("127.0.0.1", gateway.port), 2).close()
            check("nobody new comes in", False)
        except OSError:
            check("nobody new comes in", True)
        half.sendall(b'{"path": "acme/search"}       ')
        half.settimeout(5)
        check("one that comes in late is turned away", b'"code":"stopping"' in half.recv(4096))
        check("it waits for what was accepted", gateway.process.poll() is None)
        sleeper.run("ROLLBACK")
        statuses = [f.result()[0] for f in accepted]
        equal("which is finished", statuses, [201] * 10)
        began = time.monotonic()
        equal("then it ends", gateway.stop(), 0)
        check("at once", time.monotonic() - began < 3)
        idle.close()
        half.close()


def slow(client, cluster, key):
    """Clients that send a byte now and then, or nothing, or take no answer."""
    with Gateway(cluster, "quota", header_timeout=2, body_timeout=2, idle_timeout=2) as gateway:
        request = b"POST /v1/reservations HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: 30\r\n\r\n" % key.encode()
        sockets = []
        for n in range(150):
            s = socket.create_connection(("127.0.0.1", gateway.port))
            s.setblocking(False)
            s.send((b"", b"POST /v1", request)[n % 3])
            sockets.append(s)
        deaf = socket.create_connection(("127.0.0.1", gateway.port))
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.sendall(b"GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n" * 200)
        began = time.monotonic()
        good = Client(gateway, key, client.contract)
        open_sockets = set(sockets)
        while open_sockets and time.monotonic() - began < 15:
            for s in list(open_sockets):
                try:
                    s.send(b"x")
                    if s.recv(100) == b"":
                        open_sockets.discard(s)
                except BlockingIOError:
                    pass
                except OSError:
                    open_sockets.discard(s)
            if good.reserve("0.0001")[0] != 201:
                check("others are served meanwhile", False)
            time.sleep(0.1)
        took = time.monotonic() - began
        check("slow clients are shown out in time", not open_sockets and took < 8, (len(open_sockets), took))
        text = good.read("/metrics")[2].decode()
        check("and counted", int(text.split("\nquotakit_http_slow_clients_total ")[1].split("\n")[0]) >= 100)
        deaf.close()


def crowd(client, cluster, key):
    """From 10 to 2,000 connections: every one is answered, again and again."""
    body = b'{"path": "acme/search", "usd": "0.000001"}'
    request = (b"POST /v1/reservations HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\n"
               b"Content-Length: %d\r\n\r\n" % (key.encode(), len(body))) + body
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    with Gateway(cluster, "quota", deadline=30000, connections=4000) as gateway:
        for n in (10, 150, 600, 2000):
            if n + 100 > limit:
                note(f"{n} connections: more than the {limit} descriptors of this shell")
                continue
            selector, answered, rounds = selectors.DefaultSelector(), 0, 3
            sockets = [socket.create_connection(("127.0.0.1", gateway.port)) for _ in range(n)]
            for s in sockets:
                s.sendall(request)
                selector.register(s, selectors.EVENT_READ, [1])
            end = time.monotonic() + 60
            wrong = 0
            while answered < n * rounds and time.monotonic() < end:
                for item, _ in selector.select(1):
                    got = item.fileobj.recv(65536)
                    wrong += not got.startswith(b"HTTP/1.1 201")
                    answered += 1
                    if item.data[0] < rounds:
                        item.data[0] += 1
                        item.fileobj.sendall(request)
            for s in sockets:
                s.close()
            check(f"{n} connections are answered {rounds} times each", answered == n * rounds and wrong == 0, (answered, wrong))


def disks(old, cluster):
    """On a quick disk a lane's commits wait for it themselves; on a slow one the flusher makes them durable."""
    for name, settings in (("quick", "fsync = off"), ("slow", "commit_delay = 5000")):
        with connect(cluster, "quota") as db:
            db.run("ALTER SYSTEM RESET ALL")
            db.run("ALTER SYSTEM SET commit_siblings = 0")
            db.run(f"ALTER SYSTEM SET {settings}")
            db.run("SELECT pg_reload_conf()")
        with Gateway(cluster, "quota") as gateway:
            client = Client(gateway, old.key, old.contract)
            with concurrent.futures.ThreadPoolExecutor(24) as pool:
                answers = list(pool.map(lambda _: client.reserve("0.000001")[0], range(3000)))
            text = client.read("/metrics")[2].decode()
        flushes, batches = (int(text.split(f"\nquotakit_{what}_seconds_count ")[1].split("\n")[0]) for what in ("flush", "batch"))
        note(f"{name} disk: {batches} batches, {flushes} flushes")
        check(f"calls are answered on a {name} disk", answers == [201] * 3000)
        # 24 callers who wait for the flusher need it 125 times; where it is only there to look at the disk, a 64th of the batches do.
        check(f"and made durable as is best for a {name} disk",
              flushes < batches / 32 if name == "quick" else flushes > 60, (batches, flushes))
    with connect(cluster, "quota") as db:
        db.run("ALTER SYSTEM RESET ALL")
        db.run("SELECT pg_reload_conf()")


with Cluster(settings={"fsync": "on", "max_connections": "60"}) as cluster:
    with database(cluster) as db:
        db.run("SELECT quotakit.make_gateway_role()")
        db.run("SELECT quotakit.create_account('acme')")
        db.run("SELECT quotakit.create_node('acme/search', 'openai')")
        db.run("SELECT quotakit.create_node('stuck', 'openai')")
        db.run("SELECT quotakit.set_policy('acme', 1000000, 'usd', 'month', 'strict')")
        db.run("SELECT quotakit.set_policy('stuck', 1000000, 'usd', 'month', 'strict')")
        key = db.value("SELECT quotakit.create_key('test')")
    cluster.stop()
    gateway = Gateway(cluster, "quota", deadline=1500)
    gateway.start(ready=False)
    with gateway.process:
        contract = Contract.of(gateway)
        client = Client(gateway, key, contract)
        away(gateway, client, cluster)
        crashes(client, cluster)
        locked(client, cluster)
        versions(client, cluster)
        silent(client, cluster)
        gateway.__exit__()
    full(client, cluster)
    disks(client, cluster)
    stopping(client, cluster, key)
    slow(client, cluster, key)
    crowd(client, cluster, key)
    check("every answer was as described", not contract.faults, "\n".join(contract.faults[:20]))

done()
