"""Runs a locustfile of this folder under both implementations at once, against one target.

    stock, ours = both_sides(path, stock_python, folder)
    ours.texts["run_stats.csv"]

A locustfile may say in its first lines what it is run with and how far its times may lie apart:

    # options: -u 3 --tags read
    # times: fixed
"""

from __future__ import annotations

import re
import shlex
import sys
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from support.http_target import HttpTarget
from support.locust_run import Implementation, LocustProcess, Run
from support.target_routes import add_usual_routes

LOCUSTFILES = sorted((Path(__file__).parent / "locustfiles").glob("*.py"))
NET_S = 20  # a run that lasts longer was not ended by its locustfile
OPTIONS = ["--headless", "-r", "50", "-t", f"{NET_S}s", "--only-summary", "--csv", "out/run"]
OUTPUTS = ("out/*.csv", "out/*.json", "final.json")


@dataclass(frozen=True)
class Side:
    """All that one run has put out, with what differs from run to run by name only made equal."""

    run: Run
    texts: dict[str, str]  # by file name; the console's as "stdout" and "stderr"


def options_of(locustfile: Path) -> list[str]:
    match = re.search(r"^# options: (.*)$", locustfile.read_text(), re.MULTILINE)
    return shlex.split(match[1]) if match else []


def has_fixed_times(locustfile: Path) -> bool:
    return "\n# times: fixed\n" in locustfile.read_text()


def both_sides(locustfile: Path, stock_python: str, folder: Path) -> tuple[Side, Side]:
    implementations = [
        Implementation("stock", (stock_python, "-m", "locust")),
        Implementation("ours", (sys.executable, "-m", "locustella")),
    ]
    with HttpTarget() as target, ExitStack() as stack:
        add_usual_routes(target)
        started = [
            stack.enter_context(_started(locustfile, implementation, folder, target))
            for implementation in implementations
        ]
        stock, ours = [_side(process.result()) for process in started]
    assert target.violations == []
    for side in (stock, ours):
        assert side.run.seconds < NET_S, f"ended by the net\n{side.run.describe()}"
    return stock, ours


def _started(
    locustfile: Path, implementation: Implementation, folder: Path, target: HttpTarget
) -> LocustProcess:
    directory = folder / implementation.name
    directory.mkdir()
    files = {"locustfile.py": locustfile.read_text()}
    arguments = [*options_of(locustfile), *OPTIONS, "-H", target.url]
    environment = {"LOCUSTFILE_TARGET": target.url, "LC_ALL": "C.UTF-8"}
    return LocustProcess(implementation, directory, files, arguments, environment)


def _side(run: Run) -> Side:
    texts = {"stdout": run.stdout, "stderr": run.stderr}
    for pattern in OUTPUTS:
        for path in sorted(run.directory.glob(pattern)):
            texts[path.name] = path.read_bytes().decode("utf-8")
    place = str(run.directory)
    return Side(run, {name: text.replace(place, "FOLDER") for name, text in texts.items()})
