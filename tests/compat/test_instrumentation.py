"""Real instrumentation of requests: OpenTelemetry's spans, vcrpy's cassettes, urllib3's log."""

from __future__ import annotations

import pytest


class TestOpenTelemetry:
    """RequestsInstrumentor, put in and taken out while a session is in use."""

    LOCUSTFILE = """
        from facts import fact, finish
        from locust import HttpUser, task

        try:
            from opentelemetry.instrumentation.requests import RequestsInstrumentor
            from opentelemetry.sdk.trace import TracerProvider
            from opentelemetry.sdk.trace.export import SimpleSpanProcessor
            from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
        except ImportError:
            RequestsInstrumentor = None

        class Visitor(HttpUser):
            @task
            def work(self):
                fact("installed", RequestsInstrumentor is not None)
                if RequestsInstrumentor is not None:
                    self.traced()
                finish(self.environment)

            def traced(self):
                spans = InMemorySpanExporter()
                provider = TracerProvider()
                provider.add_span_processor(SimpleSpanProcessor(spans))
                self.client.get("/json")
                RequestsInstrumentor().instrument(tracer_provider=provider)
                echo = self.client.post("/echo", data="abc").json()
                fact("traceparent", [v for k, v in echo["headers"] if k.lower() == "traceparent"])
                self.client.get("/redirect/2")
                self.client.get("http://127.0.0.1:1/")
                with self.client.get("/status/404", catch_response=True) as response:
                    response.success()
                RequestsInstrumentor().uninstrument()
                self.client.get("/json")
                base = self.environment.host
                seen = spans.get_finished_spans()
                fact("spans", [
                    [s.name, s.status.status_code.name, s.attributes.get("http.status_code"),
                     s.attributes["http.url"].replace(base, "")] for s in seen
                ])
                fact("trace id", f"{seen[0].context.trace_id:032x}")
                entries = sorted(self.environment.stats.entries.values(), key=lambda e: e.name)
                fact("entries", [[e.method, e.name, e.num_requests, e.num_failures] for e in entries])
    """  # noqa: E501

    def test_spans(self, run):
        if not run.fact("installed"):
            pytest.skip("opentelemetry-instrumentation-requests is not installed")
        assert run.fact("spans") == [
            ["POST", "UNSET", 200, "/echo"],
            ["GET", "UNSET", 200, "/redirect/2"],
            ["GET", "ERROR", None, "http://127.0.0.1:1/"],
            ["GET", "ERROR", 404, "/status/404"],
        ]
        (traceparent,) = run.fact("traceparent")
        assert traceparent.split("-")[1] == run.fact("trace id")

    def test_every_request_is_counted_once(self, run):
        if not run.fact("installed"):
            pytest.skip("opentelemetry-instrumentation-requests is not installed")
        assert run.fact("entries") == [
            ["GET", "/", 1, 1],
            ["POST", "/echo", 1, 0],
            ["GET", "/json", 2, 0],
            ["GET", "/redirect/2", 1, 0],
            ["GET", "/status/404", 1, 0],
        ]


class TestVcr:
    """vcrpy records what a session does, and plays it without the target."""

    LOCUSTFILE = """
        from facts import fact, finish
        from locust import HttpUser, task

        try:
            import vcr
        except ImportError:
            vcr = None

        class Visitor(HttpUser):
            @task
            def work(self):
                fact("installed", vcr is not None)
                if vcr is not None:
                    self.client.get("/json")
                    with vcr.use_cassette("cassette.yaml", record_mode="all") as cassette:
                        fact("recorded", self.steps())
                    fact("interactions", [
                        [r.method, r.uri.replace(self.environment.host, "")] for r in cassette.requests
                    ])
                    with vcr.use_cassette("cassette.yaml", record_mode="none") as cassette:
                        fact("played", self.steps())
                        fact("play count", cassette.play_count)
                    self.client.get("/json")
                finish(self.environment)

            def steps(self):
                get, post = self.client.get, self.client.post
                answers = [get("/json?x=1"), post("/echo", json={"a": 1}), get("/redirect/1"), get("/status/503")]
                return [[answer.status_code, len(answer.content)] for answer in answers]
    """  # noqa: E501

    def test_it_records_and_plays(self, run, target):
        if not run.fact("installed"):
            pytest.skip("vcrpy is not installed")
        recorded = run.fact("recorded")
        assert [status for status, _ in recorded] == [200, 200, 200, 503]
        assert run.fact("played") == recorded and run.fact("play count") == 5
        paths = ["/json?x=1", "/echo", "/redirect/1", "/status/503"]
        interactions = run.fact("interactions")
        assert [path for _, path in interactions if path in paths] == paths
        assert len(interactions) == 5 and interactions[1][0] == "POST"


class TestUrllib3Log:
    """logging.getLogger("urllib3").setLevel(DEBUG), at any moment."""

    LOCUSTFILE = """
        import logging
        from facts import fact, finish
        from locust import HttpUser, task

        lines = []

        class Lines(logging.Handler):
            def emit(self, record):
                lines.append([record.name, record.levelname, record.getMessage()])

        class Visitor(HttpUser):
            @task
            def work(self):
                log = logging.getLogger("urllib3")
                log.addHandler(Lines())
                log.propagate = False
                self.client.get("/json")
                log.setLevel(logging.DEBUG)
                self.client.get("/bytes/1000?x=1")
                self.client.post("/echo", data={"a": "b"})
                self.client.get("/redirect/2")
                self.client.get("/chunked/3")
                self.client.head("/json")
                self.client.get("/json", hooks={"response": lambda r, **kwargs: None})
                self.client.get("/hangup")
                self.client.get("/json")
                self.client.get("http://127.0.0.1:1/")
                self.client.get("http://127.0.0.1:1/")
                logging.disable(logging.DEBUG)
                self.client.get("/json")
                logging.disable(logging.NOTSET)
                log.setLevel(logging.WARNING)
                self.client.get("/json")
                fact("lines", lines)
                fact("host", self.environment.host)
                finish(self.environment)
    """

    def test_lines(self, run):
        host = run.fact("host")
        lines = run.fact("lines")
        assert {(name, level) for name, level, _ in lines} == {("urllib3.connectionpool", "DEBUG")}
        address = host.removeprefix("http://")
        shown = [text for _, _, text in lines]
        assert shown[:7] == [
            f'{host} "GET /bytes/1000?x=1 HTTP/1.1" 200 1000',
            shown[1],
            f'{host} "GET /redirect/2 HTTP/1.1" 302 5',
            f'{host} "GET /redirect/1 HTTP/1.1" 302 5',
            f'{host} "GET /landed HTTP/1.1" 200 13',
            f'{host} "GET /chunked/3 HTTP/1.1" 200 None',
            f'{host} "HEAD /json HTTP/1.1" 200 0',
        ]
        assert shown[1].startswith(f'{host} "POST /echo HTTP/1.1" 200 ')
        assert shown[7].startswith(f'{host} "GET /json HTTP/1.1" 200 ')
        assert shown[-2:] == [
            "Starting new HTTP connection (1): 127.0.0.1:1",
            "Starting new HTTP connection (2): 127.0.0.1:1",
        ]
        assert f"Starting new HTTP connection (2): {address}" in shown[8:-2]  # after the hangup
        assert shown[-3].startswith(f'{host} "GET /json HTTP/1.1" 200 ')
