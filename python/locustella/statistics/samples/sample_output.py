"""The file of all samples while a run goes on: begun with it, watched, and finished at its end.

    samples = SampleOutput(path, form, open_file)
    samples.begin(environment)             # from now on every request is written
    gevent.spawn(samples.watch)            # says so when some are lost
    samples.finish()                       # OSError: what is missing, and why

    form           the native thread writes            at the end
    JSON lines     the file                            nothing more
    CSV            the file                            nothing more
    Parquet        <path>.csv                          pyarrow makes the file of it

A thread of the core writes, which needs no interpreter (core/output/sample_file.hpp). No Python
thread could do it: each time it took the interpreter all users would stand still.

Thread: the hub's.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import gevent

from ..._core import SampleFile
from .. import clock
from .sample_form import SampleForm

if TYPE_CHECKING:
    from ..._core import StatsTable
    from ...env import Environment

logger = logging.getLogger("locust.main")

PATIENCE_S = 10.0  # at the end, with a file that takes nothing any more
WATCHED_EVERY_S = 1.0


class SamplesMissing(OSError):
    """Some samples are not in the file; the message says how many and why."""


def spool_path(path: str) -> str:
    """Where samples wait until there is a Parquet file of them."""
    return f"{path}.csv"


class SampleOutput:
    """All samples of one run in one file."""

    def __init__(self, path: str, form: SampleForm, begin_file: Callable[[str], int]) -> None:
        """
        :param begin_file: empties the file of that path, which is known to be there, and returns
            a descriptor of it
        """
        self.path = path
        self._form = form
        self._begin_file = begin_file
        self._file: SampleFile | None = None
        self._table: StatsTable | None = None
        self._environment: Environment | None = None
        self._told_of_losses = False

    def begin(self, environment: Environment) -> None:
        """Before the first user starts."""
        self._environment = environment
        clock.set_by_wall_clock()  # as each test does: the file counts from here on
        form = self._form
        written = spool_path(self.path) if form.parquet else self.path
        descriptor = self._begin_file(written)
        self._file = SampleFile(descriptor, csv=form.csv or form.parquet, gzip=form.gzip)
        self._follow()

    def watch(self) -> None:
        """For a greenlet: warns once when samples are lost."""
        while self._table is not None:
            gevent.sleep(WATCHED_EVERY_S)
            if self._table is not None:
                self._follow()
                self._warn_of_losses()

    def _follow(self) -> None:
        """Reads from the statistics that count now: a script may have put others there."""
        assert self._environment is not None
        table = self._environment.stats._table
        if self._file is None or table is self._table:
            return
        if self._table is not None:
            logger.warning(
                "environment.stats is another object now: what was counted there in the last "
                "second is not in %s",
                self.path,
            )
            self._file.leave(self._table)
        self._file.read_from(table)
        self._table = table

    def _warn_of_losses(self) -> None:
        if self.figures()["lost"] and not self._told_of_losses:
            self._told_of_losses = True
            logger.warning("Not all samples get into %s: %s", self.path, self._why())

    def figures(self) -> dict[str, int]:
        """How many samples are in the file, and how many are not."""
        if self._file is None:
            return {"written": 0, "lost": 0}
        written, lost, _, _ = self._file.counts()
        return {"written": written, "lost": lost}

    def finish(self) -> None:
        """Waits until all is in the file. The second time it does nothing."""
        if self._file is None or self._table is None:
            return
        self._file.leave(self._table)
        self._table = None
        all_is_out = self._wait()
        if self._form.parquet:
            self._make_parquet()
        if not all_is_out:
            raise SamplesMissing(
                f"it takes nothing any more. {self.figures()['written']} samples are in it, the "
                "later ones are not"
            )
        written, lost = self.figures().values()
        if lost:
            raise SamplesMissing(f"{lost} of {written + lost} samples are missing: {self._why()}")
        logger.info("The samples are in %s (%d of them)", self.path, written)

    def _wait(self) -> bool:
        """False: nothing has moved for so long that nothing will."""
        assert self._file is not None
        gone_out, since = -1, time.monotonic()
        while not self._file.close(0.1):
            gevent.sleep(0)  # a signal may ask for more hurry
            now, bytes_out = time.monotonic(), self._file.counts()[2]
            if bytes_out != gone_out:
                gone_out, since = bytes_out, now
            elif now - since > PATIENCE_S:
                return False
        return True

    def _make_parquet(self) -> None:
        from .parquet import parquet_of

        spool = spool_path(self.path)
        try:
            self._begin_file(self.path)
            parquet_of(spool, self.path)
        except BaseException:
            logger.error("The samples are left in %s", spool)
            raise
        os.unlink(spool)

    def _why(self) -> str:
        assert self._file is not None
        number = self._file.counts()[3]
        if number:
            return os.strerror(number).lower()
        return "they came faster than they could be written"
