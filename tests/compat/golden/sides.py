"""Runs a locustfile of this folder under both implementations at once, each with its own target.

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
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
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
    with ExitStack() as stack:
        started = [
            stack.enter_context(_started(locustfile, implementation, folder))
            for implementation in implementations
        ]
        stock, ours = [_side(process.result(), target) for process, target in started]
    for side in (stock, ours):
        assert side.run.seconds < NET_S, f"ended by the net\n{side.run.describe()}"
    return stock, ours


@contextmanager
def _started(
    locustfile: Path, implementation: Implementation, folder: Path
) -> Iterator[tuple[LocustProcess, HttpTarget]]:
    directory = folder / implementation.name
    directory.mkdir()
    with HttpTarget() as target:
        add_usual_routes(target)
        files = {"locustfile.py": locustfile.read_text()}
        arguments = [*options_of(locustfile), *OPTIONS, "-H", target.url]
        environment = {"LOCUSTFILE_TARGET": target.url, "LC_ALL": "C.UTF-8"}
        with LocustProcess(implementation, directory, files, arguments, environment) as process:
            yield process, target
        assert target.violations == []


def _side(run: Run, target: HttpTarget) -> Side:
    texts = {"stdout": run.stdout, "stderr": run.stderr}
    for pattern in OUTPUTS:
        for path in sorted(run.directory.glob(pattern)):
            texts[path.name] = path.read_bytes().decode("utf-8")
    place = str(run.directory)
    return Side(
        run,
        {
            name: text.replace(target.url, "http://TARGET")
            .replace(f"port={target.port}", "port=TARGET")
            .replace(place, "FOLDER")
            for name, text in texts.items()
        },
    )
