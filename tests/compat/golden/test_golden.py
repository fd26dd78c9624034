"""Thirty-odd small locustfiles with counts that are known, under stock Locust and under us: the CSV
and JSON files, the console and the exit code must be the same, but for what `known_differences`
lists with its reasons.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from support.locust_run import Run

from .comparison import differences
from .sides import LOCUSTFILES, Side, both_sides, has_fixed_times

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


CSV = """\
Type,Name,Request Count,Median Response Time,Requests/s
GET,/,3,20,2.5
,Aggregated,3,20,2.5
"""
JSON = '[{"name": "/", "method": "GET", "num_requests": 3, "response_times": {"20": 3}}]'
TABLE = """\
[2026-11-30 12:51:17,302] vm/INFO/locust.main: Shutting down (exit code 1)
GET      /                     3     0(0.00%) |     12       0      24     12 |    6.25        0.00
GET      /                    12     12     25     25     25      3
"""
TEXTS = {"run_stats.csv": CSV, "final.json": JSON, "stderr": TABLE}


class TestTheComparison:
    """It finds what it is for, and nothing else."""

    def compare(
        self, name: str = "", before: str = "", after: str = "", code: int = 0
    ) -> list[str]:
        changed = {**TEXTS, **({name: TEXTS[name].replace(before, after)} if name else {})}
        runs = [Run(exit_code, "", "", (), Path("."), 1.0) for exit_code in (0, code)]
        found = differences(Side(runs[0], TEXTS), Side(runs[1], changed), 5)
        return [f"{one.file}: {one.place}" for one in found]

    @pytest.mark.parametrize(
        ("name", "before", "after"),
        [
            ("run_stats.csv", "20", "24.5"),
            ("run_stats.csv", "2.5", "77"),
            ("final.json", '"20"', '"23"'),
            ("stderr", "12:51:17,302] vm", "12:51:18,1] other"),
            ("stderr", "12       0", "12.3  0.0421"),
            ("stderr", " 6.25", "99.25"),
        ],
    )
    def test_times_may_differ(self, name: str, before: str, after: str) -> None:
        assert before in TEXTS[name] and not self.compare(name, before, after)

    @pytest.mark.parametrize(
        ("name", "before", "after", "place"),
        [
            ("run_stats.csv", "GET,/,3", "GET,/,4", "GET /: Request Count"),
            ("run_stats.csv", "/,3,20,2.5", "/,3,20,1.5", "GET /: Requests/s"),
            ("run_stats.csv", "/,3,20", "/,3,40", "GET /: Median Response Time"),
            ("run_stats.csv", "GET,/", "GET,/x", "rows and their order"),
            ("run_stats.csv", "Median ", "", "columns"),
            ("final.json", '"num_requests": 3', '"num_requests": 2', "GET /: num_requests"),
            ("final.json", '{"20": 3}', '{"20": 2}', "GET /: response_times"),
            ("final.json", '"num_requests": 3, ', "", "GET /: keys"),
            ("final.json", '"/"', '"/x"', "entries and their order"),
            ("stderr", "exit code 1", "exit code 2", "lines 1-1"),
            ("stderr", " 3     0(0.00%)", " 3     1(33.33%)", "lines 2-2"),
            ("stderr", "25      3", "25      4", "lines 3-3"),
        ],
    )
    def test_everything_else_is_found(self, name: str, before: str, after: str, place: str) -> None:
        assert self.compare(name, before, after) == [f"{name}: {place}"]

    def test_exit_codes(self) -> None:
        assert self.compare(code=1) == ["process: exit code"]
        assert self.compare() == []
