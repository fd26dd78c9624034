"""How the test was set up: what a reader needs to repeat it.

    settings_table(environment, given)

`given` are the options of the command line with their values; whoever makes the list has left out
what is secret. Passwords in addresses are left out here.

Thread: the hub's.
"""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from ..._version import locustella_version
from .markup import escaped
from .table import Column, Table

if TYPE_CHECKING:
    from ...env import Environment

_CREDENTIALS = re.compile(r"(?<=://)[^/?#\s]*@")


def without_credentials(text: object) -> str:
    """Addresses in it without `user:password@`."""
    return _CREDENTIALS.sub("", str(text))


def settings_table(environment: Environment, given: Iterable[tuple[str, str]] = ()) -> str:
    """A row for each setting; the options that were given at the end."""
    rows = [*_of_test(environment), *given, *_of_generator()]
    columns = [Column("Setting", "text"), Column("Value", "name")]
    cells = ([escaped(name), escaped(without_credentials(value))] for name, value in rows)
    return Table("settings", columns, cells).html()


def _of_test(environment: Environment) -> list[tuple[str, str]]:
    options = environment.parsed_options
    shape = environment.shape_class
    rules = {
        "User classes": ", ".join(map(_user_class, environment.user_classes)),
        "Load shape": type(shape).__name__ if shape else None,
        "Users": None if shape else getattr(options, "num_users", None),
        "Spawn rate": None if shape else _with(getattr(options, "spawn_rate", None), "users/s"),
        "Run time": _with(getattr(options, "run_time", None), "s"),
        "Time to finish a task at the end": _with(environment.stop_timeout or None, "s"),
        "Tags": _words(environment.tags),
        "Excluded tags": _words(environment.exclude_tags),
    }
    return [(name, str(value)) for name, value in rules.items() if value]


def _user_class(cls: Any) -> str:
    if cls.fixed_count:
        return f"{cls.__name__} (fixed count {cls.fixed_count})"
    return f"{cls.__name__} (weight {cls.weight})"


def _words(words: Iterable[str] | None) -> str | None:
    return " ".join(map(str, words)) if words else None


def _with(value: Any, unit: str) -> str | None:
    return None if value is None else f"{value:g} {unit}" if _is_number(value) else str(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float)


def _of_generator() -> list[tuple[str, str]]:
    return [
        ("Load generator", f"Locustella {locustella_version()}"),
        ("Python", platform.python_version()),
        ("Machine", f"{platform.system()} {platform.machine()}, {os.cpu_count()} CPUs"),
    ]
