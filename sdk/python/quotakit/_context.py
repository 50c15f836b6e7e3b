"""What holds for the calls of a request or a run: a path and tags, carried by contextvars."""

from __future__ import annotations

import contextvars
from contextlib import contextmanager
from typing import Dict, Iterator, Mapping, NamedTuple, Optional

from ._usage import check_tags


class Context(NamedTuple):
    """The path of wrapped clients' calls, and of track() without one; tags of all calls."""

    path: Optional[str]
    tags: Mapping[str, str]


_NOTHING = Context(None, {})
_context: "contextvars.ContextVar[Context]" = contextvars.ContextVar("quotakit_context", default=_NOTHING)
surroundings = _context.get


@contextmanager
def context(path: Optional[str] = None, *, tags: Optional[Mapping[str, str]] = None) -> Iterator[None]:
    """In this block, and in the tasks that it starts, calls of wrapped clients are on `path`, whatever wrap() said, and
    so is track() without a path; `tags` are added to those of all calls. For a request's tenant. Blocks nest."""
    outer = _context.get()
    token = _context.set(
        Context(outer.path if path is None else path, {**outer.tags, **check_tags(tags)} if tags else outer.tags)
    )
    try:
        yield
    finally:
        _context.reset(token)


def tagged(tags: Optional[Mapping[str, str]]) -> Optional[Mapping[str, str]]:
    """These tags with those of the context; of the same name the own one holds. Raises ValueError for too many."""
    around = surroundings().tags
    if not around:
        return tags
    merged: Dict[str, str] = {**around, **(tags or {})}
    return check_tags(merged)
