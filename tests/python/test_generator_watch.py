"""What the load generator says of itself when it was late."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap

import pytest

from locustella import _core
from locustella.env import Environment
from locustella.running.generator_watch import GeneratorWatch, Lag, Stalls

NO_LAG = Lag(0, 0.0, 0.0, 0.0, 0.0)


@pytest.fixture
def watch() -> GeneratorWatch:
    watch = GeneratorWatch(Environment())
    watch.cpu_share = lambda: 0.1  # type: ignore[method-assign]
    watch.lags = lambda: dict.fromkeys(("timer", "wake", "send"), NO_LAG)  # type: ignore[method-assign]
    return watch


def told(watch: GeneratorWatch, stalls: Stalls) -> str | None:
    watch.stalls = lambda: stalls  # type: ignore[method-assign]
    return watch.doubt()


class TestDoubt:
    def test_stopped_for_three_of_eight_seconds(self, watch):
        doubt = told(watch, Stalls(8.0, 2.999, 2.99, 2.9, 3.0, 2.0))
        assert doubt and "more than 100 ms for 36% of the time" in doubt
        assert "longest stall 3.00 s, 2.0 s after the start" in doubt

    def test_often_a_little_late(self, watch):
        doubt = told(watch, Stalls(10.0, 6.0, 2.0, 0.0, 0.03, 1.0))
        assert doubt and "more than 10 ms for 20% of the time" in doubt

    @pytest.mark.parametrize(
        "stalls",
        [
            Stalls(),
            Stalls(60.0, 5.0, 1.0, 0.1, 0.2, 0.0),
            Stalls(0.5, 0.4, 0.4, 0.4, 0.4, 0.0),  # too short to say anything
        ],
    )
    def test_no_reason(self, watch, stalls):
        assert told(watch, stalls) is None

    def test_every_outlet_has_them(self, watch):
        told(watch, Stalls(8.0, 2.999, 2.99, 2.9, 3.0, 2.0))
        assert "longest stall 3000 ms" in watch.line()
        text = "\n".join(watch.lines())
        assert "late by more than 100 ms" in text and "36.2%" in text
        assert "longest stall, 2.0 s after the start" in text and "3000" in text
        assert watch.figures()["stalls"]["longest_s"] == 3.0


def test_what_came_after_the_users_were_stopped_does_not_count():
    environment = Environment()
    watch = GeneratorWatch(environment)
    environment.events.test_stopping.fire(environment=environment)
    kept = watch.stalls()
    assert kept == watch.stalls() and kept.watched_s < 60
    assert _core.generator_stalls()["watched_s"] == _core.generator_stalls()["watched_s"]


@pytest.mark.parametrize("busy", [False, True], ids=["waiting", "looping"])
def test_a_process_that_was_stopped_knows(busy):
    """SIGSTOP while its only user waits, or acts all the time."""
    script = f"""
        import sys, gevent
        from locustella import _core
        _core.attach_hub()
        _core.reset_generator_lag()
        def user():
            while True:
                _core.pause({0.0 if busy else 3600})
        gevent.spawn(user)
        _core.pause(0.05)
        print("ready", flush=True)
        gevent.get_hub().threadpool.apply(sys.stdin.readline)
        _core.pause(0.02)
        print(_core.generator_stalls()["longest_s"])
    """
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout and process.stdin and process.stdout.readline() == "ready\n"
        os.kill(process.pid, signal.SIGSTOP)
        os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WNOWAIT)
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(timeout=0.5)  # the stall itself
        os.kill(process.pid, signal.SIGCONT)
        out, _ = process.communicate("go on\n", timeout=30)
        assert float(out) >= 0.45
    finally:
        process.kill()
        process.wait()
