"""How the core judges the requests of its own path: by status, by connection, by `with` blocks."""

from __future__ import annotations

import socket

import pytest
from tests.support.http_target import Reply

from locustella.clients import HttpSession
from locustella.contrib.fasthttp import FastHttpSession
from locustella.exception import LocustError


class TestVerdicts:
    def test_recorded_at_the_end_of_the_block(self, session, recording):
        with session.get("/any", catch_response=True) as response:
            assert recording.entries == {} and response.text == "fine"
        assert recording.entries == {("/any", "GET"): 1} and recording.errors == []

    def test_named(self, session, recording):
        with session.get("/any?x=1", catch_response=True, name="one"):
            pass
        with session.rename_request("two"), session.get("/any?x=2", catch_response=True):
            pass
        assert recording.entries == {("one", "GET"): 1, ("two", "GET"): 1}

    def test_success_and_failure(self, session, recording):
        with session.get("/status/404", catch_response=True) as response:
            response.success()
        with session.get("/any", catch_response=True) as response:
            response.failure("not fine")
        with session.get("/status/500", catch_response=True):
            pass
        assert sum(recording.entries.values()) == 3
        assert [(name, count) for _, name, _, count in recording.errors] == [
            ("/any", 1),
            ("/status/500", 1),
        ]

    def test_the_last_word_counts(self, session, recording):
        with session.get("/any", catch_response=True) as response:
            response.failure("no")
            response.success()
        assert recording.errors == []

    def test_an_exception_in_the_block(self, session, recording):
        with pytest.raises(ZeroDivisionError), session.get("/any", catch_response=True):
            raise ZeroDivisionError
        assert recording.entries == {}
        with pytest.raises(ZeroDivisionError), session.get("/any", catch_response=True) as response:
            response.success()
            raise ZeroDivisionError
        assert recording.entries == {("/any", "GET"): 1}

    def test_settings_that_change_in_the_block_do_not_change_the_verdict(self, target, recording):
        target.add_route("/odd", lambda request: Reply(218))
        session = HttpSession(target.url, recording.event, None)
        with session.get("/odd", catch_response=True):
            session.headers["X-Later"] = "1"
        fast = FastHttpSession(target.url, recording.event, None)
        with fast.get("/odd", catch_response=True):
            fast.base_url = target.url
        session.close()
        fast._close_connections()
        assert recording.entries == {("/odd", "GET"): 2}
        assert [(name, count) for _, name, _, count in recording.errors] == [("/odd", 1)]

    def test_outside_of_a_block(self, session, recording):
        response = session.get("/any", catch_response=True)
        assert recording.entries == {}
        with pytest.raises(LocustError, match="with-block"):
            response.success()

    def test_without_catch_response(self, session):
        with pytest.raises(LocustError, match="catch_response=True"):
            session.get("/any").success()

    def test_request_meta_can_be_edited(self, session, recording):
        with session.get("/any", catch_response=True) as response:
            assert (
                response.request_meta["name"] == "/any"
                and response.request_meta["response_length"] == 4
            )
            response.request_meta["name"] = "another"
        assert recording.entries == {("another", "GET"): 1}

    def test_a_listener_gets_it_all(self, session, recording):
        seen = []
        recording.event.add_listener(lambda **meta: seen.append(meta))
        with session.get("/any", catch_response=True, name="n", context={"k": 1}):
            pass
        assert (
            seen[0]["name"] == "n"
            and seen[0]["context"] == {"k": 1}
            and seen[0]["exception"] is None
        )

    def test_a_listener_that_comes_during_the_block(self, session, recording):
        seen = []
        with session.get("/any", catch_response=True):
            recording.event.add_listener(lambda **meta: seen.append(meta["name"]))
        assert seen == ["/any"] and recording.entries == {("/any", "GET"): 1}

    def test_no_connection(self, recording, session):
        session.base_url = "http://127.0.0.1:9"
        with session.get("/any", catch_response=True) as response:
            assert response.status_code == 0
        assert recording.errors[0][1] == "/any"


class TestFailures:
    """Python sees the first of its kind, the core counts the others: nobody can tell them apart."""

    @pytest.fixture(autouse=True)
    def routes(self, target):
        target.add_route("/gone", lambda request: Reply(404))

    def test_of_a_status(self, session, recording):
        answers = [session.get("/gone") for _ in range(3)]
        assert [answer.status_code for answer in answers] == [404] * 3
        ((_, _, error, times),) = recording.errors
        assert times == 3 and isinstance(error, Exception)
        first, _, third = [answer.request_meta["exception"] for answer in answers]
        assert type(first) is type(third) and str(first) == str(third)
        assert type(answers[0].error) is type(answers[2].error) and str(answers[0].error) == str(
            answers[2].error
        )
        entry = recording.environment.stats.get("/gone", "GET")
        assert (entry.num_requests, entry.num_failures) == (3, 3)

    @pytest.mark.parametrize("path", ["/to-short", "/short"])
    def test_of_a_body_belongs_to_the_url_as_given(self, target, recording, path):
        short = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n123"
        target.add_route("/short", lambda _: Reply(raw=short, ending="close"))
        target.add_route("/to-short", lambda _: Reply(302, (("Location", "/short"),)))
        session = HttpSession(target.url, recording.event, None)
        for _ in range(2):
            session.get(path, params={"q": "1"})
        assert recording.entries == {(path, "GET"): 2}

    def test_of_a_verdict(self, session, recording):
        for word in ("wrong", "wrong", "other"):
            with session.get("/any", catch_response=True) as response:
                response.failure(word)
            assert str(response.request_meta["exception"]) == word
        assert sorted(times for *_, times in recording.errors) == [1, 2]

    def test_of_a_status_in_a_block(self, session, recording):
        for _ in range(3):
            with session.get("/gone", catch_response=True) as response:
                pass
            assert response.request_meta["exception"] is not None
        assert [times for *_, times in recording.errors] == [3]

    @pytest.mark.parametrize("client", [HttpSession, FastHttpSession])
    def test_of_a_connection(self, client, recording):
        with socket.socket() as nobody:
            nobody.bind(("127.0.0.1", 0))
            session = client(f"http://127.0.0.1:{nobody.getsockname()[1]}", recording.event, None)
            answers = [session.get("/any") for _ in range(3)]
        assert [answer.status_code for answer in answers] == [0] * 3
        assert str(answers[0].error) == str(answers[2].error) != ""
        entry = recording.environment.stats.get("/any", "GET")
        assert (
            entry.num_requests,
            entry.num_failures,
            [times for *_, times in recording.errors],
        ) == (3, 3, [3])

    def test_a_listener_sees_every_one(self, session, recording):
        seen = []
        recording.event.add_listener(lambda exception, **_: seen.append(exception))
        for _ in range(3):
            session.get("/gone")
        assert len(seen) == 3 and None not in seen
