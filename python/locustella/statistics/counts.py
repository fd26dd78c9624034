"""Dicts of an entry's counts, {bucket or second: requests}, that scripts may change in place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class Counts(dict[float, int]):
    """A copy of an entry's counts; what is changed in it is changed in the entry.

    A missing key reads as 0, so that `counts[key] += 1` works.
    """

    def __init__(self, counts: dict[float, int], store: Callable[[Counts], None]) -> None:
        super().__init__(counts)
        self._store = store

    def __missing__(self, key: float) -> int:
        return 0

    def __reduce__(self) -> tuple[type, tuple[dict[float, int]]]:
        return dict, (dict(self),)

    def copy(self) -> dict[float, int]:
        return dict(self)


def _storing(name: str) -> Callable[..., Any]:
    change = getattr(dict, name)

    def method(self: Counts, *args: Any, **kwargs: Any) -> Any:
        result = change(self, *args, **kwargs)
        self._store(self)
        return result

    method.__name__ = name
    return method


for _name in (
    "__setitem__",
    "__delitem__",
    "__ior__",
    "clear",
    "pop",
    "popitem",
    "setdefault",
    "update",
):
    setattr(Counts, _name, _storing(_name))
