"""The methods that cost money, by where they stand in a client, and how each says what it will use."""

from __future__ import annotations

from typing import Any, Callable, Dict, Mapping, NamedTuple, Optional, Sequence, Tuple, Union

from .._response import Fields, images, transcript
from ._observe import Chat, Images, Messages, Observer, Responses
from ._request import given, integer, likely_input, most_input, schema_bytes

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
    """A method that is measured. read(arguments, ask_usage, streaming) → Request.

    manager: it returns a context manager for a stream. take: the fields of a call from what is returned and the
    arguments, where usage_of() does not know them.
    """

    read: Callable[[Arguments, bool, bool], Request]
    manager: bool = False
    take: Optional[Callable[[Any, Arguments], Optional[Fields]]] = None


class Retrieve(NamedTuple):
    """A method that fetches what became of a response made in the background."""


class Runner(NamedTuple):
    """A method that returns a runner of tools, which makes its calls by a client of its own."""


class Results(NamedTuple):
    """A method that returns the results of a batch. of: how its entries are read."""

    of: str


class Unmeasured(NamedTuple):
    """A method that spends, and whose spend cannot be measured here."""

    name: str


def _read_chat(arguments: Arguments, ask_usage: bool, streaming: bool) -> Request:
    limit = integer(arguments.get("max_completion_tokens"))
    if limit is None:
        limit = integer(arguments.get("max_tokens"))
    if limit is None:
        limit = integer(arguments.get("max_tokens_to_sample"))
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


def _read_images(arguments: Arguments, ask_usage: bool, streaming: bool) -> Request:
    parts = [arguments.get("prompt")]
    known = most_input(parts) if not given(arguments.get("image")) else None
    return Request(parts, known, None, integer(arguments.get("n")) or 1, arguments, Images)


def _read_nothing(arguments: Arguments, ask_usage: bool, streaming: bool) -> Request:
    parts = [arguments.get("input"), arguments.get("prompt")]
    return Request(parts, None, None, 1, arguments, Responses)


def _take_speech(returned: Any, arguments: Arguments) -> Optional[Fields]:
    """The older models are paid by the letter; what the others use is not said."""
    text = arguments.get("input")
    if not isinstance(text, str):
        return None
    if str(arguments.get("model")).startswith("tts-"):
        return {"usage": {"input_character": len(text)}}
    return {"usage": {"input_tokens": likely_input([text], None)}, "estimated": True}


def _take_moderation(returned: Any, arguments: Arguments) -> Optional[Fields]:
    return {"usage": {}, "charged": False}  # the provider asks nothing for it


Leaf = Union[Endpoint, Retrieve, Runner, Results, Unmeasured]
Tree = Dict[str, Union[Leaf, "Tree"]]

_CHAT: Tree = {"create": Endpoint(_read_chat), "parse": Endpoint(_read_chat), "stream": Endpoint(_read_chat, True)}
_RESPONSES: Tree = {
    "create": Endpoint(_read_responses),
    "parse": Endpoint(_read_responses),
    "stream": Endpoint(_read_responses, True),
    "compact": Endpoint(_read_responses),
    "retrieve": Retrieve(),
    "cancel": Retrieve(),
}
_MESSAGES: Tree = {
    "create": Endpoint(_read_messages),
    "parse": Endpoint(_read_messages),
    "stream": Endpoint(_read_messages, True),
    "tool_runner": Runner(),
    "batches": {"results": Results("messages")},
}
_IMAGES = Endpoint(_read_images, take=lambda returned, _: images(returned))
_TRANSCRIPT = Endpoint(_read_nothing, take=lambda returned, _: transcript(returned))

TREE: Tree = {
    "chat": {"completions": _CHAT},
    "completions": {"create": Endpoint(_read_chat)},
    "responses": dict(_RESPONSES),
    "embeddings": {"create": Endpoint(_read_embeddings)},
    "moderations": {"create": Endpoint(_read_nothing, take=_take_moderation)},
    "images": {"generate": _IMAGES, "edit": _IMAGES, "create_variation": _IMAGES},
    "audio": {
        "speech": {"create": Endpoint(_read_nothing, take=_take_speech)},
        "transcriptions": {"create": _TRANSCRIPT},
        "translations": {"create": _TRANSCRIPT},
    },
    "files": {"content": Results("file")},
    "messages": {**_MESSAGES, "batches": {"results": Results("messages")}},
    "beta": {
        "chat": {"completions": _CHAT},
        "messages": _MESSAGES,
        "responses": dict(_RESPONSES),
    },
}

# What spends and says nothing of it, or says it elsewhere: refused where a strict policy applies, else warned about.
UNMEASURED: Tuple[str, ...] = (
    "post",
    "request",
    "batches.create",
    "messages.batches.create",
    "beta.messages.batches.create",
    "realtime.connect",
    "realtime.client_secrets.create",
    "realtime.calls.accept",
    "realtime.calls.create",
    "responses.connect",
    "beta.responses.connect",
    "beta.realtime.connect",
    "beta.realtime.sessions.create",
    "beta.realtime.transcription_sessions.create",
    "beta.chatkit.sessions.create",
    "beta.threads.create_and_run",
    "beta.threads.create_and_run_poll",
    "beta.threads.create_and_run_stream",
    "beta.threads.runs.create",
    "beta.threads.runs.create_and_poll",
    "beta.threads.runs.create_and_stream",
    "beta.threads.runs.stream",
    "beta.threads.runs.submit_tool_outputs",
    "beta.threads.runs.submit_tool_outputs_and_poll",
    "beta.threads.runs.submit_tool_outputs_stream",
    "videos.create",
    "videos.create_and_poll",
    "videos.create_character",
    "videos.edit",
    "videos.extend",
    "videos.remix",
    "containers.create",
    "content_provenance_checks.create",
    "evals.runs.create",
    "fine_tuning.alpha.graders.run",
    "fine_tuning.jobs.create",
    "fine_tuning.jobs.resume",
    "beta.deployments.create",
    "beta.deployments.run",
    "beta.dreams.create",
    "beta.sessions.create",
    "beta.sessions.events.send",
)


def _grow(tree: Tree, name: str) -> None:
    *folders, leaf = name.split(".")
    for folder in folders:
        below = tree.setdefault(folder, {})
        assert isinstance(below, dict)
        tree = below
    tree[leaf] = Unmeasured(name)


for _name in UNMEASURED:
    _grow(TREE, _name)

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
