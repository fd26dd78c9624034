"""Spans of time as people write them: "1h30m" in, seconds out.

    parse_timespan("1h30m")      -> 5400
"""

from __future__ import annotations

import re

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
