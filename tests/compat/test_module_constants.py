"""Line 43: module constants that locustfiles assign, and that must take effect."""

from __future__ import annotations

import csv

import pytest


class TestStatisticsConstants:
    """Line 43: percentiles, intervals and bucketing of locust.stats."""

    LOCUSTFILE = """
        import gevent
        import locust.stats
        from facts import fact, finish
        from locust import User, constant, events, task

        locust.stats.PERCENTILES_TO_REPORT = [0.5, 0.777, 0.999]
        locust.stats.PERCENTILES_TO_CHART = [0.25, 0.75]
        locust.stats.PERCENTILES_TO_STATISTICS = [0.42]
        locust.stats.CSV_STATS_INTERVAL_SEC = 0.2
        locust.stats.CSV_STATS_FLUSH_INTERVAL_SEC = 0.1
        locust.stats.CONSOLE_STATS_INTERVAL_SEC = 0.3
        locust.stats.HISTORY_STATS_INTERVAL_SEC = 0.4
        locust.stats.bucket_response_time = lambda time: int(time // 100) * 100

        class Visitor(User):
            wait_time = constant(60)

            @task
            def work(self):
                for time in (10, 190, 250, 260):
                    self.environment.events.request.fire(
                        request_type="GET", name="it", response_time=time, response_length=0
                    )
                gevent.sleep(2.2)
                with open("out_stats_history.csv") as history:
                    fact("rows on disk before the end", len(history.readlines()))
                stats = self.environment.stats
                fact("to_dict", sorted(k for k in stats.total.to_dict() if "percentile" in k))
                fact("history", len(stats.history))
                fact("history keys", sorted(k for k in stats.history[-1] if "percentile" in k))
                fact("response_times", {str(k): v for k, v in stats.total.response_times.items()})
                fact("max", stats.total.max_response_time)
                fact("median", stats.total.get_response_time_percentile(0.6))
                finish(self.environment)
    """
    ARGS = ["--csv", "out", "--csv-full-history"]

    def test_percentiles_to_report(self, run):
        headings = [line for line in run.stderr.splitlines() if "50%" in line]
        assert "77.7%" in headings[-1] and "99.9%" in headings[-1] and "95%" not in headings[-1]
        with (run.directory / "out_stats.csv").open() as file:
            columns = next(csv.reader(file))
        assert columns[-3:] == ["50%", "77.7%", "99.9%"]

    def test_percentiles_to_statistics(self, run):
        assert run.fact("to_dict") == ["response_time_percentile_0.42"]

    def test_percentiles_to_chart(self, run):
        assert run.fact("history keys") == [
            "response_time_percentile_0.25",
            "response_time_percentile_0.75",
        ]

    def test_intervals_of_files_and_history(self, run):
        assert run.fact("rows on disk before the end") >= 8
        assert 4 <= run.fact("history") <= 8

    def test_bucketing(self, run):
        assert run.fact("response_times") == {"0": 1, "100": 1, "200": 2}
        assert run.fact("max") == 260
        assert run.fact("median") == 200


class TestConsoleInterval:
    """Line 43: CONSOLE_STATS_INTERVAL_SEC, seen by the tables printed while the test runs."""

    LOCUSTFILE = """
        import gevent
        from facts import fact, finish
        from locust import User, constant, stats, task

        stats.CONSOLE_STATS_INTERVAL_SEC = 0.25

        class Visitor(User):
            wait_time = constant(60)

            @task
            def work(self):
                gevent.sleep(1.4)
                finish(self.environment)
    """

    def test_many_tables(self, launch):
        options = ["--headless", "-u", "1", "-t", "20s"]
        run = launch(self.LOCUSTFILE, options).result()
        tables = run.stderr.count("# reqs      # fails")
        assert 5 <= tables <= 9


class TestRunnerConstants:
    """Line 43: the intervals of locust.runners."""

    LOCUSTFILE = """
        import gevent
        import locust.runners
        from facts import fact, finish
        from locust import User, constant, events, task

        locust.runners.CPU_MONITOR_INTERVAL = 0.2
        locust.runners.CPU_WARNING_THRESHOLD = -1

        @events.usage_monitor.add_listener
        def on_usage_monitor(environment, cpu_usage, memory_usage):
            fact("usage", [cpu_usage >= 0, memory_usage > 1_000_000])

        @events.cpu_warning.add_listener
        def on_cpu_warning(environment, cpu_usage, **kwargs):
            fact("warning", sorted(kwargs))

        class Visitor(User):
            wait_time = constant(60)

            @task
            def work(self):
                gevent.sleep(1.1)
                fact("warned", self.environment.runner.cpu_warning_emitted)
                fact("attributes", [
                    self.environment.runner.current_cpu_usage >= 0,
                    self.environment.runner.current_memory_usage > 1_000_000,
                ])
                finish(self.environment)
    """

    def test_the_monitor_runs_that_often(self, run):
        assert 3 <= len(run.facts_named("usage")) <= 7
        assert all(both == [True, True] for both in run.facts_named("usage"))

    def test_the_threshold(self, run):
        assert len(run.facts_named("warning")) >= 3
        assert run.fact("warned") is True
        assert run.fact("attributes") == [True, True]
        assert "CPU usage" in run.stderr

    def test_the_others_exist(self, launch):
        locustfile = """
            import os
            import locust.runners as runners
            import locust.stats as stats
            from facts import fact

            names = ("WORKER_REPORT_INTERVAL", "WORKER_LOG_REPORT_INTERVAL", "CPU_MONITOR_INTERVAL",
                     "CPU_WARNING_THRESHOLD", "HEARTBEAT_INTERVAL", "HEARTBEAT_LIVENESS",
                     "HEARTBEAT_DEAD_INTERNAL", "MASTER_HEARTBEAT_TIMEOUT", "FALLBACK_INTERVAL",
                     "CONNECT_TIMEOUT", "CONNECT_RETRY_COUNT")
            fact("runners", [getattr(runners, name) for name in names])
            names = ("PERCENTILES_TO_REPORT", "PERCENTILES_TO_CHART", "PERCENTILES_TO_STATISTICS",
                     "CONSOLE_STATS_INTERVAL_SEC", "HISTORY_STATS_INTERVAL_SEC",
                     "CSV_STATS_INTERVAL_SEC", "CSV_STATS_FLUSH_INTERVAL_SEC",
                     "CURRENT_RESPONSE_TIME_PERCENTILE_WINDOW")
            fact("stats", [getattr(stats, name) for name in names])
            fact("states", [runners.STATE_INIT, runners.STATE_SPAWNING, runners.STATE_RUNNING,
                 runners.STATE_CLEANUP, runners.STATE_STOPPING, runners.STATE_STOPPED,
                 runners.STATE_MISSING])
            fact("buckets", [stats.bucket_response_time(t) for t in (9.6, 147, 3432, 58760)])
            os._exit(0)
        """
        run = launch(locustfile, ["--headless"]).result()
        assert run.fact("runners") == [3.0, 10, 10.0, 90, 1, 3, -60, 60, 5, 5, 60]
        reported = [0.5, 0.66, 0.75, 0.8, 0.9, 0.95, 0.98, 0.99, 0.999, 0.9999, 1.0]
        assert run.fact("stats") == [reported, [0.5, 0.95], [0.95, 0.99], 2, 5, 1, 5, 10]
        states = ["ready", "spawning", "running", "cleanup", "stopping", "stopped", "missing"]
        assert run.fact("states") == states
        assert run.fact("buckets") == [10, 150, 3400, 59000]


class TestConstantsOutOfRange:
    """Line 43: percentiles that make no sense end the process with a message."""

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("PERCENTILES_TO_CHART", "[0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7]"),
            ("PERCENTILES_TO_CHART", "[95]"),
            ("PERCENTILES_TO_STATISTICS", "['high']"),
        ],
    )
    def test_refused(self, launch, name, value):
        locustfile = f"""
            import locust.stats
            from locust import User, task

            locust.stats.{name} = {value}

            class Visitor(User):
                @task
                def work(self): ...
        """
        run = launch(locustfile, ["--headless", "-t", "1s"]).result()
        assert run.exit_code == 1
        assert f"stats.{name}" in run.stderr
