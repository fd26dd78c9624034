"""Runners start and stop the users of a test; what they do is in running/.

    environment = Environment(user_classes=[Visitor])
    runner = environment.create_local_runner()
    runner.start(user_count=50, spawn_rate=10)
    gevent.sleep(60)
    runner.quit()

A LocalRunner runs all users in this process. The states of a test stand in running/states.py.
"""

from __future__ import annotations

import json
import logging
import os
import socket
import sys
import time
import traceback
from typing import TYPE_CHECKING, Any

import gevent

from .exception import RPCError, RPCReceiveError, RPCSendError, StopTest
from .legacy.attributes import legacy_attribute
from .legacy.warnings import warn_once
from .log import get_logs, greenlet_exception_logger
from .process.names_on_demand import names_on_demand
from .rpc import Message
from .running.cluster_runners import (
    HEARTBEAT_LIVENESS,
    DistributedRunner,
    MasterRunner,
    WorkerNode,
    WorkerNodes,
    WorkerRunner,
    _aggregate_dispatched_users,  # noqa: F401
)
from .running.local_runner import LocalRunner, _format_user_classes_count_for_log  # noqa: F401
from .running.runner import ExceptionDict, Runner, latest_runner, locust_exception_handler
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
from .user.task import LOCUST_STATE_STOPPING

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
    "LOCUST_STATE_STOPPING",
    "LocalRunner",
    "MasterRunner",
    "Message",
    "RPCError",
    "RPCReceiveError",
    "RPCSendError",
    "Runner",
    "StopTest",
    "UsersDispatcher",
    "WorkerNode",
    "WorkerNodes",
    "WorkerRunner",
    "get_logs",
    "gevent",
    "greenlet_exception_logger",
    "json",
    "locust_exception_handler",
    "logger",
    "logging",
    "os",
    "socket",
    "sys",
    "time",
    "traceback",
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
    DistributedRunner, ExceptionDict, LocalRunner, MasterRunner, Runner, WorkerNode, WorkerNodes,
    WorkerRunner,
):  # fmt: skip
    _shown.__module__ = __name__


def _legacy_name(name: str) -> Any:
    if name == "locust_runner":
        warn_once("locust.runners.locust_runner", "1.0", "use environment.runner")
        return latest_runner()
    return legacy_attribute("runners", name)


if not TYPE_CHECKING:  # to a checker, any misspelled name would be here
    __getattr__ = names_on_demand(
        __name__,
        {
            "RequestStats": ".stats",
            "StatsError": ".stats",
            "argument_parser": ".argument_parser:",
            "get_abspaths_in": ".util.directory",
            "is_url": ".util.url",
            "setup_distributed_stats_event_listeners": ".stats",
        },
        otherwise=_legacy_name,
    )
