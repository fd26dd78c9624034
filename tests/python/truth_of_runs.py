"""Recorded times beside the target's own log of the same run.

    run = run_against(target, folder, MY_USERS, users=10, seconds=5)  # it has a --service-log
    run["7 small"]             # Sample(recorded_ms=1.21, true_ms=1.2, certainty="kernel")

The users give each request a name and a target of its own: both begin with `next(numbers)`, which
the locustfile has, the target as in `/bytes/100?i=7`. So each sample has its certainty from the
report, and its truth from the log. Of a new connection only what follows its making is compared,
of which the log knows.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from demo_target_process import Target
from locustella_process import command

from locustella.command.demo_target import read_service_log

NOTES = """
import itertools, json
from locust import events

numbers, times, errors = itertools.count(), {}, []

@events.request.add_listener
def note(name, response_time, exception, context, **_):
    if exception is not None:
        errors.append(f"{name}: {exception!r}")
    elif "phases" in context:
        phases = context["phases"]
        times[name] = response_time - phases["dns"] - phases["connect"] - phases["tls"]

@events.quit.add_listener
def write(**_):
    with open("times.json", "w") as file:
        json.dump([times, errors], file)
"""


class Sample(NamedTuple):
    recorded_ms: float
    true_ms: float
    certainty: str

    @property
    def late_ms(self) -> float:
        return self.recorded_ms - self.true_ms


class Run(dict[str, Sample]):
    """What was recorded of each name; `errors` of the failed ones, `report`: the run's JSON."""

    errors: list[str]
    report: dict


def percentile(values: Iterable[float], fraction: float) -> float:
    ordered = sorted(values)
    return ordered[min(int(fraction * len(ordered)), len(ordered) - 1)]


def run_against(
    target: Target,
    folder: Path,
    locustfile: str,
    users: int,
    seconds: int,
    env: dict[str, str] | None = None,
) -> Run:
    """Runs the users, and stops the target, whose log is `service.log` in the folder."""
    arguments = [
        "-f",
        "load.py",
        "--headless",
        "-u",
        str(users),
        "-r",
        str(users),
        "-t",
        f"{seconds}s",
        "-H",
        target.url,
    ]
    arguments += ["--phase-times", "--only-summary", "--json-file", "result"]
    finished = command(folder, arguments, {"load.py": NOTES + locustfile}, env)
    assert (folder / "times.json").exists(), finished.err
    assert target.stop() == 0
    true = {
        record.target.split("i=")[1].split("&")[0]: record.service_ns / 1e6
        for record in read_service_log(folder / "service.log")
        if record.service_ns is not None and "i=" in record.target
    }
    run = Run()
    run.report = json.loads((folder / "result_run.json").read_text())
    recorded, run.errors = json.loads((folder / "times.json").read_text())
    for entry in run.report["ends"]["entries"]:
        name = entry["name"]
        (certainty,) = [kind for kind in ("kernel", "upper_bound", "read") if entry[kind]]
        if name in recorded and name.split()[0] in true:
            run[name] = Sample(recorded[name], true[name.split()[0]], certainty)
    return run
