"""Logging as the command line sets it up, and the memory of its last lines.

Loggers carry Locust's names ("locust.runners", "locust.main", ...): files silence and route them
by those names. The results' tables go through "locust.stats_logger", as plain lines on stderr.
"""

from __future__ import annotations

import logging
import os
import socket
import sys
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gevent import Greenlet

HOSTNAME = socket.gethostname().partition(".")[0]

# True once a greenlet or a listener died of an exception that nobody handled: the exit code is
# then 2 instead of 0. Files read and set it.
unhandled_greenlet_exception = False


class LogReader(logging.Handler):
    """Keeps the last 500 lines, for the page and for a worker's report to its master."""

    def __init__(self) -> None:
        super().__init__()
        self.logs: deque[str] = deque(maxlen=500)

    def emit(self, record: logging.LogRecord) -> None:
        self.logs.append(self.format(record))


class LogFile(logging.FileHandler):
    """What --logfile asks for. If it cannot be written, one line on stderr says so."""

    _told = False

    def handleError(self, record: logging.LogRecord) -> None:
        error = sys.exception()
        if not isinstance(error, OSError):  # a mistake of who logs
            super().handleError(record)
        elif not self._told and sys.stderr:
            self._told = True
            print(f"Cannot write the log to {self.baseFilename}: {error}", file=sys.stderr)


def setup_logging(loglevel: str, logfile: str | None = None) -> None:
    """Sends everything from `loglevel` on to stderr, or to `logfile` (folders are made).

    :raises ValueError: there is no such level
    """
    level = loglevel.upper()
    line = logging.Formatter(f"[%(asctime)s] {HOSTNAME}/%(levelname)s/%(name)s: %(message)s")
    target: logging.Handler = logging.StreamHandler()
    if logfile:
        os.makedirs(os.path.dirname(os.path.abspath(logfile)), exist_ok=True)
        target = LogFile(logfile)
    tables = logging.StreamHandler()
    memory = LogReader()
    for handler in (target, memory):
        handler.setFormatter(line)
    for name in ("locust", "locustella"):
        _route(name, level, target, memory).propagate = False
    _route("locust.stats_logger", "INFO", tables, memory).propagate = False
    _route(None, level, target, memory)


def _route(name: str | None, level: str, *handlers: logging.Handler) -> logging.Logger:
    """Has the logger send to these and to no others."""
    logger = logging.getLogger(name)
    logger.setLevel(level)
    for handler in list(logger.handlers):
        logger.removeHandler(handler)
    for handler in handlers:
        logger.addHandler(handler)
    return logger


def get_logs() -> list[str]:
    """The last lines logged, oldest first; empty where the command line set up no logging."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler, LogReader):
            return list(handler.logs)
    return []


def greenlet_exception_logger(
    logger: logging.Logger, level: int = logging.CRITICAL
) -> Callable[[Greenlet[..., Any]], None]:
    """What to give to `Greenlet.link_exception` so that a dead greenlet is logged and counted."""

    def log_death(greenlet: Greenlet[..., Any]) -> None:
        global unhandled_greenlet_exception
        unhandled_greenlet_exception = True
        kind, value, _ = greenlet.exc_info or (None, None, None)
        if kind is SystemExit:  # somebody wanted the process to end: nothing to be alarmed about
            logger.log(min(logging.INFO, level), "sys.exit(%s) was called in a greenlet", value)
            level_of_stack = logging.DEBUG
        else:
            level_of_stack = level
        logger.log(
            level_of_stack,
            "Unhandled exception in greenlet: %s",
            greenlet,
            exc_info=greenlet.exc_info,
        )

    return log_death
