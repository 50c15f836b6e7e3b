"""The methods that cost money, by where they stand in a client, and how each says what it will use."""

from __future__ import annotations

from typing import Any, Callable, Dict, Mapping, NamedTuple, Optional, Sequence, Tuple, Union

from ._observe import Chat, Messages, Observer, Responses
from ._request import given, integer, most_input, schema_bytes

Arguments = Dict[str, Any]


class Request(NamedTuple):
    """What is known of a call before it is made. parts: what it sends; most_input: tokens, None if not known."""

    parts: Sequence[Any]
    most_input: Optional[int]
    max_tokens: Optional[int]
    choices: int
    arguments: Arguments
    observer: Callable[[], Observer]


class Endpoint(NamedTuple):
    """read(arguments, ask_usage, streaming) → Request. manager: it returns a context manager for a stream."""

    read: Callable[[Arguments, bool, bool], Request]
    manager: bool = False


def _read_chat(arguments: Arguments, ask_usage: bool, streaming: bool) -> Request:
    limit = integer(arguments.get("max_completion_tokens"))
    if limit is None:
        limit = integer(arguments.get("max_tokens"))
    parts = [
        arguments.get("messages"),
        arguments.get("prompt"),
        schema_bytes(arguments.get("tools")),
        schema_bytes(arguments.get("functions")),
        schema_bytes(arguments.get("response_format")),
    ]
    bound = most_input(parts)
    if given(arguments.get("audio")):
        bound = limit = None
    hide = False
    if streaming and ask_usage:
        options = arguments.get("stream_options")
        options = dict(options) if isinstance(options, Mapping) else {}
        if not options.get("include_usage"):
            hide = True
            arguments = {**arguments, "stream_options": {**options, "include_usage": True}}
    return Request(parts, bound, limit, integer(arguments.get("n")) or 1, arguments, lambda: Chat(hide))


def _read_responses(arguments: Arguments, ask_usage: bool, streaming: bool) -> Request:
    parts = [
        arguments.get("input"),
        arguments.get("instructions"),
        schema_bytes(arguments.get("tools")),
        schema_bytes(arguments.get("text")),
    ]
    bound = most_input(parts)
    if any(given(arguments.get(name)) for name in ("previous_response_id", "conversation", "prompt")):
        bound = None  # the provider adds what it has kept
    return Request(parts, bound, integer(arguments.get("max_output_tokens")), 1, arguments, Responses)


def _read_messages(arguments: Arguments, ask_usage: bool, streaming: bool) -> Request:
    parts = [
        arguments.get("system"),
        arguments.get("messages"),
        schema_bytes(arguments.get("tools")),
        schema_bytes(arguments.get("output_format")),
    ]
    bound = most_input(parts)
    return Request(parts, bound, integer(arguments.get("max_tokens")), 1, arguments, Messages)


def _read_embeddings(arguments: Arguments, ask_usage: bool, streaming: bool) -> Request:
    parts = [arguments.get("input")]
    return Request(parts, most_input(parts), 0, 1, arguments, Responses)


Tree = Dict[str, Union[Endpoint, "Tree"]]

_CHAT: Tree = {"create": Endpoint(_read_chat), "parse": Endpoint(_read_chat), "stream": Endpoint(_read_chat, True)}
_RESPONSES: Tree = {
    "create": Endpoint(_read_responses),
    "parse": Endpoint(_read_responses),
    "stream": Endpoint(_read_responses, True),
}
_MESSAGES: Tree = {
    "create": Endpoint(_read_messages),
    "parse": Endpoint(_read_messages),
    "stream": Endpoint(_read_messages, True),
}

TREE: Tree = {
    "chat": {"completions": _CHAT},
    "completions": {"create": Endpoint(_read_chat)},
    "responses": _RESPONSES,
    "embeddings": {"create": Endpoint(_read_embeddings)},
    "messages": _MESSAGES,
    "beta": {"chat": {"completions": _CHAT}, "messages": _MESSAGES, "responses": _RESPONSES},
}

# Each resource has these views of itself; their methods return raw responses.
RAW = "with_raw_response"
STREAMING = "with_streaming_response"
VIEWS: Tuple[str, ...] = (RAW, STREAMING)

# Methods of a client that return another one like it.
COPIES = frozenset(("with_options", "copy"))

_HOSTS = {"api.openai.com": "openai", "api.anthropic.com": "anthropic"}


def service_of(client: Any) -> Optional[str]:
    """The service behind a client, by the host of its base_url where that is the provider's own; else None."""
    url = getattr(client, "base_url", None)
    host = getattr(url, "host", None)
    if not isinstance(host, str):
        from urllib.parse import urlsplit

        try:
            host = urlsplit(str(url)).hostname or ""
        except ValueError:
            host = ""
    return _HOSTS.get(host)
