"""Moments and durations as text, for people to read.

    format_utc_timestamp(0)      -> "1970-01-01T00:00:00Z"
    format_duration(0, 5400)     -> "1 hour and 30 minutes"
"""

from __future__ import annotations

from datetime import UTC, datetime


def format_utc_timestamp(unix_timestamp: float) -> str:
    """Seconds since the epoch as "2026-01-31T23:59:59Z"."""
    return datetime.fromtimestamp(int(unix_timestamp), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def format_safe_timestamp(unix_timestamp: float) -> str:
    """Seconds since the epoch in local time, fit for a file name: "2026-01-31-23h59"."""
    return datetime.fromtimestamp(int(unix_timestamp)).strftime("%Y-%m-%d-%Hh%M")


def format_duration(start_time: float, end_time: float) -> str:
    """The whole seconds between two moments in words, largest unit first, zero units left out."""
    rest = int(end_time - start_time)
    words = []
    for unit, size in (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1)):
        amount, rest = divmod(rest, size)
        if amount > 0:
            words.append(f"{amount} {unit}" if amount == 1 else f"{amount} {unit}s")
    if not words:
        return "0 seconds"
    if len(words) == 1:
        return words[0]
    return ", ".join(words[:-1]) + " and " + words[-1]
