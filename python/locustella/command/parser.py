"""The command line's parser, open to more arguments from locustfiles.

    @events.init_command_line_parser.add_listener
    def _(parser):
        parser.add_argument("--token", is_secret=True, env_var="TOKEN")
    ...
    environment.parsed_options.token

Parsing happens twice: first for -f alone, because the locustfile may add arguments, then in full.

Thread: the main one, before the test.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

import configargparse

from ..legacy.options import OldOption, add_old_options
from .config_files import DEFAULT_CONFIG_FILES, LocustConfigParser
from .locustfile_paths import parse_locustfile_paths
from .misspelled import closest
from .options import setup_parser_arguments

# What `add_argument` takes besides argparse's own: how the page shows the argument.
_PAGE_SETTINGS = {
    "include_in_web_ui": True,
    "is_secret": False,
    "is_required": False,
    "is_multiple": False,
}

# The variables of options that Locust does not have begin like this.
_OURS = ("LOCUSTELLA_", "LOCUST_MAX_")

_EPILOG = """examples:
  locustella -f checkout.py --headless -u 100 -r 10 -t 5m -H http://example.com
  locustella -f checkout.py --headless -u 100 Buyer Visitor
  locustella demo-target --port 8080

Each option can stand in a file too (~/.locust.conf, locust.conf, [tool.locust] in pyproject.toml),
written like "users = 100", and most can be environment variables, such as LOCUST_USERS."""


if TYPE_CHECKING:

    class _Parser(argparse.ArgumentParser):
        """So much of configargparse's, which has no types, as is used here."""

        def __init__(self, *args: Any, **kwargs: Any) -> None: ...
        def get_source_to_settings_dict(
            self,
        ) -> dict[str, dict[str, tuple[argparse.Action | None, object]]]: ...
        def _handle_conflict_resolve(
            self, action: argparse.Action, conflicting: Iterable[tuple[str, argparse.Action]]
        ) -> None: ...
        def _get_option_tuples(self, option_string: str) -> list[Any]: ...
        def _option_strings_that_override(self, action: argparse.Action) -> list[str]: ...

else:
    _Parser = configargparse.ArgumentParser


class LocustArgumentParser(_Parser):
    """configargparse's parser, whose arguments also say how the page shows them."""

    own_actions: Sequence[argparse.Action] = ()  # those that are there before any locustfile's

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._displaced: list[argparse.Action] = []
        super().__init__(*args, **kwargs)

    def add_argument(self, *args: Any, **kwargs: Any) -> argparse.Action:
        """Also takes include_in_web_ui, is_secret, is_required and is_multiple (bool each)."""
        settings = {name: kwargs.pop(name, default) for name, default in _PAGE_SETTINGS.items()}
        action = super().add_argument(*args, **kwargs)
        for name, value in settings.items():
            setattr(action, name, value)
        return action

    def error(self, message: str) -> NoReturn:
        """Ends the process with exit code 2 and a message that says what to do."""
        advice = self._origin(message) + self._guess(message)
        self.exit(2, f"{self.prog}: error: {message}{advice}\n")

    def _guess(self, message: str) -> str:
        _, found, rest = message.partition("unrecognized arguments: ")
        if not found:
            return ""
        known = [
            option
            for action in self._actions
            if action.help != argparse.SUPPRESS
            for option in action.option_strings
        ]
        close = closest(rest.split()[0].partition("=")[0], known)
        return f"\nDid you mean '{close}'?" if close else "\nAll options: --help"

    def _origin(self, message: str) -> str:
        """Where a wrong value comes from, if not from the command line."""
        for source, settings in self.get_source_to_settings_dict().items():
            if source.startswith("environment_variables"):
                place = "the environment variable {}"
            elif source.startswith("config_file"):
                place = f"'{{}}' in {source.partition('|')[2]}"
            else:
                continue
            for key, (action, value) in settings.items():
                named = action is not None and f"argument {'/'.join(action.option_strings)}:"
                unknown = f"unrecognized arguments: --{key}"
                if (named and named in message and repr(value) in message) or unknown in message:
                    return f" (from {place.format(key)})"
        return ""

    def _get_option_tuples(self, option_string: str) -> list[Any]:
        """What an abbreviation may mean: an option of Locust's, as there.

        `--env` may be one of a locustfile that is not read yet, and is never --env-file.
        """
        found = super()._get_option_tuples(option_string)
        return [each for each in found if not _is_ours(each[0])]

    def add_argument_group(self, *args: Any, **kwargs: Any) -> argparse._ArgumentGroup:
        group: Any = super().add_argument_group(*args, **kwargs)
        group._handle_conflict_error = self._handle_conflict_error
        return group

    def _handle_conflict_error(  # type: ignore[override]  # it may return
        self, action: argparse.Action, conflicting: Iterable[tuple[str, argparse.Action]]
    ) -> None:
        """An option that a locustfile adds goes before one of ours that Locust does not have."""
        if not all(_is_ours(mine) for _, mine in conflicting):
            super()._handle_conflict_error(action, conflicting)
        self._displaced += [mine for _, mine in conflicting]
        self._handle_conflict_resolve(action, conflicting)

    def settings_of_ours(self, options: argparse.Namespace) -> argparse.Namespace:
        """The options, but for those of the locustfile that took a name of ours."""
        return argparse.Namespace(
            **{**vars(options), **{mine.dest: mine.default for mine in self._displaced}}
        )

    def _option_strings_that_override(self, action: argparse.Action) -> list[str]:
        """An option under its old name is the same option."""
        names: list[str] = super()._option_strings_that_override(action)
        for other in self._actions:
            are_same = other.dest == action.dest and other is not action
            if are_same and (isinstance(action, OldOption) or isinstance(other, OldOption)):
                names += other.option_strings
        return names

    def _marked(self, setting: str) -> dict[str, argparse.Action]:
        return {a.dest: a for a in self._actions if getattr(a, setting, False)}

    @property
    def args_included_in_web_ui(self) -> dict[str, argparse.Action]:
        return self._marked("include_in_web_ui")

    def _shown(self, setting: str) -> dict[str, argparse.Action]:
        shown = self.args_included_in_web_ui
        return {dest: a for dest, a in self._marked(setting).items() if dest in shown}

    @property
    def secret_args_included_in_web_ui(self) -> dict[str, argparse.Action]:
        return self._shown("is_secret")

    @property
    def required_args_included_in_web_ui(self) -> dict[str, argparse.Action]:
        return self._shown("is_required")

    @property
    def multiple_args_included_in_web_ui(self) -> dict[str, argparse.Action]:
        return self._shown("is_multiple")


def _is_ours(action: argparse.Action) -> bool:
    return isinstance(action, OldOption) or (getattr(action, "env_var", None) or "").startswith(
        _OURS
    )


def program_name() -> str:
    """"locust" where the command was started under that name, else "locustella"."""
    return "locust" if os.path.basename(sys.argv[0]) == "locust" else "locustella"


def get_empty_argument_parser(
    add_help: bool = True, default_config_files: Sequence[str] = DEFAULT_CONFIG_FILES
) -> LocustArgumentParser:
    """A parser that knows -f, --config and --env-file only."""
    parser = LocustArgumentParser(
        prog=program_name(),
        default_config_files=default_config_files,
        config_file_parser_class=LocustConfigParser,
        add_env_var_help=False,
        add_config_file_help=False,
        add_help=add_help,
        formatter_class=configargparse.RawDescriptionHelpFormatter,
        usage=configargparse.SUPPRESS,
        description=f"Usage: {program_name()} [options] [UserClass ...]",
        epilog=_EPILOG,
    )
    parser.add_argument(
        "-f",
        "--locustfile",
        metavar="<filename>",
        default="locustfile.py",
        env_var="LOCUST_LOCUSTFILE",
        help="The test: a .py file, a folder of them, a URL, or several with commas between; "
        "locustfile.py by default",
    )
    parser.add_argument(
        "--config",
        is_config_file_arg=True,
        metavar="<filename>",
        help="A file with more options, read after the others",
    )
    parser.add_argument(
        "--env-file",
        metavar="<filename>",
        env_var="LOCUSTELLA_ENV_FILE",
        help="Lines NAME=value for the environment, where it does not have them; .env beside the "
        "locustfile by default, and '' for none",
    )
    return parser


def parse_locustfile_option(args: list[str] | None = None) -> argparse.Namespace:
    """What has to be known before the locustfile is imported; -h and -V end the process here."""
    parser = get_empty_argument_parser(add_help=False)
    parser.add_argument("-h", "--help", action="store_true", default=False)
    parser.add_argument("--version", "-V", action="store_true", default=False)
    # For -f -, which downloads the file from the master. --master is here so that it is no
    # abbreviation of the two after it.
    parser.add_argument("--worker", action="store_true", env_var="LOCUST_MODE_WORKER")
    parser.add_argument("--master", action="store_true", env_var="LOCUST_MODE_MASTER")
    parser.add_argument("--slave", action="store_true", dest="worker", env_var="LOCUST_SLAVE")
    parser.add_argument("--master-host", default="127.0.0.1", env_var="LOCUST_MASTER_NODE_HOST")
    parser.add_argument(
        "--master-port", type=int, default=5557, env_var="LOCUST_MASTER_NODE_PORT"
    )
    options, _ = parser.parse_known_args(args=args)
    if options.help or options.version:
        get_parser().parse_args(args=args)
    return options


def get_locustfiles_locally(options: argparse.Namespace) -> list[str]:
    """The absolute paths of all files that -f means."""
    if options.locustfile == "-":
        reason = (
            "getting the locustfile from the master (-f -) is not available yet: "
            "give the file itself with -f FILE"
            if options.worker
            else "-f - gets the locustfile from the master, which only a --worker has"
        )
        sys.stderr.write(f"{program_name()}: error: {reason}\n")
        sys.exit(1)
    return parse_locustfile_paths([path.strip() for path in options.locustfile.split(",")])


def get_parser(default_config_files: Sequence[str] = DEFAULT_CONFIG_FILES) -> LocustArgumentParser:
    """The full parser, with the arguments that locustfiles and plugins add."""
    from .. import events

    parser = get_empty_argument_parser(default_config_files=default_config_files)
    setup_parser_arguments(parser)
    events.init_command_line_parser.fire(parser=parser)
    add_old_options(parser)
    return parser


def parse_options(args: list[str] | None = None) -> argparse.Namespace:
    """All options; kept for files that call it. `environment.parsed_options` has them too."""
    parser = get_parser()
    options = parser.parse_args(args=args)
    check_option_combinations(parser, options)
    return options


def check_option_combinations(parser: LocustArgumentParser, options: argparse.Namespace) -> None:
    """Ends the process (exit code 2) for options that make no sense together."""
    if options.stats_history_enabled and options.csv_prefix is None:
        parser.error("'--csv-full-history' requires '--csv'.")


def default_args_dict() -> dict[str, Any]:
    """All of Locust's own options with their defaults; no custom ones, no files."""
    parser = get_empty_argument_parser(default_config_files=[])
    setup_parser_arguments(parser)
    return vars(parser.parse_args([]))


class UIExtraArgOptions(NamedTuple):
    """How the page shows one custom argument."""

    default_value: Any
    is_secret: bool
    is_required: bool
    help_text: str | None
    is_multiple: bool
    choices: Iterable[Any] | None = None


def ui_extra_args_dict(args: list[str] | None = None) -> dict[str, dict[str, Any]]:
    """The custom arguments that the page shows, by name, with the values they have now."""
    parser = get_parser()
    own = default_args_dict().keys() - {mine.dest for mine in parser._displaced}
    shown = parser.args_included_in_web_ui
    return {
        name: UIExtraArgOptions(
            default_value=value,
            is_secret=name in parser.secret_args_included_in_web_ui,
            is_required=name in parser.required_args_included_in_web_ui,
            help_text=shown[name].help,
            is_multiple=name in parser.multiple_args_included_in_web_ui,
            choices=shown[name].choices,
        )._asdict()
        for name, value in vars(parser.parse_args(args)).items()
        if name not in own and name in shown
    }
