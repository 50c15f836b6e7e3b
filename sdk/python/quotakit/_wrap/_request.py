"""What a request tells about its cost before it is sent."""

from __future__ import annotations

import json
from typing import Any, Mapping, Optional, Sequence

# What a provider adds around each message and around the whole, in tokens; generous.
_PER_PART = 8
_PER_CALL = 64
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
