"""The tables that say which test covers what: every test that they name is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

HERE = Path(__file__).parent
NAMED = re.compile(r"((?:golden/)?test_\w+)((?:[ ,]+`Test\w+`)+)")


@pytest.mark.parametrize("page", ["README.md", "documented_examples.md"])
def test_named_tests_exist(page: str) -> None:
    found = NAMED.findall((HERE / page).read_text())
    assert len(found) > 30
    missing = [
        f"{file}: {name}"
        for file, names in found
        for name in re.findall(r"`(\w+)`", names)
        if not re.search(rf"^class {name}\b", (HERE / f"{file}.py").read_text(), re.MULTILINE)
    ]
    assert not missing


def test_golden_runs_that_are_named_exist() -> None:
    text = (HERE / "documented_examples.md").read_text()
    for names in re.findall(r"`TestGolden` \(([\w, ]+)\)", text):
        for name in names.split(", "):
            assert (HERE / "golden" / "locustfiles" / f"{name}.py").is_file(), name
