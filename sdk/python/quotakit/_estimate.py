"""What a call may cost, before it is made: for the hold, and for calls whose usage never came."""

from __future__ import annotations

from typing import Any, Dict, Mapping, Optional

from ._usage import Usage, clean, known, money
from ._vocabulary import INPUT_CLASSES, MONEY_UNITS

# For a model of which nothing is known. Its cost is unknown as well, so only limits in tokens see this.
UNKNOWN_INPUT = 8_192
UNKNOWN_OUTPUT = 4_096

Estimate = Dict[str, Any]
"""`usage` and, where known better than from prices, `usd` and `credits`: fields of a call."""


def given(estimate: Mapping[str, Any]) -> Estimate:
    """The caller's own estimate: meters that prices know, those of an account's own in `meters`, and `usd` or
    `credits`. Raises ValueError or TypeError."""
    meters = dict(estimate)
    own = meters.pop("meters", None) or {}
    out: Estimate = {}
    for unit in MONEY_UNITS:
        value = meters.pop(unit, None)
        if value is not None:
            out[unit] = money(unit, value, up=True)
    usage = clean({**known(meters), **own})
    if usage:
        out["usage"] = usage
    return out


def for_hold(
    learned: Optional[Mapping[str, Any]],
    limits: Optional[Mapping[str, Any]],
    input_tokens: Optional[int],
    max_tokens: Optional[int],
    choices: int = 1,
) -> Estimate:
    """What to hold: output from max_tokens, else learned, else the model's limit; input likewise.

    learned: the state's estimate for this path and model (95th percentile); limits: what the model allows;
    choices: answers asked for at once.
    """
    if (
        learned is not None
        and max_tokens is None
        and input_tokens is None
        and choices == 1
        and not _has_tokens(learned)
    ):
        by_amount = _amounts(learned)  # calls that are paid by other meters: images, seconds, searches
        if by_amount:
            return {"usage": {"requests": 1}, **by_amount}  # which says that they take no tokens
    limits = limits or {}
    if max_tokens is None:
        if learned is not None and _has_tokens(learned):
            max_tokens = int(learned["output_tokens"])
        else:
            max_tokens = int(limits.get("max_output_tokens") or UNKNOWN_OUTPUT)
    if input_tokens is None:
        if learned is not None and _has_tokens(learned):
            input_tokens = int(learned["input_tokens"])
        else:
            input_tokens = int(limits.get("max_input_tokens") or UNKNOWN_INPUT)
    most = limits.get("max_input_tokens")
    if most:
        input_tokens = min(input_tokens, int(most))
    return {"usage": _tokens(input_tokens, max_tokens * choices)}


def for_record(
    held: Optional[Estimate],
    learned: Optional[Mapping[str, Any]],
    input_tokens: Optional[int],
    output_tokens: Optional[int],
    max_tokens: int = 10**14,
) -> Estimate:
    """What to record for a call whose usage never came: what is known of it, else what such calls use, else
    what was held. Never the model's limit: a phantom of 128,000 tokens helps nobody. Where nothing is known of the
    output, it is as much as the input; never more than max_tokens."""
    if learned is not None and _has_tokens(learned):
        input_tokens = int(learned["input_tokens"]) if input_tokens is None else input_tokens
        output_tokens = int(learned["output_tokens"]) if output_tokens is None else output_tokens
    if input_tokens is not None or output_tokens is not None:
        output = output_tokens if output_tokens is not None else input_tokens or 0
        usage = _tokens(input_tokens or 0, min(output, max_tokens))
    elif learned is not None and _amounts(learned):
        return _amounts(learned)
    else:
        return dict(held) if held else {}
    if held and "usage" in held and not any(unit in held for unit in MONEY_UNITS):
        usage = _at_most(usage, held["usage"])
    return {"usage": usage}


def _at_most(usage: Usage, held: Usage) -> Usage:
    """An estimate is no reason to pass what was reserved."""
    room = sum(int(held.get(name) or 0) for name in INPUT_CLASSES)
    out_room = int(held.get("output_tokens") or 0) + int(held.get("reasoning_tokens") or 0)
    return _tokens(min(int(usage.get("input_tokens") or 0), room), min(int(usage.get("output_tokens") or 0), out_room))


def _tokens(input_tokens: int, output_tokens: int) -> Usage:
    usage: Usage = {}
    if input_tokens:
        usage["input_tokens"] = input_tokens
    if output_tokens:
        usage["output_tokens"] = output_tokens
    return usage


def _has_tokens(learned: Mapping[str, Any]) -> bool:
    return bool(learned.get("input_tokens") or learned.get("output_tokens"))


def _amounts(learned: Mapping[str, Any]) -> Estimate:
    return {
        unit: money(unit, str(learned[unit]), up=True)
        for unit in MONEY_UNITS
        if learned.get(unit) is not None and float(learned[unit]) > 0
    }
