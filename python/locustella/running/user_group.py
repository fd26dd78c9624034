"""The group of all running users, which knows at once how many run of each class.

    users = UserGroup()
    user.start(users)
    users.count_by_class()        -> {"Visitor": 1}
    users.newest("Visitor", 5)    -> the greenlets of the five Visitors started last

A gevent Group keeps its greenlets in a set; this one keeps them by class name and in the order of
their start, so that neither counting nor ramping down looks at every user.

Thread: the hub's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

from gevent.pool import Group

from ..user.users import User

if TYPE_CHECKING:
    from gevent import Greenlet
    from gevent.event import Event

    AnyGreenlet = Greenlet[..., Any]


class Roster:
    """A set of greenlets, filed by the class name of the user in `args[0]`, oldest first.

    Has what gevent's Group asks of its `greenlets`. A greenlet without a user is filed under None.
    A greenlet that has ended stays until the hub tells the group, a moment later.
    """

    def __init__(self) -> None:
        self.by_class: dict[str | None, dict[AnyGreenlet, None]] = {}
        self.ended: dict[str | None, set[AnyGreenlet]] = {}

    def add(self, greenlet: AnyGreenlet) -> None:
        arguments = getattr(greenlet, "args", None)
        user = arguments[0] if arguments else None
        name = type(user).__name__ if isinstance(user, User) else None
        self.by_class.setdefault(name, {})[greenlet] = None

    def discard(self, greenlet: AnyGreenlet) -> None:
        # A dead greenlet has lost its arguments, and with them its class: look into every file.
        for name, members in self.by_class.items():
            if greenlet in members:
                del members[greenlet]
                self.ended.get(name, set()).discard(greenlet)
                return

    def note_end(self, greenlet: AnyGreenlet, name: str) -> None:
        """The user has ended its run: it no longer counts, but is still in the set."""
        if greenlet in self.by_class.get(name, ()):
            self.ended.setdefault(name, set()).add(greenlet)

    def __contains__(self, greenlet: object) -> bool:
        return any(greenlet in members for members in self.by_class.values())

    def __len__(self) -> int:
        return sum(map(len, self.by_class.values()))

    def __bool__(self) -> bool:
        return any(self.by_class.values())

    def __iter__(self) -> Iterator[AnyGreenlet]:
        for members in list(self.by_class.values()):
            yield from members


class UserGroup(Group):
    """gevent's Group of user greenlets, with counts and ages; see the module."""

    greenlets: Roster  # type: ignore[assignment]  # has what the Group asks of its set
    _empty_event: Event
    _discard: Callable[[AnyGreenlet], None]

    def __init__(self, greenlets: Iterable[AnyGreenlet] = ()) -> None:
        super().__init__()
        self.greenlets = Roster()
        # One bound method for all users: each greenlet keeps a link to it.
        self._on_death = self._discard
        for greenlet in greenlets:
            self.add(greenlet)

    def add(self, greenlet: AnyGreenlet) -> None:
        rawlink = getattr(greenlet, "rawlink", None)
        if rawlink is not None:
            rawlink(self._on_death)
        self.greenlets.add(greenlet)
        self._empty_event.clear()

    def user_ended(self, user: User) -> None:
        """Called by each user's greenlet as its last act."""
        if user.greenlet is not None:
            self.greenlets.note_end(user.greenlet, type(user).__name__)

    def count_by_class(self) -> dict[str, int]:
        """How many users run, by class name; classes of which none was ever started are absent."""
        ended = self.greenlets.ended
        return {
            name: len(members) - len(ended.get(name, ()))
            for name, members in self.greenlets.by_class.items()
            if name is not None
        }

    def newest(self, class_name: str, count: int) -> list[AnyGreenlet]:
        """Up to `count` greenlets of running users of that class, the one started last first."""
        latest_first = reversed(self.greenlets.by_class.get(class_name, {}))
        return list(islice((each for each in latest_first if each.args), max(0, count)))
