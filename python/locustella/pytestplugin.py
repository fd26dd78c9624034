"""The fixtures `session` and `fastsession` of test functions that run as users.

    def test_shop(session):
        session.get("/products").raise_for_status()

    locustella -f test_shop.py --headless -u 10 -H http://127.0.0.1:8080

The command gives pytest this plugin while it collects the functions, and calls a fixture with the
user whose work the function is. Under pytest itself, `pytest_locustella` makes the same clients
without a user. Thread: the user's, or the test's.
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


class _Unheard:
    """The request event of a session without a user."""

    def fire(self, **_event: Any) -> None: ...


def _event_of(user: User | None) -> Any:
    return user.environment.events.request if user is not None else _Unheard()


def http_session(user: User | None, host: str | None) -> Iterator[HttpSession]:
    from .clients import HttpSession

    client = HttpSession(base_url=host, request_event=_event_of(user), user=user)
    yield client
    client.close()  # after the test; a user keeps its client, and leaves this generator at once


def fast_session(user: User | None, host: str | None) -> Iterator[FastHttpSession]:
    from .contrib.fasthttp import FastHttpSession

    yield FastHttpSession(base_url=host, request_event=_event_of(user), user=user)


@pytest.fixture
def session(user: User) -> Iterator[HttpSession]:
    """The client of an HttpUser."""
    yield from http_session(user, user.host)


@pytest.fixture
def fastsession(user: User) -> Iterator[FastHttpSession]:
    """The client of a FastHttpUser."""
    yield from fast_session(user, user.host)
