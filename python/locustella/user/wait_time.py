"""How long a user waits between two tasks, in seconds.

    class Visitor(HttpUser):
        wait_time = between(1, 3.5)

Each function here returns a function that is called as a method of the user (or of the task set
that declares it) before every wait.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from time import perf_counter
from typing import TYPE_CHECKING

from .._core import wait_after_task

if TYPE_CHECKING:
    from .task import TaskSet
    from .users import User

WaitTime = Callable[["User | TaskSet"], float]


def between(min_wait: float, max_wait: float) -> WaitTime:
    """A random wait, each length from `min_wait` to `max_wait` seconds as likely as another."""
    spread = max_wait - min_wait

    def wait_time(user: User | TaskSet) -> float:
        return min_wait + random.random() * spread

    return wait_time


def constant(wait_time: float) -> WaitTime:
    """The same wait every time, in seconds; 0 for none."""
    seconds = wait_time

    def constant_wait_time(user: User | TaskSet) -> float:
        return seconds

    return constant_wait_time


def constant_pacing(wait_time: float) -> WaitTime:
    """Waits what is left of `wait_time` seconds, so that tasks START that far apart.

    A task that takes longer is followed by no wait, and the lost time is not made up for later.
    The first interval counts from the construction of the user (or task set).
    """
    interval = wait_time

    def pacing_wait_time(user: User | TaskSet) -> float:
        now = perf_counter()
        left = wait_after_task(interval, now - user._cp_last_run - user._cp_last_wait_time)
        user._cp_last_wait_time = left
        user._cp_last_run = now
        return left

    return pacing_wait_time


def constant_throughput(task_runs_per_second: float) -> WaitTime:
    """At most this many task runs a second, per user: `constant_pacing` of the reciprocal.

    Counts tasks, not the requests that one task makes. ValueError unless positive.
    """
    if task_runs_per_second <= 0:
        raise ValueError(
            f"constant_throughput() takes a rate above 0, not {task_runs_per_second}"
        )
    return constant_pacing(1 / task_runs_per_second)


def poisson(rate: float) -> WaitTime:
    """Exponentially distributed waits of 1/`rate` seconds on average.

    Tasks then begin like independent visitors do, in clusters and gaps, `rate` of them a second
    on average as long as they are short. ValueError unless positive.
    """
    if rate <= 0:
        raise ValueError(f"poisson() takes a rate above 0, not {rate}")

    def poisson_wait_time(user: User | TaskSet) -> float:
        return random.expovariate(rate)

    return poisson_wait_time
