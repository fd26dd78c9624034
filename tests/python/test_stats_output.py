"""What leaves the statistics as text: tables, JSON, CSV; and the names the module offers."""

from __future__ import annotations

import csv
import io
import json
import logging
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

import gevent
import pytest
from locustella_process import command

import locustella.stats as stats_module
from locustella.statistics.format import shown_ms, shown_number
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
    with mock.patch("locustella.statistics.clock.now", return_value=1_700_000_000.5):
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


def test_fast_answers_are_told_apart_in_every_table(
    stats: RequestStats, monkeypatch: pytest.MonkeyPatch
) -> None:
    median, *_, maximum, requests = stats_module.get_percentile_stats_summary(stats)[4].split()[2:]
    assert float(median) == pytest.approx(0.099, rel=0.01)
    assert (maximum, requests) == ("0.149", "100")
    times = stats_module.get_stats_summary(stats)[3].split("|")[1].split()
    assert [float(ms) for ms in times] == pytest.approx([0.0995, 0.05, 0.149, 0.099], rel=0.01)
    shown = stats.entries["/b", "GET"].to_dict()
    assert shown["min_response_time"] == 0.05
    assert shown["max_response_time"] == 0.149
    assert shown["median_response_time"] == pytest.approx(0.099, rel=0.01)
    assert shown["response_time_percentile_0.95"] == pytest.approx(0.144, rel=0.01)
    with io.StringIO() as text:
        StatsCSV(SimpleNamespace(stats=stats), [0.5, 1.0]).requests_csv(csv.writer(text))
        row = text.getvalue().splitlines()[2].split(",")
    assert float(row[4]) == float(row[-2]) == pytest.approx(0.099, rel=0.01)
    assert row[-1] == "0.149"
    monkeypatch.setattr(stats_module, "LOCUST_ROUNDING", True)
    rounded = stats_module.get_percentile_stats_summary(stats)
    assert set(rounded[4].split()[2:-1]) == {"0"}
    assert stats_module.get_stats_summary(stats)[3].split("|")[1].split() == ["0"] * 4


def test_columns_keep_their_width_whatever_the_times(stats: RequestStats) -> None:
    for ms in (0, 0.00004, 0.0521, 0.9996, 9.996, 99.96, 123_456.7):
        stats.log_request("GET", f"/{ms}", ms, 1)
    for summary in (
        stats_module.get_stats_summary(stats),
        stats_module.get_percentile_stats_summary(stats)[1:],
    ):
        assert len({len(line) for line in summary if not line.startswith("-")}) == 1


def test_the_last_seconds_are_precise_too(
    stats: RequestStats, monkeypatch: pytest.MonkeyPatch
) -> None:
    with mock.patch("locustella.statistics.clock.now") as clock:
        for second in range(30):
            clock.return_value = 1_700_000_100 + second
            stats.log_request("GET", "/b", 0.05 if second < 15 else 0.12, 10)
        entry, runner = stats.total, SimpleNamespace(stats=stats, user_count=1)
        assert entry._shown_current_percentiles([0.5, 0.01]) == [0.12, 0.12]
        assert entry.get_current_response_time_percentile(0.5) == 0
        stats_module.update_stats_history(runner, "then")
        assert stats.history[-1]["response_time_percentile_0.5"] == ["then", 0.12]
        monkeypatch.setattr(stats_module, "LOCUST_ROUNDING", True)
        assert entry._shown_current_percentiles([0.5]) == [0]


def test_the_first_seconds_are_all_there_is(stats: RequestStats) -> None:
    with mock.patch("locustella.statistics.clock.now") as clock:
        clock.return_value = 1_700_000_100
        stats.clear_all()
        assert not stats.total._shown_current_percentiles([0.5])
        stats.log_request("GET", "/b", 0.05, 10)
        clock.return_value += 3
        stats.log_request("GET", "/b", 0.05, 10)
        assert stats.total._shown_current_percentiles([0.5]) == [0.05]
        assert stats.entries[("/b", "GET")]._shown_current_percentiles([0.5, 1.0]) == [0.05, 0.05]
        clock.return_value += 60
        assert not stats.total._shown_current_percentiles([0.5])


def test_entries_without_times_have_no_percentiles() -> None:
    stats = RequestStats()
    stats.log_request("GET", "/", None, 0)
    assert len(stats_module.get_percentile_stats_summary(stats)) == 4
    assert len(stats_module.get_stats_summary(stats)) == 5


@pytest.mark.parametrize(
    ("ms", "shown", "as_locust"),
    [
        (None, "0", "0"),
        (0, "0", "0"),
        (0.00123, "0.0012", "0"),
        (0.0521, "0.0521", "0"),
        (0.0523, "0.0523", "0"),
        (0.09994, "0.0999", "0"),
        (0.09996, "0.100", "0"),
        (0.6214, "0.621", "0"),
        (0.9996, "1.00", "0"),
        (9.994, "9.99", "9"),
        (9.996, "10.0", "9"),
        (12.34, "12.3", "12"),
        (99.94, "99.9", "99"),
        (99.96, "100", "99"),
        (1234.5, "1234", "1234"),
        (123456.7, "123457", "123456"),
    ],
)
def test_three_digits_or_whole_milliseconds(
    ms: float | None, shown: str, as_locust: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert shown_ms(ms) == shown
    assert shown_number(ms) == float(shown)
    monkeypatch.setattr(stats_module, "LOCUST_ROUNDING", True)
    assert shown_ms(ms) == as_locust


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


BEGIN = 1_700_000_000.5


def run_writer(
    writer: StatsCSVFileWriter, turns: int, between: Any = None, close: bool = True
) -> None:
    """Let it write `turns` times; `between` is called after each with its number.

    All of it happens at BEGIN.
    """
    done = iter(range(1, turns + 1))

    def sleep(seconds: float) -> None:
        turn = next(done)
        if turn == turns:
            raise KeyboardInterrupt
        if between:
            between(turn)

    with mock.patch("locustella.statistics.clock.now", return_value=BEGIN):
        with mock.patch.object(gevent, "sleep", sleep):
            writer()
        if close:
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


@pytest.mark.parametrize("later, rows", [(0.4, 1), (0.7, 2)])
def test_the_last_partial_second_is_in_the_files(
    environment: Any, tmp_path: Path, later: float, rows: int
) -> None:
    writer = StatsCSVFileWriter(environment, [0.5], str(tmp_path / "run"), full_history=True)
    run_writer(writer, 1, close=False)
    environment.stats.log_request("GET", "/late", 5, 10)
    with mock.patch("locustella.statistics.clock.now", return_value=BEGIN + later):
        writer.close_files()
    names = ["/a", "/b", "/late", "Aggregated"]
    assert [row["Name"] for row in rows_of(tmp_path / "run_stats.csv")] == names
    history = rows_of(tmp_path / "run_stats_history.csv")
    totals = [row for row in history if row["Name"] == "Aggregated"]
    counts = [row["Total Request Count"] for row in totals]
    assert counts == ["200", "201"][-rows:]  # a row for each second
    assert totals[-1]["Timestamp"] == str(int(BEGIN + later))
    assert writer.stats_history_file_name() == str(tmp_path / "run_stats_history.csv")


def test_files_are_complete_once(environment: Any, tmp_path: Path) -> None:
    writer = StatsCSVFileWriter(environment, [0.5], str(tmp_path / "run"))
    writer.complete()
    environment.stats.reset_all()  # as the JSON form of the entries does
    writer.close_files()
    writer.close_files()
    assert rows_of(tmp_path / "run_stats.csv")[-1]["Request Count"] == "200"


def test_a_file_that_cannot_be_written_costs_the_others_nothing(
    environment: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    writer = StatsCSVFileWriter(environment, [0.5], str(tmp_path / "run"))
    writer.stats_history_csv_filehandle.close()
    full = writer.stats_history_csv_filehandle = open("/dev/full", "w")
    writer.stats_history_csv_writer = csv.writer(full)
    run_writer(writer, 3)
    assert rows_of(tmp_path / "run_stats.csv")[-1]["Request Count"] == "200"
    told = [record.message for record in caplog.records if "Cannot write" in record.message]
    assert len(told) == 1 and "_stats_history.csv" in told[0]


DISK = """
    import resource, signal, time
    import gevent
    from locust import HttpUser, constant, events, stats, task

    stats.CSV_STATS_INTERVAL_SEC = 0.05
    LARGEST = 6_000  # what a file may hold: as on a full disk, a write takes no more than that
    LIMIT = resource.RLIMIT_FSIZE
    _, most = resource.getrlimit(LIMIT)

    class Visitor(HttpUser):
        host = "http://127.0.0.1:1"
        wait_time = constant(1)

        @task
        def work(self):
            for number in range(100):
                events.request.fire(request_type="TCP", name=f"echo {number}", response_time=1.5,
                                    response_length=1, exception=ValueError(number), context={})

    @events.init.add_listener
    def on_init(environment, **_):
        resource.setrlimit(LIMIT, (LARGEST, most))

        def grow():
            gevent.sleep(1.5)
            if GROWS:
                resource.setrlimit(LIMIT, (most, most))
            environment.runner.quit()

        gevent.spawn(grow)
"""


@pytest.mark.parametrize("there_is_room_later", [True, False])
def test_a_full_disk(tmp_path: Path, there_is_room_later: bool) -> None:
    arguments = ["-f", "load.py", "--headless", "--only-summary", "-u", "1", "--csv", "r"]
    load = DISK.replace("GROWS", str(there_is_room_later))
    run = command(tmp_path, [*arguments, "--csv-full-history", "-t", "20s"], {"load.py": load})
    assert "Traceback" not in run.err, run.err
    for name in ("r_stats.csv", "r_stats_history.csv", "r_failures.csv"):
        assert run.err.count(f"Cannot write {name}: ") == 1, run.err
    if not there_is_room_later:
        return
    assert len(rows_of(tmp_path / "r_stats.csv")) == 101
    assert len(rows_of(tmp_path / "r_failures.csv")) == 100
    history = rows_of(tmp_path / "r_stats_history.csv")
    times = [row["User Count"] for row in history if row["Name"] == "Aggregated"]
    assert len(times) > 10  # also of when there was no room
    per_name = Counter(row["Name"] for row in history)
    assert per_name["echo 7"] >= len(times) - 2  # the users had to come
    assert all(None not in row.values() and None not in row for row in history)  # none is torn


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
