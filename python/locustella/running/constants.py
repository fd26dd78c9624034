"""The constants of `locustella.runners` as they stand at this moment.

Users assign them at run time (`locust.runners.CPU_MONITOR_INTERVAL = 1`), so nothing imports one by
value: `constants.CPU_MONITOR_INTERVAL` is whatever `locustella.runners` holds then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..runners import CPU_MONITOR_INTERVAL as CPU_MONITOR_INTERVAL
    from ..runners import CPU_WARNING_THRESHOLD as CPU_WARNING_THRESHOLD
else:

    def __getattr__(name: str) -> object:
        from .. import runners

        return getattr(runners, name)
