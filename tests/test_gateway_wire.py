#!/usr/bin/python3
"""Requests that two readers could read differently: one problem, the end of the connection, and nothing behind it is done."""
import concurrent.futures
import json
import re
import socket
import ssl
import tempfile
import time

from gateway_client import Gateway, build, make_certificate, uuid7
from harness import Cluster, check, database, done, equal, wait_until

build()

KEY = None
BODY = b'{"path": "acme/search", "usd": "0.000001"}'


def post(*lines, version="HTTP/1.1", host="Host: x", target="/v1/reservations", length=True, tail=BODY):
    """A reservation: were nothing wrong with it, it would be granted."""
    fixed = ([host] if host else []) + [f"Authorization: Bearer {KEY}", "Content-Type: application/json"] + ([f"Content-Length: {len(tail)}"] if length else [])
    return "\r\n".join([f"POST {target} {version}", *fixed, *lines, "", ""]).encode("latin-1") + tail


def get(*lines, target="/healthz", version="HTTP/1.1", host="Host: x", method="GET"):
    return "\r\n".join([f"{method} {target}" + (f" {version}" if version else ""), *([host] if host else []), *lines, "", ""]).encode("latin-1")


def behind():
    """What an attacker would have the gateway do: a request of its own behind another."""
    body = b'{"path": "acme/smuggled", "usd": "0.000001", "id": "%s"}' % uuid7().encode()
    return post(tail=body)


def chunks(tail, *lines):
    return post("Transfer-Encoding: chunked", *lines, length=False, tail=tail)


def lengths():
    for value in ("+5", "-1", "-0", "5, 5", "5,5", "0x10", "", " ", "5 ", "5\t", "\t5", "5 5", "5.0", "1e1", "ten", "5;", "\"5\"", "٥".encode().decode("latin-1")):
        yield f"Content-Length: {value!r}", post(f"Content-Length: {value}", length=False), {400}
    for value in ("9" * 18, "9223372036854775807", "9223372036854775808", "18446744073709551615", "18446744073709551617", "9" * 200):
        yield f"Content-Length: {value[:30]}", post(f"Content-Length: {value}", length=False), {400, 413}
    for first, second in ((len(BODY), len(BODY)), (len(BODY), 5), (0, len(BODY)), (5, "chunked")):
        yield f"Content-Length twice, {first} and {second}", post(f"Content-Length: {first}", f"Content-Length: {second}", length=False), {400}
    whole = b"%x\r\n%s\r\n0\r\n\r\n" % (len(BODY), BODY)
    yield "a length and chunks", post("Transfer-Encoding: chunked", "Content-Length: 5", length=False, tail=whole), {400}
    yield "chunks and a length", post("Content-Length: 5", "Transfer-Encoding: chunked", length=False, tail=whole), {400}
    yield "a length of nothing and chunks", post("Content-Length: 0", "Transfer-Encoding: chunked", length=False, tail=whole), {400}
    for coding in ("gzip", "chunked, gzip", "gzip, chunked", "xchunked", "chunkedx", "\tchunked", "chunked\t", "chunked ", "identity", "", ",", "chunked,", ", chunked", "chunked, chunked",
                   "chunked; q=1", "\"chunked\"", "chun\x0bked", "\x0bchunked", "chunked\x0c", "chunked, identity", "deflate"):
        yield f"Transfer-Encoding: {coding!r}", post(f"Transfer-Encoding: {coding}", length=False, tail=whole), {400, 501}
    yield "Transfer-Encoding twice", post("Transfer-Encoding: chunked", "Transfer-Encoding: chunked", length=False, tail=whole), {400}
    yield "Transfer-Encoding twice, one unknown", post("Transfer-Encoding: chunked", "Transfer-Encoding: x", length=False, tail=whole), {400, 501}
    yield "chunks in HTTP/1.0", post("Transfer-Encoding: chunked", length=False, tail=whole, version="HTTP/1.0"), {400}
    for name in ("Content-Length ", "Content_Length\x00", "Content-Length\t", "Content-Length\x0b", " Content-Length"):
        yield f"{name!r} as a name", post(f"{name}: 5", length=False), {400}
    for name in ("Transfer-Encoding ", "Transfer-Encoding\x00", " Transfer-Encoding", "Transfer-Encoding\xa0"):
        yield f"{name!r} as a name", post(f"{name}: chunked", length=False, tail=whole), {400}


def lines():
    good = post()
    yield "no Host", post(host=None), {400}
    yield "an empty Host", post(host="Host:"), {400}
    yield "two Hosts", post("Host: y"), {400}
    yield "the same Host twice", post("Host: x"), {400}
    for host in ("a b", "a/b", "a,b", "a@b", "user:p@b", "a\tb", "<x>", "x?y", "x#y", "x\\y", "a\xffb"):
        yield f"Host: {host!r}", post(host=f"Host: {host}"), {400}
    yield "bare LF at the end of a line", good.replace(b"\r\nContent-Type", b"\nContent-Type", 1), {400}
    yield "bare LF at the end of the request line", good.replace(b"HTTP/1.1\r\n", b"HTTP/1.1\n", 1), {400}
    yield "bare LF at the end of the head", good.replace(b"\r\n\r\n", b"\n\n", 1), {400}
    yield "CR LF LF at the end of the head", good.replace(b"\r\n\r\n", b"\r\n\n", 1), {400}
    yield "bare LF everywhere", good.replace(b"\r\n", b"\n"), {400}
    yield "bare CR at the end of a line", good.replace(b"\r\nContent-Type", b"\rContent-Type", 1), {400}
    yield "bare CR at the end of the request line", good.replace(b"HTTP/1.1\r\n", b"HTTP/1.1\r", 1), {400}
    yield "two CR before LF", good.replace(b"\r\nContent-Type", b"\r\r\nContent-Type", 1), {400}
    yield "CR in a value", post("A: b\rc"), {400}
    yield "CR in a value that hides a header", post("A: b\rTransfer-Encoding: chunked"), {400}
    yield "LF in a value that hides a header", post("A: b\nX: y"), {400}
    yield "CR in a name", post("A\rB: c"), {400}
    for what, line in (("a value", "A: b\0c"), ("a name", "A\0B: c"), ("the beginning", "\0A: b"), ("the end", "A: b\0")):
        yield f"NUL in a header, at {what}", post(line), {400}
    yield "NUL and a bare LF at the end of a line", good.replace(b"\r\nContent-Type", b"\0\nContent-Type", 1), {400}
    for byte in (*range(1, 9), *range(11, 13), *range(14, 32), 127):
        yield f"byte {byte} in a value", post(f"A: b{chr(byte)}c"), {400}
    yield "a folded header", post("A: b", " c"), {400}
    yield "a header folded by a tab", post("A: b", "\tc"), {400}
    yield "a folded Transfer-Encoding", post("Transfer-Encoding:", " chunked", length=False, tail=b"0\r\n\r\n"), {400}
    yield "a fold before the first header", good.replace(b"HTTP/1.1\r\n", b"HTTP/1.1\r\n A: b\r\n", 1), {400}
    for name in ("A ", "A\t", "", " ", "A B", "A(", "A)", "A,", "A/", "A;", "A<", "A=", "A>", "A?", "A@", "A[", "A\\", "A]", "A{", "A}", "A\"", "\xc3\xa9", "A\x7f"):
        yield f"{name!r} as a name", post(f"{name}: b"), {400}
    yield "a header without a colon", post("nothing"), {400}
    yield "a header of 20 kB", post("A: " + "b" * 20000), {431}
    yield "a header's name of 20 kB", post("A" * 20000 + ": b"), {431}
    yield "101 headers", post(*["A: b"] * 101), {431}
    yield "10,000 headers", post(*["A: b"] * 10000), {431}
    for n in (98, 300, 900, 2000):
        yield f"{n} cookies", post("Cookie: " + "; ".join(["a=b"] * n)), {431}
    yield "900 Cookie headers", post(*["Cookie: a=b"] * 900), {431}
    yield "an expectation that nobody knows", post("Expect: 200-maybe"), {417}
    yield "two expectations", post("Expect: 100-continue", "Expect: 100-continue"), {400, 417}


def requests():
    good = post()
    for target in ("http://x/v1/reservations", "https://x/v1/reservations", "http://127.0.0.2/healthz", "x:80", "127.0.0.1:22", "*", "v1/reservations", "?a=b", "//[", "\\v1\\reservations"):
        if not target.startswith("/"):
            yield f"the target {target}", post(target=target), {400}
    yield "CONNECT", get(method="CONNECT", target="127.0.0.1:22"), {400}
    yield "OPTIONS *", get(method="OPTIONS", target="*"), {400}
    for target in ("/a b", "/a\tb", "/a#b", "/\x7f", "/\xff", "/\xc3\xa9", "/a\0b", "/a\x01b"):
        yield f"{target!r} in a target", post(target=target), {400}
    yield "an escaped NUL in a path", get(target="/v1/st%00ate"), {400}
    for version in ("HTTP/0.9", "HTTP/1.2", "HTTP/2.0", "HTTP/9.9", "HTTP/0.0"):
        yield version, post(version=version), {505}
    for version in ("HTTP/1", "HTTP/1.", "HTTP/1.10", "HTTP/01.1", "HTTP/+1.1", "HTTP/1.1x", "http/1.1", "Http/1.1", "HTTP /1.1", "HTTP/ 1.1", "HTTPS/1.1", "ICY/1.1", "HTTP/1,1", "HTTP/x.1", "HTTP/1.1 ", " HTTP/1.1", "HTTP/1.1\t"):
        yield f"the version {version!r}", post(version=version), {400, 505}
    yield "HTTP/0.9, as it was", b"GET /healthz\r\n", {400, 505}
    yield "HTTP/0.9 with headers", get(version=""), {400, 505}
    yield "HTTP/2's preface", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", {400, 505}
    yield "a blank before the method", b" " + good, {400}
    yield "a tab behind the method", good.replace(b"POST ", b"POST\t", 1), {400}
    yield "two blanks behind the method", good.replace(b"POST ", b"POST  ", 1), {400}
    yield "two blanks before the version", good.replace(b" HTTP/1.1", b"  HTTP/1.1", 1), {400}
    for byte in (b"\t", b"#", b"\xa0"):
        yield f"{byte!r} before the version", good.replace(b" HTTP/1.1", byte + b"HTTP/1.1", 1), {400}
    yield "no target", b"GET\r\nHost: x\r\n\r\n", {400}
    yield "an empty target", b"GET  HTTP/1.1\r\nHost: x\r\n\r\n", {400}
    for method in ("P@ST", "PO\0ST", "PÖST", "", "(", "GET/"):
        yield f"the method {method!r}", good.replace(b"POST", method.encode("latin-1"), 1), {400}
    for n in (100, 5000, 20000):
        yield f"a method of {n} bytes", get(method="G" * n), {400, 414, 431, 501}
    yield "a method of 20 kB that does not end", b"G" * 20000, {400, 414, 431, 501}
    for n in (8193, 20000, 200000):
        yield f"a target of {n} bytes", get(target="/" + "a" * n), {414}
    yield "a target of 20 kB that does not end", b"GET /" + b"a" * 20000, {414}
    yield "twenty empty lines", b"\r\n" * 20 + good, {400}
    yield "a bare line feed first", b"\n" + good, {400}
    yield "a bare carriage return first", b"\r" + good, {400}
    yield "NUL first", b"\0" + good, {400}
    yield "a greeting of TLS", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 500, {400}
    yield "a line of PROXY", b"PROXY TCP4 1.2.3.4 1.2.3.4 1 2\r\n" + good, {400}


def bodies():
    whole = b"%x\r\n%s\r\n" % (len(BODY), BODY)
    for what, size in (("not a number", b"ZZ"), ("negative", b"-5"), ("signed", b"+5"), ("empty", b""), ("hexadecimal as in C", b"0x5"), ("behind a blank", b" 5"), ("before a blank", b"5 "), ("before a tab", b"5\t"),
                       ("2^64", b"10000000000000000"), ("2^64 + 5", b"10000000000000005"), ("2^63", b"8000000000000000"), ("of 200 digits", b"0" * 199 + b"5"), ("before NUL", b"5\0"), ("behind NUL", b"\x005"),
                       ("with half an extension", b"5;a\rb"), ("with a line feed in an extension", b"5;a\nb"), ("with 20 kB of extension", b"5;a=" + b"x" * 20000), ("with NUL in an extension", b"5;a\0")):
        yield f"a chunk's size is {what}", chunks(size + b"\r\nabcde\r\n0\r\n\r\n"), {400, 413}
    yield "a chunk's size ends with a bare LF", chunks(b"5\nabcde\r\n0\r\n\r\n"), {400}
    yield "a chunk ends with a bare LF", chunks(b"5\r\nabcde\n0\r\n\r\n"), {400}
    for what, tail in (("a chunk's size", b"5\rXabcde\r\n0\r\n\r\n"), ("an extension", b"5;a\rXabcde\r\n0\r\n\r\n"), ("a chunk", b"5\r\nabcde\rX0\r\n\r\n"), ("the last size", whole + b"0\rX\r\n"),
                       ("the last line", whole + b"0\r\n\rX"), ("a trailer", whole + b"0\r\nA: b\rX\r\n")):
        yield f"CR and something else behind {what}", chunks(tail), {400}
    yield "a chunk is longer than it says", chunks(b"5\r\nabcdef\r\n0\r\n\r\n"), {400}
    yield "a chunk is shorter than it says", chunks(b"5\r\nabc\r\n0\r\n\r\n"), {400}
    yield "the last chunk ends with bare LF", chunks(whole + b"0\n\n"), {400}
    yield "no empty line behind the last chunk", chunks(whole + b"0\r\nGET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"), {400}
    yield "a trailer without a colon", chunks(whole + b"0\r\nnothing\r\n\r\n"), {400}
    yield "a folded trailer", chunks(whole + b"0\r\nA: b\r\n c\r\n\r\n"), {400}
    yield "NUL in a trailer", chunks(whole + b"0\r\nA: b\0c\r\n\r\n"), {400}
    yield "bare LF behind a trailer", chunks(whole + b"0\r\nA: b\n\r\n"), {400}
    yield "20 kB of trailers", chunks(whole + b"0\r\n" + b"A: b\r\n" * 3500 + b"\r\n"), {400, 431}
    yield "a trailer's name of 20 kB", chunks(whole + b"0\r\n" + b"A" * 20000 + b":\r\n\r\n"), {400, 431}
    yield "a trailer of 20 kB", chunks(whole + b"0\r\nA: " + b"b" * 20000 + b"\r\n\r\n"), {400, 431}
    yield "a body too large, announced", post("Content-Length: 9000000000", length=False, tail=b""), {413}
    yield "a body too large, announced and expected", post("Content-Length: 2000000", "Expect: 100-continue", length=False, tail=b""), {413}
    yield "a wrong length, and an expectation", post("Content-Length: 5, 5", "Expect: 100-continue", length=False, tail=b""), {400}


def talk(port, data, seconds=8):
    """Sends, without an end of its own; all that comes back, and whether the gateway ended it."""
    with socket.create_connection(("127.0.0.1", port), seconds) as s:
        got = b""
        try:
            s.sendall(data)
        except OSError:
            pass
        try:
            while part := s.recv(65536):
                got += part
            return got, True
        except TimeoutError:
            return got, False
        except OSError:
            return got, True


def answers(got):
    """Every answer in what came back: status, headers, body."""
    while got:
        first, _, rest = got.partition(b"\r\n\r\n")
        lines = first.decode("latin-1").split("\r\n")
        headers = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in lines[1:])}
        status = int(lines[0].split()[1]) if re.fullmatch(r"HTTP/1\.1 \d{3} .*", lines[0]) else lines[0]
        length = int(headers.get("content-length", 0))
        yield status, headers, rest[:length]
        got = rest[length:]


def fault(got, ended, statuses):
    """What is wrong with what came back for a request that is wrong; None for nothing."""
    all_of_it = list(answers(got))
    if len(all_of_it) != 1:
        return f"{len(all_of_it)} answers"
    status, headers, body = all_of_it[0]
    if status not in statuses:
        return f"{status} is none of {statuses}"
    if headers.get("content-type") != "application/problem+json" or headers.get("connection") != "close" or int(headers["content-length"]) != len(body):
        return "no problem that ends the connection"
    said = json.loads(body)
    if said["status"] != status or not said["type"].startswith("urn:quotakit:problem:") or not said["title"] or not said["detail"]:
        return "not a problem as others are"
    return None if ended else "the connection goes on"


def refused(gateway, pool, what, cases):
    cases = list(cases)
    wrong = []
    for (name, _, statuses), (got, ended) in zip(cases, pool.map(lambda c: talk(gateway.port, c[1] + behind()), cases)):
        found = fault(got, ended, statuses)
        if found:
            wrong.append(f"{name}: {found}\n    {got[:600]!r}")
    check(f"{len(cases)} {what}: one problem and the end", not wrong, f"{len(wrong)} of {len(cases)}\n" + "\n".join(wrong))


def one_by_one(gateway):
    """The same wherever the bytes are cut."""
    wrong = []
    for name, data, statuses in (("two lengths", post("Content-Length: 5"), {400}), ("a bare CR", post("A: b\rc"), {400}), ("a chunk's size", chunks(b"5 \r\nabcde\r\n0\r\n\r\n"), {400})):
        with socket.create_connection(("127.0.0.1", gateway.port), 8) as s:
            s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            try:
                for byte in data:
                    s.sendall(bytes([byte]))
            except OSError:
                pass
            got = b""
            try:
                while part := s.recv(65536):
                    got += part
            except OSError:
                pass
        found = fault(got, True, statuses)
        if found:
            wrong.append(f"{name}: {found} {got[:300]!r}")
    check("byte by byte it is refused as well", not wrong, "\n".join(wrong))


def in_order(gateway):
    """Good requests, many in one piece and in any pieces: answered in their order."""
    kept = [(post(), 201), (get(), 200), (get(target="/nowhere"), 404), (chunks(b"%x\r\n%s\r\n0\r\n\r\n" % (len(BODY), BODY)), 201),
            (chunks(b"%X;a=b;c=\"d\"\r\n%s\r\n%04x\r\n%s\r\n000\r\nA: b\r\nC: d\r\n\r\n" % (1, BODY[:1], len(BODY) - 1, BODY[1:])), 201),
            (get(method="HEAD"), 200), (post("Connection: keep-alive"), 201), (get(method="DELETE"), 405), (post(tail=b"[]"), 400), (post("Transfer-Encoding: CHUNKED", length=False, tail=b"0\r\n\r\n"), 400),
            (b"\r\n" + get(), 200), (post(host="hOsT:  127.0.0.1:8080 "), 201), (post(host="Host: [::1]:8080"), 201), (post("A:", "B:\t \t", "C: \xe9\xff\t!", "!#$%&'*+-.^_`|~09aZ: x"), 201),
            (get(target="/v1/state?path=acme/search"), 401), (post(target="/v1/%72eservations"), 201), (get("Content-Length: 5") + b"hello", 200), (post("Content-Length: 00%d" % len(BODY), length=False), 201)]
    # HEAD has a length and no body; the others tell how long they are.
    def statuses(data, pause, seconds=15):
        with socket.create_connection(("127.0.0.1", gateway.port), seconds) as s:
            for piece in data:
                s.sendall(piece)
                if pause:
                    time.sleep(pause)
            found, got = [], b""
            expected = [m for m, _ in kept]
            while len(found) < len(expected) * (1 if pause else 20):
                if b"\r\n\r\n" not in got:
                    part = s.recv(65536)
                    if not part:
                        break
                    got += part
                    continue
                head, _, rest = got.partition(b"\r\n\r\n")
                length = 0 if expected[len(found) % len(expected)].startswith(b"HEAD") else int(re.search(rb"(?i)content-length: (\d+)", head).group(1))
                if len(rest) < length:
                    part = s.recv(65536)
                    if not part:
                        break
                    got += part
                    continue
                found.append(int(head.split()[1]))
                got = rest[length:]
            return found
    whole = b"".join(m for m, _ in kept)
    wanted = [status for _, status in kept]
    equal(f"{20 * len(kept)} good requests in one piece are answered in their order", statuses([whole * 20], 0), wanted * 20)
    equal("in pieces of 37 bytes too", statuses([whole[i:i + 37] for i in range(0, len(whole), 37)], 0.001), wanted)


def ends(gateway):
    """When the connection goes on and when it ends, for good requests."""
    for name, data, goes_on in (("HTTP/1.1", get(), True), ("HTTP/1.1 with close", get("Connection: close"), False), ("with close among others", get("Connection: x , CLOSE,y"), False), ("HTTP/1.0", get(version="HTTP/1.0"), False),
                                ("HTTP/1.0 without a Host", get(version="HTTP/1.0", host=None), False), ("HTTP/1.0 with keep-alive", get("Connection: Keep-Alive", version="HTTP/1.0"), True)):
        got, ended = talk(gateway.port, data, 1)
        found = [(status, headers.get("connection", "").lower() == "close") for status, headers, _ in answers(got)]
        equal(f"{name}: the connection {'goes on' if goes_on else 'ends'}", (found, ended), ([(200, not goes_on)], not goes_on))


def expectations(gateway):
    with socket.create_connection(("127.0.0.1", gateway.port), 8) as s:
        s.sendall(post("Expect: 100-continue", tail=b"", length=False).replace(b"\r\n\r\n", b"\r\nContent-Length: %d\r\n\r\n" % len(BODY)))
        equal("who asks whether to send a body is told to", s.recv(4096), b"HTTP/1.1 100 Continue\r\n\r\n")
        s.sendall(BODY)
        equal("and is answered", s.recv(4096)[:12], b"HTTP/1.1 201")
        s.sendall(post("Expect: 100-continue"))
        equal("who does not wait is not told", s.recv(4096)[:12], b"HTTP/1.1 201")
    for name, data in (("unknown route", post("Expect: 100-continue", "Content-Length: 10", target="/nowhere", length=False, tail=b"")),
                       ("missing key", get("Expect: 100-continue", "Content-Length: 10", target="/v1/reservations", method="POST"))):
        got, ended = talk(gateway.port, data, 3)
        found = [status for status, _, _ in answers(got)]
        check(f"with an expectation and an {name} there is one answer, and the end", len(found) == 1 and found[0] in (401, 404) and ended, (got, ended))


def unread(gateway):
    """A client that still sends is not cut off: mostly it reads nothing before it is done."""
    wrong = []
    for _ in range(10):
        with socket.create_connection(("127.0.0.1", gateway.port), 10) as s:
            try:
                s.sendall(post("Content-Length: 5, 5", length=False, tail=b"x" * 4000000))
                got = b"".join(iter(lambda: s.recv(65536), b""))
                wrong += [] if got.startswith(b"HTTP/1.1 400") else [got]
            except OSError as error:
                wrong.append(repr(error))
    equal("of ten clients that still send 4 MB none is cut off", wrong, [])


def slowly(gateway, context=None):
    """Answers that the client takes its time for, plain and by TLS: all of them, whole, and in their order."""
    check("the database has told of its part", wait_until(lambda: b"/api/me" in gateway.get("/openapi.json")[2]))
    whole = gateway.get("/openapi.json")[2]
    with socket.socket() as plain:
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
        plain.settimeout(10)
        plain.connect(("127.0.0.1", gateway.port))
        s = context.wrap_socket(plain, server_hostname="127.0.0.1") if context else plain
        s.sendall(get(target="/openapi.json") * 30 + get("Connection: close"))
        got = b""
        while part := s.recv(4096):
            got += part
            if len(got) % 32 == 0:
                time.sleep(0.001)
        found = list(answers(got))
        check(f"thirty answers of {len(whole)} bytes, read slowly{', by TLS' if context else ''}", [f[0] for f in found] == [200] * 31 and all(f[2] == whole for f in found[:30]), len(got))
        s.close()


def tls(cluster, directory):
    certificate, private = make_certificate(directory, "wire")
    context = ssl.create_default_context(cafile=certificate)
    context.set_alpn_protocols(["h2", "http/1.1"])
    with Gateway(cluster, "quota", context=context, tls_certificate=certificate, tls_key=private) as gateway:
        with socket.create_connection(("127.0.0.1", gateway.port), 10) as plain, context.wrap_socket(plain, server_hostname="127.0.0.1") as s:
            equal("of the protocols that a client names the gateway chooses HTTP/1.1", s.selected_alpn_protocol(), "http/1.1")
            s.sendall(post("Content-Length: 5"))
            got = b""
            while part := s.recv(65536):
                got += part
            check("what is wrong is refused by TLS as well, and the end is one of TLS", fault(got, True, {400}) is None, got)
            s.unwrap()
        slowly(gateway, context)


with Cluster() as cluster, database(cluster) as db:
    db.run("SELECT quotakit.make_gateway_role()")
    db.run("SELECT quotakit.create_account('acme')")
    db.run("SELECT quotakit.create_node('acme/search', 'openai')")
    db.run("SELECT quotakit.create_node('acme/smuggled', 'openai')")
    db.run("SELECT quotakit.set_policy('acme', 1000000, 'usd', 'month', 'strict')")
    KEY = db.value("SELECT quotakit.create_key('test')")
    smuggled = "SELECT count(*) FROM quotakit.reservation r JOIN quotakit.node n USING (account_id, node_id) WHERE n.path::text = 'acme/smuggled'"
    with Gateway(cluster, "quota", header_timeout=5, body_timeout=5, idle_timeout=5) as gateway, concurrent.futures.ThreadPoolExecutor(32) as pool:
        refused(gateway, pool, "framings", lengths())
        refused(gateway, pool, "headers", lines())
        refused(gateway, pool, "request lines", requests())
        refused(gateway, pool, "bodies", bodies())
        one_by_one(gateway)
        equal("nothing that stood behind one of them was done", db.value(smuggled), 0)
        equal("(behind a good one it is)", [s for s, _, _ in answers(talk(gateway.port, post() + behind(), 2)[0])], [201, 201])
        equal("(and is seen)", db.value(smuggled), 1)
        in_order(gateway)
        ends(gateway)
        expectations(gateway)
        unread(gateway)
        slowly(gateway)
        equal("nothing was logged as a defect", [m for m in gateway.messages() if m["level"] == "error"], [])
    with tempfile.TemporaryDirectory() as directory:
        tls(cluster, directory)
    equal("verify() is clean", db.run("SELECT * FROM quotakit.verify()"), [])

done()
