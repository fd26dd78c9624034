"""The listener that counts requests: the runner's one entry in `events.request`.

It is a type of its own, not a closure, so that the native client can see that nobody but the
statistics listens, and then record the request without making an event of it.

Thread: the hub's.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from .. import _core
from ..http import phases
from .request_stats import method_text, text_of

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
        problem: Exception | None = None
        try:
            stats.log_request(request_type, name, response_time, response_length)
        except (TypeError, ValueError) as error:
            problem = error
            time, length = _number_or_none(response_time), _number_or_none(response_length)
            if (time, length) == (response_time, response_length):
                raise  # of a script's own rounding
            stats.log_request(request_type, name, time, length)
        if phases.are_kept():
            _core.note_phases(method_text(request_type), text_of(name), kwargs.get("response"))
        if exception:
            stats.log_error(request_type, name, exception)
        if problem is not None:
            raise problem


def _number_or_none(value: Any) -> float | None:
    return value if isinstance(value, int | float) and math.isfinite(value) else None


_core.set_recorder_class(RequestRecorder)
