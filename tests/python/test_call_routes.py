"""What calls say of their connections, `proxies`, `cert` and `verify`, and where else they lead:
the same with `requests` and with the core, which asks Python once for each value and host.
"""

from __future__ import annotations

import shutil
import ssl
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
import routed_clients
from routed_clients import Watched, login
from tests.support.http_target import HttpTarget, Reply
from tests.support.self_signed import Certificate, make_certificate
from urllib3.exceptions import InsecureRequestWarning

certificate = routed_clients.certificate
clients = routed_clients.clients
guarded = routed_clients.guarded
other = routed_clients.other
proxy = routed_clients.proxy
secure = routed_clients.secure
shop = routed_clients.shop


@pytest.fixture(scope="module")
def mine(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("client"))


@pytest.fixture
def demanding(certificate: Certificate, mine: Certificate) -> Iterator[HttpTarget]:
    """It serves who has `mine`."""
    context = certificate.server_context()
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(mine.certificate)
    with HttpTarget(tls=context) as target:
        target.add_route("/", lambda request: Reply(body=b"known"))
        yield target


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
        watched = Watched(clients, session, proxy, guarded)
        ask = watched.ask
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
        assert watched.seen == [(1, 0), (0, 1), (1, 0), (1, 0), (0, 1), (1, 0), (1, 0)]

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
