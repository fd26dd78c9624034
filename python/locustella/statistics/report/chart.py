"""Lines over time, drawn as SVG.

    Chart("Users", "", seconds, clock, [Series("users", "users", counts)]).html()

The drawing needs no script; page.js reads the values beside it and shows those under the pointer.
`seconds` rise from left to right. A value that is None leaves a gap.

Thread: any.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from .markup import escaped, json_block

# In the drawing's own units; the page scales it to its width.
WIDTH, HEIGHT = 1000, 230
LEFT, RIGHT, TOP, BOTTOM = 60, 984, 10, 204

DOTS_UP_TO = 40  # with more points than this the line alone shows them
TIME_STEPS: tuple[int, ...]
TIME_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200)
TIME_STEPS += tuple(86400 * days for days in (1, 2, 7, 14, 30, 90, 365))


class Series(NamedTuple):
    """One line; `css_class` gives its colour."""

    label: str
    css_class: str
    values: Sequence[float | None]

    def highest(self) -> float:
        return max((value for value in self.values if value is not None), default=0.0)


def nice_top(highest: float, parts: int = 4, counts: bool = False) -> tuple[float, float]:
    """(top of the axis, step between its lines) so that about `parts` round steps hold `highest`.

    `counts`: there is nothing between two whole numbers.
    """
    if not highest > 0:
        return 1.0, 1.0
    raw = highest / parts
    size = 10.0 ** math.floor(math.log10(raw))
    step = next(size * factor for factor in (1, 2, 5, 10) if size * factor >= raw * 0.999)
    if counts:
        step = max(step, 1.0)
    return step * math.ceil(highest / step * 0.999), step


def time_step(seconds: float, parts: int = 8) -> float:
    """A round number of seconds that divides the time into at most about `parts`."""
    return next((step for step in TIME_STEPS if step * parts >= seconds), TIME_STEPS[-1])


def elapsed(seconds: float) -> str:
    """ "0:05", "12:00", "1:30:00" """
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def shown(value: float) -> str:
    """A value of an axis or a legend."""
    if value >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.3g}"


@dataclass
class Chart:
    """Axes, lines, a legend."""

    title: str
    unit: str
    seconds: Sequence[float]  # since the start of the test
    clock: Sequence[str]  # the same instants as text
    series: Sequence[Series]

    def __post_init__(self) -> None:
        self._end = self.seconds[-1] or 1.0
        values = [value or 0 for series in self.series for value in series.values]
        counts = not self.unit and all(value == int(value) for value in values)
        self._top, self._step = nice_top(max(values), counts=counts)

    def html(self) -> str:
        data = {
            "x": [round(self._x(second), 1) for second in self.seconds],
            "clock": list(self.clock),
            "unit": "ms" if self.unit.startswith("ms") else "",
            "series": [
                {"label": series.label, "colour": series.css_class, "values": list(series.values)}
                for series in self.series
            ],
        }
        unit = f" <small>{escaped(self.unit)}</small>" if self.unit else ""
        return (
            f'<figure class="chart"><figcaption><h3>{escaped(self.title)}{unit}</h3>'
            f"{self._legend()}</figcaption>"
            f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escaped(self.title)}">'
            f"{self._value_axis()}{self._time_axis()}"
            f"{''.join(self._line(series) for series in self.series)}"
            f'<line class="pointer" x1="0" x2="0" y1="{TOP}" y2="{BOTTOM}"></line>'
            f"</svg>{json_block(data, 'chart-data')}</figure>\n"
        )

    def _x(self, second: float) -> float:
        return LEFT + second / self._end * (RIGHT - LEFT)

    def _y(self, value: float) -> float:
        return BOTTOM - max(value, 0.0) / self._top * (BOTTOM - TOP)

    def _legend(self) -> str:
        items = "".join(
            f'<li class="{series.css_class}"><i></i>{escaped(series.label)}'
            f" <small>highest {shown(series.highest())}</small></li>"
            for series in self.series
        )
        return f'<ul class="legend">{items}</ul>'

    def _value_axis(self) -> str:
        parts = []
        for number in range(round(self._top / self._step) + 1):
            value = number * self._step
            y = f"{self._y(value):.1f}"
            parts.append(
                f'<line class="grid" x1="{LEFT}" x2="{RIGHT}" y1="{y}" y2="{y}"></line>'
                f'<text class="value" x="{LEFT - 8}" y="{y}">{shown(value)}</text>'
            )
        return "".join(parts)

    def _time_axis(self) -> str:
        step = time_step(self._end)
        last = math.floor(self._end / step)
        # Whoever's clock jumps gets an empty axis rather than a page of labels.
        marks = range(last + 1) if last < 1000 else ()
        return "".join(
            f'<text class="time" x="{self._x(number * step):.1f}" y="{BOTTOM + 18}">'
            f"{elapsed(number * step)}</text>"
            for number in marks
        )

    def _line(self, series: Series) -> str:
        path, dots, pen_down = [], [], False
        for second, value in zip(self.seconds, series.values, strict=True):
            if value is None:
                pen_down = False
                continue
            x, y = f"{self._x(second):.1f}", f"{self._y(value):.1f}"
            path.append(f"{'L' if pen_down else 'M'}{x} {y}")
            dots.append(f'<circle cx="{x}" cy="{y}" r="3"></circle>')
            pen_down = True
        marks = "".join(dots) if len(dots) <= DOTS_UP_TO else ""
        return f'<g class="{series.css_class}"><path d="{"".join(path)}"></path>{marks}</g>'
