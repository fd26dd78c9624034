"""Lines 27 and 28: which answers are failures, and what becomes of a broken connection."""

from __future__ import annotations

import pytest

CLIENTS = ["HttpUser", "FastHttpUser"]


def _event(run, client, label):
    (event,) = run.fact(f"{client} {label}")["events"]
    return event


class TestStatusCodes:
    """Line 27: HttpUser fails from 400 on; FastHttpUser accepts a list of codes."""

    STATUSES = [200, 201, 204, 207, 209, 226, 299, 304, 305, 399, 400, 404, 418, 500, 503, 599]
    FAST_ACCEPTS = [200, 201, 204, 207, 226, 304]
    LOCUSTFILE = """
        from both_clients import MyFastHttpUser, MyHttpUser, attempt, scenario

        def status(user, code):
            response = user.client.get(f"/status/{code}")
            return [response.status_code, response.ok, len(response.content or b"")]

        def raise_for_status(user, code):
            user.client.get(f"/status/{code}").raise_for_status()

        def named(user, number):
            user.client.get(f"/status/404?n={number}", name="/status/[code]")

        @scenario
        def steps(user):
            for code in STATUSES:
                attempt(user, status, code)
            for code in (200, 404, 500):
                attempt(user, raise_for_status, code)
            for number in range(3):
                attempt(user, named, number)
    """.replace("STATUSES", str(STATUSES))
    ARGS = ["-u", "2"]

    @pytest.mark.parametrize("client", CLIENTS)
    @pytest.mark.parametrize("code", STATUSES)
    def test_failure_or_not(self, run, client, code):
        fails = code >= 400 if client == "HttpUser" else code not in self.FAST_ACCEPTS
        assert (_event(run, client, f"status-{code}")["exception"] is not None) is fails

    @pytest.mark.parametrize("client", CLIENTS)
    @pytest.mark.parametrize("code", STATUSES)
    def test_the_response(self, run, client, code):
        returned = run.fact(f"{client} status-{code}")["returned"]
        assert returned == [code, code < 400, 0 if code in (204, 304) else len("status 000")]

    def test_the_text_of_a_failure(self, run):
        slow = _event(run, "HttpUser", "status-404")["exception"]
        assert slow == "HTTPError('404 Client Error: Not Found for url: /status/404')"
        slow = _event(run, "HttpUser", "status-503")["exception"]
        assert slow == "HTTPError('503 Server Error: Service Unavailable for url: /status/503')"
        fast = _event(run, "FastHttpUser", "status-404")["exception"]
        assert fast == "LocustBadStatusCode(code=404)"

    @pytest.mark.parametrize("client", CLIENTS)
    def test_failures_of_one_name_have_one_text(self, run, client):
        texts = {_event(run, client, f"named-{number}")["exception"] for number in range(3)}
        assert len(texts) == 1

    def test_the_name_stands_in_the_text(self, run):
        assert "/status/[code]" in _event(run, "HttpUser", "named-0")["exception"]

    @pytest.mark.parametrize("client", CLIENTS)
    def test_raise_for_status(self, run, client):
        error = {"HttpUser": "HTTPError", "FastHttpUser": "LocustBadStatusCode"}[client]
        assert run.fact(f"{client} raise_for_status-200")["raised"] is None
        assert run.fact(f"{client} raise_for_status-404")["raised"] == error
        assert run.fact(f"{client} raise_for_status-500")["raised"] == error

    def test_the_report(self, run):
        assert run.exit_code == 1
        assert "404 Client Error: Not Found for url: /status/[code]" in run.stderr
        assert "LocustBadStatusCode(code=404)" in run.stderr


class TestBrokenConnections:
    """Line 28: a failure of status 0, not an exception; HttpUser names the root cause."""

    LOCUSTFILE = """
        import socket
        from both_clients import MyFastHttpUser, MyHttpUser, attempt, scenario

        with socket.socket() as closed:
            closed.bind(("127.0.0.1", 0))
            nobody = f"http://127.0.0.1:{closed.getsockname()[1]}"

        def get(user, path):
            response = user.client.get(path)
            return [response.status_code, bool(response.content), bool(response.text)]

        def ok(user):
            return user.client.get("/hangup").ok

        def refused(user, number):
            response = user.client.get(f"{nobody}/{number}", name="refused")
            return [response.status_code, bool(response.content), response.error is not None]

        def refused_in_a_block(user):
            with user.client.get(nobody, catch_response=True) as response:
                return response.status_code

        def refused_but_fine(user):
            with user.client.get(nobody, catch_response=True) as response:
                response.success()

        def raise_for_status(user):
            user.client.get(nobody).raise_for_status()

        def afterwards(user):
            return user.client.get("/json").json()["name"]

        @scenario
        def steps(user):
            attempt(user, refused, 1)
            attempt(user, refused, 2)
            attempt(user, refused_in_a_block)
            attempt(user, refused_but_fine)
            attempt(user, raise_for_status)
            attempt(user, ok)
            for path in ("/hangup", "/reset", "/garbage", "/truncated"):
                attempt(user, get, path)
            attempt(user, afterwards)
    """
    ARGS = ["-u", "2"]

    @pytest.mark.parametrize("client", CLIENTS)
    @pytest.mark.parametrize("path", ["/hangup", "/reset", "/garbage"])
    def test_status_zero(self, run, client, path):
        fact = run.fact(f"{client} get-{path}")
        assert fact["raised"] is None
        assert fact["returned"] == [0, False, False]
        assert _event(run, client, f"get-{path}")["exception"] is not None
        assert _event(run, client, f"get-{path}")["length"] == 0
        assert _event(run, client, f"get-{path}")["name"] == path

    @pytest.mark.parametrize("client", CLIENTS)
    def test_refused(self, run, client):
        fact = run.fact(f"{client} refused-1")
        assert fact["returned"] == [0, False, True]
        event = _event(run, client, "refused-1")
        assert event["exception type"] == "ConnectionRefusedError"
        assert event["exception"] == _event(run, client, "refused-2")["exception"]

    @pytest.mark.parametrize("client", CLIENTS)
    def test_in_a_block(self, run, client):
        assert run.fact(f"{client} refused_in_a_block")["returned"] == 0
        assert _event(run, client, "refused_in_a_block")["exception"] is not None
        assert _event(run, client, "refused_but_fine")["exception"] is None

    def test_raise_for_status(self, run):
        assert run.fact("HttpUser raise_for_status")["raised"] == "ConnectionError"
        assert run.fact("FastHttpUser raise_for_status")["raised"] == "ConnectionRefusedError"

    def test_ok_of_an_answer_that_never_came(self, run):
        assert run.fact("HttpUser ok")["raised"] == "ConnectionError"
        assert run.fact("FastHttpUser ok")["returned"] is True

    @pytest.mark.parametrize(
        ("client", "path", "exception"),
        [
            ("HttpUser", "/reset", "ConnectionResetError(104, 'Connection reset by peer')"),
            (
                "HttpUser",
                "/hangup",
                "RemoteDisconnected('Remote end closed connection without response')",
            ),
            ("FastHttpUser", "/hangup", "HTTPConnectionClosed('connection closed.')"),
        ],
    )
    def test_the_root_cause(self, run, client, path, exception):
        assert _event(run, client, f"get-{path}")["exception"] == exception

    @pytest.mark.parametrize("client", CLIENTS)
    def test_a_body_cut_short(self, run, client):
        assert run.fact(f"{client} get-/truncated")["raised"] is None
        assert _event(run, client, "get-/truncated")["exception"] is not None

    @pytest.mark.parametrize("client", CLIENTS)
    def test_the_next_request_works(self, run, client):
        assert run.fact(f"{client} afterwards")["returned"] == "lark"


class TestTimeouts:
    """Line 28: a timeout is a failed request with status 0 and leaves nothing stale behind."""

    LOCUSTFILE = """
        from both_clients import MyFastHttpUser, MyHttpUser, attempt, scenario

        MyFastHttpUser.network_timeout = 0.3
        MyFastHttpUser.connection_timeout = 5.0

        def too_slow(user):
            if isinstance(user, MyHttpUser):
                response = user.client.get("/tagged/late?delay=900", timeout=0.3)
            else:
                response = user.client.get("/tagged/late?delay=900")
            return response.status_code

        def pair_of_timeouts(user):
            return user.client.get("/tagged/late?delay=900", timeout=(5, 0.3)).status_code

        def afterwards(user):
            return [user.client.get(f"/tagged/{number}").text for number in range(3)]

        @scenario
        def steps(user):
            attempt(user, too_slow)
            attempt(user, afterwards)
            if isinstance(user, MyHttpUser):
                attempt(user, pair_of_timeouts)
    """
    ARGS = ["-u", "2"]

    @pytest.mark.parametrize("client", CLIENTS)
    def test_status_zero_and_the_time_it_took(self, run, client):
        assert run.fact(f"{client} too_slow")["returned"] == 0
        event = _event(run, client, "too_slow")
        assert 290 <= event["time"] < 890

    def test_the_exception(self, run):
        assert _event(run, "HttpUser", "too_slow")["exception type"] == "ReadTimeout"
        assert _event(run, "FastHttpUser", "too_slow")["exception type"] == "RetriesExceeded"

    def test_a_pair_of_timeouts(self, run):
        assert run.fact("HttpUser pair_of_timeouts")["returned"] == 0

    @pytest.mark.parametrize("client", CLIENTS)
    def test_later_requests_get_their_own_answers(self, run, client):
        assert run.fact(f"{client} afterwards")["returned"] == ["0", "1", "2"]


class TestUnusableUrls:
    """Line 28: a URL that names no server is a mistake in the file, so it is raised."""

    HOST = None
    LOCUSTFILE = """
        from both_clients import MyFastHttpUser, MyHttpUser, attempt, scenario

        MyHttpUser.host = MyFastHttpUser.host = "127.0.0.1"

        def get(user, url):
            return user.client.get(url).status_code

        @scenario
        def steps(user):
            attempt(user, get, "/no-scheme")
            attempt(user, get, "http://")
    """
    ARGS = ["-u", "2"]

    def test_http_user(self, run):
        assert run.fact("HttpUser get-/no-scheme")["raised"] == "MissingSchema"
        assert run.fact("HttpUser get-http://")["raised"] == "InvalidURL"
        assert run.fact("HttpUser get-/no-scheme")["events"] == []

    def test_fast_http_user(self, run):
        fact = run.fact("FastHttpUser get-/no-scheme")
        assert fact["raised"] is not None or fact["events"][0]["exception"] is not None
