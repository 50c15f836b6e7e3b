"""What the Python clients of OpenAI and Anthropic have in common, in the shapes that their documentation shows:
models with attributes, streams that keep an iterator, methods behind decorators, errors with a status."""

from __future__ import annotations

import asyncio
import functools
import http.client
import json
from functools import cached_property
from typing import Any, AsyncIterator, Callable, Dict, Iterator, Optional, Tuple
from urllib.parse import urlsplit


class NotGiven:
    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return "NOT_GIVEN"


NOT_GIVEN = NotGiven()


class BaseModel:
    """Attributes of a JSON object, nested ones too."""

    def __init__(self, **fields: Any) -> None:
        for name, value in fields.items():
            setattr(self, name, build(value))

    def model_dump(self) -> Dict[str, Any]:
        return {name: _dump(value) for name, value in vars(self).items()}


def build(value: Any, cls: Any = None) -> Any:
    if isinstance(value, dict):
        return (cls or BaseModel)(**value)
    return [build(item) for item in value] if isinstance(value, list) else value


def _dump(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump()
    return [_dump(item) for item in value] if isinstance(value, list) else value


class APIError(Exception):
    pass


class APIConnectionError(APIError):
    pass


class APIStatusError(APIError):
    def __init__(self, message: str, status_code: int, body: Any) -> None:
        super().__init__(message)
        self.status_code = status_code
        self.body = body


class RateLimitError(APIStatusError):
    pass


class BadRequestError(APIStatusError):
    pass


class URL:
    def __init__(self, text: str) -> None:
        self._text = text
        self.host = urlsplit(text).hostname

    def __str__(self) -> str:
        return self._text


class ResponseNotRead(RuntimeError):
    pass


class Raw:
    """The HTTP response under an answer or a stream. `content` is there once it has been read."""

    def __init__(self, connection: http.client.HTTPConnection, response: http.client.HTTPResponse) -> None:
        self._connection, self._response = connection, response
        self._content: Any = None
        self.closed = False

    @property
    def content(self) -> bytes:
        if self._content is None:
            raise ResponseNotRead()
        content: bytes = self._content
        return content

    def read(self) -> bytes:
        if self._content is None:
            self._content = self._response.read()
            self._connection.close()
        return self.content

    def iter_bytes(self, size: int = 100) -> Iterator[bytes]:
        while True:
            chunk = self._response.read(size)
            if not chunk:
                return
            yield chunk

    def iter_lines(self) -> Iterator[str]:
        for line in self._response:
            yield line.decode().rstrip("\n")

    def events(self) -> Iterator[str]:
        for line in self.iter_lines():
            if line.startswith("data: "):
                yield line[6:]

    def close(self) -> None:
        self.closed = True
        self._connection.close()

    async def aclose(self) -> None:
        self.close()


def post(base_url: str, target: str, body: Optional[Dict[str, Any]]) -> Raw:
    url = urlsplit(base_url)
    connection = http.client.HTTPConnection(url.hostname or "", url.port, timeout=10)
    try:
        connection.request(
            "GET" if body is None else "POST",
            url.path.rstrip("/") + target,
            None if body is None else json.dumps(body, default=lambda x: x.model_dump()),
            {"Content-Type": "application/json"},
        )
        response = connection.getresponse()
    except OSError as error:
        raise APIConnectionError("Connection error.") from error
    if response.status >= 400:
        data = json.loads(response.read())
        kind = {429: RateLimitError, 400: BadRequestError}.get(response.status, APIStatusError)
        raise kind(f"Error code: {response.status}", response.status, data)
    return Raw(connection, response)


class Stream:
    """Iterates over the pieces of one answer. `response` is the HTTP response."""

    def __init__(self, *, cast_to: Any, response: Raw) -> None:
        self.response = response
        self._cast_to = cast_to
        self._iterator = self.__stream__()

    def __next__(self) -> Any:
        return self._iterator.__next__()

    def __iter__(self) -> Iterator[Any]:
        for item in self._iterator:
            yield item

    def __stream__(self) -> Iterator[Any]:
        try:
            for data in self.response.events():
                if data == "[DONE]":
                    break
                piece = json.loads(data)
                if piece.get("error"):
                    raise APIError(piece["error"]["message"])
                yield build(piece, self._cast_to)
        finally:
            self.response.close()

    def __enter__(self) -> "Stream":
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()

    def close(self) -> None:
        self.response.close()


class AsyncStream:
    def __init__(self, *, cast_to: Any, response: Raw) -> None:
        self.response = response
        self._cast_to = cast_to
        self._iterator = self.__stream__()

    async def __anext__(self) -> Any:
        return await self._iterator.__anext__()

    async def __aiter__(self) -> AsyncIterator[Any]:
        async for item in self._iterator:
            yield item

    async def __stream__(self) -> AsyncIterator[Any]:
        events = self.response.events()
        try:
            while True:
                data = await asyncio.to_thread(next, events, "[DONE]")
                if data == "[DONE]":
                    break
                piece = json.loads(data)
                if piece.get("error"):
                    raise APIError(piece["error"]["message"])
                yield build(piece, self._cast_to)
        finally:
            await self.response.aclose()

    async def __aenter__(self) -> "AsyncStream":
        return self

    async def __aexit__(self, *_: Any) -> None:
        await self.close()

    async def close(self) -> None:
        await self.response.aclose()


def required_args(*names: str) -> Callable[[Any], Any]:
    """Raises TypeError when one is missing. Like the clients' own it hides that a method is async."""

    def inner(function: Any) -> Any:
        @functools.wraps(function)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            missing = [name for name in names if name not in kwargs]
            if missing:
                raise TypeError(f"Missing required arguments: {missing}")
            return function(*args, **kwargs)

        return wrapper

    return inner


RAW_HEADER = "X-Stainless-Raw-Response"


class APIResponse:
    """What with_raw_response and with_streaming_response give."""

    def __init__(self, raw: Raw, cast_to: Any, stream_to: Any, stream: bool) -> None:
        self.headers = {"x-request-id": "req_1"}
        self.http_response = raw
        self._cast_to, self._stream_to, self._stream = cast_to, stream_to, stream
        self._parsed: Any = None

    def parse(self) -> Any:
        if self._parsed is None:
            if self._stream:
                self._parsed = Stream(cast_to=self._stream_to, response=self.http_response)
            else:
                self._parsed = build(json.loads(self.http_response.read()), self._cast_to)
        return self._parsed

    def read(self) -> bytes:
        return self.http_response.read()

    def iter_bytes(self) -> Iterator[bytes]:
        yield from self.http_response.iter_bytes()

    def iter_lines(self) -> Iterator[str]:
        yield from self.http_response.iter_lines()

    def close(self) -> None:
        self.http_response.close()


class LegacyAsyncAPIResponse(APIResponse):
    """What with_raw_response of an async client gives: parse() is not async."""

    def parse(self) -> Any:
        if self._stream and self._parsed is None:
            self._parsed = AsyncStream(cast_to=self._stream_to, response=self.http_response)
        return self._parsed if self._stream else super().parse()


class AsyncAPIResponse(LegacyAsyncAPIResponse):
    async def parse(self) -> Any:  # type: ignore[override]
        return super().parse()

    async def read(self) -> bytes:  # type: ignore[override]
        return super().read()

    async def iter_lines(self) -> AsyncIterator[str]:  # type: ignore[override]
        for line in super().iter_lines():
            yield line

    async def close(self) -> None:  # type: ignore[override]
        super().close()


class ResponseContextManager:
    def __init__(self, request: Callable[[], APIResponse]) -> None:
        self._request = request

    def __enter__(self) -> APIResponse:
        self._response = self._request()
        return self._response

    def __exit__(self, *_: Any) -> None:
        self._response.close()


class AsyncResponseContextManager:
    def __init__(self, request: Any) -> None:
        self._request = request

    async def __aenter__(self) -> AsyncAPIResponse:
        self._response = await self._request
        response: AsyncAPIResponse = self._response
        return response

    async def __aexit__(self, *_: Any) -> None:
        await self._response.close()


class View:
    """A resource whose methods return raw responses. kind: `raw`, or `stream` for those to be read in a with block."""

    def __init__(self, resource: Any, kind: str) -> None:
        for name in ("create", "parse"):
            if hasattr(resource, name):
                setattr(self, name, self._view(getattr(resource, name), kind, isinstance(resource, AsyncAPIResource)))

    @staticmethod
    def _view(method: Any, kind: str, asynchronous: bool) -> Any:
        @functools.wraps(method)
        def viewed(*args: Any, **kwargs: Any) -> Any:
            kwargs["extra_headers"] = {**(kwargs.get("extra_headers") or {}), RAW_HEADER: kind}
            if kind == "raw":
                return method(*args, **kwargs)
            if asynchronous:
                return AsyncResponseContextManager(method(*args, **kwargs))
            return ResponseContextManager(functools.partial(method, *args, **kwargs))

        return viewed


class APIResource:
    def __init__(self, client: Any) -> None:
        self._client = client

    @cached_property
    def with_raw_response(self) -> View:
        return View(self, "raw")

    @cached_property
    def with_streaming_response(self) -> View:
        return View(self, "stream")


class SyncAPIResource(APIResource):
    def _post(self, target: str, body: Dict[str, Any], cast_to: Any, stream_to: Any = None) -> Any:
        body, headers = sendable(body)
        stream = bool(body.get("stream"))
        raw = post(str(self._client.base_url), target, body)
        if headers.get(RAW_HEADER) == "raw" and not stream:
            raw.read()
        if RAW_HEADER in headers:
            return APIResponse(raw, cast_to, stream_to, stream)
        return Stream(cast_to=stream_to, response=raw) if stream else build(json.loads(raw.read()), cast_to)

    def _get(self, target: str, cast_to: Any) -> Any:
        return build(json.loads(post(str(self._client.base_url), target, None).read()), cast_to)


class AsyncAPIResource(APIResource):
    async def _get(self, target: str, cast_to: Any) -> Any:
        raw = await asyncio.to_thread(post, str(self._client.base_url), target, None)
        return build(json.loads(raw.read()), cast_to)

    async def _post(self, target: str, body: Dict[str, Any], cast_to: Any, stream_to: Any = None) -> Any:
        body, headers = sendable(body)
        stream = bool(body.get("stream"))
        raw = await asyncio.to_thread(post, str(self._client.base_url), target, body)
        if headers.get(RAW_HEADER) == "raw" and not stream:
            raw.read()
        if RAW_HEADER in headers:
            kind = LegacyAsyncAPIResponse if headers[RAW_HEADER] == "raw" else AsyncAPIResponse
            return kind(raw, cast_to, stream_to, stream)
        return AsyncStream(cast_to=stream_to, response=raw) if stream else build(json.loads(raw.read()), cast_to)


def sendable(body: Dict[str, Any]) -> "Tuple[Dict[str, Any], Dict[str, str]]":
    """What goes out, and the headers."""
    body = {name: value for name, value in body.items() if not isinstance(value, NotGiven)}
    headers: Dict[str, str] = body.pop("extra_headers", None) or {}
    return body, headers
