"""Options of Locust 0.8 to 1.x: what each does today, and the one line that it says."""

from __future__ import annotations

import os

import pytest
from locustella_process import command

from locustella import events, runners
from locustella.command.parser import default_args_dict, get_parser, ui_extra_args_dict
from locustella.legacy import options as old_options
from locustella.legacy.step_load import StepLoad, step_load


@pytest.fixture(autouse=True)
def nothing_around(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr("sys.argv", ["locustella"])
    monkeypatch.setattr(old_options, "_told", set())
    for name in list(os.environ):
        if name.startswith("LOCUST"):
            monkeypatch.delenv(name)


def parsed(capsys, *arguments):
    """The options, and what was said on stderr."""
    options = get_parser().parse_args([*map(str, arguments)])
    return options, capsys.readouterr().err


def refused(capsys, *arguments):
    with pytest.raises(SystemExit) as ended:
        get_parser().parse_args([*map(str, arguments)])
    assert ended.value.code == 2
    return capsys.readouterr().err


RENAMED = [
    (["-c", "5"], "num_users", 5, "1.0: write -u/--users"),
    (["--clients=5"], "num_users", 5, "1.0: write -u/--users"),
    (["--hatch-rate", "2.5"], "spawn_rate", 2.5, "1.2: write -r/--spawn-rate"),
    (["--no-web"], "headless", True, "1.0: write --headless"),
    (["--port", "99"], "web_port", 99, "1.0: write --web-port/-P"),
    (["--csv-base-name", "x"], "csv_prefix", "x", "1.0: write --csv"),
    (["--slave"], "worker", True, "1.0: write --worker"),
    (["--expect-slaves", "3"], "expect_workers", 3, "1.0: write --expect-workers"),
]


class TestOptions:
    @pytest.mark.parametrize(("arguments", "dest", "value", "words"), RENAMED)
    def test_renamed(self, capsys, arguments, dest, value, words):
        options, said = parsed(capsys, *arguments)
        name = arguments[0].partition("=")[0]
        assert getattr(options, dest) == value
        assert said == f"locustella: warning: {name} was removed in Locust {words}\n"

    def test_each_says_it_once(self, capsys):
        assert parsed(capsys, "-c", 1, "-c", 2, "--no-web")[1].count("\n") == 2
        assert parsed(capsys, "-c", 1)[1] == ""

    def test_todays_say_nothing(self, capsys):
        assert parsed(capsys, "-u", 1, "-P", 1, "--reset-stats", "-s", 1)[1] == ""

    def test_values_are_checked_as_today(self, capsys):
        assert "argument -c/--clients: invalid int value: 'x'" in refused(capsys, "-c", "x")
        assert "must be > 0" in refused(capsys, "--hatch-rate", "0")
        assert "must be 1 or more" in refused(capsys, "--expect-slaves", "0")

    @pytest.mark.parametrize(
        ("name", "words"),
        [("--no-reset-stats", "statistics are kept"), ("--modern-ui", "there is no other page")],
    )
    def test_without_effect(self, capsys, name, words):
        options, said = parsed(capsys, name)
        assert options.reset_stats is False
        assert words in said and said.endswith("Leave it out\n") and said.count("\n") == 1

    @pytest.mark.parametrize(
        ("name", "constant"),
        [
            ("--heartbeat-liveness", "HEARTBEAT_LIVENESS"),
            ("--heartbeat-interval", "HEARTBEAT_INTERVAL"),
        ],
    )
    def test_constants(self, capsys, monkeypatch, name, constant):
        monkeypatch.setattr(runners, constant, 1)
        _, said = parsed(capsys, name, "17")
        assert getattr(runners, constant) == 17
        assert f"write locust.runners.{constant} = ... in the locustfile" in said

    @pytest.mark.parametrize("arguments", [("-n", 5), ("--num-request", 5), ("-n",)])
    def test_refused(self, capsys, arguments):
        said = refused(capsys, *arguments)
        assert "nothing takes its place" in said and "--run-time" in said

    def test_parsed_options_have_the_names_that_locust_keeps(self):
        defaults = default_args_dict()
        assert defaults["slave"] is defaults["expect_slaves"] is None
        assert not {"clients", "no_web", "step_load"} & defaults.keys()

    def test_the_page_shows_none(self):
        assert ui_extra_args_dict([]) == {}

    def test_help_shows_none(self, capsys):
        with pytest.raises(SystemExit):
            get_parser().parse_args(["--help"])
        shown = capsys.readouterr().out
        hidden = ("--clients", "--hatch-rate", "--no-web", "--slave", "--step-load", "-n,")
        assert not any(name in shown for name in hidden)


class TestOtherPlaces:
    @pytest.mark.parametrize(
        ("variable", "value", "dest", "expected", "today"),
        [
            ("LOCUST_CLIENTS", "5", "num_users", 5, "LOCUST_USERS"),
            ("LOCUST_HATCH_RATE", "2", "spawn_rate", 2, "LOCUST_SPAWN_RATE"),
            ("LOCUST_NO_WEB", "true", "headless", True, "LOCUST_HEADLESS"),
            ("LOCUST_SLAVE", "1", "worker", True, "LOCUST_MODE_WORKER"),
            ("LOCUST_EXPECT_SLAVES", "4", "expect_workers", 4, "LOCUST_EXPECT_WORKERS"),
        ],
    )
    def test_variables(self, capsys, monkeypatch, variable, value, dest, expected, today):
        monkeypatch.setenv(variable, value)
        options, said = parsed(capsys)
        assert getattr(options, dest) == expected
        assert f"{variable} was removed in Locust 1." in said and f"write {today}\n" in said

    def test_keys_of_files(self, capsys, tmp_path):
        (tmp_path / "locust.conf").write_text("clients = 5\nno-web = true\nhatch-rate = 2\n")
        options, said = parsed(capsys)
        assert (options.num_users, options.headless, options.spawn_rate) == (5, True, 2)
        assert "'clients' in locust.conf was removed in Locust 1.0: write users\n" in said
        assert said.count("\n") == 3

    def test_what_counts_more(self, capsys, monkeypatch, tmp_path):
        """Under either name: files, then the environment, then the command line."""
        (tmp_path / "locust.conf").write_text("clients = 1\n")
        assert parsed(capsys)[0].num_users == 1
        monkeypatch.setenv("LOCUST_USERS", "2")
        assert parsed(capsys)[0].num_users == 2
        monkeypatch.setenv("LOCUST_CLIENTS", "3")
        assert parsed(capsys, "-u", 4)[0].num_users == 4
        assert parsed(capsys, "-u", 4, "--", "Visitor")[0].num_users == 4
        monkeypatch.delenv("LOCUST_USERS")
        (tmp_path / "locust.conf").write_text("users = 1\n")
        assert parsed(capsys)[0].num_users == 3
        assert parsed(capsys, "-c", 5, "--", "Visitor")[0].num_users == 5

    def test_names_of_the_locustfiles(self, capsys):
        def add(parser):
            parser.add_argument("-c", "--color")
            parser.add_argument("--port", default="none", env_var="LOCUST_NO_WEB")

        events.init_command_line_parser.add_listener(add)
        try:
            options, said = parsed(capsys, "-c", "red", "--port", "mine", "--clients", 5)
        finally:
            events.init_command_line_parser.remove_listener(add)
        assert (options.color, options.port, options.web_port) == ("red", "mine", 8089)
        assert options.num_users == 5 and said.count("\n") == 1 and options.headless is False


class TestStepLoad:
    def test_steps(self, capsys):
        arguments = ["-c", 10, "-r", 5, "--step-load", "--step-clients", 3, "--step-time", "20s"]
        options, said = parsed(capsys, *arguments, "-t", "2m")
        assert "--step-load was removed in Locust 1.3: write a LoadTestShape" in said
        assert said.count("\n") == 2
        shape = step_load(options)
        now = [0.0]
        shape.get_run_time = lambda: now[0]
        seen = []
        for now[0] in (0, 19.9, 20, 45, 60, 100, 119.9, 120):
            seen.append(shape.tick())
        assert seen == [(3, 5), (3, 5), (6, 5), (9, 5), (9, 5), (9, 5), (9, 5), None]

    def test_defaults(self, capsys):
        shape = step_load(parsed(capsys, "--step-load", "--step-time", 5)[0])
        assert isinstance(shape, StepLoad) and shape.tick() == (1, 1)
        assert step_load(parsed(capsys)[0]) is None

    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            (["--step-load"], "--step-time 20s"),
            (["--step-load", "--step-time", "0"], "--step-time 20s"),
            (["--step-time", "5"], "with --step-load only"),
            (["--step-users", "5"], "with --step-load only"),
            (["--step-load", "--step-time", 5, "--step-users", 3, "-u", 2], "has 3 users"),
        ],
    )
    def test_that_make_no_sense(self, capsys, arguments, words):
        with pytest.raises(ValueError, match=words):
            step_load(parsed(capsys, *arguments)[0])


LOAD = """
    from locust import User, constant, events, task

    class Visitor(User):
        wait_time = constant(60)

        @task
        def work(self): ...

    @events.spawning_complete.add_listener
    def on_complete(user_count):
        print(user_count, flush=True)
"""
OF_THEN = ["-f", "old.py", "--no-web", "-c", "4", "--hatch-rate", "50", "--only-summary"]


class TestRuns:
    def test_a_command_of_then(self, tmp_path):
        run = command(tmp_path, [*OF_THEN, "-t", "1", "--no-reset-stats"], {"old.py": LOAD})
        assert (run.code, run.out) == (0, "4\n"), run.err
        assert run.err.count("locustella: warning: ") == 4

    def test_step_load(self, tmp_path):
        steps = ["--step-load", "--step-clients", "2", "--step-time", "1s", "-t", "3s"]
        run = command(tmp_path, [*OF_THEN, *steps], {"old.py": LOAD})
        assert (run.code, run.out.split()) == (0, ["2", "4"]), run.err

    def test_step_load_without_time(self, tmp_path):
        run = command(tmp_path, [*OF_THEN, "--step-load"], {"old.py": LOAD})
        assert run.code == 2 and "--step-time 20s" in run.err

    def test_a_slave(self, tmp_path):
        run = command(tmp_path, ["-f", "-", "--slave"])
        assert run.code == 1 and "getting the locustfile from the master (-f -)" in run.err
