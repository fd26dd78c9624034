"""The HTML report's charts: what each second of a test had, told exactly."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any
from unittest import mock

import gevent
import pytest
from html_report import START, Page, Visitor, charts, environments, small_charts, values
from waiting import until

from locustella import stats as stats_module
from locustella.env import Environment
from locustella.html import get_html_report
from locustella.running.generator_watch import Stalls
from locustella.statistics.history import note_seconds
from locustella.statistics.report import seconds as seconds_module
from locustella.statistics.report.seconds import Rows, Seconds, joined, seconds_of


class Run:
    """A test whose clock goes where it is told to."""

    def __init__(self, environment: Environment) -> None:
        self.environment, self.stats = environment, environment.stats
        self.now = float(START)
        self.users = 1
        self.watch: Any = None

    def time(self) -> float:
        return self.now

    def begin(self) -> None:
        seconds_of(self.stats)
        self.stats.reset_all()
        self.note()

    def at(self, second: float) -> Run:
        """Goes there, and notes each second on the way."""
        while int(self.now) < START + int(second):
            self.now = float(int(self.now) + 1)
            self.note()
        self.now = START + second
        return self

    def jump(self, second: float) -> Run:
        """Goes there, while nobody notes anything."""
        self.now = START + second
        return self

    def note(self) -> None:
        seconds_of(self.stats).read(self.stats, self.users, self.watch)

    def record(self, *times: float | None, name: str = "/", failed: bool = False) -> Run:
        for ms in times:
            self.stats.log_request("GET", name, ms, 100)
            if failed:
                self.stats.log_error("GET", name, "broken")
        return self

    def page(self) -> Page:
        return Page(get_html_report(self.environment))

    def rates(self) -> dict[str, list[float | None]]:
        return values(charts(self.page())[0])

    def times(self) -> dict[str, list[float | None]]:
        return values(charts(self.page())[1])


@pytest.fixture
def run() -> Iterator[Run]:
    for environment in environments():
        made = Run(environment)
        with mock.patch("locustella.statistics.clock.now", made.time):
            made.begin()
            yield made


def near(*times: float | None) -> list[Any]:
    """To the histogram's 1 %, and three digits."""
    return [None if ms is None else pytest.approx(ms, rel=0.01) for ms in times]


def test_each_second_has_its_own_numbers(run: Run) -> None:
    run.record(10, 20, 1000)
    run.at(1.2).record(5).record(7, failed=True)
    run.at(2.9).record(*range(100, 200))
    run.at(3.99)
    page = run.page()
    rates, times, users, *_ = charts(page)
    assert rates["begin"] == START and rates["at"] == [0, 1, 2]  # until the last second's look
    assert values(rates)["Requests/s"] == [3, 2, 100]
    assert values(rates)["Failures/s"] == [0, 1, 0]
    found = values(times)
    assert found["50%"] == near(20, 5, 149)
    assert found["95%"] == near(1000, 7, 194)
    assert found["Average"] == near(1030 / 3, 6, 149.5)
    assert values(users)["Users"] == [1, 1, 1]


def test_seconds_without_requests_have_no_times_and_no_line(run: Run) -> None:
    run.record(10).at(1.5).record(10).at(4.5).record(10).at(6.5).record(None).at(9)
    page = run.page()
    assert values(charts(page)[1])["95%"] == near(10, 10, None, None, 10, *[None] * 4)
    assert values(charts(page)[0])["Requests/s"] == [1, 1, 0, 0, 1, 0, 1, 0, 0]
    small = [value or "" for name, value in page.attributes if name == "d"][-4:]
    line, dots, *_ = small  # of the times of "/": 50%, 95%, average
    assert re.fullmatch(r"M0\.0 [\d.]+L125\.0 [\d.]+", line)
    assert re.fullmatch(r"M500\.0 [\d.]+h0", dots)


def test_a_late_look_loses_nothing(run: Run) -> None:
    for second in range(15):
        run.jump(second + 0.5).record(*[10.0 * (second + 1)] * (second + 1))
    run.note()
    run.at(16)
    assert run.rates()["Requests/s"][:15] == [*range(1, 16)]
    assert run.times()["95%"][:15] == near(*range(10, 160, 10))


def test_users_that_nobody_counted_are_not_made_up(run: Run) -> None:
    run.at(2).record(5)
    run.users = 7
    run.at(3).jump(6.5)
    run.note()
    run.record(5)
    users = values(charts(run.page())[2])["Users"]
    assert users == [1, 1, 1, 7, None, None, 7]
    assert "7" in [text.strip() for text in run.page().texts]  # most users


def test_it_can_be_asked_for_again_and_again(run: Run) -> None:
    run.record(10).at(3.5).record(20)
    first = run.times()["95%"]
    assert run.times()["95%"] == first == near(10, None, None, 20)
    run.at(30.5).record(30)
    assert run.times()["95%"] == near(10, None, None, 20, *[None] * 26, 30)


def test_parts_of_seconds_at_both_ends(run: Run) -> None:
    run.jump(0.25)
    run.stats.reset_all()
    run.record(*[1] * 75).at(1.5).record(*[1] * 100).at(2.6).record(*[1] * 60)
    assert run.rates()["Requests/s"] == [100, 100, 100]
    run.at(3.1).record(1)
    assert run.rates()["Requests/s"] == [100, 100, 60, None]


def test_it_begins_anew_with_the_statistics(run: Run) -> None:
    run.record(10).at(8.5).record(20)
    run.stats.reset_all()
    run.at(9.5).record(30)
    assert run.times()["95%"] == near(None, 30)
    (rates, times) = small_charts(run.page())
    assert values(times)["95%"] == near(None, 30)
    run.stats.clear_all()
    run.record(40).at(10.5)
    assert run.times()["95%"] == near(40)


def test_percentiles_to_chart_may_be_assigned(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stats_module, "PERCENTILES_TO_CHART", [0.9, 0.999])
    run.record(*range(1, 101)).at(9)
    found = run.times()
    assert found.keys() == {"90%", "99.9%", "Average"}
    assert [found["90%"][0], found["99.9%"][0]] == near(90, 100)


def test_locusts_rounding(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stats_module, "LOCUST_ROUNDING", True)
    run.record(0.4, 147, 1234).at(2)
    assert run.times()["50%"][0] == 150 and run.times()["95%"][0] == 1200


def test_charts_of_each_name(run: Run) -> None:
    run.record(10, name="/b").at(1.5).record(20, name="/a", failed=True).at(3)
    page = run.page()
    rates_a, times_a, rates_b, times_b = small_charts(page)
    assert values(rates_a) == {"Requests/s": [0, 1, 0], "Failures/s": [0, 1, 0]}
    assert values(times_a)["95%"] == near(None, 20, None)
    assert values(rates_b)["Requests/s"] == [1, 0, 0]
    assert values(times_b)["95%"] == near(10, None, None)
    text = " ".join(" ".join(page.texts).split())
    assert "GET /a 1 requests, 95 % within 20 ms 100.0 % failed" in text.replace(".0 ms", " ms")


def test_three_thousand_seconds_of_five_hundred_names(run: Run) -> None:
    for number in range(500):
        run.record(5, name=f"/item/{number}")
    for second in range(1, 3000):
        name = f"/item/{second % 40}"
        run.at(second + 0.5).record(8_000 if second == 2_222 else 5, name=name)
    report = get_html_report(run.environment)
    page = Page(report)
    assert len(report) < 3_000_000
    assert len(page.tables["requests"]) == 2 + 500 + 1  # tables have all
    rates, times, *_ = charts(page)
    assert len(times["at"]) == 1000 and times["at"][1] == 3
    assert [max(filter(None, values(times)["95%"]))] == near(8_000)
    assert page.classes.count("endpoint") == seconds_module.MOST_ENTRIES
    assert page.shows("first 100 names of the test have charts, of 500")
    assert page.shows("A point stands for 3 seconds")
    assert page.shows("A point stands for 25 seconds")
    for chart in small_charts(page):
        assert len(chart["at"]) == 120


def test_a_long_test_is_joined_and_keeps_its_sums() -> None:
    rows = Rows(START, 10)
    for second in range(103):
        rows.add({"requests": 1, "users": second % 50, **({0.95: 7.0} if second == 60 else {})})
    kept = list(rows)
    assert len(kept) <= 11 and kept[0].second == START
    assert sum(row.values["requests"] for row in kept) == sum(row.span for row in kept) == 103
    assert max(row.values["users"] for row in kept) == 49
    assert [row.second for row in kept if 0.95 in row.values] == [START + 48]
    assert joined({"requests": 1, 0.5: 3.0}, {"requests": 2, "users": 4}) == {
        "requests": 3,
        0.5: 3.0,
        "users": 4,
    }


# The generator


class LateWatch:
    """A generator that is late for the share of each second that it is told."""

    def __init__(self, run: Run) -> None:
        self.run, self.late_s, self.over = run, 0.0, False
        self.share = 0.0

    def goes_on(self) -> bool:
        return not self.over

    def stalls(self) -> Stalls:
        self.late_s += self.share
        return Stalls(beyond_1ms_s=self.late_s, beyond_10ms_s=self.late_s)


def test_the_generators_lag_over_time(run: Run) -> None:
    run.watch = watch = LateWatch(run)
    with (
        mock.patch("time.monotonic", lambda: run.now),
        mock.patch("time.process_time", lambda: run.now / 4),
    ):
        for second, share in enumerate([0, 0, 0.05, 0.5, 0.5, 0, 0]):
            watch.share = share
            run.record(5).at(second + 1)
        watch.over = True
        run.at(9).record(5)
    page = run.page()
    (generator,) = charts(page)[3:]
    late = values(generator)["late by more than 10 ms, of the time"]
    assert late == [None, 0, 5, 50, 50, 0, 0, None, None]
    assert values(generator)["CPU, of one core"][1:7] == [25.0] * 6
    assert page.attributes.count(("class", "late")) == 4  # one band, in each chart
    assert page.shows("Shaded: the load generator was late")


# Who notes the seconds


def let_run(run: Run, monkeypatch: pytest.MonkeyPatch, seconds: float, work: Any) -> None:
    """`work` of the test's runner, until so many seconds are over."""
    run.environment.runner.state = "running"  # type: ignore[union-attr]

    def sleep(time: float) -> None:
        run.now += time
        if run.now > START + seconds:
            raise KeyboardInterrupt

    monkeypatch.setattr(gevent, "sleep", sleep)
    with contextlib.suppress(KeyboardInterrupt):
        work(run.environment.runner)


def test_the_history_keeps_locusts_layout(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    run.record(5)
    let_run(run, monkeypatch, 11, stats_module.stats_history)
    history = run.stats.history
    assert [each["time"] for each in history] == [f"2023-11-14T22:13:{20 + s}Z" for s in (0, 5, 10)]
    when = history[0]["time"]
    assert history[0] == {
        "response_time_percentile_0.5": [when, 5],
        "response_time_percentile_0.95": [when, 5],
        "current_rps": [when, 0],
        "current_fail_per_sec": [when, 0],
        "total_avg_response_time": [when, 5],
        "user_count": [when, 0],
        "time": when,
    }


def test_seconds_are_noted_at_their_ends(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[float] = []
    monkeypatch.setattr(Seconds, "read", lambda *_: looks.append(round(run.now - START, 3)))
    run.now += 0.4
    let_run(run, monkeypatch, 4, note_seconds)
    assert looks == [0.4, 1.002, 2.002, 3.002]


def test_the_history_has_the_seconds_noted_meanwhile(run: Run) -> None:
    runner = run.environment.runner
    assert runner is not None
    run.stats.seconds = None
    noting = gevent.spawn(stats_module.stats_history, runner)
    try:
        until(lambda: run.stats.seconds is not None)
        assert not any(run.stats.seconds.moments.rows())  # type: ignore[union-attr]
        runner.state = "running"
        until(lambda: any(run.stats.seconds.moments.rows()))  # type: ignore[union-attr]
    finally:
        runner.state = "ready"
        noting.kill()


def test_a_program_without_history_gets_its_rates(run: Run) -> None:
    run.stats.seconds = None
    run.record(5, 5).at(2.5)
    run.stats.seconds = None
    run.record(7)
    (rates,) = charts(run.page())
    assert values(rates)["Requests/s"] == [2, 0, 2]  # of half a second


def test_a_watch_that_is_not_there(run: Run) -> None:
    run.record(5).at(3)
    assert len(charts(run.page())) == 3
    assert run.page().shows("The generator did not watch itself in this run.")


def test_an_environment_made_by_hand() -> None:
    environment = Environment(user_classes=[Visitor])
    runner = environment.create_local_runner()
    environment.parsed_options = SimpleNamespace(password="hunter2")  # type: ignore[assignment]
    environment.stats.log_request("GET", "/", 5, 100)
    page = get_html_report(environment)
    assert page.startswith("<!DOCTYPE html>") and page.rstrip().endswith("</html>")
    assert "hunter2" not in page
    runner.quit()
