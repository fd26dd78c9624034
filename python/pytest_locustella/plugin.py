"""The fixtures of locustfiles in pytest's style, which run under pytest and under Locustella alike.

    def test_front_page(session):               # locustella -f test_shop.py -H http://shop.test
        session.get("/").raise_for_status()     # pytest -H http://shop.test test_shop.py

Under pytest nothing is counted, and nothing is patched before a test asks for a client.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from locustella.clients import HttpSession
    from locustella.contrib.fasthttp import FastHttpSession
    from locustella.user.users import User

__all__ = ("NoOpEvent", "fastsession", "session")


class NoOpEvent:
    """In place of `events.request`, where no test is running that could listen."""

    def fire(self, *, reverse: bool = False, **kwargs: Any) -> None:
        pass


class _Pytest:
    """The one that runs: fixtures are also called without it, by a user."""

    config: pytest.Config


def pytest_configure(config: pytest.Config) -> None:
    _Pytest.config = config


def pytest_addoption(parser: pytest.Parser) -> None:
    try:
        parser.addoption("--host", "-H", action="store", default=None)
    except ValueError as error:
        if "already added" not in str(error):  # by another plugin, which means the same by it
            raise


def _belongs_to(user: User | None) -> dict[str, Any]:
    """What a client needs to know of its user, or of pytest's command line."""
    if user is None:
        import locustella.as_locust  # noqa: F401  (what the tests import)

        host = _Pytest.config.getoption("--host")
        return {"base_url": host, "request_event": NoOpEvent(), "user": None}
    return {
        "base_url": user.host, "request_event": user.environment.events.request, "user": user,
    }  # fmt: skip


@pytest.fixture
def session(user: User | None = None) -> Generator[HttpSession, None, None]:
    """An HttpUser's client."""
    belongs_to = _belongs_to(user)
    from locustella.clients import HttpSession

    client = HttpSession(**belongs_to)
    yield client
    client.close()


@pytest.fixture
def fastsession(user: User | None = None) -> Generator[FastHttpSession, None, None]:
    """A FastHttpUser's client."""
    belongs_to = _belongs_to(user)
    from locustella.contrib.fasthttp import FastHttpSession

    yield FastHttpSession(**belongs_to)
