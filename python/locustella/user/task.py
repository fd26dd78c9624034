"""Tasks, and the task sets that choose among them.

    class Browse(TaskSet):
        @task(3)
        def page(self):
            self.client.get("/page")

        @task
        def leave(self):
            self.interrupt()

A task set picks a task, runs it, waits, and picks again, until it is interrupted or its user
stops. `TaskSet.run` is that loop; every part of it is a method that subclasses may replace.

Thread: the hub's, in the greenlet of the user.
"""

from __future__ import annotations

import logging
import operator
import random
from collections import deque
from collections.abc import Callable, Iterable
from time import perf_counter, time
from typing import (
    TYPE_CHECKING,
    Any,
    Protocol,
    TypeGuard,
    TypeVar,
    final,
    overload,
    runtime_checkable,
)

import gevent
from gevent import GreenletExit

from .. import _core
from ..exception import (
    InterruptTaskSet,
    MissingWaitTimeError,
    RescheduleTask,
    RescheduleTaskImmediately,
    StopTest,
    StopUser,
)
from ..legacy.warnings import warn_once
from ..process.user_traceback import format_user_traceback
from .task_tags import filter_tasks_by_tags, is_markov_taskset  # noqa: F401  (Locust's names)

if TYPE_CHECKING:
    from .users import User

logger = logging.getLogger("locust.user.task")

Task = Callable[..., object]  # a function or a TaskSet class
TaskT = TypeVar("TaskT", bound=Task)

LOCUST_STATE_RUNNING = "running"
LOCUST_STATE_WAITING = "waiting"
LOCUST_STATE_STOPPING = "stopping"

_STOPPING = (StopUser, StopTest, GreenletExit)


@runtime_checkable
class TaskHolder(Protocol[TaskT]):
    """Whatever has tasks: users and task sets."""

    tasks: list[TaskT]


@overload
def task(weight: TaskT) -> TaskT: ...


@overload
def task(weight: int) -> Callable[[TaskT], TaskT]: ...


def task(weight: TaskT | int = 1) -> TaskT | Callable[[TaskT], TaskT]:
    """Declares a method or nested TaskSet class as a task: `@task`, or `@task(3)` for 3x as often.

    A weight of 0 keeps the method but never runs it as a task.
    """

    def declare(decorated: TaskT) -> TaskT:
        if decorated.__name__ in ("on_start", "on_stop"):
            logging.warning(
                "%s has @task: it will run as a task besides at the user's start or stop",
                decorated.__name__,
            )
        if decorated.__name__ == "run":
            raise Exception("run() is the loop that runs the tasks: it cannot be a task itself")
        marked: Any = decorated
        marked.locust_task_weight = times
        return decorated

    times = 1 if callable(weight) else weight
    if callable(weight):  # written as @task, without parentheses
        return declare(weight)
    try:
        operator.index(weight)
    except TypeError:
        raise TypeError(f"@task takes a whole number, the weight, not {weight!r}") from None
    return declare


def tag(*tags: str) -> Callable[[TaskT], TaskT]:
    """Names a task, or every task of a TaskSet, for `--tags` and `--exclude-tags`."""
    if not tags or callable(tags[0]):
        raise ValueError('@tag needs at least one name, as in @tag("checkout")')

    def mark(decorated: TaskT) -> TaskT:
        if hasattr(decorated, "tasks"):
            decorated.tasks = [mark(inner) for inner in decorated.tasks]
            return decorated
        # Its own set: one inherited from a decorated base class must not change.
        marked: Any = decorated
        if "locust_tag_set" not in vars(marked):
            marked.locust_tag_set = set()
        marked.locust_tag_set |= set(tags)
        return decorated

    return mark


def expand_weights(tasks: dict[Task, int] | Iterable[Task | tuple[Task, int]]) -> list[Task]:
    """`[(a, 2), b]` or `{a: 2, b: 1}` as `[a, a, b]`."""
    expanded: list[Task] = []
    for entry in tasks.items() if isinstance(tasks, dict) else tasks:
        if isinstance(entry, tuple):
            entry, weight = entry
            expanded.extend(entry for _ in range(weight))
        else:
            expanded.append(entry)
    return expanded


def inherited_tasks(bases: tuple[type, ...]) -> list[Task]:
    """The tasks of all base classes, in their order."""
    return [inner for base in bases for inner in getattr(base, "tasks", None) or ()]


def decorated_times(member: Any) -> int:
    """How often `member` of a class body goes into its tasks: its weight, 0 if it is no task."""
    # dir(), not getattr: a Mock or a client object in a class body answers to any name.
    return member.locust_task_weight if "locust_task_weight" in dir(member) else 0


def get_tasks_from_base_classes(bases: tuple[type, ...], class_dict: dict[str, Any]) -> list[Task]:
    """All tasks of a class about to be made: inherited, then its `tasks`, then decorated ones."""
    tasks = inherited_tasks(bases)
    if class_dict.get("tasks") is not None:
        tasks += expand_weights(class_dict["tasks"])
    for member in class_dict.values():
        tasks += [member for _ in range(decorated_times(member))]
    return tasks


class TaskSetMeta(type):
    """Collects the tasks of a TaskSet class while it is made."""

    def __new__(
        mcs, classname: str, bases: tuple[type, ...], class_dict: dict[str, Any]
    ) -> TaskSetMeta:
        class_dict["tasks"] = get_tasks_from_base_classes(bases, class_dict)
        return type.__new__(mcs, classname, bases, class_dict)


class TaskSet(metaclass=TaskSetMeta):
    """A choice of tasks, nested in a user or in another TaskSet.

    It runs until `interrupt()` gives control back to its parent. Its methods get the TaskSet
    itself; `self.user` is the user and `self.client` the user's client.
    """

    # Functions and TaskSet classes. A {task: weight} dict or a list of (task, weight) in the class
    # body becomes a list where each task stands as often as it weighs; that list may be changed
    # while the test runs. (Hence Any: what a class body may say is not what one reads later.)
    tasks: Any = []

    # Seconds to wait between tasks; without one the user's counts. Where the user's `wait_time` is
    # None, the older `min_wait` and `max_wait` count instead, in MILLISECONDS; `wait_function` is
    # only kept, as in Locust 2.
    min_wait: float | None = None
    max_wait: float | None = None
    wait_function: Callable[..., float] | None = None

    _user: User
    _parent: TaskSet | User
    _queued: deque[Task] | None = None  # made when somebody schedules: thousands of users never do

    def __init__(self, parent: TaskSet | User) -> None:
        self._user = parent.user if isinstance(parent, TaskSet) else parent
        self._parent = parent
        self._time_start = time()
        if not self.min_wait:
            self.min_wait = self._user.min_wait
        if not self.max_wait:
            self.max_wait = self._user.max_wait
        if not self.wait_function:
            self.wait_function = self._user.wait_function
        self._cp_last_run = perf_counter()  # these two belong to constant_pacing
        self._cp_last_wait_time: float = 0

    @property
    def user(self) -> User:
        """The user that runs this task set."""
        return self._user

    @property
    def parent(self) -> TaskSet | User:
        """The enclosing TaskSet, or the user."""
        return self._parent

    @property
    def client(self) -> Any:
        """The user's client, whichever that is."""
        return self.user.client

    if not TYPE_CHECKING:  # to a checker, any misspelled attribute would be there

        def __getattr__(self, name: str) -> Any:
            if name == "locust":
                warn_once("TaskSet.locust", "1.0", "use self.user")
                return self._user
            message = f"{type(self).__name__!r} object has no attribute {name!r}"
            raise AttributeError(message, name=name, obj=self)

    @property
    def _task_queue(self) -> deque[Task]:
        if self._queued is None:
            self._queued = deque()
        return self._queued

    @_task_queue.setter
    def _task_queue(self, queue: deque[Task]) -> None:
        self._queued = queue

    def on_start(self) -> None:
        """Called when the user enters this task set."""

    def on_stop(self) -> None:
        """Called when the user leaves this task set, by an interrupt or because it stops."""

    @final
    def run(self) -> None:
        """Runs tasks until an exception ends that: the user's stop, or an interrupt."""
        self._enter()
        kind = type(self)
        direct = (
            kind.schedule_task is TaskSet.schedule_task
            and kind.execute_next_task is TaskSet.execute_next_task
        )
        native = _native_loop(self)
        while True:
            try:
                if native is not None:
                    _core.task_loop(*native)
                self._task_and_wait(direct)
            except InterruptTaskSet as interrupt:
                self._leave_interrupted(interrupt)
            except _STOPPING:
                self._stopped()
                raise
            except Exception as error:
                self._failed(error)

    def _enter(self) -> None:
        try:
            self.on_start()
        except InterruptTaskSet as interrupt:
            raise self._for_parent(interrupt).with_traceback(interrupt.__traceback__) from None

    def _task_and_wait(self, direct: bool) -> None:
        """One task and the wait after it.

        `direct`: the queue's methods are our own, so that a task which is run at once need not go
        through a queue (more than 600 bytes for each user).
        """
        run_it: Callable[..., None]
        arguments: tuple[()] | tuple[Task]
        if self._queued or not direct:
            if not self._queued:
                self.schedule_task(self.get_next_task())
            run_it, arguments = self.execute_next_task, ()
        else:
            run_it, arguments = self.execute_task, (self.get_next_task(),)
        try:
            if self.user._state == LOCUST_STATE_STOPPING:
                raise StopUser()
            run_it(*arguments)
        except RescheduleTaskImmediately:
            return
        except RescheduleTask:
            pass
        self.wait()

    @staticmethod
    def _for_parent(interrupt: InterruptTaskSet) -> Exception:
        """What an interrupt means to the parent, which runs this task set as one of its tasks."""
        kind = RescheduleTaskImmediately if interrupt.reschedule else RescheduleTask
        return kind(interrupt.reschedule)

    def _leave_interrupted(self, interrupt: InterruptTaskSet) -> None:
        try:
            self.on_stop()
        except _STOPPING:
            raise
        except Exception as error:
            self._log_on_stop_error(error)
        raise self._for_parent(interrupt) from interrupt

    def _stopped(self) -> None:
        self.user._forget_kill()
        try:
            self.on_stop()
        except Exception as error:
            self._log_on_stop_error(error)

    def _failed(self, error: Exception) -> None:
        """A task raised: tell the listeners, log it, wait as after any task."""
        environment = self.user.environment
        environment.events.user_error.fire(
            user_instance=self, exception=error, tb=error.__traceback__
        )
        if not environment.catch_exceptions:
            raise error
        logger.error("%s\n%s", error, format_user_traceback(error))
        try:
            self.wait()
        except _STOPPING:
            self._stopped()
            raise

    @staticmethod
    def _log_on_stop_error(error: Exception) -> None:
        logging.error("Uncaught exception in on_stop: \n%s", format_user_traceback(error))

    def execute_next_task(self) -> None:
        """Takes the first task off the queue and runs it."""
        self.execute_task(self._task_queue.popleft())

    def execute_task(self, task: Task) -> None:
        """Runs one task: a method of this task set, a nested TaskSet class, or a function."""
        if getattr(task, "__self__", None) is self:
            task()
        elif _is_task_set(task):
            task(self).run()
        else:
            task(self)

    def schedule_task(self, task_callable: Task, first: bool = False) -> None:
        """Puts a task at the end of this user's queue, or with `first` at its head."""
        if first:
            self._task_queue.appendleft(task_callable)
        else:
            self._task_queue.append(task_callable)

    def get_next_task(self) -> Task:
        """The task to run next, when the queue is empty: a random one out of `tasks`."""
        if not self.tasks:
            raise _no_tasks(self, "or give the class `tasks`")
        return random.choice(self.tasks)

    def wait_time(self) -> float:
        """Seconds to wait before the next task; by default the user's."""
        of_user = self.user.wait_time
        if callable(of_user):
            return of_user()
        if of_user:
            of_number = isinstance(of_user, (int, float))
            instead = f"constant({of_user!r}), or between(1, 3)" if of_number else "between(1, 3)"
            raise TypeError(
                f"wait_time = {of_user!r} of {type(self.user).__name__} is no function: "
                f"write wait_time = {instead}"
            )
        if self.min_wait is not None and self.max_wait is not None:
            return random.randint(int(self.min_wait), int(self.max_wait)) / 1000
        raise MissingWaitTimeError(
            f"How long to wait between tasks? Give {type(self.user).__name__} or "
            f"{type(self).__name__} a wait_time, such as wait_time = between(1, 3)"
        )

    def wait(self) -> None:
        """Waits as `wait_time` says.

        A user that waits stops at once when the test stops, even where a stop timeout lets running
        tasks finish. To wait inside a task without being cut short, use gevent.sleep.
        """
        user = self.user
        if user._state == LOCUST_STATE_STOPPING:
            raise StopUser()
        user._state = LOCUST_STATE_WAITING
        self._sleep(self.wait_time())
        if user._state == LOCUST_STATE_STOPPING:
            raise StopUser()
        user._state = LOCUST_STATE_RUNNING

    def _sleep(self, seconds: float) -> None:
        gevent.sleep(seconds)

    def interrupt(self, reschedule: bool = True) -> None:
        """Leaves this task set, back to its parent; never returns.

        The parent goes on with its next task at once, or with `reschedule=False` after a wait.
        """
        raise InterruptTaskSet(reschedule)


class DefaultTaskSet(TaskSet):
    """Runs the tasks declared on the user itself; they get the user."""

    def get_next_task(self) -> Task:
        if not self.user.tasks:
            raise _no_tasks(
                self.user,
                "give the class `tasks`, or mark it `abstract = True` if it is only a base class",
            )
        return random.choice(self.user.tasks)

    def execute_task(self, task: Task) -> None:
        if _is_task_set(task):
            task(self.user).run()
        else:
            task(self.user)


# What the native loop does in place of these; who overrides or replaces one gets the loop in
# Python.
_LOOP_PARTS = (
    "schedule_task", "execute_next_task", "execute_task", "get_next_task", "wait", "_sleep",
    "_task_and_wait",
)  # fmt: skip
_OWN_PARTS = {
    kind: [getattr(kind, name) for name in _LOOP_PARTS]
    for kind in (TaskSet, DefaultTaskSet)
}
_NATIVE_RULES = (
    random.choice, random.getrandbits, LOCUST_STATE_STOPPING, LOCUST_STATE_WAITING,
    LOCUST_STATE_RUNNING, StopUser, RescheduleTask, RescheduleTaskImmediately, random,
)  # fmt: skip


def _native_loop(
    taskset: TaskSet,
) -> tuple[object, object, object, object, object, object] | None:
    """The arguments of `_core.task_loop` for this task set; None if Python must run its loop."""
    base = DefaultTaskSet if isinstance(taskset, DefaultTaskSet) else TaskSet
    parts = [getattr(getattr(taskset, name), "__func__", None) for name in _LOOP_PARTS]
    if parts != _OWN_PARTS[base]:
        return None
    user = taskset.user
    holder: User | TaskSet = user if base is DefaultTaskSet else taskset
    own_pace = getattr(taskset.wait_time, "__func__", None) is not TaskSet.wait_time
    pacer = user if callable(user.wait_time) and not own_pace else taskset
    return taskset, user, holder, holder, pacer, _NATIVE_RULES


def _is_task_set(task: Any) -> TypeGuard[type[TaskSet]]:
    return hasattr(task, "tasks") and issubclass(task, TaskSet)


def _no_tasks(holder: User | TaskSet, advice: str) -> Exception:
    name = type(holder).__name__
    hint = " (it has a 'task' attribute: did you mean 'tasks'?)" if hasattr(holder, "task") else ""
    return Exception(f"No tasks defined on {name}{hint}: decorate methods with @task, {advice}")
