"""Ids of events and reservations: UUID version 7 (RFC 9562). The time in the id is the time of the call."""

from __future__ import annotations

from hashlib import sha256
from os import urandom
from time import time_ns

_VARIANT = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}


def id_of(name: str, at: float) -> str:
    """The id of something that has a name elsewhere and happened then (seconds since 1970): always the same one."""
    return _form(int(at * 1000), sha256(name.encode()).hexdigest())


def new_id() -> str:
    """A UUID v7 of this millisecond with 74 random bits from the system, so that forks cannot repeat it."""
    return _form(time_ns() // 1_000_000, urandom(10).hex())


def _form(milliseconds: int, r: str) -> str:
    t = "%012x" % milliseconds
    return f"{t[:8]}-{t[8:]}-7{r[:3]}-{_VARIANT[r[3]]}{r[4:7]}-{r[7:19]}"
