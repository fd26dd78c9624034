"""Line 30 and the rest that is FastHttpUser's own."""

from __future__ import annotations

import pytest


def _returned(run, label):
    fact = run.fact(f"FastHttpUser {label}")
    assert fact["raised"] is None, fact
    return fact["returned"]


class TestJsonAndHeaders:
    """Line 30: `json` counts only where `data` is falsy; the caller's headers stay as they are."""

    LOCUSTFILE = """
        from both_clients import MyFastHttpUser, MyHttpUser, attempt, scenario

        def body(user, data, json):
            echo = user.client.post("/echo", data=data, json=json).json()
            types = [value for key, value in echo["headers"] if key.lower() == "content-type"]
            accept = [value for key, value in echo["headers"] if key.lower() == "accept"]
            return [echo["body"], types, accept]

        def headers_of_the_caller(user):
            headers = {"X-Mine": "1"}
            user.client.post("/echo", json={"a": 1}, headers=headers, auth=("u", "p"))
            return headers

        def lower_case_headers(user):
            headers = {"content-type": "text/x", "accept": "text/y", "accept-encoding": "identity"}
            echo = user.client.post("/echo", json={"a": 1}, headers=headers).json()
            wanted = ("content-type", "accept", "accept-encoding")
            return sorted([k.lower(), v] for k, v in echo["headers"] if k.lower() in wanted)

        @scenario
        def steps(user):
            if isinstance(user, MyHttpUser):
                return
            attempt(user, body, "text", {"a": 1})
            attempt(user, body, "", {"a": 1})
            attempt(user, body, None, {})
            attempt(user, body, None, 0)
            attempt(user, body, None, None)
            attempt(user, headers_of_the_caller)
            attempt(user, lower_case_headers)
    """
    ARGS = ["-u", "2"]

    def test_data_goes_first(self, run):
        assert _returned(run, "body-text-{'a': 1}")[0] == "text"

    @pytest.mark.parametrize(
        ("label", "body"),
        [("body--{'a': 1}", '{"a": 1}'), ("body-None-{}", "{}"), ("body-None-0", "0")],
    )
    def test_json_where_data_is_falsy(self, run, label, body):
        assert _returned(run, label) == [body, ["application/json"], ["application/json"]]

    def test_neither(self, run):
        assert _returned(run, "body-None-None")[0] == ""

    def test_the_dict_of_the_caller_is_left_alone(self, run):
        assert _returned(run, "headers_of_the_caller") == {"X-Mine": "1"}

    def test_headers_in_lower_case_count(self, run):
        assert _returned(run, "lower_case_headers") == [
            ["accept", "text/y"],
            ["accept-encoding", "identity"],
            ["content-type", "text/x"],
        ]


class TestKeywordsThatNobodyKnows:
    """They become parameters of the query, or of the form of a POST, in the caller's own dict."""

    LOCUSTFILE = """
        from both_clients import MyFastHttpUser, MyHttpUser, attempt, scenario

        def sent(user, method, url, said):
            echo = user.client.request(method, url, **said).json()
            return [echo["target"], echo["body"]]

        def query(user):
            said = {"timeout": 5, "verify": False, "cookies": {"k": "v"}}
            return sent(user, "GET", "/echo", said)

        def none_in_the_query(user):
            return sent(user, "PUT", "/echo?x=1", {"timeout": None})

        def form(user):
            said = {"timeout": None, "any": [1, "a"], "cookies": {"k": "v"}}
            return sent(user, "POST", "/echo", said)

        def of_the_caller(user):
            params, data = {"a": "1"}, {"b": "2"}
            user.client.get("/echo", params=params, timeout=5)
            user.client.post("/echo", data=data, verify=False)
            return [params, data]

        def lost(user):
            return [sent(user, "POST", "/echo", {"data": "text", "timeout": 5}),
                    sent(user, "POST", "/echo", {"json": [1], "timeout": 5}),
                    sent(user, "GET", "/echo", {"params": "a=1", "timeout": 5})]

        def of_a_failure(user):
            request = user.client.post("http://127.0.0.1:1/", timeout=5).request
            return [request.body, list(request.headers)]

        @scenario
        def steps(user):
            if isinstance(user, MyHttpUser):
                return
            for step in (query, none_in_the_query, form, of_the_caller, lost, of_a_failure):
                attempt(user, step)
    """
    ARGS = ["-u", "2"]

    def test_in_the_query(self, run):
        assert _returned(run, "query") == ["/echo?timeout=5&verify=False&cookies=k", ""]

    def test_none_leaves_its_ampersand(self, run):
        assert _returned(run, "none_in_the_query") == ["/echo?x=1&", ""]

    def test_in_the_form_of_a_post(self, run):
        said = "timeout=None&any=%5B1%2C+%27a%27%5D&cookies=%7B%27k%27%3A+%27v%27%7D"
        assert _returned(run, "form") == ["/echo", said]

    def test_the_dict_of_the_caller_has_them(self, run):
        expected = [{"a": "1", "timeout": 5}, {"b": "2", "verify": False}]
        assert _returned(run, "of_the_caller") == expected

    def test_text_has_no_room_for_them(self, run):
        expected = [["/echo", "text"], ["/echo", "[1]"], ["/echo?a=1", ""]]
        assert _returned(run, "lost") == expected

    def test_a_request_that_failed_shows_what_was_said(self, run):
        body, headers = _returned(run, "of_a_failure")
        assert body is None and "content-type" not in headers


class TestSettings:
    """Class attributes that configure the client, and what its responses know."""

    LOCUSTFILE = """
        from both_clients import MyFastHttpUser, MyHttpUser, attempt, scenario
        from locust.contrib.fasthttp import FastHttpSession, FastResponse, ResponseContextManager

        MyFastHttpUser.default_headers = {"X-Default": "everywhere"}
        MyFastHttpUser.max_redirects = 2

        def default_headers(user):
            echo = user.client.get("/echo", headers={"X-Own": "1"}).json()
            return sorted([k, v] for k, v in echo["headers"] if k.startswith("X-"))

        def redirects(user, hops):
            return user.client.get(f"/redirect/{hops}").status_code

        def types(user):
            plain = user.client.get("/")
            with user.client.get("/", catch_response=True) as caught:
                return [
                    isinstance(user.client, FastHttpSession),
                    isinstance(plain, FastResponse),
                    isinstance(caught, ResponseContextManager),
                    isinstance(caught, FastResponse),
                ]

        def request_of_the_response(user):
            response = user.client.post("/echo", data="abc")
            return [response.request.method, response.request.body, response.request.url[-5:]]

        def stream(user):
            response = user.client.get("/bytes/1000", stream=True)
            return [len(chunk) for chunk in response.iter_content(chunk_size=400)]

        def lines(user):
            return list(user.client.iter_lines("/chunked/3"))

        def encodings(user):
            response = user.client.get("/json")
            response.encoding = "latin-1"
            return [response.text[:1], response.headers.get("content-type")]

        def failed(user):
            response = user.client.get("/hangup")
            return [response.status_code, response.content, response.text, response.headers]

        @scenario
        def steps(user):
            if isinstance(user, MyHttpUser):
                return
            for step in (default_headers, types, request_of_the_response, stream, lines):
                attempt(user, step)
            for hops in (2, 3):
                attempt(user, redirects, hops)
            attempt(user, encodings)
            attempt(user, failed)
    """
    ARGS = ["-u", "2"]

    def test_default_headers(self, run):
        assert _returned(run, "default_headers") == [["X-Default", "everywhere"], ["X-Own", "1"]]

    def test_max_redirects(self, run):
        assert _returned(run, "redirects-2") == 200
        (event,) = run.fact("FastHttpUser redirects-3")["events"]
        assert event["exception"] is not None

    def test_types(self, run):
        assert _returned(run, "types") == [True] * 4

    def test_the_request_is_kept_with_the_response(self, run):
        assert _returned(run, "request_of_the_response") == ["POST", "b'abc'", "/echo"]

    def test_streams(self, run):
        assert sum(_returned(run, "stream")) == 1000
        assert _returned(run, "lines") == ["chunk 0", "chunk 1", "chunk 2"]

    def test_encoding(self, run):
        assert _returned(run, "encodings") == ["{", "application/json"]

    def test_a_failed_request_has_empty_fields(self, run):
        assert _returned(run, "failed") == [0, None, None, None]


class TestKindsOfResponses:
    """Which classes a response is of: by the request's outcome, and by who is to judge it."""

    LOCUSTFILE = """
        import requests
        from both_clients import MyFastHttpUser, MyHttpUser, attempt, scenario
        from locust import clients
        from locust.contrib import fasthttp

        def kinds_of(user, response):
            if isinstance(user, MyHttpUser):
                classes = requests.Response, clients.ResponseContextManager
            else:
                names = "FastResponse", "ErrorResponse", "ResponseContextManager"
                classes = [getattr(fasthttp, name) for name in names]
            return [one.__name__ for one in classes if isinstance(response, one)]

        def plain(user, path):
            return kinds_of(user, user.client.get(path))

        def caught(user, path):
            with user.client.get(path, catch_response=True) as response:
                found = kinds_of(user, response)
                response.success()
            return found + kinds_of(user, response)

        def named(user, path):
            return type(user.client.get(path)).__name__

        def made(user, path):
            return kinds_of(user, fasthttp.ErrorResponse(None, ValueError("mine")))

        @scenario
        def steps(user):
            for path in ("/", "/status/404", "/hangup", "http://127.0.0.1:1/"):
                attempt(user, plain, path)
                attempt(user, caught, path)
            attempt(user, named, "/")
            attempt(user, made, "/")
    """
    ARGS = ["-u", "2"]
    ANSWERED = ["/", "/status/404"]
    FAILED = ["/hangup", "http://127.0.0.1:1/"]

    @pytest.mark.parametrize("path", ANSWERED)
    def test_an_answer(self, run, path):
        assert _returned(run, f"plain-{path}") == ["FastResponse"]

    @pytest.mark.parametrize("path", FAILED)
    def test_a_failure(self, run, path):
        assert _returned(run, f"plain-{path}") == ["FastResponse", "ErrorResponse"]

    @pytest.mark.parametrize("path", ANSWERED + FAILED)
    def test_one_that_is_caught(self, run, path):
        expected = ["FastResponse", "ResponseContextManager"]
        assert _returned(run, f"caught-{path}") == expected * 2

    @pytest.mark.parametrize("path", ANSWERED + FAILED)
    def test_those_of_http_user(self, run, path):
        for step in ("plain", "caught"):
            fact = run.fact(f"HttpUser {step}-{path}")
            expected = ["Response", "ResponseContextManager"]
            assert fact["returned"] == expected * (2 if step == "caught" else 1), fact

    def test_the_name(self, run):
        assert _returned(run, "named-/") == "FastResponse"

    def test_one_of_its_own(self, run):
        assert _returned(run, "made-/") == ["FastResponse", "ErrorResponse"]


class TestCopies:
    """`copy.copy(client)`: another session with the same settings."""

    LOCUSTFILE = """
        from copy import copy
        from both_clients import MyFastHttpUser, MyHttpUser, attempt, scenario

        MyFastHttpUser.default_headers = {"X-Default": "everywhere"}

        def asked(session, name):
            headers = session.get("/echo", name=name).json()["headers"]
            return sorted([k, v] for k, v in headers if k in ("X-Default", "Authorization"))

        def untouched(user):
            return asked(copy(user.client), "copied")

        def touched(user):
            user.client.client.default_headers["X-Default"] = "changed"
            user.client.auth_header = "Bearer 1"
            return asked(copy(user.client), "copied")

        def cookies(user):
            user.client.get("/cookies/set?a=1")
            return copy(user.client).get("/cookies").json()

        def names(user):
            twin = copy(user.client)
            twin.request_name = "mine"
            return [asked(twin, None) != [], user.client.request_name]

        @scenario
        def steps(user):
            if isinstance(user, MyFastHttpUser):
                for step in (untouched, touched, cookies, names):
                    attempt(user, step)
    """
    ARGS = ["-u", "2"]

    def test_one_whose_client_nobody_has_looked_at(self, run):
        assert _returned(run, "untouched") == [["X-Default", "everywhere"]]
        (event,) = run.fact("FastHttpUser untouched")["events"]
        assert event["name"] == "copied"

    def test_changed_settings(self, run):
        expected = [["Authorization", "Bearer 1"], ["X-Default", "changed"]]
        assert _returned(run, "touched") == expected

    def test_cookies(self, run):
        assert _returned(run, "cookies") == {"a": "1"}

    def test_what_is_said_of_the_copy_is_not_said_of_the_other(self, run):
        assert _returned(run, "names") == [True, None]
