"""What a run prints and writes: tables and files while it goes on, the report at its end.

    reporting = Reporting(environment, options, csv_writer, OutputFiles(options))
    greenlets = [gevent.spawn(task) for task in reporting.while_it_runs()]
    ...
    reporting.save_html()
    reporting.finish()
    reporting.lost_something               # a file that was asked for could not be written

Each report is made by itself: what is wrong with one of them does not cost another. The files are
open since before the first user, and a few descriptors are kept back for what else is needed.

Thread: the hub's.
"""

from __future__ import annotations

import json
import logging
import signal
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from typing import TYPE_CHECKING, Any

import gevent
from gevent.event import Event

from .. import stats
from ..http import phases, ways
from ..process.descriptors import DescriptorReserve
from ..statistics import phase_times
from ..statistics.console import live, terminal
from ..statistics.console.screen_foot import ScreenFoot
from ..statistics.report import certainty
from . import output_files
from .unanswered import Unanswered

if TYPE_CHECKING:
    from argparse import Namespace

    from ..env import Environment
    from .output_files import OutputFiles

logger = logging.getLogger("locust.main")

Table = Callable[[], list[str]]  # makes its lines


class Reporting:
    """The reports of one test, as its options ask for them."""

    def __init__(
        self,
        environment: Environment,
        options: Namespace,
        csv_writer: stats.StatsCSV,
        outputs: OutputFiles,
    ) -> None:
        assert environment.runner is not None and environment.generator_watch is not None
        self.lost_something = False
        self._environment = environment
        self._runner = environment.runner
        self._options = options
        self._csv_writer = csv_writer
        self._outputs = outputs
        self._watch = environment.generator_watch
        self._ends: dict[str, Any] = {}
        self._json: str | None = None
        self._reserve = DescriptorReserve()
        self._foot: ScreenFoot | None = None
        if options.html_file:
            _page_maker()  # is loaded now: at the end there may be no descriptor left

    def while_it_runs(self) -> list[Callable[[], None]]:
        """What is to run in a greenlet each, from the start of the test on, without an end."""
        tasks: list[Callable[[], None]] = [
            lambda: stats.stats_history(self._runner, denser_at_first=True)
        ]
        if self._options.csv_prefix:
            if isinstance(self._csv_writer, stats.StatsCSVFileWriter):
                tasks.append(self._csv_writer.stats_writer)
            else:  # a listener has assigned it
                logger.warning("csv_prefix was set too late: no CSV files are written")
        if self._outputs.samples is not None:
            self._outputs.samples.begin(self._environment)
            tasks.append(self._outputs.samples.watch)
        return tasks

    def print_now_and_then(self) -> None:
        """The table on the console, every CONSOLE_STATS_INTERVAL_SEC; on a terminal in one place,
        until end_live().
        """
        if not getattr(self._options, "no_live", False):
            shown_on = live.terminal_of_the_tables()
            if shown_on is not None:
                self._show_live(shown_on)
                return
        while True:
            stats.print_stats(self._runner.stats)
            stats.console_logger.info("%s\n", terminal.folded(self._watch.line()))
            gevent.sleep(stats.CONSOLE_STATS_INTERVAL_SEC)

    def _show_live(self, shown_on: live.Terminal) -> None:
        self._foot = ScreenFoot(shown_on.write, shown_on.size)
        began = time.monotonic()
        has_keys = bool(sys.stdin and sys.stdin.isatty())
        resized = Event()
        watcher = None
        if signal.getsignal(signal.SIGWINCH) == signal.SIG_DFL:  # else somebody else's, and later
            watcher = gevent.signal_handler(signal.SIGWINCH, resized.set)
        try:
            while self._foot is not None:
                resized.clear()
                size = shown_on.size()
                if size is not None:
                    figures = self._live_figures(time.monotonic() - began, has_keys)
                    own = self._runner.stats
                    self._foot.show(live.live_lines(figures, own, *size, shown_on.style))
                resized.wait(live.DRAWN_EVERY_S)
        finally:
            if watcher is not None:
                watcher.cancel()

    def _live_figures(self, elapsed: float, has_keys: bool) -> live.LiveFigures:
        runner, lags = self._runner, self._watch.lags()
        shape = self._environment.shape_class is not None
        return live.LiveFigures(
            state=runner.state,
            users=runner.user_count,
            wanted_users=runner.target_user_count,
            elapsed=elapsed,
            run_time=None if shape else self._options.run_time,
            lag_p99_ms=max(lag.p99_ms for lag in lags.values()),
            cpu_share=self._watch.cpu_share(),
            is_late=self._watch.doubt() is not None,
            has_keys=has_keys and not shape,
        )

    @property
    def is_live(self) -> bool:
        """Whether a terminal shows the test."""
        return self._foot is not None

    def end_live(self) -> None:
        """Gives the terminal back: what is printed from here on stays."""
        if self._foot is not None:
            self._foot.close()
            self._foot = None

    def warn_of_doubt(self) -> None:
        """Says so if the generator was short of time."""
        doubt = self._watch.doubt()
        if doubt:
            logger.warning(doubt)

    def save_html(self) -> None:
        """Writes the page that --html asks for."""
        if not self._options.html_file:
            return
        output_files.process_html_filename(self._options)
        path = self._options.html_file

        def save() -> None:
            page = _page_maker()(self._environment, show_download_link=False)
            self._outputs.replace(path, page)

        with self._reserve.given_back():
            self._attempt(f"write the report to {path}", save)

    def room_for_listeners(self) -> AbstractContextManager[None]:
        """Inside it they can open files, whatever the users have used up."""
        return self._reserve.given_back()

    def finish(self) -> None:
        """The results: on the console or as JSON, and the files. After the last user's end."""
        options = self._options
        self.end_live()
        self._reserve.give_back()
        self._csv_writer.complete()
        if (samples := self._outputs.samples) is not None:
            self._attempt(f"write the samples to {samples.path}", samples.finish)
        self._ends = certainty.as_json(self._runner.stats)
        # Both before the entries are reset, as their JSON form does.
        tables = self._lines_of(self._all_tables())
        if options.json or options.json_file:
            self._attempt("make the results' JSON", self._make_json)
        if options.json and self._json is not None:
            self._attempt("print the results", lambda: print(self._json))
        if options.json_file and self._save_json():
            tables = self._lines_of(self._tables_asked_for())
        for line in tables:
            stats.console_logger.info(line)
        self._save_run()
        self._save_phase_times()

    def close(self) -> None:
        """Closes the files, after the last listener."""
        self._csv_writer.close_files()
        self._outputs.close()

    def _attempt(self, what: str, act: Callable[[], object]) -> bool:
        try:
            act()
            return True
        except KeyboardInterrupt:  # a further Ctrl-C: what takes too long is left out, and no more
            logger.error("Interrupted: did not %s", what)
        except OSError as error:
            logger.error("Cannot %s: %s", what, error.strerror or error)
        except Exception as error:
            logger.error("Cannot %s: %r", what, error, exc_info=error)
        self.lost_something = True
        return False

    def _all_tables(self) -> list[Table]:
        """What the console shows at the end."""
        own = self._runner.stats
        return [
            lambda: [*terminal.stats_lines(own, current=False), ""],
            lambda: [*terminal.percentile_lines(own), ""],
            self._error_lines,
            *self._tables_asked_for(),
            self._watch.lines,
            self._unanswered_lines,
        ]

    def _tables_asked_for(self) -> list[Table]:
        """By options of their own, --phase-times and --show-slow-path; else they are empty."""
        return [partial(phase_times.lines, self._runner.stats), ways.lines]

    def _lines_of(self, tables: list[Table]) -> list[str]:
        found: list[str] = []
        for make in tables:
            self._attempt("make a table", partial(_add_lines, found, make))
        return found

    def _error_lines(self) -> list[str]:
        own = self._runner.stats
        return terminal.error_lines(stats.get_error_report_summary(own)) if own.errors else []

    def _unanswered(self) -> Unanswered:
        requests = self._environment.unanswered_requests
        return requests.now() if requests is not None else Unanswered(0, 0.0)

    def _unanswered_lines(self) -> list[str]:
        sentences = self._unanswered().sentences()
        return [*sentences, ""] if sentences else []

    def _make_json(self) -> None:
        """Once, for standard output and the file: it resets the entries, as their reports do."""
        self._json = json.dumps(self._runner.stats.serialize_stats(), indent=4)

    def _save_json(self) -> bool:
        path = output_files.json_path(self._options)
        text = self._json
        if path is None or text is None:
            return False
        written = self._attempt(
            f"write the results to {path}", lambda: self._outputs.replace(path, text)
        )
        if written:
            logger.info("The results are in %s", path)
        return written

    def _save_run(self) -> None:
        """What is known of the run beside the entries."""
        path = output_files.run_json_path(self._options)
        if path is None:
            return

        def save() -> None:
            total = self._runner.stats.total
            run = {
                "start_time": total.start_time,
                "last_request_timestamp": total.last_request_timestamp,
                "unanswered": self._unanswered().as_json(),
                "ends": self._ends,
                "generator": self._watch.figures(),
                "doubt": self._watch.doubt(),
            }
            if (samples := self._outputs.samples) is not None:
                run["samples"] = samples.figures()
            self._outputs.replace(path, json.dumps(run, indent=4))

        self._attempt(f"write the results to {path}", save)

    def _save_phase_times(self) -> None:
        if not phases.are_kept() or not self._options.csv_prefix:
            return
        path = output_files.phases_path(self._options.csv_prefix)
        self._attempt(
            f"write the phases to {path}",
            lambda: self._outputs.replace(path, phase_times.csv_text(self._runner.stats)),
        )


def _add_lines(lines: list[str], make: Table) -> None:
    lines.extend(make())


def _page_maker() -> Callable[..., str]:
    from .html_report import get_html_report

    return get_html_report
