"""A stand-in for the anthropic package, in its documented shape, for tests."""

from __future__ import annotations

import inspect
import os
import sys
from functools import cached_property
from typing import Any, AsyncIterator, Iterator, Optional

sys.path.append(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from shapes import (
    NOT_GIVEN,
    URL,
    APIError,
    APIStatusError,
    AsyncAPIResource,
    AsyncStream,
    BaseModel,  # noqa: E402
    RateLimitError,
    Stream,
    SyncAPIResource,
    required_args,
)

__all__ = [
    "NOT_GIVEN",
    "APIError",
    "APIStatusError",
    "Anthropic",
    "AsyncAnthropic",
    "AsyncStream",
    "RateLimitError",
    "Stream",
]


class Message(BaseModel):
    pass


class RawMessageStreamEvent(BaseModel):
    pass


class MessageStream:
    text_stream: Iterator[str]

    def __init__(self, raw_stream: Stream) -> None:
        self._raw_stream = raw_stream
        self.text_stream = self.__stream_text__()
        self._iterator = self.__stream__()
        self.__final: Any = None

    @property
    def response(self) -> Any:
        return self._raw_stream.response

    def __next__(self) -> Any:
        return self._iterator.__next__()

    def __iter__(self) -> Iterator[Any]:
        for item in self._iterator:
            yield item

    def __enter__(self) -> "MessageStream":
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()

    def close(self) -> None:
        self._raw_stream.close()

    def get_final_message(self) -> Any:
        for _ in self:
            pass
        return self.__final

    def __stream__(self) -> Iterator[Any]:
        for event in self._raw_stream:
            if event.type == "message_start":
                self.__final = event.message
            yield event
            if event.type == "content_block_delta":
                yield BaseModel(type="text", text=event.delta.text)

    def __stream_text__(self) -> Iterator[str]:
        for event in self:
            if event.type == "content_block_delta" and event.delta.type == "text_delta":
                yield event.delta.text


class MessageStreamManager:
    def __init__(self, api_request: Any) -> None:
        self.__stream: Optional[MessageStream] = None
        self.__api_request = api_request

    def __enter__(self) -> MessageStream:
        self.__stream = MessageStream(self.__api_request())
        return self.__stream

    def __exit__(self, *_: Any) -> None:
        if self.__stream is not None:
            self.__stream.close()


class AsyncMessageStream:
    def __init__(self, raw_stream: AsyncStream) -> None:
        self._raw_stream = raw_stream
        self.text_stream = self.__stream_text__()
        self._iterator = self.__stream__()

    async def __anext__(self) -> Any:
        return await self._iterator.__anext__()

    async def __aiter__(self) -> AsyncIterator[Any]:
        async for item in self._iterator:
            yield item

    async def close(self) -> None:
        await self._raw_stream.close()

    async def __stream__(self) -> AsyncIterator[Any]:
        async for event in self._raw_stream:
            yield event

    async def __stream_text__(self) -> AsyncIterator[str]:
        async for event in self:
            if event.type == "content_block_delta":
                yield event.delta.text


class AsyncMessageStreamManager:
    def __init__(self, api_request: Any) -> None:
        self.__stream: Optional[AsyncMessageStream] = None
        self.__api_request = api_request

    async def __aenter__(self) -> AsyncMessageStream:
        self.__stream = AsyncMessageStream(await self.__api_request)
        return self.__stream

    async def __aexit__(self, *_: Any) -> None:
        if self.__stream is not None:
            await self.__stream.close()


class Messages(SyncAPIResource):
    @cached_property
    def batches(self) -> Any:
        return Batches(self._client)

    @required_args("max_tokens", "messages", "model")
    def create(self, *, max_tokens: int, messages: Any, model: str, stream: Any = NOT_GIVEN, **more: Any) -> Any:
        body = {"max_tokens": max_tokens, "messages": messages, "model": model, "stream": stream, **more}
        return self._post("/messages", body, Message, RawMessageStreamEvent)

    def stream(self, *, max_tokens: int, messages: Any, model: str, **more: Any) -> MessageStreamManager:
        return MessageStreamManager(
            lambda: self.create(max_tokens=max_tokens, messages=messages, model=model, stream=True, **more)
        )


class Batches(SyncAPIResource):
    def create(self, *, requests: Any) -> Any:
        return self._post("/messages/batches", {"requests": requests}, BaseModel)

    def retrieve(self, batch: str) -> Any:
        return self._get(f"/messages/batches/{batch}", BaseModel)

    def results(self, batch: str) -> Any:
        return iter(self._get(f"/messages/batches/{batch}/results", BaseModel))


class ToolRunner:
    """Two turns, by a client of its own."""

    def __init__(self, client: Any, stream: bool, arguments: Any) -> None:
        self._client, self._stream, self._arguments = client, stream, arguments

    def __iter__(self) -> Iterator[Any]:
        for _ in range(2):
            if self._stream:
                with self._client.beta.messages.stream(**self._arguments) as stream:
                    yield stream
                    stream.get_final_message()
            else:
                yield self._client.beta.messages.parse(**self._arguments)


class AsyncToolRunner(ToolRunner):
    async def __aiter__(self) -> AsyncIterator[Any]:
        for _ in range(2):
            yield await self._client.beta.messages.parse(**self._arguments)


class BetaMessages(Messages):
    def parse(self, **arguments: Any) -> Any:
        return self.create(**arguments)

    def tool_runner(self, *, stream: bool = False, **arguments: Any) -> ToolRunner:
        return ToolRunner(self._client, stream, arguments)


class AsyncMessages(AsyncAPIResource):
    @required_args("max_tokens", "messages", "model")
    async def create(self, *, max_tokens: int, messages: Any, model: str, stream: Any = NOT_GIVEN, **more: Any) -> Any:
        body = {"max_tokens": max_tokens, "messages": messages, "model": model, "stream": stream, **more}
        return await self._post("/messages", body, Message, RawMessageStreamEvent)

    def stream(self, *, max_tokens: int, messages: Any, model: str, **more: Any) -> AsyncMessageStreamManager:
        return AsyncMessageStreamManager(
            self.create(max_tokens=max_tokens, messages=messages, model=model, stream=True, **more)
        )


class AsyncBetaMessages(AsyncMessages):
    async def parse(self, **arguments: Any) -> Any:
        return await self.create(**arguments)

    def tool_runner(self, **arguments: Any) -> AsyncToolRunner:
        return AsyncToolRunner(self._client, False, arguments)


class Beta(SyncAPIResource):
    @cached_property
    def messages(self) -> Any:
        return (AsyncBetaMessages if isinstance(self._client, AsyncAnthropic) else BetaMessages)(self._client)


class Anthropic:
    def __init__(self, *, api_key: str = "sk-none", base_url: str) -> None:
        self.api_key = api_key
        self.base_url = URL(base_url)

    @cached_property
    def messages(self) -> Any:
        return Messages(self)

    @cached_property
    def beta(self) -> Beta:
        return Beta(self)


class AsyncAnthropic(Anthropic):
    @cached_property
    def messages(self) -> Any:
        return AsyncMessages(self)


assert inspect.iscoroutinefunction(AsyncMessages.create.__wrapped__)  # hidden behind the decorator, as in the real one
