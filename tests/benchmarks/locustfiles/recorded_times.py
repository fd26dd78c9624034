"""Writes the response times that this client recorded to the file named by BENCH_RECORDED_FILE.

    import recorded_times      # in a locustfile: listens by itself

The first seconds after the ramp are left out: connecting is not what is measured. Where the
statistics keep times finely enough (`percentile_ms`), they are asked at the end; else every time
is collected as the request event tells it, because Locust's own statistics round.
The file: {"count": n, "p50_ms": t, "p99_ms": t, "since": s, "until": s, "source": "..."}, the last
two in seconds since the epoch.
"""

import json
import os
import time

import gevent
from locust import events
from locust.stats import StatsEntry

SETTLE_SECONDS = float(os.environ.get("BENCH_SETTLE_SECONDS", "1.5"))
KEEPS_PRECISE_TIMES = hasattr(StatsEntry, "percentile_ms")

collected = []
since = 0.0


def collect(response_time, **_):
    collected.append(response_time)


if not KEEPS_PRECISE_TIMES:
    events.request.add_listener(collect)


@events.init.add_listener
def listen_for_the_end_of_the_ramp(environment, **_):
    def forget_the_first_seconds():
        global since
        gevent.sleep(SETTLE_SECONDS)
        environment.stats.reset_all()
        collected.clear()
        since = time.time()

    def start_forgetting(**_):
        gevent.spawn(forget_the_first_seconds)

    environment.events.spawning_complete.add_listener(start_forgetting)


@events.quitting.add_listener
def write(environment, **_):
    until = time.time()
    found = from_statistics(environment.stats.total) if KEEPS_PRECISE_TIMES else from_collected()
    with open(os.environ["BENCH_RECORDED_FILE"], "w") as file:
        json.dump({**found, "since": since, "until": until}, file)


def from_statistics(total):
    return {
        "count": total.num_requests,
        "p50_ms": total.percentile_ms(0.5),
        "p99_ms": total.percentile_ms(0.99),
        "source": "histogram",
    }


def from_collected():
    ordered = sorted(collected)
    count = len(ordered)
    return {
        "count": count,
        "p50_ms": ordered[count // 2] if ordered else None,
        "p99_ms": ordered[count * 99 // 100] if ordered else None,
        "source": "request event",
    }
