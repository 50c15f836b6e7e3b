"""Methods whose spend is not in what they return: responses made in the background, batches, runners of tools, and
those that cannot be measured."""

from __future__ import annotations

import asyncio
import contextvars
import functools
import inspect
import json
from datetime import datetime
from typing import Any, AsyncIterator, Callable, Dict, Iterator, Mapping, Optional, Protocol

from .._ids import id_of
from .._response import get, tier_of, usage_of
from .._track import Gatekeeper, Track, current
from ._raw import body_of

PENDING = ("queued", "in_progress")


class Shared(Protocol):
    """What a wrapped client's methods know of it."""

    service: Optional[str]
    current: Callable[[], Gatekeeper]

    def place(self) -> "tuple[str, Optional[Mapping[str, str]]]":
        """The path and the tags of a call made now."""


def is_async(method: Any) -> bool:
    """Whether a method is async; the clients hide it behind decorators that keep __wrapped__."""
    return inspect.iscoroutinefunction(method) or inspect.iscoroutinefunction(inspect.unwrap(method))


# -- what cannot be measured


def guarded(method: Any, name: str, shared: Shared) -> Callable[..., Any]:
    """The method, refused where a strict policy applies and warned about elsewhere. Inside track() it goes through: its
    caller says what it used."""

    def check() -> None:
        if current() is None:
            shared.current().let_unmeasured(shared.place()[0], shared.service, name)

    if is_async(method):

        @functools.wraps(method)
        async def guarded_async(*args: Any, **kwargs: Any) -> Any:
            if current() is None:
                await asyncio.get_running_loop().run_in_executor(None, contextvars.copy_context().run, check)
            return await method(*args, **kwargs)

        return guarded_async

    @functools.wraps(method)
    def guarded_now(*args: Any, **kwargs: Any) -> Any:
        check()
        return method(*args, **kwargs)

    return guarded_now


# -- responses made in the background


def put_off(call: Track, shared: Shared, answer: Any) -> bool:
    """Whether an answer says that the work goes on in the background; then its call ends when it is retrieved."""
    name = get(answer, "id")
    if get(answer, "status") not in PENDING or not isinstance(name, str) or usage_of(answer) is not None:
        return False
    shared.current().put_off(name, call)
    return True


def retrieving(method: Any, shared: Shared) -> Callable[..., Any]:
    """retrieve() and cancel(): they end the call of a response that has come to its end."""

    def seen(returned: Any) -> Any:
        answer = returned if get(returned, "status") is not None else body_of(returned)
        name, status = get(answer, "id"), get(answer, "status")
        if isinstance(name, str) and status is not None and status not in PENDING:
            call = shared.current().take_up(name)
            if call is not None:
                call.finish(answer, None if status in ("completed", "incomplete") else RuntimeError(str(status)))
        return returned

    async def seen_async(coming: Any) -> Any:
        return seen(await coming)

    @functools.wraps(method)
    def retrieve(*args: Any, **kwargs: Any) -> Any:
        returned = method(*args, **kwargs)
        return seen_async(returned) if inspect.isawaitable(returned) else seen(returned)

    return retrieve


# -- batches


def batch_results(method: Any, owner: Any, of: str, shared: Shared) -> Callable[..., Any]:
    """results() of Anthropic's batches, or content() of a file of OpenAI's: each answer in them is recorded. Their ids
    follow from theirs, so that what is read twice counts once."""
    if of == "file":

        def read(returned: Any) -> Any:
            for line in _lines(returned):
                _record_line(line, shared)
            return returned

        async def read_async(coming: Any) -> Any:
            return read(await coming)

        @functools.wraps(method)
        def content(*args: Any, **kwargs: Any) -> Any:
            returned = method(*args, **kwargs)
            return read_async(returned) if inspect.isawaitable(returned) else read(returned)

        return content

    if is_async(method):

        @functools.wraps(method)
        async def results_async(batch: str, *args: Any, **kwargs: Any) -> Any:
            made = _seconds(get(await owner.retrieve(batch), "created_at"))
            return _Results(await method(batch, *args, **kwargs), lambda entry: _record(entry, batch, made, shared))

        return results_async

    @functools.wraps(method)
    def results(batch: str, *args: Any, **kwargs: Any) -> Any:
        made = _seconds(get(owner.retrieve(batch), "created_at"))
        return _Results(method(batch, *args, **kwargs), lambda entry: _record(entry, batch, made, shared))

    return results


class _Results:
    """The entries of a batch, each seen as it is read."""

    def __init__(self, entries: Any, see: Callable[[Any], None]) -> None:
        self._entries = entries
        self._see = see

    def __getattr__(self, name: str) -> Any:
        return getattr(self._entries, name)

    def __iter__(self) -> Iterator[Any]:
        for entry in self._entries:
            self._see(entry)
            yield entry

    async def __aiter__(self) -> AsyncIterator[Any]:
        async for entry in self._entries:
            self._see(entry)
            yield entry


def _record(entry: Any, batch: str, made: Optional[float], shared: Shared) -> None:
    message = get(get(entry, "result"), "message")
    _log(message, f"{batch}/{get(entry, 'custom_id')}", made, shared)


def _lines(content: Any) -> Iterator[Any]:
    text = getattr(content, "text", None)
    if not isinstance(text, str) or not text.startswith("{"):
        return
    for line in text.split("\n"):
        try:
            yield json.loads(line)
        except ValueError:
            return  # no file of results


def _record_line(line: Any, shared: Shared) -> None:
    answer = get(get(line, "response"), "body")
    if isinstance(get(line, "id"), str) and get(line, "custom_id") is not None and answer is not None:
        made = get(answer, "created") or get(answer, "created_at")
        _log(answer, line["id"], made if isinstance(made, (int, float)) else None, shared)


def _log(answer: Any, name: str, made: Optional[float], shared: Shared) -> None:
    fields = usage_of(answer)
    if fields is None or made is None:
        return
    more: Dict[str, Any] = {"model": get(answer, "model")} if isinstance(get(answer, "model"), str) else {}
    tier = tier_of(fields.pop("tier", None)) or "batch"
    path, tags = shared.place()
    shared.current().log_as(id_of(name, made), path, shared.service, tags, {**fields, **more, "tier": tier})


def _seconds(made: Any) -> Optional[float]:
    if isinstance(made, str):
        made = datetime.fromisoformat(made[:-1] + "+00:00" if made.endswith("Z") else made)
    return made.timestamp() if isinstance(made, datetime) else None
