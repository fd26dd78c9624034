"""What all runners have in common: the states of a test, load shapes, messages, the watch over the
CPU.

Thread: the hub's. `start` returns at once (a greenlet ramps); `stop` and `quit` block until the
users are gone, except for a user that calls them: it leaves, and a greenlet does the rest.
"""

from __future__ import annotations

import logging
import time
import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NoReturn, TypedDict

import gevent
from gevent import Greenlet, GreenletExit, getcurrent
from gevent.event import Event
from gevent.pool import Group

from .. import log
from ..exception import MissingHostError, StopTest
from ..process.usage import ProcessUsage, resident_memory
from ..process.user_traceback import format_user_traceback
from ..statistics.request_recorder import RequestRecorder
from . import constants
from .states import (
    STATE_INIT,
    STATE_RUNNING,
    STATE_SPAWNING,
    STATE_STOPPED,
    RunnerEvent,
    RunnerStates,
    WithState,
)
from .user_crew import UserCrew
from .user_group import UserGroup

if TYPE_CHECKING:
    from typing import TypeVarTuple

    from greenlet import greenlet

    from ..env import Environment
    from ..shape import ShapeTick
    from ..stats import RequestStats, StatsError
    from ..user.users import User
    from .users_dispatcher import UsersDispatcher

    Ts = TypeVarTuple("Ts")

logger = logging.getLogger("locust.runners")


class ExceptionDict(TypedDict):
    """One row of the exceptions table: what tasks raised, grouped by traceback."""

    count: int
    msg: str
    traceback: str
    nodes: set[str]


class _Latest:
    runner: weakref.ref[Runner] | None = None


def latest_runner() -> Runner | None:
    """The one made last, while it is there: what Locust 0.x had as `runners.locust_runner`."""
    return _Latest.runner() if _Latest.runner is not None else None


def locust_exception_handler(environment: Environment) -> Callable[[Greenlet[..., Any]], None]:
    """For `Greenlet.link_exception`: StopTest ends the test, anything else is logged and counted.
    """
    log_death = log.greenlet_exception_logger(logger)

    def handle(greenlet: Greenlet[..., Any]) -> None:
        reason = greenlet.exception
        if isinstance(reason, StopTest) and environment.runner is not None:
            environment.runner._stop_test(reason)
        else:
            log_death(greenlet)

    return handle


class Runner(WithState, UserCrew):
    """What all runners have in common: a crew of users, states, load shapes, messages."""

    _states: RunnerStates

    def __init__(self, environment: Environment) -> None:
        self.environment = environment
        self.user_greenlets = UserGroup()
        self.greenlet = Group()  # the runner's own greenlets; when it is empty the test is over
        self._states = RunnerStates()
        self.spawning_greenlet: Greenlet[..., None] | None = None
        self.shape_greenlet: Greenlet[..., None] | None = None
        self.shape_last_tick: ShapeTick | None = None
        self.current_cpu_usage = 0.0  # percent of one core
        self.current_memory_usage = 0  # bytes
        self.cpu_warning_emitted = False
        self.worker_cpu_warning_emitted = False
        self.exceptions: dict[int, ExceptionDict] = {}
        self.target_user_count = 0  # where the ramp goes to
        self.target_user_classes_count: dict[str, int] = {}  # where the last finished one went
        self.final_user_classes_count: dict[str, int] = {}  # who ran when the test stopped
        self.custom_messages: dict[str, tuple[Callable[..., None], bool]] = {}
        self.connection_broken = False
        self.ended_by: StopTest | None = None  # what ended the test before its time
        self._users_dispatcher: UsersDispatcher | None = None
        self._stopper: greenlet | None = None  # who is stopping the test
        self._stop_ended = Event()

        environment.events.request.add_listener(RequestRecorder(environment))
        environment.events.spawning_complete.add_listener(self._on_spawning_complete)
        self._spawn(self.monitor_cpu_and_memory)
        _Latest.runner = weakref.ref(self)

    def _on_spawning_complete(self, user_count: int, **kwargs: Any) -> None:
        self._happens(RunnerEvent.users_are_there)
        if self.environment.reset_stats:
            logger.info("Resetting stats\n")
            self.stats.reset_all()

    def _spawn(self, function: Callable[[*Ts], None], *args: *Ts) -> Greenlet[..., None]:
        """Runs `function` in a greenlet of the runner; StopTest out of it ends the test."""
        return self.greenlet.spawn(self._guard, function, args)

    def _guard(self, function: Callable[[*Ts], None], args: tuple[*Ts]) -> None:
        try:
            function(*args)
        except StopTest as reason:
            gevent.spawn(self._stop_test, reason)
        except Exception as error:
            logger.critical("Unhandled exception: \n%s", format_user_traceback(error))
            log.unhandled_greenlet_exception = True

    def _stop_test(self, reason: StopTest) -> None:
        self.ended_by = reason
        logger.error(reason)
        logger.warning("Stopping Locust...")  # the words that scripts wait for
        if isinstance(reason, MissingHostError) and self.environment.process_exit_code is None:
            self.environment.process_exit_code = 1  # not one request was sent: that is no success
        self._end_test()

    def _end_test(self) -> None:
        """Stops; ends the process too where nobody could start another test."""
        options = self.environment.parsed_options
        if options and options.headless:
            self.quit()
        else:
            self.stop()

    @property
    def is_stopping(self) -> bool:
        """Whether somebody is stopping the test, and waits for the users."""
        return self._stopper is not None

    @property
    def stats(self) -> RequestStats:
        return self.environment.stats

    @property
    def errors(self) -> dict[str, StatsError]:
        return self.stats.errors

    def update_state(self, new_state: str) -> None:
        """Called with every new state."""
        self.state = new_state

    def _happens(self, event: RunnerEvent) -> None:
        before = self.state
        if not self._states.on(event):
            logger.error("%r cannot happen to a runner that is %s", event, before)
        elif self._states.state != before:
            self._own_word = None
            self.update_state(self._states.state)

    def cpu_log_warning(self) -> bool:
        """At the end of a test: repeats the warning about the CPU, if there was one."""
        if self.cpu_warning_emitted:
            logger.warning(
                "CPU usage was too high during the test: the results may be worse than what the "
                "target did. Spread the load over more processes or machines"
            )
        return self.cpu_warning_emitted

    def spawn_users(
        self, user_classes_spawn_count: dict[str, int], wait: bool = False
    ) -> list[User]:
        self._happens(RunnerEvent.users_start)
        return super().spawn_users(user_classes_spawn_count, wait)

    def monitor_cpu_and_memory(self) -> NoReturn:
        """Every CPU_MONITOR_INTERVAL: measures this process, warns, fires `usage_monitor`."""
        usage = ProcessUsage()
        events = self.environment.events
        while True:
            gevent.sleep(constants.CPU_MONITOR_INTERVAL)
            self.current_cpu_usage = usage.cpu_percent()
            self.current_memory_usage = resident_memory()
            if self.current_cpu_usage > constants.CPU_WARNING_THRESHOLD:
                events.cpu_warning.fire(
                    environment=self.environment, cpu_usage=self.current_cpu_usage
                )
                if not self.cpu_warning_emitted:
                    self.cpu_warning_emitted = True
                    logging.warning(
                        "CPU usage above %d%%: this process may not keep up, and show response "
                        "times that are its own. Spread the load over more processes or machines",
                        constants.CPU_WARNING_THRESHOLD,
                    )
            events.usage_monitor.fire(
                environment=self.environment,
                cpu_usage=self.current_cpu_usage,
                memory_usage=self.current_memory_usage,
            )

    def start(
        self,
        user_count: int,
        spawn_rate: float,
        wait: bool = False,
        user_classes: list[type[User]] | None = None,
    ) -> None:
        """Ramps to `user_count` users, `spawn_rate` of them a second; for subclasses to write."""
        raise NotImplementedError(f"{type(self).__name__} cannot start users")

    def send_message(self, msg_type: str, data: Any = None, client_id: str | None = None) -> None:
        """Sends a message to the other nodes; for subclasses to write."""
        raise NotImplementedError(f"{type(self).__name__} cannot send messages")

    def start_shape(self) -> None:
        """Starts the test that `environment.shape_class` describes; returns at once."""
        if self.shape_greenlet:
            logger.info("A load shape is running already: it decides how many users there are")
            return
        logger.info("Load shape starts")
        self._happens(RunnerEvent.shape_begins)
        if self.environment.shape_class is not None:
            self.environment.shape_class.reset_time()
        self.shape_greenlet = self._spawn(self.shape_worker)

    def shape_worker(self) -> None:
        """Asks the shape once a second and does what it says, until that is None."""
        while self.state in (STATE_INIT, STATE_SPAWNING, STATE_RUNNING):
            began = time.perf_counter()
            shape = self.environment.shape_class
            tick = shape.tick() if shape is not None else None
            if tick is None:
                logger.info("Load shape is over")
                self._end_test()
                self.shape_greenlet = None
                self.shape_last_tick = None
                return
            if tick != self.shape_last_tick:
                user_count, spawn_rate, *classes = tick
                logger.info("Load shape: %d users at %.2f per second", user_count, spawn_rate)
                self.start(user_count, spawn_rate, user_classes=classes[0] if classes else None)
                self.shape_last_tick = tick
            gevent.sleep(max(0, 1 - (time.perf_counter() - began)))

    def stop(self) -> None:
        """Stops the test and waits until no user runs; the runner can start another one."""
        if self.state == STATE_STOPPED or self._stopper is getcurrent():
            return
        if self._is_asked_by_a_user():
            self._leave_to_another_greenlet(self.stop)
        elif self._stopper is not None:
            self._stop_ended.wait()
        else:
            self._stopper = getcurrent()
            self._stop_ended.clear()
            try:
                self._stop()
            finally:
                self._stopper = None
                self._stop_ended.set()

    def quit(self) -> None:
        """Stops the test, and the runner with it."""
        if self._is_asked_by_a_user():
            self._leave_to_another_greenlet(self.quit)
        else:
            self.stop()
            self.greenlet.kill(block=True)

    def _is_asked_by_a_user(self) -> bool:
        return getcurrent() in self.user_greenlets  # type: ignore[operator]  # it may be no Greenlet

    def _leave_to_another_greenlet(self, stop: Callable[[], None]) -> None:
        """A user asks for the end of the test, and so for its own: it cannot wait for that."""
        already_stopping = self._stopper is not None
        gevent.spawn(stop)
        if not already_stopping:
            raise GreenletExit()
        gevent.sleep(0)

    def _stop(self) -> None:
        environment = self.environment
        logger.debug("Stopping all users")
        environment.events.test_stopping.fire(environment=environment)
        self.final_user_classes_count = self.user_classes_count
        self._happens(RunnerEvent.cleanup_begins)
        self._end_ramp()
        if environment.shape_class is not None and self.shape_greenlet is not getcurrent():
            if self.shape_greenlet is not None:
                self.shape_greenlet.kill(block=True)
                self.shape_greenlet = None
            self.shape_last_tick = None
        self.stop_users(self.user_classes_count)
        self._users_dispatcher = None
        self._happens(RunnerEvent.users_are_gone)
        self.cpu_log_warning()
        environment.events.test_stop.fire(environment=environment)

    def _end_ramp(self) -> None:
        """Kills the greenlet that ramps, unless it is the one that asks (in a listener)."""
        ramp = self.spawning_greenlet
        if ramp is not None and ramp is not getcurrent() and not ramp.ready():
            ramp.kill(block=True)

    def log_exception(self, node_id: str, msg: str, formatted_tb: str) -> None:
        """Counts an exception of a task in `exceptions`."""
        row = self.exceptions.setdefault(
            hash(formatted_tb), {"count": 0, "msg": msg, "traceback": formatted_tb, "nodes": set()}
        )
        row["count"] += 1
        row["nodes"].add(node_id)

    def register_message(
        self, msg_type: str, listener: Callable[..., None], concurrent: bool = False
    ) -> None:
        """Lets `listener(environment=..., msg=...)` get the custom messages of this type.

        `concurrent`: a worker calls it in a greenlet of its own.
        """
        if msg_type in self.custom_messages:
            raise Exception(f"The message type {msg_type!r} has a listener already")
        self.custom_messages[msg_type] = (listener, concurrent)
