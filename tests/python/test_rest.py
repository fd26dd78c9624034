"""REST calls with JSON: what makes a request fail, and how the failure reads."""

from __future__ import annotations

import json
from contextlib import contextmanager

import pytest

from locustella.user.rest import RestMixin


class Response:
    error = None
    status_code = 200

    def __init__(self, text):
        self.text = text
        self.content = None if text is None else text.encode()
        self.failures = []

    def json(self):
        return json.loads(self.text)

    def failure(self, message):
        self.failures.append(message)


class Client:
    def __init__(self, text):
        self.response = Response(text)

    @contextmanager
    def request(self, method, url, **kwargs):
        self.call = (method, url, kwargs)
        yield self.response


class RestUser(RestMixin):
    def __init__(self, text='{"a": 1}'):
        self.client = Client(text)


def test_json_is_parsed_and_asked_for():
    user = RestUser()
    with user.rest("POST", "/x", json={"b": 2}) as response:
        assert response.js == {"a": 1}
    method, url, kwargs = user.client.call
    assert (method, url, kwargs["json"], kwargs["catch_response"]) == ("POST", "/x", {"b": 2}, True)
    assert kwargs["headers"] == {"Content-Type": "application/json", "Accept": "application/json"}
    assert user.client.response.failures == []


def test_headers_of_the_caller_win_and_stay_the_callers():
    user, own = RestUser(), {"content-type": "text/plain", "Accept": "text/xml"}
    with user.rest("GET", "/", headers=own):
        pass
    assert user.client.call[2]["headers"] == {"content-type": "text/plain", "Accept": "text/xml"}
    assert own == {"content-type": "text/plain", "Accept": "text/xml"}


def test_a_body_that_is_no_json_fails():
    user = RestUser("<html>")
    with user.rest("GET", "/") as response:
        assert response.js is None
    (failure,) = user.client.response.failures
    assert "JSON" in failure and "<html>" in failure and "200" in failure


def test_an_empty_body_is_fine():
    user = RestUser("")
    with user.rest("GET", "/") as response:
        assert response.js is None
    assert user.client.response.failures == []


def test_no_response_fails_with_the_error():
    user = RestUser(None)
    user.client.response.error = "refused"
    with user.rest("GET", "/"):
        pass
    assert user.client.response.failures == ["refused"]


@pytest.mark.parametrize(
    "arguments, failure",
    [
        ((), "Assertion failed"),
        (("wrong",), "wrong"),
        (("wrong,",), 'wrong, response was {"a": 1}'),
    ],
)
def test_a_failed_assertion_is_the_failure(arguments, failure):
    user = RestUser()
    with user.rest("GET", "/"):
        raise AssertionError(*arguments)
    assert user.client.response.failures == [failure]


def test_any_other_exception_is_one_too_and_names_its_place():
    user = RestUser()
    with user.rest("GET", "/") as response:
        _ = response.js["missing"]
    (failure,) = user.client.response.failures
    assert failure.startswith("KeyError: 'missing' at ")
    assert "test_rest.py:" in failure and "rest.py:9" not in failure.replace("test_rest.py", "")
    assert failure.endswith('Response was {"a": 1}')


@pytest.mark.parametrize("url, joined", [("/x", "/x?_="), ("/x?b=1", "/x?b=1&_=")])
def test_past_caches(url, joined):
    user = RestUser()
    with user.rest_("GET", url):
        pass
    _, sent, kwargs = user.client.call
    assert sent.startswith(joined) and sent.rpartition("=")[2].isdigit()
    assert kwargs["name"] == joined + "..."
    with user.rest_("GET", url, name="own"):
        pass
    assert user.client.call[2]["name"] == "own"
