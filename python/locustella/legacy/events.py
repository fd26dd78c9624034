"""The event hooks that Locust removed, as bridges to today's.

A listener of an old hook is called when today's event fires, with the old argument names; firing
an old hook (as old custom clients do) fires today's event, so that the request is counted.

    events.request_success += on_success            # told once, then works
    events.request_failure.fire(request_type="x", name="y", response_time=1, exception=error)

Thread: the hub's, like all event hooks.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from .warnings import warn_once

if TYPE_CHECKING:
    from ..event import EventHook, Events, Listener

Arguments = dict[str, Any]


class LegacyEvent(NamedTuple):
    """How one old hook relates to today's: its name, and the arguments in both directions."""

    today: str
    to_old: Callable[[Arguments], Arguments | None]  # None: today's event is none of this hook's
    to_new: Callable[[Arguments], Arguments]
    removed_in: str = "1.0"


_REQUEST = ("request_type", "name", "response_time", "response_length")


def _success(arguments: Arguments) -> Arguments | None:
    if arguments.get("exception"):
        return None
    return {key: arguments.get(key) for key in _REQUEST}


def _failure(arguments: Arguments) -> Arguments | None:
    if not arguments.get("exception"):
        return None
    return {key: arguments.get(key) for key in (*_REQUEST, "exception")}


def _request(arguments: Arguments) -> Arguments:
    return {"response_length": 0, "exception": None, "context": {}, **arguments}


def _renamed(
    old: str, new: str
) -> tuple[Callable[[Arguments], Arguments], Callable[[Arguments], Arguments]]:
    def rename(arguments: Arguments, before: str, after: str) -> Arguments:
        return {after if key == before else key: value for key, value in arguments.items()}

    return lambda a: rename(a, new, old), lambda a: rename(a, old, new)


def _nothing(_: Arguments) -> Arguments:
    return {}


def _same(arguments: Arguments) -> Arguments:
    return arguments


LEGACY_EVENTS = {
    "request_success": LegacyEvent("request", _success, _request, removed_in="2.0"),
    "request_failure": LegacyEvent("request", _failure, _request, removed_in="2.0"),
    "locust_error": LegacyEvent("user_error", *_renamed("locust_instance", "user_instance")),
    "hatch_complete": LegacyEvent("spawning_complete", _same, _same),
    "locust_start_hatching": LegacyEvent("test_start", _nothing, _same),
    "locust_stop_hatching": LegacyEvent("test_stop", _nothing, _same),
    "master_start_hatching": LegacyEvent("test_start", _nothing, _same),
    "master_stop_hatching": LegacyEvent("test_stop", _nothing, _same),
    "slave_report": LegacyEvent("worker_report", _same, _same),
}


def accepting_only_its_own(listener: Callable[..., object]) -> Callable[..., object]:
    """`listener`, called with those keyword arguments alone that its signature names.

    Old hooks passed fewer arguments than today's, and old listeners rarely end in **kwargs.
    """
    try:
        parameters = inspect.signature(listener).parameters.values()
    except (TypeError, ValueError):
        return listener
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters):
        return listener
    known = {parameter.name for parameter in parameters}

    def call(**kwargs: Any) -> object:
        return listener(**{key: value for key, value in kwargs.items() if key in known})

    made: Any = call
    made.original = listener
    return call


def find_listener(
    handlers: list[Callable[..., object]], listener: Callable[..., object]
) -> Callable[..., object]:
    """The entry of `handlers` that `listener` was added as; `listener` itself if there is none."""
    for known in handlers:
        if known == listener or getattr(known, "original", None) == listener:
            return known
    return listener


def legacy_hook(events: Events, name: str) -> EventHook:
    """The bridge for the removed hook `name` (a key of LEGACY_EVENTS)."""
    from ..event import EventHook

    old = LEGACY_EVENTS[name]
    warn_once(
        f"events.{name}", old.removed_in, f"use events.{old.today}.add_listener(...) instead"
    )

    class Bridge(EventHook):
        def __init__(self) -> None:
            super().__init__()
            self._relaying = False

        def add_listener(self, handler: Listener) -> Listener:
            if not self._relaying:
                self._relaying = True
                getattr(events, old.today).add_listener(self._relay)
            self._handlers.append(accepting_only_its_own(handler))
            return handler

        def remove_listener(self, handler: Callable[..., object]) -> None:
            super().remove_listener(find_listener(self._handlers, handler))

        def fire(self, *, reverse: bool = False, **kwargs: Any) -> None:
            getattr(events, old.today).fire(reverse=reverse, **old.to_new(kwargs))

        def _relay(self, **kwargs: Any) -> None:
            arguments = old.to_old(kwargs)
            if arguments is not None:
                EventHook.fire(self, **arguments)

    return Bridge()
