#!/usr/bin/env python3
"""The provider's bill beside the ledger: a leak is found, told and booked; races book once and refund once.

Must show 6 of closed books: one key is used beside QuotaKit for a day.
"""
import datetime
import json
import random

from harness import Cluster, check, connect, database, done, equal, seed, together

UTC = datetime.timezone.utc
DAY = datetime.timedelta(days=1)
TODAY = datetime.datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
YESTERDAY = TODAY - DAY


def account(db, name, zone="UTC", *paths):
    db.run("SELECT quotakit.create_account(%s, %s, contact_email => 'boss@acme.example')", name, zone)
    db.run(f"SET quotakit.account = '{name}'")
    for path in paths:
        db.run("SELECT quotakit.create_node(%s, 'openai')", path)


def spend(db, path, model, usd, at, **more):
    words = {"model": model, "usd": usd, **more}
    outcome = db.value(f"SELECT outcome FROM quotakit.log(%s, {', '.join(f'{k} => %s' for k in words)}, id => quotakit.uuid7(%s))",
                       path, *words.values(), at)
    assert outcome == "recorded", outcome


def bucket(day, *lines):
    """A day of OpenAI's costs API: lines of (line item, USD, project)."""
    return {"object": "bucket", "start_time": int(day.timestamp()), "end_time": int((day + DAY).timestamp()),
            "results": [{"object": "organization.costs.result", "amount": {"value": usd, "currency": "usd"},
                         "line_item": item, "project_id": project} for item, usd, project in lines]}


def page(*buckets):
    return {"object": "page", "data": list(buckets), "has_more": False, "next_page": None}


def imported(db, *buckets, service="openai"):
    return db.dicts("SELECT * FROM quotakit.import_bill(%s, %s)", service, json.dumps(page(*buckets)))


def leak(db):
    """Must show 6."""
    account(db, "acme", "America/New_York", "acme", "acme/search", "acme/unknown")
    db.run("SELECT quotakit.set_policy('acme', 100, 'usd', 'day', enforcement => 'block')")
    daily = db.value("SELECT quotakit.set_policy('acme', 100, 'usd', 'lifetime')")
    db.run("SELECT quotakit.set_capture_alert(95)")
    days = [YESTERDAY - DAY, YESTERDAY]
    for day in days:
        for hour in range(24):
            spend(db, "acme/search", "gpt-4o", "0.5", day + hour * DAY / 24)
            spend(db, "acme/search", "gpt-4o-mini", "0.125", day + hour * DAY / 24)
    # Beside QuotaKit, on one of the days: $7.35 of gpt-4o.
    bill = [bucket(days[0], ("gpt-4o-2024-08-06, input", 8, "proj_app"), ("gpt-4o-2024-08-06, output", 4, "proj_app"),
                   ("gpt-4o-mini-2024-07-18, input", 3, "proj_app")),
            bucket(days[1], ("gpt-4o-2024-08-06, input", 8, "proj_app"), ("gpt-4o-2024-08-06, output", 4, "proj_app"),
                   ("gpt-4o-2024-08-06, output", 7.35, "proj_script"), ("gpt-4o-mini-2024-07-18, input", 3, "proj_app"))]
    equal("both days are taken over", [r["action"] for r in imported(db, *bill)], ["new", "new"])
    found = db.run("SELECT day::text, model, difference_usd::text, capture_rate::text, billed_by FROM quotakit.reconciliation"
                   " WHERE difference_usd <> 0")
    equal("the reconciliation names day, model and amount, and the project that spent it", found,
          [(str(days[1].date()), "gpt-4o", "7.35", "62.01", {"proj_app": "12", "proj_script": "7.35"})])
    told(db, days[1])

    used = db.value("SELECT used FROM quotakit.policy_status WHERE policy_id = %s", daily)
    booked = db.run("SELECT day::text, booked_model, outcome, usd::text FROM quotakit.book_difference('acme/unknown', %s, %s)",
                    days[0].date(), days[1].date())
    equal("booked on a path of choice", booked, [(str(days[1].date()), "gpt-4o", "booked", "7.35")])
    equal("the policy counts it", str(db.value("SELECT used FROM quotakit.policy_status WHERE policy_id = %s", daily) - used), "7.35")
    equal("and the difference is closed", db.run("SELECT * FROM quotakit.reconciliation WHERE difference_usd <> 0"), [])
    equal("the event says what it is", db.run("SELECT path::text, reconciled, adjustment, requests FROM quotakit.ledger WHERE reconciled"),
          [("acme/unknown", True, True, 0)])

    def state():
        return db.run("SELECT (SELECT jsonb_agg(b ORDER BY b) FROM quotakit.bill_bucket b)::text,"
                      " (SELECT jsonb_agg(l ORDER BY l) FROM quotakit.bill_line l)::text,"
                      " (SELECT count(*) FROM quotakit.event), (SELECT count(*) FROM quotakit.notification), (SELECT count(*) FROM quotakit.audit_log)")
    before = state()
    equal("imported twice", [r["action"] for r in imported(db, *bill)], ["same", "same"])
    equal("booked twice", db.run("SELECT * FROM quotakit.book_difference('acme/unknown', %s, %s)", days[0].date(), days[1].date()), [])
    equal("nothing changes", state(), before)
    equal("verify() finds nothing", db.run("SELECT * FROM quotakit.verify()"), [])


def told(db, day):
    """The alert of that import: one message, to the contact."""
    mails = db.run("SELECT n.subject, n.body_text, n.body_html, n.payload FROM quotakit.notification n")
    equal("the day that is below the share is told, once", len(mails), 1)
    subject, text, html, facts = mails[0]
    equal("its subject", subject, f"openai billed $22.35 for {day.day} {day:%B}, 67.11 % of it is recorded")
    check("the mail has the numbers", all(w in text for w in ("$22.35", "$15.00 (67.11 %)", "below 95 %", "gpt-4o  $7.35")), text)
    check("the HTML has them, too", all(w in html for w in ("$22.35", "67.11 %", "$7.35")) and "<script" not in html, html)
    equal("so have the facts", {k: facts[k] for k in ("kind", "day", "service", "billed", "recorded", "missing", "capture_rate", "below", "top")},
          {"kind": "capture", "day": str(day.date()), "service": "openai", "billed": "22.35", "recorded": "15", "missing": "7.35",
           "capture_rate": "67.11", "below": "95", "top": [{"model": "gpt-4o", "amount": "7.35"}]})


def alerts(db):
    """To a webhook and to Slack; a service of its own; not above; not again; not after it was taken away."""
    account(db, "alerts", "UTC", "a")
    db.run("SELECT quotakit.add_webhook('hook', 'https://hook.example/x')")
    db.run("SELECT quotakit.add_webhook('chat', 'https://slack.example/x', slack => true)")
    db.run("SELECT quotakit.set_capture_alert(99.5, recipients => '{hook,chat}')")
    db.run("SELECT quotakit.set_capture_alert(50, 'openai', '{hook}')")
    spend(db, "a", "<b>", "5", YESTERDAY)

    def sent():
        return db.run("SELECT r.name, n.body_text FROM quotakit.notification n JOIN quotakit.recipient r USING (account_id, recipient_id)"
                      " WHERE n.account_id = (quotakit.current_account()).account_id ORDER BY n.notification_id")
    imported(db, bucket(YESTERDAY, ("<b>", 10, "p")))
    equal("a service's own share counts: half is not below half", sent(), [])
    imported(db, bucket(YESTERDAY, ("<b>", 10.000000001, "p")))
    body = json.loads(sent()[0][1])
    equal("a webhook gets it", (sent()[0][0], body["type"], body["data"]["kind"], body["data"]["capture_rate"]),
          ("hook", "quotakit.alert", "capture", "49.99"))
    imported(db, bucket(YESTERDAY, ("<b>", 100, "p")))
    equal("a day is told once", len(sent()), 1)
    imported(db, bucket(YESTERDAY - DAY, ("m", 1, "p")), service="mistral")
    equal("another service has the share for all", [name for name, _ in sent()[1:]], ["hook", "chat"])
    check("Slack gets its form", "blocks" in json.loads(sent()[2][1]), sent()[2][1])
    db.run("SELECT quotakit.set_capture_alert(NULL, 'openai'), quotakit.set_capture_alert(NULL)")
    imported(db, bucket(YESTERDAY - 2 * DAY, ("<b>", 100, "p")))
    equal("taken away, it tells nothing", len(sent()), 3)


def races(cluster, db):
    account(db, "race", "UTC", "r", "r/other")
    spend(db, "r", "m", "1", YESTERDAY)
    imported(db, bucket(YESTERDAY, ("m", 3, "p"), ("n", 0.5, "p")))

    def book(number, connection):
        connection.run("SET quotakit.account = 'race'")
        return connection.run("SELECT usd::text FROM quotakit.book_difference(%s, %s)", ("r", "r/other")[number % 2], YESTERDAY.date())
    said = together(cluster, 6, book)
    equal("six at once book each difference once", sorted(usd for rows in said for usd, in rows), ["0.5", "2"])

    event = db.value("SELECT event_id FROM quotakit.ledger WHERE account = 'race' AND NOT adjustment")

    def refund(number, connection):
        connection.run("SET quotakit.account = 'race'")
        try:
            return connection.value("SELECT outcome FROM quotakit.refund(%s, 0.3, reason => 'x', id => %s)", event, f"id {number // 2}")
        except Exception as error:
            return error.pgcode
    said = together(cluster, 8, refund)
    equal("of eight refunds of 0.3 under four ids three come back once each, and no more than it cost",
          (said.count("recorded"), said.count("QK008") > 0, sorted(set(said))), (3, True, ["QK008", "duplicate", "recorded"]))
    equal("the ledger says so", db.value("SELECT sum(cost_usd)::text FROM quotakit.ledger WHERE event_id = %s OR ref_id = %s", event, event), "0.1")

    def bring(number, connection):
        connection.run("SET quotakit.account = 'race'")
        return [r["action"] for r in imported(connection, bucket(YESTERDAY - DAY, ("m", 1, "p")), bucket(YESTERDAY - 2 * DAY, ("m", 1, "p")))]
    said = together(cluster, 6, bring)
    equal("six imports at once: one is new", sorted(a for actions in said for a in actions), ["new"] * 2 + ["same"] * 10)
    equal("verify() finds nothing", db.run("SELECT * FROM quotakit.verify('race')"), [])


def zones(db):
    """What was recorded is summed by the day in UTC, in whatever zone the hours are, folded or not."""
    number = seed()
    dice = random.Random(number)
    for zone in ("UTC", "America/St_Johns", "Asia/Kathmandu", "Pacific/Auckland", "Australia/Lord_Howe", "Asia/Kolkata"):
        name = "zone " + zone
        account(db, name, zone, "z")
        edges = [YESTERDAY - 2 * DAY, YESTERDAY - DAY, YESTERDAY, TODAY]
        for i in range(40):
            at = dice.choice(edges) + datetime.timedelta(milliseconds=round(dice.gauss(0, 3_600_000)))
            if at < TODAY - datetime.timedelta(seconds=1):
                spend(db, "z", dice.choice(("m", "n-2025-01-02")), f"{dice.randrange(1, 10**9)}e-9", at, input_tokens=dice.randrange(1000))
            if i == 20:
                db.run("SELECT quotakit.fold_rollups()")
        days = [YESTERDAY - i * DAY for i in range(3)]
        imported(db, *(bucket(day, ("m", 1, "p"), ("n", 1, "p")) for day in days))
        got = db.run("SELECT day, model, recorded_usd, recorded_tokens FROM quotakit.reconciliation WHERE account = %s ORDER BY 1, 2", name)
        wanted = db.run("SELECT (at AT TIME ZONE 'UTC')::date, quotakit._bill_model(model), sum(cost_usd), sum(tokens) FROM quotakit.ledger"
                        " WHERE account = %s AND at >= %s AND at < %s GROUP BY 1, 2 ORDER BY 1, 2", name, days[-1], TODAY)
        some = {(day, model) for day, model, *_ in wanted}
        check(f"{zone}: every day has what its events are", [r for r in got if r[:2] in some] == wanted and len(wanted) > 2
              and all(r[2] == 0 for r in got if r[:2] not in some), f"seed {number}\n{got}\n{wanted}")
        db.run("SELECT * FROM quotakit.book_difference('z', %s, %s)", days[-1].date(), days[0].date())
        equal(f"{zone}: booked, every difference is closed", db.run(
            "SELECT * FROM quotakit.reconciliation WHERE account = %s AND difference_usd <> 0", name), [])
        equal(f"{zone}: verify() finds nothing", db.run("SELECT * FROM quotakit.verify(%s)", name), [])


def today(db):
    """A day that is not over: a leak counts at once, a bill that is late changes nothing."""
    account(db, "today", "UTC", "t")
    policy = db.value("SELECT quotakit.set_policy('t', 100, 'usd', 'lifetime')")
    spend(db, "t", "m", "2", datetime.datetime.now(UTC))
    imported(db, bucket(TODAY, ("m", 1, "p"), ("n", 4, "p")))
    equal("what is missing is booked, what is late is left",
          db.run("SELECT booked_model, outcome, usd::text, note FROM quotakit.book_difference('t', %s)", TODAY.date()),
          [("m", "left", "-1", "more is recorded than billed so far, and the day is not over"), ("n", "booked", "4", None)])
    equal("and counted", str(db.value("SELECT used FROM quotakit.policy_status WHERE policy_id = %s", policy)), "6")


def sealed(db):
    """What retention has sealed keeps its cost."""
    account(db, "sealed", "UTC", "s")
    imported(db, bucket(YESTERDAY, ("m", 1, "p")))
    db.run("UPDATE quotakit.account SET sealed_until = %s WHERE name = 'sealed'", TODAY)
    equal("a sealed day is left", db.run("SELECT outcome, note FROM quotakit.book_difference('s', %s)", YESTERDAY.date()),
          [("left", "what is so old is sealed")])


def main():
    with Cluster() as cluster:
        database(cluster)
        with connect(cluster, "quota") as db:
            leak(db)
            alerts(db)
            races(cluster, db)
            zones(db)
            today(db)
            sealed(db)
    done()


main()
