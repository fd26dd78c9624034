"""Runners start and stop the users of a test.

    environment = Environment(user_classes=[Visitor])
    runner = environment.create_local_runner()
    runner.start(user_count=50, spawn_rate=10)
    gevent.sleep(60)
    runner.quit()

A LocalRunner runs all users in this process. The states of a test, and who changes them:

    ready --start--> spawning --all users there--> running --stop--> cleanup --> stopped
    stopped --start--> spawning

Thread: the hub's. `start` returns at once (a greenlet ramps); `stop` and `quit` block until the
users are gone, except for a user that calls them: it leaves, and a greenlet does the rest.
"""

from __future__ import annotations

import json
import logging
import socket
import time
import traceback
import weakref
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Any, NoReturn, TypedDict
from uuid import uuid4

import gevent
from gevent import Greenlet, GreenletExit, getcurrent
from gevent.event import Event
from gevent.pool import Group

from . import log
from .dispatch import UsersDispatcher
from .exception import MissingHostError, StopTest
from .legacy.attributes import legacy_attribute
from .legacy.warnings import warn_once
from .process.usage import ProcessUsage, resident_memory
from .process.user_traceback import format_user_traceback, without_own_frames
from .rpc import Message
from .running.user_crew import UserCrew
from .running.user_group import UserGroup
from .statistics.request_recorder import RequestRecorder
from .user.users import User

if TYPE_CHECKING:
    from .env import Environment
    from .stats import RequestStats, StatsError

logger = logging.getLogger("locust.runners")

STATE_INIT = "ready"
STATE_SPAWNING = "spawning"
STATE_RUNNING = "running"
STATE_CLEANUP = "cleanup"
STATE_STOPPING = "stopping"
STATE_STOPPED = "stopped"
STATE_MISSING = "missing"

# Seconds, except for the threshold. Locustfiles assign to these: they are read at every use.
WORKER_REPORT_INTERVAL = 3.0
WORKER_LOG_REPORT_INTERVAL = 10
CPU_MONITOR_INTERVAL = 10.0
CPU_WARNING_THRESHOLD = 90  # percent of one core
HEARTBEAT_INTERVAL = 1
HEARTBEAT_LIVENESS = 3  # heartbeats
HEARTBEAT_DEAD_INTERNAL = -60  # heartbeats
MASTER_HEARTBEAT_TIMEOUT = 60
FALLBACK_INTERVAL = 5
CONNECT_TIMEOUT = 5
CONNECT_RETRY_COUNT = 60  # attempts


class ExceptionDict(TypedDict):
    """One row of the exceptions table: what tasks raised, grouped by traceback."""

    count: int
    msg: str
    traceback: str
    nodes: set[str]


class Runner(UserCrew):
    """What all runners have in common: a crew of users, states, load shapes, messages."""

    def __init__(self, environment: Environment) -> None:
        global _latest
        self.environment = environment
        self.user_greenlets = UserGroup()
        self.greenlet = Group()  # the runner's own greenlets; when it is empty the test is over
        self.state = STATE_INIT
        self.spawning_greenlet: Greenlet | None = None
        self.shape_greenlet: Greenlet | None = None
        self.shape_last_tick: tuple | None = None
        self.current_cpu_usage = 0.0  # percent of one core
        self.current_memory_usage = 0  # bytes
        self.cpu_warning_emitted = False
        self.worker_cpu_warning_emitted = False
        self.exceptions: dict[int, ExceptionDict] = {}
        self.target_user_count = 0  # where the ramp goes to
        self.target_user_classes_count: dict[str, int] = {}  # where the last finished one went
        self.final_user_classes_count: dict[str, int] = {}  # who ran when the test stopped
        self.custom_messages: dict[str, tuple[Callable, bool]] = {}
        self.connection_broken = False
        self._users_dispatcher: UsersDispatcher | None = None
        self._stopper: Any = None  # the greenlet that is stopping the test
        self._stop_ended = Event()

        environment.events.request.add_listener(RequestRecorder(environment))
        environment.events.spawning_complete.add_listener(self._on_spawning_complete)
        self._spawn(self.monitor_cpu_and_memory)
        _latest = weakref.ref(self)

    def _on_spawning_complete(self, user_count: int, **kwargs: Any) -> None:
        self.update_state(STATE_RUNNING)
        if self.environment.reset_stats:
            logger.info("Resetting stats\n")
            self.stats.reset_all()

    def _spawn(self, function: Callable, *args: Any) -> Greenlet:
        """Runs `function` in a greenlet of the runner; StopTest out of it ends the test."""
        return self.greenlet.spawn(self._guard, function, args)

    def _guard(self, function: Callable, args: tuple) -> None:
        try:
            function(*args)
        except StopTest as reason:
            gevent.spawn(self._stop_test, reason)
        except Exception as error:
            logger.critical("Unhandled exception: \n%s", format_user_traceback(error))
            log.unhandled_greenlet_exception = True

    def _stop_test(self, reason: StopTest) -> None:
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
    def stats(self) -> RequestStats:
        return self.environment.stats

    @property
    def errors(self) -> dict[str, StatsError]:
        return self.stats.errors

    def update_state(self, new_state: str) -> None:
        self.state = new_state

    def cpu_log_warning(self) -> bool:
        """At the end of a test: repeats the warning about the CPU, if there was one."""
        if self.cpu_warning_emitted:
            logger.warning(
                "CPU usage was too high during the test: the results may be worse than what the "
                "target did. Spread the load over more processes or machines"
            )
        return self.cpu_warning_emitted

    def spawn_users(self, user_classes_spawn_count: dict[str, int], wait: bool = False) -> list:
        if self.state in (STATE_INIT, STATE_STOPPED):
            self.update_state(STATE_SPAWNING)
        return super().spawn_users(user_classes_spawn_count, wait)

    def monitor_cpu_and_memory(self) -> NoReturn:
        """Every CPU_MONITOR_INTERVAL: measures this process, warns, fires `usage_monitor`."""
        usage = ProcessUsage()
        events = self.environment.events
        while True:
            gevent.sleep(CPU_MONITOR_INTERVAL)
            self.current_cpu_usage = usage.cpu_percent()
            self.current_memory_usage = resident_memory()
            if self.current_cpu_usage > CPU_WARNING_THRESHOLD:
                events.cpu_warning.fire(
                    environment=self.environment, cpu_usage=self.current_cpu_usage
                )
                if not self.cpu_warning_emitted:
                    self.cpu_warning_emitted = True
                    logging.warning(
                        "CPU usage above %d%%: this process may not keep up, and show response "
                        "times that are its own. Spread the load over more processes or machines",
                        CPU_WARNING_THRESHOLD,
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
        self.update_state(STATE_INIT)
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
        if getcurrent() in self.user_greenlets:
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
        if getcurrent() in self.user_greenlets:
            self._leave_to_another_greenlet(self.quit)
        else:
            self.stop()
            self.greenlet.kill(block=True)

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
        self.update_state(STATE_CLEANUP)
        self._end_ramp()
        if environment.shape_class is not None and self.shape_greenlet is not getcurrent():
            if self.shape_greenlet is not None:
                self.shape_greenlet.kill(block=True)
                self.shape_greenlet = None
            self.shape_last_tick = None
        self.stop_users(self.user_classes_count)
        self._users_dispatcher = None
        self.update_state(STATE_STOPPED)
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


class LocalRunner(Runner):
    """Runs the whole test in this process."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        # What the runners of a cluster have, so that files need not tell the difference.
        self.worker_index = 0
        self.worker_count = 1
        self.client_id = f"{socket.gethostname()}_{uuid4().hex}"
        self._local_worker_node = WorkerNode(id="local")
        self._local_worker_node.user_classes_count = self.user_classes_count
        environment.events.user_error.add_listener(self._on_user_error)

    def _on_user_error(
        self, user_instance: Any, exception: Exception, tb: TracebackType, **kwargs: Any
    ) -> None:
        formatted = "".join(traceback.format_tb(without_own_frames(tb)))
        self.log_exception("local", str(exception), formatted)

    def start(
        self,
        user_count: int,
        spawn_rate: float,
        wait: bool = False,
        user_classes: list[type[User]] | None = None,
    ) -> None:
        """Begins a ramp to `user_count` users and returns; a ramp under way ends where it is.

        `wait`: the ramp's greenlet waits for the users to end. `user_classes`: start these only.
        """
        # Locust warns here about more than 100 users a second, because each user costs it
        # milliseconds of CPU. Ours cost tens of microseconds: no rate is unsafe by itself.
        self._end_ramp()
        self.spawning_greenlet = self._spawn(
            self._start, user_count, spawn_rate, wait, user_classes
        )

    def _start(
        self,
        user_count: int,
        spawn_rate: float,
        wait: bool = False,
        user_classes: list[type[User]] | None = None,
    ) -> None:
        self.target_user_count = user_count
        if self.state not in (STATE_RUNNING, STATE_SPAWNING) and not self._begin_test():
            return
        if wait and user_count - self.user_count > spawn_rate:
            raise ValueError("with wait=True all users have to start in the first second")
        for cls in self.user_classes:
            if self.environment.host:
                cls.host = self.environment.host
        if self.state not in (STATE_INIT, STATE_STOPPED):
            self.update_state(STATE_SPAWNING)
        if self._users_dispatcher is None:
            self._users_dispatcher = self.environment.dispatcher_class(
                worker_nodes=[self._local_worker_node], user_classes=self.user_classes
            )
        logger.info("Ramping to %d users at a rate of %.2f per second", user_count, spawn_rate)
        self._users_dispatcher.new_dispatch(user_count, spawn_rate, user_classes)
        for dispatched in self._users_dispatcher:
            self._follow(dispatched[self._local_worker_node.id], wait)
        self.target_user_classes_count = self.user_classes_count
        total = sum(self.target_user_classes_count.values())
        counts = json.dumps(self.target_user_classes_count, sort_keys=True)
        logger.info("All users spawned: %s (%d total users)", counts, total)
        self.environment.events.spawning_complete.fire(user_count=total)

    def _begin_test(self) -> bool:
        """Clears what the last test left and tells the listeners; False if one stopped the test."""
        before = self.state
        self.stats.clear_all()
        self.exceptions = {}
        self.cpu_warning_emitted = False
        self.worker_cpu_warning_emitted = False
        self.environment._filter_tasks_by_tags()
        self.environment.events.test_start.fire(environment=self.environment)
        return self.state == before or self.state != STATE_STOPPED

    def _follow(self, wanted: dict[str, int], wait: bool) -> None:
        """Starts and stops users until as many of each class run as the dispatcher says."""
        running = self.user_classes_count
        change = {name: count - running.get(name, 0) for name, count in wanted.items()}
        to_spawn = {name: by for name, by in change.items() if by > 0}
        to_stop = {name: -by for name, by in change.items() if by < 0}
        if wait:  # spawn_users blocks then
            self.stop_users(to_stop)
            self.spawn_users(to_spawn, wait)
        else:  # stop_users may block for the stop timeout
            self.spawn_users(to_spawn)
            self.stop_users(to_stop)
        self._local_worker_node.user_classes_count = wanted

    def send_message(self, msg_type: str, data: Any = None, client_id: str | None = None) -> None:
        """Delivers the message to this process itself."""
        if msg_type not in self.custom_messages:
            logger.warning("Unknown message type received: %s", msg_type)
            return
        listener, _ = self.custom_messages[msg_type]
        listener(environment=self.environment, msg=Message(msg_type, data, "local"))


class WorkerNode:
    """What is known of one worker."""

    def __init__(
        self, id: str, state: str = STATE_INIT, heartbeat_liveness: int = HEARTBEAT_LIVENESS
    ) -> None:
        self.id = id
        self.state = state
        self.heartbeat = heartbeat_liveness  # heartbeats it may still miss
        self.cpu_usage = 0  # percent
        self.cpu_warning_emitted = False
        self.memory_usage = 0  # bytes
        self.user_classes_count: dict[str, int] = {}  # as it last reported

    @property
    def user_count(self) -> int:
        return sum(self.user_classes_count.values())


class DistributedRunner(Runner):
    """A runner of a cluster."""

    def __init__(self, environment: Environment, *args: Any, **kwargs: Any) -> None:
        raise RuntimeError(
            f"{type(self).__name__} is not available yet: this version runs tests in one process. "
            "Use environment.create_local_runner()"
        )


class MasterRunner(DistributedRunner):
    """Directs workers and collects their results; files ask `isinstance(runner, MasterRunner)`."""


class WorkerRunner(DistributedRunner):
    """Runs users for a master; files ask `isinstance(runner, WorkerRunner)`."""

    worker_index = -1  # until the master has given it one


_latest: weakref.ref[Runner] | None = None


def __getattr__(name: str) -> Any:
    if name == "locust_runner":
        warn_once("locust.runners.locust_runner", "1.0", "use environment.runner")
        return _latest() if _latest is not None else None
    return legacy_attribute("runners", name)
