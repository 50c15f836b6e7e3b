"""Whether a call can be where it is said to be, and whose fault it is that it could not be made."""

from __future__ import annotations

from typing import Optional

from ._state import Plan
from .errors import Rejected


def provider_refused(error: Optional[BaseException]) -> bool:
    """Whether an exception is a provider's answer with an error status: then no tokens were charged."""
    status = getattr(error, "status_code", None)
    return isinstance(status, int) and 400 <= status <= 599


def check_service(plan: Plan, service: Optional[str]) -> None:
    """Raises Rejected for a call that cannot be placed: better before the spend than after."""
    state = plan.state
    if not state.known:
        return
    if state.archived:
        raise Rejected(
            f'path "{state.path}" is archived', code="archived_path", hint="Restore it with quotakit.restore_node()."
        )
    if state.service is None:
        raise Rejected(
            f'path "{state.path}" has no service',
            code="umbrella_path",
            hint="Give it a service with quotakit.set_service(), or call on a path below it.",
        )
    if service is not None and service != state.service:
        raise Rejected(
            f'path "{state.path}" is for service "{state.service}"',
            code="service_mismatch",
            detail=f'The service of the call is "{service}".',
        )
