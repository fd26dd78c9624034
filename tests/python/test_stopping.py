"""Users that do not end when they are told to: the process does nevertheless, with its report."""

from __future__ import annotations

import signal

from locustella_process import command, interrupted_at

RUN = ["-f", "load.py", "--headless", "--only-summary", "-u", "2", "-r", "10"]

SWALLOWS = """
    import gevent
    from locust import TaskSet, User, constant, events, task

    def careless(user):
        try:
            gevent.sleep(0.4)
        except:
            print("swallowed", flush=True)

    class Ends(User):
        abstract = True
        wait_time = constant(0)

        def on_stop(self):
            print("on_stop", flush=True)

    class OnItself(Ends):
        tasks = [careless]

    class InATaskSet(Ends):
        class Inner(TaskSet):
            tasks = [careless]

            def on_stop(self):
                self.wait()  # allowed here, as ever
                print("waited in on_stop", flush=True)

        tasks = [Inner]
"""


def test_a_task_that_swallows_its_kill_is_the_users_last(tmp_path):
    run = command(tmp_path, [*RUN, "-t", "1s"], {"load.py": SWALLOWS})
    assert run.code == 0, run.err
    lines = run.out.splitlines()
    assert sorted(lines) == ["on_stop"] * 2 + ["swallowed"] * 2 + ["waited in on_stop"]
    assert "Response time percentiles" in run.err


ON_START_SWALLOWS = """
    import gevent
    from locust import User, constant, task

    class Careless(User):
        wait_time = constant(0)

        def on_start(self):
            try:
                gevent.sleep(50)
            except:
                print("swallowed", flush=True)

        @task
        def work(self):
            print("task", flush=True)

        def on_stop(self):
            print("on_stop", flush=True)
"""


def test_on_start_may_swallow_it_too(tmp_path):
    run = command(tmp_path, [*RUN, "-t", "1s"], {"load.py": ON_START_SWALLOWS})
    assert run.code == 0, run.err
    assert sorted(run.out.splitlines()) == ["on_stop"] * 2 + ["swallowed"] * 2


ENDLESS_TASK = """
    import gevent
    from locust import User, events, task

    class Endless(User):
        @task
        def work(self):
            while True:
                try:
                    gevent.sleep(0.1)
                except:
                    print("STOPPING", flush=True)
"""


def test_a_task_that_never_ends_ends_with_one_signal_after_the_run_time(tmp_path):
    for number in (signal.SIGTERM, signal.SIGINT):
        run = interrupted_at(
            tmp_path,
            "STOPPING",
            lambda process, number=number: process.send_signal(number),
            [*RUN, "-t", "1s"],
            {"load.py": ENDLESS_TASK},
        )
        assert run.code == 0, run.err
        assert "Interrupted again" in run.err and "Response time percentiles" in run.err


HANGING_ON_STOP = """
    import gevent
    from locust import User, constant, events, task

    class Hangs(User):
        wait_time = constant(0.1)

        @task
        def work(self): ...

        def on_stop(self):
            print("STOPPING", flush=True)
            gevent.sleep(100)
"""


def test_a_hanging_on_stop_ends_with_one_signal_after_the_run_time(tmp_path):
    for number in (signal.SIGTERM, signal.SIGINT):
        run = interrupted_at(
            tmp_path,
            "STOPPING",
            lambda process, number=number: process.send_signal(number),
            [*RUN, "-t", "1s"],
            {"load.py": HANGING_ON_STOP},
        )
        assert run.code == 0, run.err
        assert "Interrupted again" not in run.err and "Response time percentiles" in run.err


def test_on_stop_is_not_cut_short_by_the_kill_that_it_follows(tmp_path):
    """The last wait of a task ends in the same turn of the loop in which its user is killed."""
    code = """
        import gevent
        from locust import User, constant, events, task

        class Punctual(User):
            wait_time = constant(0)

            @task
            def work(self):
                gevent.sleep(0.01)

            def on_stop(self):
                gevent.sleep(0.05)
                print("on_stop", flush=True)

        @events.init.add_listener
        def on_init(environment, **kwargs):
            @environment.events.spawning_complete.add_listener
            def on_complete(user_count):
                gevent.spawn(stop_and_start, environment.runner)

        def stop_and_start(runner):
            for turn in range(30):
                gevent.sleep(0.01)
                users = list(runner.user_greenlets)
                runner.stop_users({"Punctual": len(users)})
                runner.spawn_users({"Punctual": 4})
            runner.quit()
    """
    run = command(tmp_path, [*RUN, "-u", "4", "-t", "20s"], {"load.py": code})
    assert run.code == 0, run.err
    assert run.out.splitlines() == ["on_stop"] * 4 * 31
