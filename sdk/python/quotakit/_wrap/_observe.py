"""What the pieces of a stream say about usage, for each kind of stream."""

from __future__ import annotations

from typing import Any, Dict, Optional

from .._response import Fields, anthropic, from_usage, get, images, tier_of, transcript
from .._usage import Usage


class Observer:
    """Sees every piece of one stream. `fields`: what the provider said was used, once it did; `seen`: whether any
    piece has come."""

    def __init__(self) -> None:
        self.fields: Optional[Fields] = None
        self.seen = False
        self.pieces = 0
        self.bytes = 0

    def see(self, piece: Any) -> bool:
        """Takes in a piece; returns whether the caller is to see it."""
        raise NotImplementedError

    def text(self, text: Any) -> None:
        if isinstance(text, str) and text:
            self.pieces += 1
            self.bytes += len(text.encode("utf-8", "surrogatepass"))

    def received(self) -> int:
        """Output tokens, estimated from what has come: providers send a token or a few a piece."""
        return max(self.pieces, -(-self.bytes // 4))

    def partial(self) -> Optional[Usage]:
        """What is known of the usage of a stream that was cut short."""
        return None

    def _usage(self, usage: Any, tier: Any) -> None:
        fields = from_usage(usage)
        if fields is not None:
            name = tier_of(tier)
            if name is not None:
                fields["tier"] = name
            self.fields = fields


class Chat(Observer):
    """OpenAI's chat and text completions. hide: usage was asked for by us, so its chunk is not the caller's."""

    def __init__(self, hide: bool) -> None:
        super().__init__()
        self._hide = hide

    def see(self, piece: Any) -> bool:
        chunk = piece
        if get(piece, "type") == "chunk":  # of chat.completions.stream()
            chunk = get(piece, "chunk")
        elif isinstance(get(piece, "type"), str) and get(piece, "choices") is None:
            return True  # an event derived from a chunk
        usage, choices = get(chunk, "usage"), get(chunk, "choices")
        if usage is not None:
            self._usage(usage, get(chunk, "service_tier"))
            return not (self._hide and not choices)
        for choice in choices or ():
            delta = get(choice, "delta")
            if delta is None:
                self.text(get(choice, "text"))
                continue
            for name in ("content", "refusal", "reasoning", "reasoning_content"):
                self.text(get(delta, name))
            for tool in get(delta, "tool_calls") or ():
                self.text(get(get(tool, "function"), "arguments"))
        return True


class Responses(Observer):
    """OpenAI's responses, and transcripts."""

    def see(self, piece: Any) -> bool:
        kind = get(piece, "type")
        if kind == "transcript.text.done":
            self.fields = transcript(piece)
        elif kind in ("response.completed", "response.incomplete", "response.failed"):
            response = get(piece, "response")
            usage = get(response, "usage")
            if usage is not None:
                self._usage(usage, get(response, "service_tier"))
        elif isinstance(kind, str) and kind.endswith(".delta"):
            self.text(get(piece, "delta"))
        return True


class Images(Observer):
    """OpenAI's pictures as they are drawn."""

    def see(self, piece: Any) -> bool:
        kind = get(piece, "type")
        if isinstance(kind, str) and kind.endswith(".completed") and get(piece, "usage") is not None:
            self.fields = images(piece)
        return True


class Messages(Observer):
    """Anthropic's messages: the start tells the input, deltas tell the output so far, in total."""

    def __init__(self) -> None:
        super().__init__()
        self._known: Dict[str, Any] = {}
        self._tier: Any = None

    def see(self, piece: Any) -> bool:
        kind = get(piece, "type")
        if kind == "message_start":
            usage = get(get(piece, "message"), "usage")
            self._merge(usage)
            self._tier = get(usage, "service_tier")
        elif kind == "message_delta":
            self._merge(get(piece, "usage"))
            # Only the last delta has the stop reason, and the final counts with it.
            if get(get(piece, "delta"), "stop_reason") is not None:
                self._complete()
        elif kind == "message_stop":
            self._complete()
        elif kind == "content_block_delta":
            delta = get(piece, "delta")
            for name in ("text", "thinking", "partial_json"):
                self.text(get(delta, name))
        return True

    def _merge(self, usage: Any) -> None:
        for name in (
            "input_tokens",
            "cache_read_input_tokens",
            "cache_creation_input_tokens",
            "cache_creation",
            "output_tokens",
            "output_tokens_details",
            "server_tool_use",
        ):
            value = get(usage, name) if usage is not None else None
            if value is not None:
                self._known[name] = value

    def _complete(self) -> None:
        if self._known:
            self.fields = {"usage": anthropic(self._known)}
            tier = tier_of(self._tier)
            if tier is not None:
                self.fields["tier"] = tier

    def partial(self) -> Optional[Usage]:
        if not self._known:
            return None
        known = anthropic(self._known)
        known.pop("reasoning_tokens", None)
        output = max(self.received(), int(self._known.get("output_tokens") or 0))
        return {**known, "output_tokens": output} if output else known
