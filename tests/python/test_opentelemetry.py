"""--otel and the ways of requests: native connections, with the core's times.

What is exported is looked at under both: tests/compat/test_opentelemetry.py.
"""

from __future__ import annotations

import json

import pytest
from locustella_process import command
from tests.support.http_target import HttpTarget

pytest.importorskip("opentelemetry.instrumentation.requests")
pytest.importorskip("opentelemetry.instrumentation.urllib3")

LOCUSTFILE = """
    import json
    from locust import HttpUser, task
    from locustella.http import patches
    from locustella.http.session import slow_path

    class Visitor(HttpUser):
        @task
        def work(self):
            named = self.client.get("/any", name="a name")
            times = named._native_times()[1]
            plain = self.client.get("/any")
            entry = self.environment.stats.get("a name", "GET")
            print(json.dumps({
                "counts": slow_path.counts(), "transport": patches.found().transport,
                "native": named._native_session() is not None,
                "counted": entry.total_response_time, "took": times,
                "names": [getattr(r.request, "_explicit_name", None) for r in (named, plain)],
            }))
            self.environment.runner.quit()
"""
ENV = {
    "OTEL_TRACES_EXPORTER": "none", "OTEL_METRICS_EXPORTER": "console",
    "OTEL_LOGS_EXPORTER": "none", "OTEL_METRIC_EXPORT_INTERVAL": "60000",
}  # fmt: skip


def seen(tmp_path, target: HttpTarget, env: dict[str, str]) -> dict:
    arguments = ["--headless", "-u", "1", "-t", "20", "--only-summary", "--otel", "-H", target.url]
    run = command(tmp_path, arguments, {"locustfile.py": LOCUSTFILE}, env)
    assert run.code == 0, run.err
    return json.loads(run.out.splitlines()[0])


def test_requests_go_by_native_connections(tmp_path, target):
    facts = seen(tmp_path, target, ENV)
    assert facts["counts"] == {"a patch of requests.sessions.Session.send": 2}
    assert facts["transport"] is None and facts["native"]
    assert facts["counted"] == pytest.approx(facts["took"])


def test_names_are_those_of_the_call(tmp_path, target):
    assert seen(tmp_path, target, ENV)["names"] == ["a name", None]


def test_urls_that_are_left_to_urllib3_go_by_it(tmp_path, target):
    excluded = {**ENV, "OTEL_PYTHON_REQUESTS_EXCLUDED_URLS": "any"}
    facts = seen(tmp_path, target, excluded)
    assert facts["transport"].startswith("a patch of urllib3.") and not facts["native"]
