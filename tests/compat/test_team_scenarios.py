"""The locustfiles of five teams in locustfiles/: each runs, with the same outcome, against the demo
target, and what it says of its results is true.
"""

from __future__ import annotations

import csv
import json
import re
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from support.http_target import Reply

LOCUSTFILES = Path(__file__).parents[2] / "locustfiles"
OPTIONS = ["--headless", "-r", "50", "--only-summary"]


class DemoTarget:
    def __init__(self, *options: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "locustella", "demo-target", "--max-seconds", "900", *options],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().split()[-1]

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(10)


@pytest.fixture(scope="module")
def shop():
    """Where the demo target's shop is."""
    target = DemoTarget()
    yield target.url
    target.stop()


@pytest.fixture
def scenario(launch):
    """Runs a file of locustfiles/ to its end."""

    def run(name, options, host, environment=None):
        path = LOCUSTFILES / name
        host_options = ["-H", host] if host else []
        arguments = ["-f", str(path), *OPTIONS, *host_options, *options, "--csv", "run"]
        return launch({}, arguments, environment).result()

    return run


def rows(run):
    """The entries of the run, by name; CSV files say what happened but for the last second."""
    with (run.directory / "run_stats.csv").open(newline="") as file:
        return {row["Name"]: row for row in csv.DictReader(file)}


def table(run):
    """Requests and failures of each entry, as the console's table says."""
    found = re.findall(r"^(\S*) +(\S.*?) +(\d+) +(\d+)\(\d+\.\d\d%\) \|", run.stderr, re.MULTILINE)
    return {f"{kind} {name}".strip(): (int(count), int(bad)) for kind, name, count, bad in found}


class TestLabApi:
    OPTIONS = ["-u", "4", "-t", "20s", "--num-reqs", "5", "--label", "first"]

    def test_a_fixed_number_of_requests_and_every_one_in_the_file(self, scenario, shop):
        run = scenario("lab_api.py", [*self.OPTIONS, "--outfile", "out.jsonl"], shop)
        assert run.exit_code == 0 and run.seconds < 15
        assert table(run) == {"GET /products/{id}": (20, 0), "Aggregated": (20, 0)}
        lines = [json.loads(line) for line in (run.directory / "out.jsonl").open()]
        assert len(lines) == 20
        assert {line["user"] for line in lines} == {f"user-{number}" for number in range(4)}
        assert {(line["label"], line["method"], line["error"]) for line in lines} == {
            ("first", "GET", None)
        }
        assert all(line["ms"] > 0 and line["bytes"] > 100 for line in lines)

    def test_the_admin_api(self, scenario, target):
        target.add_route("/products", lambda request: Reply(body=b"x" * 200))
        options = [*self.OPTIONS, "--admin-token", "very secret", "--admin-path", "/echo/admin"]
        run = scenario("lab_api.py", options, target.url)
        calls = target.requests("/echo/admin")
        assert [json.loads(call.body)["action"] for call in calls] == [
            "create cluster",
            "create users",
            "delete cluster",
        ]
        assert json.loads(calls[1].body)["count"] == 4
        assert {call.header("Authorization") for call in calls} == {"Bearer very secret"}
        assert "very secret" not in run.stdout + run.stderr
        assert target.received[0] is calls[0] and target.received[-1] is calls[-1]


class TestGameApi:
    @pytest.mark.parametrize(
        ("user", "names"),
        [
            ("Signups", {"POST register"}),
            ("ViralLoad", {"GET /products/{hot}", "POST play", "POST flag"}),
            (
                "TypicalLoad",
                {"POST register", "GET /products/{id}", "POST play", "GET asset", "PUT save"},
            ),
        ],
    )
    def test_each(self, scenario, shop, user, names):
        run = scenario("game_api.py", [user, "-u", "20", "-t", "2s"], shop)
        assert run.exit_code == 0
        assert f'{{"{user}": 20}}' in run.stderr
        entries = table(run)
        assert names <= set(entries)
        assert all(failures == 0 for _, failures in entries.values())
        most = 20 * 2 * 20  # users, seconds, and what the shortest waits allow in each
        assert entries["Aggregated"][0] > 20
        assert user == "Signups" or entries["Aggregated"][0] < most


class TestServerlessApi:
    def test_the_outliers_are_shown(self, scenario, shop):
        options = ["-u", "30", "-t", "2s", "--cold-starts", "0.2"]
        run = scenario("serverless_api.py", options, shop)
        assert run.exit_code == 0
        assert {"GET GET item", "GET LIST items", "PUT PUT item"} <= set(table(run))
        slow = [float(time) for time in re.findall(r"Slow: .* took ([\d.]+) ms, ", run.stderr)]
        assert len(slow) == 5 and slow == sorted(slow, reverse=True)
        assert 400 <= slow[0] < 1500
        assert float(rows(run)["GET item"]["100%"]) >= 390

    def test_many_users_at_once(self, scenario, shop):
        run = scenario("serverless_api.py", ["-u", "300", "-r", "200", "-t", "3s"], shop)
        assert '{"Caller": 300} (300 total users)' in run.stderr
        assert table(run)["Aggregated"][1] == 0


class TestInterviews:
    STEPS = ["--step-users", "2", "--step-seconds", "1"]

    def test_it_says_where_the_limit_broke(self, scenario):
        slow = DemoTarget("--delay", "60")
        try:
            options = [*self.STEPS, "--most-users", "6", "--p95-limit-ms", "30"]
            run = scenario("interviews.py", options, slow.url)
        finally:
            slow.stop()
        said = r"The limits hold up to 0 users: p95 \d+ ms at 2 users, step 1"
        assert re.search(said, run.stderr), run.stderr
        assert "(4 total users)" not in run.stderr and run.exit_code == 0

    def test_failures_break_it_too(self, scenario, target):
        run = scenario("interviews.py", [*self.STEPS, "--most-users", "6"], target.url)
        # Of that target's paths only /echo, the login, exists.
        assert re.search(r"hold up to 0 users: \d+ of \d+ requests failed at 2 users", run.stderr)
        assert run.exit_code == 1

    def test_it_climbs_to_the_top(self, scenario, shop):
        run = scenario("interviews.py", [*self.STEPS, "--most-users", "6"], shop)
        assert re.findall(r"\((\d) total users\)", run.stderr) == ["2", "4", "6"]
        assert "The limits hold up to 6 users: no more were asked for" in run.stderr
        assert table(run)["POST login"] == (6, 0)

    def test_arrivals(self, scenario, shop):
        options = ["--arrivals-per-minute", "180", "--arrivals-seconds", "3.5"]
        run = scenario("interviews.py", options, shop)
        logins, failures = table(run)["POST login"]
        assert failures == 0
        assert 11 <= logins <= 13  # three each second, in the midst of the fourth


class TestCommerce:
    SHORT = ["-u", "4", "-t", "2s"]

    def test_basic(self, scenario, shop):
        run = scenario("commerce/basic_test.py", self.SHORT, shop)
        assert run.exit_code == 0
        entries = table(run)
        assert entries["POST /login"] == (4, 0)
        assert all(failures == 0 for _, failures in entries.values())

    def test_its_limits(self, scenario, target):
        run = scenario("commerce/basic_test.py", self.SHORT, target.url)
        assert run.exit_code == 1
        assert re.search(r"Limit broken: \d+\.\d% errors, 1\.0% are allowed", run.stderr)
        allowed = {"SHOP_MOST_ERRORS": "1", "SHOP_P95_MS": "5000"}
        assert scenario("commerce/basic_test.py", self.SHORT, target.url, allowed).exit_code == 0

    def test_datadog(self, scenario, target, shop):
        target.add_route("/api/v2/series", lambda request: Reply(202))
        environment = {
            "DATADOG_API_KEY": "key",
            "DATADOG_URL": target.url,
            "DATADOG_TAGS": "team:shop",
            "DATADOG_INTERVAL_S": "0.5",
        }
        before = len(target.received)
        run = scenario("commerce/basic_test.py", self.SHORT, shop, environment)
        calls = target.received[before:]
        assert run.exit_code == 0 and len(calls) >= 3
        assert {call.header("DD-API-KEY") for call in calls} == {"key"}
        series = [one for call in calls for one in json.loads(call.body)["series"]]
        assert {one["metric"] for one in series} == {
            "locust.users.active",
            "locust.request.response_time",
            "locust.request.response_time.p95",
            "locust.request.error_rate",
        }
        assert all(one["tags"] == ["team:shop"] for one in series)
        users = [one["points"][0]["value"] for one in series if "active" in one["metric"]]
        assert 4 in users

    def test_graphql(self, scenario, shop):
        run = scenario("commerce/graphql_test.py", self.SHORT, shop)
        assert run.exit_code == 0
        names = {"QUERY Catalogue", "QUERY Product", "MUTATION AddToCart"}
        assert set(table(run)) - {"Aggregated"} <= names
        assert table(run)["QUERY Catalogue"][1] == 0

    def test_an_answer_with_errors_has_failed(self, scenario, target):
        answer = json.dumps({"data": None, "errors": [{"message": "no such product"}]}).encode()
        target.add_route("/graphql", lambda request: Reply(body=answer))
        run = scenario(
            "commerce/graphql_test.py", self.SHORT, target.url, {"GRAPHQL_PATH": "/graphql"}
        )
        count, failures = table(run)["QUERY Catalogue"]
        assert count == failures > 0 and run.exit_code == 1
        assert "QUERY Catalogue: GraphQL: no such product" in run.stderr

    def test_a_query_that_is_too_deep_is_not_sent(self, scenario, shop):
        run = scenario("commerce/graphql_test.py", self.SHORT, shop, {"GRAPHQL_DEPTH": "1"})
        assert "is nested 3 deep, 1 are allowed" in run.stderr
        assert "QUERY Product" not in table(run)


@pytest.fixture(scope="module")
def redis(tmp_path_factory):
    """The port of a Redis of this module's own, with a password."""
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("there is no redis-server here")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--requirepass", "secret"]
    process = subprocess.Popen(
        [program, *options], cwd=tmp_path_factory.mktemp("redis"), stdout=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with socket.socket() as there:
            if there.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.02)
    yield port
    process.terminate()
    process.wait(10)


class TestRedis:
    SHORT = ["-u", "4", "-t", "2s"]

    def test_publish_to_receive(self, scenario, redis):
        settings = {"REDIS_PORT": str(redis), "REDIS_PASSWORD": "secret"}
        run = scenario("commerce/redis_test.py", self.SHORT, None, settings)
        entries = table(run)
        assert run.exit_code == 0
        assert entries[f"CONNECT 127.0.0.1:{redis}"] == (4, 0)
        assert entries["REDIS publish"][1] == entries["REDIS publish to receive"][1] == 0
        assert entries["REDIS publish to receive"][0] > 20
        assert "Redis: connected_clients:9" in run.stderr  # eight of the users, one that asks

    def test_a_wrong_password(self, scenario, redis):
        settings = {"REDIS_PORT": str(redis), "REDIS_PASSWORD": "guessed"}
        run = scenario("commerce/redis_test.py", self.SHORT, None, settings)
        assert table(run)[f"CONNECT 127.0.0.1:{redis}"] == (4, 4)
        assert "WRONGPASS" in run.stderr and run.exit_code == 1
