"""One child process of the benchmark: pinned to a core, weighed from outside, stopped by its pid.

    with running([sys.executable, "-m", "locust", ...], core=1, workdir=folder) as client:
        spent = client.cpu_seconds()     # of the whole process, all threads, dead ones too
        held = client.pss_kib()

A child is in a session of its own, so Ctrl-C reaches the benchmark alone, which then stops its
children; the kernel kills a child whose benchmark died without doing so.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_CPUCLOCK_SCHED = 2
_libc = ctypes.CDLL(None, use_errno=True)


class Process:
    """A started child. Times in seconds, memory in KiB. Once it is gone, reading raises OSError.

    `started` is the time.monotonic() just before it was started.
    """

    def __init__(self, child: subprocess.Popen[bytes], log: Path, started: float) -> None:
        self.started = started
        self._child = child
        self._log = log

    @property
    def pid(self) -> int:
        return self._child.pid

    def alive(self) -> bool:
        return self._child.poll() is None

    def cpu_seconds(self) -> float:
        """User and system time of the whole process, by the scheduler's nanosecond clock.

        /proc/PID/stat says the same in ticks of 10 ms, and /proc/PID/schedstat knows one thread
        only; the process's CPU clock has neither flaw.
        """
        return time.clock_gettime(cpu_clock_id(self.pid))

    def peak_kib(self) -> int:
        """The largest resident set that the process has had."""
        return parse_kib(Path(f"/proc/{self.pid}/status").read_text(), "VmHWM")

    def pss_kib(self) -> int:
        """Resident memory now, pages shared with other processes counted in proportion."""
        return parse_kib(Path(f"/proc/{self.pid}/smaps_rollup").read_text(), "Pss")

    def anonymous_kib(self) -> int:
        """Of that, what is no file's: the heap, stacks, Python's objects."""
        return parse_kib(Path(f"/proc/{self.pid}/smaps_rollup").read_text(), "Pss_Anon")

    def last_words(self, lines: int = 12) -> str:
        """The end of what the process wrote to stdout and stderr."""
        text = self._log.read_text(errors="replace").rstrip()
        return "\n".join(text.splitlines()[-lines:])

    def output(self) -> str:
        return self._log.read_text(errors="replace")

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Stops the process in its tracks for the length of the block."""
        self._child.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._child.send_signal(signal.SIGCONT)

    def wait(self, seconds: float) -> int:
        """Its exit code, once it has left. Raises subprocess.TimeoutExpired where it has not."""
        return self._child.wait(seconds)

    def stop(self, grace: float = 0.0) -> None:
        """SIGTERM and up to `grace` seconds to leave in good order, then SIGKILL."""
        if grace > 0 and self.alive():
            self._child.send_signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._child.wait(grace)
        if self.alive():
            self._child.kill()
        self._child.wait()


@contextlib.contextmanager
def running(
    argv: Sequence[str],
    *,
    core: int,
    workdir: Path,
    name: str,
    env: Mapping[str, str] | None = None,
) -> Iterator[Process]:
    """Start `argv` on `core` in `workdir`; it is dead when the block is left, however that is."""
    log = workdir / f"{name}.log"
    with log.open("wb") as output:
        started = time.monotonic()
        child = subprocess.Popen(
            argv,
            cwd=workdir,
            env=dict(env) if env is not None else None,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=lambda: _settle_child(core),
        )
    process = Process(child, log, started)
    try:
        yield process
    finally:
        process.stop()


def cpu_clock_id(pid: int) -> int:
    """The id of the CPU clock of another process, as clock_getcpuclockid(3) makes it on Linux."""
    return (~pid << 3) | _CPUCLOCK_SCHED


def parse_kib(proc_text: str, field: str) -> int:
    """Read "Field:   123 kB" out of a /proc file. Raises ValueError where the field is missing."""
    match = re.search(rf"^{re.escape(field)}:\s*(\d+) kB$", proc_text, re.MULTILINE)
    if not match:
        raise ValueError(f"no field {field}")
    return int(match.group(1))


def _settle_child(core: int) -> None:
    os.sched_setaffinity(0, {core})
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
