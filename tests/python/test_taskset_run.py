"""What a running user does, step by step: the order of tasks, waits, exceptions and hooks.

Users run here in the test's own greenlet; a wait is a line in the protocol and takes no time.
"""

from __future__ import annotations

import pytest

from locustella import MarkovTaskSet, SequentialTaskSet, TaskSet, User, task, transition
from locustella.env import Environment
from locustella.exception import (
    InterruptTaskSet,
    MissingWaitTimeError,
    RescheduleTask,
    RescheduleTaskImmediately,
    StopUser,
)
from locustella.user.task import LOCUST_STATE_STOPPING, DefaultTaskSet


class Script:
    """Lines that tasks write, and the end of the user after so many of them."""

    def __init__(self, limit=50):
        self.lines = []
        self.limit = limit

    def __call__(self, line):
        self.lines.append(line)
        if len(self.lines) >= self.limit:
            raise StopUser()


@pytest.fixture
def script(monkeypatch):
    script = Script()
    monkeypatch.setattr(TaskSet, "_sleep", lambda self, seconds: script(f"wait {seconds:g}"))
    return script


class Visitor(User):
    abstract = True

    def wait_time(self):
        return 7


def live(user_class, script, limit):
    script.limit = limit
    environment = Environment(user_classes=[user_class])
    errors = []
    environment.events.user_error.add_listener(lambda exception, **_: errors.append(exception))
    user = user_class(environment)
    user.run()
    return errors


def in_order(*steps):
    """A SequentialTaskSet-like user class that runs functions one after the other."""

    class Ordered(Visitor):
        tasks = [type("Steps", (SequentialTaskSet,), {"tasks": list(steps)})]

    return Ordered


class TestLoop:
    def test_task_wait_task_wait(self, script):
        class One(Visitor):
            @task
            def work(self):
                assert isinstance(self, One)
                script("work")

        live(One, script, 4)
        assert script.lines == ["work", "wait 7", "work", "wait 7"]

    def test_tasks_may_be_changed_while_it_runs(self, script):
        class One(Visitor):
            @task
            def work(self):
                script("work")
                self.tasks = [lambda user: script("other")]

        live(One, script, 4)
        assert script.lines == ["work", "wait 7", "other", "wait 7"]

    def test_a_task_set_gets_itself_and_its_own_wait(self, script):
        class Nested(TaskSet):
            def wait_time(self):
                return 1

            @task
            def work(self):
                assert isinstance(self, Nested) and self.parent is self.user
                script("work")

        class Outer(Visitor):
            tasks = [Nested]

        live(Outer, script, 4)
        assert script.lines == ["work", "wait 1", "work", "wait 1"]

    def test_on_start_and_on_stop_from_the_outside_in_and_back(self, script):
        class Nested(TaskSet):
            def on_start(self):
                script("set starts")

            def on_stop(self):
                script.lines.append("set stops")

            @task
            def work(self):
                raise StopUser()

        class Outer(Visitor):
            tasks = [Nested]

            def on_start(self):
                script("user starts")

            def on_stop(self):
                script.lines.append("user stops")

        live(Outer, script, 10)
        assert script.lines == ["user starts", "set starts", "set stops", "user stops"]

    def test_a_user_asked_to_stop_stops_before_its_wait(self, script):
        class One(Visitor):
            @task
            def work(self):
                script("work")
                self._state = LOCUST_STATE_STOPPING

            def on_stop(self):
                script("stop")

        live(One, script, 10)
        assert script.lines == ["work", "stop"]


class TestInterrupt:
    @pytest.mark.parametrize(
        "reschedule, lines",
        [
            (True, ["in", "stop", "in", "stop"]),
            (False, ["in", "stop", "wait 7", "in", "stop"]),
        ],
    )
    def test_back_to_the_parent_with_or_without_a_wait(self, script, reschedule, lines):
        class Nested(TaskSet):
            def on_stop(self):
                script("stop")

            @task
            def work(self):
                script("in")
                self.interrupt(reschedule=reschedule)

        class Outer(Visitor):
            tasks = [Nested]

        live(Outer, script, len(lines))
        assert script.lines == lines

    def test_directly_on_a_user_it_ends_the_user(self, script):
        class One(Visitor):
            @task
            def work(self):
                raise InterruptTaskSet()

        with pytest.raises(RescheduleTaskImmediately):
            live(One, script, 10)

    def test_in_on_start_of_a_task_set(self, script):
        class Nested(TaskSet):
            def on_start(self):
                script("try")
                self.interrupt(reschedule=False)

        class Outer(Visitor):
            tasks = [Nested]

        live(Outer, script, 3)
        assert script.lines == ["try", "wait 7", "try"]

    def test_an_error_in_on_stop_is_logged_and_control_returns(self, script, caplog):
        class Nested(TaskSet):
            def on_stop(self):
                raise KeyError("broken stop")

            @task
            def work(self):
                script("in")
                self.interrupt()

        class Outer(Visitor):
            tasks = [Nested]

        live(Outer, script, 2)
        assert script.lines == ["in", "in"] and "broken stop" in caplog.text


class TestReschedule:
    @pytest.mark.parametrize(
        "exception, lines",
        [(RescheduleTask, ["go", "wait 7", "go"]), (RescheduleTaskImmediately, ["go", "go", "go"])],
    )
    def test_with_or_without_a_wait(self, script, exception, lines):
        class One(Visitor):
            @task
            def work(self):
                script("go")
                raise exception()

        errors = live(One, script, 3)
        assert script.lines == lines and errors == []


class TestErrors:
    def test_error_then_event_then_wait_then_on(self, script, caplog):
        class One(Visitor):
            @task
            def work(self):
                script("work")
                raise ValueError("broken")

        errors = live(One, script, 4)
        assert script.lines == ["work", "wait 7", "work", "wait 7"]
        assert [str(error) for error in errors] == ["broken", "broken"]
        assert "ValueError: broken" in caplog.text and "user/task.py" not in caplog.text

    def test_stopped_in_the_wait_after_an_error_on_stop_still_runs(self, script):
        class Nested(TaskSet):
            def on_stop(self):
                script.lines.append("set stops")

            @task
            def work(self):
                raise ValueError

        class Outer(Visitor):
            tasks = [Nested]

        live(Outer, script, 1)
        assert script.lines == ["wait 7", "set stops"]

    def test_without_catching_an_error_ends_the_user(self, script):
        class One(Visitor):
            @task
            def work(self):
                raise ValueError("broken")

        environment = Environment(user_classes=[One], catch_exceptions=False)
        with pytest.raises(ValueError, match="broken"):
            One(environment).run()

    def test_in_on_start_of_the_user_it_ends_the_user_without_on_stop(self, script, caplog):
        class One(Visitor):
            def on_start(self):
                raise ValueError("broken start")

            def on_stop(self):
                script("stop")

        with pytest.raises(ValueError):
            live(One, script, 10)
        assert script.lines == [] and "broken start" in caplog.text

    def test_stop_user_in_on_start_is_logged_and_on_stop_runs(self, script, caplog):
        class One(Visitor):
            def on_start(self):
                raise StopUser("not today")

            def on_stop(self):
                script("stop")

        assert live(One, script, 10) == []
        assert script.lines == ["stop"] and "not today" in caplog.text

    def test_in_on_start_of_a_task_set_it_is_a_task_error(self, script):
        class Nested(TaskSet):
            def on_start(self):
                script("try")
                raise ValueError("broken")

        class Outer(Visitor):
            tasks = [Nested]

        errors = live(Outer, script, 3)
        assert script.lines == ["try", "wait 7", "try"] and len(errors) == 1

    @pytest.mark.parametrize("slip", [{}, {"task": []}])
    def test_no_tasks(self, script, slip):
        user_class = type("Idle", (Visitor,), dict(slip))
        errors = live(user_class, script, 1)
        assert "No tasks defined on Idle" in str(errors[0])
        assert ("did you mean 'tasks'" in str(errors[0])) == bool(slip)


class TestWaits:
    def test_legacy_milliseconds_count_where_wait_time_is_none(self, script):
        class One(Visitor):
            wait_time = None
            min_wait = max_wait = 1500

            @task
            def work(self): ...

        live(One, script, 1)
        assert script.lines == ["wait 1.5"]

    def test_a_task_set_overrides_them(self, script):
        class Nested(TaskSet):
            min_wait = max_wait = 2000

            @task
            def work(self): ...

        class Outer(Visitor):
            wait_time = None
            min_wait = max_wait = 1000
            tasks = [Nested]

        live(Outer, script, 1)
        assert script.lines == ["wait 2"]

    def test_they_do_not_count_beside_a_wait_time(self, script):
        class One(User):  # User has wait_time = constant(0)
            min_wait = max_wait = 1500

            @task
            def work(self): ...

        live(One, script, 1)
        assert script.lines == ["wait 0"]

    def test_no_wait_at_all_is_an_error_that_ends_the_user(self, script):
        class One(Visitor):
            wait_time = None

            @task
            def work(self): ...

        with pytest.raises(MissingWaitTimeError, match="One"):
            live(One, script, 1)

    def test_wait_inside_a_task(self, script):
        class One(Visitor):
            @task
            def work(self):
                script("before")
                self.wait()
                script("after")

        live(One, script, 3)
        assert script.lines == ["before", "wait 7", "after"]


class TestOverrides:
    def test_the_queue_can_be_filled_by_tasks(self, script):
        class One(Visitor):
            @task
            def work(self):
                script("work")
                queue = self._taskset_instance
                queue.schedule_task(lambda user: script("second"))
                queue.schedule_task(lambda user: script("first"), first=True)

        live(One, script, 6)
        assert script.lines == ["work", "wait 7", "first", "wait 7", "second", "wait 7"]

    def test_no_queue_is_made_for_a_user_that_schedules_nothing(self, script):
        seen = []

        class One(Visitor):
            @task
            def work(self):
                seen.append(self._taskset_instance._queued)
                script("work")

        live(One, script, 3)
        assert seen == [None, None]

    @pytest.mark.parametrize(
        "name", ["get_next_task", "execute_task", "execute_next_task", "schedule_task", "wait"]
    )
    def test_each_part_can_be_overridden(self, script, name):
        original = getattr(TaskSet, name)

        def override(self, *args, **kwargs):
            script.lines.append(name)
            return original(self, *args, **kwargs)

        class Nested(TaskSet):
            @task
            def work(self):
                script("work")

        setattr(Nested, name, override)

        class Outer(Visitor):
            tasks = [Nested]

        live(Outer, script, 6)
        assert name in script.lines and "work" in script.lines

    def test_the_default_task_set_can_be_asked_for_tasks(self, script):
        class One(Visitor):
            @task
            def work(self): ...

        user = One(Environment(user_classes=[One]))
        assert DefaultTaskSet(user).get_next_task() is One.work


class TestSequence:
    def test_in_order_and_round_again(self, script):
        class Journey(SequentialTaskSet):
            @task
            def one(self):
                script("one")

            @task(2)
            def two(self):
                script("two")

        class Outer(Visitor):
            tasks = [Journey]

        live(Outer, script, 8)
        assert script.lines[::2] == ["one", "two", "two", "one"]

    def test_functions_too(self, script):
        user_class = in_order(lambda s: script("a"), lambda s: script("b"))
        live(user_class, script, 6)
        assert script.lines[::2] == ["a", "b", "a"]


class TestMarkovWalk:
    def test_it_follows_the_transitions_from_the_first_task(self, script):
        class Walk(MarkovTaskSet):
            @transition("middle")
            def begin(self):
                script("begin")

            @transition("end")
            def middle(self):
                script("middle")

            @transition("begin")
            def end(self):
                script("end")

        class Outer(Visitor):
            tasks = [Walk]

        live(Outer, script, 8)
        assert script.lines[::2] == ["begin", "middle", "end", "begin"]
