"""The readings that `stats.history` holds, made into charts, where nobody noted the seconds.

    charts(stats.history, stats.start_time)      # HTML of the charts; "" without readings

A program that makes its history itself (`update_stats_history()`), and not with `stats_history()`,
has these; else see over_time.py.

A reading is {"time": "2026-01-31T12:00:00Z", "current_rps": ["2026-...", 12.3], ...}. A test of a
day has 17,000 of them, more than a screen has pixels: beyond MOST_POINTS neighbours are joined,
rates to their mean, response times and users to the highest, so that no peak of these gets lost.

Thread: any.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from ..format import get_readable_percentiles
from .chart import Chart, Series, Times

MOST_POINTS = 1500
# The current rates leave the last two seconds out, so before this a zero says nothing.
FIRST_RATES_AFTER_S = 3
PERCENTILE = "response_time_percentile_"

Values = list[float | None]


class Point(NamedTuple):
    """One reading, or several joined ones."""

    second: float  # since the start of the test
    readings: list[dict[str, Any]]


def charts(history: Iterable[dict[str, Any]], start_time: float) -> str:
    """All charts of a test that began at that Unix time."""
    points = joined(_in_time(history), start_time)
    if not points:
        return ""
    times = Times(start_time, [point.second for point in points])
    drawn = [
        ("Requests and failures", "per second", _rates(points)),
        ("Response times", "ms", _response_times(points)),
        ("Users", "", [_series(points, "Users", "users", "user_count", max)]),
    ]
    figures = "".join(Chart(title, unit, times, series).html() for title, unit, series in drawn)
    return f'<div class="charts">{times.json_block()}{figures}</div>'


def joined(readings: Sequence[tuple[float, dict[str, Any]]], start_time: float) -> list[Point]:
    """At most MOST_POINTS points of (Unix time, reading)s; a point stands at its first reading."""
    size = math.ceil(len(readings) / MOST_POINTS) or 1
    points = []
    for first in range(0, len(readings), size):
        part = readings[first : first + size]
        second = max(part[0][0] - start_time, 0.0)
        points.append(Point(second, [reading for _, reading in part]))
    return points


def mean(values: list[float]) -> float:
    return sum(values) / len(values)


def _in_time(history: Iterable[dict[str, Any]]) -> list[tuple[float, dict[str, Any]]]:
    """Readings with their Unix times, rising: what a clock set back has overtaken is left out."""
    readings: list[tuple[float, dict[str, Any]]] = []
    for reading in history:
        when = datetime.fromisoformat(reading["time"]).timestamp()
        while readings and readings[-1][0] >= when:
            readings.pop()
        readings.append((when, reading))
    return readings


def _value(reading: Any) -> float:
    """Of [time, value]; a locustfile that adds readings of its own may give the bare value."""
    return float(reading[1] if isinstance(reading, list | tuple) else reading)


def _series(
    points: list[Point], label: str, css_class: str, key: str, join: Callable[[list[float]], float]
) -> Series:
    values: Values = []
    for point in points:
        known = [_value(reading[key]) for reading in point.readings if key in reading]
        values.append(round(join(known), 3) if known else None)
    return Series(label, css_class, values)


def _rates(points: list[Point]) -> list[Series]:
    known = [point.second >= FIRST_RATES_AFTER_S for point in points]
    rates = [
        _series(points, "Requests/s", "requests", "current_rps", mean),
        _series(points, "Failures/s", "failures", "current_fail_per_sec", mean),
    ]
    return [
        rate._replace(
            values=[
                value if sure or value else None
                for sure, value in zip(known, rate.values, strict=True)
            ]
        )
        for rate in rates
    ]


def _response_times(points: list[Point]) -> list[Series]:
    """The percentiles that the readings have, and the average since the start."""
    keys = {key for point in points for key in point.readings[-1] if key.startswith(PERCENTILE)}
    fractions = sorted(float(key.removeprefix(PERCENTILE)) for key in keys)
    titles = get_readable_percentiles(fractions)
    series = [
        _series(points, title, f"line{number % 6}", f"{PERCENTILE}{fraction}", max)
        for number, (fraction, title) in enumerate(zip(fractions, titles, strict=True))
    ]
    average = "total_avg_response_time"
    return [*series, _series(points, "Average since the start", "average", average, max)]
