"""track() as a decorator: each call of the function is one tracked call."""

from __future__ import annotations

import contextvars
import functools
import inspect
from types import TracebackType
from typing import Any, Callable, Optional, Protocol, Type, TypeVar, cast

F = TypeVar("F", bound=Callable[..., Any])


class Call(Protocol):
    """A tracked call, as far as a decorated function has to do with it."""

    def again(self) -> "Call":
        """Another one like it."""

    def begin(self) -> None:
        """Enters it."""

    async def begin_async(self) -> None:
        """Enters it without blocking the event loop."""

    def fail(self, error: Optional[BaseException]) -> None:
        """Records that it ended with an error."""

    def finish(self, returned: Any = None) -> None:
        """Records that it ended well."""

    def __enter__(self) -> "Call":
        """Enters it."""

    def __exit__(
        self, kind: Optional[Type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        """Leaves it."""

    async def __aenter__(self) -> "Call":
        """Enters it without blocking the event loop."""

    async def __aexit__(
        self, kind: Optional[Type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        """Leaves it."""


_current: "contextvars.ContextVar[Optional[Call]]" = contextvars.ContextVar("quotakit_call", default=None)


def innermost() -> Optional[Call]:
    """The call of the innermost decorated function that is running, or None."""
    return _current.get()


def decorate(model: Call, function: F) -> F:
    """The function, tracked by copies of `model`."""
    if inspect.isasyncgenfunction(function):
        wrapper = _async_generator(model, function)
    elif inspect.isgeneratorfunction(function):
        wrapper = _generator(model, function)
    elif inspect.iscoroutinefunction(function):
        wrapper = _coroutine(model, function)
    else:
        wrapper = _plain(model, function)
    return cast(F, functools.wraps(function)(wrapper))


def _plain(model: Call, function: Callable[..., Any]) -> Callable[..., Any]:
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        call = model.again()
        call.begin()
        token = _current.set(call)
        try:
            returned = function(*args, **kwargs)
        except BaseException as error:
            call.fail(error)
            raise
        finally:
            _current.reset(token)
        call.finish(returned)
        return returned

    return wrapper


def _coroutine(model: Call, function: Callable[..., Any]) -> Callable[..., Any]:
    async def wrapper(*args: Any, **kwargs: Any) -> Any:
        call = model.again()
        await call.begin_async()
        token = _current.set(call)
        try:
            returned = await function(*args, **kwargs)
        except BaseException as error:
            call.fail(error)
            raise
        finally:
            _current.reset(token)
        call.finish(returned)
        return returned

    return wrapper


# A generator runs in the context of whoever asks for the next item, so the current call is set anew for each.


def _generator(model: Call, function: Callable[..., Any]) -> Callable[..., Any]:
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        with model.again() as call:
            inner = function(*args, **kwargs)
            sent: Any = None
            try:
                while True:
                    token = _current.set(call)
                    try:
                        item = inner.send(sent)
                    except StopIteration as stop:
                        return stop.value
                    finally:
                        _current.reset(token)
                    sent = yield item
            finally:
                inner.close()

    return wrapper


def _async_generator(model: Call, function: Callable[..., Any]) -> Callable[..., Any]:
    async def wrapper(*args: Any, **kwargs: Any) -> Any:
        async with model.again() as call:
            inner = function(*args, **kwargs)
            try:
                while True:
                    token = _current.set(call)
                    try:
                        item = await inner.__anext__()
                    except StopAsyncIteration:
                        return
                    finally:
                        _current.reset(token)
                    yield item
            finally:
                await inner.aclose()

    return wrapper
