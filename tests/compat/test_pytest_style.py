"""Locustfiles in pytest's style: the same file under the command and under pytest."""

from __future__ import annotations

import subprocess

import pytest

FILE = """
    from facts import fact, finish
    from locust.clients import HttpSession
    from locust.contrib.fasthttp import FastHttpSession

    seen = []

    def note(client, kind):
        seen.append(kind.__name__)
        fact(kind.__name__, [isinstance(client, kind), client.base_url[:17]])
        if client.user and len(set(seen)) == 2:
            environment = client.user.environment
            fact("entries", sorted(environment.stats.entries))
            finish(environment)
            client.user.stop(force=True)

    def test_first(session):
        response = session.get("/json?first")
        response.raise_for_status()
        if "HttpSession" not in seen:
            note(session, HttpSession)

    def test_second(fastsession):
        fastsession.get("/json?second").raise_for_status()
        if "FastHttpSession" not in seen:
            note(fastsession, FastHttpSession)
"""


class TestUnderTheCommand:
    LOCUSTFILE = FILE
    ARGS = ["-u", "2"]

    def test_each_function_is_a_user_with_its_client(self, run):
        assert run.fact("HttpSession") == [True, "http://127.0.0.1:"]
        assert run.fact("FastHttpSession") == [True, "http://127.0.0.1:"]

    def test_its_requests_are_counted(self, run):
        assert run.fact("entries") == [["/json?first", "GET"], ["/json?second", "GET"]]
        assert run.exit_code == 0


UNDER_PYTEST = """
def test_good(session, fastsession):
    assert session.get("/json?by-pytest").status_code == 200
    assert fastsession.get("/json?by-pytest").status_code == 200


def test_bad(session):
    session.get("/status/500").raise_for_status()
"""


def test_the_plugin_is_there_by_itself(implementation, target, tmp_path):
    (tmp_path / "test_shop.py").write_text(UNDER_PYTEST)
    done = subprocess.run(
        [implementation.command[0], "-m", "pytest", "-q", "-p", "no:cacheprovider", "-H",
         target.url, "test_shop.py"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "1 failed, 1 passed" in done.stdout, done.stdout + done.stderr
    assert "HTTPError: 500" in done.stdout


@pytest.mark.parametrize("name", ["pytest_locustella.plugin"])
def test_pytest_itself_is_left_unpatched(implementation, name):
    if implementation.name != "locustella":
        pytest.skip("it is about our plugin")
    code = f"import sys, {name}; assert not {{'gevent', 'locustella'}} & set(sys.modules)"
    subprocess.run([implementation.command[0], "-c", code], check=True)
