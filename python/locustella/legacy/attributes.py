"""Module attributes that Locust 1.0 renamed or moved, found again on first use.

    from locust.exception import StopLocust     # StopUser, and one warning

A module takes part with a module-level `__getattr__` that ends in `legacy_attribute`.
"""

from __future__ import annotations

import importlib
from typing import Any

from .warnings import warn_once

# Old module attribute -> (module, attribute) of today. Relative to the package.
_MOVED = {
    "": {
        "CatchResponseError": ("exception", "CatchResponseError"),
        "InterruptTaskSet": ("exception", "InterruptTaskSet"),
        "RescheduleTaskImmediately": ("exception", "RescheduleTaskImmediately"),
        "ResponseError": ("exception", "ResponseError"),
    },
    "exception": {
        "StopLocust": ("exception", "StopUser"),
    },
    "runners": {
        "LocalLocustRunner": ("runners", "LocalRunner"),
        "LocustRunner": ("runners", "Runner"),
        "MasterLocustRunner": ("runners", "MasterRunner"),
        "STATE_HATCHING": ("runners", "STATE_SPAWNING"),
        "SlaveLocustRunner": ("runners", "WorkerRunner"),
    },
}


def legacy_attribute(module: str, name: str) -> Any:
    """What `name` of `module` ("" for the package itself) is today; AttributeError if nothing."""
    package = __name__.split(".")[0]
    full = f"{package}.{module}" if module else package
    try:
        where, today = _MOVED[module][name]
    except KeyError:
        raise AttributeError(f"module {full!r} has no attribute {name!r}", name=name) from None
    old = ".".join(filter(None, ("locust", module, name)))
    warn_once(old, "1.0", f"use locust.{where}.{today}")
    return getattr(importlib.import_module(f"{package}.{where}"), today)
