"""The crew: the users that run in this process, how many, and how they start and stop.

    crew.spawn_users({"Visitor": 10, "Buyer": 2})
    crew.user_classes_count                        # {"Visitor": 10, "Buyer": 2}
    crew.stop_users({"Visitor": 3})                # the three newest

Runners are crews. Nothing here takes longer because many users run already.

Thread: the hub's. `stop_users` blocks until the users it stops have ended.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import gevent
from gevent import getcurrent
from gevent.pool import Group

from ..user.task import LOCUST_STATE_STOPPING, LOCUST_STATE_WAITING
from ..user.users import User
from .user_group import UserGroup

if TYPE_CHECKING:
    from gevent import Greenlet

    from ..env import Environment
    from ..user.users import UserGreenlet

logger = logging.getLogger("locust.runners")


class UserCrew:
    """Starts, counts and stops the users of `environment` in the group `user_greenlets`."""

    environment: Environment
    user_greenlets: Group  # a UserGroup, unless somebody puts another group there
    _killed: Sequence[UserGreenlet] = ()  # and waited for

    @property
    def user_classes(self) -> list[type[User]]:
        return self.environment.user_classes

    @property
    def user_classes_by_name(self) -> dict[str, type[User]]:
        return self.environment.user_classes_by_name

    @property
    def user_count(self) -> int:
        """How many users run now."""
        return len(self.user_greenlets)

    @property
    def user_classes_count(self) -> dict[str, int]:
        """How many users of each class run now, by class name."""
        counts = {cls.__name__: 0 for cls in self.user_classes}
        counts.update(self._running_by_class())
        return counts

    def _running_by_class(self) -> dict[str, int]:
        group = self.user_greenlets
        if isinstance(group, UserGroup):
            return {name: count for name, count in group.count_by_class().items() if count}
        running: dict[str, int] = {}  # somebody put a group of their own there
        for greenlet in group:
            if greenlet.args:
                name = type(greenlet.args[0]).__name__
                running[name] = running.get(name, 0) + 1
        return running

    def spawn_users(
        self, user_classes_spawn_count: dict[str, int], wait: bool = False
    ) -> list[User]:
        """Starts so many users of each class (by name) and returns them.

        With `wait` it blocks until all users, not only these, have ended.
        """
        classes = self.user_classes_by_name
        new_users: list[User] = []
        for name, count in user_classes_spawn_count.items():
            new_users += self._start_users(classes[name], count)
            logger.debug("Started %d users of class %s", count, name)
        if wait:
            self.user_greenlets.join()
            logger.info("All users stopped\n")
        return new_users

    def _start_users(self, user_class: type[User], count: int) -> Iterator[User]:
        for _ in range(count):
            user = user_class(self.environment)
            assert hasattr(user, "environment"), (
                f"{user_class.__name__} has no environment: its __init__ has to call "
                "super().__init__(*args, **kwargs)"
            )
            user.start(self.user_greenlets)
            yield user

    def stop_users(self, user_classes_stop_count: dict[str, int]) -> None:
        """Stops so many users of each class (by name), the newest first, and waits for their end.

        Users that wait stop at once; the others have `environment.stop_timeout` seconds to finish
        their task. Whoever is stopped still runs its `on_stop`.
        """
        timeout = self.environment.stop_timeout
        chosen = [
            found
            for name, count in user_classes_stop_count.items()
            for found in self._newest(name, count)
        ]
        if chosen:
            self._let_them_get_on()
        at_once: list[tuple[UserGreenlet, User]] = []
        asked: list[tuple[UserGreenlet, User]] = []
        finishing: list[UserGreenlet] = []
        for greenlet, user in chosen:
            if greenlet is getcurrent():  # a user that stops itself cannot wait for its end
                user.group.killone(greenlet, block=False)
            elif not timeout:
                at_once.append((greenlet, user))
            else:
                finishing.append(greenlet)
                if user._state != LOCUST_STATE_STOPPING:  # an earlier ramp-down asked it
                    asked.append((greenlet, user))
        self._stop_and_join(at_once, force=True)
        self._stop_and_join(asked, force=False)
        gevent.joinall(finishing, timeout=timeout)
        late = [greenlet for greenlet in finishing if not greenlet.dead]
        if late:
            logger.info("%d users did not finish in %g s: stopping them now", len(late), timeout)
            gevent.killall(late, block=False)
            self._join_killed(late)
        logger.debug("Stopped users, %d still run", self.user_count)

    @staticmethod
    def _let_them_get_on() -> None:
        """Users begin before they are stopped: their on_start, task and on_stop run.

        And whose wait is over takes up its next task; it is that one which is stopped then. Both
        are so in Locust, where each stop is a greenlet behind a timer.
        """
        gevent.sleep(0)  # behind all greenlets that were spawned before
        hub = gevent.get_hub()
        hub.wait(hub.loop.timer(0))  # behind all events that have happened

    def _stop_and_join(self, users: list[tuple[UserGreenlet, User]], force: bool) -> None:
        """Calls `user.stop(force)` for all at the same time, waits for those that end by it."""
        ending: list[UserGreenlet] = []
        calls: list[Greenlet[..., bool]] = []
        for greenlet, user in users:
            if type(user).stop is not User.stop:
                calls.append(gevent.spawn(user.stop, force=force))
            elif force or user._state in (None, LOCUST_STATE_WAITING):
                user._kill(block=False)  # what User.stop does, without a greenlet
                ending.append(greenlet)
            else:
                user.stop()
        gevent.joinall(calls)
        self._join_killed(ending)

    def _join_killed(self, greenlets: list[UserGreenlet]) -> None:
        self._killed = [*self._killed, *greenlets]
        gevent.joinall(greenlets)
        self._killed = [greenlet for greenlet in self._killed if not greenlet.dead]

    def kill_again(self) -> None:
        """Kills those once more who were killed and still run.

        A wait in their `on_stop`, or an `except:` around a task's, has kept them.
        """
        gevent.killall([each for each in self._killed if not each.dead], block=False)

    def _newest(self, class_name: str, count: int) -> list[tuple[UserGreenlet, User]]:
        group = self.user_greenlets
        if isinstance(group, UserGroup):
            chosen = group.newest(class_name, count)
        else:
            chosen = [g for g in group if g.args and type(g.args[0]).__name__ == class_name]
        return [(greenlet, greenlet.args[0]) for greenlet in chosen[:count] if greenlet.args]
