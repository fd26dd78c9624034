"""Remembers a function's answer for some seconds: for pages that many people poll."""

from __future__ import annotations

import functools
from collections.abc import Callable
from time import time
from typing import Any


def memoize(timeout: float, dynamic_timeout: bool = False) -> Callable:
    """Decorator: calls the function at most once in `timeout` seconds, whatever its arguments.

    With `dynamic_timeout` the time doubles whenever the function itself took longer than it.
    The decorated function has `clear_cache()`.
    """

    def decorate(function: Callable) -> Callable:
        lifetime = timeout
        called_at: float | None = None
        answer: Any = None

        @functools.wraps(function)
        def remembering(*args: Any, **kwargs: Any) -> Any:
            nonlocal lifetime, called_at, answer
            now = time()
            if called_at is None or now - called_at > lifetime:
                answer = function(*args, **kwargs)
                called_at = time()
                if dynamic_timeout and called_at - now > lifetime:
                    lifetime *= 2
            return answer

        def clear_cache() -> None:
            nonlocal called_at, answer
            called_at = answer = None

        remembering.clear_cache = clear_cache  # type: ignore[attr-defined]
        return remembering

    return decorate
