"""Files as bodies: which of them the core sends, from where they stand, and along redirects."""

from __future__ import annotations

import io
import time

import gevent
import pytest
from counted_sessions import counted, session_of, went  # noqa: F401  # a fixture
from tests.support.http_target import Reply

from locustella.clients import HttpSession
from locustella.contrib.fasthttp import FastHttpSession
from locustella.event import EventHook
from locustella.http.fast import request
from locustella.http.session.session import NativeSession

session = session_of(HttpSession, FastHttpSession, NativeSession)
http_session = session_of(HttpSession)
fast_session = session_of(FastHttpSession)


def _file(kind, tmp_path):
    if kind != "open":
        return io.BytesIO(b"contents") if kind == "bytes" else io.StringIO("contents")
    path = tmp_path / "upload.txt"
    path.write_bytes(b"contents")
    return path.open("rb")


@pytest.mark.parametrize("kind", ["open", "bytes", "text"])
@pytest.mark.parametrize("headers", [None, {"Content-Type": "text/x"}])
def test_a_file_as_a_body_is_the_cores(session, target, tmp_path, kind, headers):
    with _file(kind, tmp_path) as file:
        assert session._fits_plain_path("POST", "/any", data=file, headers=headers)
        assert file.tell() == 0
        response = session.post("/any", data=file, headers=headers)
        assert response.request.body is file
    assert went() == (1, 0, 0)
    assert b"contents" in target.received[0].body
    said = target.received[0].header("Content-Type")
    octets = None if not isinstance(session, FastHttpSession) else "application/octet-stream"
    assert said == ("text/x" if headers else octets)


def test_a_file_goes_out_from_where_it_stands(http_session, target):
    file = io.BytesIO(b"contents")
    file.seek(4)
    http_session.put("/any", data=file)
    assert target.received[0].body == b"ents" and target.received[0].header("Content-Length") == "4"
    http_session.put("/any", data=file)
    assert target.received[1].header("Transfer-Encoding") == "chunked"
    assert target.received[1].body == b""
    assert went() == (2, 0, 0)


def test_a_file_that_redirects_keep_goes_out_again(session, target):
    moved = [("Location", "/any")]
    target.add_route("/kept", lambda request: Reply(307, headers=moved))
    file = io.BytesIO(b"contents")
    response = session.post("/kept", data=file)
    assert response.ok and response.request.body is file
    assert [b"contents" in request.body for request in target.received] == [True, True]
    assert went() == (1, 0, 0)


def _location(target, to):
    target.add_route("/kept", lambda request: Reply(307, headers=[("Location", to)]))


def test_a_file_further_on_goes_out_from_its_beginning_behind_a_redirect(fast_session, target):
    _location(target, "/any")
    for kind in (io.BytesIO, _OddFile):
        file = kind(b"abcdef")
        file.seek(3)
        assert fast_session.post("/kept", data=file).ok
        assert file.tell() == 6
    assert [request.body for request in target.received] == [b"def", b"abcdef"] * 2
    assert went() == (0, 2, 0)


def test_a_large_file_goes_out_piece_by_piece(fast_session, target, tmp_path, monkeypatch):
    _location(target, "/any")
    path = tmp_path / "large.txt"
    path.write_bytes(b"0123456789" * 150_000)
    reads = []
    pieces = request.Pieces.__next__
    monkeypatch.setattr(request.Pieces, "__next__", lambda self: reads.append(0) or pieces(self))
    with path.open("rb") as file:
        assert fast_session.put("/kept", data=file).ok
    assert fast_session.put("/any", data=io.BytesIO(path.read_bytes())).ok
    assert len(reads) > 2 * 23 + 300
    assert [len(received.body) for received in target.received] == [1_500_000] * 3
    assert target.received[1].header("Content-Length") == "1500000"
    assert target.received[2].header("Transfer-Encoding") == "chunked"
    assert went() == (0, 2, 0)


def test_a_large_file_is_sent_by_another_attempt_again(fast_session, target, tmp_path):
    answers = iter([Reply(delay=0.6), Reply(body=b"there")])
    target.add_route("/slow", lambda request: next(answers))
    path = tmp_path / "large.txt"
    path.write_bytes(b"0123456789" * 150_000)
    with path.open("rb") as file:
        response = fast_session.put("/slow", data=file, network_timeout=0.2, max_retries=1)
    assert response.content == b"there"
    assert len(target.received[-1].body) == 1_500_000


class _Stopping(io.RawIOBase):
    """Is asked for its descriptor, and something is thrown into the greenlet meanwhile."""

    def __init__(self, what):
        self._what = what

    def readable(self):
        return True

    def seekable(self):
        return True

    def seek(self, offset, whence=0):
        return 0

    def readinto(self, into):
        return 0

    def fileno(self):
        raise self._what


@pytest.mark.parametrize("what", [gevent.GreenletExit(), gevent.Timeout(1)])
def test_what_ends_a_greenlet_goes_through_a_file(session, what):
    with pytest.raises(type(what)):
        session.post("/any", data=io.BufferedReader(_Stopping(what)))
    with pytest.raises(type(what)):
        session._fits_plain_path("POST", "/any", data=io.BufferedReader(_Stopping(what)))
    assert went() == (0, 0, 0)


class _OddFile(io.BytesIO):
    pass


def test_other_files_are_pythons(session, target, tmp_path):
    path = tmp_path / "upload.txt"
    path.write_bytes(b"contents")
    odd = io.BytesIO(b"contents")
    odd.len = 8
    with path.open() as text:
        for file in (_OddFile(b"contents"), odd, text):
            session.post("/any", data=file)
    assert went() == (0, 3, 0)
    assert all(b"contents" in request.body for request in target.received)


def test_a_file_of_another_length_than_it_says_is_pythons(http_session, target):
    file = io.StringIO("é")
    assert http_session.post("/any", data=file).request.body is file
    assert went() == (0, 1, 0)


class BrokenFile:
    """It takes two seconds to find that out, by the clock that is given."""

    def __init__(self, clock):
        self.clock = clock

    def __len__(self):
        return 5

    def read(self, size=-1):
        self.clock[0] += 2
        raise OSError("no such sector")


def broken_generator(clock):
    yield b"one"
    BrokenFile(clock).read()


@pytest.mark.parametrize("kind", [HttpSession, FastHttpSession])
@pytest.mark.parametrize("body", [BrokenFile, broken_generator])
def test_a_body_that_cannot_be_read_is_a_failed_request(target, kind, body, monkeypatch):
    clock = [100.0]
    monkeypatch.setattr(time, "perf_counter", lambda: clock[0])
    event, recorded = EventHook(), []
    event.add_listener(lambda **more: recorded.append(more))
    session = kind(target.url, event, None)
    assert session.post("/any", data=body(clock), name="upload").status_code == 0
    session._close_connections()
    (one,) = recorded
    assert "no such sector" in str(one["exception"]) and one["name"] == "upload"
    assert one["response_time"] == 2000
    assert went() == (0, 1, 0)


@pytest.mark.parametrize("kind", [HttpSession, FastHttpSession])
def test_a_file_that_cannot_be_read_is_a_failed_request(target, tmp_path, kind):
    event, recorded = EventHook(), []
    event.add_listener(lambda **more: recorded.append(more))
    session = kind(target.url, event, None)
    with open(tmp_path / "only written", "wb") as file:
        file.write(b"something")
        file.flush()
        assert session.post("/any", data=file, name="upload").status_code == 0
    assert "read" in str(recorded[0]["exception"])
