"""Task sets that run their tasks in the order of their declaration, over and over.

    class Journey(SequentialTaskSet):
        @task
        def log_in(self): ...

        @task(3)            # three times in a row
        def look_around(self): ...

        @task
        def leave(self):
            self.interrupt()
"""

from __future__ import annotations

from itertools import cycle
from typing import Any

from ..exception import LocustError
from .task import Task, TaskSet, TaskSetMeta, decorated_times, expand_weights, inherited_tasks


class SequentialTaskSetMeta(TaskSetMeta):
    """Collects tasks in declaration order: a `tasks` attribute counts where it stands."""

    def __new__(
        mcs, classname: str, bases: tuple[type, ...], class_dict: dict[str, Any]
    ) -> SequentialTaskSetMeta:
        ordered = inherited_tasks(bases)
        for name, member in class_dict.items():
            if name == "tasks":
                if not isinstance(member, (list, dict)):
                    raise ValueError(f"{classname}.tasks must be a list or a dict, not {member!r}")
                ordered += expand_weights(member) if isinstance(member, dict) else member
            ordered += [member for _ in range(decorated_times(member))]
        class_dict["tasks"] = ordered
        return type.__new__(mcs, classname, bases, class_dict)


class SequentialTaskSet(TaskSet, metaclass=SequentialTaskSetMeta):
    """A TaskSet whose tasks run one after the other; after the last it begins again."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._task_cycle = cycle(self.tasks)

    def get_next_task(self) -> Task:
        if not self.tasks:
            raise LocustError(
                f"No tasks defined on {type(self).__name__}: decorate methods with @task, "
                "or give the class `tasks`"
            )
        return next(self._task_cycle)
