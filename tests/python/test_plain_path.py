"""The core's own path of a request and Python's: the same bytes go out, the same comes back."""

from __future__ import annotations

import io
import json
import os
from http.cookiejar import CookieJar
from pathlib import Path

import gevent
import pytest
import requests
from requests.auth import HTTPBasicAuth
from requests.cookies import RequestsCookieJar, create_cookie
from tests.support.http_target import HttpTarget, Reply

from locustella.clients import HttpSession
from locustella.contrib.fasthttp import FastHttpSession
from locustella.http.session.session import NativeSession


@pytest.fixture
def target():
    with HttpTarget() as target:
        target.add_route("/any", lambda request: Reply(200, body=b"fine"))
        target.add_route(
            "/json",
            lambda request: Reply(
                200, (("Content-Type", "application/json"),), b'{"a": "\xc3\xa4"}'
            ),
        )
        yield target


BODIES = {
    "nothing": {},
    "json": {
        "json": {
            "a": 1,
            "b": [1.5, None, True, False, '\u20ac\U0001f600\x7f\n"\\'],
            "c": {"": -7},
            "d": (),
        }
    },
    "json list": {"json": [1, 2, 3]},
    "json text": {"json": "text"},
    "json zero": {"json": 0},
    "empty json": {"json": {}},
    "json of a subclass": {"json": type("D", (dict,), {})(a=1)},
    "json with odd keys": {"json": {1: 2, None: 3}},
    "json with a large number": {"json": {"n": 2**70, "f": 1e300, "g": 5e-324, "h": 0.1}},
    "form": {"data": {"a": "1 2", "b": "\u00e4&=+", "c~": "~._-", "n": 12}},
    "form with a list": {"data": {"a": ["1", "2"]}},
    "text": {"data": "gr\u00fcn"},
    "bytes": {"data": b"\0\xff"},
    "text with a type": {"data": '{"a": 1}', "headers": {"Content-Type": "application/json"}},
    "empty text": {"data": ""},
    "data and json": {"data": "d", "json": {"j": 1}},
    "params": {"params": {"q": "a b", "n": 3, "\u00e4": "/?"}},
    "params and a query": {"params": {"b": "2"}, "path": "/any?a=1"},
}

HEADERS = {
    "none": {},
    "own": {"X-One": "1", "x-two": "zwei"},
    "of the session's names": {"accept": "text/html", "USER-AGENT": "me"},
    "of the body": {"content-type": "text/x"},
    "cookie": {"Cookie": "a=1"},
    "empty value": {"X-Empty": ""},
}


def sent(target: HttpTarget, call) -> list[tuple]:
    """What `call` sends, without what differs between any two requests."""
    before = len(target.received)
    call()
    return [(r.method, r.target, r.headers, r.body) for r in target.received[before:]]


def fully(session, method: str, path: str, **arguments):
    """By the full path: the core leaves a request's context to Python."""
    return session.request(method, path, context={"of": "this test"}, **arguments)


def goes_plainly(response) -> bool:
    """Whether Python had no part in the request."""
    return response._native_asked()[2] is None


FILES = {
    "bytes": lambda: {"f": b"\0content"},
    "described": lambda: {"f": ("ü.txt", "text", "text/plain", {"X-Part": "1"})},
    "pairs": lambda: [("f", ("a", b"1")), ["f", ["b", io.StringIO("ü")]]],
    "an open file": lambda: {"f": Path(__file__).open("rb")},
    "two": lambda: {"f": io.BytesIO(b"x"), "g": (None, b"y")},
}


def jar_of(jar):
    for cookie in (
        create_cookie("a", "1"),
        create_cookie("b", "2", domain="127.0.0.1", path="/any"),
        create_cookie("c", "3", domain="other.test"),
        create_cookie("d", "4", expires=1),
        create_cookie("e", "5", secure=True),
    ):
        jar.set_cookie(cookie)
    return jar


# What calls may say without Python having to work it out.
OF_BOTH = {
    "escapes": ("/any?q=%c3%a4&r=%41", {}),
    "blanks and more": ("/any?q=a b ä", {}),
    "dot segments": ("/x/../any", {}),
    "fragment": ("/any#top", {}),
    "absolute": ("{url}/any", {}),
    "params as pairs": ("/any", {"params": [("a", 1), ("a", "ü")]}),
    "params with lists": (
        "/any",
        {"params": {"a": [1, None, b"x"], "b": None, "c": 1.5, "d": True}},
    ),
    "params as text": ("/any", {"params": "a=1&b=2"}),
    "login": ("/any", {"auth": ("üser", "pass")}),
    "field in Latin-1": ("/any", {"headers": {"X-One": "é"}}),
    "form with numbers": ("/any", {"data": {"a": 1.5, "b": True, "c": b"\xff"}}),
    "what says nothing": ("/any", {"stream": False, "files": None}),
    "login of bytes": ("/any", {"auth": (b"u", b"\xff")}),
    "no login": ("/any", {"auth": None}),
}
OF_HTTP_USERS = {
    "form as pairs": ("/any", {"data": [("a", "1"), ("a", "2")]}),
    "form with lists": ("/any", {"data": {"a": ["1", "2"], "b": None, "c": "x"}}),
    "two timeouts": ("/any", {"timeout": (3, 10.5)}),
    "half a timeout": ("/any", {"timeout": (None, 10)}),
    "without verification": ("/any", {"verify": False}),
    "without a usual field": ("/any", {"headers": {"Accept": None, "X-One": "1"}}),
    "login as an object": ("/any", {"auth": HTTPBasicAuth("üser", "pass")}),
    "fields of bytes": ("/any", {"headers": {"X-One": b"\xe9", b"X-Two": "2"}}),
    "cookies": ("/any", {"cookies": {"a": "1", "b": '"q\\"uoted"', "bare": None, "é": "ü"}}),
    "no cookies": ("/any", {"cookies": {}}),
    "cookies in a jar": ("/any", {"cookies": jar_of(RequestsCookieJar())}),
    "cookies in Python's own jar": ("/any", {"cookies": jar_of(CookieJar())}),
    "all that says nothing": (
        "/any",
        {"cookies": None, "proxies": None, "hooks": None, "cert": None, "verify": None},
    ),
}


class TestForms:
    def check(self, session, target, path, arguments):
        path = path.format(url=target.url)
        for method in ("GET", "POST"):
            plain = sent(target, lambda method=method: session.request(method, path, **arguments))
            full = sent(target, lambda method=method: fully(session, method, path, **arguments))
            assert plain == full and len(plain) == 1
            assert goes_plainly(session.request(method, path, **arguments))
            of_a_file = {"".join(list(name)): value for name, value in arguments.items()}
            assert goes_plainly(getattr(session, method.lower())(path, **of_a_file))

    @pytest.mark.parametrize("form", OF_BOTH)
    def test_of_both_clients(self, session, target, form):
        self.check(session, target, *OF_BOTH[form])

    @pytest.mark.parametrize("form", OF_HTTP_USERS)
    def test_of_http_users(self, target, recording, form):
        self.check(HttpSession(target.url, recording.event, None), target, *OF_HTTP_USERS[form])

    @pytest.mark.parametrize("files", FILES)
    def test_files(self, session, target, files, monkeypatch):
        monkeypatch.setattr(os, "urandom", lambda size: b"\x17" * size)
        for data in ({"a": "1", "l": ["x", 2]}, None):
            made = FILES[files]
            plain = sent(target, lambda d=data, m=made: session.post("/any", files=m(), data=d))
            full = sent(
                target, lambda d=data, m=made: fully(session, "POST", "/any", files=m(), data=d)
            )
            assert plain == full and len(plain) == 1
            assert goes_plainly(session.post("/any", files=made(), data=data))

    def test_boundaries_are_random(self, session, target):
        for _ in range(2):
            session.post("/any", files={"f": b"x"})
        assert len({request.body for request in target.received}) == 2

    def test_a_patch_of_urllib3_s_boundaries(self, target, recording, monkeypatch):
        session = HttpSession(target.url, recording.event, None)
        session.post("/any", files={"f": b"x"})
        monkeypatch.setattr("urllib3.filepost.choose_boundary", lambda: "mine")
        session.post("/any", files={"f": b"x"})
        assert target.received[-1].body.startswith(b"--mine\r\n")

    def test_files_are_read_once_and_for_all(self, session, target):
        file = io.BytesIO(b"content")
        session.post("/any", files={"f": file}, headers={"Cookie": "a=1"})
        assert b"content" in target.received[-1].body and file.tell() == 7

    def test_a_closed_file(self, session, target):
        file = io.BytesIO(b"content")
        file.close()
        with pytest.raises(ValueError, match="closed"):
            session.post("/any", files={"f": file})
        assert not target.received

    def test_numbers_in_fields_of_fasthttp(self, target, recording):
        session = FastHttpSession(target.url, recording.event, None)
        response = session.get("/any", headers={"X-One": 7})
        assert goes_plainly(response) and response.request.headers["X-One"] == 7
        assert ("X-One", "7") in target.received[-1].headers

    def test_bytes_in_fields_are_shown(self, target, recording):
        session = HttpSession(target.url, recording.event, None)
        session.headers["X-One"], session.headers["X-Two"] = b"1", b"2"
        response = session.get("/any", headers={"X-Two": "of the call", "X-Three": b"3"})
        shown = response.request.headers
        assert goes_plainly(response) and response.request.headers["X-One"] == b"1"
        assert (shown["X-Two"], shown["X-Three"]) == ("of the call", b"3")

    def test_cookies_of_the_session_s_own_jar(self, target, recording):
        session = HttpSession(target.url, recording.event, None)
        session.cookies["a"] = "1"
        response = session.get("/any", cookies=session.cookies)
        assert goes_plainly(response) and ("Cookie", "a=1") in target.received[-1].headers

    @pytest.mark.parametrize(
        "cookies",
        [
            {"a": 7},
            {"a": "\u20ac"},
            {"a": "line\nbreak"},
            [("a", "1")],
            type("Jar", (RequestsCookieJar,), {})(),
        ],
    )
    def test_cookies_that_python_has_the_words_for(self, target, recording, cookies):
        session = HttpSession(target.url, recording.event, None)
        for send in (session.get, lambda path, **more: fully(session, "GET", path, **more)):
            try:
                assert not goes_plainly(send("/any", cookies=cookies))
            except (AttributeError, TypeError, ValueError):
                pass
        assert not session.cookies

    def test_cookies_of_a_call_go_with_it(self, target, recording):
        target.add_route("/to-any", lambda request: Reply(302, (("Location", "/any"),)))
        session = HttpSession(target.url, recording.event, None)
        response = session.get("/to-any", cookies={"own": "1"})
        assert goes_plainly(response) and not session.cookies
        assert [hop.request.headers["Cookie"] for hop in (*response.history, response)] == [
            "own=1", "own=1",
        ]  # fmt: skip
        assert "Cookie" not in session.get("/any").request.headers

    def test_cookies_of_a_call_go_in_the_order_of_a_new_jar(self, target, recording):
        session = HttpSession(target.url, recording.event, None)
        session.cookies.set("gone", "1", domain="127.0.0.1")
        session.cookies.clear("127.0.0.1", "/", "gone")
        session.cookies.set("a", "1")
        jar = RequestsCookieJar()
        jar.set("b", "2", domain="127.0.0.1")
        response = session.get("/any", cookies=jar)
        assert goes_plainly(response)
        assert response.request.headers["Cookie"] == "a=1; b=2"

    def test_of_another_host(self, target, recording):
        session = HttpSession("http://shop.test", recording.event, None)
        response = session.get(f"{target.url}/any?a=1")
        assert goes_plainly(response) and response.url == f"{target.url}/any?a=1"
        assert list(recording.entries) == [("/any?a=1", "GET")]

    def test_an_overridden_request_is_asked(self, target, recording):
        class Shop(HttpSession):
            def request(self, method, url, **kwargs):
                return super().request(method, url, name="mine", **kwargs)

        Shop(target.url, recording.event, None).get("/any?q=%c3%a4")
        assert list(recording.entries) == [("mine", "GET")]

    def test_a_method_in_its_own_spelling(self, session, target, recording):
        session.request("get", "/any")
        assert target.received[-1].method == "GET"
        assert list(recording.entries) == [("/any", "get")]

    def test_head_follows_when_request_is_called(self, target, recording):
        target.add_route("/to-any", lambda request: Reply(302, (("Location", "/any"),)))
        session = HttpSession(target.url, recording.event, None)
        assert session.request("HEAD", "/to-any").status_code == 200
        assert session.head("/to-any").status_code == 302


class TestSameBytes:
    @pytest.mark.parametrize("verb", ["get", "post", "put", "patch", "delete", "head", "options"])
    @pytest.mark.parametrize("body", BODIES)
    def test_of_bodies(self, session, target, verb, body):
        arguments = dict(BODIES[body])
        path = arguments.pop("path", "/any")
        plain = sent(target, lambda: getattr(session, verb)(path, **arguments))
        full = sent(target, lambda: fully(session, verb.upper(), path, **arguments))
        assert plain == full and len(plain) == 1

    @pytest.mark.parametrize("headers", HEADERS)
    @pytest.mark.parametrize("body", ["nothing", "json", "form", "text"])
    def test_of_headers(self, session, target, body, headers):
        arguments = {**BODIES[body], "headers": HEADERS[headers]}
        for verb in ("get", "post"):
            plain = sent(target, lambda verb=verb: getattr(session, verb)("/any", **arguments))
            full = sent(target, lambda verb=verb: fully(session, verb.upper(), "/any", **arguments))
            assert plain == full and len(plain) == 1

    def test_with_a_session_s_own_headers_and_login(self, target, recording):
        with_login = target.url.replace("http://", "http://user:word@")
        session = HttpSession(with_login, recording.event, None)
        session.headers.update({"X-Session": "s", "Accept": None, "Content-Type": "text/own"})
        for arguments in (
            {"json": {"a": 1}},
            {"data": {"a": "1"}},
            {"headers": {"authorization": "mine"}},
            {},
        ):  # noqa: E501
            plain = sent(target, lambda given=arguments: session.post("/any", **given))
            full = sent(target, lambda given=arguments: fully(session, "POST", "/any", **given))
            assert plain == full and len(plain) == 1
        fast = FastHttpSession(
            with_login, recording.event, None, headers={"X-Session": "s", "Accept": "x/y"}
        )
        for arguments in (
            {"json": {"a": 1}},
            {"data": {"a": "1"}},
            {"headers": {"authorization": "mine"}},
            {},
        ):
            plain = sent(target, lambda given=arguments: fast.post("/any", **given))
            full = sent(target, lambda given=arguments: fully(fast, "POST", "/any", **given))
            assert plain == full and len(plain) == 1

    def test_cookies_take_their_place(self, session, target):
        target.add_route("/set", lambda request: Reply(200, (("Set-Cookie", "c=1"),)))
        session.get("/set")
        plain = sent(target, lambda: session.post("/any", json={"a": 1}, headers={"X-One": "1"}))
        full = sent(
            target, lambda: fully(session, "POST", "/any", json={"a": 1}, headers={"X-One": "1"})
        )
        assert plain == full and ("Cookie", "c=1") in plain[0][2]

    def test_a_call_leaves_nothing_to_the_next(self, session, target):
        bare = sent(target, lambda: session.get("/any"))
        session.post("/any", json={"a": 1}, headers={"X-One": "1"}, timeout=9)
        assert sent(target, lambda: session.get("/any")) == bare

    def test_a_redirect_goes_on_as_it_should(self, session, target):
        target.add_route("/to-any", lambda request: Reply(302, (("Location", "/any"),)))
        plain = sent(target, lambda: session.post("/to-any", json={"a": 1}))
        full = sent(target, lambda: fully(session, "POST", "/to-any", json={"a": 1}))
        assert plain == full and [row[0] for row in plain] == ["POST", "GET"]
        response = session.post("/to-any", json={"a": 1})
        assert response.url.endswith("/any")


class TestArguments:
    def test_data_and_json_by_place(self, session, target):
        session.post("/any", {"a": "1"})
        session.post("/any", None, {"a": 1})
        session.put("/any", "text")
        session.patch("/any", b"bytes")
        assert [r.body for r in target.received] == [b"a=1", b'{"a": 1}', b"text", b"bytes"]

    @pytest.mark.parametrize("call", [lambda s: s.get("/any", {"a": 1}), lambda s: s.put("/any", "d", "j"),  # noqa: E501
                                      lambda s: s.post("/any", 1, 2, 3)])  # fmt: skip
    def test_too_many_by_place(self, session, call):
        with pytest.raises(TypeError, match="positional arguments but"):
            call(session)

    @pytest.mark.parametrize(
        "call",
        [
            lambda s: s.post("/any", "a", data="b"),
            lambda s: s.put("/any", None, data="b"),
            lambda s: s.post("/any", None, {"a": 1}, json={"b": 1}),
        ],
    )
    def test_by_place_and_by_name(self, session, call):
        with pytest.raises(TypeError, match="multiple values"):
            call(session)

    @pytest.mark.parametrize("name", ["timeout", "verify", "cookies", "cert"])
    def test_none_is_a_parameter_of_fasthttps(self, target, recording, name):
        session = FastHttpSession(target.url, recording.event, None)
        session.post("/any", **{name: None})
        assert target.received[-1].body == f"{name}=None".encode()

    def test_the_name_of_a_success_can_be_asked_for(self, session):
        assert session.get("/any", name="mine").request_meta["name"] == "mine"

    def test_a_base_url_assigned_while_a_request_waits(self, target, recording):
        target.add_route("/slow", lambda request: Reply(200, body=b"late", delay=0.2))
        session = HttpSession("".join([target.url]), recording.event, None)
        waiting = gevent.spawn(session.get, "/slow")
        gevent.sleep(0.05)
        session.base_url = "http://other.test"
        texts = ["x" * len(target.url) for _ in range(1000)]
        assert waiting.get(timeout=5).url == f"{target.url}/slow" and texts

    def test_what_a_call_does_not_need_may_be_wrong_with_its_session(self, target, recording):
        session = HttpSession(target.url, recording.event, None)
        session.headers["X-One"] = "\u20ac"
        assert session.get("/any", headers={"X-One": "1"}).status_code == 200

    def test_what_went_out_can_be_read(self, session):
        response = session.post("/any", json={"a": 1}, headers={"X-One": "1"})
        assert json.loads(response.request.body) == {"a": 1}
        assert (
            response.request.headers["X-One"] == "1"
            and response.request.headers["content-type"] == "application/json"
        )

    def test_params_are_in_the_url(self, target, recording):
        session = HttpSession(target.url, recording.event, None)
        assert session.get("/any", params={"a": 1}).url == f"{target.url}/any?a=1"
        assert list(recording.entries) == [("/any?a=1", "GET")]

    def test_params_are_not_in_fasthttp_s_name(self, target, recording):
        FastHttpSession(target.url, recording.event, None).get("/any", params={"a": 1})
        assert list(recording.entries) == [("/any", "GET")]

    def test_a_json_that_cannot_be(self, target):
        with pytest.raises(requests.exceptions.InvalidJSONError):
            NativeSession(target.url).post("/any", json=float("nan"))
        nested: list = []
        nested.append(nested)
        with pytest.raises(requests.exceptions.InvalidJSONError):
            NativeSession(target.url).post("/any", json=nested)

    def test_timeout(self, target, recording):
        session = HttpSession(target.url, recording.event, None)
        target.add_route("/never", lambda request: Reply(200, body=b"late", delay=5))
        response = session.get("/never", timeout=0.05)
        assert response.status_code == 0 and "read timeout=0.05" in str(response.error)

    @pytest.mark.parametrize("timeout", [0, -1, True])
    def test_a_timeout_that_makes_no_sense(self, target, timeout):
        with pytest.raises(ValueError, match="(?i)timeout"):
            NativeSession(target.url).get("/any", timeout=timeout)


class TestText:
    @pytest.mark.parametrize(("content_type", "body", "text"), [
        ("text/plain", b"gr\xfcn", "gr\u00fcn"),
        ("text/html; charset=utf-8", b"gr\xc3\xbcn\xff", "gr\u00fcn\ufffd"),
        ("text/html; Charset='UTF-8' ; x=y", b"gr\xc3\xbcn", "gr\u00fcn"),
        ("application/json", b"\xc3\xbc", "\u00fc"),
        ("text/plain; charset=cp1251", b"\xff", "\u044f"),
        ("text/plain; charset=nonsense", b"abc", "abc"),
        ("application/json", b"", ""),
    ])  # fmt: skip
    def test_charsets(self, target, content_type, body, text):
        target.add_route(
            "/text", lambda request: Reply(200, (("Content-Type", content_type),), body)
        )
        response = NativeSession(target.url).get("/text")
        assert response.text == text
        response.encoding = "latin-1"
        assert response.text == body.decode("latin-1")

    def test_two_content_types(self, target):
        """Joined, as `requests` reads them: the charset is the second one's."""
        fields = [("Content-Type", "text/html"), ("Content-Type", "text/html; charset=utf-8")]
        target.add_route("/two", lambda request: Reply(200, fields, b"gr\xc3\xbcn"))
        assert NativeSession(target.url).get("/two").text == requests.get(f"{target.url}/two").text

    def test_json(self, target):
        response = NativeSession(target.url).get("/json")
        assert response.json() == {"a": "\u00e4"}
        assert response.json(object_pairs_hook=list) == [("a", "\u00e4")]
