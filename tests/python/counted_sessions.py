"""Sessions whose requests are counted by the way that they went.

    session = session_of(HttpSession, FastHttpSession)   # a fixture: each test with either
    from counted_sessions import counted                 # ... for whose module counting is on
    went()                                               # (natively, by Python, by requests)
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from tests.support.http_target import HttpTarget

from locustella.env import Environment
from locustella.event import EventHook
from locustella.http import ways
from locustella.http.session.session import NativeSession
from locustella.statistics.request_recorder import RequestRecorder

NATIVE, PYTHON, REQUESTS = (
    "natively",
    "worked out by Python, sent natively",
    "by requests' own session code",
)


def session_of(*kinds: type) -> Any:
    """A fixture of these, to the `target`."""

    @pytest.fixture(params=kinds)
    def session(request: pytest.FixtureRequest, target: HttpTarget) -> Iterator[Any]:
        yield from made(request.param, target)

    return session


def made(kind: type, target: HttpTarget) -> Iterator[Any]:
    event = EventHook()
    event.add_listener(RequestRecorder(Environment()))
    session = kind(target.url) if kind is NativeSession else kind(target.url, event, None)
    yield session
    session._close_connections()


@pytest.fixture(autouse=True)
def counted() -> Iterator[None]:
    ways.count_ways()
    yield
    ways.count_ways(False)


def went() -> tuple[int, int, int]:
    """(natively, by Python, by requests)."""
    counts = ways.counts()
    return counts[NATIVE], counts[PYTHON], counts[REQUESTS]
