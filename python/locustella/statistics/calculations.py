"""Locust's small functions about numbers: percentiles of counts, differences, means, order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, TypeVar


class StatsHolder(Protocol):
    """What entries and errors have in common."""

    name: str
    method: str


S = TypeVar("S", bound=StatsHolder)
TimeT = TypeVar("TimeT", int, float)  # rounded, but by a script's function to what it likes


class RequestStatsAdditionError(Exception):
    """Kept for who imports it; nothing raises it."""


def calculate_response_time_percentile(
    response_times: Mapping[TimeT, int], num_requests: int, percent: float
) -> TimeT | int:
    """The key of {response time: count} that the fraction `percent` of the requests stayed within.

    Walks from the slowest down until no more than that fraction lies below. 0 where there is
    nothing.
    """
    within = int(num_requests * percent)
    remaining = num_requests
    for response_time in sorted(response_times, reverse=True):
        remaining -= response_times[response_time]
        if remaining <= within:
            return response_time
    return 0


def diff_response_time_dicts(
    latest: Mapping[TimeT, int], old: Mapping[TimeT, int]
) -> dict[TimeT, int]:
    """What `latest` counts beyond `old`, without the keys that did not change."""
    changes = {key: count - old.get(key, 0) for key, count in latest.items()}
    return {key: change for key, change in changes.items() if change}


def sort_stats(stats: dict[Any, S]) -> list[S]:
    """The values in the order of their keys, as text where these cannot be compared."""
    try:
        keys = sorted(stats)
    except TypeError:
        keys = sorted(stats, key=_as_text)
    return [stats[key] for key in keys]


def _as_text(key: Any) -> list[str]:
    return [str(part) for part in (key if isinstance(key, tuple) else (key,))]


def avg(values: list[float]) -> float:
    """0.0 for no values."""
    return sum(values, 0.0) / len(values) if values else 0.0
