"""A stand-in for the openai package, in its documented shape, for tests and the demo."""

from __future__ import annotations

import os
import sys
from functools import cached_property
from typing import Any, Iterator, Optional

sys.path.append(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from shapes import (
    NOT_GIVEN,
    URL,
    APIConnectionError,
    APIError,
    APIStatusError,
    AsyncAPIResource,  # noqa: E402
    AsyncStream,
    BadRequestError,
    BaseModel,
    RateLimitError,
    Stream,
    SyncAPIResource,
    post,
    required_args,
)

__all__ = [
    "NOT_GIVEN",
    "APIConnectionError",
    "APIError",
    "APIStatusError",
    "AsyncOpenAI",
    "AsyncStream",
    "BadRequestError",
    "LengthFinishReasonError",
    "OpenAI",
    "RateLimitError",
    "Stream",
]


class ChatCompletion(BaseModel):
    pass


class ChatCompletionChunk(BaseModel):
    pass


class Response(BaseModel):
    pass


class ResponseStreamEvent(BaseModel):
    pass


class CreateEmbeddingResponse(BaseModel):
    pass


class ChatCompletionStream:
    """What chat.completions.stream() yields: events built from chunks."""

    def __init__(self, *, raw_stream: Stream) -> None:
        self._raw_stream = raw_stream
        self._response = raw_stream.response
        self._iterator = self.__stream__()
        self._text = ""

    def __next__(self) -> Any:
        return self._iterator.__next__()

    def __iter__(self) -> Iterator[Any]:
        for item in self._iterator:
            yield item

    def __enter__(self) -> "ChatCompletionStream":
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()

    def close(self) -> None:
        self._response.close()

    def get_final_completion(self) -> str:
        for _ in self:
            pass
        return self._text

    def __stream__(self) -> Iterator[Any]:
        for chunk in self._raw_stream:
            yield BaseModel(type="chunk", chunk=chunk)
            for choice in chunk.choices:
                if getattr(choice.delta, "content", None):
                    self._text += choice.delta.content
                    yield BaseModel(type="content.delta", delta=choice.delta.content)


class LengthFinishReasonError(APIError):
    def __init__(self, *, completion: ChatCompletion) -> None:
        super().__init__("Could not parse response content as the length limit was reached")
        self.completion = completion


def parse_chat(completion: ChatCompletion, response_format: Any) -> ChatCompletion:
    for choice in completion.choices:
        if choice.finish_reason == "length":
            raise LengthFinishReasonError(completion=completion)
        choice.message.parsed = response_format(choice.message.content)
    return completion


class ChatCompletionStreamManager:
    def __init__(self, api_request: Any) -> None:
        self.__stream: Optional[ChatCompletionStream] = None
        self.__api_request = api_request

    def __enter__(self) -> ChatCompletionStream:
        self.__stream = ChatCompletionStream(raw_stream=self.__api_request())
        return self.__stream

    def __exit__(self, *_: Any) -> None:
        if self.__stream is not None:
            self.__stream.close()


class Completions(SyncAPIResource):
    @required_args("messages", "model")
    def create(self, *, messages: Any, model: str, stream: Any = NOT_GIVEN, **more: Any) -> Any:
        return self._post(
            "/chat/completions",
            {"messages": messages, "model": model, "stream": stream, **more},
            ChatCompletion,
            ChatCompletionChunk,
        )

    def parse(self, *, messages: Any, model: str, response_format: Any, **more: Any) -> Any:
        return parse_chat(self.create(messages=messages, model=model, **more), response_format)

    def stream(self, *, messages: Any, model: str, **more: Any) -> ChatCompletionStreamManager:
        return ChatCompletionStreamManager(lambda: self.create(messages=messages, model=model, stream=True, **more))


class AsyncCompletions(AsyncAPIResource):
    @required_args("messages", "model")
    async def create(self, *, messages: Any, model: str, stream: Any = NOT_GIVEN, **more: Any) -> Any:
        return await self._post(
            "/chat/completions",
            {"messages": messages, "model": model, "stream": stream, **more},
            ChatCompletion,
            ChatCompletionChunk,
        )

    async def parse(self, *, messages: Any, model: str, response_format: Any, **more: Any) -> Any:
        return parse_chat(await self.create(messages=messages, model=model, **more), response_format)


class Chat(SyncAPIResource):
    @cached_property
    def completions(self) -> Completions:
        return Completions(self._client)


class AsyncChat(AsyncAPIResource):
    @cached_property
    def completions(self) -> AsyncCompletions:
        return AsyncCompletions(self._client)


class Responses(SyncAPIResource):
    def retrieve(self, response_id: str) -> Any:
        return self._get(f"/responses/{response_id}", Response)

    def create(self, *, model: str, input: Any = NOT_GIVEN, stream: Any = NOT_GIVEN, **more: Any) -> Any:
        return self._post(
            "/responses", {"model": model, "input": input, "stream": stream, **more}, Response, ResponseStreamEvent
        )


class AsyncResponses(AsyncAPIResource):
    async def retrieve(self, response_id: str) -> Any:
        return await self._get(f"/responses/{response_id}", Response)

    async def create(self, *, model: str, input: Any = NOT_GIVEN, stream: Any = NOT_GIVEN, **more: Any) -> Any:
        return await self._post(
            "/responses", {"model": model, "input": input, "stream": stream, **more}, Response, ResponseStreamEvent
        )


class Embeddings(SyncAPIResource):
    def create(self, *, model: str, input: Any, **more: Any) -> Any:
        return self._post("/embeddings", {"model": model, "input": input, **more}, CreateEmbeddingResponse)


class AsyncEmbeddings(AsyncAPIResource):
    async def create(self, *, model: str, input: Any, **more: Any) -> Any:
        return await self._post("/embeddings", {"model": model, "input": input, **more}, CreateEmbeddingResponse)


class Images(SyncAPIResource):
    def generate(self, *, prompt: str, model: str, **more: Any) -> Any:
        return self._post("/images/generations", {"model": model, "prompt": prompt, **more}, BaseModel)


class Transcriptions(SyncAPIResource):
    def create(self, *, file: Any, model: str, **more: Any) -> Any:
        return self._post("/audio/transcriptions", {"model": model, **more}, BaseModel)


class Speech(SyncAPIResource):
    def create(self, *, input: str, model: str, voice: str, **more: Any) -> Any:
        return self._post("/audio/speech", {"model": model, "input": input, "voice": voice, **more}, BaseModel)


class Moderations(SyncAPIResource):
    def create(self, *, input: Any, **more: Any) -> Any:
        return self._post("/moderations", {"input": input, **more}, BaseModel)


class Batches(SyncAPIResource):
    def create(self, *, input_file_id: str, endpoint: str) -> Any:
        return self._post("/batches", {"input_file_id": input_file_id, "endpoint": endpoint}, BaseModel)


class AsyncBatches(AsyncAPIResource):
    async def create(self, *, input_file_id: str, endpoint: str) -> Any:
        return await self._post("/batches", {"input_file_id": input_file_id, "endpoint": endpoint}, BaseModel)


class Content:
    def __init__(self, text: str) -> None:
        self.text = text


class Files(SyncAPIResource):
    def content(self, file_id: str) -> Content:
        return Content(post(str(self._client.base_url), f"/files/{file_id}", None).read().decode())


class Audio(SyncAPIResource):
    @cached_property
    def transcriptions(self) -> Transcriptions:
        return Transcriptions(self._client)

    @cached_property
    def speech(self) -> Speech:
        return Speech(self._client)


class OpenAI:
    """base_url: else OPENAI_BASE_URL."""

    def __init__(self, *, api_key: str = "sk-none", base_url: Optional[str] = None, max_retries: int = 2) -> None:
        self.api_key = api_key
        self.base_url = URL(base_url or os.environ["OPENAI_BASE_URL"])
        self.max_retries = max_retries

    @cached_property
    def chat(self) -> Chat:
        return Chat(self)

    @cached_property
    def responses(self) -> Responses:
        return Responses(self)

    @cached_property
    def embeddings(self) -> Embeddings:
        return Embeddings(self)

    @cached_property
    def images(self) -> Images:
        return Images(self)

    @cached_property
    def audio(self) -> Audio:
        return Audio(self)

    @cached_property
    def moderations(self) -> Moderations:
        return Moderations(self)

    @cached_property
    def batches(self) -> Any:
        return Batches(self)

    @cached_property
    def files(self) -> Files:
        return Files(self)

    def with_options(self, *, max_retries: int) -> "OpenAI":
        return type(self)(api_key=self.api_key, base_url=str(self.base_url), max_retries=max_retries)

    def __enter__(self) -> "OpenAI":
        return self

    def __exit__(self, *_: Any) -> None:
        pass


class AsyncOpenAI(OpenAI):
    @cached_property
    def chat(self) -> Any:
        return AsyncChat(self)

    @cached_property
    def responses(self) -> Any:
        return AsyncResponses(self)

    @cached_property
    def embeddings(self) -> Any:
        return AsyncEmbeddings(self)

    @cached_property
    def batches(self) -> Any:
        return AsyncBatches(self)
