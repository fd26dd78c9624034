"""How sure response times are: counted for each entry, and shown."""

from __future__ import annotations

import json

import pytest
from tests.support.http_target import HttpTarget, Reply

from locustella.clients import HttpSession
from locustella.contrib.fasthttp import FastHttpSession
from locustella.env import Environment
from locustella.event import EventHook
from locustella.running.generator_watch import GeneratorWatch, Lag, Stalls
from locustella.statistics.report import certainty, sections
from locustella.statistics.report.certainty import Ends, ends_of
from locustella.statistics.request_recorder import RequestRecorder


@pytest.fixture
def environment():
    return Environment()


@pytest.fixture(params=["natively", "with another listener"])
def event(request, environment):
    event = EventHook()
    event.add_listener(RequestRecorder(environment))
    if request.param != "natively":
        event.add_listener(lambda **_: None)
    return event


@pytest.fixture(params=[HttpSession, FastHttpSession])
def session(request, event):
    with HttpTarget() as target:
        target.add_route("/here", lambda request: Reply(200, body=b"fine"))
        target.add_route("/last", lambda request: Reply(200, body=b"fine", ending="close"))
        session = request.param(target.url, event, None)
        yield session
        session._close_connections()


class TestCounted:
    def test_of_native_requests_as_the_core_knows(self, session, environment):
        for _ in range(5):
            session.get("/here", name="a")
        ends = ends_of(environment.stats.get("a", "GET"))
        assert sum(ends) == 5
        assert ends.kernel >= 4, "the first stamp of a machine may be missing"
        assert ends_of(environment.stats.total) == ends

    def test_what_something_follows_is_the_kernels_where_it_was_read_at_once(
        self, session, environment
    ):
        """By the word of gevent's loop about its waits: without it all of these were bounds."""
        for _ in range(20):
            session.get("/last", name="a")  # and the connection ends
        ends = ends_of(environment.stats.get("a", "GET"))
        assert sum(ends) == 20 and ends.kernel > 0

    def test_a_failure_is_read(self, session, environment):
        session.get("http://127.0.0.1:1/nobody", name="a")
        assert ends_of(environment.stats.get("a", "GET")) == Ends(read=1)

    def test_a_time_that_was_changed_is_somebody_elses(self, session, environment):
        session.get("/here", name="warm")
        with session.get("/here", name="a", catch_response=True) as response:
            response.request_meta["response_time"] = 77.0
        assert ends_of(environment.stats.get("a", "GET")) == Ends(read=1)


def test_what_a_locustfile_fires_is_read(environment):
    environment.events.request.add_listener(RequestRecorder(environment))
    environment.events.request.fire(
        request_type="X",
        name="a",
        response_time=1.0,
        response_length=0,
        response=None,
        context={},
        exception=None,
    )
    assert ends_of(environment.stats.get("a", "X")) == Ends(read=1)


class TestWords:
    @pytest.mark.parametrize(
        "ends, words",
        [
            ((3, 0, 0), "The kernel stamped all response times"),
            ((0, 1, 2), "The kernel stamped none of the response times"),
            ((0, 0, 0), "The kernel stamped none of the response times"),
            ((1, 1, 0), "The kernel stamped 50.0 % of the response times"),
            ((99999, 0, 1), "The kernel stamped 99.9 % of the response times"),
            ((1, 99999, 0), "The kernel stamped 0.1 % of the response times"),
        ],
    )
    def test_never_more_than_is_known(self, ends, words, monkeypatch, environment):
        monkeypatch.setattr(certainty, "ends_of", lambda _entry: Ends(*ends))
        assert certainty.words(environment.stats).startswith(words)

    def test_the_warning_has_them(self, monkeypatch, environment):
        monkeypatch.setattr(certainty, "ends_of", lambda _entry: Ends(1, 3, 0))
        watch = GeneratorWatch(environment)
        no_lag = Lag(0, 0.0, 0.0, 0.0, 0.0)
        watch.lags = lambda: dict.fromkeys(("timer", "wake", "send"), no_lag)  # type: ignore[method-assign]
        watch.stalls = lambda: Stalls(8.0, 2.999, 2.99, 2.9, 3.0, 2.0)  # type: ignore[method-assign]
        assert "stamped 25.0 % of the response times" in (watch.doubt() or "")


class TestShown:
    def test_in_json(self, session, environment):
        session.get("/here", name="a")
        shown = json.loads(json.dumps(certainty.as_json(environment.stats)))
        (entry,) = shown["entries"]
        assert entry.pop("name") == "a" and entry.pop("method") == "GET"
        assert sum(entry.values()) == 1 and entry == shown["total"]

    def test_in_the_page(self, session, environment):
        session.get("/here", name="a")
        page = sections.response_times_table(environment.stats, [0.5])
        assert all(title in page for title in ("Stamped", "At most", "Read"))
        assert "100.0 %" in page
