"""A stand-in that is taken for what it stands in for: isinstance() sees its class, attributes are its own."""

from __future__ import annotations

from typing import Any, List


class Disguise:
    """Hands everything through to its target but what subclasses define."""

    def __init__(self, target: Any) -> None:
        object.__setattr__(self, "_qk_target", target)

    @property
    def __class__(self) -> Any:
        return type(object.__getattribute__(self, "_qk_target"))

    @__class__.setter
    def __class__(self, value: Any) -> None:
        raise TypeError("the class of a wrapped object cannot be changed")

    def __getattr__(self, name: str) -> Any:
        return getattr(object.__getattribute__(self, "_qk_target"), name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._qk_target, name, value)

    def __delattr__(self, name: str) -> None:
        delattr(self._qk_target, name)

    def __dir__(self) -> List[str]:
        return dir(self._qk_target)

    def __repr__(self) -> str:
        return repr(self._qk_target)

    def __eq__(self, other: Any) -> bool:
        return bool(self is other or self._qk_target == getattr(other, "_qk_target", other))

    def __hash__(self) -> int:
        return hash(self._qk_target)
