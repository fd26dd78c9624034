"""The console's tables fit the terminal that they are shown on, and line up wherever they go."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

import pytest
from locustella_process import command, python

from locustella import stats as stats_module
from locustella.statistics.console import terminal
from locustella.statistics.console.terminal import (
    error_lines,
    folded,
    percentile_lines,
    shortened,
    stats_lines,
)
from locustella.stats import RequestStats

LONG = "/shops/" + "x" * 150 + "/orders/last"


@pytest.fixture
def stats() -> RequestStats:
    stats = RequestStats()
    for name, method in (("/", "GET"), ("/products/{id}", "DELETE"), (LONG, "POST")):
        for ms in (0.0521, 9.996, 123_456.7):
            stats.log_request(method, name, ms, 1)
        stats.log_error(method, name, "broken " * 30)
    stats.total.start_time -= 10
    return stats


def on_terminal(monkeypatch: pytest.MonkeyPatch, columns: int) -> None:
    monkeypatch.setattr(stats_module, "STATS_NAME_WIDTH", stats_module.name_width_for(columns))
    monkeypatch.setattr(os, "get_terminal_size", lambda fd=1: SimpleNamespace(columns=columns))
    monkeypatch.setattr(sys, "__stderr__", SimpleNamespace(fileno=lambda: 2))


@pytest.fixture
def into_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stats_module, "STATS_NAME_WIDTH", 80)
    monkeypatch.setattr(os, "get_terminal_size", mock.Mock(side_effect=OSError))


def lines_up(lines: list[str]) -> bool:
    """Whether all lines between two titles are as long as the title, but for the rules."""
    widths = {len(line) for line in lines if not line.startswith("-")}
    rules = {len(line) for line in lines if line.startswith("-")}
    return len(widths) == 1 and max(rules) <= max(widths)


@pytest.mark.parametrize("columns", [80, 90, 100, 111, 112, 120, 132, 160, 175, 250])
def test_no_line_is_wider_than_the_terminal(
    stats: RequestStats, monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    on_terminal(monkeypatch, columns)
    main, (title, *percentiles) = stats_lines(stats, False), percentile_lines(stats)
    assert max(len(line) for line in (*main, title, *percentiles)) <= columns
    assert lines_up(main)
    starts = [n for n, line in enumerate(percentiles) if line.startswith("Type")]
    for start, end in zip(starts, [*starts[1:], len(percentiles)], strict=True):
        assert lines_up(percentiles[start:end]), percentiles
    titles = " ".join(percentiles[start] for start in starts)
    for title in ("50%", "99.99%", "100%", "# reqs"):
        assert titles.count(f" {title}") == 1  # none is lost, none stands twice
    for table in (main, percentiles):
        (row,) = [line for line in table if line.startswith("POST")][:1]
        assert "/s" in row and "last" in row
        assert any("Aggregated" in line for line in table)


@pytest.mark.parametrize("columns", [112, 120, 160, 200])
def test_a_wide_terminal_has_locusts_columns(
    stats: RequestStats, monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    on_terminal(monkeypatch, columns)
    del stats.entries[LONG, "POST"]
    assert stats_lines(stats, False) == stats_module.get_stats_summary(stats, False)
    if columns == 200:
        assert percentile_lines(stats) == stats_module.get_percentile_stats_summary(stats)


def test_a_narrow_one_leaves_one_column_out(
    stats: RequestStats, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_terminal(monkeypatch, 80)
    title, _, row, *_ = stats_lines(stats, False)
    assert title.split() == "Type Name # reqs # fails | Avg Min Max Med | req/s".split()
    assert row.split()[:5] == ["GET", "/", "3", "1(33.33%)", "|"]


@pytest.mark.usefixtures("into_a_file")
def test_a_file_has_locusts_columns_and_room_for_the_longest_name(stats: RequestStats) -> None:
    main, percentiles = stats_lines(stats, False), percentile_lines(stats)[1:]
    assert lines_up(main) and lines_up(percentiles)
    assert any(LONG in line for line in main) and any(LONG in line for line in percentiles)
    del stats.entries[LONG, "POST"]
    assert stats_lines(stats, True) == stats_module.get_stats_summary(stats, True)
    assert percentile_lines(stats) == stats_module.get_percentile_stats_summary(stats)
    assert error_lines(["x  "]) == ["x  "] and folded("x " * 500) == "x " * 500


@pytest.mark.parametrize("columns", [80, 120])
def test_large_numbers_fit(
    stats: RequestStats, monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    on_terminal(monkeypatch, columns)
    for entry in (stats.total, *stats.entries.values()):
        entry.num_requests, entry.num_failures = 123_456, 12_345
    stats.total.num_requests = 1_234_567
    lines = stats_lines(stats, False)
    assert lines_up(lines) and max(map(len, lines)) <= columns


def test_a_width_of_somebodys_own_is_kept(
    stats: RequestStats, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_terminal(monkeypatch, 100)
    monkeypatch.setattr(stats_module, "STATS_NAME_WIDTH", 66)
    del stats.entries[LONG, "POST"]
    assert stats_lines(stats, False) == stats_module.get_stats_summary(stats, False)


@pytest.mark.parametrize("columns", [80, 200])
def test_a_table_of_somebodys_own_is_shown(
    stats: RequestStats, monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    on_terminal(monkeypatch, columns)
    with monkeypatch.context() as patch:
        patch.setattr(stats_module, "get_stats_summary", lambda *_: ["mine"])
        patch.setattr(stats_module, "get_percentile_stats_summary", lambda *_: ["mine too"])
        assert stats_lines(stats, False) == ["mine"] and percentile_lines(stats) == ["mine too"]
    with monkeypatch.context() as patch:
        patch.setattr(stats_module.StatsEntry, "to_string", lambda entry, **_: f"<{entry.name}>")
        assert "</products/{id}>" in stats_lines(stats, False)
    stats.entries["odd", "GET"] = odd = SimpleNamespace(
        to_string=lambda **_: "odd", percentile=lambda: "odd too", response_times={1: 1}
    )
    assert odd.to_string() in stats_lines(stats, False)
    assert odd.percentile() in percentile_lines(stats)


def test_other_lines_fit_too(stats: RequestStats, monkeypatch: pytest.MonkeyPatch) -> None:
    on_terminal(monkeypatch, 80)
    lines = error_lines(stats_module.get_error_report_summary(stats))
    assert lines[1] == "# occurrences      Error" and max(map(len, lines[:3])) == 80
    assert max(map(len, folded("word " * 40).splitlines())) < 80


@pytest.mark.parametrize(
    ("name", "width", "shown"),
    [
        ("/", 16, "/"),
        ("/a/b/c", 6, "/a/b/c"),
        ("/products/{id}", 10, "/pro../{id}"[:4] + "..{id}"),
        ("/abcdefgh", 5, "/..gh"),
        ("abc", 2, "ab"),
    ],
)
def test_names_keep_their_beginning_and_their_end(name: str, width: int, shown: str) -> None:
    assert shortened(name, width) == shown and len(shown) <= width


LOAD = """
    from locust import User, constant, task

    class Visitor(User):
        wait_time = constant(0.1)

        @task
        def work(self):
            self.environment.events.request.fire(
                request_type="GET", name="/a-name-that-is-longer-than-sixteen", response_time=1.5,
                response_length=1, exception=OSError("no"), context={})
"""


ON_80_COLUMNS = """
    import pty, shlex, sys
    run = [sys.executable, "-m", "locustella", "-f", "load.py", "--headless", "-t", "1"]
    status = pty.spawn(["sh", "-c", "stty cols 80; exec " + shlex.join(run)])
    sys.exit(status >> 8)
"""


def test_a_run_on_a_terminal_of_80_columns(tmp_path: Path) -> None:
    run = python(tmp_path, ON_80_COLUMNS, {"load.py": LOAD})
    assert run.code == 1, run.err
    lines = run.out.replace("\r", "").splitlines()
    tables = [line for line in lines if not line.startswith("[")]
    assert "Aggregated" in "".join(tables) and max(map(len, tables)) <= 80, tables


def test_a_run_into_a_file(tmp_path: Path) -> None:
    run = command(tmp_path, ["-f", "load.py", "--headless", "-t", "1"], {"load.py": LOAD})
    titles = [line for line in run.err.splitlines() if line.startswith("Type")]
    assert {len(line) for line in titles} == {160, 175}, titles
    assert terminal.terminal_columns() is None or sys.__stderr__.isatty()
