"""The entry point of the command line: `locustella`, `python -m locustella`, or named `locust`.

    locustella -f locustfile.py --headless -u 50 -t 1m     a load test (command_line)
    locustella demo-target --port 8080                     a server to try it on (demo_target)

Nothing heavy is imported before it is known which of them is meant.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from ._version import version as version
    from .command.command_line import create_environment as create_environment
    from .command.locustfile_loader import load_locustfile as load_locustfile
    from .command.locustfile_loader import load_locustfile_pytest as load_locustfile_pytest
    from .command.locustfile_loader import merge_locustfiles_content as merge_locustfiles_content


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


def __getattr__(name: str) -> object:
    """What else Locust keeps in this module, imported on first use."""
    if name == "version":
        from ._version import version

        return version
    if name == "create_environment":
        from .command.command_line import create_environment

        return create_environment
    if name in ("merge_locustfiles_content", "load_locustfile", "load_locustfile_pytest"):
        from .command import locustfile_loader

        return getattr(locustfile_loader, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}", name=name)
