#!/usr/bin/python3
"""No password, key, token or signing secret, nor what is made of one, is in any log, however talkative: the server's,
the gateway's, the courier's. Everything that takes or makes a secret is done once."""
import base64
import hashlib
import json
import os
import subprocess
import sys

from gateway_client import Gateway, build, uuid7
from harness import ROOT, Cluster, check, connect, database, done, equal, note, wait_until
from mail_world import PASSWORD as SMTP_PASSWORD, Courier, HookServer, MailServer, certificates

build()
made = subprocess.run(["make", "-s", "-C", os.path.join(ROOT, "gateway"), "courier"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                      stderr=subprocess.STDOUT, text=True)
if not check("the courier builds", made.returncode == 0, made.stdout):
    sys.exit(1)

TALKATIVE = {
    "log_statement": "all", "log_min_duration_statement": "0", "log_duration": "on", "log_min_messages": "debug1", "log_min_error_statement": "debug1",
    "log_error_verbosity": "verbose", "log_parameter_max_length": "-1", "log_parameter_max_length_on_error": "-1", "log_lock_waits": "on",
    "debug_print_parse": "on", "debug_print_rewritten": "on", "debug_print_plan": "on", "debug_pretty_print": "off",
    "session_preload_libraries": "auto_explain", "auto_explain.log_min_duration": "0", "auto_explain.log_analyze": "on",
    "auto_explain.log_verbose": "on", "auto_explain.log_nested_statements": "on", "auto_explain.log_triggers": "on", "auto_explain.log_settings": "on",
}
RIGHT, WRONG, CHANGED, GUEST = "correct horse battery", "incorrect horse battery", "staple battery correct", "guest of the house"
HOOK_PATH = "very-secret-path-of-a-hook"


class Secrets:
    """What must not be found, in every form in which it might be written."""

    def __init__(self):
        self.forms = {}

    def add(self, name, value):
        plain = value if isinstance(value, bytes) else value.encode()
        once = hashlib.sha256(plain).digest()
        for form, data in (("", plain), ("SHA-256 of ", once), ("SHA-256 of SHA-256 of ", hashlib.sha256(once).digest())):
            written = {"in hex": data.hex().encode(), "in base64": base64.b64encode(data),
                       # As a plan has it that is printed: its bytes as signed numbers.
                       "in numbers": " ".join(str(b - 256 if b > 127 else b) for b in data).encode()}
            if not form and not isinstance(value, bytes):
                written["as it is"] = data
            for how, text in written.items():
                self.forms[text] = f"{form}{name} {how}"

    def found(self, log):
        # Trees are printed with a line's end wherever one is full.
        log += b" ".join(log.split())
        return sorted({name for text, name in self.forms.items() if text in log})


class Browser:
    def __init__(self, gateway, secrets):
        self.gateway, self.secrets, self.cookie, self.csrf = gateway, secrets, None, None

    def ask(self, method, path, body=None):
        headers = {"Sec-Fetch-Site": "same-origin", "Content-Type": "application/json"}
        if self.cookie:
            headers.update({"Cookie": f"quotakit_session={self.cookie}", "X-CSRF": self.csrf or ""})
        status, headers, data = self.gateway.get(path, headers, method, None if body is None else json.dumps(body))
        if headers.get("Set-Cookie"):
            self.cookie = headers["Set-Cookie"].split(";")[0].split("=", 1)[1]
            if self.cookie:
                self.secrets.add("a session's token", self.cookie)
        answer = json.loads(data) if data else None
        if isinstance(answer, dict) and answer.get("csrf"):
            self.csrf = answer["csrf"]
            self.secrets.add("a page's CSRF value", self.csrf)
        return status, answer

    def must(self, status, method, path, body=None):
        got, answer = self.ask(method, path, body)
        equal(f"{method} {path.split('?')[0]}", got, status)
        return answer


def dashboard(gateway, db, secrets, hooks):
    """Every request that carries a secret or is answered with one, done well and badly."""
    ann = Browser(gateway, secrets)
    ann.must(201, "POST", "/api/signup", {"account": "acme", "email": "ann@acme.test", "password": RIGHT})
    ann.must(400, "POST", "/api/signup?x=1", {"account": "a", "email": "a@b.test", "password": WRONG})
    ann.must(204, "POST", "/api/signout", {})
    ann.must(401, "POST", "/api/signin", {"email": "ann@acme.test", "password": WRONG})
    ann.must(200, "POST", "/api/signin", {"email": "ann@acme.test", "password": RIGHT})
    ann.must(401, "POST", "/api/password", {"old": WRONG, "new": CHANGED})
    ann.must(400, "POST", "/api/password", {"old": RIGHT, "new": "short"})
    ann.must(200, "POST", "/api/password", {"old": RIGHT, "new": CHANGED})
    secrets.add("a key", key := ann.must(201, "POST", "/api/keys", {"name": "first"})["key"])
    secrets.add("an invitation's token", token := ann.must(201, "POST", "/api/members", {"email": "guest@acme.test", "role": "viewer"})["token"])
    guest = Browser(gateway, secrets)
    guest.must(200, "GET", f"/api/invitation?token={token}")
    guest.must(400, "POST", "/api/join", {"token": token, "password": "short"})
    guest.must(201, "POST", "/api/join", {"token": token, "password": GUEST})
    guest.must(410, "POST", "/api/join", {"token": token, "password": GUEST})
    signer = ann.must(201, "POST", "/api/recipients", {"channel": "webhook", "name": "pager", "url": f"{hooks.url}/{HOOK_PATH}"})["secret"]
    secrets.add("a webhook's secret", signer)
    secrets.add("a webhook's secret", base64.b64decode(signer[len("whsec_"):]))
    ann.must(409, "POST", "/api/recipients", {"channel": "webhook", "name": "pager", "url": f"{hooks.url}/{HOOK_PATH}"})
    ann.must(201, "POST", "/api/recipients", {"channel": "email", "name": "ops@acme.test"})
    confirm = db.value("SELECT substring(body_text FROM 'qkc_[0-9]+_[0-9a-f]+') FROM quotakit.notification WHERE kind = 'confirmation' ORDER BY notification_id DESC")
    secrets.add("a confirmation's token", confirm)
    ann.must(200, "POST", "/api/confirm", {"token": confirm})
    ann.must(410, "POST", "/api/confirm", {"token": confirm[:-1] + "x"})
    ann.must(201, "POST", "/api/node", {"path": "acme", "service": "openai"})
    policy = ann.must(201, "POST", "/api/policies", {"path": "acme", "amount": "5", "enforcement": "strict"})["id"]
    alert = ann.must(201, "POST", "/api/alerts", {"policy_id": policy, "kind": "percent", "threshold": "80", "recipients": ["pager", "ops@acme.test"]})["id"]
    ann.must(200, "POST", "/api/alerts/test", {"id": alert})
    ann.must(204, "POST", "/api/signout", {"everywhere": True})
    return key


def calls(gateway, key):
    """What an SDK does, with a key that is good and one that is not."""
    for bearer, status in ((key, 201), (key[:-1] + ("A" if key[-1] != "A" else "B"), 401)):
        headers = {"Authorization": f"Bearer {bearer}", "Content-Type": "application/json"}
        body = json.dumps({"id": uuid7(), "path": "acme", "usd": "0.01"})
        equal(f"a reservation: {status}", gateway.get("/v1/reservations", headers, "POST", body)[0], status)
        equal("a state", gateway.get("/v1/state?path=acme", headers)[0], 200 if status == 201 else 401)
        gateway.get("/v1/explain?path=acme&usd=1", headers)
        gateway.get("/v1/log/batch", headers, "POST", '{"events": [{"id": "x"}, 7, {"path": "acme", "usd": "1e9999", "id": "' + uuid7() + '"}]}')


def refused_by_the_server(gateway, db, key, secrets):
    """Statements that fail in the server, of which it says all it knows."""
    ann = Browser(gateway, secrets)
    db.run("ALTER TABLE quotakit.session ADD CONSTRAINT never CHECK (false) NOT VALID")
    status, answer = ann.ask("POST", "/api/signin", {"email": "ann@acme.test", "password": CHANGED})
    check("a sign-in that fails in the database is not answered with a row", status == 400 and "never" in answer["detail"] and "row" not in answer["detail"].split("constraint")[1], answer)
    db.run("ALTER TABLE quotakit.session DROP CONSTRAINT never")
    db.run("ALTER FUNCTION quotakit._check_password RENAME TO _check")
    equal("a sign-in whose function is gone", ann.ask("POST", "/api/signin", {"email": "ann@acme.test", "password": CHANGED})[0] >= 500, True)
    db.run("ALTER FUNCTION quotakit._check RENAME TO _check_password")
    db.run("ALTER TABLE quotakit.account RENAME TO away")
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    equal("a call whose table is gone", gateway.get("/v1/reservations", headers, "POST", json.dumps({"path": "acme", "usd": "0.01"}))[0], 503)
    equal("a page, likewise", gateway.get("/api/me", {"Cookie": "quotakit_session=" + (ann.cookie or "aiss_1_" + "A" * 43)})[0] >= 400, True)
    db.run("ALTER TABLE quotakit.away RENAME TO account")
    wait_until(lambda: gateway.get("/readyz")[0] == 200)


def by_sql(cluster, secrets):
    """What SQL makes for whoever asks; what they themselves say is theirs to keep out of the log."""
    with connect(cluster, "quota", user="boss") as boss:
        secrets.add("a key made by SQL", boss.value("SELECT quotakit.create_key('second')"))
        secrets.add("an invitation's token made by SQL", boss.value("SELECT quotakit.invite_member('other@acme.test')"))
        for call in ("add_webhook('siren', 'https://hooks.example/x')", "rotate_webhook_secret('siren')"):
            signer = boss.value(f"SELECT quotakit.{call}")
            secrets.add("a webhook's secret made by SQL", signer)
            secrets.add("a webhook's secret made by SQL", base64.b64decode(signer[len("whsec_"):]))
        boss.run("SELECT quotakit.add_recipient('third@acme.test')")


def tokens_mailed(db):
    return [row[0] for row in db.run("SELECT substring(body_text FROM 'qkc_[0-9]+_[0-9a-f]+') FROM quotakit.notification WHERE kind = 'confirmation'")]


def kept(db, secrets):
    for (value,) in db.run("SELECT password_hash FROM quotakit.member"):
        secrets.add("what is kept of a password", value)
    for token in tokens_mailed(db):
        secrets.add("a confirmation's token", token)


def of_other_extensions(cluster):
    """Settings of extensions that are not here: what is there is turned off, what is not stays away."""
    with connect(cluster, "quota") as db:
        db.run("SET pgaudit.log_parameter = on")
        db.run("SELECT quotakit.gateway_session()")
        equal("an audit's log of parameters is turned off", db.value("SHOW pgaudit.log_parameter"), "off")
    with connect(cluster, "quota") as db:
        db.run("SELECT quotakit.gateway_session()")
        equal("and is not made where it is not", db.value("SELECT current_setting('pgaudit.log_parameter', true)"), None)
        equal("nobody may say otherwise in the gateway's session", db.row(
            "SELECT current_setting('log_parameter_max_length'), (SELECT context FROM pg_settings WHERE name = 'log_parameter_max_length')"), ("0", "superuser"))


def talks(log):
    check("the server's log is talkative", all(word in log for word in (
        b"quotakit.api($1", b"duration: ", b"Query Text: ", b"{PLANNEDSTMT", b"parameters: $1 = ")), len(log))


tls = certificates()
mails, hooks = MailServer(tls), HookServer()
secrets = Secrets()
for name, password in (("the password", RIGHT), ("a wrong password", WRONG), ("the new password", CHANGED), ("a guest's password", GUEST),
                       ("the mail server's password", SMTP_PASSWORD), ("a webhook's URL", HOOK_PATH)):
    secrets.add(name, password)
quiet = {"fsync": "off", "max_connections": "100"}
with Cluster(settings={**quiet, **TALKATIVE}) as cluster, database(cluster) as db:
    # The tests' own session says nothing, but for what it makes others do.
    for name in ("log_statement = none", "log_min_duration_statement = -1", "log_duration = off", "auto_explain.log_min_duration = -1",
                 "debug_print_parse = off", "debug_print_rewritten = off", "debug_print_plan = off", "log_min_messages = panic"):
        db.run(f"SET {name}")
    db.run("SELECT quotakit.make_roles()")
    db.run("SELECT quotakit.make_gateway_role()")
    db.run("CREATE ROLE courier LOGIN; GRANT quotakit_courier TO courier; CREATE ROLE boss LOGIN; GRANT quotakit_admin TO boss")
    with Gateway(cluster, "quota", log_level="debug") as gateway:
        wait_until(lambda: gateway.get("/api/signup")[0] == 200)
        key = dashboard(gateway, db, secrets, hooks)
        db.run("SELECT set_config('quotakit.account', 'acme', false)")
        db.run("SELECT quotakit.grant_access('boss', 'owner')")
        db.run("RESET quotakit.account")
        calls(gateway, key)
        refused_by_the_server(gateway, db, key, secrets)
        gateway_log = gateway.lines
    by_sql(cluster, secrets)
    of_other_extensions(cluster)
    courier = Courier(cluster, mails.url, tls, "--allow-private-targets")
    delivered = wait_until(lambda: len(mails.mails) >= 2 and len(hooks.hooks) >= 1, 30)
    courier.stop()
    check("the courier delivers", delivered, (mails.mails, hooks.hooks, courier.said()))
    kept(db, secrets)
    with open(cluster.log, "rb") as f:
        log = f.read()
    note(f"the server's log has {len(log) / 1e6:.1f} MB, and is searched for {len(secrets.forms)} texts")
    talks(log)
    for name, text in (("server", log), ("gateway", "\n".join(gateway_log).encode()), ("courier", courier.said().encode())):
        equal(f"no secret is in the {name}'s log", secrets.found(text), [])
hooks.stop()
mails.stop()

done()
