"""The failures of RequestStats: how they are grouped, bounded, named and handed on."""

from __future__ import annotations

import copy
import pickle
from types import SimpleNamespace
from typing import Any
from unittest import mock

import pytest
from urllib3.connection import HTTPConnection
from urllib3.exceptions import ConnectTimeoutError

from locustella.exception import CatchResponseError
from locustella.statistics.request_recorder import RequestRecorder
from locustella.stats import RequestStats, StatsError


@pytest.fixture
def stats() -> RequestStats:
    return RequestStats()


def test_errors_are_grouped_by_what_they_say() -> None:
    stats = RequestStats()
    assert type(stats.errors) is dict
    with mock.patch("locustella.statistics.clock.now") as clock:
        for clock.return_value, error in enumerate(
            [ValueError("a"), ValueError("a"), "ValueError('a')", ValueError("b")], start=100
        ):
            stats.log_error("GET", "/", error)
    first, second = stats.errors.values()
    assert (first.occurrences, first.first_seen, first.last_seen) == (3, 100, 102)
    assert (second.occurrences, second.error.args) == (1, ("b",))
    assert stats.get("/", "GET").num_failures == stats.num_failures == 4
    assert stats.get("/", "GET").num_requests == 0
    assert stats.get("/", "GET").fail_ratio == 1.0


def occurrences(stats: RequestStats) -> list[int]:
    return [error.occurrences for error in stats.errors.values()]


def test_errors_may_be_taken_out_put_in_and_replaced_at_any_time(stats: RequestStats) -> None:
    def fail(*errors: str) -> None:
        for error in errors:
            stats.log_error("GET", "/", error)

    fail("a", "a", "b")
    held = stats.errors
    first, _ = held.values()
    del held[StatsError.create_key("GET", "/", "a")]
    fail("a", "b")
    assert (occurrences(stats), first.occurrences) == ([2, 1], 2)
    held.clear()
    fail("b")
    assert occurrences(stats) == [1]
    stats.errors = {}
    fail("b", "b")
    assert (occurrences(stats), len(held)) == ([2], 1)
    mine = StatsError("GET", "/", "b", 40)
    stats.errors[StatsError.create_key("GET", "/", "b")] = mine
    fail("b")
    assert mine.occurrences == 41
    mine.occurrences = 7
    fail("b")
    assert occurrences(stats) == [8]
    stats.errors = {StatsError.create_key("GET", "/", "b"): mine}
    fail("b", "c")
    assert occurrences(stats) == [9, 1]
    assert stats.num_failures == 12


def test_the_first_exception_of_an_error_is_kept(stats: RequestStats) -> None:
    exceptions = [ValueError("a"), ValueError("a")]
    for exception in exceptions:
        stats.log_error("GET", "/", exception)
    (error,) = stats.errors.values()
    assert error.error is exceptions[0]


def test_what_stands_for_an_error_need_only_have_occurred(stats: RequestStats) -> None:
    counter = mock.Mock(spec=["occurred"])
    stats.errors[StatsError.create_key("GET", "/", "a")] = counter
    for _ in range(3):
        stats.log_error("GET", "/", "a")
    assert counter.occurred.call_count == 3


def test_a_patched_key_groups_errors_its_own_way(
    stats: RequestStats, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(StatsError, "create_key", lambda method, name, error: f"{method} {name}")
    for number in range(3):
        stats.log_error("GET", "/", f"error {number}")
    assert occurrences(stats) == [3]


def test_errors_without_end_are_bounded_and_none_is_lost(
    stats: RequestStats, caplog: pytest.LogCaptureFixture
) -> None:
    assert stats.error_limit == 30_000
    stats.error_limit = 10
    for number in range(100):
        stats.log_error("GET", "/", f"error {number}")
    assert len(stats.errors) == 11
    assert sum(occurrences(stats)) == stats.num_failures == 100
    together = list(stats.errors.values())[-1]
    assert (together.error, together.occurrences) == ("(errors beyond the limit)", 90)
    assert len(caplog.records) == 1
    assert "error_limit" in caplog.records[0].getMessage()


def test_the_bound_of_errors_holds_for_workers_reports(stats: RequestStats) -> None:
    stats.error_limit = 5
    for number in range(20):
        error = StatsError("GET", "/", f"error {number}", 3, 100.0 + number, 200.0)
        stats._add_error(StatsError.create_key("GET", "/", error.error), error.serialize())
    assert len(stats.errors) == 6
    assert sum(occurrences(stats)) == 60
    together = list(stats.errors.values())[-1]
    assert (together.first_seen, together.last_seen) == (105.0, 200.0)


@pytest.mark.parametrize(
    "duplicate", [copy.copy, copy.deepcopy, lambda e: pickle.loads(pickle.dumps(e))]
)
def test_a_copy_of_an_error_counts_by_itself(stats: RequestStats, duplicate: Any) -> None:
    stats.log_error("GET", "/", "a")
    (error,) = stats.errors.values()
    twin = duplicate(error)
    stats.log_error("GET", "/", "a")
    assert (twin.occurrences, error.occurrences) == (1, 2)
    assert twin.first_seen == error.first_seen


def test_errors_that_have_no_utf8_form_are_counted(stats: RequestStats) -> None:
    for _ in range(2):
        stats.log_error("GET", "/", "lone \udc80 surrogate")
    (error,) = stats.errors.values()
    assert (error.error, error.occurrences) == ("lone \udc80 surrogate", 2)


def test_a_request_that_the_event_tells_of_is_recorded_in_one(stats: RequestStats) -> None:
    recorder = RequestRecorder(SimpleNamespace(stats=stats))
    recorder("GET", "/", 5, 10, ValueError("a"), start_time=1.0)
    recorder("GET", "/", 7.5, 10, None, response=object())
    recorder("GET", "/", 5, 10, "")
    recorder("GET", 17, 5, 10, "odd name")
    assert (stats.num_requests, stats.num_failures) == (4, 2)
    assert occurrences(stats) == [1, 1]
    assert stats.get("/", "GET")._data.ends == {"kernel": 0, "upper_bound": 0, "read": 3}


def test_a_log_request_of_ones_own_is_honoured(
    stats: RequestStats, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder = RequestRecorder(SimpleNamespace(stats=stats))
    seen: list[Any] = []
    stats.log_request = lambda *arguments: seen.append(arguments)
    recorder("GET", "/", 5, 10, "oh")
    assert (seen, stats.num_requests, stats.num_failures) == ([("GET", "/", 5, 10)], 0, 1)
    del stats.log_request
    monkeypatch.setattr(RequestStats, "log_error", lambda self, *arguments: seen.append(arguments))
    recorder("GET", "/", 5, 10, "oh")
    assert (seen[1:], stats.num_requests) == ([("GET", "/", "oh")], 1)


def test_an_error_whose_repr_raises_counts_by_the_name_of_its_class(stats: RequestStats) -> None:
    class Broken(Exception):
        def __repr__(self) -> str:
            raise RuntimeError("no")

    RequestRecorder(SimpleNamespace(stats=stats))("GET", "/", 5, 10, Broken())
    assert (stats.num_requests, stats.num_failures) == (1, 1)
    assert [error.to_name() for error in stats.errors.values()] == ["GET /: <Broken>"]


def test_memory_addresses_do_not_part_errors() -> None:
    def text(address: str) -> str:
        return f"<Thing object at 0x{address}> and 0x{address} again"

    assert StatsError.parse_error(text("7f0012")) == "<Thing object at 0x....> and 0x.... again"
    keys = {StatsError.create_key("GET", "/", text(address)) for address in ("7f0012", "7f0013")}
    assert len(keys) == 1
    assert StatsError.parse_error("an object at 0x12 without an end") == (
        "an object at 0x12 without an end"
    )


def test_connections_of_urllib3_do_not_part_errors() -> None:
    def error() -> Exception:
        connection = HTTPConnection("shop.test", 80)
        return ConnectTimeoutError(connection, "Connection to shop.test timed out")

    kept = [error() for _ in range(3)]
    texts = {StatsError.parse_error(one) for one in kept}
    assert len({repr(one) for one in kept}) == 3
    assert len(texts) == 1 and " at 0x....>" in texts.pop()
    assert len({StatsError.create_key("GET", "/", one) for one in kept}) == 1
    assert StatsError.parse_error("a segment at 0x1f") == "a segment at 0x1f"


@pytest.mark.parametrize(
    ("error", "shown"),
    [
        (CatchResponseError("too slow"), "too slow"),
        ("CatchResponseError('too slow')", "'too slow'"),
        (ValueError("x"), "ValueError('x')"),
        ("plain", "plain"),
        (None, "None"),
    ],
)
def test_an_error_is_named_by_what_people_gave(error: Any, shown: str) -> None:
    assert StatsError("GET", "/", error).to_name() == f"GET /: {shown}"


def test_an_error_survives_its_way_to_the_master() -> None:
    error = StatsError("GET", "/", ValueError("x"), 3, 1.5, 2.5)
    again = StatsError.unserialize(error.serialize())
    assert again.serialize() == error.serialize() == error.to_dict()
    bare = {key: error.serialize()[key] for key in ("name", "method", "error", "occurrences")}
    assert StatsError.unserialize(bare).first_seen is None
