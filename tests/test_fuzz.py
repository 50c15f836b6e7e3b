#!/usr/bin/env python3
"""Calls with bytes changed at random: each is answered, none fails its neighbours or the server.

20,000 of them (half a million with QUOTAKIT_LONG), in batches with a sound call at the end.
"""
import hashlib
import json
import random
import time
import uuid

from harness import Cluster, LONG, check, database, done, equal, note, psycopg2, seed

CALLS = 500000 if LONG else 20000
BATCH = 200
dice = random.Random(seed())

PIECES = [b'"', b"{", b"}", b"[", b"]", b":", b",", b"\\", b"\\u0000", b"\\ud83d", b"\\ude00", b"null", b"true", b"-", b"1e999", b".", b"\x00",
          b"\xff", b"\xed\xa0\x80", "é".encode(), "\u202e".encode(), b"9" * 40, b"0.0000000001", b" ", b"\n", b"reserve", b"log", b"a/x",
          b'"usd":', b'"usage":{', b'"tags":{"a":"b"}', b"usd", b"e", b"E+", b"input_tokens", b"/", b"//", b"..", b"\x7f", b"{" * 70]

NEEDED = ("op", "id", "path", "reservation", "policy", "count")
SPEND = ("op", "id", "path", "service", "model", "tier", "usd", "credits", "usage", "tags")
ALLOWED = {"reserve": SPEND[:-1] + ("ttl", "lease"), "log": SPEND, "settle": SPEND, "draw": SPEND + ("reservation", "last"),
           "release": ("op", "id"), "extend": ("op", "id", "ttl"), "refused": ("op", "path", "policy", "count", "model")}


def uuid7():
    return str(uuid.UUID(int=(time.time_ns() // 1000000 + dice.choice((0, 0, 10**7, -10**12))) << 80 | 7 << 76
                         | dice.getrandbits(12) << 64 | 2 << 62 | dice.getrandbits(62)))


def sound():
    call = {"op": dice.choice(("reserve", "log", "settle", "draw", "release", "extend", "refused")), "id": uuid7(), "path": "a/x",
            "usd": "0.5", "credits": 1.25, "model": "m", "tier": "batch", "usage": {"input_tokens": 3, "image": 0.5}, "ttl": 60,
            "tags": {"team": "é"}, "reservation": uuid7(), "policy": 1, "count": 2, "lease": True, "last": False, "service": "openai"}
    keep = [k for k in call if k in ALLOWED[call["op"]] and (k in NEEDED or dice.random() < 0.35)]
    return json.dumps({k: call[k] for k in keep}).encode()


def broken():
    text = bytearray(sound())
    for _ in range(dice.choice((1, 1, 2, 3, 10))):
        at = dice.randrange(len(text) + 1)
        kind = dice.random()
        if kind < 0.4:
            text[at:at] = dice.choice(PIECES)
        elif kind < 0.6:
            del text[at:at + dice.randint(1, 12)]
        elif kind < 0.8 and at < len(text):
            text[at] = dice.randrange(256)
        else:
            other = sound()
            text[at:] = other[dice.randrange(len(other)):]
    return bytes(text)


def main():
    with Cluster() as cluster, database(cluster) as db:
        account = db.value("SELECT quotakit.create_account('fuzz', on_unknown_path => 'create')")
        secret = hashlib.sha256(db.value("SELECT quotakit.create_key('k')").encode()).digest()
        db.run("SELECT quotakit.create_node('a/x', 'openai'), quotakit.set_policy('a', 1000000, period => 'day', enforcement => 'strict')")
        failed, strange, outcomes = [], [], {}
        for _ in range(CALLS // BATCH):
            calls = [broken() for _ in range(BATCH - 1)]
            calls.append(b'{"op":"reserve","id":"%s","path":"a/x","usd":0.000000001}' % str(uuid.UUID(
                int=time.time_ns() // 1000000 << 80 | 7 << 76 | 2 << 62 | dice.getrandbits(62))).encode())
            try:
                answers = db.run("SELECT outcome, answer FROM quotakit.batch(%s::int4[], %s::bytea[], %s::bytea[])",
                                 [account] * BATCH, [secret] * BATCH, calls)
            except psycopg2.Error as error:
                failed.append(f"{error} {calls}")
                if db.raw.closed:
                    break
                continue
            for call, (outcome, answer) in zip(calls, answers):
                outcomes[outcome] = outcomes.get(outcome, 0) + 1
                try:
                    json.loads(answer)
                except ValueError as error:
                    strange.append(f"{call} {answer} {error}")
            if len(answers) != BATCH or answers[-1][0] != "granted":
                strange.append(f"{len(answers)} answers, {answers[-1]}")
        note(", ".join(f"{n} {o}" for o, n in sorted(outcomes.items())))
        equal(f"{CALLS} broken calls fail no batch", failed[:1], [])
        equal("each is answered in JSON, and their neighbours go on", strange[:3], [])
        check("some are right all the same", outcomes.get("recorded", 0) > CALLS // 1000, outcomes)
        kept = db.value("SELECT count(*) FROM quotakit.rejected_event")
        check("R3: those that may have reported spend are kept", kept > CALLS // 4, kept)
        equal("R9: verify() finds nothing", db.run("SELECT * FROM quotakit.verify()"), [])
        crashes = [line for line in cluster.log_text().splitlines() if "PANIC" in line or "terminated by signal" in line]
        equal("the server stands", crashes, [])
    done()


if __name__ == "__main__":
    main()
