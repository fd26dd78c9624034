"""Runs one user in the foreground, for a debugger.

    if __name__ == "__main__":
        run_single_user(Visitor)

Start such a file with `python -m locustella FILE.py`, or import locustella.as_locust in it first.
"""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from . import argument_parser, log
from .env import Environment
from .exception import CatchResponseError, RescheduleTask  # noqa: F401  (a name of Locust's)
from .process.names_on_demand import names_on_demand
from .statistics import constants
from .statistics.format import shown_ms
from .user.users import User


class PrintListener:
    """Prints every request of an environment as one line of tab-separated columns."""

    def __init__(
        self,
        env: Environment,
        include_length: bool = False,
        include_time: bool = False,
        include_context: bool = False,
        include_payload: bool = False,
    ) -> None:
        self.include_length = include_length
        self.include_time = include_time
        self.include_context = include_context
        self.include_payload = include_payload
        titles = [f"{'time':<24}"] if include_time else []
        titles += ["type", f"{'name':<50}", "resp_ms"]
        titles += ["length"] if include_length else []
        titles += ["exception"]
        titles += ["context"] if include_context else []
        titles += ["payload"] if include_payload else []
        print("\n" + "\t".join(titles))
        env.events.request.add_listener(self.on_request)

    def on_request(
        self,
        request_type: str,
        name: str,
        response_time: float | None,
        response_length: int,
        exception: Exception | str | None,
        context: dict[str, Any] | None = None,
        start_time: float | None = None,
        response: object = None,
        **kwargs: Any,
    ) -> None:
        columns = [_moment(start_time)] if self.include_time else []
        milliseconds = "-1" if response_time is None else _milliseconds(response_time)
        columns += [request_type, f"{name or '':<50}", f"{milliseconds:<7}"]
        columns += [str(response_length)] if self.include_length else []
        columns += [f"{_short(exception):<9}"]
        columns += [str(context or "")] if self.include_context else []
        columns += [_payload(response)] if self.include_payload else []
        print("\t".join(columns))


def _milliseconds(response_time: float) -> str:
    """As in the tables of a run."""
    return shown_ms(round(response_time) if constants.LOCUST_ROUNDING else response_time)


def _moment(start_time: float | None) -> str:
    return str(datetime.fromtimestamp(start_time, tz=UTC) if start_time else datetime.now())


def _short(exception: Exception | str | None) -> str:
    if not exception:
        return ""
    if isinstance(exception, CatchResponseError):
        text = str(exception)
    else:
        try:
            text = repr(exception)
        except AttributeError:  # of exceptions whose own __repr__ is broken
            text = f"{type(exception)} (without a text)"
    return text[:500].replace("\n", " ")


def _payload(response: object) -> str:
    """What was sent, as far as the client's response knows."""
    request = getattr(response, "_request", None) or getattr(response, "request", None)
    sent = getattr(request, "payload", None) or getattr(request, "body", None)
    return "" if sent is None else str(sent)


if not TYPE_CHECKING:
    __getattr__ = names_on_demand(__name__, {"locust": ".:"})

_env: Environment | None = None  # kept, so that several users can be run one after the other


def run_single_user(
    user_class: type[User],
    include_length: bool = False,
    include_time: bool = False,
    include_context: bool = False,
    include_payload: bool = False,
    loglevel: str | None = "WARNING",
) -> None:
    """Runs one user of the class in this greenlet until it ends, printing its requests.

    `init` and `test_start` fire before it, `test_stop` and `quit` never do. The flags add columns;
    `loglevel` None leaves logging alone.
    """
    global _env
    if loglevel:
        log.setup_logging(loglevel)
    if _env is None:
        caller = os.path.basename(sys._getframe(1).f_code.co_filename)
        _env = _debug_environment(caller)
        PrintListener(_env, include_length, include_time, include_context, include_payload)
        _env.events.init.fire(environment=_env, runner=None, web_ui=None)
        if log.unhandled_greenlet_exception:
            os._exit(1)  # an init listener failed, and was logged
    _env.user_classes = [user_class]
    _env._filter_tasks_by_tags()
    _env.events.test_start.fire(environment=_env)
    if _env.host:
        user_class.host = _env.host
    user = user_class(_env)
    _env.single_user_instance = user
    user.run()


def _debug_environment(locustfile: str) -> Environment:
    from . import events

    options = argument_parser.get_parser().parse_args()
    options.locustfile = locustfile
    return Environment(
        events=events, locustfile=locustfile, host=options.host, parsed_options=options
    )
