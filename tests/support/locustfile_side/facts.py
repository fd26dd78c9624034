"""Imported by the locustfiles of tests/compat: writes what they observe for the test to read.

    from facts import fact, finish, record_requests
    fact("tasks", [task.__name__ for task in MyUser.tasks])

Each fact is one JSON line {"name": ..., "value": ...} in the file that the environment variable
LOCUSTFILE_FACTS names, written at once, so that it survives whatever happens next. Everything
here runs in the process under test and leans on nothing but the standard library and gevent.
"""

import json
import os

_FILE = os.open(os.environ["LOCUSTFILE_FACTS"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
TARGET = os.environ.get("LOCUSTFILE_TARGET", "")
"""The base URL of the test's HTTP server."""


def fact(name, value=None):
    """Append one fact; what JSON cannot say is written as its repr()."""
    os.write(_FILE, json.dumps({"name": name, "value": value}, default=repr).encode() + b"\n")


def finish(environment):
    """End the run from inside a task: quit in a greenlet of its own, and wait to be stopped."""
    import gevent

    gevent.spawn(environment.runner.quit)
    gevent.sleep(30)


def ramp_to(environment, count, rate=50):
    """Change the number of users and wait until that is done (at most ten seconds)."""
    from gevent.event import Event

    done = Event()

    def on_spawning_complete(user_count):
        done.set()

    environment.events.spawning_complete.add_listener(on_spawning_complete)
    environment.runner.start(count, rate)
    if not done.wait(10):
        fact("ramp that did not end", count)
    environment.events.spawning_complete.remove_listener(on_spawning_complete)


def error_text(action, *args, **kwargs):
    """Call `action`; what it raised as "Type: message", or None when it raised nothing."""
    try:
        action(*args, **kwargs)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return None


def record_requests(events, name="request"):
    """Write a fact for every request event, seen from a listener as locustfiles add them."""

    def listener(request_type, name_, response_time, response_length, exception, rest):
        fact(
            name,
            {
                "type": request_type,
                "name": name_,
                "time": response_time,
                "length": response_length,
                "exception": None if exception is None else repr(exception),
                "exception_type": None if exception is None else type(exception).__name__,
                "url": rest.get("url"),
                "context": rest.get("context"),
            },
        )

    def on_request(**event):
        listener(
            event.pop("request_type"),
            event.pop("name"),
            event.pop("response_time"),
            event.pop("response_length"),
            event.pop("exception", None),
            event,
        )

    events.request.add_listener(on_request)
