"""What a run was told on its command line, in the environment and in files, for the report.

    given_settings(parser, options)      # [("--stop-timeout", "5"), ("--tenant", "north")]

Locust's options are in it where they are not their defaults, a locustfile's own ones always. Secret
arguments (`is_secret`), those that a page is not to show (`include_in_web_ui=False`) and hidden
ones are not in it at all.

Thread: the hub's.
"""

from __future__ import annotations

from argparse import SUPPRESS, Action, Namespace
from typing import TYPE_CHECKING, Any

from .options import setup_parser_arguments
from .parser import get_empty_argument_parser

if TYPE_CHECKING:
    from .parser import LocustArgumentParser

# Said elsewhere in the report, or a password.
_LEFT_OUT = frozenset(
    ("host", "locustfile", "num_users", "spawn_rate", "run_time", "stop_timeout", "profile")
    + ("user_classes", "tags", "exclude_tags", "web_auth", "help", "version", "html_file")
)


def given_settings(parser: LocustArgumentParser, options: Namespace) -> list[tuple[str, str]]:
    """(option, value), in the order of --help."""
    secret = {action.dest for action in parser._actions if getattr(action, "is_secret", False)}
    own = _own_names()
    found: dict[str, tuple[str, str]] = {}
    for action in parser._actions:
        name = action.dest
        if name in secret or name in _LEFT_OUT or action.help == SUPPRESS:
            continue
        value = getattr(options, name, None)
        if name in own:
            if value == parser.get_default(name):
                continue
        elif not getattr(action, "include_in_web_ui", False):
            continue
        if value is not None:
            found.setdefault(name, (_title(action), _text(value)))
    return list(found.values())


def _own_names() -> set[str]:
    parser = get_empty_argument_parser(default_config_files=[])
    setup_parser_arguments(parser)
    return {action.dest for action in parser._actions}


def _title(action: Action) -> str:
    return max(action.option_strings, key=len, default=action.dest)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple | set):
        return ", ".join(map(_text, value))
    return str(value)
