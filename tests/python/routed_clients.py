"""Sessions of `requests` and of the core that do the same, and where their requests may lead.

    clients = routed_clients.clients                # fixtures: a module names those that it uses
    session = clients.make("http://shop.test:8080")
    clients.went_natively(lambda: session.get("/", proxies=...))
    clients.were_asked(session, 1)                  # how often the core has asked Python for routes
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
from tests.support.http_target import HttpTarget
from tests.support.self_signed import Certificate, make_certificate
from tests.support.small_proxy import SmallProxy
from tests.support.target_routes import add_usual_routes

from locustella import _core
from locustella.http.session.session import NativeSession

HOSTS = {"shop.test": "127.0.0.1", "else.test": "127.0.0.1"}


class Stock(requests.Session):
    """With a base URL."""

    def __init__(self, base_url: str) -> None:
        super().__init__()
        self._base_url = base_url

    def request(self, method: Any, url: Any, *arguments: Any, **more: Any) -> Any:  # type: ignore[override]
        whole = url if "://" in url else self._base_url + url
        return super().request(method, whole, *arguments, **more)


class Asking:
    """Counts how often the core asks Python for routes."""

    asked: list[Any]  # nothing of the session or its class changes when it is asked

    def _routes_of_call(self, *said: Any) -> Any:
        self.asked.append(said)
        return super()._routes_of_call(*said)  # type: ignore[misc]

    def _routes_in_environment(self, *said: Any) -> Any:
        self.asked.append(said)
        return super()._routes_in_environment(*said)  # type: ignore[misc]


class Native(Asking, NativeSession):
    pass


class Clients:
    """Makes sessions of one kind, and closes them."""

    def __init__(self, kind: type) -> None:
        self._kind = kind
        self._made: list[Any] = []
        self.is_native = kind is Native

    def make(self, base_url: str) -> Any:
        session = self._kind(base_url)
        session.asked = []
        self._made.append(session)
        return session

    def close(self) -> None:
        for session in self._made:
            session.close()

    def went_natively(self, call: Callable[[], Any], requests: int = 1) -> Any:
        """What the call gives; with the core, no Python may have worked out a request."""
        before = _core.plain_requests()
        result = call()
        assert not self.is_native or _core.plain_requests() == before + requests
        return result

    def were_asked(self, session: Any, times: int) -> bool:
        return not self.is_native or len(session.asked) == times


@pytest.fixture(params=[Stock, Native])
def clients(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Clients]:
    bundles = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
    for name in (*bundles, "http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    made = Clients(request.param)
    yield made
    made.close()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("server"))


@pytest.fixture
def shop() -> Iterator[HttpTarget]:
    with HttpTarget() as target:
        add_usual_routes(target)
        yield target


@pytest.fixture
def other() -> Iterator[HttpTarget]:
    with HttpTarget() as target:
        add_usual_routes(target)
        yield target


@pytest.fixture
def secure(certificate: Certificate) -> Iterator[HttpTarget]:
    with HttpTarget(tls=certificate.server_context()) as target:
        add_usual_routes(target)
        yield target


@pytest.fixture
def proxy() -> Iterator[SmallProxy]:
    with SmallProxy(names=HOSTS) as proxy:
        yield proxy


@pytest.fixture
def guarded() -> Iterator[SmallProxy]:
    with SmallProxy(user="anna", password="s@fe", names=HOSTS) as proxy:
        yield proxy


def login(proxy: SmallProxy) -> str:
    return f"http://anna:s%40fe@{proxy.place}"


class Watched:
    """Calls of a session, and how many of its requests each proxy has got."""

    def __init__(self, clients: Clients, session: Any, *proxies: SmallProxy) -> None:
        self._clients, self._session, self._proxies = clients, session, proxies
        self.seen: list[tuple[int, ...]] = []

    def ask(self, **said: Any) -> None:
        before = [len(proxy.asked) for proxy in self._proxies]
        answer = self._clients.went_natively(lambda: self._session.get("/", **said))
        assert answer.text == "hello"
        now = [len(proxy.asked) for proxy in self._proxies]
        self.seen.append(tuple(b - a for a, b in zip(before, now, strict=True)))
