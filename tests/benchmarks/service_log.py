"""The demo target's service log: when each request came and when its answer left.

    log = read_service_log(path)  # [Served(arrival_ns=..., sent_ns=..., ...)]
    times = service_times_us(log, since, until, target="/")   # ascending

The log's grammar stands in core/demo/service_log.hpp. It is read here without Locustella's own
reader, so that the judge does not depend on the judged.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

_PREAMBLE = struct.Struct("<8sII")
_RECORD = struct.Struct("<qqHB29s")
_MAGIC = b"LTSVCLOG"
_VERSION = 1


class Served(NamedTuple):
    """One request at the target; nanoseconds since the epoch. `sent_ns` is 0: no answer left."""

    arrival_ns: int
    sent_ns: int
    status: int
    target: str


def read_service_log(path: Path) -> list[Served]:
    return parse_service_log(path.read_bytes())


def parse_service_log(content: bytes) -> list[Served]:
    """Raises ValueError where it is not such a log, or of a version that this reader is not for."""
    if len(content) < _PREAMBLE.size:
        raise ValueError("the service log is empty")
    magic, version, record_size = _PREAMBLE.unpack_from(content)
    if magic != _MAGIC or version != _VERSION or record_size != _RECORD.size:
        raise ValueError(f"not a service log of version {_VERSION}")
    records = memoryview(content)[_PREAMBLE.size :]
    whole = len(records) // record_size * record_size  # a target that was killed cuts the last one
    return [
        Served(arrival, sent, status, target[:size].decode(errors="replace"))
        for arrival, sent, status, size, target in _RECORD.iter_unpack(records[:whole])
    ]


def service_times_us(log: Iterable[Served], since: float, until: float, target: str) -> list[float]:
    """Microseconds from arrival to answer, ascending, of the requests for `target`.

    `since` and `until` are seconds since the epoch and bound the time of arrival.
    """
    first, last = int(since * 1e9), int(until * 1e9)
    return sorted(
        (served.sent_ns - served.arrival_ns) / 1000
        for served in log
        if first <= served.arrival_ns <= last and served.sent_ns and served.target == target
    )
