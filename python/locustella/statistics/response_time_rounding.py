"""The rounding under which response times are counted: Locust's, or a user's in its place."""

from __future__ import annotations

from collections.abc import Callable

Rounding = Callable[[float], float]


def bucket_response_time(response_time: float) -> int:
    """The rounded time, in ms, under which a response time is counted: two significant digits.

    Assign another function to `locustella.stats.bucket_response_time` to count otherwise.
    """
    for below, digits in ((100, 0), (1_000, -1), (10_000, -2)):
        if response_time < below:
            return int(round(response_time, digits))
    return int(round(response_time, -3))


_users: Rounding | None = None


def use_rounding(rounding: Rounding) -> None:
    """From now on count by it."""
    global _users
    _users = None if rounding is bucket_response_time else rounding


def users_rounding() -> Rounding | None:
    """None while it is Locust's, which native counting does by itself."""
    return _users


def users_bucket(response_time: float | None) -> float | None:
    """The bucket of a response time where the user's function is to name it, else None."""
    if _users is None or response_time is None:
        return None
    return _users(response_time)
