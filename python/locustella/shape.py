"""Load shapes: a class that says, second by second, how many users there are to be.

    class Steps(LoadTestShape):
        def tick(self):
            step = int(self.get_run_time() // 60) + 1
            return (step * 100, 50) if step <= 10 else None

Thread: the hub's; `tick` is called about once a second by the runner.
"""

from __future__ import annotations

import time
from abc import ABCMeta, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

from .process.names_on_demand import names_on_demand

if TYPE_CHECKING:
    from .runners import Runner
    from .user.users import User

    ShapeTick = tuple[int, float] | tuple[int, float, list[type[User]] | None]


class LoadTestShapeMeta(ABCMeta):
    """Makes subclasses concrete unless they say `abstract = True` themselves."""

    def __new__(
        mcs, classname: str, bases: tuple[type, ...], class_dict: dict[str, Any]
    ) -> LoadTestShapeMeta:
        class_dict.setdefault("abstract", False)
        return super().__new__(mcs, classname, bases, class_dict)


class LoadTestShape(metaclass=LoadTestShapeMeta):
    """Base of all load shapes; the locustfile's one subclass is found and used by itself."""

    runner: Runner | None = None  # set before the first tick
    abstract: ClassVar[bool] = True
    use_common_options: ClassVar[bool] = False  # True: --users, --spawn-rate, --run-time are read

    def __init__(self) -> None:
        self.start_time = time.perf_counter()

    def reset_time(self) -> None:
        """Lets `get_run_time` count from now."""
        self.start_time = time.perf_counter()

    def get_run_time(self) -> float:
        """Seconds since the test began."""
        return time.perf_counter() - self.start_time

    def get_current_user_count(self) -> int:
        """The users that run now."""
        assert self.runner is not None, "a shape has no users before its test starts"
        return self.runner.user_count

    @abstractmethod
    def tick(self) -> ShapeTick | None:
        """What to aim for now: (users, users started or stopped a second), or None to stop.

        A third element, a list of user classes, limits who is started. While the answer stays the
        same nothing happens.
        """


if not TYPE_CHECKING:
    __getattr__ = names_on_demand(__name__, {"Runner": ".runners"})
