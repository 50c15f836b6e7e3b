"""The demo's company: its paths, its prices and its policies."""
import datetime

NAME = "acme"
ZONE = "Europe/Berlin"

# path, service (None: an umbrella, which takes no calls itself), notes
NODES = (
    ("acme", None, "The whole company."),
    ("acme/search", "openai", "Everything behind the search box."),
    ("acme/search/query-rewrite", "openai", "Turns what people type into what they mean."),
    ("acme/search/answers", "openai", "Answers with sources, above the results."),
    ("acme/support", "anthropic", "Drafts replies to customers."),
    ("acme/support/triage", "anthropic", "Sorts what comes in."),
    ("acme/reports", "openai", "Nightly summaries, through the batch interface."),
    ("acme/enrichment", "addresses", "Addresses looked up at a service that is paid in credits."),
)

# path, amount, unit, period, enforcement, service, model, rolling
POLICIES = (
    ("acme", 25_000, "usd", "month", "block", None, None, False),
    ("acme", 12_000_000, "requests", "quarter", "open", None, None, False),
    ("acme/search", 8_000, "usd", "month", "strict", "openai", None, False),
    ("acme/search", 5_000, "usd", "month", "strict", "openai", "gpt-4o", False),
    ("acme/search", 3_000, "usd", "month", "block", "openai", "gpt-4o-mini", False),
    ("acme/search", 90_000, "requests", "day", "shadow", None, None, False),
    ("acme/search/query-rewrite", 2_500, "usd", "month", "strict", "openai", None, False),
    ("acme/search/query-rewrite", 2_000, "usd", "month", "strict", "openai", "gpt-4o", False),
    ("acme/support", 800_000_000, "tokens", "month", "block", None, None, False),
    ("acme/support/triage", 9_000, "requests", "day", "strict", None, None, False),
    ("acme/reports", 75, "usd", "month", "open", None, None, False),
    ("acme/enrichment", 40_000, "credits", "month", "block", None, None, False),
)

# The one that the live replay runs into: a brake on what one hour may cost.
BRAKE = ("acme/search/query-rewrite", 3, "usd", "hour", "strict", "openai", "gpt-4o", True)

SET_POLICY = """SELECT quotakit.set_policy(path => %s, amount => %s, unit => %s, period => %s,
                       enforcement => %s, service => %s, model => %s, rolling => %s)"""


def billing_day(today):
    """A day of the month that puts today near the end of the billing month, so that the demo
    shows a month that is nearly over, on whatever day it runs."""
    return min((today - datetime.timedelta(days=25)).day, 28)


def make(db, today, prices):
    """Makes the account with its prices, paths and policies but the brake. db runs SQL with arguments."""
    db("SELECT quotakit.create_account(%s, time_zone => %s, billing_day => %s, usd_per_credit => 0.01,"
       " contact_name => 'Ada Example', contact_email => 'ada@example.com')",
       NAME, ZONE, billing_day(today))
    db("SELECT count(*) FROM quotakit.import_prices(%s::jsonb, valid_from => '-infinity')", prices)
    db("SELECT quotakit.create_service('addresses', 'Address look-up')")
    db("SELECT quotakit.set_price('addresses', '', 'requests', credits => 1, valid_from => '-infinity')")
    for path, service, notes in NODES:
        db("SELECT quotakit.create_node(%s, service => %s, notes => %s)", path, service, notes)
