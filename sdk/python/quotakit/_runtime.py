"""What belongs to one process: queue, connections, cached states, leases. A fork makes the child its own."""
from __future__ import annotations

import logging
import threading
import time
from typing import Any, Callable, Dict, Mapping, Optional, Tuple
from urllib.parse import quote

from ._config import Config
from ._health import Health
from ._lease import Leases
from ._queue import EventQueue, Item
from ._state import PathState, StateCache
from ._transport import Response, Transport, TransportError, encode
from ._worker import Worker
from .errors import InvalidKey, QuotaKitError, Unavailable, refused, rejected

log = logging.getLogger("quotakit")

# A call asks at most so often, with pauses rising from the first to the last, before the gateway is away.
_ATTEMPTS = 4
_PAUSES = (0.05, 0.15, 0.4)


class Runtime:
    """The moving parts of a client in one process."""

    def __init__(self, config: Config, states: Optional[StateCache] = None) -> None:
        self.config = config
        self.transport = Transport(config)
        self.health = Health()
        self.states = states if states is not None else StateCache()
        self.worker = Worker(self)
        self.queue = EventQueue(config.queue_size, self.worker.wake)
        self.leases = Leases(self)
        self._first_lock = threading.Lock()
        self.closed = False

    # -- sending

    def send(self, call: Dict[str, Any], end: bool,
             done: Optional[Callable[[Optional[Dict[str, Any]]], None]] = None) -> bool:
        """Queues a call; end: it ends a hold. Returns whether there was room."""
        return self.queue.put(Item(call, done), end)

    def now(self) -> float:
        """The gateway's clock, in seconds since 1970."""
        return time.time() + self.health.clock_offset

    def ask(self, method: str, target: str, body: Optional[bytes], timeout: float,
            etag: Optional[str] = None) -> Response:
        """One request, noting how the gateway fares. Raises TransportError."""
        try:
            response = self.transport.request(method, target, body, timeout, etag)
        except TransportError as error:
            if not self.health.away():
                log.warning("the gateway is away: %s", error)
            self.health.bad()
            raise
        if response.clock_offset is not None:
            if abs(response.clock_offset) > 60.0 and self.health.clock_offset == 0.0:
                log.warning("this machine's clock is %.0f seconds off the gateway's; calls are dated by it",
                            -response.clock_offset)
            self.health.clock_offset = response.clock_offset if abs(response.clock_offset) > 1.5 else 0.0
        if response.status >= 500:
            if not self.health.away():
                log.warning("the gateway cannot answer: %s", _said(response))
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

    # -- reservations

    def reserve(self, body: Dict[str, Any], retry: bool = True) -> Tuple[Dict[str, Any], float]:
        """Reserves now; body: a `reserve` call without op. Returns the `granted` answer and the clock's offset.

        Raises QuotaExceeded, Unavailable, Rejected or InvalidKey. When the outcome stays unknown a release
        follows, so that nothing stays held for a call that was not made.
        """
        data = encode(body)
        deadline = time.monotonic() + self.config.timeout
        unknown = False
        last = "it was away a moment ago"
        attempts = _ATTEMPTS if retry else 1
        try:
            for attempt in range(attempts):
                left = deadline - time.monotonic()
                if left <= 0 or (attempt == 0 and not self.health.may_try()):
                    break
                try:
                    response = self.ask("POST", "/v1/reservations", data, left)
                except TransportError as error:
                    unknown = unknown or not isinstance(error.__cause__, ConnectionRefusedError)
                    last = str(error)
                else:
                    if response.status < 500:
                        unknown = False
                        return self._granted(response), self.health.clock_offset
                    code = response.body.get("type", "") if isinstance(response.body, dict) else ""
                    unknown = unknown or not str(code).endswith((":busy", ":overloaded", ":unavailable", ":stopping"))
                    last = _said(response)
                if attempt + 1 < attempts:
                    time.sleep(min(_PAUSES[attempt], max(0.0, deadline - time.monotonic())))
        except QuotaKitError:
            raise
        except BaseException:
            # Interrupted (Ctrl-C, a timeout's signal): the call will not be made.
            self.send({"op": "release", "id": body["id"]}, end=True)
            raise
        if unknown:
            self.send({"op": "release", "id": body["id"]}, end=True)
        raise Unavailable(f"could not reserve: {last}")

    @staticmethod
    def _granted(response: Response) -> Dict[str, Any]:
        answer: Any = response.body
        if not isinstance(answer, dict):
            raise Unavailable(f"could not reserve: the gateway answered {response.status}")
        if response.status in (200, 201) and answer.get("outcome") == "granted":
            granted: Dict[str, Any] = answer
            return granted
        raise failure(response)

    # -- state

    def fetch_state(self, path: str, known: Optional[PathState], timeout: float) -> Optional[PathState]:
        """The state of a path from the gateway; stores it. None: no answer yet.

        Raises TransportError, InvalidKey, or Rejected when it is not a path.
        """
        response = self.ask("GET", "/v1/state?path=" + quote(path, safe=""), None, timeout,
                            known.etag if known is not None else None)
        if response.status == 304 and known is not None:
            known.same()
            return known
        if response.status in (400, 401):
            raise failure(response)
        if response.status == 200 and isinstance(response.body, dict):
            state = PathState(path, response.body, response.etag)
        elif 400 <= response.status < 500:
            # An unknown path: its calls are sent, and the gateway says what becomes of them.
            state = PathState(path, None)
        else:
            return None
        self.states.store(state)
        self.worker.wake()
        return state

    def first_state(self, path: str) -> Optional[PathState]:
        """The state of a path that is not cached; None when the gateway is away.

        Raises InvalidKey, or Rejected when it is not a path.
        """
        with self._first_lock:
            state = self.states.get(path)
            if state is not None or not self.health.may_try():
                return state
            try:
                return self.fetch_state(path, None, min(self.config.timeout, 2.0))
            except TransportError:
                return None


def failure(response: Response) -> QuotaKitError:
    """An answer that is no success as an exception."""
    answer: Mapping[str, Any] = response.body if isinstance(response.body, dict) else {}
    if response.status == 401:
        return InvalidKey(str(answer.get("message") or "the API key is not valid"))
    if answer.get("outcome") == "refused" or response.status in (402, 403, 429) and "reason" in answer:
        return refused(answer)
    if response.status >= 500 or response.status == 429:
        return Unavailable(_said(response))
    return rejected(answer)


def _said(response: Response) -> str:
    if isinstance(response.body, dict):
        return f"{response.status} {response.body.get('detail') or response.body.get('title') or ''}".strip()
    return str(response.status)


__all__ = ["Runtime", "failure"]
