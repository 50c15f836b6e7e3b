"""track() as a decorator: each call of the function is one tracked call."""

from __future__ import annotations

import contextvars
import functools
import inspect
from typing import Any, Callable, Optional, Protocol, TypeVar, cast

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


_current: "contextvars.ContextVar[Optional[Call]]" = contextvars.ContextVar("quotakit_call", default=None)


def innermost() -> Optional[Call]:
    """The call of the innermost track() that is running, or None."""
    return _current.get()


def enter(call: Call) -> "contextvars.Token[Optional[Call]]":
    """From now on it is the innermost."""
    return _current.set(call)


def leave(token: "contextvars.Token[Optional[Call]]") -> None:
    """It is no longer."""
    try:
        _current.reset(token)
    except ValueError:
        pass  # left in another context than it was entered in


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
        call = model.again()
        call.begin()
        inner = function(*args, **kwargs)
        step, given = inner.send, None
        try:
            while True:
                token = _current.set(call)
                try:
                    item = step(given)
                except StopIteration as stop:
                    call.finish(stop.value)
                    return stop.value
                finally:
                    _current.reset(token)
                step = inner.send
                try:
                    given = yield item
                except GeneratorExit:  # its caller has enough
                    inner.close()
                    call.finish()
                    raise
                except BaseException as error:
                    step, given = inner.throw, error
        except BaseException as error:
            call.fail(error)
            raise

    return wrapper


def _async_generator(model: Call, function: Callable[..., Any]) -> Callable[..., Any]:
    async def wrapper(*args: Any, **kwargs: Any) -> Any:
        call = model.again()
        await call.begin_async()
        inner = function(*args, **kwargs)
        step, given = inner.asend, None
        try:
            while True:
                token = _current.set(call)
                try:
                    item = await step(given)
                except StopAsyncIteration:
                    call.finish()
                    return
                finally:
                    _current.reset(token)
                step = inner.asend
                try:
                    given = yield item
                except GeneratorExit:
                    await inner.aclose()
                    call.finish()
                    raise
                except BaseException as error:
                    step, given = inner.athrow, error
        except BaseException as error:
            call.fail(error)
            raise

    return wrapper
