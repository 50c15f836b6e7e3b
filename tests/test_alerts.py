#!/usr/bin/env python3
"""Alerts: what is crossed is told, once a threshold and window, to whom it should be.

First with a real pg_cron, a courier and a mail server with TLS and a password: one cron tick.
Then the rules one by one, by check_alerts() itself.
"""
import re
import time

from harness import Cluster, check, connect, database, done, equal, note, raises, together, wait_until
from mail_world import Courier, MailServer, certificates
from pg_cluster import TEST_SETTINGS

BOSS = "boss@acme.example"


def settings():
    return {**TEST_SETTINGS, "shared_preload_libraries": "'pg_cron'", "cron.database_name": "'quota'",
            "cron.use_background_workers": "on", "max_worker_processes": "16"}


def spend(db, path, usd, model="gpt-4o"):
    outcome = db.value("SELECT outcome FROM quotakit.log(%s, model => %s, usd => %s)", path, model, usd)
    assert outcome == "recorded", outcome


def policy(db, path, limit, **more):
    words = {"amount": limit, "enforcement": "open", **more}
    return db.value("SELECT quotakit.set_policy(%s, " + ", ".join(f"{k} => %s" for k in words) + ")", path, *words.values())


def account(db, name, *paths):
    """A new account with paths of the service openai; chosen for this connection."""
    db.run("SELECT quotakit.create_account(%s, contact_email => %s)", name, BOSS)
    db.run(f"SET quotakit.account = '{name}'")
    for path in paths:
        db.run("SELECT quotakit.create_node(%s, 'openai')", path)
    return db.value("SELECT (quotakit.current_account()).account_id")


def crossed(db):
    return db.value("SELECT quotakit.check_alerts()")


def by_cron(cluster, db, tls):
    """Must show 1: four mails, once each, within a tick; more spend, none; next window, again."""
    account(db, "acme", "acme", "acme/search", "acme/chat")
    month = {"service": policy(db, "acme", 100, service="openai"),
             "model": policy(db, "acme", 50, service="openai", model="gpt-4o")}
    minute = {"service": policy(db, "acme/chat", 100, service="openai", period="minute"),
              "model": policy(db, "acme/chat", 50, service="openai", model="gpt-4o-mini", period="minute")}
    for number in [*month.values(), *minute.values()]:
        for percent in (80, 90):
            db.run("SELECT quotakit.set_alert(%s, percent => %s)", number, percent)
    server = MailServer(tls)
    courier = Courier(cluster, server.url, tls)
    # What is spent below must lie in one minute.
    if time.time() % 60 > 52:
        time.sleep(61 - time.time() % 60)
    jobs = db.run("SELECT job FROM quotakit.schedule_jobs()")
    check("the jobs are registered with pg_cron",
          {"check_alerts", "send_digests", "send_statements", "tidy_notifications"} <= {job for job, in jobs}
          and db.value("SELECT count(*) FROM cron.job WHERE command ~ 'check_alerts'") == 1, jobs)
    started = time.time()
    spend(db, "acme/search", 48)
    spend(db, "acme/search", 7, model="o3")
    spend(db, "acme/chat", 45, model="gpt-4o-mini")
    spend(db, "acme/chat", 46, model="o3")
    # The month's service cap is at 146, its model cap at 48; the minute's at 91 and 45.
    came = wait_until(lambda: len(server.mails) >= 8, 75)
    took = time.time() - started
    months = sorted(m.subject for m in server.mails if "monthly" in m.subject)
    check("two caps, two thresholds: four mails within one tick", came and len(months) == 4 and took < 75, f"{took:.1f} s\n{months}")
    equal("each of them once", len({m.message_id for m in server.mails}), 8)
    equal("a minute that was over when it was looked at is told too", len([m for m in server.mails if "per-minute" in m.subject]), 4)
    equal("to the account's contact", {m.recipient for m in server.mails}, {BOSS})
    check("over TLS only", server.sessions_without_tls == 0)
    status = db.dicts("SELECT job, status, last_done FROM quotakit.job_status WHERE job = 'check_alerts'")
    check("job_status says so", status and status[0]["status"] == "ok", status)

    # The next minute: the minute's caps again, the month's no more.
    if time.time() - started < 60:
        wait_until(lambda: int(time.time() // 60) > int(started // 60), 61)
    spend(db, "acme/search", 0.5)
    spend(db, "acme/chat", 48, model="gpt-4o-mini")
    spend(db, "acme/chat", 47, model="o3")
    crossed(db)
    again = wait_until(lambda: len(server.mails) >= 12, 15)
    time.sleep(2)
    later = [m.subject for m in server.mails[8:]]
    check("more spend in the window: none; in the next one: again",
          again and len(later) == 4 and all("per-minute" in s for s in later), later)
    gaps = sorted(m.at for m in server.mails)
    check("no more than one message a second to one recipient", all(b - a > 0.95 for a, b in zip(gaps, gaps[1:])), gaps)
    content(server.mails)
    equal("a courier that is asked to ends", courier.stop(), 0)
    equal("every mail is logged as sent", db.value("SELECT count(*) FROM quotakit.delivery_log WHERE outcome = 'sent'"), 12)
    db.run("SELECT quotakit.unschedule_jobs()")
    server.stop()


def content(mails):
    """The mail says what it should."""
    mail = next((m for m in mails if m.subject.startswith("acme, openai has used")), mails[0])
    for name, pattern in (("path", r"Path: +acme$"), ("policy", r"Policy: +\$100\.00 monthly, openai, open \(policy \d+\)"),
                          ("spend and percent", r"Used: +\$146\.00 \(146\.0 %\)"), ("limit", r"Limit: +\$100\.00"),
                          ("pace", r"Pace: +\$[0-9.,]+ per day"), ("projection", r"Limit reached: +yes"),
                          ("top spenders", r"Most of it below:\n  acme/chat  \$91\.00\n  acme/search  \$55\.00"),
                          ("link", r"https://quota\.example/projects\?path=acme$"), ("how to mute", r"quotakit\.mute_alert\(\d+, ")):
        check(f"the mail says: {name}", re.search(pattern, mail.text, re.M), mail.text)
        plain = re.sub(r"<[^>]+>", " ", mail.html)
        if name in ("pace", "top spenders"):
            check(f"so does its HTML: {name}", "per day" in plain and "acme/chat" in plain, plain)


def once(db):
    account(db, "limits", "p")
    number = policy(db, "p", 100)
    db.run("SELECT quotakit.set_alert(%s, percent => 80)", number)
    spend(db, "p", 79.999999999)
    equal("a nano below: nothing", crossed(db), 0)
    spend(db, "p", 0.000000001)
    equal("at the threshold: an alert", crossed(db), 1)
    equal("and no other", crossed(db), 0)
    db.run("SELECT quotakit.set_limit(%s, 200)", number)
    spend(db, "p", 79)
    equal("a raised limit, below its threshold: nothing", crossed(db), 0)
    spend(db, "p", 1)
    equal("above the new threshold: again", crossed(db), 1)
    db.run("SELECT quotakit.set_limit(%s, 150)", number)
    equal("a lowered limit: nothing", crossed(db), 0)
    db.run("SELECT quotakit.boost_policy(%s, 100, now() + interval '1 hour')", number)
    spend(db, "p", 40)
    equal("with a boost, at its threshold: again", crossed(db), 1)
    equal("the log has the three thresholds",
          [float(v) for v, in db.run("SELECT threshold FROM quotakit.alert_log WHERE account = 'limits' ORDER BY fired_id")], [80, 160, 200])
    old = db.value("SELECT alert_id FROM quotakit.alert_status WHERE account = 'limits'")
    db.run("SELECT quotakit.remove_alert(%s)", old)
    equal("removing it cancels what was not sent",
          db.value("SELECT array_agg(DISTINCT state) FROM quotakit.delivery WHERE account = 'limits'"), ["cancelled"])
    db.run("SELECT quotakit.set_alert(%s, percent => 80)", number)
    equal("set anew in the same window: nothing", crossed(db), 0)
    month = "SELECT quotakit._check_alerts((SELECT upper(quotakit.window_range('month', now())) + interval '1 hour'))"
    equal("nothing spent in the next window: nothing", db.value(month), 0)
    db.run("""INSERT INTO quotakit.counter (account_id, policy_id, window_start, seq, used)
              SELECT account_id, policy_id, upper(quotakit.window_range('month', now())), 1, 240000000000
              FROM quotakit.policy WHERE policy_id = %s""", number)
    equal("in the next window: again", db.value(month), 1)


def kinds(db):
    account(db, "kinds", "a", "b", "c", "r")
    capped = policy(db, "a", 100, enforcement="strict")
    db.run("SELECT quotakit.set_alert(%s, amount => 10.5)", capped)
    spend(db, "a", 10.5)
    equal("an amount", crossed(db), 1)
    for _ in range(3):
        equal("refused", db.value("SELECT outcome FROM quotakit.reserve('a', usd => 90)"), "refused")
    equal("the first refusal of a window makes an alert, set or not", crossed(db), 1)
    db.run("SELECT quotakit.reserve('a', usd => 90)")
    equal("the second none", crossed(db), 0)
    equal("it says so", db.value("SELECT subject FROM quotakit.delivery WHERE account = 'kinds' ORDER BY notification_id DESC LIMIT 1"),
          "a: calls are refused, $10.50 of the monthly limit of $100.00 used")
    # By the third of the hours to come half of the year's limit is used: it will be passed.
    yearly = policy(db, "b", 100, period="year")
    db.run("SELECT quotakit.set_alert(%s, forecast => true)", yearly)
    spend(db, "b", 50)
    start = "(SELECT lower(quotakit.window_range('year', now())))"
    equal("a forecast says nothing in the first tenth", db.value(f"SELECT quotakit._check_alerts({start} + interval '20 days')"), 0)
    equal("nor when the limit will do", db.value(f"SELECT quotakit._check_alerts({start} + interval '190 days')"), 0)
    equal("nor again when it will not", db.value(f"SELECT quotakit._check_alerts({start} + interval '100 days')"), 1)
    told = db.value("SELECT payload FROM quotakit.notification WHERE account_id = (quotakit.current_account()).account_id ORDER BY notification_id DESC LIMIT 1")
    check("it tells when", told["kind"] == "forecast" and told["projected_at"] is not None, told)
    rolling = policy(db, "r", 100, period="day", rolling=True)
    raises("a rolling window has no end to forecast", "22023", db.run, "SELECT quotakit.set_alert(%s, forecast => true)", rolling)
    db.run("SELECT quotakit.set_alert(%s, percent => 50)", rolling)
    spend(db, "r", 60)
    equal("a rolling window", crossed(db), 1)
    equal("is told once a day", crossed(db), 0)
    quiet = policy(db, "c", 100)
    alert = db.value("SELECT quotakit.set_alert(%s, percent => 50)", quiet)
    db.run("SELECT quotakit.mute_alert(%s, now() + interval '1 hour')", alert)
    spend(db, "c", 60)
    equal("a muted alert fires", crossed(db), 1)
    equal("and is logged only", db.row("SELECT state, sent + pending FROM quotakit.alert_log WHERE alert_id = %s AND account = 'kinds'", alert), ("muted", 0))
    equal("test_alert tells its recipients", db.value("SELECT quotakit.test_alert(%s)", alert), 1)
    check("and says that it is a test", db.value("SELECT subject ~ '^Test: ' FROM quotakit.delivery WHERE kind = 'test'"))
    raises("not ten times a second", "55000", db.run, "SELECT quotakit.test_alert(%s)", alert)
    for wrong in ("percent => 0", "percent => 1000.01", "percent => 1.001", "percent => 'NaN'", "amount => 0", "amount => -1"):
        raises(f"{wrong} is out of range", "QK008", db.run, f"SELECT quotakit.set_alert({quiet}, {wrong})")
    raises("two thresholds are too many", "22023", db.run, "SELECT quotakit.set_alert(%s, percent => 5, amount => 5)", quiet)
    raises("and none too few", "22023", db.run, "SELECT quotakit.set_alert(%s)", quiet)


def race(cluster, db):
    """Fifty at a time: each alert once."""
    account(db, "race", *[f"n{i}" for i in range(20)])
    for i in range(20):
        number = policy(db, f"n{i}", 100)
        for percent in (50, 80, 90):
            db.run("SELECT quotakit.set_alert(%s, percent => %s)", number, percent)
        spend(db, f"n{i}", 95)
    fired = together(cluster, 50, lambda _n, one: one.value("SELECT quotakit.check_alerts()"))
    equal("fifty runs at once: each of sixty alerts fires once", sum(fired), 60)
    equal("and makes one notification", db.value("SELECT count(*) FROM quotakit.delivery WHERE account = 'race'"), 60)
    note(f"{sum(1 for n in fired if n)} of the runs had something to do")

    # Again, with spend and limits that change while they run.
    def churn(number, one):
        one.run("SET quotakit.account = 'race'")
        for step in range(4):
            if number % 5 == 0:
                spend(one, f"n{(number + step) % 20}", 60)
                one.run("SELECT quotakit.set_limit((SELECT policy_id FROM quotakit.policy_status WHERE path::text = %s), %s)",
                        f"n{(number + step) % 20}", 100 + 60 * step)
            one.run("SELECT quotakit.check_alerts()")
    together(cluster, 50, churn)
    crossed(db)
    equal("with limits that change meanwhile: never twice at one threshold",
          db.value("""SELECT count(*) FROM (SELECT policy_id, window_start, kind, mark, threshold FROM quotakit.alert_fired
                      GROUP BY 1, 2, 3, 4, 5 HAVING count(*) > 1) twice"""), 0)
    equal("and nothing is left", crossed(db), 0)


def recipients(cluster, db):
    """Addresses confirm themselves; secrets stay secret."""
    account(db, "people", "p", "q")
    number = policy(db, "p", 100)
    db.run("SELECT quotakit.set_alert(%s, percent => 10, recipients => '{contact,Ann@x.example}')", number)
    spend(db, "p", 20)
    crossed(db)
    what = "SELECT array_agg(kind ORDER BY notification_id) FROM quotakit.delivery WHERE account = 'people' AND recipient = 'Ann@x.example'"
    equal("before it is confirmed, an address gets the confirmation only", db.value(what), ["confirmation"])
    equal("the others get theirs", db.value("SELECT count(*) FROM quotakit.delivery WHERE account = 'people' AND kind = 'alert'"), 1)
    token = re.search(r"qkc_\d+_[0-9a-f]+", db.value("SELECT body_text FROM quotakit.notification WHERE kind = 'confirmation' AND account_id = (quotakit.current_account()).account_id")).group(0)
    raises("a token that is wrong", "QK021", db.run, "SELECT quotakit.confirm_recipient(%s)", token[:-1] + ("0" if token[-1] != "0" else "1"))
    check("the token is kept as a hash", token not in str(db.run("SELECT * FROM quotakit.recipient")))
    equal("the token confirms", db.value("SELECT quotakit.confirm_recipient(%s)", token), "Ann@x.example")
    db.run("SELECT quotakit.set_limit(%s, 250)", number)
    spend(db, "p", 20)
    crossed(db)
    equal("then it gets alerts", db.value(what), ["confirmation", "alert"])
    for address in ("a b@x.y", "a@b@c", "a@x\r\nBcc: z@z", "a,b@x.y", "<a@x.y>", "@x.y", "a@", "a" * 65 + "@x.y", "a@" + "x" * 260, "a\u202e@x.y", "a\u2028b@x.y"):
        raises(f"not an address: {address[:20]!r}", "22023", db.run, "SELECT quotakit.add_recipient(%s)", address)
    for url in ("ftp://x.y/", "https://u:p@x.y/", "https://x.y/ z", "https://x.y/\r\nX: y", "javascript:1", "https://", "https://x.y/#f"):
        raises(f"not a URL: {url!r}", "22023", db.run, "SELECT quotakit.add_webhook('w', %s)", url)
    secret = db.value("SELECT quotakit.add_webhook('ops', 'https://hooks.example/secret-path')")
    check("a webhook has a secret", re.match(r"^whsec_[A-Za-z0-9+/]{43}=$", secret), secret)
    raises("its name is taken", "QK015", db.run, "SELECT quotakit.add_webhook('OPS', 'https://x.y/')")
    check("neither URL nor secret is in the audit log", db.value("SELECT count(*) FROM quotakit.audit_log WHERE (before, after)::text ~ 'secret-path|whsec'") == 0)
    check("but that it was added is", db.value("SELECT count(*) FROM quotakit.audit_log WHERE object = 'recipient' AND after ->> 'name' = 'ops'") == 1)
    raises("an unknown webhook", "42704", db.run, "SELECT quotakit.set_alert(%s, percent => 10, recipients => '{nobody}')", number)
    for i in range(19):
        db.run("SELECT quotakit.add_recipient(%s)", f"stranger{i}@x.example")
    db.run("SELECT quotakit.add_recipient('stranger19@x.example')")
    raises("strangers cannot be mailed without end", "54000", db.run, "SELECT quotakit.add_recipient('stranger20@x.example')")
    raises("nor one of them again and again", "55000", db.run, "SELECT quotakit.add_recipient('stranger0@x.example')")
    db.run("CREATE ROLE viewer LOGIN; GRANT quotakit_reader TO viewer; SELECT quotakit.grant_access('viewer', 'viewer')")
    with connect(cluster, "quota", user="viewer") as viewer:
        equal("a viewer sees own alerts", viewer.value("SELECT count(*) FROM quotakit.alert_log"), 2)
        check("with their recipients and what became of the messages",
              viewer.value("SELECT recipients FROM quotakit.alert_status") == ["Ann@x.example"]
              and viewer.value("SELECT count(*) FROM quotakit.delivery WHERE kind = 'alert'") == 3)
        for column, table in (("secret", "recipient"), ("url", "recipient"), ("token_hash", "recipient"), ("body_text", "notification")):
            raises(f"but not {table}.{column}", "42501", viewer.run, f"SELECT {column} FROM quotakit.{table}")
        raises("and sets none", "42501", viewer.run, "SELECT quotakit.set_alert(%s, percent => 20)", number)
    with connect(cluster, "quota", user="courier") as courier:
        raises("a courier reads no table", "42501", courier.run, "SELECT * FROM quotakit.notification")
        raises("and runs no other function", "42501", courier.run, "SELECT quotakit.check_alerts()")


def digests(db):
    account(db, "daily", "p", "q")
    # Its week does not begin tomorrow.
    db.run("SELECT quotakit.set_account(week_start => extract(isodow FROM now() + interval '4 days')::int)")
    for path in "pq":
        db.run("SELECT quotakit.set_alert(%s, percent => 50, delivery => 'daily')", policy(db, path, 100))
        db.run("SELECT quotakit.set_alert(%s, percent => 60, delivery => 'weekly')", policy(db, path, 100))
        spend(db, path, 70)
    db.run("UPDATE quotakit.account SET created_at = created_at - interval '70 days' WHERE name = 'daily'")
    crossed(db)
    mine = "FROM quotakit.delivery WHERE account = 'daily'"
    equal("alerts with a digest make no mail of their own", db.value(f"SELECT count(*) {mine}"), 0)
    db.run("SELECT quotakit.send_digests()")
    equal("nor is there a digest at once", db.value(f"SELECT count(*) {mine}"), 0)
    equal("the next morning there is one mail with both", db.value("SELECT quotakit._send_digests(now() + interval '1 day')"), 1)
    check("which names them", db.value("SELECT body_text ~ 'p has used 70.0 %' AND body_text ~ 'q has used 70.0 %' AND subject ~ '2 alerts of daily' "
                                       "FROM quotakit.notification WHERE kind = 'digest' ORDER BY notification_id LIMIT 1"))
    equal("and no other", db.value("SELECT quotakit._send_digests(now() + interval '1 day')"), 0)
    equal("within a week the other one", db.value("SELECT quotakit._send_digests(now() + interval '8 days')"), 1)
    made = "SELECT quotakit._send_statements((SELECT upper(quotakit.window_range('month', now())) + interval '7 hours'))"
    db.run(made)
    subject = db.value(f"SELECT subject {mine} AND kind = 'statement'")
    check("a statement of the month that is over", re.match(r"^Statement of daily, 1 \w+ \d{4} to \d+ \w+ \d{4}: \$140\.00$", subject or ""), subject)
    equal("is made once", db.value(made), 0)
    equal("none before it is over for six hours", db.value("SELECT count(*) FROM quotakit.statement WHERE month_end > now() + interval '40 days'"), 0)
    equal("nothing is tidied that is young", db.value("SELECT quotakit.tidy_notifications()"), 0)


def main():
    tls = certificates()
    with Cluster(settings=settings()) as cluster:
        with database(cluster) as db:
            db.run("CREATE EXTENSION pg_cron")
            db.run("SELECT quotakit.make_roles()")
            db.run("CREATE ROLE courier LOGIN; GRANT quotakit_courier TO courier")
            db.run("SELECT quotakit.set_dashboard_url('https://quota.example/')")
            by_cron(cluster, db, tls)
            once(db)
            kinds(db)
            race(cluster, db)
            recipients(cluster, db)
            digests(db)
    done()


if __name__ == "__main__":
    main()
