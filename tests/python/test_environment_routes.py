"""Proxies that the environment names: the same with `requests` and with the core, which asks Python
once for each place, and for each that a redirect leads to.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
import routed_clients
from routed_clients import Watched, login
from tests.support.http_target import HttpTarget, Reply
from tests.support.small_proxy import SmallProxy

from locustella import _core
from locustella.clients import HttpSession
from locustella.event import EventHook
from locustella.http.session import call_routes

certificate = routed_clients.certificate
clients = routed_clients.clients
guarded = routed_clients.guarded
other = routed_clients.other
proxy = routed_clients.proxy
secure = routed_clients.secure
shop = routed_clients.shop


class TestEnvironment:
    """Proxies that the environment names, as it is at each request."""

    def test_is_asked_once_for_each_place(self, clients, shop, proxy, monkeypatch):
        monkeypatch.setenv("HTTP_PROXY", f"http://{proxy.place}")
        session = clients.make(f"http://shop.test:{shop.port}")

        def calls():
            for _ in range(3):
                assert session.get("/").text == "hello"
                assert session.post("/echo", data="x").json()["body"] == "x"
                assert session.get(f"http://else.test:{shop.port}/").text == "hello"

        clients.went_natively(calls, 9)
        assert len(proxy.asked) == 9 and proxy.connections == 1
        assert clients.were_asked(session, 2)

    def test_may_change_at_any_time(self, clients, shop, proxy, guarded, monkeypatch):
        session = clients.make(f"http://127.0.0.1:{shop.port}")
        watched = Watched(clients, session, proxy, guarded)
        ask = watched.ask
        ask()
        monkeypatch.setenv("ALL_PROXY", f"http://{proxy.place}")
        ask()
        monkeypatch.setenv("http_proxy", login(guarded))
        ask()
        ask(proxies={"http": f"http://{proxy.place}"})
        ask(proxies={"no_proxy": "127.0.0.1"})
        monkeypatch.setenv("no_proxy", "10.0.0.1, 127.0.0.0/8")
        ask()
        monkeypatch.setenv("no_proxy", "localhost")
        ask()
        session.trust_env = False
        ask()
        session.trust_env = True
        session.proxies = {"http": f"http://{proxy.place}"}  # the environment's go over them
        ask()
        monkeypatch.delenv("http_proxy")
        ask()
        monkeypatch.delenv("ALL_PROXY")
        ask()
        assert watched.seen == [
            (0, 0), (1, 0), (0, 1), (1, 0), (0, 0), (0, 0), (0, 1), (0, 0), (0, 1), (1, 0), (1, 0),
        ]  # fmt: skip

    def test_has_a_word_at_each_redirect(self, clients, shop, other, proxy, monkeypatch):
        monkeypatch.setenv("http_proxy", f"http://anna:s%40fe@{proxy.place}")
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        session = clients.make(f"http://127.0.0.1:{shop.port}")
        for _ in range(2):
            there = f"http://else.test:{other.port}/redirect-to?url=http://127.0.0.1:{other.port}/"
            answer = clients.went_natively(
                lambda url=there: session.get("/redirect-to", params={"url": url})
            )
            assert answer.text == "hello"
            known = [
                "Proxy-Authorization" in each.request.headers for each in (*answer.history, answer)
            ]
            assert known == [False, True, True]
        # once chosen a proxy stays, also for hosts that go without one: requests' own way
        assert len(proxy.asked) == 4

    def test_that_names_an_impossible_proxy_is_pythons(self, clients, shop, monkeypatch):
        monkeypatch.setenv("https_proxy", "https://127.0.0.1:1")
        session = clients.make(shop.url)
        before = _core.plain_requests()
        for _ in range(2):
            assert session.get("/").text == "hello"
        assert _core.plain_requests() == before
        assert clients.were_asked(session, 1)

    def test_goes_round_many_hosts(self, clients, shop, monkeypatch):
        hosts = [f"h{number}.test" for number in range(40)]
        with SmallProxy(names=dict.fromkeys(hosts, "127.0.0.1")) as proxy:
            monkeypatch.setenv("http_proxy", f"http://{proxy.place}")
            session = clients.make(f"http://shop.test:{shop.port}")

            def calls():
                for host in hosts * 2:
                    assert session.get(f"http://{host}:{shop.port}/").text == "hello"

            clients.went_natively(calls, 80)
        assert clients.were_asked(session, 40)

    def test_of_tls(self, clients, secure, proxy, certificate, monkeypatch):
        monkeypatch.setenv("https_proxy", f"http://{proxy.place}")
        session = clients.make(f"https://localhost:{secure.port}")
        session.verify = str(certificate.certificate)

        def calls():
            for _ in range(3):
                assert session.get("/").text == "hello"

        clients.went_natively(calls, 3)
        assert [line.split()[:2] for line in proxy.asked] == [
            ["CONNECT", f"localhost:{secure.port}"]
        ]
        assert clients.were_asked(session, 1)

    def test_a_port_of_no_proxy_is_that_of_the_url(self, clients, shop, proxy, monkeypatch):
        monkeypatch.setenv("http_proxy", f"http://{proxy.place}")
        monkeypatch.setenv("no_proxy", f"localhost:{shop.port},else.test:80")
        session = clients.make(f"http://localhost:{shop.port}")
        assert clients.went_natively(lambda: session.get("/")).text == "hello"
        assert not proxy.asked
        with pytest.raises(requests.RequestException):  # nobody is there
            session.get("http://else.test/")
        assert len(proxy.asked) == 1


class Turn:
    """A page that changes the environment's proxy while somebody waits for it, and then leads to
    `there`; NO_PROXY names its own host alone.
    """

    def __init__(self, shop: HttpTarget, other: HttpTarget, patch: pytest.MonkeyPatch) -> None:
        self.there, self._to = f"http://else.test:{other.port}/", ""
        patch.setenv("http_proxy", "http://127.0.0.1:1")
        patch.setenv("no_proxy", "127.0.0.1")
        shop.add_route("/turn", self._answer)

    def to(self, proxy: str) -> str:
        """Its path."""
        self._to = proxy
        return "/turn"

    def _answer(self, request: Any) -> Reply:
        if self._to:
            os.environ["http_proxy"] = self._to
        return Reply(302, headers=[("Location", self.there)])


@pytest.fixture
def turn(shop: HttpTarget, other: HttpTarget, monkeypatch: pytest.MonkeyPatch) -> Turn:
    return Turn(shop, other, monkeypatch)


class TestEnvironmentInFlight:
    """It changes between a request and its redirect."""

    def test_the_redirect_goes_by_what_is_there_then(self, clients, shop, turn, proxy, guarded):
        session = clients.make(shop.url)
        answer = clients.went_natively(lambda: session.get(turn.to(login(guarded))))
        assert answer.text == "hello"
        assert guarded.asked == [f"GET {turn.there}"] and not proxy.asked
        requests_made = [each.request for each in (*answer.history, answer)]
        assert ["Proxy-Authorization" in each.headers for each in requests_made] == [False, True]
        # the next request's environment is another, and so is that of its redirect
        answer = clients.went_natively(lambda: session.get(turn.to(f"http://{proxy.place}")))
        assert proxy.asked == [f"GET {turn.there}"]
        assert "Proxy-Authorization" not in answer.request.headers

    @pytest.mark.parametrize("kind", ["socks4", "https"])
    def test_to_a_proxy_that_is_not_spoken_to(self, clients, shop, turn, other, kind):
        session = clients.make(shop.url)
        with pytest.raises(requests.RequestException) as raised:
            session.get(turn.to(f"{kind}://127.0.0.1:1"))
        assert not other.received
        if clients.is_native:
            assert isinstance(raised.value, requests.exceptions.ProxyError)
            assert str(raised.value).startswith(
                f"the environment's proxy for {turn.there[:-1]} is of a kind that is not spoken: "
            )
            assert raised.value.request.url == turn.there
            assert "Proxy-Authorization" not in raised.value.request.headers

    def test_to_a_login_that_cannot_be_sent(self, clients, shop, turn, other, guarded):
        session = clients.make(shop.url)
        with pytest.raises((requests.RequestException, UnicodeEncodeError)) as raised:
            session.get(turn.to(login(guarded).replace("anna", "ü€")))
        assert "'latin-1' codec can't encode character '\\u20ac'" in str(raised.value)
        assert not other.received and not guarded.asked


class Asked:
    """How often the core asks Python; what is asked for the request itself has its usual answer."""

    def __init__(self) -> None:
        self.times = 0
        self.answer: Callable[[], Any] = lambda: None
        self._usual = call_routes._choice

    def choice(self, *said: Any) -> Any:
        self.times += 1
        return self._usual(*said) if self.times == 1 else self.answer()


class TestAskingOfRedirects:
    """What Python answers with when the core asks it of one: no answer at all."""

    @pytest.fixture
    def session(self, shop: HttpTarget) -> Iterator[HttpSession]:
        session = HttpSession(shop.url, EventHook(), None)
        yield session
        session.close()

    @pytest.fixture
    def asked(self, monkeypatch: pytest.MonkeyPatch) -> Asked:
        asked = Asked()
        monkeypatch.setattr(call_routes, "_choice", asked.choice)
        return asked

    @pytest.mark.parametrize(
        "error, words",
        [
            (ValueError("no such lück €"), r"ValueError: no such lück \u20ac"),
            (KeyError(), "KeyError"),
            (SystemExit("enough"), "SystemExit: enough"),
        ],
    )
    def test_an_error_is_the_requests(self, session, turn, other, asked, error, words):
        def answer() -> Any:
            raise error

        asked.answer = answer
        response = session.get(turn.to(""))
        assert response.status_code == 0
        assert repr(response.error) == repr(requests.exceptions.ProxyError(words))
        assert response.error.request.url == turn.there
        assert not other.received
        assert asked.times == 2

    @pytest.mark.parametrize("made", [None, (), ("x", [], "", None)])
    def test_what_is_no_choice_is_an_error(self, session, turn, other, asked, made):
        asked.answer = lambda: made
        response = session.get(turn.to(""))
        assert isinstance(response.error, requests.exceptions.ProxyError)
        assert not other.received
        assert asked.times == 2

    def test_it_is_asked_again_for_the_next_request(self, session, turn, asked):
        for times in (2, 3, 4):
            session.get(turn.to(""))
            assert asked.times == times

    def test_an_interrupt_goes_on_to_who_runs(self, session, turn, other, asked):
        def answer() -> Any:
            raise KeyboardInterrupt

        asked.answer = answer
        with pytest.raises(KeyboardInterrupt):
            session.get(turn.to(""))
        assert not other.received
        assert asked.times == 2
