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


class Unanswered(NamedTuple):
    count: int
    oldest_s: float  # how long the oldest of them had waited

    def sentence(self) -> str:
        """Nothing if there are none."""
        if not self.count:
            return ""
        requests = "1 request" if self.count == 1 else f"{self.count:,} requests"
        which = "it had" if self.count == 1 else "the oldest of them had"
        return (
            f"{requests} had no answer yet when the test ended, and so count nowhere: "
            f"{which} waited for {self.oldest_s:.3g} s"
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
