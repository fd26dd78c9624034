"""Lines 6, 7 and 8: nested task sets, interrupting them, rescheduling."""

from __future__ import annotations


class TestNestedTaskSets:
    """Line 6: a nested set runs until interrupt(); `reschedule` says whether the parent waits."""

    LOCUSTFILE = """
        from facts import fact, finish
        from locust import SequentialTaskSet, TaskSet, User, constant, task

        class Journey(SequentialTaskSet):
            def wait_time(self):
                fact("step", "parent waits")
                return 0

            @task
            def first(self):
                fact("step", "first")

            @task
            class Immediate(TaskSet):
                turns = 0

                def on_start(self):
                    fact("step", "nested on_start")

                def on_stop(self):
                    fact("step", "nested on_stop")

                def wait_time(self):
                    fact("step", "nested waits")
                    return 0

                @task
                def again(self):
                    self.turns += 1
                    fact("step", f"nested turn {self.turns}")
                    if self.turns == 2:
                        self.interrupt()

            @task
            def second(self):
                fact("step", "second")

            @task
            class Patient(TaskSet):
                @task
                def leave(self):
                    fact("step", "leaving without reschedule")
                    self.interrupt(reschedule=False)

            @task
            def third(self):
                fact("step", "third")

            @task
            class GivesUpAtOnce(TaskSet):
                def on_start(self):
                    fact("step", "interrupting in on_start")
                    self.interrupt(False)

                def on_stop(self):
                    fact("step", "on_stop of a set that never ran")

                @task
                def never(self): ...

            @task
            def last(self):
                fact("step", "last")
                finish(self.user.environment)

        class Visitor(User):
            wait_time = constant(0)
            tasks = [Journey]
    """

    def test_the_whole_journey(self, run):
        assert run.facts_named("step") == [
            "first",
            "parent waits",
            "nested on_start",
            "nested turn 1",
            "nested waits",
            "nested turn 2",
            "nested on_stop",
            "second",
            "parent waits",
            "leaving without reschedule",
            "parent waits",
            "third",
            "parent waits",
            "interrupting in on_start",
            "parent waits",
            "last",
        ]
        assert run.exit_code == 0


class TestInterruptOnAUser:
    """Line 7: an InterruptTaskSet that no task set catches ends the user."""

    LOCUSTFILE = """
        import gevent
        from facts import fact
        from locust import TaskSet, User, constant, events, task
        from locust.exception import InterruptTaskSet

        class Raising(User):
            wait_time = constant(0)
            fixed_count = 1

            @task
            def leave(self):
                fact("raised")
                raise InterruptTaskSet()

            def on_stop(self):
                fact("on_stop of the interrupted user")

        class TopLevel(User):
            wait_time = constant(0)
            fixed_count = 1

            @task
            class Set(TaskSet):
                @task
                def leave(self):
                    fact("interrupt in a top-level task set")
                    gevent.sleep(0.05)
                    self.interrupt()

        @events.spawning_complete.add_listener
        def watch(user_count):
            gevent.spawn(look)

        def look():
            from locust import runners
            gevent.sleep(0.4)
            fact("alive", [type(g.args[0]).__name__ for g in holder["runner"].user_greenlets])
            holder["runner"].quit()

        holder = {}

        @events.init.add_listener
        def on_init(environment, runner, **kwargs):
            holder["runner"] = runner
    """
    ARGS = ["-u", "2"]

    def test_the_user_ends_and_is_not_replaced(self, run):
        assert run.facts_named("raised") == [None]
        assert run.fact("alive") == ["TopLevel"]

    def test_its_on_stop_does_not_run(self, run):
        assert run.facts_named("on_stop of the interrupted user") == []

    def test_a_top_level_task_set_starts_anew(self, run):
        assert len(run.facts_named("interrupt in a top-level task set")) > 1


class TestRescheduling:
    """Line 8: RescheduleTask waits before the next task, RescheduleTaskImmediately does not."""

    LOCUSTFILE = """
        from facts import fact, finish
        from locust import SequentialTaskSet, User, task
        from locust.exception import RescheduleTask, RescheduleTaskImmediately

        class Steps(SequentialTaskSet):
            @task
            def later(self):
                fact("step", "later")
                raise RescheduleTask()

            @task
            def now(self):
                fact("step", "now")
                raise RescheduleTaskImmediately()

            @task
            def end(self):
                fact("step", "end")
                finish(self.user.environment)

        class Visitor(User):
            tasks = [Steps]

            def wait_time(self):
                fact("step", "wait")
                return 0
    """

    def test_who_waits(self, run):
        assert run.facts_named("step") == ["later", "wait", "now", "end"]

    def test_neither_is_an_error(self, run):
        assert run.exit_code == 0
