"""The same ramps, worked out by stock Locust's dispatcher and by ours, are the same step by step.

LOCUSTELLA_STOCK_PYTHON names an interpreter that has Locust 2.47.0 installed.
"""

from __future__ import annotations

import json
import os
import subprocess

import dispatch_driver
import pytest

LIVES = 500
A_BATCH = 50
STOCK_PYTHON = os.environ.get("LOCUSTELLA_STOCK_PYTHON")

pytestmark = pytest.mark.skipif(
    not STOCK_PYTHON, reason="LOCUSTELLA_STOCK_PYTHON names no interpreter with stock Locust"
)


@pytest.fixture(scope="module")
def stock_lives() -> dict[str, list[str]]:
    command = [STOCK_PYTHON, dispatch_driver.__file__, "locust", "1", str(LIVES)]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=100)
    assert ran.returncode == 0, ran.stderr[-2000:]
    return json.loads(ran.stdout)


@pytest.mark.parametrize("first", range(1, LIVES + 1, A_BATCH))
def test_every_step_and_every_pause_is_the_same(
    first: int, stock_lives: dict[str, list[str]]
) -> None:
    for seed in range(first, first + A_BATCH):
        stock = stock_lives[str(seed)]
        ours = dispatch_driver.live("locustella", seed)
        for place, theirs in enumerate(stock):
            assert place < len(ours), f"seed {seed}: ours ends at {place}, theirs goes on: {theirs}"
            assert ours[place] == theirs, f"seed {seed}, observation {place}"


def test_the_lives_are_long_enough_to_show_something(stock_lives: dict[str, list[str]]) -> None:
    lengths = sorted(map(len, stock_lives.values()))
    assert lengths[len(lengths) // 2] > 50
    for word in ("workers", "pause", "over", "ramp"):
        assert sum(word in seen for life in stock_lives.values() for seen in life) > 1000
