"""The link to the gateway: one way to ask it, how it fares, and its clock."""

from __future__ import annotations

import logging
import time
from typing import Any, Mapping, Optional

from ._config import Config
from ._health import Health
from ._transport import Response, Transport, TransportError
from .errors import InvalidKey, QuotaKitError, Unavailable, refused, rejected

log = logging.getLogger("quotakit")


class Link:
    """What reservations, states and the background thread share of one process's connection to the gateway."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.transport = Transport(config)
        self.health = Health()
        self.heard = False  # whether the gateway has ever told its time

    def now(self) -> float:
        """The gateway's clock, in seconds since 1970."""
        return time.time() + self.health.clock_offset

    def ask(
        self, method: str, target: str, body: Optional[bytes], timeout: float, etag: Optional[str] = None
    ) -> Response:
        """One request, noting how the gateway fares. Raises TransportError."""
        try:
            response = self.transport.request(method, target, body, timeout, etag)
        except TransportError as error:
            if not self.health.away():
                log.warning("the gateway is away: %s", error)
            self.health.bad()
            raise
        if response.clock_offset is not None:
            self.heard = True
            if abs(response.clock_offset) > 60.0 and self.health.clock_offset == 0.0:
                log.warning(
                    "this machine's clock is %.0f seconds off the gateway's, by which calls are dated",
                    -response.clock_offset,
                )
            self.health.clock_offset = response.clock_offset if abs(response.clock_offset) > 1.5 else 0.0
        # One project's lock says nothing about the gateway.
        if response.status >= 500 and problem_code(response) != "busy":
            if not self.health.away():
                log.warning("the gateway cannot answer: %s", said(response))
            self.health.bad(response.retry_after or 0.0)
        else:
            if self.health.away():
                log.info("the gateway is back")
            self.health.good()
            if response.status == 401:
                if not self.health.key_refused:
                    log.error("the gateway does not accept the API key")
                self.health.key_refused = True
            else:
                self.health.key_refused = False
        return response


def failure(response: Response) -> QuotaKitError:
    """An answer that is no success as an exception."""
    answer: Mapping[str, Any] = response.body if isinstance(response.body, dict) else {}
    if response.status == 401:
        return InvalidKey(str(answer.get("message") or "the API key is not valid"))
    if answer.get("outcome") == "refused" or response.status in (402, 403, 429) and "reason" in answer:
        return refused(answer)
    if response.status >= 500 or response.status == 429:
        return Unavailable(said(response))
    return rejected(answer)


def problem_code(response: Response) -> str:
    """The code of a problem: what stands last in its type."""
    return str(response.body.get("type", "")).rpartition(":")[2] if isinstance(response.body, dict) else ""


def said(response: Response) -> str:
    """A problem in words, for a message."""
    if isinstance(response.body, dict):
        return f"{response.status} {response.body.get('detail') or response.body.get('title') or ''}".strip()
    return str(response.status)
