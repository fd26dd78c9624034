"""The HTML report: what it contains."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from types import SimpleNamespace
from unittest import mock

import pytest
from html_report import CERTAINTY, START, Page, Visitor, add_readings, charts, environments, record

from locustella import html as html_module
from locustella import stats as stats_module
from locustella.env import Environment
from locustella.html import get_html_report
from locustella.running.generator_watch import Connections, GeneratorWatch, Lag, Stalls


@pytest.fixture
def environment() -> Iterator[Environment]:
    yield from environments()


# What it contains


def test_a_test_in_which_nothing_happened(environment: Environment) -> None:
    page = Page(get_html_report(environment))
    assert page.tables["requests"][-1][:4] == ["", "Aggregated", "0", "0"]
    for text in (
        "No request failed.",
        "No task raised an exception.",
        "The test was too short for charts.",
        "The generator did not watch itself in this run.",
        "2023-11-14 22:13:20 UTC",
        "0 seconds",
    ):
        assert page.shows(text), text


def test_what_the_test_was(environment: Environment) -> None:
    record(environment, second=75)
    page = Page(get_html_report(environment))
    for text in (
        "2023-11-14 22:13:20 UTC – 2023-11-14 22:14:35 UTC",
        "1 minute and 15 seconds",
        "http://shop.example",
        "load.py",
    ):
        assert page.shows(text), text
    environment.host = "http://other.example"
    page = Page(get_html_report(environment))
    assert page.shows("http://other.example") and not page.shows("http://shop.example")


def test_it_lasted_until_the_users_were_told_to_stop(environment: Environment) -> None:
    record(environment, second=73)
    with mock.patch("locustella.statistics.clock.now") as now:
        environment.generator_watch = GeneratorWatch(environment)
        now.return_value = START + 74.99  # of a run time of 75 s
        environment.events.test_stopping.fire(environment=environment)
        now.return_value = START + 1000
        page = Page(get_html_report(environment))
    assert page.shows("1 minute and 15 seconds")
    assert page.shows("2023-11-14 22:13:20 UTC \u2013 2023-11-14 22:14:34 UTC")


def test_an_environment_without_a_runner() -> None:
    with pytest.raises(ValueError, match="no runner"):
        get_html_report(Environment(user_classes=[Visitor]))


def test_requests_are_sorted_and_totalled(environment: Environment) -> None:
    for second, (name, ms) in enumerate([("/b", 10.0626), ("/a", 0.25), ("/b", 30)]):
        record(environment, name, ms, second)
    environment.stats.log_error("GET", "/b", "broken")
    rows = Page(get_html_report(environment)).tables["requests"][2:]
    assert [row[:8] for row in rows] == [
        ["GET", "/a", "1", "0", "0.0 %", "0.250", "0.250", "0.250"],
        ["GET", "/b", "2", "1", "50.0 %", "20.0", "10.1", "30.0"],
        ["", "Aggregated", "3", "1", "33.3 %", "13.4", "0.250", "30.0"],
    ]
    assert rows[2][8:] == ["100", "1.20", "0.40"]


def test_percentiles_are_precise_or_as_locust_rounds_them(
    environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(1, 101):
        record(environment, "/", 1000.4 + number)
    total = environment.stats.total
    head, row = Page(get_html_report(environment)).tables["times"][1:3]
    titles = ["50%", "66%", "75%", "80%", "90%", "95%", "98%", "99%", "99.9%", "99.99%", "100%"]
    assert head == ["Type", "Name", *titles, *CERTAINTY]
    precise = dict(zip([*titles, *CERTAINTY], row[2:], strict=True))
    assert float(precise["95%"]) == pytest.approx(1095.4, rel=0.01)
    assert float(precise["50%"]) == pytest.approx(total.percentile_ms(0.5), abs=0.51)
    assert precise["100%"] == "1100"
    monkeypatch.setattr(stats_module, "LOCUST_ROUNDING", True)
    row = Page(get_html_report(environment)).tables["times"][2]
    rounded = dict(zip([*titles, *CERTAINTY], row[2:], strict=True))
    assert rounded["50%"] == "1100" and rounded["100%"] == "1100"


def test_console_files_and_report_show_the_same_numbers(
    environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(1, 101):
        record(environment, "/", 0.05 * 1.07**number)
    stats = environment.stats
    for rounding in (False, True):
        monkeypatch.setattr(stats_module, "LOCUST_ROUNDING", rounding)
        page = Page(get_html_report(environment))
        shown = page.tables["times"][-1][2:-3]
        console = stats_module.get_percentile_stats_summary(stats)[-1].split()[1:-1]
        csv_text = io.StringIO()
        writer = stats_module.StatsCSV(environment, stats_module.PERCENTILES_TO_REPORT)
        writer.requests_csv(csv.writer(csv_text))
        in_file = csv_text.getvalue().splitlines()[-1].split(",")[11:]
        assert shown == console == in_file and len(shown) == 11
        average, least, most = page.tables["requests"][-1][5:8]
        line = stats_module.get_stats_summary(stats, False)[-1].split("|")[1].split()
        assert average == line[0]
        if not rounding:
            assert [least, most] == line[1:3]
            assert float(average) == stats.total.to_dict()["avg_response_time"]


def test_the_percentiles_may_be_assigned(
    environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(html_module, "PERCENTILES_FOR_HTML_REPORT", [0.5, 0.999])
    head = Page(get_html_report(environment)).tables["times"][1]
    assert head[2:] == ["50%", "99.9%", *CERTAINTY]


def test_failures_come_with_the_most_frequent_first(environment: Environment) -> None:
    for error in ["rare", "often", "often"]:
        with mock.patch("locustella.statistics.clock.now", return_value=START + 1):
            environment.stats.log_error("GET", "/", error)
    rows = Page(get_html_report(environment)).tables["failures"][1:]
    when = "2023-11-14 22:13:21 UTC"
    assert rows == [["2", "GET", "/", "often", when, when], ["1", "GET", "/", "rare", when, when]]


def test_exceptions_fold_their_traceback(environment: Environment) -> None:
    assert environment.runner is not None
    text = '  File "load.py", line 3, in work\n    fail()\n'
    for node in ("worker-2", "worker-1"):
        environment.runner.log_exception(node, "did not work", text)
    report = get_html_report(environment)
    (row,) = Page(report).tables["exceptions"][1:]
    assert row[:2] == ["2", "did not work"]
    assert row[2] == 'File "load.py", line 3, in work' + text
    assert row[3] == "worker-1, worker-2"
    assert "<summary>File &quot;load.py&quot;, line 3, in work</summary>" in report


def test_task_ratios_per_class_and_in_total(environment: Environment) -> None:
    with mock.patch.object(type(environment.runner), "user_classes_count", {"Visitor": 4}):
        page = Page(get_html_report(environment))
    text = " ".join(" ".join(page.texts).split())
    tree = "100.0 % Visitor 100.0 % Deeper 75.0 % often 25.0 % seldom"
    assert f"Within each class {tree} In the whole test {tree}" in text


# Charts


def test_charts_of_the_history(environment: Environment) -> None:
    add_readings(environment, 3)
    page = Page(get_html_report(environment))
    assert page.tags.count("svg") == 3
    rates, times, users = charts(page)
    assert [series["label"] for series in rates["series"]] == ["Requests/s", "Failures/s"]
    labels = {series["label"]: series["values"] for series in times["series"]}
    assert labels == {"50%": [4.0] * 3, "95%": [40.0] * 3, "Average since the start": [7.25] * 3}
    assert users["series"][0]["values"] == [0, 1, 2]
    assert users["begin"] == START and users["at"] == [0, 5, 10]


def test_the_charts_reach_to_the_last_request(environment: Environment) -> None:
    add_readings(environment, 2, user_count=7)
    record(environment, second=8)
    assert environment.runner is not None
    environment.runner.state = "stopped"
    environment.runner.final_user_classes_count = {"Visitor": 7}
    for _ in range(2):  # a second report of the same test adds nothing
        (*_, users) = charts(Page(get_html_report(environment)))
        assert users["at"][-1] == 8
        assert users["series"][0]["values"] == [7, 7, 7]


def test_a_single_reading_is_a_dot(environment: Environment) -> None:
    add_readings(environment, 1)
    page = Page(get_html_report(environment))
    lines = [value for name, value in page.attributes if name == "d"]
    assert sum(bool(re.fullmatch(r"M0\.0 [\d.]+h0", line or "")) for line in lines) == 6
    assert page.classes.count("dots") == lines.count("") == 6


def test_rates_of_the_first_seconds_are_not_known_yet(environment: Environment) -> None:
    add_readings(environment, 2, current_rps=0)
    rates = charts(Page(get_html_report(environment)))[0]["series"]
    assert rates[0]["values"] == [None, 0] and rates[1]["values"] == [0.5, 0.5]


def test_a_long_test_keeps_its_peaks(environment: Environment) -> None:
    add_readings(environment, 17_000, user_count=10)
    environment.stats.history[9_999]["user_count"][1] = 500
    environment.stats.history[9_999]["response_time_percentile_0.95"][1] = 9_000
    _, times, users = charts(Page(get_html_report(environment)))
    assert 1_000 < len(users["at"]) <= 1_500
    assert max(users["series"][0]["values"]) == 500
    assert max(times["series"][1]["values"]) == 9_000


def test_a_clock_that_was_set_back_draws_no_line_backwards(environment: Environment) -> None:
    add_readings(environment, 5)
    add_readings(environment, 3)
    for chart in charts(Page(get_html_report(environment))):
        assert chart["at"] == sorted(chart["at"]) and len(chart["at"]) == 3


# The generator


def watched(environment: Environment, share: float, late_ms: float) -> None:
    environment.generator_watch = watch = GeneratorWatch(environment)
    lag = Lag(count=1234, mean_ms=0.5, p50_ms=0.25, p99_ms=late_ms, max_ms=late_ms)
    watch.cpu_share = lambda: share  # type: ignore[method-assign]
    watch.lags = lambda: {"timer": lag, "wake": lag, "send": lag}  # type: ignore[method-assign]
    watch.connections = lambda: Connections(5, 400, 1, 2)  # type: ignore[method-assign]
    watch.stalls = lambda: Stalls(60.0, 0.6, 0.3, 0.0, 0.025, 12.0)  # type: ignore[method-assign]


def test_the_generators_own_figures(environment: Environment) -> None:
    watched(environment, 0.42, 1.5)
    page = Page(get_html_report(environment))
    assert page.shows("0.5%") and page.shows("25 ms")
    assert page.shows("42%") and not page.shows("Read these results with care")
    rows = page.tables["generator"][2:]
    assert [row[1:] for row in rows] == [["1,234", "0.5", "0.25", "1.5", "1.5"]] * 3
    head, counts = page.tables["connections"]
    assert head[:4] == ["Connections", "Opened", "Reused", "Failed"] and counts[1:] == [
        "5",
        "400",
        "1",
        "2",
        "0",
    ]


def test_a_generator_that_was_short_of_time_is_said_first(environment: Environment) -> None:
    watched(environment, 0.97, 120)
    text = "".join(Page(get_html_report(environment)).texts)
    assert text.index("used 97% of a core") < text.index("Requests/s")
    assert "more than 120 ms late" in text


def test_the_watch_tells_of_the_test_and_not_of_what_comes_after(environment: Environment) -> None:
    clock = SimpleNamespace(wall=0.0, cpu=0.0)
    with (
        mock.patch("time.monotonic", lambda: clock.wall),
        mock.patch("time.process_time", lambda: clock.cpu),
    ):
        watch = GeneratorWatch(environment)
        clock.wall, clock.cpu = 10.0, 5.0
        assert watch.cpu_share() == 0.5
        environment.events.test_stopping.fire(environment=environment)
        clock.wall = 1000.0
        assert watch.cpu_share() == 0.5
        environment.events.test_start.fire(environment=environment)
        clock.wall, clock.cpu = 1010.0, 14.0
        assert watch.cpu_share() == 0.9


def test_a_moment_of_work_is_no_reason_for_doubt(environment: Environment) -> None:
    clock = SimpleNamespace(now=0.0)
    with (
        mock.patch("time.monotonic", lambda: clock.now),
        mock.patch("time.process_time", lambda: clock.now),
    ):
        watch = GeneratorWatch(environment)
        clock.now = 0.5
        assert watch.doubt() is None
        clock.now = 1.5
        assert "100% of a core" in (watch.doubt() or "")
