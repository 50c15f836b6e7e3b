"""What the tests of the dashboard's API stand on: visitors, an account with one of everything, a look at the plans."""
import datetime
import hashlib
import json
import re
from urllib.parse import urlencode

from harness import connect, equal, wait_until

PASSWORD = "correct horse battery"


class Browser:
    """One visitor: a cookie jar and the CSRF value that its page has read."""

    def __init__(self, gateway, cookie=None):
        self.gateway, self.cookie, self.csrf = gateway, cookie, None
        self.headers = None

    def ask(self, method, path, query=None, body=None, csrf="own", headers=None):
        sent = {"Sec-Fetch-Site": "same-origin", **(headers or {})}
        if self.cookie:
            sent["Cookie"] = f"quotakit_session={self.cookie}"
        if method != "GET" and csrf == "own" and self.csrf:
            sent["X-CSRF"] = self.csrf
        elif csrf not in ("own", None):
            sent["X-CSRF"] = csrf
        if body is not None:
            sent["Content-Type"] = "application/json"
            body = body if isinstance(body, (str, bytes)) else json.dumps(body)
        status, self.headers, data = self.gateway.get(path + ("?" + urlencode(query) if query else ""), sent, method, body)
        if self.headers.get("Set-Cookie"):
            self.cookie = self.headers["Set-Cookie"].split(";")[0].split("=", 1)[1] or None
        kind = self.headers.get("Content-Type", "")
        answer = json.loads(data) if "json" in kind and data else data.decode()
        if isinstance(answer, dict) and "csrf" in answer:
            self.csrf = answer["csrf"]
        self.shaped(method, path, status, answer)
        return status, answer

    # The database's word for what each route answers, what was not so, and the routes that have answered.
    shapes, misshapen, answered = None, set(), set()

    def shaped(self, method, path, status, answer):
        if self.shapes and 200 <= status < 300 and status != 204 and isinstance(answer, (dict, list)):
            route = self.shapes.route(method, path)
            self.answered.add(route)
            self.misshapen.update(re.sub(r"\[\d+\]", "[]", f"{method} {path}: {fault}") for fault in self.shapes.faults(answer, self.shapes.answers[route]))

    def get(self, path, /, **query):
        return self.ask("GET", "/api/" + path, query)

    def post(self, path, /, **body):
        return self.ask("POST", "/api/" + path, body=body)


def sign_up(gateway, account, email):
    visitor = Browser(gateway)
    status, me = visitor.post("signup", account=account, email=email, password=PASSWORD, name=account.title())
    equal(f"{account} signs up", (status, me.get("member", {}).get("role")), (201, "owner"))
    return visitor


def furnish(who, root, db):
    """One of everything that has an id or a path; returns what to ask for."""
    made = {"path": f"{root}/search"}
    equal(f"{root}: a path", who.post("node", path=made["path"], service="openai", tags=["prod"])[0], 201)
    made["policy"] = who.post("policies", path=root, amount="0.5", enforcement="strict")[1]["id"]
    made["key"] = who.post("keys", name=f"{root} key")[1]["id"]
    made["invitation"] = who.post("members", email=f"guest@{root}.test", role="viewer")[1]["id"]
    made["alert"] = who.post("alerts", policy_id=made["policy"], kind="percent", threshold="80", recipients=["contact", f"ops@{root}.test"])[1]["id"]
    made["recipient"] = who.post("recipients", channel="webhook", name=f"{root} hook", url="https://hooks.example/x")[1]["id"]
    made["notification"] = who.get("notifications")[1]["notifications"][0]["id"]
    made["member"] = who.get("me")[1]["member"]["id"]
    equal(f"{root}: a service of its own", who.post("services", service=f"{root}_ai")[0], 201)
    bill = [{"day": str(datetime.datetime.now(datetime.timezone.utc).date()), "model": "gpt-4o", "amount": "0.5", "project": f"{root} project"}]
    status, answer = who.post("bills", service="openai", bill=bill)
    equal(f"{root}: a bill", (status, [b["action"] for b in answer.get("buckets", [])]), (200, ["new"]))
    db.run("SELECT set_config('quotakit.account', %s, false)", root)
    for _ in range(3):
        db.run("SELECT quotakit.log(%s, model => 'gpt-4o', input_tokens => 1000, output_tokens => 100)", made["path"])
    made["event"] = str(db.value("SELECT id FROM quotakit.log(%s, model => 'gpt-4o', usd => 0.002)", made["path"]))
    db.run("SELECT quotakit.log(%s, model => 'no-price-yet', input_tokens => 10)", made["path"])
    db.run("SELECT quotakit.log(%s, usd => 0.25)", f"{root}/not/yet")
    made["rejected"] = who.get("unplaced/events")[1]["events"][0]["id"]
    db.run("SELECT quotakit.reserve(%s, model => 'gpt-4o', usd => 0.1)", made["path"])
    made["refusal"] = db.value("SELECT (answer->>'refusal')::int8 FROM quotakit.reserve(%s, model => 'gpt-4o', usd => 9)", made["path"])
    db.run("RESET quotakit.account")
    return made


def reads(thing):
    """Every GET that names something, or has a table of its own."""
    since = {"since": "2020-01-01"}
    named = [("node", {"path": thing["path"]}), ("policies", {"path": thing["path"]}), (f"policies/{thing['policy']}", {}),
             ("explain", {"path": thing["path"]}), ("refusals", {"path": thing["path"]}), (f"refusals/{thing['refusal']}", {}),
             ("reservations", {"path": thing["path"]}), ("audit", {"path": thing["path"]}),
             ("alerts", {"path": thing["path"]}), ("alerts/log", {"path": thing["path"]}),
             ("usage", {"path": thing["path"], **since}), ("usage/series", {"path": thing["path"], "step": "month", **since}),
             ("usage/breakdown", {"path": thing["path"], "by": "path", **since})]
    whole = [("tree", {}), ("unplaced", {}), ("unplaced/events", {}), ("sparks", {}), ("policies", {}), ("refusals", {}), ("reservations", {}), ("audit", {}),
             ("usage", {"compare": "1", **since}), ("services", {}), ("prices/unpriced", {}), ("keys", {}), ("members", {}), ("settings", {}),
             ("alerts", {}), ("alerts/log", {}), ("recipients", {}), ("notifications", {}), ("statements", {}), ("statements/2026-11", {}),
             ("export", {"what": "config"}), ("export", {"what": "usage"}), ("me", {})]
    whole += [("usage/series", {"step": "month", "by": by, **since}) for by in ("service", "model", "child")]
    whole += [("usage/breakdown", {"by": by, **since}) for by in ("path", "child", "service", "model", "day")]
    whole += [("models", {"service": "openai"}), ("prices", {"service": "openai"}), ("reconciliation", since),
              ("reconciliation", {"service": "openai", "model": "gpt-4o", **since})]
    # As the pages ask: a day that has not ended, by hours, and of a tag.
    recent = {"since": str(datetime.date.today() - datetime.timedelta(days=2)), "tag": "prod"}
    named += [("usage/series", {"path": thing["path"], "step": "hour", "by": by, **recent}) for by in ("model", "child")]
    whole += [("usage", recent)] + [("usage/breakdown", {"by": by, **recent}) for by in ("path", "child", "model")]
    return named, whole


def fresh_backends(gateway, db):
    """The gateway's readers begin anew: with new settings, and with their counts reported."""
    db.run("SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE application_name LIKE 'quotakit dashboard%'")
    wait_until(lambda: Browser(gateway).get("signup")[0] == 200)


class Inside:
    """What somebody asks, carried out in a session whose plans the server logs; it does not log those of the gateway's."""

    def __init__(self, cluster, who, *settings):
        self.db, self.cluster, self.who = connect(cluster, "quota"), cluster, who
        for setting in ("auto_explain.log_min_duration = 0", "auto_explain.log_nested_statements = on", *settings):
            self.db.run("LOAD 'auto_explain'")
            self.db.run("SET " + setting)

    def plans(self, method, path, query=None, body=None):
        """The request's status, and all plans that were logged."""
        begun = len(self.cluster.log_text())
        status = self.db.value("SELECT status FROM quotakit.api(%s, %s, %s, true, %s, %s, %s, %s)", int(self.who.cookie.split("_")[1]),
                               hashlib.sha256(self.who.cookie.encode()).digest(), self.who.csrf, method, "/api/" + path, json.dumps(query or {}),
                               None if body is None else json.dumps(body).encode())
        return status, self.cluster.log_text()[begun:]
