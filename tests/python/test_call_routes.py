"""What calls say of their connections, `proxies`, `cert` and `verify`, and where else they lead:
the same with `requests` and with the core, which asks Python once for each value and host.
"""

from __future__ import annotations

import os
import shutil
import ssl
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from tests.support.http_target import HttpTarget, Reply
from tests.support.self_signed import Certificate, make_certificate
from tests.support.small_proxy import SmallProxy
from tests.support.target_routes import add_usual_routes
from urllib3.exceptions import InsecureRequestWarning

from locustella import _core
from locustella.clients import HttpSession
from locustella.event import EventHook
from locustella.http.session import call_routes
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


@pytest.fixture(scope="module")
def mine(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("client"))


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
def demanding(certificate: Certificate, mine: Certificate) -> Iterator[HttpTarget]:
    """It serves who has `mine`."""
    context = certificate.server_context()
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(mine.certificate)
    with HttpTarget(tls=context) as target:
        target.add_route("/", lambda request: Reply(body=b"known"))
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


class TestProxies:
    def test_of_a_call(self, clients, shop, proxy):
        session = clients.make(f"http://shop.test:{shop.port}")
        by = {"http": f"http://{proxy.place}"}

        def calls():
            assert session.get("/", proxies=by).text == "hello"
            assert session.post("/echo", data="x", proxies=by).json()["body"] == "x"
            assert session.get("/", params={"a": "b"}, proxies=dict(by)).text == "hello"

        clients.went_natively(calls, 3)
        where = f"http://shop.test:{shop.port}"
        assert proxy.asked == [f"GET {where}/", f"POST {where}/echo", f"GET {where}/?a=b"]
        assert proxy.connections == 1
        assert clients.were_asked(session, 1)

    def test_of_the_session_changed_in_place(self, clients, shop, proxy, guarded):
        session = clients.make(f"http://shop.test:{shop.port}")
        held = session.proxies
        seen = []

        def ask(**said):
            before = len(proxy.asked), len(guarded.asked)
            answer = clients.went_natively(lambda: session.get("/", **said))
            assert answer.text == "hello"
            seen.append((len(proxy.asked) - before[0], len(guarded.asked) - before[1]))

        held["http"] = f"http://{proxy.place}"
        ask()
        held["http://shop.test"] = login(guarded)
        ask()
        ask(proxies={"http://shop.test": None})
        held.pop("http://shop.test")
        ask()
        session.proxies = held = {"all": login(guarded)}
        ask()
        ask(proxies={"http": f"http://{proxy.place}"})
        held |= {"all": f"http://{proxy.place}"}
        ask()
        assert seen == [(1, 0), (0, 1), (1, 0), (1, 0), (0, 1), (1, 0), (1, 0)]

    def test_assigned_before_each_request(self, clients, shop, proxy, guarded):
        session = clients.make(f"http://shop.test:{shop.port}")
        places = [f"http://{proxy.place}", login(guarded)]

        def calls():
            for number in range(20):
                session.proxies = {"http": places[number % 2]}
                assert session.get("/").text == "hello"

        clients.went_natively(calls, 20)
        assert (len(proxy.asked), len(guarded.asked)) == (10, 10)

    def test_each_hop_chooses(self, clients, shop, other, proxy, guarded):
        session = clients.make(f"http://shop.test:{shop.port}")
        by = {
            "http": login(guarded), "http://else.test": f"http://{proxy.place}",
            "http://127.0.0.1": None, "all": "", "https": "http://127.0.0.1:1",
        }  # fmt: skip
        there = f"http://else.test:{other.port}/redirect-to?url=http://127.0.0.1:{other.port}/echo"
        answer = clients.went_natively(
            lambda: session.get("/redirect-to", params={"url": there}, proxies=by)
        )
        assert [hop.status_code for hop in answer.history] == [302, 302]
        # the one under "http", as no proxy is named for 127.0.0.1 alone
        assert len(guarded.asked) == 2 and len(proxy.asked) == 1
        known = [
            "Proxy-Authorization" in each.request.headers for each in (*answer.history, answer)
        ]
        assert known == [False, True, True]
        # requests' own: the login goes to whoever is asked in the clear
        assert "Proxy-Authorization: Basic" in proxy.heads[0]

    def test_tls_goes_by_a_tunnel(self, clients, secure, proxy, certificate):
        session = clients.make(f"http://shop.test:{secure.port}")
        by, url = {"https": f"http://{proxy.place}"}, f"https://localhost:{secure.port}/"

        def calls():
            for _ in range(3):
                answer = session.get(url, proxies=by, verify=str(certificate.certificate))
                assert answer.text == "hello"

        clients.went_natively(calls, 3)
        assert [line.split()[:2] for line in proxy.asked] == [
            ["CONNECT", f"localhost:{secure.port}"]
        ]

    @pytest.mark.parametrize(
        "by", [{"http": "http://127.0.0.1:1"}, {"all": "socks4://127.0.0.1:1"}, {"http": "://x"}]
    )
    def test_failures_are_those_of_requests(self, clients, shop, by):
        with pytest.raises(requests.RequestException) as raised:
            clients.make(f"http://shop.test:{shop.port}").get("/", proxies=by)
        expected = requests.exceptions.ProxyError
        if by.get("http") != "http://127.0.0.1:1":
            expected = (requests.exceptions.InvalidSchema, requests.exceptions.InvalidProxyURL)
        assert isinstance(raised.value, expected)

    def test_many_are_kept_and_none_is_mixed_up(self, clients, shop, proxy):
        session = clients.make(f"http://shop.test:{shop.port}")

        def calls():
            for number in range(100):
                by = {"http": f"http://user{number % 50}:p@{proxy.place}"}
                assert session.get("/", proxies=by).text == "hello"

        clients.went_natively(calls, 100)
        sent = [head.partition("Proxy-Authorization: ")[2].split("\r\n")[0] for head in proxy.heads]
        assert len(set(sent)) == 50 and sent[:50] == sent[50:]


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
        seen = []

        def ask(**said):
            before = len(proxy.asked), len(guarded.asked)
            answer = clients.went_natively(lambda: session.get("/", **said))
            assert answer.text == "hello"
            seen.append((len(proxy.asked) - before[0], len(guarded.asked) - before[1]))

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
        assert seen == [
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


class TestAskingOfRedirects:
    """What Python answers with when the core asks it of one: no answer at all."""

    @pytest.fixture
    def session(self, shop: HttpTarget) -> Iterator[HttpSession]:
        session = HttpSession(shop.url, EventHook(), None)
        yield session
        session.close()

    @pytest.fixture
    def asked(self, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
        """The times; the first is for the request itself."""
        asked: list[Any] = []
        usual = call_routes._choice

        def choice(*said: Any) -> Any:
            asked.append(said)
            return usual(*said) if len(asked) == 1 else self.answer()

        monkeypatch.setattr(call_routes, "_choice", choice)
        return asked

    def answer(self) -> Any:
        raise NotImplementedError

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

        self.answer = answer  # type: ignore[method-assign]
        response = session.get(turn.to(""))
        assert response.status_code == 0
        assert repr(response.error) == repr(requests.exceptions.ProxyError(words))
        assert response.error.request.url == turn.there
        assert not other.received
        assert len(asked) == 2

    @pytest.mark.parametrize("made", [None, (), ("x", [], "", None)])
    def test_what_is_no_choice_is_an_error(self, session, turn, other, asked, made):
        self.answer = lambda: made  # type: ignore[method-assign]
        response = session.get(turn.to(""))
        assert isinstance(response.error, requests.exceptions.ProxyError)
        assert not other.received
        assert len(asked) == 2

    def test_it_is_asked_again_for_the_next_request(self, session, turn, asked, monkeypatch):
        self.answer = lambda: None  # type: ignore[method-assign]
        for times in (2, 3, 4):
            session.get(turn.to(""))
            assert len(asked) == times

    def test_an_interrupt_goes_on_to_who_runs(self, session, turn, other, asked):
        def answer() -> Any:
            raise KeyboardInterrupt

        self.answer = answer  # type: ignore[method-assign]
        with pytest.raises(KeyboardInterrupt):
            session.get(turn.to(""))
        assert not other.received
        assert len(asked) == 2


class TestCertificates:
    def test_of_a_call(self, clients, demanding, certificate, mine, tmp_path):
        session = clients.make(f"https://localhost:{demanding.port}")
        session.verify = str(certificate.certificate)
        pair = (str(mine.certificate), str(mine.key))
        both = tmp_path / "both.pem"
        both.write_bytes(mine.certificate.read_bytes() + mine.key.read_bytes())

        def calls():
            for cert in (pair, pair, str(both), (str(both), None)):
                assert session.get("/", cert=cert).text == "known"

        clients.went_natively(calls, 4)
        with pytest.raises(requests.RequestException):
            session.get("/")
        assert clients.were_asked(session, 2)

    def test_a_file_that_goes_and_comes(self, clients, demanding, certificate, mine, tmp_path):
        session = clients.make(f"https://localhost:{demanding.port}")
        mine_here, bundle = tmp_path / "mine.pem", tmp_path / "ca.pem"
        said = {"cert": (str(mine_here), str(mine.key)), "verify": str(bundle)}

        def there(file: Path, source: Path) -> None:
            shutil.copy(source, file)

        for missing, words in ((mine_here, "TLS certificate file"), (bundle, "CA certificate")):
            there(mine_here, mine.certificate)
            there(bundle, certificate.certificate)
            assert clients.went_natively(lambda: session.get("/", **said)).text == "known"
            missing.unlink()
            with pytest.raises(OSError, match=f"Could not find .*{words}"):
                session.get("/", **said)

    def test_of_the_session_that_goes(self, clients, shop, mine, tmp_path):
        session = clients.make(shop.url)
        file = tmp_path / "mine.pem"
        shutil.copy(mine.certificate, file)
        session.cert = str(file)
        assert clients.went_natively(lambda: session.get("/")).text == "hello"
        file.unlink()
        with pytest.raises(OSError, match="TLS certificate file"):
            session.get("/")

    def test_a_bundle_of_a_call(self, clients, secure, certificate, mine):
        session = clients.make(f"https://localhost:{secure.port}")

        def calls():
            for _ in range(3):
                assert session.get("/", verify=str(certificate.certificate)).text == "hello"

        clients.went_natively(calls, 3)
        with pytest.raises(requests.exceptions.SSLError):
            session.get("/", verify=str(mine.certificate))
        assert session.get("/", verify=str(certificate.certificate)).text == "hello"

    def test_a_bundle_matters_to_tls_alone(self, clients, shop):
        session = clients.make(shop.url)
        answer = clients.went_natively(lambda: session.get("/", verify="/nowhere.pem"))
        assert answer.text == "hello"


class TestAnotherHost:
    def test_https_from_an_http_host(self, clients, shop, secure, certificate):
        session = clients.make(shop.url)
        session.verify = str(certificate.certificate)

        def calls():
            for _ in range(3):
                assert session.get(f"https://localhost:{secure.port}/").text == "hello"
                assert session.get("/").text == "hello"

        clients.went_natively(calls, 6)
        assert clients.were_asked(session, 1)

    def test_the_bundle_is_looked_for_when_it_is_needed(self, clients, shop, secure):
        session = clients.make(shop.url)
        session.verify = "/nowhere.pem"
        assert clients.went_natively(lambda: session.get("/")).text == "hello"
        for _ in range(2):
            with pytest.raises(OSError, match="CA certificate bundle"):
                session.get(f"https://localhost:{secure.port}/")

    @pytest.mark.parametrize("said", [{"verify": False}, {}])
    def test_unverified_ones_are_warned_of(self, clients, secure, said):
        session = clients.make(f"https://localhost:{secure.port}")
        session.verify = bool(said)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")

            def calls():
                for _ in range(3):
                    for host in ("localhost", "127.0.0.1"):
                        url = f"https://{host}:{secure.port}/"
                        assert session.get(url, **said).text == "hello"

            clients.went_natively(calls, 6)
        assert {each.category for each in caught} == {InsecureRequestWarning}
        hosts = {str(each.message).split("'")[1] for each in caught}
        assert hosts == {"localhost", "127.0.0.1"}
        assert len(caught) == (2 if clients.is_native else 6)
