"""Times as text: "1h30m" in, seconds out, and timestamps and durations for people to read.

    parse_timespan("1h30m")      -> 5400
    format_duration(0, 5400)     -> "1 hour and 30 minutes"
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

_TIMESPAN = re.compile(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")
_EXPECTED = (
    'Invalid time span "{}". Write seconds, or hours, minutes and seconds with their '
    "letters in this order: 20, 20s, 3m, 2h, 1h20m, 3h30m10s"
)


def parse_timespan(time_str: str) -> int:
    """Whole seconds of a span such as "90", "90s" or "1h20m"; ValueError for anything else."""
    if time_str and time_str.isascii() and time_str.isdigit():
        return int(time_str)
    match = _TIMESPAN.fullmatch(time_str or "")
    if match is None or not any(match.groups()):
        raise ValueError(_EXPECTED.format(time_str))
    hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return (hours * 60 + minutes) * 60 + seconds


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
