"""Which way requests went, why, and from which line: what --show-slow-path shows.

    count_ways()                                       # from now on
    worked_out(session, "GET", url, arguments)         # a request that Python has worked out
    sent_by_requests("response hooks")                 # ... that `requests`' session code has sent
    lines()                                            # tables for the end of a run

A request that the core does alone is counted by the core. Nothing is counted before count_ways():
to find the line costs a walk over the stack. Thread: the hub's.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from ... import _core
from ..patches import ignored
from .call_sites import call_site
from .reasons import reason_of

_MOST_ROWS = 40


class _Counted:
    """By (reason, line of the call)."""

    on = False
    native_before = 0
    by_python: Counter[tuple[str, str]] = Counter()
    by_requests: Counter[tuple[str, str]] = Counter()


def count_ways(on: bool = True) -> None:
    """Begins anew, or ends it."""
    _Counted.on = on
    _Counted.native_before = _core.plain_requests()
    _Counted.by_python.clear()
    _Counted.by_requests.clear()


def are_counted() -> bool:
    return _Counted.on


def worked_out(session: Any, method: Any, url: Any, arguments: dict[str, Any]) -> None:
    """One request that the core has not understood: these are the arguments of request()."""
    site = call_site()
    _Counted.by_python[reason_of(session, method, url, arguments, site), site] += 1


def sent_by_requests(reason: str) -> None:
    if _Counted.on:
        _Counted.by_requests[reason, call_site()] += 1


def counts() -> dict[str, int]:
    """How many requests went which way."""
    return {
        "natively": _core.plain_requests() - _Counted.native_before,
        "worked out by Python, sent natively": _Counted.by_python.total(),
        "by requests' own session code": _Counted.by_requests.total(),
    }


def lines() -> list[str]:
    """Empty where nothing is counted."""
    if not _Counted.on:
        return []
    found = _table("Which way requests went", list(counts().items()))
    for title, counter in (
        ("Worked out by Python: why, and where", _Counted.by_python),
        ("By requests' own session code: why, and where", _Counted.by_requests),
    ):
        rows = [(f"{reason}  {site}", count) for (reason, site), count in counter.most_common()]
        if rows:
            found += _table(title, rows[:_MOST_ROWS])
        if left := sum(count for _, count in rows[_MOST_ROWS:]):
            found[-1:] = [f"{'at other lines':66} {left:>9}", ""]
    if passed_by := ignored():
        rows = sorted(passed_by.items(), key=lambda item: -item[1])
        found += _table("Requests of FastHttpUser that passed by a patch", rows)
    return found


def _table(title: str, rows: list[tuple[str, int]]) -> list[str]:
    head = [f"{title:66} {'# reqs':>9}", f"{'-' * 66}|{'-' * 9}"]
    return [*head, *(f"{name:66} {count:>9}" for name, count in rows), ""]
