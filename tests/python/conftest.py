"""What the Python tests share: a demo target in a process of its own, and that no connection is
left behind.
"""

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
