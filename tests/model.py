"""What QuotaKit should do, in the simplest Python: for test_model.py to compare with.

Written from the design and doc/calls.md, not from the C. Times are microseconds since the
Unix epoch, money is in nano. Nothing here is fast, cached by batch or clever about locks.
"""
import collections
from fractions import Fraction

from model_time import DAY, FOREVER, HOUR, MINUTE, SECOND, SLACK, bucket, clock_start, id_time, kept, older_end, place, since, window

NANO = 10**9
UNITS = ("usd", "credits", "requests", "tokens")
TOKENS = ("input_tokens", "cached_input_tokens", "cache_write_tokens", "output_tokens", "reasoning_tokens")
# Named meters that are parts of a class; and whose price a class has without one of its own.
PART_OF = {"audio_input_tokens": "input_tokens", "cache_write_1h_tokens": "cache_write_tokens", "audio_output_tokens": "output_tokens",
           "made_up_tokens": "input_tokens"}
FALLS_TO = {"cached_input_tokens": "input_tokens", "cache_write_tokens": "input_tokens", "reasoning_tokens": "output_tokens"}


def counted(usage):
    """The tokens of a call by class, named meters among them; a part of a token counts as one."""
    return {c: usage.get(c, 0) + sum(-(-Fraction(usage.get(m, 0)) // 1) for m, part_of in PART_OF.items() if part_of == c) for c in TOKENS}


# -- prices

Price = collections.namedtuple("Price", "service model meter tier above valid_from usd credits")


def cost(prices, service, model, tier, at, usage):
    """Nano-USD, nano-credits, whether something had no price, and whether something had that of its class."""
    known = [p for p in prices if p.service == service and p.model in (model, "") and p.valid_from <= at]
    context = sum(counted(usage)[m] for m in TOKENS[:3])

    def choose(meter):
        fit = [p for p in known if p.meter == meter and p.tier in (tier, "standard") and (not p.above or context > p.above)]
        return max(fit, key=lambda p: (p.model != "", p.tier == tier, p.above, p.valid_from), default=None)

    sums, unpriced, fallback = [Fraction(0), Fraction(0)], not known, False
    for meter, quantity in usage.items():
        if not quantity:
            continue
        price = choose(meter)
        wider = meter
        while price is None and wider in (PART_OF | FALLS_TO):
            wider = (PART_OF | FALLS_TO)[wider]
            price = choose(wider)
        fallback |= meter in PART_OF and price is not None and wider != meter
        if price is None:
            unpriced |= meter != "requests"
            continue
        sums[0] += Fraction(price.usd or 0) * Fraction(quantity)
        sums[1] += Fraction(price.credits or 0) * Fraction(quantity)
    # Half up.
    return tuple(int((s * NANO + Fraction(1, 2)) // 1) for s in sums) + (unpriced, fallback)


# -- what there is

class Node:
    def __init__(self, path, service):
        self.path, self.service = path, service
        self.archived, self.frozen = False, False


class Policy:
    def __init__(self, number, path, unit, period, rolling, service, model, limit, enforcement, created):
        self.number, self.path, self.unit, self.period, self.rolling = number, path, unit, period, rolling
        self.service, self.model, self.limit, self.enforcement = service, model, limit, enforcement
        self.created = created
        self.boost, self.boost_until = 0, 0
        self.used = collections.Counter()       # by window, or by bucket for a rolling one
        self.holds = collections.defaultdict(collections.Counter)   # by window: by end
        self.decided = {}       # by window: the time of the last change, which never goes back

    def counts(self, node, model):
        return ((node.path == self.path or node.path.startswith(self.path + "/")) and
                self.service in (None, node.service) and self.model in (None, model))


class Reservation:
    def __init__(self, identity, node, content, amounts, model, lease, expires):
        self.id, self.at, self.node, self.content = identity, id_time(identity), node, content
        self.amounts, self.model, self.lease, self.expires = dict(amounts), model, lease, expires
        self.open = True


class Event:
    def __init__(self, node, content, amounts, flags, model, usage, at, ok):
        self.node, self.content, self.amounts, self.flags, self.model = node, content, dict(amounts), flags, model
        self.usage, self.at, self.ok = usage, at, ok


class Account:
    """One account, what is in it, and what it answers."""

    def __init__(self, name, number, zone, billing_day, week_start, creates=False):
        self.name, self.number, self.zone = name, number, zone
        self.billing_day, self.week_start, self.creates = billing_day, week_start, creates
        self.prices, self.nodes, self.policies = [], {}, {}
        self.reservations, self.events, self.rejected = {}, {}, set()
        self.refusals = collections.Counter()

    # -- counting

    def place(self, policy, at):
        return -FOREVER if policy.rolling else self.window(policy.period, at)[0]

    def window(self, period, at):
        return window(period, at, self.zone, self.billing_day, self.week_start)

    def touched(self, node, model):
        return [p for p in self.policies.values() if p.counts(node, model)]

    def time(self, policy, at, now):
        """A counter's own time: the clock's, but never before what it has seen."""
        return max(now, self.seen(policy, at))

    def seen(self, policy, at):
        return policy.decided.get(self.place(policy, at), policy.created)

    def decision_time(self, node, model, at, now):
        return max([now] + [self.time(p, at, now) for p in self.touched(node, model)])

    def used(self, policy, at, now):
        """What the window that ends now has used; of a calendar policy, the window that holds the id's time."""
        if policy.rolling:
            return sum(a for b, a in policy.used.items() if b >= since(policy.period, self.time(policy, at, now)))
        return policy.used[self.place(policy, at)]

    def judged(self, policy, at, now):
        """The same, and what was used since the window began that ended at the id's time."""
        if not policy.rolling:
            return self.used(policy, at, now)
        own = self.time(policy, at, now)
        begin = since(policy.period, min(at, own))
        return sum(a for b, a in policy.used.items() if b >= kept(policy.period, own) and (
            b >= since(policy.period, own) or begin < since(policy.period, own) and older_end(policy.period, b) > begin))

    def knows(self, policy, at, now):
        return not policy.rolling or at >= self.time(policy, at, now) - SLACK

    def held(self, policy, at, now):
        own = self.time(policy, at, now)
        return sum(a for until, a in policy.holds[self.place(policy, at)].items() if until > own)

    def limit(self, policy, at, now):
        return policy.limit + (policy.boost if self.time(policy, at, now) < policy.boost_until else 0)

    def changed(self, policy, at, now):
        policy.decided[self.place(policy, at)] = self.time(policy, at, now)

    def hold(self, r, now):
        for policy in self.touched(r.node, r.model):
            if r.amounts[policy.unit]:
                assert r.expires > self.time(policy, r.at, now)
                policy.holds[self.place(policy, r.at)][r.expires] += r.amounts[policy.unit]
                self.changed(policy, r.at, now)

    def free(self, r, now):
        """What each counter still holds of it: one that has seen it end has let go of it."""
        for policy in self.touched(r.node, r.model):
            ends = policy.holds[self.place(policy, r.at)]
            if not r.amounts[policy.unit] or r.expires <= self.seen(policy, r.at):
                continue
            if r.expires <= self.time(policy, r.at, now):
                self.changed(policy, r.at, now)     # gone for good, wherever the clock goes
            elif ends[r.expires]:
                ends[r.expires] = max(0, ends[r.expires] - r.amounts[policy.unit])
                self.changed(policy, r.at, now)

    def count(self, policy, event, now):
        amount = event.amounts[policy.unit]
        where = bucket(policy.period, event.at) if policy.rolling else self.place(policy, event.at)
        if not amount or policy.rolling and where < kept(policy.period, self.seen(policy, event.at)):
            return
        if not policy.rolling or where >= kept(policy.period, self.time(policy, event.at, now)):
            policy.used[where] += amount
        self.changed(policy, event.at, now)

    def live(self, reservation, now):
        now = self.decision_time(reservation.node, reservation.model, reservation.at, now)
        return reservation.open and reservation.id not in self.events and now < reservation.expires

    def add_policy(self, policy, now):
        """A new one counts the whole of its current windows (R11)."""
        self.policies[policy.number] = policy
        for event in self.events.values():
            if policy.counts(event.node, event.model) and (
                    policy.rolling or self.window(policy.period, event.at)[1] > now):
                self.count(policy, event, now)
        for r in self.reservations.values():
            if r.open and r.id not in self.events and r.expires > now and policy.counts(r.node, r.model) and (
                    policy.rolling or self.window(policy.period, r.at)[1] > now) and r.amounts[policy.unit]:
                policy.holds[self.place(policy, r.at)][r.expires] += r.amounts[policy.unit]
                self.changed(policy, r.at, now)

    # -- answering

    def under(self, node, what):
        return any(getattr(n, what) for n in self.nodes.values()
                   if node.path == n.path or node.path.startswith(n.path + "/"))

    def answer(self, call, payload, now):
        said = self.decide(call, now)
        spend = call["op"] in ("log", "settle", "draw")
        if said["outcome"] in ("rejected", "conflict") and spend:
            said["kept"] = True
            self.rejected.add(payload)
        return said

    def decide(self, call, now):
        op = call["op"]
        identity = call.get("id")
        source = self.reservations.get(call["reservation"] if op == "draw" else identity)
        if "path" in call:
            node = self.nodes.get(call["path"])
            if node is None:
                archived = self.creates and call.get("service") and self.below_archived(call["path"])
                return {"outcome": "rejected", "code": "archived_path" if archived else "unknown_path"}
        elif source is None:
            return {"outcome": "rejected", "code": "unknown_reservation"}
        else:
            node = source.node
        if op in ("release", "extend"):
            return getattr(self, op)(call, source, now)
        if node.service is None:
            return {"outcome": "rejected", "code": "umbrella_path"}
        if call.get("service", node.service) != node.service:
            return {"outcome": "rejected", "code": "service_mismatch"}
        if op == "refused":
            return self.refused(call, node)
        known = identity in self.events or source is not None
        if not known and self.under(node, "archived"):
            return {"outcome": "rejected", "code": "archived_path"}
        return self.reserve(call, node, now) if op == "reserve" else self.record(call, node, source, now)

    def make_paths(self, calls):
        """Before any of a batch is decided: what its calls would have made exists for all of them."""
        for call in calls:
            if self.creates and call.get("service") and "path" in call and call["path"] not in self.nodes \
                    and not self.below_archived(call["path"]):
                self.create(call["path"], call["service"])

    def below_archived(self, path):
        parts = path.split("/")
        above = (self.nodes.get("/".join(parts[:n])) for n in range(1, len(parts)))
        return any(node is not None and node.archived for node in above)

    def create(self, path, service):
        parts = path.split("/")
        for n in range(1, len(parts)):
            self.nodes.setdefault("/".join(parts[:n]), Node("/".join(parts[:n]), None))
        self.nodes[path] = Node(path, service)
        return self.nodes[path]

    def amounts(self, call, node, model):
        usage = {"requests": 1, **call.get("usage", {})}
        usd, credits, *how = cost(self.prices, node.service, model, call.get("tier", "standard"), id_time(call["id"]), usage)
        amounts = {"usd": call.get("usd", usd), "credits": call.get("credits", credits),
                   "requests": usage["requests"], "tokens": sum(counted(usage).values())}
        return amounts, usage, *how

    @staticmethod
    def content(call, node, model, *more):
        usage = {"requests": 1, **call.get("usage", {})}
        return (node.path, model, call.get("tier", "standard"), tuple(sorted((k, Fraction(v)) for k, v in usage.items()
                if v or k not in TOKENS)), call.get("usd"), call.get("credits")) + more

    def reserve(self, call, node, now):
        model, at = call.get("model", ""), id_time(call["id"])
        content = self.content(call, node, model, call.get("ttl", 300), call.get("lease", False))
        there = self.reservations.get(call["id"])
        if there:
            if there.content != content:
                return {"outcome": "conflict"}
            return {"outcome": "granted", "duplicate": True, "expires": there.expires, "held": dict(there.amounts)}
        if call["id"] in self.events:
            return {"outcome": "conflict"}
        decided = self.decision_time(node, model, at, now)
        if not now - SLACK <= at <= decided + SLACK:
            return {"outcome": "rejected", "code": "bad_id_time"}
        amounts, _, unpriced, _ = self.amounts(call, node, model)
        unknown = {"usd": "usd" not in call and ("usage" not in call or unpriced) and "unpriced",
                   "credits": "credits" not in call and "usage" not in call and "unmeasured", "tokens": "usage" not in call and "unmeasured"}
        if self.under(node, "frozen"):
            return {"outcome": "refused", "reason": "frozen"}
        lease = call.get("lease", False)
        stops = {}
        for policy in self.touched(node, model):
            limit, used, held = self.limit(policy, at, now), self.judged(policy, at, now), self.held(policy, at, now)
            asked = amounts[policy.unit]
            reason = None
            ended = lease and not policy.rolling and self.window(policy.period, at)[1] <= decided
            if ended:
                reason = "window_ended"
            elif policy.enforcement in ("strict", "shadow"):
                if unknown.get(policy.unit):
                    reason = unknown[policy.unit]
                elif not self.knows(policy, at, now):
                    reason = "window_ended"
                elif used + held + asked > limit:
                    reason = "quota"
            elif policy.enforcement == "block" and used >= limit:
                reason = "quota"
            if reason and policy.enforcement == "shadow" and not ended:
                self.refusals[policy.number, "shadow", reason] += 1
            elif reason:
                stops[policy.number] = (reason, limit, used, held, asked)
        if stops:
            return {"outcome": "refused", "stops": stops}
        expires = self.expiry(decided, call.get("ttl", 300), lease, node, model, at)
        made = Reservation(call["id"], node, content, amounts, model, lease, expires)
        self.reservations[call["id"]] = made
        self.hold(made, now)
        return {"outcome": "granted", "expires": expires, "held": dict(amounts)}

    def expiry(self, decided, seconds, lease, node, model, at):
        step = MINUTE if seconds <= 3600 else HOUR
        until = -(-(decided + seconds * SECOND) // step) * step
        if lease:
            until = min([until] + [self.window(p.period, at)[1] for p in self.touched(node, model) if not p.rolling])
        return until

    def record(self, call, node, source, now):
        op, at = call["op"], id_time(call["id"])
        if source and source.node is not node:
            return {"outcome": "conflict"}
        model = call.get("model", source.model if source else "")
        content = self.content(call, node, model, op == "draw", call.get("reservation"), call.get("last", False),
                               call.get("ok", True), call.get("charged", True), call.get("estimated", False),
                               tuple(sorted(call.get("tags", {}).items())))
        there = self.events.get(call["id"])
        if there:
            if there.content != content:
                return {"outcome": "conflict"}
            return self.recorded(there, True)
        if op == "draw" and call["id"] in self.reservations:
            return {"outcome": "conflict"}
        ahead = call["id"] not in self.reservations and at > self.decision_time(node, model, at, now) + SLACK
        if ahead or at < now - 390 * DAY:
            return {"outcome": "rejected", "code": "bad_id_time"}
        amounts, usage, unpriced, fallback = self.amounts(call, node, model)
        charged = call.get("charged", True)
        if not charged:
            amounts["usd"] = amounts["credits"] = 0
        flags = set()
        live = bool(source) and self.live(source, now)
        covered = live and (op != "draw" or self.covers(source, model, at))
        if source and not live:
            flags.add("late")
        elif self.unreserved(node, model, amounts, source if covered else None, op):
            flags.add("unreserved")
        # What was held for it; where that was nothing, the flag says so.
        had = source.amounts if covered and not flags else amounts
        if op == "draw" and live and (covered or call.get("last")):
            self.free(source, now)
            source.amounts = {u: 0 if call.get("last") else max(0, source.amounts[u] - amounts[u]) for u in UNITS}
            source.open, source.lease = not call.get("last", False), True
            self.hold(source, now)
        elif op != "draw" and source and source.open:
            self.free(source, now)
        event = Event(node, content, amounts, flags, model, usage, at, call.get("ok", True))
        self.events[call["id"]] = event
        full = set()
        for policy in self.touched(node, model):
            self.count(policy, event, now)
            used, limit = self.used(policy, at, now), self.limit(policy, at, now)
            if policy.enforcement == "strict":
                missed = amounts[policy.unit] > had[policy.unit]
                if used > limit or missed and not (self.knows(policy, at, now) and self.judged(policy, at, now) <= limit):
                    flags.add("overrun")
            ends = FOREVER if policy.rolling else self.window(policy.period, at)[1]
            if policy.enforcement in ("strict", "block") and used >= limit and now < ends:
                full.add(policy.number)
        flags |= {name for name, is_so in (
            ("unpriced", unpriced and "usd" not in call and charged),
            ("fallback_price", fallback and "usd" not in call and charged), ("estimated", call.get("estimated", False)),
            ("failed", not call.get("ok", True)), ("uncharged", not charged),
            ("frozen", self.under(node, "frozen"))) if is_so}
        return {**self.recorded(event, False), "full": full}

    def covers(self, lease, model, at):
        """Whether a draw comes out of its lease: every strict policy that counts one counts both, in one window."""
        for p in self.policies.values():
            if p.enforcement != "strict":
                continue
            one, other = (self.place(p, t) if p.counts(lease.node, m) else None for t, m in ((lease.at, lease.model), (at, model)))
            if one != other or p.rolling and one is not None and bucket(p.period, at) < bucket(p.period, lease.at):
                return False
        return True

    def unreserved(self, node, model, amounts, source, op):
        """Whether a strict policy counts more than was reserved there. The estimate of one call may be off."""
        exact = source and (op == "draw" or source.lease)
        return any(source is None or not p.counts(source.node, source.model) or exact and amounts[p.unit] > source.amounts[p.unit]
                   for p in self.touched(node, model) if p.enforcement == "strict")

    @staticmethod
    def recorded(event, duplicate):
        said = {"outcome": "recorded", "usd": event.amounts["usd"], "credits": event.amounts["credits"],
                "flags": set(event.flags)}
        return {**said, "duplicate": True} if duplicate else said

    def release(self, call, reservation, now):
        if call["id"] in self.events:
            return {"outcome": "conflict"}
        if not reservation.open:
            return {"outcome": "released", "duplicate": True}
        self.free(reservation, now)
        reservation.open = False
        return {"outcome": "released"}

    def extend(self, call, reservation, now):
        if not self.live(reservation, now):
            return {"outcome": "conflict"}
        r = reservation
        decided = self.decision_time(r.node, r.model, r.at, now)
        until = self.expiry(decided, call.get("ttl", 300), r.lease, r.node, r.model, r.at)
        if until <= reservation.expires:
            return {"outcome": "extended", "duplicate": True, "expires": reservation.expires}
        self.free(r, now)
        r.expires = until
        self.hold(r, now)
        return {"outcome": "extended", "expires": until}

    def refused(self, call, node):
        policy = self.policies.get(call["policy"])
        if policy is None or not (node.path == policy.path or node.path.startswith(policy.path + "/")):
            return {"outcome": "rejected", "code": "unknown_policy"}
        self.refusals[policy.number, "sdk", "quota"] += call["count"]
        return {"outcome": "noted"}

    # -- the state, as the tables should show it

    def counters(self, now):
        """By policy and window: what is used (by bucket for a rolling one), what is held until when, and its time."""
        state = {}
        for policy in self.policies.values():
            places = {-FOREVER} if policy.rolling else set(policy.used) | set(policy.holds)
            for where in places:
                if not policy.rolling and where != -FOREVER and self.window(policy.period, where)[1] <= policy.created:
                    continue
                decided = policy.decided.get(where, policy.created)
                used = self.buckets(policy.period, policy.used.items(), max(now, decided)) if policy.rolling else policy.used[where]
                held = {u: a for u, a in policy.holds[where].items() if a and u > max(now, decided)}
                if used or held:
                    state[policy.number, where] = (used, held, decided)
        return state

    @staticmethod
    def buckets(period, used, now):
        """Where a rolling counter keeps what was used, and how much."""
        sums = collections.Counter()
        for at, amount in used:
            if at >= kept(period, now):
                sums[place(period, at, now)] += amount
        return {b: n for b, n in sums.items() if n}

    def rollups(self):
        sums = collections.defaultdict(collections.Counter)
        for event in self.events.values():
            cell = sums[event.node.path, clock_start(event.at, HOUR, self.zone), event.model]
            cell["events"] += 1
            cell["failed"] += not event.ok
            cell["unpriced"] += "unpriced" in event.flags
            cell["requests"] += event.amounts["requests"]
            cell["usd"] += event.amounts["usd"]
            cell["credits"] += event.amounts["credits"]
            for meter, tokens in counted(event.usage).items():
                cell[meter] += tokens
        return {key: {k: v for k, v in cell.items() if v} for key, cell in sums.items()}
