"""The process whose instructions are counted: each form of forms.py, FEW and then MANY times.

    valgrind --tool=callgrind --instr-atstart=no python measured_process.py marks.so http://...:8080

Locust's own pieces stand around the client as in a run: an environment, its recorder, a user. One
request follows the other in one greenlet, or in one for each of a form's users. Each count is
dumped under "form number:requests"; what is not the requests' own is the same in both, and drops
out in the difference.
"""

from __future__ import annotations

import ctypes
import gc
import sys
from collections.abc import Callable
from functools import partial

import gevent

import locustella.as_locust  # noqa: F401

from forms import FEW, FORMS, MANY, ROUNDS, WARM_UP  # isort: skip  # it runs beside this file
from locustella.env import Environment
from locustella.event import Events
from locustella.statistics.request_recorder import RequestRecorder

import locust  # isort: skip


def main(marks_file: str, host: str) -> None:
    marks = ctypes.CDLL(marks_file)
    all_calls = [_calls_of(number, host) for number in range(len(FORMS))]
    for calls in all_calls:
        _repeat(calls, WARM_UP)
    gc.collect()
    gc.freeze()
    marks.start()
    for _ in range(ROUNDS):
        for number, calls in enumerate(all_calls):
            for count in (FEW, MANY):
                gc.collect()
                # By way of C: callgrind knows the interpreter's loop only where it sees it called.
                calling = partial(_repeat, calls, count)
                marks.zero()
                calling()
                marks.dump(f"{number}:{count}".encode())


def _calls_of(number: int, host: str) -> list[Callable[[], None]]:
    """The form's task, bound to each of its users."""
    form = FORMS[number]
    events = Events()
    environment = Environment(host=host, events=events)
    for _ in range(form.listeners):
        events.request.add_listener(lambda request_type, name, response_time, **more: None)
    events.request.add_listener(RequestRecorder(environment))
    user_class = type("Visitor", (getattr(locust, form.user),), {"abstract": False, "host": host})
    names: dict = {}
    exec(f"def call(self):\n    {form.code}\n", names)
    return [partial(names["call"], user_class(environment)) for _ in range(form.users)]


def _repeat(calls: list[Callable[[], None]], count: int) -> None:
    """So many in all."""
    if len(calls) > 1:
        share = count // len(calls)
        gevent.joinall([gevent.spawn(_repeat, [call], share) for call in calls], raise_error=True)
        return
    for _ in range(count):
        calls[0]()


if __name__ == "__main__":
    main(*sys.argv[1:])
