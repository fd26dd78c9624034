"""What a MarkovTaskSet class must look like; its walk is in test_taskset_run."""

from __future__ import annotations

import logging

import pytest

from locustella import MarkovTaskSet, User, tag, transition, transitions
from locustella.user.markov_taskset import (
    InvalidTransitionError,
    MarkovTaskTagError,
    NoMarkovTasksError,
    NonMarkovTaskTransitionError,
)
from locustella.user.task import filter_tasks_by_tags


def test_weights_become_lists_to_draw_from():
    class Walk(MarkovTaskSet):
        @transition("b", weight=2)
        @transition("a")
        def a(self): ...

        @transitions({"a": 3})
        def b(self): ...

        @transitions(["a", ("b", 2)])
        def c(self): ...

    assert sorted(Walk.a.transitions) == ["a", "b", "b"]
    assert Walk.b.transitions == ["a", "a", "a"]
    assert Walk.c.transitions == ["a", "b", "b"]
    assert Walk.current is Walk.a and Walk.abstract is False


def test_an_abstract_one_is_not_checked():
    class Base(MarkovTaskSet):
        abstract = True

    with pytest.raises(NoMarkovTasksError, match="Sub"):
        type("Sub", (Base,), {})


def test_a_transition_to_nowhere():
    with pytest.raises(InvalidTransitionError, match="nowhere"):

        class _(MarkovTaskSet):
            @transition("nowhere")
            def a(self): ...


def test_a_transition_to_a_dead_end():
    with pytest.raises(NonMarkovTaskTransitionError, match="plain"):

        class _(MarkovTaskSet):
            @transition("plain")
            def a(self): ...

            def plain(self): ...


def test_tags_are_refused():
    with pytest.raises(MarkovTaskTagError, match="tagged"):

        class _(MarkovTaskSet):
            @tag("x")
            @transition("tagged")
            def tagged(self): ...


def test_run_is_refused():
    with pytest.raises(Exception, match="run"):

        class _(MarkovTaskSet):
            @transition("run")
            def run(self): ...


def test_unreachable_tasks_are_warned_about(caplog):
    with caplog.at_level(logging.WARNING):

        class Walk(MarkovTaskSet):
            @transitions({"a": 1, "b": 0})
            def a(self): ...

            @transition("a")
            def b(self): ...

    assert "b never runs" in caplog.text and "Walk" in caplog.text


def test_filtering_by_tags_leaves_it_alone():
    class Walk(MarkovTaskSet):
        @transition("a")
        def a(self): ...

    class Visitor(User):
        tasks = [Walk]

    filter_tasks_by_tags(Visitor, tags={"anything"})
    assert Visitor.tasks == [Walk]
