"""Which user starts next, where, and when: the users dispatcher.

    dispatcher = UsersDispatcher(worker_nodes=[local], user_classes=[Buyer, Visitor])
    dispatcher.new_dispatch(target_user_count=100, spawn_rate=10)
    for users_on_workers in dispatcher:            # pauses as the spawn rate asks
        ...                                        # {"local": {"Buyer": 3, "Visitor": 7}}, ...

One dispatch is one ramp, up or down, in steps of as many users as fit into a whole second (one,
for rates below 1). Users go to one worker after the other. Their order depends on nothing but the names
and weights of the classes, so every run of a test starts the same users in the same order; a
ramp-down removes the newest first.

Thread: the hub's.
"""

from __future__ import annotations

import itertools
import math
import time
from collections import defaultdict
from collections.abc import Callable, Generator, Iterable, Iterator
from heapq import heapify, heapreplace
from operator import attrgetter
from typing import TYPE_CHECKING, TypeVar

import gevent

if TYPE_CHECKING:
    from ..user.users import User
    from .cluster_runners import WorkerNode

T = TypeVar("T")
UsersOnWorkers = dict[str, dict[str, int]]
Placed = tuple["WorkerNode", str]


def weighted_sequence(weights: Iterable[tuple[T, float]]) -> Generator[T | None, None, None]:
    """An endless sequence whose every beginning is as close to `weights` as it can be.

    Closeness is the Kullback-Leibler divergence of what was yielded (each name counted from its
    own weight on) from the weights: each step yields the name that lowers it most. Yields None
    forever if no weight is above 0.
    """

    def drop(weight: float, count: float) -> float:  # negative; the lowest is the best next step
        return weight * math.log2(count / (count + 1.0))

    heap = [
        (drop(weight, weight), weight + 1.0, weight, name) for name, weight in weights if weight > 0
    ]
    heapify(heap)
    while heap:
        _, count, weight, name = heap[0]
        yield name
        heapreplace(heap, (drop(weight, count), count + 1.0, weight, name))
    while True:
        yield None


class UsersDispatcher(Iterator):
    """Iterates over the steps of one ramp after another; see the module."""

    def __init__(self, worker_nodes: list[WorkerNode], user_classes: list[type[User]]) -> None:
        assert user_classes, "there is nobody to dispatch"
        assert len(set(user_classes)) == len(user_classes), "a user class is there twice"
        self._worker_nodes = worker_nodes
        self._sort_workers()
        self._original_user_classes = sorted(user_classes, key=attrgetter("__name__"))
        self._user_classes = list(self._original_user_classes)

        self._target_user_count = 0
        self._spawn_rate = 0.0
        self._user_count_per_dispatch_iteration = 0
        self._wait_between_dispatch = 0.0  # seconds

        self._initial_users_on_workers = self._no_users_on(worker_nodes)
        self._users_on_workers = self._fast_users_on_workers_copy(self._initial_users_on_workers)
        self._current_user_count = self.get_current_user_count()

        self._user_generator = self._user_gen()
        self._worker_node_generator = itertools.cycle(self._worker_nodes)
        self._dispatcher_generator: Iterator[UsersOnWorkers] = iter(())
        self._dispatch_iteration_durations: list[float] = []

        # Who runs, oldest first. Equal places share one tuple: there may be 100,000 of them.
        self._active_users: list[Placed] = []
        self._places: dict[Placed, Placed] = {}

        self._dispatch_in_progress = False
        self._rebalance = False
        self._try_dispatch_fixed = True
        self._no_user_to_spawn = False

    def _no_users_on(self, worker_nodes: list[WorkerNode]) -> UsersOnWorkers:
        names = [cls.__name__ for cls in self._original_user_classes]
        return {node.id: dict.fromkeys(names, 0) for node in worker_nodes}

    def get_current_user_count(self) -> int:
        """The users that should run now, on all workers."""
        return sum(sum(users.values()) for users in self._users_on_workers.values())

    @property
    def dispatch_in_progress(self) -> bool:
        return self._dispatch_in_progress

    @property
    def dispatch_iteration_durations(self) -> list[float]:
        """Seconds that each step of this ramp took, its pause not counted."""
        return self._dispatch_iteration_durations

    def __next__(self) -> UsersOnWorkers:
        return self._fast_users_on_workers_copy(next(self._dispatcher_generator))

    def _sort_workers(self) -> None:
        """First the first worker of every host, then the second ones: hosts fill up evenly."""
        seen_on_host: dict[str, int] = defaultdict(int)
        for node in sorted(self._worker_nodes, key=attrgetter("id")):
            host = node.id.split("_")[0]
            node._index_within_host = seen_on_host[host]
            seen_on_host[host] += 1
        self._worker_nodes = sorted(self._worker_nodes, key=attrgetter("_index_within_host", "id"))

    def new_dispatch(
        self,
        target_user_count: int,
        spawn_rate: float,
        user_classes: list[type[User]] | None = None,
    ) -> None:
        """Begins a ramp to `target_user_count` users, `spawn_rate` of them a second.

        `user_classes` changes who is started from now on. ValueError for impossible numbers.
        """
        if target_user_count < 0:
            raise ValueError(f"the number of users must be 0 or more, not {target_user_count}")
        if not (spawn_rate > 0 and math.isfinite(spawn_rate)):
            raise ValueError(f"the spawn rate must be a number above 0, not {spawn_rate}")
        if user_classes is not None:
            wanted = sorted(user_classes, key=attrgetter("__name__"))
            if wanted != self._user_classes:
                self._user_classes = wanted
                self._user_generator = self._user_gen()

        self._target_user_count = target_user_count
        self._spawn_rate = spawn_rate
        self._user_count_per_dispatch_iteration = max(1, math.floor(spawn_rate))
        self._wait_between_dispatch = self._user_count_per_dispatch_iteration / spawn_rate

        for users in self._users_on_workers.values():
            for cls in self._user_classes:
                users.setdefault(cls.__name__, 0)
        self._initial_users_on_workers = self._users_on_workers
        self._users_on_workers = self._fast_users_on_workers_copy(self._users_on_workers)
        self._current_user_count = self.get_current_user_count()
        self._dispatcher_generator = self._dispatcher()
        self._dispatch_iteration_durations.clear()

    def _dispatcher(self) -> Iterator[UsersOnWorkers]:
        self._dispatch_in_progress = True
        if self._rebalance:
            self._rebalance = False
            yield self._users_on_workers
            if self._current_user_count == self._target_user_count:
                self._dispatch_in_progress = False
                return
        if self._current_user_count == self._target_user_count:
            yield self._initial_users_on_workers
        while self._current_user_count < self._target_user_count:
            yield from self._step(self._add_users_on_workers)
            if self._no_user_to_spawn:
                self._no_user_to_spawn = False
                break
        while self._current_user_count > self._target_user_count:
            yield from self._step(self._remove_users_from_workers)
        self._dispatch_in_progress = False

    def _step(self, change_users: Callable[[], UsersOnWorkers]) -> Iterator[UsersOnWorkers]:
        """One step, a second one if the workers changed meanwhile, and the pause after it."""
        began = time.perf_counter()
        yield change_users()
        if self._rebalance:
            self._rebalance = False
            yield self._users_on_workers
        took = time.perf_counter() - began
        self._dispatch_iteration_durations.append(took)
        if self._current_user_count != self._target_user_count and not self._no_user_to_spawn:
            gevent.sleep(max(0.0, self._wait_between_dispatch - took))

    def _add_users_on_workers(self) -> UsersOnWorkers:
        goal = min(
            self._current_user_count + self._user_count_per_dispatch_iteration,
            self._target_user_count,
        )
        while self._current_user_count < goal:
            name = next(self._user_generator)
            if name is None:
                self._no_user_to_spawn = True
                break
            node = next(self._worker_node_generator)
            self._users_on_workers[node.id][name] += 1
            self._active_users.append(self._place(node, name))
            self._current_user_count += 1
        return self._users_on_workers

    def _remove_users_from_workers(self) -> UsersOnWorkers:
        goal = max(
            self._current_user_count - self._user_count_per_dispatch_iteration,
            self._target_user_count,
        )
        while self._active_users and self._current_user_count > goal:
            node, name = self._active_users.pop()
            self._users_on_workers[node.id][name] -= 1
            self._current_user_count -= 1
            self._try_dispatch_fixed = True
        return self._users_on_workers

    def _place(self, node: WorkerNode, name: str) -> Placed:
        place = (node, name)
        return self._places.setdefault(place, place)

    def add_worker(self, worker_node: WorkerNode) -> None:
        """A worker came: the next step spreads the users anew over all workers."""
        self._worker_nodes.append(worker_node)
        self._sort_workers()
        self._prepare_rebalance()

    def remove_worker(self, worker_node: WorkerNode) -> None:
        """A worker went: the next step spreads the users over those that are left, if any."""
        self._worker_nodes = [node for node in self._worker_nodes if node.id != worker_node.id]
        if self._worker_nodes:
            self._prepare_rebalance()

    def _prepare_rebalance(self) -> None:
        """Distributes as many users as there are now as if they were all started afresh.

        The generators of that distribution stay, so that later steps continue it smoothly.
        """
        # The users generator looks at these to see which fixed users are missing.
        self._users_on_workers = self._no_users_on(self._worker_nodes)
        self._try_dispatch_fixed = True
        (
            self._users_on_workers,
            self._user_generator,
            self._worker_node_generator,
            self._active_users,
        ) = self._distribute_users(self._current_user_count)
        self._rebalance = True

    def _distribute_users(
        self, target_user_count: int
    ) -> tuple[UsersOnWorkers, Iterator[str | None], Iterator[WorkerNode], list[Placed]]:
        """A ramp-up from nothing, without its pauses."""
        names = self._user_gen()
        nodes = itertools.cycle(self._worker_nodes)
        users_on_workers = self._no_users_on(self._worker_nodes)
        active: list[Placed] = []
        while len(active) < target_user_count and (name := next(names)):
            node = next(nodes)
            users_on_workers[node.id][name] += 1
            active.append(self._place(node, name))
        return users_on_workers, names, nodes, active

    def _get_user_current_count(self, user: str) -> int:
        return sum(users.get(user, 0) for users in self._users_on_workers.values())

    def _user_gen(self) -> Iterator[str | None]:
        """Names of the users to start, endlessly: missing fixed ones first, then by weight."""
        weighted = weighted_sequence(
            (cls.__name__, cls.weight) for cls in self._user_classes if not cls.fixed_count
        )
        while True:
            if not self._try_dispatch_fixed:
                yield next(weighted)
                continue
            self._try_dispatch_fixed = False
            missing = [
                (cls.__name__, cls.fixed_count - self._get_user_current_count(cls.__name__))
                for cls in self._user_classes
                if cls.fixed_count
            ]
            total = sum(count for _, count in missing if count > 0)
            yield from itertools.islice(weighted_sequence(missing), total)

    @staticmethod
    def _fast_users_on_workers_copy(users_on_workers: UsersOnWorkers) -> UsersOnWorkers:
        return {node: users.copy() for node, users in users_on_workers.items()}
