"""Issue 3, points 5 and 6: what a headless run prints, writes and does when it is interrupted."""

from __future__ import annotations

import re
import signal

import pytest

OPTIONS = ["--headless", "-u", "1", "-t", "20s"]

LOCUSTFILE = """
    import gevent
    from facts import fact, finish
    from locust import HttpUser, constant, events, task

    class Visitor(HttpUser):
        wait_time = constant(60)

        @task
        def work(self):
            self.client.get("/json")
            self.client.get("/json")
            self.client.get("/status/404", name="missing")
            with self.client.post("/echo", data="x", catch_response=True) as response:
                response.failure("not what I asked for")
            gevent.sleep(0.2)
            finish(self.environment)
"""

HEADING = (
    "Type     Name" + " " * 74 + "# reqs      # fails |    Avg     Min     Max    Med |"
    "   req/s  failures/s"
)
RULE = "|".join("-" * width for width in (8, 76, 7, 13, 7, 7, 7, 7, 8, 11))
ROW = r"{} +{} +\d+ +\d+\(\d+\.\d\d%\) \| +\d+ +\d+ +\d+ +\d+ \| +\d+\.\d\d +\d+\.\d\d"


class TestConsole:
    """The tables at the end, in Locust's layout."""

    LOCUSTFILE = LOCUSTFILE
    ENV = {"LOCUSTELLA_LOCUST_ROUNDING": "1"}

    @pytest.fixture
    def lines(self, run):
        return run.stderr.splitlines()

    def test_it_goes_to_stderr(self, run):
        assert run.stdout == ""

    def test_the_heading(self, lines):
        assert lines.count(HEADING) == 1
        at = lines.index(HEADING)
        assert lines[at + 1] == RULE and lines.count(RULE) == 2

    def test_the_rows(self, lines):
        at = lines.index(HEADING)
        rows = lines[at + 2 : at + 5]
        for row, (method, name) in zip(
            rows, [("POST", "/echo"), ("GET", "/json"), ("GET", "missing")], strict=True
        ):
            assert re.fullmatch(ROW.format(method, name), row), row
        assert re.search(r" 2 +0\(0\.00%\)", rows[1])
        assert re.search(r" 1 +1\(100\.00%\)", rows[2])
        assert lines[at + 5] == RULE
        assert re.fullmatch(ROW.format(" +", "Aggregated"), lines[at + 6])
        assert re.search(r" 4 +2\(50\.00%\)", lines[at + 6])

    def test_the_percentiles(self, lines):
        at = lines.index("Response time percentiles (approximated)")
        percentages = "50% 66% 75% 80% 90% 95% 98% 99% 99.9% 99.99% 100%".split()
        assert lines[at + 1].split() == ["Type", "Name", *percentages, "#", "reqs"]
        rows = [line.split() for line in lines[at + 3 : at + 6]]
        assert [row[1] for row in rows] == ["/echo", "/json", "missing"]
        assert all(len(row) == 14 for row in rows)
        assert lines[at + 7].split()[0] == "Aggregated"

    def test_the_failures(self, lines):
        at = lines.index("Error report")
        assert lines[at + 1].split() == ["#", "occurrences", "Error"]
        rows = {line.rstrip() for line in lines[at + 3 : at + 5]}
        assert rows == {
            f"{1:<18} GET missing: HTTPError('404 Client Error: Not Found for url: missing')",
            f"{1:<18} POST /echo: not what I asked for",
        }

    def test_log_lines(self, run):
        line = r"\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}\] [^/\n]+/INFO/locust\.\w+: .*"
        assert len(re.findall(line, run.stderr)) >= 4

    def test_the_exit_code(self, run):
        assert run.exit_code == 1
        assert "exit code 1" in run.stderr


class TestPeriodicTable:
    """Without --only-summary the table is printed every two seconds, with it but once."""

    LOCUSTFILE = LOCUSTFILE.replace("gevent.sleep(0.2)", "gevent.sleep(2.4)")

    def test_without(self, launch):
        run = launch(self.LOCUSTFILE, [*OPTIONS, "-H", "http://127.0.0.1:9"]).result()
        assert run.stderr.splitlines().count(HEADING) == 3
        assert run.stderr.count("Error report") == 1

    def test_with(self, launch):
        arguments = [*OPTIONS, "-H", "http://127.0.0.1:9", "--only-summary"]
        run = launch(self.LOCUSTFILE, arguments).result()
        assert run.stderr.splitlines().count(HEADING) == 1


class TestLogging:
    """--loglevel, --logfile and --skip-log-setup."""

    LOCUSTFILE = """
        import logging
        from facts import finish
        from locust import User, constant, task

        class Visitor(User):
            wait_time = constant(60)

            @task
            def work(self):
                logging.debug("a debug line")
                logging.info("an info line")
                logging.getLogger("mine").error("an error line")
                finish(self.environment)
    """

    @pytest.mark.parametrize(
        ("level", "lines"),
        [
            ("DEBUG", ["a debug line", "an info line", "an error line"]),
            ("info", ["an info line", "an error line"]),
            ("ERROR", ["an error line"]),
            ("CRITICAL", []),
        ],
    )
    def test_level(self, launch, level, lines):
        run = launch(self.LOCUSTFILE, [*OPTIONS, "--only-summary", "-L", level]).result()
        assert re.findall(r"(?<=: )an? \w+ line", run.stderr) == lines
        assert HEADING in run.stderr

    def test_logfile(self, launch):
        arguments = [*OPTIONS, "--only-summary", "--logfile", "logs/run.log"]
        run = launch(self.LOCUSTFILE, arguments).result()
        log = (run.directory / "logs" / "run.log").read_text()
        assert "/ERROR/mine: an error line" in log and "/INFO/root: an info line" in log
        assert "an info line" not in run.stderr
        assert HEADING in run.stderr

    def test_skip_log_setup(self, launch):
        run = launch(self.LOCUSTFILE, [*OPTIONS, "--only-summary", "--skip-log-setup"]).result()
        assert "an info line" not in run.stderr
        assert "an error line" in run.stderr
        assert HEADING not in run.stderr


INTERRUPTED = """
    import gevent
    from facts import fact
    from locust import HttpUser, constant, events, task

    class Visitor(HttpUser):
        wait_time = constant(0.01)
        users = []

        def on_stop(self):
            fact("event", "user stops")

        @task
        def work(self):
            for _ in range(4):
                self.client.get("/json")
            self.users.append(self)
            if len(self.users) == 2:
                gevent.spawn_later(0.3, fact, "ready")
            self.client.get("/delay/9000")

    for hook in ("test_stopping", "test_stop", "quitting", "quit"):
        def listener(hook=hook, **arguments):
            fact("event", hook)

        getattr(events, hook).add_listener(listener)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
class TestSignals:
    """Both end the run in good order, in the middle of a request, with the whole report."""

    OPTIONS = ["--headless", "-u", "2", "-r", "50", "-t", "20s", "--only-summary"]

    def interrupt(self, launch, target, number, locustfile=INTERRUPTED, more=()):
        process = launch(locustfile, [*self.OPTIONS, "-H", target.url, *more])
        process.wait_for_fact("ready")
        process.signal(number)
        return process.result(limit=15)

    def test_report_order_and_exit_code(self, launch, target, number):
        run = self.interrupt(launch, target, number)
        assert run.exit_code == 0
        lines = run.stderr.splitlines()
        assert lines.count(HEADING) == 1
        assert "Response time percentiles (approximated)" in lines
        assert re.search(r"GET +/json +8 ", run.stderr)
        assert "Traceback" not in run.stderr
        assert run.facts_named("event") == [
            "quitting",
            "test_stopping",
            "user stops",
            "user stops",
            "test_stop",
            "quit",
        ]

    def test_failures_count(self, launch, target, number):
        locustfile = INTERRUPTED.replace('"/json"', '"/status/500"')
        run = self.interrupt(launch, target, number, locustfile)
        assert run.exit_code == 1
        assert "Error report" in run.stderr

    def test_files_are_complete(self, launch, target, number):
        options = ["--csv", "out", "--json-file", "numbers"]
        run = self.interrupt(launch, target, number, more=options)
        assert (run.directory / "numbers.json").read_text().startswith("[")
        assert (run.directory / "out_stats.csv").read_text().startswith("Type,Name,")

    def test_during_the_ramp(self, launch, target, number):
        more = """
    events.test_start.add_listener(lambda **event: gevent.spawn_later(0.3, fact, "ready"))
"""
        options = ["-u", "100", "-r", "2"]
        run = self.interrupt(launch, target, number, INTERRUPTED + more, options)
        assert run.exit_code == 0
        assert run.facts_named("event")[-2:] == ["test_stop", "quit"]

    def test_while_users_are_busy(self, launch, implementation, target, number):
        if implementation.name == "stock" and number == signal.SIGINT:
            pytest.skip("stock's users now and then swallow the KeyboardInterrupt")
        locustfile = INTERRUPTED.replace('self.client.get("/delay/9000")', "self.spin()")
        locustfile = locustfile.replace(
            "        def on_stop",
            "        def spin(self):\n            while True:\n"
            '                self.client.get("/json")\n\n        def on_stop',
        )
        run = self.interrupt(launch, target, number, locustfile)
        assert run.exit_code == 0
        assert run.facts_named("event")[-2:] == ["test_stop", "quit"]
        assert run.stderr.splitlines().count(HEADING) == 1


class TestRunTime:
    """-t ends the run; without -u there is one user, without -t there is no end."""

    LOCUSTFILE = """
        from facts import fact
        from locust import User, constant, events, task

        class Visitor(User):
            wait_time = constant(0.05)

            def on_start(self):
                fact("spawned")

            @task
            def work(self): ...

        @events.test_stop.add_listener
        def on_test_stop(environment, **kwargs):
            fact("test_stop")
    """

    def test_the_limit(self, launch):
        run = launch(self.LOCUSTFILE, ["--headless", "-t", "1s", "--only-summary"]).result()
        assert run.exit_code == 0
        assert 1.0 <= run.seconds < 6
        assert run.facts_named("spawned") == [None]
        assert run.fact("test_stop") is None
        assert "--run-time limit reached" in run.stderr

    def test_no_limit(self, launch):
        process = launch(self.LOCUSTFILE, ["--headless", "--only-summary"])
        process.wait_for_fact("spawned")
        process.signal(signal.SIGINT)
        run = process.result(limit=15)
        assert run.exit_code == 0
        assert "No run time limit set" in run.stderr
