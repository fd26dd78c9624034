"""Lines 16 and 17: how long a user waits between tasks."""

from __future__ import annotations

import pytest


class TestWaitFunctions:
    """Line 16: the functions that `wait_time` is usually set to, called by hand; all in seconds."""

    LOCUSTFILE = """
        import os
        from facts import error_text, fact
        from locust import TaskSet, User, between, constant, constant_pacing, events, task
        from locust import constant_throughput, poisson
        from locust.user import wait_time as module

        def idle(holder): ...

        class Base(User):
            abstract = True
            tasks = [idle]

        class Between(Base):
            wait_time = between(2, 3.5)

        class Constant(Base):
            wait_time = constant(7)

        class Pacing(Base):
            wait_time = constant_pacing(1000)

        class Throughput(Base):
            wait_time = constant_throughput(0.001)

        class Poisson(Base):
            wait_time = poisson(0.5)

        class Method(Base):
            def wait_time(self):
                return 1.25

        class Default(Base): ...

        class Legacy(Base):
            wait_time = None
            min_wait = 1500
            max_wait = 2500

        class LegacyFunction(Legacy):
            def wait_function(self):
                return 99_000

        class LegacyBesideTheDefault(Base):
            min_wait = 1500
            max_wait = 2500

        class Silent(TaskSet): ...

        class Own(TaskSet):
            wait_time = constant(11)

        class Range(TaskSet):
            min_wait = 100
            max_wait = 100

        @events.test_start.add_listener
        def on_test_start(environment, **kwargs):
            for cls in (Between, Constant, Pacing, Throughput, Poisson, Method, Default):
                user = cls(environment)
                fact(cls.__name__, [user.wait_time() for _ in range(20)])
            fact("a task set asks its user", Silent(Constant(environment)).wait_time())
            fact("unless it has its own", Own(Constant(environment)).wait_time())
            fact("nested", Silent(Own(Constant(environment))).wait_time())
            fact("legacy", [Silent(Legacy(environment)).wait_time() for _ in range(50)])
            fact("legacy function", Silent(LegacyFunction(environment)).wait_time())
            user = LegacyBesideTheDefault(environment)
            fact("legacy beside the default", Silent(user).wait_time())
            fact("legacy on the set", Range(Legacy(environment)).wait_time())
            fact("legacy beside wait_time", Range(Constant(environment)).wait_time())
            fact("module", module.between is between and module.constant_pacing is constant_pacing)
            fact("zero rate", error_text(constant_throughput, 0))
            os._exit(0)
    """

    def test_between(self, run):
        values = run.fact("Between")
        assert all(2 <= value <= 3.5 for value in values) and len(set(values)) > 10

    def test_they_live_in_a_module_of_their_own(self, run):
        assert run.fact("module") is True

    def test_constant_method_and_default(self, run):
        assert set(run.fact("Constant")) == {7}
        assert set(run.fact("Method")) == {1.25}
        assert set(run.fact("Default")) == {0}

    @pytest.mark.parametrize("name", ["Pacing", "Throughput"])
    def test_pacing_and_throughput(self, run, name):
        assert all(990 < value <= 1000 for value in run.fact(name)[:1])

    def test_poisson(self, run):
        values = run.fact("Poisson")
        assert all(value > 0 for value in values) and len(set(values)) > 10

    def test_a_rate_of_zero_is_refused(self, run):
        assert run.fact("zero rate").startswith("ValueError: ")

    def test_task_sets_and_their_user(self, run):
        assert run.fact("a task set asks its user") == 7
        assert run.fact("unless it has its own") == 11
        assert run.fact("nested") == 7

    def test_wait_function_is_ignored(self, run):
        assert 1.5 <= run.fact("legacy function") <= 2.5

    def test_legacy_attributes_are_milliseconds(self, run):
        assert all(1.5 <= value <= 2.5 for value in run.fact("legacy"))
        assert run.fact("legacy on the set") == 0.1

    def test_wait_time_goes_before_legacy_attributes(self, run):
        assert run.fact("legacy beside wait_time") == 7
        assert run.fact("legacy beside the default") == 0


class TestWaitsHappen:
    """Line 16: the number is slept, in seconds, between two tasks and not before the first."""

    LOCUSTFILE = """
        from time import perf_counter
        from facts import fact, finish
        from locust import TaskSet, User, constant, task

        class Timed(User):
            abstract = True
            stamps = None

            def on_start(self):
                self.stamps = [perf_counter()]

            def stamp(self):
                self.stamps.append(perf_counter())
                gaps = [b - a for a, b in zip(self.stamps, self.stamps[1:])]
                if len(gaps) == 3:
                    fact(type(self).__name__, gaps)

        class Constant(Timed):
            wait_time = constant(0.3)

            @task
            def work(self):
                self.stamp()

        class Method(Timed):
            def wait_time(self):
                return 0.3

            @task
            def work(self):
                self.stamp()

        class Legacy(Timed):
            wait_time = None
            min_wait = 300
            max_wait = 300

            @task
            def work(self):
                self.stamp()

        class OfTheSet(Timed):
            wait_time = constant(60)

            @task
            class Inner(TaskSet):
                wait_time = constant(0.3)

                @task
                def work(self):
                    self.user.stamp()

        class Ends(User):
            wait_time = constant(0.05)

            @task
            def look(self):
                users = [g.args[0] for g in self.environment.runner.user_greenlets]
                if all(len(u.stamps) > 3 for u in users if isinstance(u, Timed)):
                    finish(self.environment)
    """
    ARGS = ["-u", "5"]

    @pytest.mark.parametrize("name", ["Constant", "Method", "Legacy", "OfTheSet"])
    def test_gaps(self, run, name):
        before_the_first, *between = run.fact(name)
        assert before_the_first < 0.29
        assert all(0.295 < gap < 1.0 for gap in between)


class TestPacing:
    """Line 17: a pace is kept by the object that evaluates it and counts from its construction."""

    LOCUSTFILE = """
        import gevent
        from facts import fact, finish
        from locust import SequentialTaskSet, User, constant_pacing, task

        pace_of_user = constant_pacing(0.6)
        pace_of_set = constant_pacing(0.4)

        class Paced(User):
            def wait_time(self):
                wait = pace_of_user(self)
                fact("user", wait)
                return wait

            def on_start(self):
                gevent.sleep(0.4)

            @task
            class Steps(SequentialTaskSet):
                @task
                def quick(self): ...

                @task
                def overruns(self):
                    gevent.sleep(0.9)

                @task
                def quick_again(self): ...

                @task
                class Inner(SequentialTaskSet):
                    def on_start(self):
                        gevent.sleep(0.25)

                    def wait_time(self):
                        wait = pace_of_set(self)
                        fact("set", wait)
                        return wait

                    @task
                    def first(self): ...

                    @task
                    def second(self): ...

                    @task
                    def third(self):
                        finish(self.user.environment)
    """

    def test_the_first_interval_counts_from_the_construction_of_the_user(self, run):
        assert 0 < run.facts_named("user")[0] <= 0.2

    def test_an_overrun_waits_nothing_and_is_not_made_up_for(self, run):
        _first, overrun, after = run.facts_named("user")
        assert overrun == 0
        assert 0.5 < after <= 0.6

    def test_a_task_set_keeps_its_own_pace(self, run):
        first, second = run.facts_named("set")
        assert 0 < first <= 0.15
        assert 0.3 < second <= 0.4
