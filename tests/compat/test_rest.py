"""Line 31: `rest()` and `rest_()` of both kinds of HTTP users."""

from __future__ import annotations

import json

import pytest


@pytest.mark.parametrize("client", ["HttpUser", "FastHttpUser"])
class TestRest:
    """Line 31: JSON in and out; what the block raises becomes the failure of the request."""

    LOCUSTFILE = """
        from both_clients import MyFastHttpUser, MyHttpUser, attempt, scenario

        def document(user):
            with user.rest("GET", "/json") as response:
                return response.js

        def echo(user):
            with user.rest("POST", "/echo", json={"a": 1}) as response:
                return response.js

        def own_headers(user):
            headers = {"Accept": "text/x", "content-type": "text/y"}
            with user.rest("POST", "/echo", json={}, headers=headers) as response:
                return [response.js["headers"], headers]

        def not_json(user):
            with user.rest("GET", "/") as response:
                return response.js

        def no_content(user):
            with user.rest("GET", "/status/204") as response:
                return response.js

        def assertion(user):
            with user.rest("GET", "/json") as response:
                assert response.js["legs"] == 3, "wrong number of legs"

        def assertion_with_comma(user):
            with user.rest("GET", "/json") as response:
                assert response.js["legs"] == 3, "wrong number of legs,"

        def bare_assertion(user):
            with user.rest("GET", "/json") as response:
                assert response.js["legs"] == 3

        def error_in_the_block(user):
            with user.rest("GET", "/json") as response:
                response.js["no such key"]

        def failure_in_the_block(user):
            with user.rest("GET", "/json") as response:
                response.failure("not good enough")

        def bad_status(user):
            with user.rest("GET", "/status/500") as response:
                return response.js

        def refused(user):
            with user.rest("GET", "/hangup") as response:
                return response.js

        def named(user):
            with user.rest("GET", "/json?x=1", name="a document"):
                pass

        def with_timestamp(user, url):
            with user.rest_("GET", url) as response:
                return response.js["target"]

        @scenario
        def steps(user):
            for step in (document, echo, own_headers, not_json, no_content, assertion):
                attempt(user, step)
            for step in (assertion_with_comma, bare_assertion, error_in_the_block):
                attempt(user, step)
            for step in (failure_in_the_block, bad_status, refused, named):
                attempt(user, step)
            attempt(user, with_timestamp, "/echo")
            attempt(user, with_timestamp, "/echo?a=1")
    """
    ARGS = ["-u", "2"]

    def outcome(self, run, client, label):
        fact = run.fact(f"{client} {label}")
        assert fact["raised"] is None
        (event,) = fact["events"]
        return fact["returned"], event

    def test_the_document(self, run, client):
        document, event = self.outcome(run, client, "document")
        assert document["name"] == "lark"
        assert event["exception"] is None

    def test_headers(self, run, client):
        echo, _event = self.outcome(run, client, "echo")
        headers = {key.lower(): value for key, value in echo["headers"]}
        assert headers["content-type"] == headers["accept"] == "application/json"
        assert json.loads(echo["body"]) == {"a": 1}
        (sent, own), _event = self.outcome(run, client, "own_headers")
        headers = {key.lower(): value for key, value in sent}
        assert (headers["accept"], headers["content-type"]) == ("text/x", "text/y")
        assert own == {"Accept": "text/x", "content-type": "text/y"}

    def test_a_body_that_is_not_json_is_a_failure(self, run, client):
        returned, event = self.outcome(run, client, "not_json")
        assert returned is None
        assert event["exception"].startswith("CatchResponseError('Could not parse response as JSON")
        assert "hello" in event["exception"]

    def test_no_body_is_fine(self, run, client):
        returned, event = self.outcome(run, client, "no_content")
        assert returned is None
        assert event["exception"] is None

    def test_assertions(self, run, client):
        _returned, event = self.outcome(run, client, "assertion")
        assert event["exception"] == "CatchResponseError('wrong number of legs')"
        _returned, event = self.outcome(run, client, "assertion_with_comma")
        assert event["exception"].startswith(
            'CatchResponseError(\'wrong number of legs, response was {"name": "lark"'
        )
        _returned, event = self.outcome(run, client, "bare_assertion")
        assert event["exception"] == "CatchResponseError('Assertion failed')"

    def test_another_error_in_the_block(self, run, client):
        _returned, event = self.outcome(run, client, "error_in_the_block")
        assert event["exception type"] == "CatchResponseError"
        for part in ("KeyError: 'no such key'", "locustfile.py", "Response was"):
            assert part in event["exception"].replace("\\'", "'")

    def test_failure(self, run, client):
        _returned, event = self.outcome(run, client, "failure_in_the_block")
        assert event["exception"] == "CatchResponseError('not good enough')"

    def test_a_bad_status_without_json(self, run, client):
        _returned, event = self.outcome(run, client, "bad_status")
        assert "response code 500" in event["exception"]

    def test_no_answer_at_all(self, run, client):
        returned, event = self.outcome(run, client, "refused")
        assert returned is None
        assert event["exception type"] == "CatchResponseError"

    def test_names(self, run, client):
        assert self.outcome(run, client, "named")[1]["name"] == "a document"

    def test_rest_with_a_timestamp(self, run, client):
        target, event = self.outcome(run, client, "with_timestamp-/echo")
        assert event["name"] == "/echo?_=..."
        assert target.startswith("/echo?_=1") and target[8:].isdigit()
        target, event = self.outcome(run, client, "with_timestamp-/echo?a=1")
        assert event["name"] == "/echo?a=1&_=..."
        assert target.startswith("/echo?a=1&_=1")
