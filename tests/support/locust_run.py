"""Runs a locustfile as a process of its own and collects all that can be seen of it.

    stock = Implementation("stock", ("/venvs/stock/bin/python", "-m", "locust"))
    arguments = ["--headless", "-t", "1s"]
    with LocustProcess(stock, directory, {"locustfile.py": text}, arguments) as process:
        process.wait_for_fact("first task ran")
        process.signal(signal.SIGINT)
        run = process.result()
    assert run.exit_code == 0 and run.facts_named("on_stop") == [None]

The process gets a home directory and an environment of its own: no LOCUST_* variable, proxy or
configuration file of the person who runs the tests reaches it. Every wait here has a bound; a
process that does not end in time is killed and its output is part of the error.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import textwrap
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LIMIT_S = 30.0
"""How long one run may take before it counts as stuck."""

_LOCUSTFILE_SIDE = Path(__file__).parent / "locustfile_side"
_KEPT_VARIABLES = ("PATH", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH", "ASAN_OPTIONS")


@dataclass(frozen=True)
class Implementation:
    """What runs the locustfile: a name for test ids and the command before the first option."""

    name: str
    command: tuple[str, ...]

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Run:
    """What one run left behind.

    `exit_code` is negative when a signal ended the process, as in subprocess; None: it still runs.
    """

    exit_code: int | None
    stdout: str
    stderr: str
    facts: tuple[tuple[str, Any], ...]
    directory: Path
    seconds: float

    def facts_named(self, name: str) -> list[Any]:
        """The values of every fact `name`, in the order in which they were written."""
        return [value for key, value in self.facts if key == name]

    def fact(self, name: str) -> Any:
        """The value of the one fact `name`; no such fact, or several, is an assertion error."""
        values = self.facts_named(name)
        known = sorted({key for key, _ in self.facts})
        assert len(values) == 1, f"{len(values)} facts {name!r}; known: {known}"
        return values[0]

    def describe(self) -> str:
        """The whole run as text, for the message of a failed assertion."""
        facts = "\n".join(f"  {name}: {value!r}" for name, value in self.facts[-200:])
        return (
            f"exit code {self.exit_code} after {self.seconds:.1f} s\nfacts:\n{facts}\n"
            f"stdout:\n{self.stdout[-6000:]}\nstderr:\n{self.stderr[-6000:]}"
        )


class RunStuck(AssertionError):
    """The process did not do in time what the test waited for."""


class LocustProcess:
    """One running process; leaving the `with` block ends it if it still runs."""

    def __init__(
        self,
        implementation: Implementation,
        directory: Path,
        files: Mapping[str, str],
        arguments: Sequence[str],
        environment: Mapping[str, str] | None = None,
        stdin: int = subprocess.DEVNULL,
    ) -> None:
        self._directory = directory
        for name, text in files.items():
            path = directory / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(textwrap.dedent(text).lstrip("\n"))
        self._facts_path = directory / "facts.jsonl"
        self._stdout_path = directory / "stdout.txt"
        self._stderr_path = directory / "stderr.txt"
        self._started = time.monotonic()
        with self._stdout_path.open("wb") as stdout, self._stderr_path.open("wb") as stderr:
            self._process = subprocess.Popen(
                [*implementation.command, *arguments],
                cwd=directory,
                env=self._environment(environment or {}),
                stdin=stdin,
                stdout=stdout,
                stderr=stderr,
                start_new_session=True,
            )

    def __enter__(self) -> LocustProcess:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.end()

    def end(self) -> None:
        """Kill the process if it still runs."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    def _environment(self, extra: Mapping[str, str]) -> dict[str, str]:
        kept = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
        home = self._directory / "home"
        home.mkdir(exist_ok=True)
        return {
            **kept,
            "HOME": str(home),
            "PYTHONPATH": str(_LOCUSTFILE_SIDE),
            "PYTHONDONTWRITEBYTECODE": "1",
            "LOCUSTFILE_FACTS": str(self._facts_path),
            **extra,
        }

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the process alone."""
        self._process.send_signal(number)

    def wait_for_fact(self, name: str, limit: float = 20.0) -> None:
        """Wait until the locustfile has written the fact `name`."""
        deadline = time.monotonic() + limit
        while not any(key == name for key, _ in self._read_facts()):
            if time.monotonic() > deadline or self._process.poll() is not None:
                self.end()
                raise RunStuck(f"no fact {name!r}\n{self.collect().describe()}")
            time.sleep(0.01)

    def result(self, limit: float = LIMIT_S) -> Run:
        """Wait for the end of the process, at most `limit` seconds, and collect its traces."""
        try:
            self._process.wait(limit)
        except subprocess.TimeoutExpired:
            self.end()
            raise RunStuck(f"still running after {limit} s\n{self.collect().describe()}") from None
        return self.collect()

    def _read_facts(self) -> tuple[tuple[str, Any], ...]:
        if not self._facts_path.exists():
            return ()
        lines = self._facts_path.read_text().splitlines(keepends=True)
        whole = [json.loads(line) for line in lines if line.endswith("\n")]
        return tuple((entry["name"], entry["value"]) for entry in whole)

    def collect(self) -> Run:
        """What there is to see of the process so far, whether it still runs or not."""
        return Run(
            exit_code=self._process.poll(),
            stdout=self._stdout_path.read_text(errors="replace"),
            stderr=self._stderr_path.read_text(errors="replace"),
            facts=self._read_facts(),
            directory=self._directory,
            seconds=time.monotonic() - self._started,
        )
