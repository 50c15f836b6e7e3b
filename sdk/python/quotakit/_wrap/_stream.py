"""Streams: watched while the caller reads them, recorded once at their end, however they end."""

from __future__ import annotations

from typing import Any, Callable, Optional

from .._track import Track
from ._disguise import Disguise
from ._observe import Observer


class Watch:
    """Ends the call of one stream: with its usage if that came, else by what was received, marked as an estimate."""

    __slots__ = ("call", "observer")

    def __init__(self, call: Track, observer: Observer) -> None:
        self.call = call
        self.observer = observer

    def end(self, error: Optional[BaseException] = None) -> None:
        observer = self.observer
        if observer.fields is not None:
            self.call.end({**observer.fields, **({"ok": False} if error is not None else {})})
            return
        partial = observer.partial()
        if partial is not None:
            if "output_tokens" in partial:
                partial["output_tokens"] = self.call.at_most(partial["output_tokens"])
            self.call.end({"usage": partial, "estimated": True, **({"ok": False} if error is not None else {})})
        elif error is not None and not observer.pieces:
            self.call.fail(error)
        else:
            self.call.end_estimated(error is None, None, observer.received() or None)

    def see(self, piece: Any) -> bool:
        """Shows it a piece; returns whether the caller is to see it."""
        self.observer.seen = True
        try:
            return self.observer.see(piece)
        except Exception:  # a shape we do not know must not break the caller's stream
            return True


class Watched:
    """The iterator inside a stream, with a watch. Collected unfinished, it ends the call."""

    def __init__(self, inner: Any, watch: Watch) -> None:
        self._inner = inner
        self._watch = watch

    def __iter__(self) -> "Watched":
        return self

    def __next__(self) -> Any:
        while True:
            try:
                piece = next(self._inner)
            except StopIteration:
                self._watch.end()
                raise
            except BaseException as error:
                self._watch.end(error)
                raise
            if self._watch.see(piece):
                return piece

    def __del__(self) -> None:
        watch = getattr(self, "_watch", None)
        if watch is not None:
            watch.end()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


class WatchedAsync(Watched):
    """The same of an async stream."""

    def __aiter__(self) -> "WatchedAsync":
        return self

    async def __anext__(self) -> Any:
        while True:
            try:
                piece = await self._inner.__anext__()
            except StopAsyncIteration:
                self._watch.end()
                raise
            except BaseException as error:
                self._watch.end(error)
                raise
            if self._watch.see(piece):
                return piece


def watch_stream(watch: Watch, stream: Any) -> Any:
    """Watches a stream and returns it. The clients' own streams read from an iterator that they keep, which is
    replaced in this one object; any other is returned in a disguise of its type."""
    inner = getattr(stream, "_iterator", None)
    asynchronous = hasattr(type(stream), "__anext__") or hasattr(type(stream), "__aiter__")
    wrapper = WatchedAsync if asynchronous else Watched
    if inner is not None and hasattr(inner, "__anext__" if asynchronous else "__next__"):
        try:
            stream.close = _closing(stream.close, watch, asynchronous)
            stream._iterator = wrapper(inner, watch)
            return stream
        except AttributeError:
            pass  # neither can be set in an object with slots
    return DisguisedStream(stream, watch, asynchronous)


def _closing(close: Callable[[], Any], watch: Watch, asynchronous: bool) -> Callable[[], Any]:
    if asynchronous:

        async def close_async() -> Any:
            try:
                return await close()
            finally:
                watch.end()

        return close_async

    def close_now() -> Any:
        try:
            return close()
        finally:
            watch.end()

    return close_now


class DisguisedStream(Disguise):
    """A stream of a class that we do not know."""

    def __init__(self, target: Any, watch: Watch, asynchronous: bool) -> None:
        super().__init__(target)
        source = target
        if asynchronous and not hasattr(type(target), "__anext__"):
            source = target.__aiter__()
        elif not asynchronous and not hasattr(type(target), "__next__"):
            source = iter(target)
        object.__setattr__(self, "_qk_watch", watch)
        object.__setattr__(self, "_qk_read", (WatchedAsync if asynchronous else Watched)(source, watch))
        if hasattr(target, "close"):
            object.__setattr__(self, "close", _closing(target.close, watch, asynchronous))

    def __iter__(self) -> Any:
        return iter(self._qk_read)

    def __next__(self) -> Any:
        return next(self._qk_read)

    def __aiter__(self) -> Any:
        return self._qk_read.__aiter__()

    async def __anext__(self) -> Any:
        return await self._qk_read.__anext__()

    def __enter__(self) -> Any:
        self._qk_target.__enter__()
        return self

    def __exit__(self, *error: Any) -> Any:
        try:
            return self._qk_target.__exit__(*error)
        finally:
            self._qk_watch.end()

    async def __aenter__(self) -> Any:
        await self._qk_target.__aenter__()
        return self

    async def __aexit__(self, *error: Any) -> Any:
        try:
            return await self._qk_target.__aexit__(*error)
        finally:
            self._qk_watch.end()
