"""The clock that the statistics count by: Unix time that never steps.

    clock.now()                   # Unix seconds
    clock.set_by_wall_clock()     # before a test, never during one

The wall clock of a machine can be set while a test runs. `now` was set by it once and then goes on
with the monotonic clock, so rates, run time and history stay what they are. The core records
natively by the same clock.

Thread: any.
"""

from __future__ import annotations

from .. import _core

now = _core.unix_seconds
set_by_wall_clock = _core.set_unix_clock
