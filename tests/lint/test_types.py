"""The package's types, as mypy sees them (see pyproject.toml), and what they tell the author of a
locustfile.
"""

from __future__ import annotations

import subprocess
import sys

import pytest
from repository import ROOT, below, listed, text_of

SECONDS = 300  # with an empty cache; a few with a full one


@pytest.mark.timeout(SECONDS + 10)
def test_mypy_finds_nothing():
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--no-pretty", "--no-color-output"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_what_is_not_checked_says_why():
    """`# type: ignore[code]  # a reason`"""
    violations = [
        f"{file}:{number}: {line.strip()}"
        for file in below("python", suffixes={".py", ".pyi"})
        for number, line in enumerate(text_of(file).splitlines(), 1)
        if "# type: ignore" in line
        and not line.rpartition("# type: ignore[")[2].partition("]  # ")[2].strip()
    ]
    assert not violations, listed(violations)


def test_the_package_says_that_it_is_typed():
    assert (ROOT / "python/locustella/py.typed").is_file()
