"""How each kind of scenario is measured: one target, one client, one dictionary of figures.

    stage = Stage(cores, workdir, certificate, window=3.0, settle=0.7)
    stage.measure(scenario, client)     # {"cpu_us_per_request": 4.7, ...}

A measurement starts a fresh target on one core and the client on the other, waits until the target
sees every user, and weighs the client from outside. Raises MeasurementFailed with the client's own
last words where the users never come, or the client dies.
"""

from __future__ import annotations

import contextlib
import dataclasses
import http.client
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from call_forms import FORMS
from certificates import Certificate
from clients import Client, Job, client_environment, known_clients
from demo_target import DemoTarget, serving_demo
from figures import per_request, per_user_kib
from machine import Cores, CoreTimes, other_load, read_core_times, stolen_share
from processes import Process, running
from recorded import compare_with_truth, read_recorded
from scenarios import Kind, Scenario
from sent_requests import Relay, split_requests, wrk_script
from service_log import service_times_us
from sockets import established_to
from targets import Counters, Target, serving_nginx

Figures = dict[str, float]

_FEW_USERS = 100
_FIRST_REQUESTS = 200_000
_LONG_RUN_REQUESTS = 2_000_000
_POLL_SECONDS = 0.01
_READY_SECONDS = 120.0
_IDLE_SETTLE_SECONDS = 1.0
_TRUTH_SETTLE_SECONDS = 2.0
_TRUTH_WINDOW_SECONDS = 5.0
_LEAVE_SECONDS = 20.0
# There are many call forms: none of them has much time.
_FORM_WINDOW_SECONDS = 0.7
_FORM_SETTLE_SECONDS = 0.2
_RECORD_SECONDS = 20.0


class MeasurementFailed(RuntimeError):
    """One client could not be measured in one scenario; the others still can."""


@dataclass(frozen=True)
class Moment:
    """One look at everything: the clock, the client's and target's CPU, the target's counters."""

    wall: float
    client_cpu: float
    target_cpu: float
    counters: Counters
    client_core: CoreTimes


@dataclass(frozen=True)
class Stage:
    """Where measurements happen; `window` and `settle` in seconds.

    `demo_python` is an interpreter with a Locustella whose demo target can serve, or None.
    """

    cores: Cores
    workdir: Path
    certificate: Certificate
    window: float
    settle: float
    demo_python: str | None
    _sent: dict[str, tuple[int, list[bytes]]] = field(default_factory=dict)

    @property
    def recorded_file(self) -> Path:
        return self.workdir / "recorded.json"

    def measure(self, scenario: Scenario, client: Client) -> Figures:
        measurements: dict[Kind, Callable[[Scenario, Client], Figures]] = {
            Kind.REQUEST_COST: self._request_cost,
            Kind.KIND_OF_REQUEST: self._request_cost,
            Kind.CALL_FORM: self._request_cost,
            Kind.IDLE_USER: self._idle_user,
            Kind.LONG_RUN: self._long_run,
            Kind.START_UP: self._start_up,
            Kind.TRUTH: self._truth,
            Kind.DEMO_TARGET: self._request_cost,
        }
        return measurements[scenario.kind](scenario, client)

    def _request_cost(self, scenario: Scenario, client: Client) -> Figures:
        users = scenario.users_for(client.name)
        with self._loading(scenario, client, users, hold=True) as (target, process):
            keeps = scenario.behaviour != "new_connection"
            _wait_for(
                lambda: _all_are_up(target.counters(), users, keeps), process, f"{users} users"
            )
            short = scenario.kind is Kind.CALL_FORM
            time.sleep(min(self.settle, _FORM_SETTLE_SECONDS) if short else self.settle)
            before = self._look(process, target)
            time.sleep(min(self.window, _FORM_WINDOW_SECONDS) if short else self.window)
            after = self._look(process, target)
            peak_kib = process.peak_kib()
        wall = after.wall - before.wall
        requests = after.counters.requests - before.counters.requests
        if requests <= 0:
            raise MeasurementFailed(f"{client.name} made no request in the window")
        spent = after.client_cpu - before.client_cpu
        figures = {
            "cpu_us_per_request": per_request(spent, requests),
            "requests_per_second": requests / wall,
            "client_busy": spent / wall,
            "target_busy": (after.target_cpu - before.target_cpu) / wall,
            "peak_mib": peak_kib / 1024,
            "target_us_per_request": per_request(after.target_cpu - before.target_cpu, requests),
            "reconnects": float(after.counters.accepted - before.counters.accepted)
            if keeps
            else 0.0,
        }
        return figures | _core_figures(before.client_core, after.client_core, spent)

    def _idle_user(self, scenario: Scenario, client: Client) -> Figures:
        many = scenario.users_for(client.name)
        few = min(_FEW_USERS, many // 2)
        held = {users: self._memory_of(scenario, client, users) for users in (few, many)}
        return {
            "kib_per_user": per_user_kib(held[many], many, held[few], few),
            "users": float(many),
            "mib_in_all": held[many] / 1024,
        }

    def _long_run(self, scenario: Scenario, client: Client) -> Figures:
        """Memory after the first requests, and after two million more."""
        users = scenario.users_for(client.name)
        with self._loading(scenario, client, users) as (target, process):
            _wait_for(
                lambda: target.counters().requests >= _FIRST_REQUESTS, process, "the first requests"
            )
            before = float(process.pss_kib())
            goal = target.counters().requests + _LONG_RUN_REQUESTS
            _wait_for(
                lambda: target.counters().requests >= goal,
                process,
                f"{_LONG_RUN_REQUESTS} requests",
            )
            after = float(process.pss_kib())
        return {"mib_before": before / 1024, "mib_after": after / 1024, "grown_kib": after - before}

    def _memory_of(self, scenario: Scenario, client: Client, users: int) -> float:
        with self._loading(scenario, client, users) as (target, process):
            _wait_for(lambda: _all_have_asked(target.counters(), users), process, f"{users} users")
            time.sleep(_IDLE_SETTLE_SECONDS)
            if target.counters().connections < users:
                raise MeasurementFailed(f"{client.name}: idle users did not keep their connections")
            return float(process.pss_kib())

    def _start_up(self, scenario: Scenario, client: Client) -> Figures:
        users = scenario.users_for(client.name)
        with self._loading(scenario, client, users) as (target, process):
            began = process.started
            core_before = read_core_times(self.cores.client)
            _wait_for(lambda: target.counters().requests > 0, process, "the first request")
            first = process.cpu_seconds()
            _wait_for(lambda: target.counters().requests >= users, process, f"{users} requests")
            wall = time.monotonic() - began
            spent = process.cpu_seconds()
            core_after = read_core_times(self.cores.client)
        figures = {"cpu_s": spent, "wall_s": wall, "cpu_s_before_first_request": first}
        return figures | _core_figures(core_before, core_after, spent)

    def _truth(self, scenario: Scenario, client: Client) -> Figures:
        """The client writes what it recorded when it leaves, the target its log after that."""
        users = scenario.users_for(client.name)
        with self._loading(scenario, client, users) as (target, process):
            _wait_for(lambda: _all_have_asked(target.counters(), users), process, f"{users} users")
            time.sleep(_TRUTH_SETTLE_SECONDS)
            before = self._look(process, target)
            time.sleep(max(self.window, _TRUTH_WINDOW_SECONDS))
            after = self._look(process, target)
            process.stop(_LEAVE_SECONDS)
            if process.wait(0) != 0:
                raise ValueError("the client did not leave with exit code 0")
            recorded = read_recorded(self.recorded_file)
            served = target.stop_and_read_log() if isinstance(target, DemoTarget) else []
        requests = after.counters.requests - before.counters.requests
        figures = {
            "recorded_p50_us": recorded.p50_us,
            "recorded_p99_us": recorded.p99_us,
            "requests_per_second": requests / (after.wall - before.wall),
        }
        if served:
            times = service_times_us(served, recorded.since, recorded.until, target="/")
            figures |= compare_with_truth(recorded, times)
        spent = after.client_cpu - before.client_cpu
        return figures | _core_figures(before.client_core, after.client_core, spent)

    @contextlib.contextmanager
    def _loading(
        self, scenario: Scenario, client: Client, users: int, hold: bool = False
    ) -> Iterator[tuple[Target, Process]]:
        """A fresh target and the client at work on it; both are dead afterwards.

        With `hold` the target stands still until every user has connected. All users then begin
        at once: a client whose first users' load slows the start of its last is not slowed.
        """
        with self._serving(scenario) as target:
            job = Job(scenario.behaviour, target.url(scenario.scheme), users, scenario.form)
            if scenario.form and client.name == "wrk":
                job = dataclasses.replace(job, script=self._script_of_form(job))
            self.recorded_file.unlink(missing_ok=True)
            settle = _TRUTH_SETTLE_SECONDS / 2
            with contextlib.ExitStack() as held:
                if hold:
                    held.enter_context(target.process.held())
                with running(
                    client.command(job),
                    core=self.cores.client,
                    workdir=self.workdir,
                    name="client",
                    env=client_environment(
                        self.workdir, self.recorded_file, settle, scenario.form
                    ),
                ) as process:
                    if hold:
                        port = job.port
                        _wait_for(lambda: established_to(port) >= users, process, f"{users} users")
                        held.close()
                    try:
                        yield target, process
                    except (OSError, ValueError, http.client.HTTPException) as error:
                        words = [f"{error}", _state_of("client", process)]
                        words.append(_state_of("target", target.process))
                        raise MeasurementFailed("\n".join(words)) from error

    def _script_of_form(self, job: Job) -> Path:
        """Has wrk send what our client sends in this form."""
        if job.form not in self._sent:
            self._sent[job.form] = self._record(job)
        port, requests = self._sent[job.form]
        script = self.workdir / "call_form.lua"
        script.write_text(wrk_script(requests, {port: job.port}))
        return script

    def _record(self, job: Job) -> tuple[int, list[bytes]]:
        """The requests of one call, as our client sends them, and the port that stands in them.

        Not of the first call, before which a user has no cookies yet.
        """
        form = FORMS[job.form]
        client = known_clients()[f"locustella {form.user}"]
        with Relay(job.port) as relay:
            asks = dataclasses.replace(job, url=f"http://127.0.0.1:{relay.port}", users=1)
            environment = client_environment(self.workdir, self.recorded_file, 0.0, job.form)
            with running(
                client.command(asks),
                core=self.cores.client,
                workdir=self.workdir,
                name="recorded-client",
                env=environment,
            ) as process:
                try:
                    relay.wait_for(2 * form.requests, _RECORD_SECONDS)
                except TimeoutError as late:
                    raise MeasurementFailed(f"{late}: {_state_of('client', process)}") from late
        return relay.port, split_requests(relay.sent())[form.requests : 2 * form.requests]

    def _serving(self, scenario: Scenario) -> contextlib.AbstractContextManager[Target]:
        if scenario.target == "demo" and self.demo_python:
            return serving_demo(self.cores.target, self.workdir, self.demo_python)
        return serving_nginx(self.cores.target, self.workdir, self.certificate)

    def _look(self, process: Process, target: Target) -> Moment:
        """The target may take a moment to answer, so the client is read before and after it."""
        wall, cpu = time.monotonic(), process.cpu_seconds()
        counters = target.counters()
        wall_after, cpu_after = time.monotonic(), process.cpu_seconds()
        return Moment(
            (wall + wall_after) / 2,
            (cpu + cpu_after) / 2,
            target.process.cpu_seconds(),
            counters,
            read_core_times(self.cores.client),
        )


def _core_figures(before: CoreTimes, after: CoreTimes, own_cpu: float) -> Figures:
    """Who else was on the client's core."""
    return {
        "other_load": other_load(before, after, own_cpu),
        "stolen_share": stolen_share(before, after),
    }


def _state_of(role: str, process: Process) -> str:
    state = "alive" if process.alive() else f"gone with exit code {process.wait(0)}"
    return f"the {role} is {state}: {process.last_words() or 'without a word'}"


def _all_are_up(counters: Counters, users: int, keeps: bool) -> bool:
    """Twice as many requests as users, and, where they keep them, as many connections."""
    return counters.requests >= 2 * users and (not keeps or counters.connections >= users)


def _all_have_asked(counters: Counters, users: int) -> bool:
    return counters.requests >= users and counters.connections >= users


def _wait_for(reached: Callable[[], bool], process: Process, what: str) -> None:
    """Poll the target until it is so. Raises MeasurementFailed after two minutes or a death."""
    give_up = time.monotonic() + _READY_SECONDS
    while not reached():
        if not process.alive():
            raise MeasurementFailed(f"the client left before {what}:\n{process.last_words()}")
        if time.monotonic() > give_up:
            raise MeasurementFailed(f"no {what} in {_READY_SECONDS:.0f} s:\n{process.last_words()}")
        time.sleep(_POLL_SECONDS)
