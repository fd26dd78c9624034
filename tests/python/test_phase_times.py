"""--phase-times and --show-slow-path: where the time of requests goes, and which took the slow
path.
"""

from __future__ import annotations

import csv
import io

import pytest
from locustella_process import command
from tests.support.http_target import HttpTarget, Reply

from locustella.clients import HttpSession
from locustella.contrib.fasthttp import FastHttpSession
from locustella.env import Environment
from locustella.event import EventHook
from locustella.http.phases import PHASES
from locustella.statistics import phase_times
from locustella.statistics.request_recorder import RequestRecorder


@pytest.fixture
def recording():
    environment = Environment()
    event = EventHook()
    event.add_listener(RequestRecorder(environment))
    phase_times.keep_phase_times(environment)
    yield environment, event
    phase_times.stop_keeping_phase_times(environment)


@pytest.fixture(params=[HttpSession, FastHttpSession])
def session(request, recording):
    with HttpTarget() as target:
        target.add_route("/here", lambda request: Reply(200, body=b"fine"))
        session = request.param(target.url, recording[1], None)
        yield session
        session._close_connections()


def rows(recording) -> dict:
    stats = recording[0].stats
    return {
        (method, name): (requests, figures)
        for method, name, requests, figures in stats.phase_rows()
    }


class TestPhases:
    def test_kept_by_entry(self, session, recording):
        for _ in range(3):
            session.get("/here", name="a")
        requests, figures = rows(recording)["GET", "a"]
        assert requests == 3
        assert figures["connect"][1] == 1, "one connection served all"
        assert figures["first_byte"][1] == 3 and figures["first_byte"][0] > 0

    def test_they_are_the_response_time(self, session, recording):
        session.get("/here", name="a")
        _, figures = rows(recording)["GET", "a"]
        total = sum(mean for mean, *_ in figures.values())
        recorded = recording[0].stats.get("a", "GET")
        assert total * 1000 == pytest.approx(recorded.total_response_time, rel=1e-6)

    def test_with_blocks_and_failures_count(self, session, recording):
        with session.get("/here", name="b", catch_response=True):
            pass
        session.get("/status/500", name="b")
        assert rows(recording)["GET", "b"][0] == 2

    def test_listeners_get_them(self, session, recording):
        seen = []
        recording[1].add_listener(lambda context, **_: seen.append(context))
        session.get("/here", context={"mine": 1})
        assert seen[0]["mine"] == 1
        assert tuple(seen[0]["phases"]) == PHASES and seen[0]["phases"]["first_byte"] > 0

    def test_only_when_asked_for(self, session, recording):
        phase_times.stop_keeping_phase_times(recording[0])
        seen = []
        recording[1].add_listener(lambda context, **_: seen.append(context))
        session.get("/here")
        assert "phases" not in seen[0] and rows(recording) == {}
        assert phase_times.lines(recording[0].stats) == []

    def test_a_reset_resets_them(self, session, recording):
        session.get("/here")
        recording[0].events.reset_stats.fire()
        assert rows(recording) == {}

    def test_as_a_table_and_as_a_file(self, session, recording):
        session.get("/here", name="a name")
        table = phase_times.lines(recording[0].stats)
        assert "first byte" in table[0] and "a name" in table[2]
        (row,) = csv.DictReader(io.StringIO(phase_times.csv_text(recording[0].stats), newline=""))
        assert (
            row["Name"] == "a name"
            and float(row["first_byte mean"]) > 0
            and row["tls happened"] == "0"
        )


def test_on_the_command_line(tmp_path, shop):
    locustfile = """
        from locust import HttpUser, task
        class Visitor(HttpUser):
            @task
            def visit(self):
                self.client.get("/", name="plain")
                self.client.get("/", name="hooked", hooks={"response": lambda r, *a, **k: None})
                self.environment.runner.quit()
    """
    options = [
        "--headless",
        "--only-summary",
        "--phase-times",
        "--show-slow-path",
        "--csv",
        "result",
    ]
    run = command(tmp_path, ["-f", "load.py", "-H", shop, *options], {"load.py": locustfile})
    assert run.code == 0, run.err
    assert "Phases, ms" in run.err and "response hooks" in run.err
    assert (tmp_path / "result_phases.csv").read_text().count("\n") == 3


def test_tables_that_were_asked_for_are_shown_beside_a_json_file_too(tmp_path, shop):
    locustfile = """
        from locust import HttpUser, task
        class Visitor(HttpUser):
            @task
            def visit(self):
                self.client.get("/", name="plain")
                self.environment.runner.quit()
    """
    options = ["--headless", "--json-file", "j", "--phase-times", "--show-slow-path"]
    run = command(tmp_path, ["-f", "load.py", "-H", shop, *options], {"load.py": locustfile})
    assert run.code == 0 and (tmp_path / "j.json").exists(), run.err
    assert "Phases, ms" in run.err and "Which way requests went" in run.err
    assert "Response time percentiles" not in run.err
