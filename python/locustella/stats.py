"""The statistics of a test as Locust shows them, over native numbers.

    environment.stats.total.num_requests
    environment.stats.get("/basket", "GET").get_response_time_percentile(0.95)
    locustella.stats.PERCENTILES_TO_REPORT = [0.5, 0.99]    # constants may be assigned at any time

Counting is native (`_core.StatsTable`); statistics/ holds Locust's classes and functions on top,
this module what locustfiles assign. Times are in milliseconds, sizes in bytes, instants in Unix
seconds.

Thread: the hub's.
"""

from __future__ import annotations

import csv
import json
import logging
import os
import signal
import sys
import time
import types
from typing import TYPE_CHECKING, Any

import gevent

from .exception import CatchResponseError
from .statistics.calculations import (
    RequestStatsAdditionError,
    S,  # noqa: F401  (a name of Locust's module)
    StatsHolder,
    avg,
    calculate_response_time_percentile,
    diff_response_time_dicts,
    sort_stats,
)
from .statistics.console.tables import (
    console_logger,
    get_error_report_summary,
    get_percentile_stats_summary,
    get_stats_summary,
    print_error_report,
    print_percentile_stats,
    print_stats,
    print_stats_json,
    save_stats_json,
    stats_printer,
)
from .statistics.constants import _is_valid_percentile, validate_stats_configuration  # noqa: F401
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
    "LOCUST_ROUNDING",
    "PERCENTILES_TO_CHART",
    "PERCENTILES_TO_REPORT",
    "PERCENTILES_TO_STATISTICS",
    "STATS_AUTORESIZE",
    "STATS_NAME_WIDTH",
    "STATS_TYPE_WIDTH",
    "CSVWriter",
    "CachedResponseTimes",
    "CatchResponseError",
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
    "csv",
    "diff_response_time_dicts",
    "format_utc_timestamp",
    "get_error_report_summary",
    "get_percentile_stats_summary",
    "get_readable_percentiles",
    "get_stats_summary",
    "gevent",
    "json",
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
    "time",
    "update_stats_history",
    "validate_stats_configuration",
]

logger = logging.getLogger("locust.stats")

# Seconds between two tables on the console, two points of the report's charts, two writings of the
# CSV files, and two flushes of these.
CONSOLE_STATS_INTERVAL_SEC: float = 2
HISTORY_STATS_INTERVAL_SEC: float = 5
CSV_STATS_INTERVAL_SEC: float = 1
CSV_STATS_FLUSH_INTERVAL_SEC: float = 5

# Over how many seconds the current percentiles are taken.
CURRENT_RESPONSE_TIME_PERCENTILE_WINDOW = 10

# Fractions of 1: in the tables and CSV files, in the web interface's statistics, in the charts.
PERCENTILES_TO_REPORT = [0.50, 0.66, 0.75, 0.80, 0.90, 0.95, 0.98, 0.99, 0.999, 0.9999, 1.0]
PERCENTILES_TO_STATISTICS = [0.95, 0.99]
PERCENTILES_TO_CHART = [0.5, 0.95]

# Whether tables, files and pages show response times as Locust rounds them, and not precisely.
LOCUST_ROUNDING = False

MOST_CHART_PERCENTILES = 6

# Widths of the console's columns. The names get what the terminal has beyond the numbers.
STATS_TYPE_WIDTH = 8
STATS_NAME_WIDTH = 80
STATS_AUTORESIZE = True  # follow the terminal when it changes its size


def name_width_for(columns: int) -> int:
    """Locust's STATS_NAME_WIDTH on a terminal of so many columns."""
    return min(max(columns - 80, 0), 80)


def _fit_names_to_terminal() -> None:
    global STATS_NAME_WIDTH
    try:
        columns = os.get_terminal_size().columns
    except OSError:  # no terminal, so no need to fit one
        return
    STATS_NAME_WIDTH = name_width_for(columns)


def resize_handler(signum: int, frame: FrameType | None) -> None:
    """Of the signal that says that the terminal has changed its size."""
    if STATS_AUTORESIZE:
        _fit_names_to_terminal()


_fit_names_to_terminal()
try:
    signal.signal(signal.SIGWINCH, resize_handler)
except (AttributeError, ValueError):  # no such signal here, or not the main thread: keep the width
    logger.debug("the width of the tables will not follow the terminal")


for _shown in (
    CachedResponseTimes, CSVWriter, RequestStats, RequestStatsAdditionError, StatsCSV,
    StatsCSVFileWriter, StatsEntry, StatsError,
):  # fmt: skip
    _shown.__module__ = __name__


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
