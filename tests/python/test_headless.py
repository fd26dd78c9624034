"""A headless run from outside: output, files, exit codes, signals, the keyboard."""

from __future__ import annotations

import csv
import json
import os
import pty
import signal
import subprocess
import sys
import textwrap
import time

import pytest
from locustella_process import LIMIT_S, Finished, command, interrupted_at

BOUND = ["-t", "20"]  # seconds: ends a run whose file forgot to

COUNTING = """
    from locust import User, constant, events, task

    class Visitor(User):
        wait_time = constant(0.001)
        done = 0

        @task
        def work(self):
            Visitor.done += 1
            fails = Visitor.done in FAILING
            self.environment.events.request.fire(
                request_type="TCP", name="echo", response_time=5, response_length=10,
                exception=ValueError("no echo") if fails else None, context={})
            if Visitor.done == 5:
                self.environment.runner.quit()

    @events.quitting.add_listener
    def on_quitting(environment, **kwargs):
        print("quitting", environment.stats.total.num_requests)

    @events.quit.add_listener
    def on_quit(exit_code):
        print("quit", exit_code)

    FAILING = ()
"""
FAILING = COUNTING.replace("FAILING = ()", "FAILING = (2, 3)")


def headless(tmp_path, code, *arguments, files=None, env=None):
    arguments = ["-f", "load.py", "--headless", *BOUND, *arguments]
    return command(tmp_path, arguments, {"load.py": code, **(files or {})}, env)


class TestReport:
    def test_the_final_tables(self, tmp_path):
        run = headless(tmp_path, COUNTING, "--only-summary")
        assert run.code == 0, run.err
        assert run.out.splitlines() == ["quitting 5", "quit 0"]
        rows = [line.split()[:4] for line in run.err.splitlines() if line.startswith("TCP")]
        assert rows[0][:3] == ["TCP", "echo", "5"] and len(rows) >= 2
        assert "Response time percentiles" in run.err and "Error report" not in run.err

    def test_tables_while_it_runs_unless_only_summary(self, tmp_path):
        often = headless(tmp_path, COUNTING)
        once = headless(tmp_path, COUNTING, "--only-summary")
        assert often.err.count("# reqs") > once.err.count("# reqs") > 0

    def test_failures_have_a_table(self, tmp_path):
        run = headless(tmp_path, FAILING, "--only-summary")
        assert run.code == 1 and run.out.splitlines()[-1] == "quit 1"
        assert "TCP echo: ValueError('no echo')" in run.err

    def test_json_and_nothing_else_on_stdout(self, tmp_path):
        quiet = COUNTING.split("@events.quitting")[0] + "\n    FAILING = ()\n"
        run = headless(tmp_path, quiet, "--json")
        (entry,) = json.loads(run.out)
        assert (entry["name"], entry["num_requests"]) == ("echo", 5)

    def test_json_in_a_file_takes_the_place_of_the_tables(self, tmp_path):
        run = headless(tmp_path, COUNTING, "--only-summary", "--json-file", "new/results")
        assert run.code == 0 and "# reqs" not in run.err
        assert run.err.endswith("locust.main: The results are in new/results.json\n")
        (entry,) = json.loads((tmp_path / "new/results.json").read_text())
        assert entry["num_requests"] == 5

    def test_json_that_cannot_be_written(self, tmp_path):
        run = headless(tmp_path, COUNTING, "--only-summary", "--json-file", "load.py/results")
        assert run.code == 1 and "cannot write the results to load.py/results.json" in run.err
        assert "# reqs" not in run.err and run.out == ""  # it did not start

    def test_json_that_cannot_be_written_in_the_end(self, tmp_path):
        code = COUNTING + """
    @events.test_start.add_listener
    def on_start(**kwargs):
        import pathlib, shutil
        shutil.rmtree("new")
        pathlib.Path("new").write_text("a file where a folder should be")
"""
        run = headless(tmp_path, code, "--only-summary", "--json-file", "new/results")
        assert run.code == 1 and "Cannot write the results to new/results.json" in run.err
        (row,) = [line for line in run.err.splitlines() if line.startswith("TCP")][:1]
        assert row.split()[:3] == ["TCP", "echo", "5"]

    def test_failed_connections_are_those_of_the_failed_requests(self, tmp_path):
        """Both to the end of the last user, which is after the end of the run time."""
        code = """
            import socket
            from locust import HttpUser, constant, task

            with socket.create_server(("127.0.0.1", 0)) as gone:
                port = gone.getsockname()[1]

            class Visitor(HttpUser):
                host = f"http://127.0.0.1:{port}"
                wait_time = constant(1000)

                @task
                def work(self):
                    self.client.get("/")

                def on_stop(self):
                    self.client.get("/stop")
        """
        outputs = ["--only-summary", "--json-file", "j", "--html", "r.html"]
        arguments = ["--headless", "-u", "3", "-r", "3", "-t", "1", *outputs]
        run = command(tmp_path, ["-f", "load.py", *arguments], {"load.py": code})
        failed = sum(
            entry["num_failures"] for entry in json.loads((tmp_path / "j.json").read_text())
        )
        known = json.loads((tmp_path / "j_run.json").read_text())["generator"]["connections"]
        assert run.code == 1 and failed == known["failed"] == 6
        run = command(tmp_path, ["-f", "load.py", *arguments[:7], *outputs[:1]], {"load.py": code})
        (line,) = [line for line in run.err.splitlines() if "that failed to open" in line]
        assert line.split()[-1] == "6" and "6(100.00%)" in run.err

    def test_csv_files(self, tmp_path):
        run = headless(tmp_path, FAILING, "--csv", "new/run", "--csv-full-history")
        assert run.code == 1, run.err
        names = sorted(path.name for path in (tmp_path / "new").iterdir())
        assert names == [
            "run_exceptions.csv",
            "run_failures.csv",
            "run_stats.csv",
            "run_stats_history.csv",
        ]
        header = next(csv.reader((tmp_path / "new/run_stats.csv").open()))
        assert header[:3] == ["Type", "Name", "Request Count"]

    def test_a_csv_prefix_that_a_listener_sets_comes_too_late(self, tmp_path):
        code = COUNTING + """
    @events.init.add_listener
    def on_init(environment, **kwargs):
        environment.parsed_options.csv_prefix = "late"
"""
        run = headless(tmp_path, code)
        assert run.code == 0 and "csv_prefix was set too late" in run.err, run.err
        assert "Traceback" not in run.err and not list(tmp_path.glob("late*"))

    def test_logging_options(self, tmp_path):
        run = headless(tmp_path, COUNTING, "--only-summary", "--logfile", "new/log")
        assert "INFO" not in run.err and "Ramping to 1 users" in (tmp_path / "new/log").read_text()
        run = headless(tmp_path, COUNTING, "--only-summary", "-L", "ERROR")
        assert "INFO" not in run.err
        run = headless(tmp_path, COUNTING, "--skip-log-setup")
        assert run.code == 0 and run.err == ""


class TestExitCodes:
    @pytest.mark.parametrize(
        "addition, arguments, code",
        [
            ("", [], 0),
            ("", ["--exit-code-on-error", "7"], 0),
            ("FAILING = (1,)", [], 1),
            ("FAILING = (1,)", ["--exit-code-on-error", "7"], 7),
            ("FAILING = (1,)", ["--exit-code-on-error", "0"], 0),
            ("events.test_start.add_listener(lambda environment: 1 / 0)", [], 2),
            (
                "events.quitting.add_listener("
                "lambda environment, **_: setattr(environment, 'process_exit_code', 42))\n"
                "    FAILING = (1,)",
                [],
                42,
            ),
        ],
    )
    def test_code(self, tmp_path, addition, arguments, code):
        run = headless(tmp_path, f"{COUNTING}\n    {addition}\n", "--only-summary", *arguments)
        assert run.code == code, run.err
        assert f"Shutting down (exit code {code})" in run.err

    def test_an_exception_in_a_task(self, tmp_path):
        code = COUNTING.replace("Visitor.done += 1", "Visitor.done += 1; self.oops()").replace(
            "wait_time =", "on_stop = lambda self: None\n        wait_time ="
        )
        code += """
    def oops(self):
        if Visitor.done == 5:
            self.environment.runner.quit()
        raise ValueError("in a task")
    Visitor.oops = oops
"""
        run = headless(tmp_path, code, "--only-summary")
        assert run.code == 1 and "ValueError: in a task" in run.err

    def test_quitting_listeners_run_in_reverse(self, tmp_path):
        code = COUNTING + """
    @events.init.add_listener
    def on_init(environment, **kwargs):
        environment.events.quitting.add_listener(lambda **kwargs: print("added last"))
"""
        run = headless(tmp_path, code, "--only-summary")
        assert run.out.splitlines() == ["added last", "quitting 5", "quit 0"]


OPTIONS = """
    from locust import LoadTestShape, User, constant, events, tag, task

    class One(User):
        @tag("first")
        @task
        def a(self): ...

        @tag("second")
        @task(3)
        def b(self): ...

    class Two(One):
        weight = 5

    @events.spawning_complete.add_listener
    def on_complete(user_count):
        runner = ENVIRONMENT.runner
        print(user_count, {cls.__name__: (cls.weight, [t.__name__ for t in cls.tasks])
                           for cls in runner.user_classes}, ENVIRONMENT.stop_timeout)
        runner.quit()

    @events.init.add_listener
    def on_init(environment, runner, web_ui):
        global ENVIRONMENT
        ENVIRONMENT = environment
"""


class TestOptions:
    def seen(self, tmp_path, *arguments, files=None, env=None, code=OPTIONS):
        run = headless(tmp_path, code, "--only-summary", *arguments, files=files, env=env)
        assert run.code == 0, run.err
        count, rest = run.out.splitlines()[-1].split(" ", 1)
        classes, _, stop_timeout = rest.rpartition(" ")
        return int(count), eval(classes), float(stop_timeout)

    def test_defaults(self, tmp_path):
        own = ["a", "b", "b", "b"]
        assert self.seen(tmp_path) == (1, {"One": (1, own), "Two": (5, own)}, 0)

    def test_users_rate_and_stop_timeout(self, tmp_path):
        assert self.seen(tmp_path, "-u", "7", "-r", "100", "-s", "1m")[::2] == (7, 60)

    def test_from_the_environment_and_a_file(self, tmp_path):
        files = {"locust.conf": "users = 3\nspawn-rate = 100\n"}
        assert self.seen(tmp_path, files=files)[0] == 3
        assert self.seen(tmp_path, files=files, env={"LOCUST_USERS": "4"})[0] == 4

    def test_chosen_user_classes(self, tmp_path):
        assert list(self.seen(tmp_path, "Two")[1]) == ["Two"]
        assert list(self.seen(tmp_path, env={"LOCUST_USER_CLASSES": "One"})[1]) == ["One"]

    @pytest.mark.parametrize("tags, left", [(["-T", "first"], ["a"]), (["-E", "first"], ["b"] * 3)])
    def test_tags(self, tmp_path, tags, left):
        assert self.seen(tmp_path, *tags)[1]["One"][1] == left

    def test_equal_weights(self, tmp_path):
        classes = self.seen(tmp_path, "--equal-weights")[1]
        assert {name: (weight, sorted(tasks)) for name, (weight, tasks) in classes.items()} == {
            "One": (1, ["a", "b"]),
            "Two": (1, ["a", "b"]),
        }

    def test_settings_of_user_classes(self, tmp_path):
        settings = json.dumps([{"user_class_name": "Two", "weight": 9, "tasks": ["b"]}])
        assert self.seen(tmp_path, "--config-users", settings)[1]["Two"] == (9, ["b", "b", "b"])

    def test_a_custom_argument(self, tmp_path):
        code = """
            from locust import User, events, task

            @events.init_command_line_parser.add_listener
            def _(parser):
                parser.add_argument("--token", default="none", env_var="MY_TOKEN")

            class Visitor(User):
                @task
                def work(self):
                    print(self.environment.parsed_options.token)
                    self.environment.runner.quit()
        """
        assert headless(tmp_path, code, "--token", "given").out == "given\n"
        assert headless(tmp_path, code, env={"MY_TOKEN": "kept"}).out == "kept\n"

    def test_no_warning_about_the_spawn_rate(self, tmp_path):
        run = headless(tmp_path, COUNTING, "-r", "5000", "--only-summary")
        assert "WARNING" not in run.err

    def test_fixed_counts_beyond_the_number_of_users(self, tmp_path):
        code = OPTIONS.replace("weight = 5", "fixed_count = 5")
        run = headless(tmp_path, code, "-u", "2", "--only-summary")
        assert "fixed_count" in run.err and "--users is 2" in run.err

    def test_a_shape_takes_the_place_of_options(self, tmp_path):
        code = OPTIONS + """
    class Shape(LoadTestShape):
        def tick(self):
            return (3, 100) if self.get_run_time() < 15 else None
"""
        run = headless(tmp_path, code, "-u", "9", "--only-summary")
        assert run.out.startswith("3 ") and "--users" in run.err and "--run-time" in run.err

    def test_the_end_of_a_shape_is_the_end_of_the_run(self, tmp_path):
        code = """
            from locust import LoadTestShape, User
            class Visitor(User): ...
            class Shape(LoadTestShape):
                def tick(self):
                    return None
        """
        run = headless(tmp_path, code, "--only-summary")
        assert run.code == 0 and "Shape test completed" in run.err

    def test_a_shape_that_fails_ends_the_run(self, tmp_path):
        code = """
            from locust import LoadTestShape, User
            class Visitor(User): ...
            class Shape(LoadTestShape):
                def tick(self):
                    raise ValueError("no idea")
        """
        run = headless(tmp_path, code, "--only-summary")
        assert run.code == 2 and "ValueError: no idea" in run.err


LONG = """
    from locust import User, constant, events, task
    import gevent

    class Visitor(User):
        wait_time = constant(100)

        def on_start(self):
            self.environment.events.request.fire(
                request_type="TCP", name="hello", response_time=1, response_length=1,
                exception=None, context={})
            print("STARTED")

        @task
        def work(self): ...

        def on_stop(self):
            print("stopped")
"""


class TestSignals:
    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_one_ends_the_run_with_a_full_report(self, tmp_path, number):
        run = interrupted_at(
            tmp_path,
            "STARTED",
            lambda process: process.send_signal(number),
            ["-f", "load.py", "--headless", "--only-summary", "-t", "25"],
            {"load.py": LONG},
        )
        assert run.code == 0, run.err
        assert run.out.splitlines() == ["STARTED", "stopped"]
        assert "TCP      hello" in run.err and "Response time percentiles" in run.err
        assert "Traceback" not in run.err

    def test_a_second_interrupt_does_not_wait(self, tmp_path):
        code = LONG.replace('print("stopped")', 'print("STOPPING"); gevent.sleep(100)')

        def interrupt_twice(process):
            process.send_signal(signal.SIGINT)
            for line in process.stdout:
                if line.strip() == "STOPPING":
                    break
            process.send_signal(signal.SIGINT)

        run = interrupted_at(
            tmp_path,
            "STARTED",
            interrupt_twice,
            ["-f", "load.py", "--headless", "--only-summary", "-t", "25"],
            {"load.py": code},
        )
        assert "Interrupted again" in run.err and "Response time percentiles" in run.err
        assert "Traceback" not in run.err

    def test_an_interrupt_while_the_locustfile_is_loaded(self, tmp_path):
        run = interrupted_at(
            tmp_path,
            "LOADING",
            lambda process: process.send_signal(signal.SIGINT),
            ["-f", "load.py", "--headless"],
            {"load.py": "import time\nprint('LOADING')\ntime.sleep(100)\n"},
        )
        assert run.code == 130 and "Traceback" not in run.err

    def test_a_user_that_keeps_the_interpreter_busy(self, tmp_path):
        code = LONG.replace('print("STARTED")', 'print("STARTED")\n            while True: pass')

        def keep_interrupting(process):
            give_up_at = time.monotonic() + LIMIT_S
            while process.poll() is None and time.monotonic() < give_up_at:
                process.send_signal(signal.SIGINT)
                time.sleep(0.1)

        run = interrupted_at(
            tmp_path,
            "STARTED",
            keep_interrupting,
            ["-f", "load.py", "--headless", "--only-summary", "-t", "25"],
            {"load.py": code},
        )
        assert "TCP      hello" in run.err


def in_a_terminal(tmp_path, code, keys, *arguments):
    """Runs the file headless with a terminal as stdin; types `keys` when it prints READY."""
    (tmp_path / "load.py").write_text(textwrap.dedent(code))
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "locustella", "-f", "load.py", "--headless",
         "--only-summary", *BOUND, *arguments],
        cwd=tmp_path, stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    seen = []
    for line in process.stdout:
        seen.append(line)
        if line.startswith("READY"):
            os.write(ours, keys.pop(0).encode())
    err = process.stderr.read()
    process.wait(timeout=LIMIT_S)
    os.close(ours)
    os.close(theirs)
    return Finished(process.returncode, "".join(seen), err)


KEYS = """
    from locust import User, constant, events, task

    class Visitor(User):
        wait_time = constant(100)

        @task
        def work(self): ...

    steps = iter([1, 11, 12, 11, 1])

    @events.init.add_listener
    def on_init(environment, **kwargs):
        @environment.events.spawning_complete.add_listener
        def on_complete(user_count):
            assert user_count == next(steps)
            print("READY" if user_count != 1 or not done else "DONE", user_count)
            done.append(user_count)
            if len(done) == 5:
                environment.runner.quit()

    done = []
"""


def test_keys_change_the_number_of_users(tmp_path):
    run = in_a_terminal(tmp_path, KEYS, ["W", "w", "s", "S"])
    assert run.code == 0, run.err
    assert run.out.splitlines() == ["READY 1", "READY 11", "READY 12", "READY 11", "DONE 1"]


def test_a_test_may_begin_with_nobody(tmp_path):
    code = KEYS.replace("[1, 11, 12, 11, 1]", "[0, 10, 11, 10, 0]")
    run = in_a_terminal(tmp_path, code, ["W", "w", "s", "S", " "], "-u", "0")
    assert run.code == 0, run.err
    assert run.out.splitlines() == ["READY 0", "READY 10", "READY 11", "READY 10", "READY 0"]
