"""Requests whose kept connection is closed under them: FastHttpUser's client repeats what does no
harm twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from tests.support.http_target import HttpTarget, Received, Reply

from locustella import _core
from locustella.clients import HttpSession
from locustella.contrib.fasthttp import FastHttpSession
from locustella.env import Environment


class ShortLived:
    """Answers one request of each connection, and hangs up at the next."""

    def __init__(self, ending: str) -> None:
        self.seen: Counter[int] = Counter()
        self.ending = ending

    def __call__(self, request: Received) -> Reply:
        self.seen[request.connection] += 1
        return (
            Reply(200, body=b"ok")
            if self.seen[request.connection] == 1
            else Reply(ending=self.ending)
        )


@pytest.fixture(params=["hangup", "reset"])
def target(request: pytest.FixtureRequest) -> Iterator[HttpTarget]:
    with HttpTarget() as target:
        target.add_route("/short", ShortLived(request.param))
        target.add_route("/never", lambda _: Reply(ending=request.param))
        yield target


def _again() -> int:
    return _core.connection_counts().get("repeated", 0)


@pytest.fixture
def fast(target: HttpTarget, environment: Environment) -> Iterator[Any]:
    session = FastHttpSession(target.url, environment.events.request, None)
    assert session.get("/short").status_code == 200
    yield session
    session._close_connections()


@pytest.mark.parametrize("verb", ["get", "head", "put", "delete", "options"])
@pytest.mark.parametrize(
    "more", [{}, {"headers": {"Host": "shop.test"}}], ids=["plainly", "by Python"]
)
def test_what_does_no_harm_twice(fast, environment, verb, more):
    before = _again()
    response = getattr(fast, verb)("/short", **more)
    assert (response.status_code, response.error) == (200, None)
    assert _again() == before + 1
    assert (environment.stats.total.num_requests, environment.stats.total.num_failures) == (2, 0)


@pytest.mark.parametrize("verb", ["post", "patch"])
@pytest.mark.parametrize(
    "more",
    [{"data": "x"}, {"data": "x", "headers": {"Host": "shop.test"}}],
    ids=["plainly", "by Python"],
)
def test_what_may_do_harm(fast, environment, verb, more):
    before = _again()
    assert getattr(fast, verb)("/short", **more).status_code == 0
    assert _again() == before and environment.stats.total.num_failures == 1


def test_a_new_connection_that_is_closed_is_a_failure(fast, target):
    fast._close_connections()
    before, seen = _again(), len(target.received)
    assert fast.get("/never").status_code == 0
    assert _again() == before and len(target.received) == seen + 1


def test_requests_repeats_nothing(target, environment):
    session = HttpSession(target.url, environment.events.request, None)
    session.get("/short")
    before = _again()
    assert session.get("/short").status_code == 0
    assert _again() == before and environment.stats.total.num_failures == 1
    session.close()
