"""Event hooks: order, errors, measuring."""

from __future__ import annotations

import asyncio

import pytest

from locustella import log
from locustella.event import EventHook, Events
from locustella.exception import (
    InterruptTaskSet,
    RescheduleTask,
    RescheduleTaskImmediately,
    StopTest,
    StopUser,
)


@pytest.fixture(autouse=True)
def no_unhandled_exception(monkeypatch):
    monkeypatch.setattr(log, "unhandled_greenlet_exception", False)


def test_listeners_run_in_order_and_in_reverse():
    hook, called = EventHook(), []
    for name in "abc":
        hook.add_listener(lambda name=name, **_: called.append(name))
    hook.fire()
    hook.fire(reverse=True)
    assert called == ["a", "b", "c", "c", "b", "a"]


def test_add_listener_is_a_decorator_and_remove_undoes_it():
    hook = EventHook()

    @hook.add_listener
    def listener(value):
        called.append(value)

    called = []
    hook.fire(value=1)
    hook.remove_listener(listener)
    hook.fire(value=2)
    assert called == [1]
    with pytest.raises(ValueError):
        hook.remove_listener(listener)


def test_listeners_may_add_and_remove_listeners():
    hook, called = EventHook(), []

    def first():
        called.append("first")
        hook.remove_listener(first)
        hook.add_listener(lambda: called.append("new"))

    hook.add_listener(first)
    hook.add_listener(lambda: called.append("second"))
    hook.fire()
    assert called == ["first", "second"]
    hook.fire()
    assert called[2:] == ["second", "new"]


def test_an_error_is_logged_remembered_and_stops_nobody_else(caplog):
    hook, called = EventHook(), []
    hook.add_listener(lambda: 1 / 0)
    hook.add_listener(lambda: called.append(1))
    hook.fire()
    assert called == [1] and "ZeroDivisionError" in caplog.text
    assert log.unhandled_greenlet_exception is True


@pytest.mark.parametrize(
    "steering",
    [StopUser, StopTest, RescheduleTask, RescheduleTaskImmediately, InterruptTaskSet],
)
def test_what_steers_a_user_is_the_callers(steering):
    hook, called = EventHook(), []

    def steer():
        raise steering()

    hook.add_listener(steer)
    hook.add_listener(lambda: called.append(1))
    with pytest.raises(steering):
        hook.fire()
    assert called == [] and log.unhandled_greenlet_exception is False


@pytest.mark.filterwarnings("ignore:coroutine")
def test_an_async_listener_is_harmless():
    hook = EventHook()

    async def listener(**kwargs):
        await asyncio.sleep(0)

    hook.add_listener(listener)
    hook.fire(value=1)
    assert log.unhandled_greenlet_exception is False


class TestMeasure:
    def fired(self, hook):
        seen = []
        hook.add_listener(lambda **kwargs: seen.append(kwargs))
        return seen

    def test_a_block_becomes_a_request(self):
        hook = EventHook()
        seen = self.fired(hook)
        with hook.measure("MQTT", "publish", response_length=3, context={"who": 1}) as meta:
            meta["name"] = "renamed"
            assert seen == []
        (event,) = seen
        assert event["response_time"] >= 0 and event["start_time"] > 1e9
        assert {key: event[key] for key in ("request_type", "name", "response_length")} == {
            "request_type": "MQTT",
            "name": "renamed",
            "response_length": 3,
        }
        assert event["exception"] is None and event["context"] == {"who": 1}

    def test_an_exception_is_the_failure(self):
        hook = EventHook()
        seen = self.fired(hook)
        error = ValueError("broken")
        with hook.measure("MQTT", "publish"):
            raise error
        assert seen[0]["exception"] is error

    def test_a_kill_is_recorded_and_goes_on(self):
        hook = EventHook()
        seen = self.fired(hook)
        with pytest.raises(KeyboardInterrupt), hook.measure("MQTT", "publish"):
            raise KeyboardInterrupt
        assert len(seen) == 1


def test_all_hooks_are_there_and_separate():
    events, others = Events(), Events()
    names = (
        "request user_error report_to_master worker_report worker_connect spawning_complete "
        "quitting quit init init_command_line_parser test_start test_stopping test_stop "
        "reset_stats cpu_warning heartbeat_sent heartbeat_received usage_monitor"
    ).split()
    hooks = [getattr(events, name) for name in names]
    assert all(isinstance(hook, EventHook) for hook in hooks)
    assert len(set(map(id, hooks))) == len(names)
    assert events.request is not others.request
    with pytest.raises(AttributeError, match="no_such_hook"):
        _ = events.no_such_hook


def test_a_subclass_has_hooks_of_its_own():
    class More(Events):
        login: EventHook

    assert isinstance(More().login, EventHook) and isinstance(More().request, EventHook)
