"""Patches of Python's HTTP code are found whenever they are made, and the way is taken that honours
them.
"""

from __future__ import annotations

import functools
import json
import logging
import socket
import subprocess
import sys
from collections.abc import Iterator
from typing import Any
from unittest import mock

import gevent.socket
import gevent.ssl
import pytest
import requests
import requests_mock
import responses
import urllib3
from tests.support.http_target import HttpTarget, Received, Reply

from locustella import _core
from locustella.clients import HttpSession, ResponseContextManager
from locustella.contrib.fasthttp import FastHttpSession, FastResponse
from locustella.env import Environment
from locustella.event import EventHook
from locustella.http import patches, ways
from locustella.http.session import slow_path
from locustella.statistics.request_stats import RequestStats


def _echo(request: Received) -> Reply:
    return Reply(200, body=json.dumps(dict(request.headers)).encode())


@pytest.fixture
def target() -> Iterator[HttpTarget]:
    with HttpTarget() as target:
        target.add_route("/echo", _echo)
        yield target


@pytest.fixture
def session(target: HttpTarget, environment: Environment) -> Iterator[HttpSession]:
    session = HttpSession(target.url, environment.events.request, None)
    session.trust_env = False
    session.get("/echo")  # it has its profile by now
    yield session
    session.close()


@pytest.fixture
def slow() -> Iterator[Any]:
    before = slow_path.counts()
    yield lambda: [name for name, n in slow_path.counts().items() if n != before.get(name, 0)]


def _marking(original: Any) -> Any:
    @functools.wraps(original)  # as instrumentation does: the name is no evidence
    def step(self: Any, request: Any, *arguments: Any, **more: Any) -> Any:
        request.headers["X-Mark"] = "seen"
        return original(self, request, *arguments, **more)

    return step


def test_nothing_is_patched_here():
    assert patches.found() == patches.Found()


@pytest.mark.parametrize("owner", [requests.Session, requests.adapters.HTTPAdapter])
def test_send_patched_and_back(session, owner, monkeypatch, slow):
    assert "X-Mark" not in session.get("/echo").json()
    assert slow() == []
    monkeypatch.setattr(owner, "send", _marking(owner.send))
    assert session.get("/echo").json()["X-Mark"] == "seen"
    assert session.post("/echo", json={}).json()["X-Mark"] == "seen"
    assert slow() == [f"a patch of {owner.__module__}.{owner.__name__}.send"]
    monkeypatch.undo()
    before = slow_path.counts()
    assert "X-Mark" not in session.get("/echo").json()
    assert slow_path.counts() == before
    assert patches.found() == patches.Found()


@pytest.mark.parametrize("wrap", [
    pytest.param(lambda f: functools.partial(f), id="partial"),
    pytest.param(lambda f: mock.Mock(side_effect=f), id="mock"),
    pytest.param(lambda f: functools.lru_cache(f), id="cache"),
    pytest.param(lambda f: lambda *a, **k: f(*a, **k), id="lambda"),
    pytest.param(lambda f: functools.wraps(f)(lambda *a, **k: f(*a, **k)), id="wraps"),
])  # fmt: skip
def test_every_kind_of_wrapper_around_getaddrinfo(session, target, wrap, monkeypatch, slow):
    monkeypatch.setattr(socket, "getaddrinfo", wrap(socket.getaddrinfo))
    assert session.get("/echo").status_code == 200
    assert slow() == ["a patch of socket.getaddrinfo"]


def test_names_are_resolved_by_the_patch(session, target, monkeypatch):
    original = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, *rest: original("127.0.0.1", *rest))
    port = target.url.rpartition(":")[2]
    assert session.get(f"http://no.such.host.test:{port}/echo").status_code == 200


@pytest.mark.parametrize("owner, name, value", [
    (urllib3.util.connection, "allowed_gai_family", lambda: socket.AF_INET),
    (urllib3.connection.HTTPConnection, "default_socket_options", [(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)]),  # noqa: E501
    (urllib3.connectionpool.HTTPConnectionPool, "ConnectionCls", type("Mine", (urllib3.connection.HTTPConnection,), {})),  # noqa: E501
    (urllib3.util.connection, "HAS_IPV6", False),
])  # fmt: skip
def test_settings_of_urllib3(session, owner, name, value, monkeypatch):
    monkeypatch.setattr(owner, name, value)
    assert name in patches.found().transport
    assert session.get("/echo").status_code == 200
    monkeypatch.undo()
    assert patches.found() == patches.Found()


def test_debuglevel_prints(session, capsys, monkeypatch):
    monkeypatch.setattr("http.client.HTTPConnection.debuglevel", 1)
    assert session.get("/echo").status_code == 200
    assert "send: b'GET /echo HTTP/1.1" in capsys.readouterr().out


def test_responses_mocks_a_session(session, target):
    seen = len(target.received)
    with responses.RequestsMock() as mocked:
        mocked.get(f"{target.url}/echo", json={"mocked": True}, status=218)
        response = session.get("/echo")
        assert (response.status_code, response.json()) == (218, {"mocked": True})
    assert len(target.received) == seen
    assert session.get("/echo").status_code == 200 and len(target.received) == seen + 1


def test_requests_mock_mocks_a_session(session, target):
    seen = len(target.received)
    with requests_mock.Mocker() as mocked:
        mocked.get(f"{target.url}/echo", text="mocked")
        assert session.get("/echo").text == "mocked"
    assert len(target.received) == seen
    assert session.get("/echo").text != "mocked"


def test_cassettes(session, target, monkeypatch):
    """What vcrpy does: another class of connections in urllib3's module."""
    opened = []

    class Recording(urllib3.connection.HTTPConnection):
        def connect(self) -> None:
            opened.append(self.host)
            super().connect()

    monkeypatch.setattr(urllib3.connectionpool, "HTTPConnection", Recording)
    monkeypatch.setattr(urllib3.connectionpool.HTTPConnectionPool, "ConnectionCls", Recording)
    assert session.get("/echo").status_code == 200
    assert opened == ["127.0.0.1"]


class TestRecording:
    def test_fire_of_the_event(self, session, environment):
        seen = []
        original = environment.events.request.fire
        environment.events.request.fire = lambda **meta: (
            seen.append(meta["name"]),
            original(**meta),
        )
        session.get("/echo")
        del environment.events.request.fire
        session.get("/echo")
        assert seen == ["/echo"]
        assert environment.stats.total.num_requests == 3

    def test_fire_of_the_class(self, session, environment, monkeypatch):
        seen = []
        original = EventHook.fire

        def fire(self: Any, **meta: Any) -> None:
            seen.append(meta["name"])
            original(self, **meta)

        monkeypatch.setattr(EventHook, "fire", fire)
        session.get("/echo")
        monkeypatch.undo()
        session.get("/echo")
        assert seen == ["/echo"] and environment.stats.total.num_requests == 3

    def test_log_request_of_the_statistics(self, session, environment, monkeypatch):
        seen = []
        stats = environment.stats
        original = stats.log_request
        stats.log_request = lambda *row: (seen.append(row[1]), original(*row))
        session.get("/echo")
        del stats.log_request

        def log_request(self: Any, *row: Any) -> None:
            seen.append("class")
            RequestStats_log(self, *row)

        RequestStats_log = RequestStats.log_request
        monkeypatch.setattr(RequestStats, "log_request", log_request)
        session.get("/echo")
        assert seen == ["/echo", "class"] and stats.total.num_requests == 3

    def test_a_response_judged_in_a_block(self, session, environment, monkeypatch):
        monkeypatch.setattr(ResponseContextManager, "raise_for_status", _refuse)
        with session.get("/echo", catch_response=True):
            pass
        session.get("/echo")
        monkeypatch.undo()
        session.get("/echo")
        assert environment.stats.total.num_failures == 2

    def test_other_statistics_put_in_their_place(self, session, environment):
        before = environment.stats
        environment.stats = RequestStats()
        session.get("/echo")
        assert (before.total.num_requests, environment.stats.total.num_requests) == (1, 1)


def _refuse(self: Any) -> None:
    raise requests.HTTPError("not liked")


class TestFast:
    def test_request_replaced(self, target, environment):
        session = FastHttpSession(target.url, environment.events.request, None)
        session.get("/echo")
        session.request = functools.partial(session.request, headers={"X-Team": "t"})
        assert json.loads(session.get("/echo").text)["X-Team"] == "t"
        del session.request
        assert "X-Team" not in json.loads(session.get("/echo").text)
        session._close_connections()

    def test_the_agents_urlopen_replaced(self, target, environment):
        session = FastHttpSession(target.url, environment.events.request, None)
        session.get("/echo")
        original = session.client.urlopen
        session.client.urlopen = lambda url, **more: original(url + "?agent", **more)
        session.get("/echo")
        assert target.received[-1].target == "/echo?agent"
        session._close_connections()


def test_patches_from_before_the_import():
    code = """
        import requests
        original = requests.Session.send
        requests.Session.send = lambda self, request, **more: original(self, request, **more)
        from locustella.http import patches
        print(patches.found().session)
    """
    done = subprocess.run(
        [sys.executable, "-c", _dedented(code)],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout.strip() == "a patch of requests.sessions.Session.send"


def _dedented(code: str) -> str:
    return "\n".join(line.strip() for line in code.splitlines())


def test_the_world_is_watched_again_after_each_look(session, monkeypatch):
    assert _core.world_holds()
    monkeypatch.setattr(requests.Session, "harmless", 5, raising=False)
    assert not _core.world_holds()
    assert session.get("/echo").status_code == 200
    assert _core.world_holds() and patches.found() == patches.Found()


# What FastHttpUser does not ask


@pytest.fixture
def fast_session(target: HttpTarget, environment: Environment) -> Iterator[FastHttpSession]:
    session = FastHttpSession(target.url, environment.events.request, None)
    session.get("/echo")  # it has its profile by now
    yield session
    session._close_connections()


@pytest.mark.parametrize(
    "owner, name",
    [
        (gevent.socket, "getaddrinfo"),
        (gevent.socket, "create_connection"),
        (gevent.socket.socket, "connect"),
        (gevent.ssl, "create_default_context"),
    ],
)
def test_a_patch_of_gevents_sockets_is_told_and_counted(
    fast_session, owner, name, monkeypatch, caplog
):
    before = patches.ignored()
    original = getattr(owner, name)
    with caplog.at_level("WARNING"):
        monkeypatch.setattr(owner, name, lambda *args, **kwargs: original(*args, **kwargs))
        for _ in range(3):
            assert fast_session.get("/echo").status_code == 200
    (told,) = [record.getMessage() for record in caplog.records]
    assert told.startswith("There is a patch of gevent") and f".{name}" in told
    (count,) = [n for patch, n in patches.ignored().items() if patch not in before]
    assert count == 3
    monkeypatch.undo()
    caplog.clear()
    fast_session.get("/echo")
    assert not caplog.records and sum(patches.ignored().values()) == 3 + sum(before.values())
    monkeypatch.setattr(ways._Counted, "on", True)
    table = "\n".join(ways.lines())
    assert "Requests of FastHttpUser that passed by a patch" in table and f".{name}" in table


def test_who_reads_urllib3s_log_is_seen_and_costs_nothing_afterwards(session, caplog, slow):
    log = logging.getLogger("urllib3")
    session.get("/echo")
    with caplog.at_level(logging.DEBUG, "urllib3"):
        session.get("/echo")
        assert patches.found().wire_log
    session.get("/echo")
    assert [
        r.getMessage().partition('"')[2] for r in caplog.records if r.name.startswith("urllib3")
    ] == [f'GET /echo HTTP/1.1" 200 {len(session.get("/echo").content)}']
    assert not patches.found().wire_log and slow() == [] and log.level == logging.NOTSET


def test_what_is_known_of_a_class_is_worked_out_anew_when_it_or_a_base_changes():
    class Base:
        pass

    class Shop(Base):
        pass

    @patches.of_class
    def has(cls, name):
        asked.append(name)
        return hasattr(cls, name)

    asked = []
    assert [has(Shop, "a"), has(Shop, "a"), has(Shop, "b")] == [False] * 3
    assert asked == ["a", "b"]
    Base.a = 1
    assert has(Shop, "a") and not has(Shop, "b")
    Shop.b = 1
    assert has(Shop, "a") and has(Shop, "b")
    del Base.a
    assert not has(Shop, "a")


def test_a_verdict_of_somebody_elses_is_asked_for(target, monkeypatch):
    event, failures = EventHook(), []
    event.add_listener(lambda exception, **more: failures.append(exception))
    session = FastHttpSession(target.url, event, None)
    session.get("/missing")
    monkeypatch.setattr(FastResponse, "raise_for_status", lambda response: None)
    session.get("/missing")
    session.client.close()
    assert [bool(failure) for failure in failures] == [True, False]
