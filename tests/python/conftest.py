"""What the Python tests share: a demo target in a process of its own, and no connection left behind."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import gevent
import pytest
from demo_target_process import running

from locustella import _core


@pytest.fixture(scope="session")
def shop() -> Iterator[str]:
    """The URL of a running demo target."""
    with running("--max-seconds", "1200") as target:
        yield target.url


@pytest.fixture
def balanced() -> Iterator[None]:
    """Every connection that the test opened is closed when its sessions are gone, and nobody waits."""
    before = _core.connection_counts()
    yield
    gc.collect()
    gevent.sleep(0)
    after = _core.connection_counts()
    opened = after["opened"] - before.get("opened", 0)
    closed = after["closed"] - before.get("closed", 0)
    assert opened == closed, f"{opened} connections opened, {closed} closed"
    assert _core.waiting_greenlets() == 0
