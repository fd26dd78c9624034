"""Who starts next, where and when. Pauses are written down, not slept."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from locustella import User, dispatch
from locustella.dispatch import UsersDispatcher
from locustella.runners import WorkerNode


@pytest.fixture
def pauses(monkeypatch):
    pauses = []
    monkeypatch.setattr(
        dispatch, "gevent", SimpleNamespace(sleep=lambda seconds: pauses.append(round(seconds, 2)))
    )
    return pauses


def user_class(name, weight=1, fixed_count=0):
    return type(name, (User,), {"weight": weight, "fixed_count": fixed_count})


def ramp(dispatcher, count, rate, classes=None):
    dispatcher.new_dispatch(count, rate, classes)
    return list(dispatcher)


def one_worker(*classes):
    return UsersDispatcher(worker_nodes=[WorkerNode("local")], user_classes=list(classes))


class TestRamps:
    def test_up_step_by_step_at_the_rate(self, pauses):
        steps = ramp(one_worker(user_class("B"), user_class("A")), 5, 2)
        assert steps == [
            {"local": {"A": 1, "B": 1}},
            {"local": {"A": 2, "B": 2}},
            {"local": {"A": 3, "B": 2}},
        ]
        assert pauses == [1.0, 1.0]

    @pytest.mark.parametrize(
        "rate, steps, pause", [(0.5, 3, 2.0), (1, 3, 1.0), (2.5, 2, 0.8), (1000, 1, None)]
    )
    def test_rates(self, pauses, rate, steps, pause):
        assert len(ramp(one_worker(user_class("A")), 3, rate)) == steps
        assert pauses == [pause] * (steps - 1)

    def test_down_the_newest_first(self, pauses):
        dispatcher = one_worker(user_class("A", weight=3), user_class("B"))
        up = ramp(dispatcher, 6, 1)
        down = ramp(dispatcher, 0, 1)
        assert down[:-1] == up[-2::-1] and down[-1] == {"local": {"A": 0, "B": 0}}

    def test_no_change_is_one_step(self, pauses):
        dispatcher = one_worker(user_class("A"))
        ramp(dispatcher, 3, 10)
        assert ramp(dispatcher, 3, 10) == [{"local": {"A": 3}}] and pauses == []

    def test_another_choice_of_classes_from_now_on(self, pauses):
        a, b = user_class("A"), user_class("B")
        dispatcher = one_worker(a, b)
        ramp(dispatcher, 2, 10)
        assert ramp(dispatcher, 4, 10, [b])[-1] == {"local": {"A": 1, "B": 3}}

    def test_a_class_that_was_not_there_before(self, pauses):
        dispatcher = one_worker(user_class("A"))
        ramp(dispatcher, 1, 10)
        assert ramp(dispatcher, 3, 10, [user_class("New")])[-1] == {"local": {"A": 1, "New": 2}}

    def test_what_it_yields_is_the_callers_to_keep(self, pauses):
        dispatcher = one_worker(user_class("A"))
        dispatcher.new_dispatch(2, 1)
        first = next(dispatcher)
        first["local"]["A"] = 99
        assert next(dispatcher) == {"local": {"A": 2}}

    @pytest.mark.parametrize(
        "count, rate", [(-1, 1), (1, 0), (1, -2), (1, float("nan")), (1, float("inf"))]
    )
    def test_impossible_numbers(self, count, rate):
        with pytest.raises(ValueError):
            one_worker(user_class("A")).new_dispatch(count, rate)

    def test_progress_and_durations(self, pauses):
        dispatcher = one_worker(user_class("A"))
        dispatcher.new_dispatch(2, 1)
        assert not dispatcher.dispatch_in_progress
        next(dispatcher)
        assert dispatcher.dispatch_in_progress and dispatcher.get_current_user_count() == 1
        assert len(list(dispatcher)) == 1
        assert not dispatcher.dispatch_in_progress
        assert len(dispatcher.dispatch_iteration_durations) == 2


class TestFixedCounts:
    def test_they_come_first_whatever_their_weight(self, pauses):
        fixed = user_class("Z", weight=0, fixed_count=2)
        steps = ramp(one_worker(user_class("A", weight=9), fixed), 4, 1)
        assert [step["local"]["Z"] for step in steps] == [1, 2, 2, 2]

    def test_only_fixed_ones_and_none_left_to_start(self, pauses):
        steps = ramp(one_worker(user_class("F", fixed_count=2)), 10, 1)
        assert steps[-1] == {"local": {"F": 2}}

    def test_a_removed_one_comes_back_first(self, pauses):
        dispatcher = one_worker(user_class("A"), user_class("F", fixed_count=2))
        ramp(dispatcher, 4, 10)
        ramp(dispatcher, 1, 10)
        assert ramp(dispatcher, 2, 10)[-1] == {"local": {"A": 0, "F": 2}}


class TestWorkers:
    def test_users_go_to_the_workers_in_turn(self, pauses):
        nodes = [WorkerNode(f"host_{n}") for n in range(3)]
        dispatcher = UsersDispatcher(worker_nodes=nodes, user_classes=[user_class("A")])
        totals = [users["A"] for users in ramp(dispatcher, 8, 100)[-1].values()]
        assert sorted(totals) == [2, 3, 3]

    def test_hosts_fill_up_evenly(self, pauses):
        nodes = [WorkerNode(name) for name in ("a_1", "a_2", "b_1", "b_2")]
        dispatcher = UsersDispatcher(worker_nodes=nodes, user_classes=[user_class("A")])
        users = ramp(dispatcher, 2, 100)[-1]
        assert users["a_1"]["A"] == users["b_1"]["A"] == 1

    def test_a_worker_that_comes_gets_its_share(self, pauses):
        dispatcher = UsersDispatcher(
            worker_nodes=[WorkerNode("h_1")], user_classes=[user_class("A")]
        )
        ramp(dispatcher, 4, 100)
        dispatcher.add_worker(WorkerNode("h_2"))
        assert ramp(dispatcher, 4, 100) == [{"h_1": {"A": 2}, "h_2": {"A": 2}}]

    def test_a_worker_that_goes_leaves_its_users_to_the_others(self, pauses):
        nodes = [WorkerNode("h_1"), WorkerNode("h_2")]
        dispatcher = UsersDispatcher(worker_nodes=list(nodes), user_classes=[user_class("A")])
        dispatcher.new_dispatch(6, 1)
        next(dispatcher), next(dispatcher)
        dispatcher.remove_worker(nodes[1])
        assert list(dispatcher)[-1] == {"h_1": {"A": 6}}
