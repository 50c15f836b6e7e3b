"""track() as a decorator: each call of the function is one tracked call."""
from __future__ import annotations

import contextvars
import functools
import inspect
from typing import TYPE_CHECKING, Any, Callable, Optional, TypeVar, cast

if TYPE_CHECKING:
    from ._track import Track

F = TypeVar("F", bound=Callable[..., Any])

_current: "contextvars.ContextVar[Optional[Track]]" = contextvars.ContextVar("quotakit_call", default=None)


def current() -> "Optional[Track]":
    """The call of the innermost decorated function that is running, or None."""
    return _current.get()


def decorate(model: "Track", function: F) -> F:
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


def _plain(model: "Track", function: Callable[..., Any]) -> Callable[..., Any]:
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


def _coroutine(model: "Track", function: Callable[..., Any]) -> Callable[..., Any]:
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

def _generator(model: "Track", function: Callable[..., Any]) -> Callable[..., Any]:
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


def _async_generator(model: "Track", function: Callable[..., Any]) -> Callable[..., Any]:
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
