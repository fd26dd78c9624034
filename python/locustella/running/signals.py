"""Ctrl-C and SIGTERM while a test runs: each asks for the end, in two stages.

    asked = EndAskedFor(lambda: runner.is_stopping)
    with asked.by_signals():
        asked.over.wait()                      # the first signal, or whoever else sets it
        with asked.cut_short():                # a second one ends what the block waits for
            environment.events.quitting.fire(...)
        gevent.wait([..., asked.in_a_hurry], count=1)

    signal while ...            over    in_a_hurry    the run
    the test runs               set                   stops its users and waits for their end
    its users are being         set     set           ends now, with its reports
      stopped, whoever began it
    it is over                          set           ends now, with its reports

A signal that comes while the last one has not been looked at, because somebody keeps the hub busy,
raises KeyboardInterrupt in whoever that is.

Thread: the main one.
"""

from __future__ import annotations

import logging
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import gevent
from gevent.event import Event

if TYPE_CHECKING:
    from greenlet import greenlet

logger = logging.getLogger("locust.main")


def _is_handled_by_the_loop(number: signal.Signals) -> bool:
    """Whether gevent.signal_handler was called for it: Python's own list does not know of that."""
    if signal.getsignal(number) != signal.SIG_DFL:
        return False
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("SigCgt:"):
            return bool(int(line.split()[1], 16) >> (number - 1) & 1)
    return False


class EndAskedFor:
    """Whether the test is to end (`over`), and whether at once (`in_a_hurry`)."""

    def __init__(self, is_stopping: Callable[[], bool]) -> None:
        self.over = Event()
        self.in_a_hurry = Event()
        self._is_stopping = is_stopping
        self._asked_for: Event | None = None
        self._waiting: greenlet | None = None  # inside cut_short

    @contextmanager
    def by_signals(self) -> Iterator[None]:
        """Handles SIGTERM and Ctrl-C inside the block.

        A locustfile that handles Ctrl-C itself keeps doing so; one that has gevent handle SIGTERM
        is told of it, too.
        """
        before: dict[signal.Signals, signal._HANDLER] = {}
        watcher = None
        if _is_handled_by_the_loop(signal.SIGTERM):
            watcher = gevent.signal_handler(signal.SIGTERM, self._signalled, signal.SIGTERM)
        else:
            before[signal.SIGTERM] = signal.signal(signal.SIGTERM, self._signalled)
        if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            before[signal.SIGINT] = signal.signal(signal.SIGINT, self._signalled)
        try:
            yield
        finally:
            if watcher is not None:
                watcher.cancel()
            for number, handler in before.items():
                signal.signal(number, handler)

    @contextmanager
    def cut_short(self) -> Iterator[None]:
        """For listeners, which wait for whatever they like: the next signal ends the block."""
        self._waiting = gevent.getcurrent()
        try:
            yield
        except KeyboardInterrupt:
            self.in_a_hurry.set()
            logger.warning("Interrupted again: not waiting for the listeners that still run")
        finally:
            self._waiting = None

    def _signalled(self, number: int, *_: object) -> None:
        """Python calls this between any two instructions, in whichever greenlet runs.

        So it only asks the hub to wake the main greenlet: raised here, an exception would end some
        user in the middle of its work.
        """
        hurry = self.over.is_set() or self._is_stopping()
        wanted = self.in_a_hurry if hurry else self.over
        if self._asked_for is wanted:
            raise KeyboardInterrupt
        self._asked_for = wanted
        gevent.get_hub().loop.run_callback_threadsafe(self._tell, number, hurry)

    def _tell(self, number: int, hurry: bool) -> None:
        self._asked_for = None  # it has been looked at: the next one is another
        if number == signal.SIGTERM:
            logger.info("Got SIGTERM signal")
        elif hurry:
            logger.info("Got SIGINT signal (Ctrl-C): the test ends at once")
        else:
            logger.info("Got SIGINT signal (Ctrl-C): the test ends; one more ends it at once")
        self.over.set()
        if hurry:
            self.in_a_hurry.set()
            if self._waiting is not None:
                self._waiting.throw(KeyboardInterrupt)  # it waits: this is the hub
