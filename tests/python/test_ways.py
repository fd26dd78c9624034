"""Which way requests went: the three kinds, the reason, the line of the call."""

from __future__ import annotations

import inspect
import io
from functools import partialmethod
from http.cookiejar import Cookie

import pytest
from counted_sessions import counted, made, session_of, went  # noqa: F401  # a fixture
from locustella_process import command
from recorded_requests import OwnDict
from requests.cookies import RequestsCookieJar
from tests.support.http_target import HttpTarget, Reply

from locustella import _core
from locustella.clients import HttpSession
from locustella.contrib.fasthttp import FastHttpSession
from locustella.event import EventHook
from locustella.http import ways
from locustella.http.session.session import NativeSession

session = session_of(HttpSession, FastHttpSession, NativeSession)
http_session = session_of(HttpSession)
fast_session = session_of(FastHttpSession)


def line_here(more=0):
    return inspect.currentframe().f_back.f_lineno + more


def test_requests_of_the_core_are_only_counted(session):
    for _ in range(3):
        session.get("/any")
    session.request("GET", "/any", params={"page": 2})
    assert went() == (4, 0, 0)


def test_a_request_of_pythons_has_its_reason_and_its_line(session):
    for _ in range(3):
        session.get("/any", headers=OwnDict(a="1"), allow_redirects=True)
        line = line_here(-1)
    assert went() == (0, 3, 0)
    (row,) = [line for line in ways.lines() if "headers=" in line]
    assert row.split()[:2] == ["headers=", "(OwnDict)"]
    assert row.split()[2].endswith(f"test_ways.py:{line}") and row.split()[-1] == "3"


@pytest.mark.parametrize(
    ("call", "reason"),
    [
        (lambda s: s.get("/any", context=OwnDict(a=1)), "context= (OwnDict)"),
        (lambda s: s.request(b"PURGE", "/any"), "the method b'PURGE'"),
        (lambda s: s.get("/any", cert=(), name="entry"), "cert= (tuple)"),
        (lambda s: s.get("/any", cert=(), verify=False, headers=OwnDict(a="1")),
         "cert= (tuple), headers= (OwnDict)"),
    ],
)  # fmt: skip
def test_the_reason_is_what_the_core_does_not_understand(http_session, call, reason):
    call(http_session)
    assert went() == (0, 1, 0)
    assert any(line.startswith(f"{reason}  ") for line in ways.lines()), ways.lines()


def test_settings_of_the_session_are_a_reason(http_session):
    http_session.hooks = {"response": []}
    http_session.get("/any", verify=False)
    assert any(line.startswith("the session's settings (") for line in ways.lines())
    assert any("hooks" in line for line in ways.lines())


def test_what_fast_http_user_does_not_know_is_named(fast_session):
    fast_session.get("/any", headers=OwnDict(a="1"))
    fast_session.get("/any", context=OwnDict(a=1))
    assert went() == (0, 2, 0)
    assert any(line.startswith("headers= (OwnDict)  ") for line in ways.lines())
    assert any(line.startswith("context= (OwnDict)  ") for line in ways.lines())


@pytest.mark.parametrize("kind", [HttpSession, FastHttpSession])
def test_a_context_and_another_name_are_the_cores(target, kind):
    for session in made(kind, target):
        session.get("/any", context={"a": 1})
        session.request("POST", "/any", context={"a": 1}, data="x")
        with session.rename_request("one of many"):
            session.get("/any?id=7")
            session.request("GET", "/any?id=8")
    assert went() == (4, 0, 0)


@pytest.mark.parametrize(
    "said",
    [
        {"timeout": 5}, {"verify": False, "cert": None}, {"cookies": {"a": "1"}}, {"any": [1]},
        {"network_timeout": 5, "connection_timeout": 2.5}, {"max_redirects": 3, "max_retries": 1},
        {"headers": {"A": 1.5, "B": None, "C": b"c", "Cookie": "d=1", "Host": "shop.test"}},
        {"data": ""}, {"data": {}, "timeout": (3, 10)}, {"params": "a b", "stream": True},
        {"auth": ["u", "p"], "headers": {"authorization": "mine"}},
        {"json": {}, "headers": {"Content-type": "text/x"}},
    ],
)  # fmt: skip
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_plain_data_of_fast_http_user_is_the_cores(fast_session, method, said):
    fast_session.request(method, "/any", **said)
    assert went() == (1, 0, 0)


@pytest.mark.parametrize("data", [{"a": None}, [("a", None)], {"a": []}])
@pytest.mark.parametrize("method", ["POST", "GET"])
def test_a_form_of_nothing_is_the_cores(http_session, target, data, method):
    response = http_session.request(method, "/any", data=data)
    assert went() == (1, 0, 0)
    assert target.received[0].header("Transfer-Encoding") == "chunked"
    assert target.received[0].header("Content-Type") == "application/x-www-form-urlencoded"
    assert response.request.body == "" and "Transfer-Encoding" not in response.request.headers


@pytest.mark.parametrize("how", ["call", "session"])
@pytest.mark.parametrize("said", [{"Host": "shop.test:81"}, {"Cookie": "a=1"}])
def test_a_host_or_a_cookie_is_the_cores(http_session, target, how, said):
    if how == "session":
        http_session.headers.update(said)
        said = {}
    (name, value), = (said or {n: http_session.headers[n] for n in http_session.headers
                               if n in ("Host", "Cookie")}).items()  # fmt: skip
    http_session.get("/any", headers=said)
    http_session.post("/any", data="x", headers={**said, "X-One": "1"})
    assert went() == (2, 0, 0)
    assert [request.header(name) for request in target.received] == [value] * 2


def test_a_host_that_comes_and_goes_is_seen(http_session, target):
    for host in ("a.test", "b.test", None, "c.test"):
        if host:
            http_session.headers["Host"] = host
        else:
            del http_session.headers["Host"]
        http_session.get("/any")
        http_session.get("/any", headers={"X-One": "1"})
    http_session.get("/any", headers={"Host": None})
    usual = target.url.partition("//")[2]
    expected = ["a.test", "b.test", usual, "c.test"]
    assert [request.header("Host") for request in target.received] == [
        host for host in expected for _ in range(2)
    ] + [usual]
    assert went() == (9, 0, 0)


def test_cookies_go_by_the_host_that_is_named(http_session, target):
    fields = [("Set-Cookie", "c=1; Path=/; Domain=shop.test")]
    target.add_route("/set", lambda request: Reply(200, headers=fields))
    named = {"headers": {"Host": "www.shop.test"}}
    http_session.get("/set", **named)
    assert [cookie.domain for cookie in http_session.cookies] == [".shop.test"]
    http_session.get("/any", **named)
    http_session.get("/any")
    assert [request.header("Cookie") for request in target.received] == [None, "c=1", None]
    assert went() == (3, 0, 0)


def test_of_a_name_in_two_spellings_the_last_counts(session, target):
    session.get("/any", headers={"X-A": "1", "X-B": "2", "x-a": "3"})
    assert went() == (1, 0, 0)
    fields = [pair for pair in target.received[0].headers if pair[0].lower() in ("x-a", "x-b")]
    assert fields == [("x-a", "3"), ("X-B", "2")]


def test_the_sessions_retries_leave_calls_to_the_core(target):
    session = FastHttpSession(target.url, EventHook(), None, max_retries=2, max_redirects=3)
    session.get("/any")
    session.max_retries = 1
    session.post("/any", data={"a": "1"})
    session.client.max_redirects = 0
    session.post("/any", files={"f": io.BytesIO(b"x")}, max_retries=3)
    assert went() == (3, 0, 0)
    session._close_connections()


@pytest.mark.parametrize("where", ["on the session", "on its class"])
def test_behind_a_request_of_somebody_elses_is_the_core(session, monkeypatch, where):
    """Which the verbs ask, while it is there."""
    session.get("/any")
    asked, ours = [], type(session).request

    def on_class(self, method, url, **keywords):
        asked.append((method, url))
        return ours(self, method, url, **keywords)

    def on_session(method, url, **keywords):
        return on_class(session, method, url, **keywords)

    before = went()
    with monkeypatch.context() as patches:
        if where == "on its class":
            patches.setattr(type(session), "request", on_class)
        else:
            patches.setattr(session, "request", on_session, raising=False)
        session.post("/any", data="x")
        session.request("PURGE", "/any")
    session.get("/any")
    assert asked == [("POST", "/any"), ("PURGE", "/any")]
    assert went() == (before[0] + 3, 0, 0)


@pytest.mark.parametrize("kind", [HttpSession, FastHttpSession])
def test_behind_a_verb_of_a_subclass_is_the_core(target, kind):
    class Visitor(kind):
        def get(self, url, **keywords):
            asked.append(url)
            return super().get(url, **keywords)

    asked = []
    for session in made(Visitor, target):
        assert session.get("/any").status_code == session.post("/any", "x").status_code == 200
    assert (asked, went()) == (["/any"], (2, 0, 0))


def test_a_request_that_is_a_descriptor_is_asked_too(target):
    class Visitor(HttpSession):
        request = partialmethod(HttpSession.request, name="one name")

    event, recorded = EventHook(), []
    event.add_listener(lambda name, **more: recorded.append(name))
    session = Visitor(target.url, event, None)
    session.get("/any")
    session.get("/any", name="another")
    session.close()
    assert recorded == ["one name", "another"]


@pytest.mark.parametrize(
    "verb, said",
    [
        ("get", {"data": None, "json": None, "allow_redirects": True}),
        ("options", {"data": None, "json": None, "allow_redirects": True}),
        ("head", {"data": None, "json": None, "allow_redirects": False}),
        ("post", {"data": None, "json": None}),
        ("delete", {"data": None, "json": None}),
    ],
)
def test_verbs_say_to_a_request_of_ones_own_what_they_say_under_locust(http_session, verb, said):
    def request(method, url, **keywords):
        asked.append((method, url, keywords))

    asked = []
    http_session.request = request
    getattr(http_session, verb)("/any")
    getattr(http_session, verb)("/any", allow_redirects=False, json=1)
    del http_session.request
    least, more = asked
    assert least == (verb.upper(), "/any", said)
    assert more[2] == {**said, "allow_redirects": False, "json": 1}


@pytest.mark.parametrize("method", ["PROPFIND", "purge", "TRACE", "LOCK"])
@pytest.mark.parametrize("said", [{}, {"data": "x"}, {"json": 1}, {"params": {"a": 1}}])
def test_any_method_is_the_cores(session, target, method, said):
    session.request(method, "/any", **said)
    assert went() == (1, 0, 0)
    assert target.received[-1].method == method.upper()


@pytest.mark.parametrize(
    "headers",
    [{"Content-Type": "application/json", "Accept": "a/b"}, {"Authorization": "Bearer x"},
     {"Accept-Encoding": "identity"}],
)  # fmt: skip
def test_default_headers_of_fast_http_user_leave_calls_to_the_core(target, headers):
    session = FastHttpSession(target.url, EventHook(), None, headers=headers)
    session.post("/any", json={"a": 1})
    session.post("/any", data={"a": "1"}, headers={"X-One": "1"})
    session.put("/any", data=b"bytes")
    session.delete("/any", headers={"authorization": "mine"})
    assert went() == (4, 0, 0)
    session._close_connections()


def test_other_hosts_of_fast_http_user_are_the_cores(fast_session, target):
    with HttpTarget() as other:
        other.add_route("/any", lambda request: Reply())
        assert fast_session.get(f"{other.url}/any").status_code == 200
        assert fast_session.post(f"{other.url}/any", json={"a": 1}).status_code == 200
        assert [r.header("Host") for r in other.received] == [other.url.partition("//")[2]] * 2
    assert went() == (2, 0, 0)


def test_asking_leaves_the_callers_dicts_alone(fast_session):
    form = {"a": "1"}
    assert fast_session._fits_plain_path("POST", "/any", data=form, timeout=5)
    assert form == {"a": "1"}


def test_the_slow_path_has_its_line_and_is_counted_once(http_session):
    http_session.get("/moved", hooks={"response": lambda answer, *args, **kwargs: None})
    line = line_here(-1)
    assert went() == (0, 0, 1)
    (row,) = [row for row in ways.lines() if row.startswith("response hooks")]
    assert f"test_ways.py:{line}" in row and row.split()[-1] == "1"


def test_a_redirect_that_needs_python_is_one_request_of_requests(http_session):
    class Jar(RequestsCookieJar):
        pass

    jar = Jar()
    jar.set("a", "1")
    http_session.get("/moved", cookies=jar)
    assert went() == (0, 0, 1)


def test_one_request_of_requests_leaves_the_session_as_it_was(http_session):
    http_session.get("/any", hooks={"response": lambda answer, *args, **kwargs: None})
    http_session.get("/any")
    assert went() == (1, 0, 1)


def test_hooks_that_somebody_holds_are_seen(http_session):
    held = []

    def look(answer, *args, **kwargs):
        held.append(http_session.hooks)

    http_session.get("/any", hooks={"response": look})
    called = []
    held[0]["response"].append(lambda answer, *args, **kwargs: called.append(answer))
    http_session.get("/any")
    assert len(called) == 1


def test_the_line_is_the_scripts_and_not_a_packages(http_session, monkeypatch):
    names = {"session": http_session}
    code = "def helper(session):\n    session.get('/any', headers=odd)\n"
    exec(compile(code, "/venv/lib/site-packages/tool/helper.py", "exec"), names)
    names["odd"] = OwnDict(a="1")
    names["helper"](http_session)
    line = line_here(-1)
    assert any(f"test_ways.py:{line}" in row for row in ways.lines())


def test_asking_why_sends_nothing_and_changes_nothing(session, target):
    assert session._fits_plain_path("GET", "/any", params={"a": "1"}, headers={"x": "y"})
    assert not session._fits_plain_path("GET", "/any", headers=OwnDict(a="1"))
    assert not session._fits_plain_path(b"PURGE", "/any")
    assert target.received == []
    session.get("/any")
    (received,) = target.received
    assert received.target == "/any" and received.header("x") is None


def test_asking_why_reads_no_file(session, target):
    file = io.BytesIO(b"contents")
    assert session._fits_plain_path("POST", "/any", files={"f": file})
    assert file.tell() == 0
    session.post("/any", files={"f": file}, headers=OwnDict(a="1"))
    assert b"contents" in target.received[0].body


def test_what_is_refused_has_not_gone(http_session):
    http_session.get("/any")
    with pytest.raises(ValueError):
        http_session.get("/any", cookies={"a": "b\r\nInjected: yes"})
    assert went()[0] == 1


@pytest.mark.parametrize("cls, name", [(Cookie, "value"), (RequestsCookieJar, "_cookies")])
def test_a_property_on_the_classes_of_cookies_is_pythons_to_read(
    http_session, target, monkeypatch, cls, name
):
    jar = RequestsCookieJar()
    jar.set("theme", "dark")
    assert http_session._fits_plain_path("GET", "/any", cookies=jar)
    reads = []

    def read(self):
        reads.append(name)
        return vars(self)[name]

    def write(self, value):
        vars(self)[name] = value

    monkeypatch.setattr(cls, name, property(read, write), raising=False)
    before = _core.plain_requests()
    http_session.get("/any", cookies=jar)
    assert reads and _core.plain_requests() == before
    assert target.received[-1].header("cookie") == "theme=dark"


def test_nothing_is_looked_for_unless_it_is_asked_for(session, monkeypatch):
    ways.count_ways(False)
    monkeypatch.setattr(ways, "call_site", None)
    session.get("/any", headers=OwnDict(a="1"))
    assert ways.lines() == []


def test_the_table_of_the_ways(http_session):
    before = _core.plain_requests()
    http_session.get("/any")
    assert _core.plain_requests() == before + 1
    lines = ways.lines()
    assert lines[0].startswith("Which way requests went")
    assert lines[2].split() == ["natively", "1"]
    assert lines[3].split()[-1] == lines[4].split()[-1] == "0"


@pytest.mark.parametrize("user", ["HttpUser", "FastHttpUser"])
def test_a_locustfiles_plain_requests_are_native(tmp_path, target, user):
    """There the classes go by the names of Locust's modules."""
    script = f"""
        from locust import {user}, events, task

        class Visitor({user}):
            @task
            def look(self):
                for _ in range(3):
                    self.client.get("/any")
                self.environment.runner.quit()
    """
    options = ["-f", "load.py", "--headless", "-t", "20", "-H", target.url, "--show-slow-path"]
    ended = command(tmp_path, options, {"load.py": script})
    (row,) = [line for line in ended.err.splitlines() if line.startswith("natively ")]
    assert ended.code == 0 and row.split() == ["natively", "3"]
