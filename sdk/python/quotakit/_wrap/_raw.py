"""Raw responses, as with_raw_response and with_streaming_response give them: watched however they are read.

A stream is parsed, or read as bytes, text or lines; all of these are watched in this one object, which keeps its type.
What reads the HTTP response under it past that is not seen, so such a call is recorded by estimate.
"""

from __future__ import annotations

import inspect
import json
import weakref
from typing import Any, AsyncIterator, Callable, Iterator, List, Optional

from .._response import get
from ._stream import Watch, watch_stream

READERS = ("iter_bytes", "iter_text", "iter_lines")


def body_of(response: Any) -> Any:
    """The parsed JSON of a raw response that has been read; None if it has not, or is something else."""
    try:
        content = get(get(response, "http_response"), "content")
    except Exception:  # httpx raises where nothing was read
        return None
    if not isinstance(content, (str, bytes)):
        return None
    try:
        return json.loads(content)
    except ValueError:
        return None


def look_at_body(watch: Watch, response: Any) -> None:
    """Shows the watch a stream that was read as a whole."""
    try:
        content = get(get(response, "http_response"), "content")
    except Exception:
        return
    if isinstance(content, bytes):
        events = Events(watch)
        for line in content.split(b"\n"):
            events.line(line)
        events.rest()


class Events:
    """The server-sent events in what is read line by line: each is shown to the watch, and what the watch hides is
    left out. Lines, of str or of bytes, come out once their event is complete."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self._lines: List[Any] = []

    def line(self, line: Any) -> List[Any]:
        """Takes in a line; returns those that may go on to the caller."""
        self._lines.append(line)
        return [] if line.strip() else self.rest()

    def rest(self) -> List[Any]:
        """What has come so far is all there is of the event."""
        lines, self._lines = self._lines, []
        data = ""
        for line in lines:
            text = line.decode("utf-8", "replace") if isinstance(line, bytes) else line
            if text.startswith("data:"):
                data += text[5:]
        try:
            piece = json.loads(data)
        except ValueError:
            return lines  # [DONE], a comment, a ping
        return lines if self._watch.see(piece) else []


class Chunks:
    """The same for chunks that end anywhere."""

    def __init__(self, watch: Watch, empty: Any, newline: Any) -> None:
        self._events = Events(watch)
        self._empty = empty
        self._newline = newline
        self._half = empty

    def feed(self, chunk: Any) -> Any:
        *whole, self._half = (self._half + chunk).split(self._newline)
        return self._empty.join(out for line in whole for out in self._events.line(line + self._newline))

    def rest(self) -> Any:
        if self._half:
            self._events.line(self._half)
        return self._empty.join(self._events.rest())


class Filter:
    """What is read of a stream in one of the three ways, on its way to the caller."""

    def __init__(self, watch: Watch, lines: bool) -> None:
        self._watch = watch
        self._lines: Optional[Events] = Events(watch) if lines else None
        self._chunks: Optional[Chunks] = None

    def feed(self, piece: Any) -> List[Any]:
        if self._lines is not None:
            return self._lines.line(piece)
        if self._chunks is None:
            self._chunks = (
                Chunks(self._watch, b"", b"\n") if isinstance(piece, bytes) else Chunks(self._watch, "", "\n")
            )
        out = self._chunks.feed(piece)
        return [out] if out else []

    def rest(self) -> List[Any]:
        if self._lines is not None:
            return self._lines.rest()
        out = self._chunks.rest() if self._chunks is not None else None
        return [out] if out else []

    def read(self, pieces: Iterator[Any]) -> Iterator[Any]:
        error: Optional[BaseException] = None
        try:
            for piece in pieces:
                yield from self.feed(piece)
            yield from self.rest()
        except GeneratorExit:
            raise  # the caller has read enough
        except BaseException as caught:
            error = caught
            raise
        finally:
            self._watch.end(error)

    async def read_async(self, pieces: AsyncIterator[Any]) -> AsyncIterator[Any]:
        error: Optional[BaseException] = None
        try:
            async for piece in pieces:
                for out in self.feed(piece):
                    yield out
            for out in self.rest():
                yield out
        except GeneratorExit:
            raise
        except BaseException as caught:
            error = caught
            raise
        finally:
            self._watch.end(error)


def watch_response(watch: Watch, response: Any) -> Any:
    """Watches the raw response of a stream and returns it. Collected unread, it ends the call."""
    try:
        unread = weakref.finalize(response, watch.end)
        response.parse = _parsing(response.parse, watch, unread.detach)
        for name in READERS:
            if hasattr(response, name):
                setattr(response, name, _reading(getattr(response, name), watch, name == "iter_lines"))
    except (AttributeError, TypeError):
        pass  # of a class that we do not know: an object with slots. Its end is seen all the same, or its manager's
    return response


def _parsing(parse: Callable[..., Any], watch: Watch, parsed: Callable[[], Any]) -> Callable[..., Any]:
    """parse(), whose stream is watched; asked again it gives the same one, or another of the same pieces."""
    raw: List[Any] = []
    watched: List[Any] = []

    def take(stream: Any) -> Any:
        parsed()
        for known, twin in zip(raw, watched):
            if stream is known:
                return twin
        raw.append(stream)
        watched.append(watch_stream(watch, stream))
        return watched[-1]

    async def take_async(coming: Any) -> Any:
        return take(await coming)

    def parse_watched(*args: Any, **kwargs: Any) -> Any:
        stream = parse(*args, **kwargs)
        return take_async(stream) if inspect.isawaitable(stream) else take(stream)

    return parse_watched


def _reading(read: Callable[..., Any], watch: Watch, lines: bool) -> Callable[..., Any]:
    def read_watched(*args: Any, **kwargs: Any) -> Any:
        pieces = read(*args, **kwargs)
        through = Filter(watch, lines)
        return through.read_async(pieces) if hasattr(pieces, "__aiter__") else through.read(pieces)

    return read_watched
