"""Lines 2, 3, 4, 5 and 51: which tasks a class has, which one runs next, and what it is given."""

from __future__ import annotations

import pytest


class TestInheritedTasks:
    """Line 2: base classes' tasks come first; an override is seen only if decorated again."""

    LOCUSTFILE = """
        from facts import fact, finish
        from locust import SequentialTaskSet, TaskSet, User, constant, events, task

        class Base(User):
            abstract = True
            wait_time = constant(0)

            @task
            def play(self):
                self.note("Base.play")

            def note(self, name):
                self.ran.add(name)
                fact(type(self).__name__, name)

        class Plain(Base):
            ran = set()

            def play(self):
                self.note("Plain.play")

        class Decorated(Base):
            ran = set()

            @task
            def play(self):
                self.note("Decorated.play")

            @task(2)
            def rest(self):
                self.note("Decorated.rest")
                if len(self.ran) == 3 and Plain.ran:
                    finish(self.environment)

        class Mixin:
            @task
            def mixed_in(self): ...

        class MixinWithTasks:
            tasks = [lambda user: None]

        class WithMixins(Mixin, MixinWithTasks, Base):
            abstract = True

            @task
            def own(self): ...

        class LeftSet(TaskSet):
            @task
            def left(self): ...

        class RightSet(TaskSet):
            @task(2)
            def right(self): ...

        class BothSets(RightSet, LeftSet):
            @task
            def own(self): ...

        class Ordered(SequentialTaskSet):
            @task
            def first(self): ...

        class OrderedMore(Ordered):
            @task
            def second(self): ...

        @events.init.add_listener
        def on_init(**kwargs):
            for holder in (Plain, Decorated, WithMixins, BothSets, OrderedMore):
                fact("tasks of " + holder.__name__, [t.__qualname__ for t in holder.tasks])
    """
    ARGS = ["-u", "2"]

    def test_tasks_of_bases_are_concatenated(self, run):
        assert run.fact("tasks of Decorated") == [
            "Base.play",
            "Decorated.play",
            "Decorated.rest",
            "Decorated.rest",
        ]
        assert run.fact("tasks of BothSets") == [
            "RightSet.right",
            "RightSet.right",
            "LeftSet.left",
            "BothSets.own",
        ]
        assert run.fact("tasks of OrderedMore") == ["Ordered.first", "OrderedMore.second"]

    def test_a_mixin_gives_its_tasks_attribute_but_no_decorated_methods(self, run):
        assert run.fact("tasks of WithMixins") == [
            "MixinWithTasks.<lambda>",
            "Base.play",
            "WithMixins.own",
        ]

    def test_an_undecorated_override_runs_the_function_of_the_base(self, run):
        assert run.fact("tasks of Plain") == ["Base.play"]
        assert set(run.facts_named("Plain")) == {"Base.play"}

    def test_a_decorated_override_runs_both(self, run):
        assert {"Base.play", "Decorated.play"} <= set(run.facts_named("Decorated"))


class TestWeightsAndChoice:
    """Line 3: weights are repeated entries of `tasks`; each turn picks by random.choice."""

    LOCUSTFILE = """
        import random
        from facts import fact, finish
        from locust import TaskSet, User, constant, events, task

        class Weighted(User):
            wait_time = constant(0)
            fixed_count = 1
            turns = 0

            def on_start(self):
                random.seed(20)

            @task(3)
            def often(self):
                self.note("often")

            @task
            def seldom(self):
                self.note("seldom")

            def note(self, name):
                self.turns += 1
                fact("picked", name)
                if self.turns == 30:
                    fact("expected", expected())
                    fact("counts", [t.__name__ for t in Weighted.tasks])
                    self.tasks = [changed]

        def expected():
            generator = random.Random(20)
            return [generator.choice(Weighted.tasks).__name__ for _ in range(30)]

        def changed(user):
            fact("instance attribute used by", type(user).__name__)
            Weighted.tasks.clear()
            Weighted.tasks.append(through_the_class)
            del user.tasks

        def through_the_class(user):
            fact("class list used by", type(user).__name__)
            user.tasks = {Inner: 1}
            user.tasks = [Inner]

        class Inner(TaskSet):
            @task
            def first(self):
                self.tasks = [self.bound]

            def bound(self):
                fact("bound method of a task set ran")
                finish(self.user.environment)
    """

    def test_weights_are_expanded_into_the_list(self, run):
        assert run.fact("counts") == ["often", "often", "often", "seldom"]

    def test_the_pick_is_random_choice(self, run):
        assert run.facts_named("picked") == run.fact("expected")

    def test_tasks_may_be_replaced_on_the_instance(self, run):
        assert run.fact("instance attribute used by") == "Weighted"

    def test_tasks_may_be_edited_on_the_class(self, run):
        assert run.fact("class list used by") == "Weighted"

    def test_a_task_set_may_replace_its_tasks_by_bound_methods(self, run):
        assert run.fact("bound method of a task set ran") is None


class TestTaskCollections:
    """Lines 4 and 51: the forms that the `tasks` attribute may take."""

    LOCUSTFILE = """
        import os
        from facts import error_text, fact
        from locust import SequentialTaskSet, TaskSet, User, events, task

        def a(holder): ...
        def b(holder): ...

        class AsList(User):
            tasks = [a, b, a]

        class AsDict(User):
            tasks = {a: 2, b: 1}

        class AsPairs(User):
            tasks = [(a, 1), (b, 3)]

        class AsTuple(User):
            tasks = (a, b)

        class AsSet(TaskSet):
            tasks = {a, b}

        class Mixed(TaskSet):
            tasks = [a]

            @task(2)
            def own(self): ...

        class InOrder(SequentialTaskSet):
            @task
            def one(self): ...
            tasks = [a, b]
            @task(2)
            def two(self): ...

        class InOrderDict(SequentialTaskSet):
            tasks = {b: 2, a: 1}

        class WeightZero(TaskSet):
            @task(weight=0)
            def never(self): ...
            @task(weight=2)
            def twice(self): ...

        def sequential_tuple():
            type(SequentialTaskSet)("Broken", (SequentialTaskSet,), {"tasks": (a, b)})

        def weight_is_text():
            class Broken(TaskSet):
                @task("text")
                def odd(self): ...

        @events.init.add_listener
        def on_init(**kwargs):
            holders = (AsList, AsDict, AsPairs, AsTuple, AsSet, Mixed, InOrder, InOrderDict)
            for holder in (*holders, WeightZero):
                fact(holder.__name__, [t.__name__ for t in holder.tasks])
                fact("type", type(holder.tasks).__name__)
            fact("sequential tuple", error_text(sequential_tuple))
            fact("text weight", error_text(weight_is_text))
            os._exit(0)
    """

    @pytest.mark.parametrize(
        ("holder", "tasks"),
        [
            ("AsList", ["a", "b", "a"]),
            ("AsDict", ["a", "a", "b"]),
            ("AsPairs", ["a", "b", "b", "b"]),
            ("AsTuple", ["a", "b"]),
            ("Mixed", ["a", "own", "own"]),
            ("InOrder", ["one", "a", "b", "two", "two"]),
            ("InOrderDict", ["b", "b", "a"]),
            ("WeightZero", ["twice", "twice"]),
        ],
    )
    def test_the_expanded_list(self, run, holder, tasks):
        assert run.fact(holder) == tasks

    def test_a_set_of_tasks(self, run):
        assert sorted(run.fact("AsSet")) == ["a", "b"]

    def test_whatever_it_was_it_becomes_a_list(self, run):
        assert set(run.facts_named("type")) == {"list"}

    def test_a_sequence_takes_no_tuple(self, run):
        assert run.fact("sequential tuple").startswith("ValueError: ")

    def test_a_weight_of_text_is_an_error(self, run):
        assert run.fact("text weight").startswith("TypeError: ")


class TestSequenceRuns:
    """Line 4: a SequentialTaskSet runs in order of declaration, repeats weights, starts over."""

    LOCUSTFILE = """
        from facts import fact, finish
        from locust import SequentialTaskSet, User, constant, task

        def listed(sequence):
            fact("ran", "listed")

        class Steps(SequentialTaskSet):
            @task
            def open(self):
                fact("ran", "open")

            tasks = [listed]

            @task(2)
            def look(self):
                fact("ran", "look")

            @task
            class Inner(SequentialTaskSet):
                @task
                def pay(self):
                    fact("ran", "pay")

                @task
                def leave(self):
                    fact("ran", "leave")
                    self.interrupt()

            @task
            def last(self):
                fact("ran", "last")
                self.user.rounds += 1
                if self.user.rounds == 2:
                    finish(self.user.environment)

        class Visitor(User):
            wait_time = constant(0)
            tasks = [Steps]
            rounds = 0
    """

    def test_order(self, run):
        one_round = ["open", "listed", "look", "look", "pay", "leave", "last"]
        assert run.facts_named("ran") == one_round * 2


class TestWhatATaskIsGiven:
    """Line 5: a task on a User gets the user, one on a task set gets the task set."""

    LOCUSTFILE = """
        from facts import fact, finish
        from locust import SequentialTaskSet, TaskSet, User, constant, task

        def function_on_user(holder):
            fact("function on user", type(holder).__name__)

        def function_on_set(holder):
            fact("function on set", type(holder).__name__)

        class Outer(TaskSet):
            tasks = [function_on_set]

            def on_start(self):
                fact("outer", [self.user is self.parent, type(self.parent).__name__])
                self.schedule_task(self.method)
                self.schedule_task(function_on_set)
                self.schedule_task(self.Inner)
                self.schedule_task(function_on_set, first=True)

            def method(self):
                fact("method on set", type(self).__name__)

            class Inner(TaskSet):
                @task
                def method(self):
                    fact("inner", [type(self.parent).__name__, type(self.user).__name__])
                    fact("client", self.client is self.user.client)
                    finish(self.user.environment)

        class Visitor(User):
            wait_time = constant(0)
            client = object()
            tasks = [function_on_user]

            def on_start(self):
                fact("turns")

            @task(0)
            def never(self): ...

            def wait_time(self):
                self.tasks = [Outer]
                return 0
    """

    def test_a_function_on_a_user(self, run):
        assert run.fact("function on user") == "Visitor"

    def test_functions_and_methods_on_a_task_set(self, run):
        assert set(run.facts_named("function on set")) == {"Outer"}
        assert run.fact("method on set") == "Outer"

    def test_user_parent_and_client(self, run):
        assert run.fact("outer") == [True, "Visitor"]
        assert run.fact("inner") == ["Outer", "Visitor"]
        assert run.fact("client") is True

    def test_schedule_task_puts_it_first_on_request(self, run):
        names = [name for name, _ in run.facts]
        relevant = [name for name in names if name in ("function on set", "method on set", "inner")]
        assert relevant == ["function on set", "method on set", "function on set", "inner"]


class TestTaskOnStart:
    """Line 51: `@task` on `on_start` runs it as both, with a warning."""

    LOCUSTFILE = """
        from facts import fact, finish
        from locust import User, constant, task

        class Visitor(User):
            wait_time = constant(0)
            count = 0

            @task
            def on_start(self):
                self.count += 1
                fact("on_start ran")
                if self.count == 2:
                    finish(self.environment)
    """

    def test_it_runs_as_a_task_too(self, run):
        assert len(run.facts_named("on_start ran")) == 2

    def test_a_warning_says_so(self, run):
        assert "on_start" in run.stderr.replace("on_stop/start", "on_start")


class TestNoTasks:
    """A user without tasks fails with a message that names the class."""

    LOCUSTFILE = """
        import gevent
        from facts import fact
        from locust import User, constant, events

        class Idle(User):
            wait_time = constant(0.05)

            def task(self): ...

        @events.user_error.add_listener
        def on_user_error(user_instance, exception, tb):
            fact("error", str(exception))
            gevent.spawn(user_instance.user.environment.runner.quit)
    """

    def test_the_message_names_the_class_and_the_likely_slip(self, run):
        message = run.facts_named("error")[0]
        assert "Idle" in message and "'task'" in message and "'tasks'" in message
        assert run.exit_code == 1
