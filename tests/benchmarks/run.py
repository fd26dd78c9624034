"""The benchmark: `make bench`, or `python tests/benchmarks/run.py` with the options below.

    python tests/benchmarks/run.py --quick                    # short windows, one run, to try it
    python tests/benchmarks/run.py --only "http, 50 users"    # scenarios or clients by regex
    python tests/benchmarks/run.py --json results.json        # everything, in about 35 minutes
    # another build, in the same run
    python tests/benchmarks/run.py --beside ../old/.venv/bin/python
    python tests/benchmarks/run.py --fill docs/benchmarks.md --from results.json

Exit code: 0 when all was measured, 1 when something failed or was cut short, 2 when something is
missing.
"""

from __future__ import annotations

import argparse
import os
import re
import resource
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

from certificates import make_certificate
from clients import OTHER_BUILD, Client, known_clients
from docs_page import fill_page
from figures import Measurement
from machine import facts, pick_cores, sibling_cores
from measure import MeasurementFailed, Stage
from report import Report
from scenarios import OURS, Kind, Scenario, scenarios
from tables import to_text
from targets import TargetFailed

_NEEDED = ("nginx", "wrk", "openssl")  # the commands, and Debian's packages
_FILES_BESIDE_CONNECTIONS = 200
Task = tuple[int, Scenario, Client]


def main(arguments: list[str] | None = None) -> int:
    options = parse_options(arguments)
    if options.fill:
        return fill(options.fill, options.source, options.part)
    missing = [command for command in _NEEDED if not shutil.which(command)]
    if missing:
        print(f"The benchmark needs {', '.join(missing)}, which this machine does not have.")
        print(f"Install with: apt-get install {' '.join(missing)}")
        return 2
    signal.signal(signal.SIGTERM, _leave)
    return bench(options)


def fill(page: Path, source: Path, part: str) -> int:
    try:
        report = Report.from_json(source.read_text())
        page.write_text(fill_page(page.read_text(), report, part))
    except (OSError, ValueError, KeyError, TypeError) as error:
        print(f"{page} is not filled from {source}: {error!r}")
        return 2
    return 0


def bench(options: argparse.Namespace) -> int:
    clients, absent = present_clients(options.beside)
    for reason in absent:
        print(f"left out: {reason}", file=sys.stderr)
    most_users = raise_file_limit() - _FILES_BESIDE_CONNECTIONS
    offered = scenarios(options.quick, most_users)
    if options.beside:
        offered = [with_other_build(scenario) for scenario in offered]
    chosen = choose(offered, clients, options.only)
    if not chosen:
        print("No scenario and client match; see --list.")
        return 2
    if options.list:
        for scenario in chosen:
            print(f"{scenario.name}: {', '.join(scenario.clients)}")
        return 0
    cores = pick_cores(os.sched_getaffinity(0), sibling_cores)
    machine = facts(cores) | {
        client.name.partition(" ")[0]: client.version() for client in clients.values()
    }
    os.sched_setaffinity(0, {cores.target})  # the benchmark itself keeps off the client's core
    with tempfile.TemporaryDirectory(prefix="locustella-bench-") as folder:
        workdir = Path(folder)
        certificate = make_certificate(workdir)
        stage = Stage(
            cores,
            workdir,
            certificate,
            options.window,
            options.settle,
            demo_python=sys.executable if has_ours(clients) else None,
        )
        plan = [
            (run, scenario, clients[name])
            for run in range(options.runs)
            for scenario in chosen
            for name in scenario.clients
        ]
        measurements = carry_out(plan, stage, options.budget)
    shown = {"runs": options.runs, "window_s": options.window, "quick": options.quick}
    if len(measurements) < len(plan):
        shown["measurements left out"] = len(plan) - len(measurements)
    report = Report(machine, shown, chosen, measurements)
    publish(report, options.json)
    return 1 if report.failures() or len(measurements) < len(plan) else 0


def carry_out(plan: list[Task], stage: Stage, budget: float) -> list[Measurement]:
    """Measure what is planned, in that order, and stop early by Ctrl-C or when time is up."""
    done: list[Measurement] = []
    began = time.monotonic()
    try:
        for number, (run, scenario, client) in enumerate(plan, 1):
            spent = time.monotonic() - began
            if spent > budget:
                left = len(plan) - number + 1
                print(f"{budget:.0f} s are over: {left} measurements left out.", file=sys.stderr)
                break
            print(
                f"[{number}/{len(plan)}, {spent:.0f} s] run {run + 1}: {scenario.name}, "
                f"{client.name}",
                file=sys.stderr,
            )
            done.append(measure_once(stage, run, scenario, client))
    except KeyboardInterrupt:
        print("Stopped; this is the report so far.", file=sys.stderr)
    return done


def measure_once(stage: Stage, run: int, scenario: Scenario, client: Client) -> Measurement:
    try:
        figures = stage.measure(scenario, client)
    except (MeasurementFailed, TargetFailed) as failed:
        print(f"  failed: {failed}", file=sys.stderr)
        return Measurement(scenario.name, client.name, run, failure=str(failed))
    return Measurement(scenario.name, client.name, run, figures)


def publish(report: Report, json_file: Path | None) -> None:
    print()
    for key, value in report.machine.items():
        print(f"{key}: {value}")
    for table in report.tables():
        print(f"\n{to_text(table)}")
    if json_file:
        json_file.write_text(report.to_json())
        print(f"\nAll runs: {json_file}")


def present_clients(beside: str | None) -> tuple[dict[str, Client], list[str]]:
    """The clients that can run here, and why the others cannot."""
    known = known_clients(beside)
    reasons = {name: client.missing() for name, client in known.items()}
    present = {name: client for name, client in known.items() if reasons[name] is None}
    return present, [reason for reason in reasons.values() if reason]


def raise_file_limit() -> int:
    """As many open files as this process may allow itself and its children; gives that number."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return most


def has_ours(clients: dict[str, Client]) -> bool:
    return any(name in clients for name in OURS)


def with_other_build(scenario: Scenario) -> Scenario:
    """The other build's clients right behind ours, so that they are measured one after the other.
    """
    names: list[str] = []
    for name in scenario.clients:
        names.append(name)
        if name in OURS:
            names.append(f"{OTHER_BUILD} {name.partition(' ')[2]}")
    return scenario.with_clients(tuple(names))


def choose(
    offered: list[Scenario], clients: dict[str, Client], only: re.Pattern[str] | None
) -> list[Scenario]:
    """The scenarios with the clients that are present and whose "scenario: client" matches."""
    chosen = []
    for scenario in offered:
        if scenario.kind is Kind.DEMO_TARGET and not has_ours(clients):
            continue
        names = tuple(
            name
            for name in scenario.clients
            if name in clients
            and scenario.behaviour in clients[name].behaviours
            and (only is None or only.search(f"{scenario.name}: {name}"))
        )
        if names:
            chosen.append(scenario.with_clients(names))
    return chosen


def parse_options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="small crowds, short windows, one run")
    parser.add_argument("--only", type=re.compile, help="regex over 'scenario: client'")
    parser.add_argument("--runs", type=int, help="interleaved runs (3; quick: 1)")
    parser.add_argument("--window", type=float, help="seconds of steady state (3; quick: 1)")
    parser.add_argument("--settle", type=float, default=0.7, help="seconds between ramp and window")
    parser.add_argument("--budget", type=float, default=3000, help="seconds for it all (3000)")
    parser.add_argument(
        "--beside", metavar="PYTHON", help="measure this interpreter's build of ours, too"
    )
    parser.add_argument("--json", type=Path, help="write every run and the summary here")
    parser.add_argument("--list", action="store_true", help="say what would be measured, and stop")
    parser.add_argument("--fill", type=Path, help="write the tables of --from into this page")
    parser.add_argument(
        "--part", default="results", help="between <!-- PART --> and <!-- end of PART -->"
    )
    parser.add_argument("--from", dest="source", type=Path, help="a file that --json wrote")
    options = parser.parse_args(arguments)
    if bool(options.fill) != bool(options.source):
        parser.error("--fill and --from go together")
    if options.json and not options.json.absolute().parent.is_dir():
        parser.error(f"--json: there is no directory {options.json.absolute().parent}")
    options.runs = options.runs or (1 if options.quick else 3)
    options.window = options.window or (1.0 if options.quick else 3.0)
    return options


def _leave(*_: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
