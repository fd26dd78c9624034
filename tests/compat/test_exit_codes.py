"""Lines 35 and 36: the order of the last events and the exit code of the process."""

from __future__ import annotations

import pytest

OPTIONS = ["--headless", "-u", "1", "-t", "20s", "--only-summary"]

# A locustfile whose one task fires a request that `{fails}`, then runs `{task}` and ends the run.
LOCUSTFILE = """
    import gevent
    from facts import fact, finish
    from locust import User, constant, events, task
    from locust.exception import StopUser

    class Visitor(User):
        wait_time = constant(60)

        @task
        def work(self):
            {task}
            finish(self.environment)

    def request(user, error=None):
        user.environment.events.request.fire(
            request_type="GET", name="it", response_time=1, response_length=1, exception=error
        )

    {more}
"""
FAILURE = 'request(self, ValueError("no"))'
SUCCESS = "request(self)"


def locustfile(task, more=""):
    indented = "\n    ".join(line for line in more.strip("\n").splitlines())
    return LOCUSTFILE.format(task=task, more=indented)


def in_quitting(code):
    return f"""
@events.quitting.add_listener
def on_quitting(environment, **kwargs):
    environment.process_exit_code = {code}
"""


BROKEN_LISTENER = """
@events.request.add_listener
def on_request(**event):
    raise RuntimeError("broken listener")
"""
TASK_ERROR = 'gevent.spawn_later(0.1, finish, self.environment); raise KeyError("task")'
GREENLET_ERROR = "gevent.spawn(lambda: 1 / 0); gevent.sleep(0.05)"


class TestExitCodes:
    """Line 36: process_exit_code, then failures and exceptions, then logged exceptions, then 0."""

    @pytest.mark.parametrize(
        ("task", "more", "options", "code"),
        [
            pytest.param(SUCCESS, "", [], 0, id="success"),
            pytest.param(FAILURE, "", [], 1, id="failed request"),
            pytest.param(FAILURE, "", ["--exit-code-on-error", "7"], 7, id="option"),
            pytest.param(FAILURE, "", ["--exit-code-on-error", "0"], 0, id="option zero"),
            pytest.param(TASK_ERROR, "", [], 1, id="error in a task"),
            pytest.param(SUCCESS, in_quitting(3), [], 3, id="set in quitting"),
            pytest.param(FAILURE, in_quitting(0), [], 0, id="failures overruled"),
            pytest.param("self.environment.process_exit_code = 5", "", [], 5, id="set in a task"),
            pytest.param(SUCCESS, BROKEN_LISTENER, [], 2, id="error in a listener"),
            pytest.param(FAILURE, BROKEN_LISTENER, [], 1, id="failure goes before listener"),
            pytest.param(GREENLET_ERROR, "", [], 0, id="error in a greenlet of the task"),
            pytest.param(SUCCESS, in_quitting("1 / 0"), [], 2, id="error in quitting"),
        ],
    )
    def test_code(self, launch, task, more, options, code):
        run = launch(locustfile(task, more), [*OPTIONS, *options]).result()
        assert run.exit_code == code

    def test_option_in_the_environment(self, launch):
        run = launch(locustfile(FAILURE), OPTIONS, {"LOCUST_EXIT_CODE_ON_ERROR": "9"}).result()
        assert run.exit_code == 9

    def test_an_error_in_an_init_listener_ends_the_process(self, launch):
        more = """
@events.init.add_listener
def on_init(environment, **kwargs):
    raise RuntimeError("cannot set up")

@events.test_start.add_listener
def on_test_start(environment, **kwargs):
    fact("test_start")
"""
        run = launch(locustfile(SUCCESS, more), OPTIONS).result()
        assert run.exit_code == 1
        assert "cannot set up" in run.stderr
        assert run.facts_named("test_start") == []

    def test_an_error_in_a_test_start_listener_does_not(self, launch):
        more = """
@events.test_start.add_listener
def on_test_start(environment, **kwargs):
    raise RuntimeError("cannot start")
"""
        run = launch(locustfile(SUCCESS, more), OPTIONS).result()
        assert "cannot start" in run.stderr
        assert run.exit_code == 2

    def test_sys_exit_in_an_init_listener(self, launch):
        more = """
import sys

@events.init.add_listener
def on_init(environment, **kwargs):
    sys.exit(42)
"""
        assert launch(locustfile(SUCCESS, more), OPTIONS).result().exit_code == 42


class TestOrderOfEvents:
    """Line 35 and the events of a run: quitting runs its listeners backwards, after the end."""

    LOCUSTFILE = """
        from facts import fact, finish, record_requests
        from locust import HttpUser, constant, events, task

        class Visitor(HttpUser):
            wait_time = constant(60)

            def on_start(self):
                fact("event", "user starts")

            def on_stop(self):
                fact("event", "user stops")

            @task
            def work(self):
                self.client.get("/")
                fact("event", "task")
                finish(self.environment)

        def note(name, *expected):
            def listener(**arguments):
                fact("event", name)
                fact("arguments of " + name, sorted(arguments))

            getattr(events, name).add_listener(listener)

        for hook in ("init_command_line_parser", "init", "test_start", "spawning_complete",
                     "test_stopping", "test_stop", "quitting", "quit"):
            note(hook)

        @events.quitting.add_listener
        def second_of_the_module(environment, **kwargs):
            fact("event", "quitting, second listener")

        @events.init.add_listener
        def on_init(environment, **kwargs):
            fact("state", environment.runner.state)

            @environment.events.quitting.add_listener
            def of_init(environment, **kwargs):
                fact("event", "quitting, listener of init")
                fact("users left", environment.runner.user_count)
                fact("state", environment.runner.state)
                fact("final", environment.stats.total.num_requests)

        @events.test_start.add_listener
        def on_test_start(environment, **kwargs):
            fact("state", environment.runner.state)

        @events.spawning_complete.add_listener
        def on_spawning_complete(user_count):
            fact("spawned", user_count)

        @events.quit.add_listener
        def on_quit(exit_code):
            fact("exit code", exit_code)
    """

    def test_the_order(self, run):
        order = [event for event in run.facts_named("event") if event != "spawning_complete"]
        assert order == [
            "init_command_line_parser",
            "init",
            "test_start",
            "user starts",
            "task",
            "test_stopping",
            "user stops",
            "test_stop",
            "quitting, listener of init",
            "quitting, second listener",
            "quitting",
            "quit",
        ]

    def test_spawning_complete(self, run):
        assert run.fact("spawned") == 1
        assert run.facts_named("event").index("spawning_complete") > 2

    def test_quitting_sees_the_end(self, run):
        assert run.fact("users left") == 0
        assert run.fact("final") == 1
        assert run.fact("exit code") == 0

    def test_states(self, run):
        assert run.facts_named("state") == ["ready", "ready", "stopped"]

    @pytest.mark.parametrize(
        ("event", "arguments"),
        [
            ("init_command_line_parser", ["parser"]),
            ("init", ["environment", "runner", "web_ui"]),
            ("test_start", ["environment"]),
            ("spawning_complete", ["user_count"]),
            ("test_stopping", ["environment"]),
            ("test_stop", ["environment"]),
            ("quitting", ["environment"]),
            ("quit", ["exit_code"]),
        ],
    )
    def test_arguments(self, run, event, arguments):
        assert run.fact(f"arguments of {event}") == arguments
