"""Rounding for numbers that people read: a half goes up, however binary floats store it."""

from __future__ import annotations


def proper_round(val: int | float, digits: int = 0) -> int | float:
    """`val` rounded to `digits` decimals, with 2.675 becoming 2.68 (plain `round` says 2.67)."""
    number = float(val)
    nudge = 10 ** -(len(str(number)) + 1)  # beyond the last digit that `val` shows
    return round(number + nudge, digits)
