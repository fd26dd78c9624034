"""RequestStats and its entries: Locust's attributes over native numbers."""

from __future__ import annotations

import copy
import gc
import json
import logging
import math
import random
import weakref
from types import SimpleNamespace
from typing import Any
from unittest import mock

import pytest

import locustella.stats as stats_module
from locustella import log
from locustella.env import Environment
from locustella.stats import EntriesDict, RequestStats, StatsEntry

NOON = 1_700_000_000.25


@pytest.fixture
def stats() -> RequestStats:
    return RequestStats()


def record_natively(stats: RequestStats, method: str, name: str, ms: float) -> None:
    """As the native client does, past RequestStats.log_request."""
    assert stats._table.log_request(method, name, ms, 10, NOON)


# Entries


def test_a_request_recorded_natively_appears_in_entries(stats: RequestStats) -> None:
    record_natively(stats, "GET", "/größe", 12.5)
    assert list(stats.entries) == [("/größe", "GET")]
    entry = stats.entries["/größe", "GET"]
    assert (entry.name, entry.method, entry.stats) == ("/größe", "GET", stats)
    assert entry is stats.get("/größe", "GET")
    assert entry.num_requests == stats.num_requests == 1


def test_entries_is_a_dict_that_makes_what_is_missing(stats: RequestStats) -> None:
    assert isinstance(stats.entries, dict)
    entry = stats.entries["/new", "PUT"]
    assert entry.num_requests == 0
    record_natively(stats, "PUT", "/new", 3)
    assert stats.entries["/new", "PUT"] is entry
    assert entry.num_requests == 1
    assert ("/other", "PUT") not in stats.entries


def take_out_by_del(entries: dict) -> None:
    del entries["/a", "GET"]


@pytest.mark.parametrize(
    "take_out",
    [
        take_out_by_del,
        lambda entries: entries.pop(("/a", "GET")),
        lambda entries: entries.popitem(),
        lambda entries: entries.clear(),
        lambda entries: entries.update({("/a", "GET"): StatsEntry(None, "/a", "GET")}),
        lambda entries: entries.__ior__({("/a", "GET"): StatsEntry(None, "/a", "GET")}),
        lambda entries: entries.__setitem__(("/a", "GET"), StatsEntry(None, "/a", "GET")),
    ],
)
def test_what_is_taken_out_of_entries_is_counted_no_further(
    stats: RequestStats, take_out: Any
) -> None:
    record_natively(stats, "GET", "/a", 1)
    old = stats.entries["/a", "GET"]
    take_out(stats.entries)
    record_natively(stats, "GET", "/a", 2)
    assert stats.entries["/a", "GET"] is not old
    assert stats.entries["/a", "GET"].num_requests == 1
    assert old.num_requests == 1
    assert stats.num_requests == 2


def test_an_entry_put_in_gets_the_requests_of_its_name(stats: RequestStats) -> None:
    mine = StatsEntry(stats, "/a", "GET")
    stats.entries.setdefault(("/a", "GET"), mine)
    record_natively(stats, "GET", "/a", 1)
    assert mine.num_requests == 1
    assert list(stats.entries.values()) == [mine]


def test_entries_may_be_replaced_as_a_whole(stats: RequestStats) -> None:
    record_natively(stats, "GET", "/a", 1)
    old = stats.entries
    mine = StatsEntry(stats, "/b", "GET")
    stats.entries = {("/b", "GET"): mine}
    assert isinstance(stats.entries, EntriesDict)
    record_natively(stats, "GET", "/b", 1)
    record_natively(stats, "GET", "/c", 1)
    assert mine.num_requests == 1
    assert list(stats.entries) == [("/b", "GET"), ("/c", "GET")]
    assert list(old) == [("/a", "GET")]
    del old["/a", "GET"]  # none of the recording's business any more
    empty = EntriesDict(stats)
    stats.entries = empty
    record_natively(stats, "GET", "/d", 1)
    assert stats.entries is empty
    assert list(empty) == [("/d", "GET")]


def test_clear_all_begins_anew_and_old_entries_stay_readable(stats: RequestStats) -> None:
    record_natively(stats, "GET", "/a", 5)
    stats.log_error("GET", "/a", "oh")
    total, entry = stats.total, stats.entries["/a", "GET"]
    stats.clear_all()
    assert (stats.entries, stats.errors, stats.history) == ({}, {}, [])
    assert stats.num_requests == stats.num_failures == 0
    record_natively(stats, "GET", "/a", 5)
    record_natively(stats, "GET", "/a", 5)
    assert total.num_requests == entry.num_requests == 1
    assert stats.total.num_requests == stats.entries["/a", "GET"].num_requests == 2


def test_reset_all_zeroes_and_keeps_the_entries(stats: RequestStats) -> None:
    record_natively(stats, "GET", "/a", 5)
    entry = stats.entries["/a", "GET"]
    with mock.patch("locustella.statistics.clock.now", return_value=NOON):
        stats.reset_all()
    assert stats.entries == {("/a", "GET"): entry}
    assert (entry.num_requests, entry.start_time, entry.min_response_time) == (0, NOON, None)
    assert stats.last_request_timestamp is None
    record_natively(stats, "GET", "/a", 5)
    assert entry.num_requests == 1


def test_the_total_may_be_replaced(stats: RequestStats) -> None:
    mine = StatsEntry(stats, "Aggregated", "")
    stats.total = mine
    record_natively(stats, "GET", "/a", 5)
    assert mine.num_requests == stats.num_requests == 1
    with pytest.raises(AttributeError):
        stats.total = None


@pytest.mark.parametrize("name", [17, None, ("a", 1), "lone \udc80 surrogate"])
def test_names_that_are_no_text_are_counted_in_python(stats: RequestStats, name: Any) -> None:
    for _ in range(2):
        stats.log_request("GET", name, 5, 10)
        stats.log_error("GET", name, "oh")
    assert stats.entries[name, "GET"].num_requests == stats.num_requests == 2
    assert stats.entries[name, "GET"].num_failures == stats.num_failures == 2
    assert [error.occurrences for error in stats.errors.values()] == [2]


def test_one_entry_under_two_names_does_no_harm(stats: RequestStats) -> None:
    stats.log_request("GET", "/a", 1, 1)
    stats.log_request("GET", "/b", 1, 1)
    stats.entries["/b", "GET"] = stats.entries["/a", "GET"]
    stats.log_request("GET", "/a", 1, 1)
    assert stats.entries["/a", "GET"].num_requests == 2
    stats.log_request("GET", "/b", 1, 1)
    assert stats.entries["/b", "GET"].num_requests == 1  # a new one, as each has its own name
    stats.entries["/c", "GET"] = "nothing that counts"
    stats.log_request("GET", "/c", 1, 1)
    assert stats.entries["/c", "GET"].num_requests == 1


def test_dropped_statistics_are_freed() -> None:
    stats = RequestStats()
    record_natively(stats, "GET", "/a", 5)
    assert stats.total.response_times_cache is not None
    gone = [weakref.ref(thing) for thing in (stats, stats.total, stats.entries["/a", "GET"])]
    del stats
    gc.collect()
    assert [ref() for ref in gone] == [None, None, None]


# The attributes of an entry


def test_every_number_may_be_assigned(stats: RequestStats) -> None:
    entry = StatsEntry(stats, "/", "GET")
    values = {
        "num_requests": 7,
        "num_none_requests": 2,
        "num_failures": 3,
        "total_response_time": 1234.5,
        "min_response_time": 0.25,
        "max_response_time": 900,
        "total_content_length": 77,
        "start_time": 5.5,
        "last_request_timestamp": 9.75,
    }
    for name, value in values.items():
        setattr(entry, name, value)
    assert {name: getattr(entry, name) for name in values} == values
    entry.min_response_time = None
    entry.last_request_timestamp = None
    assert entry.min_response_time is None
    assert entry.last_request_timestamp is None
    entry.num_requests += 1
    assert entry.num_requests == 8
    with pytest.raises(TypeError):
        entry.num_requests = "many"


@pytest.mark.parametrize("name", ["response_times", "num_reqs_per_sec", "num_fail_per_sec"])
def test_counts_are_dicts_that_write_through(stats: RequestStats, name: str) -> None:
    entry = StatsEntry(stats, "/", "GET")
    setattr(entry, name, {10: 2, 20: 3})
    counts = getattr(entry, name)
    assert isinstance(counts, dict)
    assert counts == {10: 2, 20: 3}
    counts[30] += 4
    counts[10] = 1
    del counts[20]
    assert getattr(entry, name) == {10: 1, 30: 4}
    counts.update({5: 5})
    assert counts.pop(30) == 4
    assert counts.setdefault(6, 6) == 6
    assert getattr(entry, name) == {5: 5, 6: 6, 10: 1}
    counts |= {7: 7}
    assert getattr(entry, name)[7] == 7
    assert json.loads(json.dumps(counts)) == {"5": 5, "6": 6, "7": 7, "10": 1}
    assert type(copy.copy(counts)) is type(copy.deepcopy(counts)) is type(counts.copy()) is dict
    counts.clear()
    assert getattr(entry, name) == {}
    setattr(entry, name, {"40": 1})  # as JSON brings it
    assert getattr(entry, name) == {40: 1}


def test_assigned_response_times_are_what_percentiles_come_from(stats: RequestStats) -> None:
    entry = StatsEntry(stats, "/", "GET")
    entry.response_times = {100: 90, 5000: 9, 147.5: 1}
    entry.num_requests = 100
    assert entry.get_response_time_percentile(0.5) == 100
    assert entry.get_response_time_percentile(0.905) == 147.5
    assert entry.percentile_ms(0.99) == pytest.approx(5000, rel=0.01)
    assert entry.response_times == {100: 90, 147.5: 1, 5000: 9}


def test_whole_numbers_stay_whole(stats: RequestStats) -> None:
    stats.log_request("GET", "/", 45, 10)
    entry = stats.get("/", "GET")
    shown = [entry.min_response_time, entry.max_response_time, entry.total_response_time]
    assert [repr(number) for number in (*shown, entry.total_content_length)] == [
        *["45"] * 3,
        "10",
    ]
    stats.log_request("GET", "/", 44.0, 0.5)
    shown = [entry.min_response_time, entry.max_response_time, entry.total_response_time]
    assert [repr(number) for number in (*shown, entry.total_content_length)] == [
        "44.0",
        "45",
        "89.0",
        "10.5",
    ]


@pytest.mark.parametrize("wrong", [math.nan, math.inf, "5", b"5", object()])
def test_a_response_time_that_is_none_is_refused_and_nothing_counted(
    stats: RequestStats, wrong: Any
) -> None:
    with pytest.raises((ValueError, TypeError)):
        stats.log_request("GET", "/", wrong, 0)
    with pytest.raises((ValueError, TypeError)):
        stats.total.log(wrong, 0)
    assert stats.num_requests == 0
    assert stats.entries == {}


def test_percentiles_to_one_percent(stats: RequestStats) -> None:
    chance = random.Random(1)
    times = [chance.lognormvariate(-1, 2) for _ in range(5_000)]
    for ms in times:
        stats.log_request("GET", "/", ms, 0)
    times.sort()
    for percent in range(1, 100):
        exact = times[math.ceil(percent / 100 * len(times)) - 1]
        assert stats.total.percentile_ms(percent / 100) == pytest.approx(
            exact, rel=0.01, abs=0.0005
        )
    assert stats.total.percentile_ms(1) == times[-1]
    assert RequestStats().total.percentile_ms(0.5) == 0


def test_extending_and_copying(stats: RequestStats) -> None:
    one, other = (StatsEntry(stats, "/", "GET") for _ in range(2))
    one.start_time = 50
    one.log(10, 1)
    other.log(0.062, 2)
    other.log(None, 3)
    other.log_error("oh")
    one.extend(other)
    assert one.num_requests == 3
    assert one.num_none_requests == one.num_failures == 1
    assert (one.min_response_time, one.max_response_time) == (0.062, 10)
    assert one.percentile_ms(0.1) == 0.062
    assert one.total_content_length == 6
    twins = [copy.copy(one), copy.deepcopy(one)]
    before = one.serialize()
    one.log(1, 1)
    assert [twin.serialize() for twin in twins] == [before] * 2


def test_a_report_through_json_keeps_everything(stats: RequestStats) -> None:
    entry = StatsEntry(stats, "/", "GET")
    for ms in (10, 20, 40.5, None):
        entry.log(ms, 5)
    entry.log_error("oh")
    report = entry.serialize()
    report["of a later version"] = 1
    again = StatsEntry.unserialize(json.loads(json.dumps(report)), stats)
    assert again.serialize() == entry.serialize()
    assert again.median_response_time == 20
    assert entry.get_stripped_report() == again.serialize()
    assert entry.num_requests == 0


def test_without_requests_there_is_no_line_of_percentiles(stats: RequestStats) -> None:
    with pytest.raises(ValueError, match="no requests"):
        stats.total.percentile()


# The limit of names


def test_past_the_limit_names_are_counted_together_and_one_warning_says_so(
    stats: RequestStats, caplog: pytest.LogCaptureFixture
) -> None:
    stats.name_limit = 3
    with caplog.at_level(logging.WARNING):
        for i in range(50):
            stats.log_request("GET", f"/item/{i}", 5, 1)
        stats.log_error("GET", "/item/49", "oh")
    together = stats.entries["(names beyond the limit)", "GET"]
    assert len(stats.entries) == 4
    assert (together.num_requests, together.num_failures) == (47, 1)
    assert (stats.num_requests, stats.num_failures) == (50, 1)
    warnings = [record.getMessage() for record in caplog.records]
    assert len(warnings) == 1
    assert "GET /item/3" in warnings[0]
    assert "name=" in warnings[0]


def test_the_limit_holds_for_workers_reports(
    stats: RequestStats, caplog: pytest.LogCaptureFixture
) -> None:
    listeners: dict[str, Any] = {}
    events = SimpleNamespace(
        report_to_master=SimpleNamespace(add_listener=lambda f: listeners.update(report=f)),
        worker_report=SimpleNamespace(add_listener=lambda f: listeners.update(take=f)),
    )
    stats_module.setup_distributed_stats_event_listeners(events, stats)
    stats.name_limit = 3
    for worker in range(10):
        work = RequestStats(use_response_times_cache=False)
        work.log_request("GET", f"/{worker}", 5, 1)
        work.log_error("GET", f"/{worker}", "oh")
        data = {
            "stats": work.serialize_stats(),
            "stats_total": work.total.get_stripped_report(),
            "errors": work.serialize_errors(),
        }
        listeners["take"](f"worker {worker}", data)
    assert len(stats.entries) == 4
    assert stats.entries["(names beyond the limit)", "GET"].num_requests == 7
    assert stats.num_requests == 10
    assert sum(entry.num_failures for entry in stats.entries.values()) == 10
    assert len(caplog.records) == 1


# What scripts fire


def fired(**given: Any) -> RequestStats:
    """The statistics after one request event with these arguments."""
    environment = Environment()
    environment.create_local_runner()
    arguments = {
        "request_type": "X", "name": "n", "response_time": 5, "response_length": 3,
        "exception": None, "context": {},
    }  # fmt: skip
    environment.events.request.fire(**{**arguments, **given})
    return environment.stats


@pytest.mark.parametrize("exception", [None, OSError("lost")])
@pytest.mark.parametrize(
    "given",
    [
        {"response_length": None},
        {"response_length": "3"},
        {"response_time": math.nan},
        {"response_time": math.inf},
        {"response_time": "5"},
        {"response_time": None, "response_length": None},
        {"name": 7},
        {"name": None, "request_type": None},
        {"name": "\ud800"},
    ],
)
def test_no_request_and_no_failure_is_lost(
    given: dict[str, Any], exception: Exception | None
) -> None:
    stats = fired(exception=exception, **given)
    (entry,) = stats.entries.values()
    failures = int(exception is not None)
    assert (entry.num_requests, entry.num_failures) == (1, failures)
    assert (stats.num_requests, stats.num_failures) == (1, failures)
    assert len(stats.errors) == failures


@pytest.mark.parametrize(
    "given, untold",
    [({"response_length": None}, True), ({"name": 7}, True), ({"response_length": "3"}, False)],
)
def test_only_what_is_no_number_at_all_is_an_error(
    given: dict[str, Any], untold: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log, "unhandled_greenlet_exception", False)
    fired(**given)
    assert log.unhandled_greenlet_exception is not untold


def test_names_that_are_no_text_are_the_text_that_they_show() -> None:
    stats = RequestStats()
    for name in (7, "7", "b", None):
        stats.log_request("GET", name, 5, 10)
        stats.log_error("GET", name, "e")
    assert {name: entry.num_requests for (name, _), entry in stats.entries.items()} == {
        "7": 2, "b": 1, "None": 1,
    }  # fmt: skip
    assert stats.get(7, "GET") is stats.get("7", "GET")
    assert sorted(error.name for error in stats.errors.values()) == ["7", "None", "b"]


def test_a_script_may_keep_entries_under_any_key() -> None:
    stats = RequestStats()
    for key in ((1, "GET"), ("a", "GET"), (None, None), "alone"):
        stats.entries[key] = StatsEntry(stats, str(key), "GET")
    assert len(stats_module.sort_stats(stats.entries)) == 4
