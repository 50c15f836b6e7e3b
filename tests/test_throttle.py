#!/usr/bin/python3
"""Guessing passwords is stopped, and stops nobody else: through the real gateway, from many client addresses."""
import http.client
import json
import subprocess
import threading
import time

from gateway_client import SANITIZED, Gateway, build
from harness import Cluster, check, database, done, equal, wait_until

build()

PASSWORD = "correct horse battery"
HOME, OFFICE = "127.0.0.1", "127.0.0.77"


def ask(gateway, path, body, source=HOME, headers=None, method="POST"):
    """A request from one of this machine's many addresses: status, headers, answer."""
    connection = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=60, source_address=(source, 0))
    try:
        connection.putrequest(method, path)
        sent = json.dumps(body).encode()
        for name, value in [("Content-Type", "application/json"), ("Content-Length", str(len(sent))), ("Sec-Fetch-Site", "same-origin"), *(headers or [])]:
            connection.putheader(name, value)
        connection.endheaders(sent)
        response = connection.getresponse()
        return response.status, response.headers, json.loads(response.read() or b"null")
    finally:
        connection.close()


def sign_in(gateway, email, password, source=HOME, headers=None):
    return ask(gateway, "/api/signin", {"email": email, "password": password}, source, headers)[0]


def guesses(gateway, email, n, source, headers=None):
    return [sign_in(gateway, email, f"guess {i}", source, headers) for i in range(n)]


def forget(db):
    db.run("DELETE FROM quotakit.sign_in_attempt")


def one_address(gateway, db):
    equal("guessing from one address is stopped after ten", guesses(gateway, "ann@acme.test", 12, "127.0.9.1"), [401] * 10 + [429] * 2)
    equal("the owner signs in from where they have signed in before", sign_in(gateway, "ann@acme.test", PASSWORD), 200)
    equal("and from elsewhere, as long as few have guessed", sign_in(gateway, "ann@acme.test", PASSWORD, "127.0.5.5"), 200)
    status, headers, answer = ask(gateway, "/api/signin", {"email": "ann@acme.test", "password": PASSWORD}, "127.0.9.1")
    check("the guesser is told how long to wait", status == 429 and 60 < int(headers["Retry-After"]) <= 900 and answer["code"] == "throttled", answer)
    forget(db)


def made_up_emails(gateway, db):
    statuses = [sign_in(gateway, f"nobody{i}@nowhere.test", "x", "127.0.9.2") for i in range(120)]
    check("an address that tries one e-mail after the other is stopped", statuses[:30] == [401] * 30 and set(statuses[30:]) == {429}, statuses)
    equal("the owner signs in", sign_in(gateway, "ann@acme.test", PASSWORD), 200)
    equal("whoever was never here before, too", sign_in(gateway, "bob@acme.test", PASSWORD, "127.0.5.6"), 200)
    equal("120 such attempts leave 30 rows", db.value("SELECT count(*) FROM quotakit.sign_in_attempt WHERE network = '127.0.9.2'"), 30)
    forget(db)


def many_addresses(gateway, db):
    for i in range(5):
        guesses(gateway, "ann@acme.test", 10, f"127.0.9.{10 + i}")
    equal("after fifty guesses from strange addresses the next strange one has to wait", sign_in(gateway, "ann@acme.test", PASSWORD, "127.0.9.99"), 429)
    equal("a known one has not", sign_in(gateway, "ann@acme.test", PASSWORD), 200)
    equal("nor has another member", sign_in(gateway, "bob@acme.test", PASSWORD, "127.0.5.7"), 200)
    equal("what is an owner's known address is not that of somebody else", sign_in(gateway, "carol@acme.test", PASSWORD, "127.0.5.7"), 401)
    forget(db)
    # So many in this minute, and in the next should it begin meanwhile.
    db.run("""INSERT INTO quotakit.sign_in_attempt (account_id, email_hash, network, minute, attempts, known)
              SELECT 0, sha256(i::text::bytea), ('10.0.0.' || i)::cidr, date_trunc('minute', clock_timestamp()) + m * interval '1 minute', 1, false
              FROM generate_series(1, 120) i, generate_series(0, 1) m""")
    status, headers, _ = ask(gateway, "/api/signin", {"email": "dave@acme.test", "password": PASSWORD}, "127.0.5.8")
    check("with 120 attempts from anywhere in a minute strangers wait for the next", status == 429 and int(headers["Retry-After"]) <= 60, (status, headers))
    equal("members do not, where they have signed in before", sign_in(gateway, "ann@acme.test", PASSWORD), 200)
    equal("and nothing was written down of who had to wait", db.value("SELECT count(*) FROM quotakit.sign_in_attempt WHERE network = '127.0.5.8'"), 0)
    forget(db)


def known_address(gateway, db):
    equal("another address of the owner", sign_in(gateway, "ann@acme.test", PASSWORD, OFFICE), 200)
    equal("guessing stops at a known address too", guesses(gateway, "ann@acme.test", 12, HOME), [401] * 10 + [429] * 2)
    equal("where even the right password has to wait", sign_in(gateway, "ann@acme.test", PASSWORD, HOME), 429)
    equal("but not at their other one", sign_in(gateway, "ann@acme.test", PASSWORD, OFFICE), 200)
    forget(db)
    guesses(gateway, "ann@acme.test", 9, HOME)
    equal("a success", sign_in(gateway, "ann@acme.test", PASSWORD, HOME), 200)
    equal("forgets the failures before it", guesses(gateway, "ann@acme.test", 11, HOME), [401] * 10 + [429])
    forget(db)
    for i in range(25):
        sign_in(gateway, "ann@acme.test", PASSWORD, f"127.0.6.{i}")
    equal("at most twenty addresses of a member are remembered, the latest", db.row("""
        SELECT count(*), bool_or(network = '127.0.6.24') FROM quotakit.sign_in_network n JOIN quotakit.member m USING (account_id, member_id)
        WHERE m.email = 'ann@acme.test'"""), (20, True))
    db.run("UPDATE quotakit.sign_in_network SET last_used = now() - interval '91 days' WHERE network = '127.0.6.24'")
    db.run("INSERT INTO quotakit.sign_in_attempt (account_id, email_hash, network, minute, attempts, known) "
           "VALUES (0, sha256('ann@acme.test'), '10.0.0.1', date_trunc('minute', clock_timestamp()), 50, false)")
    equal("one that was not used for ninety days is strange again", sign_in(gateway, "ann@acme.test", PASSWORD, "127.0.6.24"), 429)
    forget(db)
    sign_in(gateway, "ann@acme.test", PASSWORD, HOME)
    sign_in(gateway, "ann@acme.test", PASSWORD, OFFICE)


def at_once(gateway, db):
    # Who tries in another minute does not wait for the one before.
    wait_until(lambda: time.time() % 60 < 45, 60)
    barrier, statuses = threading.Barrier(24), []

    def guess():
        barrier.wait(60)
        statuses.append(sign_in(gateway, "ann@acme.test", "a guess", "127.0.9.3"))

    threads = [threading.Thread(target=guess) for _ in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    equal("of 24 guesses at once ten are looked at", (statuses.count(401), statuses.count(429)), (10, 14))
    forget(db)


def change_password(gateway, db):
    _, headers, answer = ask(gateway, "/api/signin", {"email": "ann@acme.test", "password": PASSWORD})
    cookie = headers["Set-Cookie"].split(";")[0]
    sent = [("Cookie", cookie), ("X-CSRF", answer["csrf"])]
    statuses = [ask(gateway, "/api/password", {"old": f"guess {i}", "new": PASSWORD + "!"}, "127.0.9.4", sent)[0] for i in range(12)]
    equal("with a stolen session, guessing the password stops after ten", statuses, [401] * 10 + [429] * 2)
    equal("and its owner still signs in", sign_in(gateway, "ann@acme.test", PASSWORD), 200)
    forget(db)


def sign_up(gateway, db):
    statuses = [ask(gateway, "/api/signup", {"account": f"a{i}", "email": f"new{i}@x.test", "password": PASSWORD}, "127.0.9.5")[0] for i in range(40)]
    check("who signs up again and again is stopped", statuses[:30] == [403] * 30 and set(statuses[30:]) == {429}, statuses)
    equal("and nobody else", ask(gateway, "/api/signup", {"account": "a", "email": "new@x.test", "password": PASSWORD}, "127.0.9.6")[0], 403)
    forget(db)


def networks(db):
    return [row[0] for row in db.run("SELECT network::text FROM quotakit.sign_in_attempt ORDER BY minute, network")]


def forwarded(gateway, db, values, source=HOME):
    """Under which network an attempt with these X-Forwarded-For headers is counted."""
    forget(db)
    sign_in(gateway, "nobody@nowhere.test", "x", source, [("X-Forwarded-For", v) for v in values])
    return networks(db)


def no_proxy(gateway, db):
    statuses = [sign_in(gateway, "ann@acme.test", "x", "127.0.9.7", [("X-Forwarded-For", f"203.0.113.{i}")]) for i in range(11)]
    equal("X-Forwarded-For of anybody counts for nothing", statuses, [401] * 10 + [429])
    equal("and what was counted is the address itself", set(networks(db)), {"127.0.9.7/32"})
    check("the log says so, once", sum("trusted_proxy" in m["message"] for m in gateway.messages()) == 1, gateway.lines)
    forget(db)


def behind_a_proxy(gateway, db):
    for name, values, wanted in (
            ("the client that it names", ["203.0.113.9"], "203.0.113.9/32"),
            ("the last that is no proxy", ["198.51.100.1, 203.0.113.9, 10.1.2.3"], "203.0.113.9/32"),
            ("over several headers", ["198.51.100.1", "203.0.113.9", "10.1.2.3,10.4.5.6"], "203.0.113.9/32"),
            ("with a port", ["203.0.113.9:4711"], "203.0.113.9/32"),
            ("IPv6 by its /64", ["2001:db8:1:2:3:4:5:6"], "2001:db8:1:2::/64"),
            ("in brackets with a port", ["[2001:db8:1:2::9]:443"], "2001:db8:1:2::/64"),
            ("IPv4 in IPv6", ["::ffff:203.0.113.9"], "203.0.113.9/32"),
            ("only proxies: the first of them", ["10.1.2.3, 10.4.5.6"], "10.1.2.3/32"),
            ("none: the proxy itself", [], "127.0.0.1/32"),
            ("not an address: the proxy", ["unknown"], "127.0.0.1/32"),
            ("behind what is no address, the proxy before it", ["203.0.113.9, what, 10.4.5.6"], "10.4.5.6/32"),
            ("nothing but commas", [", ,"], "127.0.0.1/32"),
            ("far too many", [", ".join(["10.1.2.3"] * 400)], "10.1.2.3/32")):
        equal(f"behind a trusted proxy: {name}", forwarded(gateway, db, values), [wanted])
    check("and the log has no word of it", not any("trusted_proxy" in line for line in gateway.lines))
    equal("somebody else's header counts for nothing", forwarded(gateway, db, ["203.0.113.9"], "127.0.9.8"), ["127.0.9.8/32"])
    forget(db)
    statuses = [sign_in(gateway, "ann@acme.test", "x", HOME, [("X-Forwarded-For", f"2001:db8::{i}")]) for i in range(11)]
    equal("all addresses of an IPv6 network are one", statuses, [401] * 10 + [429])
    equal("another network is another", sign_in(gateway, "ann@acme.test", PASSWORD, HOME, [("X-Forwarded-For", "2001:db8:0:1::1")]), 200)
    forget(db)


with Cluster() as cluster, database(cluster) as db:
    db.run("SELECT quotakit.make_roles()")
    db.run("SELECT quotakit.make_gateway_role()")
    with Gateway(cluster, "quota") as gateway:
        wait_until(lambda: gateway.get("/api/signup")[0] == 200)
        equal("the owner signs up", ask(gateway, "/api/signup", {"account": "acme", "email": "ann@acme.test", "password": PASSWORD})[0], 201)
        db.run("SET quotakit.account = 'acme'")
        for name in ("bob", "dave"):
            db.run("SELECT quotakit.create_member(%s, %s, 'viewer')", f"{name}@acme.test", PASSWORD)
        one_address(gateway, db)
        made_up_emails(gateway, db)
        many_addresses(gateway, db)
        known_address(gateway, db)
        at_once(gateway, db)
        change_password(gateway, db)
        sign_up(gateway, db)
        no_proxy(gateway, db)
    with Gateway(cluster, "quota", trusted_proxy="127.0.0.1, 10.0.0.0/8 ::1") as gateway:
        wait_until(lambda: gateway.get("/api/signup")[0] == 200)
        behind_a_proxy(gateway, db)
    for wrong in ("10.0.0.0/33", "nonsense", "::1/129", "10.0.0.0/x", "10.0.0.0/", "10.0.0/8", "10.0.0.0/-1", "1.2.3.4 " * 65):
        ended = subprocess.run([SANITIZED, "--database=host=/nowhere", f"--trusted_proxy={wrong}"], stderr=subprocess.PIPE, text=True, timeout=60)
        check(f"trusted_proxy = {wrong[:20]} is refused", ended.returncode == 2 and '"trusted_proxy" must be' in ended.stderr, ended.stderr)

done()
