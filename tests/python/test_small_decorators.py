"""memoize and retry, with a clock that the test turns."""

from __future__ import annotations

import pytest

from locustella.util import cache as memoize_module
from locustella.util import exception_handler as retry_module


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(memoize_module, "time", clock)
    return clock


def test_memoize_calls_again_after_the_timeout(clock):
    calls = []

    @memoize_module.memoize(timeout=10)
    def answer():
        calls.append(clock.now)
        return len(calls)

    assert [answer(), answer()] == [1, 1]
    clock.now += 10.5
    assert [answer(), answer()] == [2, 2]
    answer.clear_cache()
    assert answer() == 3


def test_memoize_waits_longer_for_slow_functions(clock):
    @memoize_module.memoize(timeout=1, dynamic_timeout=True)
    def slow():
        clock.now += 5
        return clock.now

    first = slow()
    clock.now += 1.5
    assert slow() == first


@pytest.fixture
def pauses(monkeypatch):
    pauses = []
    monkeypatch.setattr(retry_module.time, "sleep", pauses.append)
    return pauses


def test_retry_pauses_between_attempts(pauses):
    outcomes = [OSError(), OSError(), "done"]

    @retry_module.retry(delays=(1, 2, 3), exception=OSError)
    def attempt():
        outcome = outcomes.pop(0)
        if isinstance(outcome, OSError):
            raise outcome
        return outcome

    assert attempt() == "done"
    assert pauses == [1, 2]


def test_retry_gives_up_with_the_last_error(pauses):
    @retry_module.retry(delays=(1, 2), exception=OSError)
    def attempt():
        raise OSError(len(pauses))

    with pytest.raises(OSError) as failure:
        attempt()
    assert failure.value.args == (2,) and pauses == [1, 2]


def test_retry_lets_other_exceptions_through(pauses):
    @retry_module.retry(exception=OSError)
    def attempt():
        raise KeyError

    with pytest.raises(KeyError):
        attempt()
    assert pauses == []
