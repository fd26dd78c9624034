"""Makes blocking Python code yield to the other users: gevent's patches, and one of our own.

Done once, when the package is imported and before it imports anything that could keep an
unpatched socket or lock. LOCUST_SKIP_MONKEY_PATCH=1 leaves Python as it is.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


def patch_standard_library() -> None:
    """Replaces blocking functions of the standard library by gevent's."""
    if os.getenv("LOCUST_SKIP_MONKEY_PATCH"):
        return
    from gevent import monkey

    with _entry_points_read_once():
        monkey.patch_all()


@contextmanager
def _entry_points_read_once() -> Iterator[None]:
    """gevent asks for its plugins at each of 25 patches, and each time all installed packages are
    looked through; here once.
    """
    from importlib import metadata

    find = metadata.entry_points
    found = find()

    def select(**wanted: Any) -> Any:
        return found.select(**wanted)

    metadata.entry_points = select
    try:
        yield
    finally:
        metadata.entry_points = find


def patch_urllib3() -> None:
    """Gives urllib3's pools gevent's queue, whose locks a garbage collection cannot deadlock.

    Does nothing while urllib3 is not imported: it is costly, and many tests never need it.
    LOCUST_SKIP_URLLIB3_PATCH=1 leaves it as it is.
    """
    pools = sys.modules.get("urllib3.connectionpool")
    unwanted = os.getenv("LOCUST_SKIP_MONKEY_PATCH") or os.getenv("LOCUST_SKIP_URLLIB3_PATCH")
    if pools is None or unwanted:
        return
    from gevent import queue

    pools.ConnectionPool.QueueCls = queue.LifoQueue
