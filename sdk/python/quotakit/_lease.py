"""Leases: a small slab of strict budget that this process draws on without asking for each call.

A lease is a number of equal *shares*; a share is at least the estimate of each call that takes one, so the
calls of a lease can never pass what it holds. It is held on the server until its calls are over and their
draws acknowledged, or until it expires there, which is later by the longest call than it is used here.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from decimal import Decimal
from typing import Any, Callable, Deque, Dict, List, Mapping, Optional, Tuple

from ._estimate import Estimate
from ._ids import new_id
from ._link import Link
from ._reserve import Reservations
from ._state import PathState, Plan, StateCache
from ._usage import Usage, plain, times, total_tokens
from ._vocabulary import (
    CALL_LONGEST_TTL,
    LEASE_FEWEST_CALLS,
    LEASE_HEADROOM,
    LEASE_LEARNED,
    LEASE_MOST_CALLS,
    LEASE_SECONDS,
    MONEY_UNITS,
    UNITS,
)
from .errors import QuotaExceeded, QuotaKitError, Unavailable, instant

PoolKey = Tuple[str, Optional[str], str, Optional[str]]
"""path, service, model, tier."""

FIRST_SIZE = 8
BUSY_CALLS, BUSY_SECONDS = 4, 4.0  # leases are for paths with at least so many calls in such a time
COST_SECONDS = 300.0  # how long a cost that a reservation told is believed
_MOST_POOLS = 1_000
_MOST_COSTS = 64

ShareKey = Tuple[Tuple[str, Any], ...]


def share_key(estimate: Estimate) -> ShareKey:
    parts = sorted((estimate.get("usage") or {}).items())
    return tuple(parts) + tuple((unit, estimate[unit]) for unit in MONEY_UNITS if unit in estimate)


def _money_alike(one: Estimate, other: Estimate) -> bool:
    """Whether the same amounts of money are given in both."""
    for unit in MONEY_UNITS:
        if (unit in one) != (unit in other):
            return False
    return True


class Lease:
    """One reservation drawn on by many calls. Guarded by its pool's lock."""

    __slots__ = ("pool", "id", "share", "size", "left", "in_flight", "unacked", "until", "got", "released")

    def __init__(self, pool: "LeasePool", id: str, share: Estimate, size: int, until: float) -> None:
        self.pool = pool
        self.id = id
        self.share = share
        self.size = size
        self.left = size
        self.in_flight = 0
        self.unacked = 0
        self.until = until
        self.got = time.monotonic()
        self.released = False

    def fits(self, estimate: Estimate) -> bool:
        if estimate is self.share:
            return True
        share = self.share
        if not _money_alike(estimate, share):
            return False
        for unit in MONEY_UNITS:
            if unit in estimate and Decimal(estimate[unit]) > Decimal(share[unit]):
                return False
        mine: Usage = share.get("usage") or {}
        for name, value in (estimate.get("usage") or {}).items():
            room = mine.get(name, 1 if name == "requests" else 0)
            if (value > room) if isinstance(value, int) and isinstance(room, int) else Decimal(value) > Decimal(room):
                return False
        return True

    def ended(self) -> None:
        """A call on it is over; its draw has been queued."""
        with self.pool.lock:
            self.in_flight -= 1
            self.unacked += 1

    def acknowledged(self, _answer: Optional[Dict[str, Any]]) -> None:
        """The draw of one of its calls has been answered, or dropped."""
        with self.pool.lock:
            self.unacked -= 1

    def put_back(self) -> None:
        """A call that had taken a share was not made."""
        with self.pool.lock:
            self.in_flight -= 1
            self.left += 1


class LeasePool:
    """The leases of one path, model and tier."""

    def __init__(self, key: PoolKey, wake: Callable[[], None] = lambda: None) -> None:
        self.key = key
        self._wake = wake
        self.lock = threading.RLock()
        self.current: Optional[Lease] = None
        self.next: Optional[Lease] = None
        self.retired: List[Lease] = []
        self.wanted = False
        self.size = FIRST_SIZE
        self.seen: Optional[Estimate] = None
        self.varied = False
        self.last_share: Optional[Estimate] = None
        self.costs: Dict[ShareKey, Tuple[Dict[str, Decimal], float]] = {}
        self.off_since: Optional[float] = None  # no lease before the state is newer than this
        self.off_until = 0.0
        self.begun = 0  # calls since the state was read
        self.begun_since = 0.0
        self.last_take = 0.0
        self.recent: Deque[float] = deque(maxlen=BUSY_CALLS)

    def take(self, estimate: Estimate, now: float) -> Optional[Lease]:
        """A lease with a share for one call of that estimate, or None: then the call reserves for itself."""
        with self.lock:
            self.last_take = now
            if estimate is not self.seen:
                self._note(estimate)
            lease = self.current
            if lease is None or lease.left <= 0 or now >= lease.until or not lease.fits(estimate):
                lease = self._rotate(estimate, now)
            if lease is not None:
                lease.left -= 1
                lease.in_flight += 1
                if self.next is None and lease.left * 2 <= lease.size:
                    self._want(now)
                return lease
            self.recent.append(now)
            self.begun += 1
            if len(self.recent) == BUSY_CALLS and now - self.recent[0] <= BUSY_SECONDS:
                self._want(now)
            return None

    def _want(self, now: float) -> None:
        if not self.wanted and now >= self.off_until:
            self.wanted = True
            self._wake()

    def _rotate(self, estimate: Estimate, now: float) -> Optional[Lease]:
        following = self.next
        if following is None or now >= following.until or not following.fits(estimate):
            return None
        spent = self.current
        if spent is not None:
            self._retire(spent)
            # The right size lasts a second or two.
            if spent.left <= 0:
                self.size = min(LEASE_MOST_CALLS, self.size * 2) if now - spent.got < 1.0 else self.size
        self.current, self.next = following, None
        return following

    def _note(self, estimate: Estimate) -> None:
        """Keeps the largest of what was asked, meter by meter."""
        seen = self.seen
        if seen is None or not _money_alike(seen, estimate):
            self.seen, self.varied = estimate, False
            return
        if seen is estimate or seen == estimate:
            return
        usage: Usage = dict(seen.get("usage") or {})
        for name, value in (estimate.get("usage") or {}).items():
            if Decimal(value) > Decimal(usage.get(name, 0)):
                usage[name] = value
        merged: Estimate = {"usage": usage} if usage else {}
        for unit in MONEY_UNITS:
            if unit in seen:
                merged[unit] = max(seen[unit], estimate[unit], key=Decimal)
        self.seen, self.varied = merged, True

    def share(self) -> Optional[Estimate]:
        """What a share of the next lease is. Where estimates vary it is a little more than the largest, in
        coarse steps, so that its cost is asked for once and not for each."""
        with self.lock:
            seen = self.seen
            if seen is None or not self.varied:
                return seen or self.last_share
            usage: Usage = {}
            for name, value in (seen.get("usage") or {}).items():
                if isinstance(value, int) and value > 8:
                    step = 1 << (value.bit_length() - 3)
                    value = -(-value // step) * step
                usage[name] = value
            return {**seen, "usage": usage} if usage else seen

    def learn(self, estimate: Estimate, held: Mapping[str, Any], now: float) -> None:
        """What a reservation of that estimate holds: so much does such a call cost at most."""
        with self.lock:
            if len(self.costs) >= _MOST_COSTS:
                self.costs.clear()
            self.costs[share_key(estimate)] = ({unit: Decimal(str(held.get(unit, 0))) for unit in UNITS}, now)

    def cost(self, share: Estimate, now: float) -> Optional[Dict[str, Decimal]]:
        with self.lock:
            known = self.costs.get(share_key(share))
        return known[0] if known and now - known[1] < COST_SECONDS else None

    def _retire(self, lease: Lease) -> None:
        self.retired.append(lease)

    def retire(self, now: float, idle: float) -> None:
        """Begins no more calls on leases that are over or unused for `idle` seconds."""
        with self.lock:
            unused = now - self.last_take >= idle
            for name in ("current", "next"):
                lease: Optional[Lease] = getattr(self, name)
                if lease is not None and (
                    now >= lease.until or unused or (lease.left <= 0 and name == "current" and self.next is None)
                ):
                    if unused and lease.left * 2 > lease.size:
                        self.size = max(FIRST_SIZE, self.size // 2)
                    setattr(self, name, None)
                    self._retire(lease)

    def finished(self) -> List[Lease]:
        """Retired leases whose calls are all over and acknowledged, each given once."""
        with self.lock:
            out = [x for x in self.retired if x.in_flight <= 0 and x.unacked <= 0 and not x.released]
            for lease in out:
                lease.released = True
                self.retired.remove(lease)
            return out

    def holds(self) -> bool:
        return self.current is not None or self.next is not None or bool(self.retired)


class Leases:
    """All pools of a process. take() is called by anyone, the rest by the background thread."""

    def __init__(self, link: Link, states: StateCache, reservations: Reservations, wake: Callable[[], None]) -> None:
        self._link = link
        self._config = link.config
        self._states = states
        self._reservations = reservations
        self._wake = wake
        self._lock = threading.RLock()
        self.pools: Dict[PoolKey, LeasePool] = {}

    def pool(self, key: PoolKey) -> Optional[LeasePool]:
        pool = self.pools.get(key)
        if pool is None:
            with self._lock:
                if len(self.pools) >= _MOST_POOLS:
                    for old, other in list(self.pools.items()):
                        if not other.holds():
                            del self.pools[old]
                    if len(self.pools) >= _MOST_POOLS:
                        return None
                pool = self.pools.setdefault(key, LeasePool(key, self._wake))
        return pool

    def holding(self) -> bool:
        return any(pool.holds() for pool in list(self.pools.values()))

    def wanting(self) -> bool:
        return any(pool.wanted for pool in list(self.pools.values()))

    def tend(self, closing: bool = False) -> None:
        """Returns what is spent or idle, and gets what is wanted."""
        now = time.monotonic()
        idle = -1.0 if closing else self._config.lease_idle
        for pool in list(self.pools.values()):
            self._review(pool, now)
            pool.retire(now, idle)
            for lease in pool.finished():
                self._reservations.release(lease.id)
            if pool.wanted:
                pool.wanted = False
                if not closing and self._config.leases and pool.next is None and now >= pool.off_until:
                    self._acquire(pool, now)

    def _review(self, pool: LeasePool, now: float) -> None:
        """Near the limit, or frozen, says a newer state: what is left goes back, and calls reserve one by one."""
        lease = pool.current
        state = self._states.get(pool.key[0])
        if lease is None or state is None or state.fetched <= pool.begun_since:
            return
        pool.begun, pool.begun_since = 0, state.fetched
        cost = pool.cost(lease.share, now)
        near = (
            cost is not None
            and self._room(pool, state.plan(pool.key[1], pool.key[2]), lease.share, cost) < LEASE_FEWEST_CALLS
        )
        if near or state.frozen is not None:
            self._stop(pool, state)
            pool.retire(now, -1.0)

    def give_back_idle(self, path: str) -> None:
        """A call was refused: what this process holds unused in the same project may be what is missing."""
        root = path.partition("/")[0]
        now = time.monotonic()
        for pool in list(self.pools.values()):
            if pool.key[0].partition("/")[0] == root:
                pool.off_until = max(pool.off_until, now + 1.0)
                pool.retire(now, 0.2)

    def _acquire(self, pool: LeasePool, now: float) -> None:
        path, service, model, _tier = pool.key
        state = self._states.get(path)
        share = pool.share()
        if state is None or share is None or (pool.off_since is not None and state.fetched <= pool.off_since):
            return
        pool.off_since = None
        state.hasten(10.0)
        plan = state.plan(service, model)
        learned = plan.learned
        if (
            learned is not None
            and "lease" in learned
            and learned["lease"] is None
            and int(learned.get("calls", 0)) >= LEASE_LEARNED
        ):
            self._stop(pool, state)
            return
        if state.fetched > pool.begun_since:
            pool.begun, pool.begun_since = 0, state.fetched
        try:
            cost = pool.cost(share, now) or self._ask_cost(pool, share, now)
            calls = min(pool.size, self._room(pool, plan, share, cost))
            if calls < LEASE_FEWEST_CALLS:
                self._stop(pool, state)
                return
            self._reserve(pool, share, cost, calls)
            pool.begun += calls
        except Unavailable:
            pool.off_until = time.monotonic() + 1.0
        except QuotaKitError:
            # Calls reserve for themselves and are told why.
            self._stop(pool, state)

    def _stop(self, pool: LeasePool, state: PathState) -> None:
        """No lease before the state says something new."""
        pool.off_since = state.fetched
        pool.off_until = time.monotonic() + 1.0
        state.hasten(10.0)

    @staticmethod
    def _room(pool: LeasePool, plan: Plan, share: Estimate, cost: Mapping[str, Decimal]) -> int:
        """How many calls a lease may be for, so that the headroom is worth fifty of it."""
        most = LEASE_MOST_CALLS
        for policy in plan.policies:
            each = cost[policy.unit]
            if (
                policy.enforcement == "strict"
                and policy.unit in ("tokens", "credits")
                and not share.keys() & {"usage", policy.unit}
            ):
                return 0  # nobody has said how many, so each call is refused
            if policy.enforcement == "strict" and each > 0:
                room = (policy.limit - policy.used - policy.held) / each - pool.begun
                most = min(most, int(room / LEASE_HEADROOM))
        for unit in MONEY_UNITS:
            if cost[unit] > 0:
                most = min(most, int(Decimal(1_000_000) / cost[unit]))
        return most

    def _ask_cost(self, pool: LeasePool, share: Estimate, now: float) -> Dict[str, Decimal]:
        """Reserves one share and gives it back: the answer says what it holds."""
        id = new_id(self._link.health.clock_offset)
        answer = self._reservations.reserve(self._body(pool, id, share, self._config.reserve_ttl), retry=False)[0]
        self._reservations.release(id)
        pool.learn(share, answer.get("held") or {}, now)
        known = pool.cost(share, now)
        assert known is not None
        return known

    def _body(self, pool: LeasePool, id: str, estimate: Estimate, ttl: int) -> Dict[str, Any]:
        path, service, model, tier = pool.key
        body: Dict[str, Any] = {"id": id, "path": path, "ttl": min(CALL_LONGEST_TTL, ttl), **estimate}
        for name, value in (("service", service), ("model", model or None), ("tier", tier)):
            if value is not None:
                body[name] = value
        return body

    def _ask_lease(self, pool: LeasePool, whole: Estimate) -> Tuple[str, Dict[str, Any], float]:
        """Reserves; again with a new id where the window of the first ended on the way."""
        for last in (False, True):
            body = self._body(
                pool, new_id(self._link.health.clock_offset), whole, LEASE_SECONDS + self._config.reserve_ttl
            )
            body["lease"] = True
            try:
                answer, offset = self._reservations.reserve(body, retry=False)
                return body["id"], answer, offset
            except QuotaExceeded as refusal:
                if last or refusal.reason != "window_ended":
                    raise
        raise AssertionError("unreachable")

    def _reserve(self, pool: LeasePool, share: Estimate, cost: Mapping[str, Decimal], calls: int) -> None:
        # The amounts are so many times that of one call: from prices of all tokens together, rounded once, it
        # might be a few nano less than what the calls cost one by one.
        whole: Estimate = {
            "usage": times(share.get("usage") or {}, calls),
            **{unit: plain(cost[unit] * calls) for unit in MONEY_UNITS},
        }
        assert total_tokens(whole["usage"]) >= calls * total_tokens(share.get("usage") or {})
        asked = time.monotonic()
        id, answer, offset = self._ask_lease(pool, whole)
        ends = instant(answer.get("expires_at"))
        usable = float(LEASE_SECONDS)
        if ends is not None:
            # A call begun at the last moment must end before the lease does.
            usable = min(usable, ends.timestamp() - (time.time() + offset) - self._config.reserve_ttl)
        lease = Lease(pool, id, share, calls, asked + usable)
        with pool.lock:
            if usable < 1.0:
                # Its calendar window ends too soon for any call.
                pool.off_until = asked + 10.0
                pool._retire(lease)
            elif pool.current is None:
                pool.current = lease
            else:
                pool.next = lease
            pool.last_share = share
            pool.seen, pool.varied = None, False
