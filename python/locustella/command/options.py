"""The options of the command line, group by group, with Locust's names and environment variables.

    parser = get_empty_argument_parser()
    setup_parser_arguments(parser)

What an option accepts is a function here that returns the value or raises ArgumentTypeError.
"""

from __future__ import annotations

import json
import math
import os
from argparse import SUPPRESS, Action, ArgumentError, ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..http import addresses
from ..http.response_limits import add_response_limit_options
from ..util.timespan import parse_timespan

if TYPE_CHECKING:
    from argparse import _ArgumentGroup

    from .parser import LocustArgumentParser

# Destinations of the options that --help marks, because what they are for does not exist yet.
NOT_YET = frozenset(
    ("web_host", "web_port", "autostart", "autoquit", "web_login", "tls_cert", "tls_key")
    + ("class_picker", "web_base_path", "print_stats")
    + ("master", "master_bind_host", "master_bind_port", "expect_workers")
    + ("expect_workers_max_wait", "enable_rebalancing")
    + ("worker", "processes", "master_host", "master_port")
)


def timespan(time_str: str) -> int:
    """Seconds out of "90", "90s", "3m", "1h20m"."""
    try:
        return parse_timespan(time_str)
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from None


def positive_integer(string: str) -> int:
    """A whole number of workers, 1 or more."""
    try:
        value = int(string)
    except ValueError:
        raise ArgumentTypeError(f"invalid int value: {string!r}") from None
    if value < 1:
        raise ArgumentTypeError(f"must be 1 or more, not {value}")
    return value


def gt_zero(t: Callable[[str], float]) -> Callable[[str], float]:
    """A finite number above 0, of type `t`."""

    def above_zero(value: str) -> float:
        number = t(value)
        if not math.isfinite(number):
            raise ArgumentTypeError("must be a finite number")
        if number <= 0:
            raise ArgumentTypeError("must be > 0")
        return number

    above_zero.__name__ = t.__name__  # argparse names it: "invalid float value"
    return above_zero


def json_user_config(string: str) -> list[dict[str, Any]]:
    """Settings of user classes: JSON text or a .json file, one object or a list of them."""
    try:
        if string.endswith(".json"):
            with open(string, encoding="utf-8") as file:
                settings = json.load(file)
        else:
            settings = json.loads(string)
    except OSError as error:
        raise ArgumentTypeError(f"cannot read {string}: {error.strerror}") from None
    except json.JSONDecodeError as error:
        raise ArgumentTypeError(f"is no JSON, and no name of a .json file: {error}") from None
    settings = settings if isinstance(settings, list) else [settings]
    for entry in settings:
        if not isinstance(entry, dict) or "user_class_name" not in entry:
            raise ArgumentTypeError('each object needs a "user_class_name"')
    return settings


def raise_argument_type_error(err_msg: str) -> type[Action]:
    """An action for options of the past: using one is an error that says what to do."""

    class RemovedOption(Action):
        def __call__(
            self,
            parser: ArgumentParser,
            namespace: Namespace,
            values: object,
            option: str | None = None,
        ) -> None:
            raise ArgumentError(self, err_msg)

    return RemovedOption


class ShowVersion(Action):
    """Prints what this installation is made of, and ends the process."""

    def __init__(self, option_strings: list[str], dest: str, **kwargs: Any) -> None:
        super().__init__(option_strings, dest, nargs=0, default=SUPPRESS, **kwargs)

    def __call__(
        self,
        parser: ArgumentParser,
        namespace: Namespace,
        values: object,
        option: str | None = None,
    ) -> None:
        from .version_report import version_report

        print(version_report())
        parser.exit()


def setup_parser_arguments(parser: LocustArgumentParser) -> None:
    """Adds all options to the parser, except -f and --config, which it has already."""
    parser._optionals.title = "Common options"
    _add_common_options(parser)
    _add_web_options(parser.add_argument_group("Web UI options"))
    _add_master_options(
        parser.add_argument_group("Master options", "For the node that directs the workers.")
    )
    _add_worker_options(
        parser.add_argument_group(
            "Worker options",
            "For the nodes that run the users. A worker needs these and -f alone: the master "
            "tells it the rest.",
        )
    )
    _add_tag_options(
        parser.add_argument_group("Tag options", "Choose among the tasks that have a @tag.")
    )
    _add_connection_options(
        parser.add_argument_group(
            "Connection options", "For the connections of HttpUser and FastHttpUser."
        )
    )
    _add_statistics_options(parser.add_argument_group("Request statistics options"))
    add_response_limit_options(
        parser.add_argument_group(
            "Response limits",
            "A response beyond one of them is a failed request. Sizes: 4096, 256k, 64m, 1g.",
        )
    )
    _add_log_options(parser.add_argument_group("Logging options"))
    _add_other_options(parser.add_argument_group("Other options"))
    _add_user_classes(parser.add_argument_group("User classes"))
    # Of two names that an earlier Locust had, scripts find the attributes still.
    parser.set_defaults(slave=None, expect_slaves=None)
    parser.own_actions = list(parser._actions)
    for action in parser.own_actions:
        if action.dest in NOT_YET and action.help != SUPPRESS:
            action.help = f"[not available yet] {action.help}"


def _add_common_options(parser: LocustArgumentParser) -> None:
    parser.add_argument(
        "-H", "--host", metavar="<base url>", env_var="LOCUST_HOST",
        help="What to test, such as http://example.com; goes before the host of the user classes",
    )
    parser.add_argument(
        "-u", "--users", type=int, metavar="<int>", dest="num_users", env_var="LOCUST_USERS",
        help="How many users run at the peak. While a test runs, the keys w and W start 1 and 10 "
        "more, s and S stop 1 and 10",
    )
    parser.add_argument(
        "-r", "--spawn-rate", type=gt_zero(float), metavar="<float>", env_var="LOCUST_SPAWN_RATE",
        help="How many users start each second",
    )
    parser.add_argument(
        "-t",
        "--run-time",
        metavar="<time string>",
        env_var="LOCUST_RUN_TIME",
        type=timespan,
        help="When to end the test: 300, 300s, 20m, 1h30m. Without it, or with 0, the test has no "
        "end",
    )
    parser.add_argument(
        "-l", "--list", action="store_true", dest="list_commands",
        help="Print the names of the user classes in the locustfile, and exit",
    )
    parser.add_argument(
        "--config-users", type=json_user_config, nargs="*", env_var="LOCUST_CONFIG_USERS",
        help='Attributes to set on user classes: JSON, such as {"user_class_name": "Buyer", '
        '"weight": 5}, or the name of a .json file',
    )


def _add_web_options(group: _ArgumentGroup) -> None:
    group.add_argument(
        "--web-host", default="", metavar="<ip>", env_var="LOCUST_WEB_HOST",
        help="The interface that the web page listens on; all of them by default",
    )
    group.add_argument(
        "--web-host-display-name", type=str, help=SUPPRESS, env_var="LOCUST_WEB_HOST_DISPLAY_NAME"
    )
    group.add_argument(
        "--web-port", "-P", type=int, metavar="<port number>", default=8089,
        env_var="LOCUST_WEB_PORT", help="The port of the web page; 8089 by default",
    )
    group.add_argument(
        "--headless", action="store_true", env_var="LOCUST_HEADLESS",
        help="Start the test at once, without a web page",
    )
    group.add_argument(
        "--autostart", action="store_true", env_var="LOCUST_AUTOSTART",
        help="Start the test at once, with the web page",
    )
    group.add_argument(
        "--autoquit", type=int, metavar="<seconds>", default=-1, env_var="LOCUST_AUTOQUIT",
        help="With --autostart: end the process so long after the test; never by default",
    )
    # A config file may say headless = true; this is how the command line takes it back.
    group.add_argument("--headful", action="store_true", help=SUPPRESS, env_var="LOCUST_HEADFUL")
    group.add_argument(
        "--web-auth", type=str, dest="web_auth", metavar="<username:password>", default=None,
        help=SUPPRESS, env_var="LOCUST_WEB_AUTH",
        action=raise_argument_type_error("was removed: use --web-login and a login of your own"),
    )
    group.add_argument(
        "--web-login", default=False, action="store_true", env_var="LOCUST_WEB_LOGIN",
        help="Let only those in who log in; the locustfile says how",
    )
    group.add_argument(
        "--tls-cert", default="", metavar="<filename>", env_var="LOCUST_TLS_CERT",
        help="Certificate for serving the page over https",
    )
    group.add_argument(
        "--tls-key", default="", metavar="<filename>", env_var="LOCUST_TLS_KEY",
        help="Private key for serving the page over https",
    )
    group.add_argument(
        "--class-picker", default=False, action="store_true", env_var="LOCUST_USERCLASS_PICKER",
        help="Let people choose the user classes and the load shape on the page",
    )
    group.add_argument(
        "--build-path", type=str, default="", help=SUPPRESS, env_var="LOCUST_BUILD_PATH"
    )
    group.add_argument(
        "--legacy-ui", default=False, nargs=0, help=SUPPRESS, env_var="LOCUST_LEGACY_UI",
        action=raise_argument_type_error("was removed: leave it out"),
    )
    group.add_argument(
        "--web-base-path", type=str, default="", env_var="LOCUST_WEB_BASE_PATH",
        help="Path that the page's URLs begin with, such as /locust",
    )


def _add_master_options(group: _ArgumentGroup) -> None:
    group.add_argument(
        "--master", action="store_true", env_var="LOCUST_MODE_MASTER",
        help="Direct workers instead of running users",
    )
    group.add_argument(
        "--master-bind-host", default="*", metavar="<ip>", env_var="LOCUST_MASTER_BIND_HOST",
        help="The interface that workers connect to; all of them (*) by default",
    )
    group.add_argument(
        "--master-bind-port", type=int, metavar="<port number>", default=5557,
        env_var="LOCUST_MASTER_BIND_PORT", help="The port that workers connect to; 5557 by default",
    )
    group.add_argument(
        "--expect-workers", type=positive_integer, metavar="<int>", default=1,
        env_var="LOCUST_EXPECT_WORKERS",
        help="With --headless or --autostart: wait for so many workers before starting",
    )
    group.add_argument(
        "--expect-workers-max-wait", type=int, metavar="<int>", default=0,
        env_var="LOCUST_EXPECT_WORKERS_MAX_WAIT",
        help="Give up waiting for workers after so many seconds; never by default",
    )
    group.add_argument(
        "--enable-rebalancing", action="store_true", default=False, dest="enable_rebalancing",
        help="Spread the users anew when workers come or go during a test",
    )


def _add_worker_options(group: _ArgumentGroup) -> None:
    group.add_argument(
        "--worker", action="store_true", env_var="LOCUST_MODE_WORKER",
        help="Run users for a master. With -f - the locustfile comes from it",
    )
    group.add_argument(
        "--processes", type=int, metavar="<int>", env_var="LOCUST_PROCESSES",
        help="Start so many worker processes, and a master unless --worker is given; -1 for one "
        "per CPU",
    )
    group.add_argument(
        "--master-host", default="127.0.0.1", env_var="LOCUST_MASTER_NODE_HOST",
        metavar="<hostname>", help="Where the master is; 127.0.0.1 by default",
    )
    group.add_argument(
        "--master-port", type=int, metavar="<port number>", default=5557,
        env_var="LOCUST_MASTER_NODE_PORT", help="The master's port; 5557 by default",
    )


def _add_tag_options(group: _ArgumentGroup) -> None:
    group.add_argument(
        "-T", "--tags", nargs="*", metavar="<tag>", env_var="LOCUST_TAGS",
        help="Run only tasks that have at least one of these tags",
    )
    group.add_argument(
        "-E", "--exclude-tags", nargs="*", metavar="<tag>", env_var="LOCUST_EXCLUDE_TAGS",
        help="Run only tasks that have none of these tags",
    )


def _add_connection_options(group: _ArgumentGroup) -> None:
    group.add_argument(
        "--source-ip", type=addresses.source_ip, default="", metavar="<addresses>",
        env_var="LOCUSTELLA_SOURCE_IP",
        help="Addresses of this machine that connections leave from, in turn: 10.0.0.7, a range "
        "(10.0.0.1-10.0.0.20), a network (10.0.0.0/24), or several with commas",
    )
    group.add_argument(
        "--dns-ttl", type=addresses.dns_ttl, default=addresses.DNS_TTL_S, metavar="<seconds>",
        env_var="LOCUSTELLA_DNS_TTL",
        help="How long the addresses of a name are kept; 0 asks for every connection. 1 by default",
    )
    group.add_argument(
        "--resolve",
        type=addresses.resolve_entries,
        action="append",
        metavar="<host:port:address>",
        env_var="LOCUSTELLA_RESOLVE",
        help="Connect to these addresses (with commas) instead of those that the host has; * is "
        "any host or port. Can be given several times",
    )


def _add_statistics_options(group: _ArgumentGroup) -> None:
    group.add_argument(
        "--csv", dest="csv_prefix", metavar="<filename>", env_var="LOCUST_CSV",
        help="Write the results to <filename>_stats.csv, _stats_history.csv, _failures.csv and "
        "_exceptions.csv; missing folders are made",
    )
    group.add_argument(
        "--csv-full-history", action="store_true", default=False, dest="stats_history_enabled",
        env_var="LOCUST_CSV_FULL_HISTORY",
        help="With --csv: a row for every entry in _stats_history.csv, not just for the total",
    )
    group.add_argument(
        "--print-stats", action="store_true", env_var="LOCUST_PRINT_STATS",
        help="Print the table of results from time to time, although there is a web page",
    )
    group.add_argument(
        "--locust-rounding",
        action="store_true",
        env_var="LOCUSTELLA_LOCUST_ROUNDING",
        help="Show response times as Locust rounds them (two digits, whole milliseconds), in "
        "tables, files and reports",
    )
    group.add_argument(
        "--phase-times",
        action="store_true",
        env_var="LOCUSTELLA_PHASE_TIMES",
        help="Show where the time of requests goes: DNS, connect, TLS, send, first byte, receive. "
        "Listeners get it "
        "as context['phases'], and --csv writes <filename>_phases.csv",
    )
    group.add_argument(
        "--show-slow-path", action="store_true", env_var="LOCUSTELLA_SHOW_SLOW_PATH",
        help="Show how many requests went natively, were worked out by Python, or needed Python's "
        "requests (both cost more CPU): why, and from which line of the locustfile",
    )
    group.add_argument(
        "--only-summary", action="store_true", env_var="LOCUST_ONLY_SUMMARY",
        help="Print the results at the end only",
    )
    group.add_argument(
        "--reset-stats", action="store_true", env_var="LOCUST_RESET_STATS",
        help="Count from zero once all users are there; in a cluster, give it to all nodes",
    )
    group.add_argument(
        "--html", metavar="<filename>", dest="html_file", env_var="LOCUST_HTML",
        help="Write a report with charts; {u}, {r} and {t} in the name become the number of users, "
        "the spawn rate and the run time",
    )
    group.add_argument(
        "--json", default=False, action="store_true",
        help="Print the final results as JSON, and nothing else, on stdout",
    )
    group.add_argument(
        "--json-file", metavar="<filename>", dest="json_file",
        help="Write the final results as JSON to <filename>.json, and no tables at the end",
    )
    _add_live_and_samples(group)


def _add_live_and_samples(group: _ArgumentGroup) -> None:
    group.add_argument(
        "--no-live", action="store_true", env_var="LOCUSTELLA_NO_LIVE",
        help="On a terminal, print table after table as into a file, instead of showing the test "
        "in its last lines",
    )
    group.add_argument(
        "--samples", metavar="<filename>", dest="samples_path", env_var="LOCUSTELLA_SAMPLES",
        help="Write every single request to a file: JSON lines (.jsonl), CSV (.csv), both packed "
        "(.jsonl.gz, .csv.gz), or Parquet (.parquet, needs pyarrow)",
    )


def _add_log_options(group: _ArgumentGroup) -> None:
    group.add_argument(
        "--skip-log-setup", action="store_true", dest="skip_log_setup", default=False,
        env_var="LOCUST_SKIP_LOG_SETUP", help="Leave logging to the locustfile",
    )
    group.add_argument(
        "--loglevel", "-L", default="INFO", metavar="<level>", env_var="LOCUST_LOGLEVEL",
        choices=["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"], type=str.upper,
        help="DEBUG, INFO (the default), WARNING, ERROR or CRITICAL",
    )
    group.add_argument(
        "--logfile", metavar="<filename>", env_var="LOCUST_LOGFILE",
        help="Log to this file instead of stderr",
    )


def _add_other_options(group: _ArgumentGroup) -> None:
    ratio_help = (
        "and exit. Where classes have a fixed_count, give -u too"
    )
    group.add_argument(
        "--show-task-ratio", action="store_true",
        help=f"Print how often each task will run, {ratio_help}",
    )
    group.add_argument(
        "--show-task-ratio-json", action="store_true",
        help=f"Print how often each task will run, as JSON, {ratio_help}",
    )
    group.add_argument(
        "--version", "-V", action=ShowVersion,
        help="Print the versions of Locustella and of what it is built on, and exit",
    )
    group.add_argument(
        "--exit-code-on-error", type=int, metavar="<int>", default=1,
        env_var="LOCUST_EXIT_CODE_ON_ERROR",
        help="Exit code of a test with failures or exceptions; 1 by default",
    )
    group.add_argument(
        "-s", "--stop-timeout", dest="stop_timeout", metavar="<number>", default="0",
        env_var="LOCUST_STOP_TIMEOUT", type=timespan,
        help="Seconds that users have to finish their task when the test ends; none by default",
    )
    group.add_argument(
        "--equal-weights", action="store_true", default=False, dest="equal_weights",
        help="Run all tasks equally often, whatever their weights",
    )
    group.add_argument("--profile", type=str, help="A name for runs that belong together")
    group.add_argument(
        "--otel", action="store_true", env_var="LOCUST_ENABLE_OPENTELEMETRY",
        help="Send spans, metrics and log lines to OpenTelemetry",
    )


def _add_user_classes(group: _ArgumentGroup) -> None:
    group.add_argument(
        "user_classes", nargs="*", metavar="<UserClass1 UserClass2>",
        default=os.environ.get("LOCUST_USER_CLASSES", "").split(),
        help="The user classes to run, at the end of the command line or in LOCUST_USER_CLASSES; "
        "all of them by default. --list shows them",
    )
