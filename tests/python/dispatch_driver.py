"""Puts a users dispatcher through a random but repeatable life and writes down all that it says.

    python dispatch_driver.py locust FIRST_SEED LAST_SEED     # prints {"1": [...], ...} as JSON

test_dispatch_against_stock.py runs it over Locust's class and over ours: the two lists must be the
same. Pauses are written down, not slept, and the clock is the script's.
"""

from __future__ import annotations

import importlib
import json
import random
import sys
from types import SimpleNamespace
from typing import Any

WEIGHTS = [0, 1, 1, 2, 5, 10, 0.1, 0.5, 2.5, 1 / 3, 97, 1e-6, 1e9]
FIXED = [0, 0, 0, 0, 1, 2, 3, 7, 20]
RATES = [0.1, 0.5, 0.99, 1, 1.5, 2, 3.7, 10, 33.3, 1000, 1e9, 1e300]
USERS = [0, 1, 2, 3, 5, 8, 13, 21, 40, 75, 150, 7.5, 12.0]
MOST_OBSERVATIONS = 400


class Life:
    """One dispatcher, the workers it knows, and what it has said."""

    def __init__(self, module: Any, user: type, worker: type, seed: int) -> None:
        self.chance = random.Random(seed)
        self.worker = worker
        self.now = 1000.0
        self.seen: list[str] = []
        self.over = False
        module.time = SimpleNamespace(perf_counter=lambda: self.now)
        module.gevent = SimpleNamespace(sleep=self.sleep)
        names = [f"{self.chance.choice('ABCXYZ')}{n}" for n in range(self.chance.randint(1, 6))]
        self.classes = [type(name, (user,), self.numbers()) for name in names]
        self.ids = [self.new_id() for _ in range(self.chance.choice([1, 1, 2, 3, 8]))]
        self.dispatcher = module.UsersDispatcher([worker(id) for id in self.ids], self.classes)

    def numbers(self) -> dict[str, Any]:
        return {
            "weight": self.chance.choice(WEIGHTS),
            "fixed_count": self.chance.choice(FIXED),
            "abstract": False,
        }

    def new_id(self) -> str:
        return f"{self.chance.choice(['host', 'a', 'Z-9', 'ä'])}_{self.chance.randrange(10**6)}"

    def note(self, *what: Any) -> None:
        if not self.over:
            self.seen.append(json.dumps(what, sort_keys=True))
        dispatcher = self.dispatcher
        # Locust loses count where it cannot place all users anew: nothing to compare from there on.
        lost_count = dispatcher._current_user_count != dispatcher.get_current_user_count()
        self.over |= lost_count or len(self.seen) >= MOST_OBSERVATIONS

    def sleep(self, seconds: float) -> None:
        self.note("pause", seconds)
        self.now += seconds
        if not self.over:
            self.perhaps_change_workers(0.05)

    def perhaps_change_workers(self, likely: float) -> None:
        if self.chance.random() > likely:
            return
        if self.ids and self.chance.random() < 0.5:
            gone = self.chance.choice(self.ids)
            self.ids = [id for id in self.ids if id != gone]
            self.dispatcher.remove_worker(self.worker(gone))
        else:
            again = self.ids and self.chance.random() < 0.1
            self.ids.append(self.chance.choice(self.ids) if again else self.new_id())
            self.dispatcher.add_worker(self.worker(self.ids[-1]))
        self.note("workers", self.ids, self.dispatcher._rebalance)

    def perhaps_change_numbers(self) -> None:
        if self.chance.random() < 0.1:
            for name, value in self.numbers().items():
                setattr(self.chance.choice(self.classes), name, value)

    def ramp(self) -> None:
        chosen = None
        if self.chance.random() < 0.2:
            chosen = self.chance.sample(self.classes, self.chance.randint(1, len(self.classes)))
        users, rate = self.chance.choice(USERS), self.chance.choice(RATES)
        self.perhaps_change_numbers()
        dispatcher = self.dispatcher
        # Locust remembers from a ramp that was cut short that nobody was left to start.
        self.over |= getattr(dispatcher, "_no_user_to_spawn", False)
        dispatcher.new_dispatch(users, rate, chosen)
        self.note("ramp", users, rate, chosen and [cls.__name__ for cls in chosen])
        most_steps = self.chance.choice([1, 3, 1000, 1000])
        while most_steps and not self.over:
            most_steps -= 1
            try:
                step = next(dispatcher)
            except StopIteration:
                self.note("over", dispatcher.dispatch_iteration_durations)
                return
            self.note(
                step,
                dispatcher._rebalance,
                dispatcher.dispatch_in_progress,
                dispatcher._wait_between_dispatch,
                [dispatcher._get_user_current_count(cls.__name__) for cls in self.classes],
            )
            self.now += self.chance.choice([0, 0.01, 0.5, 3])
            self.perhaps_change_workers(0.1)


DISPATCHERS = {"locust": "locust.dispatch", "locustella": "locustella.running.users_dispatcher"}


def live(package: str, seed: int) -> list[str]:
    """All that the dispatcher of `package` said in this life."""
    module = importlib.import_module(DISPATCHERS[package])
    user = importlib.import_module(package).User
    worker = importlib.import_module(f"{package}.runners").WorkerNode
    real = module.time, module.gevent
    try:
        life = Life(module, user, worker, seed)
        for _ in range(12):
            if life.over:
                break
            life.ramp()
            life.perhaps_change_workers(0.3)
    finally:
        module.time, module.gevent = real
    return life.seen


if __name__ == "__main__":
    seeds = range(int(sys.argv[2]), int(sys.argv[3]) + 1)
    print(json.dumps({seed: live(sys.argv[1], seed) for seed in seeds}))
