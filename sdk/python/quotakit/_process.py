"""The life of the process: forks, and its end."""

from __future__ import annotations

import atexit
import os
import time
from typing import Any, List, Protocol

from ._config import Config


class Inhabitant(Protocol):
    """What lives as long as the process: a client."""

    config: Config

    def after_fork(self) -> None:
        """This is the child of the process that made it."""

    def shutdown(self, timeout: float) -> bool:
        """The process ends."""


_clients: List[Inhabitant] = []


def register(client: Inhabitant) -> None:
    """This client is to be told of forks and of the end."""
    _clients.append(client)


def forget(client: Inhabitant) -> None:
    """It has been shut down."""
    if client in _clients:
        _clients.remove(client)


def _after_fork_in_child() -> None:
    for client in _clients:
        client.after_fork()


def _at_exit() -> None:
    """Sends what is left, all clients together within the longest exit_timeout."""
    if not _clients:
        return
    deadline = time.monotonic() + max(client.config.exit_timeout for client in _clients)
    for client in list(_clients):
        client.shutdown(max(0.0, min(client.config.exit_timeout, deadline - time.monotonic())))


def _in_multiprocessing_child(_module: Any) -> None:
    # A forked child of multiprocessing ends with os._exit(), without atexit; it runs its own finalizers.
    from multiprocessing import util

    util.Finalize(None, _at_exit, exitpriority=100)


def _watch_multiprocessing() -> None:
    from multiprocessing import util

    util.register_after_fork(_in_multiprocessing_child, _in_multiprocessing_child)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)
    _watch_multiprocessing()
atexit.register(_at_exit)
