"""The listener that counts requests: the runner's one entry in `events.request`.

It is a type of its own, not a closure, so that the native client can see that nobody but the
statistics listens, and then record the request without making an event of it.

Thread: the hub's.
"""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING, Any

from .. import _core

if TYPE_CHECKING:
    from ..env import Environment


class RequestRecorder:
    """Puts each request into `environment.stats` (whichever that is at the time)."""

    __slots__ = ("environment",)

    def __init__(self, environment: Environment) -> None:
        self.environment = environment

    def __call__(
        self,
        request_type: str,
        name: str,
        response_time: float | None,
        response_length: int | None,
        exception: Exception | str | None = None,
        **kwargs: Any,
    ) -> None:
        """`response_time`: milliseconds, None to count without timing; `response_length`: bytes.

        A request whose numbers are none counts too, as does its failure; then the error is raised.
        """
        stats = self.environment.stats
        record = getattr(stats, "_record", None) or partial(_record_in_steps, stats)
        beside = (exception, kwargs.get("response"), kwargs.get("start_time"))
        try:
            record(request_type, name, response_time, response_length, *beside)
        except (TypeError, ValueError):
            time, length = _number_or_none(response_time), _number_or_none(response_length)
            # else it is a script's own rounding
            if (time, length) != (response_time, response_length):
                record(request_type, name, time, length, *beside)
            raise


def _record_in_steps(
    stats: Any,
    method: str,
    name: str,
    time: float | None,
    length: float | None,
    exception: Exception | str | None,
    *_: object,
) -> None:
    """Into an object of a script's own that stands in the place of the statistics."""
    stats.log_request(method, name, time, length)
    if exception:
        stats.log_error(method, name, exception)


def _number_or_none(value: object) -> float | None:
    return value if isinstance(value, int | float) and math.isfinite(value) else None


_core.set_recording(None, RequestRecorder, None)  # http/patches.py says the rest
