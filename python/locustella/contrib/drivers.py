"""What to install where a module of this package misses the driver that it stands on.

    with driver_of("mqtt"):
        import paho.mqtt.client as mqtt

The extras of this name are those of pyproject.toml.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def driver_of(extra: str) -> Iterator[None]:
    """A ModuleNotFoundError of the block says which extra brings the module."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            f"{error.msg}, on which locust.contrib.{extra} stands. It comes with: "
            f"pip install 'locustella[{extra}]'",
            name=error.name,
            path=error.path,
        ) from None
