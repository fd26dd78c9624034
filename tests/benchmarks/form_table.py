"""The table of call forms: one line for each, with wrk, ours and stock side by side.

    form_table(scenarios, measurements, notes)     # a Table

A form's limit is how many times wrk's CPU it may cost; forms above theirs are named under the
table.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from call_forms import FORMS
from clients import OTHER_BUILD
from figures import Measurement, Spread, by_run, ratios_by_run, spread
from scenarios import Scenario
from tables import Table

TITLE = "CPU of the whole client process per request, by the form of the call"
COMPARED = "cpu_us_per_request"


def form_table(
    scenarios: Sequence[Scenario], measurements: Sequence[Measurement], notes: Sequence[str]
) -> Table:
    columns = ["user", "call", "wrk, us", "ours, us", "lowest-highest", "stock, us"]
    columns += ["ours / wrk", "limit", "stock / ours"]
    beside = any(m.client.startswith(OTHER_BUILD) for m in measurements)
    if beside:
        columns += ["other build, us", "ours / other build"]
    rows, above = [], []
    for scenario in (s for s in scenarios if s.form in FORMS):
        form = FORMS[scenario.form]
        found = _Found(scenario, form.user, measurements)
        over_wrk = found.ratio("locustella", "wrk")
        if over_wrk is not None and over_wrk.median > form.most:
            above.append(f"{form.name} ({over_wrk.median:.2f}x)")
        ours = found.spread("locustella")
        row = [form.user, form.label.replace("\n", "; ")]
        row += [_cell(found.spread("wrk")), _cell(ours), _range(ours), _cell(found.spread("stock"))]
        row += [_times(over_wrk), f"{form.most:.0f}x", _times(found.ratio("stock", "locustella"))]
        if beside:
            row.append(_cell(found.spread(OTHER_BUILD)))
            row.append(_times(found.ratio("locustella", OTHER_BUILD)))
        rows.append(row)
    said = [f"Above their limit: {'; '.join(above)}."] if above else []
    return Table(TITLE, columns, rows, names=2, notes=[*said, *notes])


class _Found:
    """What the clients of one form have cost; `kind` is the client's name without the user class.
    """

    def __init__(
        self, scenario: Scenario, user: str, measurements: Sequence[Measurement]
    ) -> None:
        self._runs: Callable[[str], dict[int, float]] = lambda kind: by_run(
            measurements, scenario.name, kind if kind == "wrk" else f"{kind} {user}", COMPARED
        )

    def spread(self, kind: str) -> Spread | None:
        return spread(self._runs(kind).values())

    def ratio(self, kind: str, base: str) -> Spread | None:
        return spread(ratios_by_run(self._runs(kind), self._runs(base)))


def _cell(found: Spread | None) -> str:
    return "-" if found is None else f"{found.median:,.2f}"


def _range(found: Spread | None) -> str:
    return "-" if found is None else f"{found.low:,.2f}-{found.high:,.2f}"


def _times(found: Spread | None) -> str:
    return "-" if found is None else f"{found.median:.2f}x"
