"""What this process itself uses of the machine.

    usage = ProcessUsage()
    ...
    usage.cpu_percent()     # of one core, since the last call: 200 when two cores were busy
"""

from __future__ import annotations

import os
import resource
import time


class ProcessUsage:
    """Remembers when it was last asked; make one for each asker."""

    def __init__(self) -> None:
        self._wall = time.perf_counter()
        self._cpu = time.process_time()

    def cpu_percent(self) -> float:
        """CPU time per wall time since the last call (or the construction), all threads."""
        wall, cpu = time.perf_counter(), time.process_time()
        spent = (cpu - self._cpu) / max(wall - self._wall, 1e-9)
        self._wall, self._cpu = wall, cpu
        return 100 * spent


def resident_memory() -> int:
    """Bytes of main memory held now; where the system does not tell, the most ever held."""
    try:
        with open("/proc/self/statm", "rb") as statm:
            return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
