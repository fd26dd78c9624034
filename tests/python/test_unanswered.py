"""Requests without an answer: under way when the test ended, or given up before."""

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
from locustella.contrib.fasthttp import FastHttpSession
from locustella.env import Environment
from locustella.running.unanswered import GivenUp, Unanswered, UnansweredRequests

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
    assert known["given_up"] == {"count": 0, "longest_s": 0.0}
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
    assert found.sentences() == ([words] if words else [])


@pytest.mark.parametrize(
    "found, words",
    [
        (GivenUp(), ""),
        (
            GivenUp(1, 0.0456),
            "1 request was given up without an answer while the test ran, with its user or by its "
            "task, so no table counts it: it had waited for 46 ms",
        ),
        (
            GivenUp(1234, 61.5),
            "1,234 requests were given up without an answer while the test ran, with their users "
            "or by their tasks, so no table counts them: the longest wait was 61.5 s",
        ),
    ],
)
def test_words_for_those_before(found: GivenUp, words: str) -> None:
    assert found.sentence() == words
    at_the_end = Unanswered(1, 1.0)
    both = at_the_end._replace(given_up=found).sentences()
    assert both == [*([words] if words else []), at_the_end.sentence()]


@pytest.fixture
def dead() -> Iterator[str]:
    """An address that takes connections and never says anything."""
    with socket.create_server(("127.0.0.1", 0), backlog=16) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}/"


@pytest.fixture(autouse=True)
def nothing_before() -> None:
    _core.forget_given_up_requests()
    assert nobody_waits()


def nobody_waits() -> bool:
    return _core.waiting_requests() == _core.given_up_requests() == (0, 0.0)


def given_up(dead: str) -> None:
    """Has one user given up a request."""
    user = gevent.spawn(PlainSession().ask, dead)
    until(lambda: _core.waiting_requests()[0] == 1)
    user.kill()


def test_what_waits_counts_and_what_was_given_up(dead: str) -> None:
    first, second = (gevent.spawn(PlainSession().ask, dead) for _ in range(2))
    until(lambda: _core.waiting_requests()[0] == 2)
    oldest = _core.waiting_requests()[1]
    until(lambda: _core.waiting_requests()[1] > oldest)  # it goes on waiting
    first.kill()
    assert _core.waiting_requests()[0] == 1
    second.kill()
    count, waited = _core.given_up_requests()
    assert count == 2 and waited > oldest
    assert _core.waiting_requests() == (0, 0.0)
    assert _core.given_up_requests() == (count, waited)  # it waits no more
    _core.forget_given_up_requests()
    assert nobody_waits()


def test_what_was_answered_or_failed_does_not(dead: str) -> None:
    with running() as target:
        assert PlainSession().ask(f"{target.url}/").status_code == 200
    assert failure_of(PlainSession().ask(dead, timeout=0.05)) is not None
    assert nobody_waits()


def test_one_that_a_timeout_has_made_a_failure_is_in_its_entry(dead: str) -> None:
    environment = Environment()
    session = FastHttpSession(dead.rstrip("/"), environment.events.request, None)
    failed = []
    environment.events.request.add_listener(lambda exception, **_: failed.append(exception))
    with gevent.Timeout(0.02):
        session.get("/")
    assert len(failed) == 1 and nobody_waits()


def test_those_at_the_end_are_told_from_those_before(dead: str) -> None:
    environment = Environment()
    events, stats = environment.events, environment.stats
    requests = UnansweredRequests(environment)
    given_up(dead)
    events.test_start.fire(environment=environment)
    assert requests.now() == (0, 0.0, (0, 0.0))  # those of the run before are its own
    given_up(dead)
    stats.reset_all()  # as --reset-stats does
    given_up(dead)
    given_up(dead)
    assert requests.now()[0] == 0 and requests.now().given_up.count == 2
    waiting = gevent.spawn(PlainSession().ask, dead)
    until(lambda: requests.now().count == 1)
    events.test_stopping.fire(environment=environment)
    assert requests.now().count == 1
    waiting.kill()
    given_up(dead)  # in an on_stop
    events.test_stopping.fire(environment=environment)  # the runner quits what has stopped
    found = requests.now()
    assert found.count == found.given_up.count == 2
    assert min(found.oldest_s, found.given_up.longest_s) > 0
    stats.clear_all()
    assert requests.now() == (0, 0.0, (0, 0.0))


RAMP = LOAD + """
    from locust import LoadTestShape

    class DownToOne(LoadTestShape):
        use_common_options = True

        def tick(self):
            seconds = self.get_run_time()
            return (6, 100) if seconds < 1 else (2, 100) if seconds < 2 else None
"""


def test_users_who_are_stopped_in_a_ramp_down(tmp_path: Path) -> None:
    arguments = ["-f", "load.py", "--headless", "--only-summary"]
    run = command(
        tmp_path, [*arguments, "--html", "r.html", "--json-file", "j"], {"load.py": RAMP}
    )
    assert run.code == 0, run.err
    known = json.loads((tmp_path / "j_run.json").read_text())["unanswered"]
    assert known["count"] == 2 and known["given_up"]["count"] == 4
    assert 0 < known["given_up"]["longest_s"] < 15
    page = (tmp_path / "r.html").read_text()
    assert "4 requests were given up without an answer while the test ran" in page
    assert "2 requests had no answer yet when the test ended" in page
