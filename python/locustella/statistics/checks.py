"""Whether the constants of `locustella.stats` can be as a locustfile has left them."""

from __future__ import annotations

import sys
from typing import Any

from . import constants


def _is_fraction(value: Any) -> bool:
    try:
        return 0 < float(value) < 1
    except (TypeError, ValueError):
        return False


def validate_stats_configuration() -> None:
    """Ends the program with status 1, after naming every constant that cannot be as it is."""
    problems = []
    if len(constants.PERCENTILES_TO_CHART) > constants.MOST_CHART_PERCENTILES:
        problems.append(
            f"stats.PERCENTILES_TO_CHART has {len(constants.PERCENTILES_TO_CHART)} values, it should be"
            f" a maximum of {constants.MOST_CHART_PERCENTILES} parameters"
        )
    for name in ("PERCENTILES_TO_CHART", "PERCENTILES_TO_STATISTICS"):
        wrong = [value for value in getattr(constants, name) if not _is_fraction(value)]
        if wrong:
            problems.append(
                f"stats.{name}: every parameter need to be float and value between."
                f" 0 < percentile < 1 Eg 0.95; this does not hold for {wrong}"
            )
    if problems:
        sys.stderr.write("\n".join(problems) + "\n")
        sys.exit(1)
