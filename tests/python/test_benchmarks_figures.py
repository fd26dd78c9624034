"""The benchmark's arithmetic: medians, spreads, ratios run by run, costs per request and user."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "benchmarks"))

from figures import (  # noqa: E402
    Measurement,
    Spread,
    by_run,
    per_request,
    per_user_kib,
    percentile,
    ratios_by_run,
    spread,
)


def test_spread_is_the_middle_run_and_the_extremes():
    assert spread([9.0, 4.0, 5.0]) == Spread(median=5.0, low=4.0, high=9.0, runs=3)


def test_spread_of_two_runs_has_their_mean_as_median():
    assert spread([4.0, 5.0]) == Spread(median=4.5, low=4.0, high=5.0, runs=2)


def test_no_runs_have_no_spread():
    assert spread([]) is None


def test_ratios_are_taken_inside_each_run():
    # The machine was half as fast in run 1: the ratio must not see it.
    assert ratios_by_run({0: 8.0, 1: 16.0}, {0: 4.0, 1: 8.0}) == [2.0, 2.0]


def test_a_run_that_one_side_missed_gives_no_ratio():
    assert ratios_by_run({0: 8.0, 1: 9.0, 2: 6.0}, {0: 4.0, 2: 3.0}) == [2.0, 2.0]


def test_nothing_is_divided_by_zero():
    assert ratios_by_run({0: 8.0}, {0: 0.0}) == []


def test_by_run_keeps_to_its_scenario_client_and_figure():
    measurements = [
        Measurement("a", "wrk", 0, {"cpu": 1.0}),
        Measurement("a", "wrk", 1, failure="did not start"),
        Measurement("a", "wrk", 2, {"cpu": 3.0, "wall": 7.0}),
        Measurement("a", "stock", 0, {"cpu": 5.0}),
        Measurement("b", "wrk", 0, {"cpu": 6.0}),
    ]
    assert by_run(measurements, "a", "wrk", "cpu") == {0: 1.0, 2: 3.0}


def test_cpu_per_request_is_in_microseconds():
    assert per_request(0.5, 100_000) == pytest.approx(5.0)


def test_a_window_without_requests_is_an_error():
    with pytest.raises(ValueError, match="no request"):
        per_request(1.0, 0)


def test_memory_per_user_leaves_out_what_the_process_costs_anyway():
    assert per_user_kib(50_000 + 2000 * 40, 2000, 50_000 + 100 * 40, 100) == pytest.approx(40.0)


def test_memory_per_user_needs_two_crowds():
    with pytest.raises(ValueError, match="not more"):
        per_user_kib(1.0, 100, 1.0, 100)


@pytest.mark.parametrize(("share", "expected"), [(0.0, 1), (0.5, 51), (0.99, 100), (1.0, 100)])
def test_percentile_of_one_to_a_hundred(share, expected):
    assert percentile(range(1, 101), share) == expected


def test_percentile_of_nothing_is_an_error():
    with pytest.raises(ValueError, match="no percentile"):
        percentile([], 0.5)
