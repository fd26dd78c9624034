"""Tries a call again after a failure, with growing pauses between the attempts."""

from __future__ import annotations

import functools
import logging
import time
from collections.abc import Callable
from typing import Any

logger = logging.getLogger("locust.retry")


def retry(
    delays: tuple[float, ...] = (1, 3, 5), exception: type[BaseException] = Exception
) -> Callable:
    """Decorator: on `exception` waits each of `delays` (seconds), one after the other, and calls
    again.

    The last failure is raised to the caller.
    """

    def decorate(function: Callable) -> Callable:
        @functools.wraps(function)
        def persistent(*args: Any, **kwargs: Any) -> Any:
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
