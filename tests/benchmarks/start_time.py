"""How long a start takes: `import locust` and `--help`, stock Locust beside Locustella.

    python tests/benchmarks/start_time.py --stock /path/to/stock-venv/bin/python [--runs 10]

Each is run so many times, by turns; what counts is the median of the wall clock. Compiled files are
kept in a folder of their own, so that both start as installed programs do. The exit code is 1 if
ours takes more than 0.8 of stock's time.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time

MOST = 0.8
STARTS = {
    "import locust": (["-c", "import locust"], ["-c", "import locustella.as_locust, locust"]),
    "--help": (["-m", "locust", "--help"], ["-m", "locustella", "--help"]),
}


def seconds_of(command: list[str], folder: str) -> float:
    """One start, in an empty folder."""
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": os.path.join(folder, "compiled")}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    begin = time.perf_counter()
    subprocess.run(
        command, check=True, cwd=folder, env=environment, stdout=subprocess.DEVNULL
    )
    return time.perf_counter() - begin


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stock", required=True, help="the Python of a venv with stock Locust")
    parser.add_argument("--runs", type=int, default=10)
    options = parser.parse_args()
    slow = False
    with tempfile.TemporaryDirectory() as folder:
        for start, (stock, ours) in STARTS.items():
            commands = {"stock": [options.stock, *stock], "ours": [sys.executable, *ours]}
            taken: dict[str, list[float]] = {name: [] for name in commands}
            for run in range(options.runs + 1):
                for name, command in commands.items():
                    seconds = seconds_of(command, folder)
                    if run:  # the first one compiles
                        taken[name].append(seconds)
            theirs, mine = (statistics.median(taken[name]) for name in ("stock", "ours"))
            print(f"{start:15} stock {theirs:.3f} s  ours {mine:.3f} s  {mine / theirs:.2f}")
            slow |= mine > MOST * theirs
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
