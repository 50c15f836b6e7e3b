#!/usr/bin/python3
"""The dashboard's API through the real gateway: sessions, CSRF, other people's things, hostile text, and what it never reads."""
import csv
import io
import datetime
import json
import os
import re
import shutil
import tempfile
import time

from api_bills import bills
from api_world import PASSWORD, Browser, Inside, fresh_backends, furnish, reads, sign_up
from gateway_client import Gateway, build
from harness import Cluster, check, connect, database, done, equal, note, wait_until
from shapes import Shapes

build()

HOSTILE = ['<script>alert(1)</script>', '"><img src=x onerror=alert(1)>', "javascript:alert(1)", "</textarea><svg/onload=alert(1)>",
           "'; DROP TABLE quotakit.node; --", "\u202e\u2028 \U0001f4b8", '=HYPERLINK("http://evil.test")', "{{7*7}} ${7*7} %s %n"]


def sessions(gateway, ann):
    planted = "aiss_%s_%s" % (ann.cookie.split("_")[1], "A" * 43)
    victim = Browser(gateway, planted)
    status, _ = victim.post("signin", email="ann@acme.test", password=PASSWORD)
    check("a cookie that was planted is not taken over at sign-in", status == 200 and victim.cookie != planted)
    equal("and opens nothing", Browser(gateway, planted).get("me")[0], 401)
    cookie = victim.headers["Set-Cookie"]
    check("the cookie is HttpOnly, SameSite=Strict and for the API only",
          all(part in cookie for part in ("HttpOnly", "SameSite=Strict", "Path=/api", "Max-Age=1209600")) and "Secure" not in cookie, cookie)
    before = victim.cookie
    victim.post("signin", email="ann@acme.test", password=PASSWORD)
    check("signing in again ends the session before", victim.cookie != before and Browser(gateway, before).get("me")[0] == 401)
    proxied = Browser(gateway)
    proxied.ask("POST", "/api/signin", body={"email": "ann@acme.test", "password": PASSWORD}, headers={"X-Forwarded-Proto": "https"})
    check("behind a proxy with TLS it is Secure", "; Secure" in proxied.headers["Set-Cookie"])
    token = victim.cookie
    equal("signing out", victim.post("signout")[0], 204)
    check("clears the cookie", victim.cookie is None and "Max-Age=0" in victim.headers["Set-Cookie"])
    equal("and ends the session for whoever kept it", Browser(gateway, token).get("tree")[0], 401)
    other = Browser(gateway)
    other.post("signin", email="ann@acme.test", password=PASSWORD)
    equal("a changed password", ann.post("password", old=PASSWORD, new=PASSWORD + "!")[0], 200)
    equal("ends the other sessions", (other.get("me")[0], ann.get("me")[0]), (401, 200))
    equal("the old one is wrong now", ann.post("password", old=PASSWORD, new="whatever else")[0], 401)
    ann.post("password", old=PASSWORD + "!", new=PASSWORD)
    for bad in ("", "x", "aiss_1_", "aiss_0_" + "A" * 43, "aiss_99999999999_" + "A" * 43, "aisc_1_" + "A" * 43, ann.cookie[:-1], ann.cookie + "A",
                ann.cookie.replace("aiss_1_", "aiss_2_")):
        if Browser(gateway, bad).get("me")[0] != 401:
            check(f"the cookie {bad} opens nothing", False)
    check("cookies that are nearly right open nothing", True)


def csrf(gateway, ann, eve):
    body = {"path": "acme/forged"}

    def forge(name, **more):
        status, answer = ann.ask("POST", "/api/node", body=body, **more)
        equal(f"CSRF: {name} is refused", (status, answer.get("code")), (403, "csrf"))

    forge("no header", csrf=None)
    forge("a wrong one", csrf="0" * 64)
    forge("another member's", csrf=eve.csrf)
    forge("the right one from another site", headers={"Sec-Fetch-Site": "cross-site"})
    forge("the right one from a neighbour", headers={"Sec-Fetch-Site": "same-site"})
    status, answer = Browser(gateway).ask("POST", "/api/signin", body={"email": "eve@rogue.test", "password": PASSWORD},
                                          headers={"Sec-Fetch-Site": "cross-site"})
    equal("CSRF: being signed in from elsewhere is refused", (status, answer["code"]), (403, "csrf"))
    form = {"Content-Type": "text/plain", "X-CSRF": ann.csrf, "Cookie": f"quotakit_session={ann.cookie}"}
    equal("CSRF: a form cannot send it", gateway.get("/api/node", form, "POST", json.dumps(body))[0], 415)
    plain = {"Content-Type": "application/json", "X-CSRF": ann.csrf, "Cookie": f"quotakit_session={ann.cookie}"}
    equal("CSRF: a foreign Origin where nothing else is said", gateway.get("/api/node", {**plain, "Origin": "http://evil.test"}, "POST", json.dumps(body))[0], 403)
    equal("the own Origin is good", gateway.get("/api/node", {**plain, "Origin": f"http://127.0.0.1:{gateway.port}"}, "POST",
                                                json.dumps({"path": "acme/honest"}))[0], 201)
    equal("nothing was made", ann.get("node", path="acme/forged")[0], 404)


def writes(thing):
    path, policy = thing["path"], thing["policy"]
    return [("PATCH", "node", {"path": path, "notes": "mine"}), ("POST", "node/archive", {"path": path}), ("POST", "node/restore", {"path": path}),
            ("POST", "node/freeze", {"path": path, "reason": "x"}), ("POST", "node/thaw", {"path": path}),
            ("POST", "policies", {"path": path, "amount": "1"}), ("PATCH", f"policies/{policy}", {"amount": "1"}), ("DELETE", f"policies/{policy}", None),
            ("POST", "boost", {"policy_id": policy, "amount": "1", "until": "2099-01-01T00:00:00Z"}),
            ("DELETE", f"keys/{thing['key']}", None), ("DELETE", f"invitations/{thing['invitation']}", None),
            ("POST", "alerts", {"policy_id": policy, "kind": "forecast"}), ("PATCH", f"alerts/{thing['alert']}", {"delivery": "daily"}),
            ("POST", "alerts/test", {"id": thing["alert"]}), ("DELETE", f"alerts/{thing['alert']}", None),
            ("POST", "bills/book", {"path": path, "since": "2026-01-01", "until": "2026-01-01"}),
            ("POST", "refunds", {"event": thing["event"], "share": "1", "reason": "x"}),
            ("POST", "unplaced/replay", {"id": thing["rejected"]}), ("POST", "unplaced/replay", {"root": path.split("/")[0]}),
            ("DELETE", f"recipients/{thing['recipient']}", None), ("POST", "notifications/resend", {"id": thing["notification"]}),
            ("PATCH", f"members/{thing['member']}", {"role": "viewer"}), ("DELETE", f"members/{thing['member']}", None)]


def foreign(ann, eve, mine, theirs, db):
    """Another account's paths and numbers, in every place that takes one."""
    named, whole = reads(theirs)
    for path, query in named:
        status, answer = ann.get(path, **query)
        equal(f"another account's: GET {path}", status, 404)
    state = "SELECT jsonb_agg(to_jsonb(x) ORDER BY to_jsonb(x)::text) FROM (SELECT 'n', to_jsonb(n) FROM quotakit.node n UNION ALL SELECT 'p', to_jsonb(p) FROM " \
            "quotakit.policy p UNION ALL SELECT 'k', to_jsonb(k) FROM quotakit.api_key k UNION ALL SELECT 'm', to_jsonb(m) - 'last_used' FROM quotakit.member m " \
            "UNION ALL SELECT 'i', to_jsonb(i) FROM quotakit.invitation i UNION ALL SELECT 'o', to_jsonb(o) FROM quotakit.notification o " \
            "UNION ALL SELECT 'r', to_jsonb(r) FROM quotakit.rejected_event r) x"
    before = db.value(state)
    for method, path, body in writes(theirs):
        status, answer = ann.ask(method, "/api/" + path, body=body)
        equal(f"another account's: {method} {path}", status, 404)
    equal("another account's service in a path", ann.post("node", path="acme/y", service="rogue_ai")[0], 404)
    equal("another account's service in a price", ann.post("prices", service="rogue_ai", meter="requests", usd="1")[0], 404)
    equal("another account's prices", ann.get("prices", service="rogue_ai")[0], 404)
    equal("another account's models", ann.get("models", service="rogue_ai")[0], 404)
    equal("simulate on another account's path", ann.post("simulate", path=theirs["path"], amount="1")[0], 404)
    equal("events below another account's root", ann.get("unplaced/events", root="rogue")[1]["events"], [])
    equal("none of it changed anything", db.value(state), before)
    for path, query in whole:
        _, answer = ann.get(path, **query)
        text = json.dumps(answer)
        if "rogue" in text:
            check(f"nothing of another account in GET {path}", False, text[:300])
    check("nothing of another account in any list", True)
    for path, query in reads(mine)[0] + reads(mine)[1]:
        status, answer = ann.get(path, **query)
        if status != 200:
            check(f"one's own: GET {path} {query}", False, answer)
    check("one's own are all there", True)


def empty_ranges(ann, mine):
    """Where nothing was used, the steps are there all the same."""
    empty = {"since": "2021-03-01", "until": "2021-03-03", "step": "day"}
    for what, query in (("a path", {"path": mine["path"]}), ("the account", {})):
        series = ann.get("usage/series", **empty, **query)[1]
        equal(f"a series of nothing has its steps and the one key: {what}", (len(series.get("steps", [])), series.get("keys")),
              (3, [{"key": None, "cost_usd": ["0"] * 3, "cost_credits": ["0"] * 3, "requests": [0] * 3, "tokens": [0] * 3}]))
        equal(f"split, it has no key: {what}", ann.get("usage/series", by="model", **empty, **query)[1].get("keys"), [])


def repaired(ann, db, mine):
    """What a repair writes into the log can be read; so can what is no object, should there be any."""
    db.run("UPDATE quotakit.counter SET used = used + 7 WHERE account_id = 1 AND policy_id = %s", mine["policy"])
    check("something is repaired", db.run("SELECT * FROM quotakit.repair('acme')"))
    status, answer = ann.get("audit")
    check("the audit log opens after a repair", status == 200 and answer["entries"][0]["object"] == "repair", answer)
    changes = answer.get("entries", [{}])[0].get("changes", {})
    before, after = changes.get("rows", ([], []))
    check("and says what was found and what it was made", [(b["object"], float(b["found"]) - float(a["expected"])) for b, a in zip(before, after)]
          == [("counter", 7)] and changes.get("changed") == [None, 1], changes)
    for value in ("[1, 2]", '"x"', "null", "7"):
        db.run("INSERT INTO quotakit.audit_log (account_id, actor, object, action, before, after) VALUES (1, 'x', 'odd', 'update', %s::jsonb, '{\"a\": 1}')", value)
        db.run("INSERT INTO quotakit.audit_log (account_id, actor, object, action, before, after) VALUES (1, 'x', 'odd', 'update', NULL, %s::jsonb)", value)
        status, answer = ann.get("audit")
        said = [entry["changes"] for entry in answer.get("entries", [])[:2]]
        wanted = json.loads(value)
        equal(f"it opens with {value} in it", said, [{} if wanted is None else {"value": [None, wanted]},
                                                     {"a": [None, 1], **({} if wanted is None else {"value": [wanted, None]})}])
        equal("also of a path", ann.get("audit", path=mine["path"])[0], 200)


def viewers(gateway, ann, mine):
    status, invitation = ann.post("members", email="vic@acme.test", role="viewer")
    vic = Browser(gateway)
    equal("an invitation says what it is for", vic.get("invitation", token=invitation["token"])[1]["account"], "acme")
    equal("a viewer joins", vic.post("join", token=invitation["token"], password=PASSWORD, name="Vic")[0], 201)
    equal("the invitation is used up", Browser(gateway).post("join", token=invitation["token"], password=PASSWORD)[0], 410)
    equal("a token that is made up", Browser(gateway).get("invitation", token="aisi_1_" + "A" * 43)[0], 410)
    allowed = {"export"}
    for path, query in reads(mine)[0] + reads(mine)[1]:
        if path not in allowed:
            status, answer = vic.get(path, **query)
            if status != 200:
                check(f"a viewer may GET {path}", False, answer)
    check("a viewer may read", True)
    more = [("POST", "node", {"path": "acme/v"}), ("POST", "services", {"service": "v"}), ("POST", "models", {"service": "openai", "model": "v"}),
            ("POST", "prices", {"service": "openai", "meter": "requests", "usd": "1"}), ("POST", "prices/import", {"file": {}}),
            ("POST", "reprice", {"since": "2026-11-01", "until": "2026-11-02"}), ("POST", "keys", {"name": "v"}),
            ("POST", "members", {"email": "w@acme.test", "role": "owner"}), ("PATCH", "settings", {"name": "v"})]
    for method, path, body in writes(mine) + more:
        status, answer = vic.ask(method, "/api/" + path, body=body)
        if status != 403 or answer["code"] != "forbidden":
            check(f"a viewer may not {method} {path}", False, answer)
    check("a viewer may write nothing", True)
    equal("a viewer may not export", vic.get("export", what="config")[0], 403)
    number = vic.get("me")[1]["member"]["id"]
    equal("nor make themselves owner", vic.ask("PATCH", f"/api/members/{number}", body={"role": "owner"})[0], 403)
    ann.ask("PATCH", f"/api/members/{number}", body={"role": "admin"})
    equal("an admin writes, without signing in again", vic.post("node", path="acme/admin")[0], 201)
    equal("but not the settings", vic.ask("PATCH", "/api/settings", body={"name": "x"})[0], 403)
    equal("nor members", vic.post("members", email="w@acme.test", role="owner")[0], 403)
    equal("a member who is removed", ann.ask("DELETE", f"/api/members/{number}")[0], 204)
    equal("is out at once", vic.get("me")[0], 401)


def sent_again(ann, db, mine):
    """A message that was given up goes out again; one that was not, does not."""
    number = mine["notification"]
    equal("what is pending is not sent again", ann.post("notifications/resend", id=number)[0], 409)
    for state in ("dead", "cancelled"):
        db.run("UPDATE quotakit.notification SET state = %s, ended_at = now() WHERE notification_id = %s", state, number)
        status, answer = ann.post("notifications/resend", id=number)
        equal(f"what is {state} is", (status, answer.get("id"), answer.get("state"), answer.get("ended_at")), (200, number, "pending", None))
    equal("it is what the list has", answer, next(n for n in ann.get("notifications")[1]["notifications"] if n["id"] == number))
    equal("one that there is not", ann.post("notifications/resend", id=10**12)[0], 404)
    equal("what is no number", ann.post("notifications/resend", id="x")[0], 400)


def replayed(ann, db, mine):
    """What could not be placed is told event by event; replayed, it is in the ledger once."""
    def ledger():
        return db.value("SELECT coalesce(sum(cost_usd), 0) FROM quotakit.ledger WHERE path OPERATOR(quotakit.<@) 'acme/not'")

    event = ann.get("unplaced/events", root="acme")[1]["events"][0]
    equal("what is not placed is told", (event["id"], event["path"], event["code"], event["known_usd"]), (mine["rejected"], "acme/not/yet", "unknown_path", "0.25"))
    status, answer = ann.post("unplaced/replay", id=mine["rejected"])
    again, = answer["events"]
    equal("replayed too early it is rejected again, and why", (status, again["outcome"], again["code"], answer["next"]), (200, "rejected", "unknown_path", None))
    equal("and is kept", ann.get("unplaced/events")[1]["events"], [event])
    ann.post("node", path="acme/not", service="openai")
    ann.post("node", path="acme/not/yet", service="anthropic")
    db.run("SELECT set_config('quotakit.account', 'acme', false)")
    for n in range(104):
        db.run("SELECT quotakit.log('acme/never', usd => 0.5)" if n < 102 else "SELECT quotakit.log('acme/not/yet', service => 'openai', usd => 0.5)")
    db.run("RESET quotakit.account")
    status, first = ann.post("unplaced/replay", root="acme")
    equal("a root's, oldest first, a hundred at a time", (status, len(first["events"]), first["events"][0]["id"], first["events"][0]["outcome"], first["next"]),
          (200, 100, mine["rejected"], "recorded", first["events"][-1]["id"]))
    status, rest = ann.post("unplaced/replay", root="acme", after=first["next"])
    equal("then the rest", (status, [(e["path"], e["outcome"], e["code"]) for e in rest["events"]], rest["next"]),
          (200, [("acme/never", "rejected", "unknown_path")] * 3 + [("acme/not/yet", "rejected", "service_mismatch")] * 2, None))
    equal("what was recorded is in the ledger, once", str(ledger()), "0.25")
    equal("and no more to be replayed", ann.post("unplaced/replay", id=mine["rejected"])[0], 404)
    equal("nor unplaced", [(u["events"], u["reasons"]) for u in ann.get("unplaced")[1]["unplaced"]], [(104, {"unknown_path": 102, "service_mismatch": 2})])
    seen, before = [], None
    for _ in range(3):
        page = ann.get("unplaced/events", root="acme", limit=50, **({"before": before} if before else {}))[1]
        seen, before = seen + [e["id"] for e in page["events"]], page["next"]
    equal("page after page, newest first", (len(seen), len(set(seen)), seen == sorted(seen, reverse=True)), (104, 104, True))
    equal("neither or both is wrong", [ann.post("unplaced/replay", **body)[0] for body in ({}, {"id": 1, "root": "acme"})], [400, 400])


def shapely(ann, db, mine):
    """What is asked for nowhere else: its answer has a shape too."""
    path, policy = mine["path"], mine["policy"]
    token = re.search(r"qkc_\d+_[0-9a-f]+", db.value("SELECT body_text FROM quotakit.notification WHERE kind = 'confirmation' AND account_id = 1")).group(0)
    for method, route, body in (
            ("PATCH", f"policies/{policy}", {"amount": "0.6"}), ("POST", "boost", {"policy_id": policy, "amount": "1", "until": "2099-01-01T00:00:00Z"}),
            ("POST", "boost", {"policy_id": policy, "amount": "0"}), ("POST", "node/freeze", {"path": path, "reason": "x"}),
            ("POST", "node/thaw", {"path": path}), ("POST", "node/archive", {"path": path}), ("POST", "node/restore", {"path": path}),
            ("PATCH", f"alerts/{mine['alert']}", {"delivery": "daily"}), ("POST", "alerts/test", {"id": mine["alert"]}), ("POST", "confirm", {"token": token}),
            ("POST", "models", {"service": "acme_ai", "model": "own"}), ("POST", "prices", {"service": "acme_ai", "model": "own", "meter": "image", "usd": "1"}),
            ("POST", "reprice", {"since": str(datetime.date.today() - datetime.timedelta(days=2)), "until": str(datetime.date.today() + datetime.timedelta(days=2))}), ("PATCH", "settings", {"digest_hour": 9}),
            ("POST", "simulate", {"path": path, "amount": "1"})):
        status, answer = ann.ask(method, "/api/" + route, body=body)
        check(f"{method} {route} is done", status in (200, 201), answer)
    ann.post("alerts", policy_id=policy, kind="amount", threshold="0.001")
    db.run("SELECT set_config('quotakit.account', 'acme', false)")
    db.run("SELECT quotakit.log(%s, model => 'gpt-4o', usd => 0.01)", path)
    db.run("RESET quotakit.account")
    db.run("SELECT quotakit.check_alerts()")
    equal("an alert has fired", len(ann.get("alerts/log")[1]["fired"]) > 0, True)
    unheard = {route for route, shape in Browser.shapes.answers.items() if shape} - Browser.answered
    equal("every route that answers has answered", unheard, set())
    equal("every shape has been seen", set(Browser.shapes.named) - Browser.shapes.seen - {"Amount", "Time", "Day", "Month"}, set())
    check("and as its shape says", not Browser.misshapen, "\n".join(sorted(Browser.misshapen)[:40]))


def hostile(ann, db, mine):
    for text in HOSTILE:
        ann.ask("PATCH", "/api/node", body={"path": mine["path"], "notes": text, "tags": [text]})
        status, node = ann.get("node", path=mine["path"])
        good = node["notes"] == text and node["tags"] == [text]
        good &= ann.post("keys", name=text)[1].get("name") == text
        good &= ann.ask("PATCH", "/api/me", body={"name": text})[1]["member"]["name"] == text
        db.run("SELECT set_config('quotakit.account', 'acme', false)")
        db.run("SELECT quotakit.log(%s, model => %s, input_tokens => 1)", mine["path"], text)
        db.run("RESET quotakit.account")
        models = [row["key"] for row in ann.get("usage/breakdown", since="2020-01-01", by="model")[1]["rows"]]
        good &= text in models
        check(f"comes back as it was sent, as JSON: {text[:30]!r}", good and ann.headers["Content-Type"] == "application/json"
              and ann.headers["X-Content-Type-Options"] == "nosniff", node)
        status, answer = ann.post("node", path=f"acme/{text}")
        if status not in (201, 400):
            check(f"no path: {text!r}", False, answer)
        status, answer = ann.get("node", path=text)
        if status not in (404, 400) or ann.headers["Content-Type"] != "application/problem+json":
            check(f"an error that quotes {text!r} is JSON", False, answer)
    for name, query in (("series", {"step": "month", "by": "model"}), ("breakdown", {"by": "model"})):
        status, table = ann.get(f"usage/{name}", since="2020-01-01", format="csv", **query)
        cells = [cell for row in csv.reader(io.StringIO(table)) for cell in row]
        check(f"CSV of {name} is a download that runs nothing", status == 200 and ann.headers["Content-Type"].startswith("text/csv")
              and "attachment" in ann.headers["Content-Disposition"] and any(c.startswith("'=HYPERLINK") for c in cells)
              and not any(c[:1] in "=+@" or (c[:1] == "-" and not c[1:2].isdigit()) for c in cells if c), table[:600])
    for body in ("{", "[]", "null", "1", '"x"', '{"path": "\\u0000"}', '{"path": {"a": 1}}', "{\"path\": " + "[" * 20000, b"\xff\xfe", '{"path": "a", "path": null}'):
        status, answer = ann.ask("POST", "/api/node", body=body)
        if status != 400:
            check(f"a body that is wrong: {body[:30]!r}", False, (status, answer))
    check("bodies that are wrong are 400", True)
    for query in ("path=%ff", "path=%00", "path", "x=1", "path=a&path=b/c", "=", "limit=abc", "before=-1e9"):
        status, answer = ann.ask("GET", "/api/refusals?" + query)
        if status not in (200, 400, 404):
            check(f"a query that is wrong: {query}", False, (status, answer))
    check("queries that are wrong are no accident", True)
    equal("a body of two MiB", ann.ask("POST", "/api/node", body=json.dumps({"path": "a" * 2_000_000}))[0], 413)
    status, answer = ann.post("prices/import", file={f"model-{n}": {"litellm_provider": "openai", "input_cost_per_token": 1e-6, "x": "y" * 100} for n in range(9000)})
    check("a price file may be larger", status == 200 and answer["counts"]["new"] == 9000 and len(answer["rows"]) == 2000, str(answer)[:300])


def throttle(gateway):
    waits = []
    for n in range(12):
        visitor = Browser(gateway)
        status, answer = visitor.post("signin", email="nobody@nowhere.test", password=f"guess {n}")
        waits.append((status, visitor.headers.get("Retry-After")))
    check("guessing is stopped after ten attempts, with Retry-After", [w[0] for w in waits] == [401] * 10 + [429] * 2 and int(waits[-1][1]) > 60, waits)
    equal("others can still sign in", Browser(gateway).post("signin", email="eve@rogue.test", password=PASSWORD)[0], 200)


def without_the_ledger(cluster, ann, mine):
    """While somebody has the ledger locked against all readers, every page answers."""
    with connect(cluster, "quota") as locker:
        locker.run("BEGIN")
        locker.run("LOCK TABLE quotakit.event IN ACCESS EXCLUSIVE MODE")
        named, whole = reads(mine)
        for path, query in named + whole:
            if path == "reservations":  # by_key() is about these
                continue
            status, answer = ann.ask("GET", "/api/" + path, query)
            if status != 200:
                check(f"GET {path} {query} does not read the ledger", False, answer)
        locker.run("ROLLBACK")
    check("no page reads the ledger", True)


def plans(cluster, ann, db, mine):
    """The plans of all that every GET runs, also inside functions, name no partition of the ledger."""
    def scans():
        return db.run("SELECT s.relname, coalesce(s.seq_scan, 0), coalesce(s.idx_scan, 0) FROM pg_inherits i JOIN pg_stat_user_tables s ON s.relid = i.inhrelid "
                      "WHERE i.inhparent = 'quotakit.event'::regclass ORDER BY 1")

    inside = Inside(cluster, ann)
    # An idle backend reports what it did before up to ten seconds later.
    before = None
    while before != (before := scans()):
        time.sleep(11)
    named, whole = reads(mine)
    routes = {route for route, in db.run("SELECT route FROM quotakit._api_routes() WHERE method = 'GET' AND needs <> 'nobody'")}
    asked, explained = set(), 0
    for path, query in named + whole:
        if path != "reservations":  # by_key() is about these
            status, text = inside.plans("GET", path, query)
            count, ledger = text.count("plan:"), set(re.findall(r"Scan.* on (event(?:_\w+)?)\b", text))
            explained += count
            if status != 200 or count == 0 or ledger:
                check(f"the plan of GET {path} {query} is without the ledger", False, (status, count, ledger))
        asked.add("/api/" + re.sub(r"^(policies|refusals)/\d+$", r"\1/{id}", re.sub(r"^statements/.*", "statements/{month}", path)))
    equal("every GET was asked", routes - asked, set())
    check("no plan of any names the ledger", explained > 200, explained)
    inside.db.run("SELECT pg_stat_force_next_flush()")
    equal("and no partition of it was scanned", scans(), before)
    _, text = inside.plans("POST", "simulate", body={"path": mine["path"], "amount": "1"})
    check("a plan with the ledger would be seen", re.search(r"Scan.* on event_", text))
    inside.db.run("SELECT pg_stat_force_next_flush()")
    check("and its scan", scans() != before)
    inside.db.close()
    by_key(cluster, ann)


def by_key(cluster, ann):
    """The event that has settled a reservation is looked for by its whole key."""
    inside = Inside(cluster, ann, "enable_seqscan = off")   # the tables are too small here for an index to pay
    _, plan = inside.plans("GET", "reservations")
    scans = re.findall(r"(Scan.* on event_\w+) .*\n.*?Index Cond: \((.*)\)", plan)
    keyed = [scan for scan, key in scans if re.search(r"using event_\w+_pkey", scan) and re.search(r"\bat = r\.at\b.*event_id = r\.reservation_id", key)]
    check("open reservations look for their event by its key", keyed and len(keyed) == len(re.findall(r"Scan.* on event_", plan)), plan[-6000:])
    inside.db.close()


def as_sql(cluster, ann, mine):
    """Every card's query runs in psql for an analyst of the account, and the tree's numbers are those of the view."""
    with connect(cluster, "quota") as db:
        db.run("SET quotakit.account = 'acme'")
        for path, query in reads(mine)[0] + reads(mine)[1]:
            _, answer = ann.get(path, **query)
            queries = answer.get("sql", {}) if isinstance(answer, dict) else {}
            for text in [queries] if isinstance(queries, str) else queries.values():
                try:
                    db.run(text.replace("%", "%%"))
                except Exception as error:
                    check(f"the SQL of {path} runs", False, f"{text}\n{error}")
        check("the SQL of every card runs", True)
        tree = ann.get("tree")[1]
        rows = db.dicts(tree["sql"])
        equal("the tree is its query", [(n["path"], n["status"], n["headline"] and n["headline"]["used"]) for n in tree["nodes"]],
              [(r["path"], r["status"], r["used"] if r["used"] is None else str(r["used"])) for r in rows])
        usage = ann.get("usage", path="acme", since="2020-01-01")[1]
        equal("the summary is its query", usage["usage"]["cost_usd"], str(db.dicts(usage["sql"]["usage"])[0]["cost_usd"]))
        rows = ann.get("usage/breakdown", path="acme", by="path", since="2020-01-01")[1]
        equal("the breakdown is its query", [(r["key"], r["cost_usd"], r["tokens"]) for r in rows["rows"]],
              [(r["key"], str(r["cost_usd"]), int(r["tokens"])) for r in db.dicts(rows["sql"])])
        status, statement = ann.get("statements/" + db.value("SELECT to_char(now(), 'YYYY-MM')"))
        month = ann.get("usage", since=statement["since"])[1]
        equal("a statement adds up to the month", statement["total"]["cost_usd"], month["usage"]["cost_usd"])
        equal("and so do its lines", sum(line["tokens"] for line in statement["lines"]), month["usage"]["tokens"])


def freshness(ann, db, mine):
    status, tree = ann.get("tree")
    tag = ann.headers["ETag"]
    equal("nothing changed: 304", ann.ask("GET", "/api/tree", headers={"If-None-Match": tag}), (304, ""))
    db.run("SELECT set_config('quotakit.account', 'acme', false)")
    db.run("SELECT quotakit.log(%s, model => 'gpt-4o', input_tokens => 4000)", mine["path"])
    db.run("RESET quotakit.account")
    status, after = ann.ask("GET", "/api/tree", headers={"If-None-Match": tag})
    grown = [n["path"] for n, m in zip(after["nodes"], tree["nodes"]) if n["today_usd"] != m["today_usd"]]
    equal("spend shows at once, on the path and above it", (status, grown), (200, ["acme", mine["path"]]))
    status, node = ann.get("node", path=mine["path"])
    check("the inspector has what the tree has", node["today"]["cost_usd"] == next(n["today_usd"] for n in after["nodes"] if n["path"] == mine["path"]), node)
    sparks = ann.get("sparks")[1]
    equal("and so has the sparkline", sparks["paths"]["acme"]["usd"][-1], next(n["today_usd"] for n in after["nodes"] if n["path"] == "acme"))


def files(gateway):
    for path in ("/", "/projects", "/projects/acme/search", "/join?token=x"):
        status, headers, body = gateway.get(path)
        check(f"{path} is the page", status == 200 and b"<title>" in body and headers["Cache-Control"] == "no-cache")
    policy = headers["Content-Security-Policy"]
    check("a strict policy, and no frame around it", "script-src 'self';" in policy and "frame-ancestors 'none'" in policy and "default-src 'none'" in policy
          and "unsafe-eval" not in policy and headers["X-Frame-Options"] == "DENY" and headers["X-Content-Type-Options"] == "nosniff"
          and headers["Referrer-Policy"] == "no-referrer", headers)
    status, headers, body = gateway.get("/assets/app-1a2b.js")
    check("what has a hash in its name is kept for a year", status == 200 and "immutable" in headers["Cache-Control"] and headers["Content-Type"].startswith("text/javascript"))
    equal("and is revalidated by its ETag", gateway.get("/assets/app-1a2b.js", {"If-None-Match": headers["ETag"]})[0], 304)
    status, headers, body = gateway.get("/assets/app-1a2b.js", {"Accept-Encoding": "gzip, br;q=0"})
    check("compressed where it can be", headers.get("Content-Encoding") == "gzip" and body[:2] == b"\x1f\x8b" and headers["Vary"] == "Accept-Encoding")
    for path in ("/assets/none.js", "/none.js", "/.hidden", "/assets/../../secret.txt", "/%2e%2e/secret.txt", "/v1/none"):
        status, _, body = gateway.get(path)
        if status != 404 and b"<title>" not in body or b"secret" in body:
            check(f"{path} is nothing", False, (status, body[:100]))
    equal("a file that is not there", gateway.get("/assets/none.js")[0], 404)
    equal("an address of the SDK's that is not there", gateway.get("/v1/none")[0], 404)


def site():
    directory = tempfile.mkdtemp(prefix="quotakit-site-")
    os.makedirs(os.path.join(directory, "dist/assets"))
    for name, text in (("dist/index.html", b"<!doctype html><title>QuotaKit</title>"), ("dist/assets/app-1a2b.js", b"export {}\n"),
                       ("dist/assets/app-1a2b.js.gz", b"\x1f\x8b rest"), ("secret.txt", b"secret"), ("dist/.hidden", b"secret")):
        with open(os.path.join(directory, name), "wb") as f:
            f.write(text)
    return directory


place = site()
with Cluster() as cluster, database(cluster) as db:
    db.run("SELECT quotakit.make_roles()")
    db.run("SELECT quotakit.make_gateway_role()")
    Browser.shapes = Shapes(db)
    with Gateway(cluster, "quota", static_dir=os.path.join(place, "dist")) as gateway:
        wait_until(lambda: gateway.get("/api/signup")[0] == 200)
        equal("the first may sign up", Browser(gateway).get("signup"), (200, {"open": True}))
        ann = sign_up(gateway, "acme", "ann@acme.test")
        equal("nobody else", Browser(gateway).post("signup", account="rogue", email="eve@rogue.test", password=PASSWORD)[0], 403)
        db.run("ALTER DATABASE quota SET quotakit.signup = 'open'")
        fresh_backends(gateway, db)
        wait_until(lambda: Browser(gateway).get("signup")[1] == {"open": True})
        eve = sign_up(gateway, "rogue", "eve@rogue.test")
        mine, theirs = furnish(ann, "acme", db), furnish(eve, "rogue", db)
        files(gateway)
        sessions(gateway, ann)
        csrf(gateway, ann, eve)
        foreign(ann, eve, mine, theirs, db)
        freshness(ann, db, mine)
        viewers(gateway, ann, mine)
        sent_again(ann, db, mine)
        replayed(ann, db, mine)
        empty_ranges(ann, mine)
        repaired(ann, db, mine)
        hostile(ann, db, mine)
        as_sql(cluster, ann, mine)
        without_the_ledger(cluster, ann, mine)
        plans(cluster, ann, db, mine)
        throttle(gateway)
        bills(ann, mine)
        shapely(ann, db, mine)
        equal("verify() is clean", db.run("SELECT * FROM quotakit.verify()"), [])
        check("no secret is in the log", not any(s in line for line in gateway.lines for s in (PASSWORD, ann.cookie, ann.csrf, "aisi_")))
    equal("whoever goes in through the gateway is in the log by name", db.value(
        "SELECT count(*) FROM quotakit.audit_log WHERE actor LIKE 'quotakit_gateway for %%@%%' AND account_id = 1") > 10, True)
    note(f"{len(db.run('SELECT * FROM quotakit._api_routes()'))} routes")
shutil.rmtree(place)

done()
