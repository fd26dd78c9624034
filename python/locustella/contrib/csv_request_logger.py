"""Writes each request into a CSV file, as it is recorded.

    log = CsvRequestLogger("requests.csv")

    @events.init.add_listener
    def on_init(environment, **kwargs):
        log.register(environment)

It is a listener in Python, so each request costs that. `status_code` is 0 where there was no HTTP
answer, `response_time_ms` empty where the request has no duration.

Thread: the hub's.
"""

from __future__ import annotations

import csv
import logging
import time
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from ..env import Environment

logger = logging.getLogger("locust.contrib.csv_request_logger")

CSV_COLUMNS = (
    "timestamp", "request_type", "name", "response_time_ms", "response_length", "status_code",
    "exception",
)  # fmt: skip


class CsvRequestLogger:
    """Rows go to `filepath`, which is replaced, and to the disk after each `flush_interval` rows.

    The folder must be there.
    """

    def __init__(self, filepath: str, *, flush_interval: int = 1) -> None:
        self.filepath = filepath
        self.flush_interval = max(1, flush_interval)
        self._file: TextIO | None = None
        self._rows: Any = None  # a csv.writer while the file is open
        self._not_on_disk = 0

    def register(self, environment: Environment) -> None:
        """Opens the file and listens, until the environment's test ends."""
        environment.events.request.add_listener(self._on_request)
        environment.events.quitting.add_listener(self._on_quitting)
        self.close()
        self._file = open(self.filepath, "w", newline="", encoding="utf-8")
        self._rows = csv.writer(self._file)
        self._rows.writerow(CSV_COLUMNS)
        self._file.flush()
        logger.debug("Each request is written to %s", self.filepath)

    def close(self) -> None:
        """Closes the file; may be called again."""
        if self._file is not None:
            self._file.close()
        self._file = self._rows = None
        self._not_on_disk = 0

    def _on_quitting(self, **_: Any) -> None:
        self.close()

    def _on_request(
        self, *, request_type: str, name: str, response_time: float | None, response_length: int,
        exception: Any = None, response: Any = None, start_time: float | None = None, **_: Any,
    ) -> None:  # fmt: skip
        if self._file is None:
            return
        self._rows.writerow((
            round(time.time() if start_time is None else start_time, 6),
            request_type,
            name,
            "" if response_time is None else round(response_time, 2),
            response_length,
            _status_code(response, exception),
            "" if exception is None else str(exception),
        ))
        self._not_on_disk += 1
        if self._not_on_disk >= self.flush_interval:
            self._file.flush()
            self._not_on_disk = 0


def _status_code(response: Any, exception: Any) -> int:
    """0: there was no answer, or it has no status. With an exception, too, there may be one."""
    try:
        return int(response.status_code)
    except (AttributeError, TypeError, ValueError):  # none, or no HTTP
        return 0
