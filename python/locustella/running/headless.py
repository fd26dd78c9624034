"""A test without a web page: starts at once, prints results, ends by itself or by a signal.

    exit_code = HeadlessRun(environment, options, csv_writer).run()

It ends when the runner has quit: after --run-time, when the load shape is over, when the
locustfile calls `runner.quit()`. Ctrl-C and SIGTERM end it too, with the full report. A second
Ctrl-C does not wait any longer for users that still finish their work.

Thread: the main one; it runs the hub while it waits.
"""

from __future__ import annotations

import logging
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import gevent
from gevent import Greenlet
from gevent.event import Event

from .. import log, stats
from ..html import get_html_report, process_html_filename
from ..http.session import slow_path
from ..input_events import input_listener
from ..log import greenlet_exception_logger
from ..runners import STATE_SPAWNING, Runner
from ..statistics import phase_times
from .generator_watch import GeneratorWatch

if TYPE_CHECKING:
    from argparse import Namespace

    from ..env import Environment

logger = logging.getLogger("locust.main")


class HeadlessRun:
    """One test of an environment whose runner exists and does nothing yet."""

    def __init__(
        self, environment: Environment, options: Namespace, csv_writer: stats.StatsCSV
    ) -> None:
        assert environment.runner is not None
        self._environment = environment
        self._runner: Runner = environment.runner
        self._options = options
        self._csv_writer = csv_writer
        if options.phase_times:
            phase_times.keep_phase_times(environment)
        self._watch = environment.generator_watch = GeneratorWatch(environment)
        self._over = Event()
        self._in_a_hurry = Event()
        self._asked_for: Event | None = None
        self._watch_at_end: list[str] = []
        self._printer: Greenlet | None = None
        self._keyboard: Greenlet | None = None

    def run(self) -> int:
        """Runs the test and reports; returns the exit code of the process."""
        with self._signals():
            try:
                self._begin()
                self._over.wait()
            except KeyboardInterrupt:  # from a locustfile, or while a user kept the hub busy
                pass
            finally:
                if self._keyboard is not None:
                    self._keyboard.kill()  # gives the terminal back as it was
            return self._shut_down()

    def _begin(self) -> None:
        options, runner = self._options, self._runner
        if not options.only_summary:
            self._printer = self._spawn(self._print_now_and_then)
        self._spawn(stats.stats_history, runner)
        if options.csv_prefix:
            self._spawn(self._csv_writer.stats_writer)
        self._start_load()
        self._keyboard = self._spawn(input_listener(self._key_commands()))
        self._spawn(self._wait_for_runner)

    def _print_now_and_then(self) -> None:
        while True:
            stats.print_stats(self._runner.stats)
            stats.console_logger.info("%s\n", self._watch.line())
            gevent.sleep(stats.CONSOLE_STATS_INTERVAL_SEC)

    def _spawn(self, function: Callable, *args: Any) -> Greenlet:
        greenlet = gevent.spawn(function, *args)
        greenlet.link_exception(greenlet_exception_logger(logger))
        return greenlet

    def _start_load(self) -> None:
        options, runner = self._options, self._runner
        if options.num_users is None:
            options.num_users = 1
        if options.spawn_rate is None:
            options.spawn_rate = 1
        if self._environment.shape_class:
            runner.start_shape()
            assert runner.shape_greenlet is not None
            runner.shape_greenlet.link(lambda _: self._end("Shape test completed"))
            return
        runner.start(options.num_users, options.spawn_rate)
        if options.run_time:
            logger.info("Run time limit set to %s seconds", options.run_time)
            gevent.get_hub().loop.update_now()  # timers count from the loop's last look at a clock
            timer = gevent.spawn_later(options.run_time, self._end, "--run-time limit reached")
            timer.link_exception(greenlet_exception_logger(logger))
        else:
            logger.info("No run time limit set, use CTRL+C to interrupt")

    def _end(self, reason: str) -> None:
        logger.info("%s, shutting down", reason)
        self._runner.quit()

    def _wait_for_runner(self) -> None:
        self._runner.greenlet.join()
        self._over.set()

    def _key_commands(self) -> dict[str, Callable[[], None]]:
        def change(by: int) -> None:
            if self._runner.state == STATE_SPAWNING:
                logging.warning("Users are being started or stopped: wait until that is done")
            else:
                self._runner.start(max(0, self._runner.user_count + by), 100)

        return {
            "w": lambda: change(1),
            "W": lambda: change(10),
            "s": lambda: change(-1),
            "S": lambda: change(-10),
        }

    @contextmanager
    def _signals(self) -> Iterator[None]:
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
        self._over.set()

    def _interrupted(self, *_: Any) -> None:
        """Python calls this between any two instructions, in whichever greenlet runs.

        So it only asks the hub to wake the main greenlet: raised here, an exception would end some
        user in the middle of its work. Only if the hub has not come to that until the next Ctrl-C,
        because somebody keeps it busy, is that somebody interrupted.
        """
        wanted = self._in_a_hurry if self._over.is_set() else self._over
        if self._asked_for is wanted:
            raise KeyboardInterrupt
        self._asked_for = wanted
        gevent.get_hub().loop.run_callback_threadsafe(wanted.set)

    def _shut_down(self) -> int:
        environment, options = self._environment, self._options
        users_at_work = self._runner.user_count > 0
        if options.html_file:
            self._save_html_report()  # before the listeners: some send the file away
        environment.events.quitting.fire(environment=environment, reverse=True)
        code = self._exit_code()
        logger.info("Shutting down (exit code %s)", code)
        if self._printer is not None:
            self._printer.kill(block=False)
        self._watch_at_end, doubt = self._watch.lines(), self._watch.doubt()
        if doubt:
            logger.warning(doubt)
        self._stop_users()
        if options.html_file and users_at_work:
            self._save_html_report()  # with what they have done since
        if options.json:
            stats.print_stats_json(self._runner.stats)
        if options.json_file:
            self._save_json(options.json_file)
        else:
            self._print_report()
        self._save_phase_times()
        environment.events.quit.fire(exit_code=code)
        self._csv_writer.close_files()
        return code

    def _stop_users(self) -> None:
        try:
            quitting = gevent.spawn(self._runner.quit)
            gevent.wait([quitting, self._in_a_hurry], count=1)
        except KeyboardInterrupt:
            self._in_a_hurry.set()
        if self._in_a_hurry.is_set():
            logger.warning("Interrupted again: not waiting for the users that still run")

    def _exit_code(self) -> int:
        if self._environment.process_exit_code is not None:
            return self._environment.process_exit_code
        if self._runner.errors or self._runner.exceptions:
            return self._options.exit_code_on_error
        return 2 if log.unhandled_greenlet_exception else 0

    def _save_html_report(self) -> None:
        process_html_filename(self._options)
        path = self._options.html_file
        try:
            os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
            with open(path, "w", encoding="utf-8") as file:
                file.write(get_html_report(self._environment, show_download_link=False))
        except OSError as error:
            logger.error("Cannot write the report to %s: %s", path, error.strerror)

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
        if not phase_times.are_kept() or not self._options.csv_prefix:
            return
        path = f"{self._options.csv_prefix}_phases.csv"
        try:
            phase_times.write_csv(path)
        except OSError as error:
            logger.error("Cannot write the phases to %s: %s", path, error.strerror)
