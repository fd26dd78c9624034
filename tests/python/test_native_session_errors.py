"""What goes wrong on requests.Session and on NativeSession: the same exceptions, chains and words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
from tests.support.http_target import HttpTarget, Received, Reply
from tests.support.self_signed import Certificate, make_certificate
from tests.support.target_routes import add_usual_routes

from locustella.http.session.session import NativeSession

pytestmark = pytest.mark.usefixtures("balanced")

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def _raw(raw: bytes) -> Callable[[Received], Reply]:
    return lambda request: Reply(raw=raw, ending="close")


@pytest.fixture(scope="module")
def target() -> Iterator[HttpTarget]:
    with HttpTarget() as target:
        add_usual_routes(target)
        target.add_route("/stalls", lambda request: Reply(body=b"x" * 40, body_delay=1))
        target.add_route("/short", lambda request: Reply(body=b"12345", length=10, ending="close"))
        target.add_route("/half-chunk", _raw(CHUNKED + b"a\r\n12345"))
        target.add_route("/no-last-chunk", _raw(CHUNKED + b"5\r\n12345\r\n"))
        target.add_route("/bad-chunk", _raw(CHUNKED + b"zz\r\n12345\r\n"))
        target.add_route(
            "/bad-gzip",
            lambda request: Reply(headers=[("Content-Encoding", "gzip")], body=b"no gzip"),
        )
        target.add_route(
            "/empty-gzip", lambda request: Reply(headers=[("Content-Encoding", "gzip")])
        )
        target.add_route("/loop", lambda request: Reply(302, headers=[("Location", "/loop?again")]))
        target.add_route(
            "/to-ftp", lambda request: Reply(302, headers=[("Location", "ftp://127.0.0.1/x")])
        )
        target.add_route(
            "/to-nowhere", lambda request: Reply(302, headers=[("Location", "http://:1")])
        )
        target.add_route(
            "/to-refused",
            lambda request: Reply(302, headers=[("Location", "http://127.0.0.1:1/x?y")]),
        )
        yield target


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def tls_target(certificate: Certificate) -> Iterator[HttpTarget]:
    with HttpTarget(tls=certificate.server_context()) as target:
        add_usual_routes(target)
        yield target


def chain(error: BaseException | None) -> list[tuple[str, str]]:
    """The exception and those that it came from, without addresses and ports."""
    links = []
    while error is not None:
        words = re.sub(
            r" at 0x[0-9a-f]+| object|<|>|\(Caused by .*| \(_ssl\.c:\d+\)", "", f"{error}"
        )
        links.append((f"{type(error).__module__}.{type(error).__name__}", words))
        error = error.__context__
    return links


def raised(make: Any, ask: Callable[[Any], Any]) -> dict[str, Any]:
    """What came out of the call: an exception with what belongs to it."""
    with make() as session:
        session.trust_env = False
        try:
            return {"answer": ask(session).content}
        except Exception as error:
            seen: dict[str, Any] = {"chain": chain(error)}
            if isinstance(error, requests.RequestException):
                request, response = error.request, error.response
                seen["request"] = request and (request.method, request.url)
                seen["response"] = response is not None and (
                    response.status_code, response.url, len(response.history), response.content
                )  # fmt: skip
            return seen


PATHS = {
    "/hangup": {}, "/reset": {}, "/short": {}, "/bad-gzip": {}, "/empty-gzip": {},
    "/half-chunk": {}, "/no-last-chunk": {}, "/bad-chunk": {}, "/garbage": {},
    "/stalls": {"timeout": 0.1}, "/delay/1000": {"timeout": 0.1},
    "/delay/1001": {"timeout": (1, 0.1)}, "/loop": {}, "/to-ftp": {}, "/to-nowhere": {},
    "/to-refused": {},
}  # fmt: skip


def both(ask: Callable[[Any], Any]) -> tuple[Any, Any]:
    """(requests', ours). Ours names the request of every exception; requests' only of some."""
    expected, seen = raised(requests.Session, ask), raised(NativeSession, ask)
    if "request" in seen and expected.get("request") is None:
        del seen["request"], expected["request"]
    return expected, seen


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("way", ["plainly", "streamed", "with a hook"])
def test_broken_answers(target: HttpTarget, path: str, way: str) -> None:
    more: dict[str, Any] = dict(PATHS[path])
    if way == "streamed":
        more["stream"] = True
    elif way == "with a hook":
        more["hooks"] = {"response": lambda response, **_: None}

    def ask(session: Any) -> Any:
        session.max_redirects = 3
        return session.get(target.url + path, **more)

    expected, seen = both(ask)
    # the core does not count what is missing of a chunk
    if path in ("/half-chunk", "/no-last-chunk"):
        assert seen["chain"][0][0] == expected["chain"][0][0]
    else:
        assert seen == expected


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/x", "http://no-such-host.invalid/", "https://127.0.0.1:1/",
                                 "ftp://127.0.0.1/", "http://", "http:///x", "nonsense", "http://[::1", "http://a b/",  # noqa: E501
                                 "http://127.0.0.1:99999/", "mailto:me@example.org"])  # fmt: skip
@pytest.mark.parametrize("way", ["plainly", "with a hook"])
def test_places_that_cannot_be_reached(url: str, way: str) -> None:
    hooks = {"response": lambda response, **_: None} if way == "with a hook" else None
    expected, seen = both(lambda session: session.get(url, hooks=hooks))
    if "answer" not in expected and "no-such-host" in url:  # the resolvers have words of their own
        assert [link[0] for link in seen["chain"]] == [link[0] for link in expected["chain"]]
    else:
        assert seen == expected


@pytest.mark.parametrize("arguments", [
    {"timeout": 0}, {"timeout": -1}, {"timeout": (1, 2, 3)}, {"timeout": True}, {"timeout": "soon"},
    {"headers": {"X": 1}}, {"headers": {"X": "a\r\nb"}}, {"headers": {" X": "a"}}, {"headers": {"X": " a"}},  # noqa: E501
    {"json": {"a": object()}}, {"json": float("nan")}, {"data": "x", "files": {"f": b"y"}},
    {"files": ["no pair"]}, {"auth": ["a", "list"]}, {"cert": "/no/such.pem"}, {"params": 7},
    {"data": iter([b"a"]), "files": {"f": b"y"}},
])  # fmt: skip
def test_arguments_that_make_no_sense(target: HttpTarget, arguments: dict[str, Any]) -> None:
    expected, seen = both(lambda session: session.post(target.url + "/echo", **arguments))
    assert "chain" in expected
    assert seen["chain"][0] == expected["chain"][0]


def test_a_method_with_a_line_end(target: HttpTarget) -> None:
    expected, seen = both(lambda session: session.request("GET\r\nX: y", target.url + "/echo"))
    assert seen["chain"][0] == expected["chain"][0]


@pytest.mark.parametrize("arguments", [{}, {"verify": "/no/such/bundle.pem"}, {"cert": "/no/such.pem"},  # noqa: E501
                                       {"cert": ("/no/such.pem", "/no/key.pem")}])  # fmt: skip
def test_tls(tls_target: HttpTarget, arguments: dict[str, Any]) -> None:
    expected, seen = both(lambda session: session.get(tls_target.url + "/json", **arguments))
    assert "chain" in expected and seen == expected


def test_tls_that_works(tls_target: HttpTarget, certificate: Certificate) -> None:
    pair = (str(certificate.certificate), str(certificate.key))
    for arguments in (
        {"verify": str(certificate.certificate)},
        {"verify": False},
        {"verify": False, "cert": pair},
    ):
        expected, seen = both(
            lambda session, more=arguments: session.get(tls_target.url + "/json", **more)
        )
        assert "answer" in seen and seen == expected


def test_a_host_that_the_certificate_does_not_name(
    tls_target: HttpTarget, certificate: Certificate
) -> None:
    url = tls_target.url.replace("127.0.0.1", "127.0.0.2") + "/json"
    expected, seen = both(lambda session: session.get(url, verify=str(certificate.certificate)))
    assert [link[0] for link in seen["chain"]] == [link[0] for link in expected["chain"]]


def test_unverified_requests_warn_as_urllib3_does(tls_target: HttpTarget) -> None:
    with (
        NativeSession() as session,
        pytest.warns(requests.packages.urllib3.exceptions.InsecureRequestWarning),
    ):
        session.get(tls_target.url + "/json", verify=False)
