"""Runs Python or the locustella command as a process of its own, in a folder of its own.

    run = command(tmp_path, ["-f", "load.py", "--headless"], {"load.py": "..."})
    assert run.code == 0 and "Aggregated" in run.err

No LOCUST_* variable and no home folder of the person who runs the tests reaches the process. One
that does not end in time is killed and fails the test.
"""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

LIMIT_S = 30


class Finished(NamedTuple):
    """What a process left behind: exit code, stdout, stderr."""

    code: int
    out: str
    err: str


def _environment(folder: Path, extra: dict[str, str] | None) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("LOCUST") and k != "HOME"}
    return {**kept, "HOME": str(folder), "PYTHONDONTWRITEBYTECODE": "1", **(extra or {})}


def _write(folder: Path, files: dict[str, str] | None) -> None:
    for name, text in (files or {}).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text))


def start(
    folder: Path,
    arguments: list[str],
    files: dict[str, str] | None = None,
    env: dict[str, str] | None = None,
) -> subprocess.Popen[str]:
    """The process of `python <arguments>`, its output in pipes, its stdin empty."""
    _write(folder, files)
    return subprocess.Popen(
        [sys.executable, *arguments],
        cwd=folder,
        env=_environment(folder, env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process: subprocess.Popen[str]) -> Finished:
    """Waits for the end of the process."""
    try:
        out, err = process.communicate(timeout=LIMIT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        out, err = process.communicate()
        raise AssertionError(f"did not end in {LIMIT_S} s\n{out}\n{err}") from None
    return Finished(process.returncode, out, err)


def python(
    folder: Path,
    code: str,
    files: dict[str, str] | None = None,
    env: dict[str, str] | None = None,
) -> Finished:
    """Runs a piece of Python code to its end."""
    return finish(start(folder, ["-c", textwrap.dedent(code)], files, env))


def command(
    folder: Path,
    arguments: list[str],
    files: dict[str, str] | None = None,
    env: dict[str, str] | None = None,
) -> Finished:
    """Runs `python -m locustella <arguments>` to its end."""
    return finish(start(folder, ["-m", "locustella", *arguments], files, env))


def interrupted_at(
    folder: Path,
    marker: str,
    act: Callable[[subprocess.Popen[str]], None],
    arguments: list[str],
    files: dict[str, str],
) -> Finished:
    """Runs the command, calls `act` once it has printed the line `marker` on stdout, and waits."""
    process = start(folder, ["-u", "-m", "locustella", *arguments], files)
    assert process.stdout is not None
    seen = []
    watchdog = threading.Timer(LIMIT_S, process.kill)  # ends the loop below if nothing is printed
    watchdog.start()
    for line in process.stdout:
        seen.append(line)
        if line.strip() == marker:
            break
    act(process)
    run = finish(process)
    watchdog.cancel()
    return Finished(run.code, "".join(seen) + run.out, run.err)
