"""Lines 9, 10 and 11: what an exception in a task, in on_start or in on_stop ends."""

from __future__ import annotations


class TestErrorsInTasks:
    """Line 10: `user_error` fires, the error is logged and counted, the user waits and goes on."""

    LOCUSTFILE = """
        from facts import fact, finish
        from locust import SequentialTaskSet, TaskSet, User, events, task

        class Steps(SequentialTaskSet):
            def wait_time(self):
                fact("step", "wait")
                return 0

            @task
            def fails(self):
                fact("step", "fails")
                raise RuntimeError("the first one")

            @task
            class Inner(TaskSet):
                failed = False

                def on_start(self):
                    fact("step", "nested on_start")
                    raise KeyError("in nested on_start")

                def on_stop(self):
                    fact("step", "on_stop of the set whose on_start failed")

                @task
                def never(self):
                    fact("step", "task of the set whose on_start failed")

            @task
            def end(self):
                rows = self.user.environment.runner.exceptions.values()
                fact("exceptions", sorted([r["msg"], r["count"], sorted(r["nodes"])] for r in rows))
                fact("traceback", "in fails" in "".join(r["traceback"] for r in rows))
                finish(self.user.environment)

        class Visitor(User):
            tasks = [Steps]

        @events.user_error.add_listener
        def on_user_error(user_instance, exception, tb):
            fact("step", "user_error")
            fact("user_error", [type(user_instance).__name__, repr(exception), tb is not None])
    """

    def test_the_order(self, run):
        assert run.facts_named("step") == [
            "fails",
            "user_error",
            "wait",
            "nested on_start",
            "user_error",
            "wait",
        ]

    def test_the_event_carries_the_task_set_and_the_exception(self, run):
        assert run.facts_named("user_error") == [
            ["Steps", "RuntimeError('the first one')", True],
            ["Steps", "KeyError('in nested on_start')", True],
        ]

    def test_the_runner_counts_them(self, run):
        assert run.fact("exceptions") == [
            ["'in nested on_start'", 1, ["local"]],
            ["the first one", 1, ["local"]],
        ]
        assert run.fact("traceback") is True

    def test_it_is_logged_with_its_traceback(self, run):
        assert "the first one" in run.stderr
        assert "Traceback (most recent call last)" in run.stderr

    def test_the_exit_code_says_error(self, run):
        assert run.exit_code == 1


class TestErrorOfATaskOnTheUser:
    """Line 10: the same for a task of the user; the event's `user_instance` is a task set."""

    LOCUSTFILE = """
        import gevent
        from facts import fact, finish
        from locust import TaskSet, User, events, task

        class Visitor(User):
            def wait_time(self):
                fact("step", "wait")
                return 0

            @task
            def fails(self):
                fact("step", "fails")
                if len(self.environment.runner.exceptions) == 0:
                    raise ValueError("once")
                finish(self.environment)

        @events.user_error.add_listener
        def on_user_error(user_instance, exception, tb, **kwargs):
            user = type(user_instance.user).__name__
            fact("instance", [isinstance(user_instance, TaskSet), user])
            fact("extra arguments", sorted(kwargs))
    """

    def test_it_waits_and_carries_on(self, run):
        assert run.facts_named("step") == ["fails", "wait", "fails"]

    def test_user_instance_is_a_task_set_of_the_user(self, run):
        assert run.fact("instance") == [True, "Visitor"]
        assert run.fact("extra arguments") == []


class TestErrorInOnStart:
    """Line 9: it ends that user, without `on_stop` and without a replacement."""

    LOCUSTFILE = """
        import gevent
        from facts import fact
        from locust import User, constant, events, task

        class Broken(User):
            wait_time = constant(0)
            fixed_count = 1

            def on_start(self):
                fact("on_start ran")
                raise RuntimeError("cannot begin")

            def on_stop(self):
                fact("on_stop ran")

            @task
            def never(self):
                fact("task ran")

        class Healthy(User):
            wait_time = constant(0.05)
            fixed_count = 1

            @task
            def work(self): ...

        @events.user_error.add_listener
        def on_user_error(user_instance, exception, tb):
            fact("user_error", [type(user_instance).__name__, repr(exception)])

        @events.init.add_listener
        def on_init(environment, **kwargs):
            gevent.spawn(look, environment)

        def look(environment):
            while not environment.runner.user_count == 1:
                gevent.sleep(0.05)
            gevent.sleep(0.3)
            fact("alive", environment.runner.user_classes_count)
            environment.runner.quit()
    """
    ARGS = ["-u", "2"]

    def test_it_is_logged(self, run):
        assert "cannot begin" in run.stderr

    def test_the_user_dies_and_nobody_replaces_it(self, run):
        assert run.facts_named("on_start ran") == [None]
        assert run.fact("alive") == {"Broken": 0, "Healthy": 1}

    def test_neither_task_nor_on_stop_runs(self, run):
        assert run.facts_named("task ran") == []
        assert run.facts_named("on_stop ran") == []

    def test_user_error_fires_with_the_user(self, run):
        assert run.facts_named("user_error") == [["Broken", "RuntimeError('cannot begin')"]]

    def test_it_counts_as_an_error(self, run):
        assert run.exit_code == 1


class TestStopUser:
    """Line 11: StopUser runs on_stop of task sets, then of the user; nobody replaces the user."""

    LOCUSTFILE = """
        import gevent
        from facts import fact
        from locust import TaskSet, User, constant, events, task
        from locust.exception import StopUser

        class Leaver(User):
            wait_time = constant(0)
            fixed_count = 1

            @task
            class Outer(TaskSet):
                def on_stop(self):
                    fact("stopped", "outer set")

                @task
                class Inner(TaskSet):
                    def on_stop(self):
                        fact("stopped", "inner set")

                    @task
                    def leave(self):
                        raise StopUser()

            def on_stop(self):
                fact("stopped", "user")

        class LeavesAtOnce(User):
            wait_time = constant(0)
            fixed_count = 1

            def on_start(self):
                raise StopUser("not today")

            def on_stop(self):
                fact("on_stop after StopUser in on_start")

            @task
            def never(self):
                fact("task ran")

        class Healthy(User):
            wait_time = constant(0.05)
            fixed_count = 1

            @task
            def work(self): ...

        @events.user_error.add_listener
        def on_user_error(**event):
            fact("user_error", repr(event["exception"]))

        @events.init.add_listener
        def on_init(environment, **kwargs):
            gevent.spawn(look, environment)

        def look(environment):
            while not environment.runner.user_count == 1:
                gevent.sleep(0.05)
            gevent.sleep(0.3)
            fact("alive", environment.runner.user_classes_count)
            environment.runner.quit()
    """
    ARGS = ["-u", "3"]

    def test_on_stop_from_the_inside_out(self, run):
        assert run.facts_named("stopped") == ["inner set", "outer set", "user"]

    def test_nobody_replaces_the_user(self, run):
        assert run.fact("alive") == {"Leaver": 0, "LeavesAtOnce": 0, "Healthy": 1}

    def test_in_on_start_it_is_logged_as_an_error(self, run):
        assert "/ERROR/" in run.stderr and "not today" in run.stderr

    def test_in_on_start_on_stop_still_runs(self, run):
        assert run.fact("on_stop after StopUser in on_start") is None
        assert run.facts_named("task ran") == []

    def test_it_is_no_user_error(self, run):
        assert run.facts_named("user_error") == []
        assert run.exit_code == 0


class TestErrorsInOnStop:
    """An exception in a task set's on_stop is logged and hides nothing of what follows."""

    LOCUSTFILE = """
        from facts import fact, finish
        from locust import SequentialTaskSet, TaskSet, User, constant, task

        class Visitor(User):
            wait_time = constant(0)

            @task
            class Steps(SequentialTaskSet):
                @task
                class Inner(TaskSet):
                    def on_stop(self):
                        raise RuntimeError("cannot tidy up")

                    @task
                    def leave(self):
                        self.interrupt()

                @task
                def after(self):
                    fact("after the failing on_stop")
                    finish(self.user.environment)
    """

    def test_it_is_logged(self, run):
        assert "cannot tidy up" in run.stderr

    def test_the_parent_goes_on(self, run):
        assert run.fact("after the failing on_stop") is None


class TestStopTest:
    """StopTest in a task ends that user; while a user is being made, it ends the whole run."""

    LOCUSTFILE = """
        import gevent
        from facts import fact
        from locust import User, constant, events, task
        from locust.exception import StopTest

        class Leaver(User):
            wait_time = constant(0.05)

            def __init__(self, environment):
                super().__init__(environment)
                if environment.runner.user_count == 2:
                    fact("alive before the third", environment.runner.user_count)
                    raise StopTest("no third user")

            def on_stop(self):
                fact("on_stop")

            @task
            def work(self):
                if self.environment.runner.user_count == 1:
                    fact("left")
                    raise StopTest("this user had enough")

        @events.spawning_complete.add_listener
        def on_spawning_complete(user_count):
            events.spawning_complete.remove_listener(on_spawning_complete)
            gevent.spawn(add_users, holder[0].runner)

        holder = []
        events.init.add_listener(lambda environment, **kwargs: holder.append(environment))

        def add_users(runner):
            while runner.user_count > 0:
                gevent.sleep(0.01)
            fact("the run goes on", runner.state)
            runner.start(3, 50)

        @events.test_stop.add_listener
        def on_test_stop(environment, **kwargs):
            fact("test_stop")
    """

    def test_in_a_task_it_ends_that_user(self, run):
        assert run.facts_named("left") == [None]
        assert run.fact("the run goes on") == "running"

    def test_in_a_constructor_it_ends_the_run(self, run):
        assert run.fact("test_stop") is None
        assert "no third user" in run.stderr
        assert len(run.facts_named("on_stop")) == 3
