"""Ctrl-C and SIGTERM end a run in two stages, whatever users and listeners wait for."""

from __future__ import annotations

import json
import signal
import subprocess
from pathlib import Path

import gevent
import pytest
from locustella_process import Finished, interrupted_at

from locustella.running.signals import EndAskedFor

# `dead` takes connections and never says anything.
LOAD = """
    import socket
    from locust import HttpUser, constant, events, task

    dead = socket.create_server(("127.0.0.1", 0), backlog=16)

    class Visitor(HttpUser):
        host = f"http://127.0.0.1:{dead.getsockname()[1]}"
        wait_time = constant(0.01)

        @task
        def work(self):
            self.environment.events.request.fire(
                request_type="TCP", name="echo", response_time=1.5, response_length=1,
                exception=None, context={})
            if not hasattr(self, "said"):
                self.said = True
                print("at work", flush=True)

        def on_stop(self):
            print("stopping", flush=True)
            self.client.get("/stall")
            print("never said", flush=True)
"""
WAITING_LISTENER = """
    import gevent

    Visitor.on_stop = lambda self: None

    @events.EVENT.add_listener
    def wait_for_ever(**kwargs):
        print("stopping", flush=True)
        gevent.sleep(1000)
"""
BOTH = pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])


def until(process: subprocess.Popen[str], marker: str) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        if line.strip() == marker:
            return


def ended(
    folder: Path, marker: str, signals: list[signal.Signals], run_time: str, more: str = ""
) -> Finished:
    """Sends the first signal at the marker, each further one when the run says that it stops."""

    def act(process: subprocess.Popen[str]) -> None:
        process.send_signal(signals[0])
        for number in signals[1:]:
            until(process, "stopping")
            process.send_signal(number)

    reports = ["--html", "r.html", "--json-file", "j", "--csv", "r"]
    arguments = ["-f", "load.py", "--headless", "--only-summary", "-t", run_time, *reports]
    return interrupted_at(folder, marker, act, arguments, {"load.py": LOAD + more})


def check_reports(folder: Path, run: Finished) -> None:
    assert run.code == 0, run.err
    assert "never said" not in run.out and "Traceback" not in run.err
    (entry,) = json.loads((folder / "j.json").read_text())
    assert entry["name"] == "echo" and entry["num_requests"] > 0
    assert "</html>" in (folder / "r.html").read_text()
    assert "echo" in (folder / "r_stats.csv").read_text()


@BOTH
def test_one_signal_ends_a_stop_that_the_run_time_began(
    tmp_path: Path, number: signal.Signals
) -> None:
    run = ended(tmp_path, "stopping", [number], "1")
    check_reports(tmp_path, run)
    known = json.loads((tmp_path / "j_run.json").read_text())
    assert known["unanswered"]["count"] == 1  # that of on_stop


@pytest.mark.parametrize("first", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("second", [signal.SIGINT, signal.SIGTERM])
def test_the_second_signal_does_not_wait_for_users(
    tmp_path: Path, first: signal.Signals, second: signal.Signals
) -> None:
    run = ended(tmp_path, "at work", [first, second], "60")
    check_reports(tmp_path, run)
    told = [f"Got {number.name} signal" for number in (first, second)]
    assert run.err.count(told[0]) == run.err.count(told[1]) == (2 if first == second else 1)


@BOTH
@pytest.mark.parametrize("event", ["quitting", "quit", "test_stopping", "test_stop"])
def test_the_second_signal_does_not_wait_for_listeners(
    tmp_path: Path, number: signal.Signals, event: str
) -> None:
    more = WAITING_LISTENER.replace("EVENT", event)
    run = ended(tmp_path, "at work", [number, number], "60", more)
    check_reports(tmp_path, run)


def test_a_locustfile_that_has_gevent_handle_sigterm_is_told(tmp_path: Path) -> None:
    more = """
    import gevent, signal
    gevent.signal_handler(signal.SIGTERM, print, "the file knows", flush=True)
"""
    run = ended(tmp_path, "at work", [signal.SIGTERM, signal.SIGTERM], "60", more)
    check_reports(tmp_path, run)
    assert "the file knows" in run.out


def test_signals_that_were_looked_at_interrupt_nobody() -> None:
    asked = EndAskedFor(lambda: False)
    for _ in range(4):
        asked._signalled(signal.SIGINT)
        gevent.sleep(0)  # the hub looks
    assert asked.over.is_set() and asked.in_a_hurry.is_set()
    asked._signalled(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        asked._signalled(signal.SIGINT)  # nobody has looked at the last one
    gevent.sleep(0)


def test_a_user_that_keeps_the_interpreter_busy_is_interrupted_by_the_second_sigterm(
    tmp_path: Path,
) -> None:
    more = """
    def busy(self):
        self.environment.events.request.fire(
            request_type="TCP", name="echo", response_time=1.5, response_length=1,
            exception=None, context={})
        print("stopping", flush=True)
        while True:
            pass

    Visitor.tasks = [busy]
    Visitor.on_stop = lambda self: None
"""
    run = ended(tmp_path, "stopping", [signal.SIGTERM], "60", more + AFTER_A_WHILE)
    assert run.code in (0, 1), run.err
    (entry,) = json.loads((tmp_path / "j.json").read_text())
    assert entry["name"] == "echo"


# When the first signal has been noted, the second follows.
AFTER_A_WHILE = """
    import os, signal

    @events.test_start.add_listener
    def watch(**kwargs):
        handler = signal.getsignal(signal.SIGTERM)

        def noted(number, frame):
            handler(number, frame)
            if not noted.again:
                noted.again = True
                os.kill(os.getpid(), signal.SIGTERM)

        noted.again = False
        signal.signal(signal.SIGTERM, noted)
"""
