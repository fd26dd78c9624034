"""The runners of a cluster, so far as names that files ask for; and what is known of a worker."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .runner import Runner
from .states import STATE_INIT, WithState, WorkerStates

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
