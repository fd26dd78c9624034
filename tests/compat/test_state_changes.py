"""Generated stories of misuse and of changes between requests, under stock Locust and under us: the
same must happen.

    LOCUSTELLA_STOCK_PYTHON=... python -m pytest tests/compat/test_state_changes.py
    STATE_CHANGES_SEED=5 STATE_CHANGES_STORIES=200 ... more of them, and others

What can happen is listed in state_changes/changes.py. A failure prints the story up to where the
two part.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from compat.conftest import STOCK_PYTHON
from support.http_target import HttpTarget, Received, Reply
from support.small_proxy import SmallProxy

from .state_changes.known_differences import is_meant

SEED = int(os.environ.get("STATE_CHANGES_SEED", "1"))
STORIES = int(os.environ.get("STATE_CHANGES_STORIES", "60"))
LIMIT_S = 100
_DRIVER = Path(__file__).parent / "state_changes" / "driver.py"


def _echo(request: Received) -> Reply:
    heard = {
        "target": request.target,
        "fields": request.headers,
        "body": request.body.decode("latin1"),
    }
    return Reply(200, [("Content-Type", "application/json")], json.dumps(heard).encode())


@pytest.fixture(scope="module")
def target() -> Iterator[HttpTarget]:
    with HttpTarget() as target:
        target.add_route("/echo", _echo)
        target.add_route("/base/echo", _echo)
        target.add_route("/sets", lambda request: Reply(204, [("Set-Cookie", "server=1; Path=/")]))
        yield target


def _stories(name: str, python: str, kind: str, target: HttpTarget) -> list[list[Any]]:
    told = [name, kind, str(SEED), str(STORIES), target.url]
    kept = {key: value for key, value in os.environ.items() if not key.lower().endswith("_proxy")}
    with SmallProxy() as proxy:
        done = subprocess.run(
            [python, str(_DRIVER), *told, f"http://{proxy.place}"],
            capture_output=True, text=True, timeout=LIMIT_S, env=kept, check=False,
        )  # fmt: skip
    assert done.returncode == 0, (
        f"{name} came to grief:\n{done.stdout[-500:]}\n{done.stderr[-4000:]}"
    )
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("[")]


@pytest.mark.parametrize("kind", ["http", "fast"])
def test_same_as_stock(kind: str, target: HttpTarget) -> None:
    python = os.environ.get(STOCK_PYTHON)
    if not python:
        pytest.skip(f"{STOCK_PYTHON} does not name the Python of a venv with stock Locust")
    print(f"seed {SEED}, {STORIES} stories")
    stock = _stories("stock", python, kind, target)
    ours = _stories("locustella", sys.executable, kind, target)
    parted = _partings(stock, ours)
    assert not parted, f"{len(parted)} stories of seed {SEED} differ:\n\n" + "\n\n".join(parted[:5])


def _partings(stock: list[list[Any]], ours: list[list[Any]]) -> list[str]:
    """Each story that went another way, told up to there."""
    assert [row[0] for row in stock] == [row[0] for row in ours], "the drivers did different things"
    parted, story, is_over = [], [], False
    for theirs, own in zip(stock, ours, strict=True):
        if theirs[0] == "story":
            story, is_over = [], False
        story.append(str(theirs[:2]))
        if not is_over and theirs != own and not is_meant(theirs, own):
            is_over = True
            parted.append("\n".join([*story[:-1], f"  stock: {theirs}", f"  ours:  {own}"]))
    return parted
