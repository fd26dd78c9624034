"""Runs Locust's own test suite with Locustella in Locust's place.

    python tests/support/run_locust_suite.py PATH [--stock] [--save FILE] [--beside FILE] [pytest's]

PATH is an unpacked source tree of Locust, of the version that is compared with; it is not changed,
and only its `locust/test` is used. The interpreter needs the suite's own requirements: an installed
Locust with all that it depends on, pytest, pytest-timeout, pyquery, retry and cryptography.
`--stock` runs it with the installed Locust; the command `locust`, which many tests start, is then
that one, too, and ours without. Names of test files (test_stats.py) among pytest's arguments
choose these.

Each file of tests runs in a process of its own, in an empty folder, and in a network of its own
that has nothing but a loopback interface: tests that aim at the internet fail with both.

Prints the counts and the names of what fails; with `--save` they go into FILE as JSON, and with
`--beside` only what passes in that file is counted: the tests that stock passes here. Which of them
do not pass with ours, and why, stands in docs/locusts-tests.md; the exit code is 1 if others fail.
"""

from __future__ import annotations

import argparse
import fcntl
import importlib.util
import json
import os
import re
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

SECONDS_A_TEST = 60
SECONDS_A_FILE = 1200
EXPLAINED = Path(__file__).parents[2] / "docs" / "locusts-tests.md"
APART = "LOCUST_SUITE_IS_APART"  # set in the process that has a network of its own


class Outcomes:
    """A pytest plugin: writes into a file how each test ended, at once."""

    def __init__(self, file: Path) -> None:
        self._file = file.open("a", buffering=1)

    def pytest_runtest_logreport(self, report: Any) -> None:
        if report.failed:
            self._note(report, "failed")
        elif report.skipped:
            self._note(report, "skipped")
        elif report.when == "call":
            self._note(report, "passed")

    def pytest_collectreport(self, report: Any) -> None:
        if report.failed:
            self._note(report, "failed")

    def _note(self, report: Any, outcome: str) -> None:
        self._file.write(json.dumps([report.nodeid, outcome]) + "\n")


def outcomes_in(file: Path) -> dict[str, str]:
    """The worst of what was written of each test."""
    found: dict[str, str] = {}
    for line in file.read_text().splitlines():
        name, outcome = json.loads(line)
        if found.get(name) != "failed":
            found[name] = outcome
    return found


def go_apart() -> None:
    """Goes on in a network of its own, whose only interface is the loopback."""
    if APART in os.environ:
        up = struct.pack("16sh14s", b"lo", 1 | 64, b"")
        with socket.socket() as any_socket:
            fcntl.ioctl(any_socket, 0x8914, up)  # SIOCSIFFLAGS
        return
    if shutil.which("unshare") is None:
        sys.exit("unshare is missing: the suite must not reach the network")
    os.environ[APART] = "1"
    os.execvp("unshare", ["unshare", "--map-root-user", "--net", sys.executable, *sys.argv])


def put_command_in(folder: Path, is_stock: bool) -> None:
    """A command `locust` in front of all others: ours, or that of this interpreter."""
    if is_stock:
        first = Path(sys.executable).parent
    else:
        first = folder
        command = folder / "locust"
        command.write_text(
            f"#!{sys.executable}\nimport sys\nfrom locustella.main import main\nsys.exit(main())\n"
        )
        command.chmod(0o755)
    os.environ["PATH"] = f"{first}{os.pathsep}{os.environ.get('PATH', '')}"


def put_tests_in(path: Path) -> None:
    """Makes PATH/locust/test importable as `locust.test`, whatever `locust` is."""
    tests = path / "locust" / "test"
    spec = importlib.util.spec_from_file_location(
        "locust.test", tests / "__init__.py", submodule_search_locations=[str(tests)]
    )
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["locust.test"] = module
    spec.loader.exec_module(module)
    import locust

    locust.test = module  # type: ignore[attr-defined]


def run_file(options: argparse.Namespace, more: list[str]) -> int:
    """Runs one file's tests in this process."""
    sys.argv[1:] = []  # Locust's parser would take them
    if not options.stock:
        import locustella.as_locust  # noqa: F401
    import pytest

    put_tests_in(options.path)
    # The package stands in sys.modules already: importing its files by path would make another.
    how = ["--import-mode=importlib", "-p", "no:cacheprovider", "-q", "--tb=short"]
    return pytest.main(
        [*how, f"--timeout={SECONDS_A_TEST}", "-c", os.devnull, "--rootdir", str(options.path),
         "--confcutdir", str(options.path),  # it would look through the folders above, too
         str(options.path / "locust" / "test" / options.file), *more],
        plugins=[Outcomes(options.outcomes)],
    )  # fmt: skip


def copy_of(tests: Path, folder: Path) -> Path:
    """A tree in which the tests are those of a package `locust`, by their modules' names too."""
    package = folder / "tree" / "locust"
    shutil.copytree(tests, package / "test")
    (package / "__init__.py").touch()
    return package.parent


def run(options: argparse.Namespace, more: list[str]) -> dict[str, str]:
    """Runs the suite, file by file; how each test ended."""
    tests = options.path / "locust" / "test"
    wanted = [one for one in more if one.startswith("test_")]
    rest = [one for one in more if one not in wanted]
    folder = Path(tempfile.mkdtemp(prefix="locustella-suite-"))
    outcomes = folder / "outcomes"
    outcomes.touch()
    try:
        put_command_in(folder, options.stock)
        tree = copy_of(tests, folder)
        for file in wanted or sorted(one.name for one in tests.glob("test_*.py")):
            inside = folder / file.removesuffix(".py")
            inside.mkdir()
            arguments = ["--file", file, "--outcomes", str(outcomes), *rest]
            arguments += ["--stock"] if options.stock else []
            print(f"-- {file}", flush=True)
            try:
                subprocess.run(
                    [sys.executable, __file__, str(tree), *arguments],
                    cwd=inside, timeout=SECONDS_A_FILE, check=False,
                )  # fmt: skip
            except subprocess.TimeoutExpired:
                print(f"{file} was stopped after {SECONDS_A_FILE} seconds")
        return outcomes_in(outcomes)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def compare(ours: dict[str, str], beside: dict[str, str]) -> list[str]:
    """Prints how many of the tests that pass there pass here; those that do not."""
    theirs = [name for name, outcome in beside.items() if outcome == "passed"]
    lost = [name for name in theirs if ours.get(name) != "passed"]
    print(f"{len(theirs) - len(lost)} of {len(theirs)} tests that pass with stock Locust")
    return lost


def unexplained(lost: list[str]) -> list[str]:
    """Those that the page names neither by themselves nor by their class or file."""
    known = tuple(re.findall(r"`(test_[^`]*)`", EXPLAINED.read_text()))
    return [name for name in lost if not name.removeprefix("locust/test/").startswith(known)]


def parsed(argv: list[str]) -> tuple[argparse.Namespace, list[str]]:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("path", type=Path, help="an unpacked source tree of Locust")
    parser.add_argument("--stock", action="store_true", help="run the installed Locust")
    parser.add_argument("--save", type=Path, metavar="FILE", help="write all outcomes here")
    parser.add_argument("--beside", type=Path, metavar="FILE", help="what stock has passed")
    parser.add_argument("--file", help=argparse.SUPPRESS)  # how it starts itself for one file
    parser.add_argument("--outcomes", type=Path, help=argparse.SUPPRESS)
    options, more = parser.parse_known_args(argv)
    options.path = options.path.resolve()
    if not (options.path / "locust" / "test" / "test_main.py").is_file():
        parser.error(
            f"{options.path} is no source tree of Locust: locust/test/test_main.py is not there"
        )
    return options, more


def main(argv: list[str]) -> int:
    """Returns the exit code."""
    options, more = parsed(argv)
    if options.file:
        return run_file(options, more)
    go_apart()
    outcomes = run(options, more)
    print("stock Locust" if options.stock else "Locustella")
    for outcome in ("passed", "skipped", "failed"):
        print(f"{sum(one == outcome for one in outcomes.values())} {outcome}")
    if options.save:
        options.save.write_text(json.dumps(outcomes, indent=1, sort_keys=True))
    failed = [name for name, outcome in outcomes.items() if outcome == "failed"]
    if options.beside:
        lost = compare(outcomes, json.loads(options.beside.read_text()))
        failed = unexplained(lost)
        print(f"{len(lost) - len(failed)} of the others are explained in {EXPLAINED.name}")
    for name in failed:
        print(f"  failed: {name}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
