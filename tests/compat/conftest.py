"""Fixtures that run a test class's locustfile under stock Locust and under Locustella.

A test class says what to run in class attributes, and its tests look at what came out:

    class TestSomething:
        LOCUSTFILE = '''
            from locust import User, task
            ...
        '''
        ARGS = ["-u", "2"]

        def test_a_fact(self, run):
            assert run.fact("who ran") == "me"

The class's run happens once per implementation. `ARGS` are added to `BASE_ARGS`; `-H` with the
address of a fresh HTTP target is added unless the class says `HOST = None`; `FILES` are further
files beside the locustfile; `ENV` further environment variables; `TLS = True` and `LISTEN` give
the target a certificate and another address. Tests that need to talk to the
process while it runs, or to start several, use the `launch` fixture.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.hostile_routes import add_hostile_routes
from support.http_target import HttpTarget
from support.locust_run import Implementation, LocustProcess, Run
from support.self_signed import Certificate, make_certificate
from support.target_routes import add_usual_routes

BASE_ARGS = ["--headless", "-u", "1", "-r", "50", "-t", "20s", "--only-summary"]
NET_S = 19.0
"""A run that lasts longer was ended by `-t`, the safety net, not by its own locustfile."""

STOCK_PYTHON = "LOCUSTELLA_STOCK_PYTHON"


@pytest.fixture(scope="session", params=["stock", "locustella"])
def implementation(request: pytest.FixtureRequest) -> Implementation:
    """The implementation under test: each test runs once with either."""
    if request.param == "locustella":
        return Implementation("locustella", (sys.executable, "-m", "locustella"))
    python = os.environ.get(STOCK_PYTHON)
    if not python:
        pytest.skip(f"{STOCK_PYTHON} does not name the Python of a venv with stock Locust")
    return Implementation("stock", (python, "-m", "locust"))


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """The self-signed certificate of the targets that speak TLS."""
    return make_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture(scope="class")
def target(request: pytest.FixtureRequest) -> Iterator[HttpTarget]:
    """An HTTP server for one class; a client that broke HTTP/1.1 fails the class at its end."""
    tls = None
    if getattr(request.cls, "TLS", False):
        tls = request.getfixturevalue("certificate").server_context()
    with HttpTarget(getattr(request.cls, "LISTEN", "127.0.0.1"), tls) as server:
        add_usual_routes(server)
        add_hostile_routes(server)
        yield server
    assert server.violations == []


@pytest.fixture(scope="class")
def run(
    request: pytest.FixtureRequest,
    implementation: Implementation,
    target: HttpTarget,
    tmp_path_factory: pytest.TempPathFactory,
) -> Run:
    """The finished run of the test class's LOCUSTFILE."""
    scenario = request.cls
    directory = tmp_path_factory.mktemp(f"{scenario.__name__}-{implementation}")
    arguments = [*BASE_ARGS, *getattr(scenario, "ARGS", [])]
    if getattr(scenario, "HOST", True):
        arguments[:0] = ["-H", target.url]
    files = {"locustfile.py": scenario.LOCUSTFILE, **getattr(scenario, "FILES", {})}
    environment = {"LOCUSTFILE_TARGET": target.url, **getattr(scenario, "ENV", {})}
    if getattr(scenario, "TLS", False):
        certificate = request.getfixturevalue("certificate").certificate
        environment["LOCUSTFILE_CERTIFICATE"] = str(certificate)
    with LocustProcess(implementation, directory, files, arguments, environment) as process:
        outcome = process.result()
    assert outcome.seconds < NET_S, f"the locustfile did not end its run\n{outcome.describe()}"
    return outcome


class Launcher:
    """Starts processes for one test: `launch(files, arguments, environment)` adds no argument."""

    def __init__(self, implementation: Implementation, target: HttpTarget, folder: Path) -> None:
        self._implementation = implementation
        self._target = target
        self._folder = folder
        self.processes: list[LocustProcess] = []

    def __call__(
        self,
        files: dict[str, str] | str,
        arguments: list[str],
        environment: dict[str, str] | None = None,
    ) -> LocustProcess:
        directory = self._folder / f"run-{len(self.processes)}"
        directory.mkdir()
        files = {"locustfile.py": files} if isinstance(files, str) else files
        environment = {"LOCUSTFILE_TARGET": self._target.url, **(environment or {})}
        process = LocustProcess(self._implementation, directory, files, arguments, environment)
        self.processes.append(process)
        return process


@pytest.fixture
def launch(
    implementation: Implementation, target: HttpTarget, tmp_path: Path
) -> Iterator[Launcher]:
    """For tests that start several processes, or talk to one while it runs."""
    launcher = Launcher(implementation, target, tmp_path)
    yield launcher
    for process in launcher.processes:
        process.end()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Show the runs behind a failed assertion: their facts, output and exit codes."""
    report = yield
    if report.failed:
        fixtures = getattr(item, "funcargs", {})
        runs = [fixtures["run"]] if isinstance(fixtures.get("run"), Run) else []
        if isinstance(fixtures.get("launch"), Launcher):
            runs += [process.collect() for process in fixtures["launch"].processes]
        report.sections += [("run under test", run.describe()) for run in runs]
    return report
