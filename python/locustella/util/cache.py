"""Remembers a function's answer for some seconds: for pages that many people poll."""

from __future__ import annotations

import functools
from collections.abc import Callable
from time import time
from typing import TYPE_CHECKING, Any, ParamSpec, Protocol, TypeVar, cast

P = ParamSpec("P")
R = TypeVar("R", covariant=True)

if TYPE_CHECKING:

    class Remembering(Protocol[P, R]):
        """The decorated function."""

        def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R: ...
        def clear_cache(self) -> None: ...


def memoize(
    timeout: float, dynamic_timeout: bool = False
) -> Callable[[Callable[P, R]], Remembering[P, R]]:
    """Decorator: calls the function at most once in `timeout` seconds, whatever its arguments.

    With `dynamic_timeout` the time doubles whenever the function itself took longer than it.
    The decorated function has `clear_cache()`.
    """

    def decorate(function: Callable[P, R]) -> Remembering[P, R]:
        lifetime = timeout
        kept: tuple[float, R] | None = None  # since when, and the answer

        @functools.wraps(function)
        def remembering(*args: P.args, **kwargs: P.kwargs) -> R:
            nonlocal lifetime, kept
            now = time()
            if kept is None or now - kept[0] > lifetime:
                answer = function(*args, **kwargs)
                kept = time(), answer
                if dynamic_timeout and kept[0] - now > lifetime:
                    lifetime *= 2
            return kept[1]

        def clear_cache() -> None:
            nonlocal kept
            kept = None

        made: Any = remembering
        made.clear_cache = clear_cache
        return cast("Remembering[P, R]", made)

    return decorate
