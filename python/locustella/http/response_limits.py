"""How much of an answer is taken in, whatever the server sends: options, and the words when a limit
is met.

    set_response_limits(body=64 << 20)         # what is not named stays
    # "the response's body is larger than 64 MiB: --max-response-body raises the limit"
    limit_words("body")

The limits hold for the whole process, in the core (core/http/limits.hpp). Thread: the hub's.
"""

from __future__ import annotations

import re
from argparse import ArgumentTypeError
from typing import TYPE_CHECKING, NamedTuple

from .. import _core

if TYPE_CHECKING:
    from argparse import Namespace, _ArgumentGroup
    from collections.abc import Callable

_SIZE = re.compile(r"(\d+)\s*(?:([kmg])(?:i?b)?|b)?", re.IGNORECASE)
_UNITS = {"k": 10, "m": 20, "g": 30}
_MOST = {"head": 2**31, "fields": 2**31, "body": 2**62, "interim": 2**31}


class LimitOption(NamedTuple):
    name: str
    is_size: bool
    help: str
    words: str


OPTIONS = {
    "head": LimitOption(
        "--max-response-head", True, "Largest head of a response: status line and header fields",
        "the response's head is larger than {}",
    ),
    "fields": LimitOption(
        "--max-response-fields", False, "Most header fields of a response",
        "the response has more than {} header fields",
    ),
    "body": LimitOption(
        "--max-response-body", True,
        "Largest body of a response, as received and decoded; streamed ones have no limit",
        "the response's body is larger than {}",
    ),
    "interim": LimitOption(
        "--max-interim-responses", False, "Most interim (1xx) responses before the real one",
        "the server sent more than {} interim (1xx) responses",
    ),
}  # fmt: skip


def byte_size(text: str) -> int:
    """Bytes out of "4096", "256k", "64 MiB", "1g"."""
    match = _SIZE.fullmatch(text.strip())
    if match is None:
        raise ArgumentTypeError(f"{text!r} is no size: write bytes, or 256k, 64m, 1g")
    return int(match[1]) << _UNITS.get((match[2] or "").lower(), 0)


def size_text(size: int) -> str:
    """The size as people write it: 262144 is "256 KiB"."""
    for unit, bits in (("GiB", 30), ("MiB", 20), ("KiB", 10)):
        if size and size % (1 << bits) == 0:
            return f"{size >> bits} {unit}"
    return f"{size} bytes"


def add_response_limit_options(group: _ArgumentGroup) -> None:
    """The options of the command line, one for each limit."""
    defaults = _core.response_limits()
    for limit, option in OPTIONS.items():
        variable = "LOCUST_" + option.name[2:].upper().replace("-", "_")
        default = defaults[limit]
        shown = size_text(default) if option.is_size else str(default)
        group.add_argument(
            option.name, type=_checked(limit, byte_size if option.is_size else int),
            default=default, metavar="<size>" if option.is_size else "<int>", env_var=variable,
            help=f"{option.help}; {shown} by default",
        )  # fmt: skip


def _checked(limit: str, convert: Callable[[str], int]) -> Callable[[str], int]:
    def value_of(text: str) -> int:
        value = convert(text)
        if not 0 < value <= _MOST[limit]:
            raise ArgumentTypeError(f"must be between 1 and {_MOST[limit]}, not {value}")
        return value

    value_of.__name__ = "int"  # argparse names it: "invalid int value"
    return value_of


def apply_response_limits(options: Namespace) -> None:
    """Tells the core what the command line says."""
    set_response_limits(
        **{
            limit: getattr(options, option.name[2:].replace("-", "_"))
            for limit, option in OPTIONS.items()
        }
    )


def set_response_limits(**limits: int) -> None:
    """Changes limits of this process: head and body in bytes, fields and interim in numbers."""
    _core.set_response_limits(**{**_core.response_limits(), **limits})


def limit_words(limit: str) -> str:
    """What has happened to a response that met this limit, and what to do if it is a good one."""
    option, value = OPTIONS[limit], _core.response_limits()[limit]
    shown = size_text(value) if option.is_size else str(value)
    return f"{option.words.format(shown)}: {option.name} raises the limit"
