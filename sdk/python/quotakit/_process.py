"""The life of the process: forks, and its end."""

from __future__ import annotations

import atexit
import os
import signal
import threading
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
_ending = False  # what is left is being sent


def register(client: Inhabitant) -> None:
    """This client is to be told of forks and of the end."""
    _clients.append(client)
    _watch_sigterm()


def forget(client: Inhabitant) -> None:
    """It has been shut down."""
    if client in _clients:
        _clients.remove(client)


def _after_fork_in_child() -> None:
    global _ending
    _ending = False
    for client in _clients:
        client.after_fork()


def _at_exit() -> None:
    """Sends what is left, all clients together within the longest exit_timeout."""
    global _ending
    _ending = True
    if not _clients:
        return
    deadline = time.monotonic() + max(client.config.exit_timeout for client in _clients)
    for client in list(_clients):
        client.shutdown(max(0.0, min(client.config.exit_timeout, deadline - time.monotonic())))


def _watch_sigterm() -> None:
    """Where SIGTERM would end the process at once, without atexit, as it does workers of a pool that is terminated. A
    handler of the application's own stays, and one that it sets later takes this one's place."""
    try:
        if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
            signal.signal(signal.SIGTERM, _on_sigterm)
    except ValueError:
        pass  # only the main thread may


def _on_sigterm(number: int, _frame: Any) -> None:
    """Sends what is left, then ends as it would have ended. In a thread of its own, because what was interrupted may
    hold any lock; it is not waited for beyond its time."""
    if _ending:
        return  # a worker that was told to end before, say: it is sending, and ends by itself
    signal.signal(number, signal.SIG_DFL)
    patience = max((client.config.exit_timeout for client in _clients), default=0.0)
    thread = threading.Thread(target=_at_exit, name="quotakit-end", daemon=True)
    thread.start()
    thread.join(patience + 0.5)
    os.kill(os.getpid(), number)


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
