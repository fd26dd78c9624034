"""The requests that never had an answer: those under way at the end, and those given up before.

    unanswered = UnansweredRequests(environment)       # before the test starts
    unanswered.now()                                   # Unanswered(count=3, oldest_s=4.2, ...)

They are in no entry: they have neither an answer nor a failure. A target that hangs shows here.
Counted are requests of the native clients:

    count       under way when the test ended, its users' included who were stopped in them then
    given_up    given up while it ran: their user was stopped, as in a ramp down, or the task itself
                has lost patience, by a gevent.Timeout say, and that was no failure

Both are those since the test started, or since its statistics were last set back to zero.

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


class GivenUp(NamedTuple):
    count: int = 0  # type: ignore[assignment]  # a tuple's method of that name is given up
    longest_s: float = 0.0  # how long one of them had waited at most

    def sentence(self) -> str:
        """Nothing if there are none."""
        if not self.count:
            return ""
        waited = _in_words(self.longest_s)
        if self.count == 1:
            return (
                "1 request was given up without an answer while the test ran, with its user or by "
                f"its task, so no table counts it: it had waited for {waited}"
            )
        return (
            f"{self.count:,} requests were given up without an answer while the test ran, with "
            "their users or by their tasks, so no table counts them: the longest wait was "
            f"{waited}"
        )


class Unanswered(NamedTuple):
    count: int  # type: ignore[assignment]  # a tuple's method of that name is given up
    oldest_s: float  # how long the oldest of them had waited
    given_up: GivenUp = GivenUp()

    def sentence(self) -> str:
        """Of those at the end; nothing if there are none."""
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

    def sentences(self) -> list[str]:
        """One for each kind of which there are some."""
        return [said for said in (self.given_up.sentence(), self.sentence()) if said]

    def as_json(self) -> dict[str, Any]:
        return {**self._asdict(), "given_up": self.given_up._asdict()}


class UnansweredRequests:
    """Counts those of this process."""

    def __init__(self, environment: Environment) -> None:
        self._before_the_end: GivenUp | None = None  # None while the test runs
        environment.events.test_start.add_listener(self._on_test_start)
        environment.events.test_stopping.add_listener(self._on_test_stopping)
        environment.stats.when_reset.append(self._forget)

    def _on_test_start(self, **_kwargs: Any) -> None:
        self._before_the_end = None
        self._forget()

    def _on_test_stopping(self, **_kwargs: Any) -> None:
        if self._before_the_end is None:
            self._before_the_end = GivenUp(*_core.given_up_requests())
            _core.forget_given_up_requests()

    def _forget(self) -> None:
        _core.forget_given_up_requests()
        if self._before_the_end is not None:
            self._before_the_end = GivenUp()

    def now(self) -> Unanswered:
        given_up = GivenUp(*_core.given_up_requests())
        waiting, oldest_s = _core.waiting_requests()
        if self._before_the_end is None:
            return Unanswered(waiting, oldest_s, given_up)
        return Unanswered(
            waiting + given_up.count, max(oldest_s, given_up.longest_s), self._before_the_end
        )
