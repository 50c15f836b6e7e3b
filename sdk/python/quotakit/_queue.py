"""What waits to be sent: bounded, and honest about what did not fit."""

from __future__ import annotations

import logging
import threading
from collections import deque
from typing import Any, Callable, Deque, Dict, List, NamedTuple, Optional, Tuple

from ._vocabulary import CALL_MOST_PER_REQUEST, FREEING_OPS

log = logging.getLogger("quotakit")

RefusalKey = Tuple[str, Optional[str], int]
"""path, model, policy."""
_MAX_REFUSAL_KEYS = 10_000


class Item(NamedTuple):
    """A call to send, and whom to tell (with the answer, or None if it was dropped)."""

    call: Dict[str, Any]
    done: Optional[Callable[[Optional[Dict[str, Any]]], None]]


class EventQueue:
    """At most `size` calls, those being sent included.

    Calls that end a hold (settle, draw, release) go before plain events, and when there is no room they
    take that of the newest plain event: a lost settlement would cost its event and keep budget held.
    An item that does not fit is counted in `dropped`, never more and never less than once.
    """

    def __init__(self, size: int, on_first: Callable[[], None]) -> None:
        self._size = size
        self._on_first = on_first
        # Reentrant: a stream that the garbage collector finds abandoned settles wherever it is found.
        self._lock = threading.RLock()
        self._empty = threading.Condition(self._lock)
        self._ends: Deque[Item] = deque()
        self._events: Deque[Item] = deque()
        self._sending = 0
        self._refusals: Dict[RefusalKey, int] = {}
        self._put = [0, 0]  # accepted: ends, events
        self._finished = [0, 0]
        self.dropped = 0
        self.closed = False
        self._told = False

    def put(self, item: Item, end: bool) -> bool:
        """Adds a call; end: it ends a hold. Returns whether there was room. Never waits for the network."""
        lost: Optional[Item] = None
        with self._lock:
            waiting = len(self._ends) + len(self._events)
            # A request full of calls does not wait for its time.
            first = waiting == 0 or waiting == CALL_MOST_PER_REQUEST or (end and not self._ends)
            if self.closed:
                lost = item
            elif waiting + self._sending >= self._size:
                if end and self._events:
                    lost = self._events.pop()
                    self._finished[1] += 1
                else:
                    lost = item
            if lost is not None:
                self.dropped += 1
            tell, self._told = self.closed and not self._told, self._told or self.closed
            if lost is not item:
                (self._ends if end else self._events).append(item)
                self._put[0 if end else 1] += 1
        if tell:
            log.error("a call that ended after shutdown() is dropped; later ones are only counted")
        if lost is not None and lost.done is not None:
            lost.done(None)
        if first:
            self._on_first()
        return lost is not item

    def refuse(self, key: RefusalKey) -> None:
        """Counts a call that was stopped here, to be reported."""
        with self._lock:
            first = not self._refusals and not self._ends and not self._events
            if key in self._refusals or len(self._refusals) < _MAX_REFUSAL_KEYS:
                self._refusals[key] = self._refusals.get(key, 0) + 1
        if first:
            self._on_first()

    def take(self, most: int) -> List[Item]:
        """The next calls to send. They keep their room until finish() or give_back()."""
        with self._lock:
            out: List[Item] = []
            for source in (self._ends, self._events):
                while source and len(out) < most:
                    out.append(source.popleft())
            self._sending += len(out)
            return out

    def take_refusals(self, most: int) -> Dict[RefusalKey, int]:
        with self._lock:
            keys = list(self._refusals)[:most]
            return {key: self._refusals.pop(key) for key in keys}

    def return_refusals(self, counts: Dict[RefusalKey, int]) -> None:
        with self._lock:
            for key, count in counts.items():
                self._refusals[key] = self._refusals.get(key, 0) + count

    def finish(self, items: List[Item], dropped: bool = False) -> None:
        """These are through: answered, or given up (and counted as dropped)."""
        with self._lock:
            self._sending -= len(items)
            for item in items:
                self._finished[0 if _ends_hold(item) else 1] += 1
            if dropped:
                self.dropped += len(items)
            self._empty.notify_all()

    def give_back(self, items: List[Item]) -> None:
        """These were not taken by the gateway: they are next again, in their order."""
        with self._lock:
            self._sending -= len(items)
            if self.closed:
                self.dropped += len(items)
                return
            for item in reversed(items):
                (self._ends if _ends_hold(item) else self._events).appendleft(item)

    def __len__(self) -> int:
        return len(self._ends) + len(self._events) + self._sending

    def has_ends(self) -> bool:
        """Whether a call waits that frees budget."""
        return bool(self._ends)

    def has_work(self) -> bool:
        return bool(self._ends or self._events or self._refusals)

    def mark(self) -> List[int]:
        """What has been accepted so far, for wait()."""
        with self._lock:
            return list(self._put)

    def wait(self, mark: List[int], timeout: float) -> bool:
        """Waits until all that was accepted before the mark is through; timeout in seconds."""
        with self._lock:
            return self._empty.wait_for(lambda: self._finished[0] >= mark[0] and self._finished[1] >= mark[1], timeout)

    def close(self) -> int:
        """Takes nothing more; what is left counts as dropped. Returns how many that were."""
        with self._lock:
            self.closed = True
            left = list(self._ends) + list(self._events)
            self._ends.clear()
            self._events.clear()
            lost = len(left) + self._sending
            self.dropped += len(left)
            self._refusals.clear()
        for item in left:
            if item.done is not None:
                item.done(None)
        return lost


_ENDS = frozenset(FREEING_OPS)


def _ends_hold(item: Item) -> bool:
    return item.call["op"] in _ENDS
