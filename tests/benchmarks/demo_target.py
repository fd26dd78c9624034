"""Locustella's own demo target as a server of the benchmark: it knows its true service times.

    with serving_demo(core, folder, sys.executable) as target:
        target.url("http")
        ...
        times = target.stop_and_read_log()    # the log is whole only when the target has left

It serves one scheme, http, and counts on /__counters at the same port as everything else.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import re
import time
from collections.abc import Iterator
from pathlib import Path

from processes import Process, running
from service_log import Served, read_service_log
from targets import Counters, TargetFailed, connect_when_up

_START_SECONDS = 20.0
_LEAVE_SECONDS = 10.0


class DemoTarget:
    name = "demo target"

    def __init__(
        self, process: Process, port: int, status: http.client.HTTPConnection, log: Path
    ) -> None:
        self.process = process
        self._port = port
        self._status = status
        self._log = log
        self._look_ups = 0

    def url(self, scheme: str) -> str:
        if scheme != "http":
            raise TargetFailed(f"the demo target serves http here, not {scheme}")
        return f"http://127.0.0.1:{self._port}"

    def counters(self) -> Counters:
        self._look_ups += 1
        self._status.request("GET", "/__counters")
        page = self._status.getresponse().read().decode()
        return parse_counters(page, self._look_ups)

    def stop_and_read_log(self) -> list[Served]:
        """Ends the target in good order and gives what it served."""
        self.process.stop(_LEAVE_SECONDS)
        return read_service_log(self._log)


def parse_counters(page: str, look_ups: int) -> Counters:
    """Read the target's counters, less the one connection and the requests that asked for them."""
    found = json.loads(page)
    return Counters(
        found["requests"] - look_ups, found["open_connections"] - 1, found["connections"] - 1
    )


@contextlib.contextmanager
def serving_demo(core: int, workdir: Path, python: str) -> Iterator[DemoTarget]:
    """The demo target of the Locustella in `python`.

    Raises TargetFailed where it does not start.
    """
    log = workdir / "service.log"
    command = [python, "-m", "locustella", "demo-target", "--port", "0", "--service-log", str(log)]
    with running(command, core=core, workdir=workdir, name="demo-target") as process:
        port = _announced_port(process)
        status = connect_when_up(process, port)
        if status is None:
            raise TargetFailed(f"the demo target does not answer: {process.last_words()}")
        with contextlib.closing(status):
            yield DemoTarget(process, port, status, log)


def _announced_port(process: Process) -> int:
    give_up = time.monotonic() + _START_SECONDS
    while process.alive() and time.monotonic() < give_up:
        found = re.search(r"https?://[^\s/]*:(\d+)", process.output())
        if found:
            return int(found.group(1))
        time.sleep(0.01)
    raise TargetFailed(f"the demo target did not say where it listens: {process.last_words()}")
