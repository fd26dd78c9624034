"""Locust's fixtures for test functions that are load tests, too: `session` and `fastsession`.

    def test_shop(session):
        session.get("/products").raise_for_status()

    pytest test_shop.py -H http://127.0.0.1:8080

A package of its own, as pytest imports it at every start and importing Locustella patches the
standard library for gevent: that happens when a test first asks for a fixture.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture
def session(request: pytest.FixtureRequest) -> Iterator[Any]:
    """The client of an HttpUser; nobody counts its requests."""
    from locustella.pytestplugin import http_session

    yield from http_session(None, request.config.getoption("--host"))


@pytest.fixture
def fastsession(request: pytest.FixtureRequest) -> Iterator[Any]:
    """The client of a FastHttpUser; nobody counts its requests."""
    from locustella.pytestplugin import fast_session

    yield from fast_session(None, request.config.getoption("--host"))


def pytest_addoption(parser: pytest.Parser) -> None:
    try:
        parser.addoption("--host", "-H", action="store", default=None, help="What to test")
    except ValueError as error:  # another plugin has an option of that name: it serves as well
        if "already added" not in str(error):
            raise
