"""Task sets that walk a Markov chain: each task says which may follow, and how likely.

    class Shop(MarkovTaskSet):
        @transition("basket")
        def front_page(self): ...

        @transitions({"front_page": 3, "checkout": 1})
        def basket(self): ...

        @transitions(["front_page"])
        def checkout(self): ...

The walk begins at the first task of the class. A chain that cannot work is an error when its
class is made.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from ..exception import LocustError
from .task import Task, TaskSet, TaskSetMeta

MarkovTaskT = TypeVar("MarkovTaskT", bound=Callable[..., object])


if TYPE_CHECKING:

    class MarkovTask(Protocol):
        """A method with transitions: {name: weight}, and a weighted list once its class is made."""

        __name__: str
        transitions: Any

        def __call__(self, *args: Any, **kwargs: Any) -> object: ...


class NoMarkovTasksError(LocustError):
    """No method of the class has a transition."""


class InvalidTransitionError(LocustError):
    """A transition leads to a name that the class does not have."""


class NonMarkovTaskTransitionError(LocustError):
    """A transition leads to a method without transitions, where the walk would end."""


class MarkovTaskTagError(LocustError):
    """A task has tags: leaving tasks out would break the chain."""


def is_markov_task(task: object) -> bool:
    """Whether the class member has transitions."""
    return "transitions" in dir(task)


def _add_transitions(decorated: MarkovTaskT, weights: dict[str, int]) -> MarkovTaskT:
    marked: Any = decorated
    if not hasattr(marked, "transitions"):
        marked.transitions = {}
    marked.transitions.update(weights)
    return decorated


def transition(func_name: str, weight: int = 1) -> Callable[[MarkovTaskT], MarkovTaskT]:
    """Lets the task called `func_name` follow; may stand several times."""
    return lambda decorated: _add_transitions(decorated, {func_name: weight})


def transitions(
    weights: dict[str, int] | list[tuple[str, int] | str],
) -> Callable[[MarkovTaskT], MarkovTaskT]:
    """Lets several tasks follow: {name: weight}, or a list of names and (name, weight) pairs."""
    if not isinstance(weights, dict):
        weights = dict(entry if isinstance(entry, tuple) else (entry, 1) for entry in weights)
    chosen = weights
    return lambda decorated: _add_transitions(decorated, chosen)


def get_markov_tasks(class_dict: dict[str, Any]) -> list[MarkovTask]:
    """The members of a class body that have transitions, in their order."""
    return [member for member in class_dict.values() if is_markov_task(member)]


def to_weighted_list(transitions: dict[str, int]) -> list[str]:
    """{"a": 2, "b": 1} as ["a", "a", "b"]."""
    return [name for name, weight in transitions.items() for _ in range(weight)]


def validate_has_markov_tasks(tasks: list[MarkovTask], classname: str) -> None:
    if not tasks:
        raise NoMarkovTasksError(
            f"{classname} has no Markov tasks: decorate methods with @transition or @transitions"
        )


def validate_transitions(
    tasks: list[MarkovTask], class_dict: dict[str, Any], classname: str
) -> None:
    """Every transition must lead to a task of this class that has transitions itself."""
    for task in tasks:
        for target in task.transitions:
            if not class_dict.get(target):
                raise InvalidTransitionError(
                    f"{classname}.{task.__name__} leads to {target!r}, which {classname} has not"
                )
            if not is_markov_task(class_dict[target]):
                raise NonMarkovTaskTransitionError(
                    f"{classname}.{task.__name__} leads to {target}, which has no transitions of "
                    "its own: the walk would end there"
                )


def validate_no_unreachable_tasks(
    tasks: list[MarkovTask], class_dict: dict[str, Any], classname: str
) -> list[MarkovTask]:
    """Warns about tasks that no walk from the first one reaches; returns `tasks`."""
    reached: set[str] = set()
    ahead = [tasks[0].__name__]
    while ahead:
        name = ahead.pop()
        if name not in reached:
            reached.add(name)
            ahead += to_weighted_list(class_dict[name].transitions)
    unreachable = {task.__name__ for task in tasks} - reached
    if unreachable:
        logging.warning(
            "%s never runs: no transition leads there in %s",
            ", ".join(sorted(unreachable)),
            classname,
        )
    return tasks


def validate_task_name(decorated_func: MarkovTask) -> None:
    name = decorated_func.__name__
    if name in ("on_start", "on_stop"):
        logging.warning("%s has a transition: it will run as a step besides at start or stop", name)
    if name == "run":
        raise Exception("run() is the loop that runs the tasks: it cannot have transitions")


def validate_no_tags(task: Any, classname: str) -> None:
    if "locust_tag_set" in dir(task):
        raise MarkovTaskTagError(
            f"{classname}.{task.__name__} has the tags {task.locust_tag_set}: tasks of a "
            "MarkovTaskSet cannot be left out, so they take no tags"
        )


def validate_markov_chain(
    tasks: list[MarkovTask], class_dict: dict[str, Any], classname: str
) -> None:
    """Raises the first thing that is wrong with the chain; warns about what is merely useless."""
    validate_has_markov_tasks(tasks, classname)
    validate_transitions(tasks, class_dict, classname)
    validate_no_unreachable_tasks(tasks, class_dict, classname)
    for task in tasks:
        validate_task_name(task)
        validate_no_tags(task, classname)


class MarkovTaskSetMeta(TaskSetMeta):
    """Checks the chain of a concrete class and makes its transitions ready for drawing."""

    def __new__(
        mcs, classname: str, bases: tuple[type, ...], class_dict: dict[str, Any]
    ) -> MarkovTaskSetMeta:
        if not class_dict.get("abstract"):
            class_dict["abstract"] = False
            tasks = get_markov_tasks(class_dict)
            validate_markov_chain(tasks, class_dict, classname)
            class_dict["current"] = tasks[0]
            for task in tasks:
                task.transitions = to_weighted_list(task.transitions)
        return type.__new__(mcs, classname, bases, class_dict)


class MarkovTaskSet(TaskSet, metaclass=MarkovTaskSetMeta):
    """A TaskSet that goes from task to task along weighted transitions."""

    current: MarkovTask  # the task that runs next
    abstract: bool = True  # not inherited; an abstract class is not checked

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # subclasses may pass on what they like
        super().__init__(*args, **kwargs)

    def get_next_task(self) -> Task:
        task = self.current
        self.current = getattr(self, random.choice(task.transitions))
        return task
