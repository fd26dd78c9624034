"""The seconds of a test made into charts: of all requests, of each entry, of the generator.

    timeline = Timeline(stats, end)
    timeline.charts()                  # HTML; "" where there is nothing to draw
    timeline.charts_of(entry)          # the small ones of one entry

What is drawn is of each second by itself. With more seconds than MOST_POINTS neighbours share a
point: of rates it shows the mean, of all else the highest, so that no peak of these gets lost.
The first and the last second of a test are seldom whole: their rates are those of the part that
belongs to it, and where that is less than half a second there is no point.

Thread: the hub's.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from .. import constants as settings
from ..format import get_readable_percentiles, shown_number
from .chart import Chart, Series, Times
from .seconds import Name, Row, Values, joined

if TYPE_CHECKING:
    from ...stats import RequestStats, StatsEntry

MOST_POINTS = 1000
MOST_POINTS_OF_AN_ENTRY = 120
LEAST_PART_S = 0.5  # of a second that a rate is told of
LATE_SHARE = 0.1  # of the time: beyond it a second is marked

Points = list[float | None]


class Grid:
    """So many seconds to a point, from the first second of a test on."""

    def __init__(self, begin: float, end: float, most_points: int) -> None:
        self._begin, self._end = begin, end
        self.first = int(begin)
        seconds = max(math.ceil(end) - self.first, 1)
        self.step = math.ceil(seconds / most_points)
        self.points = math.ceil(seconds / self.step)

    def cells(self, rows: Iterable[Row]) -> list[Values]:
        """What the rows have, point by point, and of how many "seconds" of the test."""
        cells: list[Values] = [{} for _ in range(self.points)]
        for row in rows:
            number = (row.second - self.first) // self.step
            if 0 <= number < self.points:
                own = dict(row.values)
                if row.span:
                    own["seconds"] = self._part(row.second, row.span)
                cells[number] = joined(cells[number], own)
        for number, cell in enumerate(cells):
            cell.setdefault("seconds", self._part(self.first + number * self.step, self.step))
        return cells

    def _part(self, second: int, span: int) -> float:
        """How much of these seconds belongs to the test."""
        return max(min(second + span, self._end) - max(second, self._begin), 0.0)

    def times(self, late: Sequence[bool] = ()) -> Times:
        return Times(self.first, [number * self.step for number in range(self.points)], late)


class Timeline:
    """Of one test."""

    def __init__(self, stats: RequestStats, end: float | None) -> None:
        """`end`: when the test was over, where that is known."""
        self._stats = stats
        self._begin = stats.start_time
        seen = stats.seconds.moments.seen if stats.seconds is not None else 0.0
        self._end = max(self._begin, stats.last_request_timestamp or 0.0, end or 0.0, seen)
        self._until = math.ceil(self._end)
        grid = Grid(self._begin, self._end, MOST_POINTS)
        self._total = grid.cells(self._rows_of_total())
        seconds = stats.seconds
        self._moments = grid.cells(seconds.moments.rows()) if seconds is not None else []
        self._grid = grid
        self._small_grid = Grid(self._begin, self._end, MOST_POINTS_OF_AN_ENTRY)
        self._fractions = _fractions(self._total)

    def _rows_of_total(self) -> Iterator[Row]:
        if self._stats.seconds is not None:
            yield from self._stats.seconds.total.rows(self._until)
            return
        total = self._stats.total
        for name, counts in (
            ("requests", total.num_reqs_per_sec), ("failures", total.num_fail_per_sec)
        ):  # fmt: skip
            for second, count in counts.items():
                yield Row(int(second), 0, {name: count})

    @property
    def is_noted(self) -> bool:
        """Whether the seconds of this test are there to draw; else only its rates are."""
        return any(self._moments)

    def most_users(self) -> int:
        """Of all seconds."""
        return int(max((cell.get("users", 0) for cell in self._moments), default=0))

    def charts(self) -> str:
        """Of all requests together, the users, and the generator."""
        if not self._stats.total.num_requests and not self.is_noted:
            return ""
        late = self._late_points()
        times = self._grid.times(late)
        drawn = [("Requests and failures", "per second", rates(self._total))]
        if self.is_noted:
            drawn += [
                ("Response times", "ms", self._response_times(self._total)),
                ("Users", "", [_series(self._moments, "Users", "users", "users", int)]),
            ]
            if lines := _generator(self._moments):
                drawn.append(("Load generator", "%", lines))
        figures = "".join(Chart(title, unit, times, lines).html() for title, unit, lines in drawn)
        note = _note_of(self._grid.step, any(late))
        return f'{note}<div class="charts">{times.json_block()}{figures}</div>'

    def names(self) -> set[tuple[str, str]]:
        """(name, method) of the entries that have charts."""
        return set(self._stats.seconds.entries) if self._stats.seconds is not None else set()

    def small_times(self) -> str:
        """What the script needs once for all small charts."""
        return self._small_grid.times().json_block()

    def note_of_small_charts(self) -> str:
        return _note_of(self._small_grid.step, False)

    def charts_of(self, entry: StatsEntry) -> str:
        """The small ones, of one of `names()`."""
        assert self._stats.seconds is not None
        track = self._stats.seconds.entries[entry.name, entry.method]
        cells = self._small_grid.cells(track.rows(self._until))
        times = self._small_grid.times()
        return (
            Chart("Requests and failures", "per second", times, rates(cells), "small").html()
            + Chart("Response times", "ms", times, self._response_times(cells), "small").html()
        )

    def _response_times(self, cells: list[Values]) -> list[Series]:
        titles = get_readable_percentiles(self._fractions)
        lines = [
            _series(cells, title, f"line{number % 6}", fraction, _shown)
            for number, (fraction, title) in enumerate(zip(self._fractions, titles, strict=True))
        ]
        return [*lines, _series(cells, "Average", "average", "average", _shown)]

    def _late_points(self) -> list[bool]:
        return [cell.get("late by 10 ms", 0.0) > LATE_SHARE for cell in self._moments]


def rates(cells: list[Values]) -> list[Series]:
    """Requests and failures per second of each point."""

    def rate(cell: Values, name: str) -> float | None:
        seconds = cell.get("seconds", 0.0)
        if seconds < LEAST_PART_S:
            return None
        return round(cell.get(name, 0.0) / seconds, 2)

    return [
        Series(label, name, [rate(cell, name) for cell in cells])
        for label, name in (("Requests/s", "requests"), ("Failures/s", "failures"))
    ]


def _fractions(cells: list[Values]) -> list[float]:
    """Of all percentiles that some second has: PERCENTILES_TO_CHART may have been assigned."""
    return sorted({name for cell in cells for name in cell if isinstance(name, float)})


def _shown(ms: float) -> float:
    return shown_number(settings.bucket_response_time(ms) if settings.LOCUST_ROUNDING else ms)


def _series(
    cells: list[Values], label: str, css_class: str, name: Name, shown: Callable[[float], float]
) -> Series:
    values: Points = [shown(cell[name]) if name in cell else None for cell in cells]
    return Series(label, css_class, values)


def _generator(cells: list[Values]) -> list[Series]:
    """Nothing where it did not watch itself."""
    lines = [
        _series(cells, label, css_class, name, lambda share: round(share * 100, 1))
        for label, css_class, name in (
            ("CPU, of one core", "requests", "cpu"),
            ("late by more than 1 ms, of the time", "users", "late by 1 ms"),
            ("late by more than 10 ms, of the time", "failures", "late by 10 ms"),
        )
    ]
    return lines if any(value is not None for line in lines for value in line.values) else []


def _note_of(step: int, late: bool) -> str:
    words = []
    if step > 1:
        words.append(
            f"A point stands for {step} seconds: of rates it shows their mean, of all else the "
            "highest."
        )
    if late:
        words.append(
            "Shaded: the load generator was late by more than 10 ms for over a tenth of that time. "
            "The load was not the one asked for then, and times without a kernel stamp may be too "
            "long."
        )
    return f'<p class="note">{" ".join(words)}</p>' if words else ""
