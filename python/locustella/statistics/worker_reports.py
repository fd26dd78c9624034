"""What workers put into their reports, and how the master adds them up."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .entry import StatsEntry, StatsEntryDict
from .error import StatsErrorDict

if TYPE_CHECKING:
    from ..event import Events
    from ..stats import RequestStats


def setup_distributed_stats_event_listeners(events: Events, stats: RequestStats) -> None:
    """Make `stats` report itself (on a worker) and take reports in (on a master)."""

    def on_report_to_master(client_id: str, data: dict[str, Any]) -> None:
        data["stats"] = stats.serialize_stats()
        data["stats_total"] = stats.total.get_stripped_report()
        data["errors"] = stats.serialize_errors()
        stats.errors = {}

    def on_worker_report(client_id: str, data: dict[str, Any]) -> None:
        for report in data["stats"]:
            _add_entry(stats, report)
        for key, report in data["errors"].items():
            _add_error(stats, key, report)
        stats.total.extend(StatsEntry.unserialize(data["stats_total"], stats))

    events.report_to_master.add_listener(on_report_to_master)
    events.worker_report.add_listener(on_worker_report)


def _add_entry(stats: RequestStats, report: StatsEntryDict) -> None:
    news = StatsEntry.unserialize(report, stats)
    key = (news.name, news.method)
    if key in stats.entries:
        entry = stats.entries[key]
    else:
        entry = stats.entry_within_limit(*key)
        if not entry.use_response_times_cache:
            entry.use_response_times_cache = True
    entry.extend(news)


def _add_error(stats: RequestStats, key: str, report: StatsErrorDict) -> None:
    known = stats.errors.get(key)
    if known is None:
        stats._add_error(key, report)
        return
    known.occurrences += report["occurrences"]
    known.first_seen = _chosen(min, known.first_seen, report.get("first_seen"))
    known.last_seen = _chosen(max, known.last_seen, report.get("last_seen"))


def _chosen(
    choose: Callable[[float, float], float], known: float | None, news: float | None
) -> float | None:
    if not news:
        return known
    return news if known is None else choose(known, news)
