"""The slow path: requests that need `requests`' own session code, which is Python.

    sent_on_the_slow_path(session, "response hooks", "GET", url, {"hooks": {...}})
    counts()                                   # {"response hooks": 17}

They work, and cost more CPU. Most of them still go over native connections, one hop at a time, by
the session's NativeAdapter: hooks, authentication classes, overridden methods. Those that go to an
adapter of somebody's own go over gevent's sockets, at the price of stock Locust.

The first of each reason is logged, and all are counted; the table at the end of a run is that of
all ways: see http/ways. Thread: the session's.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable, Iterator, Set
from contextlib import contextmanager
from sys import getrefcount
from typing import TYPE_CHECKING, Any

from greenlet import getcurrent
from requests.exceptions import InvalidSchema, InvalidURL, MissingSchema, RequestException
from requests.models import PreparedRequest
from requests.sessions import Session as PlainSession

from .. import ways

if TYPE_CHECKING:
    from greenlet import greenlet
    from requests.models import Response

    from .response import NativeResponse
    from .session import NativeSession

logger = logging.getLogger("locustella.slow_path")

# Attributes of a session that are made when somebody first touches them, as they are then.
_UNTOUCHED: dict[str, dict[str, Any]] = {"hooks": {"response": []}, "proxies": {}}

_counts: Counter[str] = Counter()
_being_sent: set[greenlet] = set()  # those whose request has been counted


def counts() -> dict[str, int]:
    """How many requests took the slow path so far, by reason."""
    return dict(_counts)


@contextmanager
def counted(reason: str) -> Iterator[None]:
    """Counts the request that the block sends, once, whatever it is made of."""
    me = getcurrent()
    if me in _being_sent:
        yield
        return
    if not _counts[reason]:
        logger.info(
            "Requests with %s go through Python's requests: they work, but cost more CPU.", reason
        )
    _counts[reason] += 1
    ways.sent_by_requests(reason)
    _being_sent.add(me)
    try:
        yield
    finally:
        _being_sent.discard(me)


def sent_on_the_slow_path(
    session: NativeSession, reason: str, method: str, url: str, arguments: dict[str, Any]
) -> NativeResponse:
    """Sends the request with `requests`; a failed one comes back with its exception in `.error`."""
    return _outcome(
        session, reason, lambda: PlainSession.request(session, method, url, **arguments)
    )


def redirects_on_the_slow_path(
    session: NativeSession, reason: str, response: NativeResponse, request: PreparedRequest,
    settings: dict[str, Any],
) -> NativeResponse:  # fmt: skip
    """Follows the redirects of a native answer with `requests`."""
    response.request, response._next = request, None
    return _outcome(session, reason, lambda: _followed(session, response, settings), response)


def _followed(
    session: NativeSession, response: NativeResponse, settings: dict[str, Any]
) -> Response:
    answers = [response, *session.resolve_redirects(response, response.request, **settings)]
    last = answers.pop()
    if answers:
        last.history = answers
    if not settings["stream"]:
        _ = last.content  # reads it
    return last


def _outcome(
    session: NativeSession, reason: str, send: Callable[[], Response],
    begun: NativeResponse | None = None,
) -> NativeResponse:  # fmt: skip
    began_at, began = time.time(), time.perf_counter()
    there_before = _UNTOUCHED.keys() & session.__dict__.keys()
    before = begun._native_times()[1] if begun is not None else 0.0
    try:
        with counted(reason):
            plain = send()
    except (MissingSchema, InvalidSchema, InvalidURL):
        raise
    except RequestException as error:
        response = session._response_class.failed(error)
        native = None
    else:
        response = session._response_class.adopting(plain)
        native = _native_time(plain)
    took = (time.perf_counter() - began) * 1000 + before
    _forget_untouched(session, _UNTOUCHED.keys() - there_before)
    response.slow_times = (began_at - before / 1000, took if native is None else native)
    return response


def _forget_untouched(session: NativeSession, names: Set[str]) -> None:
    """What `requests` alone has looked at goes again: a session that has one of these, which
    anybody may change in place, is Python's from then on.
    """
    own = session.__dict__
    for name in names & own.keys():
        if own[name] == _UNTOUCHED[name] and _references(own, name) == _NOBODY_ELSES[name]:
            del own[name]


def _references(own: dict[str, Any], name: str) -> list[int]:
    """How many hold the dict of that name, and each of its values."""
    return [getrefcount(own[name]), *(getrefcount(each) for each in own[name].values())]


_NOBODY_ELSES = {name: _references(_UNTOUCHED, name) for name in _UNTOUCHED}


def _native_time(response: Response) -> float | None:
    """What the hops took by the core's clock, in ms; None if one of them was not native."""
    total = 0.0
    answers: list[Any] = [*response.history, response]
    for answer in answers:
        native = getattr(answer, "_native_session", None)
        if native is None or native() is None:
            return None
        total += answer._native_times()[1]
    return total
