"""The tables that a test prints, and its JSON form."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

import gevent

from .. import constants as settings
from ..entry import name_column_width
from ..format import (
    SUMMARY_TITLES,
    SUMMARY_WIDTHS,
    get_readable_percentiles,
    left,
    percentile_row,
    summary_row,
)
from .terminal import error_lines, percentile_lines, stats_lines

if TYPE_CHECKING:
    from ...stats import RequestStats, StatsEntry

console_logger = logging.getLogger("locust.stats_logger")
logger = logging.getLogger("locust.stats")

ERROR_COUNT_WIDTH = 18
ERROR_WIDTH = 100


def _sorted_entries(stats: RequestStats) -> list[StatsEntry]:
    return settings.sort_stats(stats.entries)


def _print(lines: list[str]) -> None:
    for line in lines:
        console_logger.info(line)


def _line(*widths: int) -> str:
    return "|".join("-" * width for width in widths)


def print_stats(stats: RequestStats, current: bool = True) -> None:
    """Of the whole test, or (`current`) with the rates of the last seconds."""
    _print([*stats_lines(stats, current), ""])


def print_percentile_stats(stats: RequestStats) -> None:
    _print([*percentile_lines(stats), ""])


def print_error_report(stats: RequestStats) -> None:
    if stats.errors:
        _print(error_lines(get_error_report_summary(stats)))


def print_stats_json(stats: RequestStats) -> None:
    """On standard output. Resets the entries, as their reports do."""
    print(json.dumps(stats.serialize_stats(), indent=4))


def save_stats_json(stats: RequestStats, filename: str) -> None:
    """Into `filename`.json. Resets the entries, as their reports do."""
    with open(f"{filename}.json", "w") as file:
        json.dump(stats.serialize_stats(), file, indent=4)


def get_stats_summary(stats: RequestStats, current: bool = True) -> list[str]:
    """Counts, times and rates of each entry."""
    type_width, name_width = settings.STATS_TYPE_WIDTH, name_column_width()
    separator = _line(type_width, name_width, *SUMMARY_WIDTHS)
    return [
        f"{left('Type', type_width)} {left('Name', name_width)}{summary_row(SUMMARY_TITLES)}",
        separator,
        *(entry.to_string(current=current) for entry in _sorted_entries(stats)),
        separator,
        stats.total.to_string(current=current),
    ]


def get_percentile_stats_summary(stats: RequestStats) -> list[str]:
    """Percentiles of each entry."""
    type_width, name_width = settings.STATS_TYPE_WIDTH, settings.STATS_NAME_WIDTH
    titles = get_readable_percentiles(settings.PERCENTILES_TO_REPORT)
    separator = _line(type_width, name_width, 8, *(6 for _ in titles))
    timed = [entry for entry in _sorted_entries(stats) if entry.response_times]
    return [
        "Response time percentiles (approximated)",
        f"{left('Type', type_width)} {left('Name', name_width)}"
        f"{percentile_row((*titles, '# reqs'))}",
        separator,
        *(entry.percentile() for entry in timed),
        separator,
        *([stats.total.percentile()] if stats.total.response_times else []),
    ]


def get_error_report_summary(stats: RequestStats) -> list[str]:
    """How often each error occurred."""
    separator = _line(ERROR_COUNT_WIDTH, 80 + settings.STATS_NAME_WIDTH - (ERROR_COUNT_WIDTH + 1))
    return [
        "Error report",
        f"{'# occurrences':<{ERROR_COUNT_WIDTH}} {'Error':<{ERROR_WIDTH}}",
        separator,
        *(
            f"{error.occurrences:<{ERROR_COUNT_WIDTH}d} {error.to_name():<{ERROR_WIDTH}}"
            for error in stats.errors.values()
        ),
        separator,
        "",
    ]


def stats_printer(stats: RequestStats) -> Callable[[], None]:
    """A function that prints the table now and then, for ever; for a greenlet."""

    def print_for_ever() -> None:
        try:
            while True:
                print_stats(stats)
                gevent.sleep(settings.CONSOLE_STATS_INTERVAL_SEC)
        except KeyboardInterrupt as interrupt:
            logger.debug("no more tables", exc_info=interrupt)

    return print_for_ever
