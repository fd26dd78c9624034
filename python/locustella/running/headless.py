"""A test without a web page: starts at once, prints results, ends by itself or by a signal.

    exit_code = HeadlessRun(environment, options, csv_writer, OutputFiles(options)).run()

It ends when the runner has quit: after --run-time, when the load shape is over, when the
locustfile calls `runner.quit()`. Ctrl-C and SIGTERM end it too, with the full report. A second one,
or one while users are being stopped already, waits no longer for anybody (signals).

Thread: the main one; it runs the hub while it waits.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

import gevent
from gevent import Greenlet

from .. import log, stats
from ..http.ways import count_ways
from ..input_events import input_listener
from ..log import greenlet_exception_logger
from ..statistics import phase_times
from ..user.task_tags import has_task_for, tags_of
from .generator_watch import GeneratorWatch
from .output_files import OutputFiles
from .reporting import Reporting
from .runner import Runner
from .signals import EndAskedFor
from .states import STATE_SPAWNING
from .unanswered import UnansweredRequests

if TYPE_CHECKING:
    from argparse import Namespace

    from gevent.event import Event

    from ..env import Environment

logger = logging.getLogger("locust.main")

# In a hurry: for users that end as soon as they are killed again, and for test_stop after them.
A_MOMENT_S = 0.1


class HeadlessRun:
    """One test of an environment whose runner exists and does nothing yet."""

    def __init__(
        self,
        environment: Environment,
        options: Namespace,
        csv_writer: stats.StatsCSV,
        outputs: OutputFiles,
    ) -> None:
        assert environment.runner is not None
        self._environment = environment
        self._runner: Runner = environment.runner
        self._options = options
        if options.locust_rounding:
            stats.LOCUST_ROUNDING = True
        if options.phase_times:
            phase_times.keep_phase_times(environment)
        if options.show_slow_path:
            count_ways()
        environment.generator_watch = GeneratorWatch(environment)
        environment.unanswered_requests = UnansweredRequests(environment)
        self._reporting = Reporting(environment, options, csv_writer, outputs)
        self._end_asked_for = EndAskedFor(lambda: self._runner.is_stopping)
        self._has_nothing_to_run = False
        self._printer: Greenlet[..., None] | None = None
        self._keyboard: Greenlet[..., None] | None = None

    def run(self) -> int:
        """Runs the test and reports; returns the exit code of the process."""
        try:
            with self._end_asked_for.by_signals():
                try:
                    self._begin()
                    self._end_asked_for.over.wait()
                except KeyboardInterrupt:  # from a locustfile, or while a user kept the hub busy
                    pass
                finally:
                    if self._keyboard is not None:
                        self._keyboard.kill()  # gives the terminal back as it was
                return self._shut_down()
        finally:
            self._reporting.end_live()

    def _begin(self) -> None:
        if not self._options.only_summary:
            self._printer = self._spawn(self._reporting.print_now_and_then)
        for task in self._reporting.while_it_runs():
            self._spawn(task)
        if words := self._words_if_tags_leave_nothing():
            # After the locustfile's listeners, which may add tasks.
            self._environment.events.test_start.add_listener(lambda **_: self._call_off(words))
        self._start_load()
        self._keyboard = self._spawn(input_listener(self._key_commands()))
        self._spawn(self._wait_for_runner)

    def _spawn(self, function: Callable[[], None]) -> Greenlet[..., None]:
        greenlet = gevent.spawn(function)
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

    def _words_if_tags_leave_nothing(self) -> str | None:
        """Before the start, which takes the tasks out of the classes.

        Classes of which some task is left run; of those of which none is, a warning tells.
        """
        classes = self._environment.user_classes
        rules = self._environment._tag_rules()
        if rules == (None, None) or not all(cls.tasks for cls in classes):
            return None
        if self._environment.shape_class or any(has_task_for(cls, *rules) for cls in classes):
            return None
        given = [
            f"{name} {' '.join(sorted(rule))}"
            for name, rule in zip(("--tags", "--exclude-tags"), rules, strict=True)
            if rule is not None
        ]
        known = ", ".join(sorted(tags_of(classes))) or "none"
        return f"{' and '.join(given)}: no task is left to run. The tags in the locustfile: {known}"

    def _call_off(self, words: str) -> None:
        if not any(cls.tasks for cls in self._environment.user_classes):
            logger.error(words)
            self._has_nothing_to_run = True
            self._runner.quit()

    def _end(self, reason: str) -> None:
        logger.info("%s, shutting down", reason)
        self._runner.quit()

    def _wait_for_runner(self) -> None:
        self._runner.greenlet.join()
        self._end_asked_for.over.set()

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

    def _shut_down(self) -> int:
        environment, reporting = self._environment, self._reporting
        users_at_work = self._runner.user_count > 0
        reporting.save_html()  # before the listeners: some send the file away
        with self._end_asked_for.cut_short(), reporting.room_for_listeners():
            environment.events.quitting.fire(environment=environment, reverse=True)
        code = self._exit_code()
        logger.info("Shutting down (exit code %s)", code)
        if self._printer is not None and not reporting.is_live:
            self._printer.kill(block=False)
        reporting.warn_of_doubt()
        self._stop_users()
        if users_at_work:
            reporting.save_html()  # with what they have done since
        reporting.finish()
        if str(self._runner.ended_by or ""):  # the tables have moved the first telling away
            logger.error("The test ended early: %s", self._runner.ended_by)
        if reporting.lost_something and code == 0:
            code = 1  # whoever asked for a file counts on it
        with self._end_asked_for.cut_short():
            environment.events.quit.fire(exit_code=code)
        reporting.close()
        return code

    def _stop_users(self) -> None:
        in_a_hurry = self._end_asked_for.in_a_hurry
        quitting = Greenlet(self._runner.quit)
        try:
            self._runner.kill_again()  # who has not ended since the end of the run time
            quitting.start()
            either: list[Greenlet[[], None] | Event] = [quitting, in_a_hurry]
            gevent.wait(either, count=1)
            if in_a_hurry.is_set():
                quitting.join(timeout=A_MOMENT_S)
        except KeyboardInterrupt:
            in_a_hurry.set()
        if in_a_hurry.is_set() and not quitting.ready():
            logger.warning("Interrupted again: not waiting for the users that still run")

    def _exit_code(self) -> int:
        if self._environment.process_exit_code is not None:
            return self._environment.process_exit_code
        if self._has_nothing_to_run:
            return 1
        if self._runner.errors or self._runner.exceptions:
            return self._options.exit_code_on_error
        return 2 if log.unhandled_greenlet_exception else 0
