"""Times as text, both ways, and the rounding of shown numbers."""

from __future__ import annotations

import pytest

from locustella.util.date import format_duration, format_safe_timestamp, format_utc_timestamp
from locustella.util.rounding import proper_round
from locustella.util.timespan import parse_timespan


@pytest.mark.parametrize(
    "text, seconds",
    [
        ("0", 0), ("20", 20), ("20s", 20), ("3m", 180), ("2h", 7200), ("1h20m", 4800),
        ("3h30m10s", 12610), ("1h5s", 3605), ("90m", 5400),
    ],
)  # fmt: skip
def test_spans(text, seconds):
    assert parse_timespan(text) == seconds


@pytest.mark.parametrize("text", ["", "q", "1.5", "-3", "10s1m", "1h 20m", "m", "5x", "٣", None])
def test_no_spans(text):
    with pytest.raises(ValueError, match="Invalid time span"):
        parse_timespan(text)


@pytest.mark.parametrize(
    "seconds, words",
    [
        (0, "0 seconds"), (1, "1 second"), (61, "1 minute and 1 second"), (3600, "1 hour"),
        (5400.9, "1 hour and 30 minutes"), (93784, "1 day, 2 hours, 3 minutes and 4 seconds"),
        (2 * 86400, "2 days"),
    ],
)  # fmt: skip
def test_durations(seconds, words):
    assert format_duration(1000, 1000 + seconds) == words


def test_timestamps():
    assert format_utc_timestamp(1767225599.9) == "2025-12-31T23:59:59Z"
    assert format_safe_timestamp(1767225599)[4::3][:2] == "--"


@pytest.mark.parametrize(
    "value, digits, rounded", [(2.675, 2, 2.68), (0.5, 0, 1), (1.5, 0, 2), (2.5, 0, 3), (3, 0, 3)]
)
def test_a_half_goes_up(value, digits, rounded):
    assert proper_round(value, digits) == rounded
