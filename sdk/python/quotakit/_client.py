"""A client: one account's key, one gateway. The module's functions are those of the client made by init()."""

from __future__ import annotations

import copy
import logging
import ssl
import time
from datetime import datetime
from decimal import Decimal
from typing import Any, Callable, Dict, Mapping, NamedTuple, Optional, Set, TypeVar, Union
from urllib.parse import quote

from . import _estimate, _process
from ._config import Config, disabled, from_environment
from ._ids import new_id
from ._link import failure
from ._place import check_service
from ._runtime import Runtime
from ._state import PathState, Plan
from ._track import Track
from ._transport import TransportError
from ._usage import Number, check_limits, check_tags, clean, known, optional_money
from ._vocabulary import CALL_DEFAULT_TTL
from ._wrap import wrap_client
from .errors import QuotaExceeded, Rejected, Unavailable, instant

log = logging.getLogger("quotakit")

T = TypeVar("T")

_MOST_PUT_OFF = 1_000


class Reservation(NamedTuple):
    """Budget held for one call. `held`: USD, credits, requests and tokens by unit; `expires_at`: aware, UTC."""

    id: str
    path: str
    expires_at: Optional[datetime]
    held: Dict[str, Decimal]


class Stats(NamedTuple):
    """Counts since the process began with this client.

    `recorded`: acknowledged calls; `queued`: waiting or being sent; `dropped`: lost, because the queue was full or
    the process ended; `rejected`: wrong, kept by the gateway as unplaced spend where it could; `refused`: stopped
    from the cached state; `retried`: batches sent again.
    """

    recorded: int
    queued: int
    dropped: int
    rejected: int
    refused: int
    retried: int


class Client:
    """See quotakit.init for the settings. Safe for threads and asyncio; after a fork the child has a queue, a thread
    and connections of its own, and what was queued before is the parent's to send."""

    def __init__(
        self,
        api_key: Optional[str] = None,
        base_url: Optional[str] = None,
        *,
        timeout: float = 5.0,
        connect_timeout: float = 1.0,
        flush_interval: float = 1.0,
        queue_size: int = 10_000,
        fail_open: bool = True,
        strict_fail_open: bool = False,
        leases: bool = True,
        lease_idle: float = 2.0,
        reserve_ttl: int = CALL_DEFAULT_TTL,
        exit_timeout: float = 1.5,
        ssl_context: Optional[ssl.SSLContext] = None,
    ) -> None:
        """See quotakit.init; this one is beside the module's client, for another account or gateway."""
        self.config = config = Config(
            *from_environment(api_key, base_url),
            timeout,
            connect_timeout,
            flush_interval,
            queue_size,
            fail_open,
            strict_fail_open,
            leases,
            lease_idle,
            reserve_ttl,
            exit_timeout,
            ssl_context,
            disabled(),
        )
        self.runtime = Runtime(config)
        self._refused = 0
        self._current: Callable[[], "Client"] = lambda: self
        self._told: Set[str] = set()
        self._put_off: Dict[str, Track] = {}
        _process.register(self)

    def __repr__(self) -> str:
        return f"<quotakit.Client {self.config.base_url}>"

    def current(self) -> "Client":
        return self._current()

    # -- the call

    def track(
        self,
        path: Optional[str] = None,
        *,
        service: Optional[str] = None,
        model: Optional[str] = None,
        tier: Optional[str] = None,
        tags: Optional[Mapping[str, str]] = None,
        estimate: Optional[Mapping[str, Any]] = None,
        max_tokens: Optional[int] = None,
        input_tokens: Optional[int] = None,
        ttl: Optional[int] = None,
    ) -> Track:
        """See quotakit.track."""
        return Track(self, path, service, model, tier, tags, estimate, max_tokens, input_tokens, ttl)

    def begin(self, call: Track) -> None:
        """Lets a call begin, asking the gateway where a strict policy applies and no lease is at hand."""
        if not self.begin_at_once(call):
            self.begin_slowly(call)

    def begin_at_once(self, call: Track) -> bool:
        """Lets a call begin without the network. False: ask begin_slowly(). Raises QuotaExceeded, Rejected."""
        runtime = self.runtime
        if self.config.disabled:
            call.begun(runtime, None, new_id(runtime.link.health.clock_offset))
            return True
        state = runtime.states.paths.get(call.path)
        if state is None:
            return False
        plan = self._check(runtime, state, call)
        if not plan.reserve:
            if not self.config.fail_open and state.too_old() and runtime.link.health.away():
                raise Unavailable(f"the state of {call.path} is out of date, and the gateway is away")
            call.begun(runtime, plan, new_id(runtime.link.health.clock_offset))
            return True
        if self.config.leases and call._ttl is None and state.known:
            pool = runtime.leases.pool((call.path, call.service, plan.model, call.tier))
            if pool is not None:
                estimate = call.estimate(plan)
                lease = pool.take(estimate, time.monotonic())
                if lease is not None:
                    call.hold(estimate, lease)
                    call.begun(runtime, plan, new_id(runtime.link.health.clock_offset))
                    return True
        return False

    def begin_slowly(self, call: Track) -> None:
        """Lets a call begin with what the network says: the first state of its path, or a reservation."""
        runtime = self.runtime
        state = runtime.states.get(call.path) or runtime.sync.first(call.path)
        if state is None:
            self._begin_unknown(runtime, call)
            return
        plan = self._check(runtime, state, call)
        if not plan.reserve:
            call.begun(runtime, plan, new_id(runtime.link.health.clock_offset))
            return
        id = new_id(runtime.link.health.clock_offset)
        estimate = call.estimate(plan)
        body: Dict[str, Any] = {"id": id, "path": call.path, "ttl": call._ttl or self.config.reserve_ttl, **estimate}
        for name, value in (("service", call.service), ("model", call.model), ("tier", call.tier)):
            if value is not None:
                body[name] = value
        closed = not state.known or (plan.closed and not self.config.strict_fail_open)
        try:
            answer, _ = runtime.reservations.reserve(body, retry=closed)
        except Unavailable as error:
            if closed:
                raise
            self._warn(call.path, f"{call.path} goes on without a reservation: {error}")
            call.begun(runtime, plan, id)
            return
        except QuotaExceeded:
            state.hasten(1.0)
            runtime.leases.give_back_idle(call.path)
            raise
        except Rejected as error:
            if not state.known:
                state.rejected = error
            raise
        pool = runtime.leases.pool((call.path, call.service, plan.model, call.tier)) if self.config.leases else None
        if not state.known:
            state.hasten(0.0)  # the call has made it
        elif pool is not None:
            pool.learn(estimate, answer.get("held") or {}, time.monotonic())
        call.hold(estimate, None)
        call.begun(runtime, plan, id)

    def let_unmeasured(self, path: str, service: Optional[str], what: str) -> None:
        """Lets something be done whose spend cannot be measured: not where a strict policy applies."""
        runtime = self.runtime
        if self.config.disabled:
            return
        call = self.track(path, service=service)
        state = runtime.states.get(path) or runtime.sync.first(path)
        if state is None:
            if not self.config.fail_open:
                raise Unavailable(f"the state of {path} is not known, and the gateway is away")
        else:
            plan = self._check(runtime, state, call)
            if not state.known:
                raise Rejected(f'path "{path}" does not exist', code="unknown_path")
            if plan.closed:
                self._refused += 1
                strict = next(p for p in plan.policies if p.enforcement == "strict")
                raise QuotaExceeded(
                    f"{what} cannot be measured, and the strict limit of {strict.path} applies: "
                    "put a track() with an estimate around it",
                    path=strict.path,
                    reason="unmeasured",
                    policy=strict.id,
                    unit=strict.unit,
                    enforcement="strict",
                )
        if what not in self._told:
            self._told.add(what)
            log.warning("%s on %s is not measured: put a track() around it and say what it used", what, path)

    def put_off(self, name: str, call: Track) -> None:
        """Keeps the call of work in the background until it is retrieved; the oldest of too many ends by estimate."""
        self._put_off[name] = call
        while len(self._put_off) > _MOST_PUT_OFF:
            oldest = self.take_up(next(iter(self._put_off)))
            if oldest is not None:
                oldest.end_estimated(ok=True)

    def take_up(self, name: str) -> Optional[Track]:
        """The call of work in the background, which has come to its end."""
        return self._put_off.pop(name, None)

    def log_as(
        self, id: str, path: str, service: Optional[str], tags: Optional[Mapping[str, str]], fields: Dict[str, Any]
    ) -> None:
        """Records a call that has happened, under an id that it always has."""
        call: Dict[str, Any] = {"op": "log", "id": id, "path": path, **fields}
        if service is not None:
            call["service"] = service
        if tags:
            call["tags"] = tags
        self.runtime.send(call, False)

    def _begin_unknown(self, runtime: Runtime, call: Track) -> None:
        """The gateway has never said anything about this path."""
        if not self.config.fail_open:
            raise Unavailable(f"the state of {call.path} is not known, and the gateway is away")
        self._warn(call.path, f"{call.path} goes on unchecked: its state is not known, and the gateway is away")
        call.begun(runtime, None, new_id(runtime.link.health.clock_offset))

    def _check(self, runtime: Runtime, state: PathState, call: Track) -> Plan:
        """What the cached state says. Raises QuotaExceeded or Rejected."""
        state.touched = True
        if state.rejected is not None:
            raise copy.copy(state.rejected)
        model = call.model or ""
        plan = state.plans.get((call.service, model)) or state.plan(call.service, model)
        if plan.checked != call.service:
            check_service(plan, call.service)
            plan.checked = call.service
        if state.frozen is not None:
            where = str(state.frozen.get("path", call.path))
            self._refused += 1
            state.hasten(10.0)
            raise QuotaExceeded(f"{where} is frozen: {state.frozen.get('reason')}", path=where, reason="frozen")
        if plan.blocks:
            now = runtime.link.now()
            for policy in plan.blocks:
                if policy.refuses(now):
                    self._refused += 1
                    runtime.queue.refuse((call.path, call.model, policy.id))
                    raise policy.refusal(now)
                # Its window is over: ask how the new one stands.
                state.hasten(1.0)
        return plan

    def _warn(self, key: str, message: str) -> None:
        self.runtime.told(logging.WARNING, ("unchecked", key), "%s", message)

    # -- bare calls

    def reserve(
        self,
        path: str,
        *,
        service: Optional[str] = None,
        model: Optional[str] = None,
        tier: Optional[str] = None,
        estimate: Optional[Mapping[str, Any]] = None,
        max_tokens: Optional[int] = None,
        input_tokens: Optional[int] = None,
        ttl: Optional[int] = None,
    ) -> Reservation:
        """See quotakit.reserve."""
        runtime = self.runtime
        check_limits(max_tokens, input_tokens, ttl)
        if not runtime.link.heard and not self.config.disabled:
            runtime.sync.first(path)  # which tells the time
        id = new_id(runtime.link.health.clock_offset)
        if self.config.disabled:
            return Reservation(id, path, None, {})
        if estimate is not None:
            fields = _estimate.given(estimate)
        else:
            state = runtime.states.get(path) or runtime.sync.first(path)
            plan = state.plan(service, model or "") if state is not None else None
            fields = _estimate.for_hold(
                plan.learned if plan else None, plan.limits if plan else None, input_tokens, max_tokens
            )
        body: Dict[str, Any] = {"id": id, "path": path, "ttl": ttl or self.config.reserve_ttl, **fields}
        for name, value in (("service", service), ("model", model), ("tier", tier)):
            if value is not None:
                body[name] = value
        answer, _ = runtime.reservations.reserve(body)
        return Reservation(
            id,
            path,
            instant(answer.get("expires_at")),
            {unit: Decimal(str(held)) for unit, held in (answer.get("held") or {}).items()},
        )

    def settle(self, reservation: Union[Reservation, str], **result: Any) -> None:
        """See quotakit.settle."""
        call: Dict[str, Any] = {"op": "settle", **_bare(reservation), **_result(**result)}
        self.runtime.send(call, True)

    def release(self, reservation: Union[Reservation, str]) -> None:
        """See quotakit.release."""
        if self.config.disabled:
            return
        self.runtime.reservations.release(_bare(reservation)["id"])

    def log(self, path: str, *, service: Optional[str] = None, **result: Any) -> str:
        """See quotakit.log."""
        id = new_id(self.runtime.link.health.clock_offset)
        call: Dict[str, Any] = {"op": "log", "id": id, "path": path, **_result(**result)}
        if service is not None:
            call["service"] = service
        self.runtime.send(call, False)
        return id

    # -- the rest

    def flush(self, timeout: float = 5.0) -> bool:
        """See quotakit.flush."""
        runtime = self.runtime
        mark = runtime.queue.mark()
        deadline = time.monotonic() + timeout
        while True:
            runtime.worker.flush_soon()
            left = deadline - time.monotonic()
            if runtime.queue.wait(mark, max(0.0, min(left, 0.5))):
                return True
            if left <= 0.5:
                return False

    def state(self, path: Optional[str] = None, after: Optional[str] = None) -> Dict[str, Any]:
        """See quotakit.state."""
        runtime = self.runtime
        if self.config.disabled:
            return {"path": path, "policies": []} if path is not None else {"nodes": [], "next": None}
        if path is not None:
            try:
                fresh = runtime.sync.fetch(path, None, self.config.timeout)
            except TransportError as error:
                raise Unavailable(f"could not read the state: {error}") from error
            if fresh is None:
                raise Unavailable("could not read the state: the gateway cannot answer")
            if fresh.known:
                return dict(fresh.raw)
        target = "/v1/state" + (
            f"?path={quote(path, safe='')}" if path else f"?after={quote(after, safe='')}" if after else ""
        )
        try:
            response = runtime.link.ask("GET", target, None, self.config.timeout)
        except TransportError as error:
            raise Unavailable(f"could not read the state: {error}") from error
        if response.status != 200 or not isinstance(response.body, dict):
            raise failure(response)
        body: Dict[str, Any] = response.body
        return body

    def stats(self) -> Stats:
        """See quotakit.stats."""
        runtime = self.runtime
        return Stats(
            runtime.worker.recorded,
            len(runtime.queue),
            runtime.queue.dropped,
            runtime.worker.rejected,
            self._refused,
            runtime.worker.retried,
        )

    def wrap(
        self,
        client: T,
        *,
        path: Optional[str] = None,
        service: Optional[str] = None,
        tags: Optional[Mapping[str, str]] = None,
        ask_usage: bool = True,
        tokenizer: Optional[Callable[[str], int]] = None,
    ) -> T:
        """See quotakit.wrap."""
        return wrap_client(
            client, self.current, path, service, check_tags(tags) if tags else None, ask_usage, tokenizer
        )

    def shutdown(self, timeout: float = 5.0) -> bool:
        """See quotakit.shutdown."""
        runtime = self.runtime
        if runtime.closed:
            return True
        runtime.closed = True
        for name in list(self._put_off):
            call = self.take_up(name)
            if call is not None:
                call.end_estimated(ok=True)
        _process.forget(self)
        fine = runtime.worker.stop(time.monotonic() + timeout)
        runtime.worker.tell_last_drops()
        lost = runtime.queue.close()
        if lost:
            log.error(
                "%d call(s) were not acknowledged when the client was shut down; they are lost unless the gateway "
                "took them",
                lost,
            )
        runtime.link.transport.close()
        return fine and lost == 0

    # -- processes

    def after_fork(self) -> None:
        """In the child: what the parent queued, holds and has open is the parent's. The cached states are good."""
        self.runtime = Runtime(self.config, self.runtime.states)
        self._refused = 0
        self._put_off = {}


def _bare(reservation: Union[Reservation, str]) -> Dict[str, Any]:
    if isinstance(reservation, Reservation):
        return {"id": reservation.id, "path": reservation.path}
    return {"id": reservation}


def _result(
    *,
    usage: Optional[Mapping[str, Any]] = None,
    usd: Optional[Number] = None,
    credits: Optional[Number] = None,
    ok: bool = True,
    charged: bool = True,
    estimated: bool = False,
    model: Optional[str] = None,
    tier: Optional[str] = None,
    tags: Optional[Mapping[str, str]] = None,
    meters: Optional[Mapping[str, Number]] = None,
    **named: Any,
) -> Dict[str, Any]:
    """The fields of a call from keyword arguments; meters by name, an account's own in `meters`, or all in `usage`."""
    fields: Dict[str, Any] = {}
    merged = clean({**(usage or {}), **known(named), **(meters or {})})
    if merged:
        fields["usage"] = merged
    for name, value in (
        ("usd", optional_money("usd", usd)),
        ("credits", optional_money("credits", credits)),
        ("model", model),
        ("tier", tier),
    ):
        if value is not None:
            fields[name] = value
    for name, flag, usual in (("ok", ok, True), ("charged", charged, True), ("estimated", estimated, False)):
        if flag is not usual:
            fields[name] = flag
    if tags:
        fields["tags"] = check_tags(tags)
    return fields
