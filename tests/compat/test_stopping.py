"""Lines 18 and 19: what the end of a test interrupts, and what `stop_timeout` lets finish."""

from __future__ import annotations

import pytest

_CLIENTS = """
    import gevent
    from facts import fact, record_requests
    from locust import FastHttpUser, HttpUser, User, constant, events, task

    record_requests(events)

    @events.test_stopping.add_listener
    def on_test_stopping(environment, **kwargs):
        fact("step", "test_stopping")

    @events.test_stop.add_listener
    def on_test_stop(environment, **kwargs):
        fact("step", "test_stop")
        fact("requests", environment.stats.num_requests)

    def quit_soon(environment):
        gevent.sleep(0.3)
        started = gevent.get_hub().loop.now()
        environment.runner.quit()
        gevent.get_hub().loop.update_now()
        fact("seconds to stop", gevent.get_hub().loop.now() - started)

    @events.spawning_complete.add_listener
    def on_spawning_complete(user_count):
        gevent.spawn(quit_soon, environment_of_the_test[0])

    environment_of_the_test = []

    @events.init.add_listener
    def on_init(environment, **kwargs):
        environment_of_the_test.append(environment)
        fact("stop_timeout", environment.stop_timeout)
"""


class TestStopAtOnce:
    """Line 18: by default users are killed in mid-request, and no request event fires for it."""

    LOCUSTFILE = (
        _CLIENTS
        + """
    class Client:
        def on_start(self):
            fact("started", type(self).__name__)

        def on_stop(self):
            fact("step", type(self).__name__ + ".on_stop")

    def work(user):
        try:
            user.client.get("/delay/8000")
        except gevent.GreenletExit:
            fact("killed", type(user).__name__)
            raise
        fact("survived", type(user).__name__)

    class Slow(Client, HttpUser):
        tasks = [work]

    class Fast(Client, FastHttpUser):
        tasks = [work]
    """
    )
    ARGS = ["-u", "2"]

    def test_the_default(self, run):
        assert run.fact("stop_timeout") == 0

    def test_the_user_is_killed_inside_the_request(self, run):
        assert sorted(run.facts_named("killed")) == ["Fast", "Slow"]
        assert run.facts_named("survived") == []
        assert run.fact("seconds to stop") < 3

    def test_no_event_and_no_statistics(self, run):
        assert run.facts_named("request") == []
        assert run.fact("requests") == 0
        assert run.exit_code == 0

    def test_on_stop_runs_between_the_two_events(self, run):
        first, *stops, last = run.facts_named("step")
        assert [first, last] == ["test_stopping", "test_stop"]
        assert sorted(stops) == ["Fast.on_stop", "Slow.on_stop"]


class TestStopTimeout:
    """Line 19: with -s a running task is waited for, a waiting user is not."""

    LOCUSTFILE = (
        _CLIENTS
        + """
    class Waits(User):
        wait_time = constant(60)

        @task
        def work(self): ...

        def on_stop(self):
            fact("stopped", "Waits")

    class WaitsInTheTask(User):
        wait_time = constant(60)

        @task
        def work(self):
            self.wait()
            fact("carried on after", "wait()")

        def on_stop(self):
            fact("stopped", "WaitsInTheTask")

    class SleepsInTheTask(User):
        wait_time = constant(60)

        @task
        def work(self):
            gevent.sleep(1)
            fact("carried on after", "gevent.sleep()")

        def on_stop(self):
            fact("stopped", "SleepsInTheTask")

    class Slow(HttpUser):
        wait_time = constant(60)

        @task
        def work(self):
            self.client.get("/delay/900")
            fact("carried on after", "HttpUser request")

        def on_stop(self):
            fact("stopped", "Slow")

    class Fast(FastHttpUser):
        wait_time = constant(60)

        @task
        def work(self):
            self.client.get("/delay/900")
            fact("carried on after", "FastHttpUser request")

        def on_stop(self):
            fact("stopped", "Fast")
    """
    )
    ARGS = ["-u", "5", "-s", "10"]

    def test_the_option(self, run):
        assert run.fact("stop_timeout") == 10

    def test_the_tasks_that_finish(self, run):
        assert sorted(run.facts_named("carried on after")) == [
            "FastHttpUser request",
            "HttpUser request",
            "gevent.sleep()",
        ]

    def test_waiting_users_stop_first(self, run):
        assert sorted(run.facts_named("stopped")[:2]) == ["Waits", "WaitsInTheTask"]
        assert len(run.facts_named("stopped")) == 5

    def test_a_finished_request_counts(self, run):
        assert run.fact("requests") == 2
        assert [event["exception"] for event in run.facts_named("request")] == [None, None]

    def test_it_takes_no_longer_than_the_slowest_task(self, run):
        assert 0.4 < run.fact("seconds to stop") < 5


class TestStopTimeoutRunsOut:
    """Line 19: who has not finished when the time is over is killed, and on_stop still runs."""

    LOCUSTFILE = (
        _CLIENTS
        + """
    class Slow(HttpUser):
        @task
        def work(self):
            try:
                self.client.get("/delay/9000")
            finally:
                fact("left the request")

        def on_stop(self):
            fact("step", "on_stop")
    """
    )
    ARGS = ["-s", "1"]

    def test_killed_after_the_timeout(self, run):
        assert 0.9 < run.fact("seconds to stop") < 4
        assert run.fact("left the request") is None
        assert run.facts_named("step") == ["test_stopping", "on_stop", "test_stop"]
        assert run.fact("requests") == 0


class TestUserStop:
    """Line 19: User.stop() is graceful by default and tells whether it ended the user at once."""

    LOCUSTFILE = """
        import gevent
        from facts import fact, ramp_to
        from locust import User, constant, events, task

        class Waits(User):
            wait_time = constant(60)
            fixed_count = 1

            @task
            def work(self): ...

        class Works(User):
            fixed_count = 2
            wait_time = constant(60)

            @task
            def work(self):
                gevent.sleep(0.5)
                fact("finished the task")

        @events.init.add_listener
        def on_init(environment, **kwargs):
            gevent.spawn(conduct, environment)

        def conduct(environment):
            while environment.runner.user_count < 3:
                gevent.sleep(0.01)
            gevent.sleep(0.1)
            users = [greenlet.args[0] for greenlet in environment.runner.user_greenlets]
            waits = [user for user in users if isinstance(user, Waits)]
            works = [user for user in users if isinstance(user, Works)]
            fact("waiting user", waits[0].stop())
            fact("working user", works[0].stop())
            fact("by force", works[1].stop(force=True))
            works[0].greenlet.join(timeout=5)
            fact("dead", [user.greenlet.dead for user in users])
            fact("in the group", works[0].group is environment.runner.user_greenlets)
            environment.runner.quit()
    """
    ARGS = ["-u", "3"]

    @pytest.mark.parametrize(
        ("who", "at_once"),
        [("waiting user", True), ("working user", False), ("by force", True)],
    )
    def test_the_answer(self, run, who, at_once):
        assert run.fact(who) is at_once

    def test_only_the_graceful_one_finished_its_task(self, run):
        assert run.facts_named("finished the task") == [None]
        assert run.fact("dead") == [True, True, True]
        assert run.fact("in the group") is True


class TestRampDownWaits:
    """Line 19: lowering the number of users honours stop_timeout too."""

    LOCUSTFILE = """
        import gevent
        from facts import fact, ramp_to
        from locust import User, constant, events, task

        class Works(User):
            wait_time = constant(60)

            @task
            def work(self):
                gevent.sleep(0.5)
                fact("finished the task")

        @events.init.add_listener
        def on_init(environment, **kwargs):
            environment.stop_timeout = 5
            gevent.spawn(conduct, environment)

        def conduct(environment):
            while environment.runner.state != "running":
                gevent.sleep(0.01)
            gevent.sleep(0.1)
            ramp_to(environment, 1)
            fact("finished by then", environment.runner.user_count)
            environment.runner.quit()
    """
    ARGS = ["-u", "3"]

    def test_the_tasks_end_first(self, run):
        names = [name for name, _ in run.facts]
        assert names[: names.index("finished by then")].count("finished the task") >= 2
        assert run.fact("finished by then") == 1


class TestStopBeforeTheFirstSwitch:
    """Users that are stopped right after they were started begin nevertheless, and end in order."""

    LOCUSTFILE = """
        import gevent
        from facts import fact
        from locust import User, constant, events, task

        class Ant(User):
            wait_time = constant(60)

            def on_start(self):
                fact("step", "on_start")

            @task
            def work(self):
                fact("step", "task")
                gevent.sleep(0.1)
                fact("step", "task is over")

            def on_stop(self):
                fact("step", "on_stop")

        environments = []

        @events.init.add_listener
        def on_init(environment, **kwargs):
            environments.append(environment)

        @events.spawning_complete.add_listener
        def on_spawning_complete(user_count):
            runner = environments[0].runner
            fact("step", "stop")
            runner.stop_users({"Ant": 1})
            fact("step", "stopped")
            gevent.spawn(runner.quit)
    """

    def test_it_runs_until_it_waits(self, run):
        steps = ["stop", "on_start", "task", "on_stop", "stopped"]
        assert run.facts_named("step") == steps


class TestStopBeforeTheFirstSwitchWithATimeout(TestStopBeforeTheFirstSwitch):
    """And with a stop timeout their first task is waited for."""

    ARGS = ["-s", "5"]

    def test_it_runs_until_it_waits(self, run):
        steps = ["stop", "on_start", "task", "task is over", "on_stop", "stopped"]
        assert run.facts_named("step") == steps
