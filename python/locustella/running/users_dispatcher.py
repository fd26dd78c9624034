"""Which user starts next, where, and when: Locust's class over the native dispatcher.

    dispatcher = UsersDispatcher(worker_nodes=[local], user_classes=[Buyer, Visitor])
    dispatcher.new_dispatch(target_user_count=100, spawn_rate=10)
    for users_on_workers in dispatcher:            # pauses as the spawn rate asks
        ...                                        # {"local": {"Buyer": 3, "Visitor": 7}}, ...

One dispatch is one ramp, up or down. How it goes is said, and decided, in core/load/dispatcher.hpp;
here it gets its pauses. Runners ask for what to start and stop, by `steps_of`.

Thread: the hub's.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from operator import attrgetter
from typing import TYPE_CHECKING

import gevent

from .. import _core

if TYPE_CHECKING:
    from ..user.users import User
    from .cluster_runners import WorkerNode

logger = logging.getLogger("locust.dispatch")

UsersOnWorkers = dict[str, dict[str, int]]

# What Locust's class is made of, and the core is not: it would not call them.
_NOT_CALLED = (
    "_dispatcher", "_add_users_on_workers", "_remove_users_from_workers", "_user_gen",
    "_prepare_rebalance", "_sort_workers", "_wait_between_dispatch_iteration_context",
)  # fmt: skip


class UsersDispatcher(Iterator[UsersOnWorkers]):
    """Iterates over the steps of one ramp after another; see the module."""

    def __init__(self, worker_nodes: list[WorkerNode], user_classes: list[type[User]]) -> None:
        assert user_classes, "there is nobody to dispatch"
        assert len(set(user_classes)) == len(user_classes), "a user class is there twice"
        self._worker_nodes = list(worker_nodes)
        self._original_user_classes = sorted(user_classes, key=attrgetter("__name__"))
        self._user_classes = list(self._original_user_classes)
        self._core = _core.Dispatcher([node.id for node in worker_nodes], self._numbers())
        self._target_user_count: float = 0
        self._spawn_rate = 0.0
        self._wait_between_dispatch = 0.0  # seconds; who assigns another, gets it for this ramp
        self._dispatch_iteration_durations: list[float] = []
        self._step_began = 0.0
        for name in _NOT_CALLED:
            if hasattr(type(self), name):
                logger.warning(
                    "%s.%s is not called: the core decides who starts where. Override __next__ or "
                    "new_dispatch instead", type(self).__name__, name,
                )  # fmt: skip

    def _numbers(self) -> list[tuple[str, float, int]]:
        """The classes as the core wants them; files may assign other weights at any time."""
        return [(cls.__name__, cls.weight, cls.fixed_count or 0) for cls in self._user_classes]

    def get_current_user_count(self) -> int:
        """The users that should run now, on all workers."""
        return self._core.users

    @property
    def dispatch_in_progress(self) -> bool:
        return self._core.under_way

    @property
    def dispatch_iteration_durations(self) -> list[float]:
        """Seconds that each step of this ramp took, its pause not counted."""
        return self._dispatch_iteration_durations

    def __next__(self) -> UsersOnWorkers:
        if self._next_changes() is None:
            raise StopIteration
        return self._core.wanted()

    def new_dispatch(
        self,
        target_user_count: int,
        spawn_rate: float,
        user_classes: list[type[User]] | None = None,
    ) -> None:
        """Begins a ramp to `target_user_count` users, `spawn_rate` of them a second.

        `user_classes` changes who is started from now on. ValueError for impossible numbers.
        """
        self._core.ramp(target_user_count, spawn_rate)
        if user_classes is not None:
            wanted = sorted(user_classes, key=attrgetter("__name__"))
            if wanted != self._user_classes:
                self._user_classes = wanted
                self._core.choose(self._numbers())
        self._target_user_count = target_user_count
        self._spawn_rate = spawn_rate
        self._wait_between_dispatch = self._core.pause_between_steps
        self._dispatch_iteration_durations.clear()

    def _next_changes(
        self, running: Callable[[], UsersOnWorkers] | None = None
    ) -> UsersOnWorkers | None:
        """What the next step changes, after the pause before it; None when the ramp is over.

        `running`: what workers really run, where that is known. It is asked before each step.
        """
        core = self._core
        while True:
            began = time.perf_counter()
            core.revise(self._numbers())
            if running is not None:
                for worker, users in running().items():
                    core.report(worker, users)
            action, pause, changes = core.resume()
            if action == core.Action.over:
                return None
            if action == core.Action.step:
                self._step_began = began
            if action != core.Action.pause:
                return changes
            took = began - self._step_began
            self._dispatch_iteration_durations.append(took)
            if pause:
                gevent.sleep(max(0.0, self._wait_between_dispatch - took))

    def add_worker(self, worker_node: WorkerNode) -> None:
        """A worker came: the next step spreads the users anew over all workers."""
        self._worker_nodes.append(worker_node)
        self._core.revise(self._numbers())
        self._core.join(worker_node.id)

    def remove_worker(self, worker_node: WorkerNode) -> None:
        """A worker went: the next step spreads the users over those that are left, if any."""
        self._worker_nodes = [node for node in self._worker_nodes if node.id != worker_node.id]
        self._core.revise(self._numbers())
        self._core.leave(worker_node.id)

    # What else Locust's class has, for who reads it.

    @property
    def _users_on_workers(self) -> UsersOnWorkers:
        return self._core.wanted()

    @property
    def _current_user_count(self) -> int:
        return self._core.users

    @property
    def _dispatch_in_progress(self) -> bool:
        return self._core.under_way

    @property
    def _rebalance(self) -> bool:
        return self._core.moves_wait

    def _get_user_current_count(self, user: str) -> int:
        return self._core.wanted_of_class(user)

    def _distribute_users(self, target_user_count: int) -> tuple[UsersOnWorkers, None, None, None]:
        """Where so many users would be if they were started now; Locust adds three generators."""
        alone = _core.Dispatcher([node.id for node in self._worker_nodes], self._numbers())
        alone.ramp(target_user_count, max(1, target_user_count))
        alone.resume()
        return alone.wanted(), None, None, None


def steps_of(
    dispatcher: UsersDispatcher, worker: str, running: Callable[[], dict[str, int]]
) -> Iterator[tuple[dict[str, int], dict[str, int]]]:
    """The steps of a ramp for one worker, on which `running()` users of each class run.

    Yields how many users of each class to start (above 0) or stop (below 0), and how many there
    are then. Users that have ended are started again, as in Locust.
    """
    if _iterates_as_ours(type(dispatcher)):
        while (changes := dispatcher._next_changes(lambda: {worker: running()})) is not None:
            yield changes.get(worker, {}), dispatcher._core.wanted()[worker]
        return
    for users_on_workers in dispatcher:  # a class of the user's own says how many there should be
        wanted, now = users_on_workers[worker], running()
        changed = {name: count - now.get(name, 0) for name, count in wanted.items()}
        yield {name: by for name, by in changed.items() if by}, wanted


def _iterates_as_ours(kind: type) -> bool:
    parts = ("__iter__", "__next__", "_next_changes")
    return all(getattr(kind, part, None) is getattr(UsersDispatcher, part) for part in parts)
