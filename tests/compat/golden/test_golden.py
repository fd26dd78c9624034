"""Thirty-odd small locustfiles with counts that are known, under stock Locust and under us: the CSV
and JSON files, the console and the exit code must be the same, but for what `known_differences`
lists with its reasons.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from .comparison import differences
from .sides import LOCUSTFILES, both_sides, has_fixed_times

STOCK_PYTHON = "LOCUSTELLA_STOCK_PYTHON"
SLACK_MS = 500  # of a measured time, on a machine that is busy with other things


def test_there_are_thirty() -> None:
    assert len(LOCUSTFILES) >= 30


class TestGolden:
    @pytest.mark.parametrize("locustfile", LOCUSTFILES, ids=lambda path: path.stem)
    def test_same_results(self, locustfile: Path, tmp_path: Path) -> None:
        stock_python = os.environ.get(STOCK_PYTHON)
        if not stock_python:
            pytest.skip(f"{STOCK_PYTHON} does not name the Python of a venv with stock Locust")
        stock, ours = both_sides(locustfile, stock_python, tmp_path)
        slack = 0.51 if has_fixed_times(locustfile) else SLACK_MS
        found = differences(stock, ours, slack)
        listed = "\n".join(map(str, found))
        shown = f"{stock.run.describe()}\n\n{ours.run.describe()}" if found else ""
        assert not found, f"{len(found)} differences:\n{listed}\n\n{shown}"
