"""Lines 20, 47 and 54: load shapes decide how many users run, and when the test ends."""

from __future__ import annotations

import pytest

_USERS = """
    from facts import fact
    from locust import LoadTestShape, User, constant, events, task

    class Ant(User):
        wait_time = constant(60)

        @task
        def work(self): ...

    class Bee(Ant): ...

    @events.spawning_complete.add_listener
    def on_spawning_complete(user_count):
        fact("step", f"spawned {user_count}")

    @events.test_start.add_listener
    def on_test_start(environment, **kwargs):
        fact("step", "test_start")

    @events.test_stop.add_listener
    def on_test_stop(environment, **kwargs):
        fact("step", "test_stop")
"""


class TestShape:
    """Line 20: each new tick is applied once, None ends a headless run, -u -r -t do not matter."""

    LOCUSTFILE = (
        _USERS
        + """
    class Stairs(LoadTestShape):
        steps = [(2, 50), (2, 50), (4, 50), (1, 50), None]

        def tick(self):
            fact("running", self.get_current_user_count())
            fact("runner", self.runner.user_count == self.get_current_user_count())
            fact("run time", self.get_run_time())
            return self.steps.pop(0)
    """
    )
    ARGS = ["-u", "33", "-r", "33", "-t", "1s"]

    def test_an_identical_tick_is_not_applied_again(self, run):
        assert run.facts_named("step") == [
            "test_start",
            "spawned 2",
            "spawned 4",
            "spawned 1",
            "test_stop",
        ]
        assert run.facts_named("running") == [0, 2, 2, 4, 1]

    def test_a_tick_every_second(self, run):
        times = run.facts_named("run time")
        assert all(0.8 < b - a < 2.5 for a, b in zip(times, times[1:], strict=False))
        assert set(run.facts_named("runner")) == {True}

    def test_the_ignored_options_are_named_in_a_warning(self, run):
        assert "/WARNING/" in run.stderr
        assert all(option in run.stderr for option in ("--users", "--spawn-rate", "--run-time"))

    def test_exit(self, run):
        assert run.exit_code == 0


class TestShapeWithCommonOptions:
    """Lines 20 and 47: `use_common_options`, classes chosen by a tick, and those replaced in it."""

    LOCUSTFILE = (
        _USERS
        + """
    class Chooser(LoadTestShape):
        use_common_options = True
        count = 0

        def tick(self):
            environment = self.runner.environment
            self.count += 1
            fact("classes", self.runner.user_classes_count)
            if self.count == 1:
                fact("options", [environment.parsed_options.num_users])
                return environment.parsed_options.num_users, 50, [Bee]
            if self.count == 2:
                return 0, 50
            if self.count == 3:
                environment.user_classes = [Ant]
                environment.stop_timeout = 3
                self.runner._users_dispatcher = None
                return 3, 50
            return None
    """
    )
    ARGS = ["-u", "2", "-r", "33"]

    def test_options_are_for_the_shape_to_read(self, run):
        assert run.fact("options") == [2]

    def test_no_warning(self, run):
        assert "--users" not in run.stderr

    def test_the_classes(self, run):
        assert run.facts_named("classes") == [
            {"Ant": 0, "Bee": 0},
            {"Ant": 0, "Bee": 2},
            {"Ant": 0, "Bee": 0},
            {"Ant": 3},
        ]


class TestShapeFoundOrReplaced:
    """Lines 20 and 47: abstract shapes do not count; an init listener may bring its own."""

    LOCUSTFILE = (
        _USERS
        + """
    class Base(LoadTestShape):
        abstract = True

        def tick(self):
            fact("step", type(self).__name__)
            return None

    class FromTheFile(Base): ...

    class FromTheListener(Base):
        abstract = True

    @events.init.add_listener
    def on_init(environment, runner, **kwargs):
        fact("found", type(environment.shape_class).__name__)
        fact("its runner", environment.shape_class.runner is runner)
        environment.shape_class = FromTheListener()
    """
    )

    def test_the_concrete_one_is_found(self, run):
        assert run.fact("found") == "FromTheFile"
        assert run.fact("its runner") is True

    def test_the_replacement_is_what_ticks(self, run):
        assert run.facts_named("step") == ["FromTheListener", "test_stop"]


class TestShapeThatFails:
    """An exception in tick() ends the run with an error instead of hanging."""

    LOCUSTFILE = (
        _USERS
        + """
    class Broken(LoadTestShape):
        def tick(self):
            raise RuntimeError("cannot decide")
    """
    )

    def test_it_ends(self, run):
        assert "cannot decide" in run.stderr
        assert run.exit_code == 2


class TestListing:
    """Line 54: --list names the users of a file; shapes and listeners alone are no error."""

    @pytest.mark.parametrize(
        ("locustfile", "names"),
        [
            (_USERS, ["Ant", "Bee"]),
            (
                """
                from locust import LoadTestShape

                class Lonely(LoadTestShape):
                    def tick(self):
                        return None
                """,
                [],
            ),
            (
                """
                from locust import events

                @events.init.add_listener
                def on_init(environment, **kwargs): ...
                """,
                [],
            ),
        ],
        ids=["users", "only a shape", "only a listener"],
    )
    def test_what_is_listed(self, launch, locustfile, names):
        run = launch(locustfile, ["--list"]).result()
        assert run.exit_code == 0
        listed = [line.strip() for line in run.stdout.splitlines() if line.startswith(" ")]
        assert listed == names

    def test_required_arguments_still_count(self, launch):
        locustfile = """
            from locust import User, events, task

            @events.init_command_line_parser.add_listener
            def add(parser):
                parser.add_argument("--token", required=True)

            class Ant(User):
                @task
                def work(self): ...
        """
        refused = launch(locustfile, ["--list"]).result()
        assert refused.exit_code == 2
        assert "--token" in refused.stderr
        accepted = launch(locustfile, ["--list", "--token", "x"]).result()
        assert accepted.exit_code == 0 and "Ant" in accepted.stdout
