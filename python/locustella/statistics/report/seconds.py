"""What each second of a test had: the figures that the report's charts are drawn from.

    seconds = seconds_of(environment.stats)          # made with the first question
    seconds.read(stats, runner.user_count, watch)    # about once a second, while a test runs
    for row in seconds.total.rows(until): ...        # Row(1700000000, 1, {"requests": 250.0, ...})

The core keeps how many requests each second had, and of the newest twenty their times. They are
read when they cannot change any more. A second is one of the clock (Unix); a request is in the one
in which it was recorded, and percentiles are those of that second's requests alone, to 1 %.

Of the entries the first MOST_ENTRIES are followed. When a test gets long, neighbouring seconds are
joined: counts are added, of all else the highest is kept.

Thread: the hub's.
"""

from __future__ import annotations

import math
import time
from array import array
from collections.abc import Iterator, Mapping
from operator import add
from typing import TYPE_CHECKING, NamedTuple

import gevent

from .. import clock
from .. import constants as settings

if TYPE_CHECKING:
    from ..._core import StatsEntryData
    from ...running.generator_watch import GeneratorWatch
    from ...stats import RequestStats

MOST_ENTRIES = 100
MOST_ROWS = 400  # of an entry; of the test as a whole:
MOST_ROWS_OF_TOTAL = 20_000
# Workers report every three seconds; the core knows the last twenty.
SETTLED_AFTER_S = 6
KNOWN_S = 600  # so long the core remembers the counts of an entry's seconds
ENTRIES_AT_ONCE = 5  # between two turns of the others

SUMS = frozenset(("requests", "failures", "seconds"))

Name = str | float  # "requests", "failures", "average"; a percentile by its fraction
Values = dict[Name, float]


class Row(NamedTuple):
    """What `span` seconds had, from `second` on. Without requests there are no times."""

    second: int
    span: int
    values: Values


def joined(one: Values, other: Values) -> Values:
    """Of both together."""
    both = dict(one)
    for name, value in other.items():
        if name not in both:
            both[name] = value
        elif name in SUMS:
            both[name] += value
        else:
            both[name] = max(both[name], value)
    return both


class Rows:
    """One row after the other, from a second on; at most so many, an even number."""

    def __init__(self, first: int, most: int) -> None:
        self._first = first
        self._most = most
        self._span = 1
        self._length = 0
        self._columns: dict[Name, array[float]] = {}
        # for the row that comes next, and of how many seconds
        self._next: Values = {}
        self._gathered = 0

    def add(self, values: Values) -> None:
        """Those of the next second."""
        self._next = joined(self._next, values)
        self._gathered += 1
        if self._gathered == self._span:
            self._append(self._next)
            self._next, self._gathered = {}, 0

    def __iter__(self) -> Iterator[Row]:
        second = self._first
        for number in range(self._length):
            yield Row(second, self._span, self._values(number))
            second += self._span
        if self._gathered:
            yield Row(second, self._gathered, self._next)

    def _append(self, values: Mapping[Name, float]) -> None:
        for name in values.keys() - self._columns.keys():
            self._columns[name] = array("d", [math.nan]) * self._length
        for name, column in self._columns.items():
            column.append(values.get(name, math.nan))
        self._length += 1
        if self._length == self._most:
            self._halve()

    def _values(self, number: int) -> Values:
        found = ((name, column[number]) for name, column in self._columns.items())
        return {name: value for name, value in found if not math.isnan(value)}

    def _halve(self) -> None:
        for name, column in self._columns.items():
            join = add if name in SUMS else _highest
            self._columns[name] = array("d", map(join, column[::2], column[1::2]))
        self._length //= 2
        self._span *= 2


def _highest(one: float, other: float) -> float:
    """The one that is a number, if the other is none."""
    return other if math.isnan(one) or one < other else one


class Track:
    """The seconds of one entry, as far as they were read, and those after them as they are now."""

    def __init__(self, data: StatsEntryData, most_rows: int = MOST_ROWS) -> None:
        self.data = data
        self._most_rows = most_rows
        self._begin()
        data.percentiles_ms_by_second(0, 0, [])  # from now on it notes them

    def _begin(self) -> None:
        self._started = self.data.start_time
        self._unread = int(max(self._started, clock.now() - KNOWN_S))
        self._rows = Rows(self._unread, self._most_rows)

    def _begin_again_if_reset(self) -> None:
        if self.data.start_time > self._started:
            self._begin()
        self._started = self.data.start_time  # a worker that began earlier sets it back

    def read(self, until: int) -> None:
        """Takes over the seconds before that one. They have to be over."""
        self._begin_again_if_reset()
        for row in self._now(until):
            self._rows.add(row.values)
        self._unread = max(self._unread, until)

    def rows(self, until: int) -> Iterator[Row]:
        """All before that second."""
        self._begin_again_if_reset()
        yield from self._rows
        yield from self._now(until)

    def _now(self, until: int) -> Iterator[Row]:
        """Those that are not read yet."""
        fractions = [float(fraction) for fraction in settings.PERCENTILES_TO_CHART]
        times: dict[int, Values] = {}
        for after, last, mean, found in self.data.percentiles_ms_by_second(
            self._unread - 1, until - 1, fractions
        ):
            values: Values = {"average": mean, **dict(zip(fractions, found, strict=True))}
            # More than one where a worker has told of several at once.
            times.update(dict.fromkeys(range(after + 1, last + 1), values))
        for second in range(self._unread, until):
            requests = self.data.requests_between(second, second + 1)
            failures = self.data.failures_between(second, second + 1)
            own = times.get(second, {}) if requests else {}
            yield Row(second, 1, {"requests": requests, "failures": failures, **own})


class Moments:
    """How many users there were in each second, and how well the generator kept up."""

    def __init__(self) -> None:
        self._rows: Rows | None = None
        self.seen = 0.0  # when it was called the last time
        self._second = 0  # the present one
        self._users = 0
        self._before: tuple[float, float, float, float] | None = None

    def read(self, users: int, watch: GeneratorWatch | None) -> None:
        """Called about once a second, best at its beginning."""
        self.seen = clock.now()
        second = int(self.seen)
        generator = self._generator(watch)
        if self._rows is None:
            self._rows = Rows(second, MOST_ROWS_OF_TOTAL)
        elif second <= self._second:
            self._users = max(users, self._users)
            return
        else:
            self._rows.add({"users": self._users, **generator})
            for _ in range(self._second + 1, second):
                self._rows.add(generator)  # nobody looked
        self._second, self._users = second, users

    def rows(self) -> Iterator[Row]:
        if self._rows is not None:
            yield from self._rows
            yield Row(self._second, 1, {"users": self._users})

    def _generator(self, watch: GeneratorWatch | None) -> Values:
        """Shares of the time since the last call: at work, and late by more than 1 and 10 ms."""
        if watch is None or not watch.goes_on():
            self._before = None
            return {}
        stalls = watch.stalls()
        now = time.monotonic(), time.process_time(), stalls.beyond_1ms_s, stalls.beyond_10ms_s
        before, self._before = self._before, now
        if before is None or now[0] <= before[0]:
            return {}
        wall, *others = (later - earlier for later, earlier in zip(now, before, strict=True))
        cpu, late_1ms, late_10ms = (min(max(part / wall, 0.0), 1.0) for part in others)
        return {"cpu": cpu, "late by 1 ms": late_1ms, "late by 10 ms": late_10ms}


class Seconds:
    """All of them: of the total, of the entries, of the users and the generator."""

    def __init__(self, stats: RequestStats) -> None:
        self.begin_anew(stats)

    def begin_anew(self, stats: RequestStats) -> None:
        """The statistics were emptied."""
        self.total = Track(stats.total._data, MOST_ROWS_OF_TOTAL)
        self.entries: dict[tuple[str, str], Track] = {}
        self.moments = Moments()

    def expect(self, name: str, method: str, data: StatsEntryData) -> None:
        """An entry that is new: each of its seconds shall be known, the first one, too."""
        if len(self.entries) < MOST_ENTRIES:
            self.entries[name, method] = Track(data)

    def read(self, stats: RequestStats, users: int, watch: GeneratorWatch | None) -> None:
        """Takes over what has come since the last time; lets others have their turn meanwhile."""
        self.moments.read(users, watch)
        until = int(clock.now()) - SETTLED_AFTER_S
        self._follow(stats)
        self.total.read(until)
        for number, track in enumerate(list(self.entries.values()), 1):
            track.read(until)
            if number % ENTRIES_AT_ONCE == 0:
                gevent.sleep(0)

    def _follow(self, stats: RequestStats) -> None:
        """Statistics are open to changes: tracks of what is no longer there begin anew."""
        if self.total.data is not stats.total._data:
            self.total = Track(stats.total._data, MOST_ROWS_OF_TOTAL)
        for key, track in list(self.entries.items()):
            entry = stats.entries.get(key)
            if entry is None or entry._data is not track.data:
                del self.entries[key]
        if len(self.entries) < MOST_ENTRIES:
            for (name, method), entry in stats.entries.items():
                if (name, method) not in self.entries:
                    self.expect(name, method, entry._data)


def seconds_of(stats: RequestStats) -> Seconds:
    """Those of these statistics; they are noted from the first call on."""
    found = stats.seconds
    if found is None:
        found = stats.seconds = Seconds(stats)
    return found
