"""The requests that had no answer when the test ended.

    unanswered = UnansweredRequests(environment)       # before the test starts
    unanswered.now()                                   # Unanswered(count=3, oldest_s=4.2)

They are in no entry: they have neither an answer nor a failure. A target that hangs shows here.
Counted are requests of the native clients that are under way, and those that users were stopped
in; a request that a user gave up earlier, by a gevent.Timeout of its own, is its own affair.

Thread: the hub's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from .. import _core

if TYPE_CHECKING:
    from ..env import Environment


def _in_words(seconds: float) -> str:
    """ "42 us", "12 ms", "3.2 s" """
    for unit, size in (("us", 1e-6), ("ms", 1e-3)):
        if seconds < 999.5 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.1f} s"


class Unanswered(NamedTuple):
    count: int  # type: ignore[assignment]  # a tuple's method of that name is given up
    oldest_s: float  # how long the oldest of them had waited

    def sentence(self) -> str:
        """Nothing if there are none."""
        if not self.count:
            return ""
        waited = _in_words(self.oldest_s)
        if self.count == 1:
            return (
                "1 request had no answer yet when the test ended, so no table counts it: "
                f"it had waited for {waited}"
            )
        return (
            f"{self.count:,} requests had no answer yet when the test ended, so no table counts "
            f"them: the oldest had waited for {waited}"
        )


class UnansweredRequests:
    """Counts those of this process."""

    def __init__(self, environment: Environment) -> None:
        environment.events.test_start.add_listener(self._from_now_on)
        environment.events.test_stopping.add_listener(self._from_now_on)

    def _from_now_on(self, **_kwargs: Any) -> None:
        _core.forget_given_up_requests()

    def now(self) -> Unanswered:
        return Unanswered(*_core.pending_requests())
