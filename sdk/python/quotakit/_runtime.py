"""What belongs to one process: queue, connections, cached states, leases. A fork makes the child its own."""

from __future__ import annotations

from typing import Any, Callable, Dict, Optional

from ._config import Config
from ._lease import Leases
from ._link import Link
from ._log import Once
from ._queue import EventQueue, Item
from ._reserve import Reservations
from ._state import StateCache
from ._sync import Sync
from ._worker import Worker


class Runtime:
    """The moving parts of a client in one process, put together."""

    def __init__(self, config: Config, states: Optional[StateCache] = None) -> None:
        self.told = Once()
        self.link = Link(config)
        self.states = states if states is not None else StateCache()
        self.queue = EventQueue(config.queue_size, self._wake)
        self.reservations = Reservations(self.link, self.queue)
        self.sync = Sync(self.link, self.states, self._wake)
        self.leases = Leases(self.link, self.states, self.reservations, self._wake)
        self.worker = Worker(self.link, self.queue, self.sync, self.leases, self.reservations, self.told)
        self.closed = False

    def _wake(self) -> None:
        """There is something to do, says one of those that the background thread serves and so cannot know it."""
        self.worker.wake()

    def send(
        self, call: Dict[str, Any], end: bool, done: Optional[Callable[[Optional[Dict[str, Any]]], None]] = None
    ) -> bool:
        """Queues a call; end: it ends a hold. Returns whether there was room."""
        if self.link.config.disabled:
            return True
        return self.queue.put(Item(call, done), end)
