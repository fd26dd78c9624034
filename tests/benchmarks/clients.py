"""The load generators under test, each a small class that knows how to be started.

    registry = known_clients()                    # {"wrk": Wrk(), "locustella HttpUser": ..., ...}
    job = Job(behaviour="one_get", url="http://127.0.0.1:8080", users=50)
    registry["wrk"].command(job)                  # ["wrk", "-t1", "-c50", ...]

A peer is added by a class with these members and a line in `known_clients`. It may be asked only
for what its `behaviours` name:
    one_get   users that ask for / again and again, until they are stopped
    idle      users that ask for / once and then keep their connection and wait
    busy      one_get with 50 us of Python between the requests, recorded times written to a file
    paced     four requests a second for each user, recorded times written to a file
    post_json       POST /orders with a small JSON document
    journey         a login with a form, then nine pages with its cookie, each answer looked at
    new_connection  one_get with a new connection for each request
    download        one megabyte
    gzip            a page of 40 KB that comes compressed; the client decompresses it
    call_form       what call_forms.py has under the name `form`
"""

from __future__ import annotations

import functools
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

_HERE = Path(__file__).resolve().parent
_LOCUSTFILES = _HERE / "locustfiles"
_KINDS_OF_REQUESTS = frozenset(
    {"post_json", "journey", "new_connection", "download", "gzip", "call_form"}
)
OTHER_BUILD = "other-build"
_LOCUST_BEHAVIOURS = frozenset({"one_get", "idle", "busy", "paced"}) | _KINDS_OF_REQUESTS


@dataclass(frozen=True)
class Job:
    """What one client is to do against one target."""

    behaviour: str
    url: str
    users: int
    form: str = ""
    script: Path | None = None  # of wrk, where the behaviour has none of its own

    @property
    def scheme(self) -> str:
        return self.url.partition(":")[0]

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])


class Client(Protocol):
    @property
    def name(self) -> str: ...

    @property
    def behaviours(self) -> frozenset[str]: ...

    def missing(self) -> str | None:
        """Why the client cannot run here and what to do about it; None where it can."""
        ...

    def version(self) -> str: ...

    def command(self, job: Job) -> list[str]: ...


class Wrk:
    """The yardstick: a C program that does next to nothing besides the requests."""

    name = "wrk"
    behaviours = frozenset(
        {"one_get", "post_json", "journey", "new_connection", "download", "call_form"}
    )

    def missing(self) -> str | None:
        return None if shutil.which("wrk") else "wrk is not installed: apt-get install wrk"

    def version(self) -> str:
        words = _words_of(("wrk", "-v"), success=1)
        return words[1].removeprefix("debian/") if len(words) > 1 else "unknown"

    def command(self, job: Job) -> list[str]:
        # Longer than any measurement: the benchmark stops it when the window is over.
        script = job.script or _HERE / "wrk" / f"{job.behaviour}.lua"
        return [
            *("wrk", "-t1", f"-c{job.users}", "-d600s"),
            *(("-s", str(script)) if script.exists() else ()),
            *(("-H", "Connection: close") if job.behaviour == "new_connection" else ()),
            f"{job.url}/megabyte" if job.behaviour == "download" else f"{job.url}/",
        ]


class Curl:
    """The C client that decompresses; one connection, one request after the other."""

    name = "curl"
    behaviours = frozenset({"download", "gzip"})

    def missing(self) -> str | None:
        return None if shutil.which("curl") else "curl is not installed: apt-get install curl"

    def version(self) -> str:
        words = _words_of(("curl", "--version"))
        return words[1] if len(words) > 1 else "unknown"

    def command(self, job: Job) -> list[str]:
        path = {"download": "megabyte", "gzip": "page"}[job.behaviour]
        # Longer than any measurement: the benchmark stops it when the window is over.
        return ["curl", "-s", "--compressed", "-o", os.devnull, f"{job.url}/{path}?[1-100000000]"]


@dataclass(frozen=True)
class Locust:
    """A locustfile of tests/benchmarks/locustfiles under one interpreter's Locust or Locustella."""

    name: str
    python: str | None  # the interpreter that has `module`
    module: str  # what `python -m` runs
    user: str  # the locustfile's name, after that of the behaviour
    remedy: str  # what to do where the interpreter or the module is missing
    behaviours: frozenset[str] = _LOCUST_BEHAVIOURS

    def missing(self) -> str | None:
        if self.python is None or shutil.which(self.python) is None:
            return f"{self.name}: no interpreter for it. {self.remedy}"
        if self.version() == "unknown":
            return f"{self.name}: {self.python} -m {self.module} --version fails. {self.remedy}"
        return None

    def version(self) -> str:
        """Such as "2.47.0, Python 3.11.7"."""
        words = _words_of((str(self.python), "-m", self.module, "--version"))
        if len(words) < 2:
            return "unknown"
        python = re.search(r"Python (\d[\w.]*)", " ".join(words))
        return f"{words[1]}, Python {python.group(1)}" if python else words[1]

    def command(self, job: Job) -> list[str]:
        return [
            *(str(self.python), "-m", self.module),
            *("-f", str(self.locustfile(job.behaviour, job.scheme))),
            *("-H", job.url, "-u", str(job.users), "-r", str(job.users)),
            *("--headless", "--only-summary", "--loglevel", "WARNING"),
        ]

    def locustfile(self, behaviour: str, scheme: str) -> Path:
        """The file for https may say more (which certificates to trust) than the one for http."""
        tls = _LOCUSTFILES / f"{behaviour}_{self.user}_tls.py"
        if scheme == "https" and tls.exists():
            return tls
        return _LOCUSTFILES / f"{behaviour}_{self.user}.py"


def known_clients(beside: str | None = None) -> dict[str, Client]:
    """Every client that the benchmark knows, by name, in the order in which tables show them.

    `beside`: the interpreter of another build of ours, to be measured beside this one.
    """
    other = "--beside names the python of a venv that has another build of this project."
    ours = "Install this checkout into the interpreter that runs the benchmark: make bench does."
    stock = "Set LOCUSTELLA_STOCK_PYTHON to the python of a venv that has locust: make bench does."
    stock_python = find_stock_python()
    clients: list[Client] = [
        Wrk(),
        Curl(),
        Locust("locustella HttpUser", sys.executable, "locustella", "http_user", ours),
        Locust("locustella FastHttpUser", sys.executable, "locustella", "fast_http_user", ours),
        Locust("stock HttpUser", stock_python, "locust", "http_user", stock),
        Locust("stock FastHttpUser", stock_python, "locust", "fast_http_user", stock),
    ]
    if beside is not None:
        clients += [
            Locust(f"{OTHER_BUILD} {kind}", beside, "locustella", user, other)
            for kind, user in (("HttpUser", "http_user"), ("FastHttpUser", "fast_http_user"))
        ]
    return {client.name: client for client in clients}


def find_stock_python() -> str | None:
    """The interpreter of stock Locust: LOCUSTELLA_STOCK_PYTHON, else the checkout's .venv-stock."""
    named = os.environ.get("LOCUSTELLA_STOCK_PYTHON")
    if named:
        return named
    usual = _HERE.parents[1] / ".venv-stock" / "bin" / "python"
    return str(usual) if usual.exists() else None


def client_environment(
    home: Path, recorded: Path, settle: float, form: str = ""
) -> dict[str, str]:
    """The environment of a client: ours without Locust's settings, with a HOME that has none."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("LOCUST_")}
    return kept | {
        "HOME": str(home),
        "PYTHONWARNINGS": "ignore",  # urllib3 warns of each unverified request
        "BENCH_RECORDED_FILE": str(recorded),
        "BENCH_SETTLE_SECONDS": str(settle),
        "BENCH_CALL_FORM": form,
    }


@functools.cache
def _words_of(command: tuple[str, ...], success: int = 0) -> list[str]:
    """What a version command prints, in words; nothing where it fails."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return []
    return (done.stdout + done.stderr).split() if done.returncode == success else []
