"""The constants of `locustella.stats` as they stand at this moment, and whether they can be so.

Users assign them at run time (`locust.stats.PERCENTILES_TO_REPORT = [...]`), so the modules that
make up the statistics never import one by value; they say `settings.PERCENTILES_TO_REPORT` and get
whatever `locustella.stats` holds then.
"""

from __future__ import annotations

import sys
from typing import Any


def __getattr__(name: str) -> Any:
    from .. import stats

    return getattr(stats, name)


def validate_stats_configuration() -> None:
    """Ends the program with status 1, after naming every constant that cannot be as it is."""
    from .. import stats

    problems = []
    if len(stats.PERCENTILES_TO_CHART) > stats.MOST_CHART_PERCENTILES:
        problems.append(
            f"stats.PERCENTILES_TO_CHART has {len(stats.PERCENTILES_TO_CHART)} values, it should be"
            f" a maximum of {stats.MOST_CHART_PERCENTILES} parameters"
        )
    for name in ("PERCENTILES_TO_CHART", "PERCENTILES_TO_STATISTICS"):
        wrong = [value for value in getattr(stats, name) if not _is_fraction(value)]
        if wrong:
            problems.append(
                f"stats.{name}: every parameter need to be float and value between."
                f" 0 < percentile < 1 Eg 0.95; this does not hold for {wrong}"
            )
    if problems:
        sys.stderr.write("\n".join(problems) + "\n")
        sys.exit(1)


def _is_fraction(value: Any) -> bool:
    try:
        return 0 < float(value) < 1
    except (TypeError, ValueError):
        return False
