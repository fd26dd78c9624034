"""File descriptors: how many this process may have, and some kept back for its last work.

    soft = raise_limit(10_100)          # what it may open now
    reserve = DescriptorReserve()
    ...                                 # connections take all the others
    with reserve.given_back():
        open("report.html", "w")        # possible all the same

Thread: any.
"""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager

from gevent.monkey import get_original

# gevent's, which takes the place of os.close, waits for the next turn of the loop.
_close_now = get_original("os", "close")

KEPT_BACK = 24
_NO_LIMIT = 1_048_576  # what a limit of "unlimited" is raised to


def raise_limit(wanted: int) -> int:
    """Lets the process open as many files as the system allows; returns how many.

    Only a privileged process can go beyond its hard limit: it does so if `wanted` is more.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return _NO_LIMIT
    endless = hard == resource.RLIM_INFINITY
    allowed = _NO_LIMIT if endless else hard
    for attempt in (max(wanted, allowed), allowed, wanted):
        if attempt > soft:
            try:
                beyond = hard if endless else max(attempt, hard)
                resource.setrlimit(resource.RLIMIT_NOFILE, (attempt, beyond))
                return attempt
            except (OSError, ValueError):
                continue
    return soft


class DescriptorReserve:
    """Holds descriptors that nobody else gets. A small limit is not used up by it."""

    def __init__(self) -> None:
        soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        self._most = KEPT_BACK if soft == resource.RLIM_INFINITY else min(KEPT_BACK, soft // 8)
        self._held: list[int] = []
        self.take()

    def take(self) -> None:
        """As many as there are, up to its size."""
        try:
            while len(self._held) < self._most:
                self._held.append(os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC))
        except OSError:
            pass  # better fewer than none

    def give_back(self) -> None:
        """For good."""
        while self._held:
            _close_now(self._held.pop())

    @contextmanager
    def given_back(self) -> Iterator[None]:
        """They are free inside the block; what others take of them meanwhile is gone."""
        self.give_back()
        try:
            yield
        finally:
            self.take()
