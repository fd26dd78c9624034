"""A whole test in this process.

    runner = LocalRunner(environment)
    runner.start(user_count=50, spawn_rate=10)

Thread: the hub's.
"""

from __future__ import annotations

import json
import logging
import socket
import traceback
from types import TracebackType
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from ..process.user_traceback import without_own_frames
from ..rpc import Message
from ..statistics import clock
from .cluster_runners import WorkerNode
from .runner import Runner
from .states import STATE_RUNNING, STATE_SPAWNING, STATE_STOPPED, RunnerEvent
from .users_dispatcher import steps_of

if TYPE_CHECKING:
    from ..env import Environment
    from ..user.users import User

logger = logging.getLogger("locust.runners")


def _format_user_classes_count_for_log(user_classes_count: dict[str, int]) -> str:
    total = sum(user_classes_count.values())
    return f"{json.dumps(user_classes_count, sort_keys=True)} ({total} total users)"


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
        self._happens(RunnerEvent.ramp_begins)
        if self._users_dispatcher is None:
            self._users_dispatcher = self.environment.dispatcher_class(
                worker_nodes=[self._local_worker_node], user_classes=self.user_classes
            )
        logger.info("Ramping to %d users at a rate of %.2f per second", user_count, spawn_rate)
        self._users_dispatcher.new_dispatch(user_count, spawn_rate, user_classes)
        node = self._local_worker_node
        for changes, wanted in steps_of(
            self._users_dispatcher, node.id, lambda: self.user_classes_count
        ):
            self._follow(changes, wait)
            node.user_classes_count = wanted
        self.target_user_classes_count = self.user_classes_count
        counts = self.target_user_classes_count
        logger.info("All users spawned: %s", _format_user_classes_count_for_log(counts))
        self.environment.events.spawning_complete.fire(user_count=sum(counts.values()))

    def _begin_test(self) -> bool:
        """Clears what the last test left and tells the listeners; False if one stopped the test."""
        before = self.state
        clock.set_by_wall_clock()
        self.stats.clear_all()
        self.exceptions = {}
        self.cpu_warning_emitted = False
        self.worker_cpu_warning_emitted = False
        self.environment._filter_tasks_by_tags()
        self.environment.events.test_start.fire(environment=self.environment)
        return self.state == before or self.state != STATE_STOPPED

    def _follow(self, changes: dict[str, int], wait: bool) -> None:
        """Starts and stops users as the dispatcher says."""
        to_spawn = {name: by for name, by in changes.items() if by > 0}
        to_stop = {name: -by for name, by in changes.items() if by < 0}
        if wait:  # spawn_users blocks then
            self.stop_users(to_stop)
            self.spawn_users(to_spawn, wait)
        else:  # stop_users may block for the stop timeout
            self.spawn_users(to_spawn)
            self.stop_users(to_stop)

    def send_message(self, msg_type: str, data: Any = None, client_id: str | None = None) -> None:
        """Delivers the message to this process itself."""
        if msg_type not in self.custom_messages:
            logger.warning("Unknown message type received: %s", msg_type)
            return
        listener, _ = self.custom_messages[msg_type]
        listener(environment=self.environment, msg=Message(msg_type, data, "local"))
