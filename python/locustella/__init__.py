"""Locustella runs Locust locustfiles on a native core.

    from locustella import HttpUser, between, task

Every module here has the name and the contents that Locust gives it; `import locustella.as_locust`
makes them importable as `locust` too. Importing this package patches the standard library for
gevent (see monkey_patching). What a locustfile of HttpUsers does not need is imported when somebody
asks for it: `locust.stats`, `locust.FastHttpUser`, ...
"""

import sys
from typing import TYPE_CHECKING

from ._version import version as __version__
from .command.demo_target_command import is_demo_target
from .process.names_on_demand import names_on_demand

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

    from .legacy.names import HttpLocust, Locust, TaskSequence, seq_task
    from .shape import LoadTestShape
    from .user import wait_time
    from .user.markov_taskset import MarkovTaskSet, transition, transitions
    from .user.sequential_taskset import SequentialTaskSet
    from .user.task import TaskSet, tag, task
    from .user.users import HttpUser, User
    from .user.wait_time import between, constant, constant_pacing, constant_throughput, poisson

    patch_urllib3()


if TYPE_CHECKING:
    from .contrib.fasthttp import FastHttpUser
    from .debug import run_single_user

    __locustella_version__: str
else:  # a checker would take any misspelled name for one of these

    def __getattr__(name: str) -> object:
        if name == "__locustella_version__":
            from ._version import locustella_version

            return locustella_version()
        found = _on_demand(name)
        naming = getattr(sys.modules.get(f"{__name__}.as_locust"), "name_classes_as_locusts", None)
        if naming is not None:  # what has just been imported says that it is Locust's, too
            naming()
        return found

    def _removed(name: str) -> object:
        from .legacy.attributes import legacy_attribute

        return legacy_attribute("", name)

    _on_demand = names_on_demand(
        __name__,
        {
            "FastHttpUser": ".contrib.fasthttp",
            "run_single_user": ".debug",
            **{
                name: f".{name}:"
                for name in (
                    "argument_parser", "contrib", "debug", "dispatch", "env", "html",
                    "input_events", "main", "rpc", "runners", "stats", "util",
                )
            },
        },
        otherwise=_removed,
    )  # fmt: skip
