"""The entry point of the command line: `locustella`, `python -m locustella`, or named `locust`.

    locustella -f locustfile.py --headless -u 50 -t 1m     a load test (command_line)
    locustella demo-target --port 8080                     a server to try it on (demo_target)

Nothing heavy is imported before it is known which of them is meant.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, NoReturn

from .process.names_on_demand import names_on_demand

if TYPE_CHECKING:
    from ._version import version as version
    from .command.command_line import create_environment as create_environment
    from .command.locustfile_loader import load_locustfile as load_locustfile
    from .command.locustfile_loader import load_locustfile_pytest as load_locustfile_pytest
    from .command.locustfile_loader import merge_locustfiles_content as merge_locustfiles_content


# What a load shape decides, so that these say nothing: {attribute of the options: option}.
COMMON_OPTIONS = {"num_users": "users", "spawn_rate": "spawn-rate", "run_time": "run-time"}


def main() -> NoReturn:
    """Runs what `sys.argv` asks for and ends the process with its exit code."""
    if sys.argv[1:2] == ["demo-target"]:
        from .command.demo_target import main as serve

        sys.exit(serve(sys.argv[2:]))
    from .command.command_line import run

    try:
        sys.exit(run())
    except KeyboardInterrupt:  # before there is a test to stop
        sys.exit(130)


if not TYPE_CHECKING:
    # What else Locust keeps in this module.
    __getattr__ = names_on_demand(
        __name__,
        {
            "Environment": ".env",
            "argument_parser": ".argument_parser:",
            "create_environment": ".command.command_line",
            "get_html_report": ".html",
            "get_locustfiles_locally": ".argument_parser",
            "get_parser": ".argument_parser",
            "gevent": "gevent:",
            "greenlet_exception_logger": ".log",
            "input_listener": ".input_events",
            "load_locustfile": ".command.locustfile_loader",
            "load_locustfile_pytest": ".command.locustfile_loader",
            "locust": ".:",
            "log": ".log:",
            "logger": ".command.command_line",
            "logging": "logging:",
            "merge_locustfiles_content": ".command.locustfile_loader",
            "os": "os:",
            "parse_locustfile_option": ".argument_parser",
            "print_task_ratio": ".user.inspectuser",
            "setup_opentelemetry": ".opentelemetry",
            "print_task_ratio_json": ".user.inspectuser",
            "process_html_filename": ".html",
            "setup_logging": ".log",
            "signal": "signal:",
            "stats": ".stats:",
            "time": "time:",
            "version": "._version",
            "webbrowser": "webbrowser:",
        },
    )
