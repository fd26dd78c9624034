"""What was under way when the test ended: how many requests, and since when."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import gevent
import pytest
from demo_target_process import running
from locustella_process import command
from plain_session import PlainSession, failure_of
from waiting import until

from locustella import _core
from locustella.running.unanswered import Unanswered

LOAD = """
    import socket
    from locust import HttpUser, FastHttpUser, constant, task

    dead = socket.create_server(("127.0.0.1", 0), backlog=16)

    class Visitor(HttpUser):
        host = f"http://127.0.0.1:{dead.getsockname()[1]}"
        wait_time = constant(0.01)

        @task
        def work(self):
            self.environment.events.request.fire(
                request_type="TCP", name="echo", response_time=1.5, response_length=1,
                exception=None, context={})
            self.client.get("/never")

    class Fast(FastHttpUser):
        host = Visitor.host

        @task
        def work(self):
            self.client.post("/never", data="x" * 100)
"""


def test_a_target_that_hangs(tmp_path: Path) -> None:
    arguments = ["-f", "load.py", "--headless", "--only-summary", "-u", "2", "-r", "2", "-t", "2"]
    run = command(tmp_path, [*arguments, "--html", "r.html", "--json-file", "j"], {"load.py": LOAD})
    assert run.code == 0, run.err
    known = json.loads((tmp_path / "j_run.json").read_text())["unanswered"]
    assert known["count"] == 2 and 1 < known["oldest_s"] < 15
    sentence = "2 requests had no answer yet when the test ended"
    assert sentence in (tmp_path / "r.html").read_text()
    (entry,) = json.loads((tmp_path / "j.json").read_text())  # as Locust writes it
    assert entry["name"] == "echo"
    run = command(tmp_path, [*arguments, "--stop-timeout", "1"], {"load.py": LOAD})
    assert run.err.count(sentence) == 1


@pytest.mark.parametrize(
    "found, words",
    [
        (Unanswered(0, 0.0), ""),
        (
            Unanswered(1, 0.0456),
            "1 request had no answer yet when the test ended, so no table counts it: "
            "it had waited for 46 ms",
        ),
        (
            Unanswered(2, 0.00008749),
            "2 requests had no answer yet when the test ended, so no table counts them: "
            "the oldest had waited for 87 us",
        ),
        (
            Unanswered(1234, 61.5),
            "1,234 requests had no answer yet when the test ended, so no table counts them: "
            "the oldest had waited for 61.5 s",
        ),
        (
            Unanswered(2, 0.9999),
            "2 requests had no answer yet when the test ended, so no table counts them: "
            "the oldest had waited for 1.0 s",
        ),
    ],
)
def test_words(found: Unanswered, words: str) -> None:
    assert found.sentence() == words


@pytest.fixture
def dead() -> Iterator[str]:
    """An address that takes connections and never says anything."""
    with socket.create_server(("127.0.0.1", 0), backlog=16) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}/"


@pytest.fixture(autouse=True)
def nothing_before() -> None:
    _core.forget_given_up_requests()
    assert _core.pending_requests() == (0, 0.0)


def test_what_waits_counts_and_what_was_given_up(dead: str) -> None:
    first, second = (gevent.spawn(PlainSession().ask, dead) for _ in range(2))
    until(lambda: _core.pending_requests()[0] == 2)
    oldest = _core.pending_requests()[1]
    until(lambda: _core.pending_requests()[1] > oldest)  # it goes on waiting
    first.kill()
    second.kill()
    count, waited = _core.pending_requests()
    assert count == 2 and waited > oldest
    assert _core.pending_requests() == (count, waited)  # it waits no more
    _core.forget_given_up_requests()
    assert _core.pending_requests() == (0, 0.0)


def test_what_was_answered_or_failed_does_not(dead: str) -> None:
    with running() as target:
        assert PlainSession().ask(f"{target.url}/").status_code == 200
    assert failure_of(PlainSession().ask(dead, timeout=0.05)) is not None
    assert _core.pending_requests() == (0, 0.0)
