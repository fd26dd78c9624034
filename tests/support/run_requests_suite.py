"""Runs the test suite of `requests` with NativeSession in place of `requests.Session`.

    python tests/support/run_requests_suite.py PATH [--stock] [--patched] [pytest's arguments]

PATH is an unpacked source tree of requests, of the version that is installed; it is not changed.
The interpreter needs the suite's own requirements: pytest, pytest-httpbin, pytest-mock, trustme and
PySocks. `--stock` leaves requests as it is, to compare; `--patched` runs with Python
monkey-patched by gevent, as locustfiles do.

Prints the counts and the names of the failures; the exit code is 1 if there are any. Which tests
are known to differ, and why, stands in docs/requests-compatibility.md.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections import Counter
from pathlib import Path
from typing import Any

# They connect to a private address that must not answer: nothing leaves the machine here.
AIM_AT_A_PRIVATE_ADDRESS = ("test_connect_timeout", "test_total_timeout_connect")


class Tally:
    """A pytest plugin: leaves out what may not run here, and counts the rest."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.failures: list[str] = []

    def pytest_collection_modifyitems(self, config: Any, items: list[Any]) -> None:
        out = [item for item in items if item.originalname in AIM_AT_A_PRIVATE_ADDRESS]
        items[:] = [item for item in items if item not in out]
        config.hook.pytest_deselected(items=out)
        self.counts["deselected"] += len(out)

    def pytest_runtest_logreport(self, report: Any) -> None:
        if report.failed:
            self.counts["failed"] += 1
            self.failures.append(report.nodeid)
        elif hasattr(report, "wasxfail"):
            self.counts["xfailed" if report.skipped else "xpassed"] += 1
        elif report.skipped:
            self.counts["skipped"] += 1
        elif report.when == "call":
            self.counts["passed"] += 1

    def show(self, what: str) -> None:
        words = ", ".join(f"{number} {outcome}" for outcome, number in sorted(self.counts.items()))
        print(f"\n{what}: {words}")
        for name in self.failures:
            print(f"  failed: {name}")


def put_native_session_in() -> None:
    """`requests.api` and `requests.session()` look the class up in `requests.sessions`."""
    import requests

    from locustella.http.session.session import NativeSession

    requests.Session = requests.sessions.Session = NativeSession  # type: ignore[misc, assignment]


def main(argv: list[str]) -> int:
    """Returns the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("path", type=Path, help="an unpacked source tree of requests")
    parser.add_argument("--stock", action="store_true", help="leave requests as it is")
    parser.add_argument(
        "--patched", action="store_true", help="monkey-patch Python, as for a locustfile"
    )
    options, more = parser.parse_known_args(argv)
    if not (options.path / "tests" / "test_requests.py").is_file():
        parser.error(
            f"{options.path} is no source tree of requests: tests/test_requests.py is not there"
        )
    if options.patched:
        from gevent import monkey

        monkey.patch_all()
    os.environ["LOCUST_SKIP_MONKEY_PATCH"] = "1"  # importing our package must not decide about that
    if not options.stock:
        put_native_session_in()
    import pytest
    import requests

    os.chdir(options.path)
    sys.path.insert(0, os.getcwd())
    tally = Tally()
    code = pytest.main(["tests", "-q", "-p", "no:cacheprovider", *more], plugins=[tally])
    what = "requests.Session" if options.stock else "NativeSession"
    tally.show(
        f"{what}, requests {requests.__version__}{', monkey-patched' if options.patched else ''}"
    )
    return int(code)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
