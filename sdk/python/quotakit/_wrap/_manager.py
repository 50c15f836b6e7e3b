"""Context managers that make the request when they are entered, such as messages.stream()."""

from __future__ import annotations

import inspect
from typing import Any, Callable, Optional

from .._track import Track
from ._blame import failed
from ._disguise import Disguise
from ._raw import body_of, look_at_body, watch_response
from ._stream import Watch, watch_stream


class DisguisedManager(Disguise):
    """Begins the call on entry and ends it on exit. watch: of a stream, None if the answer comes as a whole.
    method: what it will call, where it yields a raw response; answered: what then is done with a whole answer."""

    def __init__(
        self,
        target: Any,
        call: Track,
        watch: Optional[Watch],
        method: Any = None,
        answered: Optional[Callable[[Any], None]] = None,
    ) -> None:
        super().__init__(target)
        object.__setattr__(self, "_qk_call", call)
        object.__setattr__(self, "_qk_watch", watch)
        object.__setattr__(self, "_qk_method", method)
        object.__setattr__(self, "_qk_answered", answered)
        object.__setattr__(self, "_qk_entered", None)

    def _qk_enter(self, entered: Any) -> Any:
        if self._qk_watch is not None:
            entered = (watch_stream if self._qk_method is None else watch_response)(self._qk_watch, entered)
        object.__setattr__(self, "_qk_entered", entered)
        return entered

    def _qk_exit(self, error: Optional[BaseException]) -> None:
        if self._qk_watch is not None:
            if self._qk_method is not None and not self._qk_watch.observer.seen:
                look_at_body(self._qk_watch, self._qk_entered)
            self._qk_watch.end(error)
        elif error is None:
            self._qk_answered(body_of(self._qk_entered))
        else:
            self._qk_call.finish(body_of(self._qk_entered), error)

    def __enter__(self) -> Any:
        self._qk_call.begin()
        try:
            entered = self._qk_target.__enter__()
        except BaseException as error:
            failed(self._qk_call, error, self._qk_method)
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
            failed(self._qk_call, error, self._qk_method)
            raise
        return self._qk_enter(entered)

    async def __aexit__(self, kind: Any, error: Optional[BaseException], trace: Any) -> Any:
        try:
            return await self._qk_target.__aexit__(kind, error, trace)
        finally:
            self._qk_exit(error)
