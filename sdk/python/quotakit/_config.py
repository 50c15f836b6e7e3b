"""What a client is told once, at init."""

from __future__ import annotations

import os
import re
import ssl
from dataclasses import dataclass, field
from typing import Optional
from urllib.parse import urlsplit

from ._vocabulary import CALL_DEFAULT_TTL, CALL_LONGEST_TTL
from .errors import InvalidKey

KEY = re.compile(r"aisc_[0-9]{1,10}_[A-Za-z0-9_-]{20,200}\Z")


@dataclass(frozen=True)
class Config:
    """Settings of a client; see quotakit.init for what each means."""

    api_key: str = field(repr=False)
    base_url: str
    timeout: float = 5.0
    connect_timeout: float = 1.0
    flush_interval: float = 1.0
    queue_size: int = 10_000
    fail_open: bool = True
    strict_fail_open: bool = False
    leases: bool = True
    lease_idle: float = 2.0
    reserve_ttl: int = CALL_DEFAULT_TTL
    exit_timeout: float = 1.5
    ssl_context: Optional[ssl.SSLContext] = field(default=None, repr=False, compare=False)
    disabled: bool = False

    def __post_init__(self) -> None:
        if not KEY.match(self.api_key):
            raise InvalidKey("the API key has not the form aisc_<account>_<secret>")
        url = urlsplit(self.base_url)
        if url.scheme not in ("http", "https") or not url.hostname:
            raise ValueError(f"base_url is not an http or https address: {self.base_url!r}")
        for name in ("timeout", "connect_timeout", "flush_interval"):
            if not 0 < getattr(self, name) <= 3600:
                raise ValueError(f"{name} must be more than 0 and at most 3600 seconds")
        if not 0 <= self.exit_timeout <= 3600 or not 0 < self.lease_idle <= 60:
            raise ValueError("exit_timeout must be 0 to 3600 seconds, lease_idle more than 0 and at most 60")
        if not 1 <= self.queue_size <= 10_000_000:
            raise ValueError("queue_size must be 1 to 10,000,000")
        if not 1 <= self.reserve_ttl <= CALL_LONGEST_TTL:
            raise ValueError(f"reserve_ttl must be 1 to {CALL_LONGEST_TTL:,} seconds")


def disabled() -> bool:
    """Whether QUOTAKIT_DISABLED says that nothing is to be checked, sent or recorded: for tests of applications."""
    return os.environ.get("QUOTAKIT_DISABLED", "").lower() not in ("", "0", "false", "no")


def from_environment(api_key: Optional[str], base_url: Optional[str]) -> "tuple[str, str]":
    """The key and the address, from QUOTAKIT_API_KEY and QUOTAKIT_BASE_URL where not given."""
    key = api_key or os.environ.get("QUOTAKIT_API_KEY") or ("aisc_0_" + "0" * 40 if disabled() else None)
    if not key:
        raise InvalidKey("no API key: give api_key, or set QUOTAKIT_API_KEY")
    return key.strip(), base_url or os.environ.get("QUOTAKIT_BASE_URL") or "http://127.0.0.1:8080"
