"""What `make run` does: a real locustfile, headless, against the bundled demo target.

    python tests/support/run_quickstart.py [SECONDS]

Starts `locustella demo-target` on a free loopback port, runs locustfiles/quickstart.py (or the file
named by the environment variable LOCUSTFILE) with 50 users, and stops the target by its own
process.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

QUICKSTART = Path(__file__).resolve().parents[2] / "locustfiles" / "quickstart.py"


def main(argv: list[str]) -> int:
    """Returns the exit code of the run."""
    seconds = argv[0] if argv else "15"
    locustfile = os.environ.get("LOCUSTFILE", str(QUICKSTART))
    target = subprocess.Popen(
        [sys.executable, "-m", "locustella", "demo-target", "--port", "0"],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        address = _address_of(target)
        print(
            f"The demo target listens on {address}. Running {locustfile} for {seconds} s.",
            flush=True,
        )
        return subprocess.call(
            [sys.executable, "-m", "locustella", "-f", locustfile, "--headless", "-u", "50", "-r", "50",  # noqa: E501
             "-t", f"{seconds}s", "-H", address, "--only-summary"],
        )  # fmt: skip
    except KeyboardInterrupt:
        return 130
    finally:
        target.terminate()
        target.wait(timeout=10)


def _address_of(target: subprocess.Popen) -> str:
    """The URL that the target prints in its first line. RuntimeError if it ends without one."""
    line = target.stdout.readline() if target.stdout else ""
    _, _, address = line.strip().rpartition(" ")
    if not address.startswith("http"):
        raise RuntimeError(f"The demo target did not start (exit code {target.wait()}).")
    return address


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
