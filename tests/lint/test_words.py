"""What no file may say: promises to do something later, and where somebody's machine keeps things.
"""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.util import find_spec

import pytest
from repository import ROOT, files, listed, text_of

LATER = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X)\b")
MACHINE_PATH = re.compile(
    r"(?<![\w./:}-])/(?:tmp|work|root|home/\w+|Users/\w+|mnt|media|private/var)/[\w.-]+"
)
NOT_PROSE = ("tests/fuzz/corpus/",)


def lines_matching(pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{file}:{number}: {line.strip()[:100]}"
        for file in files()
        if not str(file).startswith(NOT_PROSE)
        for number, line in enumerate(text_of(file).splitlines(), 1)
        if pattern.search(line)
    ]


def test_nothing_is_put_off():
    violations = lines_matching(LATER)
    assert not violations, listed(violations)


def test_no_paths_of_a_machine():
    violations = lines_matching(MACHINE_PATH)
    assert not violations, listed(violations)


def test_the_patterns_find_what_they_are_for():
    assert LATER.search("// TO" + "DO: later") and not LATER.search("the todo list of a shop")
    for path in ("/tmp" + "/x.log", "'/home" + "/ann/src'", "cd /work" + "/main"):
        assert MACHINE_PATH.search(path), path
    for path in ("/home", "/work", "http://h/tmp/x", "tests/work/x", "{root}/tmp/x"):
        assert not MACHINE_PATH.search(path), path


def test_ruff_finds_nothing():
    if find_spec("ruff") is None:
        pytest.skip("ruff is not installed in this environment")
    done = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--no-cache", "--output-format=concise", "."],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
