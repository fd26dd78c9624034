"""How numbers and instants of the statistics are written."""

from __future__ import annotations

from datetime import UTC, datetime


def format_utc_timestamp(unix_timestamp: float) -> str:
    """Whole seconds of UTC, such as "2026-01-31T12:00:00Z"."""
    return datetime.fromtimestamp(int(unix_timestamp), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def proper_round(val: float, digits: int = 0) -> float:
    """Round to `digits` decimals; halves go up, where round() sends them to the even neighbour.

    A nudge too small for the digits that the number shows lifts it off the tie.
    """
    number = float(val)
    nudge = 10.0 ** -(len(str(number)) + 1)
    return round(number + nudge, digits)


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
