"""Requests through proxies: what arrives, what the proxy is told, and how failures look."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests
from plain_session import PlainSession, failure_of
from tests.support.http_target import HttpTarget
from tests.support.self_signed import make_certificate
from tests.support.small_proxy import SmallProxy
from tests.support.target_routes import add_usual_routes
from urllib3 import exceptions as urllib3_exceptions

from locustella.contrib.fasthttp import FastHttpSession
from locustella.event import EventHook
from locustella.exception import LocustError

pytestmark = pytest.mark.usefixtures("balanced")


@pytest.fixture
def session():
    session = PlainSession()
    yield session
    session._close_connections()


@pytest.fixture(scope="module")
def target() -> Iterator[HttpTarget]:
    with HttpTarget() as target:
        add_usual_routes(target)
        yield target


@pytest.fixture(scope="module")
def tls_target(tmp_path_factory) -> Iterator[HttpTarget]:
    with HttpTarget(
        tls=make_certificate(tmp_path_factory.mktemp("tls")).server_context()
    ) as target:
        add_usual_routes(target)
        yield target


@pytest.fixture
def proxy() -> Iterator[SmallProxy]:
    with SmallProxy(user="anna", password="s@fe", names={"shop.test": "127.0.0.1"}) as proxy:
        yield proxy


def with_login(proxy: SmallProxy, scheme: str) -> str:
    return f"{scheme}://anna:s%40fe@{proxy.place}"


class TestHttpProxy:
    def test_forwards_plain_requests(self, session, proxy, target):
        url = f"http://shop.test:{target.port}/echo?a=b"
        response = session.ask(
            url,
            method="POST",
            fields=b"Content-Length: 5\r\n",
            body=b"hello",
            proxy=with_login(proxy, "http"),
        )
        assert response.json()["target"] == "/echo?a=b" and response.json()["body"] == "hello"
        assert proxy.asked == [f"POST {url}"]
        assert not [
            name for name, _ in response.json()["headers"] if name.lower().startswith("proxy")
        ]

    def test_asks_the_same_as_requests(self, session, proxy, target):
        url = f"http://shop.test:{target.port}/"
        session.ask(url, proxy=with_login(proxy, "http"))
        requests.get(url, proxies={"http": with_login(proxy, "http")})
        native, stock = (head.split("\r\n") for head in proxy.heads)
        assert native[:2] == stock[:2] and native[-3:] == stock[-3:]

    def test_tunnels_tls(self, session, proxy, tls_target):
        for _ in range(3):
            response = session.ask(
                f"https://shop.test:{tls_target.port}/echo", proxy=with_login(proxy, "http")
            )
            assert response.status_code == 200
        assert proxy.asked == [f"CONNECT shop.test:{tls_target.port}"] and proxy.connections == 1

    def test_login_is_needed(self, session, proxy, target, tls_target):
        assert (
            session.ask(
                f"http://shop.test:{target.port}/", proxy=f"http://{proxy.place}"
            ).status_code
            == 407
        )
        response = session.ask(
            f"https://shop.test:{tls_target.port}/", proxy=f"http://{proxy.place}"
        )
        assert "Tunnel connection failed: 407 Who are you" in str(failure_of(response))


class TestSocks5:
    def test_with_names_for_the_proxy_to_look_up(self, session, proxy, target, tls_target):
        for each, scheme in ((target, "http"), (tls_target, "https")):
            response = session.ask(
                f"{scheme}://shop.test:{each.port}/", proxy=with_login(proxy, "socks5h")
            )
            assert response.text == "hello"
            assert proxy.asked[-1] == f"SOCKS5 shop.test:{each.port}"

    def test_with_names_that_we_look_up(self, session, proxy, target):
        assert (
            session.ask(f"http://localhost:{target.port}/", proxy=with_login(proxy, "socks5")).text
            == "hello"
        )
        assert proxy.asked == [f"SOCKS5 127.0.0.1:{target.port}"]

    def test_refusals_have_words(self, session, proxy):
        with SmallProxy() as nobody:
            port = nobody.port
        error = failure_of(
            session.ask(f"http://127.0.0.1:{port}/", proxy=with_login(proxy, "socks5"))
        )
        assert isinstance(error, requests.ConnectionError) and "0x05: Connection refused" in str(
            error
        )
        wrong = failure_of(
            session.ask(f"http://127.0.0.1:{port}/", proxy=f"socks5://anna:wrong@{proxy.place}")
        )
        assert "SOCKS5 authentication failed" in str(wrong)


def chain(error: BaseException | None) -> list[tuple]:
    found = []
    while error is not None:
        found.append((type(error), str(error)))
        error = error.__context__
    return found


def stock_error(url: str, proxy: str, timeout: float) -> BaseException:
    with pytest.raises(requests.RequestException) as raised:
        requests.get(url, proxies={"http": proxy, "https": proxy}, timeout=timeout)
    return raised.value


class TestFailuresAreThoseOfRequests:
    @pytest.mark.parametrize("url", ["http://shop.test/x?y", "https://shop.test/x?y"])
    @pytest.mark.parametrize("proxy", ["http://127.0.0.1:1", "http://no-such-proxy.invalid:3128"])
    def test_a_proxy_that_cannot_be_reached(self, session, url, proxy):
        error = failure_of(session.ask(url, proxy=proxy, timeout=20.0))
        assert isinstance(error, requests.exceptions.ProxyError)
        assert isinstance(error.args[0].reason, urllib3_exceptions.ProxyError)
        assert chain(error) == chain(stock_error(url, proxy, 20.0))

    @pytest.mark.parametrize(
        "line", ["HTTP/1.1 403 Forbidden", "HTTP/1.0 502 Bad gateway", "HTTP/1.1 407 Login please"]
    )
    def test_a_tunnel_that_is_refused(self, session, line):
        with SmallProxy(refusal=line) as proxy:
            error = failure_of(session.ask("https://shop.test/x", proxy=f"http://{proxy.place}"))
            assert chain(error) == chain(
                stock_error("https://shop.test/x", f"http://{proxy.place}", 20.0)
            )

    def test_an_answer_that_is_none(self, session):
        with SmallProxy(refusal="BLAH") as proxy:
            error = failure_of(session.ask("https://shop.test/x", proxy=f"http://{proxy.place}"))
            assert isinstance(error, requests.ConnectionError) and "BadStatusLine('BLAH" in repr(
                error
            )

    @pytest.mark.parametrize("proxy", ["https://127.0.0.1:1", "socks4://127.0.0.1:1", "http://:x"])
    def test_proxies_for_the_slow_path_only(self, session, proxy):
        with pytest.raises(ValueError, match="prox"):
            session.ask("http://shop.test/", proxy=proxy)


class TestFastHttpUsersProxy:
    def session(self, url: str, **settings) -> FastHttpSession:
        return FastHttpSession(url, EventHook(), None, **settings)

    def test_forwards_and_tunnels(self, target, tls_target):
        with SmallProxy(names={"shop.test": "127.0.0.1"}) as proxy:
            for each, scheme in ((target, "http"), (tls_target, "https")):
                session = self.session(
                    f"{scheme}://shop.test:{each.port}",
                    proxy_host="127.0.0.1",
                    proxy_port=proxy.port,
                )
                assert session.get("/echo?q=1").json()["target"] == "/echo?q=1"
            assert proxy.asked == [
                f"GET http://shop.test:{target.port}/echo?q=1",
                f"CONNECT shop.test:{tls_target.port}",
            ]

    def test_failures_are_recorded_with_geventhttpclients_words(self):
        with SmallProxy(refusal="HTTP/1.1 407 Login please") as proxy:
            session = self.session(
                "https://shop.test", proxy_host="127.0.0.1", proxy_port=proxy.port
            )
            error = session.get("/").error
        assert isinstance(error, RuntimeError)
        assert (
            str(error)
            == "Proxy CONNECT failed: HTTP/1.1 407 Login please (proxy authentication required?)"
        )
        error = (
            self.session("http://shop.test", proxy_host="127.0.0.1", proxy_port=1).get("/").error
        )
        assert isinstance(error, ConnectionRefusedError)

    def test_a_host_without_a_port_is_told_at_once(self):
        with pytest.raises(LocustError, match="proxy_port"):
            self.session("http://shop.test", proxy_host="proxy.test")
