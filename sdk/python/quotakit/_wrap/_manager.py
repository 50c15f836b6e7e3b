"""Context managers that make the request when they are entered, such as messages.stream()."""

from __future__ import annotations

import inspect
from typing import Any, Optional

from .._track import Track
from ._disguise import Disguise
from ._observe import Observer
from ._stream import Watch, watch_stream


class DisguisedManager(Disguise):
    """Begins the call on entry and ends it on exit. Without an observer what it yields is a raw response, whose usage
    nobody reads: the call is recorded by estimate unless the response was parsed."""

    def __init__(self, target: Any, call: Track, observer: Optional[Observer]) -> None:
        super().__init__(target)
        object.__setattr__(self, "_qk_call", call)
        object.__setattr__(self, "_qk_watch", None if observer is None else Watch(call, observer))
        object.__setattr__(self, "_qk_entered", None)

    def _qk_enter(self, entered: Any) -> Any:
        if self._qk_watch is not None:
            entered = watch_stream(self._qk_watch, entered)
        object.__setattr__(self, "_qk_entered", entered)
        return entered

    def _qk_exit(self, error: Optional[BaseException]) -> None:
        call: Track = self._qk_call
        if self._qk_watch is not None:
            self._qk_watch.end(error)
            return
        if error is not None:
            call.fail(error)
        else:
            parsed = getattr(self._qk_entered, "_parsed_by_type", None)
            values = list(parsed.values()) if isinstance(parsed, dict) else []
            call.finish(values[0] if values else None)

    def __enter__(self) -> Any:
        self._qk_call.begin()
        try:
            entered = self._qk_target.__enter__()
        except BaseException as error:
            self._qk_call.fail(error)
            raise
        return self._qk_enter(entered)

    def __exit__(self, kind: Any, error: Optional[BaseException], trace: Any) -> Any:
        try:
            return self._qk_target.__exit__(kind, error, trace)
        finally:
            self._qk_exit(error)

    async def __aenter__(self) -> Any:
        try:
            await self._qk_call.begin_async()
        except BaseException:
            # The request is a coroutine already; it will not be awaited.
            for value in vars(self._qk_target).values():
                if inspect.iscoroutine(value):
                    value.close()
            raise
        try:
            entered = await self._qk_target.__aenter__()
        except BaseException as error:
            self._qk_call.fail(error)
            raise
        return self._qk_enter(entered)

    async def __aexit__(self, kind: Any, error: Optional[BaseException], trace: Any) -> Any:
        try:
            return await self._qk_target.__aexit__(kind, error, trace)
        finally:
            self._qk_exit(error)
