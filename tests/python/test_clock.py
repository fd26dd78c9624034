"""Rates and run time do not follow a wall clock that is set while a test runs."""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import time
from pathlib import Path
from unittest import mock

import pytest
from locustella_process import command

from locustella import _core
from locustella.statistics import clock
from locustella.stats import RequestStats

HOUR = 3600


def test_it_is_unix_time() -> None:
    clock.set_by_wall_clock()
    assert clock.now() == pytest.approx(time.time(), abs=5)


def test_it_is_the_clock_of_native_recording() -> None:
    assert clock.now is _core.unix_seconds
    stats = RequestStats()
    assert 0 <= clock.now() - stats.start_time < 60


@pytest.mark.parametrize("step", [HOUR, -HOUR])
def test_rates_when_python_sees_the_wall_clock_step(step: float) -> None:
    wall = time.time()
    with mock.patch("time.time", side_effect=lambda: wall):
        stats = RequestStats()
        for _ in range(100):
            stats.log_request("GET", "/", 5, 10)
        stats.log_error("GET", "/", "an error")
        wall += step
        stats.log_request("GET", "/", 5, 10)
    began, ended = stats.start_time, stats.last_request_timestamp
    assert ended is not None and 0 <= ended - began < 60
    assert stats.total.total_rps > 1
    (failure,) = stats.errors.values()
    assert failure.first_seen is not None and abs(failure.first_seen - began) < 60


# Loaded before everything else: CLOCK_REALTIME steps when the file STEP comes into being.
STEPPING = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static long step(void) { return access("stepped", F_OK) == 0 ? STEP : 0; }

int clock_gettime(clockid_t clock, struct timespec *t)
{
    static int (*real)(clockid_t, struct timespec *);
    if (!real) real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    int result = real(clock, t);
    if (clock == CLOCK_REALTIME) t->tv_sec += step();
    return result;
}
int gettimeofday(struct timeval *restrict t, void *restrict zone)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    t->tv_sec = now.tv_sec;
    t->tv_usec = now.tv_nsec / 1000;
    return 0;
}
time_t time(time_t *t)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (t) *t = now.tv_sec;
    return now.tv_sec;
}
"""

LOAD = """
    import pathlib, time
    from locust import User, constant, events, task

    class Visitor(User):
        wait_time = constant(0.1)
        done = 0

        @task
        def work(self):
            Visitor.done += 1
            if Visitor.done == 10:
                before = time.time()
                pathlib.Path("stepped").touch()
                print("stepped by", round(time.time() - before))
            self.environment.events.request.fire(
                request_type="TCP", name="echo", response_time=1.5, response_length=1,
                exception=None, context={})

    @events.quitting.add_listener
    def tell(environment, **kwargs):
        print("rate", environment.stats.total.total_rps)
"""


@pytest.mark.skipif(shutil.which("cc") is None, reason="needs a C compiler")
@pytest.mark.parametrize("step", [HOUR, -HOUR])
def test_a_run_in_which_the_wall_clock_steps(tmp_path: Path, step: int) -> None:
    (tmp_path / "stepping.c").write_text(STEPPING)
    build = [
        "cc",
        "-shared",
        "-fPIC",
        f"-DSTEP=({step})",
        "-o",
        "stepping.so",
        "stepping.c",
        "-ldl",
    ]
    subprocess.run(build, cwd=tmp_path, check=True)
    run = command(
        tmp_path,
        [
            "-f",
            "load.py",
            "--headless",
            "--only-summary",
            "-t",
            "3",
            "--csv",
            "r",
            "--json-file",
            "j",
        ],
        {"load.py": LOAD},
        # behind a sanitizer, which has to come first
        {"LD_PRELOAD": f"{os.environ.get('LD_PRELOAD', '')} {tmp_path / 'stepping.so'}"},
    )
    assert run.code == 0, run.err
    assert f"stepped by {step}" in run.out
    (rate,) = (float(line.split()[1]) for line in run.out.splitlines() if line.startswith("rate"))
    assert 3 < rate < 11
    (entry,) = json.loads((tmp_path / "j.json").read_text())
    assert 0 < entry["last_request_timestamp"] - entry["start_time"] < 20
    with (tmp_path / "r_stats_history.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    seconds = [int(row["Timestamp"]) for row in rows]
    assert seconds == sorted(set(seconds)) and seconds[-1] - seconds[0] < 20
    assert all(0 <= float(row["Requests/s"]) < 20 for row in rows)
    assert rows[-1]["Total Request Count"] == str(entry["num_requests"])
