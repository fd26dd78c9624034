"""locust.contrib.csv_request_logger: a row for each request."""

from __future__ import annotations

import csv


class TestRows:
    LOCUSTFILE = """
        from facts import error_text, fact, finish
        from locust import FastHttpUser, HttpUser, events, task
        from locust.contrib.csv_request_logger import CSV_COLUMNS, CsvRequestLogger

        fact("columns", CSV_COLUMNS)
        log = CsvRequestLogger("requests.csv")
        rare = CsvRequestLogger("rare.csv", flush_interval=5)

        def lines(name):
            with open(name) as file:
                return len(file.readlines())

        @events.init.add_listener
        def on_init(environment, **kwargs):
            log.register(environment)
            rare.register(environment)
            never = CsvRequestLogger("nowhere/requests.csv", flush_interval=0)
            fact("no folder", error_text(never.register, environment))
            fact("interval", never.flush_interval)

        class Visitor(HttpUser):
            @task
            def work(self):
                self.client.get("/json")
                fact("written", [lines("requests.csv"), lines("rare.csv")])
                self.client.get("/status/404", name="lost, or gone")
                self.client.get("http://127.0.0.1:1/")
                with self.client.get("/json", catch_response=True, name="judged") as response:
                    response.failure('not "ok"')
                fire = self.environment.events.request.fire
                fire(request_type="X", name="by hand", response_time=12.3456, response_length=7)
                fire(request_type="X", name="endless", response_time=None, response_length=0, exception=ValueError("no"),
                     context={}, start_time=1234.5)
                fact("written", [lines("requests.csv"), lines("rare.csv")])
                finish(self.environment)

        @events.quit.add_listener
        def on_quit(**kwargs):
            log.close()
            log.close()
    """  # noqa: E501

    def rows(self, run, name="requests.csv"):
        with open(run.directory / name, newline="") as file:
            return list(csv.DictReader(file))

    def test_columns(self, run):
        assert list(self.rows(run)[0]) == run.fact("columns") == [
            "timestamp", "request_type", "name", "response_time_ms", "response_length",
            "status_code", "exception",
        ]  # fmt: skip

    def test_rows(self, run):
        rows = self.rows(run)
        assert [[r["request_type"], r["name"], r["status_code"]] for r in rows] == [
            ["GET", "/json", "200"],
            ["GET", "lost, or gone", "404"],
            ["GET", "/", "0"],
            ["GET", "judged", "200"],
            ["X", "by hand", "0"],
            ["X", "endless", "0"],
        ]
        assert [bool(r["exception"]) for r in rows] == [False, True, True, True, False, True]
        assert rows[3]["exception"] == 'not "ok"' and rows[5]["exception"] == "no"
        assert [r["response_time_ms"] for r in rows[4:]] == ["12.35", ""]
        assert rows[4]["response_length"] == "7" and rows[5]["timestamp"] == "1234.5"
        assert all(float(r["timestamp"]) > 1e9 for r in rows[:5])
        assert all(float(r["response_time_ms"]) > 0 for r in rows[:4])

    def test_when_they_are_on_disk(self, run):
        assert run.facts_named("written") == [[2, 1], [7, 6]]
        names = [row["name"] for row in self.rows(run)]
        assert [row["name"] for row in self.rows(run, "rare.csv")] == names
        assert run.fact("no folder").startswith("FileNotFoundError") and run.fact("interval") == 1
