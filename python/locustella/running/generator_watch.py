"""How well the load generator itself keeps up, to be read beside the results.

    watch = GeneratorWatch(environment)        # before the test starts
    for line in watch.lines(): print(line)
    if doubt := watch.doubt(): logger.warning(doubt)

Most response times are taken from the kernel's receive times, so a late generator does not make
these longer (statistics/report/certainty.py says of how many that is so); but its users act later
than they should, and the load is not the one that was asked for. What is watched, from the last
`test_start` until the users are told to stop (connections until the last user has ended, as
the requests that they are read beside):

    CPU         share of one core that this process uses
    hub lag     how late waits end (timer), and how long answers wait for their user (wake)
    send        how long requests wait, once asked for, until their first act: the name lookup of a
                new connection, else the send
    stalls      how much of the time this thread was late by more than 1, 10 and 100 ms for whatever
                became ready or due, and its longest stall
    connections how many were opened, served a further request, or never came to be

Thread: the hub's.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, NamedTuple

from .. import _core
from ..statistics import clock
from ..statistics.report import certainty

if TYPE_CHECKING:
    from ..env import Environment

# Beyond these the load is not what was asked for.
CPU_LIMIT = 0.9  # of one core
LEAST_SECONDS = 1.0  # a shorter time is start-up, and says nothing about the CPU
LAG_LIMIT_MS = 50.0  # 99th percentile
# By time, because a process that stands still has few late events: the share of the run in which it
# was late by more than 10 and more than 100 ms.
LATE_10MS_LIMIT = 0.1
LATE_100MS_LIMIT = 0.01


class Lag(NamedTuple):
    """Milliseconds, and how many times it was measured."""

    count: int  # type: ignore[assignment]  # a tuple's method of that name is given up
    mean_ms: float
    p50_ms: float
    p99_ms: float
    max_ms: float


class Stalls(NamedTuple):
    """Seconds: of the run, of them those in which this thread was late by more than so much, the
    longest stall, and when in the run that began."""

    watched_s: float = 0.0
    beyond_1ms_s: float = 0.0
    beyond_10ms_s: float = 0.0
    beyond_100ms_s: float = 0.0
    longest_s: float = 0.0
    longest_at_s: float = 0.0

    def share(self, seconds: float) -> float:
        """Of the run; 0.0 while that is too short to say anything."""
        return seconds / self.watched_s if self.watched_s >= LEAST_SECONDS else 0.0


class Connections(NamedTuple):
    """How connections came about, and how often the system was asked for the address of a name."""

    opened: int = 0
    reused: int = 0  # requests that found one open
    failed: int = 0  # never came to be: no such name, refused, timed out
    lookups: int = 0
    repeated: int = 0  # requests sent again, as the kept connection was closed under them

    def since(self, before: Connections) -> Connections:
        return Connections(*(now - then for now, then in zip(self, before, strict=True)))


def connections_now() -> Connections:
    """Those of this thread since the process began."""
    counts = _core.connection_counts()
    return Connections(
        counts.get("opened", 0),
        counts.get("reused", 0),
        counts.get("failed", 0),
        counts.get("lookups", 0),
        counts.get("repeated", 0),
    )


_NO_LAG = Lag(0, 0.0, 0.0, 0.0, 0.0)


class GeneratorWatch:
    """Watches this process during each test."""

    # How things stood at the end.
    _kept: tuple[float, dict[str, Lag], Stalls] | None
    _end: float | None
    _connections_at_end: Connections | None

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._begin()
        environment.events.test_start.add_listener(self._on_test_start)
        environment.events.test_stopping.add_listener(self._on_test_stopping)
        environment.events.test_stop.add_listener(self._on_test_stop)

    def _on_test_start(self, **_kwargs: Any) -> None:
        self._begin()

    def goes_on(self) -> bool:
        """Whether it still watches."""
        return self._end is None

    def seen_until(self) -> float:
        """The end of what was watched, or now; Unix seconds."""
        return clock.now() if self._end is None else self._end

    def _on_test_stopping(self, **_kwargs: Any) -> None:
        self._end = clock.now()
        self._kept = self.cpu_share(), self.lags(), self.stalls()
        _core.stop_generator_lag()

    def _on_test_stop(self, **_kwargs: Any) -> None:
        self._connections_at_end = self.connections()

    def _begin(self) -> None:
        self._kept = None
        self._end = None
        self._connections = connections_now()
        self._connections_at_end = None
        self._wall, self._cpu = time.monotonic(), time.process_time()
        _core.reset_generator_lag()

    def cpu_share(self) -> float:
        """CPU time per wall time: 1.0 is one core."""
        if self._kept is not None:
            return self._kept[0]
        wall = time.monotonic() - self._wall
        return (time.process_time() - self._cpu) / wall if wall >= LEAST_SECONDS else 0.0

    def lags(self) -> dict[str, Lag]:
        """By "timer", "wake" and "send"."""
        if self._kept is not None:
            return self._kept[1]
        measured = _core.generator_lag()
        return {
            name: Lag(**measured[name]) if name in measured else _NO_LAG
            for name in ("timer", "wake", "send")
        }

    def stalls(self) -> Stalls:
        """How late this thread was, by time."""
        return self._kept[2] if self._kept is not None else Stalls(**_core.generator_stalls())

    def connections(self) -> Connections:
        """Of the test, as far as it has come.

        When users are told to stop they may still finish tasks, whose requests count, too.
        """
        if self._connections_at_end is not None:
            return self._connections_at_end
        return connections_now().since(self._connections)

    def figures(self) -> dict[str, Any]:
        """All of it as plain numbers, for files and other programs."""
        return {
            "cpu_share": round(self.cpu_share(), 3),
            **{name: lag._asdict() for name, lag in self.lags().items()},
            "stalls": {
                name: round(seconds, 4) for name, seconds in self.stalls()._asdict().items()
            },
            "connections": self.connections()._asdict(),
        }

    def line(self) -> str:
        """One line for the console, below the table."""
        lags = self.lags()
        hub = max(lags["timer"], lags["wake"], key=lambda lag: lag.p99_ms)
        send = lags["send"]
        return (
            f"Generator: CPU {self.cpu_share():.0%} of a core, hub lag p99 {hub.p99_ms:.2f} ms "
            f"(max {hub.max_ms:.1f}), send lateness p99 {send.p99_ms:.2f} ms (max "
            f"{send.max_ms:.1f}), "
            f"longest stall {self.stalls().longest_s * 1000:.0f} ms"
        )

    def lines(self) -> list[str]:
        """A small table for the end of a run."""
        titles = {
            "timer": "waits ended late by",
            "wake": "answers waited for their user",
            "send": "requests waited to be sent",
        }
        rows = [
            f"{'Generator (this process, not the target)':42} {'p50':>9} {'p99':>9} {'max':>9}  ms",
            f"{'-' * 42}|{'-' * 9}|{'-' * 9}|{'-' * 9}|",
        ]
        for name, lag in self.lags().items():
            if lag.count:
                rows.append(
                    f"{titles[name]:42} {lag.p50_ms:9.3f} {lag.p99_ms:9.3f} {lag.max_ms:9.3f}"
                )
        stalls = self.stalls()
        for limit, seconds in (
            ("1", stalls.beyond_1ms_s),
            ("10", stalls.beyond_10ms_s),
            ("100", stalls.beyond_100ms_s),
        ):
            rows.append(
                f"{f'late by more than {limit} ms':42} {stalls.share(seconds):>9.1%}  of the time"
            )
        if stalls.longest_s:
            title = f"longest stall, {stalls.longest_at_s:.1f} s after the start"
            rows.append(f"{title:42} {stalls.longest_s * 1000:>9.0f}  ms")
        rows.append(f"{'CPU used':42} {self.cpu_share():>9.0%}  of one core")
        counts = self.connections()
        rows.append(f"{'connections opened':42} {counts.opened:>9}")
        rows.append(f"{'requests that reused one':42} {counts.reused:>9}")
        if counts.repeated:
            rows.append(f"{'requests sent again':42} {counts.repeated:>9}")
        rows.append(f"{'connections that failed to open':42} {counts.failed:>9}")
        if counts.lookups:
            rows.append(f"{'names looked up':42} {counts.lookups:>9}")
        return [*rows, ""]

    def doubt(self) -> str | None:
        """Why the results may not be those of the load that was asked for; None if nothing says so.
        """
        reasons = []
        if self.cpu_share() > CPU_LIMIT:
            reasons.append(f"this process used {self.cpu_share():.0%} of a core")
        reasons += _reasons_of(self.stalls())
        late = {name: lag for name, lag in self.lags().items() if lag.p99_ms > LAG_LIMIT_MS}
        if "timer" in late:
            reasons.append(f"1 % of the waits ended more than {late['timer'].p99_ms:.0f} ms late")
        if "send" in late:
            reasons.append(f"1 % of the requests left more than {late['send'].p99_ms:.0f} ms late")
        if not reasons:
            return None
        return (
            f"The load generator was short of time: {' and '.join(reasons)}. "
            f"{certainty.words(self._environment.stats)}. The users were slower than asked for: "
            "use fewer "
            "here, or more processes or machines."
        )


def _reasons_of(stalls: Stalls) -> list[str]:
    for limit_ms, seconds, limit in (
        (100, stalls.beyond_100ms_s, LATE_100MS_LIMIT),
        (10, stalls.beyond_10ms_s, LATE_10MS_LIMIT),
    ):
        if stalls.share(seconds) > limit:
            return [
                f"it was late by more than {limit_ms} ms for {stalls.share(seconds):.0%} of the "
                "time "
                f"(longest stall {stalls.longest_s:.2f} s, {stalls.longest_at_s:.1f} s after the "
                "start)"
            ]
    return []
