"""The figures of the benchmark and the arithmetic over runs: medians, spreads, ratios.

    times = [m for m in measurements if m.client == "wrk"]
    spread([4.0, 9.0, 5.0])  # Spread(median=5.0, low=4.0, high=9.0, ...)
    ratios_by_run({0: 8.0, 1: 12.0}, {0: 4.0, 1: 4.0})    # [2.0, 3.0]

A ratio is taken inside one run, between neighbours in time, and only then is its median taken: the
machine's slow drift falls out. Pure functions, no clock and no file.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Figure:
    """How one measured quantity is called and shown; `unit` stands in the head of its column."""

    key: str
    title: str
    unit: str
    digits: int


@dataclass(frozen=True)
class Measurement:
    """What one run of one client in one scenario gave; `failure` says why it gave nothing."""

    scenario: str
    client: str
    run: int
    figures: Mapping[str, float] = field(default_factory=dict)
    failure: str | None = None


@dataclass(frozen=True)
class Spread:
    """Several runs of one figure: the middle one, the extremes, how many there were."""

    median: float
    low: float
    high: float
    runs: int


def spread(values: Iterable[float]) -> Spread | None:
    """None where there is no value."""
    ordered = sorted(values)
    if not ordered:
        return None
    return Spread(statistics.median(ordered), ordered[0], ordered[-1], len(ordered))


def by_run(
    measurements: Iterable[Measurement], scenario: str, client: str, key: str
) -> dict[int, float]:
    """The values of one figure by the number of the run; runs that failed are not in it."""
    return {
        m.run: m.figures[key]
        for m in measurements
        if m.scenario == scenario and m.client == client and key in m.figures
    }


def ratios_by_run(over: Mapping[int, float], under: Mapping[int, float]) -> list[float]:
    """over / under for each run that has both, in the order of the runs."""
    return [over[run] / under[run] for run in sorted(over) if under.get(run, 0) > 0]


def percentile(ordered: Sequence[float], share: float) -> float:
    """The value that `share` (0 to 1) of the ascending values do not exceed.

    Raises ValueError where there are no values.
    """
    if not ordered:
        raise ValueError("no values, no percentile")
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def per_request(cpu_seconds: float, requests: int) -> float:
    """CPU microseconds per request. Raises ValueError where nothing was requested."""
    if requests <= 0:
        raise ValueError("no request in the window")
    return 1e6 * cpu_seconds / requests


def per_user_kib(many_kib: float, many: int, few_kib: float, few: int) -> float:
    """What one more user costs, from the memory of a process with many and of one with few."""
    if many <= few:
        raise ValueError(f"{many} users are not more than {few}")
    return (many_kib - few_kib) / (many - few)
