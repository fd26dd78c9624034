"""Runs Locust's own test suite with Locustella in Locust's place.

    python tests/support/run_locust_suite.py PATH [--stock] [--save FILE] [--beside FILE] [pytest's]

PATH is an unpacked source tree of Locust, of the version that is compared with; it is not changed,
and only its `locust/test` is used. The interpreter needs the suite's own requirements: an installed
Locust with all that it depends on, pytest, pytest-timeout, pyquery, retry and cryptography.
`--stock` runs it with the installed Locust; the command `locust`, which many tests start, is then
that one, too, and ours without.

Prints the counts and the names of what fails; with `--save` they go into FILE as JSON, and with
`--beside` only what passes in that file is counted: the tests that stock passes here. The exit code
is 1 if any of those fails. Which are known to differ, and why, stands in docs/locusts-tests.md.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

SECONDS_A_TEST = 60


class Outcomes:
    """A pytest plugin: how each test ended."""

    def __init__(self) -> None:
        self.of: dict[str, str] = {}

    def pytest_runtest_logreport(self, report: Any) -> None:
        if report.failed:
            self.of[report.nodeid] = "failed"
        elif report.skipped:
            self.of.setdefault(report.nodeid, "skipped")
        elif report.when == "call":
            self.of.setdefault(report.nodeid, "passed")

    def pytest_collectreport(self, report: Any) -> None:
        if report.failed:
            self.of[report.nodeid] = "failed"


def put_command_in(folder: Path) -> None:
    """A command `locust` of ours in front of all others."""
    command = folder / "locust"
    command.write_text(
        f"#!{sys.executable}\nimport sys\nfrom locustella.main import main\nsys.exit(main())\n"
    )
    command.chmod(0o755)
    os.environ["PATH"] = f"{folder}{os.pathsep}{os.environ.get('PATH', '')}"


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


def run(options: argparse.Namespace, more: list[str]) -> dict[str, str]:
    """Runs the suite in this process; how each test ended."""
    if not options.stock:
        import locustella.as_locust  # noqa: F401
    import locust
    import pytest

    put_tests_in(options.path)
    outcomes = Outcomes()
    wanted = [one for one in more if one.startswith("test_")]
    files = [str(options.path / "locust" / "test" / one) for one in wanted or [""]]
    rest = [one for one in more if one not in wanted]
    # The package stands in sys.modules already: importing its files by path would make another.
    how = ["--import-mode=importlib", "-p", "no:cacheprovider", "-q", "--tb=short"]
    pytest.main(
        [*how, f"--timeout={SECONDS_A_TEST}", "-c", os.devnull, "--rootdir", str(options.path),
         *files, *rest],
        plugins=[outcomes],
    )  # fmt: skip
    print(f"\n{'stock Locust' if options.stock else 'Locustella'}, {locust.__file__}")
    return outcomes.of


def compare(ours: dict[str, str], beside: dict[str, str]) -> list[str]:
    """Prints how many of the tests that pass there pass here; those that do not."""
    theirs = [name for name, outcome in beside.items() if outcome == "passed"]
    lost = [name for name in theirs if ours.get(name) != "passed"]
    print(f"{len(theirs) - len(lost)} of {len(theirs)} tests that pass with stock Locust")
    return lost


def main(argv: list[str]) -> int:
    """Returns the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("path", type=Path, help="an unpacked source tree of Locust")
    parser.add_argument("--stock", action="store_true", help="run the installed Locust")
    parser.add_argument("--save", type=Path, metavar="FILE", help="write all outcomes here")
    parser.add_argument("--beside", type=Path, metavar="FILE", help="what stock has passed")
    options, more = parser.parse_known_args(argv)
    options.path = options.path.resolve()
    if not (options.path / "locust" / "test" / "test_main.py").is_file():
        parser.error(
            f"{options.path} is no source tree of Locust: locust/test/test_main.py is not there"
        )
    folder = Path(tempfile.mkdtemp(prefix="locustella-suite-"))
    try:
        if not options.stock:
            put_command_in(folder)
        outcomes = run(options, more)
    finally:
        shutil.rmtree(folder)
    for outcome in ("passed", "skipped", "failed"):
        print(f"{sum(one == outcome for one in outcomes.values())} {outcome}")
    if options.save:
        options.save.write_text(json.dumps(outcomes, indent=1, sort_keys=True))
    failed = [name for name, outcome in outcomes.items() if outcome == "failed"]
    if options.beside:
        failed = compare(outcomes, json.loads(options.beside.read_text()))
    for name in failed:
        print(f"  failed: {name}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
