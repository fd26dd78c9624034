"""The constants of `locustella.runners` as they stand at this moment.

Users assign them at run time (`locust.runners.CPU_MONITOR_INTERVAL = 1`), so nothing imports one by
value: `constants.CPU_MONITOR_INTERVAL` is whatever `locustella.runners` holds then.
"""

from __future__ import annotations

from typing import Any


def __getattr__(name: str) -> Any:
    from .. import runners

    return getattr(runners, name)
