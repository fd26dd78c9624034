"""Runners start and stop the users of a test; what they do is in running/.

    environment = Environment(user_classes=[Visitor])
    runner = environment.create_local_runner()
    runner.start(user_count=50, spawn_rate=10)
    gevent.sleep(60)
    runner.quit()

A LocalRunner runs all users in this process. The states of a test stand in running/states.py.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import gevent

from .exception import StopTest
from .legacy.attributes import legacy_attribute
from .legacy.warnings import warn_once
from .rpc import Message
from .running.cluster_runners import (
    HEARTBEAT_LIVENESS,
    DistributedRunner,
    MasterRunner,
    WorkerNode,
    WorkerRunner,
)
from .running.local_runner import LocalRunner
from .running.runner import ExceptionDict, Runner, latest_runner
from .running.states import (
    STATE_CLEANUP,
    STATE_INIT,
    STATE_MISSING,
    STATE_RUNNING,
    STATE_SPAWNING,
    STATE_STOPPED,
    STATE_STOPPING,
)
from .running.users_dispatcher import UsersDispatcher

__all__ = (
    "CONNECT_RETRY_COUNT",
    "CONNECT_TIMEOUT",
    "CPU_MONITOR_INTERVAL",
    "CPU_WARNING_THRESHOLD",
    "FALLBACK_INTERVAL",
    "HEARTBEAT_DEAD_INTERNAL",
    "HEARTBEAT_INTERVAL",
    "HEARTBEAT_LIVENESS",
    "MASTER_HEARTBEAT_TIMEOUT",
    "STATE_CLEANUP",
    "STATE_INIT",
    "STATE_MISSING",
    "STATE_RUNNING",
    "STATE_SPAWNING",
    "STATE_STOPPED",
    "STATE_STOPPING",
    "WORKER_LOG_REPORT_INTERVAL",
    "WORKER_REPORT_INTERVAL",
    "DistributedRunner",
    "ExceptionDict",
    "LocalRunner",
    "MasterRunner",
    "Message",
    "Runner",
    "StopTest",
    "UsersDispatcher",
    "WorkerNode",
    "WorkerRunner",
    "gevent",
    "logger",
)

logger = logging.getLogger("locust.runners")

# Seconds, except for the threshold. Locustfiles assign to these: they are read at every use.
WORKER_REPORT_INTERVAL: float = 3.0
WORKER_LOG_REPORT_INTERVAL: float = 10
CPU_MONITOR_INTERVAL: float = 10.0
CPU_WARNING_THRESHOLD: float = 90  # percent of one core
HEARTBEAT_INTERVAL: float = 1
HEARTBEAT_DEAD_INTERNAL = -60  # heartbeats
MASTER_HEARTBEAT_TIMEOUT: float = 60
FALLBACK_INTERVAL: float = 5
CONNECT_TIMEOUT: float = 5
CONNECT_RETRY_COUNT = 60  # attempts

for _shown in (
    DistributedRunner, ExceptionDict, LocalRunner, MasterRunner, Runner, WorkerNode, WorkerRunner,
):  # fmt: skip
    _shown.__module__ = __name__


if not TYPE_CHECKING:  # to a checker, any misspelled name would be here

    def __getattr__(name: str) -> Any:
        if name == "locust_runner":
            warn_once("locust.runners.locust_runner", "1.0", "use environment.runner")
            return latest_runner()
        return legacy_attribute("runners", name)
