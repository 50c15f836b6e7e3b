"""What the tests with a gateway share."""

from __future__ import annotations

import logging
import os
import sys
import time
import unittest
from typing import Any, Callable, Dict, List

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "standin"))

import house  # noqa: E402
import quotakit  # noqa: E402

PATH = "acme/search"
COST = "0.0075"  # of gpt-4o with 1,000 input and 500 output tokens
CALL: Dict[str, Any] = {"input_tokens": 1000, "output_tokens": 500}


class Logged(logging.Handler):
    """Keeps what the package logs."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: List[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{record.levelname} {record.getMessage()}")

    def has(self, *parts: str) -> bool:
        return any(all(part in line for part in parts) for line in self.lines)


class ProviderError(Exception):
    def __init__(self, status_code: int) -> None:
        self.status_code = status_code


class GatewayTest(unittest.TestCase):
    """Each test has an account with the path acme/search (service openai) and a client."""

    settings: Dict[str, Any] = {}

    def setUp(self) -> None:
        self.logged = Logged()
        logger = logging.getLogger("quotakit")
        logger.handlers = [self.logged]
        logger.propagate = False
        self.house = house.house
        self.account = self.house.account()
        self.account.node(PATH)
        self.client = self.init()
        self.addCleanup(quotakit.shutdown, 2)

    def init(self, **settings: Any) -> quotakit.Client:
        return quotakit.init(
            **{"api_key": self.account.key, "base_url": self.house.gateway.url, **self.settings, **settings}
        )

    def flush(self) -> None:
        self.assertTrue(quotakit.flush(10), self.logged.lines)

    def event(self) -> Dict[str, Any]:
        """The only event, after a flush."""
        self.flush()
        events = self.account.events()
        self.assertEqual(len(events), 1, self.logged.lines)
        return events[0]

    def call(self, **track: Any) -> None:
        with quotakit.track(PATH, model="gpt-4o", **track) as t:
            t.result(**CALL)

    def soon(self, holds: Callable[[], bool]) -> None:
        """Waits for what the background thread brings about; the machine may be slow."""
        ends = time.monotonic() + 10
        while not holds():
            self.assertLess(time.monotonic(), ends, self.logged.lines)
            time.sleep(0.05)

    def goes(self, **track: Any) -> bool:
        """Whether a call is let through."""
        try:
            self.call(**track)
        except quotakit.QuotaExceeded:
            return False
        return True

    def settled(self) -> None:
        """Nothing is held any more, and the counters are those of the ledger."""
        self.flush()
        self.assertEqual(self.account.open_reservations(), 0)
        self.assertEqual(self.account.verify(), [])


FLAG = {
    "overrun": 1,
    "late": 2,
    "unreserved": 4,
    "unpriced": 8,
    "estimated": 16,
    "failed": 32,
    "uncharged": 64,
    "given": 256,
}
