"""Sessions take turns with the exchanges that their requests are made in: nothing of one shows in
another's, however a request has ended.
"""

from __future__ import annotations

import threading

import gevent
import pytest
from tests.support.http_target import Reply
from waiting import until

from locustella.clients import HttpSession
from locustella.contrib.fasthttp import FastHttpSession


@pytest.fixture(params=[HttpSession, FastHttpSession])
def make(request, target, recording):
    sessions = []

    def session():
        sessions.append(request.param(target.url, recording.event, None))
        return sessions[-1]

    yield session
    for one in sessions:
        one._close_connections()


def said(target, *names):
    """(method, path, values of these fields, body) of what came last."""
    last = target.received[-1]
    fields = [value for name, value in last.headers if name in names]
    return last.method, last.target, fields, last.body


def test_what_a_session_says_goes_with_its_own_requests(make, target):
    sessions = [make() for _ in range(3)]
    for round_ in range(4):
        for number, session in enumerate(sessions):
            if isinstance(session, HttpSession):
                session.headers["X-Token"] = f"{number}.{round_ // 2}"
            else:
                session.auth_header = f"{number}.{round_ // 2}"
            assert session.get(f"/any?{round_}").status_code == 200
            assert said(target, "X-Token", "Authorization") == (
                "GET", f"/any?{round_}", [f"{number}.{round_ // 2}"], b"",
            )  # fmt: skip


def test_bodies_headers_and_urls_of_a_call_end_with_it(make, target):
    one, other = make(), make()
    for _ in range(3):
        one.post("/any", data="text", headers={"X-Token": "1"})
        assert said(target, "X-Token") == ("POST", "/any", ["1"], b"text")
        other.get("/any")
        assert said(target, "X-Token", "Content-Length") == ("GET", "/any", [], b"")
        one.get(target.url + "/any#top", auth=("u", "p"))
        assert said(target, "Authorization")[2] != []
        other.get("/any")
        assert said(target, "Authorization") == ("GET", "/any", [], b"")
        one.get("/moved")
        other.get("/missing")
        assert said(target, "Location") == ("GET", "/missing", [], b"")


def test_a_request_that_was_killed_leaves_nothing(make, target, recording):
    target.add_route("/slow", lambda request: Reply(200, body=b"late", delay=0.3))
    one, other = make(), make()
    for _ in range(3):
        waiting = gevent.spawn(one.get, "/slow", headers={"X-Token": "1"})
        until(lambda: target.received and target.received[-1].target == "/slow")
        waiting.kill()
        answer = other.get("/any")
        assert answer.text == "fine" and said(target, "X-Token")[2] == []
    assert recording.entries == {("/any", "GET"): 3}


def test_as_many_as_wait_at_once(make, target):
    gate = threading.Event()
    target.add_route("/gate", lambda request: gate.wait(5) and Reply(200, body=b"open"))
    sessions = [make() for _ in range(40)]
    for session in sessions:  # each has its own words
        session.get("/any")
    waiting = [gevent.spawn(session.get, "/gate") for session in sessions]
    gevent.sleep(0.2)
    gate.set()
    assert [one.get(timeout=10).text for one in waiting] == ["open"] * 40
    assert [session.get("/any").text for session in sessions] == ["fine"] * 40
