"""The listener that counts requests: the runner's one entry in `events.request`.

It is a type of its own, not a closure, so that the native client can see that nobody but the
statistics listens, and then record the request without making an event of it.

Thread: the hub's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .. import _core
from . import phase_times

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
        """`response_time`: milliseconds, None to count without timing; `response_length`: bytes, or None."""
        stats = self.environment.stats
        stats.log_request(request_type, name, response_time, response_length or 0)
        if phase_times.are_kept():
            _core.note_phases(request_type, name, kwargs.get("response"))
        if exception:
            stats.log_error(request_type, name, exception)


_core.set_recording(None, RequestRecorder, None)  # http/patches.py says the rest
