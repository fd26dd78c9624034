"""Runs clang-tidy over core and bindings, as .clang-tidy says; ends with 1 if it finds something.

    cmake --preset tidy && python tests/lint/tidy.py build/tidy

A file that was clean is not looked at again before it, one of our headers that it includes, its
compile command or .clang-tidy changes: what was clean is kept as empty files below
build/tidy/clean.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import NamedTuple

from cpp_source import includes
from repository import ROOT

TOOL = "clang-tidy-14"
HEADER_FOLDERS = (ROOT / "core", ROOT / "python" / "bindings")
CHECKED_FOLDERS = (*HEADER_FOLDERS, ROOT / "plugins")


class Unit(NamedTuple):
    """A file that the compiler is called for."""

    source: Path
    command: str

    def digest(self) -> str:
        parts = [(ROOT / ".clang-tidy").read_bytes(), version(), self.command.encode()]
        for file in sorted(reached_from(self.source)):
            parts += [str(file).encode(), file.read_bytes()]
        return hashlib.sha256(b"\0".join(parts)).hexdigest()


@cache
def version() -> bytes:
    return subprocess.run([TOOL, "--version"], capture_output=True, check=True).stdout


def reached_from(source: Path) -> set[Path]:
    """Itself and our headers that it includes, however long the chain."""
    reached: set[Path] = set()
    waiting = [source]
    while waiting:
        file = waiting.pop()
        if file not in reached:
            reached.add(file)
            waiting += own_includes(file)
    return reached


@cache
def own_includes(file: Path) -> tuple[Path, ...]:
    found = []
    for include in includes(file.read_text()):
        places = (folder / include.name for folder in (file.parent, *HEADER_FOLDERS))
        found += [place for place in places if include.own and place.is_file()][:1]
    return tuple(found)


def units_in(build: Path) -> list[Unit]:
    listed = json.loads((build / "compile_commands.json").read_text())
    units = [Unit(Path(one["file"]), one["command"]) for one in listed]
    return [
        unit
        for unit in units
        if any(unit.source.is_relative_to(folder) for folder in CHECKED_FOLDERS)
    ]


def findings_in(unit: Unit, build: Path, clean: Path) -> str:
    """What clang-tidy says of it; empty, and `clean` is made, when it is clean."""
    done = subprocess.run(
        [TOOL, "-p", str(build), "--quiet", str(unit.source)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    if done.returncode == 0:
        clean.touch()
        return ""
    return done.stdout or done.stderr


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "build", type=Path, help="a configured build directory: cmake --preset tidy"
    )
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    build = options.build.resolve()
    (build / "clean").mkdir(exist_ok=True)
    units = units_in(build)
    if not units:
        print(f"{build} has no compile command of ours", file=sys.stderr)
        return 2
    marks = {unit: build / "clean" / unit.digest() for unit in units}
    changed = [unit for unit, clean in marks.items() if not clean.exists()]
    print(f"clang-tidy: {len(changed)} of {len(units)} files have changed", flush=True)
    bad = 0
    with ThreadPoolExecutor(options.jobs) as pool:
        for findings in pool.map(lambda unit: findings_in(unit, build, marks[unit]), changed):
            if findings:
                bad += 1
                print(findings, flush=True)
    print(f"clang-tidy: {bad} files with findings" if bad else "clang-tidy: clean", flush=True)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
