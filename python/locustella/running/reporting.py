"""What a run prints and writes: tables and files while it goes on, the report at its end.

    reporting = Reporting(environment, options, csv_writer, GeneratorWatch(environment))
    greenlets = [gevent.spawn(task) for task in reporting.while_it_runs()]
    ...
    reporting.save_html()
    reporting.finish()

Thread: the hub's.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, NoReturn

import gevent

from .. import stats
from ..http import phases
from ..http.session import slow_path
from ..statistics import phase_times
from .html_report import get_html_report, process_html_filename

if TYPE_CHECKING:
    from argparse import Namespace

    from ..env import Environment
    from .generator_watch import GeneratorWatch

logger = logging.getLogger("locust.main")


class Reporting:
    """The reports of one test, as its options ask for them."""

    def __init__(
        self,
        environment: Environment,
        options: Namespace,
        csv_writer: stats.StatsCSV,
        watch: GeneratorWatch,
    ) -> None:
        assert environment.runner is not None
        self._environment = environment
        self._runner = environment.runner
        self._options = options
        self._csv_writer = csv_writer
        self._watch = watch
        self._watch_at_end: list[str] = []

    def while_it_runs(self) -> list[Callable[[], None]]:
        """What is to run in a greenlet each, from the start of the test on, without an end."""
        tasks: list[Callable[[], None]] = [lambda: stats.stats_history(self._runner)]
        if self._options.csv_prefix:
            tasks.append(self._csv_writer.stats_writer)
        return tasks

    def print_now_and_then(self) -> NoReturn:
        """The table on the console, every CONSOLE_STATS_INTERVAL_SEC."""
        while True:
            stats.print_stats(self._runner.stats)
            stats.console_logger.info("%s\n", self._watch.line())
            gevent.sleep(stats.CONSOLE_STATS_INTERVAL_SEC)

    def read_watch(self) -> None:
        """Keeps what the watch says now for the report; warns if the generator is in doubt."""
        self._watch_at_end, doubt = self._watch.lines(), self._watch.doubt()
        if doubt:
            logger.warning(doubt)

    def save_html(self) -> None:
        """Writes the page that --html asks for."""
        if not self._options.html_file:
            return
        process_html_filename(self._options)
        path = self._options.html_file
        try:
            os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
            with open(path, "w", encoding="utf-8") as file:
                file.write(get_html_report(self._environment, show_download_link=False))
        except OSError as error:
            logger.error("Cannot write the report to %s: %s", path, error.strerror)

    def finish(self) -> None:
        """The results: on the console or as JSON, and the phases as a file."""
        options = self._options
        if options.json:
            stats.print_stats_json(self._runner.stats)
        if options.json_file:
            self._save_json(options.json_file)
        else:
            self._print_report()
        self._save_phase_times()

    def close(self) -> None:
        """Closes the files, after the last listener."""
        self._csv_writer.close_files()

    def _save_json(self, path: str) -> None:
        try:
            os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
            stats.save_stats_json(self._runner.stats, path)
        except OSError as error:
            logger.error("Cannot write the results to %s.json: %s", path, error.strerror)
            self._print_report()

    def _print_report(self) -> None:
        stats.print_stats(self._runner.stats, current=False)
        stats.print_percentile_stats(self._runner.stats)
        for line in stats.get_precise_percentile_summary(self._runner.stats):
            stats.console_logger.info(line)
        stats.console_logger.info("")
        stats.print_error_report(self._runner.stats)
        for line in [*phase_times.lines(), *self._slow_path(), *self._watch_at_end]:
            stats.console_logger.info(line)

    def _slow_path(self) -> list[str]:
        return slow_path.lines() if self._options.show_slow_path else []

    def _save_phase_times(self) -> None:
        if not phases.are_kept() or not self._options.csv_prefix:
            return
        path = f"{self._options.csv_prefix}_phases.csv"
        try:
            phase_times.write_csv(path)
        except OSError as error:
            logger.error("Cannot write the phases to %s: %s", path, error.strerror)
