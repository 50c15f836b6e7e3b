"""The state of a path as the gateway told it last, and what follows from it for a call."""

from __future__ import annotations

import time
from datetime import datetime
from decimal import Decimal
from typing import Any, Dict, List, Mapping, Optional, Tuple

from ._vocabulary import RESERVING_ENFORCEMENTS
from .errors import QuotaExceeded, Rejected, amount, instant

_MAX_PLANS = 256
# How long an unknown path stays unknown to us; its first event may have made it.
UNKNOWN_SYNC = 10.0


class Policy:
    """One policy that applies to a path. Amounts in its unit."""

    __slots__ = (
        "id",
        "path",
        "unit",
        "period",
        "rolling",
        "service",
        "model",
        "enforcement",
        "limit",
        "used",
        "held",
        "resets_at",
        "resets_epoch",
        "full",
    )

    def __init__(self, row: Mapping[str, Any]) -> None:
        self.id = int(row["policy"])
        self.path = str(row["path"])
        self.unit = str(row["unit"])
        self.period = str(row["period"])
        self.rolling = bool(row.get("rolling"))
        self.service: Optional[str] = row.get("service")
        self.model: Optional[str] = row.get("model")
        self.enforcement = str(row["enforcement"])
        self.limit = amount(row["limit"]) or Decimal(0)
        self.used = amount(row["used"]) or Decimal(0)
        self.held = amount(row.get("held")) or Decimal(0)
        self.resets_at: Optional[datetime] = instant(row.get("resets_at"))
        self.resets_epoch: Optional[float] = self.resets_at.timestamp() if self.resets_at else None
        # Those of a `full` list are full without saying so.
        self.full = bool(row.get("full", True))

    def matches(self, service: Optional[str], model: str) -> bool:
        return (self.service is None or service is None or self.service == service) and (
            self.model is None or self.model == model
        )

    def refuses(self, now: float) -> bool:
        """Whether a call must be stopped here; now: the gateway's time in seconds since 1970."""
        return self.enforcement == "block" and self.full and (self.resets_epoch is None or now < self.resets_epoch)

    def refusal(self, now: float) -> QuotaExceeded:
        retry = None if self.resets_epoch is None else max(1, int(self.resets_epoch - now + 0.999))
        until = f"; it resets at {self.resets_at.isoformat()}" if self.resets_at else ""
        return QuotaExceeded(
            f"the {self.period} limit of {self.path} is {self.limit} {self.unit}: {self.used} used{until}",
            path=self.path,
            policy=self.id,
            unit=self.unit,
            period=self.period,
            service=self.service,
            model=self.model,
            enforcement=self.enforcement,
            limit=self.limit,
            used=self.used,
            resets_at=self.resets_at,
            retry_after=retry,
        )


class Plan:
    """What a call on a path with one model has to do."""

    __slots__ = (
        "state",
        "model",
        "reserve",
        "closed",
        "blocks",
        "policies",
        "learned",
        "limits",
        "estimate",
        "checked",
    )

    def __init__(self, state: "PathState", service: Optional[str], model: str) -> None:
        self.state = state
        self.model = model
        self.policies = [p for p in state.policies if p.matches(state.service or service, model)]
        # A shadow policy is asked like a strict one, so that it can say what it would have refused.
        # So is the gateway on an unknown path: it makes it, where it may, and knows the policies above it.
        self.reserve = not state.known or any(p.enforcement in RESERVING_ENFORCEMENTS for p in self.policies)
        self.closed = any(p.enforcement == "strict" for p in self.policies)
        self.blocks: Tuple[Policy, ...] = tuple(p for p in self.policies if p.enforcement == "block" and p.full)
        self.learned: Optional[Mapping[str, Any]] = state.estimates.get(model)
        self.limits: Optional[Mapping[str, Any]] = state.limits.get(model)
        self.estimate: Optional[Dict[str, Any]] = None  # of a call that says nothing itself
        self.checked: Optional[str] = ""  # the service last found to fit


class PathState:
    """One path's state. Replaced as a whole by the next sync; only `due`, `full` marks and plans change."""

    __slots__ = (
        "path",
        "known",
        "rejected",
        "service",
        "archived",
        "frozen",
        "policies",
        "estimates",
        "limits",
        "sync_after",
        "etag",
        "fetched",
        "due",
        "touched",
        "plans",
        "raw",
    )

    def __init__(self, path: str, body: Optional[Mapping[str, Any]], etag: Optional[str] = None) -> None:
        now = time.monotonic()
        raw: Mapping[str, Any] = body if body is not None else {}
        self.path = path
        self.raw = raw
        self.known = body is not None
        self.rejected: Optional[Rejected] = None  # how the gateway met the first call on an unknown path
        self.service: Optional[str] = raw.get("service")
        self.archived = bool(raw.get("archived"))
        self.frozen: Optional[Mapping[str, Any]] = raw.get("frozen") or None
        self.policies: List[Policy] = [Policy(row) for row in raw.get("policies", ())]
        self.estimates: Mapping[str, Mapping[str, Any]] = raw.get("estimates") or {}
        self.limits: Mapping[str, Mapping[str, Any]] = raw.get("limits") or {}
        self.sync_after = min(3600.0, max(1.0, float(raw.get("sync_after", UNKNOWN_SYNC))))
        self.etag = etag
        self.fetched = now
        self.due = now + self.sync_after
        self.touched = True
        self.plans: Dict[Tuple[Optional[str], str], Plan] = {}

    def plan(self, service: Optional[str], model: str) -> Plan:
        plan = self.plans.get((service, model))
        if plan is None:
            plan = Plan(self, service, model)
            if len(self.plans) >= _MAX_PLANS:
                self.plans.clear()
            self.plans[service, model] = plan
        return plan

    def same(self) -> None:
        """The gateway says that nothing has changed."""
        self.fetched = time.monotonic()
        self.due = self.fetched + self.sync_after

    def hasten(self, seconds: float) -> None:
        """Asks for a sync no later than in so many seconds, and no more often than that."""
        self.due = min(self.due, max(time.monotonic(), self.fetched + seconds))

    def note_full(self, entry: Mapping[str, Any]) -> None:
        """An answer to a flush named a policy that is now full."""
        policy = Policy(entry)
        for i, known in enumerate(self.policies):
            if known.id == policy.id:
                policy.held = known.held
                self.policies[i] = policy
                break
        else:
            if self.path != policy.path and not self.path.startswith(policy.path + "/"):
                return
            self.policies.append(policy)
        self.plans = {}

    def too_old(self) -> bool:
        """Whether two syncs have been missed."""
        return time.monotonic() > self.fetched + 2 * self.sync_after + 5


class StateCache:
    """States by path; at most so many, the ones unused for longest go first."""

    def __init__(self, most: int = 1_000) -> None:
        self._most = most
        self.paths: Dict[str, PathState] = {}

    def get(self, path: str) -> Optional[PathState]:
        return self.paths.get(path)

    def store(self, state: PathState) -> None:
        while len(self.paths) >= self._most and state.path not in self.paths:
            oldest = min(list(self.paths.values()), key=lambda s: (s.touched, s.fetched))
            self.paths.pop(oldest.path, None)
        self.paths[state.path] = state

    def due(self) -> List[PathState]:
        """Those to ask for again. What nobody has used since the last time is forgotten instead."""
        now = time.monotonic()
        out: List[PathState] = []
        for state in list(self.paths.values()):
            if state.due <= now:
                if state.touched:
                    out.append(state)
                elif now > state.fetched + max(600.0, 2 * state.sync_after):
                    self.paths.pop(state.path, None)
                else:
                    state.due = now + state.sync_after
                    out.append(state)
        return out

    def next_due(self) -> Optional[float]:
        """The monotonic time of the next sync; None if there is nothing to sync."""
        return min((state.due for state in list(self.paths.values())), default=None)

    def hasten(self, path: str) -> None:
        """Something about this path is not as we thought."""
        state = self.paths.get(path)
        if state is not None:
            state.hasten(1.0)

    def note_full(self, entries: List[Mapping[str, Any]]) -> None:
        for entry in entries:
            root = str(entry["path"])
            for state in list(self.paths.values()):
                if state.path == root or state.path.startswith(root + "/"):
                    state.note_full(entry)
