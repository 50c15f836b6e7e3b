#!/usr/bin/python3
"""Every route and status of the gateway, as its own description promises; its role; its keys."""
import json
import time

from gateway_client import Client, Contract, Gateway, build, uuid7
from harness import Cluster, check, connect, database, done, equal, note, raises, together

build()


def prepare(db):
    """The sample account; returns its key."""
    db.run("SELECT quotakit.make_roles()")
    db.run("SELECT quotakit.make_gateway_role()")
    db.run("SELECT quotakit.create_account('acme')")
    for path, service in (("acme", None), ("acme/search", "openai"), ("acme/free", "openai"), ("acme/old", "openai"),
                          ("life", "openai"), ("ice", "openai"), ("umbrella", None), ("hurry", "openai"), ("roll", "openai"), ("counted", "openai"), ("minute", "openai")):
        db.run("SELECT quotakit.create_node(%s, %s)", path, service)
    db.run("SELECT quotakit.set_policy('acme/search', 10, 'usd', 'month', 'strict')")
    db.run("SELECT quotakit.set_policy('life', 1, 'requests', 'lifetime', 'strict')")
    db.run("SELECT quotakit.set_policy('hurry', 2, 'requests', 'hour', 'block')")
    db.run("SELECT quotakit.set_policy('roll', 1.5, 'usd', 'day', 'strict', rolling => true)")
    db.run("SELECT quotakit.set_policy('counted', 1000, 'tokens', 'month', 'strict')")
    db.run("SELECT quotakit.set_policy('minute', 1, 'requests', 'minute', 'strict')")
    db.run("SELECT quotakit.archive_node('acme/old')")
    db.run("SELECT quotakit.freeze('ice', 'too hot')")
    return db.value("SELECT quotakit.create_key('test')")


def calls(client, db):
    """POST /v1/reservations and what follows one."""
    status, answer, rid = client.reserve("1.25")
    check("a reservation is granted", status == 201 and answer["outcome"] == "granted" and answer["id"] == rid
          and answer["held"]["usd"] == "1.25", answer)
    status, answer, _ = client.reserve("1.25", id=rid)
    check("again: the same, marked", status == 201 and answer.get("duplicate") is True, answer)
    status, answer, _ = client.reserve("1.26", id=rid)
    check("with other content: a conflict", status == 409 and answer["outcome"] == "conflict", answer)
    status, _, answer = client.post(f"/v1/reservations/{rid}/extend", {"ttl": 600})
    check("it is extended", status == 200 and answer["outcome"] == "extended", answer)
    status, _, answer = client.post(f"/v1/reservations/{rid}/settle", {"usd": "0.75", "model": "gpt-4o", "tags": {"a": "b"}})
    check("it is settled", status == 200 and answer["outcome"] == "recorded" and answer["usd"] == "0.75", answer)
    equal("it is in the ledger with what was sent", db.row(
        "SELECT usd, model, tags->>'a' FROM quotakit.event WHERE event_id = %s", rid), (750000000, "gpt-4o", "b"))

    _, _, rid = client.reserve("1")
    equal("one can be released, without a body", client.post(f"/v1/reservations/{rid}/release")[0], 200)
    equal("nothing is held any more", db.value("SELECT held FROM quotakit.policy_status WHERE path::text = 'acme/search'"), 0)
    equal("released twice: as once", client.post(f"/v1/reservations/{rid}/release", {})[0], 200)
    status, answer, rid = client.reserve("1", lease=True)
    equal("a lease", status, 201)
    draw = uuid7()
    status, _, answer = client.post(f"/v1/reservations/{rid}/draw", {"id": draw, "usd": "0.2"})
    check("is drawn on", status == 200 and answer["id"] == draw, answer)
    status, _, answer = client.post(f"/v1/reservations/{rid}/draw", {"usd": "0.2", "last": True}, headers={"Idempotency-Key": f'"{uuid7()}"'})
    check("the second draw has its id in the header", status == 200, answer)
    status, _, answer = client.post(f"/v1/reservations/{rid}/draw", {"usd": "0.2"})
    check("a draw without an id is refused", status == 400 and "id" in answer["detail"], answer)
    equal("a draw under an id of other content: 409", client.post(f"/v1/reservations/{rid}/draw", {"id": draw, "usd": "0.3"})[0], 409)

    status, _, answer = client.post("/v1/reservations", {"path": "acme/search", "usd": 0.1})
    check("without an id the gateway makes one", status == 201 and answer["id"][14] == "7", answer)
    status, _, answer = client.post("/v1/reservations", {"path": "acme/search", "usd": 0.1, "usage": {"prompt_tokens": 5}})
    check("a misspelt meter: what was meant", status == 201 and answer["hint"].startswith('Did you mean "input_tokens"?'), answer)
    key = uuid7()
    for _ in range(2):
        status, _, answer = client.post("/v1/reservations", {"path": "acme/search", "usd": 0.1}, headers={"Idempotency-Key": key})
    check("an Idempotency-Key is the id", status == 201 and answer["id"] == key and answer["duplicate"] is True, answer)
    for body, header, what in (({}, "abc", "which is no UUID"), ({}, "7b7c2b6c-5a0e-4e7e-9f43-0c1f3f0f8f3a", "of version 4"),
                               ({"id": uuid7()}, uuid7(), "other than the id")):
        status, _, answer = client.post("/v1/reservations", {"path": "acme/search", "usd": 0.1, **body}, headers={"Idempotency-Key": header})
        check(f"an Idempotency-Key {what} is refused", status == 400, answer)


def refusals(client):
    status, headers, answer = client.post("/v1/reservations", {"id": uuid7(), "path": "acme/search", "usd": 50})
    check("refused by a monthly quota: 429", status == 429 and answer["outcome"] == "refused" and answer["asked"] == "50"
          and answer["limit"] == "10" and answer["policy"] > 0 and answer["resets_at"], answer)
    check("with when to try again", 0 < int(headers["Retry-After"]) == answer["retry_after"], headers)
    check("and the draft's headers", headers["RateLimit-Policy"].startswith(f'"policy-{answer["policy"]}";q=10;qu="usd";w=2')
          and headers["RateLimit"].startswith(f'"policy-{answer["policy"]}";r='), headers)
    check("said for people too", answer["detail"] == answer["message"] and "50 asked" in answer["detail"], answer)
    equal("one of a lifetime's requests", client.reserve(path="life")[0], 201)
    status, answer, _ = client.reserve(path="life")
    check("a lifetime quota: 402, and no time to try again", status == 402 and answer["retry_after"] is None and answer["window_seconds"] is None, answer)
    status, answer, _ = client.reserve(path="ice")
    check("frozen: 403, and why", status == 403 and answer["reason"] == "frozen" and "too hot" in answer["detail"], answer)
    status, headers, answer = client.post("/v1/reservations", {"id": uuid7(), "path": "acme/search", "model": "no-such-model", "usage": {"input_tokens": 1}})
    check("without a price: 429, but waiting is no help", status == 429 and answer["reason"] == "unpriced" and headers["Retry-After"] is None, answer)
    def limits(headers):
        return headers["RateLimit-Policy"], headers["RateLimit"], headers["Retry-After"]
    equal("so that nothing tells when to try again", (limits(headers), answer["retry_after"], bool(answer["resets_at"])), ((None, None, None), None, True))
    status, headers, answer = client.post("/v1/reservations", {"id": uuid7(), "path": "counted"})
    equal("without usage under a limit in tokens: likewise", (status, answer["reason"], limits(headers), answer["retry_after"], bool(answer["resets_at"])),
          (429, "unmeasured", (None, None, None), None, True))
    status, _, answer = client.post("/v1/reservations", {"id": uuid7(), "path": "counted", "usage": {"input": 5}})
    equal("with a misspelt meter, too; and what was meant", (status, answer["reason"], answer["detail"], answer["hint"]),
          (429, "unmeasured", "a meter is not known, and counted has a limit in tokens",
           'Did you mean "input_tokens"? No price knows the meter "input".'))
    status, headers, answer = client.post("/v1/reservations", {"id": uuid7(time.time() // 60 * 60 - 1), "path": "minute", "lease": True})
    equal("a lease of the minute before: 409, and nothing tells to send the same again",
          (status, answer["reason"], limits(headers), answer["retry_after"]), (409, "window_ended", (None, None, None), None))
    for action in ("settle", None):
        _, _, rid = client.reserve("0.7", path="roll")
        if action:
            client.post(f"/v1/reservations/{rid}/{action}", {"usd": "0.7"})
    status, headers, answer = client.post("/v1/reservations", {"id": uuid7(), "path": "roll", "usd": "1"})
    check("a rolling window", status == 429 and answer["rolling"] is True, answer)
    equal("how long it is, and what is left", (answer["window_seconds"], answer["free"]), (86400, "0.1"))
    check("in whole units, rounded down once", headers["RateLimit-Policy"].endswith(";q=1;qu=\"usd\";w=86400") and ";r=0;" in headers["RateLimit"], headers)


def wrong_calls(client):
    for status, code, call in ((404, "unknown_path", {"path": "acme/nowhere"}), (422, "umbrella_path", {"path": "umbrella"}),
                               (422, "archived_path", {"path": "acme/old"}), (422, "service_mismatch", {"service": "anthropic"}),
                               (422, "bad_id_time", {"id": uuid7(time.time() - 7200)}), (422, "out_of_range", {"usd": "1e30"}),
                               (400, "malformed", {"usd": "much"}), (400, "malformed", {"path": "a//b"}), (400, "malformed", {"pats": "a"}),
                               (400, "malformed", {"op": "reserve"})):
        got, answer, _ = client.reserve(**call)
        check(f"{code}: {status}", got == status and answer["code"] == code and answer["type"] == f"urn:quotakit:problem:{code}", answer)
    for what in ("settle", "release", "extend", "draw"):
        body = {"id": uuid7(), "usd": 1} if what == "draw" else {}
        status, _, answer = client.post(f"/v1/reservations/{uuid7()}/{what}", body)
        check(f"{what} of an unknown reservation: 404", status == 404 and answer["code"] in ("unknown_reservation", "unknown_path"), answer)
    status, _, answer = client.post(f"/v1/reservations/{uuid7()}/settle", {"usd": "x"})
    check("a settle that cannot be read is kept", status == 400 and answer["kept"] is True, answer)
    _, _, rid = client.reserve("0.01")
    client.post(f"/v1/reservations/{rid}/settle", {"usd": "0.01"})
    for what, body in (("release", {}), ("extend", {})):
        status, _, answer = client.post(f"/v1/reservations/{rid}/{what}", body)
        check(f"{what} of a settled one: 409", status == 409, answer)
    equal("settled otherwise: 409", client.post(f"/v1/reservations/{rid}/settle", {"usd": "0.02"})[0], 409)
    for what, extra in (("settle", {"usd": "1e20"}), ("draw", {"usd": "1e20", "id": uuid7()}), ("extend", {"ttl": 0})):
        status, _, answer = client.post(f"/v1/reservations/{rid}/{what}", extra)
        check(f"{what} of too much: 422", status == 422, answer)


def lists(client, db):
    good, lost = uuid7(), uuid7()
    status, _, answer = client.post("/v1/log/batch", {"events": [
        {"id": good, "path": "acme/free", "usd": "0.5"}, {"id": good, "path": "acme/free", "usd": "0.5"},
        {"id": lost, "path": "acme/nowhere", "usd": "7"}, {"op": "reserve", "id": uuid7(), "path": "acme/search", "usd": 1000},
        {"op": "settle", "id": uuid7(), "path": "acme/free", "usd": "0.25"}, 17, {"op": "release", "id": uuid7()}]})
    outcomes = [a["outcome"] for a in answer["answers"]]
    equal("a list: each is answered by itself, in order", outcomes,
          ["recorded", "recorded", "rejected", "refused", "recorded", "rejected", "rejected"])
    check("the second is a duplicate", answer["answers"][1].get("duplicate") is True)
    check("spend on an unknown path is kept", answer["answers"][2]["kept"] is True and db.value(
        "SELECT count(*) FROM quotakit.rejected_event WHERE payload LIKE %s", f"%{lost}%") == 1, answer)
    body = '{"events": [{"id": "%s", "path": "acme/free", "usd": NaN}, {"id": "%s", "path": "acme/free", "usd": 0.1}, {"x": "é"}]}' % (uuid7(), uuid7())
    status, _, answer = client.post("/v1/log/batch", body.encode())
    equal("what is not JSON stays alone with it", [a["outcome"] for a in answer["answers"]], ["rejected", "recorded", "rejected"])
    equal("a decimal is what was written", db.value("SELECT count(*) FROM quotakit.event WHERE usd = 100000000"), 1)
    for body in ({"events": []}, {"events": 1}, {}, [], {"events": [], "x": 1}, '{"events": [1', '{"events": [1,]}', '{"events": ["]}', ""):
        equal(f"not a list of events: {body!r}", client.post("/v1/log/batch", body)[0], 400)
    events = [{"id": uuid7(), "path": "acme/free", "usd": "0.000000001"} for _ in range(500)]
    status, _, answer = client.post("/v1/log/batch", {"events": events})
    check("500 at once", status == 200 and all(a["outcome"] == "recorded" for a in answer["answers"]))
    equal("501 are too many", client.post("/v1/log/batch", {"events": events + events[:1]})[0], 413)
    policy = db.value("SELECT policy_id FROM quotakit.policy_status WHERE path::text = 'hurry'")
    status, _, answer = client.post("/v1/log/batch", {"events": [{"id": uuid7(), "path": "hurry"}, {"id": uuid7(), "path": "hurry"},
                                                                 {"op": "refused", "path": "hurry", "policy": policy, "count": 3}]})
    check("what is full now is told", [f["policy"] for f in answer["answers"][1].get("full", [])] == [policy], answer)
    equal("refusals of the SDK are noted", answer["answers"][2]["outcome"], "noted")


def events(client, db):
    event = {"specversion": "1.0", "id": "e-1", "source": "shop", "type": "prompt", "time": "2026-01-02T03:04:05.678+01:00",
             "subject": "acme/free", "data": {"tokens": "321", "type": "output", "model": "gpt-4o", "customer": "c1", "n": 3}}
    event["time"] = time.strftime("%Y-%m-%dT%H:%M:%S.123+00:00", time.gmtime(time.time() - 60))
    one, batch = "application/cloudevents+json", "application/cloudevents-batch+json"
    status, _, answer = client.post("/v1/events", event, kind=one)
    check("a CloudEvent is recorded", status == 200 and answer["outcome"] == "recorded", answer)
    row = db.row("SELECT output_tokens, model, tags, to_char(at AT TIME ZONE 'UTC', 'MS') FROM quotakit.event WHERE event_id = %s", answer["id"])
    equal("with its usage, its other data as tags, at its time", row,
          (321, "gpt-4o", {"customer": "c1", "n": "3", "type": "prompt"}, "123"))
    status, _, again = client.post("/v1/events", [event, {**event, "source": "shop2"}, {**event, "time": "yesterday"}, {**event, "specversion": "0.3"}, 5,
                                                  {**event, "id": "e-2", "data": {"prompt_tokens": 5, "completion_tokens": 6, "usage": {"image": 2}}},
                                                  {**event, "id": "e-3", "data": "aGVsbG8="}, {**event, "id": "e-4", "data": {"weird": {}}}], kind=batch)
    equal("a batch of them", [(a["outcome"], a.get("duplicate")) for a in again["answers"]],
          [("recorded", True), ("recorded", None), ("rejected", None), ("rejected", None), ("rejected", None), ("recorded", None),
           ("rejected", None), ("rejected", None)])
    check("the same one has the same id, one of another source another", again["answers"][0]["id"] == answer["id"] != again["answers"][1]["id"])
    check("the fault is told, and the event kept", "time" in again["answers"][2]["message"] and again["answers"][2]["kept"] is True, again)
    own = uuid7()
    at = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(int(own[:8] + own[9:13], 16) // 1000)) + ".%03dZ" % (int(own[:8] + own[9:13], 16) % 1000)
    equal("an id that is a UUID v7 of that time is used", client.post("/v1/events", {**event, "id": own, "time": at}, kind=one)[2]["id"], own)
    untimed = {k: v for k, v in event.items() if k != "time"}
    for change in ({}, {"time": None}):
        sent = time.time()
        answer = client.post("/v1/events", {**untimed, "id": f"u-{len(change)}", **change}, kind=one)[2]
        equal("an event without a time is recorded", answer.get("outcome"), "recorded")
        at = int(answer["id"][:8] + answer["id"][9:13], 16) / 1000
        check("as of its arrival", sent - 0.01 <= at <= time.time() + 0.01, (sent, at))
    equal("or of its id, where that is a UUID v7", client.post("/v1/events", {**untimed, "id": (own := uuid7())}, kind=one)[2]["id"], own)
    for status, change in ((400, {"time": "soon"}), (404, {"id": "e-5", "subject": "acme/nowhere"}), (422, {"id": "e-6", "subject": "umbrella"}),
                           (409, {"data": {"tokens": 1}})):
        got = client.post("/v1/events", {k: v for k, v in {**event, **change}.items() if v is not None}, kind=one)
        check(f"an event that is wrong: {status}", got[0] == status, got)
    for name, id, change in (("data_base64", "e-7", {"data": None, "data_base64": "eyJ1c2QiOiIwLjUifQ=="}), ("data_base64", "e-8", {"data_base64": "eyJ1c2QiOiIwLjUifQ=="}),
                             ("data", "e-9", {"data": None})):
        status, _, answer = client.post("/v1/events", {k: v for k, v in {**event, "id": id, **change}.items() if v is not None}, kind=one)
        check(f"an event whose spend is not in data, {id}: 400, and why", status == 400 and answer["code"] == "malformed" and answer["kept"] is True
              and f'"{name}"' in answer["detail"], answer)
        payload = db.value("SELECT payload FROM quotakit.rejected_event WHERE payload LIKE %s", f'%"{id}"%')
        check("it is kept whole", payload is not None and "shop" in payload and change.get("data_base64", "") in payload, payload)
    for call in ({"op": "log", "path": "acme/search", "usd": "0.125"}, {"op": "reserve", "path": "acme/search", "usd": "0.125"}):
        call["id"] = uuid7()
        status, _, answer = client.post("/v1/events", call, kind=one)
        counted = db.value("SELECT (SELECT count(*) FROM quotakit.event WHERE event_id = %s) + (SELECT count(*) FROM quotakit.reservation WHERE reservation_id = %s)",
                           call["id"], call["id"])
        kept = db.value("SELECT count(*) FROM quotakit.rejected_event WHERE payload LIKE %s", f"%{call['id']}%")
        check(f"what is no event but a {call['op']} is kept, and is not done", (status, counted, kept) == (400, 0, 1), (status, answer, counted, kept))
    for at, real in (("2026-02-30T00:00:00Z", False), ("2026-02-29T00:00:00Z", False), ("2024-02-29T00:00:00Z", True), ("2026-04-31T23:59:59+02:00", False),
                     ("2026-01-01T24:00:00Z", False), ("2025-12-31T23:59:60Z", True), ("2026-13-01T00:00:00Z", False), ("2026-+1- 2T03:04:05Z", False),
                     ("2026-01-02T03:04:05+ 1:00", False), ("2026-01-02", False), ("2026-01-02T03:04:05", False)):
        status, _, answer = client.post("/v1/events", {**event, "id": "at " + at, "time": at}, kind=one)
        # Long ago is too early for an id; but it is a time.
        check(f"{at} is {'a' if real else 'no'} time", real == ("RFC 3339" not in answer.get("detail", "")) and (real or status == 400), (status, answer))
    leap, before = (client.post("/v1/events", {**event, "id": "leap", "time": f"2026-06-30T23:59:{second}Z"}, kind=one)[2].get("id") for second in (60, 59))
    equal("a leap second counts as the one before", leap, before)
    equal("an array as one event: 400", client.post("/v1/events", [event], kind=one)[0], 400)
    equal("one as an array: 400", client.post("/v1/events", event, kind=batch)[0], 400)
    equal("no events: 400", client.post("/v1/events", [], kind=batch)[0], 400)
    equal("501: 413", client.post("/v1/events", [event] * 501, kind=batch)[0], 413)
    equal("another type: 415", client.post("/v1/events", event)[0], 415)


def provider_usage(client, db):
    """What a provider answered, by every road that brings spend."""
    usage = {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120, "prompt_tokens_details": {"cached_tokens": 40},
             "completion_tokens_details": {"reasoning_tokens": 15}}
    whole = {"id": "c", "choices": [{"message": {"content": "Yes.", "tool_calls": [{"function": {"arguments": "{}"}}]}}],
             "model": "gpt-4o-2024-08-06", "service_tier": "default", "usage": usage}

    def recorded(id):
        return db.row("SELECT model, tier, input_tokens, cached_input_tokens, output_tokens, reasoning_tokens, mismatched FROM quotakit.ledger"
                      " WHERE event_id = %s", id)
    wanted = ("gpt-4o", "standard", 60, 40, 5, 15, False)
    call = {"path": "acme/search", "model": "gpt-4o", "tier": "priority", "provider_usage": whole}
    status, _, answer = client.post("/v1/log/batch", {"events": [
        {"id": uuid7(), **call}, {"id": uuid7(), **call, "usage": {"input_tokens": 1}}, {"id": uuid7(), **call, "provider_usage": {"odd": 1}},
        {"id": uuid7(), **call, "provider_usage": {**usage, "total_tokens": 500}}]})
    answers = answer["answers"]
    equal("in a batch, each is answered by itself", (status, [a["outcome"] for a in answers]), (200, ["recorded", "rejected", "rejected", "recorded"]))
    equal("a provider's response is recorded", recorded(answers[0]["id"]), wanted)
    check("meters beside it, and an object that nobody understands, are told and kept",
          "both" in answers[1]["message"] and "nothing" in answers[2]["message"] and answers[1]["kept"] is answers[2]["kept"] is True, answers)
    check("what does not add up is flagged", "mismatched" in answers[3]["flags"], answers[3])
    _, _, rid = client.reserve("0.01", model="gpt-4o")
    status, _, answer = client.post(f"/v1/reservations/{rid}/settle", {"provider_usage": whole})
    equal("a settlement takes it", (status, recorded(rid)), (200, wanted))
    _, _, rid = client.reserve("0.01", lease=True, model="gpt-4o")
    draw = uuid7()
    status, _, answer = client.post(f"/v1/reservations/{rid}/draw", {"id": draw, "provider_usage": usage, "last": True})
    equal("and a draw", (status, recorded(draw)), (200, wanted))
    status, _, answer = client.post(f"/v1/reservations/{rid}/draw", {"id": uuid7(), "provider_usage": 5})
    equal("anything else is malformed: 400", (status, answer["code"]), (400, "malformed"))
    event = {"specversion": "1.0", "id": "used", "source": "shop", "type": "prompt", "subject": "acme/search",
             "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "data": {"model": "gpt-4o", "provider_usage": whole}}
    status, _, answer = client.post("/v1/events", event, kind="application/cloudevents+json")
    equal("so does a CloudEvent", (status, recorded(answer.get("id"))), (200, wanted))


def state(client, db):
    status, headers, answer = client.read("/v1/state?path=acme/search")
    policy = answer["policies"][0]
    check("the state of a path", status == 200 and answer["service"] == "openai" and answer["strict"] is True and policy["enforcement"] == "strict"
          and policy["limit"] == "10" and not policy["full"] and answer["frozen"] is None, answer)
    check("its policy is as the view says", (policy["used"], policy["held"]) == tuple(map(str, db.row(
        "SELECT used, held FROM quotakit.policy_status WHERE policy_id = %s", policy["policy"]))), answer)
    tag = headers["ETag"]
    status, headers, body = client.read("/v1/state?path=acme/search", headers={"If-None-Match": f'"x", W/{tag}'})
    check("unchanged: 304", status == 304 and body == b"" and headers["ETag"] == tag)
    client.reserve("0.5")
    equal("changed: 200", client.read("/v1/state?path=acme/search", headers={"If-None-Match": tag})[0], 200)
    db.run("SELECT quotakit.set_limit(%s, 5)", policy["policy"])
    equal("near a limit it is asked sooner", client.read("/v1/state?path=acme/search")[2]["sync_after"], 120)
    client.reserve("3")
    equal("near a limit it is asked sooner", client.read("/v1/state?path=acme/search")[2]["sync_after"], 10)
    db.run("SELECT quotakit.set_limit(%s, 10)", policy["policy"])
    check("frozen, and why", client.read("/v1/state?path=ice")[2]["frozen"] == {"path": "ice", "reason": "too hot"})
    check("archived", client.read("/v1/state?path=acme/old")[2]["archived"] is True)
    answer = client.read("/v1/state?path=hurry")[2]
    check("full", answer["policies"][0]["full"] is True and answer["sync_after"] == 10, answer)
    # Estimates: 100 calls of 1..100 tokens.
    db.run("SELECT quotakit.create_node('learn', 'openai')")
    db.run("SELECT quotakit.set_policy('learn', 1000, 'usd', 'month', 'strict')")
    client.post("/v1/log/batch", {"events": [{"id": uuid7(), "path": "learn", "model": "gpt-4o", "usd": "0.01", "usage": {
        "input_tokens": i, "cached_input_tokens": 1000, "output_tokens": 2 * i}} for i in range(1, 101)]})
    answer = client.read("/v1/state?path=learn")[2]
    equal("what a call is likely to use", answer["estimates"], {"gpt-4o": {
        "calls": 100, "input_tokens": 1095, "output_tokens": 190, "usd": "0.01", "credits": "0", "lease": {"calls": 1024, "ttl": 60}}})
    check("what its model allows", answer["limits"]["gpt-4o"]["max_output_tokens"] == 16384)
    policy = answer["policies"][0]["policy"]
    for limit, lease in ((1 + 0.01 * 50 * 5, {"calls": 5, "ttl": 60}), (1 + 0.01 * 50 * 1.5, None)):
        db.run("SELECT quotakit.set_limit(%s, %s)", policy, limit)
        equal(f"a lease is a fiftieth of what is left: {lease}", client.read("/v1/state?path=learn")[2]["estimates"]["gpt-4o"]["lease"], lease)
    equal("the same from SQL", db.value("SELECT quotakit.state('learn')"), client.read("/v1/state?path=learn")[2])
    answer = client.read("/v1/state")[2]
    equal("all paths in tree order", [n["path"] for n in answer["nodes"]], [r[0] for r in db.run(
        "SELECT path::text FROM quotakit.node ORDER BY node.path")])
    equal("each in brief", {n["path"]: (n["strict"], n["full"], n["frozen"], n["archived"]) for n in answer["nodes"]
                            if n["path"] in ("acme/search", "hurry", "ice", "acme/old")},
          {"acme/search": (True, False, False, False), "hurry": (False, True, False, False), "ice": (False, False, True, False),
           "acme/old": (False, False, False, True)})
    check("the list continues", [n["path"] for n in client.read("/v1/state?after=ice")[2]["nodes"]][0] == "learn")
    equal("an unknown path: 404", client.read("/v1/state?path=nowhere")[0], 404)
    for query in ("path=a//b", "path=", "pth=acme", "path=acme&path=acme", "path=%FF", "path=a%00b", "path=" + "x" * 2000):
        equal(f"a query that is wrong: {query[:30]}", client.read("/v1/state?" + query)[0], 400)

    status, _, answer = client.read("/v1/explain?path=acme/search&usd=50")
    check("explain: which policy would refuse", status == 200 and answer["would_refuse"] is True and answer["policies"][0]["asked"] == "50", answer)
    for status, query in ((404, "path=nowhere"), (422, "path=acme/search&usd=NaN"), (422, "path=acme/old"), (400, "path=acme/search&usd=x"), (400, "")):
        equal(f"explain {query}: {status}", client.read("/v1/explain?" + query)[0], status)


def http(client, gateway):
    for path in ("/healthz", "/readyz", "/metrics", "/openapi.json"):
        status, headers, _ = client.read(path)
        check(f"{path} needs no key", status == 200)
        status, got, body = gateway.get(path, method="HEAD")
        check(f"HEAD {path}", status == 200 and body == b"" and int(got["Content-Length"]) > 0)
    for method, path, status, allow in (("GET", "/v1/reservations", 405, "POST"), ("DELETE", "/v1/state", 405, "GET, HEAD"), ("POST", "/healthz", 405, "GET, HEAD"),
                                        ("GET", "/nowhere", 404, None), ("POST", "/v1/reservations/x;y/settle", 404, None), ("GET", "/", 404, None),
                                        ("POST", "/v1/bench", 404, None), ("OPTIONS", "/v1/state", 405, "GET, HEAD")):
        got, headers, _ = client.ask(method, path, {} if method == "POST" else None)
        check(f"{method} {path}: {status}", got == status and headers["Allow"] == allow, (got, headers["Allow"]))
    for path in ("/v1/reservations", "/v1/log/batch", f"/v1/reservations/{uuid7()}/settle"):
        for kind in ("text/plain", "application/x-www-form-urlencoded", "application/json2", ""):
            equal(f"{path} as {kind!r}: 415", client.post(path, "{}", kind=kind)[0], 415)
        equal("parameters of the type do not matter", client.post(path, "[]", kind="Application/JSON; charset=utf-8")[0], 400)
    for what in ("draw", "release", "extend"):
        equal(f"{what} as text: 415", client.post(f"/v1/reservations/{uuid7()}/{what}", "{}", kind="text/plain")[0], 415)
        equal(f"{what} of an array: 400", client.post(f"/v1/reservations/{uuid7()}/{what}", "[]")[0], 400)
    big = b'{"path": "' + b"x" * (1 << 20) + b'"}'
    posts = [p for p, o in client.contract.document["paths"].items() if "post" in o]
    for path in posts:
        path = path.replace("{id}", uuid7())
        equal(f"1 MiB to {path}: 413", client.post(path, big)[0], 413)
        equal("and in chunks", chunked(client, path, big), 413)
    small = b'{"path": "' + b"x" * 70000 + b'", "usd": 1}'
    equal("a call of 70 kB: 400", client.post("/v1/reservations", small)[0], 400)


def chunked(client, path, data):
    import http.client
    connection = http.client.HTTPConnection("127.0.0.1", client.gateway.port, timeout=30)
    connection.request("POST", path, body=iter([data]), encode_chunked=True, headers={
        "Authorization": f"Bearer {client.key}", "Content-Type": "application/json", "Transfer-Encoding": "chunked"})
    response = connection.getresponse()
    client.contract.hold("POST", path, response.status, response.headers, response.read())
    connection.close()
    return response.status


def keys(client, gateway, db, contract):
    revoked = db.value("SELECT quotakit.create_key('old')")
    db.run("SELECT quotakit.revoke_key(key_id) FROM quotakit.api_key WHERE name = 'old'")
    unknown = revoked[:-4] + "AAAA"
    other = revoked.replace("aisc_1_", "aisc_77_")
    asks = [("POST", p.replace("{id}", uuid7()), b'{"events": [{"id": "%s"}]}' % uuid7().encode() if "batch" in p else b"{}")
            for p, o in contract.document["paths"].items() if "post" in o] + [("GET", "/v1/state?path=acme", None), ("GET", "/v1/state", None), ("GET", "/v1/explain?path=acme", None)]
    for method, path, body in asks:
        answers = set()
        for key in (unknown, revoked, other, "aisc_1_", "aisc_x_y", "aisc_0_y", "aisc_01_y", "aisc_99999999999_y", "nonsense", None):
            who = Client(gateway, key, contract)
            status, headers, answer = who.ask(method, path, body, kind="application/cloudevents+json" if "events" in path else "application/json")
            answers.add((status, headers["WWW-Authenticate"], json.dumps(answer)))
        check(f"{method} {path.split('/')[-1]}: 401 in the same words for every key that is not valid",
              len(answers) == 1 and list(answers)[0][0] == 401, answers)
    equal("nor in a scheme of another name", gateway.get("/v1/state", {"Authorization": f"Basic {client.key}"})[0], 401)

    # By time: medians of interleaved calls. What differs is a look-up that does not depend on the key.
    def median(kind):
        values = sorted(times[kind])
        return values[len(values) // 2]
    times = {unknown: [], revoked: []}
    import http.client
    connection = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=30)
    for i in range(400):
        for key in ((unknown, revoked), (revoked, unknown))[i % 2]:
            began = time.perf_counter()
            connection.request("POST", "/v1/reservations", body=b'{"path": "acme/search", "usd": "0.01"}', headers={
                "Authorization": f"Bearer {key}", "Content-Type": "application/json"})
            connection.getresponse().read()
            times[key].append(time.perf_counter() - began)
    connection.close()
    note(f"unknown {median(unknown) * 1e6:.0f} us, revoked {median(revoked) * 1e6:.0f} us")
    check("an unknown and a revoked key take as long", abs(median(unknown) - median(revoked)) < 0.1 * median(unknown) + 30e-6)


def role(cluster, db, key):
    """What the gateway's role can do, were its connection stolen."""
    with connect(cluster, "quota", user="quotakit_gateway") as thief:
        tables = [r[0] for r in db.run("SELECT c.oid::regclass FROM pg_class c WHERE relnamespace = 'quotakit'::regnamespace AND relkind IN ('r', 'p', 'v', 'S')")]
        check("there are tables", len(tables) > 20)
        equal("no privilege on any of them", [t for t in tables if db.value(
            "SELECT bool_or(CASE WHEN c.relkind = 'S' THEN has_sequence_privilege('quotakit_gateway', c.oid, p.s)"
            " ELSE has_table_privilege('quotakit_gateway', c.oid, p.t) OR CASE WHEN p.t IN ('SELECT', 'INSERT', 'UPDATE') THEN"
            " has_any_column_privilege('quotakit_gateway', c.oid, p.t) END END) FROM pg_class c, (VALUES ('SELECT', 'USAGE'), ('INSERT', 'UPDATE'),"
            " ('UPDATE', 'SELECT'), ('DELETE', 'USAGE'), ('TRUNCATE', 'USAGE'), ('REFERENCES', 'USAGE'), ('TRIGGER', 'USAGE')) AS p(t, s) WHERE c.oid = %s::regclass", t)], [])
        equal("nor can it read one", raises("SELECT from the ledger", "42501", thief.run, "SELECT * FROM quotakit.event").pgcode, "42501")
        equal("its functions, and no other that decides anything", [r[0] for r in db.run(
            "SELECT p.proname FROM pg_proc p WHERE pronamespace = 'quotakit'::regnamespace AND has_function_privilege('quotakit_gateway', p.oid, 'EXECUTE')"
            " AND NOT quotakit._is_type_function(p.oid) ORDER BY 1")], ["api", "batch", "gateway_api", "gateway_explain", "gateway_flush", "gateway_session", "gateway_state"])
        equal("of batch() only the one that takes keys", db.value(
            "SELECT has_function_privilege('quotakit_gateway', 'quotakit.batch(jsonb)', 'EXECUTE')"), False)
        for name, sql, code in (("a temporary table", "CREATE TEMP TABLE t (x int)", "42501"), ("a table", "CREATE TABLE public.t (x int)", "42501"),
                                ("a table in the schema", "CREATE TABLE quotakit.t (x int)", "42501"), ("a schema", "CREATE SCHEMA s", "42501"),
                                ("SET ROLE", "SET ROLE quotakit_admin", "42501"), ("SET ROLE to the superuser", "SET ROLE postgres", "42501"),
                                ("a role", "CREATE ROLE r", "42501"), ("a key", "SELECT quotakit.create_key('x')", "42501"),
                                ("a file", "SELECT pg_read_file('/etc/passwd')", "42501"), ("COPY to a program", "COPY (SELECT 1) TO PROGRAM 'true'", "42501")):
            raises(f"not {name}", code, thief.run, sql)
        equal("it is a member of nothing", db.value("SELECT count(*) FROM pg_auth_members WHERE member = 'quotakit_gateway'::regrole"), 0)
        call = ('{"op":"log","id":"%s","path":"acme/free","usd":1}' % uuid7()).encode()
        for secret in (b"", b"\0" * 32, key.encode()):
            equal("without a key batch() gives nothing", thief.value("SELECT outcome FROM quotakit.batch(ARRAY[1], ARRAY[%s::bytea], ARRAY[%s::bytea])", secret, call), "unauthorized")
            equal("nor gateway_state()", thief.value("SELECT status FROM quotakit.gateway_state(1, %s::bytea)", secret), 401)
            equal("nor gateway_explain()", thief.value("SELECT status FROM quotakit.gateway_explain(1, %s::bytea, 'acme')", secret), 401)
    db.run("SELECT quotakit.make_gateway_role()")
    db.run("CREATE ROLE helper; GRANT helper TO quotakit_gateway")
    raises("make_gateway_role() refuses one that is a member of another", "0LP01", db.run, "SELECT quotakit.make_gateway_role()")
    db.run("REVOKE helper FROM quotakit_gateway; DROP ROLE helper")
    check("and may be run again", db.run("SELECT quotakit.make_gateway_role()"))


def together_once(cluster, client, db):
    """Many at once on one cap: not one too many, over HTTP as in SQL."""
    db.run("SELECT quotakit.create_node('cap', 'openai')")
    policy = db.value("SELECT quotakit.set_policy('cap', 100, 'requests', 'month', 'strict')")
    results = together(cluster, 16, lambda n, _: [client.reserve(path="cap")[0] for _ in range(20)])
    statuses = [s for r in results for s in r]
    equal("320 at once for 100 places", (statuses.count(201), statuses.count(429)), (100, 220))
    equal("are all held", db.value("SELECT held FROM quotakit.policy_status WHERE policy_id = %s", policy), 100)


def observed(client, gateway, key):
    text = client.read("/metrics")[2].decode()
    for name in ("quotakit_http_requests_total", "quotakit_http_request_seconds_bucket", "quotakit_calls_total", "quotakit_batch_calls_count",
                 "quotakit_batch_seconds_sum", "quotakit_lane_up", "quotakit_lane_queued_calls", "quotakit_readers_up", "quotakit_http_connections"):
        check(f"/metrics has {name}", name in text)
    check("never a path", "acme" not in text)
    check("no secret is logged, nor a body", not any(key in line or "acme/search" in line for line in gateway.lines))
    wanted = {"at", "level", "message", "request", "method", "route", "status", "us", "in", "out", "account", "calls", "outcome"}
    check("a line a request", any(wanted <= set(m) for m in gateway.messages()))


with Cluster() as cluster, database(cluster) as db:
    key = prepare(db)
    with Gateway(cluster, "quota") as gateway:
        contract = Contract.of(gateway)
        client = Client(gateway, key, contract)
        calls(client, db)
        refusals(client)
        wrong_calls(client)
        lists(client, db)
        events(client, db)
        provider_usage(client, db)
        state(client, db)
        http(client, gateway)
        keys(client, gateway, db, contract)
        role(cluster, db, key)
        together_once(cluster, client, db)
        observed(client, gateway, key)
    equal("verify() is clean", db.run("SELECT * FROM quotakit.verify()"), [])
    check("every answer was as described", not contract.faults, "\n".join(contract.faults[:20]))
    promised = {(m.upper(), p, int(s)) for p, operations in contract.document["paths"].items() for m, o in operations.items() for s in o["responses"]}
    # What needs a broken database is for test_gateway_failures.py; what cannot happen is 500.
    equal("every status that is described was seen", sorted(p for p in promised - contract.seen if p[2] < 500), [])

done()
