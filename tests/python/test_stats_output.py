"""What leaves the statistics as text: tables, JSON, CSV; and the names the module offers."""

from __future__ import annotations

import csv
import json
import logging
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

import gevent
import pytest

import locustella.stats as stats_module
from locustella.statistics.format import three_digits
from locustella.stats import RequestStats, StatsCSV, StatsCSVFileWriter
from locustella.util.rounding import proper_round

# What `dir(locust.stats)` has of its own in 2.47.0.
LOCUSTS_NAMES = """
    CONSOLE_STATS_INTERVAL_SEC CSVWriter CSV_STATS_FLUSH_INTERVAL_SEC CSV_STATS_INTERVAL_SEC
    CURRENT_RESPONSE_TIME_PERCENTILE_WINDOW CachedResponseTimes EntriesDict
    HISTORY_STATS_INTERVAL_SEC PERCENTILES_TO_CHART PERCENTILES_TO_REPORT
    PERCENTILES_TO_STATISTICS RequestStats RequestStatsAdditionError S STATS_AUTORESIZE
    STATS_NAME_WIDTH STATS_TYPE_WIDTH StatsBaseDict StatsCSV StatsCSVFileWriter StatsEntry
    StatsEntryDict StatsError StatsErrorDict StatsHolder avg bucket_response_time
    calculate_response_time_percentile console_logger diff_response_time_dicts
    format_utc_timestamp get_error_report_summary get_percentile_stats_summary
    get_readable_percentiles get_stats_summary logger print_error_report print_percentile_stats
    print_stats print_stats_json proper_round resize_handler save_stats_json
    setup_distributed_stats_event_listeners sort_stats stats_history stats_printer
    update_stats_history validate_stats_configuration
""".split()


@pytest.fixture
def stats() -> RequestStats:
    stats = RequestStats()
    with mock.patch("time.time", return_value=1_700_000_000.5):
        for i in range(100):
            stats.log_request("GET", "/b", 0.05 + i / 1000, 10)
            stats.log_request("POST", "/a", 1000.0 + i, 10)
        stats.log_error("POST", "/a", ValueError("it, said"))
    return stats


@pytest.mark.parametrize("name", LOCUSTS_NAMES)
def test_every_name_of_locusts_module_is_here(name: str) -> None:
    assert hasattr(stats_module, name)


@pytest.mark.parametrize("name", stats_module.__all__)
def test_what_the_module_exports_exists(name: str) -> None:
    assert getattr(stats_module, name) is not None


# Tables


def test_tables_go_to_the_logger_of_locusts_name(
    stats: RequestStats, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "locust.stats_logger"):
        stats_module.print_stats(stats)
        stats_module.print_percentile_stats(stats)
        stats_module.print_error_report(stats)
        stats_module.print_error_report(RequestStats())
    assert {record.name for record in caplog.records} == {"locust.stats_logger"}
    assert [record.getMessage() for record in caplog.records] == [
        *stats_module.get_stats_summary(stats),
        "",
        *stats_module.get_percentile_stats_summary(stats),
        "",
        *stats_module.get_error_report_summary(stats),
    ]


def test_entries_stand_in_the_order_of_their_names(stats: RequestStats) -> None:
    lines = stats_module.get_stats_summary(stats, current=False)
    assert [line.split()[:3] for line in lines[2:4]] == [
        ["POST", "/a", "100"],
        ["GET", "/b", "100"],
    ]
    assert lines[1] == lines[4]
    assert lines[5].split()[:3] == ["Aggregated", "200", "1(0.50%)"]


def test_fast_answers_are_told_apart_in_the_precise_table(stats: RequestStats) -> None:
    rounded = stats_module.get_percentile_stats_summary(stats)
    assert set(rounded[4].split()[2:-1]) == {"0"}
    precise = stats_module.get_precise_percentile_summary(stats)
    assert precise[0] == "Response times in ms, to 1 %"
    median, *_, maximum, requests = precise[4].split()[2:]
    assert float(median) == pytest.approx(0.099, rel=0.01)
    assert (maximum, requests) == ("0.149", "100")
    assert len({len(line) for line in precise[1:]}) == 1


def test_entries_without_times_have_no_percentiles() -> None:
    stats = RequestStats()
    stats.log_request("GET", "/", None, 0)
    for summary in (
        stats_module.get_percentile_stats_summary,
        stats_module.get_precise_percentile_summary,
    ):
        assert len(summary(stats)) == 4
    assert len(stats_module.get_stats_summary(stats)) == 5


@pytest.mark.parametrize(
    ("ms", "shown"),
    [
        (0, "0.000"),
        (0.0621, "0.062"),
        (0.9994, "0.999"),
        (0.9996, "1.00"),
        (9.994, "9.99"),
        (9.996, "10.0"),
        (99.94, "99.9"),
        (99.96, "100"),
        (123456.7, "123457"),
    ],
)
def test_three_digits(ms: float, shown: str) -> None:
    assert three_digits(ms) == shown


def test_proper_round_sends_halves_up() -> None:
    assert [proper_round(n) for n in (0.5, 1.5, 2.5, 2.49)] == [1, 2, 3, 2]
    assert proper_round(1.005, 2) == 1.01


def test_readable_percentiles() -> None:
    fractions = [0.5, 0.95, 0.999, 0.9999, 1.0, 0.333]
    assert stats_module.get_readable_percentiles(fractions) == [
        *("50%", "95%", "99.9%", "99.99%", "100%", "33.3%")
    ]


# JSON


def test_json_on_standard_output_and_in_a_file(
    stats: RequestStats, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    expected = json.loads(json.dumps([e.serialize() for e in stats.entries.values()]))
    stats_module.print_stats_json(stats)
    assert json.loads(capsys.readouterr().out) == expected
    stats.log_request("GET", "/b", 5, 10)
    stats_module.save_stats_json(stats, str(tmp_path / "report"))
    assert [e["name"] for e in json.loads((tmp_path / "report.json").read_text())] == ["/b"]


# CSV


def run_writer(writer: StatsCSVFileWriter, turns: int, between: Any = None) -> None:
    """Let it write `turns` times; `between` is called after each with its number."""
    done = iter(range(1, turns + 1))

    def sleep(seconds: float) -> None:
        turn = next(done)
        if turn == turns:
            raise KeyboardInterrupt
        if between:
            between(turn)

    with mock.patch.object(gevent, "sleep", sleep):
        writer()
    writer.close_files()


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def environment(stats: RequestStats) -> Any:
    runner = SimpleNamespace(user_count=7, exceptions={})
    return SimpleNamespace(stats=stats, runner=runner)


def test_files_hold_the_newest_numbers_and_the_whole_history(
    environment: Any, tmp_path: Path
) -> None:
    writer = StatsCSVFileWriter(environment, [0.5, 1.0], str(tmp_path / "run"))
    exceptions = environment.runner.exceptions

    def go_on(turn: int) -> None:
        environment.stats.log_request("GET", "/b", 5, 10)
        if turn == 1:
            exceptions[1] = {"count": 1, "msg": "m", "traceback": "t\nt", "nodes": ["local"]}
        if turn == 3:
            environment.stats.clear_all()

    run_writer(writer, 4, go_on)
    assert rows_of(tmp_path / "run_stats.csv")[-1]["Request Count"] == "0"
    assert len(rows_of(tmp_path / "run_stats.csv")) == 1
    history = rows_of(tmp_path / "run_stats_history.csv")
    assert [row["Total Request Count"] for row in history] == ["200", "201", "202", "0"]
    assert {row["User Count"] for row in history} == {"7"}
    assert history[-1]["50%"] == "N/A"
    assert rows_of(tmp_path / "run_failures.csv") == []
    assert rows_of(tmp_path / "run_exceptions.csv") == [
        {"Count": "1", "Message": "m", "Traceback": "t\nt", "Nodes": "local"}
    ]


def test_what_comes_after_the_last_writing_is_in_no_file(environment: Any, tmp_path: Path) -> None:
    writer = StatsCSVFileWriter(environment, [0.5], str(tmp_path / "run"), full_history=True)
    run_writer(writer, 1)
    environment.stats.log_request("GET", "/late", 5, 10)
    writer.close_files()
    assert [row["Name"] for row in rows_of(tmp_path / "run_stats.csv")] == [
        "/a",
        "/b",
        "Aggregated",
    ]
    history = rows_of(tmp_path / "run_stats_history.csv")
    assert [row["Name"] for row in history] == ["/a", "/b", "Aggregated"]
    assert writer.stats_history_file_name() == str(tmp_path / "run_stats_history.csv")


def test_csv_on_any_stream(environment: Any) -> None:
    environment.runner = None
    rows: list[list[Any]] = []
    writer = StatsCSV(environment, [0.5])
    stream = SimpleNamespace(writerow=lambda row: rows.append(list(row)))
    for write in (writer.requests_csv, writer.failures_csv, writer.exceptions_csv):
        write(stream)
    writer.close_files()
    assert rows[0][:3] == ["Type", "Name", "Request Count"]
    assert rows[1][:4] == ["POST", "/a", 100, 1]
    assert rows[3][:4] == ["", "Aggregated", 200, 1]
    failed = [
        *("POST", "/a", "ValueError('it, said')", 1),
        *["2023-11-14T22:13:20Z"] * 2,
    ]
    assert rows[5] == failed
    assert rows[6:] == [["Count", "Message", "Traceback", "Nodes"]]
