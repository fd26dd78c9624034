"""The HTML report: all results of a test, with charts, in one file that can be sent around.

    page = get_html_report(environment)
    page = get_html_report(environment, show_download_link=False, theme="dark")
    locustella -f load.py --headless -t 1m --html "report_{u}_{r}.html"

The page is made in `locustella.statistics.report`; here is what goes into it.

Thread: the hub's. A report of ten thousand entries takes it about a second.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .._version import locustella_version
from ..statistics.report import sections
from ..statistics.report.endpoints import endpoints
from ..statistics.report.history import charts
from ..statistics.report.markup import escaped
from ..statistics.report.over_time import Timeline
from ..statistics.report.page import page
from ..statistics.report.settings import settings_table, without_credentials
from ..stats import update_stats_history
from ..user.inspectuser import get_ratio
from ..util.date import format_duration, format_utc_timestamp
from .states import STATE_CLEANUP, STATE_STOPPED, STATE_STOPPING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..env import Environment
    from ..stats import RequestStats
    from .runner import Runner


# A run time of 15 s may end after 14.999 s of the statistics' clock.
TIMER_GRACE_S = 0.1


def get_html_report(
    environment: Environment,
    show_download_link: bool = True,
    theme: str = "",
    *,
    use_modern_ui: Any = None,
) -> str:
    """The whole page, for a test that has ended or still runs.

    :param show_download_link: a link to the address of the page with `?download=1`, for a server
    :param theme: "dark" or "light"; anything else leaves it to the viewer's system
    :param use_modern_ui: has no effect; older files say it
    """
    runner = environment.runner
    if runner is None:
        raise ValueError("There is nothing to report: the environment has no runner yet")
    stats = runner.stats
    _read_once_more(runner)
    watch = environment.generator_watch
    spawned = _users_by_class(runner)
    host = _host(environment)
    timeline = Timeline(stats, watch.seen_until() if watch and not watch.goes_on() else None)
    return page(
        theme,
        title=escaped(f"Load test of {host}" if host else "Load test"),
        heading=escaped(host),
        product=escaped(f"Locustella {locustella_version()}"),
        facts=_facts(environment),
        download=_download_link(theme) if show_download_link else "",
        doubt=sections.doubt(watch),
        tiles=sections.tiles(stats, _most_users(runner, timeline)),
        unanswered=_unanswered(environment),
        requests=sections.requests_table(stats),
        times=sections.response_times_table(stats, _percentiles()),
        charts=_charts(stats, timeline),
        endpoints=endpoints(stats, timeline),
        failures=sections.failures_table(stats),
        exceptions=sections.exceptions_table(runner.exceptions.values()),
        ratio=sections.task_ratios(
            get_ratio(environment.user_classes, spawned, False),
            get_ratio(environment.user_classes, spawned, True),
        ),
        settings=settings_table(environment, environment.given_settings()),
        generator=sections.generator(watch),
    )


def _charts(stats: RequestStats, timeline: Timeline) -> str:
    """Second by second, where that was noted; else as the history has it."""
    history = "" if timeline.is_noted else charts(stats.history, stats.start_time)
    return history or timeline.charts() or "<p>The test was too short for charts.</p>"


def _percentiles() -> list[float]:
    """Those of the console and the CSV files, unless somebody wants others in the report."""
    from .. import html, stats

    wanted = html.PERCENTILES_FOR_HTML_REPORT
    return stats.PERCENTILES_TO_REPORT if tuple(wanted) == html.LOCUSTS_PERCENTILES else wanted


def _read_once_more(runner: Runner) -> None:
    """Lets the charts reach to the last request: the readings lie some seconds apart."""
    stats = runner.stats
    if stats.last_request_timestamp is None:
        return
    end = format_utc_timestamp(stats.last_request_timestamp)
    if stats.history and stats.history[-1]["time"] < end:
        update_stats_history(runner, end)
        # By now they may have left, but they were there.
        stats.history[-1]["user_count"] = [end, sum(_users_by_class(runner).values())]


def _users_by_class(runner: Runner) -> dict[str, int]:
    """How many users of each class the test has, or had when it ended."""
    if runner.state in (STATE_CLEANUP, STATE_STOPPING, STATE_STOPPED):
        return runner.final_user_classes_count
    return runner.user_classes_count


def _most_users(runner: Runner, timeline: Timeline) -> int:
    counts = [reading["user_count"][1] for reading in runner.stats.history]
    return max(*counts, timeline.most_users(), sum(_users_by_class(runner).values()))


def _host(environment: Environment) -> str:
    """The target; several of them if the user classes differ."""
    hosts: Iterable[Any] = [environment.host]
    if not environment.host:
        hosts = dict.fromkeys(cls.host for cls in environment.user_classes if cls.host)
    return ", ".join(without_credentials(host) for host in hosts)


def _facts(environment: Environment) -> str:
    assert environment.runner is not None
    stats = environment.runner.stats
    begin = stats.start_time
    end = max(stats.last_request_timestamp or begin, begin)
    watch = environment.generator_watch
    if watch is not None:
        end = max(end, watch.seen_until())  # the last request may have ended before the test did
    facts = {
        "During": f"{sections.moment(begin)} \u2013 {sections.moment(end)}",
        "Duration": format_duration(begin, end + TIMER_GRACE_S),
        "Target": _host(environment),
        "Script": environment.locustfile,
        "Profile": environment.profile,
    }
    items = (
        f"<div><dt>{title}</dt><dd>{escaped(value)}</dd></div>"
        for title, value in facts.items()
        if value
    )
    return f'<dl class="facts">{"".join(items)}</dl>'


def _unanswered(environment: Environment) -> str:
    requests = environment.unanswered_requests
    sentences = requests.now().sentences() if requests is not None else []
    return "".join(f'<p class="note unanswered">{escaped(each)}.</p>' for each in sentences)


def _download_link(theme: str) -> str:
    address = f"?download=1&theme={theme if theme in ('dark', 'light') else ''}"
    return f'<a class="download" href="{escaped(address)}">Download the report</a>'
