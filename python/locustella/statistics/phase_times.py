"""Where the time of requests goes: look-up, connect, TLS, send, first byte, receive.

    locustella --phase-times -f ...  # a table at the end, and <prefix>_phases.csv with --csv

    @events.request.add_listener
    def on_request(context, **kwargs):
        context["phases"]                      # {"dns": 0.0, ..., "first_byte": 1.2, ...} in ms

What the phases are: http/phases.py. The core keeps them by entry.

Thread: the hub's.
"""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from ..http.phases import PHASES, keep_phases

if TYPE_CHECKING:
    from ..env import Environment
    from ..stats import RequestStats

_TITLES = ("DNS", "connect", "TLS", "send", "first byte", "receive")
_CSV_COLUMNS = ("mean", "happened", "p50", "p99", "max")


def keep_phase_times(environment: Environment) -> None:
    """Begins for this process; a reset of the statistics resets the phases too."""
    keep_phases(True)
    environment.stats.keep_phases(True)
    environment.events.reset_stats.add_listener(lambda **_: environment.stats.clear_phases())
    environment.events.test_start.add_listener(lambda **_: environment.stats.clear_phases())


def stop_keeping_phase_times(environment: Environment) -> None:
    keep_phases(False)
    environment.stats.keep_phases(False)


def lines(stats: RequestStats) -> list[str]:
    """A table for the end of a run: mean and 99th percentile of each phase, in milliseconds."""
    rows = stats.phase_rows()
    if not rows:
        return []
    head = f"{'Phases, ms: mean over all requests / p99':48} {'# reqs':>9}" + "".join(
        f" {t:>17}" for t in _TITLES
    )
    table = [head, "-" * len(head)]
    for method, name, requests, figures in rows:
        cells = "".join(
            f" {mean * 1000:8.3f}/{p99 * 1000:8.3f}" if happened else f" {'-':>17}"
            for mean, happened, _, p99, _ in (figures[phase] for phase in PHASES)
        )
        table.append(f"{f'{method:8} {name}'[:48]:48} {requests:9}{cells}")
    return [*table, ""]


def csv_text(stats: RequestStats) -> str:
    """All figures, in milliseconds."""
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(
        ["Type", "Name", "Request Count", *(f"{p} {c}" for p in PHASES for c in _CSV_COLUMNS)]
    )
    for method, name, requests, figures in stats.phase_rows():
        cells = []
        for phase in PHASES:
            mean, happened, p50, p99, most = figures[phase]
            cells += [mean * 1000, happened, p50 * 1000, p99 * 1000, most * 1000]
        writer.writerow([method, name, requests, *cells])
    return file.getvalue()
