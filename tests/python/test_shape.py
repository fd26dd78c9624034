"""Load shapes: which classes are shapes, and their clock."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from locustella import LoadTestShape, shape
from locustella.command.locustfile_loader import is_shape_class


class Usual(LoadTestShape):
    def tick(self):
        return None


def test_subclasses_are_concrete_unless_they_say_so():
    class Base(LoadTestShape):
        abstract = True

    class Sub(Base):
        def tick(self):
            return 1, 1

    assert [is_shape_class(cls) for cls in (LoadTestShape, Base, Sub)] == [False, False, True]


def test_a_shape_needs_a_tick():
    with pytest.raises(TypeError, match="tick"):
        type("Lazy", (LoadTestShape,), {})()


def test_its_clock_can_be_reset(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(shape, "time", SimpleNamespace(perf_counter=lambda: now[0]))
    usual = Usual()
    now[0] = 130
    assert usual.get_run_time() == 30
    usual.reset_time()
    now[0] = 131
    assert usual.get_run_time() == 1


def test_it_sees_the_runners_users():
    usual = Usual()
    usual.runner = SimpleNamespace(user_count=7)
    assert usual.get_current_user_count() == 7
