"""How a test ends: stopping users, quitting from inside, StopTest, the end of a load shape."""

from __future__ import annotations

import logging
from types import SimpleNamespace

import gevent
import pytest
from idle_users import Idle, Waiting, heard, make, started
from waiting import until

from locustella import LoadTestShape, task
from locustella.exception import MissingHostError, StopTest
from locustella.running import runner as runner_module

pytestmark = pytest.mark.usefixtures("no_unhandled_exception")


class TestStop:
    def test_the_newest_go_first(self, test):
        users = test.runner.spawn_users({"Idle": 4})
        gevent.sleep(0)
        test.runner.stop_users({"Idle": 2})
        assert [g.args[0] for g in test.runner.user_greenlets] == users[:2]

    def test_on_stop_runs_before_stop_returns(self):
        stopped = []

        class Polite(Idle):
            def on_stop(self):
                gevent.sleep(0)
                stopped.append(self)

        _, runner = make(Polite)
        started(runner, 3).stop()
        assert len(stopped) == 3
        runner.quit()

    def make_busy(self, stop_timeout):
        class Busy(Waiting):
            release = gevent.event.Event()
            ended = []

            @task
            def work(self):
                self.release.wait()
                self.ended.append("task")

            def on_stop(self):
                self.ended.append("stop")

        environment, runner = make(Busy, stop_timeout=stop_timeout)
        started(runner, 2)
        until(lambda: all(g.args[0]._state == "running" for g in runner.user_greenlets))
        return Busy, runner

    def test_without_a_timeout_tasks_are_cut_short(self):
        busy, runner = self.make_busy(stop_timeout=0)
        runner.quit()
        assert busy.ended == ["stop", "stop"]

    def test_with_a_timeout_tasks_finish(self):
        busy, runner = self.make_busy(stop_timeout=60)
        stopping = gevent.spawn(runner.quit)
        until(lambda: all(g.args[0]._state == "stopping" for g in runner.user_greenlets))
        assert busy.ended == []
        busy.release.set()
        stopping.join()
        assert sorted(busy.ended) == ["stop", "stop", "task", "task"] and runner.user_count == 0

    def test_those_that_take_too_long_are_cut_short(self, caplog):
        busy, runner = self.make_busy(stop_timeout=0.01)
        with caplog.at_level(logging.INFO, "locust.runners"):
            runner.quit()
        assert busy.ended == ["stop", "stop"] and "2 users did not finish" in caplog.text

    def test_users_that_wait_stop_at_once_in_spite_of_a_timeout(self):
        _, runner = make(stop_timeout=60)
        started(runner, 2)
        until(lambda: all(g.args[0]._state == "waiting" for g in runner.user_greenlets))
        runner.quit()
        assert runner.user_count == 0

    def test_a_stop_of_the_users_own_is_called(self):
        called = []

        class Own(Idle):
            def stop(self, force=False):
                called.append(force)
                return super().stop(force)

        _, runner = make(Own)
        started(runner, 2).quit()
        assert called == [True, True]

    def test_stopping_twice_is_stopping_once(self, test):
        lines = heard(test.environment, "test_stopping", "test_stop")
        started(test.runner, 2)
        gevent.joinall([gevent.spawn(test.runner.stop) for _ in range(3)])
        test.runner.stop()
        assert lines == ["test_stopping", "test_stop"]

    def test_stopping_in_the_middle_of_a_ramp(self, test):
        test.runner.start(50, 1)
        until(lambda: test.runner.user_count == 1)
        test.runner.stop()
        assert test.runner.user_count == 0 and test.runner.spawning_greenlet.dead

    def test_a_stop_from_a_listener_of_the_stop(self, test):
        test.environment.events.test_stopping.add_listener(lambda **_: test.runner.stop())
        started(test.runner, 1).stop()
        assert test.runner.state == "stopped"


class TestQuitFromInside:
    def quitting_class(self, how):
        class Quitter(Waiting):
            lines = []

            @task
            def work(self):
                if len(self.environment.runner.user_greenlets) == 3 and not self.lines:
                    self.lines.append("quit")
                    how(self.environment.runner)
                    self.lines.append("never here")

            def on_stop(self):
                self.lines.append("stop")

        return Quitter

    @pytest.mark.parametrize("stop_timeout", [0, 60])
    def test_one_user_ends_the_test_of_all(self, stop_timeout):
        user_class = self.quitting_class(lambda runner: runner.quit())
        environment, runner = make(user_class, stop_timeout=stop_timeout)
        lines = heard(environment, "test_stopping", "test_stop")
        runner.start(3, 1000)
        until(lambda: lines == ["test_stopping", "test_stop"])
        runner.greenlet.join()
        assert sorted(user_class.lines) == ["quit", "stop", "stop", "stop"]

    def test_all_users_at_once(self):
        class Quitter(Waiting):
            @task
            def work(self):
                self.environment.runner.quit()

        environment, runner = make(Quitter)
        lines = heard(environment, "test_stopping", "test_stop")
        runner.start(5, 1000)
        until(lambda: "test_stop" in lines)
        runner.greenlet.join()
        assert lines == ["test_stopping", "test_stop"] and runner.user_count == 0

    @pytest.mark.parametrize("method", ["stop", "quit"])
    def test_a_test_start_listener_calls_the_test_off(self, method):
        environment, runner = make()
        environment.events.test_start.add_listener(lambda **_: getattr(runner, method)())
        runner.start(3, 1000)
        until(lambda: runner.state == "stopped")
        until(lambda: runner.spawning_greenlet.dead)
        assert runner.user_count == 0
        runner.quit()

    def test_a_child_of_a_user(self):
        class Parent(Waiting):
            @task
            def work(self):
                gevent.spawn(self.environment.runner.quit).join()

        _, runner = make(Parent)
        runner.start(2, 1000)
        runner.greenlet.join()
        assert runner.state == "stopped" and runner.user_count == 0


class TestStopTest:
    def test_out_of_a_constructor_it_stops_the_test(self, caplog):
        class Refusing(Idle):
            def __init__(self, environment):
                raise StopTest("nothing to test here")

        environment, runner = make(Refusing)
        runner.start(1, 1)
        until(lambda: runner.state == "stopped")
        assert "nothing to test here" in caplog.text
        assert environment.process_exit_code is None
        runner.quit()

    def test_a_missing_host_makes_the_exit_code_1(self, caplog):
        class Hostless(Idle):
            def __init__(self, environment):
                raise MissingHostError("no host")

        environment, runner = make(Hostless)
        runner.start(1, 1)
        until(lambda: runner.state == "stopped")
        assert environment.process_exit_code == 1
        runner.quit()


class Steps(LoadTestShape):
    """Follows a list of ticks, then stays at its last one."""

    def __init__(self, *ticks):
        super().__init__()
        self.ticks = list(ticks)

    def tick(self):
        return self.ticks.pop(0) if len(self.ticks) > 1 else self.ticks[0]


@pytest.fixture
def fast_second(monkeypatch):
    """The shape worker looks every few milliseconds instead of every second."""
    sleep = gevent.sleep
    quick = SimpleNamespace(
        sleep=lambda seconds=0: sleep(min(seconds, 0.002)), spawn=gevent.spawn
    )
    monkeypatch.setattr(runner_module, "gevent", quick)


class TestShapes:
    def test_it_is_followed_until_none(self, fast_second):
        shape = Steps((2, 1000), (2, 1000), (2, 1000), (1, 1000), None)
        environment, runner = make(shape_class=shape)
        starts = []
        original = runner.start
        runner.start = lambda count, rate, **kw: (starts.append(count), original(count, rate, **kw))
        runner.start_shape()
        until(lambda: runner.state == "stopped")
        assert starts == [2, 1]  # an equal tick is not applied again
        assert shape.runner is runner
        runner.quit()

    def test_it_may_choose_user_classes(self, fast_second):
        other = type("Other", (Idle,), {})
        environment, runner = make(Idle, other, shape_class=Steps((3, 1000, [other])))
        runner.start_shape()
        until(lambda: runner.user_classes_count == {"Idle": 0, "Other": 3})
        runner.start_shape()  # one is running: nothing happens
        runner.quit()

    def test_headless_its_end_is_the_runners_end(self, fast_second):
        environment, runner = make(
            shape_class=Steps(None), parsed_options=SimpleNamespace(headless=True)
        )
        runner.start_shape()
        runner.greenlet.join()
        assert runner.state == "stopped"

    def test_stopping_it_from_outside(self, fast_second):
        environment, runner = make(shape_class=Steps((2, 1000)))
        runner.start_shape()
        until(lambda: runner.user_count == 2)
        runner.stop()
        assert runner.shape_greenlet is None and runner.shape_last_tick is None
        runner.quit()
