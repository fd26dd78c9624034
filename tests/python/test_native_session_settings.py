"""What a session can be told: adapters, overridden steps, cookies' jars, proxies, the environment,
copies.
"""

from __future__ import annotations

import copy
import gc
import pickle
from collections.abc import Iterator
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any

import pytest
import requests
from requests.adapters import BaseAdapter, HTTPAdapter
from requests.cookies import RequestsCookieJar
from tests.support.http_target import HttpTarget, Received, Reply
from tests.support.target_routes import add_usual_routes
from urllib3.util import Retry

from locustella import _core
from locustella.http.session import slow_path
from locustella.http.session.adapter import NativeAdapter
from locustella.http.session.attributes import does_what_the_core_does
from locustella.http.session.session import NativeSession
from locustella.http.urls import proxy_for

pytestmark = pytest.mark.usefixtures("balanced")


@pytest.fixture(scope="module")
def target() -> Iterator[HttpTarget]:
    with HttpTarget() as target:
        add_usual_routes(target)
        target.add_route("/flaky", _flaky)
        target.add_route("/sets", lambda request: Reply(headers=[("Set-Cookie", "a=1; Path=/")]))
        target.add_route(
            "/domain", lambda request: Reply(headers=[("Set-Cookie", "v=1; Domain=shop.example")])
        )
        yield target


def _flaky(request: Received) -> Reply:
    return Reply(200 if request.target.endswith("?2") else 503)


@pytest.fixture
def session(target: HttpTarget, monkeypatch: pytest.MonkeyPatch) -> Iterator[NativeSession]:
    for name in (
        "http_proxy",
        "https_proxy",
        "all_proxy",
        "no_proxy",
        "requests_ca_bundle",
        "curl_ca_bundle",
    ):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("NETRC", "/no/such/netrc")
    with NativeSession() as session:
        yield session


@pytest.fixture
def slow(session: NativeSession) -> Iterator[Any]:
    """A function: which reasons were counted since the test began."""
    before = slow_path.counts()
    yield lambda: {
        k: n - before.get(k, 0) for k, n in slow_path.counts().items() if n != before.get(k, 0)
    }


def _with_a_changed_pool() -> HTTPAdapter:
    adapter = HTTPAdapter()
    pools: Any = adapter.poolmanager
    own = pools.connection_from_host
    pools.connection_from_host = lambda *args, **kwargs: own(*args, **kwargs)
    return adapter


class Canned(BaseAdapter):
    """Answers by itself."""

    def send(self, request: Any, *arguments: Any, **more: Any) -> Any:
        response = requests.Response()
        response.status_code, response.request, response.url = 218, request, request.url
        response._content = request.method.encode()
        return response

    def close(self) -> None:
        pass


class TestAdapters:
    def test_has_native_ones_of_its_own(self, session, target, slow):
        assert list(session.adapters) == ["https://", "http://"]
        assert session.get_adapter("http://x/") is session.adapters["http://"]
        assert session.get(target.url).connection is session.adapters["http://"]
        assert slow() == {}

    def test_one_for_a_scheme_of_its_own(self, session, slow):
        session.mount("mock://", Canned())
        response = session.put("mock://any/where")
        assert (response.status_code, response.text, response.url) == (
            218,
            "PUT",
            "mock://any/where",
        )
        assert slow() == {"a mounted adapter": 1}

    def test_one_for_a_part_of_the_site(self, session, target, slow):
        session.mount(target.url + "/mine", Canned())
        assert session.get(target.url + "/mine/x").status_code == 218
        assert session.get(target.url + "/json").json()
        assert slow() == {"a mounted adapter": 1}

    def test_a_redirect_into_that_part(self, session, target, slow):
        session.mount(target.url + "/mine", Canned())
        response = session.get(target.url + "/redirect-to", params={"url": target.url + "/mine"})
        assert response.status_code == 218 and [r.status_code for r in response.history] == [302]
        assert slow() == {"a redirect that needs Python": 1}

    @pytest.mark.parametrize(
        "adapter",
        [HTTPAdapter, lambda: HTTPAdapter(pool_maxsize=100, pool_connections=1), NativeAdapter],
    )
    def test_plain_ones_stay_native(self, session, target, slow, adapter):
        session.mount("http://", adapter())
        before = _core.connection_counts()["opened"]
        assert session.get(target.url).status_code == 200
        assert _core.connection_counts()["opened"] == before + 1
        assert slow() == {}

    def test_retries(self, session, target, slow):
        session.mount(
            "http://", HTTPAdapter(max_retries=Retry(1, status_forcelist=[503], redirect=0))
        )
        with pytest.raises(requests.exceptions.RetryError):
            session.get(target.url + "/flaky")
        assert len(target.requests("/flaky")) == 2
        assert slow() == {"a mounted adapter": 1}

    @pytest.mark.parametrize(
        "adapter",
        [
            lambda: HTTPAdapter(pool_maxsize=1, pool_block=True),
            lambda: NativeAdapter(pool_maxsize=1, pool_block=True),
            lambda: HTTPAdapter(max_retries=Retry(0)),  # words failures in its own way
            lambda: HTTPAdapter(max_retries=Retry(None)),  # tries for ever
            lambda: HTTPAdapter(max_retries=Retry(None, other=1)),
            lambda: HTTPAdapter(max_retries=type("Mine", (Retry,), {})(0, read=False)),
            lambda: _with_a_changed_pool(),
        ],
    )
    def test_what_urllib3_alone_does_as_it_says(self, session, target, slow, adapter):
        session.mount("http://", adapter())
        assert not does_what_the_core_does(session.get_adapter("http://x/"), session)
        before = _core.connection_counts()["opened"]
        assert session.get(target.url).status_code == 200
        assert _core.connection_counts()["opened"] == before  # of urllib3's sockets it knows none
        assert slow() == {"a mounted adapter": 1}

    @pytest.mark.parametrize("retries", [0, False, Retry(0, read=False)])
    def test_no_retries(self, session, target, slow, retries):
        session.mount("http://", HTTPAdapter(max_retries=retries))
        assert session.get(target.url).status_code == 200
        assert slow() == {}

    def test_none(self, session):
        session.adapters.clear()
        with pytest.raises(requests.exceptions.InvalidSchema, match="No connection adapters"):
            session.get("http://127.0.0.1:1/")

    def test_serves_a_session_of_requests(self, target):
        with requests.Session() as plain:
            plain.trust_env = False
            plain.mount("http://", NativeAdapter())
            before = _core.connection_counts()["opened"]
            assert plain.get(target.url + "/redirect/2").text == "landed by GET"
            assert plain.get(target.url + "/sets").status_code == 200
            assert plain.get(target.url + "/cookies").json() == {"a": "1"}
            assert _core.connection_counts()["opened"] == before + 1

    def test_a_subclass_adds_headers(self, session, target, slow):
        class Signing(NativeAdapter):
            def add_headers(self, request: Any, **more: Any) -> None:
                request.headers["X-Signed"] = "yes"

        session.mount("http://", Signing())
        assert ["X-Signed", "yes"] in session.get(target.url + "/echo").json()["headers"]
        assert slow() == {"a mounted adapter": 1}


class TestOverriddenSteps:
    def test_in_a_class(self, target):
        class Careful(NativeSession):
            targets: list[Any] = []

            def get_redirect_target(self, response: Any) -> Any:
                self.targets.append(super().get_redirect_target(response))
                return self.targets[-1]

            def rebuild_auth(self, prepared_request: Any, response: Any) -> None:
                prepared_request.headers["X-Rebuilt"] = "1"

        with Careful() as session:
            landed = session.get(target.url + "/redirect/2")
        assert landed.request.headers["X-Rebuilt"] == "1"
        assert (Careful.targets[0], Careful.targets[-1]) == (
            "/redirect/1?",
            None,
        ) and "/landed" in Careful.targets

    def test_on_a_session(self, session, target, slow):
        sent = []
        send = session.send
        session.send = lambda request, **more: sent.append(request.url) or send(request, **more)
        assert session.get(target.url + "/json").json()
        assert sent == [target.url + "/json"] and slow() == {"an overridden send()": 1}

    def test_send_is_counted_once(self, session, target, slow):
        prepared = session.prepare_request(requests.Request("GET", target.url + "/redirect/3"))
        response = session.send(prepared)
        assert response.history[0].request is prepared and response.text == "landed by GET"
        assert slow() == {"send() of a prepared request": 1}

    def test_a_hook_sees_each_hop(self, session, target):
        seen = []
        session.hooks["response"].append(
            lambda response, **more: seen.append((response.status_code, sorted(more)))
        )
        session.get(target.url + "/redirect/1")
        assert seen == [(302, ["cert", "proxies", "stream", "timeout", "verify"]),
                        (200, ["cert", "proxies", "stream", "timeout", "verify"])]  # fmt: skip

    def test_the_slow_path_keeps_the_connection(self, session, target):
        before = _core.connection_counts()["opened"]
        for hooks in (None, {"response": lambda response, **_: None}, None):
            session.get(target.url + "/json", hooks=hooks)
        assert _core.connection_counts()["opened"] == before + 1


class TestCookieJars:
    def test_one_that_is_assigned_is_the_sessions(self, session, target, slow):
        jar = RequestsCookieJar()
        jar.set("mine", "1")
        session.cookies = jar
        assert session.cookies is jar
        session.get(target.url + "/sets")
        jar.set("late", "2")
        assert session.get(target.url + "/cookies").json() == {"mine": "1", "a": "1", "late": "2"}
        assert jar.get_dict() == {"mine": "1", "a": "1", "late": "2"} and slow() == {}

    def test_the_one_before_keeps_what_it_had(self, session, target):
        session.get(target.url + "/sets")
        old = session.cookies
        session.cookies = {"b": "2"}
        assert old.get_dict() == {"a": "1"} and session.cookies.get_dict() == {"b": "2"}
        assert session.get(target.url + "/cookies").json() == {"b": "2"}

    def test_shared_by_sessions(self, session, target, slow):
        with NativeSession() as other:
            other.trust_env = False
            other.cookies = session.cookies
            other.get(target.url + "/sets")
            assert session.get(target.url + "/cookies").json() == {"a": "1"}
            session.cookies.set("b", "2")
            assert other.get(target.url + "/cookies").json() == {"a": "1", "b": "2"}
        assert slow() == {"a cookie jar of another class or session": 2}

    def test_of_another_class(self, session, target):
        jar = session.cookies = CookieJar()
        session.get(target.url + "/sets")
        assert session.cookies is jar and [cookie.name for cookie in jar] == ["a"]
        session.cookies = None
        assert session.get(target.url + "/cookies").json() == {}

    def test_with_a_policy(self, session, target):
        class Nothing(DefaultCookiePolicy):
            def set_ok(self, cookie: Any, request: Any) -> bool:
                return False

        session.cookies.set_policy(Nothing())
        session.get(target.url + "/sets")
        assert len(session.cookies) == 0 and session.get(target.url + "/cookies").json() == {}

    def test_belong_to_the_host_that_is_named(self, session, target):
        session.headers["Host"] = "shop.example"
        session.get(target.url + "/domain")
        assert [(c.name, c.domain) for c in session.cookies] == [("v", ".shop.example")]
        assert session.get(target.url + "/cookies").json() == {"v": "1"}
        del session.headers["Host"]
        assert session.get(target.url + "/cookies").json() == {}

    def test_that_went_out_are_in_the_request(self, session, target):
        first = session.get(target.url + "/sets")
        assert "Cookie" not in first.request.headers
        assert session.get(target.url + "/sets").request.headers["Cookie"] == "a=1"
        hops = session.get(target.url + "/redirect/1").history
        assert hops[0].request.headers["Cookie"] == "a=1"


class TestEnvironment:
    def test_proxies(self, session, target, monkeypatch, slow):
        monkeypatch.setenv("http_proxy", target.url)
        # the target takes no whole URLs
        assert session.get("http://nowhere.test/x").status_code == 400
        assert target.violations.pop().startswith(
            "request line b'GET http://nowhere.test/x HTTP/1.1"
        )
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        assert session.get(target.url + "/json").status_code == 200
        assert slow() == {}

    def test_netrc(self, session, target, monkeypatch, tmp_path, slow):
        file = tmp_path / "netrc"
        file.write_text("machine 127.0.0.1\nlogin me\npassword secret\n")
        monkeypatch.setenv("NETRC", str(file))
        assert session.get(target.url + "/basic-auth/me/secret").status_code == 200
        assert (
            session.get(target.url + "/basic-auth/me/secret", auth=("me", "other")).status_code
            == 401
        )
        session.trust_env = False
        assert session.get(target.url + "/basic-auth/me/secret").status_code == 401
        assert slow() == {}

    @pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
    def test_authorities(self, session, monkeypatch, variable):
        monkeypatch.setenv(variable, "/no/such/bundle.pem")
        with pytest.raises(OSError, match="/no/such/bundle.pem"):
            session.get("https://127.0.0.1:1/")


@pytest.mark.parametrize(("url", "proxies", "of_session", "expected"), [
    ("http://a/", None, None, None),
    ("http://a/", {"http": "p.test:1"}, None, "http://p.test:1"),
    ("https://a/", {"http": "p.test:1"}, None, None),
    ("https://a/", {"all": "socks5://p:1"}, {}, "socks5://p:1"),
    ("http://a/", {"http": "p.test:1", "http://a": "q.test:2"}, None, "http://q.test:2"),
    ("http://b/", {"http": "p.test:1", "http://a": "q.test:2"}, None, "http://p.test:1"),
    ("http://a/", {"all://a": "q.test:2"}, {"http": "r.test:3"}, "http://r.test:3"),
    ("http://a/", {"http": "p.test:1"}, {"http": "r.test:3"}, "http://p.test:1"),
    ("http://a/", {"http": None}, {"http": "r.test:3"}, None),
    ("http://a/", None, {"http": "http://u:w@r:3"}, "http://u:w@r:3"),
])  # fmt: skip
def test_proxy_for(url, proxies, of_session, expected):
    assert proxy_for(url, proxies, of_session, trust_env=False) == expected


def test_proxy_for_the_environment(monkeypatch):
    monkeypatch.setenv("http_proxy", "http://env:1")
    monkeypatch.setenv("no_proxy", "direct.test")
    assert proxy_for("http://a/", None, None, trust_env=True) == "http://env:1"
    assert proxy_for("http://direct.test/", None, None, trust_env=True) is None
    assert proxy_for("http://a/", None, None, trust_env=False) is None
    assert proxy_for("http://a/", {"no_proxy": "a"}, None, trust_env=True) is None


class TestCopies:
    def test_pickled(self, session, target):
        session.headers["X-Own"] = "1"
        session.auth = ("me", "secret")
        session.params = {"p": "1"}
        session.get(target.url + "/sets")
        _ = session.adapters
        with pickle.loads(pickle.dumps(session)) as again:
            assert (
                again.auth == ("me", "secret")
                and again.params == {"p": "1"}
                and again.headers["x-own"] == "1"
            )
            assert again.cookies.get_dict() == {"a": "1"}
            assert again.get(target.url + "/cookies").json() == {"a": "1"}
            assert again.get(target.url + "/basic-auth/me/secret").status_code == 200
            assert list(again.adapters) == ["https://", "http://"]

    def test_copied(self, session, target):
        session.get(target.url + "/sets")
        with copy.copy(session) as again:
            again.cookies.set("b", "2")
            assert session.cookies.get_dict() == {"a": "1"}
            assert again.get(target.url + "/cookies").json() == {"a": "1", "b": "2"}

    def test_a_jar_is_copied_and_pickled(self, session, target):
        session.get(target.url + "/sets")
        for jar in (session.cookies.copy(), pickle.loads(pickle.dumps(session.cookies))):
            jar.set("x", "1")
            assert jar.get_dict() == {"a": "1", "x": "1"}
        assert session.cookies.get_dict() == {"a": "1"}

    def test_a_session_that_is_gone_leaves_nothing(self, target):
        def use() -> None:
            session = NativeSession()
            session.trust_env = False
            session.get(target.url + "/json", hooks={"response": lambda response, **_: None})
            session.cookies.set("a", "1")

        use()
        gc.collect()
        assert not [
            o for o in gc.get_objects() if type(o) is NativeAdapter and o._session() is None
        ]
