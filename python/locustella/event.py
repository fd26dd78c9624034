"""Event hooks: named moments of a test that listeners are called at.

    @events.request.add_listener
    def on_request(request_type, name, response_time, exception, **kwargs):
        ...

A listener gets keyword arguments; take `**kwargs` to be safe from new ones. An exception in a
listener is logged and the next listener runs, except for the exceptions that steer a user
(StopUser, InterruptTaskSet, ...): those are the caller's.

Thread: the hub's; listeners run in the greenlet that fires the event and may block.
"""

from __future__ import annotations

import inspect
import logging
import time
import traceback
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from . import _core, log
from .exception import (
    InterruptTaskSet,
    RescheduleTask,
    RescheduleTaskImmediately,
    StopTest,
    StopUser,
)
from .legacy.events import LEGACY_EVENTS, accepting_only_its_own, find_listener, legacy_hook
from .legacy.warnings import warn_once

# Called with the event's keyword arguments; what it returns is passed over.
Listener = TypeVar("Listener", bound=Callable[..., object])

_STEERING = (StopUser, StopTest, RescheduleTask, RescheduleTaskImmediately, InterruptTaskSet)


def _log_uncaught(error: BaseException) -> None:
    text = "".join(traceback.format_exception(error))
    logging.error("Uncaught exception in event handler: \n%s", text)
    log.unhandled_greenlet_exception = True


# For requests that no Python runs for but their listeners: bindings/response/listeners.hpp.
_core.set_listeners(_STEERING, _log_uncaught)


class EventHook:
    """A list of listeners that `fire` calls in the order in which they were added.

    Files may make hooks of their own: `on_login = EventHook()`.
    """

    def __init__(self) -> None:
        self._handlers: list[Callable[..., object]] = []

    def add_listener(self, handler: Listener) -> Listener:
        """Adds `handler` and returns it, so that this works as a decorator."""
        self._handlers.append(handler)
        return handler

    def remove_listener(self, handler: Callable[..., object]) -> None:
        """Removes `handler`; ValueError if it does not listen."""
        self._handlers.remove(handler)

    def fire(self, *, reverse: bool = False, **kwargs: Any) -> None:
        """Calls every listener with `kwargs`; with `reverse`, the one added last comes first.

        Listeners may add and remove listeners: that counts from the next event on.
        """
        for handler in self._handlers[::-1] if reverse else self._handlers[:]:
            try:
                handler(**kwargs)
            except _STEERING:
                raise
            except Exception as error:
                _log_uncaught(error)

    @contextmanager
    def measure(
        self,
        request_type: str,
        name: str,
        response_length: int = 0,
        context: dict[str, Any] | None = None,
    ) -> Generator[dict[str, Any], None, None]:
        """Times a block and fires this event (meant for `events.request`) at its end.

            with self.environment.events.request.measure("MQTT", "publish") as meta:
                meta["response_length"] = publish()

        The dict given to the block is what the event gets, plus `response_time` in milliseconds.
        An exception in the block is recorded as the request's failure and does not leave it.
        """
        meta: dict[str, Any] = {
            "request_type": request_type,
            "name": name,
            "response_length": response_length,
            "context": context or {},
            "exception": None,
            "start_time": time.time(),
        }
        began = time.perf_counter()
        try:
            yield meta
        except Exception as error:
            meta["exception"] = error
        finally:
            meta["response_time"] = (time.perf_counter() - began) * 1000
            self.fire(**meta)

    def __iadd__(self, handler: Callable[..., object]) -> EventHook:
        warn_once("events.<name> += listener", "1.0", "use events.<name>.add_listener(listener)")
        self.add_listener(accepting_only_its_own(handler))
        return self

    def __isub__(self, handler: Callable[..., object]) -> EventHook:
        self.remove_listener(find_listener(self._handlers, handler))
        return self


class DeprecatedEventHook(EventHook):
    """A hook that logs `message` whenever somebody begins to listen to it."""

    def __init__(self, message: str) -> None:
        self.message = message
        super().__init__()

    def add_listener(self, handler: Listener) -> Listener:
        logging.warning(self.message)
        return super().add_listener(handler)


class Events:
    """All hooks of one test. `locust.events` is the instance that a locustfile uses.

    Each comment names what the listeners get. A subclass gets a hook for every attribute that it
    annotates as EventHook.
    """

    # A request is over. request_type, name: its row in the statistics; response_time: milliseconds
    # or None; response_length: bytes; exception: None on success; context: dict; and, from HTTP
    # clients, response, start_time (seconds since the epoch) and url.
    request: EventHook
    # A task or on_start raised. user_instance (the User or TaskSet), exception, tb.
    user_error: EventHook
    # A worker is about to report to its master. client_id, data: a dict to put more into.
    report_to_master: EventHook
    # The master got a worker's report. client_id, data.
    worker_report: EventHook
    # A worker said hello to the master. client_id.
    worker_connect: EventHook
    # A ramp-up is over. user_count: the users that were started, over all workers.
    spawning_complete: EventHook
    # The process is about to end; listeners run last added first. environment.
    quitting: EventHook
    # The very last event. exit_code.
    quit: EventHook
    # Environment and runner exist, nothing runs yet. environment (and runner, web_ui).
    init: EventHook
    # Command line options may be added. parser.
    init_command_line_parser: EventHook
    # A test starts, on every node; not at later changes of the user count. environment.
    test_start: EventHook
    # A test is about to stop; the users still run. environment.
    test_stopping: EventHook
    # A test has stopped; no user runs. environment.
    test_stop: EventHook
    # Somebody reset the statistics. No arguments.
    reset_stats: EventHook
    # This process uses more than runners.CPU_WARNING_THRESHOLD percent. environment, cpu_usage.
    cpu_warning: EventHook
    # The master sent a heartbeat. client_id, timestamp: seconds since the epoch.
    heartbeat_sent: EventHook
    # A worker got a heartbeat. client_id, timestamp.
    heartbeat_received: EventHook
    # Every runners.CPU_MONITOR_INTERVAL. environment, cpu_usage: percent, memory_usage: bytes.
    usage_monitor: EventHook

    def __init__(self) -> None:
        for cls in reversed(type(self).__mro__):
            for name, kind in inspect.get_annotations(cls).items():
                if kind in ("EventHook", EventHook):
                    setattr(self, name, EventHook())

    if not TYPE_CHECKING:  # to a checker, any misspelled event would be there

        def __getattr__(self, name: str) -> EventHook | type[EventHook]:
            if name in LEGACY_EVENTS:
                hook = legacy_hook(self, name)
                setattr(self, name, hook)
                return hook
            if name == "EventHook":  # `from locust.events import EventHook`, before 1.0
                return EventHook
            raise AttributeError(f"there is no event called {name!r}")
