"""How numbers and instants of the statistics are written."""

from __future__ import annotations

from collections.abc import Sequence

from . import constants as settings


def left(text: object, width: int) -> str:
    """Padded on the right. On a very narrow terminal a width is negative: its amount counts."""
    return str(text).ljust(abs(width))


# Of the console's table, behind type and name.
SUMMARY_TITLES = ("# reqs", "# fails", "Avg", "Min", "Max", "Med", "req/s", "failures/s")
SUMMARY_WIDTHS = (7, 13, 7, 7, 7, 7, 8, 11)


def summary_row(cells: Sequence[str]) -> str:
    """Of the console's table, behind type and name: the eight cells in Locust's widths."""
    requests, fails, average, least, most, median, rate, fail_rate = cells
    return (
        f" {requests:>7} {fails:>12} |{average:>7} {least:>7} {most:>7}{median:>7}"
        f" | {rate:>7} {fail_rate:>11}"
    )


def percentile_row(cells: Sequence[str]) -> str:
    """Of the console's table of percentiles, behind type and name, in Locust's widths."""
    first, *others = cells
    return f" {first:>8} {' '.join(cell.rjust(6) for cell in others)}"


def shown_ms(ms: float | None) -> str:
    """Milliseconds with three significant digits or whole, whichever is finer.

    "0.0621", "1.05", "12.4", "1234"; no finer than 0.1 us. With LOCUST_ROUNDING cut to whole ones.
    """
    if not ms:
        return "0"
    if settings.LOCUST_ROUNDING:
        return str(int(ms))
    for below, decimals in ((0.09995, 4), (0.9995, 3), (9.995, 2), (99.95, 1)):
        if abs(ms) < below:
            return f"{ms:.{decimals}f}"
    return f"{ms:.0f}"


def shown_number(ms: float | None) -> float:
    """The number that shown_ms() writes, for who writes it himself; whole ones are ints."""
    text = shown_ms(ms)
    return float(text) if "." in text else int(text)


def get_readable_percentiles(percentile_list: list[float]) -> list[str]:
    """Column titles for fractions of 1: 0.5 becomes "50%", 0.999 "99.9%"."""
    titles = []
    for fraction in percentile_list:
        percent = fraction * 100
        shown = int(percent) if percent.is_integer() else round(percent, 6)
        titles.append(f"{shown}%")
    return titles
