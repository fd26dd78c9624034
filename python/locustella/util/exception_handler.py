"""Tries a call again after a failure, with growing pauses between the attempts."""

from __future__ import annotations

import functools
import logging
import time
from collections.abc import Callable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

logger = logging.getLogger("locust.retry")


def retry(
    delays: tuple[float, ...] = (1, 3, 5), exception: type[BaseException] = Exception
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Decorator: on `exception` waits each of `delays` (seconds), one after the other, and calls
    again.

    The last failure is raised to the caller.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        @functools.wraps(function)
        def persistent(*args: P.args, **kwargs: P.kwargs) -> R:
            for attempt, delay in enumerate(delays, 1):
                try:
                    return function(*args, **kwargs)
                except exception as error:
                    logger.info(
                        "%s failed (%s), attempt %d follows in %g s",
                        function.__name__, error, attempt + 1, delay,
                    )
                time.sleep(delay)
            return function(*args, **kwargs)

        return persistent

    return decorate
