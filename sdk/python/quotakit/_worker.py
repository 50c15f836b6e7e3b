"""The background thread: sends what is queued, keeps states fresh, tends leases."""

from __future__ import annotations

import enum
import logging
import math
import threading
import time
from typing import Any, Dict, List, Optional, Tuple

from ._lease import Leases
from ._link import Link
from ._log import Once
from ._queue import EventQueue, Item, RefusalKey
from ._reserve import Reservations
from ._sync import Sync
from ._transport import TransportError, encode
from ._vocabulary import CALL_BYTES, CALL_MOST_PER_REQUEST as BATCH_CALLS
from .errors import QuotaKitError

log = logging.getLogger("quotakit")

BATCH_BYTES = 900_000
_TICK = 0.25  # while leases are held
_LOG_DROPS_EVERY = 5.0
# What a call did not use is free for others soon after its end.
_ENDS_WAIT = 0.1


class Fate(enum.Enum):
    """What became of a request."""

    TAKEN = "each call has its answer"
    NOT_TAKEN = "to be sent again; nothing happened"
    UNKNOWN = "to be sent again; it may have been taken"
    WRONG = "the gateway will never take it"


class Worker:
    """Started by the first thing there is to do; a daemon, so that it never keeps a process alive."""

    def __init__(
        self, link: Link, queue: EventQueue, sync: Sync, leases: Leases, reservations: Reservations, told: Once
    ) -> None:
        self._link = link
        self._queue = queue
        self._sync = sync
        self._leases = leases
        self._reservations = reservations
        self._told = told
        # A gate, not an Event: wake() may be called by the garbage collector in the midst of anything, and what an
        # Event does inside is not made for that.
        self._gate = threading.Lock()
        self._gate.acquire()
        self._lock = threading.RLock()
        self._thread: Optional[threading.Thread] = None
        self._flush_at: Optional[float] = None
        self._flush_now = False
        self._retry_at = 0.0
        self._closing: Optional[float] = None  # the deadline
        self._logged_drops = 0
        self._logged_at = 0.0
        self.recorded = 0
        self.rejected = 0
        self.retried = 0

    # -- from any thread

    def wake(self) -> None:
        """There is something to do. Starts the thread if need be; never waits."""
        if self._thread is None:
            self._start()
        self._open_gate()

    def _open_gate(self) -> None:
        try:
            self._gate.release()
        except RuntimeError:
            pass  # it is open

    def _start(self) -> None:
        with self._lock:
            if self._thread is None:
                thread = threading.Thread(target=self._run, name="quotakit", daemon=True)
                try:
                    thread.start()
                except RuntimeError:
                    return  # the interpreter is ending: shutdown() sends in its own thread
                self._thread = thread

    def flush_soon(self) -> None:
        """Sends what is queued now, and tries again although the gateway was away."""
        self._flush_now = True
        self._retry_at = 0.0
        self.wake()

    def stop(self, deadline: float) -> bool:
        """Sends what can be sent until the monotonic time `deadline`, then ends. True if nothing is left."""
        self._closing = deadline
        self._flush_now = True
        self._retry_at = 0.0
        thread = self._thread
        if thread is None or not thread.is_alive():
            self._drain()
        elif thread is not threading.current_thread():
            self._open_gate()
            thread.join(max(0.0, deadline - time.monotonic()))
        return not self._queue.has_work() and len(self._queue) == 0

    # -- the thread

    def _run(self) -> None:
        while True:
            try:
                pause = self._pause()
                self._gate.acquire(timeout=-1 if pause is None else min(pause, threading.TIMEOUT_MAX))
                if self._closing is not None:
                    self._drain()
                    return
                self._tick()
            except Exception:
                log.exception("the background thread met a defect; it goes on")
                time.sleep(1.0)

    def _pause(self) -> Optional[float]:
        """Seconds until there is something to do; None: until woken."""
        now = time.monotonic()
        times: List[float] = []
        if self._queue.has_work():
            wait = self._link.config.flush_interval
            if self._queue.has_ends():
                wait = min(wait, _ENDS_WAIT)
            if self._flush_at is None or self._flush_at > now + wait:
                self._flush_at = now + wait
            full = len(self._queue) >= BATCH_CALLS
            times.append(max(now if full or self._flush_now else self._flush_at, self._retry_at))
        if self._leases.holding() or self._leases.wanting():
            times.append(now if self._leases.wanting() else now + _TICK)
        if self._queue.dropped > self._logged_drops:
            times.append(self._logged_at + _LOG_DROPS_EVERY)
        due = self._sync.states.next_due()
        if due is not None:
            times.append(max(due, self._retry_at))
        due = self._reservations.next_release()
        if due is not None:
            times.append(max(due, self._retry_at))
        return max(0.0, min(times) - now) if times else None

    def _tick(self) -> None:
        now = time.monotonic()
        queue = self._queue
        # Before the flush: calls wait for a lease by reserving one by one.
        self._leases.tend()
        self._reservations.release_again(now)
        if (
            queue.has_work()
            and now >= self._retry_at
            and (self._flush_now or len(queue) >= BATCH_CALLS or (self._flush_at is not None and now >= self._flush_at))
        ):
            self._flush_now = False
            self._flush_at = None
            self._flush(self._link.config.timeout)
        if time.monotonic() >= self._retry_at:
            self._refresh()
        self._tell_drops()

    def _drain(self) -> None:
        """The end: everything out that the deadline allows, leases returned."""
        deadline = self._closing or time.monotonic()
        self._reservations.release_again(math.inf)
        while True:
            self._leases.tend(closing=True)
            if not self._queue.has_work():
                return
            left = deadline - time.monotonic()
            if left <= 0.01:
                return
            if not self._flush(min(self._link.config.timeout, left)):
                time.sleep(max(0.0, min(0.2, deadline - time.monotonic())))

    # -- flush

    def _flush(self, timeout: float) -> bool:
        """Sends all that is queued now. False when the gateway did not take it."""
        most = len(self._queue)
        sent = 0
        while self._queue.has_work() and sent <= most:
            n, fine = self._send_batch(timeout)
            if not fine:
                return False
            sent += max(1, n)
            if self._closing is not None:
                timeout = min(timeout, self._closing - time.monotonic())
                if timeout <= 0:
                    return False
            self._leases.tend(closing=self._closing is not None)
        return True

    def _send_batch(self, timeout: float) -> Tuple[int, bool]:
        """Sends one request of queued calls and refusals. Returns how many calls are through, and whether to go on."""
        queue = self._queue
        items, parts = self._encode(queue.take(BATCH_CALLS))
        refusals: Dict[RefusalKey, int] = queue.take_refusals(BATCH_CALLS - len(items))
        for (path, model, policy), count in refusals.items():
            call: Dict[str, Any] = {"op": "refused", "path": path, "policy": policy, "count": count}
            if model:
                call["model"] = model
            parts.append(encode(call))
        if not parts:
            return 0, True
        fate, answers = self._post(parts, timeout)
        if fate is Fate.TAKEN:
            return len(items), self._answered(items, answers)
        if fate is Fate.WRONG and len(items) > 1:
            return len(items), self._one_by_one(items, timeout)
        if fate is Fate.WRONG:
            self._give_up(items, str(answers))
            return len(items), True
        queue.give_back(items)
        if fate is Fate.NOT_TAKEN:
            queue.return_refusals(refusals)  # else they may have been counted: they have no id
        return 0, False

    def _one_by_one(self, items: List[Item], timeout: float) -> bool:
        """The request as a whole was wrong, which is a defect somewhere: the others get through."""
        for i, item in enumerate(items):
            fate, answers = self._post([encode(item.call)], timeout)
            if fate is Fate.WRONG:
                self._give_up([item], str(answers))
            elif fate is not Fate.TAKEN:
                self._queue.give_back(items[i:])
                return False
            elif not self._answered([item], answers):
                self._queue.give_back(items[i + 1 :])
                return False
        return True

    def _post(self, parts: List[bytes], timeout: float) -> Tuple["Fate", List[Any]]:
        """One request; what became of it, and the answers (or what is wrong). Notes when to try again."""
        body = b'{"events":[' + b",".join(parts) + b"]}"
        try:
            response = self._link.ask("POST", "/v1/log/batch", body, timeout)
        except TransportError as error:
            self._later()
            return (Fate.NOT_TAKEN if isinstance(error.__cause__, ConnectionRefusedError) else Fate.UNKNOWN), []
        answers = response.body.get("answers") if isinstance(response.body, dict) else None
        if response.status == 200 and isinstance(answers, list) and len(answers) == len(parts):
            return Fate.TAKEN, answers
        if response.status == 401 or response.status >= 500 or response.status in (408, 429):
            self._later(30.0 if response.status == 401 else response.retry_after or 0.0)
            return Fate.NOT_TAKEN, []
        return Fate.WRONG, [f"the gateway answered {response.status} {response.body}"]

    def _give_up(self, items: List[Item], why: str) -> None:
        self._told(
            logging.ERROR,
            ("dropped", why[:60]),
            "%d call(s) could not be recorded and are dropped: %s",
            len(items),
            why,
        )
        self._queue.finish(items, dropped=True)
        for item in items:
            if item.done is not None:
                item.done(None)

    def _encode(self, items: List[Item]) -> Tuple[List[Item], List[bytes]]:
        """As many as fit in one request; the rest goes back."""
        parts: List[bytes] = []
        kept: List[Item] = []
        size = 0
        for i, item in enumerate(items):
            try:
                part = encode(item.call)
            except (TypeError, ValueError) as error:
                self._give_up([item], str(error))
                continue
            if len(part) > CALL_BYTES:
                self._give_up([item], f"it is {len(part)} bytes long; at most {CALL_BYTES} are allowed")
                continue
            if size + len(part) > BATCH_BYTES:
                self._queue.give_back(items[i:])
                break
            size += len(part) + 1
            parts.append(part)
            kept.append(item)
        return kept, parts

    def _answered(self, items: List[Item], answers: List[Any]) -> bool:
        """What became of each. False if some were busy and must be sent again."""
        done: List[Item] = []
        again: List[Item] = []
        for item, answer in zip(items, answers):
            outcome = answer.get("outcome") if isinstance(answer, dict) else None
            if outcome == "busy":
                again.append(item)
                continue
            done.append(item)
            if outcome == "recorded":
                self.recorded += 1
                if "frozen" in answer.get("flags", ()):
                    self._sync.states.hasten(str(item.call.get("path")))
                full = answer.get("full")
                if full:
                    self._sync.states.note_full(full)
            elif outcome not in ("released", "noted", "extended"):
                self._refused_call(item, answer)
        self._queue.finish(done)
        for item, answer in zip(items, answers):
            if item.done is not None and item not in again:
                item.done(answer if isinstance(answer, dict) else None)
        if again:
            self._queue.give_back(again)
            self.retried += len(again)
            self._later(0.1, quiet=True)
        return not again

    def _refused_call(self, item: Item, answer: Any) -> None:
        code = answer.get("code") if isinstance(answer, dict) else None
        if item.call["op"] == "release" and code in ("unknown_reservation", "conflict"):
            return  # never granted, or settled: nothing is held
        self.rejected += 1
        self._sync.states.hasten(str(item.call.get("path")))
        message = answer.get("message") if isinstance(answer, dict) else answer
        kept = isinstance(answer, dict) and bool(answer.get("kept"))
        self._told(
            logging.WARNING,
            ("rejected", item.call.get("path"), code),
            "%s of %s on %s was rejected (%s): %s%s",
            item.call["op"],
            item.call.get("id"),
            item.call.get("path"),
            code,
            message,
            "; it is kept as unplaced spend" if kept else "",
        )

    def _later(self, seconds: float = 0.0, quiet: bool = False) -> None:
        if not quiet:
            self.retried += 1
        pause = seconds if quiet else max(seconds, self._link.health.pause_left())
        self._retry_at = time.monotonic() + pause
        self._flush_at = self._retry_at

    # -- state

    def _refresh(self) -> None:
        for state in self._sync.states.due():
            if self._closing is not None:
                return
            touched, state.touched = state.touched, False
            try:
                fresh = self._sync.fetch(state.path, state, min(self._link.config.timeout, 2.0))
            except TransportError:
                fresh = None
            except QuotaKitError:
                state.touched = touched
                state.due = time.monotonic() + 30.0
                continue
            if fresh is None:
                state.touched = touched
                self._retry_at = time.monotonic() + max(0.5, self._link.health.pause_left())
                return
            if fresh is not state:
                fresh.touched = state.touched

    # -- drops

    def _tell_drops(self, last: bool = False) -> None:
        dropped = self._queue.dropped
        now = time.monotonic()
        if dropped > self._logged_drops and (last or now - self._logged_at >= _LOG_DROPS_EVERY):
            log.error(
                "%d event(s) were dropped because the queue is full or closed, %d since the start",
                dropped - self._logged_drops,
                dropped,
            )
            self._logged_drops = dropped
            self._logged_at = now

    def tell_last_drops(self) -> None:
        self._tell_drops(last=True)
