"""Users that do not end when they are told to: the process does nevertheless, with its report."""

from __future__ import annotations

import signal
import time

from locustella_process import command, interrupted_at

RUN = ["-f", "load.py", "--headless", "--only-summary", "-u", "2", "-r", "10"]

SWALLOWS = """
    import gevent
    from locust import SequentialTaskSet, TaskSet, User, constant, events, task

    def careless(user):
        try:
            gevent.sleep(0.5)
        except:
            print("swallowed", flush=True)

    class OnItself(User):
        wait_time = constant(0)
        tasks = [careless]

        def on_stop(self):
            print("on_stop", flush=True)

    class InATaskSet(OnItself):
        class Inner(TaskSet):
            tasks = [careless]

            def on_stop(self):
                self.wait()  # allowed here, as ever
                print("waited in on_stop", flush=True)

        tasks = [Inner]
"""


def test_a_task_that_swallows_its_kill_is_the_users_last(tmp_path):
    began = time.monotonic()
    run = command(tmp_path, [*RUN, "-t", "1s"], {"load.py": SWALLOWS})
    assert run.code == 0, run.err
    assert time.monotonic() - began < 15
    lines = run.out.splitlines()
    assert sorted(lines) == ["on_stop"] * 2 + ["swallowed"] * 2 + ["waited in on_stop"]
    assert "Response time percentiles" in run.err


def test_on_start_may_swallow_it_too(tmp_path):
    code = SWALLOWS.replace("tasks = [careless]\n", "on_start = careless\n", 1).replace(
        "wait_time = constant(0)", "wait_time = constant(0)\n        def t(self): print('task')"
    )
    code = code.split("    class InATaskSet")[0].replace("sleep(0.5)", "sleep(50)")
    code = code.replace("on_start = careless", "on_start = careless\n        tasks = [t]")
    run = command(tmp_path, [*RUN, "-t", "1s"], {"load.py": code})
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


def test_a_task_that_never_ends_ends_with_the_second_signal(tmp_path):
    def terminate_twice(process):
        process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        process.send_signal(signal.SIGTERM)

    run = interrupted_at(
        tmp_path, "STOPPING", terminate_twice, [*RUN, "-t", "1s"], {"load.py": ENDLESS_TASK}
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
        began = time.monotonic()
        run = interrupted_at(
            tmp_path,
            "STOPPING",
            lambda process, number=number: process.send_signal(number),
            [*RUN, "-t", "1s"],
            {"load.py": HANGING_ON_STOP},
        )
        assert run.code == 0, run.err
        assert time.monotonic() - began < 20
        assert "Interrupted again" not in run.err and "Response time percentiles" in run.err
