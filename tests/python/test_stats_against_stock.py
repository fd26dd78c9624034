"""The same life, recorded by stock Locust's statistics and by ours, shows the same numbers.

LOCUSTELLA_STOCK_PYTHON names an interpreter that has Locust 2.47.0 installed.
"""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
from pathlib import Path

import pytest
import stats_driver

import locustella.stats

SEEDS = range(1, 13)
STOCK_PYTHON = os.environ.get("LOCUSTELLA_STOCK_PYTHON")

needs_stock = pytest.mark.skipif(
    not STOCK_PYTHON, reason="LOCUSTELLA_STOCK_PYTHON names no interpreter with stock Locust"
)


def run_stock(*arguments: str) -> str:
    """What the driver prints over stock Locust's statistics."""
    command = [STOCK_PYTHON, stats_driver.__file__, "locust.stats", *arguments]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=100)
    assert ran.returncode == 0, ran.stderr[-2000:]
    return ran.stdout


@pytest.fixture
def as_locust_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locustella.stats, "LOCUST_ROUNDING", True)


@pytest.fixture(scope="module")
def stock_lives() -> dict[str, list[str]]:
    return json.loads(run_stock("lives", *map(str, SEEDS)))


@needs_stock
@pytest.mark.usefixtures("as_locust_rounds")
@pytest.mark.parametrize("seed", SEEDS)
def test_everything_shown_is_the_same(seed: int, stock_lives: dict[str, list[str]]) -> None:
    ours = stats_driver.run(locustella.stats, seed)
    stock = stock_lives[str(seed)]
    for place, (mine, theirs) in enumerate(zip(ours, stock, strict=True)):
        # Text, since 45 and 45.0 are equal, but a CSV file shows which it was.
        assert mine == theirs, f"observation {place}"


@needs_stock
@pytest.mark.usefixtures("as_locust_rounds")
def test_the_csv_files_of_a_run_are_the_same_byte_for_byte(tmp_path: Path) -> None:
    stats_driver.write_csv_files(locustella.stats, str(tmp_path / "ours"))
    run_stock("files", str(tmp_path / "stock"))
    for suffix in ("stats", "stats_history", "failures", "exceptions"):
        ours, stock = (tmp_path / f"{who}_{suffix}.csv" for who in ("ours", "stock"))
        assert ours.read_bytes() == stock.read_bytes()
    assert len((tmp_path / "ours_stats_history.csv").read_bytes().splitlines()) > 100


def test_two_lives_of_one_seed_are_the_same() -> None:
    first, second = (stats_driver.run(locustella.stats, 99, steps=40) for _ in range(2))
    assert first == second
    assert len(first) > 50


class OneByteMore(locustella.stats.RequestStats):
    """Counts wrongly."""

    def log_request(self, method: str, name: str, time: float | None, length: int) -> None:
        super().log_request(method, name, time, length + 1)


def test_the_driver_tells_a_wrong_number_from_a_right_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """A comparison that could not fail would prove nothing."""
    right = stats_driver.run(locustella.stats, 7, steps=40)
    monkeypatch.setattr(locustella.stats, "RequestStats", OneByteMore)
    assert stats_driver.run(locustella.stats, 7, steps=40) != right
    failures_csv = json.loads(right[-2])  # of the last statistics looked at
    rows = list(csv.reader(io.StringIO(failures_csv)))
    assert rows[0][:3] == ["Method", "Name", "Error"]
