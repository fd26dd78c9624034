"""Loopback ports: which are free, and how many clients are connected to one.

    ports = free_ports(3)
    established_to(ports[0])     # clients whose connection stands, accepted by the server or not

IPv4 on 127.0.0.1 only; Linux only.
"""

from __future__ import annotations

import contextlib
import random
import socket
from pathlib import Path

_ESTABLISHED = "01"
_FIRST, _LAST = 20000, 32000  # below Linux's ephemeral ports, so that no client takes one


def free_ports(count: int) -> list[int]:
    """Ports nobody listens on at this moment. Raises OSError where there are not enough."""
    found: list[int] = []
    for port in random.sample(range(_FIRST, _LAST), 500):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            found.append(port)
        if len(found) == count:
            return found
    raise OSError(f"no {count} free ports between {_FIRST} and {_LAST}")


def established_to(port: int) -> int:
    """The IPv4 connections to the port that stand, counted at their client's end."""
    return count_established(Path("/proc/net/tcp").read_text(), port)


def count_established(proc_net_tcp: str, port: int) -> int:
    """Count in the text of /proc/net/tcp: address pairs and states are in hexadecimal."""
    ending = f":{port:04X}"
    count = 0
    for line in proc_net_tcp.splitlines()[1:]:
        _, _, remote, state = line.split(maxsplit=4)[:4]
        count += remote.endswith(ending) and state == _ESTABLISHED
    return count
