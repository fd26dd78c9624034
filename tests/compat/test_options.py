"""Every option of Locust: its names, default and variable; abbreviations; each pair of sources."""

from __future__ import annotations

from itertools import combinations

import pytest

PARSER = """
    import os
    from facts import fact
    from locust import User, events, task

    class Visitor(User):
        @task
        def work(self): ...

    @events.init_command_line_parser.add_listener
    def on_parser(parser):
        for action in parser._actions:
            fact(" ".join(sorted(action.option_strings)) or action.dest, [
                action.dest, action.default, getattr(action, "env_var", None),
                action.nargs, list(action.choices or ())])

    @events.init.add_listener
    def on_init(environment, **kwargs):
        fact("options", {name: value for name, value in vars(environment.parsed_options).items()
                         if isinstance(value, (str, int, float, list, type(None)))})
        os._exit(0)
"""

# Names: destination, default, variable, and how many values where it is not one.
OPTIONS = {
    "--config": ("config", None, None),
    "--locustfile -f": ("locustfile", "locustfile.py", "LOCUST_LOCUSTFILE"),
    "--host -H": ("host", None, "LOCUST_HOST"),
    "--users -u": ("num_users", None, "LOCUST_USERS"),
    "--spawn-rate -r": ("spawn_rate", None, "LOCUST_SPAWN_RATE"),
    "--run-time -t": ("run_time", None, "LOCUST_RUN_TIME"),
    "--list -l": ("list_commands", False, None, 0),
    "--config-users": ("config_users", None, "LOCUST_CONFIG_USERS", "*"),
    "--web-host": ("web_host", "", "LOCUST_WEB_HOST"),
    "--web-host-display-name": ("web_host_display_name", None, "LOCUST_WEB_HOST_DISPLAY_NAME"),
    "--web-port -P": ("web_port", 8089, "LOCUST_WEB_PORT"),
    "--headless": ("headless", False, "LOCUST_HEADLESS", 0),
    "--headful": ("headful", False, "LOCUST_HEADFUL", 0),
    "--autostart": ("autostart", False, "LOCUST_AUTOSTART", 0),
    "--autoquit": ("autoquit", -1, "LOCUST_AUTOQUIT"),
    "--web-auth": ("web_auth", None, "LOCUST_WEB_AUTH"),
    "--web-login": ("web_login", False, "LOCUST_WEB_LOGIN", 0),
    "--tls-cert": ("tls_cert", "", "LOCUST_TLS_CERT"),
    "--tls-key": ("tls_key", "", "LOCUST_TLS_KEY"),
    "--class-picker": ("class_picker", False, "LOCUST_USERCLASS_PICKER", 0),
    "--build-path": ("build_path", "", "LOCUST_BUILD_PATH"),
    "--legacy-ui": ("legacy_ui", False, "LOCUST_LEGACY_UI", 0),
    "--web-base-path": ("web_base_path", "", "LOCUST_WEB_BASE_PATH"),
    "--master": ("master", False, "LOCUST_MODE_MASTER", 0),
    "--master-bind-host": ("master_bind_host", "*", "LOCUST_MASTER_BIND_HOST"),
    "--master-bind-port": ("master_bind_port", 5557, "LOCUST_MASTER_BIND_PORT"),
    "--expect-workers": ("expect_workers", 1, "LOCUST_EXPECT_WORKERS"),
    "--expect-workers-max-wait": (
        *("expect_workers_max_wait", 0, "LOCUST_EXPECT_WORKERS_MAX_WAIT"),
    ),
    "--enable-rebalancing": ("enable_rebalancing", False, None, 0),
    "--worker": ("worker", False, "LOCUST_MODE_WORKER", 0),
    "--processes": ("processes", None, "LOCUST_PROCESSES"),
    "--master-host": ("master_host", "127.0.0.1", "LOCUST_MASTER_NODE_HOST"),
    "--master-port": ("master_port", 5557, "LOCUST_MASTER_NODE_PORT"),
    "--tags -T": ("tags", None, "LOCUST_TAGS", "*"),
    "--exclude-tags -E": ("exclude_tags", None, "LOCUST_EXCLUDE_TAGS", "*"),
    "--csv": ("csv_prefix", None, "LOCUST_CSV"),
    "--csv-full-history": ("stats_history_enabled", False, "LOCUST_CSV_FULL_HISTORY", 0),
    "--print-stats": ("print_stats", False, "LOCUST_PRINT_STATS", 0),
    "--only-summary": ("only_summary", False, "LOCUST_ONLY_SUMMARY", 0),
    "--reset-stats": ("reset_stats", False, "LOCUST_RESET_STATS", 0),
    "--html": ("html_file", None, "LOCUST_HTML"),
    "--json": ("json", False, None, 0),
    "--json-file": ("json_file", None, None),
    "--skip-log-setup": ("skip_log_setup", False, "LOCUST_SKIP_LOG_SETUP", 0),
    "--loglevel -L": ("loglevel", "INFO", "LOCUST_LOGLEVEL"),
    "--logfile": ("logfile", None, "LOCUST_LOGFILE"),
    "--show-task-ratio": ("show_task_ratio", False, None, 0),
    "--show-task-ratio-json": ("show_task_ratio_json", False, None, 0),
    "--version -V": ("version", "==SUPPRESS==", None, 0),
    "--help -h": ("help", "==SUPPRESS==", None, 0),
    "--exit-code-on-error": ("exit_code_on_error", 1, "LOCUST_EXIT_CODE_ON_ERROR"),
    "--stop-timeout -s": ("stop_timeout", "0", "LOCUST_STOP_TIMEOUT"),
    "--equal-weights": ("equal_weights", False, None, 0),
    "--profile": ("profile", None, None),
    "--otel": ("otel", False, "LOCUST_ENABLE_OPENTELEMETRY", 0),
    "user_classes": ("user_classes", [], None, "*"),
}
LEVELS = ["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"]
# Removed by Locust, which has words for whoever writes them; these take their place here.
REMOVED = {"--slave", "--expect-slaves"}


@pytest.fixture
def known(launch):
    return dict(launch(PARSER, ["--headless"]).result().facts)


class TestOptions:
    def test_each_is_there(self, known):
        for names, (dest, default, variable, *nargs) in OPTIONS.items():
            choices = LEVELS if dest == "loglevel" else []
            expected = [dest, default, variable, nargs[0] if nargs else None, choices]
            assert known.get(names) == expected, names

    def test_the_table_has_each(self, implementation, known):
        if implementation.name == "stock":
            assert known.keys() - OPTIONS.keys() - {"options"} == REMOVED

    def test_parsed_options_have_each(self, known):
        dests = {dest for dest, *_ in OPTIONS.values()} - {"help", "version"}
        assert dests | {"slave", "expect_slaves"} <= known["options"].keys()
        assert known["options"]["stop_timeout"] == 0
        assert known["options"]["slave"] is known["options"]["expect_slaves"] is None


class TestAbbreviations:
    """An option may be shortened as far as no other of Locust's begins like it."""

    @pytest.mark.parametrize(
        ("short", "dest", "value"),
        [
            (["--res"], "reset_stats", True),
            (["--sk"], "skip_log_setup", True),
            (["--skip-log"], "skip_log_setup", True),
            (["--loc", "locustfile.py"], "locustfile", "locustfile.py"),
            (["--cl"], "class_picker", True),
            (["--equ"], "equal_weights", True),
            (["--us", "3"], "num_users", 3),
            (["--ta", "a", "b"], "tags", ["a", "b"]),
            (["--pri"], "print_stats", True),
            (["--st", "7"], "stop_timeout", 7),
        ],
    )
    def test_that_are_clear(self, launch, short, dest, value):
        run = launch(PARSER, ["--headless", *short]).result()
        assert run.fact("options")[dest] == value

    @pytest.mark.parametrize("short", ["--hea", "--show-task", "--master-", "--js", "--log"])
    def test_that_are_not(self, launch, short):
        run = launch(PARSER, [short, "--headless"]).result()
        assert run.exit_code == 2 and f"ambiguous option: {short}" in run.stderr

    def test_of_a_locustfile(self, launch):
        """The one that is parsed before the locustfile is read must not take them for another."""
        own = PARSER.replace(
            "def on_parser(parser):", "def on_parser(parser):\n        "
            'parser.add_argument("--env")\n        parser.add_argument("--clients", type=int)\n'
            '        parser.add_argument("-c", "--color")\n        parser.add_argument("--port")'
        )  # fmt: skip
        arguments = ["--headless", "--env", "staging", "--client", "5", "-c", "blue", "--port=1"]
        options = launch(own, arguments).result().fact("options")
        assert (options["env"], options["clients"]) == ("staging", 5)
        assert (options["color"], options["port"], options["num_users"]) == ("blue", "1", None)


FILES = ("home/.locust.conf", "locust.conf", "pyproject.toml", "more.conf")
SOURCES = (*FILES, "environment", "command")
# Options whose value is not looked at before the test; one for each pair of sources.
TEXTS = (
    "web-host", "web-host-display-name", "tls-cert", "tls-key", "build-path", "web-base-path",
    "master-bind-host", "master-host", "host",
)  # fmt: skip
NUMBERS = (
    "web-port", "master-bind-port", "master-port", "expect-workers", "expect-workers-max-wait",
    "exit-code-on-error",
)  # fmt: skip
VARIABLES = {
    names.split()[0].lstrip("-"): (dest, variable)
    for names, (dest, _, variable, *_) in OPTIONS.items()
}


class TestPairsOfSources:
    """Line 40: of each two sources the later one wins."""

    def test_each_pair(self, launch):
        pairs = list(combinations(range(len(SOURCES)), 2))
        names = (*TEXTS, *NUMBERS)
        assert len(names) == len(pairs)
        said: dict[str, list[tuple[str, int]]] = {source: [] for source in SOURCES}
        for name, pair in zip(names, pairs, strict=True):
            for source in pair:
                said[SOURCES[source]].append((name, source + 1))
        files = {
            path: "\n".join(
                [*(["[tool.locust]"] if path.endswith(".toml") else [])]
                + [f'{name} = "{value}"' if "toml" in path else f"{name} = {value}"
                   for name, value in said[path]]
            )
            for path in FILES
        }  # fmt: skip
        environment = {VARIABLES[name][1]: str(value) for name, value in said["environment"]}
        arguments = [f"--{name}={value}" for name, value in said["command"]]
        run = launch(
            {"locustfile.py": PARSER, **files},
            ["--headless", "--config", "more.conf", *arguments],
            environment,
        ).result()
        options = run.fact("options")
        for name, (first, second) in zip(names, pairs, strict=True):
            winner = str(options[VARIABLES[name][0]])
            assert winner == str(second + 1), f"{name}: {SOURCES[first]}, {SOURCES[second]}"

    @pytest.mark.parametrize(
        ("said", "files", "environment", "headless_wins"),
        [
            ("a file says yes, the command line no", "reset-stats = true", {}, True),
            ("the variable says no, a file yes", "reset-stats = true",
             {"LOCUST_RESET_STATS": "false"}, False),
            ("the variable says yes, a file no", "reset-stats = false",
             {"LOCUST_RESET_STATS": "yes"}, True),
        ],
    )  # fmt: skip
    def test_switches(self, launch, said, files, environment, headless_wins):
        run = launch(
            {"locustfile.py": PARSER, "locust.conf": files}, ["--headless"], environment
        ).result()
        assert run.fact("options")["reset_stats"] is headless_wins, said

    def test_lists_replace_each_other(self, launch):
        files = {"locustfile.py": PARSER, "locust.conf": "tags = [a, b]"}
        run = launch(files, ["--headless", "-T", "c"], {"LOCUST_TAGS": "[d, e]"}).result()
        assert run.fact("options")["tags"] == ["c"]
        run = launch(files, ["--headless"], {"LOCUST_TAGS": "[d, e]"}).result()
        assert run.fact("options")["tags"] == ["d", "e"]

    def test_classes_at_the_end_and_options_in_the_environment(self, launch):
        environment = {"LOCUST_USERS": "3", "LOCUST_TAGS": "a"}
        files = {"locustfile.py": PARSER, "locust.conf": "spawn-rate = 4\nusers = 9"}
        run = launch(files, ["--headless", "-t", "5s", "--", "Visitor"], environment).result()
        options = run.fact("options")
        assert options["user_classes"] == ["Visitor"] and options["tags"] == ["a"]
        assert (options["num_users"], options["spawn_rate"], options["run_time"]) == (3, 4, 5)

    def test_classes_from_the_environment(self, launch):
        run = launch(PARSER, ["--headless"], {"LOCUST_USER_CLASSES": "Visitor"}).result()
        assert run.fact("options")["user_classes"] == ["Visitor"]
