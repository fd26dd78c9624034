"""The command line as a user meets it: bad input, lists, ratios, and what does not exist yet.

Each message is short, says what to do and shows nothing of Locustella's inside.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from locustella_process import command, python

from locustella.command import start_checks
from locustella.process import descriptors

HEADLESS = ["--headless", "--only-summary", "-t", "20"]

USERS = """
    from locust import HttpUser, TaskSet, User, task

    class Visitor(User):
        weight = 3

        @task(3)
        def look(self): ...

        @task
        class Nested(TaskSet):
            @task
            def deeper(self): ...

    class Buyer(HttpUser):
        @task
        def buy(self): ...
"""


def told(tmp_path, arguments, files=None, env=None, code=1):
    """What stderr says, after checking that it is a message and not a crash."""
    run = command(tmp_path, arguments, {"locustfile.py": USERS, **(files or {})}, env)
    assert run.code == code, run.err
    assert len(run.err.splitlines()) < 40
    assert "site-packages" not in run.err and "locustella/" not in run.err, run.err
    return run.err


class TestLocustfile:
    def test_no_such_file(self, tmp_path):
        assert "Could not find 'nowhere.py'" in told(tmp_path, ["-f", "nowhere.py", *HEADLESS])

    def test_a_syntax_error(self, tmp_path):
        files = {"broken.py": "from locust import User\nclass V(User)\n    pass\n"}
        message = told(tmp_path, ["-f", "broken.py", *HEADLESS], files)
        assert 'broken.py", line 2' in message and "SyntaxError: expected ':'" in message

    def test_an_error_deep_in_an_import(self, tmp_path):
        files = {
            "deep.py": "import wrong\n",
            "wrong.py": "from locust import constant_throughput\nconstant_throughput(0)\n",
        }
        message = told(tmp_path, ["-f", "deep.py", *HEADLESS], files)
        assert 'deep.py", line 1' in message and 'wrong.py", line 2' in message
        assert "ValueError" in message and message.count("File ") == 2

    @pytest.mark.parametrize("code", ["def (", "import nowhere_at_all", "1 / 0"])
    def test_of_several_files_only_the_broken_one_is_blamed(self, tmp_path, code):
        files = {"load/broken.py": code + "\n", "load/good.py": USERS}
        message = told(tmp_path, ["-f", "load", *HEADLESS], files)
        first = message.splitlines()[0]
        assert first.endswith("load/broken.py:") and "good.py" not in first

    def test_a_chain_of_errors(self, tmp_path):
        code = """
            try:
                {}["first"]
            except KeyError as error:
                raise ValueError("second") from error
        """
        message = told(tmp_path, ["-f", "chain.py", *HEADLESS], {"chain.py": code})
        assert "KeyError: 'first'" in message and "ValueError: second" in message

    def test_an_endless_traceback_fits_on_a_screen(self, tmp_path):
        code = """
            def a(n):
                b(n)
            def b(n):
                a(n)
            a(0)
        """
        message = told(tmp_path, ["-f", "deep.py", *HEADLESS], {"deep.py": code})
        assert "RecursionError" in message

    def test_a_module_that_is_not_installed(self, tmp_path):
        files = {"needs.py": "import no_such_module.inner\n"}
        message = told(tmp_path, ["-f", "needs.py", *HEADLESS], files)
        assert "-m pip install no_such_module" in message

    def test_a_module_of_locusts_that_is_not_here(self, tmp_path):
        files = {"needs.py": "from locust.contrib.nowhere import X\n"}
        message = told(tmp_path, ["-f", "needs.py", *HEADLESS], files)
        assert "Locustella has no module locust.contrib.nowhere" in message

    def test_its_own_exit_code(self, tmp_path):
        files = {"leaves.py": "import sys; sys.exit(7)\n"}
        assert told(tmp_path, ["-f", "leaves.py", *HEADLESS], files, code=7) == ""

    def test_no_user_class(self, tmp_path):
        message = told(tmp_path, ["-f", "empty.py", *HEADLESS], {"empty.py": "x = 1\n"})
        assert "No User class found" in message and "@task" in message

    def test_two_classes_of_one_name(self, tmp_path):
        files = {"more.py": USERS}
        message = told(tmp_path, ["-f", "locustfile.py,more.py", *HEADLESS], files)
        assert "Duplicate user class names: Visitor" in message

    def test_all_weights_zero(self, tmp_path):
        code = "from locust import User\nclass V(User):\n    weight = 0\n"
        message = told(tmp_path, ["-f", "zero.py", *HEADLESS], {"zero.py": code})
        assert "weight above 0" in message

    def test_an_init_listener_that_fails(self, tmp_path):
        code = """
            from locust import User, events, task
            @events.init.add_listener
            def on_init(environment, **kwargs):
                raise ValueError("no database")
            class V(User):
                @task
                def work(self): ...
        """
        run = command(tmp_path, ["-f", "init.py", *HEADLESS], {"init.py": code})
        assert run.code == 1 and "no database" in run.err


class TestHost:
    @pytest.mark.parametrize("client", ["HttpUser", "FastHttpUser"])
    def test_none(self, tmp_path, client):
        files = {"locustfile.py": USERS.replace("HttpUser", client)}
        message = told(tmp_path, [*HEADLESS, "Buyer"], files)
        assert message.count("Buyer has no host") == 2
        last = message.rstrip().splitlines()[-1]  # below the tables, where people look
        assert "The test ended early: Buyer has no host" in last and "--host http://" in last

    def test_without_a_scheme(self, tmp_path):
        message = told(tmp_path, [*HEADLESS, "-H", "example.com", "Buyer"])
        assert "write --host http://example.com" in message

    def test_other_protocols_take_any_host(self, tmp_path):
        code = """
            from locust import User, task
            class V(User):
                @task
                def work(self):
                    print(self.host)
                    self.environment.runner.quit()
        """
        run = command(tmp_path, ["-f", "v.py", *HEADLESS, "-H", "localhost:6379"], {"v.py": code})
        assert (run.code, run.out) == (0, "localhost:6379\n"), run.err

    @pytest.mark.parametrize("host", ["http//shop:80/x", "https:/shop:80/x", "http:shop:80/x"])
    def test_a_scheme_that_is_not_finished(self, tmp_path, host):
        message = told(tmp_path, [*HEADLESS, "-H", host, "Buyer"])
        assert f"{host!r} has no scheme: write --host http://shop:80/x (or https://)" in message

    @pytest.mark.parametrize("host", ["htp://shop:8080/x", "ftp://shop:8080/x", "://shop:8080/x"])
    def test_a_scheme_that_nobody_knows(self, tmp_path, host):
        message = told(tmp_path, [*HEADLESS, "-H", host, "Buyer"])
        scheme = host.partition("shop")[0]
        assert f"{host!r} begins with {scheme!r}, which HTTP users do not know" in message
        assert "write --host http://shop:8080/x or --host https://shop:8080/x" in message


    @pytest.mark.parametrize(
        "host, words",
        [
            ("http://", "names no host: write --host http://"),
            ("https://:443", "names no host"),
            ("http://127.0.0.1:99999", "has no usable port"),
            ("http://shop:http", "has no usable port"),
            ("http://[::1", "is no URL that can be used"),
            ("http://*.test", "is no URL that can be used"),
        ],
    )
    def test_that_leads_nowhere(self, tmp_path, host, words):
        message = told(tmp_path, [*HEADLESS, "-H", host, "Buyer"])
        assert f"the host {host!r} {words}" in message


class TestTags:
    LOAD = """
        from locust import User, tag, task

        class Visitor(User):
            @tag("read", "fast")
            @task
            def look(self):
                print("looked", flush=True)
                self.environment.runner.quit()

        class Buyer(User):
            @tag("write")
            @task
            def buy(self):
                print("bought", flush=True)
                self.environment.runner.quit()
    """

    @pytest.mark.parametrize(
        "arguments, given",
        [
            (["-T", "raed"], "--tags raed"),
            (["-E", "read", "write"], "--exclude-tags read write"),
            (["-T", "read", "-E", "fast"], "--tags read and --exclude-tags fast"),
        ],
    )
    def test_that_leave_nothing_to_run(self, tmp_path, arguments, given):
        """The test starts, as under Locust, and ends at once."""
        run = command(tmp_path, [*HEADLESS, *arguments], {"locustfile.py": self.LOAD})
        assert (run.code, run.out) == (1, ""), run.err
        assert f"{given}: no task is left to run." in run.err and "Traceback" not in run.err
        assert "The tags in the locustfile: fast, read, write" in run.err

    def test_that_leave_nothing_but_a_listener_adds_some(self, tmp_path):
        more = """
        from locust import events

        @events.test_start.add_listener
        def add(**kwargs):
            Visitor.tasks = [lambda user: user.environment.runner.quit()]
        """
        load = {"locustfile.py": self.LOAD + more}
        run = command(tmp_path, [*HEADLESS, "-T", "raed", "--", "Visitor"], load)
        assert run.code == 0 and "no task is left" not in run.err, run.err

    def test_that_leave_a_class_without_tasks(self, tmp_path):
        """As under Locust: the others run, and a warning tells of it."""
        arguments = [*HEADLESS, "-u", "2", "-r", "2", "-T", "read"]
        run = command(tmp_path, arguments, {"locustfile.py": self.LOAD})
        assert run.out == "looked\n"
        assert "No task of Buyer is left after filtering by tags" in run.err

    def test_are_not_to_blame_where_there_are_no_tasks(self, tmp_path):
        load = """
        from locust import User, constant

        class Visitor(User):
            wait_time = constant(1)

            def forgotten(self): ...
        """
        run = command(tmp_path, [*HEADLESS, "-t", "1"], {"locustfile.py": load})
        assert "Visitor has no tasks: write @task above its methods" in run.err

    def test_of_the_environment_count_too(self, tmp_path):
        more = """
        from locust import events

        @events.init.add_listener
        def choose(environment, **kwargs):
            environment.tags = ["write"]
        """
        load = {"locustfile.py": self.LOAD + more}
        run = command(tmp_path, [*HEADLESS, "-T", "raed", "--", "Buyer"], load)
        assert (run.code, run.out) == (0, "bought\n"), run.err


class TestOpenFiles:
    @pytest.mark.parametrize(
        "users, allowed, words",
        [
            (10, 10_000, None),
            (10, 200, "may open 200 files (connections included), and the test may need 10000"),
            (
                300,
                200,
                "300 users need 400 if each has one connection: requests beyond that will fail",
            ),
            (20_000, 20_099, "20000 users need 20100"),
            (None, 101, "may open 101 files"),
        ],
    )
    def test_too_few_are_told(self, monkeypatch, caplog, users, allowed, words):
        asked = []
        monkeypatch.setattr(
            start_checks, "raise_limit", lambda wanted: asked.append(wanted) or allowed
        )
        start_checks.raise_open_file_limit(users)
        assert asked == [max(10_000, (users or 1) + 100)]
        assert [record.levelname for record in caplog.records] == (["WARNING"] if words else [])
        assert words is None or words in caplog.text

    @pytest.mark.parametrize(
        "limits, may, outcome",
        [
            ((1024, 524_288), False, (524_288, 524_288)),
            ((1024, 4096), False, (4096, 4096)),
            ((1024, 4096), True, (10_000, 10_000)),
            ((1024, -1), False, (1_048_576, -1)),
            ((10_000, 10_000), False, (10_000, 10_000)),
        ],
    )
    def test_the_limit_is_raised_as_far_as_it_may(self, monkeypatch, limits, may, outcome):
        now = list(limits)

        def change(_, wanted):
            if wanted[1] > now[1] != -1 and not may:
                raise ValueError("not allowed to raise maximum limit")
            now[:] = wanted

        resource = descriptors.resource
        monkeypatch.setattr(resource, "getrlimit", lambda _: tuple(now))
        monkeypatch.setattr(resource, "setrlimit", change)
        assert descriptors.raise_limit(10_000) == outcome[0]
        assert tuple(now) == outcome


class TestOptions:
    @pytest.mark.parametrize(
        "arguments, words",
        [
            (["--hedless"], "Did you mean '--headless'"),
            (["-t", "5x"], "1h20m"),
            (["-u", "-3"], "must be 0 or more"),
            (["--config", "nowhere.conf"], "nowhere.conf"),
            (["--csv-full-history"], "'--csv'"),
        ],
    )
    def test_that_cannot_be_parsed(self, tmp_path, arguments, words):
        assert words in told(tmp_path, ["--headless", *arguments], code=2)

    def test_an_environment_variable(self, tmp_path):
        message = told(tmp_path, HEADLESS, env={"LOCUST_USERS": "abc"}, code=2)
        assert "LOCUST_USERS" in message and "'abc'" in message

    def test_user_classes_that_are_not_there(self, tmp_path):
        message = told(tmp_path, [*HEADLESS, "Visitor", "Nobody"])
        assert "Unknown User(s): Nobody." in message and "--list" in message

    def test_a_file_without_its_option(self, tmp_path):
        message = told(tmp_path, [*HEADLESS, "other.py"], {"other.py": USERS})
        assert "-f other.py" in message

    @pytest.mark.parametrize("option", ["--csv", "--logfile"])
    def test_files_that_cannot_be_written(self, tmp_path, option):
        (tmp_path / "file").write_text("")
        message = told(tmp_path, [*HEADLESS, option, "file/inside", "Visitor"])
        assert "file/inside" in message or "/file" in message

    def test_settings_of_an_unknown_class(self, tmp_path):
        settings = json.dumps({"user_class_name": "Nobody"})
        message = told(tmp_path, [*HEADLESS, "--config-users", settings], code=255)
        assert "'Nobody'" in message and "Visitor" in message


class TestNotYet:
    @pytest.mark.parametrize(
        "arguments, words",
        [
            ([], "add --headless"),
            (["--autostart"], "add --headless"),
            (["--master"], "--master is not available yet"),
            (["--worker"], "--worker is not available yet"),
            (["--headless", "--processes", "2"], "--processes is not available yet"),
            (["--headless", "--autoquit", "5"], "--autostart"),
            (["-f", "-", "--worker"], "-f -"),
            (["-f", "-"], "--worker"),
        ],
    )
    def test_each_says_so_in_one_line(self, tmp_path, arguments, words):
        message = told(tmp_path, arguments)
        errors = [line for line in message.splitlines() if "error: " in line]
        assert len(errors) == 1 and words in errors[0]

    def test_all_problems_at_once(self, tmp_path):
        message = told(tmp_path, ["--master", "--autoquit", "5"])
        assert "--master" in message and "--autoquit" in message


class TestInformation:
    def test_the_list_of_user_classes(self, tmp_path):
        run = command(tmp_path, ["--list"], {"locustfile.py": USERS})
        assert run.code == 0
        assert run.out.splitlines() == ["Available Users:", "    Visitor", "    Buyer"]

    def test_a_file_with_nothing_to_list(self, tmp_path):
        code = """
            from locust import LoadTestShape, events
            class Shape(LoadTestShape):
                def tick(self):
                    return None
            events.test_start.add_listener(print)
        """
        run = command(tmp_path, ["-l"], {"locustfile.py": code})
        assert (run.code, run.out) == (0, "Available Users:\n")

    def test_required_arguments_are_required_for_the_list_too(self, tmp_path):
        code = """
            from locust import events
            @events.init_command_line_parser.add_listener
            def _(parser):
                parser.add_argument("--token", required=True)
        """
        run = command(tmp_path, ["--list"], {"locustfile.py": code})
        assert run.code == 2 and "--token" in run.err

    def test_ratios(self, tmp_path):
        run = command(tmp_path, ["--show-task-ratio", "-u", "8"], {"locustfile.py": USERS})
        lines = [line.split() for line in run.out.splitlines() if line.strip()]
        assert run.code == 0 and lines.count(["75.0", "Visitor"]) == 2
        assert ["75.0", "look"] in lines and ["56.2", "look"] in lines

    def test_ratios_as_json(self, tmp_path):
        run = command(tmp_path, ["--show-task-ratio-json"], {"locustfile.py": USERS})
        ratios = json.loads(run.out)
        assert run.code == 0 and set(ratios) == {"per_class", "total"}
        assert ratios["per_class"]["Visitor"]["tasks"]["Nested"]["tasks"]["deeper"]["ratio"] == 1

    def test_the_version(self, tmp_path):
        run = command(tmp_path, ["-V"])
        first, libraries = run.out.splitlines()
        assert run.code == 0 and first.startswith("locustella ")
        assert "(follows Locust 2.47.0), Python 3." in first and "OpenSSL" in libraries

    def test_help_marks_what_is_not_available_yet(self, tmp_path):
        """Those that docs/command-line.md names among the options that wait."""
        docs = (Path(__file__).parents[2] / "docs/command-line.md").read_text()
        table = docs.partition("## Options that wait")[2].partition("\n## ")[0]
        waiting = set(re.findall(r"`(--[a-z-]+)`", table)) - {"--headless", "--help"}
        run = command(tmp_path, ["--help"])
        shown = {
            option: "[not available yet]" in " ".join(text.split())
            for entry in re.split(r"\n  (?=-)", run.out)
            for head, text in [(entry.partition("  ")[0], entry)]
            for option in re.findall(r"--[a-z-]+", head)
        }
        marked = {option for option, is_marked in shown.items() if is_marked}
        assert marked == waiting & shown.keys()
        assert waiting - marked == {"--web-auth", "--legacy-ui"}

    def test_help_is_ours(self, tmp_path):
        run = command(tmp_path, ["--help"])
        assert run.code == 0 and "locustella demo-target" in run.out and "--headless" in run.out


LIGHT = """
    import sys
    sys.argv[:] = [{name!r}, "demo-target", "--help"]
    import locustella.main
    try:
        locustella.main.main()
    except SystemExit as ended:
        code = ended.code
    heavy = set(sys.modules) & {{"gevent", "requests", "configargparse", "locustella.runners"}}
    print("code", code or 0, sorted(heavy))
"""


@pytest.mark.parametrize("name", ["/usr/bin/locustella", "locust"])
def test_the_demo_target_starts_light(tmp_path, name):
    run = python(tmp_path, LIGHT.format(name=name))
    assert run.out.splitlines()[-1] == "code 0 []", run.err


def test_names_that_locust_keeps_in_main(tmp_path):
    run = python(
        tmp_path,
        """
        import locustella.as_locust
        from locust.main import create_environment, load_locustfile, main, version
        from locust.main import merge_locustfiles_content
        import locust.main
        assert version == "2.47.0" and callable(main) and not hasattr(locust.main, "nothing")
        """,
    )
    assert run.code == 0, run.err


def test_main_can_be_called_by_a_script(tmp_path):
    script = """
        import sys
        from locust import User, task
        class Visitor(User):
            @task
            def work(self):
                self.environment.runner.quit()
        if __name__ == "__main__":
            from locust.main import main
            sys.argv[:] = ["locust", "-f", __file__, "--headless", "--only-summary", "-t", "20"]
            main()
    """
    run = command(tmp_path, ["script.py"], {"script.py": script})
    assert run.code == 0 and "Aggregated" in run.err
