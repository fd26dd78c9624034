"""Does a long run grow? One process of ours, many requests, and what it holds as they go by.

    python tests/benchmarks/growth.py                                   # two million, all forms
    python tests/benchmarks/growth.py --only redirect --requests 300000 # forms by regex
    python tests/benchmarks/growth.py --each --requests 300000          # a run for each form

Memory is the anonymous part of the process's share (Pss_Anon); requests are counted by nginx, the
server. Growth is the slope of a straight line through the samples behind the warm-up: no single
sample decides. Exit code: 0 when no run grows by more than --most bytes a request, 1 when one
does, or was cut short by --budget.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from call_forms import FORMS
from certificates import make_certificate
from clients import Job, Locust
from machine import Cores, pick_cores, sibling_cores
from processes import Process, running
from targets import Nginx, serving_nginx

_POLL_SECONDS = 0.05
_CLIENT = Locust("locustella", sys.executable, "locustella", "forms", "make build")


class Interrupted(RuntimeError):
    """A run did not get as far as it should; the text says why."""


@dataclass(frozen=True)
class Sample:
    """What the process held when the server had been asked so many times."""

    requests: int
    kib: int


def main(arguments: list[str] | None = None) -> int:
    options = parse_options(arguments)
    chosen = [name for name in FORMS if re.search(options.only, name, re.IGNORECASE)]
    if not chosen:
        print("No form matches; python tests/benchmarks/run.py --list --only 'call form' has them.")
        return 1
    cores = pick_cores(os.sched_getaffinity(0), sibling_cores)
    grown = False
    for forms in [[name] for name in chosen] if options.each else [chosen]:
        label = forms[0] if len(forms) == 1 else f"{len(forms)} forms"
        print(label, flush=True)
        try:
            samples = run_once(forms, options, cores)
        except Interrupted as why:
            print(f"    {why}")
            grown = True
            continue
        slope = bytes_per_request(samples)
        grown = grown or slope > options.most
        print(f"    growth: {slope:.3f} bytes a request, {options.most} allowed", flush=True)
    return 1 if grown else 0


def run_once(forms: Sequence[str], options: argparse.Namespace, cores: Cores) -> list[Sample]:
    """The samples behind the warm-up. Raises Interrupted where the client left or time is up."""
    with tempfile.TemporaryDirectory(prefix="locustella-growth-") as folder:
        workdir = Path(folder)
        with serving_nginx(cores.target, workdir, make_certificate(workdir)) as target:
            job = Job("mixed", target.url("http"), options.users)
            kept = {key: value for key, value in os.environ.items() if key[:7] != "LOCUST_"}
            environment = kept | {"HOME": folder, "BENCH_MIXED_FORMS": json.dumps(forms)}
            with running(
                _CLIENT.command(job), core=cores.client, workdir=workdir, name="c", env=environment
            ) as client:
                return watch(client, target, options)


def watch(client: Process, target: Nginx, options: argparse.Namespace) -> list[Sample]:
    samples: list[Sample] = []
    give_up = time.monotonic() + options.budget
    due = options.warm_up
    while due <= options.requests:
        done = target.counters().requests
        if not client.alive():
            raise Interrupted(f"the client left after {done} requests: {client.last_words()}")
        if time.monotonic() > give_up:
            raise Interrupted(f"{options.budget:.0f} s were over after {done} requests")
        if done < due:
            time.sleep(_POLL_SECONDS)
            continue
        samples.append(Sample(done, client.anonymous_kib()))
        print(f"    {done:>9} requests {samples[-1].kib:>8} KiB", flush=True)
        due += options.every
    return samples


def bytes_per_request(samples: Sequence[Sample]) -> float:
    """The slope of the line of least squares. Raises ValueError with fewer than two samples."""
    if len(samples) < 2:
        raise ValueError("growth needs two samples")
    line = statistics.linear_regression(
        [sample.requests for sample in samples], [sample.kib * 1024 for sample in samples]
    )
    return line.slope


def parse_options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="See whether memory grows with the requests.")
    parser.add_argument("--only", default="", metavar="REGEX", help="of call forms; all of them")
    parser.add_argument("--each", action="store_true", help="a run of its own for each form")
    parser.add_argument("--requests", type=int, default=2_000_000, help="until the server has had")
    parser.add_argument("--warm-up", type=int, default=100_000, help="the first sample's requests")
    parser.add_argument("--every", type=int, default=100_000, help="requests between samples")
    parser.add_argument("--users", type=int, default=50)
    parser.add_argument("--most", type=float, default=0.5, help="bytes a request that are allowed")
    parser.add_argument("--budget", type=float, default=900.0, help="seconds for one run")
    options = parser.parse_args(arguments)
    if options.requests < options.warm_up + options.every:
        parser.error("no growth without a second sample: more --requests, or a smaller --every")
    return options


if __name__ == "__main__":
    sys.exit(main())
