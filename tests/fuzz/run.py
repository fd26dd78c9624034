"""Runs every fuzz target for its share of the given seconds, side by side on the machine's cores.

    python tests/fuzz/run.py BUILD_DIR --seconds 60

BUILD_DIR is a build with LOCUSTELLA_FUZZ=ON (``cmake --preset fuzz``). Findings are written below
it; the exit code is 1 if there are any, and the way to reproduce each is printed. What the fuzzer
learns stays in BUILD_DIR too, so that the next run starts from there. Seeds, among them the inputs
of earlier findings, are in ``corpus/<target>/`` beside this file, words that a target's inputs are
made of in ``dictionaries/``.
"""

from __future__ import annotations

import argparse
import math
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
GRACE_SECONDS = 60  # for reading the corpus, and for a last slow input
INPUT_TIMEOUT_SECONDS = 10
MAX_INPUT_BYTES = 32 * 1024
MEMORY_MIB = 2048
TAIL_LINES = 40


@dataclass(frozen=True)
class Outcome:
    target: Path
    clean: bool
    executions: int
    output: str
    findings: list[Path]


def targets_in(build: Path) -> list[Path]:
    return sorted(p for p in (build / "tests" / "fuzz").glob("*_fuzz") if os.access(p, os.X_OK))


def fuzz(target: Path, seconds: int) -> Outcome:
    name = target.name.removesuffix("_fuzz")
    learned = target.parent / "learned" / name
    findings = target.parent / "findings" / name
    for folder in (learned, findings):
        folder.mkdir(parents=True, exist_ok=True)
    before = set(findings.iterdir())
    command = [
        str(target),
        f"-max_total_time={seconds}",
        f"-timeout={INPUT_TIMEOUT_SECONDS}",
        f"-rss_limit_mb={MEMORY_MIB}",
        f"-max_len={MAX_INPUT_BYTES}",
        f"-artifact_prefix={findings}/",
        "-print_final_stats=1",
        *([f"-dict={words}"] if (words := HERE / "dictionaries" / f"{name}.dict").exists() else []),
        str(learned),
        str(HERE / "corpus" / name),
    ]
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=seconds + GRACE_SECONDS,
            check=False,
        )
        output, clean = done.stderr, done.returncode == 0
    except subprocess.TimeoutExpired as expired:
        partial = expired.stderr or b""
        output = partial.decode(errors="replace") if isinstance(partial, bytes) else partial
        output += f"\nnot finished {GRACE_SECONDS} s after its time\n"
        clean = False
    executed = re.search(r"stat::number_of_executed_units:\s*(\d+)", output)
    return Outcome(
        target,
        clean,
        int(executed[1]) if executed else 0,
        output,
        sorted(set(findings.iterdir()) - before),
    )


def report(outcome: Outcome, seconds: int) -> None:
    name = outcome.target.name
    if outcome.clean:
        print(f"{name:24} clean  {outcome.executions:>10} inputs in {seconds} s", flush=True)
        return
    print(f"{name:24} FINDING", flush=True)
    print("\n".join(outcome.output.splitlines()[-TAIL_LINES:]))
    for finding in outcome.findings:
        print(f"\nReproduce with:\n    {outcome.target} {finding}")
        print(
            f"Once fixed, keep it as a seed: cp {finding} "
            f"{HERE / 'corpus' / name.removesuffix('_fuzz')}/"
        )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build", type=Path, help="a build directory with LOCUSTELLA_FUZZ=ON")
    parser.add_argument(
        "--seconds", type=int, default=60, help="for all targets together (default: 60)"
    )
    parser.add_argument("--target", help="only this one, such as `response`")
    options = parser.parse_args()
    targets = targets_in(options.build.resolve())
    if options.target:
        targets = [t for t in targets if t.name == f"{options.target}_fuzz"]
    if not targets:
        print(
            f"No fuzz targets in {options.build}: build them with `cmake --preset fuzz` first.",
            file=sys.stderr,
        )
        return 2
    workers = min(os.cpu_count() or 1, len(targets))
    share = max(1, math.ceil(options.seconds * workers / len(targets)))
    clean = True
    with ThreadPoolExecutor(workers) as pool:
        for outcome in pool.map(lambda target: fuzz(target, share), targets):
            report(outcome, share)
            clean = clean and outcome.clean
    return 0 if clean else 1


if __name__ == "__main__":
    sys.exit(main())
