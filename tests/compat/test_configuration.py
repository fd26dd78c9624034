"""Lines 39 and 40: options from files, environment and command line, and arguments of one's own."""

from __future__ import annotations

import pytest

REPORT = """
    import os
    from facts import fact
    from locust import User, events, task

    class Visitor(User):
        @task
        def work(self): ...

    @events.init.add_listener
    def on_init(environment, **kwargs):
        options = vars(environment.parsed_options)
        fact("options", {name: options[name] for name in (
            "num_users", "spawn_rate", "run_time", "host", "headless", "csv_prefix", "loglevel",
            "only_summary", "stop_timeout", "tags", "exclude_tags", "json", "json_file",
            "reset_stats", "exit_code_on_error", "locustfile", "user_classes", "html_file",
            "print_stats", "stats_history_enabled", "logfile", "skip_log_setup", "equal_weights",
        )})
        fact("type of spawn_rate", type(options["spawn_rate"]).__name__)
        os._exit(0)
"""


def options_of(process):
    return process.result().fact("options")


class TestDefaults:
    """Line 40: what the options are when nobody says anything but --headless."""

    def test_defaults(self, launch):
        assert options_of(launch(REPORT, ["--headless"])) == {
            "num_users": None,
            "spawn_rate": None,
            "run_time": None,
            "host": None,
            "headless": True,
            "csv_prefix": None,
            "loglevel": "INFO",
            "only_summary": False,
            "stop_timeout": 0,
            "tags": None,
            "exclude_tags": None,
            "json": False,
            "json_file": None,
            "reset_stats": False,
            "exit_code_on_error": 1,
            "locustfile": "locustfile.py",
            "user_classes": [],
            "html_file": None,
            "print_stats": False,
            "stats_history_enabled": False,
            "logfile": None,
            "skip_log_setup": False,
            "equal_weights": False,
        }


class TestSpellings:
    """Short and long options, and the spellings of a time."""

    def test_long_and_short(self, launch):
        short = ["-u", "3", "-r", "2.5", "-t", "1h2m3s", "-H", "http://a", "-L", "debug", "-s", "5"]
        long = [
            *("--users", "3", "--spawn-rate", "2.5", "--run-time", "1h2m3s", "--host", "http://a"),
            *("--loglevel", "debug", "--stop-timeout", "5"),
        ]
        options = options_of(launch(REPORT, ["--headless", *short]))
        assert options == options_of(launch(REPORT, ["--headless", *long]))
        assert options["num_users"] == 3 and options["spawn_rate"] == 2.5
        assert options["run_time"] == 3723 and options["stop_timeout"] == 5
        assert options["host"] == "http://a" and options["loglevel"] == "DEBUG"

    @pytest.mark.parametrize(("text", "seconds"), [("90", 90), ("2m", 120), ("1h30m", 5400)])
    def test_times(self, launch, text, seconds):
        assert options_of(launch(REPORT, ["--headless", "-t", text]))["run_time"] == seconds


class TestEnvironmentVariables:
    """Line 40: the LOCUST_* variables of the headless options."""

    def test_all_of_them(self, launch):
        files = {"elsewhere.py": REPORT}
        environment = {
            "LOCUST_LOCUSTFILE": "elsewhere.py",
            "LOCUST_HEADLESS": "true",
            "LOCUST_USERS": "4",
            "LOCUST_SPAWN_RATE": "1.5",
            "LOCUST_RUN_TIME": "2m",
            "LOCUST_HOST": "http://from.environment",
            "LOCUST_CSV": "numbers",
            "LOCUST_CSV_FULL_HISTORY": "true",
            "LOCUST_LOGLEVEL": "warning",
            "LOCUST_ONLY_SUMMARY": "true",
            "LOCUST_STOP_TIMEOUT": "7",
            "LOCUST_TAGS": "[red, blue]",
            "LOCUST_EXCLUDE_TAGS": "green",
            "LOCUST_RESET_STATS": "1",
            "LOCUST_EXIT_CODE_ON_ERROR": "3",
            "LOCUST_PRINT_STATS": "yes",
            "LOCUST_LOGFILE": "log.txt",
        }
        options = options_of(launch(files, [], environment))
        assert options["locustfile"] == "elsewhere.py" and options["headless"] is True
        assert options["num_users"] == 4 and options["spawn_rate"] == 1.5
        assert options["run_time"] == 120 and options["host"] == "http://from.environment"
        assert options["csv_prefix"] == "numbers" and options["stats_history_enabled"] is True
        assert options["loglevel"] == "WARNING" and options["only_summary"] is True
        assert options["stop_timeout"] == 7 and options["exit_code_on_error"] == 3
        assert options["tags"] == ["red", "blue"] and options["exclude_tags"] == ["green"]
        assert options["reset_stats"] is True and options["print_stats"] is True
        assert options["logfile"] == "log.txt"

    def test_false_is_false(self, launch):
        environment = {"LOCUST_ONLY_SUMMARY": "false"}
        options = options_of(launch(REPORT, ["--headless"], environment))
        assert options["only_summary"] is False


class TestPrecedence:
    """Line 40: files in their order, then the environment, then the command line."""

    FILES = {
        "locustfile.py": REPORT,
        "home/.locust.conf": """
            users = 1
            spawn-rate = 1
            run-time = 1s
            host = http://home
            csv = home
            loglevel = DEBUG
            stop-timeout = 1
            headless = true
        """,
        "locust.conf": """
            users = 2
            spawn-rate = 2
            run-time = 2s
            host = http://locust.conf
            csv = locust.conf
            loglevel = WARNING
        """,
        "pyproject.toml": """
            [tool.locust]
            users = 3
            spawn-rate = 3
            run-time = "3s"
            host = "http://pyproject"
            csv = "pyproject"
        """,
        "more.conf": """
            users = 4
            spawn-rate = 4
            run-time = 4s
            host = http://config
        """,
    }
    ENVIRONMENT = {"LOCUST_USERS": "5", "LOCUST_SPAWN_RATE": "5", "LOCUST_RUN_TIME": "5s"}

    def test_every_layer_overrules_the_ones_before(self, launch):
        arguments = ["--config", "more.conf", "-u", "6", "-r", "6"]
        options = options_of(launch(self.FILES, arguments, self.ENVIRONMENT))
        assert options["stop_timeout"] == 1, "only ~/.locust.conf says it"
        assert options["loglevel"] == "WARNING", "./locust.conf goes before ~/.locust.conf"
        assert options["csv_prefix"] == "pyproject", "pyproject.toml goes before locust.conf"
        assert options["host"] == "http://config", "--config goes before pyproject.toml"
        assert options["run_time"] == 5, "the environment goes before --config"
        assert (options["num_users"], options["spawn_rate"]) == (6, 6.0), "the command line wins"
        assert options["headless"] is True

    def test_a_file_keeps_what_later_files_do_not_say(self, launch):
        files = {
            "locustfile.py": REPORT,
            "home/.locust.conf": "headless = true\nusers = 11",
            "locust.conf": "spawn-rate = 12",
            "pyproject.toml": '[tool.locust]\nrun-time = "13s"',
        }
        options = options_of(launch(files, []))
        assert options["headless"] is True
        assert options["num_users"] == 11
        assert options["spawn_rate"] == 12
        assert options["run_time"] == 13

    def test_environment_over_home_file(self, launch):
        files = {"locustfile.py": REPORT, "home/.locust.conf": "headless = true\nusers = 11"}
        assert options_of(launch(files, [], {"LOCUST_USERS": "12"}))["num_users"] == 12


class TestFileForms:
    """Line 40: what may stand in a configuration file."""

    def test_lists_comments_and_switches(self, launch):
        files = {
            "elsewhere.py": REPORT,
            "locust.conf": """
                # a comment
                ; another one
                locustfile = elsewhere.py
                headless
                only-summary = true
                tags = [red, blue]
                users: 8
                spawn-rate 9
                reset-stats = false
            """,
        }
        options = options_of(launch(files, []))
        assert options["headless"] is True and options["only_summary"] is True
        assert options["tags"] == ["red", "blue"]
        assert (options["num_users"], options["spawn_rate"]) == (8, 9.0)
        assert options["reset_stats"] is False

    def test_toml(self, launch):
        files = {
            "locustfile.py": REPORT,
            "pyproject.toml": """
                [tool.other]
                users = 99

                [tool.locust]
                headless = true
                users = 8
                tags = ["red", "blue"]
                only-summary = false
            """,
        }
        options = options_of(launch(files, []))
        assert options["headless"] is True and options["only_summary"] is False
        assert options["num_users"] == 8 and options["tags"] == ["red", "blue"]

    def test_a_file_of_another_name(self, launch):
        files = {
            "locustfile.py": REPORT,
            "settings/load.toml": '[tool.locust]\nusers = 21\nhost = "http://toml"',
        }
        options = options_of(launch(files, ["--headless", "--config", "settings/load.toml"]))
        assert (options["num_users"], options["host"]) == (21, "http://toml")

    def test_a_missing_file_is_an_error(self, launch):
        run = launch(REPORT, ["--headless", "--config", "nowhere.conf"]).result()
        assert run.exit_code == 2
        assert "nowhere.conf" in run.stderr

    def test_an_unknown_key_is_an_error(self, launch):
        files = {"locustfile.py": REPORT, "locust.conf": "headless = true\nuserz = 3"}
        run = launch(files, []).result()
        assert run.exit_code == 2
        assert "userz" in run.stderr

    def test_a_bad_value_is_an_error(self, launch):
        files = {"locustfile.py": REPORT, "locust.conf": "headless = true\nusers = many"}
        run = launch(files, []).result()
        assert run.exit_code == 2
        assert "many" in run.stderr


class TestOwnArguments:
    """Line 39: arguments that a locustfile adds, from each source, and when it can read them."""

    FILES = {
        "locustfile.py": """
            import os
            from facts import fact
            from locust import User, events, task

            fact("imported")

            @events.init_command_line_parser.add_listener
            def on_parser(parser):
                fact("parser")
                group = parser.add_argument_group("mine")
                parser.add_argument("--token", is_secret=True, default="none")
                parser.add_argument("--count", type=int, env_var="MY_COUNT", default=0)
                parser.add_argument("--color", choices=["red", "blue"], default="red",
                                    include_in_web_ui=False)
                parser.add_argument("--strict", action="store_true", is_required=True)
                parser.add_argument("--many", nargs="*", is_multiple=True)
                parser.add_argument("--from-file", default="")

            class Visitor(User):
                @task
                def work(self): ...

            @events.init.add_listener
            def on_init(environment, **kwargs):
                options = environment.parsed_options
                fact("own", [options.token, options.count, options.color, options.strict,
                     options.many, options.from_file])
                os._exit(0)
        """,
        "locust.conf": "from-file = yes",
    }

    def test_from_every_source(self, launch):
        arguments = ["--headless", "--token", "t", "--color", "blue", "--strict"]
        arguments += ["--many", "a", "b"]
        run = launch(self.FILES, arguments, {"MY_COUNT": "5"}).result()
        assert run.fact("own") == ["t", 5, "blue", True, ["a", "b"], "yes"]

    def test_defaults(self, launch):
        run = launch(self.FILES, ["--headless"]).result()
        assert run.fact("own") == ["none", 0, "red", False, None, "yes"]

    def test_the_file_is_imported_before_the_parser_is_made(self, launch):
        run = launch(self.FILES, ["--headless"]).result()
        assert [name for name, _ in run.facts][:2] == ["imported", "parser"]

    def test_a_bad_value_is_an_error(self, launch):
        run = launch(self.FILES, ["--headless", "--color", "green"]).result()
        assert run.exit_code == 2
        assert "--color" in run.stderr and "green" in run.stderr


class TestHelp:
    """--help and --version need no locustfile."""

    def test_help(self, launch):
        run = launch({}, ["--help"]).result()
        assert run.exit_code == 0
        for option in ("--host", "--users", "--spawn-rate", "--run-time", "--headless", "--csv"):
            assert option in run.stdout

    def test_version(self, launch):
        run = launch({}, ["--version"]).result()
        assert run.exit_code == 0
        assert "2.47.0" in run.stdout
