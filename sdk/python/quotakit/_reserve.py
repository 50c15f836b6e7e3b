"""Reserving over the network, and giving back what was reserved."""

from __future__ import annotations

import time
from collections import deque
from typing import Any, Deque, Dict, Optional, Tuple

from ._link import Link, failure, problem_code, said
from ._queue import EventQueue, Item
from ._transport import Response, TransportError, encode
from .errors import QuotaKitError, Unavailable

# A call asks at most so often, with pauses rising from the first to the last, before the gateway is away.
_ATTEMPTS = 4
_PAUSES = (0.05, 0.15, 0.4)
# A request whose answer was lost may still wait in the server when its release is there already: a release
# that finds nothing is sent again, every so often and for so long (the gateway's statements end sooner).
_AGAIN_EVERY = 0.5
_AGAIN_FOR = 10.0


class Reservations:
    """Asks for holds at once; releases go with the queue."""

    def __init__(self, link: Link, queue: EventQueue) -> None:
        self._link = link
        self._queue = queue
        self._early: Deque[Tuple[float, float, str]] = deque()  # due, given up, id: releases that found nothing

    def reserve(self, body: Dict[str, Any], retry: bool = True) -> Tuple[Dict[str, Any], float]:
        """Reserves now; body: a `reserve` call without op. Returns the `granted` answer and the clock's offset.

        Raises QuotaExceeded, Unavailable, Rejected or InvalidKey. When the outcome stays unknown a release
        follows, so that nothing stays held for a call that was not made.
        """
        data = encode(body)
        deadline = time.monotonic() + self._link.config.timeout
        unknown = False
        last = "it was away a moment ago"
        attempts = _ATTEMPTS if retry else 1
        if not self._link.health.may_try():
            attempts = 0
        attempt = 0
        try:
            while attempt < attempts:
                left = deadline - time.monotonic()
                if left <= 0:
                    break
                pause = _PAUSES[min(attempt, len(_PAUSES) - 1)]
                attempt += 1
                try:
                    response = self._link.ask("POST", "/v1/reservations", data, left)
                except TransportError as error:
                    unknown = unknown or not isinstance(error.__cause__, ConnectionRefusedError)
                    last = str(error)
                else:
                    if response.status < 500:
                        return _granted(response), self._link.health.clock_offset
                    code = problem_code(response)
                    unknown = unknown or code not in ("busy", "overloaded", "unavailable", "stopping")
                    last = said(response)
                    if code == "busy" and retry:
                        attempt -= 1  # it frees sooner or later: as long as the time allows
                if attempt < attempts:
                    time.sleep(min(pause, max(0.0, deadline - time.monotonic())))
        except QuotaKitError:
            if unknown:  # an attempt before this answer may be granted yet
                self._release_unsure(body["id"])
            raise
        except BaseException:
            # Interrupted (Ctrl-C, a timeout's signal): the call will not be made.
            self._release_unsure(body["id"])
            raise
        if unknown:
            self._release_unsure(body["id"])
        raise Unavailable(f"could not reserve: {last}")

    def release(self, id: str) -> None:
        """Frees a reservation, by the background thread."""
        self._queue.put(Item({"op": "release", "id": id}, None), True)

    def _release_unsure(self, id: str, given_up: Optional[float] = None) -> None:
        """Frees what may be reserved now or soon."""
        until = given_up or time.monotonic() + _AGAIN_FOR

        def answered(answer: Optional[Dict[str, Any]]) -> None:
            if answer is not None and answer.get("code") == "unknown_reservation":
                now = time.monotonic()
                if now < until:
                    self._early.append((now + _AGAIN_EVERY, until, id))

        self._queue.put(Item({"op": "release", "id": id}, answered), True)

    def release_again(self, now: float) -> None:
        """Sends again what is due of the releases that came before their reservation; for the background thread."""
        while self._early and self._early[0][0] <= now:
            _, until, id = self._early.popleft()
            self._release_unsure(id, until)

    def next_release(self) -> Optional[float]:
        """When release_again() has something to do, in monotonic time."""
        return self._early[0][0] if self._early else None


def _granted(response: Response) -> Dict[str, Any]:
    answer: Any = response.body
    if not isinstance(answer, dict):
        raise Unavailable(f"could not reserve: the gateway answered {response.status}")
    if response.status in (200, 201) and answer.get("outcome") == "granted":
        granted: Dict[str, Any] = answer
        return granted
    raise failure(response)
