"""Line 46: the shapes of listeners that real locustfiles have."""

from __future__ import annotations

import pytest


class TestSignatures:
    """Line 46: exact parameters without **kwargs, *args, methods, lambdas, `async def`."""

    LOCUSTFILE = """
        import functools
        import gevent
        from facts import fact, finish
        from locust import HttpUser, constant, events, task

        class Visitor(HttpUser):
            wait_time = constant(60)

            @task
            def work(self):
                self.client.get("/")
                events.reset_stats.fire()
                gevent.sleep(0.3)
                fact("gone on after all listeners")
                finish(self.environment)

        @events.request.add_listener
        def exact(request_type, name, response_time, response_length, response, context,
                  exception, start_time, url):
            fact("called", "request, exact")

        @events.request.add_listener
        def documented(request_type, name, response_time, response_length, exception, **kwargs):
            fact("called", "request, documented")
            fact("rest", sorted(kwargs))

        @events.request.add_listener
        def stars(*args, **kwargs):
            fact("called", "request, stars")
            fact("positional", list(args))

        @events.request.add_listener
        async def asynchronous(**kwargs):
            fact("called", "never awaited")

        class Recorder:
            def __init__(self):
                events.request.add_listener(self.on_request)

            def on_request(self, **kwargs):
                fact("called", "request, method")

        recorder = Recorder()
        events.request.add_listener(lambda **kwargs: fact("called", "request, lambda"))
        events.request.add_listener(
            functools.partial(lambda text, **kwargs: fact("called", text), "request, partial")
        )

        @events.init_command_line_parser.add_listener
        def on_parser(parser):
            fact("called", "init_command_line_parser")

        @events.init.add_listener
        def on_init(environment, runner, web_ui):
            fact("called", "init")
            fact("web_ui", web_ui)

        @events.test_start.add_listener
        def on_test_start(environment):
            fact("called", "test_start")

        @events.test_stopping.add_listener
        def on_test_stopping(environment):
            fact("called", "test_stopping")

        @events.test_stop.add_listener
        def on_test_stop(environment):
            fact("called", "test_stop")

        @events.spawning_complete.add_listener
        def on_spawning_complete(user_count):
            fact("called", "spawning_complete")

        @events.reset_stats.add_listener
        def on_reset_stats():
            fact("called", "reset_stats")

        @events.quitting.add_listener
        def on_quitting(environment):
            fact("called", "quitting")

        @events.quit.add_listener
        def on_quit(exit_code):
            fact("called", "quit")

        @events.report_to_master.add_listener
        def on_report_to_master(client_id, data):
            fact("called", "report_to_master")

        @events.worker_report.add_listener
        def on_worker_report(client_id, data):
            fact("called", "worker_report")

        @events.user_error.add_listener
        def on_user_error(user_instance, exception, tb):
            fact("called", "user_error")
    """

    @pytest.mark.parametrize(
        "form", ["exact", "documented", "stars", "method", "lambda", "partial"]
    )
    def test_of_the_request_event(self, run, form):
        assert run.facts_named("called").count(f"request, {form}") == 1

    def test_all_arguments_come_by_keyword(self, run):
        assert run.fact("positional") == []
        assert run.fact("rest") == ["context", "response", "start_time", "url"]

    @pytest.mark.parametrize(
        "event",
        [
            "init_command_line_parser",
            "init",
            "test_start",
            "test_stopping",
            "test_stop",
            "spawning_complete",
            "reset_stats",
            "quitting",
            "quit",
        ],
    )
    def test_of_other_events(self, run, event):
        assert run.facts_named("called").count(event) == 1

    def test_headless_there_is_no_web_ui(self, run):
        assert run.fact("web_ui") is None

    def test_a_coroutine_is_never_awaited_and_does_no_harm(self, run):
        assert "never awaited" not in run.facts_named("called")
        assert run.fact("gone on after all listeners") is None
        assert run.exit_code == 0

    def test_events_of_a_cluster_stay_silent_on_a_local_runner(self, run):
        called = run.facts_named("called")
        assert "report_to_master" not in called and "worker_report" not in called


class TestSignaturesThatDoNotFit:
    """Line 46: a listener that cannot take the event is logged, and the run goes on."""

    LOCUSTFILE = """
        from facts import fact, finish
        from locust import User, constant, events, task

        @events.test_start.add_listener
        def no_parameters():
            fact("called")

        @events.test_start.add_listener
        def only_positional(*args):
            fact("called")

        class Visitor(User):
            wait_time = constant(60)

            @task
            def work(self):
                fact("task ran")
                finish(self.environment)
    """

    def test_logged(self, run):
        assert run.stderr.count("TypeError") == 2
        assert "no_parameters()" in run.stderr and "only_positional()" in run.stderr

    def test_the_run_goes_on_and_ends_with_2(self, run):
        assert run.fact("task ran") is None
        assert run.facts_named("called") == []
        assert run.exit_code == 2


class TestInitWithTheEnvironmentAlone:
    """Line 46: `init(environment)` cannot take `runner` and `web_ui`, so the process ends."""

    LOCUSTFILE = """
        from facts import fact, finish
        from locust import User, constant, events, task

        @events.init.add_listener
        def on_init(environment):
            fact("called")

        class Visitor(User):
            wait_time = constant(60)

            @task
            def work(self):
                finish(self.environment)
    """

    def test_it_is_fatal(self, run):
        assert run.facts_named("called") == []
        assert "TypeError" in run.stderr
        assert run.exit_code == 1


class TestListenersThatComeAndGo:
    """Listeners may be added and removed while their event fires."""

    LOCUSTFILE = """
        from facts import fact, finish
        from locust import User, constant, events, task
        from locust.event import EventHook

        hook = EventHook()

        def once(**kwargs):
            fact("called", "once")
            hook.remove_listener(once)
            hook.add_listener(later)

        def later(**kwargs):
            fact("called", "later")

        hook.add_listener(once)
        fact("the decorator gives the function back", hook.add_listener(later) is later)

        class Visitor(User):
            wait_time = constant(60)

            @task
            def work(self):
                hook.fire()
                fact("called", "--")
                hook.fire()
                finish(self.environment)
    """

    def test_this_firing_keeps_its_listeners(self, run):
        assert run.facts_named("called") == ["once", "later", "--", "later", "later"]
        assert run.fact("the decorator gives the function back") is True
