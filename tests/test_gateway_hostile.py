#!/usr/bin/python3
"""Requests that mean harm, or nothing: always a problem or the end of the connection, never a crash, a leak or a change of anything else."""
import concurrent.futures
import json
import random

import os
import subprocess
import tempfile

from gateway_client import Client, Contract, Gateway, build, uuid7
from harness import LONG, ROOT, Cluster, check, database, done, equal, note, seed

build()

KEY = None
COUNT = 0


def fuzz(target, corpus, size, what):
    """libFuzzer on what reads heads and chunks; on the handlers that make calls of bodies, and on what makes replies of answers."""
    directory = os.path.join(ROOT, "gateway")
    made = subprocess.run(["make", "-s", "-C", directory, "fuzz"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if made.returncode != 0 and ("clang: not found" in made.stdout or "clang: No such file" in made.stdout or "libclang_rt.fuzzer" in made.stdout):
        note("clang with libFuzzer is not here: not fuzzed")
        return
    with tempfile.TemporaryDirectory() as found:
        ended = subprocess.run([os.path.join(directory, "build-fuzz/fuzz", target), f"-max_total_time={600 if LONG else 15}", f"-max_len={size}", "-verbosity=0",
                                "-print_final_stats=1", f"-artifact_prefix={found}/", found, os.path.join(directory, "fuzz", corpus)],
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
    runs = [line.split()[-1] for line in ended.stdout.splitlines() if line.startswith("stat::number_of_executed_units")]
    check(f"{'/'.join(runs)} fuzzed {what}: no crash, no leak", ended.returncode == 0 and runs, made.stdout + ended.stdout[-4000:])


fuzz("bodies", "corpus", 4096, "bodies")
fuzz("heads", "corpus-heads", 9000, "heads")


def head(*lines, method="POST", path="/v1/reservations", key=True):
    fixed = ["Host: x", "Content-Type: application/json"] + ([f"Authorization: Bearer {KEY}"] if key else [])
    return "\r\n".join([f"{method} {path} HTTP/1.1", *fixed, *lines, "", ""]).encode()


def body(data, path="/v1/reservations", *lines):
    return head(f"Content-Length: {len(data)}", *lines, path=path) + data


def protocol():
    """Bytes that are no HTTP, or too much of it. The name, the bytes, whether the client then closes its half."""
    call = b'{"id": "%s", "path": "acme/search", "usd": 1}' % uuid7().encode()
    whole = body(call)
    for n in range(0, len(whole), max(1, len(whole) // 40)):
        yield f"cut after {n} bytes", whole[:n], True
    chunked = head("Transfer-Encoding: chunked")
    for name, tail in (("not a number", b"ZZ\r\nabc\r\n0\r\n\r\n"), ("a negative one", b"-5\r\nabc\r\n0\r\n\r\n"), ("empty", b"\r\nabc\r\n0\r\n\r\n"),
                       ("of 2^64", b"10000000000000000\r\nabc"), ("of 2^63", b"8000000000000000\r\nabc"), ("too long", b"ff\r\nabc\r\n0\r\n\r\n"),
                       ("too short", b"2\r\nabcdef\r\n0\r\n\r\n"), ("without an end", b"3\r\nabc\r\n"), ("with 1 MB of extension", b"3;" + b"x" * 1000000 + b"\r\nabc\r\n0\r\n\r\n"),
                       ("with bare line feeds", b"3\nabc\n0\n\n"), ("after NUL", b"\x003\r\nabc\r\n0\r\n\r\n"), ("followed by 1 MB of trailers", b"0\r\n" + b"a: b\r\n" * 200000 + b"\r\n")):
        yield "a chunk's size is " + name, chunked + tail, True
    for name, lines in (("a length that is no number", ["Content-Length: ten"]), ("a negative length", ["Content-Length: -1"]), ("a hexadecimal length", ["Content-Length: 0x10"]),
                        ("a length beyond 2^64", ["Content-Length: 99999999999999999999"]), ("a length of 2^63", ["Content-Length: 9223372036854775808"]),
                        ("two lengths", ["Content-Length: 5", "Content-Length: 50"]), ("a length and chunks", ["Content-Length: 5", "Transfer-Encoding: chunked"]),
                        ("an empty length", ["Content-Length: "]), ("an unknown encoding", ["Transfer-Encoding: gzip"]), ("an encoding twice", ["Transfer-Encoding: chunked, chunked"]),
                        ("a header without a colon", ["nothing"]), ("a header without a name", [": x"]), ("a folded header", ["A: b", " c"]), ("a header of 1 MB", ["A: " + "b" * 1000000]),
                        ("a header's name of 1 MB", ["A" * 1000000 + ": b"]), ("100,000 headers", ["A: b"] * 100000), ("NUL in a header", ["A: b\0c"]), ("control characters in a header", ["A: \x01\x02\x7f"]),
                        ("bytes that are not UTF-8 in a header", ["A: \xff\xfe"]), ("an expectation", ["Expect: 200-maybe"]), ("an upgrade", ["Connection: Upgrade", "Upgrade: h2c", "HTTP2-Settings: AAMA"])):
        yield name, head(*lines) + b"{}", True
    for name, line in (("nothing but a line feed", b"\n"), ("line feeds", b"\r\n" * 10000), ("binary", bytes(range(256)) * 64), ("no version", b"GET /healthz\r\n\r\n"), ("no URI", b"GET\r\nHost: x\r\n\r\n"), ("a URI of nothing", b"GET \r\nHost: x\r\n\r\n"), ("only a query", b"GET ?a=b HTTP/1.1\r\nHost: x\r\n\r\n"),
                       ("HTTP 9.9", b"GET /healthz HTTP/9.9\r\nHost: x\r\n\r\n"), ("HTTP 2's preface", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), ("a TLS greeting", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 500),
                       ("a line of 1 MB", b"GET /" + b"a" * 1000000 + b" HTTP/1.1\r\nHost: x\r\n\r\n"), ("a method of 1 MB", b"G" * 1000000 + b" / HTTP/1.1\r\n\r\n"), ("a query of 1 MB", b"GET /v1/state?path=" + b"a" * 1000000 + b" HTTP/1.1\r\n\r\n"),
                       ("100,000 parameters", b"GET /v1/state?" + b"a=b&" * 5000 + b" HTTP/1.1\r\nHost: x\r\n\r\n"), ("NUL in the path", b"GET /v1/st\0ate HTTP/1.1\r\nHost: x\r\n\r\n"), ("a path that climbs", b"GET /v1/../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n"),
                       ("another host's path", b"GET http://127.0.0.2/healthz HTTP/1.1\r\nHost: x\r\n\r\n"), ("CONNECT", b"CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: x\r\n\r\n"), ("TRACE", b"TRACE / HTTP/1.1\r\nHost: x\r\n\r\n"),
                       ("no host", b"POST /v1/reservations HTTP/1.1\r\n\r\n"), ("spaces everywhere", b"GET   /healthz   HTTP/1.1\r\nHost: x\r\n\r\n"), ("a lower-case method", b"get /healthz HTTP/1.1\r\nHost: x\r\n\r\n"),
                       ("percent signs", b"GET /%%%2 HTTP/1.1\r\nHost: x\r\n\r\n"), ("a PROXY line", b"PROXY TCP4 1.2.3.4 1.2.3.4 1 2\r\nGET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")):
        yield name, line, True
    yield "two requests at once, the second cut", whole + whole[:30], True
    yield "a thousand requests at once", b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n" * 1000, True


def bodies():
    """Bodies that are no calls, each for every route that takes one."""
    good = b'{"id": "%s", "path": "acme/search", "usd": 1}' % uuid7().encode()
    yield from (("empty", b""), ("blank", b" \r\n\t "), ("NUL", b"\0"), ("NULs", b"\0" * 1000), ("a NUL inside", good.replace(b"search", b"sea\0rch")), ("an escaped NUL", good.replace(b"search", b"sea\\u0000rch")),
                ("null", b"null"), ("true", b"true"), ("a number", b"-1.5e3"), ("a string", b'"x"'), ("an array", b"[]"), ("an empty object", b"{}"), ("a brace", b"{"), ("a closing one", b"}"), ("{]", b"{]"), ("[}", b"[}"),
                ("100,000 brackets", b"[" * 100000), ("100,000 pairs", b"[" * 100000 + b"]" * 100000), ("deep objects", b'{"a":' * 20000 + b"1" + b"}" * 20000), ("deep usage", b'{"usage":' * 20000 + b"{}" + b"}" * 20000),
                ("a quote", b'{"'), ("no value", b'{"a"}'), ("no value after the colon", b'{"a":}'), ("a comma too many", good[:-1] + b",}"), ("a comma too few", good.replace(b",", b"")), ("a comment", b"/* */" + good),
                ("single quotes", good.replace(b'"', b"'")), ("something behind", good + b"x"), ("another object behind", good + good), ("a byte order mark", b"\xef\xbb\xbf" + good), ("UTF-16", good.decode().encode("utf-16")),
                ("bytes that are not UTF-8", good.replace(b"search", b"\xff\xfe")), ("an overlong slash", good.replace(b"/", b"\xc0\xaf")), ("half a surrogate", good.replace(b"search", b"\\ud800")), ("a surrogate in UTF-8", good.replace(b"search", b"\xed\xa0\x80")),
                ("a cut character", good.replace(b"search", b"\xe2\x82")), ("beyond Unicode", good.replace(b"search", b"\xf5\x80\x80\x80")), ("a wrong escape", good.replace(b"search", b"\\x41")), ("an open escape", b'{"path": "\\'),
                ("NaN", good.replace(b": 1}", b": NaN}")), ("Infinity", good.replace(b": 1}", b": -Infinity}")), ("a huge number", good.replace(b": 1}", b": 1e999999999}")), ("a tiny one", good.replace(b": 1}", b": 1e-999999999}")),
                ("a long one", good.replace(b": 1}", b": " + b"9" * 60000 + b"}")), ("a hexadecimal one", good.replace(b": 1}", b": 0x1}")), ("leading zeros", good.replace(b": 1}", b": 0001}")), ("a negative one", good.replace(b": 1}", b": -1}")),
                ("the same member twice", good[:-1] + b', "usd": 2}'), ("id twice", good[:-1] + b', "id": "%s"}' % uuid7().encode()), ("op twice", b'{"op": "release", "op": "log", ' + good[1:]), ("an escaped op", b'{"\\u006fp": "release", ' + good[1:]),
                ("10,000 members", b"{" + b",".join(b'"a%d":1' % i for i in range(10000)) + b"}"), ("a name of 60 kB", b'{"' + b"x" * 60000 + b'": 1}'), ("1 MB of blanks", b" " * 1000000 + b"{}"),
                ("gzip", b"\x1f\x8b\x08\x00" + b"\x42" * 200), ("a form", b"path=acme&usd=1"), ("XML", b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY y SYSTEM "file:///etc/passwd">]><a>&y;</a>'), ("events of events", b'{"events": {"events": []}}'),
                ("100 wrong events", b'{"events": [' + b",".join([b"{]}"] * 100) + b"]}"), ("events, cut", b'{"events": [{"id": "'), ("500 nulls", b'{"events": [' + b",".join([b"null"] * 500) + b"]}"))


SQL = ("'; DROP TABLE quotakit.event; --", "\\'; SELECT pg_sleep(10); --", "$1", "{{7*7}}", "${jndi:ldap://x}", "%s%n%n%n", "1 OR 1=1", "acme'||(SELECT 1)||'", "\\\\", "\x01\x1b[31m", "a" * 65000)


def fields():
    """SQL and worse in every field of a call."""
    base = {"id": uuid7(), "path": "acme/search", "usd": "1", "model": "m", "service": "openai", "tier": "standard", "usage": {"input_tokens": 1}, "credits": "1", "tags": {"a": "b"},
            "ok": True, "charged": True, "estimated": False}
    for evil in SQL:
        for name in base:
            yield f"{name}: {evil[:30]!r}", {**base, "id": uuid7(), name: evil}
        yield f"a meter named {evil[:30]!r}", {**base, "id": uuid7(), "usage": {evil: 1}}
        yield f"a meter of {evil[:30]!r}", {**base, "id": uuid7(), "usage": {"input_tokens": evil}}
        yield f"a tag named {evil[:30]!r}", {**base, "id": uuid7(), "tags": {evil: "x"}}
        yield f"a member named {evil[:30]!r}", {**base, "id": uuid7(), evil: 1}


def limits():
    """The limits of the request line and headers, from both sides: the name, what to expect, the bytes."""
    def get(path="/healthz", *lines, size=0):
        fixed = "\r\n".join([f"GET {path} HTTP/1.1", "Host: x", *lines, "P: "])
        return (fixed + "p" * (size - len(fixed) - 4) + "\r\n\r\n").encode()

    def line(size):
        return get("/healthz?" + "a" * (size - len(get("/healthz?"))))

    for n in (250, 2000):
        yield f"{n} parameters", 200, get("/healthz?" + "a=1&" * n)
        yield f"{n} parameters where they matter", 401, get("/v1/state?" + "a=1&" * n)
        yield f"{n} parameters that are no such", 400, get("/v1/state?" + "a=1&" * n, f"Authorization: Bearer {KEY}")
        yield f"{n} parameters of the dashboard", 401, get("/api/explain?" + "a=1&" * n)
    yield "8,000 ampersands", 200, get("/healthz?" + "&" * 8000)
    yield "a line of just under 8 KiB", 200, line(8192)
    yield "a line and a header of one byte more", 431, line(8193)
    for n in (8193, 12000, 15500, 20000, 50000):
        yield f"a URI of {n} bytes", 414, get("/" + "a" * (n - 1))
        yield f"a query in a URI of {n} bytes", 414, get("/?" + "&" * (n - 2))
    yield "headers of 8 KiB", 200, get(size=8192)
    for n in (8193, 12000, 16000, 40000):
        yield f"headers of {n} bytes", 431, get(size=n)
    yield "100 headers", 200, get("/healthz", *["A: b"] * 98)
    for n in (99, 200, 1000, 2000):
        yield f"{n + 2} headers", 431, get("/healthz", *["A: b"] * n)
    yield "97 cookies and 3 headers", 200, get("/healthz", "Cookie: " + "; ".join(["a=b"] * 97))
    for n in (98, 300, 1200):
        yield f"{n} cookies and 3 headers", 431, get("/healthz", "Cookie: " + "; ".join(["a=b"] * n))
    yield "8 KiB, of which most is 90 cookies", 200, get("/healthz", "Cookie: " + "; ".join(["a=" + "b" * 80] * 90), size=8192)
    whole = b'{"id": "%s", "path": "acme/search", "usd": 1}' % uuid7().encode()
    lines = [f"A: {'a' * 75}"] * 94
    yield "8 KiB in 98 headers, and a body", 201, head(f"Content-Length: {len(whole)}", *lines) + whole
    whole = whole[:-1] + b', "model": "' + b"x" * 100000 + b'"}'
    yield "8 KiB in 98 headers, and a body of 100 kB, too much for a call", 400, head(f"Content-Length: {len(whole)}", *lines) + whole


def alive(gateway, name):
    if gateway.process.poll() is not None:
        check(f"the gateway lives after {name}", False, "\n".join(gateway.lines[-60:]))
        done()


def answers(got):
    """The answers in what came back: status, whether it is a problem that is JSON."""
    while got:
        first, _, rest = got.partition(b"\r\n\r\n")
        lines = first.decode("latin-1").split("\r\n")
        headers = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in lines[1:])}
        length = int(headers.get("content-length", 0))
        yield int(lines[0].split()[1]), headers, rest[:length]
        got = rest[length:]


def hold(name, got, may_succeed=False):
    """What came back is nothing, or problems."""
    global COUNT
    COUNT += 1
    for status, headers, data in answers(got):
        if status < 200 or may_succeed and status < 300:
            continue
        good = 400 <= status < 600 and headers.get("content-type") == "application/problem+json"
        if good:
            said = json.loads(data)
            good = said["status"] == status and said["type"].startswith("urn:quotakit:problem:") and said["title"] and said["detail"]
        if not good or status == 500:
            check(f"{name}: a problem", False, got[:2000])
        return


with Cluster() as cluster, database(cluster) as db:
    db.run("SELECT quotakit.make_gateway_role()")
    db.run("SELECT quotakit.create_account('acme')")
    db.run("SELECT quotakit.create_node('acme/search', 'openai')")
    db.run("SELECT quotakit.set_policy('acme', 1000000, 'usd', 'month', 'strict')")
    KEY = db.value("SELECT quotakit.create_key('test')")
    tables = db.value("SELECT count(*) FROM pg_class WHERE relnamespace = 'quotakit'::regnamespace")
    with Gateway(cluster, "quota", header_timeout=2, body_timeout=2, idle_timeout=2) as gateway:
        # Many wait until the gateway has lost its patience; so they wait together.
        pool = concurrent.futures.ThreadPoolExecutor(32)
        cases = list(protocol())
        for (name, _, _), got in zip(cases, pool.map(lambda c: gateway.raw(c[1], shut=c[2]), cases)):
            hold(name, got, may_succeed=True)
        alive(gateway, "what is hardly HTTP")
        check(f"{COUNT} requests that are hardly HTTP: problems, or the end", True)

        for name, status, data in limits():
            got = gateway.raw(data)
            hold(name, got, may_succeed=True)
            equal(f"{name}: {status}", next(answers(got), [None])[0], status)
        alive(gateway, "requests at the limits")
        got = gateway.raw(head("A: b", *[" c"] * 3000))
        hold("folded headers of 12 kB", got, may_succeed=True)
        for query, status in (("path=acme%2Fsearch", 200), ("&&path=acme/search&", 200), ("path=acme/%73earch", 200), ("path=acme/search%", 400), ("path=acme+search", 400),
                              ("path", 400), ("path=acme&path=acme", 400), ("p%61th=acme", 200), ("path=acme%00", 400), ("=", 400), ("?", 400), ("", 200)):
            equal(f"the query {query}: {status}", gateway.get("/v1/state?" + query, {"Authorization": f"Bearer {KEY}"})[0], status)

        routes = ["/v1/reservations", "/v1/log/batch", f"/v1/reservations/{uuid7()}/settle", f"/v1/reservations/{uuid7()}/draw", f"/v1/reservations/{uuid7()}/extend"]
        first = COUNT
        for name, data in bodies():
            for route in routes:
                hold(f"{name} to {route}", gateway.raw(body(data, route)), may_succeed=True)
            for kind in ("cloudevents+json", "cloudevents-batch+json"):
                hold(f"{name} as {kind}", gateway.raw(body(data, "/v1/events").replace(b"application/json", f"application/{kind}".encode())), may_succeed=True)
            alive(gateway, name)
        check(f"{COUNT - first} bodies that are no calls", True)
        first = COUNT
        client = Client(gateway, KEY, Contract.of(gateway))
        for name, call in fields():
            client.post("/v1/reservations", {k: v for k, v in call.items() if k not in ("tags", "ok", "charged", "estimated") or v != {"a": "b"} and not isinstance(v, bool)})
            client.post(f"/v1/reservations/{uuid7()}/settle", {k: v for k, v in call.items() if k != "id"})
            answer = client.post("/v1/log/batch", {"events": [call]})[2]
            if answer["answers"][0]["outcome"] not in ("recorded", "rejected"):
                check(f"{name}: recorded or rejected", False, answer)
            client.post("/v1/events", {"specversion": "1.0", "id": "x", "source": "y", "type": "z", "time": "2026-01-01T00:00:00Z", "data": call}, kind="application/cloudevents+json")
            COUNT += 4
            alive(gateway, name)
        for evil in SQL:
            quoted = "".join(f"%{b:02x}" for b in evil.encode()[:5000])
            for query in (f"/v1/state?path={quoted}", f"/v1/state?after={quoted}", f"/v1/explain?path=acme&usd={quoted}", f"/v1/explain?path=acme&model={quoted}", f"/v1/{quoted}"):
                client.read(query)
                COUNT += 1
            gateway.raw(head(f"Authorization: Bearer {evil[:2000]}", "Content-Length: 0", key=False))
            gateway.raw(head(f"Idempotency-Key: {evil[:2000]}", "Content-Length: 2") + b"{}")
        check(f"{COUNT - first} times SQL and the like in every field", not client.contract.faults, "\n".join(client.contract.faults[:10]))

        dice = random.Random(seed())
        first, rounds = COUNT, 5000 if LONG else 500
        samples = [body(b'{"id": "%s", "path": "acme/search", "usd": 1.5, "usage": {"input_tokens": 5}}' % uuid7().encode()),
                   body(b'{"events": [{"id": "%s", "path": "acme/search", "tags": {"a": "b"}}, {"op": "release"}]}' % uuid7().encode(), "/v1/log/batch"),
                   body(b'{"usd": "0.1"}', f"/v1/reservations/{uuid7()}/settle"), head(method="GET", path="/v1/state?path=acme/search")]
        cases = []
        for _ in range(rounds):
            data = bytearray(dice.choice(samples))
            for _ in range(dice.randint(1, 6)):
                at = dice.randrange(len(data))
                match dice.randrange(4):
                    case 0: data[at] = dice.randrange(256)
                    case 1: del data[at:at + dice.randint(1, 20)]
                    case 2: data[at:at] = bytes(dice.choices(b'{}[]",:\\\0\xff\r\n 0-e', k=dice.randint(1, 10)))
                    case 3: data[at:at] = data[dice.randrange(len(data)):][:50]
            cases.append(bytes(data))
        for case, got in zip(cases, pool.map(lambda c: gateway.raw(c, shut=True), cases)):
            hold(f"a mutation, {case!r}", got, may_succeed=True)
        alive(gateway, "mutations")
        check(f"{COUNT - first} mutations of good requests", True)

        equal("it is well", gateway.get("/readyz")[0], 200)
        status, answer, _ = client.reserve("1")
        check("and takes calls", status == 201, answer)
        note(f"{COUNT} requests in all")
        check("at least 300 of them were malformed", COUNT > 300)
        equal("nothing was logged as a defect", [m for m in gateway.messages() if m["level"] == "error"], [])
    equal("no table is gone", db.value("SELECT count(*) FROM pg_class WHERE relnamespace = 'quotakit'::regnamespace"), tables)
    equal("verify() is clean", db.run("SELECT * FROM quotakit.verify()"), [])

done()
