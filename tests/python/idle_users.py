"""A local runner with users that do nothing, and what happens to it."""

from __future__ import annotations

from waiting import until

from locustella import User, constant, task
from locustella.env import Environment


class Waiting(User):
    abstract = True
    wait_time = constant(1000)


class Idle(Waiting):
    @task
    def work(self): ...


def make(*classes, **settings):
    environment = Environment(user_classes=list(classes or [Idle]), **settings)
    return environment, environment.create_local_runner()


def heard(environment, *names):
    """A list that gets the name of each of these events when it fires."""
    lines = []
    for name in names:
        getattr(environment.events, name).add_listener(
            lambda name=name, **kwargs: lines.append(name)
        )
    return lines


def started(runner, count, rate=1000):
    runner.start(count, rate)
    until(lambda: runner.state == "running" and runner.user_count == count)
    return runner
