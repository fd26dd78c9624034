"""Line 45 and issue 3, point 6: the CSV files, --json and --json-file."""

from __future__ import annotations

import csv
import json

import pytest

LOCUSTFILE = """
    import gevent
    from facts import fact, finish
    from locust import HttpUser, constant, task

    class Visitor(HttpUser):
        wait_time = constant(60)

        @task
        def work(self):
            print_something()
            for size in (10, 20):
                self.client.get(f"/bytes/{size}", name="bytes")
            self.client.get("/status/404", name="missing")
            self.environment.events.request.fire(
                request_type="RPC", name="slow, \\"quoted\\"", response_time=2345.678,
                response_length=7, exception=None
            )
            try:
                1 / 0
            except ZeroDivisionError as error:
                self.environment.events.user_error.fire(
                    user_instance=self, exception=error, tb=error.__traceback__
                )
            gevent.sleep(PAUSE)
            finish(self.environment)

    def print_something(): ...
"""


class TestCsv:
    """--csv writes four files; their columns are Locust's."""

    LOCUSTFILE = LOCUSTFILE.replace("PAUSE", "2.3")
    ENV = {"LOCUSTELLA_LOCUST_ROUNDING": "1"}
    ARGS = ["--csv", "results/today/run"]
    PERCENTILES = "50%,66%,75%,80%,90%,95%,98%,99%,99.9%,99.99%,100%".split(",")

    def rows(self, run, name):
        with (run.directory / f"results/today/run_{name}.csv").open(newline="") as file:
            return list(csv.DictReader(file))

    def test_the_files(self, run):
        names = sorted(path.name for path in (run.directory / "results/today").iterdir())
        assert names == [
            "run_exceptions.csv",
            "run_failures.csv",
            "run_stats.csv",
            "run_stats_history.csv",
        ]

    def test_columns(self, run):
        folder = run.directory / "results/today"
        heads = {path.name: path.read_text().splitlines()[0] for path in folder.iterdir()}
        percentiles = ",".join(self.PERCENTILES)
        assert heads["run_stats.csv"] == (
            "Type,Name,Request Count,Failure Count,Median Response Time,Average Response Time,"
            "Min Response Time,Max Response Time,Average Content Size,Requests/s,Failures/s,"
            + percentiles
        )
        assert heads["run_stats_history.csv"] == (
            f"Timestamp,User Count,Type,Name,Requests/s,Failures/s,{percentiles},"
            "Total Request Count,Total Failure Count,Total Median Response Time,"
            "Total Average Response Time,Total Min Response Time,Total Max Response Time,"
            "Total Average Content Size"
        )
        assert heads["run_failures.csv"] == "Method,Name,Error,Occurrences,First Seen,Last Seen"
        assert heads["run_exceptions.csv"] == "Count,Message,Traceback,Nodes"

    def test_lines_end_in_cr_lf(self, run):
        raw = (run.directory / "results/today/run_stats.csv").read_bytes()
        assert raw.count(b"\r\n") == raw.count(b"\n") == 5

    def test_statistics(self, run):
        rows = self.rows(run, "stats")
        assert [(row["Type"], row["Name"]) for row in rows] == [
            ("GET", "bytes"),
            ("GET", "missing"),
            ("RPC", 'slow, "quoted"'),
            ("", "Aggregated"),
        ]
        assert [row["Request Count"] for row in rows] == ["2", "1", "1", "4"]
        assert [row["Failure Count"] for row in rows] == ["0", "1", "0", "1"]
        assert rows[0]["Average Content Size"] == "15.0"
        assert float(rows[2]["Max Response Time"]) == pytest.approx(2345.678, abs=0.001)
        assert [rows[2][column] for column in self.PERCENTILES] == ["2300"] * 11

    def test_history_is_of_the_aggregate_alone(self, run):
        rows = self.rows(run, "stats_history")
        assert 2 <= len(rows) <= 5
        assert {row["Name"] for row in rows} == {"Aggregated"}
        assert rows[-1]["User Count"] == "1"
        assert rows[-1]["Total Request Count"] == "4"
        assert rows[-1]["Timestamp"].isdigit()

    def test_failures(self, run):
        (row,) = self.rows(run, "failures")
        assert (row["Method"], row["Name"], row["Occurrences"]) == ("GET", "missing", "1")
        assert row["Error"] == "HTTPError('404 Client Error: Not Found for url: missing')"
        assert row["First Seen"].endswith("Z") and "T" in row["First Seen"]

    def test_exceptions(self, run):
        (row,) = self.rows(run, "exceptions")
        assert (row["Count"], row["Message"], row["Nodes"]) == ("1", "division by zero", "local")
        assert "in work" in row["Traceback"]


class TestCsvFullHistory:
    """--csv-full-history adds every entry to the history, and needs --csv."""

    LOCUSTFILE = LOCUSTFILE.replace("PAUSE", "1.3")

    def test_rows(self, launch, target):
        options = ["--headless", "-t", "20s", "-H", target.url, "--csv", "run"]
        run = launch(self.LOCUSTFILE, [*options, "--csv-full-history"]).result()
        with (run.directory / "run_stats_history.csv").open() as file:
            names = {row["Name"] for row in csv.DictReader(file)}
        assert names == {"Aggregated", "bytes", "missing", 'slow, "quoted"'}

    def test_without_csv(self, launch):
        run = launch(self.LOCUSTFILE, ["--headless", "--csv-full-history"]).result()
        assert run.exit_code == 2
        assert "--csv" in run.stderr


class TestJson:
    """Line 45: --json prints JSON on stdout and nothing else."""

    LOCUSTFILE = LOCUSTFILE.replace("PAUSE", "0.1")
    ARGS = ["--json"]

    @pytest.fixture
    def entries(self, run):
        return json.loads(run.stdout)

    def test_entries(self, entries):
        assert sorted((entry["method"], entry["name"]) for entry in entries) == [
            ("GET", "bytes"),
            ("GET", "missing"),
            ("RPC", 'slow, "quoted"'),
        ]

    def test_fields(self, entries):
        assert {frozenset(entry) for entry in entries} == {
            frozenset(
                {
                    "name",
                    "method",
                    "last_request_timestamp",
                    "start_time",
                    "num_requests",
                    "num_none_requests",
                    "num_failures",
                    "total_response_time",
                    "max_response_time",
                    "min_response_time",
                    "total_content_length",
                    "response_times",
                    "num_reqs_per_sec",
                    "num_fail_per_sec",
                }
            )
        }

    def test_numbers(self, entries):
        by_name = {entry["name"]: entry for entry in entries}
        assert by_name["bytes"]["num_requests"] == 2
        assert by_name["bytes"]["total_content_length"] == 30
        assert sum(by_name["bytes"]["num_reqs_per_sec"].values()) == 2
        assert by_name["missing"]["num_failures"] == 1
        slow = by_name['slow, "quoted"']
        assert slow["response_times"] == {"2300": 1}
        assert slow["min_response_time"] == pytest.approx(2345.678, abs=0.001)

    def test_the_log_stays_on_stderr(self, run):
        assert "Shutting down (exit code 1)" in run.stderr
        assert run.exit_code == 1


class TestJsonFile:
    """Line 45: --json-file writes NAME.json and suppresses the summary on the console."""

    LOCUSTFILE = LOCUSTFILE.replace("PAUSE", "0.1")
    ARGS = ["--json-file", "out/numbers"]

    def test_the_file(self, run):
        entries = json.loads((run.directory / "out" / "numbers.json").read_text())
        assert {entry["name"] for entry in entries} == {"bytes", "missing", 'slow, "quoted"'}

    def test_no_summary(self, run):
        assert run.stdout == ""
        assert "Aggregated" not in run.stderr
        assert "Response time percentiles" not in run.stderr
        assert "Error report" not in run.stderr

    def test_the_exit_code(self, run):
        assert run.exit_code == 1
