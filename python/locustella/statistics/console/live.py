"""What is shown at the bottom of a terminal while a test runs.

    terminal = terminal_of_the_tables()    # None: a file, a pipe, a script's own table, CI
    foot = ScreenFoot(terminal.write, terminal.size)
    foot.show(live_lines(figures, stats, *terminal.size(), style))

    ----------------------------------------------------------------------------------------
     Type   Name      # reqs  # fails | Avg ...          Locust's table, if it fits
    ----------------------------------------------------------------------------------------
     running   0:12 of 1:00  ========------------------------   20 %
     50 users   1234.5 req/s   no failures   p95 12.3 ms
     generator: lag p99 0.12 ms, CPU 45 %   keys: w W more users, s S fewer

Figures come in and lines go out: what the time is and what the users do say others.

Thread: the hub's.
"""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING, Any, NamedTuple

from gevent.monkey import get_original

from .. import constants as settings
from ..format import shown_ms
from .tables import console_logger, print_stats
from .terminal import stats_lines

if TYPE_CHECKING:
    from ...stats import RequestStats

DRAWN_EVERY_S = 0.5
GAP = "   "
LEAST_BAR, MOST_BAR = 10, 60
OWN_ROWS = 4  # beside the table

_poll = get_original("select", "select")


class LiveFigures(NamedTuple):
    """Of one moment; times in seconds, lag in milliseconds."""

    state: str
    users: int
    wanted_users: int
    elapsed: float
    run_time: float | None  # None: without an end that is known
    lag_p99_ms: float
    cpu_share: float
    is_late: bool  # the generator, beyond its limits
    has_keys: bool


class Style(NamedTuple):
    """What the terminal can show."""

    colors: bool = True
    lines: bool = True  # box-drawing characters

    def paint(self, text: str, code: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.colors else text

    @property
    def rule(self) -> str:
        return "─" if self.lines else "-"

    @property
    def bar(self) -> tuple[str, str]:
        return ("━", "╌") if self.lines else ("#", ".")


RED, YELLOW, BOLD, DIM = "31", "33", "1", "2"


class Terminal:
    """Where the tables go, if that is a terminal."""

    def __init__(self, descriptor: int, encoding: str) -> None:
        self._descriptor = descriptor
        self.style = Style(
            colors=not os.environ.get("NO_COLOR"), lines=encoding.lower().startswith("utf")
        )

    def size(self) -> tuple[int, int] | None:
        """Columns and rows; None where it is gone, or takes nothing now (Ctrl-S)."""
        try:
            columns, rows = os.get_terminal_size(self._descriptor)
            _, ready, _ = _poll([], [self._descriptor], [], 0)
        except (OSError, ValueError):
            return None
        return (columns, rows) if ready and columns and rows else None

    def write(self, text: str) -> None:
        """At once; what a terminal that has gone does not take is of no interest to anybody."""
        data = text.encode("utf-8" if self.style.lines else "ascii", "replace")
        try:
            while data:
                data = data[os.write(self._descriptor, data) :]
        except OSError:
            pass


def terminal_of_the_tables() -> Terminal | None:
    """None where lines one after the other serve better, or somebody has a table of his own."""
    if os.environ.get("TERM", "dumb") in ("", "dumb"):
        return None
    if os.environ.get("CI", "").lower() not in ("", "0", "false"):
        return None
    if settings.print_stats is not print_stats:
        return None
    for handler in console_logger.handlers:
        stream: Any = getattr(handler, "stream", None)
        try:
            if isinstance(handler, logging.StreamHandler) and stream.isatty():
                found = Terminal(stream.fileno(), getattr(stream, "encoding", None) or "ascii")
                return found if found.size() is not None else None
        except (AttributeError, OSError, ValueError):  # a stream of somebody's, or a closed one
            continue
    return None


def live_lines(
    figures: LiveFigures, stats: RequestStats, columns: int, rows: int, style: Style
) -> list[str]:
    """No longer than the terminal is wide, and no more than half as many as it has rows."""
    width = columns - 1
    rule = style.paint(style.rule * width, DIM)
    return [
        rule,
        *_table(stats, rows // 2 - OWN_ROWS, rule),
        _progress(figures, width, style),
        _load(figures, stats, width, style),
        _generator(figures, width, style),
    ]


def _table(stats: RequestStats, room: int, rule: str) -> list[str]:
    # titles, two rules and the total stand beside the entries, and a rule below them
    if not stats.entries or len(stats.entries) + 5 > room:
        return []
    return [*stats_lines(stats, current=True), rule]


def _progress(figures: LiveFigures, width: int, style: Style) -> str:
    state = f" {figures.state:<8}"
    if not figures.run_time:
        return style.paint(state, BOLD) + f" {_clock(figures.elapsed)}"
    share = min(figures.elapsed / figures.run_time, 1.0)
    words = f" {_clock(figures.elapsed)} of {_clock(figures.run_time)}"
    percent = f"{int(share * 100):3d} %"
    room = width - len(state) - len(words) - len(percent) - 4
    if room < LEAST_BAR:
        return style.paint(state, BOLD) + f"{words}  {percent}"
    size = min(room, MOST_BAR)
    done = int(size * share)
    full, rest = style.bar
    bar = full * done + style.paint(rest * (size - done), DIM)
    return f"{style.paint(state, BOLD)}{words}  {bar}  {percent}"


def _load(figures: LiveFigures, stats: RequestStats, width: int, style: Style) -> str:
    total = stats.total
    users = _counted(figures.users, "user")
    if figures.users != figures.wanted_users:
        users = f"{figures.users} of {figures.wanted_users} users"
    failures = "no failures"
    if total.num_failures:
        failures = f"{_counted(total.num_failures, 'failure')} ({total.fail_ratio:.2%})"
    percentiles = None
    if total.num_requests and total.use_response_times_cache:
        percentiles = total._shown_current_percentiles([0.95])
    return _fitted(
        width,
        (users, ""),
        (f"{total.current_rps or total.total_rps:.1f} req/s", ""),  # 0 in the first seconds
        (failures, style.colors and total.num_failures and RED),
        (f"p95 {shown_ms(percentiles[0])} ms" if percentiles else "p95 -", ""),
        (_counted(total.num_requests, "request"), ""),
    )


def _generator(figures: LiveFigures, width: int, style: Style) -> str:
    lag = f"generator: lag p99 {figures.lag_p99_ms:.2f} ms, CPU {figures.cpu_share:.0%}"
    color = style.colors and (YELLOW if figures.is_late else DIM)
    parts = [(lag, color)]
    if figures.is_late:
        parts.append(("short of time", color))
    if figures.has_keys:
        parts.append(("keys: w +1, W +10, s -1, S -10 users", style.colors and DIM))
    return _fitted(width, *parts)


def _fitted(width: int, *parts: tuple[str, Any]) -> str:
    """As many of them as there is room for, the first ones first."""
    line, used = "", 0
    for text, color in parts:
        gap = GAP if used else " "
        if used + len(gap) + len(text) > width:
            break
        line += gap + (f"\x1b[{color}m{text}\x1b[0m" if color else text)
        used += len(gap) + len(text)
    return line


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _clock(seconds: float) -> str:
    minutes, left = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{left:02d}" if hours else f"{minutes}:{left:02d}"
