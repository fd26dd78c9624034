"""Lines 12 and 51: tags on tasks and on task sets, and the filtering of classes by them."""

from __future__ import annotations

import pytest


class TestTagAttributes:
    """Lines 12 and 51: `locust_tag_set`; a tag on a task set reaches every task inside it."""

    LOCUSTFILE = """
        import os
        from facts import error_text, fact
        from locust import TaskSet, User, events, tag, task

        class Visitor(User):
            @tag("read", "cheap")
            @task
            def one(self): ...

            @tag("read")
            @tag("dear")
            @task(2)
            def two(self): ...

            @task
            def untagged(self): ...

            @tag("deep")
            @task
            class Inner(TaskSet):
                @tag("own")
                @task
                def tagged(self): ...

                @task
                def plain(self): ...

                @task
                class Innermost(TaskSet):
                    @task
                    def plain(self): ...

        def tags_of(holder):
            found = {}
            for entry in holder.tasks:
                if hasattr(entry, "tasks"):
                    found[entry.__name__] = tags_of(entry)
                else:
                    found[entry.__name__] = sorted(getattr(entry, "locust_tag_set", ["none"]))
            return found

        @events.init.add_listener
        def on_init(**kwargs):
            fact("tags", tags_of(Visitor))
            fact("no name", error_text(tag))
            fact("without parentheses", error_text(tag, lambda user: None))
            os._exit(0)
    """

    def test_tags_of_tasks(self, run):
        tags = run.fact("tags")
        assert tags["one"] == ["cheap", "read"]
        assert tags["two"] == ["dear", "read"]
        assert tags["untagged"] == ["none"]

    def test_a_task_set_hands_its_tag_down(self, run):
        assert run.fact("tags")["Inner"] == {
            "tagged": ["deep", "own"],
            "plain": ["deep"],
            "Innermost": {"plain": ["deep"]},
        }

    def test_a_tag_needs_a_name(self, run):
        assert run.fact("no name").startswith("ValueError: ")
        assert run.fact("without parentheses").startswith("ValueError: ")


_FILTERED = """
    from facts import fact
    from locust import TaskSet, User, constant, events, tag, task
    import os

    class Visitor(User):
        wait_time = constant(1)

        @tag("red")
        @task
        def red(self): ...

        @tag("red", "blue")
        @task(2)
        def both(self): ...

        @task
        def plain(self): ...

        @task
        class Inner(TaskSet):
            @tag("blue")
            @task
            def inner_blue(self): ...

            @task
            def inner_plain(self): ...

        @task
        class Plain(TaskSet):
            @task
            def inner_plain(self): ...

    def names(holder):
        found = []
        for entry in holder.tasks:
            found.append(entry.__name__)
            if hasattr(entry, "tasks"):
                found.append(names(entry))
        return found

    @events.init.add_listener
    def on_init(environment, **kwargs):
        fact("at init", names(Visitor))

    @events.test_start.add_listener
    def on_test_start(environment, **kwargs):
        fact("at start", names(Visitor))
        os._exit(0)
"""
_ALL = ["red", "both", "both", "plain", "Inner", ["inner_blue", "inner_plain"]]


class TestFiltering:
    """Line 12: --tags and --exclude-tags change the classes when the test starts."""

    @pytest.mark.parametrize(
        ("options", "left"),
        [
            (["-T", "red"], ["red", "both", "both"]),
            (["--tags", "blue"], ["both", "both", "Inner", ["inner_blue"]]),
            (["-E", "red"], ["plain", *_ALL[4:], "Plain", ["inner_plain"]]),
            (["-T", "red", "-E", "blue"], ["red"]),
            (["-T", "red", "blue", "--exclude-tags", "none"], [*_ALL[:3], "Inner", ["inner_blue"]]),
        ],
        ids=["red", "blue", "not red", "red, not blue", "either"],
    )
    def test_what_is_left(self, launch, options, left):
        run = launch(_FILTERED, ["--headless", "-t", "5s", *options]).result()
        assert run.fact("at init") == [*_ALL, "Plain", ["inner_plain"]]
        assert run.fact("at start") == left

    def test_tags_from_the_environment(self, launch):
        run = launch(_FILTERED, ["--headless", "-t", "5s"], {"LOCUST_TAGS": "red"}).result()
        assert run.fact("at start") == ["red", "both", "both"]

    def test_nothing_left_is_logged(self, launch):
        run = launch(_FILTERED, ["--headless", "-t", "5s", "-T", "green"]).result()
        assert run.fact("at start") == []
        assert "/WARNING/" in run.stderr and "Visitor" in run.stderr


class TestFilteredOnce:
    """Line 12: the second test of the same process filters nothing again."""

    LOCUSTFILE = """
        import gevent
        from facts import fact
        from locust import User, constant, events, tag, task

        class Visitor(User):
            wait_time = constant(1)

            @tag("red")
            @task
            def red(self): ...

            @tag("blue")
            @task
            def blue(self): ...

        everything = list(Visitor.tasks)

        @events.test_start.add_listener
        def on_test_start(environment, **kwargs):
            fact("at start", [entry.__name__ for entry in Visitor.tasks])

        @events.init.add_listener
        def on_init(environment, **kwargs):
            fact("options", environment.parsed_options.tags)
            environment.tags = ["blue"]
            gevent.spawn(twice, environment)

        def twice(environment):
            while environment.runner.state != "running":
                gevent.sleep(0.01)
            environment.runner.stop()
            Visitor.tasks = list(everything)
            environment.tags = ["red"]
            environment.runner.start(1, 10)
            while environment.runner.state != "running":
                gevent.sleep(0.01)
            environment.runner.quit()
    """
    ARGS = ["-T", "red"]

    def test_the_second_start(self, run):
        assert run.facts_named("at start")[1] == ["red", "blue"]

    def test_environment_tags_go_before_the_options(self, run):
        assert run.fact("options") == ["red"]
        assert run.facts_named("at start")[0] == ["blue"]
