"""The differences between stock Locust and us that are meant, each with its reason.

Before two sides are compared, each of these takes the difference out of both: by name of the fact, and only where
the case is of its kind. docs/http.md lists them for people; a test keeps both lists equal.
"""

from __future__ import annotations

from typing import Any

Facts = dict[str, Any]


def levelled(kind: str, step: dict[str, Any], stock: Facts, ours: Facts) -> tuple[Facts, Facts]:
    """Both sides without the differences that are meant."""
    stock, ours = dict(stock), dict(ours)
    for apply in (HTTP if kind == "http" else FAST):
        apply(step, stock, ours)
    return stock, ours


HTTP: list[Any] = []
FAST: list[Any] = []
