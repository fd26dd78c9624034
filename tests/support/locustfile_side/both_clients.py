"""For locustfiles that do the same thing with HttpUser and with FastHttpUser, one after the other.

    from both_clients import MyFastHttpUser, MyHttpUser, attempt, scenario

    def fetch(user, path):
        user.client.get(path)

    @scenario
    def steps(user):
        attempt(user, fetch, "/json")

writes the facts "HttpUser fetch-/json" and "FastHttpUser fetch-/json", each with what the step
returned, what it raised and which request events it caused. Run it with `-u 2`.
"""

import traceback

import gevent
import locust
from facts import fact, finish

_events = []
_scenarios = []
_finished = []


def scenario(function):
    """Let both users run `function(user)`, first the HttpUser, then the FastHttpUser."""
    _scenarios.append(function)
    return function


def attempt(user, step, *arguments):
    """Call `step(user, *arguments)` and write the fact named after user, step and arguments."""
    _events.clear()
    raised = returned = None
    try:
        returned = step(user, *arguments)
    except Exception as error:
        raised = type(error).__name__
    label = "-".join([step.__name__, *map(str, arguments)])
    kind = type(user).__name__.removeprefix("My")
    fact(f"{kind} {label}", {"returned": returned, "raised": raised, "events": list(_events)})


@locust.events.request.add_listener
def on_request(request_type, name, response_time, response_length, exception, context, **rest):
    _events.append(
        {
            "type": request_type,
            "name": name,
            "time": response_time,
            "length": response_length,
            "exception": exception and repr(exception),
            "exception type": exception and type(exception).__name__,
            "context": context,
            "url": rest["url"],
        }
    )


class Driver:
    """Runs the scenarios when it is this user's turn; the last user ends the test."""

    fixed_count = 1
    wait_time = locust.constant(60)
    turn = 0

    def on_start(self):
        while len(_finished) != self.turn:
            gevent.sleep(0.01)
        try:
            for function in _scenarios:
                function(self)
        except Exception:
            fact("scenario failed", traceback.format_exc())
            raise
        finally:
            _finished.append(self.turn)
            if len(_finished) == 2:
                finish(self.environment)


def idle(user):
    """The users' one task, never reached before the test ends."""


class MyHttpUser(Driver, locust.HttpUser):
    tasks = [idle]


class MyFastHttpUser(Driver, locust.FastHttpUser):
    tasks = [idle]
    turn = 1
