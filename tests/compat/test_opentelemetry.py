"""--otel: spans, metrics and log lines, as OpenTelemetry's own exporters get them."""

from __future__ import annotations

import json

import pytest

from support.http_target import Reply
from support.locust_run import Run

NOWHERE = {f"OTEL_{signal}_EXPORTER": "none" for signal in ("TRACES", "METRICS", "LOGS")}


@pytest.fixture(scope="class")
def run(run: Run) -> Run:
    """The run of a locustfile that writes the fact "no SDK" where there is none."""
    if run.facts_named("no SDK"):
        pytest.skip("OpenTelemetry is not installed there")
    return run


def documents(text: str) -> list[dict]:
    """What console exporters have printed: JSON objects, one behind the other."""
    decoder, found = json.JSONDecoder(), []
    while (start := text.find("{")) >= 0:
        document, length = decoder.raw_decode(text[start:])
        found.append(document)
        text = text[start + length :]
    return found


WHERE_IT_IS = """
    from facts import TARGET, error_text, fact, finish
    from locust import FastHttpUser, HttpUser, User, events, task

    try:
        import opentelemetry.instrumentation.requests, opentelemetry.instrumentation.urllib3
        import opentelemetry.sdk
    except ImportError:
        fact("no SDK")
"""


class TestSpans:
    ARGS = ["--otel"]
    ENV = {**NOWHERE, "OTEL_METRICS_EXPORTER": "console"}
    LOCUSTFILE = WHERE_IT_IS + """
    import requests
    import urllib3
    from opentelemetry import trace
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    memory = InMemorySpanExporter()

    @events.init.add_listener
    def on_init(**kwargs):
        trace.get_tracer_provider().add_span_processor(SimpleSpanProcessor(memory))

    class Visitor(HttpUser):
        @task
        def work(self):
            client = self.client
            echo = client.post("/echo", json={"a": 1}).json()
            fact("traceparent", [v for k, v in echo["headers"] if k.lower() == "traceparent"])
            client.get("/json?page=2")
            client.get("/json?page=3", name="/json?page=[n]")
            with client.rename_request("renamed"):
                client.get("/json")
                client.get("/json", name="its own")
            client.get("")
            client.get("/redirect/2", name="redirected")
            with client.get("/status/503", catch_response=True, name="caught") as response:
                response.success()
            client.get("/bytes/1000", stream=True, context={"a": 1}).content
            client.get("http://127.0.0.1:1/refused")
            client.get("/json", hooks={"response": lambda answer, **kwargs: None})
            client.get("/json")
            self.show("HttpUser")
            requests.get(TARGET + "/json")
            self.show("requests")
            urllib3.PoolManager().request("GET", TARGET + "/json")
            self.show("urllib3")
            entries = sorted(self.environment.stats.entries.values(), key=lambda e: e.name)
            fact("entries", [[e.method, e.name, e.num_requests, e.num_failures] for e in entries])
            self.environment.runner.quit()

        def show(self, who):
            spans = memory.get_finished_spans()
            if who == "HttpUser":
                fact("trace id", f"{spans[0].context.trace_id:032x}")
                fact("resource", dict(spans[0].resource.attributes))
                fact("seconds", [(s.end_time - s.start_time) / 1e9 for s in spans])
            fact(who, [
                [s.name, s.kind.name, s.status.status_code.name, s.instrumentation_scope.name.rpartition(".")[2],
                 {k: str(v).replace(TARGET, "") for k, v in s.attributes.items()}] for s in spans
            ])
            memory.clear()
    """  # noqa: E501

    def test_names(self, run):
        assert [[name, status] for name, _, status, *_ in run.fact("HttpUser")] == [
            ["POST /echo", "UNSET"],
            ["GET /json", "UNSET"],
            ["GET /json?page=[n]", "UNSET"],
            ["GET renamed", "UNSET"],
            ["GET its own", "UNSET"],
            ["GET /", "UNSET"],
            ["GET redirected", "UNSET"],
            ["GET caught", "ERROR"],
            ["GET /bytes/1000", "UNSET"],
            ["GET /refused", "ERROR"],
            ["GET /json", "UNSET"],
            ["GET /json", "UNSET"],
        ]

    def test_attributes(self, run):
        spans = run.fact("HttpUser")
        assert {(kind, scope) for _, kind, _, scope, _ in spans} == {("CLIENT", "requests")}
        assert [{**attributes, "user_agent.original": ""} for *_, attributes in spans[:2]] == [
            {"http.method": "POST", "http.url": "/echo", "http.status_code": "200",
             "user_agent.original": ""},
            {"http.method": "GET", "http.url": "/json?page=2", "http.status_code": "200",
             "user_agent.original": ""},
        ]  # fmt: skip
        assert all(
            attributes["user_agent.original"].startswith("python-requests/")
            for *_, attributes in spans
        )
        refused = spans[9][-1]
        assert "http.status_code" not in refused and refused["http.url"].endswith(":1/refused")
        assert all(0 < seconds < 10 for seconds in run.fact("seconds"))

    def test_the_server_gets_the_trace(self, run):
        (traceparent,) = run.fact("traceparent")
        assert traceparent.split("-")[1] == run.fact("trace id")

    def test_other_users_of_the_libraries(self, run):
        assert [[name, scope] for name, _, _, scope, _ in run.fact("requests")] == [
            ["GET /json", "requests"]
        ]
        assert [[name, scope] for name, _, _, scope, _ in run.fact("urllib3")] == [
            ["GET", "urllib3"]
        ]

    def test_every_request_is_counted_once(self, run):
        assert sum(count for _, _, count, _ in run.fact("entries")) == 12
        assert [[name, failures] for _, name, _, failures in run.fact("entries") if failures] == [
            ["/refused", 1]
        ]

    def test_the_resource(self, run):
        resource = run.fact("resource")
        assert resource["service.name"] == "locust" and resource["service.version"] == "2.47.0"
        assert resource["filename"].startswith("locustfile") and resource["profile"] == ""
        assert resource["host.name"]


class TestFastHttpUser:
    """Has no spans."""

    ENV = {**NOWHERE, "OTEL_TRACES_EXPORTER": "console", "LOCUST_ENABLE_OPENTELEMETRY": "true"}
    LOCUSTFILE = WHERE_IT_IS + """
    class Visitor(FastHttpUser):
        @task
        def work(self):
            echo = self.client.post("/echo", json={}).json()
            fact("traceparent", [v for k, v in echo["headers"] if k.lower() == "traceparent"])
            finish(self.environment)
    """

    def test_no_spans(self, run):
        assert run.fact("traceparent") == [] and documents(run.stdout) == []
        assert "OpenTelemetry enabled" in run.stderr


class TestMetrics:
    ARGS = ["--otel", "--profile", "nightly"]
    ENV = {**NOWHERE, "OTEL_METRICS_EXPORTER": " Console ", "OTEL_SERVICE_NAME": "shop"}
    LOCUSTFILE = WHERE_IT_IS + """
    from opentelemetry import metrics

    class Visitor(HttpUser):
        @task
        def work(self):
            self.client.get("/json")
            self.client.get("/json")
            self.client.get("/status/500", name="broken")
            fire = self.environment.events.request.fire
            about = {"request_type": "X", "response_length": 0, "context": {}}
            fire(name="slow", response_time=2000, exception=None, **about)
            fire(name="endless", response_time=None, exception=None, **about)
            for number in range(20):
                fire(name=f"page {number}", response_time=1, exception=None, **about)
            fire(name="page 0", response_time=1, exception=ValueError("no"), **about)
            metrics.get_meter_provider().force_flush()
            finish(self.environment)
    """

    @staticmethod
    def metrics(run):
        """The last document that tells of a metric has the word: {name: data points}."""
        found = {}
        for document in documents(run.stdout):
            for resource in document["resource_metrics"]:
                for scope in resource["scope_metrics"]:
                    found |= {each["name"]: each for each in scope["metrics"]}
        return found

    def test_durations(self, run):
        metric = self.metrics(run)["locust.client.duration"]
        assert metric["unit"] == "s"
        points = {
            (p["attributes"]["name"], p["attributes"].get("error.type")): p
            for p in metric["data"]["data_points"]
        }
        assert points["/json", None]["count"] == 2 and points["broken", "HTTPError"]["count"] == 1
        assert points["slow", None]["sum"] == 2.0
        assert ("page 15", None) in points and ("page 16", None) not in points
        assert points["Too many unique request names", None]["count"] == 4
        assert points["page 0", "ValueError"]["count"] == 1
        assert 0 < points["/json", None]["sum"] < 10

    def test_users(self, run):
        first = documents(run.stdout)[0]["resource_metrics"][0]["scope_metrics"]
        (users,) = [
            each for scope in first for each in scope["metrics"]
            if each["name"] == "locust.users.count"
        ]  # fmt: skip
        assert users["unit"] == "{user}"
        (point,) = users["data"]["data_points"]
        assert point["value"] == 1 and point["attributes"] == {"user_class": "Visitor"}

    def test_the_resource(self, run):
        resource = documents(run.stdout)[0]["resource_metrics"][0]["resource"]["attributes"]
        assert resource["service.name"] == "shop" and resource["profile"] == "nightly"


class TestLogLines:
    ARGS = ["--otel"]
    ENV = {**NOWHERE, "OTEL_LOGS_EXPORTER": "console"}
    LOCUSTFILE = WHERE_IT_IS + """
    import logging

    class Visitor(User):
        @task
        def work(self):
            logging.getLogger("shop").warning("the basket is %s", "empty")
            logging.getLogger("locust.shop").error("closed")
            finish(self.environment)
    """

    def test_lines(self, run):
        lines = documents(run.stdout)
        bodies = [line["body"] for line in lines]
        assert bodies.count("the basket is empty") == bodies.count("closed") == 1
        assert any(body.startswith("Starting Locust") for body in bodies)
        assert any(body.startswith("Shutting down") for body in bodies)
        by_body = {line["body"]: line for line in lines}
        assert by_body["closed"]["severity_text"] == "ERROR"
        assert not any("Aggregated" in body for body in bodies)


class TestOverHttp:
    """OTLP to a collector: the test's target."""

    def test_all_three_arrive(self, launch, target):
        posted = ("/v1/traces", "/v1/metrics", "/v1/logs")
        for path in posted:
            target.add_route(path, lambda _: Reply(200))
        environment = {
            "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
            "OTEL_EXPORTER_OTLP_ENDPOINT": target.url,
        }
        code = WHERE_IT_IS + """
    try:
        import opentelemetry.exporter.otlp.proto.http
    except ImportError:
        fact("no SDK")

    class Visitor(HttpUser):
        @task
        def work(self):
            self.client.get("/json")
            finish(self.environment)
    """
        arguments = ["--headless", "-t", "20s", "--only-summary", "--otel", "-H", target.url]
        run = launch(code, arguments, environment).result()
        if run.facts_named("no SDK"):
            pytest.skip("OpenTelemetry's exporter is not installed there")
        bodies = {path: b"".join(r.body for r in target.requests(path)) for path in posted}
        assert b"GET /json" in bodies["/v1/traces"]
        assert b"locust.client.duration" in bodies["/v1/metrics"]
        assert b"OpenTelemetry enabled" in bodies["/v1/logs"]
        assert run.exit_code == 0 and "/WARNING/" not in run.stderr


class TestNothingToExport:
    ARGS = ["--otel"]
    ENV = NOWHERE
    LOCUSTFILE = WHERE_IT_IS + """
    class Visitor(HttpUser):
        @task
        def work(self):
            fact("status", self.client.get("/json").status_code)
            finish(self.environment)
    """

    def test_the_test_runs_without(self, run):
        assert run.fact("status") == 200 and run.exit_code == 0
        assert "OpenTelemetry enabled" not in run.stderr and run.stdout == ""


class TestWithoutTheSdk:
    ARGS = ["--otel"]
    FILES = {"opentelemetry.py": ""}
    LOCUSTFILE = """
    from facts import fact, finish
    from locust import HttpUser, task

    class Visitor(HttpUser):
        @task
        def work(self):
            fact("status", self.client.get("/json").status_code)
            finish(self.environment)
    """

    def test_the_test_runs_without(self, run):
        assert run.fact("status") == 200 and run.exit_code == 0
        assert "OpenTelemetry enabled" not in run.stderr and "[otel]" in run.stderr


class TestWhatCannotBeExported:
    ARGS = ["--otel"]
    ENV = {
        "OTEL_TRACES_EXPORTER": "nowhere,console",
        "OTEL_METRICS_EXPORTER": "prometheus",
        "OTEL_LOGS_EXPORTER": "otlp",
        "OTEL_EXPORTER_OTLP_LOGS_PROTOCOL": "pigeon",
        "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc",
    }
    LOCUSTFILE = TestNothingToExport.LOCUSTFILE

    def test_is_told_and_left_out(self, run):
        assert run.exit_code == 0 and "OpenTelemetry enabled" in run.stderr
        warnings = [line for line in run.stderr.splitlines() if "/WARNING/" in line]
        for name in ("nowhere", "rometheus", "pigeon"):
            assert sum(name in line for line in warnings) == 1, name
        assert [document["name"] for document in documents(run.stdout)] == ["GET /json"]
