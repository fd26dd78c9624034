"""Which state a runner has when, and what a ramp makes up for."""

from __future__ import annotations


class TestStates:
    """A whole test, a second one, and a ramp in the middle of one: the state at every event."""

    LOCUSTFILE = """
        import gevent
        from facts import fact
        from locust import User, constant, events, task

        runners = []

        def note(where):
            fact("state", [where, runners[0].state])

        class Ant(User):
            wait_time = constant(60)

            def on_start(self):
                note("on_start")

            def on_stop(self):
                note("on_stop")

            @task
            def work(self): ...

        @events.init.add_listener
        def on_init(environment, **kwargs):
            runners.append(environment.runner)
            note("init")
            gevent.spawn(conduct, environment.runner)

        events.test_start.add_listener(lambda **kwargs: note("test_start"))
        events.test_stopping.add_listener(lambda **kwargs: note("test_stopping"))
        events.test_stop.add_listener(lambda **kwargs: note("test_stop"))
        events.spawning_complete.add_listener(lambda **kwargs: note("spawning_complete"))
        events.quitting.add_listener(lambda **kwargs: note("quitting"))

        def wait_for(runner, state):
            while runner.state != state:
                gevent.sleep(0.01)

        def conduct(runner):
            wait_for(runner, "running")
            runner.start(2, 100)
            note("a ramp is asked for")
            gevent.sleep(0.2)
            wait_for(runner, "running")
            runner.stop()
            note("stopped")
            runner.start(1, 100)
            note("started again")
            wait_for(runner, "running")
            runner.start(0, 100)
            gevent.sleep(0.2)
            note("nobody is left")
            runner.state = "stopped"
            note("assigned")
            runner.start(1, 100)
            gevent.sleep(0.2)
            note("on after the assignment")
            runner.update_state("a word of its own")
            note("an odd word")
            runner.quit()
            note("quit")
    """

    def test_every_state(self, run):
        assert run.facts_named("state") == [
            ["init", "ready"],
            ["test_start", "ready"],
            ["spawning_complete", "spawning"],
            ["on_start", "running"],
            ["a ramp is asked for", "running"],
            ["spawning_complete", "spawning"],
            ["on_start", "running"],
            ["test_stopping", "running"],
            ["on_stop", "cleanup"],
            ["on_stop", "cleanup"],
            ["test_stop", "stopped"],
            ["stopped", "stopped"],
            ["started again", "stopped"],
            ["test_start", "stopped"],
            ["spawning_complete", "spawning"],
            ["on_start", "running"],
            ["on_stop", "spawning"],
            ["spawning_complete", "spawning"],
            ["nobody is left", "running"],
            ["assigned", "stopped"],
            ["test_start", "stopped"],
            ["spawning_complete", "spawning"],
            ["on_start", "running"],
            ["on after the assignment", "running"],
            ["an odd word", "a word of its own"],
            ["test_stopping", "a word of its own"],
            ["on_stop", "cleanup"],
            ["test_stop", "stopped"],
            ["quit", "stopped"],
            ["quitting", "stopped"],
        ]


class TestUsersThatEndByThemselves:
    """A ramp starts as many users as are missing, not as many as it grows by."""

    LOCUSTFILE = """
        import gevent
        from facts import fact, finish
        from locust import User, constant, events, task
        from locust.exception import StopUser

        class Leaves(User):
            wait_time = constant(60)

            def on_start(self):
                fact("started")

            @task
            def work(self):
                raise StopUser()

        class Stays(User):
            fixed_count = 1
            wait_time = constant(60)

            @task
            def work(self): ...

        @events.spawning_complete.add_listener
        def on_spawning_complete(user_count, **kwargs):
            fact("spawned", user_count)
            gevent.spawn_later(0.3, next_ramp)

        @events.init.add_listener
        def on_init(environment, **kwargs):
            environments.append(environment)

        environments, ramps = [], [4, 2]

        def next_ramp():
            environment = environments[0]
            fact("running", environment.runner.user_classes_count)
            if not ramps:
                finish(environment)
            else:
                environment.runner.start(ramps.pop(0), 100)
    """
    ARGS = ["-u", "3", "-r", "100"]

    def test_who_is_started(self, run):
        assert len(run.facts_named("started")) == 2 + 3 + 1

    def test_how_many_run(self, run):
        assert run.facts_named("spawned") == [3, 4, 2]
        assert run.facts_named("running") == [{"Leaves": 0, "Stays": 1}] * 3


class TestNobodyToStart:
    """-u 0: the test begins, and somebody may be started later."""

    LOCUSTFILE = """
        import gevent
        from facts import fact, finish
        from locust import User, constant, events, task

        class Ant(User):
            wait_time = constant(60)

            @task
            def work(self):
                fact("worked")
                finish(self.environment)

        @events.init.add_listener
        def on_init(environment, **kwargs):
            fact("users", environment.parsed_options.num_users)

            @environment.events.spawning_complete.add_listener
            def on_spawning_complete(user_count, **kwargs):
                fact("spawned", [user_count, environment.runner.state])
                if user_count == 0:
                    gevent.spawn(environment.runner.start, 1, 100)
    """
    ARGS = ["-u", "0"]

    def test_a_test_with_none_then_one(self, run):
        assert run.fact("users") == 0
        assert run.facts_named("spawned") == [[0, "running"], [1, "running"]]
        assert len(run.facts_named("worked")) == 1
        assert run.exit_code == 0
