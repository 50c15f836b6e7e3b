"""One call: checked or reserved when it begins, recorded exactly once when it ends."""

from __future__ import annotations

import asyncio
import logging
from types import TracebackType
from typing import Any, Callable, Dict, List, Mapping, Optional, Protocol, Type, cast

from . import _estimate
from ._context import surroundings, tagged
from ._decorate import F, decorate, enter, innermost, leave
from ._estimate import Estimate
from ._lease import Lease
from ._place import provider_refused
from ._response import usage_of
from ._runtime import Runtime
from ._state import Plan
from ._usage import Number, Usage, check_limits, check_tags, clean, optional_money

log = logging.getLogger("quotakit")

_ENDLESS = 10**14


class Gatekeeper(Protocol):
    """Who lets a call begin: the client, as a call sees it."""

    runtime: Runtime

    def current(self) -> "Gatekeeper":
        """The one that calls made from now on belong to."""

    def begin(self, call: "Track") -> None:
        """Lets a call begin, over the network if need be."""

    def begin_at_once(self, call: "Track") -> bool:
        """Lets a call begin without the network; False: begin_slowly() must be asked."""

    def begin_slowly(self, call: "Track") -> None:
        """Lets a call begin with what the network says."""

    def let_unmeasured(self, path: str, service: Optional[str], what: str) -> None:
        """Lets something be done whose spend cannot be measured, or raises."""

    def put_off(self, name: str, call: "Track") -> None:
        """Keeps a call whose end will come under that name."""

    def take_up(self, name: str) -> Optional["Track"]:
        """The call kept under that name, if there is one."""

    def log_as(
        self,
        id: str,
        path: str,
        service: Optional[str],
        tags: Optional[Mapping[str, str]],
        fields: Dict[str, Any],
    ) -> None:
        """Records a call that has happened, under an id that it always has."""


class Track:
    """A call under way, made by quotakit.track(). Use it once, as a context manager or as a decorator.

    `id` is the event's UUID v7, from entry on. `reserved` says whether budget is held for it.
    """

    __slots__ = (
        "path",
        "service",
        "model",
        "tier",
        "tags",
        "id",
        "reserved",
        "likely",
        "_client",
        "_given",
        "_max_tokens",
        "_input_tokens",
        "_choices",
        "_ttl",
        "_rt",
        "_plan",
        "_held",
        "_lease",
        "_result",
        "_open",
        "_token",
        "_inner",
        "_left",
    )

    def __init__(
        self,
        client: Gatekeeper,
        path: Optional[str],
        service: Optional[str],
        model: Optional[str],
        tier: Optional[str],
        tags: Optional[Mapping[str, str]],
        estimate: Optional[Mapping[str, Any]],
        max_tokens: Optional[int],
        input_tokens: Optional[int],
        ttl: Optional[int],
        choices: int = 1,
    ) -> None:
        around = surroundings()
        self.path: str = path if path is not None else around.path or ""
        self.service = service
        self.model = model
        self.tier = tier
        self.tags: Optional[Mapping[str, str]] = check_tags(tags) if tags else None
        if around.tags:
            self.tags = tagged(self.tags)
        self.id: str = ""
        self.reserved = False
        self.likely: Optional[Callable[[], int]] = None
        self._client = client
        if max_tokens is not None or input_tokens is not None or ttl is not None:
            check_limits(max_tokens, input_tokens, ttl)
        self._given: Optional[Estimate] = _estimate.given(estimate) if estimate is not None else None
        self._max_tokens = max_tokens
        self._input_tokens = input_tokens
        self._choices = choices
        self._ttl = ttl
        self._rt: Optional[Runtime] = None
        self._plan: Optional[Plan] = None
        self._held: Optional[Estimate] = None
        self._lease: Optional[Lease] = None
        self._result: Optional[Dict[str, Any]] = None
        # Whoever takes the one token out ends the call; pop() is atomic.
        self._open: List[None] = []
        self._token: Any = None
        self._inner: Optional[Inner] = None
        self._left = False

    # -- what the caller says

    def result(
        self,
        *,
        input_tokens: Optional[int] = 0,
        cached_input_tokens: Optional[int] = 0,
        cache_write_tokens: Optional[int] = 0,
        output_tokens: Optional[int] = 0,
        reasoning_tokens: Optional[int] = 0,
        requests: Optional[int] = None,
        meters: Optional[Mapping[str, Number]] = None,
        usd: Optional[Number] = None,
        credits: Optional[Number] = None,
        ok: bool = True,
        charged: bool = True,
        estimated: bool = False,
        model: Optional[str] = None,
        tier: Optional[str] = None,
        tags: Optional[Mapping[str, str]] = None,
    ) -> None:
        """Says what the call used. Called again, the last one holds. None is 0.

        The classes of tokens are disjoint: `input_tokens` without those cached or written to the cache,
        `output_tokens` without those of reasoning. `meters`: named meters such as {"image": 2}, at most 16.
        `requests`: 1 if not given. `usd`, `credits`: the cost, where it is known better than from prices (at most
        9 decimals, at most 1,000,000). `ok=False`: the call failed. `charged=False`: it cost nothing.
        `estimated=True`: the usage is an estimate. `model`, `tier`: if another one answered. `tags` are added.

        Raises ValueError or TypeError for what is not a usage, RuntimeError when the call has ended.
        """
        if self.id and not self._open:
            raise _late(self)
        usage: Usage = {}
        # The usual case without a loop over names.
        if input_tokens:
            usage["input_tokens"] = input_tokens
        if cached_input_tokens:
            usage["cached_input_tokens"] = cached_input_tokens
        if cache_write_tokens:
            usage["cache_write_tokens"] = cache_write_tokens
        if output_tokens:
            usage["output_tokens"] = output_tokens
        if reasoning_tokens:
            usage["reasoning_tokens"] = reasoning_tokens
        if requests is not None:
            usage["requests"] = requests
        if meters:
            usage.update(meters)
        fields: Dict[str, Any] = {"usage": clean(usage)}
        if usd is not None:
            fields["usd"] = optional_money("usd", usd)
        if credits is not None:
            fields["credits"] = optional_money("credits", credits)
        if not ok:
            fields["ok"] = False
        if not charged:
            fields["charged"] = False
        if estimated:
            fields["estimated"] = True
        if model is not None:
            fields["model"] = model
        if tier is not None:
            fields["tier"] = tier
        if tags:
            fields["tags"] = check_tags({**(self.tags or {}), **tags})
        self._result = fields

    def result_from(self, response: Any) -> None:
        """Says what the call used by a provider's response: an object or dict with a `usage` of OpenAI's shape (chat,
        responses, embeddings) or Anthropic's. Cached and reasoning tokens are told apart. ValueError if it has none."""
        if self.id and not self._open:
            raise _late(self)
        found = usage_of(response)
        if found is None:
            raise ValueError(f"{type(response).__name__} has no usage that is understood; use result()")
        self._result = found

    def cancel(self) -> None:
        """Says that the call was not made: nothing is recorded, and what was held is free."""
        if not self._claim():
            return
        runtime, lease = self._rt, self._lease
        if runtime is None or runtime is not self._client.runtime:
            return
        if lease is not None:
            lease.put_back()
        elif self.reserved:
            runtime.send({"op": "release", "id": self.id}, end=True)

    # -- beginning and end

    def begin(self) -> None:
        """Enters the call, over the network if need be. Raises as track() does."""
        self._client.begin(self)

    async def begin_async(self) -> None:
        """The same without blocking the event loop."""
        if self._client.begin_at_once(self):
            return
        task = asyncio.get_running_loop().run_in_executor(None, self._client.begin_slowly, self)
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            # The reservation may be granted yet; nobody will make the call.
            task.add_done_callback(self._abandon)
            raise

    def _abandon(self, task: "asyncio.Future[None]") -> None:
        if not task.cancelled() and task.exception() is None:
            self.cancel()

    def begun(self, runtime: Runtime, plan: Optional[Plan], id: str) -> None:
        """The client says that the call may go on."""
        self._rt = runtime
        self._plan = plan
        self.id = id
        self._open.append(None)

    def hold(self, held: Estimate, lease: Optional[Lease]) -> None:
        """The client says that budget is held for it."""
        self.reserved = True
        self._held = held
        self._lease = lease

    def estimate(self, plan: Plan) -> Estimate:
        """What to hold for it."""
        if self._given is not None:
            return self._given
        if self._max_tokens is None and self._input_tokens is None and self._choices == 1:
            if plan.estimate is None:
                plan.estimate = _estimate.for_hold(plan.learned, plan.limits, None, None)
            return plan.estimate
        return _estimate.for_hold(plan.learned, plan.limits, self._input_tokens, self._max_tokens, self._choices)

    def _claim(self) -> bool:
        try:
            self._open.pop()
        except IndexError:
            return False
        return True

    def end(self, fields: Dict[str, Any]) -> None:
        """Records the call; the second time nothing happens. fields: usage, usd, ok and so on, as in a call."""
        if not self._claim():
            return
        runtime, lease = self._rt, self._lease
        if runtime is None or runtime is not self._client.runtime:
            return  # after a fork the call belongs to the parent
        call: Dict[str, Any] = {"op": "log", "id": self.id, "path": self.path}
        if self.service is not None:
            call["service"] = self.service
        if self.model is not None:
            call["model"] = self.model
        if self.tier is not None:
            call["tier"] = self.tier
        if self.tags is not None:
            call["tags"] = self.tags
        call.update(fields)
        if lease is not None:
            call["op"] = "draw"
            call["reservation"] = lease.id
            lease.ended()
            runtime.send(call, True, lease.acknowledged)
        elif self.reserved:
            call["op"] = "settle"
            runtime.send(call, True)
        else:
            runtime.send(call, False)

    def end_estimated(self, ok: bool, input_tokens: Optional[int] = None, output_tokens: Optional[int] = None) -> None:
        """Records the call by estimate, marked so; the tokens are those known of it, if any."""
        plan = self._plan
        held = self._held if self._held is not None else self._given
        if input_tokens is None:
            input_tokens = self.likely_input()
        learned = plan.learned if plan else None
        fields = dict(_estimate.for_record(held, learned, input_tokens, output_tokens, self.at_most(_ENDLESS)))
        fields["estimated"] = True
        if not ok:
            fields["ok"] = False
        self.end(fields)

    def at_most(self, output_tokens: int) -> int:
        """So many output tokens, or as many as the request allowed."""
        return output_tokens if self._max_tokens is None else min(output_tokens, self._max_tokens * self._choices)

    def likely_input(self) -> Optional[int]:
        """Input tokens of the request: from its text, where that is known, else as track() was told."""
        return self.likely() if self.likely is not None else self._input_tokens

    def fail(self, error: Optional[BaseException]) -> None:
        """Records a call that ended with an error: what result() said, or free when the provider answered with an
        error status, or the usage of a completion that the error carries, or else by estimate, because the provider
        may have done and charged the work."""
        if self._result is not None:
            self.end({"ok": False, **self._result})
        elif provider_refused(error):
            self.end({"ok": False, "charged": False})
        elif (found := usage_of(getattr(error, "completion", None))) is not None:
            self.end({"ok": False, **found})
        else:
            self.end_estimated(ok=False)

    def finish(self, returned: Any = None, error: Optional[BaseException] = None) -> None:
        """Records a call that the provider answered: what result() said, or the usage of what was returned, or an
        estimate. error: what came after the answer, if something did."""
        if self._result is None and returned is not None:
            found = usage_of(returned)
            if found is not None:
                self._result = found
        if error is not None:
            self.fail(error)
            return
        if self._result is not None:
            self.end(self._result)
            return
        if self._open and self._rt is not None:
            self._rt.told(
                logging.WARNING,
                ("no result", self.path),
                "the call %s on %s ended without result(): it is recorded by estimate",
                self.id,
                self.path,
            )
        self.end_estimated(ok=True)

    # -- with

    def __enter__(self) -> "Track":
        if self.id or not self.path:
            self._fresh()
        self._client.begin(self)
        self._token = enter(self)
        return self

    def __exit__(
        self, kind: Optional[Type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        token, self._token = self._token, None
        if token is not None:
            leave(token)
        self._left = True
        if kind is not None:
            self.fail(error)
        elif self._result is None and self._inner is not None and self._inner._open:
            pass  # a stream of a wrapped client, to be read yet: its end is this one's
        elif self._result is not None:
            self.end(self._result)
        else:
            self.finish()

    async def __aenter__(self) -> "Track":
        self._fresh()
        await self.begin_async()
        self._token = enter(self)
        return self

    async def __aexit__(
        self, kind: Optional[Type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        self.__exit__(kind, error, trace)

    def _fresh(self) -> None:
        if not self.path:
            raise ValueError("no path: give one to track(), or call it inside quotakit.context(path=…)")
        if self.id:
            raise RuntimeError("a call is tracked once: make another one with quotakit.track()")

    # -- decorator

    def __call__(self, function: F) -> F:
        """Tracks each call of a function: plain, async, generator or async generator. Inside, quotakit.current() is
        the call; if result() is not called, the usage of a returned response is taken."""
        return decorate(self, function)

    def again(self) -> "Track":
        """Another call like this one, for the client of now."""
        call = Track(
            self._client.current(),
            self.path,
            self.service,
            self.model,
            self.tier,
            None,
            None,
            self._max_tokens,
            self._input_tokens,
            self._ttl,
            self._choices,
        )
        call.tags, call._given = tagged(self.tags), self._given
        call._fresh()
        return call

    # -- a wrapped client's call inside this one

    def adopt(self, inner: "Inner") -> bool:
        """Whether a wrapped client's call is this one, rather than one more. Only the first is: this is one call. One
        that the provider refused does not count."""
        refused = self._result is not None and self._result.get("charged") is False
        if not self._open or self._inner is not None or (self._result is not None and not refused):
            return False
        if self.service is not None and inner.service is not None and self.service != inner.service:
            return False
        self._inner = inner
        return True

    def take_in(self, inner: "Inner", fields: Optional[Dict[str, Any]]) -> None:
        """That call has ended; None: it was not made."""
        if fields is None or fields.get("charged") is False:
            self._inner = None
        if fields is None:
            return
        if self.model is None and inner.model is not None:
            fields = {"model": inner.model, **fields}
        if inner.tags:
            fields = {"tags": {**inner.tags, **(self.tags or {})}, **fields}
        if self._left:
            self.end(fields)
        elif self._result is None or self._result.get("charged") is False:
            self._result = fields


class Inner(Track):
    """A wrapped client's call inside a track(): it holds and records nothing of its own."""

    __slots__ = ("outer",)

    outer: Track

    def begin(self) -> None:
        """Nothing is to be asked: the outer call has begun."""
        self.begun(self.outer._client.runtime, self.outer._plan, self.outer.id)
        self._held = self.outer._held

    async def begin_async(self) -> None:
        """The same."""
        self.begin()

    def end(self, fields: Dict[str, Any]) -> None:
        """The outer call used this."""
        if self._claim():
            self.outer.take_in(self, fields)

    def cancel(self) -> None:
        """It was not made."""
        if self._claim():
            self.outer.take_in(self, None)


def current() -> Optional[Track]:
    """The call of the innermost track() that is running, in a with block or as a decorator, or None."""
    return cast(Optional[Track], innermost())


def _late(call: Track) -> RuntimeError:
    return RuntimeError(f"the call {call.id} on {call.path} has ended: what it used is said before that")
