"""What the Python clients of OpenAI and Anthropic have in common, in the shapes that their documentation shows:
models with attributes, streams that keep an iterator, methods behind decorators, errors with a status."""

from __future__ import annotations

import asyncio
import functools
import http.client
import json
from functools import cached_property
from typing import Any, AsyncIterator, Callable, Dict, Iterator
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


class Raw:
    """The HTTP response under a stream."""

    def __init__(self, connection: http.client.HTTPConnection, response: http.client.HTTPResponse) -> None:
        self._connection, self._response = connection, response
        self.closed = False

    def events(self) -> Iterator[str]:
        for line in self._response:
            if line.startswith(b"data: "):
                yield line[6:].decode().strip()

    def close(self) -> None:
        self.closed = True
        self._connection.close()

    async def aclose(self) -> None:
        self.close()


def post(base_url: str, target: str, body: Dict[str, Any], stream: bool) -> Any:
    url = urlsplit(base_url)
    connection = http.client.HTTPConnection(url.hostname or "", url.port, timeout=10)
    try:
        connection.request(
            "POST",
            url.path.rstrip("/") + target,
            json.dumps(body, default=lambda x: x.model_dump()),
            {"Content-Type": "application/json"},
        )
        response = connection.getresponse()
    except OSError as error:
        raise APIConnectionError("Connection error.") from error
    if response.status >= 400:
        data = json.loads(response.read())
        kind = {429: RateLimitError, 400: BadRequestError}.get(response.status, APIStatusError)
        raise kind(f"Error code: {response.status}", response.status, data)
    if stream:
        return Raw(connection, response)
    data = json.loads(response.read())
    connection.close()
    return data


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


class APIResponse:
    """What with_raw_response gives."""

    def __init__(self, parsed: Any) -> None:
        self.headers = {"x-request-id": "req_1"}
        self._parsed = parsed

    def parse(self) -> Any:
        return self._parsed


class WithRawResponse:
    def __init__(self, resource: Any) -> None:
        self._resource = resource
        create = resource.create
        if isinstance(resource, AsyncAPIResource):

            @functools.wraps(create)
            async def wrapped_async(*args: Any, **kwargs: Any) -> APIResponse:
                return APIResponse(await create(*args, **kwargs))

            self.create = wrapped_async
        else:

            @functools.wraps(create)
            def wrapped(*args: Any, **kwargs: Any) -> APIResponse:
                return APIResponse(create(*args, **kwargs))

            self.create = wrapped


class APIResource:
    def __init__(self, client: Any) -> None:
        self._client = client

    @cached_property
    def with_raw_response(self) -> WithRawResponse:
        return WithRawResponse(self)


class SyncAPIResource(APIResource):
    def _post(self, target: str, body: Dict[str, Any], cast_to: Any, stream_to: Any = None) -> Any:
        body = sendable(body)
        answer = post(str(self._client.base_url), target, body, bool(body.get("stream")))
        return Stream(cast_to=stream_to, response=answer) if body.get("stream") else build(answer, cast_to)


class AsyncAPIResource(APIResource):
    async def _post(self, target: str, body: Dict[str, Any], cast_to: Any, stream_to: Any = None) -> Any:
        body = sendable(body)
        answer = await asyncio.to_thread(post, str(self._client.base_url), target, body, bool(body.get("stream")))
        return AsyncStream(cast_to=stream_to, response=answer) if body.get("stream") else build(answer, cast_to)


def sendable(body: Dict[str, Any]) -> Dict[str, Any]:
    return {name: value for name, value in body.items() if not isinstance(value, NotGiven)}
