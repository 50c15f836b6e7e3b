"""Fetching the states of paths."""

from __future__ import annotations

import threading
from typing import Callable, Optional
from urllib.parse import quote

from ._link import Link, failure
from ._state import PathState, StateCache
from ._transport import TransportError


class Sync:
    """Brings states from the gateway into the cache. wake: there is a state to keep fresh."""

    def __init__(self, link: Link, states: StateCache, wake: Callable[[], None]) -> None:
        self.states = states
        self._link = link
        self._wake = wake
        self._first_lock = threading.Lock()

    def fetch(self, path: str, known: Optional[PathState], timeout: float) -> Optional[PathState]:
        """The state of a path from the gateway; stores it. None: no answer yet.

        Raises TransportError, InvalidKey, or Rejected when it is not a path.
        """
        response = self._link.ask(
            "GET", "/v1/state?path=" + quote(path, safe=""), None, timeout, known.etag if known is not None else None
        )
        if response.status == 304 and known is not None:
            known.same()
            return known
        if response.status in (400, 401):
            raise failure(response)
        if response.status == 200 and isinstance(response.body, dict):
            state = PathState(path, response.body, response.etag)
        elif response.status == 404:
            # An unknown path: each call asks the gateway whether it may be made, and is the path's first.
            state = PathState(path, None)
        else:
            return None
        self.states.store(state)
        self._wake()
        return state

    def first(self, path: str) -> Optional[PathState]:
        """The state of a path that is not cached; None when the gateway is away.

        Raises InvalidKey, or Rejected when it is not a path.
        """
        with self._first_lock:
            state = self.states.get(path)
            if state is not None or not self._link.health.may_try():
                return state
            try:
                return self.fetch(path, None, min(self._link.config.timeout, 2.0))
            except TransportError:
                return None
