"""Usage of a call: the classes of tokens, checked and in the form that goes out."""

from __future__ import annotations

import difflib
import re
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any, Dict, Mapping, Optional, Union

from ._vocabulary import CALL_LONGEST_TTL, CALL_NAMED_METERS, CALL_TAGS, TOKEN_CLASSES

Number = Union[int, str, float, Decimal]
"""An amount: an int, a Decimal, a decimal string, or a float (taken as it prints)."""

Usage = Dict[str, Any]
"""Meters of one call by name: token classes and requests as int, named meters as int or decimal string."""

_WHOLE = frozenset((*TOKEN_CLASSES, "requests"))
METERS = _WHOLE | frozenset(
    "cache_write_1h_tokens audio_input_tokens cached_audio_input_tokens audio_cache_write_tokens audio_output_tokens "
    "image_input_tokens cached_image_input_tokens image_output_tokens video_input_tokens video_output_tokens "
    "audio_second input_second output_second video_second output_video_second input_character output_character "
    "image input_image input_pixel output_pixel page annotated_page query search search_low search_high "
    "code_interpreter_session".split()
)
"""The names that prices know. Those of an account's own come in `meters`, so that a misspelt one is no new one."""
_METER = re.compile(r"[a-z][a-z0-9_]{0,62}\Z")
_NANO = Decimal("1e-9")
_MICRO = Decimal("1e-6")
_MOST_TOKENS = 10**14
_MOST_MONEY = Decimal(1_000_000)


def decimal(name: str, value: Number) -> Decimal:
    """A finite number not below 0 as Decimal; else ValueError or TypeError that names it."""
    if isinstance(value, bool) or not isinstance(value, (int, str, float, Decimal)):
        raise TypeError(f"{name} must be a number, not {type(value).__name__}")
    try:
        number = Decimal(repr(value) if isinstance(value, float) else value)
    except InvalidOperation:
        raise ValueError(f"{name} is not a number: {value!r}") from None
    if not number.is_finite() or number < 0:
        raise ValueError(f"{name} must be a finite number not below 0, not {value!r}")
    return number


def money(name: str, value: Number, up: bool = False) -> str:
    """USD or credits as a plain decimal string with at most 9 decimals, rounded half up, or up for a hold."""
    number = decimal(name, value)
    if number > _MOST_MONEY:
        raise ValueError(f"{name} must be at most 1,000,000, not {value!r}")
    return plain(number.quantize(_NANO, ROUND_CEILING if up else ROUND_HALF_UP))


def plain(number: Decimal) -> str:
    """A Decimal without an exponent and without trailing zeros."""
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def whole(name: str, value: Any) -> int:
    """A count as int; None is 0. Raises TypeError or ValueError."""
    if value is None:
        return 0
    if type(value) is not int:
        if isinstance(value, bool) or not isinstance(value, (int, float)) or value != value or int(value) != value:
            raise TypeError(f"{name} must be a whole number, not {value!r}")
        value = int(value)
    if not 0 <= value <= _MOST_TOKENS:
        raise ValueError(f"{name} must be 0 to {_MOST_TOKENS:,}, not {value!r}")
    number: int = value
    return number


def clean(usage: Mapping[str, Any]) -> Usage:
    """Checked meters without those that are 0 or None (but requests, whose default is 1)."""
    out: Usage = {}
    named = 0
    for name, value in usage.items():
        if name in _WHOLE:
            # The usual case without a call.
            count = value if type(value) is int and 0 <= value <= _MOST_TOKENS else whole(name, value)
            if count or (name == "requests" and value is not None):
                out[name] = count
        elif not isinstance(name, str) or not _METER.match(name):
            raise ValueError(f"{name!r} is not the name of a meter: a small letter, then small letters, digits and _")
        elif value is not None:
            quantity = decimal(name, value).quantize(_MICRO, ROUND_HALF_UP)
            if quantity:
                named += 1
                out[name] = int(quantity) if quantity == int(quantity) else plain(quantity)
    if named > CALL_NAMED_METERS:
        raise ValueError(f"a call has at most {CALL_NAMED_METERS} named meters")
    return out


def known(usage: Mapping[str, Any]) -> Mapping[str, Any]:
    """Meters given as keywords. Raises TypeError for a name that no price knows."""
    for name in usage:
        if name not in METERS:
            close = difflib.get_close_matches(str(name), METERS, 1)
            hint = f"; did you mean {close[0]}?" if close else "."
            raise TypeError(f"unknown meter {name!r}{hint} A meter of your own goes in meters={{{name!r}: …}}")
    return usage


def check_limits(max_tokens: Optional[int], input_tokens: Optional[int], ttl: Optional[int]) -> None:
    """What a call says of itself beforehand, None where it says nothing. Raises TypeError or ValueError."""
    whole("max_tokens", max_tokens)
    whole("input_tokens", input_tokens)
    if ttl is not None and not 1 <= whole("ttl", ttl) <= CALL_LONGEST_TTL:
        raise ValueError(f"ttl must be 1 to {CALL_LONGEST_TTL:,} seconds, not {ttl!r}")


def check_tags(tags: Mapping[str, Any]) -> Dict[str, str]:
    """Tags as strings: at most 16, names of 1 to 63 bytes, values of at most 256. Raises ValueError."""
    if len(tags) > CALL_TAGS:
        raise ValueError(f"a call has at most {CALL_TAGS} tags")
    out: Dict[str, str] = {}
    for name, value in tags.items():
        text = value if isinstance(value, str) else str(value)
        if not isinstance(name, str) or not 1 <= len(name.encode()) <= 63 or not name.isprintable():
            raise ValueError(f"the name of a tag must be 1 to 63 bytes without control characters, not {name!r}")
        if len(text.encode()) > 256 or any(ord(c) < 32 or ord(c) == 127 for c in text):
            raise ValueError(f"tag {name!r} must be at most 256 bytes without control characters")
        out[name] = text
    return out


def times(usage: Mapping[str, Any], n: int) -> Usage:
    """The usage of n such calls."""
    out: Usage = {}
    for name, value in usage.items():
        out[name] = value * n if isinstance(value, int) else plain(Decimal(value) * n)
    out.setdefault("requests", n)
    return out


def total_tokens(usage: Mapping[str, Any]) -> int:
    """All classes of tokens together."""
    return sum(int(usage.get(name) or 0) for name in TOKEN_CLASSES)


def optional_money(name: str, value: Optional[Number], up: bool = False) -> Optional[str]:
    """money(), but None stays None."""
    return None if value is None else money(name, value, up)
