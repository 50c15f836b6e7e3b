#!/usr/bin/env python3
"""A batch costs time in proportion to its calls, of whatever kind: eight times as many take at most
sixteen times as long and half a second. Nobody knows of the new rows: there are no statistics."""
import hashlib
import json
import random
import time
import uuid

from harness import Cluster, check, connect, database, done, note, psycopg2, seed
from pg_cluster import TEST_SETTINGS

CALLS = 500
TIMES = 8
SLACK = 0.5
SECRET = hashlib.sha256(b"key").digest()
dice = random.Random(seed())


def uuid7(millis=None):
    millis = time.time_ns() // 1000000 if millis is None else millis
    return str(uuid.UUID(int=millis << 80 | 7 << 76 | dice.getrandbits(12) << 64 | 2 << 62 | dice.getrandbits(62)))


def reserve(path, **more):
    return {"op": "reserve", "id": uuid7(), "path": path, "usd": "0.01", **more}


def log(path, at=None, **more):
    return {"op": "log", "id": uuid7(at), "path": path, "usd": "0.01", **more}


class World:
    def __init__(self, db):
        self.db, self.made = db, 0

    def account(self, unknown="reject"):
        self.made += 1
        name = f"growth{self.made}"
        number = self.db.value("SELECT quotakit.create_account(%s, on_unknown_path => %s)", name, unknown)
        self.db.run("SELECT set_config('quotakit.account', %s, false)", name)
        self.keys([number])
        return number

    def keys(self, accounts):
        self.db.run("INSERT INTO quotakit.api_key (account_id, name, key_hash, created_by) SELECT unnest(%s), 'k', sha256(%s), 'test'",
                    accounts, psycopg2.Binary(SECRET))

    def path(self, *policies):
        account = self.account()
        self.db.run("SELECT quotakit.create_node('r/x', 'openai')")
        for policy in policies:
            self.db.run(f"SELECT quotakit.set_policy('r', {policy})")
        return account

    def paths(self, n, policies=0, limit=10**15, top="r/"):
        account = self.account()
        self.db.run("SELECT quotakit.create_node('r', 'openai')")
        self.db.run("INSERT INTO quotakit.node (account_id, path, service)"
                    " SELECT %s, (%s || i)::quotakit.qpath, 'openai' FROM generate_series(1, %s) i", account, top, n)
        self.db.run("INSERT INTO quotakit.policy (account_id, node_id, slot, unit, period, limit_amount, enforcement)"
                    " SELECT account_id, node_id, s, (ARRAY['usd', 'requests', 'tokens'])[s], 'month', %s, 'strict'"
                    " FROM quotakit.node, generate_series(1, %s) s WHERE account_id = %s", limit, policies, account)
        return account


def batch(db, accounts, calls):
    """Sends one batch as the gateway does; seconds, and the outcomes."""
    accounts = accounts if isinstance(accounts, list) else [accounts] * len(calls)
    payloads = [psycopg2.Binary(json.dumps(call).encode()) for call in calls]
    started = time.monotonic()
    rows = db.run("SELECT outcome FROM quotakit.batch(%s::int4[], %s::bytea[], %s::bytea[])",
                  accounts, [psycopg2.Binary(SECRET)] * len(calls), payloads)
    return time.monotonic() - started, {row[0] for row in rows}


# Each kind: the account (or one a call) and n calls.

def new_paths(w, n):
    return w.account("create"), [log(f"r/u{i}", service="openai") for i in range(n)]


def one_new_path(w, n):
    return w.account("create"), [log("r/u", service="openai") for _ in range(n)]


def new_projects(w, n):
    return w.account("create"), [log(f"u{i % (n // 4)}", service="openai") for i in range(n)]


def new_of_no_service(w, n):
    return w.account("create"), [log(f"r/u{i}", service="none") for i in range(n)]


def new_below_archived(w, n):
    account = w.account("create")
    w.db.run("SELECT quotakit.create_node('r'), quotakit.archive_node('r')")
    return account, [log(f"r/u{i}", service="openai") for i in range(n)]


def unknown_paths(w, n):
    return w.account(), [log(f"r/u{i}") for i in range(n)]


def malformed(w, n):
    return w.account(), [log("r", usd="much") for i in range(n)]


def without_key(w, n):
    return w.account() + 1000000, [log("r") for i in range(n)]


def known_paths(w, n):
    return w.paths(n), [reserve(f"r/{i + 1}") for i in range(n)]


def known_paths_with_policies(w, n):
    return w.paths(n, policies=3), [reserve(f"r/{i + 1}", usage={"input_tokens": 1}) for i in range(n)]


def full_policies(w, n):
    return w.paths(n, policies=1, limit=0), [reserve(f"r/{i + 1}") for i in range(n)]


def frozen_paths(w, n):
    account = w.paths(n)
    w.db.run("SELECT quotakit.freeze('r', 'test')")
    return account, [reserve(f"r/{i + 1}") for i in range(n)]


def projects(w, n):
    return w.paths(n // 4, top="u"), [reserve(f"u{i % (n // 4) + 1}") for i in range(n)]


def accounts(w, n):
    w.made += 1
    numbers = [row[0] for row in w.db.run(
        "INSERT INTO quotakit.account (account_id, name) SELECT nextval('quotakit.account_id_seq'), %s || '_' || i"
        " FROM generate_series(1, %s) i RETURNING account_id", f"many{w.made}", n // 10)]
    w.keys(numbers)
    w.db.run("INSERT INTO quotakit.node (account_id, path, service) SELECT unnest(%s), 'r', 'openai'", numbers)
    return [numbers[i % len(numbers)] for i in range(n)], [reserve("r") for _ in range(n)]


def ids(w, n):
    return w.path("1000000, enforcement => 'strict'"), [reserve("r/x") for _ in range(n)]


def one_id(w, n):
    return w.path(), [log("r/x")] * n


def settlements(w, n):
    calls = []
    for _ in range(n // 2):
        first = reserve("r/x")
        calls += [first, {"op": "settle", "id": first["id"], "usd": "0.01"}]
    return w.path("1000000, enforcement => 'strict'"), calls


def draws(w, n):
    lease = reserve("r/x", usd="1000", lease=True)
    return w.path("1000000, enforcement => 'strict'"), [lease] + [
        {"op": "draw", "reservation": lease["id"], "id": uuid7(), "usd": "0.001"} for _ in range(n - 1)]


def extensions(w, n):
    first = reserve("r/x")
    return w.path("1000000, enforcement => 'strict'"), [first] + [
        {"op": "extend", "id": first["id"], "ttl": 300 + i} for i in range(n - 1)]


def unknown_reservations(w, n):
    return w.path(), [{"op": "release", "id": uuid7()} for _ in range(n)]


def ends_of_holds(w, n):
    return w.path("1000000, enforcement => 'strict'"), [reserve("r/x", ttl=1 + i * 86399 // n) for i in range(n)]


def refusals(w, n):
    return w.path("0, enforcement => 'strict'"), [reserve("r/x") for _ in range(n)]


def shadows(w, n):
    return w.path("0, enforcement => 'shadow'"), [reserve("r/x") for _ in range(n)]


def windows(w, n):
    now = time.time_ns() // 1000000
    return w.path("1000000, period => 'minute'"), [log("r/x", at=now - i * 60000) for i in range(n)]


def buckets(w, n):
    now = time.time_ns() // 1000000
    return w.path("1000000, rolling => true"), [log("r/x", at=now - i * 600000) for i in range(n)]


def models(w, n):
    return w.path(), [log("r/x", model=f"m{i}") for i in range(n)]


KINDS = {
    new_paths: "recorded", one_new_path: "recorded", new_projects: "recorded", new_of_no_service: "rejected",
    new_below_archived: "rejected", unknown_paths: "rejected", malformed: "rejected", without_key: "unauthorized",
    known_paths: "granted", known_paths_with_policies: "granted", full_policies: "refused", frozen_paths: "refused",
    projects: "granted", accounts: "granted", ids: "granted", one_id: "recorded", settlements: "granted recorded",
    draws: "granted recorded", extensions: "granted extended", unknown_reservations: "rejected",
    ends_of_holds: "granted", refusals: "refused", shadows: "granted", windows: "recorded", buckets: "recorded",
    models: "recorded"}


def measure(cluster, world, kind, n):
    with connect(cluster, "quota") as db:
        return batch(db, *kind(world, n))


def in_proportion(cluster, world, kind, outcomes):
    name = kind.__name__.replace("_", " ")
    for _ in range(2):      # once more, should the machine have been busy
        few, _ = measure(cluster, world, kind, CALLS)
        many, got = measure(cluster, world, kind, TIMES * CALLS)
        if many <= 2 * TIMES * few + SLACK:
            break
    note(f"{name}: {CALLS} in {few:.3f} s, {TIMES * CALLS} in {many:.3f} s")
    check(f"{name}: time grows as their number", many <= 2 * TIMES * few + SLACK and got == set(outcomes.split()),
          f"{few:.3f} s, {many:.3f} s, {got}")


def plans_that_were_kept(cluster):
    """A connection whose plans are of the time when the tables were small, and one that comes when they are not."""
    with database(cluster, "grown") as db:
        world = World(db)
        small = world.account("create")
        db.run("SELECT quotakit.create_node('small', 'openai'); ANALYZE")
        with connect(cluster, "grown") as old:
            for i in range(8):
                batch(old, small, [log(f"small/{i}/{j}", service="openai") for j in range(3)])
            accounts = [world.paths(20000) for _ in range(2)]
            kept, got = batch(old, accounts[0], [reserve(f"r/{i + 1}") for i in range(CALLS)])
            born, _ = batch(old, small, [log(f"small/new/{i}", service="openai") for i in range(CALLS)])
        with connect(cluster, "grown") as new:
            fresh, _ = batch(new, accounts[1], [reserve(f"r/{i + 1}") for i in range(CALLS)])
            born_fresh, _ = batch(new, small, [log(f"small/newer/{i}", service="openai") for i in range(CALLS)])
    check("known paths: a plan that was made when there were few is as good as a new one",
          kept <= 4 * fresh + SLACK and got == {"granted"}, f"{kept:.3f} s, {fresh:.3f} s")
    check("new paths too", born <= 4 * born_fresh + SLACK, f"{born:.3f} s, {born_fresh:.3f} s")
    note(f"kept plans: {kept:.3f} s and {born:.3f} s; new ones: {fresh:.3f} s and {born_fresh:.3f} s")


def main():
    with Cluster(settings={**TEST_SETTINGS, "autovacuum": "off"}) as cluster:
        with database(cluster) as db:
            world = World(db)
            for kind, outcomes in KINDS.items():
                in_proportion(cluster, world, kind, outcomes)
        plans_that_were_kept(cluster)
    done()


if __name__ == "__main__":
    main()
