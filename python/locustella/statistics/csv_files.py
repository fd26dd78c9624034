"""The CSV forms of the statistics: written to any stream, or kept in files while a test runs."""

from __future__ import annotations

import csv
import logging
import time
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import IO, TYPE_CHECKING, Any, Protocol

import gevent

from ..util.date import format_utc_timestamp
from . import constants as settings
from .error import StatsError
from .format import get_readable_percentiles

if TYPE_CHECKING:
    from ..env import Environment
    from .entry import StatsEntry

logger = logging.getLogger("locust.stats")


class CSVWriter(Protocol):
    """What csv.writer() makes."""

    def writerow(self, columns: Iterable[str | int | float]) -> Any: ...


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

    def close_files(self) -> None:
        """Nothing to close here."""

    def _percentile_fields(
        self, stats_entry: StatsEntry, use_current: bool = False
    ) -> list[str] | list[int]:
        if not stats_entry.num_requests:
            return self.percentiles_na
        if use_current and stats_entry.use_response_times_cache:
            found = stats_entry._current_percentiles(self.percentiles_to_report)
            return [int(ms) for ms in found or [0] * len(self.percentiles_to_report)]
        return [int(ms) for ms in stats_entry._percentiles(self.percentiles_to_report)]

    @staticmethod
    def _summary_fields(entry: StatsEntry) -> tuple[float, ...]:
        return (
            entry.num_requests,
            entry.num_failures,
            entry.median_response_time,
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
    `full_history` by one for each entry, too), the other files are written anew. What happened
    after the last writing before close_files() is in none of them.
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
        self.stats_history_csv_filehandle, self.stats_history_csv_writer = self._opened(
            "_stats_history"
        )
        self.failures_csv_filehandle, self.failures_csv_writer = self._opened("_failures")
        self.failures_csv_data_start = 0
        self.exceptions_csv_filehandle, self.exceptions_csv_writer = self._opened("_exceptions")
        self.exceptions_csv_data_start = 0
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

    def _opened(self, suffix: str) -> tuple[IO[str], Any]:
        file = open(f"{self.base_filepath}{suffix}.csv", "w")  # close_files() closes it
        return file, csv.writer(file)

    def stats_history_file_name(self) -> str:
        return self.base_filepath + "_stats_history.csv"

    def __call__(self) -> None:
        self.stats_writer()

    def stats_writer(self) -> None:
        """Write for ever, every CSV_STATS_INTERVAL_SEC."""
        requests_data_start = self._write_headers()
        last_flush = 0.0
        try:
            while True:
                now = time.time()
                self._write_rows(requests_data_start, now)
                if now - last_flush > settings.CSV_STATS_FLUSH_INTERVAL_SEC:
                    self._flush()
                    last_flush = now
                gevent.sleep(settings.CSV_STATS_INTERVAL_SEC)
        except KeyboardInterrupt as interrupt:
            logger.debug("no more rows", exc_info=interrupt)

    def _write_headers(self) -> int:
        """Returns where the rows of the requests begin; those of the other two are attributes."""
        self.requests_csv_writer.writerow(self.requests_csv_columns)
        self.stats_history_csv_writer.writerow(self.stats_history_csv_columns)
        self.failures_csv_writer.writerow(self.failures_columns)
        self.failures_csv_data_start = self.failures_csv_filehandle.tell()
        self.exceptions_csv_writer.writerow(self.exceptions_columns)
        self.exceptions_csv_data_start = self.exceptions_csv_filehandle.tell()
        return self.requests_csv_filehandle.tell()

    def _write_rows(self, requests_data_start: int, now: float) -> None:
        self.requests_csv_filehandle.seek(requests_data_start)
        self._requests_data_rows(self.requests_csv_writer)
        self.requests_csv_filehandle.truncate()

        self._stats_history_data_rows(self.stats_history_csv_writer, now)

        self.failures_csv_filehandle.seek(self.failures_csv_data_start)
        self._failures_data_rows(self.failures_csv_writer)
        self.failures_csv_filehandle.truncate()

        self.exceptions_csv_filehandle.seek(self.exceptions_csv_data_start)
        self._exceptions_data_rows(self.exceptions_csv_writer)
        self.exceptions_csv_filehandle.truncate()

    def _stats_history_data_rows(self, csv_writer: CSVWriter, now: float) -> None:
        stats = self.environment.stats
        runner = self.environment.runner
        entries = settings.sort_stats(stats.entries) if self.full_history else []
        for entry in (*entries, stats.total):
            csv_writer.writerow(
                [
                    int(now),
                    runner.user_count if runner is not None else 0,
                    entry.method or "",
                    entry.name,
                    f"{entry.current_rps:2f}",
                    f"{entry.current_fail_per_sec:2f}",
                    *self._percentile_fields(entry, use_current=self.full_history),
                    *self._summary_fields(entry),
                ]
            )

    def _files(self) -> Iterator[IO[str]]:
        yield self.requests_csv_filehandle
        yield self.stats_history_csv_filehandle
        yield self.failures_csv_filehandle
        yield self.exceptions_csv_filehandle

    def _flush(self) -> None:
        self.requests_flush()
        self.stats_history_flush()
        self.failures_flush()
        self.exceptions_flush()

    def requests_flush(self) -> None:
        self.requests_csv_filehandle.flush()

    def stats_history_flush(self) -> None:
        self.stats_history_csv_filehandle.flush()

    def failures_flush(self) -> None:
        self.failures_csv_filehandle.flush()

    def exceptions_flush(self) -> None:
        self.exceptions_csv_filehandle.flush()

    def close_files(self) -> None:
        """Also writes out what is still buffered."""
        for file in self._files():
            file.close()
