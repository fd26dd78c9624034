"""Which tasks the tags of a test leave: `--tags`, `--exclude-tags`, `Environment(tags=...)`.

    @tag("read")
    @task
    def look(self): ...

    filter_tasks_by_tags(Visitor, tags={"read"})     # `look` stays, what has no such tag goes

Thread: any, before the test.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .task import TaskSet
    from .users import User

    TaskHolder = type[User | TaskSet]


def is_markov_taskset(task: object) -> bool:
    """Whether the class is a MarkovTaskSet; by name, as that module imports this one."""
    return type(task).__name__ == "MarkovTaskSetMeta"


def _tags_of_one(task: Any) -> set[str] | frozenset[str]:
    return task.locust_tag_set if "locust_tag_set" in dir(task) else frozenset()


def tags_of(task_holders: Iterable[TaskHolder]) -> set[str]:
    """All tags of tasks in these classes, and in the task sets below them."""
    found: set[str] = set()
    for holder in task_holders:
        for inner in holder.tasks:
            found |= tags_of([inner]) if hasattr(inner, "tasks") else _tags_of_one(inner)
    return found


def has_task_for(
    task_holder: TaskHolder, tags: set[str] | None, exclude_tags: set[str] | None
) -> bool:
    """Whether filter_tasks_by_tags() would leave something to run."""
    if is_markov_taskset(task_holder) or getattr(task_holder, "functions", False):
        return True
    return any(
        has_task_for(inner, tags, exclude_tags)
        if hasattr(inner, "tasks")
        else _tags_allow(inner, tags, exclude_tags)
        for inner in task_holder.tasks
    )


def _tags_allow(task: object, tags: set[str] | None, exclude_tags: set[str] | None) -> bool:
    has = _tags_of_one(task)
    if tags is not None and not has & tags:
        return False
    return exclude_tags is None or not has & exclude_tags


def filter_tasks_by_tags(
    task_holder: TaskHolder,
    tags: set[str] | None = None,
    exclude_tags: set[str] | None = None,
    checked: dict[object, bool] | None = None,
) -> None:
    """Removes from the class, and from the task sets below it, the tasks that the tags rule out.

    None means no such rule. A task set that loses all its tasks goes too. `checked` remembers the
    verdicts on tasks that stand at several places.
    """
    checked = {} if checked is None else checked
    remaining = []
    had_some = bool(task_holder.tasks)
    for inner in task_holder.tasks:
        if inner not in checked:
            if hasattr(inner, "tasks"):
                filter_tasks_by_tags(inner, tags, exclude_tags, checked)
                checked[inner] = bool(inner.tasks) or is_markov_taskset(inner)
            else:
                checked[inner] = _tags_allow(inner, tags, exclude_tags)
        if checked[inner]:
            remaining.append(inner)
    task_holder.tasks = remaining
    runs_without_tasks = is_markov_taskset(task_holder) or getattr(task_holder, "functions", False)
    if not remaining and not runs_without_tasks:
        words = (
            "No task of %s is left after filtering by tags: its users will fail"
            if had_some
            else "%s has no tasks: write @task above its methods, else its users fail"
        )
        logging.warning(words, task_holder.__name__)
