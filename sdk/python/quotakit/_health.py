"""Whether the gateway answers, so that not every call finds out anew that it does not."""

from __future__ import annotations

import random
import threading
import time

_FIRST = 0.5
_LONGEST = 5.0


class Health:
    """After a failure nobody asks again for half a second, rising to five; then one caller tries."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pause = 0.0
        self._until = 0.0
        self.clock_offset = 0.0
        self.key_refused = False

    def may_try(self) -> bool:
        """Whether to ask now. True to one caller at a time while the gateway is away."""
        if not self._pause:
            return True
        with self._lock:
            now = time.monotonic()
            if now < self._until:
                return False
            self._until = now + self._pause
            return True

    def away(self) -> bool:
        """Whether the last thing heard from the gateway was nothing."""
        return self._pause > 0

    def pause_left(self) -> float:
        """Seconds until it makes sense to ask again; 0 while the gateway answers."""
        return max(0.0, self._until - time.monotonic()) if self._pause else 0.0

    def good(self) -> None:
        self._pause = 0.0

    def bad(self, at_least: float = 0.0) -> float:
        """Notes a failure; at_least: seconds that the gateway asked for. Returns the pause in seconds."""
        with self._lock:
            self._pause = min(_LONGEST, max(_FIRST, self._pause * 2))
            pause = max(self._pause * random.uniform(0.75, 1.0), min(at_least, _LONGEST))
            self._until = time.monotonic() + pause
            return pause
