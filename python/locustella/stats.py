"""The statistics of a test as Locust shows them, over native numbers.

    environment.stats.total.num_requests environment.stats.get("/basket",
    "GET").get_response_time_percentile(0.95) locustella.stats.PERCENTILES_TO_REPORT = [0.5, 0.99]
    # constants may be assigned at any time

Counting is native (`_core.StatsTable`); this module and its neighbours `stats_*` hold Locust's
classes and functions on top. Times are in milliseconds, sizes in bytes, instants in Unix seconds.

Thread: the hub's.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import types
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from .statistics.console import (
    console_logger,
    get_error_report_summary,
    get_percentile_stats_summary,
    get_precise_percentile_summary,
    get_stats_summary,
    print_error_report,
    print_percentile_stats,
    print_stats,
    print_stats_json,
    save_stats_json,
    stats_printer,
)
from .statistics.csv_files import CSVWriter, StatsCSV, StatsCSVFileWriter
from .statistics.entry import CachedResponseTimes, StatsEntry, StatsEntryDict
from .statistics.error import StatsBaseDict, StatsError, StatsErrorDict
from .statistics.format import get_readable_percentiles
from .statistics.history import stats_history, update_stats_history
from .statistics.request_stats import EntriesDict, RequestStats, follow_rounding, follow_window
from .statistics.response_time_rounding import bucket_response_time, use_rounding
from .statistics.worker_reports import setup_distributed_stats_event_listeners
from .util.date import format_utc_timestamp
from .util.rounding import proper_round

if TYPE_CHECKING:
    from types import FrameType

__all__ = [
    "CONSOLE_STATS_INTERVAL_SEC",
    "CSV_STATS_FLUSH_INTERVAL_SEC",
    "CSV_STATS_INTERVAL_SEC",
    "CURRENT_RESPONSE_TIME_PERCENTILE_WINDOW",
    "HISTORY_STATS_INTERVAL_SEC",
    "PERCENTILES_TO_CHART",
    "PERCENTILES_TO_REPORT",
    "PERCENTILES_TO_STATISTICS",
    "STATS_AUTORESIZE",
    "STATS_NAME_WIDTH",
    "STATS_TYPE_WIDTH",
    "CSVWriter",
    "CachedResponseTimes",
    "EntriesDict",
    "RequestStats",
    "RequestStatsAdditionError",
    "StatsBaseDict",
    "StatsCSV",
    "StatsCSVFileWriter",
    "StatsEntry",
    "StatsEntryDict",
    "StatsError",
    "StatsErrorDict",
    "StatsHolder",
    "avg",
    "bucket_response_time",
    "calculate_response_time_percentile",
    "console_logger",
    "diff_response_time_dicts",
    "format_utc_timestamp",
    "get_error_report_summary",
    "get_percentile_stats_summary",
    "get_precise_percentile_summary",
    "get_readable_percentiles",
    "get_stats_summary",
    "print_error_report",
    "print_percentile_stats",
    "print_stats",
    "print_stats_json",
    "proper_round",
    "resize_handler",
    "save_stats_json",
    "setup_distributed_stats_event_listeners",
    "sort_stats",
    "stats_history",
    "stats_printer",
    "update_stats_history",
    "validate_stats_configuration",
]

logger = logging.getLogger("locust.stats")

# Seconds between two tables on the console, two points of the report's charts, two writings of the
# CSV files, and two flushes of these.
CONSOLE_STATS_INTERVAL_SEC = 2
HISTORY_STATS_INTERVAL_SEC = 5
CSV_STATS_INTERVAL_SEC = 1
CSV_STATS_FLUSH_INTERVAL_SEC = 5

# Over how many seconds the current percentiles are taken.
CURRENT_RESPONSE_TIME_PERCENTILE_WINDOW = 10

# Fractions of 1: in the tables and CSV files, in the web interface's statistics, in the charts.
PERCENTILES_TO_REPORT = [0.50, 0.66, 0.75, 0.80, 0.90, 0.95, 0.98, 0.99, 0.999, 0.9999, 1.0]
PERCENTILES_TO_STATISTICS = [0.95, 0.99]
PERCENTILES_TO_CHART = [0.5, 0.95]

MOST_CHART_PERCENTILES = 6

# Widths of the console's columns. The names get what the terminal has beyond the numbers.
STATS_TYPE_WIDTH = 8
STATS_NAME_WIDTH = 80
STATS_AUTORESIZE = True  # follow the terminal when it changes its size


def _fit_names_to_terminal() -> None:
    global STATS_NAME_WIDTH
    try:
        columns = os.get_terminal_size().columns
    except OSError:  # no terminal, so no need to fit one
        return
    STATS_NAME_WIDTH = min(max(columns - 80, 0), 80)


def resize_handler(signum: int, frame: FrameType | None) -> None:
    """Of the signal that says that the terminal has changed its size."""
    if STATS_AUTORESIZE:
        _fit_names_to_terminal()


_fit_names_to_terminal()
try:
    signal.signal(signal.SIGWINCH, resize_handler)
except (AttributeError, ValueError):  # no such signal here, or not the main thread: keep the width
    logger.debug("the width of the tables will not follow the terminal")


class StatsHolder(Protocol):
    """What entries and errors have in common."""

    name: str
    method: str


S = TypeVar("S", bound=StatsHolder)


class RequestStatsAdditionError(Exception):
    """Kept for who imports it; nothing raises it."""


def calculate_response_time_percentile(
    response_times: dict[int, int], num_requests: int, percent: float
) -> int:
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


def diff_response_time_dicts(latest: dict[int, int], old: dict[int, int]) -> dict[int, int]:
    """What `latest` counts beyond `old`, without the keys that did not change."""
    changes = {key: count - old.get(key, 0) for key, count in latest.items()}
    return {key: change for key, change in changes.items() if change}


def sort_stats(stats: dict[Any, S]) -> list[S]:
    """The values in the order of their keys."""
    return [value for _, value in sorted(stats.items(), key=lambda item: item[0])]


def avg(values: list[float]) -> float:
    """0.0 for no values."""
    return sum(values, 0.0) / len(values) if values else 0.0


def _is_fraction(value: Any) -> bool:
    try:
        return 0 < float(value) < 1
    except (TypeError, ValueError):
        return False


def validate_stats_configuration() -> None:
    """Ends the program with status 1, after naming every constant that cannot be as it is."""
    problems = []
    if len(PERCENTILES_TO_CHART) > MOST_CHART_PERCENTILES:
        problems.append(
            f"stats.PERCENTILES_TO_CHART has {len(PERCENTILES_TO_CHART)} values, it should be"
            f" a maximum of {MOST_CHART_PERCENTILES} parameters"
        )
    for name in ("PERCENTILES_TO_CHART", "PERCENTILES_TO_STATISTICS"):
        wrong = [value for value in globals()[name] if not _is_fraction(value)]
        if wrong:
            problems.append(
                f"stats.{name}: every parameter need to be float and value between."
                f" 0 < percentile < 1 Eg 0.95; this does not hold for {wrong}"
            )
    if problems:
        sys.stderr.write("\n".join(problems) + "\n")
        sys.exit(1)


class _StatsModule(types.ModuleType):
    """Tells native recording when one of the constants it depends on is assigned."""

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value)
        if name == "bucket_response_time":
            use_rounding(value)
            follow_rounding()
        elif name == "CURRENT_RESPONSE_TIME_PERCENTILE_WINDOW":
            follow_window()


sys.modules[__name__].__class__ = _StatsModule
