"""Bodies that are read as they come, and `response.raw`: as under requests."""

from __future__ import annotations

import gzip
import io
import pickle
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
import urllib3
from requests.exceptions import StreamConsumedError
from tests.support.http_target import HttpTarget, Reply
from tests.support.small_proxy import SmallProxy
from tests.support.target_routes import add_usual_routes

from locustella.http.session import slow_path
from locustella.http.session.session import NativeSession

pytestmark = pytest.mark.usefixtures("balanced")

TEXT = "eins\r\nzwei\nd-r-ü-i\n\nende".encode()


@pytest.fixture(scope="module")
def target() -> Iterator[HttpTarget]:
    with HttpTarget() as target:
        add_usual_routes(target)
        utf8 = ("Content-Type", "text/plain; charset=utf-8")
        target.add_route("/text", lambda request: Reply(headers=[utf8], body=TEXT))
        target.add_route(
            "/packed",
            lambda request: Reply(
                headers=[utf8, ("Content-Encoding", "gzip")],
                body=gzip.compress(TEXT * 50, mtime=0),
            ),
        )
        target.add_route(
            "/chunks", lambda request: Reply(headers=[utf8], chunks=[b"a" * 5, b"b" * 700, b"c"])
        )
        target.add_route(
            "/old", lambda request: Reply(raw=b"HTTP/1.0 200 Fine\r\n\r\nold", ending="close")
        )
        target.add_route(
            "/twice", lambda request: Reply(headers=[("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")])
        )
        yield target


@pytest.fixture(params=[requests.Session, NativeSession], ids=["requests", "native"])
def session(request: pytest.FixtureRequest) -> Iterator[Any]:
    with request.param() as session:
        session.trust_env = False
        yield session


PATHS = ("/text", "/packed", "/bytes/1000", "/close-delimited", "/status/204")
WAYS: dict[str, Callable[[Any], Any]] = {
    "content": lambda r: (r.content, r.content),
    "pieces": lambda r: list(r.iter_content(7)),
    "large pieces": lambda r: b"".join(r.iter_content(100_000)),
    "single bytes": lambda r: b"".join(r),
    "all at once": lambda r: list(r.iter_content(None)),
    "text pieces": lambda r: "".join(map(str, r.iter_content(5, decode_unicode=True))),
    "lines": lambda r: list(r.iter_lines(chunk_size=3)),
    "text lines": lambda r: list(r.iter_lines(decode_unicode=r.encoding is not None)),
    "lines by a delimiter": lambda r: list(r.iter_lines(delimiter=b"\n")),
    "raw": lambda r: (r.raw.tell(), r.raw.read(), r.raw.tell(), r.raw.read()),
    "raw, in parts": lambda r: (r.raw.read(4), r.raw.read(3), r.raw.tell(), r.raw.read()),
    "raw, decoded": lambda r: r.raw.read(decode_content=True),
    "raw, a stream": lambda r: list(r.raw.stream(50, decode_content=True)),
    "raw, data": lambda r: r.raw.data,
    "raw, into a file": lambda r: _copied(r.raw),
    "raw, into a buffer": lambda r: _into(r.raw, 6),
}


def _copied(raw: Any) -> bytes:
    file = io.BytesIO()
    shutil.copyfileobj(raw, file)
    return file.getvalue()


def _into(raw: Any, size: int) -> tuple[int, bytes]:
    buffer = bytearray(size)
    return raw.readinto(buffer), bytes(buffer)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("stream", [True, False])
def test_every_way_to_read(target: HttpTarget, path: str, way: str, stream: bool) -> None:
    outcomes = []
    for make in (requests.Session, NativeSession):
        with make() as session:
            session.trust_env = False
            response = session.get(target.url + path, stream=stream)
            outcomes.append((WAYS[way](response), response.encoding))
            response.close()
    assert outcomes[1] == outcomes[0]


class TestStreams:
    def test_chunks_come_whole_or_in_parts(self, session, target):
        response = session.get(target.url + "/chunks", stream=True)
        pieces = list(response.iter_content(300))
        assert b"".join(pieces) == b"a" * 5 + b"b" * 700 + b"c" and max(map(len, pieces)) <= 300

    def test_can_be_read_once(self, session, target):
        response = session.get(target.url + "/text", stream=True)
        assert b"".join(response.iter_content(4)) == TEXT
        with pytest.raises(StreamConsumedError):
            response.iter_content(4)
        with pytest.raises(RuntimeError, match="already consumed"):
            _ = response.content

    def test_what_was_read_can_be_read_again(self, session, target):
        response = session.get(target.url + "/text", stream=True)
        assert response.content == TEXT and b"".join(response.iter_content(4)) == TEXT

    def test_a_size_that_is_no_number(self, session, target):
        with pytest.raises(TypeError, match="chunk_size must be an int"):
            session.get(target.url + "/text").iter_content("1024")

    def test_ends_with_its_block(self, session, target):
        with session.get(target.url + "/bytes/5000000", stream=True) as response:
            assert response.raw.read(3) == b"xxx"
        assert response.raw.closed
        assert session.get(target.url + "/text").content == TEXT

    def test_pickled(self, session, target):
        response = session.get(target.url + "/text", stream=True)
        again = pickle.loads(pickle.dumps(response))
        assert (again.content, again.status_code, again.raw, again.request.url) == (
            TEXT,
            200,
            None,
            response.url,
        )

    def test_a_streamed_redirect_that_is_not_followed(self, session, target):
        response = session.get(target.url + "/redirect/1", stream=True, allow_redirects=False)
        assert response.next.url == target.url + "/landed" and response.is_redirect

    def test_a_session_that_streams(self, session, target):
        session.stream = True
        response = session.get(target.url + "/text")
        assert response._content is False and response.raw.read(4) == b"eins"
        response.close()


class TestRaw:
    def test_is_urllib3s(self, session, target):
        raw = session.get(target.url + "/twice", stream=True).raw
        assert isinstance(raw, urllib3.HTTPResponse)
        assert (raw.status, raw.reason, raw.version) == (200, "OK", 11)
        assert raw.headers.getlist("set-cookie") == ["a=1", "b=2"]
        assert raw._original_response.msg.get_all("Set-Cookie") == ["a=1", "b=2"]
        assert raw.getheader("content-length") == "0" and raw.length_remaining == 0
        raw.release_conn()

    def test_of_an_old_server(self, session, target):
        response = session.get(target.url + "/old", stream=True)
        assert (response.raw.version, response.reason, response.raw.read()) == (10, "Fine", b"old")

    def test_knows_what_is_still_to_come(self, session, target):
        raw = session.get(target.url + "/bytes/1000", stream=True).raw
        raw.read(400)
        assert (raw.length_remaining, raw.tell(), raw.isclosed()) == (600, 400, False)
        raw.drain_conn()
        assert raw.isclosed()

    def test_is_empty_when_the_body_was_read(self, session, target):
        raw = session.get(target.url + "/text").raw
        assert raw.read() == b"" and raw.closed and raw.tell() == len(TEXT)

    def test_of_answers_on_the_way(self, session, target):
        (hop,) = session.get(target.url + "/redirect/1").history
        assert hop.raw.headers["Location"] == "/landed" and hop.raw.status == 302


@pytest.mark.parametrize("scheme", ["http", "socks5", "socks5h"])
def test_through_a_proxy(target: HttpTarget, scheme: str) -> None:
    before = slow_path.counts()
    with SmallProxy(user="anna", password="s p") as proxy, NativeSession() as session:
        session.trust_env = False
        session.proxies = {"http": f"{scheme}://anna:s%20p@{proxy.place}"}
        assert session.get(target.url + "/text").content == TEXT
        assert len(proxy.asked) == 1
        assert (
            session.get(target.url + "/json", proxies={"http": None}).json()
            and len(proxy.asked) == 1
        )
        seen: list[int] = []
        hooks = {"response": lambda response, **_: seen.append(response.status_code)}
        assert session.get(target.url + "/redirect/1", hooks=hooks).text == "landed by GET"
        assert seen == [302, 200]
    after = slow_path.counts()
    assert after.pop("response hooks") == before.pop("response hooks", 0) + 1 and after == before
