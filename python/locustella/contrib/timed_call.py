"""One call into somebody else's driver: how long it took, what came of it, and its request event.

    call = timed(lambda: connection.execute("SELECT 1"))
    call.fire(environment.events.request, "postgres", "execute_query")
    return call.result

Durations come from the clock that nobody sets (time.perf_counter), in milliseconds and not rounded;
`start_time` is that of the wall, in seconds since the epoch, as in the event of an HTTP request.
What is no failure of the driver's (a greenlet that is killed, say) leaves `timed`, and nothing is
recorded.

Some clients hand a call's outcome to their user as a dict, for a listener of its own or a check:

    outcome = timed(lambda: client.query(...)).as_outcome(is_empty=lambda rows: not rows)
    outcome    # {"success": True, "response_time": 3.1, "empty": False, "result": [...], ...}
    fire_outcome(environment.events.request, "milvus", "query", outcome)

Thread: whichever makes the call.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..event import EventHook


@dataclass(slots=True)
class TimedCall:
    """A call that is over. `result` is None where it failed, `exception` where it did not."""

    start_time: float
    response_time: float
    result: Any = None
    exception: Exception | None = None

    def fire(self, event: EventHook, request_type: str, name: str, **more: Any) -> None:
        """Fires the request event; `more` is for the listeners."""
        event.fire(
            request_type=request_type,
            name=name,
            start_time=self.start_time,
            response_time=self.response_time,
            response_length=0,
            exception=self.exception,
            context={},
            **more,
        )

    def as_outcome(self, is_empty: Callable[[Any], bool] | None = None) -> dict[str, Any]:
        """The call as a dict. Where it says what is empty, an empty result is no success."""
        outcome: dict[str, Any] = {
            "success": self.exception is None,
            "start_time": self.start_time,
            "response_time": self.response_time,
        }
        if self.exception is not None:
            return outcome | {"exception": self.exception}
        if is_empty is not None:
            outcome["empty"] = is_empty(self.result)
            outcome["success"] = not outcome["empty"]
        return outcome | {"result": self.result}


def timed(
    call: Callable[[], Any], failures: type[Exception] | tuple[type[Exception], ...] = Exception
) -> TimedCall:
    """Makes the call. Of its exceptions, `failures` are kept and all others raised."""
    start_time, began = time.time(), time.perf_counter()
    result = exception = None
    try:
        result = call()
    except failures as error:
        exception = error
    return TimedCall(start_time, (time.perf_counter() - began) * 1000, result, exception)


def fire_outcome(
    event: EventHook, request_type: str, name: str, outcome: Mapping[str, Any]
) -> None:
    """Fires the request event of a call that `as_outcome` told about."""
    TimedCall(
        outcome.get("start_time", time.time()),
        outcome.get("response_time", 0),
        exception=outcome.get("exception"),
    ).fire(event, request_type, name)
