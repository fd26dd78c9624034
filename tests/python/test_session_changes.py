"""A session that changes between its requests: the core sees it, and seldom asks Python."""

from __future__ import annotations

import io

import pytest
from requests.auth import HTTPBasicAuth
from tests.support.http_target import Reply

from locustella.clients import HttpSession
from locustella.contrib.fasthttp import FastHttpSession


class Counting:
    """Counts how often Python makes a profile."""

    asked = 0

    def _configure(self):
        self.__class__.asked += 1
        super()._configure()


@pytest.fixture
def http(target, recording):
    session = type("Session", (Counting, HttpSession), {})(target.url, recording.event, None)
    yield session
    session._close_connections()


@pytest.fixture
def fast(target, recording):
    session = type("Session", (Counting, FastHttpSession), {})(target.url, recording.event, None)
    yield session
    session._close_connections()


def fields(target, *names):
    return [value for name, value in target.received[-1].headers if name in names]


def asked_for(session, change, number=20) -> int:
    """How often Python was asked while the session changed before each of its requests."""
    for i in range(5):
        change(i)
        session.get("/any")
    before = session.asked
    for i in range(number):
        change(i)
        assert session.get("/any").status_code == 200
        assert session.post("/any", json=[i]).status_code == 200
    return session.asked - before


class TestHttpSession:
    def test_a_file_that_changes_the_session_as_it_is_read(self, http, target):
        class Changing(io.RawIOBase):
            left = [b"abc"]

            def readable(self):
                return True

            def readinto(self, into):
                http.base_url = target.url
                piece = self.left.pop() if self.left else b""
                into[: len(piece)] = piece
                return len(piece)

        http.headers["X-Odd"] = b"bytes"
        http.get("/any")
        answer = http.post("/any", files={"f": ("a.txt", io.BufferedReader(Changing()))})
        assert answer.request.headers["X-Odd"] == b"bytes"
        assert b"abc" in target.received[-1].body

    def test_a_header(self, http, target):
        seen = []

        def change(i):
            http.headers["X-Number"] = str(i)
            seen.append(str(i))

        assert asked_for(http, change) == 0
        assert fields(target, "X-Number") == [seen[-1]]

    def test_headers_come_and_go(self, http, target):
        def change(i):
            http.headers.pop("Accept", None)
            http.headers.pop("X-New", None)
            if i % 2:
                http.headers["X-New"] = "1"

        assert asked_for(http, change) == 0
        assert fields(target, "X-New", "Accept") == ["1"]

    def test_what_a_call_says_goes_over_it(self, http, target):
        http.headers["X-One"] = "1"
        http.get("/any")
        http.headers["X-One"], http.headers["X-Two"] = "2", "2"
        response = http.get("/any", headers={"x-one": "call", "X-Two": None, "X-Three": "3"})
        assert fields(target, "x-one", "X-One", "X-Two", "X-Three") == ["call", "3"]
        assert "X-Two" not in response.request.headers
        assert http.get("/any").request.headers["X-Two"] == "2"

    def test_a_login(self, http, target):
        def change(i):
            http.auth = ("u", str(i))

        assert asked_for(http, change) == 0
        assert fields(target, "Authorization") == ["Basic dToxOQ=="]

    def test_a_login_that_goes(self, http, target):
        for i in range(5):
            http.auth = ("u", str(i))
            http.get("/any")
        http.auth = None
        http.get("/any")
        assert not fields(target, "Authorization")

    def test_params(self, http, target):
        def change(i):
            http.params["n"] = i

        assert asked_for(http, change) == 0
        assert target.received[-1].target == "/any?n=19"
        http.get("/any?a=1", params={"n": None, "b": "2"})
        assert target.received[-1].target == "/any?a=1&b=2"

    def test_params_assigned(self, http, target):
        def change(i):
            http.params = {"n": i}

        assert asked_for(http, change) == 0
        assert target.received[-1].target == "/any?n=19"

    def test_cookies(self, http, target):
        def change(i):
            http.cookies["n"] = str(i)

        assert asked_for(http, change) == 0
        assert fields(target, "Cookie") == ["n=19"]
        assert len(http.cookies._rows) == 1

    def test_a_cookie_set_late_and_changed_in_place(self, http, target):
        http.cookies.set("a", "1")
        http.get("/any")
        late = http.cookies.set("b", "1")
        http.get("/any")
        late.value = "2"
        http.get("/any")
        assert fields(target, "Cookie") == ["a=1; b=2"]

    @pytest.mark.parametrize("value", ["a\r\nX-Injected: 1", "\u20ac", " blank"])
    def test_what_no_field_may_have(self, http, target, value):
        http.headers["X-One"] = "1"
        http.get("/any")
        before = len(target.received)
        http.headers["X-One"] = value
        response = None
        try:
            response = http.get("/any")
        except (UnicodeEncodeError, ValueError):
            pass
        assert len(target.received) == before
        assert response is None or response.error is not None
        http.headers["X-One"] = "2"
        http.get("/any")
        assert fields(target, "X-One") == ["2"]

    def test_another_setting_beside(self, http, target):
        for i in range(6):
            http.auth = ("u", str(i))
            http.get("/any")
        http.auth, http.max_redirects = ("u", "x"), 0
        asked = http.asked
        http.get("/any")
        assert http.asked == asked + 1 and fields(target, "Authorization") == ["Basic dTp4"]

    def test_an_authentication_object(self, http, target):
        http.auth = HTTPBasicAuth("u", "1")
        http.get("/any")
        http.auth.password = "2"
        http.get("/any")
        assert fields(target, "Authorization") == ["Basic dToy"]

    def test_fields_that_have_a_usual_value(self, http, target):
        http.headers["Content-Type"] = "text/xml"
        http.get("/any")
        for name in ("User-Agent", "Accept-Encoding", "Content-Type"):
            http.headers.pop(name)
            asked = http.asked
            http.post("/any", json=[1])
            assert http.asked == asked
        sent = dict(target.received[-1].headers)
        assert sent["Accept-Encoding"] == "identity"
        assert sent["User-Agent"].startswith("python-urllib3/")
        assert fields(target, "Content-Type") == ["application/json"]
        http.headers["Content-Type"] = "text/xml"
        http.post("/any", json=[1])
        assert fields(target, "Content-Type") == ["text/xml"]

    def test_a_name_that_is_no_plain_text(self, http, target):
        class Name(str):
            pass

        name = Name("odd")
        vars(http)[name] = name
        for i in range(5):
            http.auth = ("u", str(i))
            http.get("/any")
        del vars(http)[name]
        http.max_redirects = 0
        target.add_route("/302", lambda request: Reply(302, [("Location", "/any")]))
        assert http.get("/302").error is not None

    def test_a_pair_in_a_plain_dict_is_no_field(self, http, target):
        http.headers = {"X-One": "1"}
        http.get("/any")
        before = len(target.received)
        http.headers["X-One"] = ("X-Two", "2")
        assert http.get("/any").error is not None
        assert len(target.received) == before


class TestFastHttpSession:
    def test_a_default_header(self, fast, target):
        def change(i):
            fast.client.default_headers["X-Number"] = str(i)

        assert asked_for(fast, change) == 0
        assert fields(target, "X-Number") == ["19"]

    def test_auth_header(self, fast, target):
        def change(i):
            fast.auth_header = f"Bearer {i}"

        assert asked_for(fast, change) == 0
        assert fields(target, "Authorization") == ["Bearer 19"]

    def test_a_header_that_takes_thought(self, fast, target):
        fast.client.default_headers["X-One"] = "1"
        fast.get("/any")
        fast.client.default_headers["Accept"] = "text/x"
        fast.post("/any", json=[1])
        assert fields(target, "Accept") == ["application/json"]

    @pytest.mark.parametrize(
        "name",
        ["Accept", "accept-encoding", "Authorization", "content-type", "Content-Length", "Expect",
         "Host", "Cookie", "Transfer-Encoding"],
    )  # fmt: skip
    def test_one_of_these_asks_python(self, fast, target, name):
        """The names come from where the templates do."""
        for i in range(3):
            fast.client.default_headers["X-One"] = str(i)
            fast.get("/any")
        asked = fast.asked
        fast.client.default_headers[name] = "0" if name == "Content-Length" else "x"
        fast._fits_plain_path("GET", "/any")
        assert fast.asked == asked + 1
