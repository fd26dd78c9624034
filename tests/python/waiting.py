"""Waits for something that other greenlets do, without guessing how long it takes.

    until(lambda: runner.user_count == 3)
"""

from __future__ import annotations

import time
from collections.abc import Callable

import gevent

LIMIT_S = 10


def until(condition: Callable[[], object]) -> None:
    """Lets other greenlets run until `condition` is true; fails after LIMIT_S seconds."""
    give_up_at = time.monotonic() + LIMIT_S
    while not condition():
        assert time.monotonic() < give_up_at, "it did not happen in time"
        gevent.sleep(0.001)
