"""The load tests that the benchmark runs: they succeed, and none of their requests takes the slow
path.
"""

from __future__ import annotations

import gzip
import runpy
import sys
from pathlib import Path

import pytest
from tests.support.http_target import HttpTarget, Reply

import locustella.as_locust  # noqa: F401
from locustella import events
from locustella.env import Environment
from locustella.http.session import slow_path
from locustella.statistics.request_recorder import RequestRecorder

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "benchmarks"))
from call_forms import FORMS  # noqa: E402

LOCUSTFILES = Path(__file__).resolve().parents[1] / "benchmarks" / "locustfiles"
BEHAVIOURS = ("one_get", "idle", "post_json", "journey", "new_connection", "download", "gzip")


@pytest.fixture(scope="module")
def target():
    with HttpTarget() as target:
        plain = [("Content-Type", "text/plain")]
        target.add_route("/", lambda request: Reply(200, plain, body=b"Hello"))
        target.add_route("/orders", lambda request: Reply(201, body=b'{"id": 4711}'))
        target.add_route("/missing", lambda request: Reply(404))
        target.add_route("/old", lambda request: Reply(302, [("Location", "/products")]))
        target.add_route(
            "/login", lambda request: Reply(200, [("Set-Cookie", "session=1; Path=/")])
        )
        target.add_route("/account", account)
        target.add_route("/megabyte", lambda request: Reply(200, body=b"x" * 1_000_000))
        page = gzip.compress(b"page" * 10_000)
        target.add_route("/page", lambda request: Reply(200, [("Content-Encoding", "gzip")], page))
        yield target


def account(request):
    return (
        Reply(200, body=b"alice's page") if request.header("Cookie") == "session=1" else Reply(403)
    )


@pytest.mark.parametrize("user", ["http_user", "fast_http_user"])
@pytest.mark.parametrize("behaviour", BEHAVIOURS)
def test_natively_and_without_failures(target, behaviour, user):
    visitor_class = runpy.run_path(str(LOCUSTFILES / f"{behaviour}_{user}.py"))["Visitor"]
    environment = Environment(user_classes=[visitor_class], host=target.url)
    environment.events.request.add_listener(RequestRecorder(environment))
    visitor_class.host = target.url
    before = slow_path.counts()
    visitor = visitor_class(environment)
    visitor.on_start()
    for _ in range(3):
        visitor.tasks[0](visitor)
    visitor.client._close_connections()
    total = environment.stats.total
    assert total.num_requests == (30 if behaviour == "journey" else 3)
    assert total.num_failures == 0, [error.to_dict() for error in environment.stats.errors.values()]
    assert slow_path.counts() == before


# A forward proxy is asked for whole URLs, which this target does not take.
@pytest.mark.parametrize("name", [name for name in FORMS if "proxies" not in name])
def test_call_forms_send_the_requests_that_they_say(target, name, monkeypatch):
    form = FORMS[name]
    monkeypatch.setattr(events.request, "_handlers", [])
    monkeypatch.setenv("BENCH_CALL_FORM", name)
    kind = {"HttpUser": "http_user", "FastHttpUser": "fast_http_user"}[form.user]
    visitor_class = runpy.run_path(str(LOCUSTFILES / f"call_form_{kind}.py"))["Visitor"]
    environment = Environment(user_classes=[visitor_class], host=target.url, events=events)
    environment.events.request.add_listener(RequestRecorder(environment))
    visitor_class.host = target.url
    visitor = visitor_class(environment)
    visitor.on_start()
    before = len(target.received)
    for _ in range(3):
        visitor.tasks[0](visitor)
    visitor.client._close_connections()
    assert len(target.received) - before == 3 * form.requests
    fails = "404" in name or "failure()" in name
    assert environment.stats.total.num_requests == 3
    assert environment.stats.total.num_failures == (3 if fails else 0), environment.stats.errors
