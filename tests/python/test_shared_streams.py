"""One streamed response and several greenlets: who waits in vain is woken, and told why."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from typing import Any

import gevent
import pytest
from gevent.exceptions import ConcurrentObjectUseError
from requests.exceptions import ChunkedEncodingError
from tests.support.http_target import HttpTarget, Reply

from locustella import _core
from locustella.contrib.fasthttp import FastHttpSession
from locustella.event import EventHook
from locustella.http.session.session import NativeSession

LIMIT_S = 10
FIRST = b"data: 1\n\n"
ENDLESS = {
    "/chunked": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n" + FIRST + b"\r\n",
    "/sized": b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + FIRST,
    "/open": b"HTTP/1.1 200 OK\r\n\r\n" + FIRST,
}


@pytest.fixture(scope="module")
def target() -> Iterator[HttpTarget]:
    with HttpTarget() as target:
        for path, raw in ENDLESS.items():
            target.add_route(path, lambda request, raw=raw: Reply(raw=raw, ending="keep"))
        cut = Reply(raw=ENDLESS["/sized"], ending="close")
        target.add_route("/broken", lambda request: cut)
        target.add_route("/whole", lambda request: Reply(body=b"whole"))
        yield target


@pytest.fixture
def requests_session() -> Iterator[NativeSession]:
    with NativeSession() as session:
        session.trust_env = False
        yield session


@pytest.fixture
def fast_session(target: HttpTarget) -> Iterator[FastHttpSession]:
    session = FastHttpSession(target.url, EventHook(), None)
    yield session
    session.client.clientpool.close()


def _outcome(greenlet: gevent.Greenlet) -> Any:
    """What it has returned or raised. It has to end."""
    greenlet.join(LIMIT_S)
    assert greenlet.ready(), "it sleeps for ever"
    return greenlet.exception or greenlet.value


def _asleep(read: Any) -> gevent.Greenlet:
    """A greenlet that reads and waits for more, or has ended."""
    waiting = _core.waiting_greenlets()
    greenlet = gevent.spawn(_quietly, read)
    with gevent.Timeout(LIMIT_S):
        while not greenlet.ready() and _core.waiting_greenlets() == waiting:
            gevent.sleep(0)
    return greenlet


def _quietly(read: Any) -> Any:
    try:
        return read()
    except Exception as error:
        return error


READS_OF_REQUESTS = {
    "content": lambda r: r.content,
    "pieces": lambda r: list(r.iter_content(5)),
    "lines": lambda r: list(r.iter_lines()),
}
READS_OF_FAST = {
    "content": lambda r: r.content,
    "pieces": lambda r: list(r.iter_content(5)),
    "stream": lambda r: r.stream.read(),
    "line": lambda r: r.stream.readline(),
}


class TestClosing:
    @pytest.mark.parametrize("path", ENDLESS)
    @pytest.mark.parametrize("read", READS_OF_REQUESTS.values(), ids=READS_OF_REQUESTS)
    def test_wakes_who_reads(self, requests_session, target, path, read):
        response = requests_session.get(target.url + path, stream=True)
        reader = _asleep(lambda: read(response))
        response.close()
        error = _outcome(reader)
        assert isinstance(error, ChunkedEncodingError)
        assert "File descriptor was closed in another greenlet" in str(error)

    @pytest.mark.parametrize("path", ENDLESS)
    @pytest.mark.parametrize("read", READS_OF_FAST.values(), ids=READS_OF_FAST)
    def test_wakes_who_reads_of_a_fast_session(self, fast_session, path, read):
        response = fast_session.get(path, stream=True)
        reader = _asleep(lambda: read(response))
        response.release()
        error = _outcome(reader)
        assert isinstance(error, OSError)
        assert error.errno == errno.EBADF
        assert "closed in another greenlet" in str(error)

    def test_the_closer_goes_on_first(self, fast_session):
        response = fast_session.get("/chunked", stream=True)
        order: list[str] = []
        reader = _asleep(lambda: (_quietly(lambda: response.stream.read()), order.append("reader")))
        response.release()
        order.append("closer")
        _outcome(reader)
        assert order == ["closer", "reader"]

    def test_the_session_can_be_used_again(self, requests_session, target):
        response = requests_session.get(target.url + "/sized", stream=True)
        reader = _asleep(lambda: response.content)
        response.close()
        _outcome(reader)
        assert requests_session.get(target.url + "/whole").content == b"whole"

    def test_twice(self, fast_session):
        response = fast_session.get("/sized", stream=True)
        reader = _asleep(lambda: response.stream.read())
        response.release()
        response.release()
        assert isinstance(_outcome(reader), OSError)

    def test_a_reader_that_is_killed_meanwhile(self, fast_session):
        response = fast_session.get("/sized", stream=True)
        reader = _asleep(lambda: response.stream.read())
        response.release()
        reader.kill(block=True, timeout=LIMIT_S)
        assert reader.ready()


class TestASecondReader:
    def test_of_requests_ends_both_with_errors(self, requests_session, target):
        response = requests_session.get(target.url + "/chunked", stream=True)
        first = _asleep(lambda: response.content)
        second = _asleep(lambda: response.content)
        assert isinstance(_outcome(second), RuntimeError)
        assert isinstance(_outcome(first), ChunkedEncodingError)

    @pytest.mark.parametrize("read", READS_OF_FAST.values(), ids=READS_OF_FAST)
    def test_of_a_fast_session_ends_both_with_errors(self, fast_session, read):
        response = fast_session.get("/chunked", stream=True)
        first = _asleep(lambda: response.stream.read())
        second = _asleep(lambda: read(response))
        assert isinstance(_outcome(second), ConcurrentObjectUseError)
        assert isinstance(_outcome(first), OSError)

    def test_one_after_the_other_is_allowed(self, fast_session):
        response = fast_session.get("/whole", stream=True)
        assert _outcome(_asleep(lambda: response.stream.read(2))) == b"wh"
        assert _outcome(_asleep(lambda: response.stream.read())) == b"ole"


def test_what_broke_a_body_off_is_known_when_a_reader_is_told(fast_session):
    response = fast_session.get("/broken", stream=True)
    assert response._native_take(1000, True) is None
    assert response._native_broken() is not None
    assert response._native_read() == FIRST
    assert response._native_read() == b""
    assert not response._native_streaming()
