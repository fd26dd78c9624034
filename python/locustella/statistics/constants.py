"""The constants of `locustella.stats` as they stand at this moment, and whether they can be so.

Users assign them at run time (`locust.stats.PERCENTILES_TO_REPORT = [...]`), so the modules that
make up the statistics never import one by value; they say `settings.PERCENTILES_TO_REPORT` and get
whatever `locustella.stats` holds then.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..stats import CONSOLE_STATS_INTERVAL_SEC as CONSOLE_STATS_INTERVAL_SEC
    from ..stats import CSV_STATS_FLUSH_INTERVAL_SEC as CSV_STATS_FLUSH_INTERVAL_SEC
    from ..stats import CSV_STATS_INTERVAL_SEC as CSV_STATS_INTERVAL_SEC
    from ..stats import (
        CURRENT_RESPONSE_TIME_PERCENTILE_WINDOW as CURRENT_RESPONSE_TIME_PERCENTILE_WINDOW,
    )
    from ..stats import HISTORY_STATS_INTERVAL_SEC as HISTORY_STATS_INTERVAL_SEC
    from ..stats import LOCUST_ROUNDING as LOCUST_ROUNDING
    from ..stats import PERCENTILES_TO_CHART as PERCENTILES_TO_CHART
    from ..stats import PERCENTILES_TO_REPORT as PERCENTILES_TO_REPORT
    from ..stats import PERCENTILES_TO_STATISTICS as PERCENTILES_TO_STATISTICS
    from ..stats import STATS_NAME_WIDTH as STATS_NAME_WIDTH
    from ..stats import STATS_TYPE_WIDTH as STATS_TYPE_WIDTH
    from ..stats import bucket_response_time as bucket_response_time
    from ..stats import calculate_response_time_percentile as calculate_response_time_percentile
    from ..stats import diff_response_time_dicts as diff_response_time_dicts
    from ..stats import get_percentile_stats_summary as get_percentile_stats_summary
    from ..stats import get_stats_summary as get_stats_summary
    from ..stats import name_width_for as name_width_for
    from ..stats import print_stats as print_stats
    from ..stats import sort_stats as sort_stats
else:

    def __getattr__(name: str) -> object:
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
        wrong = [value for value in getattr(stats, name) if not _is_valid_percentile(value)]
        if wrong:
            problems.append(
                f"stats.{name}: every parameter need to be float and value between."
                f" 0 < percentile < 1 Eg 0.95; this does not hold for {wrong}"
            )
    if problems:
        sys.stderr.write("\n".join(problems) + "\n")
        sys.exit(1)


def _is_valid_percentile(value: Any) -> bool:
    try:
        return 0 < float(value) < 1
    except (TypeError, ValueError):
        return False
