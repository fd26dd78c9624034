"""The runners of a cluster, so far as names that files ask for; and what is known of a worker."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, MutableMapping, ValuesView
from typing import TYPE_CHECKING, Any

from .runner import Runner
from .states import (
    STATE_INIT,
    STATE_MISSING,
    STATE_RUNNING,
    STATE_SPAWNING,
    WithState,
    WorkerStates,
)

if TYPE_CHECKING:
    from ..env import Environment

HEARTBEAT_LIVENESS = 3  # heartbeats; the default that `locustella.runners` shows


class WorkerNode(WithState):
    """What is known of one worker."""

    def __init__(
        self, id: str, state: str = STATE_INIT, heartbeat_liveness: int = HEARTBEAT_LIVENESS
    ) -> None:
        self.id = id
        self._states = WorkerStates()
        self.state = state
        self.heartbeat = heartbeat_liveness  # heartbeats it may still miss
        self.cpu_usage = 0  # percent
        self.cpu_warning_emitted = False
        self.memory_usage = 0  # bytes
        self.user_classes_count: dict[str, int] = {}  # as it last reported

    @property
    def user_count(self) -> int:
        return sum(self.user_classes_count.values())


class WorkerNodes(MutableMapping[str, WorkerNode]):
    """The workers of a master by their ids; a loop over it is not disturbed by who comes or goes.
    """

    def __init__(self) -> None:
        self._worker_nodes: dict[str, WorkerNode] = {}

    def __getitem__(self, id: str) -> WorkerNode:
        return self._worker_nodes[id]

    def __setitem__(self, id: str, node: WorkerNode) -> None:
        self._worker_nodes[id] = node

    def __delitem__(self, id: str) -> None:
        del self._worker_nodes[id]

    def __len__(self) -> int:
        return len(self._worker_nodes)

    def __iter__(self) -> Iterator[str]:
        return iter(tuple(self._worker_nodes))

    def get_by_state(self, state: str) -> list[WorkerNode]:
        return [node for node in self.values() if node.state == state]

    @property
    def all(self) -> ValuesView[WorkerNode]:
        return self.values()

    @property
    def ready(self) -> list[WorkerNode]:
        return self.get_by_state(STATE_INIT)

    @property
    def spawning(self) -> list[WorkerNode]:
        return self.get_by_state(STATE_SPAWNING)

    @property
    def running(self) -> list[WorkerNode]:
        return self.get_by_state(STATE_RUNNING)

    @property
    def missing(self) -> list[WorkerNode]:
        return self.get_by_state(STATE_MISSING)


def _aggregate_dispatched_users(users_on_workers: dict[str, dict[str, int]]) -> dict[str, int]:
    """How many users of each class there are on all workers together."""
    total: Counter[str] = Counter()
    for users in users_on_workers.values():
        total.update(users)
    return dict(total)


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
