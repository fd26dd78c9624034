"""Commands, load shapes, arguments and programs as stock Locust's documentation and its folder of
examples show them, in our words.

documented_examples.md says which page or example each class stands for.
"""

from __future__ import annotations

import json
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest

from support.http_target import Reply
from support.locust_run import Implementation, LocustProcess

OPTIONS = ["--headless", "-r", "50", "-t", "20s", "--only-summary"]


class TestFirstTest:
    """The quickstart, letter for letter but for the name of the command."""

    LOCUSTFILE = """
        from locust import HttpUser, task

        class HelloWorldUser(HttpUser):
            @task
            def hello_world(self):
                self.client.get("/hello")
                self.client.get("/world")
    """

    @pytest.fixture
    def command(self, implementation):
        """The command that pip installs, not `python -m`."""
        name = {"stock": "locust"}.get(implementation.name, "locustella")
        return Implementation(
            implementation.name, (str(Path(implementation.command[0]).parent / name),)
        )

    def test_headless(self, command, target, tmp_path):
        for path in ("/hello", "/world"):
            target.add_route(path, lambda request: Reply(body=b"hi", delay=0.05))
        words = ["--headless", "--users", "10", "--spawn-rate", "1", "-H", target.url]
        with LocustProcess(command, tmp_path, {"locustfile.py": self.LOCUSTFILE}, words) as process:
            deadline = time.monotonic() + 25
            while "All users spawned" not in process.collect().stderr:
                assert time.monotonic() < deadline, process.collect().describe()
                time.sleep(0.05)
            process.signal(signal.SIGINT)
            run = process.result()
        assert run.exit_code == 0, run.describe()
        assert "No run time limit set, use CTRL+C to interrupt" in run.stderr
        assert re.search(r"Ramping to 10 users .*1\.00", run.stderr)
        assert 'All users spawned: {"HelloWorldUser": 10} (10 total users)' in run.stderr
        tables = re.findall(
            r"^GET +/hello +\d+ +0\(0\.00%\) \|.*\n"
            r"GET +/world +\d+ +0\(0\.00%\) \|.*\n"
            r"-+\|.*\n +Aggregated +\d+ +0\(0\.00%\) \|",
            run.stderr,
            re.MULTILINE,
        )
        assert len(tables) >= 4

    @pytest.mark.parametrize("words", [["-V"], ["--help"]])
    def test_version_and_help(self, command, words, tmp_path):
        done = subprocess.run(
            [*command.command, *words],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        assert done.returncode == 0
        assert done.stdout.lower().startswith(("locust", "usage: locust"))
        assert words == ["-V"] or all(
            option in done.stdout for option in ("--headless", "--users", "--run-time", "--tags")
        )


class TestShapesByFormula:
    """What shapes by stages, steps and a curve say at certain seconds."""

    LOCUSTFILE = """
        import math
        from facts import fact
        from locust import HttpUser, LoadTestShape, events, task

        class One(HttpUser):
            @task
            def work(self): ...

        class Other(One): ...

        class Timed(LoadTestShape):
            abstract = True
            now = 0

            def get_run_time(self):
                return self.now

        class Stages(Timed):
            abstract = True
            stages = [(60, 10, 10, [One]), (100, 50, 10, [Other]), (180, 100, 10, None)]

            def tick(self):
                for until, users, rate, classes in self.stages:
                    if self.get_run_time() < until:
                        return (users, rate, classes) if classes else (users, rate)
                return None

        class Steps(Timed):
            abstract = True

            def tick(self):
                if self.get_run_time() > 600:
                    return None
                return ((math.floor(self.get_run_time() / 30) + 1) * 10, 10)

        class DoubleWave(Timed):
            abstract = True

            def tick(self):
                now = round(self.get_run_time())
                if now >= 600:
                    return None
                peak = lambda users, at: (users - 20) * math.e ** -((now / 40 - at) ** 2)
                users = round(peak(60, 5) + peak(40, 10) + 20)
                return (users, users)

        @events.init.add_listener
        def on_init(environment, **event):
            for shape in (Stages(), Steps(), DoubleWave()):
                ticks = []
                for shape.now in (0, 59.5, 60, 200, 400, 599, 700):
                    tick = shape.tick()
                    ticks.append(tick and [getattr(x, "__name__", x) for x in tick[:2]]
                                 + [c.__name__ for c in (tick[2] if len(tick) > 2 else [])])
                fact(type(shape).__name__, ticks)
            environment.runner.quit()
    """
    ARGS = ["-t", "1s"]

    def test_stages(self, run):
        assert run.fact("Stages") == [
            [10, 10, "One"],
            [10, 10, "One"],
            [50, 10, "Other"],
            None,
            None,
            None,
            None,
        ]

    def test_steps(self, run):
        users = [tick and tick[0] for tick in run.fact("Steps")]
        assert users == [10, 20, 30, 70, 140, 200, None]

    def test_a_curve(self, run):
        users = [tick and tick[0] for tick in run.fact("DoubleWave")]
        assert users == [20, 20, 20, 60, 40, 20, None]


class TestShapeThatWaitsForItsUsers:
    """Steps that count from when all their users are there, however slow these are to make."""

    LOCUSTFILE = """
        import time
        from facts import fact
        from locust import HttpUser, LoadTestShape, constant, task

        class Slow(HttpUser):
            wait_time = constant(60)

            def __init__(self, environment):
                time.sleep(0.4)
                super().__init__(environment)

            @task
            def work(self): ...

        class Waiting(LoadTestShape):
            steps = [(3, 0.5), (1, 0.5)]
            active = False

            def tick(self):
                if not self.steps:
                    return None
                users, dwell = self.steps[0]
                if self.get_current_user_count() == users:
                    if not self.active:
                        fact("reached", users)
                        self.reset_time()
                        self.active = True
                    if self.get_run_time() > dwell:
                        self.steps.pop(0)
                        self.active = False
                return (users, 100)
    """

    def test_both_steps(self, run):
        assert run.facts_named("reached") == [3, 1]
        assert run.seconds > 3


class TestOneFileForUsersOneForTheShape:
    """`-f users.py,low.py`, `-f users.py,high.py`, and an abstract shape that neither takes."""

    FILES = {
        "users.py": """
            from locust import User, constant, task

            class Visitor(User):
                wait_time = constant(60)

                @task
                def work(self): ...
        """,
        "base.py": """
            from locust import LoadTestShape

            class Base(LoadTestShape):
                abstract = True
                users = 0

                def tick(self):
                    return (self.users, 50) if self.get_run_time() < 1 else None
        """,
        "low.py": "from base import Base\n\n\nclass Low(Base):\n    users = 2\n",
        "high.py": "from base import Base\n\n\nclass High(Base):\n    users = 5\n",
    }

    @pytest.mark.parametrize(("file", "users"), [("low.py", 2), ("high.py", 5)])
    def test_each(self, launch, file, users):
        words = ["-f", f"users.py,{file}", "--headless", "--only-summary"]
        run = launch(self.FILES, words).result()
        assert f'{{"Visitor": {users}}} ({users} total users)' in run.stderr
        assert run.exit_code == 0


class TestArgumentsOfOnesOwn:
    """Every kind of argument that a file may add."""

    LOCUSTFILE = """
        from facts import fact, finish
        from locust import HttpUser, events, task

        @events.init_command_line_parser.add_listener
        def on_parser(parser):
            parser.add_argument("--my-argument", type=str, env_var="LOCUST_MY_ARGUMENT", default="")
            parser.add_argument("--stage", choices=["dev", "prod"], default="dev")
            parser.add_argument(
                "--endpoints", choices=["a", "b", "c"], is_multiple=True, default=["a"]
            )
            parser.add_argument("--hidden", include_in_web_ui=False, default="I am invisible")
            parser.add_argument("--password", is_secret=True, default="I am a secret")
            parser.add_argument("--switch", default=True)
            parser.add_argument("--needed", is_required=True, default="I am required")

        @events.test_start.add_listener
        def on_test_start(environment, **event):
            fact("at the start", environment.parsed_options.my_argument)

        class Visitor(HttpUser):
            @task
            def work(self):
                options = vars(self.environment.parsed_options)
                names = "my_argument stage endpoints hidden password switch needed".split()
                fact("options", [options[name] for name in names])
                finish(self.environment)
    """
    DEFAULTS = ["", "dev", ["a"], "I am invisible", "I am a secret", True, "I am required"]

    def test_defaults(self, launch):
        run = launch(self.LOCUSTFILE, [*OPTIONS, "-H", "http://127.0.0.1:9"]).result()
        assert run.fact("options") == self.DEFAULTS

    def test_given(self, launch):
        words = ["--stage", "prod", "--hidden", "h", "--password", "p"]
        run = launch(
            self.LOCUSTFILE,
            [*OPTIONS, "-H", "http://127.0.0.1:9", *words],
            {"LOCUST_MY_ARGUMENT": "from outside"},
        ).result()
        assert run.fact("at the start") == "from outside"
        assert run.fact("options")[:2] == ["from outside", "prod"]
        assert run.fact("options")[3:5] == ["h", "p"]

    def test_a_choice_that_is_none(self, launch):
        run = launch(self.LOCUSTFILE, [*OPTIONS, "--stage", "moon"]).result()
        assert run.exit_code == 2 and "--stage" in run.stderr and "moon" in run.stderr


class TestConfigUsers:
    """--config-users: attributes of user classes as JSON, several times, as a list, in a file."""

    LOCUSTFILE = """
        from facts import fact
        from locust import User, constant, events, task

        class Example(User):
            wait_time = constant(60)
            some_attribute = True

            @task
            def work(self): ...

        class ExampleTwo(Example): ...

        @events.spawning_complete.add_listener
        def on_complete(user_count, **event):
            fact("users", [Example.fixed_count, ExampleTwo.fixed_count, user_count])
            fact("attribute", Example.some_attribute)
    """
    ONE = '{"user_class_name": "Example", "fixed_count": 1, "some_attribute": false}'
    TWO = '{"user_class_name": "ExampleTwo", "fixed_count": 2}'

    @pytest.mark.parametrize(
        "given", [[ONE, TWO], [f"[{ONE}, {TWO}]"], ["users.json"]], ids=["several", "list", "file"]
    )
    def test_both_classes(self, launch, given):
        files = {"locustfile.py": self.LOCUSTFILE, "users.json": f"[{self.ONE}, {self.TWO}]"}
        words = ["--headless", "-u", "3", "-r", "9", "-t", "1s", "--only-summary"]
        run = launch(files, [*words, "--config-users", *given]).result()
        assert run.fact("users") == [1, 2, 3], run.describe()
        assert run.fact("attribute") is False


class TestStatisticsOfAProgram:
    """An environment of one's own with printed tables, a history and users that are told apart."""

    LOCUSTFILE = """
        import os
        import gevent
        from facts import TARGET, fact
        from locust import HttpUser, constant, events, task
        from locust.env import Environment
        from locust.log import setup_logging
        from locust.stats import stats_history, stats_printer

        class Visitor(HttpUser):
            host = TARGET
            wait_time = constant(0.05)
            token = None

            @task
            def work(self):
                fact("token", self.token)
                self.client.get("/json")

        setup_logging("INFO")
        environment = Environment(user_classes=[Visitor], events=events)
        runner = environment.create_local_runner()
        gevent.spawn(stats_printer(environment.stats))
        gevent.spawn(stats_history, environment.runner)
        users = runner.spawn_users({Visitor.__name__: 2})
        for number, user in enumerate(users, 1):
            user.token = f"token {number}"
        gevent.sleep(0.6)
        runner.quit()
        fact("tokens", [user.token for user in users])
        fact("history", environment.stats.history[0]["user_count"][1])
        fact("requests", environment.stats.get("/json", "GET").num_requests)
        os._exit(0)
    """

    def test_it_runs(self, run):
        assert run.fact("tokens") == ["token 1", "token 2"]
        assert set(run.facts_named("token")) == {"token 1", "token 2"}
        assert run.fact("requests") >= 4
        assert run.fact("history") in (0, 2)
        assert "Aggregated" in run.stderr


class TestSingleUsers:
    """A file that is started as a program runs one user of each of its classes."""

    SCRIPT = """
        import os
        from locust import HttpUser, run_single_user, task
        from locust.exception import StopUser

        class First(HttpUser):
            host = os.environ["LOCUSTFILE_TARGET"]

            @task
            def work(self):
                with self.client.get("/json", catch_response=True) as response:
                    print("status", response.status_code)
                raise StopUser()

        class Second(HttpUser):
            host = First.host

            @task
            def work(self):
                self.client.get("/status/404")
                raise StopUser()

        if __name__ == "__main__":
            print("first")
            run_single_user(First)
            print("second")
            run_single_user(Second, include_length=True, include_time=True)
            print("done")
    """

    def test_one_after_the_other(self, implementation, target, tmp_path):
        python, *module = implementation.command
        words = () if implementation.name == "stock" else tuple(module)
        started = Implementation(implementation.name, (python, *words, "single.py"))
        environment = {"LOCUSTFILE_TARGET": target.url}
        with LocustProcess(
            started, tmp_path, {"single.py": self.SCRIPT}, [], environment
        ) as process:
            run = process.result()
        assert run.exit_code == 0, run.describe()
        said = [line.split()[0] for line in run.stdout.splitlines() if line.strip()]
        assert said[0] == "first" and said[-1] == "done"
        assert said.index("status") < said.index("second")
        assert re.search(r"^GET\s+/json\s+[\d.]+", run.stdout, re.MULTILINE)
        assert re.search(r"GET\s+/status/404\s+.*HTTPError", run.stdout)


class TestDebugStream:
    """FastHttpUser writes what it sends and gets to a stream."""

    LOCUSTFILE = """
        import sys
        from facts import finish
        from locust import FastHttpUser, task

        class Visitor(FastHttpUser):
            @task
            def work(self):
                self.client.get("/json", debug_stream=sys.stdout)
                self.client.post("/echo?to=me", data="a body", debug_stream=sys.stdout)
                self.client.get("/status/404", debug_stream=sys.stdout)
                self.client.get("http://127.0.0.1:9/nobody", debug_stream=sys.stdout)
                self.client.get("/bytes/3")
                finish(self.environment)
    """

    def test_the_conversation(self, run):
        assert re.search(r"REQUEST: http://\S+/json", run.stdout)
        assert "GET /json HTTP/1.1" in run.stdout
        assert "RESPONSE: HTTP/1.1 200" in run.stdout and '"lark"' in run.stdout
        post = run.stdout.partition("POST /echo?to=me HTTP/1.1\n")[2]
        assert re.match(r"([\w-]+: .+\n)+\na body\n\nRESPONSE: HTTP/1.1 200\n", post)
        assert "RESPONSE: HTTP/1.1 404" in run.stdout
        assert "/bytes/3" not in run.stdout and "nobody" not in run.stdout


class TestPytestStyle:
    """Test functions instead of user classes: `session` and `fastsession` are fixtures."""

    FILE = """
        import time

        def test_stuff(session):
            answer = session.get("/json")
            answer.raise_for_status()
            with session.get("/json", name="checked", catch_response=True) as answer:
                if "lark" not in answer.text:
                    answer.failure("no lark")
            answer.raise_for_status()
            helper(session)
            time.sleep(0.1)

        def test_fast(fastsession):
            fastsession.get("/bytes/3", name="fast")
            time.sleep(0.1)

        def helper(session):
            session.get("/status/404", name="from a helper").raise_for_status()
    """

    def test_they_are_users(self, launch, target):
        words = [*OPTIONS[:3], "-t", "3s", "--only-summary", "-u", "2", "-H", target.url]
        files = {"test_shop.py": self.FILE}
        run = launch(files, ["-f", "test_shop.py", *words, "--json"]).result()
        entries = {entry["name"]: entry for entry in json.loads(run.stdout)}
        assert set(entries) == {"/json", "checked", "fast", "from a helper"}, run.describe()
        assert entries["/json"]["num_requests"] >= 2 and entries["fast"]["num_requests"] >= 2
        assert entries["from a helper"]["num_failures"] >= 2
        assert '"test_fast": 1, "test_stuff": 1' in run.stderr


class TestEnvironmentOfTheShell:
    """MY_FUNKY_VAR=42 in the shell, `os.environ` in the file."""

    ENV = {"MY_FUNKY_VAR": "42"}
    LOCUSTFILE = """
        import os
        from facts import fact, finish
        from locust import User, task

        fact("at import", os.environ["MY_FUNKY_VAR"])

        class Visitor(User):
            @task
            def work(self):
                finish(self.environment)
    """

    def test_it_is_there(self, run):
        assert run.fact("at import") == "42"
