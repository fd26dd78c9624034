"""Puts a statistics module through a random but repeatable life and writes down all that it shows.

    python stats_driver.py locust.stats lives 1 2 3     # prints {"1": [...], "2": [...], ...} as
    JSON python stats_driver.py locust.stats files PREFIX    # writes the CSV files of a made-up run

test_stats_against_stock.py runs it over Locust's module and over ours: the two lists must be the
same. The clock is a script's, so nothing depends on when or how fast it runs.
"""

from __future__ import annotations

import copy
import csv
import importlib
import io
import json
import random
import sys
from types import ModuleType, SimpleNamespace
from typing import Any
from unittest import mock

NAMES = ["/", "/basket", "/item/[id]", "/suche?q=größe", "x" * 90, ""]
METHODS = ["GET", "POST", "WS", ""]
# Around every border of the rounding: halves, steps of its coarseness, the very small and very
# large.
TIMES = [0, 0.2, 0.5, 1, 1.5, 2.5, 45, 45.0, 99.5, 99.9, 100, 105, 115, 145, 145.00000000000003]
TIMES += [994.9, 995, 999.99, 1000, 1050, 1150, 9949, 9950, 10_500, 11_500, 58_760, 3_600_000]
TIMES += [4_000_000, 4_000_499.5, 4_500_000, 123_456_789]
ERRORS = [
    ValueError("bad value"),
    "plain text",
    "CatchResponseError('too slow')",
    "<Thing object at 0x7f00deadbeef>",
    None,
]


class Events:
    """As much of Locust's events as the statistics use."""

    def __init__(self) -> None:
        self.report_to_master, self.worker_report = (
            SimpleNamespace(add_listener=None) for _ in "ab"
        )
        self.listeners: dict[str, Any] = {}
        self.report_to_master.add_listener = lambda f: self.listeners.update(report=f)
        self.worker_report.add_listener = lambda f: self.listeners.update(take=f)


class Life:
    """One statistics object, a master that gets its reports, and the log of what they show."""

    def __init__(self, module: ModuleType, seed: int, clock: mock.Mock) -> None:
        self.module = module
        self.random = random.Random(seed)
        self.clock = clock
        clock.return_value = 1_700_000_000 + self.random.random()
        self.stats = module.RequestStats()
        self.worker = module.RequestStats(use_response_times_cache=False)
        self.master = module.RequestStats()
        self.report = self.events_of(self.worker)["report"]
        self.take = self.events_of(self.master)["take"]
        self.seen: list[str] = []

    def events_of(self, stats: Any) -> dict[str, Any]:
        events = Events()
        self.module.setup_distributed_stats_event_listeners(events, stats)
        return events.listeners

    def live(self, steps: int) -> list[str]:
        actions = [self.requests] * 12 + [self.pass_time] * 6 + [self.report_to_master] * 2
        actions += [self.look] * 2 + [self.touch_by_hand, self.rarely_reset]
        for _ in range(steps):
            self.random.choice(actions)()
        self.look()
        return self.seen

    def note(self, *things: Any) -> None:
        # Text at once, since stock hands out dicts that go on changing.
        self.seen += [json.dumps(thing, sort_keys=True) for thing in things]

    def requests(self) -> None:
        for _ in range(self.random.randrange(1, 25)):
            method, name = self.random.choice(METHODS), self.random.choice(NAMES)
            stats = self.random.choice([self.stats, self.worker])
            stats.log_request(method, name, self.response_time(), self.random.randrange(100_000))
            if self.random.random() < 0.2:
                stats.log_error(method, name, self.random.choice(ERRORS))

    def response_time(self) -> float | None:
        kind = self.random.random()
        if kind < 0.1:
            return None
        if kind < 0.5:
            return self.random.choice(TIMES)
        if kind < 0.6:
            return self.random.randrange(20_000)
        return self.random.lognormvariate(3, 2)

    def pass_time(self) -> None:
        back = self.random.random() < 0.03  # somebody sets the clock
        self.clock.return_value += -1.5 if back else self.random.choice([0.01, 0.3, 1.1, 2.7])

    def report_to_master(self) -> None:
        data: dict[str, Any] = {}
        self.report("worker", data)
        self.note(data)
        self.take("worker", json.loads(json.dumps(data), object_hook=self.int_keys))

    @staticmethod
    def int_keys(data: dict[str, Any]) -> dict[Any, Any]:
        return {int(key) if key.isdigit() and len(key) < 12 else key: data[key] for key in data}

    def rarely_reset(self) -> None:
        if self.random.random() < 0.2:
            self.random.choice([self.stats.reset_all, self.stats.clear_all])()

    def touch_by_hand(self) -> None:
        """What scripts and tests do to entries."""
        entry = self.module.StatsEntry(self.stats, "by hand", "GET", use_response_times_cache=True)
        for _ in range(10):
            entry.log(self.response_time(), 5)
        entry.response_times[17] += 4
        entry.num_requests += 4
        entry.num_reqs_per_sec[int(self.clock.return_value)] += 4
        report = copy.deepcopy(entry.serialize())  # stock's shares its dicts with the entry
        other = self.module.StatsEntry.unserialize(report, self.stats)
        other.extend(entry)
        self.stats.entries["by hand", "GET"] = other
        self.stats.log_request("GET", "by hand", 3.5, 1)
        self.note(entry.serialize(), other.serialize(), entry.to_dict(), str(other))
        if len(self.stats.entries) > 3:
            del self.stats.entries[self.random.choice(sorted(self.stats.entries))]

    def look(self) -> None:
        for stats in (self.stats, self.worker, self.master):
            self.note(*self.tables(stats), *self.numbers(stats), *self.csv_texts(stats))

    def tables(self, stats: Any) -> list[Any]:
        module = self.module
        width = self.random.choice([80, 80, 33, 3, 0])  # of a wide or a narrow terminal
        with mock.patch.object(module, "STATS_NAME_WIDTH", width):
            return [
                module.get_stats_summary(stats, current=True),
                module.get_stats_summary(stats, current=False),
                module.get_percentile_stats_summary(stats),
                module.get_error_report_summary(stats),
            ]

    def numbers(self, stats: Any) -> list[Any]:
        shown: list[Any] = []
        for entry in (*self.module.sort_stats(stats.entries), stats.total):
            fractions = [0, 0.01, 0.5, 0.9, 0.99, 0.999, 1.0]
            shown += [entry.serialize(), entry.to_dict(), entry.fail_ratio]
            shown.append([entry.get_response_time_percentile(f) for f in fractions])
            if entry.use_response_times_cache:
                shown.append([entry.get_current_response_time_percentile(f) for f in fractions])
        shown += [error.to_dict() for error in self.module.sort_stats(stats.errors)]
        shown.append(stats.serialize_errors())
        if stats.total.use_response_times_cache:
            self.module.update_stats_history(SimpleNamespace(stats=stats, user_count=3))
            shown.append(stats.history[-1])
        return shown

    def csv_texts(self, stats: Any) -> list[str]:
        trace = {"count": 2, "msg": "boom", "traceback": "line\nline", "nodes": {"local"}}
        runner = SimpleNamespace(exceptions={1: trace}, user_count=7)
        environment = SimpleNamespace(stats=stats, runner=runner)
        writer = self.module.StatsCSV(environment, self.module.PERCENTILES_TO_REPORT)
        texts = []
        for write in (writer.requests_csv, writer.failures_csv, writer.exceptions_csv):
            text = io.StringIO()
            write(csv.writer(text))
            texts.append(text.getvalue())
        return texts


def clock_of(module: ModuleType) -> str:
    """What the module asks for the time."""
    return "time.time" if module.__name__ == "locust.stats" else "locustella.statistics.clock.now"


def run(module: ModuleType, seed: int, steps: int = 150) -> list[str]:
    """All that the module showed in the life that the seed stands for, each piece as JSON text."""
    with mock.patch(clock_of(module)) as clock:
        return Life(module, seed, clock).live(steps)


def write_csv_files(module: ModuleType, prefix: str, turns: int = 40) -> None:
    """PREFIX_stats.csv and its three companions, of a run of so many writings."""
    turn = 0

    def go_on(seconds: float) -> None:
        nonlocal turn
        assert seconds == module.CSV_STATS_INTERVAL_SEC
        turn += 1
        if turn == turns:
            raise KeyboardInterrupt
        clock.return_value += seconds
        for i in range(turn % 7):
            stats.log_request("GET", "/a", 10.0 * turn + i, 100)
            if i % 3 == 0:
                stats.log_error("GET", "/a", f"error {i % 2}")
        if turn % 2:
            stats.log_request("POST", "/b", 3 * turn, 100)

    with mock.patch(clock_of(module), return_value=1_700_000_000.5) as clock:
        stats = module.RequestStats()
        runner = SimpleNamespace(user_count=9, exceptions={})
        environment = SimpleNamespace(stats=stats, runner=runner)
        writer = module.StatsCSVFileWriter(
            environment, module.PERCENTILES_TO_REPORT, prefix, full_history=True
        )
        with mock.patch("gevent.sleep", go_on):
            writer()
        writer.close_files()


def main(module_name: str, what: str, *arguments: str) -> None:
    module = importlib.import_module(module_name)
    if what == "lives":
        print(json.dumps({seed: run(module, int(seed)) for seed in arguments}))
    else:
        write_csv_files(module, *arguments)


if __name__ == "__main__":
    main(*sys.argv[1:])
