"""What users assign at run time takes effect: constants, the rounding, the window."""

from __future__ import annotations

import logging
import math
import sys
from types import SimpleNamespace
from typing import Any
from unittest import mock

import gevent
import pytest

import locustella.stats as stats_module
from locustella.stats import CachedResponseTimes, RequestStats, StatsEntry

NOON = 1_700_000_000


def log_natively(stats: RequestStats, ms: float) -> None:
    """As the native client does, past RequestStats.log_request."""
    assert stats._table.log_request("GET", "/", ms, 10, NOON)


# The rounding


def test_locusts_rounding() -> None:
    cases = {0: 0, 1.4: 1, 1.5: 2, 99.9: 100, 147: 150, 145: 140, 999: 1000, 3432: 3400}
    cases |= {9999: 10_000, 58_760: 59_000, 10_500: 10_000, 2.5: 2}
    assert {ms: stats_module.bucket_response_time(ms) for ms in cases} == cases
    stats = RequestStats()
    for ms in cases:
        log_natively(stats, ms)
    assert set(stats.total.response_times) == set(cases.values())


def test_a_replaced_rounding_holds_for_everything_recorded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = RequestStats()
    monkeypatch.setattr(stats_module, "bucket_response_time", lambda ms: math.floor(ms))
    after = RequestStats()
    for stats in (before, after):
        log_natively(stats, 147.9)
        stats.log_request("GET", "/", 3432, 0)
        stats.log_request("GET", "/", None, 0)
        for entry in (stats.total, stats.get("/", "GET")):
            assert entry.response_times == {147: 1, 3432: 1}
    by_hand = StatsEntry(after, "/", "GET")
    by_hand.log(147.9, 0)
    assert by_hand.response_times == {147: 1}
    monkeypatch.undo()
    for stats in (before, after):
        log_natively(stats, 147.9)
        assert stats.total.response_times[150] == 1


def test_mock_patch_replaces_the_rounding_for_its_time_only() -> None:
    stats = RequestStats()
    with mock.patch("locustella.stats.bucket_response_time", lambda ms: round(ms, 1)):
        log_natively(stats, 0.26)
    log_natively(stats, 0.26)
    assert stats.total.response_times == {0: 1, 0.3: 1}
    assert stats.total.get_response_time_percentile(1.0) == 0.3


def test_a_rounding_that_raises_does_so_to_python_and_is_reported_by_native_code(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def wrong(ms: float) -> int:
        raise KeyError("no bucket")

    monkeypatch.setattr(stats_module, "bucket_response_time", wrong)
    reports: list[Any] = []
    monkeypatch.setattr(sys, "unraisablehook", reports.append)
    stats = RequestStats()
    with pytest.raises(KeyError):
        stats.log_request("GET", "/", 147, 0)
    assert stats.num_requests == 0
    log_natively(stats, 147)
    assert stats.total.response_times == {150: 1}
    assert [report.exc_type for report in reports] == [KeyError]


def test_a_rounding_to_no_number_is_passed_over_by_native_code(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stats = RequestStats()
    monkeypatch.setattr(stats_module, "bucket_response_time", lambda ms: math.nan)
    log_natively(stats, 147)
    assert stats.total.response_times == {150: 1}


# Constants


def test_percentiles_to_report_are_looked_up_at_use(monkeypatch: pytest.MonkeyPatch) -> None:
    stats = RequestStats()
    stats.log_request("GET", "/", 150, 0)
    monkeypatch.setattr(stats_module, "PERCENTILES_TO_REPORT", [0.25, 0.999])
    lines = stats_module.get_percentile_stats_summary(stats)
    assert lines[1].split() == ["Type", "Name", "25%", "99.9%", "#", "reqs"]
    assert lines[3].split() == ["GET", "/", "150", "150", "1"]
    monkeypatch.setattr(stats_module, "PERCENTILES_TO_REPORT", [])
    assert stats_module.get_percentile_stats_summary(stats)[3].split() == ["GET", "/", "1"]
    monkeypatch.setattr(stats_module, "PERCENTILES_TO_STATISTICS", [0.3])
    assert stats.total.to_dict()["response_time_percentile_0.3"] == 150


def test_percentiles_to_chart_are_looked_up_at_use(monkeypatch: pytest.MonkeyPatch) -> None:
    stats = RequestStats()
    runner = SimpleNamespace(stats=stats, user_count=4)
    monkeypatch.setattr(stats_module, "PERCENTILES_TO_CHART", [0.33])
    stats_module.update_stats_history(runner, "then")
    point = stats.history[0]
    assert point["response_time_percentile_0.33"] == ["then", 0]
    assert point["user_count"] == ["then", 4]
    assert point["time"] == "then"


@pytest.mark.parametrize("width", [80, 20])
def test_widths_are_looked_up_at_use(monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    stats = RequestStats()
    stats.log_request("GET", "/", 150, 0)
    monkeypatch.setattr(stats_module, "STATS_NAME_WIDTH", width)
    monkeypatch.setattr(stats_module, "STATS_TYPE_WIDTH", 10)
    for summary in (
        stats_module.get_stats_summary,
        stats_module.get_percentile_stats_summary,
    ):
        *_, header, separator, row, _, total = summary(stats)
        assert len(header) == len(row) == len(total)
        assert separator.startswith("-" * 10 + "|-")


@pytest.mark.parametrize("width", [3, 0])
def test_a_very_narrow_terminal_is_no_error(monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    stats = RequestStats()
    stats.log_request("GET", "/", 150, 0)
    monkeypatch.setattr(stats_module, "STATS_NAME_WIDTH", width)
    assert stats_module.get_stats_summary(stats)[2].split()[:3] == ["GET", "/", "1"]
    assert stats_module.get_percentile_stats_summary(stats)[3].split()[:3] == ["GET", "/", "150"]


def test_the_terminal_decides_the_width_unless_told_not_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(stats_module, "STATS_NAME_WIDTH", 33)
    with mock.patch("os.get_terminal_size", return_value=SimpleNamespace(columns=130)):
        monkeypatch.setattr(stats_module, "STATS_AUTORESIZE", False)
        stats_module.resize_handler(0, None)
        assert stats_module.STATS_NAME_WIDTH == 33
        monkeypatch.setattr(stats_module, "STATS_AUTORESIZE", True)
        stats_module.resize_handler(0, None)
        assert stats_module.STATS_NAME_WIDTH == 50
    with mock.patch("os.get_terminal_size", side_effect=OSError):
        stats_module.resize_handler(0, None)
    assert stats_module.STATS_NAME_WIDTH == 50


def test_intervals_are_looked_up_at_use(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    stats = RequestStats()
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 3:
            raise KeyboardInterrupt
        monkeypatch.setattr(stats_module, "CONSOLE_STATS_INTERVAL_SEC", 10 * len(slept))
        monkeypatch.setattr(stats_module, "HISTORY_STATS_INTERVAL_SEC", 10 * len(slept))

    monkeypatch.setattr(gevent, "sleep", sleep)
    with caplog.at_level(logging.INFO, "locust.stats_logger"):
        stats_module.stats_printer(stats)()
    assert slept == [2, 10, 20]
    assert sum("Aggregated" in record.getMessage() for record in caplog.records) == 3
    slept.clear()
    monkeypatch.setattr(stats_module, "HISTORY_STATS_INTERVAL_SEC", 5)
    stats_module.stats_history(SimpleNamespace(stats=stats, state="running", user_count=1))
    assert slept == [5, 10, 20]
    assert len(stats.history) == 3


@pytest.mark.parametrize(
    ("wanted", "seconds", "points"),
    [(5, 12, 12), (5, 100, 53), (5, 1000, 233), (0.5, 12, 24), (60, 12, 12), (60, 3600, 144)],
)
def test_a_short_run_has_enough_points_in_its_charts(
    monkeypatch: pytest.MonkeyPatch, wanted: float, seconds: float, points: int
) -> None:
    stats = RequestStats()
    stats.total.start_time = clock = 1_700_000_000.0

    def sleep(interval: float) -> None:
        nonlocal clock
        clock += interval
        if clock >= 1_700_000_000 + seconds:
            raise KeyboardInterrupt

    monkeypatch.setattr(gevent, "sleep", sleep)
    monkeypatch.setattr("locustella.statistics.clock.now", lambda: clock)
    monkeypatch.setattr(stats_module, "HISTORY_STATS_INTERVAL_SEC", wanted)
    runner = SimpleNamespace(stats=stats, state="running", user_count=1)
    stats_module.stats_history(runner, denser_at_first=True)
    assert len(stats.history) == points


def test_no_history_on_a_worker_or_while_nothing_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gevent, "sleep", mock.Mock(side_effect=KeyboardInterrupt))
    idle = RequestStats()
    stats_module.stats_history(SimpleNamespace(stats=idle, state="ready", user_count=0))
    assert idle.history == []
    worker = RequestStats(use_response_times_cache=False)
    gevent.sleep.reset_mock()
    stats_module.stats_history(SimpleNamespace(stats=worker, state="running", user_count=0))
    assert not gevent.sleep.called


def test_all_wrong_constants_are_named_at_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stats_module.validate_stats_configuration()
    monkeypatch.setattr(stats_module, "PERCENTILES_TO_CHART", [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, "x"])
    monkeypatch.setattr(stats_module, "PERCENTILES_TO_STATISTICS", [1.5, None])
    with pytest.raises(SystemExit) as ended:
        stats_module.validate_stats_configuration()
    assert ended.value.code == 1
    many, chart, statistics = capsys.readouterr().err.splitlines()
    assert "PERCENTILES_TO_CHART" in many
    assert "maximum of 6" in many
    assert "['x']" in chart
    assert "PERCENTILES_TO_STATISTICS" in statistics
    assert "[1.5, None]" in statistics


# The window of the current percentiles


class Clock:
    def __init__(self) -> None:
        self.now = NOON + 0.5

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Any:
    script = Clock()
    with mock.patch("locustella.statistics.clock.now", script):
        yield script


def a_request_each_second(stats: RequestStats, clock: Clock, seconds: int, ms: float) -> None:
    for _ in range(seconds):
        stats.log_request("GET", "/", ms, 0)
        clock.now += 1


def test_current_percentiles_forget_what_is_past(clock: Clock) -> None:
    stats = RequestStats()
    a_request_each_second(stats, clock, 30, 900)
    assert stats.total.get_current_response_time_percentile(0.5) == 900
    a_request_each_second(stats, clock, 15, 10)
    assert stats.total.get_current_response_time_percentile(0.99) == 10
    assert stats.get("/", "GET").get_current_response_time_percentile(0.99) == 10
    assert stats.total.get_response_time_percentile(0.99) == 900
    clock.now += 100
    assert stats.total.get_current_response_time_percentile(0.99) is None


def test_looking_at_the_cache_changes_nothing(clock: Clock) -> None:
    seen, unseen = RequestStats(), RequestStats()
    for step in range(60):
        for stats in (seen, unseen):
            stats.log_request("GET", "/", 5 + step % 13, 0)
            if step == 40:
                stats.reset_all()
        if step > 7:
            assert len(seen.total.response_times_cache) <= 20
        clock.now += 0.7
        fractions = (0.1, 0.5, 0.9)
        found = [
            [stats.total.get_current_response_time_percentile(f) for f in fractions]
            for stats in (seen, unseen)
        ]
        assert found[0] == found[1]
    assert seen.total.response_times_cache == unseen.total.response_times_cache


def test_the_cache_is_a_live_dict_for_who_looks(clock: Clock) -> None:
    stats = RequestStats()
    cache = stats.total.response_times_cache
    assert list(cache.values()) == [CachedResponseTimes({}, 0, 0)]
    a_request_each_second(stats, clock, 3, 11)
    assert stats.total.response_times_cache is cache
    assert list(cache.values()) == [({11: 1}, 1, 0), ({11: 2}, 2, 0)]
    cache.popitem()
    a_request_each_second(stats, clock, 1, 11)
    assert list(cache) == [NOON, NOON + 2]
    stats.total.response_times_cache = {}
    assert stats.total.get_current_response_time_percentile(0.5) is None
    a_request_each_second(stats, clock, 25, 11)
    assert list(stats.total.response_times_cache) == list(range(NOON + 8, NOON + 28))


def test_an_entry_without_the_cache_says_so(clock: Clock) -> None:
    stats = RequestStats(use_response_times_cache=False)
    a_request_each_second(stats, clock, 15, 10)
    assert stats.total.response_times_cache is None
    with pytest.raises(ValueError, match="use_response_times_cache"):
        stats.total.get_current_response_time_percentile(0.5)
    stats.total.use_response_times_cache = True
    a_request_each_second(stats, clock, 15, 20)
    assert stats.total.get_current_response_time_percentile(0.1) == 20
    stats.total.use_response_times_cache = False
    assert stats.total.response_times_cache is None


def test_a_longer_window_keeps_more(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> None:
    stats = RequestStats()
    monkeypatch.setattr(stats_module, "CURRENT_RESPONSE_TIME_PERCENTILE_WINDOW", 50)
    a_request_each_second(stats, clock, 40, 900)
    a_request_each_second(stats, clock, 45, 10)
    assert stats.total.get_current_response_time_percentile(0.99) == 900
    a_request_each_second(stats, clock, 15, 10)
    assert stats.total.get_current_response_time_percentile(0.99) == 10
    assert len(stats.total.response_times_cache) == 60


def test_current_rates_leave_the_last_two_seconds_out(clock: Clock) -> None:
    stats = RequestStats()
    assert stats.total.current_rps == 0
    for _ in range(20):
        for _ in range(5):
            stats.log_request("GET", "/", 1, 0)
        stats.log_error("GET", "/", "oh")
        clock.now += 1
    assert stats.total.current_rps == 5
    assert stats.get("/", "GET").current_fail_per_sec == 1
    assert stats.total.total_rps == pytest.approx(100 / 19)
