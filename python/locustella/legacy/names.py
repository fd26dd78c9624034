"""User classes, task sets and decorators that Locust 1.0 removed, still usable.

    class Visitor(HttpLocust):        # warns once: use HttpUser
        task_set = Journey
        min_wait = 1000               # milliseconds, as then
        max_wait = 3000

They keep the rules of their time: waits are milliseconds unless `wait_time` says otherwise (one
second if nothing says anything), a class without tasks is a base class, and `setup` and `teardown`
run once for each class.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from ..user.task import Task, TaskSet, TaskSetMeta, TaskT
from ..user.users import HttpUser, User, UserMeta
from .warnings import LegacyNameWarning, warn_once

if TYPE_CHECKING:
    from ..env import Environment

__all__ = (
    "DeprecatedHttpLocustClass",
    "DeprecatedLocustClass",
    "HttpLocust",
    "LegacyNameWarning",
    "Locust",
    "TaskSequence",
    "legacy_user_class",
    "seq_task",
)


class LegacyUserMeta(UserMeta):
    """Warns when a removed user class is subclassed; the subclass works like a User."""

    def __new__(
        mcs, classname: str, bases: tuple[type, ...], class_dict: dict[str, Any]
    ) -> LegacyUserMeta:
        old = next((base for base in bases if "_replacement" in vars(base)), None)
        if old is not None:
            warn_once(old.__name__, "1.0", f"use {vars(old)['_replacement']}")
        if "wait_function" in class_dict:  # today's classes leave it alone
            class_dict.setdefault("wait_time", lambda self: self.wait_function() / 1000)
        made: Any = super().__new__(mcs, classname, bases, class_dict)
        if not made.tasks:
            made.abstract = True  # then, a class without a task set was never started
        return cast("LegacyUserMeta", made)


class _Lifecycle:
    """`setup` before the first user of a class, `teardown` at the end of the process."""

    environment: Environment
    setup: Callable[[], object]  # these two where the locustfile has them
    teardown: Callable[[], object]
    _was_set_up: bool  # in each class for itself

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cls = type(self)
        if "_was_set_up" not in vars(cls):
            cls._was_set_up = True
            if hasattr(self, "teardown"):
                self.environment.events.quitting.add_listener(lambda **_: self.teardown())
            if hasattr(self, "setup"):
                self.setup()


def legacy_user_class(name: str, replacement: type[User]) -> type[User]:
    """The removed class `name`, made of the class that took its place."""
    body = {
        "__doc__": f"Removed in Locust 1.0; use {replacement.__name__}.",
        "__module__": __name__,
        "_replacement": replacement.__name__,
        "abstract": True,
        "wait_time": None,
        "min_wait": 1000,
        "max_wait": 1000,
    }
    return cast("type[User]", LegacyUserMeta(name, (_Lifecycle, replacement), body))


Locust = legacy_user_class("Locust", User)
HttpLocust = legacy_user_class("HttpLocust", HttpUser)
DeprecatedLocustClass = Locust
DeprecatedHttpLocustClass = HttpLocust


def check_for_deprecated_task_set_attribute(class_dict: dict[str, Any]) -> None:
    """Warns about a class body that says `task_set`."""
    if isinstance(class_dict.get("task_set"), type):
        warn_once("task_set", "1.0", "write tasks = [...] instead")


def deprecated_locust_meta_class(deprecation_message: str) -> type[type]:
    """The metaclass of a name that is gone: whoever subclasses it gets the message, an ImportError.
    """

    class Gone(type):
        def __new__(
            mcs, classname: str, bases: tuple[type, ...], class_dict: dict[str, Any]
        ) -> Gone:
            if bases:
                raise ImportError(deprecation_message)
            return super().__new__(mcs, classname, bases, class_dict)

    return Gone


def seq_task(order: int) -> Callable[[TaskT], TaskT]:
    """Gives a method of a TaskSequence its place; also makes it a task."""
    warn_once("seq_task", "1.0", "use SequentialTaskSet, whose @task methods run in order")

    def place(decorated: TaskT) -> TaskT:
        marked: Any = decorated
        marked.locust_task_order = order
        if not hasattr(marked, "locust_task_weight"):
            marked.locust_task_weight = 1
        return decorated

    return place


class TaskSequenceMeta(TaskSetMeta):
    """Sorts the tasks by the place that @seq_task gave them; unplaced ones come as place 1."""

    def __new__(
        mcs, classname: str, bases: tuple[type, ...], class_dict: dict[str, Any]
    ) -> TaskSequenceMeta:
        if bases != (TaskSet,):
            warn_once("TaskSequence", "1.0", "use SequentialTaskSet")
        made: Any = super().__new__(mcs, classname, bases, class_dict)
        made.tasks.sort(key=lambda task: getattr(task, "locust_task_order", 1))
        return cast("TaskSequenceMeta", made)


class TaskSequence(TaskSet, metaclass=TaskSequenceMeta):
    """Removed in Locust 1.0; use SequentialTaskSet."""

    _index = 0

    def get_next_task(self) -> Task:
        if not self.tasks:
            return super().get_next_task()
        task = self.tasks[self._index % len(self.tasks)]
        self._index += 1
        return task
