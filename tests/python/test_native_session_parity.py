"""The same calls on requests.Session and on NativeSession: the same bytes sent, the same response.

requests is right by definition. Each case is a function of a session and the target's URL.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from http.cookiejar import Cookie, CookieJar
from typing import Any

import pytest
import requests
from requests.auth import AuthBase, HTTPBasicAuth, HTTPDigestAuth, HTTPProxyAuth
from requests.cookies import RequestsCookieJar, create_cookie
from requests.structures import CaseInsensitiveDict
from tests.support.http_target import HttpTarget, Received, Reply
from tests.support.target_routes import add_usual_routes
from urllib3.util import Timeout

from locustella.http.session import slow_path
from locustella.http.session.session import NativeSession

pytestmark = pytest.mark.usefixtures("balanced")

Case = Callable[[Any, str], Any]


@pytest.fixture(scope="module")
def target() -> Iterator[HttpTarget]:
    with HttpTarget() as target:
        add_usual_routes(target)
        target.add_route(
            "/mirror",
            lambda request: Reply(headers=[("X-Target", request.target)], body=request.body),
        )
        target.add_route("/linked", _linked)
        target.add_route("/guarded", _guarded)
        target.add_route("/moved", _moved)
        target.add_route(
            "/latin",
            lambda request: Reply(headers=[("Content-Type", "text/html")], body=b"caf\xe9"),
        )
        target.add_route("/untyped", lambda request: Reply(body="жук летел".encode()))
        yield target
    assert target.violations == []


def _linked(request: Received) -> Reply:
    link = '</p/2>; rel="next"; title="two", </p/9>; rel=last'
    return Reply(headers=[("Link", link), ("X-Twice", "a"), ("X-Twice", "b")], body=b"{}")


def _guarded(request: Received) -> Reply:
    """Digest authentication, as far as one challenge goes."""
    if (request.header("Authorization") or "").startswith("Digest "):
        return Reply(headers=[("Set-Cookie", "guard=passed; Path=/")], body=b"welcome")
    challenge = 'Digest realm="r", nonce="n", qop="auth", algorithm=MD5'
    return Reply(401, headers=[("WWW-Authenticate", challenge)], body=b"who?")


def _moved(request: Received) -> Reply:
    """/moved/CODE leads to /mirror, and sets a cookie on the way."""
    status = int(request.path.rsplit("/", 1)[-1])
    return Reply(
        status,
        headers=[("Location", "/mirror?moved=1"), ("Set-Cookie", "hop=1; Path=/")],
        body=b"moved",
    )


class Token(AuthBase):
    """Puts a token into a header."""

    def __call__(self, request: Any) -> Any:
        request.headers["X-Token"] = "t"
        return request


def jar_with(name: str, value: str, **more: Any) -> RequestsCookieJar:
    jar = RequestsCookieJar()
    jar.set(name, value, **more)
    return jar


def with_settings(send: Case, **settings: Any) -> Case:
    """The case on a session that has these attributes."""

    def prepared(session: Any, url: str) -> Any:
        for name, value in settings.items():
            setattr(session, name, value() if callable(value) and name != "auth" else value)
        return send(session, url)

    return prepared


def get(path: str = "/mirror", **arguments: Any) -> Case:
    return lambda session, url: session.get(url + path, **arguments)


def post(path: str = "/mirror", **arguments: Any) -> Case:
    """Arguments that can be used once are given as functions."""
    return lambda session, url: session.post(
        url + path, **{k: v() if callable(v) else v for k, v in arguments.items()}
    )


ORDINARY: dict[str, Case] = {
    "a get": get(),
    "params": get(params={"a": "1 2", "b": ["x", "y"], "c": None}),
    "params, a list": get(params=[("a", "1"), ("a", "2")]),
    "params, text": get(params="a=b&c=d"),
    "params, bytes": get("/mirror?x=1", params=b"a=b"),
    "params of the session": with_settings(
        get(params={"b": "2", "a": None}), params={"a": "1", "s": "3"}
    ),
    "a path to be quoted": get("/mirror/a b/ü?q=ö#fragment"),
    "a path with dots": get("/mirror/a/../b/./c"),
    "headers": get(headers={"X-One": "1", "Accept": "text/plain", "x-bytes": b"raw"}),
    "headers removed": get(headers={"User-Agent": None, "Accept-Encoding": None, "Accept": None}),
    "headers of the session": with_settings(
        get(headers={"X-A": "2"}), headers={"X-A": "1", "X-None": None}
    ),
    "a host of one's own": get(headers={"Host": "shop.example"}),
    "basic auth": get("/basic-auth/me/secret", auth=("me", "secret")),
    "basic auth, refused": get("/basic-auth/me/secret", auth=("me", "wrong")),
    "basic auth, an object": get(auth=HTTPBasicAuth("ü", "p:w")),
    "auth of the session": with_settings(get(), auth=("s", "t")),
    "auth in the URL": lambda session, url: session.get(
        url.replace("//", "//me:p%40ss@") + "/mirror"
    ),
    "text": post(data="plain ü"),
    "bytes": post(data=b"\x00\xff"),
    "a bytearray": post(data=bytearray(b"array")),
    "a form": post(data={"a": "1", "b": ["2", "3"], "ü": "ö"}),
    "a form, pairs": post(data=[("a", "1"), ("a", "2")]),
    "json": post(json={"a": [1, None, "ü"]}),
    "json, falsy": post(json={}),
    "json and a type of one's own": post(
        json=[1], headers={"Content-Type": "application/vnd.api+json"}
    ),
    "nothing": post(),
    "an empty text": post(data=""),
    "files": post(files={"f": ("n.txt", b"content", "text/plain", {"X-Part": "1"})}),
    "files and fields": post(files={"f": b"x"}, data={"a": ["1", "2"]}),
    "files, a list": post(files=[("f", ("a", "1")), ("f", ("b", io.StringIO("2").read()))]),
    "an open file": post(data=lambda: io.BytesIO(b"from a file")),
    "a text file": post(data=lambda: io.StringIO("from a text file")),
    "a file in the middle": post(data=lambda: _read_on(io.BytesIO(b"from a file"), 5)),
    "a generator": post(data=lambda: (part for part in (b"one,", b"two"))),
    "an iterator": post(data=lambda: iter([b"a", b"b"])),
    "put": lambda session, url: session.put(url + "/mirror", "data by place"),
    "patch": lambda session, url: session.patch(url + "/mirror", {"by": "place"}),
    "post by place": lambda session, url: session.post(url + "/mirror", None, {"by": "place"}),
    "delete": lambda session, url: session.delete(url + "/mirror"),
    "options": lambda session, url: session.options(url + "/mirror"),
    "a method of one's own": lambda session, url: session.request(
        "propfind", url + "/mirror", data="<x/>"
    ),
    "cookies": get(cookies={"a": "1", "b": "x y"}),
    "cookies, a jar": get(cookies=jar_with("a", "1", path="/mirror")),
    "cookies of another host": get(cookies=jar_with("a", "1", domain="other.test")),
    "cookies of the session": with_settings(
        get(cookies={"b": "2"}), cookies=lambda: jar_with("a", "1")
    ),
    "a cookie header": with_settings(
        get(headers={"Cookie": "mine=1"}), cookies=lambda: jar_with("a", "1")
    ),
    "timeouts": get(timeout=(5, 10.5)),
    "a Timeout": get(timeout=Timeout(connect=5, read=5, total=9)),
    "no redirects": get("/redirect/1", allow_redirects=False),
    "redirects": get("/redirect/3"),
    "gzip": get("/gzip"),
    "chunks": get("/chunked/3"),
    "latin": get("/latin"),
    "untyped": get("/untyped"),
    "links": get("/linked"),
    "no content": get("/status/204"),
    "not found": get("/status/404"),
    **{
        f"a {code}, {method}": (
            lambda session, url, code=code, method=method: session.request(
                method,
                f"{url}/moved/{code}",
                data="body",
                headers={
                    "X-Kept": "1",
                    "Content-Type": "text/x",
                    "Content-Encoding": "x",
                    "Proxy-Authorization": "p",
                },
            )
        )
        for code in (301, 302, 303, 307, 308)
        for method in ("GET", "POST", "PUT", "DELETE")
    },
}

# The same outcome, but Python's session code has to help.
WITH_PYTHON: dict[str, Case] = {
    "a hook": get(hooks={"response": lambda response, **_: setattr(response, "seen", True)}),
    "a hook that answers": get(hooks={"response": lambda response, **_: _other(response)}),
    "a hook of the session": with_settings(
        get("/redirect/2"), hooks={"response": [lambda r, **_: None]}
    ),
    "an auth class": get(auth=Token()),
    "an auth class of the session": with_settings(get("/redirect/2"), auth=Token()),
    "digest": lambda session, url: session.get(
        url + "/guarded/x", auth=HTTPDigestAuth("me", "secret")
    ),
    "proxy auth": get(auth=HTTPProxyAuth("me", "secret")),
    "cookies across a redirect": get("/redirect/2", cookies={"a": "1"}),
    "a host across a redirect": get("/redirect/1", headers={"Host": "shop.example"}),
    "auth in the URL across a redirect": lambda session, url: session.get(
        url.replace("//", "//me:pw@") + "/redirect/1"
    ),
    "a jar of another class": with_settings(get("/moved/302"), cookies=CookieJar),
    "send": lambda session, url: session.send(
        session.prepare_request(requests.Request("POST", url + "/mirror", json=1))
    ),
    "send, a redirect": lambda session, url: session.send(
        requests.Request("GET", url + "/moved/302").prepare()
    ),
    "send, no redirects": lambda session, url: session.send(
        requests.Request("GET", url + "/moved/302").prepare(), allow_redirects=False
    ),
    "send without a length": lambda session, url: session.send(_without_length(url)),
}


def _read_on(file: Any, count: int) -> Any:
    file.read(count)
    return file


def _other(response: Any) -> Any:
    other = requests.Response()
    other.status_code, other.url, other.request, other._content = (
        299,
        response.url,
        response.request,
        b"other",
    )
    other.raw, other.reason = response.raw, "Other"
    return other


def _without_length(url: str) -> Any:
    prepared = requests.Request("POST", url + "/mirror", data=b"chunked then").prepare()
    del prepared.headers["Content-Length"]
    return prepared


def described(response: Any) -> dict[str, Any]:
    """What a script can see of a response, but for times."""
    return {
        "status": (response.status_code, response.reason, response.ok, bool(response)),
        "url": response.url,
        "headers": list(response.headers.items()),
        "types": [
            isinstance(response, requests.Response),
            type(response.headers) is CaseInsensitiveDict,
        ],
        "body": (response.content, response.text, response.encoding, response.apparent_encoding),
        "pieces": list(response.iter_content(7)),
        "redirect": (response.is_redirect, response.is_permanent_redirect, _request(response.next)),
        "links": response.links,
        "cookies": _cookies(response.cookies),
        "request": _request(response.request),
        "history": [described(answer) for answer in response.history],
        "repr": repr(response),
    }


def _request(request: Any) -> Any:
    if request is None:
        return None
    body = request.body if isinstance(request.body, str | bytes | None) else type(request.body)
    return request.method, request.url, dict(request.headers), body, request.path_url


def _cookies(jar: Any) -> list[tuple]:
    cookies: list[Cookie] = list(jar)
    return sorted((c.name, c.value, c.domain, c.path, c.expires, c.secure) for c in cookies)


def outcome(make: Any, target: HttpTarget, case: Case, base: str) -> dict[str, Any]:
    """What the target saw, what came back, and what the session has learnt."""
    target.received.clear()
    with make() as session:
        session.trust_env = False
        response = case(session, base)
        seen = described(response)
        sent = [(r.method, r.target, r.headers, r.body) for r in target.received]
        return {"sent": sent, "response": seen, "cookies": _cookies(session.cookies)}


@pytest.fixture(autouse=True)
def nothing_random(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("requests.auth.os.urandom", lambda size: b"x" * size)
    monkeypatch.setattr("requests.auth.time.ctime", lambda: "now")


@pytest.mark.parametrize("name", ORDINARY)
def test_ordinary_requests(target: HttpTarget, name: str) -> None:
    expected = outcome(requests.Session, target, ORDINARY[name], target.url)
    before = slow_path.counts()
    assert outcome(NativeSession, target, ORDINARY[name], target.url) == expected
    assert slow_path.counts() == before


@pytest.mark.parametrize("name", WITH_PYTHON)
def test_requests_that_need_python(target: HttpTarget, name: str) -> None:
    expected = outcome(requests.Session, target, WITH_PYTHON[name], target.url)
    before = sum(slow_path.counts().values())
    assert outcome(NativeSession, target, WITH_PYTHON[name], target.url) == expected
    assert sum(slow_path.counts().values()) == before + 1


@pytest.mark.parametrize("name", ["a get", "cookies of the session", "a 302, POST", "a 308, GET"])
def test_a_host_without_a_dot(target: HttpTarget, name: str) -> None:
    base = target.url.replace("127.0.0.1", "localhost")
    expected = outcome(requests.Session, target, ORDINARY[name], base)
    assert outcome(NativeSession, target, ORDINARY[name], base) == expected


def test_a_cookie_of_a_dotless_host_is_one_cookie(target: HttpTarget) -> None:
    base = target.url.replace("127.0.0.1", "localhost")
    with NativeSession() as session:
        session.cookies.set_cookie(create_cookie("hop", "mine", domain="localhost.local"))
        session.get(base + "/moved/302")
        assert session.cookies["hop"] == "1"
