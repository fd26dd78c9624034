"""The charts of each entry, folded below its name.

    endpoints(stats, timeline)      # HTML; "" where no entry has charts

Thread: the hub's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ... import stats as stats_module
from ..format import shown_ms
from .markup import escaped, share, whole

if TYPE_CHECKING:
    from ...stats import RequestStats, StatsEntry
    from .over_time import Timeline

OPEN_UP_TO = 4  # entries: with more of them a reader opens those he wants to see


def endpoints(stats: RequestStats, timeline: Timeline) -> str:
    """Of the entries whose seconds were noted, sorted as the tables are."""
    names = timeline.names()
    entries = [
        entry
        for entry in stats_module.sort_stats(stats.entries)
        if (entry.name, entry.method) in names
    ]
    if not entries:
        return "<p>The test was too short for charts.</p>"
    unfolded = " open" if len(entries) <= OPEN_UP_TO else ""
    note = timeline.note_of_small_charts()
    if len(entries) < len(stats.entries):
        note += (
            f'<p class="note">The first {len(entries)} names of the test have charts, of '
            f"{len(stats.entries):,}; the tables have all.</p>"
        )
    parts = "".join(
        f'<details class="endpoint"{unfolded}><summary>{_summary(entry)}</summary>'
        f'<div class="pair">{timeline.charts_of(entry)}</div></details>'
        for entry in entries
    )
    return f'{note}<div class="charts">{timeline.small_times()}{parts}</div>'


def _summary(entry: StatsEntry) -> str:
    (most,) = entry._shown_percentiles([0.95])
    failed = (
        f' <small class="failed">{share(entry.fail_ratio)} failed</small>'
        if entry.num_failures
        else ""
    )
    return (
        f"{escaped(entry.method or '')} <b>{escaped(entry.name)}</b> "
        f"<small>{whole(entry.num_requests)} requests, 95 % within {shown_ms(most)} ms</small>"
        f"{failed}"
    )
