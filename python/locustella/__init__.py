"""Locustella runs Locust locustfiles on a native core.

    from locustella import HttpUser, between, task

Every module here has the name and the contents that Locust gives it; `import locustella.as_locust`
makes them importable as `locust` too. Importing this package patches the standard library for
gevent (see monkey_patching).
"""

import sys
from typing import TYPE_CHECKING

from ._version import version as __version__
from .command.demo_target_command import is_demo_target

__all__ = (
    "FastHttpUser",
    "HttpLocust",
    "HttpUser",
    "LoadTestShape",
    "Locust",
    "MarkovTaskSet",
    "SequentialTaskSet",
    "TaskSequence",
    "TaskSet",
    "User",
    "__version__",
    "between",
    "constant",
    "constant_pacing",
    "constant_throughput",
    "events",
    "poisson",
    "run_single_user",
    "seq_task",
    "tag",
    "task",
    "transition",
    "transitions",
    "wait_time",
)

if not is_demo_target(sys.argv):
    from .process.monkey_patching import patch_standard_library, patch_urllib3

    patch_standard_library()

    from .event import Events

    events = Events()

    from .contrib import fasthttp
    from .contrib.fasthttp import FastHttpUser
    from .debug import run_single_user
    from .legacy.names import HttpLocust, Locust, TaskSequence, legacy_user_class, seq_task
    from .shape import LoadTestShape
    from .user import wait_time
    from .user.markov_taskset import MarkovTaskSet, transition, transitions
    from .user.sequential_taskset import SequentialTaskSet
    from .user.task import TaskSet, tag, task
    from .user.users import HttpUser, User
    from .user.wait_time import between, constant, constant_pacing, constant_throughput, poisson

    fasthttp.FastHttpLocust = legacy_user_class("FastHttpLocust", FastHttpUser)
    patch_urllib3()


if TYPE_CHECKING:
    __locustella_version__: str
else:  # a checker would take any misspelled name for one of these

    def __getattr__(name: str) -> object:
        if name == "__locustella_version__":
            from ._version import locustella_version

            return locustella_version()
        if name in ("html", "main"):  # of Locust's modules those that a start does not need
            import importlib

            return importlib.import_module(f".{name}", __name__)
        from .legacy.attributes import legacy_attribute

        return legacy_attribute("", name)
