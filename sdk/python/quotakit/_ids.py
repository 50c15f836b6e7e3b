"""Ids of events and reservations: UUID version 7 (RFC 9562). The time in the id is the time of the call."""

from __future__ import annotations

from hashlib import sha256
from os import urandom
from time import time_ns

_VARIANT = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}


def id_of(name: str, at: float) -> str:
    """The id of something that has a name elsewhere and happened then (seconds since 1970): always the same one."""
    t = "%012x" % int(at * 1000)
    r = sha256(name.encode()).hexdigest()
    return f"{t[:8]}-{t[8:]}-7{r[:3]}-{_VARIANT[r[3]]}{r[4:7]}-{r[7:19]}"


def new_id(offset: float = 0.0) -> str:
    """A UUID v7 of this millisecond with 74 random bits from the system, so that forks cannot repeat it.

    offset: seconds that the gateway's clock is ahead of ours. Its time counts: ids far from it are not taken.
    """
    t = "%012x" % (time_ns() // 1_000_000 + (int(offset * 1000) if offset else 0))
    r = urandom(10).hex()
    return f"{t[:8]}-{t[8:]}-7{r[:3]}-{_VARIANT[r[3]]}{r[4:7]}-{r[7:19]}"
