"""How often each task runs, as shares: `--show-task-ratio` and the reports' task tables.

    get_ratio([Shopper], {"Shopper": 10}, total=False)
    -> {"Shopper": {"ratio": 1.0, "tasks": {"browse": {"ratio": 0.75}, "buy": {"ratio": 0.25}}}}
"""

from __future__ import annotations

import inspect
import json
from collections import Counter
from typing import TYPE_CHECKING, Any, NotRequired, TypedDict

from .task import TaskSet
from .users import User

if TYPE_CHECKING:

    class Ratio(TypedDict):
        """Of one class or task; `tasks` where there are some below it."""

        ratio: float
        tasks: NotRequired[Ratios]

    Ratios = dict[str, Ratio]


def print_task_ratio(user_classes: list[type[User]], num_users: int | None, total: bool) -> None:
    """Prints the shares in percent, nested ones indented; `total` relates all to the whole test."""
    counts = _calc_distribution(user_classes, num_users)
    _print_task_ratio(get_ratio(user_classes, counts, total))


def print_task_ratio_json(user_classes: list[type[User]], num_users: int | None) -> None:
    """Prints both tables as one JSON object, `per_class` and `total`."""
    counts = _calc_distribution(user_classes, num_users)
    tables = {
        "per_class": get_ratio(user_classes, counts, False),
        "total": get_ratio(user_classes, counts, True),
    }
    print(json.dumps(tables, indent=4))


def _calc_distribution(user_classes: list[type[User]], num_users: float | None) -> dict[str, int]:
    """How many of `num_users` each class would get: fixed counts first, the rest by weight."""
    fixed = sum(cls.fixed_count for cls in user_classes)
    total_weight = sum(cls.weight for cls in user_classes if not cls.fixed_count)
    if not num_users:
        num_users = 1 if fixed else total_weight
    by_weight = max(0, num_users - fixed)
    return {
        cls.__name__: round(cls.fixed_count or cls.weight / total_weight * by_weight)
        for cls in user_classes
    }


def _print_task_ratio(ratios: Ratios, level: int = 0) -> None:
    indent = "  " * level
    for name, entry in ratios.items():
        percent = f"{entry.get('ratio', 1) * 100:<6.1f}"
        print(f" {indent + percent:<10} {indent + name:<50}")
        if "tasks" in entry:
            _print_task_ratio(entry["tasks"], level + 1)


def get_ratio(user_classes: list[type[User]], user_spawned: dict[str, int], total: bool) -> Ratios:
    """The share of each class among the users, and of each task within its class.

    `user_spawned` counts users by class name. With `total` a task's share is of the whole test.
    """
    user_count = sum(user_spawned.values()) or 1
    ratios: Ratios = {}
    for cls in user_classes:
        share = user_spawned.get(cls.__name__, 0) / user_count
        ratios[cls.__name__] = {"ratio": share, "tasks": _get_task_ratio(cls.tasks, total, share)}
    return ratios


def _get_task_ratio(tasks: list[Any], total: bool, parent_ratio: float) -> Ratios:
    whole = parent_ratio if total else 1.0
    ratios: Ratios = {}
    for task, times in Counter(tasks).items():
        share = times * whole / len(tasks)
        ratios[task.__name__] = {"ratio": share}
        if inspect.isclass(task) and issubclass(task, TaskSet):
            ratios[task.__name__]["tasks"] = _get_task_ratio(task.tasks, total, share)
    return ratios
