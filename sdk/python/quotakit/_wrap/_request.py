"""What a request tells about its cost before it is sent."""

from __future__ import annotations

import json
import logging
from typing import Any, Callable, List, Mapping, Optional, Sequence

log = logging.getLogger("quotakit")

# What a provider adds around each message and around the whole, in tokens; generous.
_PER_PART = 8
_PER_CALL = 64
_DEEPEST = 100
_TEXT_TYPES = frozenset(
    (
        "text",
        "input_text",
        "output_text",
        "refusal",
        "tool_result",
        "tool_use",
        "thinking",
        "redacted_thinking",
        "message",
        "function_call",
        "function_call_output",
        "reasoning",
        "function",
        "custom",
    )
)


class _NotText(Exception):
    pass


def most_input(parts: Sequence[Any]) -> Optional[int]:
    """An upper bound of the input tokens of what is given, or None if something in it is not text.

    A token stands for at least one byte of UTF-8, so the bytes bound the tokens of any tokenizer.
    """
    try:
        return _PER_CALL + sum(_measure(part, 0) for part in parts if given(part))
    except (_NotText, RecursionError):
        return None


def likely_input(parts: Sequence[Any], tokenizer: Optional[Callable[[str], int]]) -> int:
    """Input tokens of what is given, estimated from its text: by the caller's tokenizer, else three bytes a token,
    which is rather too many tokens than too few. Of what is not text the words around it count. Never 0."""
    texts: List[str] = []
    numbers = sum(_gather(part, texts, 0) for part in parts if given(part))
    if tokenizer is not None:
        try:
            return max(1, numbers + int(tokenizer("\n".join(texts))))
        except Exception:
            log.warning("the tokenizer given to wrap() failed; three bytes count as a token", exc_info=True)
    return max(1, numbers + -(-sum(len(text.encode("utf-8", "surrogatepass")) for text in texts) // 3))


def _gather(value: Any, texts: List[str], depth: int) -> int:
    """Collects the texts in a part of a request; returns how many numbers of tokens are in it."""
    if isinstance(value, str):
        texts.append(value)
    elif isinstance(value, int) and not isinstance(value, bool):
        return 1
    elif depth > _DEEPEST:
        return 0
    elif isinstance(value, Mapping):
        kind = value.get("type")
        if isinstance(kind, str) and kind not in _TEXT_TYPES and "role" not in value and _is_content(value):
            return 0
        return sum(_gather(item, texts, depth + 1) for item in value.values())
    elif isinstance(value, (list, tuple)):
        return sum(_gather(item, texts, depth + 1) for item in value)
    else:
        dump = getattr(value, "model_dump", None)
        return _gather(dump(), texts, depth + 1) if callable(dump) else 0
    return 0


def _measure(value: Any, depth: int) -> int:
    if value is None or isinstance(value, (bool, float)):
        return 4
    if isinstance(value, str):
        return len(value.encode("utf-8", "surrogatepass")) + 1
    if isinstance(value, int):
        return 1 if depth else 8  # in lists: token numbers, as embeddings take them
    if isinstance(value, Mapping):
        kind = value.get("type")
        if isinstance(kind, str) and kind not in _TEXT_TYPES and "role" not in value and _is_content(value):
            raise _NotText  # an image, audio, a file: its bytes say little
        return _PER_PART + sum(_measure(k, depth + 1) + _measure(v, depth + 1) for k, v in value.items())
    if isinstance(value, (list, tuple)):
        return sum(_measure(item, depth + 1) for item in value) + 1
    dump = getattr(value, "model_dump", None)
    if callable(dump):
        return _measure(dump(), depth)
    raise _NotText


def _is_content(value: Mapping[Any, Any]) -> bool:
    return any(
        name in value for name in ("image_url", "input_audio", "file", "source", "file_id", "file_data", "image")
    )


def schema_bytes(value: Any) -> Any:
    """Tools and formats: their JSON as text, because their types are no content."""
    if not given(value):
        return None
    try:
        return json.dumps(value, default=_plain)
    except (TypeError, ValueError):
        return None


def _plain(value: Any) -> Any:
    for name in ("model_dump", "model_json_schema"):
        method = getattr(value, name, None)
        if callable(method):
            return method()
    raise TypeError


def given(value: Any) -> bool:
    """Whether an argument was given: the clients' NOT_GIVEN and omit are false, as None is."""
    return value is not None and type(value).__name__ not in ("NotGiven", "Omit")


def integer(value: Any) -> Optional[int]:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
