"""Streams on the core's own path: sent, recorded and read without Python; see also
test_native_session_streams.py, which reads them in every way, and test_shared_streams.py.
"""

from __future__ import annotations

import gc
import weakref

import pytest
from requests.exceptions import ChunkedEncodingError, ConnectionError
from tests.support.http_target import HttpTarget, Reply

from locustella import _core
from locustella.clients import HttpSession
from locustella.http.fast.errors import HTTPParseError

TEXT = "eins\nzwei\ndrei ü".encode()
UTF_8 = ("Content-Type", "text/plain; charset=utf-8")
SIZED = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n123456789"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n123456789\r\n"


@pytest.fixture
def target():
    with HttpTarget() as target:
        target.add_route("/text", lambda request: Reply(headers=[UTF_8], body=TEXT))
        target.add_route("/chunks", lambda request: Reply(headers=[UTF_8], chunks=[b"ab", b"c"]))
        target.add_route("/missing", lambda request: Reply(404, body=b"no such page"))
        target.add_route("/large", lambda request: Reply(body=b"x" * 3_000_000))
        target.add_route("/cut", lambda request: Reply(raw=SIZED, ending="close"))
        target.add_route("/bad", lambda request: Reply(raw=CHUNKED + b"zz\r\n", ending="close"))
        target.add_route("/slow", lambda request: Reply(raw=SIZED, ending="keep"))
        target.add_route("/twice", lambda request: Reply(
            raw=b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nab"
        ))  # fmt: skip
        yield target


@pytest.fixture
def http_session(target, recording):
    session = HttpSession(target.url, recording.event, None)
    yield session
    session._close_connections()


def made_by_python(response) -> set[str]:
    """The attributes that Python has made or assigned."""
    return {name for of in gc.get_referents(response) if type(of) is dict for name in of}


def recorded(recording, name: str, method: str = "GET") -> tuple[int, int, int]:
    entry = recording.environment.stats.get(name, method)
    return entry.num_requests, entry.num_failures, entry.total_content_length


class TestRecording:
    def test_no_python_has_a_part_in_it(self, session, recording):
        response = session.get("/text", stream=True)
        assert response._native_asked()[2] is None and response._native_streaming()
        assert not made_by_python(response)
        assert recorded(recording, "/text") == (1, 0, len(TEXT))

    def test_the_length_is_the_heads(self, session, recording):
        session.get("/chunks", stream=True)
        assert recorded(recording, "/chunks") == (1, 0, 0)
        session.head("/text", stream=True)
        assert recorded(recording, "/text", "HEAD") == (1, 0, len(TEXT))

    def test_as_python_records_it(self, session, recording):
        for arguments in ({}, {"context": {"of": "this test"}}):
            for path in ("/text", "/chunks", "/missing", "/cut"):
                name = f"{path} {len(arguments)}"
                session.post(path, data={"a": "1"}, name=name, stream=True, **arguments)
        for path in ("/text", "/chunks", "/missing", "/cut"):
            native, by_python = (recorded(recording, f"{path} {n}", "POST") for n in (0, 1))
            assert native == by_python

    def test_what_listeners_would_have_got_can_still_be_asked_for(self, session, target):
        response = session.get("/text", name="named", stream=True)
        list(response.iter_content(4))
        meta = response.request_meta
        assert (meta["name"], meta["url"]) == ("named", f"{target.url}/text")
        assert (meta["response_length"], meta["exception"]) == (len(TEXT), None)

    def test_a_failure(self, session, recording):
        for _ in range(2):
            response = session.get("/missing", stream=True)
        assert recorded(recording, "/missing")[:2] == (2, 2)
        assert response.request_meta["exception"] is not None and response.status_code == 404

    def test_no_connection(self, recording):
        for _ in range(2):
            session = HttpSession("http://127.0.0.1:1", recording.event, None)
            response = session.get("/text", stream=True)
        assert (response.status_code, response.content) == (0, None)
        assert recorded(recording, "/text") == (2, 2, 0)

    def test_a_with_block(self, session, recording):
        with session.get("/text", stream=True, catch_response=True) as response:
            assert b"".join(response.iter_content(4, False)) == TEXT
        with session.get("/text", stream=True, catch_response=True) as response:
            response.failure("not what I want")
        assert recorded(recording, "/text") == (2, 1, 2 * len(TEXT))

    def test_a_listener_gets_it(self, session, recording):
        seen = []
        recording.event.add_listener(lambda **event: seen.append(event["response_length"]))
        assert session.get("/text", stream=True).content == TEXT
        assert seen == [len(TEXT)]

    def test_a_length_that_makes_no_sense_is_pythons(self, session, recording):
        with pytest.raises((TypeError, ValueError)):
            session.get("/twice", stream=True)
        assert not recording.entries


class TestReading:
    def test_raw_goes_on_where_pieces_have_ended(self, http_session):
        response = http_session.get("/text", stream=True)
        pieces = response.iter_content(5)
        assert next(pieces) == b"eins\n"
        assert (response.raw.tell(), response.raw.length_remaining) == (5, len(TEXT) - 5)
        assert (response.raw.read(5), next(pieces)) == (b"zwei\n", b"drei ")
        assert response.raw.tell() == 15
        assert list(pieces) == ["ü".encode()] and response.raw.closed

    def test_a_large_body_in_small_pieces(self, session):
        response = session.get("/large", stream=True)
        sizes = [len(piece) for piece in response.iter_content(999)]
        assert sum(sizes) == 3_000_000 and set(sizes[:-1]) == {999}
        assert response._native_given() == 3_000_000

    def test_text_and_json(self, target, session):
        json = ("Content-Type", "application/json")
        body = b'{"a": "\xc3\xbc"}\n'
        target.add_route("/json", lambda request: Reply(headers=[json], body=body))
        assert session.get("/text", stream=True).text == TEXT.decode()
        assert session.get("/json", stream=True).json() == {"a": "ü"}

    def test_of_a_redirect_that_is_not_followed(self, target, http_session):
        there = ("Location", "/text")
        target.add_route("/moved", lambda request: Reply(302, headers=[there], body=b"over there"))
        response = http_session.get("/moved", stream=True, allow_redirects=False)
        assert list(response.iter_content(5)) == [b"over ", b"there"]
        assert response.content == b"over there"

    def test_takes_no_other_things_for_sizes(self, http_session):
        response = http_session.get("/text", stream=True)
        with pytest.raises(TypeError, match="chunk_size must be an int"):
            response.iter_content("4")
        assert list(response.iter_content(0)) == []

    def test_the_cores_method(self, http_session):
        response = http_session.get("/text", stream=True)
        with pytest.raises(TypeError):
            response._native_take()
        with pytest.raises(TypeError):
            response._native_take("1", True)
        with pytest.raises(OverflowError):
            response._native_take(-1, True)
        assert response._native_take(3, True) == b"ein"
        assert response._native_take(None, True) == TEXT[3:]
        assert response._native_take(None, True) == b"" and response._native_broken() is None


class TestBrokenOff:
    """The head has told all there is to tell: what becomes of the body changes no number."""

    @pytest.mark.parametrize("path", ["/cut", "/bad"])
    def test_is_recorded_by_its_head(self, session, recording, path):
        response = session.get(path, stream=True)
        with pytest.raises((ChunkedEncodingError, HTTPParseError)):
            list(response.iter_content(5))
        assert recorded(recording, path)[:2] == (1, 0)
        assert (response.status_code, response.error) == (200, None)
        assert response.url.endswith(path) and response.request_meta["exception"] is None

    def test_in_the_words_of_urllib3(self, http_session):
        response = http_session.get("/cut", stream=True)
        pieces = response.iter_content(5)
        assert next(pieces) == b"12345"
        with pytest.raises(ChunkedEncodingError, match="9 bytes read, 991 more expected"):
            next(pieces)
        assert response.raw.closed

    @pytest.mark.parametrize("size", [None, 100])
    def test_read_at_once(self, http_session, size):
        with pytest.raises(ChunkedEncodingError, match="9 bytes read, 991 more expected"):
            list(http_session.get("/cut", stream=True).iter_content(size))

    def test_silence(self, http_session, recording):
        response = http_session.get("/slow", stream=True, timeout=(5, 0.05))
        pieces = response.iter_content(9)
        assert next(pieces) == b"123456789"
        with pytest.raises(ConnectionError, match="Read timed out"):
            next(pieces)
        assert recorded(recording, "/slow") == (1, 0, 1000)


class TestConnections:
    def connections(self, target):
        return len({request.connection for request in target.received})

    def test_a_body_that_was_read_leaves_its_connection(self, session, target):
        for _ in range(3):
            assert session.get("/text", stream=True).content == TEXT
        assert self.connections(target) == 1

    def test_one_that_was_not_keeps_it(self, http_session, target):
        response = http_session.get("/large", stream=True)
        http_session.get("/text")
        assert self.connections(target) == 2
        assert len(response.content) == 3_000_000

    @pytest.mark.parametrize("end", ["closed", "forgotten"])
    def test_one_that_was_given_up_closes_it(self, session, target, end):
        response = session.get("/large", stream=True)
        assert len(next(iter(response.iter_content(10)))) == 10
        if end == "closed":
            response.close() if isinstance(session, HttpSession) else response.release()
            assert not response._native_streaming()
        gone = weakref.ref(response)
        del response
        gc.collect()
        assert gone() is None
        session.get("/text")
        assert self.connections(target) == 2
        assert _core.waiting_greenlets() == 0
