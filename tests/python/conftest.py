"""What the Python tests share: a demo target in a process of its own, environments and sessions,
and that no connection is left behind.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from types import SimpleNamespace

import gevent
import pytest
from demo_target_process import running
from idle_users import make
from recorded_requests import Recording
from tests.support.http_target import HttpTarget, Reply

from locustella import _core, log
from locustella.clients import HttpSession
from locustella.contrib.fasthttp import FastHttpSession
from locustella.env import Environment


@pytest.fixture(scope="session")
def shop() -> Iterator[str]:
    """The URL of a running demo target."""
    with running("--max-seconds", "1200") as target:
        yield target.url


@pytest.fixture
def target() -> Iterator[HttpTarget]:
    """One that has a page, none where one is asked for, and one that has moved."""
    with HttpTarget() as target:
        target.add_route("/any", lambda request: Reply(200, body=b"fine"))
        target.add_route("/missing", lambda request: Reply(404, body=b"no such page"))
        target.add_route("/moved", lambda request: Reply(302, (("Location", "/any"),)))
        yield target


@pytest.fixture
def environment() -> Environment:
    """One that has a local runner."""
    environment = Environment()
    environment.create_local_runner()
    return environment


@pytest.fixture
def recording() -> Recording:
    return Recording()


@pytest.fixture(params=[HttpSession, FastHttpSession])
def session(
    request: pytest.FixtureRequest, target: HttpTarget, recording: Recording
) -> Iterator[HttpSession | FastHttpSession]:
    """Of either client, to the `target`."""
    session = request.param(target.url, recording.event, None)
    yield session
    session._close_connections()


@pytest.fixture
def test() -> Iterator[SimpleNamespace]:
    """An environment with idle users and its runner; both end with the test."""
    environment, runner = make()
    yield SimpleNamespace(environment=environment, runner=runner)
    runner.quit()


@pytest.fixture
def no_unhandled_exception(monkeypatch: pytest.MonkeyPatch) -> None:
    """For tests whose users raise: others must not find that out."""
    monkeypatch.setattr(log, "unhandled_greenlet_exception", False)


@pytest.fixture(autouse=True)
def balanced() -> Iterator[None]:
    """Every connection that a test opened is closed when its sessions are gone, and nobody waits
    any more.
    """
    before, waiting = _open_connections(), _core.waiting_greenlets()
    yield
    if _open_connections() != before:
        gc.collect()  # sessions in a cycle
        gevent.sleep(0)
    assert _open_connections() == before, f"connections left open: {_core.connection_counts()}"
    assert _core.waiting_greenlets() == waiting


def _open_connections() -> int:
    counts = _core.connection_counts()
    return counts.get("opened", 0) - counts.get("closed", 0)
