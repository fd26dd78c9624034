"""How numbers and instants of the statistics are written."""

from __future__ import annotations


def left(text: object, width: int) -> str:
    """Padded on the right. On a very narrow terminal a width is negative: its amount counts."""
    return str(text).ljust(abs(width))


def three_digits(ms: float) -> str:
    """Milliseconds with three significant digits, but no finer than 1 us: "0.062", "12.4"."""
    for below, decimals in ((0.9995, 3), (9.995, 2), (99.95, 1)):
        if ms < below:
            return f"{ms:.{decimals}f}"
    return f"{ms:.0f}"


def get_readable_percentiles(percentile_list: list[float]) -> list[str]:
    """Column titles for fractions of 1: 0.5 becomes "50%", 0.999 "99.9%"."""
    titles = []
    for fraction in percentile_list:
        percent = fraction * 100
        shown = int(percent) if percent.is_integer() else round(percent, 6)
        titles.append(f"{shown}%")
    return titles
