"""An error of a tracked method: whose it is, and what the provider had reported before it."""

from __future__ import annotations

import inspect
from types import CodeType
from typing import Any, Iterator, Optional

from .._place import provider_refused
from .._response import get, usage_of
from .._track import Track
from ._raw import body_of


def failed(call: Track, error: BaseException, method: Any) -> None:
    """Ends the call of a method that raised: by what the provider had reported, as no call where the arguments were
    wrong, else as Track.fail() does."""
    answer = None if provider_refused(error) else _reported(error)
    if answer is None and isinstance(error, TypeError) and _never_sent(error, method):
        call.cancel()
    else:
        call.finish(answer, error)


def _reported(error: BaseException) -> Any:
    """The answer that an error was raised over, if the provider had given one: its usage was charged, although the
    caller's own validator, or the client's check of the answer, did not like it. None if there is none.

    The clients raise such errors from within, so the answer is looked for where it was held when they did.
    """
    try:
        for value in _candidates(error):
            if usage_of(value) is not None:
                return value
    except Exception:  # an object whose attributes raise
        return None
    return None


def _candidates(error: BaseException) -> Iterator[Any]:
    yield get(error, "completion")  # LengthFinishReasonError
    yield get(error, "body")  # APIResponseValidationError
    trace = error.__traceback__
    while trace is not None:
        for value in list(trace.tb_frame.f_locals.values()):
            if hasattr(type(value), "model_dump"):
                yield value
            elif hasattr(type(value), "parse") and hasattr(value, "http_response"):
                yield body_of(value)
        trace = trace.tb_next


def _never_sent(error: BaseException, method: Any) -> bool:
    """Whether a TypeError says that the arguments are wrong: the method's own body was never entered, or it could not
    make a request of them."""
    body = _code(method)
    names = set()
    entered = body is None
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        names.add(code.co_name)
        entered = entered or code is body
        trace = trace.tb_next
    return not entered or bool(names & {"_build_request", "build_request"})


def _code(method: Any) -> Optional[CodeType]:
    inner = inspect.unwrap(method)
    code = getattr(getattr(inner, "__func__", inner), "__code__", None)
    return code if isinstance(code, CodeType) else None
