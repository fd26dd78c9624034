"""Ctrl-C and SIGTERM while a test runs, as two events that the main greenlet waits for.

    asked = EndAskedFor()
    with asked.by_signals():
        asked.over.wait()            # the first Ctrl-C, SIGTERM, or whoever else sets it
    gevent.wait([..., asked.in_a_hurry], count=1)

Thread: the main one.
"""

from __future__ import annotations

import logging
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import gevent
from gevent.event import Event

logger = logging.getLogger("locust.main")


class EndAskedFor:
    """Whether the test is to end (`over`), and whether at once (`in_a_hurry`)."""

    def __init__(self) -> None:
        self.over = Event()
        self.in_a_hurry = Event()
        self._asked_for: Event | None = None

    @contextmanager
    def by_signals(self) -> Iterator[None]:
        """Handles SIGTERM and Ctrl-C inside the block.

        A locustfile that handles Ctrl-C itself keeps doing so.
        """
        terminate = gevent.signal_handler(signal.SIGTERM, self._terminated)
        interrupt = signal.getsignal(signal.SIGINT)
        if interrupt is signal.default_int_handler:
            signal.signal(signal.SIGINT, self._interrupted)
        try:
            yield
        finally:
            terminate.cancel()
            if interrupt is signal.default_int_handler:
                signal.signal(signal.SIGINT, interrupt)

    def _terminated(self) -> None:
        logger.info("Got SIGTERM signal")
        self.over.set()

    def _interrupted(self, *_: Any) -> None:
        """Python calls this between any two instructions, in whichever greenlet runs.

        So it only asks the hub to wake the main greenlet: raised here, an exception would end some
        user in the middle of its work. Only if the hub has not come to that until the next Ctrl-C,
        because somebody keeps it busy, is that somebody interrupted.
        """
        wanted = self.in_a_hurry if self.over.is_set() else self.over
        if self._asked_for is wanted:
            raise KeyboardInterrupt
        self._asked_for = wanted
        gevent.get_hub().loop.run_callback_threadsafe(wanted.set)
