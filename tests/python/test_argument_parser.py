"""The command line's options: where values come from, what is refused, what the page sees."""

from __future__ import annotations

import json
import os

import pytest

from locustella import events
from locustella.argument_parser import (
    LocustArgumentParser,
    default_args_dict,
    get_parser,
    parse_locustfile_option,
    parse_options,
    ui_extra_args_dict,
)
from locustella.command.parser import program_name


@pytest.fixture(autouse=True)
def nothing_around(tmp_path, monkeypatch):
    """No option of the person who runs the tests: an empty home, folder and environment."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setattr("sys.argv", ["locustella"])
    (tmp_path / "home").mkdir()
    for name in list(os.environ):
        if name.startswith("LOCUST"):
            monkeypatch.delenv(name)


@pytest.fixture
def custom():
    """Adds a listener that adds arguments, for one test."""
    added = []

    def add(listener):
        added.append(events.init_command_line_parser.add_listener(listener))

    yield add
    for listener in added:
        events.init_command_line_parser.remove_listener(listener)


def refused(capsys, *arguments):
    with pytest.raises(SystemExit) as ended:
        get_parser().parse_args(list(arguments))
    assert ended.value.code == 2
    return capsys.readouterr().err


class TestValues:
    def test_defaults(self):
        options = get_parser().parse_args([])
        assert (options.locustfile, options.num_users, options.spawn_rate) == (
            "locustfile.py",
            None,
            None,
        )
        assert (options.loglevel, options.stop_timeout) == ("INFO", 0)
        assert options.exit_code_on_error == 1
        assert options.user_classes == [] and options.headless is False

    def test_all_short_names(self):
        options = get_parser().parse_args(
            "-f a.py -H http://x -u 5 -r 2.5 -t 1m -L debug -s 3 -P 1 -T a b -E c -- 1 2".split()
        )
        assert (options.locustfile, options.host, options.num_users) == ("a.py", "http://x", 5)
        assert (options.spawn_rate, options.run_time, options.loglevel) == (2.5, 60, "DEBUG")
        assert (options.stop_timeout, options.web_port) == (3, 1)
        assert (options.tags, options.exclude_tags) == (["a", "b"], ["c"])
        assert options.user_classes == ["1", "2"]

    def test_user_classes_from_the_environment(self, monkeypatch):
        monkeypatch.setenv("LOCUST_USER_CLASSES", "One Two")
        assert get_parser().parse_args([]).user_classes == ["One", "Two"]

    def test_user_settings_as_text_or_file(self, tmp_path):
        (tmp_path / "settings.json").write_text('[{"user_class_name": "A"}]')
        options = get_parser().parse_args(
            ["--config-users", "settings.json", json.dumps({"user_class_name": "B"})]
        )
        assert options.config_users == [[{"user_class_name": "A"}], [{"user_class_name": "B"}]]


class TestPrecedence:
    """Files in their order, then the environment, then the command line."""

    FILES = ["home/.locust.conf", "locust.conf", "pyproject.toml", "given.conf"]

    def write(self, tmp_path, count):
        for number, name in enumerate(self.FILES[:count], 1):
            text = f"users = {number}\n"
            if name.endswith(".toml"):
                text = "[tool.locust]\n" + text
            (tmp_path / name).write_text(text)
        return ["--config", "given.conf"] if count == len(self.FILES) else []

    @pytest.mark.parametrize("count", [1, 2, 3, 4])
    def test_a_later_file_wins(self, tmp_path, count):
        assert get_parser().parse_args(self.write(tmp_path, count)).num_users == count

    def test_the_environment_wins_over_files(self, tmp_path, monkeypatch):
        monkeypatch.setenv("LOCUST_USERS", "50")
        assert get_parser().parse_args(self.write(tmp_path, 4)).num_users == 50

    def test_the_command_line_wins_over_all(self, tmp_path, monkeypatch):
        monkeypatch.setenv("LOCUST_USERS", "50")
        assert get_parser().parse_args([*self.write(tmp_path, 4), "-u", "60"]).num_users == 60

    def test_lists_and_switches_in_toml(self, tmp_path):
        (tmp_path / "pyproject.toml").write_text(
            '[tool.other]\nusers = 1\n[tool.locust]\nheadless = true\ntags = ["a", "b"]\n'
        )
        options = get_parser().parse_args([])
        assert options.headless is True and options.tags == ["a", "b"]
        assert options.num_users is None

    def test_somebody_elses_pyproject_is_no_error(self, tmp_path):
        (tmp_path / "pyproject.toml").write_text("[project]\nname = 'x'\n")
        assert get_parser().parse_args([]).num_users is None


class TestRefusals:
    def test_an_unknown_option_and_what_was_meant(self, capsys):
        message = refused(capsys, "--hedless")
        assert "unrecognized arguments: --hedless" in message and "'--headless'" in message
        assert "--help" in refused(capsys, "--qqqqqqqq")

    @pytest.mark.parametrize(
        "arguments, words",
        [
            ("-t 5x", "1h20m"),
            ("-u abc", "-u/--users"),
            ("-r 0", "must be > 0"),
            ("-r nan", "finite"),
            ("-r x", "invalid float"),
            ("--expect-workers 0", "1 or more"),
            ("--expect-workers x", "invalid int"),
            ("--loglevel loud", "DEBUG"),
            ("--config nowhere.conf", "nowhere.conf"),
            ("--config-users nowhere.json", "cannot read nowhere.json"),
            ("--config-users {", "JSON"),
            ("--config-users {}", "user_class_name"),
            ("--legacy-ui", "leave it out"),
            ("--web-auth a:b", "--web-login"),
        ],
    )
    def test_wrong_values(self, capsys, arguments, words):
        message = refused(capsys, *arguments.split())
        assert words in message and len(message.splitlines()) < 5

    def test_the_environment_variable_is_named(self, capsys, monkeypatch):
        monkeypatch.setenv("LOCUST_USERS", "abc")
        assert "environment variable LOCUST_USERS" in refused(capsys)

    def test_the_file_is_named(self, capsys, tmp_path):
        (tmp_path / "locust.conf").write_text("users = many\n")
        assert "'users' in" in refused(capsys) and "locust.conf" in refused(capsys)

    def test_an_unknown_key_in_a_file(self, capsys, tmp_path):
        (tmp_path / "locust.conf").write_text("userz = 5\n")
        message = refused(capsys)
        assert "'userz' in" in message and "'--users'" in message

    def test_broken_toml(self, capsys, tmp_path):
        (tmp_path / "broken.toml").write_text("[tool.locust")
        assert "broken.toml is not valid TOML" in refused(capsys, "--config", "broken.toml")

    def test_options_that_need_another(self, capsys):
        with pytest.raises(SystemExit) as ended:
            parse_options(["--csv-full-history"])
        assert ended.value.code == 2 and "'--csv'" in capsys.readouterr().err
        assert parse_options(["--csv-full-history", "--csv", "x"]).csv_prefix == "x"


class TestTwoPasses:
    def test_only_the_locustfile_counts_at_first(self):
        options = parse_locustfile_option(["-f", "x.py", "--unknown", "7", "--master"])
        assert options.locustfile == "x.py"

    def test_help_and_version_end_the_process(self, capsys):
        for arguments in (["-h"], ["--version"], ["-V"]):
            with pytest.raises(SystemExit) as ended:
                parse_locustfile_option(arguments)
            assert ended.value.code == 0
        out = capsys.readouterr().out
        assert "--headless" in out and "(follows Locust 2.47.0)" in out


class TestCustomArguments:
    def test_they_are_parsed_and_shown(self, custom):
        @custom
        def add(parser):
            parser.add_argument("--token", is_secret=True, default="t", env_var="TOKEN")
            parser.add_argument("--size", choices=["s", "l"], is_required=True, help="how big")
            parser.add_argument("--many", is_multiple=True)
            parser.add_argument("--hidden", include_in_web_ui=False, is_secret=True)

        assert get_parser().parse_args(["--token", "x"]).token == "x"
        shown = ui_extra_args_dict(["--size", "l"])
        assert set(shown) == {"token", "size", "many"}
        assert shown["size"] == {
            "default_value": "l",
            "is_secret": False,
            "is_required": True,
            "help_text": "how big",
            "is_multiple": False,
            "choices": ["s", "l"],
        }
        assert shown["token"]["is_secret"] and shown["many"]["is_multiple"]
        assert "token" not in default_args_dict()

    def test_a_parser_of_ones_own(self):
        parser = LocustArgumentParser()
        parser.add_argument("--a")
        parser.add_argument("--b", is_secret=True, include_in_web_ui=False)
        assert "a" in parser.args_included_in_web_ui
        assert "b" not in parser.args_included_in_web_ui
        assert parser.secret_args_included_in_web_ui == {}


@pytest.mark.parametrize(
    "started_as, name", [("/usr/bin/locust", "locust"), ("x.py", "locustella")]
)
def test_the_name_it_was_started_under(monkeypatch, started_as, name):
    monkeypatch.setattr("sys.argv", [started_as])
    assert program_name() == name and get_parser().prog == name
