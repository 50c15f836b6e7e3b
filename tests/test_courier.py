#!/usr/bin/env python3
"""The courier: what is in the outbox arrives, once, in order, and says so; and nothing else leaves.

Couriers are killed at any moment and right between a server's acknowledgement and their own
commit; the mail server is away for an hour; addresses and texts are as bad as they can be;
webhooks are verified by the implementation of standardwebhooks.com.
"""
import collections
import json
import os
import random
import subprocess
import threading
import time

from harness import LONG, ROOT, Cluster, check, connect, database, done, equal, note, raises, seed, wait_until
from mail_world import PASSWORD, Courier, HookServer, MailServer, certificates

VERIFIER = "standardwebhooks@1.0.0"


def account(db, name, *recipients):
    """An account with one policy and one alert for these recipients; their addresses are confirmed."""
    db.run("SELECT quotakit.create_account(%s, contact_email => %s)", name, f"boss@{name}.example")
    db.run(f"SET quotakit.account = '{name}'")
    db.run("SELECT quotakit.create_node('p', 'openai')")
    policy = db.value("SELECT quotakit.set_policy('p', 100, enforcement => 'open')")
    alert = db.value("SELECT quotakit.set_alert(%s, percent => 50, recipients => %s::text[])", policy, list(recipients or ["contact"]))
    number = db.value("SELECT (quotakit.current_account()).account_id")
    db.run("UPDATE quotakit.recipient SET confirmed_at = now() WHERE account_id = %s", number)
    db.run("DELETE FROM quotakit.notification WHERE account_id = %s AND kind = 'confirmation'", number)
    return number, alert


def tell(db, alert, times=1):
    """So many test messages to everybody whom the alert names."""
    for _ in range(times):
        db.run("UPDATE quotakit.notification SET created_at = created_at - interval '11 seconds' WHERE kind = 'test'")
        db.run("SELECT quotakit.test_alert(%s)", alert)


def pass_time(db, seconds):
    """Lets time go by for everything in the outbox."""
    step = f"interval '{seconds} seconds'"
    db.run(f"UPDATE quotakit.outbox_lane SET next_due = next_due - {step}, free_at = free_at - {step}")
    db.run(f"""UPDATE quotakit.notification SET created_at = created_at - {step}, due_at = due_at - {step},
               give_up_at = give_up_at - {step}, lease_until = lease_until - {step}""")


def states(db, number):
    return dict(db.run("SELECT state, count(*) FROM quotakit.notification WHERE account_id = %s GROUP BY 1", number))


def settled(db, number):
    return not db.value("SELECT count(*) FROM quotakit.notification WHERE account_id = %s AND state IN ('pending', 'sending')", number)


def killed_between(cluster, db, tls):
    """kill -9 right when the server has the mail and the courier does not know it yet."""
    number, alert = account(db, "between")
    victim = []
    server = MailServer(tls, after=lambda _mail: victim.pop().kill() if victim else None)
    victim.append(Courier(cluster, server.url, tls, "--lease", "15"))
    tell(db, alert)
    check("the server has the mail, the courier is dead", wait_until(lambda: server.mails and not victim, 20))
    equal("the outbox does not know", states(db, number), {"sending": 1})
    courier = Courier(cluster, server.url, tls, "--lease", "15")
    time.sleep(1)
    equal("nobody takes it before its lease is over", len(server.mails), 1)
    pass_time(db, 15)
    check("then it is sent again", wait_until(lambda: settled(db, number), 20))
    courier.stop()
    equal("once", len(server.mails), 2)
    equal("with the same Message-ID", len({m.message_id for m in server.mails}), 1)
    equal("marked uncertain the second time", [m.uncertain for m in server.mails], [False, True])
    equal("the delivery log says which", [row[0] for row in db.run(
        "SELECT outcome FROM quotakit.delivery_log WHERE account_id = %s ORDER BY delivery_id", number)], ["uncertain", "sent"])
    equal("and so does the notification", db.row("SELECT state, uncertain, attempts FROM quotakit.delivery WHERE account_id = %s", number), ("sent", True, 2))
    server.stop()


def killed_anywhere(cluster, db, tls):
    """Fifty checks and three couriers, one of which is killed again and again."""
    dice = random.Random(seed())
    count = 300 if LONG else 60
    number, _alert = account(db, "anywhere")
    server = MailServer(tls)
    for i in range(count):
        db.run("SELECT quotakit.create_node(%s, 'openai')", f"n{i}")
        policy = db.value("SELECT quotakit.set_policy(%s, 100, enforcement => 'open')", f"n{i}")
        # Many recipients, or one message a second would take too long.
        db.run("SELECT quotakit.set_alert(%s, percent => 50, recipients => %s::text[])", policy, [f"r{i}@x.example"])
        db.run("UPDATE quotakit.recipient SET confirmed_at = now(), created_at = created_at - interval '2 days' WHERE account_id = %s", number)
        db.run("SELECT quotakit.log(%s, usd => 70)", f"n{i}")
    db.run("DELETE FROM quotakit.notification WHERE kind = 'confirmation' AND account_id = %s", number)

    def look():
        with connect(cluster, "quota") as one:
            one.run("SELECT quotakit.check_alerts()")

    start = lambda: Courier(cluster, server.url, tls, "--parallel", "3", "--lease", "15")     # noqa: E731
    couriers = [start() for _ in range(3)]
    threads = [threading.Thread(target=look) for _ in range(50)]
    for thread in threads:
        thread.start()
    kills = 0
    end = time.monotonic() + (120 if LONG else 12)
    while time.monotonic() < end and not (kills >= 8 and settled(db, number)):
        time.sleep(dice.uniform(0.02, 0.4))
        place = dice.randrange(3)
        couriers[place].kill()
        couriers[place] = start()
        kills += 1
        if dice.random() < 0.3:
            pass_time(db, 15)
    for thread in threads:
        thread.join()
    wait_until(lambda: pass_time(db, 15) or settled(db, number), 60, every=1)
    time.sleep(0.5)     # the youngest has hardly begun
    equal("every courier ends when asked", [c.stop() for c in couriers], [0, 0, 0])
    note(f"{kills} kills, {len(server.mails)} mails of {count} notifications, "
         f"{db.value('SELECT count(*) FROM quotakit.notification WHERE uncertain AND account_id = %s', number)} of them uncertain")
    mails = collections.defaultdict(list)
    for mail in server.mails:
        mails[mail.message_id.strip("<>").split("@")[0]].append(mail)
    rows = {row["message_id"]: row for row in db.dicts("SELECT * FROM quotakit.delivery WHERE account_id = %s AND kind = 'alert'", number)}
    equal("fifty runs made one notification an alert", len(rows), count)
    equal("every one is sent", {row["state"] for row in rows.values()}, {"sent"})
    equal("none is missing, none is unknown", set(mails), set(rows))
    twice = {key: got for key, got in mails.items() if len(got) > 1}
    check("twice only where it is marked uncertain", all(rows[key]["uncertain"] for key in twice), twice)
    check("and said so in the later mail", all(got[-1].uncertain for got in twice.values()))
    logged = db.run("""SELECT n.message_id::text, count(*) FILTER (WHERE d.outcome = 'uncertain'), count(*) FILTER (WHERE d.outcome = 'sent')
                       FROM quotakit.notification n JOIN quotakit.delivery_log d USING (account_id, notification_id)
                       WHERE n.account_id = %s GROUP BY 1""", number)
    # A courier that outlived its lease may be heard of late: then the log has that too.
    check("the delivery log explains every mail: one, and one more at most for each time it says uncertain",
          all(1 <= sent <= len(mails[key]) <= 1 + uncertain for key, uncertain, sent in logged) and len(logged) == count,
          [row + (len(mails[row[0]]),) for row in logged if row[1]])
    server.stop()


def away(cluster, db, tls):
    """The server is away for an hour; then all arrives, in order, a second apart."""
    number, alert = account(db, "away", "contact", "second@away.example")
    server = MailServer(tls)
    server.stop()
    courier = Courier(cluster, server.url, tls)
    tell(db, alert, 4)
    for _ in range(30):
        time.sleep(0.12)
        pass_time(db, 120)
    failed = db.value("SELECT count(*) FROM quotakit.delivery_log WHERE account_id = %s AND outcome = 'failed'", number)
    equal("an hour later nothing is lost", states(db, number).get("sent", 0) + states(db, number).get("dead", 0), 0)
    check("and the server was not hammered", 4 <= failed <= 40, f"{failed} attempts")
    tell(db, alert, 2)
    server.start()
    pass_time(db, 3000)
    # An attempt that began before that may fail after it, and puts the next one off.
    if not wait_until(lambda: states(db, number).get("sent", 0) > 0, 10):
        pass_time(db, 3000)
    check("the server is back: all is delivered", wait_until(lambda: settled(db, number), 40), states(db, number))
    courier.stop()
    ids = [row[0] for row in db.run("SELECT message_id::text FROM quotakit.notification WHERE account_id = %s ORDER BY notification_id", number)]
    for recipient in ("boss@away.example", "second@away.example"):
        got = [m for m in server.mails if m.recipient == recipient]
        order = [ids.index(m.message_id.strip("<>").split("@")[0]) for m in got]
        check(f"{recipient}: six, in order", len(order) == 6 and order == sorted(order), order)
        gaps = [b.at - a.at for a, b in zip(got, got[1:])]
        check(f"{recipient}: at most one a second", all(gap > 0.95 for gap in gaps), gaps)
    server.stop()


def bad_addresses(cluster, db, tls):
    """One bad address does not keep the others from theirs; a dead letter can be sent again."""
    number, alert = account(db, "bad", "contact", "ann@bad.example", "nobody@bad.example", "zoe@bad.example")
    server = MailServer(tls, refuse={"nobody@bad.example"})
    # What no function would let in: the courier must not pass it on either.
    db.run("INSERT INTO quotakit.recipient (account_id, channel, name, confirmed_at) VALUES (%s, 'email', 'eve@x.example> NOTIFY=SUCCESS', now())", number)
    db.run("""INSERT INTO quotakit.alert_recipient SELECT account_id, %s, recipient_id FROM quotakit.recipient WHERE name LIKE 'eve%%'""", alert)
    courier = Courier(cluster, server.url, tls, "--lease", "15")
    tell(db, alert)
    wait_until(lambda: settled(db, number), 20)
    equal("the others get theirs", sorted(m.recipient for m in server.mails), ["ann@bad.example", "boss@bad.example", "zoe@bad.example"])
    equal("the bad ones are dead, and say why", db.run(
        "SELECT recipient, state, last_error FROM quotakit.delivery WHERE account_id = %s AND state <> 'sent' ORDER BY recipient", number),
        [("eve@x.example> NOTIFY=SUCCESS", "dead", "the address cannot stand in a mail"), ("nobody@bad.example", "dead", "RCPT failed: 550")])
    server.refuse.clear()
    dead = db.value("SELECT notification_id FROM quotakit.delivery WHERE recipient = 'nobody@bad.example'")
    sent = db.value("SELECT min(notification_id) FROM quotakit.delivery WHERE account_id = %s AND state = 'sent'", number)
    raises("what was sent is not sent again", "55000", db.run, "SELECT quotakit.resend_notification(%s)", sent)
    off = "UPDATE quotakit.recipient SET disabled_at = %s WHERE name = 'nobody@bad.example'"
    db.run(off, "2026-01-01")
    raises("nor what goes to who is switched off", "55000", db.run, "SELECT quotakit.resend_notification(%s)", dead)
    db.run(off, None)
    db.run("SELECT quotakit.resend_notification(%s)", dead)
    check("a dead letter can be sent again", wait_until(lambda: len(server.mails) == 4, 10))
    server.stop()
    tell(db, alert)
    pass_time(db, 3 * 86400 + 1)
    check("after three days of failures a message is dead", wait_until(lambda: states(db, number).get("dead", 0) == 6, 20), states(db, number))
    courier.stop()


def strange_texts(cluster, db, tls):
    """CR, LF, over-long, unicode, markup: no header is injected, nothing crashes."""
    number, alert = account(db, "straße", "ünï@straße.example")
    server = MailServer(tls)
    long_path = "/".join(["lang" * 15] * 15) + "/日本語/a.b:c@d+e=f"
    db.run("SELECT quotakit.create_node(%s, 'openai', notes => E'note\\r\\nBcc: all@x.example\\r\\n\\r\\n<script>')", long_path)
    evil = "gpt\u2028x<img src=x onerror=alert(1)>&\"'" + "é" * 40
    policy = db.value("SELECT quotakit.set_policy(%s, 5, enforcement => 'open', service => 'openai', model => %s)", long_path, evil)
    db.run("SELECT quotakit.set_alert(%s, percent => 50, recipients => '{contact,ünï@straße.example}')", policy)
    db.run("SELECT quotakit.log(%s, model => %s, usd => 4)", long_path, evil)
    db.run("UPDATE quotakit.account SET contact_email = 'boss@x.example' WHERE account_id = %s", number)
    raises("no text has a NUL", "22021", db.run, "SELECT quotakit.add_recipient(E'a\\000b@x.example')")
    equal("it fires", db.value("SELECT quotakit.check_alerts()"), 1)
    # As if a message had been put there by hand.
    raises("no subject has a line break", "23514", db.run, "UPDATE quotakit.notification SET subject = E'x\\r\\nBcc: all@x.example' WHERE account_id = %s", number)
    db.run("UPDATE quotakit.notification SET body_text = body_text || %s || E'\\r\\n.\\r\\nRCPT TO:<all@x.example>\\n.\\n' WHERE account_id = %s",
           "y" * 200000 + "\x7f\x01", number)
    courier = Courier(cluster, server.url, tls, "--from-name", "Kvóta, \"Kit\"")
    check("it is delivered", wait_until(lambda: settled(db, number), 20), courier.said())
    equal("to those two", sorted(m.recipient for m in server.mails), ["boss@x.example", "ünï@straße.example"])
    for mail in server.mails:
        head = mail.raw.split(b"\r\n\r\n", 1)[0]
        names = [line.split(b":")[0].decode() for line in head.split(b"\r\n") if not line.startswith(b" ")]
        equal("its headers are the usual ones", names, ["Date", "From", "To", "Subject", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type"])
        check("no line is too long", max(len(line) for line in mail.raw.split(b"\r\n")) <= 998)
        check("no line break is bare", b"\n" not in mail.raw.replace(b"\r\n", b"") and b"\r" not in mail.raw.replace(b"\r\n", b""))
        check("its text arrives whole", "y" * 200000 + "\x7f\x01\n.\nRCPT TO:<all@x.example>\n." in mail.text, repr(mail.text[-80:]))
        check("its HTML has no markup of the model", "<img" not in mail.html and "&lt;img" in mail.html)
        check("its subject is the path's", mail.subject.startswith("lang" * 15), mail.subject)
    equal("a courier stays alive through it", courier.stop(), 0)
    server.stop()


def passwords(cluster, db, tls):
    """TLS is verified, the password is not given away, and a courier without either waits."""
    number, alert = account(db, "tls")
    other = certificates()
    server = MailServer(other, after=None)
    tell(db, alert)
    courier = Courier(cluster, server.url, tls)
    failed = "SELECT last_error FROM quotakit.delivery WHERE account_id = %s"
    check("a certificate of somebody else is not believed", wait_until(lambda: db.value(failed, number), 10))
    check("and that is said", "certificate" in db.value(failed, number), db.value(failed, number))
    courier.stop()
    pass_time(db, 60)
    courier = Courier(cluster, server.url, other, password="wrong")
    check("a wrong password waits for a better one", wait_until(lambda: "denied" in (db.value(failed, number) or "").lower(), 10), courier.said())
    courier.stop()
    server.stop()
    implicit = MailServer(tls, implicit=True)
    pass_time(db, 60)
    courier = Courier(cluster, implicit.url, tls)
    check("implicit TLS", wait_until(lambda: len(implicit.mails) == 1, 10), courier.said())
    check("the password is in no log", PASSWORD not in courier.said())
    courier.stop()
    implicit.stop()
    equal("nothing was delivered elsewhere", len(server.mails), 0)


def verifier():
    """The directory of the independent implementation, from npm, kept for the next time."""
    directory = os.path.join(ROOT, ".quotakit", "npm")
    if not os.path.isdir(os.path.join(directory, "node_modules", "standardwebhooks")):
        os.makedirs(directory, exist_ok=True)
        subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--prefix", directory, VERIFIER], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=300)
    return directory


def verify(cases):
    """What that implementation says to each (secret, headers, body)."""
    lines = "".join(json.dumps({"secret": s, "headers": h, "body": b}) + "\n" for s, h, b in cases)
    done_ = subprocess.run(["node", os.path.join(ROOT, "tests", "verify_webhook.mjs"), verifier()], input=lines, text=True,
                           stdout=subprocess.PIPE, check=True, timeout=60)
    return [json.loads(line) for line in done_.stdout.splitlines()]


def webhooks(cluster, db, _tls):
    """Signed as an independent implementation wants it; rotation; 410; no redirect; no private target."""
    number, alert = account(db, "hooks")
    world = HookServer()
    secret = db.value("SELECT quotakit.add_webhook('ops', %s)", world.url + "/ops")
    db.run("SELECT quotakit.add_webhook('chat', %s, slack => true)", world.url + "/slack")
    everyone = "SELECT quotakit.set_alert((SELECT policy_id FROM quotakit.alert_status WHERE account = 'hooks'), percent => 50, recipients => %s::text[])"
    db.run(everyone, ["ops", "chat"])
    tell(db, alert)
    shy = Courier(cluster)
    why = "SELECT last_error FROM quotakit.delivery WHERE account = 'hooks' AND recipient = 'ops'"
    check("a private target is refused", wait_until(lambda: db.value(why) == "the target is a private address", 10), db.value(why))
    shy.stop()
    equal("and was not asked", world.hooks, [])
    pass_time(db, 60)
    courier = Courier(cluster, None, None, "--allow-private-targets")
    check("allowed, it is delivered", wait_until(lambda: len(world.hooks) == 2, 10), courier.said())
    hook = next(h for h in world.hooks if h.path == "/ops")
    chat = json.loads(next(h for h in world.hooks if h.path == "/slack").body)
    check("Slack gets a text and blocks", chat["text"].startswith("Test: p has used") and [b["type"] for b in chat["blocks"]][:2] == ["header", "section"], chat)
    check("but no signature", "webhook-signature" not in next(h for h in world.hooks if h.path == "/slack").headers)
    body = hook.body.decode()
    check("the body has type, timestamp and data", {"type", "timestamp", "data"} == set(json.loads(body)) and json.loads(body)["data"]["path"] == "p", body)
    equal("the webhook-id is the notification's", hook.headers["webhook-id"], str(db.value("SELECT message_id FROM quotakit.delivery WHERE account = 'hooks' AND recipient = 'ops'")))
    new = db.value("SELECT quotakit.rotate_webhook_secret('ops')")
    tell(db, alert)
    check("after a rotation", wait_until(lambda: len([h for h in world.hooks if h.path == "/ops"]) == 2, 10))
    both = [h for h in world.hooks if h.path == "/ops"][1]
    db.run("UPDATE quotakit.recipient SET previous_until = now() WHERE name = 'ops'")
    tell(db, alert)
    wait_until(lambda: len([h for h in world.hooks if h.path == "/ops"]) == 3, 10)
    after = [h for h in world.hooks if h.path == "/ops"][2]
    late = {**hook.headers, "webhook-timestamp": str(int(hook.headers["webhook-timestamp"]) - 3600)}
    said = verify([(secret, hook.headers, body), (secret, hook.headers, body.replace("100", "999")), (secret, late, body),
                   (secret, {**hook.headers, "webhook-id": "another"}, body), (new, hook.headers, body),
                   (secret, both.headers, both.body.decode()), (new, both.headers, both.body.decode()),
                   (secret, after.headers, after.body.decode()), (new, after.headers, after.body.decode())])
    for name, wanted, answer in zip(("the signature verifies", "an altered body is caught", "a replay with an old time is caught",
                                     "another id is caught", "another secret is caught", "after a rotation the old secret verifies",
                                     "and the new one", "when the overlap is over the old one does not", "and the new one does"),
                                    (True, False, False, False, False, True, True, False, True), said):
        check(f"npm {VERIFIER}: {name}", ("ok" in answer) == wanted, answer)

    world.answer["/ops"] = (302, {"Location": world.url + "/elsewhere"})
    tell(db, alert)
    check("a redirect is a failure", wait_until(lambda: db.value(why + " ORDER BY notification_id DESC LIMIT 1") == "answered 302", 10))
    check("and is not followed", not [h for h in world.hooks if h.path == "/elsewhere"])
    world.answer["/ops"] = (410, {})
    pass_time(db, 60)
    check("410 switches an endpoint off", wait_until(lambda: db.value("SELECT disabled_reason FROM quotakit.recipient WHERE name = 'ops'") == "answered 410", 10))
    before = len(world.hooks)
    tell(db, alert)
    wait_until(lambda: settled(db, number), 10)
    equal("which then gets nothing", [h.path for h in world.hooks[before:]], ["/slack"])
    courier.stop()
    world.stop()
    for target in ("http://127.0.0.1:1/", "http://[::1]:1/", "http://localhost:1/", "http://169.254.169.254/", "http://10.0.0.1/", "http://[::ffff:10.0.0.1]/",
                   "http://0x7f000001/", "http://2130706433/", "http://[fe80::1]/", "http://[fd00::1]/", "http://100.64.0.1/", "http://[64:ff9b::a00:1]/", "http://0.0.0.0/"):
        db.run("SELECT quotakit.add_webhook(%s, %s)", target[:90], target)
    db.run(everyone, [row[0] for row in db.run("SELECT name FROM quotakit.recipient WHERE account_id = %s AND url ~ '^http://' AND name ~ '^http'", number)])
    tell(db, alert)
    shy = Courier(cluster, None, None, "--parallel", "16")
    one_try = "SELECT count(*) FROM quotakit.delivery WHERE account = 'hooks' AND recipient ~ '^http' AND last_error IS NOT NULL"
    wait_until(lambda: db.value(one_try) == 13, 20)
    shy.stop()
    equal("no way to a private target", set(db.run("SELECT last_error FROM quotakit.delivery WHERE account = 'hooks' AND recipient ~ '^http'")),
          {("the target is a private address",)})


STORIES = (killed_between, killed_anywhere, away, bad_addresses, strange_texts, passwords, webhooks)


def main():
    tls = certificates()
    with Cluster() as cluster:
        with database(cluster) as db:
            db.run("SELECT quotakit.make_roles()")
            db.run("CREATE ROLE courier LOGIN; GRANT quotakit_courier TO courier")
            for story in STORIES:
                started = time.monotonic()
                story(cluster, db, tls)
                note(f"{story.__name__}: {time.monotonic() - started:.1f} s")
    done()


if __name__ == "__main__":
    main()
