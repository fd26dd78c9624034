"""The group of running users: its counts and ages, while users come and go."""

from __future__ import annotations

import gevent
import pytest
from waiting import until

from locustella import User, constant, task
from locustella.env import Environment
from locustella.running.user_group import UserGroup


class Visitor(User):
    wait_time = constant(1000)

    @task
    def work(self): ...


class Buyer(Visitor): ...


@pytest.fixture
def group():
    group = UserGroup()
    yield group
    group.kill()


def start(group, cls, count=1):
    environment = Environment()
    return [cls(environment).start(group) for _ in range(count)]


def test_counts_by_class(group):
    start(group, Visitor, 2)
    start(group, Buyer)
    assert group.count_by_class() == {"Visitor": 2, "Buyer": 1}
    assert len(group) == 3 and len(list(group)) == 3


def test_the_user_is_the_greenlets_one_argument(group):
    (greenlet,) = start(group, Visitor)
    assert type(greenlet.args[0]) is Visitor and len(greenlet.args) == 1


def test_the_newest_first(group):
    greenlets = start(group, Visitor, 4)
    start(group, Buyer)
    assert group.newest("Visitor", 2) == greenlets[:1:-1]
    assert group.newest("Visitor", 99) == greenlets[::-1]
    assert group.newest("Nobody", 1) == [] and group.newest("Visitor", -1) == []


@pytest.mark.parametrize("how", ["kill", "killone", "by itself", "discard"])
def test_users_that_end_are_no_longer_counted(group, how):
    greenlets = start(group, Visitor, 3)
    gevent.sleep(0)
    if how == "kill":
        greenlets[1].kill()
    elif how == "killone":
        group.killone(greenlets[1])
    elif how == "discard":
        group.discard(greenlets[1])
        assert greenlets[1].args
    else:
        greenlets[1].args[0]._greenlet.kill(block=False)
        until(lambda: len(group) == 2)
    assert group.count_by_class() == {"Visitor": 2}
    until(lambda: greenlets[1] not in group)
    assert group.count_by_class() == {"Visitor": 2} and greenlets[0] in group
    assert group.newest("Visitor", 9) == [greenlets[2], greenlets[0]]
    greenlets[1].kill()


def test_it_is_still_a_group(group):
    start(group, Visitor, 3)
    other = group.spawn(lambda: "no user")
    assert len(group) == 4 and group.count_by_class() == {"Visitor": 3}
    other.join()
    group.kill()
    assert len(group) == 0 and not group.greenlets and group.join(timeout=1)


def test_greenlets_can_be_given_at_construction():
    greenlet = gevent.spawn(lambda: None)
    group = UserGroup([greenlet])
    assert len(group) == 1
    group.join()
    assert len(group) == 0
