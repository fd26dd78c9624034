"""`stats.history`, with Locust's keys, for programs that read it; and the seconds of the report.

    gevent.spawn(stats_history, environment.runner)

What the HTML report draws is finer, see report/seconds.py; it is noted at the same time.

Thread: the hub's.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import gevent

from ..util.date import format_utc_timestamp
from ..util.rounding import proper_round
from . import clock
from . import constants as settings
from .format import shown_number
from .report.seconds import seconds_of

if TYPE_CHECKING:
    from ..runners import Runner

IDLE_S = 0.1  # a test that begins is seen so soon
A_MOMENT_S = 0.002  # after its end a second is read

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

    The seconds that the HTML report draws are noted meanwhile, by a greenlet of its own. Returns at
    once where the percentiles of the last seconds are not kept, that is on a worker.

    :param denser_at_first: so that a short test has some points, too
    """
    if not runner.stats.total.use_response_times_cache:
        return
    noting = gevent.spawn(note_seconds, runner)
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
    finally:
        noting.kill(block=False)


def note_seconds(runner: Runner) -> None:
    """Take over what the report draws of each second that is over, while a test runs, for ever."""
    seconds_of(runner.stats)  # is there before the first request
    while True:
        if runner.state in ("ready", "stopped"):
            gevent.sleep(IDLE_S)
            continue
        watch = getattr(runner.environment, "generator_watch", None)
        seconds_of(runner.stats).read(runner.stats, runner.user_count or 0, watch)
        gevent.sleep(1 + A_MOMENT_S - clock.now() % 1)
