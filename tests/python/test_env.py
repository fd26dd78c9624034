"""The environment: what it checks and what it changes on classes."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from locustella import LoadTestShape, TaskSet, User, tag, task
from locustella.env import Environment
from locustella.event import Events


def user_class(name="Visitor", **body):
    return type(name, (User,), body)


def test_defaults():
    environment = Environment()
    assert environment.user_classes == [] and isinstance(environment.events, Events)
    assert environment.runner is None and environment.web_ui is None
    assert environment.process_exit_code is None and environment.stop_timeout == 0


def test_classes_of_weight_zero_are_dropped_unless_their_count_is_fixed():
    zero, fixed, usual = (
        user_class("Zero", weight=0),
        user_class("Fixed", weight=0, fixed_count=1),
        user_class("Usual", weight=0.5),
    )
    environment = Environment(user_classes=[zero, fixed, usual])
    assert environment.user_classes == [fixed, usual]
    assert environment.user_classes_by_name == {"Fixed": fixed, "Usual": usual}
    with pytest.raises(ValueError, match="weight above 0"):
        Environment(user_classes=[zero])


def test_two_classes_of_one_name():
    with pytest.raises(ValueError, match="same class name: .*Visitor, .*Visitor"):
        Environment(user_classes=[user_class(), user_class()])


def test_the_shape_is_an_instance():
    with pytest.raises(ValueError, match="instance"):
        Environment(shape_class=LoadTestShape)


@pytest.mark.parametrize(
    "given, options, seconds",
    [(None, None, 0), (None, SimpleNamespace(stop_timeout=7), 7), (3, None, 3), (0, 7, 0)],
)
def test_the_stop_timeout_comes_from_the_argument_or_the_options(given, options, seconds):
    assert Environment(stop_timeout=given, parsed_options=options).stop_timeout == seconds


def tagged_class():
    @tag("a")
    def first(user): ...

    @tag("b")
    def second(user): ...

    return user_class(tasks=[first, second])


@pytest.mark.parametrize(
    "settings, left",
    [
        ({"tags": ["a"]}, ["first"]),
        ({"exclude_tags": ["a"]}, ["second"]),
        ({"parsed_options": SimpleNamespace(tags=["b"], exclude_tags=None)}, ["second"]),
        ({"tags": ["a"], "parsed_options": SimpleNamespace(tags=["b"])}, ["first"]),
        ({"parsed_options": SimpleNamespace(tags=[], exclude_tags=[])}, ["first", "second"]),
    ],
)
def test_filtering_by_tags(settings, left):
    cls = tagged_class()
    environment = Environment(user_classes=[cls], **settings)
    environment._filter_tasks_by_tags()
    assert [inner.__name__ for inner in cls.tasks] == left


def test_tags_are_applied_once():
    cls = tagged_class()
    environment = Environment(user_classes=[cls], tags=["a"])
    environment._filter_tasks_by_tags()
    cls.tasks = list(tagged_class().tasks)
    environment._filter_tasks_by_tags()
    assert len(cls.tasks) == 2


def test_equal_weights_flatten_the_tasks():
    def a(user): ...

    class Nested(TaskSet):
        @task(5)
        def b(self): ...

    cls = user_class(tasks={a: 3, Nested: 2}, weight=9)
    Environment(user_classes=[cls]).assign_equal_weights()
    assert cls.weight == 1 and set(cls.tasks) == {a, Nested.b} and len(cls.tasks) == 2
    assert len(Nested.tasks) == 5


def test_changing_a_class_by_name():
    def a(user): ...
    def b(user): ...

    cls = user_class(tasks=[a, b])
    environment = Environment(
        available_user_classes={"Visitor": cls}, available_user_tasks={"Visitor": cls.tasks}
    )
    environment.update_user_class(
        {"user_class_name": "Visitor", "host": "http://x", "weight": 3, "tasks": ["b"]}
    )
    assert (cls.host, cls.weight, cls.tasks) == ("http://x", 3, [b])
    assert cls.json() == {"host": "http://x", "weight": 3, "fixed_count": 0, "tasks": ["b"]}
    with pytest.raises(KeyError):
        environment.update_user_class({"user_class_name": "Nobody"})


def test_logs_of_workers():
    environment = Environment()
    environment.update_worker_logs({"worker_id": "w", "logs": ["line"]})
    environment.update_worker_logs({"logs": ["nobody's"]})
    assert environment.worker_logs == {"w": ["line"]}
