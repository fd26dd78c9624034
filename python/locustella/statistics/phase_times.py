"""Where the time of requests goes: look-up, connect, TLS, send, first byte, receive.

    locustella --phase-times -f ...            # a table at the end, and <prefix>_phases.csv with --csv

    @events.request.add_listener
    def on_request(context, **kwargs):
        context["phases"]                      # {"dns": 0.0, ..., "first_byte": 1.2, ...} in ms

Only while it is on do requests carry the key, and does the core keep the phases by entry: they cost
a little time and memory. The phases of one request add up to its response time; a phase that did
not happen (no connect on a connection that was open) is 0.

Thread: the hub's.
"""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any

from .. import _core

if TYPE_CHECKING:
    from ..env import Environment

PHASES = ("dns", "connect", "tls", "send", "first_byte", "receive")
CONTEXT_KEY = "phases"

_TITLES = ("DNS", "connect", "TLS", "send", "first byte", "receive")
_CSV_COLUMNS = ("mean", "happened", "p50", "p99", "max")


class _Switch:
    on = False


def keep_phase_times(environment: Environment) -> None:
    """Turns it on for this process; a reset of the statistics resets the phases too."""
    _Switch.on = True
    _core.keep_phase_times(True)
    environment.events.reset_stats.add_listener(lambda **_: _core.clear_phase_times())
    environment.events.test_start.add_listener(lambda **_: _core.clear_phase_times())


def stop_keeping_phase_times() -> None:
    _Switch.on = False
    _core.keep_phase_times(False)


def are_kept() -> bool:
    return _Switch.on


def of(response: Any) -> dict[str, float] | None:
    """The phases of a native response in milliseconds; None for others."""
    phases = getattr(response, "_native_phases", None)
    if phases is None or response._native_session() is None:
        return None
    return dict(zip(PHASES, (seconds * 1000 for seconds in phases().values()), strict=True))


def in_context(context: dict, response: Any) -> dict:
    """The context that listeners get: with the phases, where they are kept."""
    if not _Switch.on or (phases := of(response)) is None:
        return context
    return {**context, CONTEXT_KEY: phases}


def lines() -> list[str]:
    """A table for the end of a run: mean and 99th percentile of each phase, in milliseconds."""
    rows = _core.phase_rows()
    if not rows:
        return []
    head = f"{'Phases, ms: mean over all requests / p99':48} {'# reqs':>9}" + "".join(f" {t:>17}" for t in _TITLES)
    table = [head, "-" * len(head)]
    for method, name, requests, figures in rows:
        cells = "".join(
            f" {mean * 1000:8.3f}/{p99 * 1000:8.3f}" if happened else f" {'-':>17}"
            for mean, happened, _, p99, _ in (figures[phase] for phase in PHASES)
        )
        table.append(f"{f'{method:8} {name}'[:48]:48} {requests:9}{cells}")
    return [*table, ""]


def write_csv(path: str) -> None:
    """All figures, in milliseconds. OSError as `open`."""
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["Type", "Name", "Request Count", *(f"{p} {c}" for p in PHASES for c in _CSV_COLUMNS)])
        for method, name, requests, figures in _core.phase_rows():
            cells = []
            for phase in PHASES:
                mean, happened, p50, p99, most = figures[phase]
                cells += [mean * 1000, happened, p50 * 1000, p99 * 1000, most * 1000]
            writer.writerow([method, name, requests, *cells])
