"""Usage as providers report it, in disjoint classes of tokens.

OpenAI's input includes what came from or went to its cache, and its output includes reasoning.
Anthropic's input includes neither; its output includes thinking.
Objects and dicts are read alike, and nothing is imported to know them.
"""

from __future__ import annotations

from typing import Any, Dict, Optional

from ._usage import Usage

Fields = Dict[str, Any]
"""`usage`, and `tier` if known: fields of a call."""


def get(source: Any, name: str) -> Any:
    """An attribute or key, or None."""
    if isinstance(source, dict):
        return source.get(name)
    return getattr(source, name, None)


def count(source: Any, name: str) -> int:
    """A number of tokens, or 0 where there is none."""
    value = get(source, name) if source is not None else None
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


def usage_of(response: Any) -> Optional[Fields]:
    """What a provider's response says it used; None if it says nothing."""
    usage = get(response, "usage")
    if usage is None:
        return None
    fields = from_usage(usage)
    if fields is not None:
        tier = tier_of(get(usage, "service_tier") or get(response, "service_tier"))
        if tier is not None:
            fields["tier"] = tier
    return fields


def from_usage(usage: Any) -> Optional[Fields]:
    """A usage object of OpenAI (chat, responses, embeddings) or Anthropic; None if it is neither."""
    if get(usage, "prompt_tokens") is not None:
        return {"usage": _openai(usage, "prompt_tokens", "completion_tokens")}
    if get(usage, "input_tokens") is None and get(usage, "output_tokens") is None:
        return None
    if _is_openai_response(usage):
        return {"usage": _openai(usage, "input_tokens", "output_tokens")}
    return {"usage": anthropic(usage)}


def images(response: Any) -> Optional[Fields]:
    """OpenAI's images: tokens of text and of images, or the pictures where there are none."""
    usage = get(response, "usage")
    if usage is None:
        made = get(response, "data")
        return {"usage": {"image": len(made)}} if isinstance(made, list) else None
    into, out = get(usage, "input_tokens_details"), get(usage, "output_tokens_details")
    incoming, outgoing = count(usage, "input_tokens"), count(usage, "output_tokens")
    drawn = min(count(into, "image_tokens"), incoming)
    written = min(count(out, "text_tokens"), outgoing)
    return {
        "usage": _without_zeros(
            {
                "input_tokens": incoming - drawn,
                "image_input_tokens": drawn,
                "output_tokens": written,
                "image_output_tokens": outgoing - written,
            }
        )
    }


def transcript(response: Any) -> Optional[Fields]:
    """OpenAI's transcriptions and translations: by tokens, or by the length of the recording."""
    usage = get(response, "usage")
    if get(usage, "type") == "duration" or usage is None:
        seconds = get(usage if usage is not None else response, "seconds" if usage is not None else "duration")
        return None if seconds is None else {"usage": {"audio_second": seconds}}
    incoming = count(usage, "input_tokens")
    heard = min(count(get(usage, "input_token_details"), "audio_tokens"), incoming)
    return {
        "usage": _without_zeros(
            {
                "input_tokens": incoming - heard,
                "audio_input_tokens": heard,
                "output_tokens": count(usage, "output_tokens"),
            }
        )
    }


def _is_openai_response(usage: Any) -> bool:
    if get(usage, "cache_read_input_tokens") is not None or get(usage, "cache_creation_input_tokens") is not None:
        return False
    return get(usage, "input_tokens_details") is not None or get(usage, "total_tokens") is not None


def _openai(usage: Any, input_name: str, output_name: str) -> Usage:
    incoming, outgoing = count(usage, input_name), count(usage, output_name)
    into = get(usage, input_name + "_details")
    out = get(usage, output_name + "_details")
    # A part can be no more than the whole: what a provider says otherwise is cut.
    cached = min(count(into, "cached_tokens"), incoming)
    written = min(count(into, "cache_write_tokens"), incoming - cached)
    heard = min(count(into, "audio_tokens"), incoming - cached - written)
    reasoning = min(count(out, "reasoning_tokens"), outgoing)
    spoken = min(count(out, "audio_tokens"), outgoing - reasoning)
    return _without_zeros(
        {
            "input_tokens": incoming - cached - written - heard,
            "audio_input_tokens": heard,
            "audio_output_tokens": spoken,
            "cached_input_tokens": cached,
            "cache_write_tokens": written,
            "output_tokens": outgoing - reasoning - spoken,
            "reasoning_tokens": reasoning,
        }
    )


def anthropic(usage: Any) -> Usage:
    """Anthropic's usage. What is written to the cache for an hour has its own meter, because it has its own price."""
    written = count(usage, "cache_creation_input_tokens")
    hour = min(count(get(usage, "cache_creation"), "ephemeral_1h_input_tokens"), written)
    outgoing = count(usage, "output_tokens")
    thinking = min(count(get(usage, "output_tokens_details"), "thinking_tokens"), outgoing)
    return _without_zeros(
        {
            "input_tokens": count(usage, "input_tokens"),
            "cached_input_tokens": count(usage, "cache_read_input_tokens"),
            "cache_write_tokens": written - hour,
            "cache_write_1h_tokens": hour,
            "output_tokens": outgoing - thinking,
            "reasoning_tokens": thinking,
            "search": count(get(usage, "server_tool_use"), "web_search_requests"),
        }
    )


def tier_of(tier: Any) -> Optional[str]:
    """The price tier that a provider names: `default` is standard; `auto` and nothing are not known."""
    if not isinstance(tier, str) or tier in ("auto", "standard", "standard_only"):
        return None
    return None if tier == "default" else tier[:63]


def _without_zeros(usage: Usage) -> Usage:
    return {name: value for name, value in usage.items() if value}
