"""What a script changes about a session, however it does so, is what the next request goes by."""

from __future__ import annotations

import copy
import gc
import json
import pickle
import subprocess
import sys
import weakref
from collections.abc import Iterator
from typing import Any

import gevent
import pytest
import requests
from recorded_requests import OwnDict
from requests.auth import HTTPBasicAuth
from requests.structures import CaseInsensitiveDict
from tests.support.http_target import HttpTarget, Received, Reply

from locustella import FastHttpUser, HttpUser, _core, constant, task
from locustella.clients import HttpSession
from locustella.contrib.fasthttp import FastHttpSession
from locustella.env import Environment
from locustella.http.session import slow_path


def _echo(request: Received) -> Reply:
    body = {
        "fields": dict(request.headers),
        "body": request.body.decode("latin1"),
        "target": request.target,
    }
    return Reply(200, body=json.dumps(body).encode())


@pytest.fixture
def target() -> Iterator[HttpTarget]:
    with HttpTarget() as target:
        target.add_route("/echo", _echo)
        target.add_route("/307", lambda request: Reply(307, [("Location", "/echo")]))
        target.add_route("/bad", lambda request: Reply(ending="hangup"))
        yield target


@pytest.fixture
def http(target: HttpTarget, environment: Environment) -> Iterator[HttpSession]:
    session = HttpSession(target.url, environment.events.request, None)
    session.trust_env = False
    session.get("/echo")
    yield session
    session.close()


@pytest.fixture
def fast(target: HttpTarget, environment: Environment) -> Iterator[FastHttpSession]:
    session = FastHttpSession(target.url, environment.events.request, None)
    session.get("/echo")
    yield session
    session._close_connections()


def fields(response: Any) -> dict:
    return json.loads(response.text)["fields"]


class TestHttp:
    def test_headers_are_requests_own(self, http):
        assert type(http.headers) is CaseInsensitiveDict

    @pytest.mark.parametrize("kind", [dict, CaseInsensitiveDict])
    def test_an_alias_of_headers(self, http, kind):
        shared = kind({"X-Token": "first"})
        http.headers = shared
        assert http.headers is shared
        assert fields(http.get("/echo"))["X-Token"] == "first"
        shared["X-Token"] = "late"
        assert fields(http.get("/echo"))["X-Token"] == "late"
        del shared["X-Token"]
        assert "X-Token" not in fields(http.get("/echo"))

    def test_headers_of_a_class_of_ones_own(self, http):
        class Counting(dict):
            asked = 0

            def items(self) -> Any:
                self.asked += 1
                return {"X-Count": str(self.asked)}.items()

        http.headers = Counting()
        seen = {fields(http.get("/echo"))["X-Count"] for _ in range(3)}
        assert len(seen) == 3

    def test_what_has_not_changed_is_not_worked_out_again(self, http, monkeypatch):
        http.headers["X-A"] = "1"
        http.cookies.set("c", "1")
        http.get("/echo")
        made = []
        original = HttpSession._configure
        monkeypatch.setattr(
            HttpSession, "_configure", lambda self: (made.append(1), original(self))[1]
        )
        before = slow_path.counts()
        for _ in range(3):
            assert http.get("/echo").status_code == 200
        assert slow_path.counts() == before and made == [1]  # once: the class has changed

    def test_a_cookies_value_in_place(self, http):
        held = http.cookies.set("c", "first")
        assert fields(http.get("/echo"))["Cookie"] == "c=first"
        held.value = "late"
        assert fields(http.get("/echo"))["Cookie"] == "c=late"
        assert fields(http.post("/echo", data=b"x"))["Cookie"] == "c=late"
        assert http.cookies.get("c") == "late"
        for cookie in http.cookies:
            cookie.value = "later"
        assert fields(http.get("/echo"))["Cookie"] == "c=later"
        held.value = "latest"
        assert fields(http.get("/echo"))["Cookie"] == "c=latest"

    def test_credentials_in_place(self, http):
        http.auth = HTTPBasicAuth("u", "p")
        first = fields(http.get("/echo"))["Authorization"]
        http.auth.password = "q"
        assert fields(http.get("/echo"))["Authorization"] != first

    def test_attributes_of_the_class(self, http, monkeypatch):
        assert "Authorization" not in fields(http.get("/echo"))
        monkeypatch.setattr(HttpSession, "auth", ("u", "p"), raising=False)
        assert "Authorization" not in fields(http.get("/echo"))  # the session has an own one
        assert http.auth is None
        http.auth = ("own", "one")
        assert "Authorization" in fields(http.get("/echo"))

    def test_behind_the_sessions_back(self, http):
        vars(http)["headers"] = {"X-Back": "1"}
        assert fields(http.get("/echo"))["X-Back"] == "1"

    def test_copies(self, http, environment):
        http.headers["X-A"] = "1"
        for twin, recorded in ((copy.copy(http), 1), (pickle.loads(pickle.dumps(http)), 0)):
            before = environment.stats.total.num_requests
            twin.trust_env = False
            twin.headers["X-A"] = "2"
            assert fields(twin.get("/echo"))["X-A"] == "2"
            assert twin.post("/echo", json={}).status_code == 200
            assert environment.stats.total.num_requests - before == 2 * recorded
            twin.close()
        assert fields(http.get("/echo"))["X-A"] == "1"

    def test_an_earlier_response_shows_what_was_sent(self, http, target):
        response = http.get("/echo")
        http.headers["X-Later"] = "1"
        http.base_url = "http://elsewhere.test"
        assert "X-Later" not in response.request.headers
        assert response.url == f"{target.url}/echo"

    @pytest.mark.parametrize(
        "wrong", ["parms", "header", "verfy", "catch_respone", "body", "redirects"]
    )
    def test_unknown_keywords(self, http, wrong):
        words = rf"Session.request\(\) got an unexpected keyword argument '{wrong}'"
        for verb in ("get", "post"):
            with pytest.raises(TypeError, match=words):
                getattr(http, verb)("/echo", **{wrong: 1})

    def test_arguments_by_place(self, http, fast):
        with pytest.raises(
            TypeError, match=r"HttpSession.get\(\) takes 2 positional arguments but 3 were given"
        ):
            http.get("/echo", {"a": 1})
        with pytest.raises(
            TypeError,
            match=r"HttpSession.put\(\) takes from 2 to 3 positional arguments but 4 were",
        ):
            http.put("/echo", "a", "b")
        with pytest.raises(
            TypeError,
            match=r"FastHttpSession.delete\(\) missing 1 required positional argument: 'url'",
        ):
            fast.delete()

    def test_json_that_is_no_json(self, http, environment):
        response = http.post("/echo", json={"price": float("nan")})
        assert response.status_code == 0 and isinstance(
            response.error, requests.exceptions.InvalidJSONError
        )
        assert environment.stats.get("/echo", "POST").num_failures == 1

    def test_an_iterator_of_numbers(self, http):
        with pytest.raises(TypeError):
            http.post("/echo", data=iter([3]))

    def test_a_redirect_wants_the_stream_again(self, http):
        class Parts:
            left = b"onetwo"

            def __len__(self) -> int:
                return len(self.left)

            def read(self, n: int = -1) -> bytes:
                part, self.left = self.left, b""
                return part

        for body in ((part for part in (b"one", b"two")), Parts()):
            response = http.post("/307", data=body, timeout=3)
            assert isinstance(response.error, requests.exceptions.UnrewindableBodyError)


class TestBytesOfTheHead:
    INJECTED = "abc\r\nX-Injected: yes"

    def test_cookies(self, http, target):
        seen = len(target.received)
        with pytest.raises(ValueError, match="Invalid header value"):
            http.get("/echo", cookies={"session": self.INJECTED})
        http.cookies.set("session", self.INJECTED)
        for verb in ("get", "post"):
            with pytest.raises(ValueError, match="Invalid header value"):
                getattr(http, verb)("/echo")
        assert len(target.received) == seen
        http.cookies.clear()
        assert http.get("/echo").status_code == 200

    def test_cookies_of_fast(self, fast, http, target):
        seen = len(target.received)
        cookie = requests.cookies.create_cookie("session", "a\0b")
        cookie.domain, cookie.path = "127.0.0.1", "/"
        fast.cookiejar.set_cookie(cookie)
        with pytest.raises(ValueError, match="Invalid header value"):
            fast.get("/echo")
        assert len(target.received) == seen

    @pytest.mark.parametrize(
        "name, value", [("X-A", "1\r\nX-B: 2"), ("X-A", "1\n"), ("X\r\nA", "1")]
    )
    def test_headers(self, http, fast, target, name, value):
        seen = len(target.received)
        assert isinstance(
            http.get("/echo", headers={name: value}).error, requests.exceptions.InvalidHeader
        )
        with pytest.raises(ValueError):
            fast.get("/echo", headers={name: value})
        http.headers[name] = value
        assert isinstance(http.get("/echo").error, requests.exceptions.InvalidHeader)
        assert len(target.received) == seen

    def test_methods(self, http, fast, target):
        seen = len(target.received)
        for session in (http, fast):
            with pytest.raises(ValueError):
                session.request("GET /x HTTP/1.1\r\nA", "/echo")
        assert len(target.received) == seen


class TestFast:
    def test_auth_header(self, fast):
        fast.auth_header = "Bearer one"
        assert [
            fields(fast.get("/echo"))["Authorization"],
            fields(fast.post("/echo", data="x"))["Authorization"],
        ] == ["Bearer one"] * 2
        fast.auth_header = "Bearer two"
        assert fields(fast.get("/echo"))["Authorization"] == "Bearer two"
        fast.auth_header = None
        assert "Authorization" not in fields(fast.get("/echo"))
        assert "Authorization" not in fields(fast.post("/echo", data="x"))

    def test_default_headers(self, fast):
        headers = fast.client.default_headers
        for value in ("1", "2"):
            headers["X-Default"] = value
            assert fields(fast.get("/echo"))["X-Default"] == value
        dict.__setitem__(headers, "x-deep", ("X-Deep", "1"))
        assert fields(fast.get("/echo"))["X-Deep"] == "1"

    def test_the_class_s_default_headers_are_those_of_the_beginning(self, target, environment):
        given = {"X-A": "1"}
        session = FastHttpSession(target.url, environment.events.request, None, headers=given)
        given["X-A"] = "2"
        assert fields(session.get("/echo"))["X-A"] == "1"
        session._close_connections()

    def test_timeouts(self, fast):
        fast.network_timeout = 7.0
        fast.get("/echo")
        fast.client.clientpool.client_args["network_timeout"] = 9.0
        fast.get("/echo")
        assert fast._setting("network_timeout") == 9.0
        fast.client.clientpool.client_args["network_timeout"] = 7.0
        assert fast._setting("network_timeout") == 7.0

    def test_bodies_as_stock_shows_them(self, fast):
        assert fast.post("/echo", json={"a": 1}).request.body == '{"a": 1}'
        assert fast.post("/echo", data={"a": 1}).request.body == b"a=1"
        assert fast.post("/echo", data="text").request.body == b"text"
        assert (
            fast.post("/echo", data="{}", headers={"Content-Type": "application/json"}).request.body
            == "{}"
        )

    def test_a_failed_stream_has_no_content(self, fast):
        assert fast.get("/bad", stream=True).content is None

    def test_wrong_urls(self, fast, http):
        for session in (fast, http):
            for url in (None, 5, b"/echo"):
                with pytest.raises(TypeError):
                    session.get(url)


class TestEndedUsers:
    @pytest.mark.parametrize("base", [HttpUser, FastHttpUser])
    def test_their_connections_are_closed_at_once(self, target, base):
        class Visitor(base):
            host = target.url
            wait_time = constant(60)

            @task
            def t(self) -> None:
                self.client.get("/echo")

        environment = Environment(user_classes=[Visitor])
        runner = environment.create_local_runner()
        before = _open()
        gc.disable()
        try:
            runner.start(5, spawn_rate=100, wait=True)
            with gevent.Timeout(20):
                while environment.stats.total.num_requests < 5:
                    gevent.sleep(0.01)
            users = [greenlet.args[0] for greenlet in runner.user_greenlets]
            assert _open() == before + 5
            runner.stop()
            assert users and _open() == before
        finally:
            gc.enable()
        runner.quit()


def _open() -> int:
    counts = _core.connection_counts()
    return counts.get("opened", 0) - counts.get("closed", 0)


def test_a_session_that_is_watched_can_be_collected(target, environment):
    session = HttpSession(target.url, environment.events.request, None)
    session.headers["X"] = "1"
    session.get("/echo")
    session.headers.loop = session
    gone = weakref.ref(session)
    del session
    gc.collect()
    assert gone() is None


def test_br_is_offered_and_decoded_without_the_package():
    code = (
        "import sys; sys.modules['brotli'] = sys.modules['brotlicffi'] = None\n"
        "from locustella.http.session.session import NativeSession\n"
        "print(NativeSession().headers['Accept-Encoding'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )  # noqa: E501
    assert done.stdout.strip() in ("gzip, deflate, br", "gzip, deflate, br, zstd")


def test_classes_say_that_they_are_locusts():
    code = (
        "import pickle, locustella.as_locust, locust, locust.exception, locust.clients, "
        "locust.contrib.fasthttp, locust.stats\n"
        "print(locust.exception.StopUser, locust.HttpUser, locust.clients.HttpSession, "
        "locust.contrib.fasthttp.FastResponse)\n"
        "print(type(pickle.loads(pickle.dumps(locust.exception.CatchResponseError('x')))).__module__)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    first, second = done.stdout.splitlines()
    assert "'locust.exception.StopUser'" in first and "'locust.user.users.HttpUser'" in first
    assert (
        "'locust.clients.HttpSession'" in first
        and "'locust.contrib.fasthttp.FastResponse'" in first
    )
    assert second == "locust.exception"


@pytest.mark.parametrize("client", [HttpSession, FastHttpSession])
def test_a_class_that_knows_its_sessions_goes_with_them(client, target, environment):
    def used() -> weakref.ref:
        own = type("Own", (client,), {})
        own.registry = [own(target.url, environment.events.request, None) for _ in range(2)]
        for session in own.registry:
            session.get("/echo")
        return weakref.ref(own.registry[0])

    gone = [used() for _ in range(600)]
    gc.collect()
    kept = sum(one() is not None for one in gone)
    assert kept < 300, "a bounded number may be remembered by who looks at classes"


@pytest.mark.parametrize("client", [HttpSession, FastHttpSession])
def test_another_class_of_a_session_is_seen(client, target, environment):
    class Other(client):
        def request(self, method, url, **kwargs):
            return super().request(method, f"{url}?other", **kwargs)

    session = client(target.url, environment.events.request, None)
    session.get("/echo")
    session.__class__ = Other
    assert json.loads(session.get("/echo").text)["target"] == "/echo?other"


def test_the_old_class_of_a_session_may_be_gone_when_the_next_is_made(target, environment):
    first, second = (type("Own", (HttpSession,), {}) for _ in range(2))
    session = first(target.url, environment.events.request, None)
    session.get("/echo")
    session.__class__ = second
    del first
    gc.collect()
    for kind in (HttpSession, second):
        assert kind(target.url, environment.events.request, None).get("/echo").status_code == 200
    assert session.get("/echo").status_code == 200


def test_fewer_redirects_than_none(http, target):
    target.add_route("/loop", lambda request: Reply(302, [("Location", "/loop")]))
    http.max_redirects = -1
    response = http.get("/loop")
    assert response.status_code == 0 and "redirects" in str(response.error)


def test_responses_of_a_class_that_nobody_else_keeps(target, environment):
    made, held = [], []

    def new_class(session):
        response_class = type("Response", (HttpSession._response_class,), {})
        made.append(weakref.ref(response_class))
        return response_class

    def looked_at_while_a_request_begins(session):
        gc.collect()
        held.append(made[-1]() is not None)

    attributes = {
        "_response_class": property(new_class),
        "_pool": property(looked_at_while_a_request_begins),
    }
    kind = type("Session", (HttpSession,), attributes)
    session = kind(target.url, environment.events.request, None)
    for said in ({"headers": OwnDict(a="1")}, {}, {}):  # Python's to work out, and the core's
        response = session.get("/echo", **said)
        gc.collect()
        assert type(response).__mro__[1] is HttpSession._response_class
    assert held == [True]


@pytest.mark.parametrize("client", [HttpSession, FastHttpSession])
def test_a_method_is_no_attribute_that_is_worked_out(client, target, environment):
    method = type("Session", (client,), {"user": lambda self: None})
    worked_out = type("Session", (client,), {"user": property(lambda self: None, lambda *_: None)})
    for kind, fits in ((method, True), (worked_out, False)):
        session = kind(target.url, environment.events.request, None)
        if client is HttpSession:
            session.trust_env = False
        assert session._fits_plain_path("GET", "/echo") is fits
