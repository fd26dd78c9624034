"""Lines 1, 13, 14, 15, 37 and 38: which classes run, how many of each, in which order, where."""

from __future__ import annotations

import pytest


class TestAbstractClasses:
    """Line 1: `abstract` is not inherited, each class says it for itself."""

    LOCUSTFILE = """
        import os
        from facts import fact
        from locust import FastHttpUser, HttpUser, User, events, task

        class Base(User):
            abstract = True

            @task
            def work(self): ...

        class Child(Base): ...

        class AbstractChild(Child):
            abstract = True

        class GrandChild(AbstractChild): ...

        class OverHttp(HttpUser):
            @task
            def work(self): ...

        class NoTasksAtAll(User): ...

        @events.init.add_listener
        def on_init(environment, **kwargs):
            fact("classes", [c.__name__ for c in environment.user_classes])
            fact("by name", sorted(environment.user_classes_by_name))
            classes = (User, HttpUser, FastHttpUser, Base, Child, AbstractChild, GrandChild)
            fact("abstract", {c.__name__: c.abstract for c in classes})
            os._exit(0)
    """

    def test_the_classes_that_run(self, run):
        assert run.fact("classes") == ["Child", "GrandChild", "OverHttp", "NoTasksAtAll"]
        assert run.fact("by name") == ["Child", "GrandChild", "NoTasksAtAll", "OverHttp"]

    def test_the_attribute(self, run):
        assert run.fact("abstract") == {
            "User": True,
            "HttpUser": True,
            "FastHttpUser": True,
            "Base": True,
            "Child": False,
            "AbstractChild": True,
            "GrandChild": False,
        }


_DISTRIBUTION = """
    import gevent
    from facts import fact, finish, ramp_to
    from locust import User, constant, events, task

    class Anonymous(User):
        abstract = True
        wait_time = constant(60)

        def on_start(self):
            fact("spawned", type(self).__name__)

        @task
        def idle(self): ...

    {classes}

    @events.init.add_listener
    def on_init(environment, **kwargs):
        fact("classes", [c.__name__ for c in environment.user_classes])
        gevent.spawn(climb, environment)

    def climb(environment):
        runner = environment.runner
        while runner.state != "running":
            gevent.sleep(0.01)
        for count in {steps}:
            ramp_to(environment, count)
            gevent.sleep(0.02)
            fact("counts", runner.user_classes_count)
        runner.quit()

    @events.test_start.add_listener
    def on_test_start(environment, **kwargs):
        fact("test_start")
"""


def _distribution(classes: str, steps: list[int]) -> str:
    indented = "\n    ".join(line for line in classes.strip("\n").splitlines())
    return _DISTRIBUTION.format(classes=indented, steps=steps)


class TestWeightedDistribution:
    """Line 13: the order is deterministic, from class names; weights may be fractions; 0 drops."""

    LOCUSTFILE = _distribution(
        """
class Zebra(Anonymous):
    weight = 1

class Mole(Anonymous):
    weight = 2.5

class Ant(Anonymous):
    weight = 0.5

class Never(Anonymous):
    weight = 0
""",
        list(range(2, 13)),
    )

    def test_weight_zero_drops_the_class(self, run):
        assert run.fact("classes") == ["Zebra", "Mole", "Ant"]

    def test_the_order_of_spawning(self, run):
        initials = "".join(name[0] for name in run.facts_named("spawned"))
        assert initials == "MZMAMMZMMZMA"


class TestFixedCounts:
    """Line 13: classes with fixed_count spawn first and their weight does not matter."""

    LOCUSTFILE = _distribution(
        """
class Ordinary(Anonymous):
    weight = 1000

class Pair(Anonymous):
    fixed_count = 2
    weight = 0

class Single(Anonymous):
    fixed_count = 1
    weight = 500
""",
        [2, 3, 4, 5, 3, 6],
    )

    def test_fixed_first(self, run):
        assert sorted(run.facts_named("spawned")[:3]) == ["Pair", "Pair", "Single"]
        assert set(run.facts_named("spawned")[3:]) == {"Ordinary"}

    def test_the_last_count(self, run):
        assert run.facts_named("counts")[-1] == {"Ordinary": 3, "Pair": 2, "Single": 1}


class TestRampDown:
    """Line 14: going down takes the newest away first; line 37: test_start fires but once."""

    LOCUSTFILE = _distribution(
        """
class First(Anonymous):
    weight = 3

class Second(Anonymous):
    weight = 1

class Third(Anonymous):
    weight = 2
""",
        [2, 3, 4, 5, 6, 7, 8, 7, 6, 5, 4, 3, 2, 1, 0, 4],
    )

    def test_down_mirrors_up(self, run):
        counts = run.facts_named("counts")
        assert [sum(c.values()) for c in counts] == [
            *range(2, 9),
            *range(7, -1, -1),
            4,
        ]
        assert counts[7:13] == counts[5::-1]

    def test_a_change_of_the_count_starts_no_test(self, run):
        assert run.facts_named("test_start") == [None]


class TestDuplicateNames:
    """Line 15: two user classes of one name are an error that names them."""

    USER = """
        from locust import User, task

        class Twin(User):
            @task
            def work(self): ...
    """

    @pytest.fixture
    def options(self):
        return ["--headless", "-u", "1", "-t", "1s"]

    def test_in_two_files(self, launch, options):
        files = {"one.py": self.USER, "two.py": self.USER}
        run = launch(files, ["-f", "one.py,two.py", *options]).result()
        assert run.exit_code == 1
        assert "Twin" in run.stderr and "one.py" in run.stderr and "two.py" in run.stderr

    def test_in_one_file(self, launch, options):
        locustfile = """
            from locust import User, task

            def work(user): ...

            left = type("Twin", (User,), {"tasks": [work]})
            right = type("Twin", (User,), {"tasks": [work]})
        """
        run = launch(locustfile, options).result()
        assert run.exit_code == 1
        assert "Twin" in run.stderr

    def test_a_second_variable_for_the_same_class(self, launch, options):
        locustfile = self.USER + "\n        alias = Twin\n"
        run = launch(locustfile, options).result()
        assert run.exit_code == 1
        assert "Twin" in run.stderr

    def test_one_file_imported_by_another_is_fine(self, launch, options):
        importing = """
            import os
            from facts import fact
            from locust import events
            from one import Twin

            @events.init.add_listener
            def on_init(environment, **kwargs):
                fact("classes", [c.__name__ for c in environment.user_classes])
                os._exit(0)
        """
        files = {"one.py": self.USER, "two.py": importing}
        run = launch(files, ["-f", "one.py,two.py", *options]).result()
        assert run.fact("classes") == ["Twin"]


class TestHost:
    """Line 38: --host replaces the `host` of every class when the test starts."""

    LOCUSTFILE = """
        from facts import TARGET, fact, finish
        from locust import FastHttpUser, HttpUser, User, constant, events, task

        class Slow(HttpUser):
            host = "http://example.invalid"

            def on_start(self):
                fact("host of a user", [type(self).__name__, self.host == TARGET])
                fact("client", self.client.base_url == TARGET)

            @task
            def work(self):
                finish(self.environment)

        class Fast(FastHttpUser):
            host = "http://example.invalid"

            def on_start(self):
                fact("host of a user", [type(self).__name__, self.host == TARGET])
                fact("client", self.client.base_url == TARGET)

            @task
            def work(self): ...

        @events.init.add_listener
        def on_init(environment, **kwargs):
            fact("at init", [environment.host == TARGET, Slow.host])

        @events.test_start.add_listener
        def on_test_start(environment, **kwargs):
            fact("at test_start", [environment.host == TARGET, Slow.host])
    """
    ARGS = ["-u", "2"]

    def test_users_see_the_option(self, run):
        assert sorted(run.facts_named("host of a user")) == [["Fast", True], ["Slow", True]]
        assert run.facts_named("client") == [True, True]

    def test_listeners_before_the_start_still_see_the_class(self, run):
        assert run.fact("at init") == [True, "http://example.invalid"]
        assert run.fact("at test_start") == [True, "http://example.invalid"]


class TestHostOfTheClass:
    """Line 38, the other half: without --host the class's own one holds."""

    HOST = None
    LOCUSTFILE = """
        from facts import TARGET, fact, finish
        from locust import HttpUser, task

        class Visitor(HttpUser):
            host = TARGET

            @task
            def work(self):
                fact("environment.host", self.environment.host)
                fact("status", self.client.get("/").status_code)
                finish(self.environment)
    """

    def test_it_is_used(self, run):
        assert run.fact("environment.host") is None
        assert run.fact("status") == 200


class TestNamedClasses:
    """Class names at the end of the command line choose what runs; an unknown one is an error."""

    LOCUSTFILE = """
        import os
        from facts import fact
        from locust import User, events, task

        class Left(User):
            @task
            def work(self): ...

        class Middle(Left): ...

        class Right(Left): ...

        @events.init.add_listener
        def on_init(environment, **kwargs):
            fact("classes", sorted(c.__name__ for c in environment.user_classes))
            os._exit(0)
    """
    OPTIONS = ["--headless", "-t", "1s"]

    def test_on_the_command_line(self, launch):
        run = launch(self.LOCUSTFILE, [*self.OPTIONS, "Left", "Right"]).result()
        assert run.fact("classes") == ["Left", "Right"]

    def test_in_the_environment(self, launch):
        run = launch(self.LOCUSTFILE, self.OPTIONS, {"LOCUST_USER_CLASSES": "Middle"}).result()
        assert run.fact("classes") == ["Middle"]

    def test_unknown(self, launch):
        run = launch(self.LOCUSTFILE, [*self.OPTIONS, "Left", "Nobody"]).result()
        assert run.exit_code == 1
        assert "Nobody" in run.stderr and "Left" not in run.stderr
