"""QuotaKit: keeps AI API spend inside limits.

    import quotakit

    quotakit.init(api_key="aisc_...", base_url="http://127.0.0.1:8080")
    with quotakit.track("acme/search", service="openai", model="gpt-4o") as t:
        r = client.chat.completions.create(...)
        t.result(input_tokens=r.usage.prompt_tokens, output_tokens=r.usage.completion_tokens)

track() raises QuotaExceeded before the call where a quota is full; usage is sent by a background thread.
"""

from __future__ import annotations

import ssl
import threading
from typing import Any, Callable, Dict, Mapping, Optional, TypeVar, Union

from ._client import Client, Reservation, Stats
from ._context import context
from ._track import Track, current
from ._usage import check_tags
from ._version import __version__
from ._vocabulary import CALL_DEFAULT_TTL
from ._wrap import wrap_client
from .errors import InvalidKey, QuotaExceeded, QuotaKitError, Rejected, Unavailable

__all__ = [
    "Client",
    "InvalidKey",
    "QuotaExceeded",
    "QuotaKitError",
    "Rejected",
    "Reservation",
    "Stats",
    "Track",
    "Unavailable",
    "__version__",
    "context",
    "current",
    "flush",
    "init",
    "log",
    "release",
    "reserve",
    "settle",
    "shutdown",
    "state",
    "stats",
    "track",
    "wrap",
]

T = TypeVar("T")

_default: Optional[Client] = None
_lock = threading.Lock()


def init(
    api_key: Optional[str] = None,
    base_url: Optional[str] = None,
    *,
    timeout: float = 5.0,
    connect_timeout: float = 1.0,
    flush_interval: float = 1.0,
    queue_size: int = 10_000,
    fail_open: bool = True,
    strict_fail_open: bool = False,
    leases: bool = True,
    lease_idle: float = 2.0,
    reserve_ttl: int = CALL_DEFAULT_TTL,
    exit_timeout: float = 1.5,
    ssl_context: Optional[ssl.SSLContext] = None,
) -> Client:
    """Makes the client that the module's functions use, and returns it. Does not touch the network.

    api_key: `aisc_…`, else QUOTAKIT_API_KEY. base_url: the gateway, else QUOTAKIT_BASE_URL, else
    http://127.0.0.1:8080. All times are in seconds.

    timeout: for a reservation with its retries, and for one batch. connect_timeout: for one connection.
    flush_interval: how long an event waits at most before it is sent. queue_size: how many calls wait at most;
    what does not fit is dropped, counted in stats().dropped and logged.
    fail_open: whether calls under open and block policies go on while the gateway is away (also those on a path whose
    state was never read). strict_fail_open: the same for strict ones, which otherwise raise Unavailable.
    leases: whether a strict path far from its limit holds a small slab of budget and draws on it without the network;
    lease_idle: after how long without a call it is returned. reserve_ttl: how long a call may take, 1 to 86,400; after
    that its budget is free again. exit_timeout: how long the end of the process may wait for what is unsent.
    ssl_context: for https, instead of the system's.

    With QUOTAKIT_DISABLED=1 in the environment nothing is checked, sent or recorded, and no key is needed: for tests.

    Called again it takes the place of the earlier client, which is shut down. Raises InvalidKey for what cannot be a
    key, ValueError for settings out of range.
    """
    global _default
    client = Client(
        api_key,
        base_url,
        timeout=timeout,
        connect_timeout=connect_timeout,
        flush_interval=flush_interval,
        queue_size=queue_size,
        fail_open=fail_open,
        strict_fail_open=strict_fail_open,
        leases=leases,
        lease_idle=lease_idle,
        reserve_ttl=reserve_ttl,
        exit_timeout=exit_timeout,
        ssl_context=ssl_context,
    )
    client._current = _client  # decorators and wraps made at import follow a later init()
    with _lock:
        earlier, _default = _default, client
    if earlier is not None:
        earlier.shutdown(earlier.config.exit_timeout)
    return client


def _client() -> Client:
    client = _default
    if client is None:
        raise RuntimeError("quotakit.init() has not been called")
    return client


class _Late:
    """The client that init() will make: for decorators, which are applied before it is called."""

    def __getattr__(self, name: str) -> Any:
        return getattr(_client(), name)


_LATE: Any = _Late()


def track(
    path: Optional[str] = None,
    *,
    service: Optional[str] = None,
    model: Optional[str] = None,
    tier: Optional[str] = None,
    tags: Optional[Mapping[str, str]] = None,
    estimate: Optional[Mapping[str, Any]] = None,
    max_tokens: Optional[int] = None,
    input_tokens: Optional[int] = None,
    ttl: Optional[int] = None,
) -> Track:
    """One call on a path: for `with`, `async with`, or as a decorator of any function. Without a path, on that of
    context(). The first call of a wrapped client inside is this one, not one more.

    service: must be the path's when given. model: what prices and limits go by, at most 200 bytes. tier: the price
    tier, `standard` if not given. tags: at most 16 strings.
    What a strict policy holds is, in this order: `estimate` (meters that prices know such as input_tokens, those of the
    account's own in `meters`, and usd or credits); `max_tokens` for the output and `input_tokens` for the input; what
    such calls have used lately; what the model allows. ttl: how long the call may take, in seconds, instead of
    reserve_ttl.

    Entering raises QuotaExceeded (the quota is full: do not call), Unavailable (strict, and the gateway is away),
    Rejected (the path cannot take the call) or InvalidKey. Only strict paths use the network, and the first call on
    a path. Leaving never does; it records the call once: by result(), else by estimate, marked so.
    """
    return Track(_default or _LATE, path, service, model, tier, tags, estimate, max_tokens, input_tokens, ttl)


def reserve(
    path: str,
    *,
    service: Optional[str] = None,
    model: Optional[str] = None,
    tier: Optional[str] = None,
    estimate: Optional[Mapping[str, Any]] = None,
    max_tokens: Optional[int] = None,
    input_tokens: Optional[int] = None,
    ttl: Optional[int] = None,
) -> Reservation:
    """Holds budget for one call, whatever the path's policies; end it with settle() or release(), else it expires
    after ttl seconds (1 to 86,400; reserve_ttl if not given). Arguments and errors as of track(). Uses the network."""
    return _client().reserve(
        path,
        service=service,
        model=model,
        tier=tier,
        estimate=estimate,
        max_tokens=max_tokens,
        input_tokens=input_tokens,
        ttl=ttl,
    )


def settle(reservation: Union[Reservation, str], **result: Any) -> None:
    """Records what a reserved call used, and frees the rest. result: as of Track.result(), also meters that prices
    know by their names. Sent by the background thread, as often as it takes, and counted once; flush() waits for it."""
    _client().settle(reservation, **result)


def release(reservation: Union[Reservation, str]) -> None:
    """Frees a reservation whose call was not made. Sent by the background thread."""
    _client().release(reservation)


def log(path: str, *, service: Optional[str] = None, **result: Any) -> str:
    """Records a call that has happened, unchecked; result as of settle(). Returns the event's id."""
    return _client().log(path, service=service, **result)


def flush(timeout: float = 5.0) -> bool:
    """Sends what is queued now and waits until it is acknowledged, at most `timeout` seconds. True if all was."""
    return _client().flush(timeout)


def state(path: Optional[str] = None, after: Optional[str] = None) -> Dict[str, Any]:
    """The state of a path (policies, what they have used, estimates), fresh from the gateway; without a path all
    paths in brief, 1,000 at a time: `after` is the `next` of the page before. Amounts are decimal strings.
    Raises Unavailable, Rejected (unknown path) or InvalidKey."""
    return _client().state(path, after)


def stats() -> Stats:
    """Counts of this process: recorded, queued, dropped, rejected, refused, retried."""
    return _client().stats()


def shutdown(timeout: float = 5.0) -> bool:
    """Sends what is queued, returns leases and ends the background thread, within `timeout` seconds. True if nothing
    was lost; what was is logged. Done by itself when the process ends, within exit_timeout. Later calls are dropped
    and counted. Without init() it does nothing."""
    client = _default
    return True if client is None else client.shutdown(timeout)


def wrap(
    client: T,
    *,
    path: Optional[str] = None,
    service: Optional[str] = None,
    tags: Optional[Mapping[str, str]] = None,
    ask_usage: bool = True,
    tokenizer: Optional[Callable[[str], int]] = None,
) -> T:
    """A client that tracks its calls on `path`, or that of context(), and otherwise is the given one, which stays as it
    was.

    For clients shaped like OpenAI's (chat.completions, responses, embeddings, completions) and Anthropic's (messages),
    sync and async, streaming or not. What the methods return has the type it always has. Their calls raise what track()
    raises. A stream is recorded when it ends or is closed; cut short, by what was received, marked as an estimate.
    ask_usage: whether to ask chat streams for their usage when the caller does not (the extra chunk is hidden);
    switch it off for servers that do not know stream_options. tokenizer: how many tokens a text is, for calls whose
    usage never comes, instead of three bytes a token.
    """
    return wrap_client(client, _client, path, service, check_tags(tags) if tags else None, ask_usage, tokenizer)
