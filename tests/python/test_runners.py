"""Starting users, counts, exceptions, recording, messages: the local runner in this process."""

from __future__ import annotations

import logging
import re
from types import SimpleNamespace

import gevent
import pytest
from gevent.pool import Group
from idle_users import Idle, heard, make, started
from waiting import until

from locustella import User, log, runners, task
from locustella.env import Environment
from locustella.exception import RunnerAlreadyExistsError
from locustella.runners import (
    LocalRunner,
    MasterRunner,
    Runner,
    WorkerNode,
    WorkerRunner,
)
from locustella.running import runner as runner_module
from locustella.statistics.request_recorder import RequestRecorder

pytestmark = pytest.mark.usefixtures("no_unhandled_exception")


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


class Overloaded:
    def cpu_percent(self):
        return 2e6


class TestMonitor:
    def test_usage(self, monkeypatch):
        monkeypatch.setattr(runners, "CPU_MONITOR_INTERVAL", 0.001)
        environment, runner = make()
        events = []
        environment.events.usage_monitor.add_listener(lambda **kw: events.append(kw))
        until(lambda: len(events) >= 3)
        runner.quit()
        assert events[0]["memory_usage"] > 1e6 and events[0]["cpu_usage"] >= 0
        assert runner.current_memory_usage == events[-1]["memory_usage"]

    def test_a_warning_once_a_test_and_at_its_end(self, monkeypatch, caplog):
        # Runners that other tests left are in this process too: only this one is that busy.
        monkeypatch.setattr(runners, "CPU_MONITOR_INTERVAL", 0.001)
        monkeypatch.setattr(runners, "CPU_WARNING_THRESHOLD", 1e6)
        monkeypatch.setattr(runner_module, "ProcessUsage", Overloaded)
        environment, runner = make()
        warnings = heard(environment, "cpu_warning")
        until(lambda: len(warnings) >= 3)
        runner.stop()
        runner.quit()
        assert caplog.text.count("CPU usage above") == 1
        assert "CPU usage was too high" in caplog.text


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
