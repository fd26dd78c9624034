"""Runs the driver in both implementations against one recording server, and finds what differs.

    pairs = both_sides("http", stock_python, folder)       # {category: [Pair, ...]}
    pairs["cookies"][0].differences()                      # ["jar: [...] != [...]", ...]
"""

from __future__ import annotations

import os
import pickle
import pprint
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support.recording_server import Answer, Control, Recorded, RecordingServer

from .cases import scenarios
from .known_differences import levelled

LIMIT_S = 300
_DRIVER = Path(__file__).parent / "driver.py"
_KEPT_VARIABLES = ("PATH", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH", "ASAN_OPTIONS")


@dataclass(frozen=True)
class Side:
    """What one implementation sent and made of the answer."""

    sent: list[Recorded]
    facts: dict[str, Any]

    def flat(self) -> dict[str, Any]:
        """Everything that must be equal, under one name each."""
        flat = {f"request {number}": [r.port, r.raw] for number, r in enumerate(self.sent)}
        for name, value in self.facts.items():
            if name in ("response", "plain"):
                flat |= {f"{name}.{part}": inner for part, inner in value.items()}
            else:
                flat[name] = value
        return flat


@dataclass(frozen=True)
class Pair:
    """One step of a scenario under both."""

    kind: str
    number: int
    scenario: dict[str, Any]
    step: dict[str, Any]
    stock: Side
    ours: Side

    def differences(self) -> list[str]:
        stock, ours = levelled(self.kind, self.step, self.stock.flat(), self.ours.flat())
        missing = object()
        names = [
            name
            for name in {**stock, **ours}
            if stock.get(name, missing) != ours.get(name, missing)
        ]
        return [
            f"  {name}\n    stock: {_shown(stock.get(name, 'nothing'))}\n    ours:  "
            f"{_shown(ours.get(name, 'nothing'))}"
            for name in names
        ]

    def described(self) -> str:
        said = {**self.step, "answers": [answer for answer in self.step["answers"]]}
        case = pprint.pformat(said, width=140, sort_dicts=False)
        where = f"base_url {self.scenario['base_url']!r}, settings {self.scenario['settings']!r}"
        return f"request {self.number} of {self.kind} ({where}):\n{case}\n" + "\n".join(
            self.differences()
        )


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) < 700 else text[:700] + "..."


def both_sides(kind: str, stock_python: str, folder: Path) -> dict[str, list[Pair]]:
    """Every step of every scenario under both implementations, by category."""
    cases = list(scenarios(kind))
    steps = [step for scenario in cases for step in scenario["steps"]]
    with RecordingServer() as server:
        since = time.time()  # of both: what a cookie's end is told by
        stock = _run("stock", stock_python, kind, cases, steps, server, folder, since)
        ours = _run("locustella", sys.executable, kind, cases, steps, server, folder, since)
    found: dict[str, list[Pair]] = defaultdict(list)
    number = 0
    for scenario in cases:
        for step in scenario["steps"]:
            found[scenario["category"]].append(
                Pair(kind, number, scenario, step, stock[number], ours[number])
            )
            number += 1
    return found


def _run(
    name: str,
    python: str,
    kind: str,
    cases: list[dict],
    steps: list[dict],
    server: RecordingServer,
    folder: Path,
    since: float,
) -> list[Side]:
    given, taken = folder / f"{kind}.pickle", folder / f"{kind}-{name}.pickle"
    bare = [{**case, "steps": [_without_answers(step) for step in case["steps"]]} for case in cases]
    given.write_bytes(pickle.dumps(bare, protocol=4))
    environment = {key: os.environ[key] for key in _KEPT_VARIABLES if key in os.environ}
    environment |= {"HOME": str(folder), "LC_ALL": "C.UTF-8", "DIFFERENTIAL_SINCE": str(since)}

    def answers(number: int) -> list[Answer]:
        return steps[number]["answers"]

    # The child may be killed: so its files are this process's to remove.
    with (
        Control(server, answers) as control,
        tempfile.TemporaryDirectory(prefix=f"{kind}-{name}-", dir=folder) as work,
    ):
        command = [
            python,
            str(_DRIVER),
            name,
            kind,
            str(given),
            str(taken),
            str(control.port),
            *server.origins,
        ]
        process = subprocess.run(
            command,
            env=environment,
            cwd=work,
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
            check=False,
        )
    assert process.returncode == 0, (
        f"{name} came to grief:\n{process.stdout[-2000:]}\n{process.stderr[-6000:]}"
    )
    rows = [row for scenario in pickle.loads(taken.read_bytes()) for row in scenario]
    return [Side(control.recorded[number], row) for number, row in enumerate(rows)]


def _without_answers(step: dict) -> dict:
    return {key: value for key, value in step.items() if key != "answers"}
