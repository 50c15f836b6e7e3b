#!/usr/bin/python3
"""Clients by the hundred that say nothing, or almost nothing, and never leave: others get in, and are answered at once."""
import concurrent.futures
import os
import resource
import socket
import stat
import tempfile
import threading
import time

from gateway_client import SANITIZED, Client, Contract, Gateway, build
from harness import Cluster, check, connect, database, done, equal, note, wait_until

build()

SOFT, HARD = resource.getrlimit(resource.RLIMIT_NOFILE)
RATE = 256      # attackers a second
PLACES = 400    # and how many connections there may be
GET = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"


def dial(gateway, source="127.0.0.1", data=b"", seconds=10):
    s = socket.create_connection(("127.0.0.1", gateway.port), seconds, (source, 0))
    if data:
        s.sendall(data)
    return s


def is_open(s):
    """Whether the gateway has not ended it."""
    s.setblocking(False)
    try:
        return s.recv(1 << 16) != b""
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        s.settimeout(10)


def ask(s, data=GET):
    """One request on a connection: the status."""
    s.sendall(data)
    got = b""
    while b"\r\n\r\n" not in got:
        part = s.recv(65536)
        if not part:
            return None
        got += part
    head, _, rest = got.partition(b"\r\n\r\n")
    length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
    while len(rest) < length:
        rest += s.recv(65536)
    return int(head.split()[1])


class Attack:
    """RATE connections a second, each left as `begin` leaves it; all of them sent `drip` twice a second."""

    def __init__(self, gateway, begin, drip=None):
        self.gateway, self.begin, self.drip = gateway, begin, drip
        self.sockets, self.stop = [], threading.Event()
        self.thread = threading.Thread(target=self.run)

    def run(self):
        turn = 0
        while not self.stop.wait(0.125):
            for _ in range(RATE // 8):
                try:
                    s = dial(self.gateway)
                    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                    self.begin(s)
                    self.sockets.append(s)
                except OSError:
                    pass
            turn += 1
            for s in self.sockets if self.drip and turn % 4 == 0 else []:
                try:
                    s.setblocking(False)
                    s.send(self.drip)
                except OSError:
                    pass

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        self.thread.join()
        for s in self.sockets:
            s.close()


def attacks(gateway, key):
    """Each kind of silence, while newcomers ask, and one of old goes on."""
    post = b"POST /v1/reservations HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: 42\r\n\r\n" % key.encode()
    call = post + b'{"path": "acme/search", "usd": "0.000001"}'
    for name, begin, drip in (("nothing is said", lambda s: None, None), ("a head comes byte by byte", lambda s: s.sendall(b"POST /v1"), b"x"), ("a body never comes", lambda s: s.sendall(post), None),
                              ("a body comes byte by byte", lambda s: s.sendall(post), b" "), ("the answers are never read", lambda s: s.sendall(b"GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n" * 8), None),
                              ("one good request, then nothing", lambda s: ask(s), None)):
        steady, asleep = dial(gateway), dial(gateway)
        ask(steady), ask(asleep)
        slowest, wrong, asked = 0, [], 0
        with Attack(gateway, begin, drip):
            end = time.monotonic() + 4
            while time.monotonic() < end:
                for newcomer in (True, False):
                    began = time.monotonic()
                    try:
                        s = dial(gateway) if newcomer else steady
                        wrong += [status for status in (ask(s, call if newcomer else GET),) if status not in (200, 201)]
                        if newcomer:
                            s.close()
                    except OSError as error:
                        wrong.append(repr(error))
                    slowest = max(slowest, time.monotonic() - began)
                    asked += 1
                time.sleep(0.05)
            lives = is_open(asleep)
        check(f"{name}, {RATE} times a second: newcomers and those of old are answered", not wrong and slowest < 2 and asked > 8, (slowest, asked, wrong))
        # Who has been idle for longest makes room where nobody is silent; and who is silent after a good request was idle as well.
        if "good" not in name:
            check("and who was idle before is still there", lives)
        steady.close()
        asleep.close()


def in_order(gateway):
    """Beyond the limit of one address its silent ones make room, the oldest first; others lose nothing."""
    other = dial(gateway, "127.0.0.3")
    old = [dial(gateway, "127.0.0.2") for _ in range(20)]
    time.sleep(0.7)
    new = [dial(gateway, "127.0.0.2") for _ in range(10)]
    check("of thirty from one address twenty are left", wait_until(lambda: sum(map(is_open, old + new)) == 20, 5))
    gone = [i for i, s in enumerate(old) if not is_open(s)]
    check("those that went came first", all(map(is_open, new)) and max(gone) < 12, gone)
    check("another address has lost nothing", is_open(other))
    equal("nor is it kept out", ask(dial(gateway, "127.0.0.3")), 200)
    equal("the last of the thirty may still ask", ask(new[-1]), 200)
    for s in (other, *old, *new):
        s.close()


def busy(gateway, client, cluster):
    """Where nobody is silent nobody is shown out: one more is told so."""
    call = (b"POST /v1/reservations HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: 38\r\n\r\n"
            b'{"path": "stuck", "usd": "0.00000001"}' % client.key.encode())
    with connect(cluster, "quota") as sleeper:
        sleeper.run("BEGIN")
        sleeper.run("SELECT quotakit._lock_project(n.account_id, n.node_id) FROM quotakit.node n WHERE path::text = 'stuck'")
        sockets = [dial(gateway, "127.0.0.2", call) for _ in range(20)]
        time.sleep(0.5)
        with dial(gateway, "127.0.0.2") as s:
            got = b"".join(iter(lambda: s.recv(65536), b""))
        check("one more is told that there are too many", got.startswith(b"HTTP/1.1 503 ") and b'"code":"overloaded"' in got and b"\r\nRetry-After: 1\r\n" in got and got.count(b"HTTP/1.1") == 1, got)
        with dial(gateway, "127.0.0.3") as s:
            equal("another address is served", ask(s), 200)
        sleeper.run("ROLLBACK")
        equal("all that waited are answered", [s.recv(65536)[:12] for s in sockets], [b"HTTP/1.1 201"] * 20)
    for s in sockets:
        s.close()


def memory(gateway, client):
    """Bodies that never come to their end do not keep the memory of others."""
    begun = (b"POST /v1/log/batch HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: 1000001\r\n\r\n" % client.key.encode()) + b" " * 1000000
    sockets = [dial(gateway, data=begun) for _ in range(12)]
    time.sleep(1)
    answers = [client.post("/v1/log/batch", b" " * 900000 + b'{"events": []}')[0] for _ in range(4)]
    equal("beside 12 MB of bodies that never end, where 8 MB may be held, others are heard", answers, [400] * 4)
    for s in sockets:
        s.close()


def patience(gateway):
    """A head has its own time, also on a connection that may be idle for long."""
    idle, slow = dial(gateway), dial(gateway)
    ask(idle), ask(slow)
    began = time.monotonic()
    while time.monotonic() - began < 8 and is_open(slow):
        try:
            slow.send(b"G")
        except OSError:
            break
        time.sleep(0.2)
    took = time.monotonic() - began
    check("a head that does not come to its end is not waited for as an idle client is", 1 < took < 6 and is_open(idle), took)
    idle.close()


def stall(gateway, seconds):
    """How long a client on connections of its own waits for an answer, at most."""
    longest = 0
    with dial(gateway) as s:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            began = time.monotonic()
            assert ask(s) == 200
            longest = max(longest, time.monotonic() - began)
    return longest


def crowd(cluster):
    """5,000 idle connections, more than the soft limit of open files: with the settings that it comes with."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(1024, HARD), HARD))
    gateway = Gateway(cluster, "quota", idle_timeout=20)
    with gateway:
        resource.setrlimit(resource.RLIMIT_NOFILE, (HARD, HARD))
        if HARD < 6000:
            note(f"only {HARD} descriptors here: not 5,000 connections")
            return
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            sockets, coming = [], pool.submit(stall, gateway, 3)
            for i in range(5000):
                sockets.append(dial(gateway, f"127.0.0.{2 + i % 2}", GET))
            check("while 5,000 come nobody waits long", coming.result() < 1, coming.result())
        check("all are let in and answered", all(s.recv(12) == b"HTTP/1.1 200" for s in sockets))
        # On a busy machine any one look may see somebody else's hold-up; not all of them.
        looks = []
        while len(looks) < 8 and (not looks or min(looks) > 0.1):
            looks.append(stall(gateway, 1))
        note(f"beside 5,000 idle connections the longest of a second's answers took {min(looks) * 1000:.1f} ms")
        check("beside 5,000 idle connections nobody waits 100 ms", min(looks) <= 0.1, looks)
        check("all of them are still there", all(map(is_open, sockets)))
        leaving = stall(gateway, 3)
        for s in sockets:
            s.close()
        check("nor while they leave", leaving < 1, leaving)


def descriptors(cluster, directory):
    """Where the hard limit does not do, it says so, and has fewer connections."""
    for limit, says in ((400, "at most "), (60, "60 open files are not enough: raise the limit")):
        program = os.path.join(directory, f"with-{limit}")
        with open(program, "w") as f:
            f.write(f'#!/bin/sh\nulimit -n {limit}\nexec "{SANITIZED}" "$@"\n')
        os.chmod(program, stat.S_IRWXU)
        gateway = Gateway(cluster, "quota", program=program, connections_per_address=0)
        try:
            gateway.start()
        except RuntimeError as error:
            check(f"{limit} open files: it says that these are not enough, and ends", limit == 60 and says in str(error), error)
            continue
        message = gateway.message(says) or ""
        equal(f"{limit} open files: it says that there will be fewer connections", message.split(":")[1:], [" raise the limit of open files (ulimit -Hn, LimitNOFILE) from 400 to 8268"])
        sockets = [dial(gateway) for _ in range(1000)]
        with dial(gateway) as s:
            equal("and serves beyond them", ask(s), 200)
        for s in sockets:
            s.close()
        equal("to its end", gateway.stop(), 0)


with Cluster() as cluster, database(cluster) as db, tempfile.TemporaryDirectory() as directory:
    db.run("SELECT quotakit.make_gateway_role()")
    db.run("SELECT quotakit.create_account('acme')")
    db.run("SELECT quotakit.create_node('acme/search', 'openai')")
    db.run("SELECT quotakit.create_node('stuck', 'openai')")
    db.run("SELECT quotakit.set_policy('acme', 1000000, 'usd', 'month', 'strict')")
    db.run("SELECT quotakit.set_policy('stuck', 1000000, 'usd', 'month', 'strict')")
    key = db.value("SELECT quotakit.create_key('test')")
    crowd(cluster)
    with Gateway(cluster, "quota", connections=PLACES, connections_per_address=0) as gateway:
        attacks(gateway, key)
    with Gateway(cluster, "quota", connections=200, connections_per_address=20) as gateway:
        client = Client(gateway, key, Contract({"paths": {}}))
        in_order(gateway)
        busy(gateway, client, cluster)
    with Gateway(cluster, "quota", upload_memory=8, header_timeout=2, idle_timeout=60) as gateway:
        memory(gateway, Client(gateway, key, Contract({"paths": {}})))
        patience(gateway)
        text = gateway.get("/metrics")[2].decode()
        check("those who made room are counted", int(text.split("\nquotakit_http_reaped_total ")[1].split("\n")[0]) > 0)
    descriptors(cluster, directory)
    equal("verify() is clean", db.run("SELECT * FROM quotakit.verify()"), [])

done()
