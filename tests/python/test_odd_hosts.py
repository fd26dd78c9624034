"""Hosts that are no plain names, and logins in URLs: worked out by the core. The bytes are compared
with stock's in tests/compat/differential.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from requests.exceptions import InvalidURL
from tests.support.http_target import HttpTarget, Received, Reply

from locustella import _core
from locustella.clients import HttpSession
from locustella.contrib.fasthttp import FastHttpSession
from locustella.event import EventHook
from locustella.http import ways
from locustella.http.addresses import resolve_entries, set_up

GERMAN = "bücher.test"


class Asked:
    """The hosts that Python was asked about."""

    hosts: list[str]

    def _spelled_host(self, host: str) -> Any:
        self.hosts.append(host)
        return super()._spelled_host(host)  # type: ignore[misc]


class Http(Asked, HttpSession):
    pass


class Fast(Asked, FastHttpSession):
    pass


@pytest.fixture(autouse=True)
def names() -> Iterator[None]:
    set_up(resolve=[resolve_entries("xn--bcher-kva.test:*:127.0.0.1")])
    ways.count_ways()
    yield
    ways.count_ways(False)
    set_up()


@pytest.fixture
def shop() -> Iterator[HttpTarget]:
    def told(request: Received) -> Reply:
        return Reply(body=json.dumps(request.headers).encode())

    with HttpTarget() as target:
        target.add_route("/told", told)
        yield target


@pytest.fixture(params=[Http, Fast])
def kind(request: pytest.FixtureRequest) -> type:
    return request.param


def session_of(kind: type, base_url: str) -> Any:
    session = kind(base_url, EventHook(), None)
    session.hosts = []
    return session


def told(response: Any, name: str) -> list[str]:
    return [value for field, value in response.json() if field.lower() == name]


def test_python_is_asked_once_for_an_odd_host(kind, shop):
    host = f"B{'ü' * (1 + (kind is Fast))}cher.test"  # of this test alone
    session = session_of(kind, shop.url)
    before = _core.plain_requests()
    for path in ("/a", "/b c", "/d?e=f"):
        session.get(f"http://{host}:{shop.port}{path}")
        session.get(f"https://user:pw@{host}:{shop.port}{path}")
    assert session.hosts == [host]
    assert _core.plain_requests() == before + 6


@pytest.mark.parametrize("base", ["http://{0}:{1}", "http://user:@{0}:{1}", "http://{0}:{1}/"])
def test_a_name_of_idna_as_the_host(kind, shop, base):
    session = session_of(kind, base.format(GERMAN, shop.port))
    before = _core.plain_requests()
    answers = [session.get("told" if base.endswith("/") else "/told") for _ in range(2)]
    answers.append(session.get(f"http://{GERMAN}:{shop.port}/told"))
    shown = "xn--bcher-kva.test" if kind is Http else GERMAN
    for answer in answers:
        assert answer.status_code == 200
        assert told(answer, "host") == [f"{shown}:{shop.port}"]
        assert shown in answer.url
    assert _core.plain_requests() == before + 3


def test_the_two_spellings_of_a_name_keep_their_host_fields(shop):
    session = session_of(Fast, f"http://{GERMAN}:{shop.port}")
    for host in (GERMAN, "xn--bcher-kva.test", GERMAN):
        answer = session.get(f"http://{host}:{shop.port}/told")
        assert told(answer, "host") == [f"{host}:{shop.port}"]


def test_what_is_no_host_keeps_its_words(kind, shop):
    host = f"€.{kind.__name__.lower()}.test"  # of this test alone
    session = session_of(kind, shop.url)
    for _ in range(2):
        with pytest.raises(InvalidURL if kind is Http else ValueError):
            session.get(f"http://{host}/")
    assert session.hosts == [host]


@pytest.mark.parametrize(
    "of_session, said, expected",
    [
        (None, {}, ["Basic dTpw"]),
        (None, {"headers": {"X-One": "1"}}, ["Basic dTpw"]),
        (None, {"auth": ("a", "b")}, ["Basic YTpi"]),
        (("a", "b"), {}, ["Basic YTpi"]),
        ("", {}, []),
    ],
)
def test_a_login_in_the_url_is_the_last_to_be_taken(shop, of_session, said, expected):
    session = session_of(Http, shop.url)
    session.auth = of_session
    url = f"http://u:p@127.0.0.1:{shop.port}/told"
    before = _core.plain_requests()
    for _ in range(2):
        answer = session.get(url, **said)
        assert told(answer, "authorization") == expected
        assert answer.url == url
    assert _core.plain_requests() == before + 2
    assert told(session.get("/told"), "authorization") == (["Basic YTpi"] if of_session else [])


def test_nobody_looks_at_a_login_in_the_url_of_fast_http_user(shop):
    session = session_of(Fast, shop.url)
    answer = session.get(f"http://u:p@127.0.0.1:{shop.port}/told")
    assert told(answer, "authorization") == []
    assert ways.counts()["natively"] == 1
