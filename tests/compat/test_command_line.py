"""What options do: where files come from, what is only printed, the keys while a test runs."""

from __future__ import annotations

import functools
import http.server
import json
import os
import pty
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.locust_run import LocustProcess

USER = """
    from locust import User, constant, task

    class {name}(User):
        wait_time = constant(1)

        @task
        def work(self): ...
"""
REPORT = """
    import os
    from facts import fact
    from locust import events

    @events.init.add_listener
    def on_init(environment, **kwargs):
        fact("classes", sorted(c.__name__ for c in environment.user_classes))
        fact("settings", {c.__name__: [c.weight, c.fixed_count, c.host,
                                       sorted(t.__name__ for t in c.tasks)]
                          for c in environment.user_classes})
        fact("profile", environment.profile)
        os._exit(0)
"""
OPTIONS = ["--headless", "-t", "10s"]


def file(*names: str, reports: bool = False) -> str:
    return "\n".join([*(USER.format(name=name) for name in names), REPORT if reports else ""])


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A folder, and the address at which an HTTP server shows it."""
    folder = tmp_path / "served"
    folder.mkdir()

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None: ...

    handler = functools.partial(Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield folder, f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


class TestLocustfiles:
    """-f: commas with blanks, folders in folders, addresses, the last of several -f."""

    FILES = {
        "a.py": file("Ant"),
        "load/b.py": file("Bee"),
        "load/deep/c.py": file("Cat", reports=True),
        "load/_not.py": file("Dog"),
        "load/notes.txt": "no Python",
    }

    def test_commas_and_blanks(self, launch):
        run = launch(self.FILES, ["-f", "a.py, load/deep/c.py", *OPTIONS]).result()
        assert run.fact("classes") == ["Ant", "Cat"]

    def test_folders_in_folders(self, launch):
        run = launch(self.FILES, ["-f", "load", *OPTIONS]).result()
        assert run.fact("classes") == ["Bee", "Cat"]

    def test_a_folder_and_a_file(self, launch):
        run = launch(self.FILES, ["-f", "a.py,load", *OPTIONS]).result()
        assert run.fact("classes") == ["Ant", "Bee", "Cat"]

    def test_the_last_of_several(self, launch):
        run = launch(self.FILES, ["-f", "a.py", "-f", "load/deep/c.py", *OPTIONS]).result()
        assert run.fact("classes") == ["Cat"]

    def test_classes_of_several_files(self, launch):
        run = launch(self.FILES, ["-f", "a.py,load", *OPTIONS, "--", "Cat", "Ant"]).result()
        assert run.fact("classes") == ["Ant", "Cat"]

    def test_an_address(self, launch, served):
        folder, url = served
        (folder / "remote.py").write_text(
            "\n".join(line[4:] for line in file("Far", reports=True).splitlines())
        )
        run = launch(self.FILES, ["-f", f"a.py,{url}/remote.py", *OPTIONS]).result()
        assert run.fact("classes") == ["Ant", "Far"]

    def test_an_address_of_something_else(self, launch, served):
        folder, url = served
        (folder / "page.html").write_text("<html>Not Python</html>")
        run = launch(self.FILES, ["-f", f"{url}/page.html", *OPTIONS]).result()
        assert run.exit_code == 1 and f"{url}/page.html" in run.stderr

    @pytest.mark.parametrize("path", ["nowhere.py", "nowhere", "load/notes.txt", "empty", "-"])
    def test_that_are_none(self, launch, path):
        run = launch({**self.FILES, "empty/.keep": ""}, ["-f", path, *OPTIONS]).result()
        assert run.exit_code == 1 and path in run.stderr and "Traceback" not in run.stderr


RATIOS = """
    from locust import TaskSet, User, task

    class Visitor(User):
        weight = 3

        @task(3)
        def look(self): ...

        @task
        class Nested(TaskSet):
            @task
            def deeper(self): ...

    class Buyer(User):
        @task
        def buy(self): ...

    class Guard(User):
        fixed_count = 2

        @task
        def watch(self): ...
"""


class TestOnlyPrinted:
    """--list and --show-task-ratio print, and the process ends well."""

    def test_ratio(self, launch):
        run = launch(RATIOS, ["--show-task-ratio", "-u", "10"]).result()
        rows = [line.split() for line in run.stdout.splitlines() if line[:1] == " " and line[1:]]
        assert run.exit_code == 0
        assert run.stdout.splitlines()[1].strip() == "Task ratio per User class"
        assert ["60.0", "Visitor"] in rows and ["20.0", "Buyer"] in rows
        assert ["20.0", "Guard"] in rows and rows.count(["60.0", "Visitor"]) == 2
        assert ["75.0", "look"] in rows and ["45.0", "look"] in rows
        assert ["100.0", "deeper"] in rows and ["15.0", "deeper"] in rows

    def test_ratio_as_json(self, launch):
        run = launch(RATIOS, ["--show-task-ratio-json", "-u", "10"]).result()
        ratios = json.loads(run.stdout)
        assert run.exit_code == 0 and ratios.keys() == {"per_class", "total"}
        assert ratios["total"]["Visitor"]["ratio"] == 0.6
        assert ratios["per_class"]["Visitor"]["tasks"]["look"]["ratio"] == 0.75
        nested = ratios["total"]["Visitor"]["tasks"]["Nested"]
        assert nested["tasks"]["deeper"]["ratio"] == pytest.approx(0.15)

    def test_of_some_classes(self, launch):
        run = launch(RATIOS, ["--show-task-ratio-json", "Buyer"]).result()
        assert json.loads(run.stdout)["per_class"].keys() == {"Buyer"}

    def test_both_print_the_table(self, launch):
        both = ["--show-task-ratio", "--show-task-ratio-json"]
        assert "Total task ratio" in launch(RATIOS, both).result().stdout

    def test_the_list_goes_before_a_wrong_class(self, launch):
        run = launch(RATIOS, ["--list", "Nobody"]).result()
        assert run.exit_code == 0
        assert run.stdout.split()[:3] == ["Available", "Users:", "Visitor"]

    def test_a_wrong_class(self, launch):
        run = launch(RATIOS, [*OPTIONS, "Nobody"]).result()
        assert run.exit_code == 1 and "Unknown User(s): Nobody" in run.stderr


class TestConfigUsers:
    """--config-users: JSON and files, several of them, one object or a list."""

    BEE = '{"user_class_name": "Bee", "weight": 7}'
    BOTH = (
        '[{"user_class_name": "Ant", "fixed_count": 2},'
        ' {"user_class_name": "Bee", "host": "http://b"}]'
    )
    FILES = {
        "locustfile.py": file("Ant", "Bee", reports=True).replace(
            "def work(self): ...",
            "def work(self): ...\n\n        @task\n        def rest(self): ...",
        ),
        "both.json": BOTH,
    }
    ANT = [1, 0, None, ["rest", "work"]]

    @pytest.mark.parametrize(
        ("given", "ant", "bee"),
        [
            ([BEE], ANT, [7, 0, None, ["rest", "work"]]),
            ([BOTH], [1, 2, None, ["rest", "work"]], [1, 0, "http://b", ["rest", "work"]]),
            (["both.json", BEE], [1, 2, None, ["rest", "work"]],
             [7, 0, "http://b", ["rest", "work"]]),
            (['{"user_class_name": "Ant", "tasks": ["rest"]}'], [1, 0, None, ["rest"]],
             [1, 0, None, ["rest", "work"]]),
        ],
    )  # fmt: skip
    def test_from_the_command_line(self, launch, given, ant, bee):
        run = launch(self.FILES, [*OPTIONS, "--config-users", *given]).result()
        assert run.fact("settings") == {"Ant": ant, "Bee": bee}

    def test_from_the_environment(self, launch):
        run = launch(self.FILES, OPTIONS, {"LOCUST_CONFIG_USERS": "both.json"}).result()
        assert run.fact("settings")["Ant"][1] == 2

    @pytest.mark.parametrize(
        ("given", "code"),
        [
            ("nowhere.json", 2),
            ("no JSON", 2),
            ('{"weight": 1}', 2),
            ('{"user_class_name": "Nobody", "weight": 1}', 255),
            ('{"user_class_name": "Ant", "tasks": 3}', 255),
        ],
    )
    def test_that_make_no_sense(self, launch, given, code):
        run = launch(self.FILES, [*OPTIONS, "--config-users", given]).result()
        assert run.exit_code == code and run.facts == ()

    def test_a_profile(self, launch):
        run = launch(self.FILES, [*OPTIONS, "--profile", "nightly"]).result()
        assert run.fact("profile") == "nightly"


class TestStopTimeout:
    """--stop-timeout takes what --run-time takes."""

    LOCUSTFILE = """
        import os
        from facts import fact
        from locust import User, events, task

        class Visitor(User):
            @task
            def work(self): ...

        @events.init.add_listener
        def on_init(environment, **kwargs):
            fact("seconds", [environment.parsed_options.stop_timeout, environment.stop_timeout])
            os._exit(0)
    """

    @pytest.mark.parametrize(
        ("text", "seconds"),
        [("0", 0), ("7", 7), ("7s", 7), ("2m", 120), ("1h30m10s", 5410), ("1h10s", 3610)],
    )
    def test_spans(self, launch, text, seconds):
        run = launch(self.LOCUSTFILE, [*OPTIONS, "-s", text]).result()
        assert run.fact("seconds")[0] == seconds
        assert run.fact("seconds")[1] == seconds

    @pytest.mark.parametrize("text", ["", "0.5", "-1", "1s2m", "5 s", "1d", "s"])
    def test_that_are_none(self, launch, text):
        run = launch(self.LOCUSTFILE, [*OPTIONS, f"--stop-timeout={text}"]).result()
        assert run.exit_code == 2 and "--stop-timeout" in run.stderr


class TestResetStats:
    """--reset-stats: what was counted while users started is gone."""

    LOCUSTFILE = """
        import gevent
        from facts import fact, finish
        from locust import User, constant, events, task

        class Visitor(User):
            wait_time = constant(60)

            def on_start(self):
                self.environment.events.request.fire(
                    request_type="GET", name="login", response_time=1, response_length=1,
                    exception=None)

            @task
            def work(self): ...

        @events.spawning_complete.add_listener
        def on_complete(user_count):
            gevent.spawn_later(0.3, finish, ENVIRONMENT[0])

        ENVIRONMENT = []
        events.init.add_listener(lambda environment, **_: ENVIRONMENT.append(environment))
        events.quitting.add_listener(lambda environment, **_: fact(
            "requests", environment.stats.total.num_requests))
    """

    # The last user starts with the first of them all; who logs in after the ramp still counts.
    @pytest.mark.parametrize(("more", "most"), [([], 3), (["--reset-stats"], 1)])
    def test_what_is_left(self, launch, more, most):
        run = launch(self.LOCUSTFILE, [*OPTIONS, "-u", "3", "-r", "2", *more]).result()
        assert run.fact("requests") == 3 if not more else run.fact("requests") <= most


class TestTogether:
    """Options that have a meaning with another one only."""

    @pytest.mark.parametrize(
        ("arguments", "code", "words"),
        [
            (["--autoquit", "5"], 1, ["--autoquit", "--autostart"]),
            (["--csv-full-history"], 2, ["--csv-full-history", "--csv"]),
            (["--web-auth", "a:b"], 2, ["--web-auth", "--web-login"]),
            (["--legacy-ui"], 2, ["--legacy-ui"]),
            (["--loglevel", "LOUD"], 2, ["--loglevel", "LOUD"]),
            (["-r", "0"], 2, ["--spawn-rate"]),
            (["-r", "inf"], 2, ["--spawn-rate"]),
            (["--expect-workers", "0"], 2, ["--expect-workers"]),
            (["--headles"], 2, []),
            (["--nonsense"], 2, ["--nonsense"]),
            (["--userss", "3"], 2, ["--userss", "Did you mean '--users'?"]),
        ],
    )
    def test_refused(self, launch, arguments, code, words):
        run = launch(file("Ant", reports=True), ["--headless", *arguments]).result()
        if arguments == ["--headles"]:  # it is an abbreviation, and no mistake
            assert run.fact("classes") == ["Ant"]
            return
        assert run.exit_code == code and run.facts == ()
        for word in words:
            assert word in run.stderr


class TestOwnArguments:
    """What else `add_argument` takes, and what the page would show of it."""

    LOCUSTFILE = """
        import argparse, os
        from facts import fact
        from locust import User, events, task
        from locust.argument_parser import ui_extra_args_dict

        @events.init_command_line_parser.add_listener
        def on_parser(parser):
            group = parser.add_argument_group("mine")
            group.add_argument("--in-group", default="g")
            parser.add_argument("--token", is_secret=True, default="t", help="the token")
            parser.add_argument("--hidden", include_in_web_ui=False, default="h")
            parser.add_argument("--color", choices=["red", "blue"], default="red")
            parser.add_argument("--pair", nargs=2, type=int)
            parser.add_argument("--some", nargs="+", is_multiple=True, choices=["a", "b", "c"])
            parser.add_argument("--flag", action=argparse.BooleanOptionalAction, default=True)
            parser.add_argument("--must", is_required=True)
            parser.add_argument("--again", action="append")
            parser.add_argument("--count", action="count", default=0)

        class Visitor(User):
            @task
            def work(self): ...

        @events.init.add_listener
        def on_init(environment, **kwargs):
            options = environment.parsed_options
            fact("own", [options.in_group, options.pair, options.some, options.flag,
                         options.again, options.count, options.must])
            fact("shown", ui_extra_args_dict())
            os._exit(0)
    """

    def test_values(self, launch):
        arguments = ["--pair", "1", "2", "--some", "a", "c", "--no-flag", "--again", "x"]
        arguments += ["--again", "y", "--count", "--count", "--in-group", "G"]
        run = launch(self.LOCUSTFILE, [*OPTIONS, *arguments]).result()
        assert run.fact("own") == ["G", [1, 2], ["a", "c"], False, ["x", "y"], 2, None]

    def test_values_from_a_file(self, launch):
        files = {
            "locustfile.py": self.LOCUSTFILE,
            "locust.conf": "pair = [3, 4]\nsome = [b]\nflag = false\nagain = [x, y]\nmust = yes",
        }
        run = launch(files, OPTIONS).result()
        assert run.fact("own") == ["g", [3, 4], ["b"], False, ["x", "y"], 0, "yes"]

    def test_what_the_page_shows(self, launch):
        shown = launch(self.LOCUSTFILE, OPTIONS).result().fact("shown")
        assert shown.keys() == {
            *("token", "color", "pair", "some", "flag", "must", "again", "count")
        }
        assert shown["token"] == {
            "default_value": "t",
            "is_secret": True,
            "is_required": False,
            "help_text": "the token",
            "is_multiple": False,
            "choices": None,
        }
        assert shown["must"]["is_required"] and shown["some"]["is_multiple"]
        assert shown["color"]["choices"] == ["red", "blue"]

    @pytest.mark.parametrize("wrong", [["--color", "green"], ["--pair", "1"], ["--some", "d"]])
    def test_wrong_values(self, launch, wrong):
        run = launch(self.LOCUSTFILE, [*OPTIONS, *wrong]).result()
        assert run.exit_code == 2 and wrong[0] in run.stderr


class TestKeys:
    """w and W start 1 and 10 users more while a test runs, s and S stop as many."""

    LOCUSTFILE = """
        import gevent
        from facts import fact
        from locust import User, constant, events, task

        class Visitor(User):
            wait_time = constant(60)

            @task
            def work(self): ...

        @events.init.add_listener
        def on_init(environment, runner, **kwargs):
            def watch():
                seen = [None]
                while True:
                    if runner.state == "running" and runner.user_count != seen[-1]:
                        seen.append(runner.user_count)
                        fact(" ".join(map(str, seen[1:])))
                    gevent.sleep(0.02)
            gevent.spawn(watch)
    """

    def test_each(self, implementation, tmp_path):
        ours, theirs = pty.openpty()
        arguments = ["--headless", "-u", "2", "-r", "50", "-t", "25s", "--only-summary"]
        files = {"locustfile.py": self.LOCUSTFILE}
        folder = tmp_path / "run"
        folder.mkdir()
        try:
            with LocustProcess(implementation, folder, files, arguments, stdin=theirs) as process:
                seen = "2"
                process.wait_for_fact(seen)
                for key, users in (("w", 3), ("W", 13), ("s", 12), ("S", 2), ("S", 0)):
                    os.write(ours, key.encode())
                    seen += f" {users}"
                    process.wait_for_fact(seen)
                process.signal(signal.SIGINT)
                assert process.result().exit_code == 0
        finally:
            os.close(ours)
            os.close(theirs)
