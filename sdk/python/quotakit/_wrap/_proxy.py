"""The wrapped client and its resources."""

from __future__ import annotations

import functools
import inspect
from typing import Any, Callable, Dict, Mapping, Optional, TypeVar, cast

from .._context import surroundings, tagged
from .._response import tier_of
from .._track import Gatekeeper, Inner, Track, current
from ._blame import failed
from ._disguise import Disguise
from ._endpoints import (
    COPIES,
    RAW,
    STREAMING,
    TREE,
    VIEWS,
    Endpoint,
    Leaf,
    Request,
    Results,
    Retrieve,
    Tree,
    Unmeasured,
    service_of,
)
from ._manager import DisguisedManager
from ._raw import body_of, watch_response
from ._request import given, likely_input
from ._special import batch_results, guarded, is_async, put_off, retrieving
from ._stream import Watch, watch_stream

T = TypeVar("T")

# Work in the background is held for an hour: it is retrieved when it is done.
BACKGROUND_TTL = 3_600


class Wrap:
    """What all stand-ins of one wrapped client share."""

    __slots__ = ("current", "path", "service", "tags", "ask_usage", "tokenizer")

    def __init__(
        self,
        current: Callable[[], Gatekeeper],
        path: Optional[str],
        service: Optional[str],
        tags: Optional[Mapping[str, str]],
        ask_usage: bool,
        tokenizer: Optional[Callable[[str], int]],
    ) -> None:
        self.current = current
        self.path = path
        self.service = service
        self.tags = tags
        self.ask_usage = ask_usage
        self.tokenizer = tokenizer

    def call(self, request: Request, alone: bool = False) -> Track:
        """A call for a request: inside track() it is that one, if it is the first. alone: it is one of its own."""
        model = request.arguments.get("model")
        tier = request.arguments.get("service_tier")
        path, tags = self.place()
        outer = None if alone else current()
        kind = Track if outer is None or outer._client.current() is not self.current() else Inner
        call = kind(
            self.current(),
            path,
            self.service,
            str(model) if given(model) else None,
            tier_of(tier),
            None,
            None,
            request.max_tokens,
            request.most_input,
            BACKGROUND_TTL if request.arguments.get("background") is True else None,
            request.choices,
        )
        call.tags = tags
        call.likely = lambda: likely_input(request.parts, self.tokenizer)
        if isinstance(call, Inner) and outer is not None:
            call.outer = outer
            if not outer.adopt(call):
                return self.call(request, alone=True)
        return call

    def place(self) -> "tuple[str, Optional[Mapping[str, str]]]":
        """The path and the tags of a call made now."""
        path = surroundings().path or self.path
        if path is None:
            raise ValueError("no path: give one to wrap(), or call inside quotakit.context(path=…)")
        return path, tagged(self.tags)


def wrap_client(
    client: T,
    current: Callable[[], Gatekeeper],
    path: Optional[str],
    service: Optional[str],
    tags: Optional[Mapping[str, str]],
    ask_usage: bool,
    tokenizer: Optional[Callable[[str], int]],
) -> T:
    """See quotakit.wrap. Raises TypeError for what has none of the methods that are tracked."""
    if not any(
        hasattr(client, name)
        for name in ("chat", "responses", "messages", "embeddings", "completions", "images", "audio")
    ):
        raise TypeError(f"{type(client).__name__} is not shaped like a client of OpenAI or Anthropic")
    shared = Wrap(current, path, service if service is not None else service_of(client), tags, ask_usage, tokenizer)
    return cast(T, Resource(client, TREE, shared, None))


class Resource(Disguise):
    """A client, or a part of one such as client.chat."""

    def __init__(self, target: Any, tree: Tree, shared: Wrap, view: Optional[str]) -> None:
        super().__init__(target)
        object.__setattr__(self, "_qk_tree", tree)
        object.__setattr__(self, "_qk_shared", shared)
        object.__setattr__(self, "_qk_view", view)

    def __getattr__(self, name: str) -> Any:
        get = object.__getattribute__
        target, tree, shared, view = (
            get(self, "_qk_target"),
            get(self, "_qk_tree"),
            get(self, "_qk_shared"),
            get(self, "_qk_view"),
        )
        value = getattr(target, name)
        below = tree.get(name)
        if isinstance(below, dict):
            return Resource(value, below, shared, view)
        if below is not None:
            return _method(value, target, below, shared, view)
        if name in VIEWS:
            return Resource(value, tree, shared, name)
        if tree is TREE and name in COPIES and callable(value):
            return _copying(value, shared)
        return value

    def __enter__(self) -> Any:
        self._qk_target.__enter__()
        return self

    def __exit__(self, *error: Any) -> Any:
        return self._qk_target.__exit__(*error)

    async def __aenter__(self) -> Any:
        await self._qk_target.__aenter__()
        return self

    async def __aexit__(self, *error: Any) -> Any:
        return await self._qk_target.__aexit__(*error)


def _copying(method: Callable[..., Any], shared: Wrap) -> Callable[..., Any]:
    @functools.wraps(method)
    def copy(*args: Any, **kwargs: Any) -> Any:
        return Resource(method(*args, **kwargs), TREE, shared, None)

    return copy


def _method(value: Any, owner: Any, leaf: Leaf, shared: Wrap, view: Optional[str]) -> Callable[..., Any]:
    """A method that spends, seen to in the way that its place in the tree says."""
    if isinstance(leaf, Endpoint):
        return tracked(value, leaf, shared, view)
    if isinstance(leaf, Unmeasured):
        return guarded(value, leaf.name, shared)
    if isinstance(leaf, Retrieve):
        return retrieving(value, shared)
    if isinstance(leaf, Results):
        return batch_results(value, owner, leaf.of, shared)
    return _running(value, shared)


def _running(method: Any, shared: Wrap) -> Callable[..., Any]:
    """A runner of tools makes its calls by a client that it keeps: that one is wrapped too, in this one runner."""

    @functools.wraps(method)
    def run(*args: Any, **kwargs: Any) -> Any:
        runner = method(*args, **kwargs)
        runner._client = Resource(runner._client, TREE, shared, None)
        return runner

    return run


def tracked(method: Any, endpoint: Endpoint, shared: Wrap, view: Optional[str]) -> Callable[..., Any]:
    """The method, with its calls tracked."""

    def prepare(kwargs: Dict[str, Any]) -> "tuple[Request, bool]":
        streaming = endpoint.manager or kwargs.get("stream") is True
        return endpoint.read(kwargs, shared.ask_usage, streaming), streaming

    if endpoint.manager or view == STREAMING:

        @functools.wraps(method)
        def manager(*args: Any, **kwargs: Any) -> Any:
            request, streaming = prepare(kwargs)
            watch = Watch(shared.call(request), request.observer()) if streaming else None
            call = watch.call if watch is not None else shared.call(request)
            target = method(*args, **request.arguments)
            if endpoint.manager:
                return DisguisedManager(target, call, watch)
            answered = functools.partial(_answered, call, endpoint, shared, request)
            return DisguisedManager(target, call, watch, method, answered)

        return manager

    if is_async(method):

        @functools.wraps(method)
        async def create_async(*args: Any, **kwargs: Any) -> Any:
            request, streaming = prepare(kwargs)
            call = shared.call(request)
            await call.begin_async()
            try:
                returned = await method(*args, **request.arguments)
            except BaseException as error:
                failed(call, error, method)
                raise
            return _ended(call, endpoint, shared, request, streaming, returned, view)

        return create_async

    @functools.wraps(method)
    def create(*args: Any, **kwargs: Any) -> Any:
        request, streaming = prepare(kwargs)
        call = shared.call(request)
        call.begin()
        try:
            returned = method(*args, **request.arguments)
        except BaseException as error:
            failed(call, error, method)
            raise
        if inspect.isawaitable(returned):
            return _awaiting(call, endpoint, shared, request, streaming, returned, view, method)
        return _ended(call, endpoint, shared, request, streaming, returned, view)

    return create


async def _awaiting(
    call: Track,
    endpoint: Endpoint,
    shared: Wrap,
    request: Request,
    streaming: bool,
    pending: Any,
    view: Optional[str],
    method: Any,
) -> Any:
    """An async method that did not look like one."""
    try:
        returned = await pending
    except BaseException as error:
        failed(call, error, method)
        raise
    return _ended(call, endpoint, shared, request, streaming, returned, view)


def _ended(
    call: Track,
    endpoint: Endpoint,
    shared: Wrap,
    request: Request,
    streaming: bool,
    returned: Any,
    view: Optional[str],
) -> Any:
    if streaming:
        watch = Watch(call, request.observer())
        return watch_response(watch, returned) if view == RAW else watch_stream(watch, returned)
    _answered(call, endpoint, shared, request, body_of(returned) if view == RAW else returned)
    return returned


def _answered(call: Track, endpoint: Endpoint, shared: Wrap, request: Request, answer: Any) -> None:
    fields = endpoint.take(answer, request.arguments) if endpoint.take is not None else None
    if fields is not None:
        call.end(fields)
    elif not put_off(call, shared, answer):
        call.finish(answer)
