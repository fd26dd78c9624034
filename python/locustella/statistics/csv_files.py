"""The CSV forms of the statistics: written to any stream, or kept in files while a test runs."""

from __future__ import annotations

import csv
import logging
from collections.abc import Callable, Iterable
from itertools import chain
from typing import IO, TYPE_CHECKING, Protocol

import gevent

from ..util.date import format_utc_timestamp
from . import clock
from . import constants as settings
from .error import StatsError
from .format import get_readable_percentiles, shown_ms

if TYPE_CHECKING:
    from ..env import Environment
    from .entry import StatsEntry

logger = logging.getLogger("locust.stats")


class CSVWriter(Protocol):
    """What csv.writer() makes."""

    def writerow(self, columns: Iterable[str | int | float], /) -> object: ...


# So many rows of the history wait at most for room in the file, some tens of megabytes of them.
_MOST_LATE_ROWS = 20_000


class _Rows(list[list[str | int | float]]):
    """Takes what a csv writer would write."""

    def writerow(self, columns: Iterable[str | int | float], /) -> None:
        self.append(list(columns))


class StatsCSV:
    """Writes tables of an environment's statistics to whatever csv writer it is given."""

    def __init__(self, environment: Environment, percentiles_to_report: list[float]) -> None:
        self.environment = environment
        self.percentiles_to_report = percentiles_to_report
        self.percentiles_na = ["N/A"] * len(percentiles_to_report)
        self.requests_csv_columns = [
            "Type",
            "Name",
            "Request Count",
            "Failure Count",
            "Median Response Time",
            "Average Response Time",
            "Min Response Time",
            "Max Response Time",
            "Average Content Size",
            "Requests/s",
            "Failures/s",
            *get_readable_percentiles(percentiles_to_report),
        ]
        self.failures_columns = [
            "Method",
            "Name",
            "Error",
            "Occurrences",
            "First Seen",
            "Last Seen",
        ]
        self.exceptions_columns = ["Count", "Message", "Traceback", "Nodes"]

    def requests_csv(self, csv_writer: CSVWriter) -> None:
        """A row for each entry, and one for the total."""
        csv_writer.writerow(self.requests_csv_columns)
        self._requests_data_rows(csv_writer)

    def failures_csv(self, csv_writer: CSVWriter) -> None:
        """A row for each kind of failure."""
        csv_writer.writerow(self.failures_columns)
        self._failures_data_rows(csv_writer)

    def exceptions_csv(self, csv_writer: CSVWriter) -> None:
        """A row for each kind of exception that tasks have raised."""
        csv_writer.writerow(self.exceptions_columns)
        self._exceptions_data_rows(csv_writer)

    def complete(self) -> None:
        """Nothing to write here."""

    def close_files(self) -> None:
        """Nothing to close here."""

    def _percentile_fields(
        self, stats_entry: StatsEntry, use_current: bool = False
    ) -> list[str]:
        if not stats_entry.num_requests:
            return self.percentiles_na
        if use_current and stats_entry.use_response_times_cache:
            found = stats_entry._shown_current_percentiles(self.percentiles_to_report)
            return [shown_ms(ms) for ms in found or [0] * len(self.percentiles_to_report)]
        return [shown_ms(ms) for ms in stats_entry._shown_percentiles(self.percentiles_to_report)]

    @staticmethod
    def _summary_fields(entry: StatsEntry) -> tuple[float | str, ...]:
        median = entry._shown_median()
        return (
            entry.num_requests,
            entry.num_failures,
            median if settings.LOCUST_ROUNDING else shown_ms(median),
            entry.avg_response_time,
            entry.min_response_time or 0,
            entry.max_response_time,
            entry.avg_content_length,
        )

    def _requests_data_rows(self, csv_writer: CSVWriter) -> None:
        stats = self.environment.stats
        for entry in chain(settings.sort_stats(stats.entries), [stats.total]):
            csv_writer.writerow(
                [
                    entry.method,
                    entry.name,
                    *self._summary_fields(entry),
                    entry.total_rps,
                    entry.total_fail_per_sec,
                    *self._percentile_fields(entry),
                ]
            )

    def _failures_data_rows(self, csv_writer: CSVWriter) -> None:
        for failure in settings.sort_stats(self.environment.stats.errors):
            seen = (failure.first_seen, failure.last_seen)
            csv_writer.writerow(
                [
                    failure.method,
                    failure.name,
                    StatsError.parse_error(failure.error),
                    failure.occurrences,
                    *("" if when is None else format_utc_timestamp(when) for when in seen),
                ]
            )

    def _exceptions_data_rows(self, csv_writer: CSVWriter) -> None:
        runner = self.environment.runner
        for exception in runner.exceptions.values() if runner is not None else ():
            csv_writer.writerow(
                [
                    exception["count"],
                    exception["msg"],
                    exception["traceback"],
                    ", ".join(exception["nodes"]),
                ]
            )


class StatsCSVFileWriter(StatsCSV):
    """Keeps four CSV files up to date: PREFIX_stats, _stats_history, _failures and _exceptions.

    Call it in a greenlet: it never returns. The history grows by a row each time (with
    `full_history` by one for each entry, too), the other files are written anew. close_files()
    writes what has happened since. A file that cannot be written costs the others nothing: an error
    says so once, and it is tried again each time. If there is room later, it is as whole as if
    there had always been.
    """

    def __init__(
        self,
        environment: Environment,
        percentiles_to_report: list[float],
        base_filepath: str,
        full_history: bool = False,
    ) -> None:
        super().__init__(environment, percentiles_to_report)
        self.base_filepath = base_filepath
        self.full_history = full_history
        self.requests_csv_filehandle, self.requests_csv_writer = self._opened("_stats")
        self.requests_csv_data_start = 0
        self.stats_history_csv_filehandle, self.stats_history_csv_writer = self._opened(
            "_stats_history"
        )
        self.failures_csv_filehandle, self.failures_csv_writer = self._opened("_failures")
        self.failures_csv_data_start = 0
        self.exceptions_csv_filehandle, self.exceptions_csv_writer = self._opened("_exceptions")
        self.exceptions_csv_data_start = 0
        # Of the history: rows that are not in the file yet, each time's by its second; how far
        # the file is whole; and the second of the last row, and where it begins.
        self._late_rows: list[tuple[int, _Rows]] = []
        self._loses_rows = False
        self._history_end = 0
        self._last_row = (-1, 0)
        self._complete = False
        self._counted = (-1, -1)  # requests and failures that the history tells of
        self._told: set[str] = set()  # files that could not be written
        self.stats_history_csv_columns = [
            "Timestamp",
            "User Count",
            "Type",
            "Name",
            "Requests/s",
            "Failures/s",
            *get_readable_percentiles(percentiles_to_report),
            "Total Request Count",
            "Total Failure Count",
            "Total Median Response Time",
            "Total Average Response Time",
            "Total Min Response Time",
            "Total Max Response Time",
            "Total Average Content Size",
        ]

    def _opened(self, suffix: str) -> tuple[IO[str], CSVWriter]:
        # Names may hold what the encoding of the system has no character for.
        path = f"{self.base_filepath}{suffix}.csv"
        file = open(path, "w", errors="backslashreplace")  # close_files() closes it
        return file, csv.writer(file)

    def stats_history_file_name(self) -> str:
        return self.base_filepath + "_stats_history.csv"

    def __call__(self) -> None:
        self.stats_writer()

    def stats_writer(self) -> None:
        """Write for ever, every CSV_STATS_INTERVAL_SEC."""
        last_flush = 0.0
        try:
            while not self._complete:
                now = clock.now()
                self._write_rows(now)
                if now - last_flush > settings.CSV_STATS_FLUSH_INTERVAL_SEC:
                    self._flush()
                    last_flush = now
                gevent.sleep(settings.CSV_STATS_INTERVAL_SEC)
        except KeyboardInterrupt as interrupt:
            logger.debug("no more rows", exc_info=interrupt)

    def complete(self) -> None:
        """Writes what has happened until now; from then on the files stay as they are."""
        if self._complete:
            return
        self._complete = True
        now = clock.now()
        if self._late_rows or self._counted != self._counts_now():
            self._take_back_row_of(now)
            self._write_rows(now)
        else:  # a last row of the history would say nothing new
            self._write_all_but_history()
        self._flush()

    def _counts_now(self) -> tuple[int, int]:
        total = self.environment.stats.total
        return total.num_requests, total.num_failures

    def _take_back_row_of(self, now: float) -> None:
        """Rows that lie a second apart have a second each; the last one may come sooner."""
        if settings.CSV_STATS_INTERVAL_SEC < 1:
            return
        if self._late_rows and self._late_rows[-1][0] == int(now):
            self._late_rows.pop()
        elif not self._late_rows and self._last_row[0] == int(now):
            self._history_end = self._last_row[1]

    def _write_rows(self, now: float) -> None:
        self._attempt("_stats_history", lambda: self._write_history(now))
        self._write_all_but_history()

    def _write_all_but_history(self) -> None:
        self._attempt("_stats", self._write_requests)
        self._attempt("_failures", self._write_failures)
        self._attempt("_exceptions", self._write_exceptions)

    def _attempt(self, suffix: str, write: Callable[[], None]) -> None:
        try:
            write()
        except Exception as error:
            if suffix not in self._told:
                self._told.add(suffix)
                logger.error("Cannot write %s%s.csv: %s", self.base_filepath, suffix, error)

    @staticmethod
    def _after_header(file: IO[str], writer: CSVWriter, columns: list[str], start: int) -> int:
        """Goes to where the rows begin, in an empty file behind a header; returns the place."""
        file.seek(start)
        if not start:
            writer.writerow(columns)
        return file.tell()  # only now it is in the file

    def _write_requests(self) -> None:
        self.requests_csv_data_start = self._after_header(
            self.requests_csv_filehandle,
            self.requests_csv_writer,
            self.requests_csv_columns,
            self.requests_csv_data_start,
        )
        self._requests_data_rows(self.requests_csv_writer)
        self.requests_csv_filehandle.truncate()

    def _keep_for_later(self, second: int, rows: _Rows) -> None:
        waiting = sum(len(late) for _, late in self._late_rows)
        if not waiting or waiting + len(rows) <= _MOST_LATE_ROWS:
            self._late_rows.append((second, rows))
        elif not self._loses_rows:
            self._loses_rows = True
            logger.error(
                "%d rows of the history wait for room in %s: those that come now are lost",
                waiting,
                self.stats_history_csv_filehandle.name,
            )

    def _write_history(self, now: float) -> None:
        rows = _Rows()
        self._counted = self._counts_now()
        self._stats_history_data_rows(rows, now)
        self._keep_for_later(int(now), rows)
        file, writer = self.stats_history_csv_filehandle, self.stats_history_csv_writer
        # What was written in vain may have left half a row behind.
        self._after_header(file, writer, self.stats_history_csv_columns, self._history_end)
        file.truncate()
        *before, (second, latest) = self._late_rows
        for row in chain.from_iterable(rows for _, rows in before):
            writer.writerow(row)
        begin = file.tell()
        for row in latest:
            writer.writerow(row)
        self._history_end = file.tell()
        self._last_row = (second, begin)
        self._late_rows.clear()
        self._loses_rows = False

    def _write_failures(self) -> None:
        self.failures_csv_data_start = self._after_header(
            self.failures_csv_filehandle,
            self.failures_csv_writer,
            self.failures_columns,
            self.failures_csv_data_start,
        )
        self._failures_data_rows(self.failures_csv_writer)
        self.failures_csv_filehandle.truncate()

    def _write_exceptions(self) -> None:
        self.exceptions_csv_data_start = self._after_header(
            self.exceptions_csv_filehandle,
            self.exceptions_csv_writer,
            self.exceptions_columns,
            self.exceptions_csv_data_start,
        )
        self._exceptions_data_rows(self.exceptions_csv_writer)
        self.exceptions_csv_filehandle.truncate()

    def _stats_history_data_rows(self, csv_writer: CSVWriter, now: float) -> None:
        stats = self.environment.stats
        users = self._user_count()
        entries = settings.sort_stats(stats.entries) if self.full_history else []
        for entry in (*entries, stats.total):
            csv_writer.writerow(
                [
                    int(now),
                    users,
                    entry.method or "",
                    entry.name,
                    f"{entry.current_rps:2f}",
                    f"{entry.current_fail_per_sec:2f}",
                    *self._percentile_fields(entry, use_current=self.full_history),
                    *self._summary_fields(entry),
                ]
            )

    def _user_count(self) -> int:
        runner = self.environment.runner
        if runner is None:
            return 0
        if self._complete and not runner.user_count:
            # By now they have left, but in the last second they were there.
            return sum(getattr(runner, "final_user_classes_count", {}).values())
        return runner.user_count

    def _flush(self) -> None:
        self._attempt("_stats", self.requests_flush)
        self._attempt("_stats_history", self.stats_history_flush)
        self._attempt("_failures", self.failures_flush)
        self._attempt("_exceptions", self.exceptions_flush)

    def requests_flush(self) -> None:
        self.requests_csv_filehandle.flush()

    def stats_history_flush(self) -> None:
        self.stats_history_csv_filehandle.flush()

    def failures_flush(self) -> None:
        self.failures_csv_filehandle.flush()

    def exceptions_flush(self) -> None:
        self.exceptions_csv_filehandle.flush()

    def close_files(self) -> None:
        """Writes what has happened until now, then closes the files."""
        if self.requests_csv_filehandle.closed:
            return
        self.complete()
        self._attempt("_stats", self.requests_csv_filehandle.close)
        self._attempt("_stats_history", self.stats_history_csv_filehandle.close)
        self._attempt("_failures", self.failures_csv_filehandle.close)
        self._attempt("_exceptions", self.exceptions_csv_filehandle.close)
