"""Every command in README.md and docs/ runs, and does what the text beside it says.

A command is a line of a code block that calls `locustella` or `python -m locustella`, with a `$`
and variables before it or not. What follows a line with a `$` in its block is its output.
"""

from __future__ import annotations

import math
import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from demo_target_process import running
from locustella_process import LIMIT_S, _environment

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
COMMAND = re.compile(r"(\$ )?((?:[A-Z_]+=\S+ +)*(?:locustella|python -m locustella)\b.*)")
TARGET = "127.0.0.1:8080"
LONGEST_S = 3  # a run that is to go on for longer ends then

# Commands that cannot run here: the beginning, and why.
CANNOT_RUN = {
    "locustella [options]": "a form, not a command",
    "python -m locustella [options]": "a form, not a command",
    "python -m locustella SCRIPT.py": "a form, not a command",
    "locustella -f locustfiles/tags.py --headless -u 500 --source-ip": (
        "its addresses are those of some other machine"
    ),
    "locustella -f locustfiles/commerce/redis_test.py": (
        "it needs a Redis server; tests/compat/test_team_scenarios.py runs it with one"
    ),
}
FILES = {"more.conf": "nonsense = 1\n"}  # that the text speaks of and does not show


class Command(NamedTuple):
    page: Path
    line: str
    output: list[str]  # what the text shows of it

    def __str__(self) -> str:
        return f"{self.page.name}: {self.line}"


def blocks(text: str) -> Iterator[list[str]]:
    """The code blocks, fenced or indented, without their indent."""
    block: list[str] = []
    fenced = False
    for line in [*text.splitlines(), ""]:
        if line.startswith("```"):
            fenced = not fenced
            yield block
            block = []
        elif fenced or line.startswith("    "):
            block.append(line if fenced else line[4:])
        elif block:
            yield block
            block = []


def commands() -> list[Command]:
    found = []
    for page in PAGES:
        for block in blocks(page.read_text()):
            # A line may go on behind a backslash.
            lines = "\n".join(block).replace("\\\n", " ").split("\n")
            shows_output = any(line.startswith("$ ") for line in lines)
            for line in lines:
                match = COMMAND.fullmatch(line)
                if match is not None and (match[1] or not shows_output):
                    found.append(Command(page, " ".join(match[2].split()), []))
                elif shows_output and found and line:
                    found[-1].output.append(line)
    return found


ALL = commands()


def why_not(command: Command) -> str | None:
    return next((why for start, why in CANNOT_RUN.items() if command.line.startswith(start)), None)


def test_there_are_commands_and_no_idle_exceptions() -> None:
    assert len(ALL) > 10
    for start in CANNOT_RUN:
        assert any(command.line.startswith(start) for command in ALL), start


@pytest.fixture(scope="module")
def target() -> Iterator[str]:
    with running() as demo_target:
        yield f"{demo_target.host}:{demo_target.port}"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder with what the text speaks of: the files of a checkout, the first locustfile."""
    (tmp_path / "locustfiles").symlink_to(ROOT / "locustfiles")
    (tmp_path / "locustfile.py").write_text(first_locustfile())
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def first_locustfile() -> str:
    text = (ROOT / "docs/quickstart.md").read_text()
    (code,) = (block for block in blocks(text) if "class Visitor(HttpUser):" in block)
    return "\n".join(code) + "\n"


def in_shell(line: str, folder: Path) -> subprocess.CompletedProcess[str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        ["bash", "-c", line],
        cwd=folder,
        env={**_environment(folder, None), "PATH": path},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
    )


def shortened(line: str) -> str:
    def most(match: re.Match[str]) -> str:
        number, unit = int(match[2]), match[3]
        seconds = number * {"s": 1, "m": 60, "h": 3600}[unit]
        return f"{match[1]}{min(seconds, longest)}s"

    rate = re.search(r"-r (\d+)", line)
    longest = max(LONGEST_S, math.ceil(users_of(line) / int(rate[1])) + 1 if rate else 0)
    line = re.sub(r"(--(?:step|arrivals)-seconds )\d+", r"\g<1>1", line)
    return re.sub(r"(-t |LOCUST_RUN_TIME=)(\d+)([smh])", most, line)


def users_of(line: str) -> int:
    """How many there are at the end of the ramp, or of the first step of a load shape."""
    arrivals = re.search(r"--arrivals-per-minute (\d+)", line)
    if arrivals is not None:
        return round(int(arrivals[1]) / 60)
    match = re.search(r"(?:-u |-c |LOCUST_USERS=|--step-users )(\d+)", line)
    return int(match[1]) if match else 1


@pytest.mark.parametrize("command", ALL, ids=str)
def test_command(command: Command, checkout: Path, target: str) -> None:
    reason = why_not(command)
    if reason is not None:
        pytest.skip(reason)
    if "demo-target" in command.line:
        serves(command, checkout)
        return
    run = in_shell(shortened(command.line).replace(TARGET, target), checkout)
    said = run.stdout + run.stderr
    if any("error:" in line for line in command.output):
        assert run.returncode in (1, 2), said
        for line in command.output:
            assert line.replace(TARGET, target) in said
        return
    assert run.returncode == 0, said
    if "--version" in command.line:
        assert run.stdout.startswith(command.output[0].split()[0])
        return
    log = said + "".join(path.read_text() for path in checkout.glob("*.log"))
    assert f"({users_of(command.line)} total users)" in log, log
    for name in re.findall(r"--(?:csv|html) (\S+)", command.line):
        assert list(checkout.glob(f"{name}*")), name


def serves(command: Command, folder: Path) -> None:
    words = shlex.split(command.line)
    words[words.index("--port") + 1] = "0"  # any free one
    process = subprocess.Popen(
        [sys.executable, "-m", *words, "--max-seconds", "60"],
        cwd=folder,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    first = process.stdout.readline()
    process.send_signal(signal.SIGTERM)
    assert process.wait(LIMIT_S) == 0
    port = re.compile(r":\d+$")
    for line in command.output:
        assert port.sub("", line) == port.sub("", first.strip())
