"""User classes, their names, their hosts, and what a single user can be asked."""

from __future__ import annotations

import pytest

from locustella import HttpUser, SequentialTaskSet, TaskSet, User, task
from locustella.env import Environment
from locustella.exception import MissingHostError, StopTest


def test_being_abstract_is_not_inherited():
    class Base(User):
        abstract = True

    class Sub(Base): ...

    assert (User.abstract, HttpUser.abstract, Base.abstract, Sub.abstract) == (
        True,
        True,
        True,
        False,
    )


def test_fullname_leaves_out_the_function_around():
    class Inner(User): ...

    assert Inner.fullname() == f"{__name__}.test_fullname_leaves_out_the_function_around.Inner"


def test_an_http_user_needs_a_host():
    class Visitor(HttpUser):
        @task
        def work(self): ...

    with pytest.raises(MissingHostError, match="Visitor has no host.*--host http://"):
        Visitor(Environment())
    assert issubclass(MissingHostError, StopTest)


def test_the_client_knows_its_user_and_host():
    class Visitor(HttpUser):
        host = "http://127.0.0.1:1"

    environment = Environment()
    user = Visitor(environment)
    assert user.client.base_url == "http://127.0.0.1:1" and user.client.user is user
    assert user.client.request_event is environment.events.request
    assert user.client.trust_env is False
    assert TaskSet(user).client is user.client


def test_a_user_in_an_unknown_state_cannot_be_stopped():
    user = User(Environment())
    user._state = "dancing"
    with pytest.raises(Exception, match="dancing"):
        user.stop()


def test_context_is_empty_until_overridden():
    assert User(Environment()).context() == {}


def test_a_user_carries_little():
    class Visitor(User): ...

    assert set(vars(Visitor(Environment()))) == {"environment", "_cp_last_run"}


def test_nested_task_sets_know_the_user_and_their_parent():
    class Outer(SequentialTaskSet):
        @task
        def work(self): ...

    user = User(Environment())
    outer = Outer(user)
    inner = TaskSet(outer)
    assert inner.user is user and inner.parent is outer and outer.parent is user
