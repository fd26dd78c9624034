"""The machine under the benchmark: which core serves, which core loads, and who else is on them.

    cores = pick_cores(os.sched_getaffinity(0), sibling_cores)  # Cores(target=0, client=1, note="")
    before = read_core_times(cores.client)
    ...                                                          # the window
    share = other_load(before, read_core_times(cores.client), own_cpu_seconds)

Times are CPU seconds, shares are fractions of one core between 0 and 1. All of it is read from
/proc and /sys; nothing here changes the machine.
"""

from __future__ import annotations

import os
import platform
import re
import subprocess
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Cores:
    """The core of the target and the core of the client; `note` says what is not ideal."""

    target: int
    client: int
    note: str = ""


@dataclass(frozen=True)
class CoreTimes:
    """What one core has done since boot, in seconds: `busy` for its guests, `stolen` by the host.
    """

    busy: float
    stolen: float
    total: float


def pick_cores(allowed: Iterable[int], siblings: Callable[[int], set[int]]) -> Cores:
    """Choose two of the `allowed` cores, on different physical cores where that is possible."""
    cores = sorted(allowed)
    target = cores[0]
    others = cores[1:]
    if not others:
        return Cores(target, target, "one core only: target and client share it")
    apart = [core for core in others if core not in siblings(target)]
    if apart:
        return Cores(target, apart[0])
    return Cores(target, others[0], "target and client are hardware threads of one core")


def sibling_cores(core: int) -> set[int]:
    """The logical cores that share the physical core of `core`, itself included."""
    path = Path(f"/sys/devices/system/cpu/cpu{core}/topology/thread_siblings_list")
    try:
        return parse_core_list(path.read_text())
    except OSError:
        return {core}


def parse_core_list(text: str) -> set[int]:
    """Read the kernel's list notation: "0-2,5" is {0, 1, 2, 5}."""
    cores: set[int] = set()
    for part in text.strip().split(","):
        first, _, last = part.partition("-")
        if first:
            cores.update(range(int(first), int(last or first) + 1))
    return cores


def read_core_times(core: int) -> CoreTimes:
    return parse_core_times(Path("/proc/stat").read_text(), core)


def parse_core_times(proc_stat: str, core: int) -> CoreTimes:
    """Find `core` in the text of /proc/stat. Raises ValueError where the core has no line."""
    for line in proc_stat.splitlines():
        name, _, rest = line.partition(" ")
        if name != f"cpu{core}":
            continue
        # user nice system idle iowait irq softirq steal; guest time is already inside user
        ticks = [int(field) for field in rest.split()[:8]]
        idle, stolen = ticks[3] + ticks[4], ticks[7]
        total = sum(ticks)
        seconds = 1 / _TICKS_PER_SECOND
        return CoreTimes((total - idle - stolen) * seconds, stolen * seconds, total * seconds)
    raise ValueError(f"/proc/stat has no line for core {core}")


def other_load(before: CoreTimes, after: CoreTimes, own_cpu: float) -> float:
    """The share of the core that went to processes that are not part of the benchmark."""
    elapsed = after.total - before.total
    if elapsed <= 0:
        return 0.0
    return max(0.0, (after.busy - before.busy - own_cpu) / elapsed)


def stolen_share(before: CoreTimes, after: CoreTimes) -> float:
    """The share of the core that the hypervisor gave to other guests."""
    elapsed = after.total - before.total
    return max(0.0, (after.stolen - before.stolen) / elapsed) if elapsed > 0 else 0.0


def facts(cores: Cores) -> dict[str, str]:
    """What a reader needs to judge the numbers: processor, kernel, versions, cores."""
    found = {
        "processor": _first_match("/proc/cpuinfo", r"model name\s*:\s*(.+)") or platform.machine(),
        "logical cores": str(os.cpu_count()),
        "cores used": f"target {cores.target}, client {cores.client}",
        "kernel": platform.release(),
        "nginx": _version_of(["nginx", "-v"], r"nginx/(\S+)"),
        "wrk": _version_of(["wrk", "-v"], r"wrk (?:debian/)?(\S+)"),
        "openssl": _version_of(["openssl", "version"], r"OpenSSL (\S+)"),
    }
    if cores.note:
        found["note"] = cores.note
    return found


def _first_match(path: str, pattern: str) -> str | None:
    try:
        match = re.search(pattern, Path(path).read_text())
    except OSError:
        return None
    return match.group(1).strip() if match else None


def _version_of(command: list[str], pattern: str) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return "missing"
    match = re.search(pattern, done.stdout + done.stderr)
    return match.group(1) if match else "unknown"
