"""The parts of the report, each from the data of a test to HTML.

    requests_table(stats), failures_table(stats), task_ratios(...), ...

Thread: the hub's, as what they read is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from ... import stats as stats_module
from ...util.date import format_utc_timestamp
from ...util.rounding import proper_round
from ..format import get_readable_percentiles, shown_ms
from .certainty import ends_of
from .markup import (
    TEXT_LIMIT,
    escaped,
    exact_ms,
    folded,
    rate,
    share,
    unfolding,
    whole,
)
from .table import Column, Group, Table

if TYPE_CHECKING:
    from ...running.generator_watch import GeneratorWatch
    from ...running.runner import ExceptionDict
    from ...stats import RequestStats, StatsEntry
    from ...user.inspectuser import Ratios

NAME = [Column("Type", "text"), Column("Name", "name")]
ENDS = [
    Column("Stamped", hint="the kernel stamped the arrival of the last byte"),
    Column(
        "At most",
        hint="the time may be shorter: the end has no stamp, or this process kept the target "
        "waiting",
    ),
    Column("Read", hint="when this process read it: its own lateness is in the time"),
]


def moment(unix_time: float | None) -> str:
    """ "2026-01-31 12:00:00 UTC", or nothing."""
    if unix_time is None:
        return ""
    return format_utc_timestamp(unix_time).replace("T", " ").replace("Z", " UTC")


def tiles(stats: RequestStats, most_users: int) -> str:
    """The numbers to look at first."""
    total = stats.total
    median, most, nearly_all = total._shown_percentiles([0.5, 0.95, 0.99])
    values = [
        ("Requests", whole(total.num_requests)),
        ("Failures", f"{whole(total.num_failures)} <small>{share(total.fail_ratio)}</small>"),
        ("Requests/s", rate(total.total_rps)),
        ("Median", f"{shown_ms(median)} <small>ms</small>"),
        ("95 % within", f"{shown_ms(most)} <small>ms</small>"),
        ("99 % within", f"{shown_ms(nearly_all)} <small>ms</small>"),
        ("Slowest", f"{_extreme(total.max_response_time)} <small>ms</small>"),
        ("Most users", whole(most_users)),
    ]
    failed = ' class="failed"' if total.num_failures else ""
    cells = (
        f"<div{failed if title == 'Failures' else ''}><dt>{title}</dt><dd>{value}</dd></div>"
        for title, value in values
    )
    return f'<dl class="tiles">{"".join(cells)}</dl>'


def _extreme(ms: float | None) -> str:
    """A minimum or maximum, of which stock rounds what it cuts elsewhere."""
    return shown_ms(proper_round(ms or 0) if stats_module.LOCUST_ROUNDING else ms)


def _names(entry: StatsEntry) -> list[str]:
    return [escaped(entry.method or ""), escaped(entry.name)]


def requests_table(stats: RequestStats) -> str:
    """A row for each entry: how many, how fast, how large."""
    columns = [
        *NAME,
        Column("Requests"),
        Column("Failures"),
        Column("Failed"),
        Column("Average", hint="ms"),
        Column("Min", hint="ms"),
        Column("Max", hint="ms"),
        Column("Average bytes"),
        Column("Requests/s", hint="over the whole test"),
        Column("Failures/s", hint="over the whole test"),
    ]

    def row(entry: StatsEntry) -> list[str]:
        return [
            *_names(entry),
            whole(entry.num_requests),
            whole(entry.num_failures),
            share(entry.fail_ratio),
            shown_ms(entry.avg_response_time),
            _extreme(entry.min_response_time),
            _extreme(entry.max_response_time),
            whole(entry.avg_content_length),
            rate(entry.total_rps),
            rate(entry.total_fail_per_sec),
        ]

    groups = [Group("", 5), Group("Response time, ms", 3), Group("", 3)]
    entries = stats_module.sort_stats(stats.entries)
    return Table("requests", columns, map(row, entries), row(stats.total), groups).html()


def response_times_table(stats: RequestStats, fractions: Sequence[float]) -> str:
    """Percentiles of each entry, and how sure its times are."""
    titles = get_readable_percentiles(list(fractions))
    hint = "ms, rounded" if stats_module.LOCUST_ROUNDING else "ms, to 1 %"
    columns = [*NAME, *(Column(title, hint=hint) for title in titles), *ENDS]

    def row(entry: StatsEntry) -> list[str]:
        ends = ends_of(entry)
        shares = (share(part) if (part := ends.share(count)) is not None else "" for count in ends)
        return [*_names(entry), *map(shown_ms, entry._shown_percentiles(fractions)), *shares]

    groups = [Group("", 2), Group("Response time, ms", len(titles)), Group("Its end is", len(ENDS))]
    entries = stats_module.sort_stats(stats.entries)
    return Table("times", columns, map(row, entries), row(stats.total), groups).html()


def failures_table(stats: RequestStats) -> str:
    """A row for each kind of failure, the most frequent first."""
    errors = sorted(stats_module.sort_stats(stats.errors), key=lambda error: -error.occurrences)
    if not errors:
        return "<p>No request failed.</p>"
    columns = [
        Column("Failures"),
        *NAME,
        Column("Error", "name"),
        Column("First seen", "text"),
        Column("Last seen", "text"),
    ]
    rows = (
        [
            whole(error.occurrences),
            escaped(error.method or ""),
            escaped(error.name),
            unfolding(error.parse_error(error.error)),
            moment(error.first_seen),
            moment(error.last_seen),
        ]
        for error in errors
    )
    return Table("failures", columns, rows).html()


def exceptions_table(exceptions: Iterable[ExceptionDict]) -> str:
    """A row for each kind of exception that left a task, the most frequent first."""
    found = sorted(exceptions, key=lambda exception: -exception["count"])
    if not found:
        return "<p>No task raised an exception.</p>"
    columns = [
        Column("Times"),
        Column("Message", "name"),
        Column("Traceback", "name"),
        Column("Nodes", "text"),
    ]
    rows = (
        [
            whole(exception["count"]),
            unfolding(exception["msg"]),
            _traceback(str(exception["traceback"])),
            escaped(", ".join(sorted(map(str, exception["nodes"])))),
        ]
        for exception in found
    )
    return Table("exceptions", columns, rows).html()


def _traceback(text: str) -> str:
    """Folded under the place where it was raised."""
    places = [line.strip() for line in text.splitlines() if line.lstrip().startswith("File ")]
    return folded(places[-1] if places else "Traceback", text, TEXT_LIMIT)


def task_ratios(per_class: Ratios, total: Ratios) -> str:
    """Two trees: shares within each class, and within the whole test."""
    if not per_class:
        return "<p>The test had no user class.</p>"
    return (
        '<div class="ratios">'
        f"<div><h3>Within each class</h3>{_ratio_tree(per_class)}</div>"
        f"<div><h3>In the whole test</h3>{_ratio_tree(total)}</div></div>"
    )


def _ratio_tree(ratios: Ratios) -> str:
    items = []
    for name, entry in ratios.items():
        percent = entry["ratio"] * 100
        below = _ratio_tree(entry["tasks"]) if entry.get("tasks") else ""
        items.append(
            f'<li><span class="share" style="--share:{percent:.2f}%">{percent:.1f} %</span> '
            f"{escaped(name)}{below}</li>"
        )
    return f'<ul class="tree">{"".join(items)}</ul>'


_LATE = {
    "timer": ("Waits ended late by", "how long after its wait a user went on"),
    "wake": ("Answers waited for their user", "from the answer until its user went on"),
    "send": (
        "Requests waited to be sent",
        "from the user's call until its first act: the name lookup, else the send",
    ),
}


def generator(watch: GeneratorWatch | None) -> str:
    """What the process that made the load has measured of itself."""
    if watch is None:
        return "<p>The generator did not watch itself in this run.</p>"
    columns = [
        Column("This process", "name"),
        Column("Measured", hint="times"),
        Column("Mean"),
        Column("50%"),
        Column("99%"),
        Column("Max"),
    ]
    rows = [
        [
            f"{_LATE[name][0]} <small>{_LATE[name][1]}</small>",
            whole(lag.count),
            *map(exact_ms, (lag.mean_ms, lag.p50_ms, lag.p99_ms, lag.max_ms)),
        ]
        for name, lag in watch.lags().items()
    ]
    table = Table("generator", columns, rows, None, [Group("", 2), Group("ms", 4)])
    stalls = watch.stalls()
    return (
        "<p>How well this process, and not the target, kept up with the load it was asked for. It "
        f"used <b>{watch.cpu_share():.0%}</b> of one CPU core, and was late by more than 10 ms for "
        f"<b>{stalls.share(stalls.beyond_10ms_s):.1%}</b> of the time; its longest stall took "
        f"<b>{stalls.longest_s * 1000:.0f} ms</b>.</p>{table.html()}{_connections(watch)}"
    )


def _connections(watch: GeneratorWatch) -> str:
    counts = watch.connections()
    columns = [
        Column("Connections", "name"),
        Column("Opened"),
        Column("Reused", hint="requests that found one open"),
        Column("Failed", hint="never came to be: no such name, refused, timed out"),
        Column("Names looked up", hint="questions to the system"),
        Column("Requests sent again", hint="the kept connection was closed under them"),
    ]
    return Table("connections", columns, [["of this process", *map(whole, counts)]]).html()


def doubt(watch: GeneratorWatch | None) -> str:
    """The warning to read before any number; nothing if there is no reason for one."""
    reason = watch.doubt() if watch is not None else None
    if not reason:
        return ""
    return (
        f'<aside class="doubt"><b>Read these results with care.</b> {escaped(reason)} '
        '<a href="#generator">Figures of the generator</a></aside>'
    )
