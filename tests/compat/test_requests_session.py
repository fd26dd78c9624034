"""Line 49 and HttpUser's client as a requests.Session; sessions that a locustfile builds itself."""

from __future__ import annotations

import pytest

CLIENTS = ["HttpUser", "FastHttpUser"]


def _returned(run, client, label):
    fact = run.fact(f"{client} {label}")
    assert fact["raised"] is None, fact
    return fact["returned"]


class TestRequestsSession:
    """HttpUser.client is a requests.Session: its attributes mean what they mean in requests."""

    LOCUSTFILE = """
        import datetime
        import requests
        from both_clients import MyFastHttpUser, MyHttpUser, attempt, scenario
        from locust.clients import HttpSession, ResponseContextManager

        def types(user):
            response = user.client.get("/json")
            return [
                isinstance(user.client, requests.Session),
                isinstance(user.client, HttpSession),
                isinstance(response, requests.Response),
                isinstance(response, ResponseContextManager),
                isinstance(response.elapsed, datetime.timedelta),
                response.elapsed.total_seconds() > 0,
                isinstance(response.headers, requests.structures.CaseInsensitiveDict),
                isinstance(response.cookies, requests.cookies.RequestsCookieJar),
            ]

        def request_of_the_response(user):
            response = user.client.post("/echo", data="abc", headers={"X-One": "1"})
            request = response.request
            return [request.method, request.path_url, request.headers["X-One"], request.body]

        def session_headers(user):
            user.client.headers.update({"X-Session": "yes", "Accept": "application/json"})
            del user.client.headers["User-Agent"]
            echo = user.client.get("/echo").json()
            return {key: value for key, value in echo["headers"] if key in ("X-Session", "Accept")}

        def header_removed_for_one_request(user):
            echo = user.client.get("/echo", headers={"X-Session": None}).json()
            return [key for key, value in echo["headers"] if key == "X-Session"]

        def session_params_and_auth(user):
            user.client.params = {"v": "2"}
            user.client.auth = ("me", "secret")
            try:
                return user.client.get("/basic-auth/me/secret").status_code
            finally:
                user.client.params = {}
                user.client.auth = None

        def hooks(user):
            seen = []
            hooks = {"response": lambda r, **kwargs: seen.append(r.status_code)}
            user.client.get("/json", hooks=hooks)
            return seen

        def iter_content(user):
            response = user.client.get("/bytes/1000", stream=True)
            return [len(chunk) for chunk in response.iter_content(chunk_size=300)]

        def iter_lines(user):
            response = user.client.get("/chunked/3", stream=True)
            return [line.decode() for line in response.iter_lines()]

        def generator_body(user):
            def parts():
                yield b"one,"
                yield b"two"
            return user.client.post("/echo", data=parts()).json()["body"]

        def reason_and_encoding(user):
            response = user.client.get("/status/404")
            return [response.reason, response.encoding, response.is_redirect, response.links]

        def default_headers(user):
            echo = user.client.get("/echo").json()
            return {key: value for key, value in echo["headers"]}

        @scenario
        def steps(user):
            if isinstance(user, MyHttpUser):
                for step in (types, request_of_the_response, default_headers, session_headers):
                    attempt(user, step)
                for step in (header_removed_for_one_request, session_params_and_auth, hooks):
                    attempt(user, step)
                for step in (iter_content, iter_lines, generator_body, reason_and_encoding):
                    attempt(user, step)
    """
    ARGS = ["-u", "2"]

    def test_types(self, run):
        assert _returned(run, "HttpUser", "types") == [True] * 8

    def test_the_request_is_kept_with_the_response(self, run):
        expected = ["POST", "/echo", "1", "abc"]
        assert _returned(run, "HttpUser", "request_of_the_response") == expected

    def test_default_headers(self, run):
        headers = _returned(run, "HttpUser", "default_headers")
        assert headers["Accept"] == "*/*"
        assert headers["Connection"] == "keep-alive"
        assert headers["User-Agent"].startswith("python-requests/")

    def test_session_headers(self, run):
        expected = {"X-Session": "yes", "Accept": "application/json"}
        assert _returned(run, "HttpUser", "session_headers") == expected
        assert _returned(run, "HttpUser", "header_removed_for_one_request") == []

    def test_session_params_and_auth(self, run, target):
        assert _returned(run, "HttpUser", "session_params_and_auth") == 200
        assert target.requests("/basic-auth/me/secret")[0].query == {"v": "2"}

    def test_hooks(self, run):
        assert _returned(run, "HttpUser", "hooks") == [200]

    def test_streaming(self, run):
        assert _returned(run, "HttpUser", "iter_content") == [300, 300, 300, 100]
        assert _returned(run, "HttpUser", "iter_lines") == ["chunk 0", "chunk 1", "chunk 2"]

    def test_a_generator_as_body(self, run, target):
        assert _returned(run, "HttpUser", "generator_body") == "one,two"

    def test_reason_and_encoding(self, run):
        expected = ["Not Found", "utf-8", False, {}]
        assert _returned(run, "HttpUser", "reason_and_encoding") == expected


class TestSessionsByHand:
    """Line 49: sessions built by the locustfile, with or without a user."""

    LOCUSTFILE = """
        from both_clients import MyFastHttpUser, MyHttpUser, attempt, scenario
        from facts import TARGET
        from locust.clients import HttpSession
        from locust.contrib.fasthttp import FastHttpSession

        def of_a_user(user):
            user.context = lambda: {"from": "user"}
            session = HttpSession(
                base_url=TARGET, request_event=user.client.request_event, user=user
            )
            return session.get("/json").json()["name"]

        def of_nobody(user):
            session = HttpSession(TARGET, user.environment.events.request, None)
            return [session.get("/json").status_code, session.cookies is not user.client.cookies]

        def fast_of_a_user(user):
            session = FastHttpSession(
                base_url=TARGET, request_event=user.client.request_event, user=user
            )
            return session.get("/json").json()["name"]

        def close_the_pool(user):
            before = user.client.get("/echo").json()["connection"]
            user.client.client.clientpool.close()
            return user.client.get("/echo").json()["connection"] != before

        def close_the_session(user):
            before = user.client.get("/echo").json()["connection"]
            user.client.close()
            return user.client.get("/echo").json()["connection"] != before

        @scenario
        def steps(user):
            if isinstance(user, MyHttpUser):
                for step in (of_a_user, of_nobody, close_the_session):
                    attempt(user, step)
            else:
                for step in (fast_of_a_user, close_the_pool):
                    attempt(user, step)
    """
    ARGS = ["-u", "2"]

    def test_http_session(self, run):
        assert _returned(run, "HttpUser", "of_a_user") == "lark"
        (event,) = run.fact("HttpUser of_a_user")["events"]
        assert event["name"] == "/json" and event["context"] == {"from": "user"}

    def test_without_a_user(self, run):
        assert _returned(run, "HttpUser", "of_nobody") == [200, True]
        (event,) = run.fact("HttpUser of_nobody")["events"]
        assert event["context"] == {}

    def test_fast_http_session(self, run):
        assert _returned(run, "FastHttpUser", "fast_of_a_user") == "lark"
        assert len(run.fact("FastHttpUser fast_of_a_user")["events"]) == 1

    def test_closing_makes_the_next_request_connect_anew(self, run):
        assert _returned(run, "FastHttpUser", "close_the_pool") is True
        assert _returned(run, "HttpUser", "close_the_session") is True


class TestContext:
    """The context of a request event: the user's, with what the request adds."""

    LOCUSTFILE = """
        from both_clients import MyFastHttpUser, MyHttpUser, attempt, scenario

        MyHttpUser.context = MyFastHttpUser.context = lambda self: {"user": "u", "shared": "user"}

        def plain(user):
            user.client.get("/")

        def added(user):
            user.client.get("/", context={"request": "r", "shared": "request"})

        def failing(user):
            user.client.get("/status/404", context={"request": "r"})

        def changed_in_a_block(user):
            said = {"request": "r"}
            with user.client.get("/", catch_response=True, context=said) as response:
                said["request"] = "later"
                response.success()

        def failed_in_a_block(user):
            with user.client.get("/", catch_response=True, context={"request": "r"}) as response:
                response.failure("no")

        def looked_at_later(user):
            said = {"request": "r"}
            with user.client.get("/", catch_response=True, context=said) as response:
                said["request"] = "later"
                return response.request_meta["context"]

        def of_nobody(user):
            said = {"request": "r"}
            user.client.user, me = None, user.client.user
            try:
                with user.client.get("/", catch_response=True, context=said) as response:
                    return response.request_meta["context"] is said
            finally:
                user.client.user = me

        def empty(user):
            user.client.get("/", context={})

        def no_dict(user):
            from collections import OrderedDict
            user.client.get("/", context=OrderedDict(b=1, a=2))

        @scenario
        def steps(user):
            for step in (plain, added, failing, changed_in_a_block, failed_in_a_block,
                         looked_at_later, of_nobody, empty, no_dict):
                attempt(user, step)
    """
    ARGS = ["-u", "2"]

    @pytest.mark.parametrize("client", CLIENTS)
    def test_merged(self, run, client):
        (event,) = run.fact(f"{client} plain")["events"]
        assert event["context"] == {"user": "u", "shared": "user"}
        (event,) = run.fact(f"{client} added")["events"]
        assert event["context"] == {"user": "u", "request": "r", "shared": "request"}

    @pytest.mark.parametrize("client", CLIENTS)
    def test_what_it_was_at_the_request(self, run, client):
        for step in ("failing", "changed_in_a_block", "failed_in_a_block", "looked_at_later"):
            (event,) = run.fact(f"{client} {step}")["events"]
            assert event["context"] == {"user": "u", "shared": "user", "request": "r"}, step
        said = {"user": "u", "shared": "user", "request": "r"}
        assert _returned(run, client, "looked_at_later") == said

    @pytest.mark.parametrize("client", CLIENTS)
    def test_without_a_user_it_is_the_callers_own(self, run, client):
        assert _returned(run, client, "of_nobody") is True

    @pytest.mark.parametrize("client", CLIENTS)
    def test_other_kinds_of_dict(self, run, client):
        (event,) = run.fact(f"{client} empty")["events"]
        assert event["context"] == {"user": "u", "shared": "user"}
        (event,) = run.fact(f"{client} no_dict")["events"]
        assert event["context"] == {"user": "u", "shared": "user", "b": 1, "a": 2}
