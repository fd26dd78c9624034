"""Users: the classes that a locustfile subclasses, and what one running user does.

    class Visitor(HttpUser):
        wait_time = between(1, 3)

        @task
        def front_page(self):
            self.client.get("/")

Each running user is one greenlet: `on_start`, then its tasks until it is stopped, then `on_stop`.

Thread: the hub's. Thousands of users exist at once, so a User carries few attributes and nothing
is built for it before it is needed.
"""

from __future__ import annotations

import itertools
import logging
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, final

import gevent
from gevent import GreenletExit

from .. import _core
from ..clients import HttpSession, RestResponseContextManager
from ..exception import CatchResponseError, MissingHostError, StopTest, StopUser
from ..legacy.warnings import warn_once
from ..process.names_on_demand import names_on_demand
from ..process.user_traceback import format_user_traceback
from .rest import RestMixin, RestResponseT
from .task import (
    LOCUST_STATE_RUNNING,
    LOCUST_STATE_STOPPING,
    LOCUST_STATE_WAITING,
    DefaultTaskSet,
    TaskSet,
    get_tasks_from_base_classes,
)
from .wait_time import constant

if TYPE_CHECKING:
    from gevent import Greenlet
    from gevent.pool import Group
    from urllib3 import PoolManager

    from ..contrib.fasthttp import FastHttpUser
    from ..env import Environment

    UserGreenlet = Greenlet[..., Any]  # its `args[0]` is the user

logger = logging.getLogger("locust.user.users")

__all__ = (
    "HttpUser",
    "PytestUser",
    "RestMixin",
    "RestResponseT",
    "TaskSet",
    "User",
    "UserMeta",
)


class UserMeta(type):
    """Collects the tasks of a User class while it is made, and makes it concrete by default."""

    def __new__(
        mcs, classname: str, bases: tuple[type, ...], class_dict: dict[str, Any]
    ) -> UserMeta:
        tasks = get_tasks_from_base_classes(bases, class_dict)
        if not tasks and isinstance(class_dict.get("task_set"), type):
            warn_once("task_set", "1.0", "write tasks = [...] instead")
            tasks = [class_dict["task_set"]]
        class_dict["tasks"] = tasks
        if not class_dict.get("abstract"):
            class_dict["abstract"] = False  # being abstract is not inherited
        return type.__new__(mcs, classname, bases, class_dict)


class User(metaclass=UserMeta):
    """What all users have in common; for a protocol of your own, give it a client and subclass it.

    Tasks declared on the class get the user itself.
    """

    host: str | None = None  # base URL of the system under test; `--host` overwrites it

    # Seconds to wait between tasks: one of the functions of locust.wait_time, or a method.
    wait_time: Callable[..., float] | None = constant(0)
    # Where wait_time is None, these older attributes count, in MILLISECONDS.
    min_wait: float | None = None
    max_wait: float | None = None
    wait_function: Callable[..., float] | None = None

    tasks: Any = []  # functions and TaskSet classes; see TaskSet.tasks

    weight: float = 1  # how often this class is chosen, relative to the others; 0 for never
    fixed_count: int = 0  # if above 0: so many of them, started before all others, whatever weight
    abstract: bool = True  # True: a base class that is never started itself

    client: Any  # a subclass sets it to the one of its protocol

    _state: str | None = None  # None until the greenlet runs
    _kill_pending: bool = False  # and has not come to its on_stop
    _greenlet: UserGreenlet | None = None
    _group: Group
    _taskset_instance: TaskSet | None = None
    _logged_error: Exception | None = None
    _cp_last_wait_time: float = 0  # this and the next belong to constant_pacing

    def __init__(self, environment: Environment) -> None:
        super().__init__()
        self.environment = environment
        self._cp_last_run = time.perf_counter()

    def on_start(self) -> None:
        """Called when the user starts; an exception here ends the user."""

    def on_stop(self) -> None:
        """Called when the user stops, after the `on_stop` of its task sets."""

    @final
    def run(self) -> None:
        """The user's life; `start` runs it in a greenlet."""
        self._state = LOCUST_STATE_RUNNING
        self._taskset_instance = DefaultTaskSet(self)
        try:
            self._begin()
            self._taskset_instance.run()
        except (GreenletExit, StopUser, StopTest):
            self._forget_kill()
            self.on_stop()

    def _kill(self, block: bool) -> None:
        """Kills the user's greenlet; `block`: and waits for its end."""
        assert self._greenlet is not None
        if self._state is None:
            self._group.killone(self._greenlet, block=block)
            return
        gevent.get_hub().loop.run_callback(self._be_killed)
        if block:
            self._greenlet.join()

    def _be_killed(self) -> None:
        """On the hub. The task may swallow the kill, but the user gets no further one."""
        # Not noted before it strikes: the user would see the note, and be killed in its on_stop.
        if self._state in (LOCUST_STATE_RUNNING, LOCUST_STATE_WAITING):
            self._state = LOCUST_STATE_STOPPING
            self._kill_pending = True
        assert self._greenlet is not None
        self._greenlet.throw(GreenletExit)

    def _forget_kill(self) -> None:
        """Called before `on_stop`, in which a user that was killed may still `wait()`."""
        if self._kill_pending:
            self._state = LOCUST_STATE_RUNNING
            self._kill_pending = False

    def _begin(self) -> None:
        try:
            self.on_start()
        except Exception as error:
            logger.error("%s\n%s", error, format_user_traceback(error))
            self._logged_error = error
            if not isinstance(error, (StopUser, StopTest)):
                self.environment.events.user_error.fire(
                    user_instance=self, exception=error, tb=error.__traceback__
                )
            raise

    def wait(self) -> None:
        """Waits as `wait_time` says; a test that stops ends this wait, and the user, at once."""
        assert self._taskset_instance is not None, "only a running user can wait"
        self._taskset_instance.wait()

    def start(self, group: Group) -> UserGreenlet:
        """Starts the user in a new greenlet of `group`, whose `args[0]` is the user."""
        self._group = group
        self._greenlet = group.spawn(_run_user, self)
        return self._greenlet

    def stop(self, force: bool = False) -> bool:
        """Stops the user: at once if it waits or `force` is true, else after its current task.

        Returns whether it was stopped at once.
        """
        if force or self._state in (None, LOCUST_STATE_WAITING):
            self._kill(block=True)
            return True
        if self._state != LOCUST_STATE_RUNNING:
            raise Exception(f"Cannot stop a user that is {self._state}")
        self._state = LOCUST_STATE_STOPPING
        return False

    @property
    def group(self) -> Group:
        return self._group

    @property
    def greenlet(self) -> UserGreenlet | None:
        return self._greenlet

    def context(self) -> dict[str, Any]:
        """What every request event of this user gets in its `context`; override it."""
        return {}

    @classmethod
    def json(cls) -> dict[str, Any]:
        """What the page shows and edits of this class."""
        return {
            "host": cls.host,
            "weight": cls.weight,
            "fixed_count": cls.fixed_count,
            "tasks": [task.__name__ for task in cls.tasks],
        }

    @classmethod
    def fullname(cls) -> str:
        """Module and name, such as "locustfile.Visitor"."""
        return f"{cls.__module__}.{cls.__qualname__}".replace(".<locals>", "")


def _run_user(user: User) -> None:
    """A user's greenlet runs this: a plain function with the user as its one argument.

    An error of `on_start` was logged when it happened; raised again it would be printed twice.
    """
    try:
        user.run()
    except Exception as error:
        if error is not user._logged_error:
            raise
    finally:
        close_connections_of(user)
        note_end = getattr(user._group, "user_ended", None)  # any gevent Group may hold users
        if note_end is not None:
            note_end(user)


def close_connections_of(user: User) -> None:
    """An ended user's client closes its connections at once, whoever still holds it; those that it
    shares stay.
    """
    client = user.__dict__.get("client")
    if isinstance(client, _core.SessionBase) and client._pool is None:
        client._close_connections()


class HttpUser(User, RestMixin[RestResponseContextManager]):
    """A user with an HTTP client, `self.client`, that keeps cookies and connections."""

    abstract = True

    client: HttpSession
    # A urllib3 PoolManager that the users of this class share; by default each has connections of
    # its own.
    pool_manager: PoolManager | None = None
    # Addresses of this machine that the users' connections leave from, as --source-ip takes them;
    # empty: as that option says.
    source_ip: str = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.host is None:
            raise MissingHostError(missing_host(type(self)))
        self.client = HttpSession(
            base_url=self.host,
            request_event=self.environment.events.request,
            user=self,
            pool_manager=self.pool_manager,
        )
        self.client.trust_env = False
        if self.source_ip:
            self.client.source_ip = checked_source_ip(type(self))


if not TYPE_CHECKING:
    __getattr__ = names_on_demand(__name__, {"deprecation": ".util.deprecation:"})


def checked_source_ip(user_class: type[HttpUser | FastHttpUser]) -> str:
    """The `source_ip` of a user class; one that makes no sense ends the test."""
    try:
        _core.source_addresses(user_class.source_ip, 0)
    except ValueError as error:
        raise StopTest(f"{user_class.__name__}.source_ip: {error}") from None
    return user_class.source_ip


def missing_host(user_class: type[User]) -> str:
    """The message for an HTTP user class without a host."""
    return (
        f"{user_class.__name__} has no host to send requests to. Give it on the command line "
        f'(--host http://example.com) or in the class (host = "http://example.com")'
    )


_core.set_usual_context(User.context)


class PytestUser(User):
    """Runs the test functions of a pytest file as the user's work, over and over.

    `functions` are pytest's items; each takes one fixture, made once for each user.
    """

    abstract = True
    functions: list[Any]
    fixtures: list[Any]

    def run(self) -> None:  # type: ignore[misc]  # a different life than other users have
        from requests.exceptions import RequestException

        self._state = LOCUST_STATE_RUNNING
        self.fixtures = [next(item.fixturedef.func(self)) for item in self.functions]
        pairs = list(zip(self.functions, self.fixtures, strict=True))
        for item, fixture in itertools.cycle(pairs):
            if self._kill_pending:
                return
            try:
                item.obj(fixture)
            except (RequestException, CatchResponseError, ConnectionError) as error:
                # A failed request was recorded as one. A malformed URL (a ValueError too) was
                # never sent, and has to end the user.
                if isinstance(error, ValueError):
                    raise
                logger.debug("%s\n%s", error, format_user_traceback(error))
