"""Log lines that do not repeat themselves."""

from __future__ import annotations

import logging
import threading
import time
from typing import Any, Dict, List

log = logging.getLogger("quotakit")

_EVERY = 60.0
_MOST = 1_000


class Once:
    """Logs a line at most once a minute for the same cause; the next one says how many were left out."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._causes: Dict[Any, List[float]] = {}  # when it was last logged, how many have been left out since

    def __call__(self, level: int, cause: Any, message: str, *args: Any) -> None:
        now = time.monotonic()
        with self._lock:
            known = self._causes.get(cause)
            if known is not None and now - known[0] < _EVERY:
                known[1] += 1
                return
            if len(self._causes) >= _MOST:
                self._causes.clear()
            self._causes[cause] = [now, 0]
        if known is not None and known[1]:
            message += f" (and {int(known[1])} more like this since the last such line)"
        log.log(level, message, *args)
