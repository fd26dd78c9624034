"""Bodies that are iterators: `SessionBase._send` takes them piece by piece."""

from __future__ import annotations

import gevent
import pytest
import requests
from plain_session import PlainSession, failure_of
from tests.support.http_target import HttpTarget, Reply
from tests.support.target_routes import add_usual_routes

pytestmark = pytest.mark.usefixtures("balanced")


@pytest.fixture
def session():
    session = PlainSession()
    yield session
    session._close_connections()


@pytest.fixture
def target():
    with HttpTarget() as target:
        add_usual_routes(target)
        target.add_route(
            "/redirect/307", lambda request: Reply(307, headers=[("Location", "/echo")])
        )
        yield target
        assert target.violations == []


def test_a_generator_goes_out_in_chunks(session, target):
    pieces = [b"one", b"", "zwei \u00fc", bytearray(b"three"), memoryview(b"four")]
    response = session.upload(target.url + "/echo", iter(pieces))
    assert response.json()["body"].encode("latin-1").decode() == "onezwei \u00fcthreefour"
    assert session.upload(target.url + "/echo", iter([])).json()["body"] == ""
    assert target.connections == 1


def test_a_known_length_goes_out_as_it_is(session, target):
    response = session.upload(target.url + "/echo", iter([b"01234", b"56789"]), length=10)
    assert response.json()["body"] == "0123456789"
    assert "chunked" not in str(response.json()["headers"])


def test_large_pieces(session, target):
    piece = b"x" * 3_000_000
    assert session.upload(target.url + "/", (piece for _ in range(5))).status_code == 200
    assert len(target.received[-1].body) == 15_000_000


def test_the_iterator_runs_in_the_greenlet_that_asks_and_may_switch(session, target):
    ran_in = set()

    def pieces():
        for piece in (b"a", b"b"):
            ran_in.add(gevent.getcurrent())
            gevent.sleep(0.001)
            assert session.upload(target.url + "/echo", iter([b"inner"])).json()["body"] == "inner"
            yield piece

    assert session.upload(target.url + "/echo", pieces()).json()["body"] == "ab"
    assert ran_in == {gevent.getcurrent()}


def test_an_exception_of_the_iterator_is_the_callers_and_ends_the_connection(session, target):
    def pieces():
        yield b"one"
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        session.upload(target.url + "/echo", pieces())
    assert session.upload(target.url + "/echo", iter([b"after"])).json()["body"] == "after"
    assert [request.body for request in target.received] == [b"after"]
    assert target.connections == 2


@pytest.mark.parametrize("body", [iter([b"fine", 7]), iter(["\ud800"])])
def test_a_piece_that_is_none(session, target, body):
    with pytest.raises((TypeError, UnicodeEncodeError)):
        session.upload(target.url + "/echo", body)


@pytest.mark.parametrize("body", ["text", 7, None, ["a list"]])
def test_a_body_that_is_none(session, target, body):
    with pytest.raises(TypeError, match="bytes or an iterator"):
        session.upload(target.url + "/echo", body)


def test_a_greenlet_killed_while_it_makes_a_piece(session, target):
    begun, ended = gevent.event.Event(), []

    def pieces():
        try:
            yield b"one"
            begun.set()
            gevent.sleep(60)
        finally:
            ended.append(True)

    greenlet = gevent.spawn(session.upload, target.url + "/echo", pieces())
    assert begun.wait(30)
    greenlet.kill()
    assert ended == [True] and isinstance(greenlet.value, gevent.GreenletExit)
    assert session.upload(target.url + "/echo", iter([b"after"])).json()["body"] == "after"


def test_a_timeout_while_waiting_for_the_answer(session, target):
    with pytest.raises(gevent.Timeout), gevent.Timeout(0.05):
        session.upload(target.url + "/delay/30000", iter([b"one"]))


def test_a_redirect_that_wants_the_body_again(session, target):
    response = session.upload(target.url + "/redirect/307", iter([b"one"]), follow=True)
    assert isinstance(failure_of(response), requests.exceptions.UnrewindableBodyError)


def test_a_refused_connection_leaves_the_iterator_alone(session):
    taken = []
    response = session.upload("http://127.0.0.1:1/", (taken.append(i) or b"x" for i in range(3)))
    assert isinstance(failure_of(response), requests.ConnectionError) and taken == []
