"""When a measurement is not to be relied on, and how a table says so.

    notes_on(measurements)
    # ["In 2 of 36 measurements other processes took more than 5% of the client's core: ..."]

The figures behind it are in every measurement; here are their limits.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from figures import Measurement


@dataclass(frozen=True)
class Doubt:
    """A figure that should not be above its limit. `form` shows it: "{:.0%}" for shares."""

    key: str
    limit: float
    sentence: str
    form: str


DOUBTS = (
    Doubt("other_load", 0.05, "other processes took more than 5% of the client's core", "{:.0%}"),
    Doubt("stolen_share", 0.02, "the host took more than 2% of the client's core", "{:.0%}"),
    Doubt("reconnects", 0, "the client opened connections anew in the window", "{:.0f}"),
)


def notes_on(measurements: Iterable[Measurement]) -> list[str]:
    """A line for each doubt that came up, and one for each measurement that failed."""
    known = list(measurements)
    notes = []
    for doubt in DOUBTS:
        seen = [m.figures[doubt.key] for m in known if m.figures.get(doubt.key, 0) > doubt.limit]
        if seen:
            most = doubt.form.format(max(seen))
            notes.append(
                f"In {len(seen)} of {len(known)} measurements {doubt.sentence}: {most} at most."
            )
    for m in known:
        if m.failure is not None:
            notes.append(f"{m.scenario}, {m.client}, run {m.run + 1} failed: {m.failure}")
    return notes
