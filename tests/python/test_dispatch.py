"""Who starts next, where and when. Pauses are written down, not slept."""

from __future__ import annotations

import time
from types import SimpleNamespace

import pytest

from locustella import User
from locustella.dispatch import UsersDispatcher
from locustella.runners import WorkerNode
from locustella.running import users_dispatcher
from locustella.running.users_dispatcher import steps_of


@pytest.fixture
def pauses(monkeypatch):
    pauses = []
    monkeypatch.setattr(
        users_dispatcher,
        "gevent",
        SimpleNamespace(sleep=lambda seconds: pauses.append(round(seconds, 2))),
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


class TestSize:
    """100,000 users on 1,000 workers are worked out in less than a second."""

    @pytest.fixture
    def dispatcher(self):
        nodes = [WorkerNode(f"host{number % 40}_{number}") for number in range(1000)]
        classes = [user_class(f"U{n}", weight=n % 7 + 0.5) for n in range(18)]
        fixed = [user_class(f"F{n}", fixed_count=700) for n in range(2)]
        return UsersDispatcher(worker_nodes=nodes, user_classes=classes + fixed)

    def test_as_one_ramp_in_steps(self, pauses, dispatcher):
        began = time.perf_counter()
        last = ramp(dispatcher, 100_000, 5000)[-1]
        assert time.perf_counter() - began < 1
        assert sum(sum(users.values()) for users in last.values()) == 100_000
        assert {sum(users.values()) for users in last.values()} == {100}

    def test_when_a_worker_comes(self, pauses, dispatcher):
        ramp(dispatcher, 100_000, 1e6)
        began = time.perf_counter()
        dispatcher.add_worker(WorkerNode("another_1"))
        (moved,) = ramp(dispatcher, 100_000, 1)
        assert time.perf_counter() - began < 1
        assert sum(moved["another_1"].values()) in (99, 100)


class TestLocustsAttributes:
    def test_what_files_read_and_assign(self, pauses):
        dispatcher = one_worker(user_class("A"), user_class("B"))
        dispatcher.new_dispatch(4, 0.5)
        assert dispatcher._wait_between_dispatch == 2.0 and not dispatcher._rebalance
        dispatcher._wait_between_dispatch = 0.25
        next(dispatcher)
        assert dispatcher._users_on_workers == {"local": {"A": 1, "B": 0}}
        assert dispatcher._get_user_current_count("A") == dispatcher._current_user_count == 1
        assert len(list(dispatcher)) == 3 and pauses == [0.25] * 3
        dispatcher.add_worker(WorkerNode("another"))
        assert dispatcher._rebalance

    def test_a_part_that_is_not_called_is_told_about(self, caplog):
        class Own(UsersDispatcher):
            def _user_gen(self):
                yield "A"

        Own(worker_nodes=[WorkerNode("local")], user_classes=[user_class("A")])
        assert "Own._user_gen is not called" in caplog.text

    def test_weights_and_fixed_counts_may_change_while_it_runs(self, pauses):
        a, b = user_class("A"), user_class("B", fixed_count=1)
        dispatcher = one_worker(a, b)
        ramp(dispatcher, 2, 10)
        a.weight, b.fixed_count = 0, 3
        ramp(dispatcher, 1, 10)
        assert ramp(dispatcher, 4, 10)[-1] == {"local": {"A": 1, "B": 3}}


class TestStepsForOneWorker:
    def steps(self, dispatcher, *running):
        reports = iter(running)
        return list(steps_of(dispatcher, "local", lambda: next(reports)))

    def test_what_to_start_and_stop(self, pauses):
        dispatcher = one_worker(user_class("A"), user_class("B"))
        dispatcher.new_dispatch(3, 2)
        nobody, two = {"A": 0, "B": 0}, {"A": 1, "B": 1}
        assert self.steps(dispatcher, nobody, two, two, {"A": 2, "B": 1}, {}) == [
            ({"A": 1, "B": 1}, {"A": 1, "B": 1}),
            ({"A": 1}, {"A": 2, "B": 1}),
        ]

    def test_users_that_have_ended_are_started_again(self, pauses):
        dispatcher = one_worker(user_class("A"))
        ramp(dispatcher, 3, 10)
        dispatcher.new_dispatch(3, 1)
        assert self.steps(dispatcher, {"A": 1, "Other": 5}, {}) == [({"A": 2}, {"A": 3})]
        dispatcher.new_dispatch(2, 1)
        assert self.steps(dispatcher, {"A": 0}, {}, {}) == [({"A": 2}, {"A": 2})]

    def test_a_dispatcher_of_somebodys_own(self, pauses):
        class Doubled(UsersDispatcher):
            def __next__(self):
                step = super().__next__()
                return {worker: {n: 2 * c for n, c in users.items()}
                        for worker, users in step.items()}  # fmt: skip

        dispatcher = Doubled([WorkerNode("local")], [user_class("A")])
        dispatcher.new_dispatch(2, 10)
        assert self.steps(dispatcher, {"A": 1}) == [({"A": 3}, {"A": 4})]
