"""Locust's fixtures for test functions that are load tests, too: `session` and `fastsession`.

    def test_shop(session):
        session.get("/products").raise_for_status()

    locustella -f test_shop.py --headless -u 10 -H http://127.0.0.1:8080       # as users
    pytest -p locustella.pytestplugin test_shop.py -H http://127.0.0.1:8080    # as a test

Under the command a fixture is called with the user whose work the function is, and its requests are
counted; under pytest there is no user, and nobody counts. Thread: the test's, or the user's.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from . import as_locust as _as_locust  # noqa: F401  # tests say `from locust.clients import ...`

if TYPE_CHECKING:
    from .clients import HttpSession
    from .contrib.fasthttp import FastHttpSession
    from .user.users import User

_configs: list[pytest.Config] = []  # a fixture's only argument is the user


class _Unheard:
    """The request event of a session without a user."""

    def fire(self, **_event: Any) -> None: ...


def _arguments(user: User | None) -> dict[str, Any]:
    if user is not None:
        event = user.environment.events.request
        return {"base_url": user.host, "request_event": event, "user": user}
    host = _configs[-1].getoption("--host")
    return {"base_url": host, "request_event": _Unheard(), "user": None}


@pytest.fixture
def session(user: User | None = None) -> Iterator[HttpSession]:
    """The client of an HttpUser."""
    from .clients import HttpSession

    with HttpSession(**_arguments(user)) as client:
        yield client


@pytest.fixture
def fastsession(user: User | None = None) -> Iterator[FastHttpSession]:
    """The client of a FastHttpUser."""
    from .contrib.fasthttp import FastHttpSession

    yield FastHttpSession(**_arguments(user))


def pytest_configure(config: pytest.Config) -> None:
    _configs.append(config)


def pytest_addoption(parser: pytest.Parser) -> None:
    try:
        parser.addoption("--host", "-H", action="store", default=None, help="What to test")
    except ValueError as error:  # another plugin has an option of that name: it serves as well
        if "already added" not in str(error):
            raise
