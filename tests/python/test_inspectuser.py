"""Shares of tasks, as numbers and as the tables of --show-task-ratio."""

from __future__ import annotations

import json

from locustella import TaskSet, User, task
from locustella.user.inspectuser import get_ratio, print_task_ratio, print_task_ratio_json


class Nested(TaskSet):
    @task(3)
    def often(self): ...

    @task
    def seldom(self): ...


class Visitor(User):
    tasks = [Nested]
    weight = 3


class Buyer(User):
    @task
    def buy(self): ...


CLASSES = [Visitor, Buyer]


def test_shares_within_each_class_and_of_the_whole():
    spawned = {"Visitor": 3, "Buyer": 1}
    own = get_ratio(CLASSES, spawned, total=False)
    assert own["Visitor"]["ratio"] == 0.75 and own["Visitor"]["tasks"]["Nested"]["ratio"] == 1
    assert own["Visitor"]["tasks"]["Nested"]["tasks"]["often"] == {"ratio": 0.75}
    whole = get_ratio(CLASSES, spawned, total=True)
    assert whole["Visitor"]["tasks"]["Nested"]["tasks"]["often"] == {"ratio": 0.5625}
    assert whole["Buyer"]["tasks"]["buy"] == {"ratio": 0.25}


def test_nobody_spawned():
    assert get_ratio(CLASSES, {}, total=True)["Visitor"]["ratio"] == 0


def test_the_table(capsys):
    print_task_ratio(CLASSES, 4, total=False)
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert lines == [
        ["75.0", "Visitor"], ["100.0", "Nested"], ["75.0", "often"], ["25.0", "seldom"],
        ["25.0", "Buyer"], ["100.0", "buy"],
    ]  # fmt: skip


def test_fixed_counts_come_out_of_the_number_of_users(capsys):
    class Fixed(Buyer):
        fixed_count = 4

    print_task_ratio_json([Fixed, Visitor], 8)
    ratios = json.loads(capsys.readouterr().out)
    assert ratios["per_class"]["Fixed"]["ratio"] == 0.5
    assert set(ratios) == {"per_class", "total"}
