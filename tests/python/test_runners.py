"""Starting and stopping users, states, shapes, messages: the local runner in this process."""

from __future__ import annotations

import logging
import re
from types import SimpleNamespace

import gevent
import pytest
from gevent.pool import Group
from waiting import until

from locustella import LoadTestShape, User, constant, log, runners, task
from locustella.env import Environment
from locustella.exception import MissingHostError, RunnerAlreadyExistsError, StopTest
from locustella.runners import (
    LocalRunner,
    MasterRunner,
    Runner,
    WorkerNode,
    WorkerRunner,
)
from locustella.running import runner as runner_module
from locustella.statistics.request_recorder import RequestRecorder


class Waiting(User):
    abstract = True
    wait_time = constant(1000)


class Idle(Waiting):
    @task
    def work(self): ...


def make(*classes, **settings):
    environment = Environment(user_classes=list(classes or [Idle]), **settings)
    return environment, environment.create_local_runner()


@pytest.fixture(autouse=True)
def no_unhandled_exception(monkeypatch):
    monkeypatch.setattr(log, "unhandled_greenlet_exception", False)


@pytest.fixture
def test():
    """An environment with idle users and its runner; both end with the test."""
    environment, runner = make()
    yield SimpleNamespace(environment=environment, runner=runner)
    runner.quit()


def heard(environment, *names):
    """A list that gets the name of each of these events when it fires."""
    lines = []
    for name in names:
        getattr(environment.events, name).add_listener(
            lambda name=name, **kwargs: lines.append(name)
        )
    return lines


def started(runner, count, rate=1000):
    runner.start(count, rate)
    until(lambda: runner.state == "running" and runner.user_count == count)
    return runner


class TestStart:
    def test_states_events_and_counts(self, test):
        lines = heard(test.environment, "test_start", "spawning_complete", "test_stop")
        assert (test.runner.state, test.runner.user_count) == ("ready", 0)
        test.runner.start(3, 1000)
        until(lambda: lines)
        until(lambda: test.runner.state == "running")
        assert lines == ["test_start", "spawning_complete"]
        assert test.runner.user_classes_count == {"Idle": 3}
        assert test.runner.target_user_classes_count == {"Idle": 3}
        assert test.runner.target_user_count == test.runner.user_count == 3
        test.runner.stop()
        assert lines == ["test_start", "spawning_complete", "test_stop"]
        assert (test.runner.state, test.runner.user_classes_count) == ("stopped", {"Idle": 0})
        assert test.runner.final_user_classes_count == {"Idle": 3}

    def test_test_start_fires_once_a_test_not_at_changes(self, test):
        lines = heard(test.environment, "test_start")
        started(test.runner, 1)
        started(test.runner, 3)
        assert lines == ["test_start"]
        test.runner.stop()
        started(test.runner, 1)
        assert lines == ["test_start"] * 2

    def test_ten_thousand_users(self, test):
        started(test.runner, 10_000, rate=10_000)
        assert test.runner.user_classes_count == {"Idle": 10_000}

    def test_no_warning_about_high_rates(self, test, caplog):
        with caplog.at_level(logging.WARNING):
            started(test.runner, 2, rate=5000)
        assert caplog.text == ""

    def test_a_new_ramp_takes_over(self, test):
        test.runner.start(50, 0.001)
        until(lambda: test.runner.user_count == 1)
        started(test.runner, 2)
        assert test.runner.user_classes_count == {"Idle": 2}

    def test_starting_from_spawning_complete(self, test):
        def more(user_count, **kwargs):
            if user_count < 3:
                test.runner.start(user_count + 1, 1000)

        test.environment.events.spawning_complete.add_listener(more)
        test.runner.start(1, 1000)
        until(lambda: test.runner.user_count == 3 and test.runner.state == "running")

    def test_host_of_the_environment_wins(self):
        user_class = type("Hosted", (Idle,), {"host": "http://own"})
        environment, runner = make(user_class, host="http://given")
        started(runner, 1)
        assert user_class.host == "http://given"
        runner.quit()

    def test_an_impossible_number_is_logged(self, test, caplog):
        test.runner.start(-1, 1)
        until(lambda: log.unhandled_greenlet_exception)
        assert "must be 0 or more, not -1" in caplog.text

    def test_spawn_users_returns_them(self, test):
        users = test.runner.spawn_users({"Idle": 2})
        assert [type(user) for user in users] == [Idle, Idle]
        assert test.runner.state == "spawning" and test.runner.user_count == 2
        assert [g.args[0] for g in test.runner.user_greenlets] == users

    def test_a_user_without_its_base_constructor(self):
        class Forgetful(Idle):
            def __init__(self, environment): ...

        _, runner = make(Forgetful)
        with pytest.raises(AssertionError, match="super.*__init__"):
            runner.spawn_users({"Forgetful": 1})
        runner.quit()

    def test_wait_blocks_until_they_end(self, test):
        class Brief(User):
            @task
            def work(self):
                raise gevent.GreenletExit

        _, runner = make(Brief)
        runner.spawn_users({"Brief": 2}, wait=True)
        assert runner.user_count == 0
        runner.quit()


class TestCounts:
    def test_dead_users_do_not_count(self, test):
        started(test.runner, 3)
        next(iter(test.runner.user_greenlets)).kill()
        assert test.runner.user_classes_count == {"Idle": 2}

    def test_a_group_of_somebody_elses(self, test):
        test.runner.user_greenlets = Group()
        test.runner.spawn_users({"Idle": 3})
        assert test.runner.user_classes_count == {"Idle": 3}
        test.runner.stop_users({"Idle": 1})
        assert test.runner.user_classes_count == {"Idle": 2} and test.runner.user_count == 2

    def test_classes_that_the_environment_no_longer_has(self, test):
        started(test.runner, 2)
        test.environment.user_classes = [type("New", (Idle,), {})]
        assert test.runner.user_classes_count == {"New": 0, "Idle": 2}
        test.runner.stop()
        assert test.runner.user_count == 0


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


class TestExceptions:
    def test_they_are_grouped_by_traceback(self, test):
        def raising():
            raise ValueError("broken")

        for _ in range(2):
            try:
                raising()
            except ValueError as error:
                test.environment.events.user_error.fire(
                    user_instance=None, exception=error, tb=error.__traceback__
                )
        (row,) = test.runner.exceptions.values()
        assert (row["count"], row["msg"], row["nodes"]) == (2, "broken", {"local"})
        assert "raising" in row["traceback"]

    def test_a_new_test_begins_without_them(self, test):
        test.runner.log_exception("local", "m", "t")
        started(test.runner, 1)
        assert test.runner.exceptions == {}


class TestRecording:
    def recorders(self, environment):
        return [h for h in environment.events.request._handlers if type(h) is RequestRecorder]

    def test_one_listener_of_a_known_type(self, test):
        assert len(self.recorders(test.environment)) == 1

    def test_requests_and_failures_are_counted(self, test):
        fire = test.environment.events.request.fire
        fire(request_type="GET", name="/", response_time=12, response_length=3, context={})
        fire(request_type="GET", name="/", response_time=8, response_length=3, exception="no")
        entry = test.runner.stats.get("/", "GET")
        assert (entry.num_requests, entry.num_failures, entry.avg_response_time) == (2, 1, 10)
        assert len(test.runner.errors) == 1

    def test_into_the_statistics_of_the_moment(self, test):
        seen = []
        test.environment.stats = SimpleNamespace(
            log_request=lambda *args: seen.append(args), clear_all=lambda: None
        )
        test.environment.events.request.fire(
            request_type="GET", name="/", response_time=None, response_length=0
        )
        assert seen == [("GET", "/", None, 0)]

    def test_reset_after_the_ramp(self):
        environment, runner = make(reset_stats=True)
        runner.stats.log_request("GET", "/", 1, 1)
        environment.events.spawning_complete.fire(user_count=0)
        assert runner.stats.total.num_requests == 0 and runner.state == "running"
        runner.quit()


class TestMessages:
    def test_a_local_runner_delivers_to_itself(self, test):
        got = []

        def listener(environment, msg):
            got.append((environment, msg.type, msg.data, msg.node_id))

        test.runner.register_message("greet", listener, concurrent=True)
        test.runner.send_message("greet", {"who": "me"})
        assert got == [(test.environment, "greet", {"who": "me"}, "local")]

    def test_one_listener_for_each_type(self, test):
        test.runner.register_message("greet", print)
        with pytest.raises(Exception, match="greet"):
            test.runner.register_message("greet", print)

    def test_an_unknown_type_is_a_warning(self, test, caplog):
        test.runner.send_message("greet")
        assert "greet" in caplog.text


class TestMonitor:
    def test_usage_and_warning(self, monkeypatch, caplog):
        monkeypatch.setattr(runners, "CPU_MONITOR_INTERVAL", 0.001)
        monkeypatch.setattr(runners, "CPU_WARNING_THRESHOLD", -1)
        environment, runner = make()
        events = []
        environment.events.usage_monitor.add_listener(lambda **kw: events.append(kw))
        warnings = heard(environment, "cpu_warning")
        until(lambda: len(events) >= 3)
        runner.stop()
        runner.quit()
        assert len(warnings) >= 3 and caplog.text.count("CPU usage above") == 1
        assert "CPU usage was too high" in caplog.text
        assert events[0]["memory_usage"] > 1e6 and events[0]["cpu_usage"] >= 0
        assert runner.current_memory_usage == events[-1]["memory_usage"]


class TestKinds:
    def test_a_local_runner_has_what_cluster_runners_have(self, test):
        assert (test.runner.worker_index, test.runner.worker_count) == (0, 1)
        assert re.fullmatch(r".+_[0-9a-f]{32}", test.runner.client_id)
        assert WorkerRunner.worker_index == -1
        assert not isinstance(test.runner, (MasterRunner, WorkerRunner))
        assert isinstance(test.runner, (LocalRunner, Runner))

    def test_cluster_runners_are_not_available(self):
        environment = Environment()
        with pytest.raises(RuntimeError, match="MasterRunner is not available yet"):
            environment.create_master_runner()
        with pytest.raises(RuntimeError, match="WorkerRunner is not available yet"):
            environment.create_worker_runner("127.0.0.1", 5557)
        assert environment.runner is None

    def test_one_runner_for_each_environment(self, test):
        with pytest.raises(RunnerAlreadyExistsError):
            test.environment.create_local_runner()

    def test_a_worker_node_counts_its_users(self):
        node = WorkerNode("a_1")
        node.user_classes_count = {"A": 2, "B": 3}
        assert (node.id, node.state, node.user_count) == ("a_1", "ready", 5)
