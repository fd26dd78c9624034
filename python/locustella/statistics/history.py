"""The points of the charts in the web interface and the HTML report."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import gevent

from ..util.date import format_utc_timestamp
from ..util.rounding import proper_round
from . import clock
from . import constants as settings
from .format import shown_number

if TYPE_CHECKING:
    from ..runners import Runner

logger = logging.getLogger("locust.stats")


def update_stats_history(runner: Runner, timestamp: str | None = None) -> None:
    """Append how things stand to `runner.stats.history`, under `timestamp` (default: now)."""
    stats = runner.stats
    total = stats.total
    when = timestamp or format_utc_timestamp(clock.now())
    fractions = settings.PERCENTILES_TO_CHART
    found = total._shown_current_percentiles(fractions) or [0] * len(fractions)
    values = {
        f"response_time_percentile_{fraction}": ms if settings.LOCUST_ROUNDING else shown_number(ms)
        for fraction, ms in zip(fractions, found, strict=True)
    }
    values["current_rps"] = total.current_rps or 0
    values["current_fail_per_sec"] = total.current_fail_per_sec or 0
    values["total_avg_response_time"] = (
        proper_round(total.avg_response_time, digits=2)
        if settings.LOCUST_ROUNDING
        else shown_number(total.avg_response_time)
    )
    values["user_count"] = runner.user_count or 0
    stats.history.append({**{key: [when, value] for key, value in values.items()}, "time": when})


def _interval_after(seconds: float) -> float:
    """For about twenty points; their instants are whole seconds."""
    return max(seconds / 20, 1.0)


def stats_history(runner: Runner, denser_at_first: bool = False) -> None:
    """Append a point now and then while a test runs, for ever; for a greenlet.

    Returns at once where the percentiles of the last seconds are not kept, that is on a worker.

    :param denser_at_first: so that a short test has charts too
    """
    try:
        while runner.stats.total.use_response_times_cache:
            if runner.state not in ("ready", "stopped"):
                update_stats_history(runner)
            interval = settings.HISTORY_STATS_INTERVAL_SEC
            if denser_at_first:
                interval = min(interval, _interval_after(clock.now() - runner.stats.start_time))
            gevent.sleep(interval)
    except KeyboardInterrupt as interrupt:
        logger.debug("no more history", exc_info=interrupt)
