"""--step-load of Locust 0.14 to 1.2, as a load shape: so many users more with each step.

    locustella -f old.py --no-web -c 9 --step-load --step-clients 3 --step-time 20s

The last step is the last that fits into the users asked for; it lasts until the end of the test.
"""

from __future__ import annotations

from argparse import Namespace
from typing import ClassVar

from ..shape import LoadTestShape


class StepLoad(LoadTestShape):
    """Steps as the options say."""

    abstract: ClassVar[bool] = False
    use_common_options: ClassVar[bool] = True

    def __init__(self, options: Namespace) -> None:
        super().__init__()
        self._options = options
        self._growth: int = getattr(options, "old_step_users", 1)
        self._seconds: int = options.old_step_time

    def tick(self) -> tuple[int, float] | None:
        options, seconds = self._options, self.get_run_time()
        if options.run_time and seconds >= options.run_time:
            return None
        steps_begun = int(seconds // self._seconds) + 1
        most = (options.num_users or 1) // self._growth
        return self._growth * min(steps_begun, most), options.spawn_rate or 1


def step_load(options: Namespace) -> StepLoad | None:
    """The shape that the options ask for, if they do; ValueError if they make no sense."""
    given = [name for name in ("load", "users", "time") if hasattr(options, f"old_step_{name}")]
    if not given:
        return None
    if "load" not in given:
        raise ValueError(f"--step-{given[0]} has a meaning with --step-load only")
    if not getattr(options, "old_step_time", 0):
        raise ValueError("--step-load needs the length of a step: --step-time 20s")
    users, growth = options.num_users or 1, getattr(options, "old_step_users", 1)
    if growth > users:
        raise ValueError(f"a step of --step-load has {growth} users, and --users is {users}")
    return StepLoad(options)
