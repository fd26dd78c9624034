"""Which tasks a class gets: weights, inheritance, tags."""

from __future__ import annotations

import logging

import pytest

from locustella import SequentialTaskSet, TaskSet, User, tag, task
from locustella.user.task import filter_tasks_by_tags


def names(holder):
    return [inner.__name__ for inner in holder.tasks]


def a(user): ...


def b(user): ...


class TestWeights:
    def test_decorated_methods_in_their_order(self):
        class Visitor(User):
            @task
            def once(self): ...

            @task(3)
            def thrice(self): ...

            @task(0)
            def never(self): ...

        assert names(Visitor) == ["once", "thrice", "thrice", "thrice"]

    @pytest.mark.parametrize(
        "tasks, expected",
        [
            ([a, b], ["a", "b"]),
            ((a, b), ["a", "b"]),
            ({a: 2, b: 1}, ["a", "a", "b"]),
            ([(a, 2), b], ["a", "a", "b"]),
            ({b}, ["b"]),
            (None, []),
        ],
    )
    def test_the_tasks_attribute(self, tasks, expected):
        assert names(type("Visitor", (User,), {"tasks": tasks})) == expected

    def test_bases_first_then_the_attribute_then_methods(self):
        class Base(User):
            @task
            def base(self): ...

        class Sub(Base):
            @task
            def sub(self): ...

            tasks = [a]

        assert names(Sub) == ["base", "a", "sub"]
        assert names(Base) == ["base"]

    def test_an_override_without_decorator_keeps_the_base_function(self):
        class Base(User):
            @task
            def play(self): ...

        class Plain(Base):
            def play(self): ...

        class Decorated(Base):
            @task
            def play(self): ...

        assert Plain.tasks == [Base.play]
        assert Decorated.tasks == [Base.play, Decorated.play]

    @pytest.mark.parametrize("weight", ["text", 1.5, None])
    def test_a_weight_is_a_whole_number(self, weight):
        with pytest.raises(TypeError, match="whole number"):
            task(weight)

    def test_run_cannot_be_a_task(self):
        with pytest.raises(Exception, match="run"):

            class _(TaskSet):
                @task
                def run(self): ...

    def test_on_start_as_a_task_is_warned_about(self, caplog):
        class Visitor(User):
            @task
            def on_start(self): ...

        assert "on_start" in caplog.text and names(Visitor) == ["on_start"]

    def test_objects_that_answer_to_any_name_are_no_tasks(self):
        class Anything:
            def __getattr__(self, name):
                return 1

        class Visitor(User):
            thing = Anything()

        assert Visitor.tasks == []


class TestSequentialWeights:
    def test_the_attribute_counts_where_it_stands(self):
        class Journey(SequentialTaskSet):
            @task
            def first(self): ...

            tasks = {a: 2}

            @task(2)
            def last(self): ...

        assert names(Journey) == ["first", "a", "a", "last", "last"]

    def test_it_must_be_a_list_or_dict(self):
        with pytest.raises(ValueError, match="list or a dict"):

            class _(SequentialTaskSet):
                tasks = (a,)


def make_tagged():
    @tag("inner", "both")
    def tagged(user): ...

    def untagged(user): ...

    class Nested(TaskSet):
        @tag("n1")
        @task
        def one(self): ...

        @task
        def two(self): ...

    class Visitor(User):
        tasks = [tagged, untagged, Nested]

    return Visitor, Nested


class TestTags:
    def test_only_tasks_with_the_tag_stay(self):
        visitor, nested = make_tagged()
        filter_tasks_by_tags(visitor, tags={"n1"})
        assert names(visitor) == ["Nested"] and names(nested) == ["one"]

    def test_excluded_ones_go_and_untagged_stay(self):
        visitor, nested = make_tagged()
        filter_tasks_by_tags(visitor, exclude_tags={"both", "n1"})
        assert names(visitor) == ["untagged", "Nested"] and names(nested) == ["two"]

    def test_a_task_set_without_tasks_goes(self):
        visitor, nested = make_tagged()
        filter_tasks_by_tags(visitor, tags={"inner"})
        assert names(visitor) == ["tagged"] and names(nested) == []

    def test_a_class_that_loses_all_is_warned_about(self, caplog):
        visitor, _ = make_tagged()
        with caplog.at_level(logging.WARNING):
            filter_tasks_by_tags(visitor, tags={"unknown"})
        assert names(visitor) == [] and "Visitor" in caplog.text

    def test_a_tag_on_a_task_set_reaches_its_tasks(self):
        @tag("whole")
        class Set(TaskSet):
            @tag("part")
            @task
            def one(self): ...

            @task
            class Deeper(TaskSet):
                @task
                def two(self): ...

        assert Set.one.locust_tag_set == {"whole", "part"}
        assert Set.Deeper.two.locust_tag_set == {"whole"}

    @pytest.mark.parametrize("arguments", [(), (a,)])
    def test_a_tag_needs_a_name(self, arguments):
        with pytest.raises(ValueError, match="at least one name"):
            tag(*arguments)
