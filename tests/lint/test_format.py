"""C++ as clang-format has it, and no line beyond 100 columns, comments included.

Of Python ruff says so (pyproject.toml, E501); what cannot be broken there has a noqa.
"""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest
from repository import CPP_SUFFIXES, ROOT, below, listed, text_of

MOST_COLUMNS = 100
FOLDERS = ("core", "python", "plugins", "tests")
TOOL = "clang-format-14"  # others break lines elsewhere


def test_cpp_is_formatted():
    if not shutil.which(TOOL) and not os.environ.get("CI"):
        pytest.skip(f"{TOOL} is not here: .ci/install-deps test")
    files = [str(file) for file in below(*FOLDERS, suffixes=CPP_SUFFIXES)]
    done = subprocess.run(
        [TOOL, "--dry-run", "-Werror", *files],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    found = [line for line in done.stderr.splitlines() if "error:" in line]
    assert done.returncode == 0, listed(found or [done.stderr])


def test_lines_are_short():
    violations = [
        f"{file}:{number}: {len(line)} columns"
        for file in below(*FOLDERS, suffixes=CPP_SUFFIXES)
        for number, line in enumerate(text_of(file).splitlines(), 1)
        if len(line) > MOST_COLUMNS
    ]
    assert not violations, listed(violations)
