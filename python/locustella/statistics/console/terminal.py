"""The console's tables, laid out for where they go.

    lines = stats_lines(stats, current=True)
    lines = percentile_lines(stats)

    into                              names                            columns
    a file or a pipe                  as much room as the longest      Locust's
                                      of them needs
    a terminal                        the middle of long ones is       Locust's
                                      left out
    a terminal narrower than WIDE     the same                         closer ones without
                                                                       failures/s; percentiles
                                                                       in several parts

`get_stats_summary` and its like in tables.py have Locust's layout always. Of a STATS_NAME_WIDTH
that somebody has assigned nothing is taken.

Thread: the hub's.
"""

from __future__ import annotations

import os
import sys
import textwrap
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from .. import constants as settings
from ..entry import StatsEntry, name_column_width
from ..format import (
    SUMMARY_TITLES,
    SUMMARY_WIDTHS,
    get_readable_percentiles,
    left,
    percentile_row,
    summary_row,
)

if TYPE_CHECKING:
    from ...stats import RequestStats

WIDE = 112  # from here on there is room for Locust's columns and a name
LEAST_NAME = 12
RATE_WIDTH = 7
_LINES = (StatsEntry.to_string, StatsEntry.percentile)  # as they are without anybody's doing
MOST_NAME = 200  # in a file; a longer name makes its own line longer


def terminal_columns() -> int | None:
    """How wide the terminal is; None if the tables go elsewhere, or their width is somebody's."""
    try:
        terminal: Any = sys.__stderr__  # None where there is none
        columns = os.get_terminal_size(terminal.fileno()).columns
    except (AttributeError, OSError, ValueError):
        return None
    if not columns or settings.STATS_NAME_WIDTH not in (80, settings.name_width_for(columns)):
        return None
    return columns


def shortened(name: str, width: int) -> str:
    """At most `width` characters: how a name begins and how it ends tells it from the others."""
    if len(name) <= width:
        return name
    if width < 4:
        return name[:width]
    head = (width - 2) // 2
    return f"{name[:head]}..{name[len(name) - (width - 2 - head):]}"


def stats_lines(stats: RequestStats, current: bool) -> list[str]:
    """Counts, times and rates of each entry."""
    if _is_changed("get_stats_summary", stats):
        return settings.get_stats_summary(stats, current)
    columns = terminal_columns()
    table = Table(stats.total, settings.sort_stats(stats.entries), columns)
    cells = {id(entry): entry._summary_cells(current) for entry in table.rows}
    if columns is not None:
        for shown in cells.values():
            shown[6] = _fitting(shown[6], RATE_WIDTH)
    needed = [max(map(len, column)) for column in zip(SUMMARY_TITLES, *cells.values(), strict=True)]
    requests, fails = needed[:2]
    fits_locusts = requests <= 7 and fails <= 12
    if columns is None or (table.is_wide and fits_locusts):
        table.give_names(name_column_width(), _left_of(columns, table.type_width + 76))
        table.add(SUMMARY_TITLES, SUMMARY_WIDTHS, summary_row, lambda entry: cells[id(entry)])
        return table.lines
    last = len(SUMMARY_TITLES) if table.is_wide else len(SUMMARY_TITLES) - 1
    widths = (requests, fails, 6, 6, 6, 6, RATE_WIDTH, needed[-1])[:last]

    def row(cells: Sequence[str]) -> str:
        shown = [cell.rjust(width) for cell, width in zip(cells, widths, strict=True)]
        return f" {' '.join(shown[:2])} |{' '.join(shown[2:6])} | {' '.join(shown[6:])}"

    rules = (requests, fails + 1, 6, 6, 6, 7, RATE_WIDTH + 1, needed[-1])[:last]
    table.give_names(columns, columns - table.type_width - sum(rules) - len(rules) - 1)
    table.add(SUMMARY_TITLES[:last], rules, row, lambda entry: cells[id(entry)][:last])
    return table.lines


def _fitting(number: str, width: int) -> str:
    """Without decimals that there is no room for."""
    return number if len(number) <= width else f"{float(number):.0f}"


def percentile_lines(stats: RequestStats) -> list[str]:
    """Percentiles of each entry."""
    if _is_changed("get_percentile_stats_summary", stats):
        return settings.get_percentile_stats_summary(stats)
    columns = terminal_columns()
    timed = [entry for entry in settings.sort_stats(stats.entries) if entry.response_times]
    total = stats.total if stats.total.response_times else None
    table = Table(total, timed, columns)
    titles = (*get_readable_percentiles(settings.PERCENTILES_TO_REPORT), "# reqs")
    room = _left_of(columns, table.type_width + 4)  # for the name, and cells of 7
    at_once = len(titles) if columns is None else max((room - LEAST_NAME) // 7, 1)
    parts = -(-len(titles) // at_once)
    size = -(-len(titles) // parts)
    table.give_names(settings.STATS_NAME_WIDTH if parts == 1 else room, room - 7 * size)
    table.lines.append("Response time percentiles (approximated)")
    for first in range(0, len(titles), size):
        part = slice(first, first + size)
        table.add(
            titles[part],
            (8, *(6 for _ in titles[part][1:])),
            percentile_row,
            partial(_percentile_cells, part=part),
        )
    return table.lines


def _percentile_cells(entry: StatsEntry, part: slice) -> list[str]:
    return entry._percentile_cells()[part]


def error_lines(lines: list[str]) -> list[str]:
    """Without the blanks at their ends, which a terminal would show as further lines."""
    return lines if terminal_columns() is None else [line.rstrip() for line in lines]


def folded(line: str) -> str:
    """In several lines where the terminal is too narrow for one."""
    columns = terminal_columns()
    return line if columns is None else textwrap.fill(line, columns - 1, subsequent_indent="  ")


def _is_changed(name: str, stats: RequestStats) -> bool:
    """Whether a script has a table of its own, or entries that show themselves in another way."""
    from . import tables

    if getattr(settings, name) is not getattr(tables, name):
        return True
    lines = {
        (getattr(type(entry), "to_string", None), getattr(type(entry), "percentile", None))
        for entry in (*stats.entries.values(), stats.total)
    }
    return lines != {_LINES}


def _left_of(columns: int | None, taken: int) -> int:
    return 0 if columns is None else columns - taken


class Table:
    """Rows of some entries and the total, beside their types and names."""

    def __init__(
        self, total: StatsEntry | None, entries: Sequence[StatsEntry], columns: int | None
    ) -> None:
        self.lines: list[str] = []
        self._entries = entries
        self._total = [] if total is None else [total]
        self.rows = [*self._entries, *self._total]
        self._columns = columns
        self.is_wide = columns is None or columns >= WIDE
        methods = (len(str(entry.method or "")) for entry in entries)
        self.type_width = settings.STATS_TYPE_WIDTH if self.is_wide else max((4, *methods))
        self._name_width = 0

    def give_names(self, wanted: int, room: int) -> None:
        """`wanted` if it fits in; away from a terminal, what the longest name needs."""
        if self._columns is not None:
            self._name_width = max(min(wanted, room), LEAST_NAME)
            return
        longest = max((len(str(entry.name)) for entry in self._entries), default=0)
        self._name_width = max(abs(wanted), min(longest, MOST_NAME))

    def add(
        self,
        titles: Sequence[str],
        widths: Sequence[int],
        row: Callable[[Sequence[str]], str],
        cells_of: Callable[[StatsEntry], Sequence[str]],
    ) -> None:
        """Title, rows and total of these columns."""
        separator = "|".join("-" * width for width in (self.type_width, self._name_width, *widths))
        self.lines += [
            self._named("Type", "Name") + row(titles),
            separator,
            *(self._named(one.method, one.name) + row(cells_of(one)) for one in self._entries),
            separator,
            *(self._named(one.method, one.name) + row(cells_of(one)) for one in self._total),
        ]

    def _named(self, method: object, name: object) -> str:
        shown = str(name)
        if self._columns is not None:
            shown = shortened(shown, self._name_width)
        return f"{left(method or '', self.type_width)} {left(shown, self._name_width)}"
