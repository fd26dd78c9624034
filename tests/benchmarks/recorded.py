"""What a client recorded of its own response times, and how far that is from the target's truth.

recorded = parse_recorded(text)             # what locustfiles/recorded_times.py wrote
compare_with_truth(recorded, service_times) # {"true_p99_us": ..., "p99_error_us": ...}
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from figures import percentile


@dataclass(frozen=True)
class Recorded:
    """`since` and `until`: the seconds since the epoch between which the times were taken."""

    count: int
    p50_us: float
    p99_us: float
    since: float
    until: float


def read_recorded(path: Path) -> Recorded:
    """Raises ValueError where the client left without writing its times, or recorded none."""
    if not path.exists():
        raise ValueError("no recorded times were written")
    return parse_recorded(path.read_text())


def parse_recorded(text: str) -> Recorded:
    """Raises ValueError where nothing was recorded."""
    found = json.loads(text)
    if not found["count"]:
        raise ValueError("the client recorded no request")
    return Recorded(
        found["count"],
        1000 * found["p50_ms"],
        1000 * found["p99_ms"],
        found["since"],
        found["until"],
    )


def compare_with_truth(recorded: Recorded, service_times_us: Sequence[float]) -> dict[str, float]:
    """The true percentiles from ascending service times, and what the client added to them."""
    true_p50 = percentile(service_times_us, 0.5)
    true_p99 = percentile(service_times_us, 0.99)
    return {
        "true_p50_us": true_p50,
        "true_p99_us": true_p99,
        "p50_error_us": recorded.p50_us - true_p50,
        "p99_error_us": recorded.p99_us - true_p99,
        "recorded_count": float(recorded.count),
        "true_count": float(len(service_times_us)),
    }
