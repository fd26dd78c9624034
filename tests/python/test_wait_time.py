"""How long users wait, with the clock and the dice in the test's hands."""

from __future__ import annotations

import pytest

from locustella import TaskSet, User
from locustella.env import Environment
from locustella.user import wait_time as module
from locustella.user.wait_time import (
    between,
    constant,
    constant_pacing,
    constant_throughput,
    poisson,
)


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(module, "perf_counter", clock)
    return clock


class Pacer:
    """What constant_pacing needs of a user or task set."""

    _cp_last_run = 0.0
    _cp_last_wait_time = 0.0


def test_they_bind_like_methods():
    class Holder:
        wait_time = constant(2.5)

    assert Holder().wait_time() == 2.5


@pytest.mark.parametrize(
    "wrong, told", [(2, r"2 of .* write .* constant\(2\)"), ("2", r"'2' of .* write .* = between")]
)
def test_what_is_no_function_is_told_how_to_write_one(wrong, told):
    class Visitor(User):
        wait_time = wrong

    with pytest.raises(TypeError, match=f"wait_time = {told}"):
        TaskSet(Visitor(Environment())).wait_time()


def test_between_covers_its_range():
    waits = [between(2, 5)(None) for _ in range(2000)]
    assert 2 <= min(waits) < 2.1 and 4.9 < max(waits) <= 5


def test_pacing_waits_for_what_the_task_left(clock):
    pace, user = constant_pacing(10), Pacer()
    clock.now = 4  # a task of 4 s
    assert pace(user) == 6
    clock.now = 10 + 1  # waited 6, then a task of 1 s
    assert pace(user) == 9


def test_an_overrun_is_followed_by_no_wait_and_not_made_up_for(clock):
    pace, user = constant_pacing(10), Pacer()
    clock.now = 25
    assert pace(user) == 0
    clock.now = 26
    assert pace(user) == 9


def test_each_object_keeps_its_own_pace(clock):
    pace, one, other = constant_pacing(10), Pacer(), Pacer()
    clock.now = 3
    assert pace(one) == 7
    clock.now = 5
    assert pace(other) == 5


def test_throughput_is_the_reciprocal_pacing(clock):
    pace, user = constant_throughput(0.5), Pacer()
    clock.now = 0.5
    assert pace(user) == 1.5


def test_poisson_has_the_mean_and_the_spread_of_an_exponential():
    waits = [poisson(4)(None) for _ in range(20_000)]
    mean = sum(waits) / len(waits)
    deviation = (sum((wait - mean) ** 2 for wait in waits) / len(waits)) ** 0.5
    assert mean == pytest.approx(0.25, rel=0.05) and deviation == pytest.approx(0.25, rel=0.1)


@pytest.mark.parametrize("function", [constant_throughput, poisson])
@pytest.mark.parametrize("rate", [0, -1])
def test_rates_must_be_positive(function, rate):
    with pytest.raises(ValueError, match=str(rate)):
        function(rate)
