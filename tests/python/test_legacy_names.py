"""Names that Locust removed: each works, and each warns once, pointing at the file that uses it."""

from __future__ import annotations

import pytest
from locustella_process import command, python

from locustella import Locust, TaskSequence, TaskSet, User, events, seq_task, task
from locustella.env import Environment
from locustella.event import Events
from locustella.legacy import warnings
from locustella.legacy.names import legacy_user_class
from locustella.legacy.warnings import LegacyNameWarning, warn_once


@pytest.fixture(autouse=True)
def nobody_told(monkeypatch):
    monkeypatch.setattr(warnings, "_told", set())


def test_one_warning_for_each_name():
    with pytest.warns(LegacyNameWarning) as caught:
        for name in ("old", "older", "old"):
            warn_once(name, "1.0", "use new")
    assert [str(w.message).split()[0] for w in caught] == ["old", "older"]
    assert {w.filename for w in caught} == {__file__}


class TestUserClasses:
    def test_task_set_and_milliseconds(self):
        class Journey(TaskSet):
            @task
            def work(self): ...

        with pytest.warns(LegacyNameWarning, match="Locust was removed|task_set was removed"):

            class Visitor(Locust):
                task_set = Journey

        assert Visitor.tasks == [Journey] and Visitor.abstract is False
        user = Visitor(Environment())
        assert isinstance(user, User) and Journey(user).wait_time() == 1
        Visitor.min_wait = Visitor.max_wait = 250
        assert Journey(user).wait_time() == 0.25

    @pytest.mark.filterwarnings("ignore::locustella.legacy.warnings.LegacyNameWarning")
    def test_the_wait_function_is_in_milliseconds_too(self):
        class Visitor(Locust):
            tasks = [lambda user: None]

            def wait_function(self):
                return 1500

        assert TaskSet(Visitor(Environment())).wait_time() == 1.5

    @pytest.mark.filterwarnings("ignore::locustella.legacy.warnings.LegacyNameWarning")
    def test_a_class_without_tasks_is_a_base_class(self):
        class Base(Locust): ...

        class Visitor(Base):
            tasks = [lambda user: None]

        assert (Base.abstract, Visitor.abstract) == (True, False)

    @pytest.mark.filterwarnings("ignore::locustella.legacy.warnings.LegacyNameWarning")
    def test_setup_and_teardown_run_once_a_class(self):
        called = []

        class Visitor(Locust):
            tasks = [lambda user: None]

            def setup(self):
                called.append("setup")

            def teardown(self):
                called.append("teardown")

        class Other(Visitor): ...

        environment = Environment()
        for cls in (Visitor, Visitor, Other):
            cls(environment)
        environment.events.quitting.fire(environment=environment)
        assert called == ["setup", "setup", "teardown", "teardown"]

    def test_task_set_on_a_user_of_today(self):
        class Journey(TaskSet):
            @task
            def work(self): ...

        with pytest.warns(LegacyNameWarning, match="task_set"):

            class Visitor(User):
                task_set = Journey

        assert Visitor.tasks == [Journey]

    def test_a_legacy_class_of_any_user_class(self):
        class Special(User):
            abstract = True

        special = legacy_user_class("SpecialLocust", Special)
        with pytest.warns(LegacyNameWarning, match="SpecialLocust.*use Special"):
            type("Visitor", (special,), {})


class TestTaskSequence:
    def test_the_order_is_the_decorators(self):
        with pytest.warns(LegacyNameWarning) as caught:

            class Journey(TaskSequence):
                @seq_task(2)
                def second(self): ...

                @seq_task(1)
                @task(2)
                def first(self): ...

        assert [str(w.message).split()[0] for w in caught] == ["seq_task", "TaskSequence"]
        journey = Journey(User(Environment()))
        picked = [journey.get_next_task().__name__ for _ in range(4)]
        assert picked == ["first", "first", "second", "first"]

    def test_the_user_under_its_old_name(self):
        taskset = TaskSet(User(Environment()))
        with pytest.warns(LegacyNameWarning, match="self.user"):
            assert taskset.locust is taskset.user
        with pytest.raises(AttributeError, match="nothing"):
            _ = taskset.nothing


class TestEvents:
    def fire_requests(self, events):
        usual = {"request_type": "GET", "name": "/", "response_time": 1, "response_length": 2}
        events.request.fire(**usual, exception=None, context={}, response=object())
        events.request.fire(**usual, exception=ValueError("broken"), context={})

    @pytest.mark.filterwarnings("ignore::locustella.legacy.warnings.LegacyNameWarning")
    def test_listeners_get_the_old_arguments(self):
        events, seen = Events(), []

        def on_success(request_type, name, response_time, response_length):
            seen.append(("success", request_type, name, response_time, response_length))

        def on_failure(request_type, name, response_time, exception, **kwargs):
            seen.append(("failure", name, str(exception), sorted(kwargs)))

        events.request_success += on_success
        events.request_failure.add_listener(on_failure)
        self.fire_requests(events)
        assert seen == [
            ("success", "GET", "/", 1, 2),
            ("failure", "/", "broken", ["response_length"]),
        ]
        events.request_success -= on_success
        events.request_failure.remove_listener(on_failure)
        self.fire_requests(events)
        assert len(seen) == 2

    @pytest.mark.filterwarnings("ignore::locustella.legacy.warnings.LegacyNameWarning")
    def test_firing_them_counts_the_request(self):
        environment = Environment()
        environment.create_local_runner()
        old = environment.events
        old.request_success.fire(request_type="x", name="n", response_time=5, response_length=9)
        error = ValueError("broken")
        old.request_failure.fire(request_type="x", name="n", response_time=7, exception=error)
        entry = environment.stats.get("n", "x")
        assert (entry.num_requests, entry.num_failures) == (2, 1)

    @pytest.mark.filterwarnings("ignore::locustella.legacy.warnings.LegacyNameWarning")
    @pytest.mark.parametrize(
        "old, today, fired, expected",
        [
            ("hatch_complete", "spawning_complete", {"user_count": 3}, {"user_count": 3}),
            ("locust_start_hatching", "test_start", {"environment": 1}, {}),
            ("locust_stop_hatching", "test_stop", {"environment": 1}, {}),
            ("slave_report", "worker_report", {"client_id": 1}, {"client_id": 1}),
            (
                "locust_error",
                "user_error",
                {"user_instance": 1, "exception": 2, "tb": 3},
                {"locust_instance": 1, "exception": 2, "tb": 3},
            ),
        ],
    )
    def test_renamed_hooks(self, old, today, fired, expected):
        events, seen = Events(), []
        getattr(events, old).add_listener(lambda **kwargs: seen.append(kwargs))
        getattr(events, today).fire(**fired)
        assert seen == [expected]

    @pytest.mark.filterwarnings("ignore::locustella.legacy.warnings.LegacyNameWarning")
    def test_plus_equals_takes_listeners_without_kwargs(self):
        hooks, seen = Events(), []

        def on_quitting():
            seen.append("quitting")

        hooks.quitting += on_quitting
        hooks.quitting.fire(environment=None)
        hooks.quitting -= on_quitting
        hooks.quitting.fire(environment=None)
        assert seen == ["quitting"]


def test_old_modules_and_attributes(tmp_path):
    run = python(
        tmp_path,
        """
        import locustella.as_locust
        import locust.events as events
        from locust.events import EventHook
        from locust.core import HttpLocust, TaskSet, task
        from locust.wait_time import between
        from locust.exception import StopLocust
        from locust.runners import MasterLocustRunner, SlaveLocustRunner, LocalLocustRunner
        from locust.inspectlocust import get_ratio
        from locust.contrib.fasthttp import FastHttpLocust
        from locust import InterruptTaskSet, ResponseError
        import locust
        assert events is locust.events and EventHook is locust.event.EventHook
        assert issubclass(HttpLocust, locust.HttpUser)
        assert issubclass(FastHttpLocust, locust.FastHttpUser)
        assert StopLocust is locust.exception.StopUser
        assert LocalLocustRunner is locust.runners.LocalRunner
        assert vars(events).keys().isdisjoint({"__spec__", "__loader__", "__path__"})
        """,
    )
    assert run.code == 0, run.err
    assert "<string>:8: LegacyNameWarning: locust.runners.MasterLocustRunner" in run.err


OLD_FILE = """
    from locust import Locust, TaskSequence, events, runners, seq_task

    def on_success(request_type, name, response_time, response_length):
        print("counted", name)

    events.request_success += on_success

    class Journey(TaskSequence):
        @seq_task(2)
        def second(self):
            events.request_success.fire(
                request_type="x", name="second", response_time=1, response_length=1)
            runners.locust_runner.quit()

        @seq_task(1)
        def first(self):
            print("first")

    class Visitor(Locust):
        task_set = Journey
        min_wait = max_wait = 10
"""


def test_a_file_of_old_runs(tmp_path):
    arguments = ["-f", "old.py", "--headless", "--only-summary", "-t", "20"]
    run = command(tmp_path, arguments, {"old.py": OLD_FILE})
    assert run.code == 0, run.err
    assert run.out.splitlines() == ["first", "counted second"]
    told = [line for line in run.err.splitlines() if "LegacyNameWarning" in line]
    assert len(told) == len(set(told)) == 7 and all("old.py:" in line for line in told)


def test_the_global_events_have_them_too():
    with pytest.warns(LegacyNameWarning, match="events.request_success"):
        hook = Events().request_success
    assert hook is not None and "request_success" not in vars(events)
