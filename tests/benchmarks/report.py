"""The report: what was measured, as tables (text, Markdown) and as one JSON document.

    report = Report(machine={...}, options={...}, scenarios=[...], measurements=[...])
    report.tables()              # one Table for each kind of scenario that was run
    report.to_json()             # everything: each run, medians, spreads, ratios
    Report.from_json(text)       # the same report again, for the docs

A cell is the median over the runs; the spread is the lowest and the highest run. A ratio is taken
run by run, then its median.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import form_table
from doubts import notes_on
from figures import Figure, Measurement, Spread, by_run, ratios_by_run, spread
from scenarios import Kind, Scenario
from tables import Table


@dataclass(frozen=True)
class Layout:
    """How the scenarios of one kind become a table: the figures shown, the one that is compared.

    `baselines` maps the head of a ratio column to the client compared with. `upwards` has the
    columns that tell how many times more the baseline takes (baseline / client).
    """

    title: str
    compared: str
    figures: tuple[Figure, ...]
    baselines: Mapping[str, str]
    upwards: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()


_STOCK_COLUMNS = {"HttpUser / it": "stock HttpUser", "FastHttpUser / it": "stock FastHttpUser"}
_UPWARDS = frozenset(_STOCK_COLUMNS)

_COST_FIGURES = (
    Figure("cpu_us_per_request", "CPU", "us", 2),
    Figure("requests_per_second", "requests/s", "", 0),
    Figure("client_busy", "client", "%", 0),
    Figure("target_busy", "target", "%", 0),
    Figure("peak_mib", "peak", "MiB", 0),
)

LAYOUTS: dict[Kind, Layout] = {
    Kind.REQUEST_COST: Layout(
        "CPU of the whole client process per request",
        "cpu_us_per_request",
        _COST_FIGURES,
        {"it / wrk": "wrk", **_STOCK_COLUMNS},
        _UPWARDS,
    ),
    Kind.KIND_OF_REQUEST: Layout(
        "CPU of the whole client process per request, other kinds of requests",
        "cpu_us_per_request",
        _COST_FIGURES,
        {"it / wrk": "wrk", "it / curl": "curl", **_STOCK_COLUMNS},
        _UPWARDS,
    ),
    Kind.CALL_FORM: Layout(
        form_table.TITLE,
        form_table.COMPARED,
        _COST_FIGURES,
        {"it / wrk": "wrk", **_STOCK_COLUMNS},
        _UPWARDS,
    ),
    Kind.IDLE_USER: Layout(
        "Memory of an idle connected user",
        "kib_per_user",
        (
            Figure("kib_per_user", "a user", "KiB", 1),
            Figure("users", "users", "", 0),
            Figure("mib_in_all", "process", "MiB", 0),
        ),
        _STOCK_COLUMNS,
        _UPWARDS,
    ),
    Kind.LONG_RUN: Layout(
        "Memory of a process over two million requests",
        "grown_kib",
        (
            Figure("mib_before", "after 200,000", "MiB", 1),
            Figure("mib_after", "two million later", "MiB", 1),
            Figure("grown_kib", "grown by", "KiB", 0),
        ),
        {},
    ),
    Kind.START_UP: Layout(
        "Start-up: from the start of the process until every user has sent a request",
        "cpu_s",
        (
            Figure("cpu_s", "CPU", "s", 2),
            Figure("wall_s", "wall", "s", 2),
            Figure("cpu_s_before_first_request", "before the first", "s", 2),
        ),
        _STOCK_COLUMNS,
        _UPWARDS,
    ),
    Kind.TRUTH: Layout(
        "Recorded times beside the target's own",
        "p99_error_us",
        (
            Figure("recorded_p50_us", "recorded p50", "us", 0),
            Figure("true_p50_us", "true p50", "us", 0),
            Figure("recorded_p99_us", "recorded p99", "us", 0),
            Figure("true_p99_us", "true p99", "us", 0),
            Figure("p99_error_us", "p99 error", "us", 0),
            Figure("requests_per_second", "requests/s", "", 0),
        ),
        {},
    ),
    Kind.DEMO_TARGET: Layout(
        "The demo target's own cost",
        "target_us_per_request",
        (
            Figure("target_us_per_request", "target's CPU per request", "us", 2),
            Figure("requests_per_second", "requests/s", "", 0),
            Figure("client_busy", "client", "%", 0),
            Figure("target_busy", "target", "%", 0),
        ),
        {},
    ),
}


@dataclass(frozen=True)
class Report:
    machine: Mapping[str, str]
    options: Mapping[str, Any]
    scenarios: Sequence[Scenario]
    measurements: Sequence[Measurement]

    def tables(self) -> list[Table]:
        measured = {m.scenario for m in self.measurements}
        kinds = {scenario.kind for scenario in self.scenarios if scenario.name in measured}
        return [self._table(kind) for kind in Kind if kind in kinds]

    def to_json(self) -> str:
        document = {
            "machine": dict(self.machine),
            "options": dict(self.options),
            "scenarios": [_scenario_to_json(scenario) for scenario in self.scenarios],
            "measurements": [dataclasses.asdict(m) for m in self.measurements],
            "summary": [
                self._summary(scenario, client)
                for scenario in self.scenarios
                for client in scenario.clients
                if self._has(scenario, client)
            ],
        }
        return json.dumps(document, indent=1)

    @classmethod
    def from_json(cls, text: str) -> Report:
        """Raises KeyError or ValueError where the text is not a report of ours."""
        document = json.loads(text)
        return cls(
            document["machine"],
            document["options"],
            [_scenario_from_json(entry) for entry in document["scenarios"]],
            [Measurement(**entry) for entry in document["measurements"]],
        )

    def failures(self) -> list[Measurement]:
        return [m for m in self.measurements if m.failure is not None]

    def ratio(self, scenario: Scenario, client: str, column: str) -> Spread | None:
        """One ratio column of the scenario's table for one client, over the runs."""
        layout = LAYOUTS[scenario.kind]
        mine = by_run(self.measurements, scenario.name, client, layout.compared)
        base = by_run(self.measurements, scenario.name, layout.baselines[column], layout.compared)
        upwards = column in layout.upwards
        return spread(ratios_by_run(base, mine) if upwards else ratios_by_run(mine, base))

    def _has(self, scenario: Scenario, client: str) -> bool:
        return any(m.scenario == scenario.name and m.client == client for m in self.measurements)

    def _spread(self, scenario: Scenario, client: str, key: str) -> Spread | None:
        return spread(by_run(self.measurements, scenario.name, client, key).values())

    def _summary(self, scenario: Scenario, client: str) -> dict[str, Any]:
        keys = sorted(
            {
                key
                for m in self.measurements
                if m.scenario == scenario.name and m.client == client
                for key in m.figures
            }
        )
        columns = LAYOUTS[scenario.kind].baselines
        return {
            "scenario": scenario.name,
            "client": client,
            "figures": {key: _as_dict(self._spread(scenario, client, key)) for key in keys},
            "ratios": {name: _as_dict(self.ratio(scenario, client, name)) for name in columns},
        }

    def _table(self, kind: Kind) -> Table:
        layout = LAYOUTS[kind]
        scenarios = [scenario for scenario in self.scenarios if scenario.kind is kind]
        if kind is Kind.CALL_FORM:  # there are too many for a line for each client
            notes = self._notes(kind, scenarios)
            return form_table.form_table(scenarios, self.measurements, notes)
        compared = [
            column
            for column in layout.baselines
            if any(self.ratio(s, client, column) for s in scenarios for client in s.clients)
        ]
        columns = ["scenario", "client", *(_head(figure) for figure in layout.figures), *compared]
        columns.insert(3, "lowest-highest")
        rows: list[list[str]] = []
        for scenario in scenarios:
            label = scenario.label
            for client in scenario.clients:
                if self._has(scenario, client):
                    rows.append([label, client, *self._cells(layout, scenario, client, compared)])
                    label = ""  # said once for the group
        return Table(layout.title, columns, rows, names=2, notes=self._notes(kind, scenarios))

    def _cells(
        self, layout: Layout, scenario: Scenario, client: str, compared: Sequence[str]
    ) -> list[str]:
        cells = []
        for figure in layout.figures:
            found = self._spread(scenario, client, figure.key)
            cells.append(show(found, figure))
            if figure is layout.figures[0]:
                cells.append(show_range(found, figure))
        for column in compared:
            ratio = self.ratio(scenario, client, column)
            cells.append("-" if ratio is None else f"{ratio.median:.2f}x")
        return cells

    def _notes(self, kind: Kind, scenarios: Sequence[Scenario]) -> list[str]:
        names = {scenario.name for scenario in scenarios}
        mine = [m for m in self.measurements if m.scenario in names]
        notes = notes_on(mine)
        if kind is Kind.TRUTH and any(m.figures and "true_p99_us" not in m.figures for m in mine):
            notes.append("Without Locustella there is no demo target, so no truth to compare with.")
        return notes


def show(found: Spread | None, figure: Figure) -> str:
    """The median as a cell; shares are shown in percent."""
    return "-" if found is None else _number(found.median, figure)


def show_range(found: Spread | None, figure: Figure) -> str:
    if found is None:
        return "-"
    return f"{_number(found.low, figure)}-{_number(found.high, figure)}"


def _number(value: float, figure: Figure) -> str:
    scaled = 100 * value if figure.unit == "%" else value
    return f"{scaled:,.{figure.digits}f}"


def _head(figure: Figure) -> str:
    return f"{figure.title}, {figure.unit}" if figure.unit else figure.title


def _as_dict(found: Spread | None) -> dict[str, float] | None:
    return None if found is None else dataclasses.asdict(found)


def _scenario_to_json(scenario: Scenario) -> dict[str, Any]:
    return {**dataclasses.asdict(scenario), "kind": scenario.kind.value}


def _scenario_from_json(entry: Mapping[str, Any]) -> Scenario:
    return Scenario(**{**entry, "kind": Kind(entry["kind"]), "clients": tuple(entry["clients"])})
