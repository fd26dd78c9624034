"""Lines over time, drawn as SVG.

    times = Times(start_time, [0, 1, 2])
    times.json_block() + Chart("Users", "", times, [Series("users", "users", counts)]).html()

The drawing needs no script; page.js reads the values beside it and shows those under the pointer.
The seconds rise from left to right. A value that is None leaves a gap; what stands alone between
two gaps is a dot. The lines are stretched to the page's width and the letters are not, so that
those can be read on a phone.

Thread: any.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from .markup import escaped, json_block

# In the drawing's own units; the page scales it to its width.
WIDTH, HEIGHT = 1000, 200

DOTS_UP_TO = 40  # with more points than this the line alone shows them
TIME_STEPS: tuple[int, ...]
TIME_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200)
TIME_STEPS += tuple(86400 * days for days in (1, 2, 7, 14, 30, 90, 365))


@dataclass
class Times:
    """When the points are, for all charts of a group."""

    begin: float  # Unix time
    seconds: Sequence[float]  # after it
    late: Sequence[bool] = ()  # whether the generator was, at each point

    def json_block(self) -> str:
        at = [round(second, 1) for second in self.seconds]
        data = {"begin": self.begin, "at": at, "end": self.end}
        return json_block(data, "chart-times")

    @property
    def end(self) -> float:
        return self.seconds[-1] or 1.0

    def x(self, second: float) -> float:
        return second / self.end * WIDTH

    def axis(self, parts: int) -> str:
        step = time_step(self.end, parts)
        last = math.floor(self.end / step)
        # Whoever's clock jumps gets an empty axis rather than a page of labels.
        marks = range(last + 1) if last < 1000 else ()
        return "".join(
            f'<span style="left:{number * step / self.end * 100:.2f}%">{elapsed(number * step)}'
            "</span>"
            for number in marks
        )

    def late_bands(self) -> str:
        """Where the generator was late, from a point to the next."""
        bands = []
        begin: float | None = None
        for second, late in zip([*self.seconds, self.end], [*self.late, False], strict=False):
            if late and begin is None:
                begin = second
            elif not late and begin is not None:
                x = self.x(begin)
                width = max(self.x(second) - x, 1)
                bands.append(f'<rect class="late" x="{x:.1f}" width="{width:.1f}" height="200"/>')
                begin = None
        return "".join(bands)


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
    times: Times
    series: Sequence[Series]
    css_class: str = ""  # "small": for several in a row
    _top: float = field(init=False)
    _step: float = field(init=False)

    def __post_init__(self) -> None:
        values = [value or 0 for series in self.series for value in series.values]
        counts = not self.unit and all(value == int(value) for value in values)
        self._top, self._step = nice_top(max(values, default=0.0), counts=counts)

    def html(self) -> str:
        data = {
            "unit": self.unit if self.unit in ("ms", "%") else "",
            "series": [
                {"label": series.label, "colour": series.css_class, "values": list(series.values)}
                for series in self.series
            ],
        }
        unit = f" <small>{escaped(self.unit)}</small>" if self.unit else ""
        lines = "".join(self._line(series) for series in self.series)
        return (
            f'<figure class="chart {self.css_class}"><figcaption><h3>{escaped(self.title)}{unit}'
            f'</h3>{self._legend()}</figcaption><div class="plot">'
            f'<div class="scale" aria-hidden="true">{self._scale()}</div>'
            f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none" role="img" '
            f'aria-label="{escaped(self._words())}">'
            f"{self.times.late_bands()}{self._grid()}{lines}"
            f'<line class="pointer" y1="0" y2="{HEIGHT}"></line></svg>'
            f'<div class="clock" aria-hidden="true">'
            f"{self.times.axis(4 if self.css_class else 8)}</div></div>"
            f"{json_block(data, 'chart-data')}</figure>\n"
        )

    def _words(self) -> str:
        """What is there to see, for who does not see it."""
        most = (f"{series.label}: at most {shown(series.highest())}" for series in self.series)
        unit = f", {self.unit}" if self.unit else ""
        return f"{self.title}{unit}, over {elapsed(self.times.end)}. {'; '.join(most)}"

    def _y(self, value: float) -> float:
        return HEIGHT - max(value, 0.0) / self._top * HEIGHT

    def _legend(self) -> str:
        items = "".join(
            f'<li class="{series.css_class}"><i></i>{escaped(series.label)}'
            f" <small>highest {shown(series.highest())}</small></li>"
            for series in self.series
        )
        return f'<ul class="legend">{items}</ul>'

    def _marks(self) -> list[float]:
        return [number * self._step for number in range(round(self._top / self._step) + 1)]

    def _scale(self) -> str:
        return "".join(
            f'<span style="top:{self._y(value) / HEIGHT * 100:.1f}%">{shown(value)}</span>'
            for value in self._marks()
        )

    def _grid(self) -> str:
        lines = "".join(f"M0 {self._y(value):.1f}h{WIDTH}" for value in self._marks())
        return f'<path class="grid" d="{lines}"></path>'

    def _line(self, series: Series) -> str:
        values = [None, *series.values, None]
        few = len(series.values) - list(series.values).count(None) <= DOTS_UP_TO
        path, dots = [], []
        for second, before, value, after in zip(
            self.times.seconds, values, values[1:], values[2:], strict=False
        ):
            if value is None:
                continue
            place = f"{self.times.x(second):.1f} {self._y(value):.1f}"
            alone = before is None and after is None
            if alone or (few and not self.css_class):
                dots.append(f"M{place}h0")
            if not alone and not before == value == after:  # which is on the way
                path.append(f"{'M' if before is None else 'L'}{place}")
        dotted = f'<path class="dots" d="{"".join(dots)}"></path>' if dots else ""
        return f'<g class="{series.css_class}"><path d="{"".join(path)}"></path>{dotted}</g>'
