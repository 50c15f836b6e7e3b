"""What can go wrong, as exceptions. All are subclasses of QuotaKitError and can be pickled."""

from __future__ import annotations

from datetime import datetime, timezone
from decimal import Decimal
from typing import Any, Dict, Mapping, Optional, Tuple

__all__ = ["QuotaKitError", "QuotaExceeded", "Unavailable", "InvalidKey", "Rejected"]


class QuotaKitError(Exception):
    """The base of all errors that this package raises on purpose."""

    def __init__(self, message: str, **fields: Any) -> None:
        super().__init__(message)
        self.message: str = message
        self.__dict__.update(fields)

    def __reduce__(self) -> Tuple[Any, ...]:
        # Fields are keyword arguments, which Exception's own __reduce__ would lose.
        return (_rebuild, (type(self), self.message, {k: v for k, v in self.__dict__.items() if k != "message"}))


def _rebuild(cls: Any, message: str, fields: Dict[str, Any]) -> QuotaKitError:
    error: QuotaKitError = cls.__new__(cls, message)
    QuotaKitError.__init__(error, message, **fields)
    return error


class QuotaExceeded(QuotaKitError):
    """The call was stopped before it was made; it must not be made.

    Amounts are in `unit` (USD, credits, requests or tokens) and exact. `held` and `asked` are None
    when the refusal came from the cached state. For a frozen path all but `path` and `reason` are None.
    """

    reason: str
    """`quota`, `unpriced` (the cost is unknown and a limit in USD applies), `unmeasured` (no usage was given and a
    limit in tokens or credits applies), `window_ended` (the server's clock is behind; leases ask again by
    themselves) or `frozen`."""
    policy: Optional[int]
    """Number of the policy that stopped the call."""
    path: str
    """The path on which that policy stands: the call's own or one above it."""
    unit: Optional[str]
    """`usd`, `credits`, `requests` or `tokens`."""
    period: Optional[str]
    """`minute`, `hour`, `day`, `week`, `month`, `quarter`, `year` or `lifetime`."""
    service: Optional[str]
    model: Optional[str]
    enforcement: Optional[str]
    """`strict` or `block`."""
    limit: Optional[Decimal]
    used: Optional[Decimal]
    held: Optional[Decimal]
    """What other calls under way hold: some of it may come back before `resets_at`."""
    asked: Optional[Decimal]
    resets_at: Optional[datetime]
    """When the window ends (aware, UTC); None if it never does, as for a lifetime or a frozen path."""
    retry_after: Optional[int]
    """Seconds until then, at least 1; None where waiting does not help: as above, and for `unpriced`, `unmeasured` and
    `window_ended`."""
    refusal: Optional[int]
    """Number of the refusal, for `SELECT quotakit.why(…)`; None when it came from the cached state."""

    def __init__(
        self,
        message: str,
        *,
        path: str,
        reason: str = "quota",
        policy: Optional[int] = None,
        unit: Optional[str] = None,
        period: Optional[str] = None,
        service: Optional[str] = None,
        model: Optional[str] = None,
        enforcement: Optional[str] = None,
        limit: Optional[Decimal] = None,
        used: Optional[Decimal] = None,
        held: Optional[Decimal] = None,
        asked: Optional[Decimal] = None,
        resets_at: Optional[datetime] = None,
        retry_after: Optional[int] = None,
        refusal: Optional[int] = None,
    ) -> None:
        super().__init__(
            message,
            path=path,
            reason=reason,
            policy=policy,
            unit=unit,
            period=period,
            service=service,
            model=model,
            enforcement=enforcement,
            limit=limit,
            used=used,
            held=held,
            asked=asked,
            resets_at=resets_at,
            retry_after=retry_after,
            refusal=refusal,
        )


class Unavailable(QuotaKitError):
    """The gateway or its database did not answer in time, and the call may not go on without.

    Raised where a strict policy applies (unless strict_fail_open), elsewhere only with fail_open=False.
    """


class InvalidKey(QuotaKitError):
    """The API key is malformed, unknown or revoked."""


class Rejected(QuotaKitError):
    """The call is wrong and was not taken: sending it again will not help."""

    code: str
    """For programs: `unknown_path`, `archived_path`, `umbrella_path`, `service_mismatch`, `conflict`,
    `bad_id_time`, `out_of_range`, `malformed`, …"""
    sqlstate: Optional[str]
    detail: Optional[str]
    hint: Optional[str]

    def __init__(
        self,
        message: str,
        *,
        code: str,
        sqlstate: Optional[str] = None,
        detail: Optional[str] = None,
        hint: Optional[str] = None,
    ) -> None:
        super().__init__(message, code=code, sqlstate=sqlstate, detail=detail, hint=hint)

    def __str__(self) -> str:
        return " ".join(part for part in (self.message + (":" if self.detail else ""), self.detail, self.hint) if part)


def amount(value: Any) -> Optional[Decimal]:
    """A decimal string of an answer as Decimal; None stays None."""
    return None if value is None else Decimal(str(value))


def instant(value: Any) -> Optional[datetime]:
    """An ISO 8601 time of an answer (UTC, ending in Z) as an aware datetime; None stays None."""
    if not isinstance(value, str):
        return None
    text = value[:-1] if value.endswith("Z") else value
    head, dot, fraction = text.partition(".")
    if dot:
        text = head + "." + (fraction + "000000")[:6]  # Python 3.9 and 3.10 read 3 or 6 digits only
    parsed = datetime.fromisoformat(text)
    return parsed.replace(tzinfo=timezone.utc) if parsed.tzinfo is None else parsed


def refused(answer: Mapping[str, Any]) -> QuotaExceeded:
    """A `refused` answer as an exception."""
    return QuotaExceeded(
        str(answer.get("message") or answer.get("detail") or "refused"),
        path=str(answer.get("path")),
        reason=str(answer.get("reason", "quota")),
        policy=answer.get("policy"),
        unit=answer.get("unit"),
        period=answer.get("period"),
        service=answer.get("service"),
        model=answer.get("model"),
        enforcement=answer.get("enforcement"),
        limit=amount(answer.get("limit")),
        used=amount(answer.get("used")),
        held=amount(answer.get("held")),
        asked=amount(answer.get("asked")),
        resets_at=instant(answer.get("resets_at")),
        retry_after=answer.get("retry_after"),
        refusal=answer.get("refusal"),
    )


def rejected(answer: Mapping[str, Any]) -> Rejected:
    """A `rejected` or `conflict` answer as an exception. `message`: of SQL; a gateway's own problem has a title."""
    message = answer.get("message")
    detail = answer.get("detail") if message else None
    # The detail of a problem has the message before what SQL says as detail.
    if detail == message:
        detail = None
    elif detail and detail.startswith(f"{message}. "):
        detail = detail[len(f"{message}. ") :]
    return Rejected(
        str(message or answer.get("detail") or answer.get("title") or "rejected"),
        code=str(answer.get("code") or str(answer.get("type", "")).rpartition(":")[2] or "rejected"),
        sqlstate=answer.get("sqlstate"),
        detail=detail,
        hint=answer.get("hint"),
    )
