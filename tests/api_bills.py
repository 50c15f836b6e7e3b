"""The dashboard's API on bills and refunds; test_api.py runs it."""
import datetime

from harness import equal


def bills(ann, mine):
    """The bill beside the ledger, booked; and a call that comes back."""
    today = str(datetime.datetime.now(datetime.timezone.utc).date())
    books = ann.get("reconciliation", since=today)[1]
    row = next(r for r in books["rows"] if r["model"] == "gpt-4o")
    equal("what is billed stands beside what is recorded", (row["billed_usd"], row["billed_by"], books["total"]["billed_usd"]),
          ("0.5", {"acme project": "0.5"}, "0.5"))
    equal("a model is one of the bill's", [r["model"] for r in ann.get("reconciliation", since=today, model="gpt-4o-2024-08-06")[1]["rows"]], ["gpt-4o"])
    status, answer = ann.post("bills/book", path=mine["path"], since=today, until=today, model="gpt-4o")
    equal("a dry run says what would be booked", (status, [(b["outcome"], b["usd"]) for b in answer["bookings"]]),
          (200, [("would be booked", row["difference_usd"])]))
    answer = ann.post("bills/book", path=mine["path"], since=today, until=today, model="gpt-4o", dry_run=False)[1]
    equal("then it is booked", [(b["outcome"], b["usd"]) for b in answer["bookings"]], [("booked", row["difference_usd"])])
    after = next(r for r in ann.get("reconciliation", since=today)[1]["rows"] if r["model"] == "gpt-4o")
    equal("and closed", (after["difference_usd"], after["booked_usd"], after["capture_rate"]), ("0", row["difference_usd"], row["capture_rate"]))
    status, answer = ann.post("refunds", event=mine["event"], amount="0.0015", reason="an outage", id="one")
    equal("a part of a call comes back", (status, answer.get("outcome"), answer.get("left_usd")), (200, "recorded", "0.0005"))
    equal("once", ann.post("refunds", event=mine["event"], amount="0.0015", reason="an outage", id="one")[1]["outcome"], "duplicate")
    for name, body, wanted in (("more than it cost", {"amount": "1"}, 422), ("no amount", {}, 400), ("what is no id", {"event": "x", "amount": "1"}, 400),
                               ("another amount under an id", {"amount": "0.0001", "id": "one"}, 409)):
        equal(f"{name} does not", ann.post("refunds", **{"event": mine["event"], "reason": "x", **body})[0], wanted)
    for name, bill in (("a word", "x"), ("no rows", []), ("no bill", {"a": 1}), ("no day", [{"amount": 1}])):
        equal(f"{name} is no bill", ann.post("bills", service="openai", bill=bill)[0], 400)
    equal("a bill of nobody", ann.post("bills", service="nobody", bill=[{"day": today, "amount": 1}])[0], 404)
    equal("a day that is none", ann.post("bills/book", path=mine["path"], since="x", until=today)[0], 400)
    equal("days of which there is no bill", ann.post("bills/book", path=mine["path"], since="2026-01-01", until="2026-01-01")[0], 404)
    equal("a range that is none", ann.get("reconciliation", since="2099-01-01")[0], 422)
