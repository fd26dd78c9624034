"""The options of Locust 0.8 to 1.x: each works, and says once what to write today.

    locustella -f old.py --no-web -c 10 -r 2
    locustella: warning: --no-web was removed in Locust 1.0: write --headless

They count wherever today's do: on the command line, in a configuration file (`clients = 10`), and
in the environment where Locust 0.13.5 to 1.6 read them (LOCUST_CLIENTS). A name that the locustfile
gives to an option of its own is that option's.

Thread: the main one, before the test.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from argparse import SUPPRESS, Action, ArgumentError, ArgumentParser, Namespace
from collections.abc import Callable
from typing import Any, NamedTuple, NoReturn, cast


class Renamed(NamedTuple):
    names: tuple[str, ...]
    today: str
    variable: str | None = None
    removed_in: str = "1.0"


RENAMED = (
    Renamed(("-c", "--clients"), "--users", "LOCUST_CLIENTS"),
    Renamed(("--hatch-rate",), "--spawn-rate", "LOCUST_HATCH_RATE", "1.2"),
    Renamed(("--no-web",), "--headless", "LOCUST_NO_WEB"),
    Renamed(("--port",), "--web-port"),
    Renamed(("--csv-base-name",), "--csv"),
    Renamed(("--slave",), "--worker", "LOCUST_SLAVE"),
    Renamed(("--expect-slaves",), "--expect-workers", "LOCUST_EXPECT_SLAVES"),
)
# What is so without them.
WITHOUT_EFFECT = {
    "--no-reset-stats": "1.0: statistics are kept unless --reset-stats is given",
    "--modern-ui": "2.22: there is no other page any more",
}
# Today a locustfile assigns these: option -> (constant of locust.runners, its variable then).
CONSTANTS = {
    "--heartbeat-liveness": ("HEARTBEAT_LIVENESS", "LOCUST_HEARTBEAT_LIVENESS"),
    "--heartbeat-interval": ("HEARTBEAT_INTERVAL", "LOCUST_HEARTBEAT_INTERVAL"),
}
REFUSED = {
    ("-n", "--num-request", "--num-requests"): (
        "was removed in Locust 0.9, and nothing takes its place: end the test after a time "
        "(--run-time 10m), or in the locustfile (self.environment.runner.quit())"
    ),
}
# A variable of then that is not read: Kubernetes sets it where a service is called "locust".
UNREAD_VARIABLES = {"LOCUST_PORT": "LOCUST_WEB_PORT"}

_told: set[str] = set()


class OldOption(Action):
    """An action that says once, on stderr, what takes its place."""

    advice: Callable[[str], str]  # by the place: "option", "variable" or "key"

    def __call__(
        self,
        parser: ArgumentParser,
        namespace: Namespace,
        values: Any,
        option: str | None = None,
    ) -> None:
        self._tell(parser, option or self.option_strings[-1])
        super().__call__(parser, namespace, values, option)

    def _tell(self, parser: ArgumentParser, option: str) -> None:
        name, place = option, "option"
        for source, settings in cast("Any", parser).get_source_to_settings_dict().items():
            for key, (action, _) in settings.items():
                if action is self and source.startswith("environment_variables"):
                    name, place = key, "variable"
                elif action is self and source.startswith("config_file"):
                    name, place = f"'{key}' in {source.partition('|')[2]}", "key"
        if name not in _told:
            _told.add(name)
            sys.stderr.write(f"{parser.prog}: warning: {name} was removed in Locust ")
            sys.stderr.write(f"{self.advice(place)}\n")


class _OldSwitch(OldOption, argparse._StoreTrueAction):
    """Takes no value."""


class _OldValue(OldOption, argparse._StoreAction):
    """Takes one."""


class _Silent(_OldValue):
    """Goes with an option that says it for both."""

    def _tell(self, parser: ArgumentParser, option: str) -> None: ...


class _Constant(_OldValue):
    """Assigns a constant of `locust.runners`."""

    def __call__(
        self,
        parser: ArgumentParser,
        namespace: Namespace,
        values: Any,
        option: str | None = None,
    ) -> None:
        super().__call__(parser, namespace, values, option)
        runners = importlib.import_module(f"{__name__.split('.')[0]}.runners")
        setattr(runners, CONSTANTS[self.option_strings[-1]][0], values)


class _Refused(OldOption):
    """Is an error that says why."""

    def __call__(self, *_: Any, **__: Any) -> NoReturn:
        raise ArgumentError(self, self.advice("option"))


def _always(text: str) -> Callable[[str], str]:
    return lambda place: text


def add_old_options(parser: ArgumentParser) -> None:
    """Adds those whose names the parser does not have yet; after all other options."""
    for old in RENAMED:
        _add_renamed(parser, old)
    for name, why in WITHOUT_EFFECT.items():
        _add(parser, (name,), _OldSwitch, _always(f"{why}. Leave it out"))
    for name, (constant, variable) in CONSTANTS.items():
        advice = f"1.0: write locust.runners.{constant} = ... in the locustfile"
        _add(parser, (name,), _Constant, _always(advice), variable, type=int)
    for names, why in REFUSED.items():
        _add(parser, names, _Refused, _always(why), nargs="?")
    _add_step_load(parser)


def _add_renamed(parser: ArgumentParser, old: Renamed) -> None:
    today: Any = parser._option_string_actions[old.today]
    spellings = {
        "option": "/".join(today.option_strings),
        "variable": today.env_var,
        "key": old.today[2:],
    }
    _add(
        parser,
        old.names,
        _OldSwitch if today.nargs == 0 else _OldValue,
        lambda place: f"{old.removed_in}: write {spellings[place]}",
        old.variable,
        dest=today.dest,
        **({} if today.nargs == 0 else {"type": today.type}),
    )


def _add_step_load(parser: Any) -> None:
    today = parser._option_string_actions
    advice = "1.3: write a LoadTestShape in the locustfile"
    # Under names of their own: a locustfile may have a `step_users`.
    _add(parser, ("--step-load",), _OldSwitch, _always(advice), "LOCUST_STEP_LOAD", "old_step_load")
    whole, time = today["--expect-workers"].type, today["--run-time"].type
    for name, dest, kind in (
        ("--step-users", "old_step_users", whole),
        ("--step-clients", "old_step_users", whole),
        ("--step-time", "old_step_time", time),
    ):
        variable = "LOCUST_" + name[2:].replace("-", "_").upper()
        _add(parser, (name,), _Silent, _always(advice), variable, dest, type=kind)


def _add(
    parser: Any,
    names: tuple[str, ...],
    kind: type[Action],
    advice: Callable[[str], str],
    variable: str | None = None,
    dest: str | None = None,
    **kwargs: Any,
) -> None:
    free = [name for name in names if name not in parser._option_string_actions]
    if not free:
        return
    taken = {getattr(action, "env_var", None) for action in parser._actions}
    action = parser.add_argument(
        *free,
        action=kind,
        dest=dest or free[-1].strip("-").replace("-", "_"),
        env_var=variable if variable not in taken else None,
        default=SUPPRESS,
        help=SUPPRESS,
        include_in_web_ui=False,
        **kwargs,
    )
    action.advice = advice
