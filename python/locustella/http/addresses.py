"""How connections come about in this process: what names mean, and which addresses they leave from.

    fixed = resolve_entries("shop.test:443:10.0.0.7,10.0.0.8")     # as curl's --resolve
    set_up(dns_ttl=1.0, resolve=[fixed], source_ip="10.0.0.1-10.0.0.20")

It is told to the native core once, before the test, and holds for all its HTTP users. Requests on
the slow path ask Python, and do not know of it.

Thread: the main one.
"""

from __future__ import annotations

import errno
import math
import re
import socket
from argparse import ArgumentTypeError
from collections.abc import Iterable
from ipaddress import ip_address
from typing import NamedTuple

from .. import _core

DNS_TTL_S = 1.0
TEMPORARY_S = 60.0  # how long an entry with a plus holds; curl's time
MOST_TRIED = 1000  # source addresses

_ENTRY = re.compile(r"([+-]?)(\[[^\]]+\]|[^:\[\]]+):(\d+|\*)(?::(.*))?")
_FORM = (
    "write host:port:address[,address]... as in shop.test:443:10.0.0.7, with IPv6 addresses in "
    "brackets; -host:port takes an entry back"
)


class ResolveEntry(NamedTuple):
    """What stands in for the system's answer about a host; no addresses: takes that back."""

    host: str  # "*": every host
    port: int  # 0: every port
    addresses: tuple[str, ...]
    seconds: float  # 0: for ever


def resolve_entries(string: str) -> list[ResolveEntry]:
    """One --resolve, or several with blanks between them."""
    if not string.split():
        raise ArgumentTypeError(f"{_FORM}, not {string!r}")
    return [_resolve_entry(entry) for entry in string.split()]


def _resolve_entry(text: str) -> ResolveEntry:
    match = _ENTRY.fullmatch(text)
    sign, host, port, rest = match.groups() if match else ("", "", "0", None)
    if not match or (rest is None) != (sign == "-"):
        raise ArgumentTypeError(f"{_FORM}, not {text!r}")
    number = 0 if port == "*" else int(port)
    if port != "*" and not 1 <= number <= 65535:
        raise ArgumentTypeError(f"the port of {text!r} is not between 1 and 65535")
    addresses = tuple(_address(part, text) for part in rest.split(",")) if rest is not None else ()
    return ResolveEntry(
        host.strip("[]").lower(), number, addresses, TEMPORARY_S if sign == "+" else 0.0
    )


def _address(part: str, text: str) -> str:
    bare = part[1:-1] if part.startswith("[") and part.endswith("]") else part
    try:
        return str(ip_address(bare))
    except ValueError:
        raise ArgumentTypeError(f"{part!r} in {text!r} is no IP address") from None


def source_ip(string: str) -> str:
    """A list of addresses, ranges and networks, as the core reads it."""
    try:
        _core.source_addresses(string, 0)
    except ValueError as error:
        raise ArgumentTypeError(f"invalid value {string!r}: {error}") from None
    return string


def dns_ttl(string: str) -> float:
    """Seconds, 0 or more."""
    try:
        seconds = float(string)
    except ValueError:
        seconds = math.nan
    if not (math.isfinite(seconds) and seconds >= 0):
        raise ArgumentTypeError(f"must be a number of seconds, 0 or more, not {string!r}")
    return seconds


def set_up(
    dns_ttl: float = DNS_TTL_S, resolve: Iterable[Iterable[ResolveEntry]] = (), source_ip: str = ""
) -> None:
    """Tells the core. Of entries for the same host and port the last one holds."""
    fixed: dict[tuple[str, int], ResolveEntry] = {}
    for entry in (entry for entries in resolve for entry in entries):
        fixed.pop((entry.host, entry.port), None)
        if entry.addresses:
            fixed[entry.host, entry.port] = entry
    _core.set_network(dns_ttl=dns_ttl, fixed=list(fixed.values()), source_ip=source_ip)


def foreign_source(source_ip: str) -> str | None:
    """The first of the addresses that this machine does not have, as far as they are tried; or
    None.
    """
    for address in _core.source_addresses(source_ip, MOST_TRIED):
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        try:
            with socket.socket(family, socket.SOCK_STREAM) as probe:
                probe.bind((address, 0))
        except OSError as error:
            if error.errno in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT, errno.EINVAL):
                return address
    return None
