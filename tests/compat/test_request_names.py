"""Lines 25, 26 and 32: under which name a request is recorded, and where it goes."""

from __future__ import annotations

import pytest

CLIENTS = ["HttpUser", "FastHttpUser"]


def _event(run, client, label):
    (event,) = run.fact(f"{client} {label}")["events"]
    return event


class TestNames:
    """Lines 25 and 32: the path before redirects, or what the caller says instead."""

    LOCUSTFILE = """
        from both_clients import MyFastHttpUser, MyHttpUser, attempt, scenario
        from facts import TARGET

        def get(user, url):
            user.client.get(url)

        def with_params(user):
            user.client.get("/echo?a=1", params={"b": "x y", "c": 2})

        def absolute(user):
            user.client.get(TARGET + "/echo?q=1")

        def redirected(user):
            user.client.get("/redirect/3")

        def named(user):
            user.client.get("/echo?secret=1", name="an echo")

        def renamed(user):
            with user.client.rename_request("a group"):
                user.client.get("/echo?n=1")

        def renamed_and_named(user):
            with user.client.rename_request("a group"):
                user.client.get("/echo?n=2", name="its own")

        def after_renaming(user):
            user.client.get("/echo?n=3")

        def request_name(user):
            user.client.request_name = "set by hand"
            try:
                user.client.get("/echo?n=4")
            finally:
                user.client.request_name = None

        def method_argument(user):
            user.client.request("PURGE", "/echo")

        @scenario
        def steps(user):
            attempt(user, get, "/echo?a=1&b=2")
            attempt(user, get, "/a path/with spaces")
            attempt(user, get, "/caf\\u00e9")
            attempt(user, get, "/echo#fragment")
            for step in (with_params, absolute, redirected, named, renamed, renamed_and_named):
                attempt(user, step)
            for step in (after_renaming, request_name, method_argument):
                attempt(user, step)
    """
    ARGS = ["-u", "2"]

    @pytest.mark.parametrize(
        ("label", "name"),
        [
            ("get-/echo?a=1&b=2", "/echo?a=1&b=2"),
            ("get-/a path/with spaces", "/a%20path/with%20spaces"),
            ("get-/café", "/caf%C3%A9"),
            ("get-/echo#fragment", "/echo"),
            ("with_params", "/echo?a=1&b=x+y&c=2"),
            ("absolute", "/echo?q=1"),
            ("redirected", "/redirect/3"),
        ],
    )
    def test_http_user_takes_the_path_as_sent(self, run, label, name):
        assert _event(run, "HttpUser", label)["name"] == name

    @pytest.mark.parametrize(
        ("label", "name"),
        [
            ("get-/echo?a=1&b=2", "/echo?a=1&b=2"),
            ("get-/a path/with spaces", "/a path/with spaces"),
            ("get-/café", "/café"),
            ("get-/echo#fragment", "/echo#fragment"),
            ("with_params", "/echo?a=1"),
            ("absolute", "{target}/echo?q=1"),
            ("redirected", "/redirect/3"),
        ],
    )
    def test_fast_http_user_takes_the_argument(self, run, target, label, name):
        assert _event(run, "FastHttpUser", label)["name"] == name.format(target=target.url)

    @pytest.mark.parametrize("client", CLIENTS)
    @pytest.mark.parametrize(
        ("label", "name"),
        [
            ("named", "an echo"),
            ("renamed", "a group"),
            ("renamed_and_named", "its own"),
            ("after_renaming", "/echo?n=3"),
            ("request_name", "set by hand"),
        ],
    )
    def test_names_given_by_the_caller(self, run, client, label, name):
        assert _event(run, client, label)["name"] == name

    @pytest.mark.parametrize("client", CLIENTS)
    def test_the_type_is_the_method(self, run, client):
        assert _event(run, client, "named")["type"] == "GET"
        assert _event(run, client, "method_argument")["type"] == "PURGE"

    @pytest.mark.parametrize(
        ("client", "label", "url"),
        [
            ("HttpUser", "with_params", "/echo?a=1&b=x+y&c=2"),
            ("HttpUser", "redirected", "/redirect/3"),
            ("FastHttpUser", "with_params", "/echo?a=1"),
            ("FastHttpUser", "redirected", "/redirect/3"),
        ],
    )
    def test_the_url_of_the_event(self, run, target, client, label, url):
        assert _event(run, client, label)["url"] == target.url + url

    def test_what_the_server_got(self, run, target):
        queries = [request.target for request in target.requests("/echo")]
        assert queries.count("/echo?a=1&b=x+y&c=2") == 2
        assert {r.method for r in target.requests("/echo")} == {"GET", "PURGE"}
        assert len(target.requests("/café")) == 2
        assert len(target.requests("/a path/with spaces")) == 2


class TestRedirects:
    """Line 26: a chain of redirects is one entry, with the whole time and the last body."""

    LOCUSTFILE = """
        from both_clients import MyFastHttpUser, MyHttpUser, attempt, scenario

        def chain(user):
            response = user.client.get("/redirect/3?delay=100")
            return [response.status_code, response.text]

        def not_followed(user):
            response = user.client.get("/redirect/3", allow_redirects=False)
            return [response.status_code, response.text, response.headers["Location"], response.ok]

        def post(user, code):
            response = user.client.post(f"/redirect/1?code={code}", data="body")
            return response.text

        def head(user):
            return user.client.head("/redirect/1").status_code

        def history(user):
            response = user.client.get("/redirect/2")
            return [[r.status_code for r in response.history], response.url.rpartition("/")[2]]

        def absolute(user):
            return user.client.get(f"/redirect-to?url={user.host}/json").json()["name"]

        def endless(user):
            return user.client.get("/redirect/50").status_code

        @scenario
        def steps(user):
            for step in (chain, not_followed, head, history, absolute, endless):
                attempt(user, step)
            for code in (301, 302, 303, 307, 308):
                attempt(user, post, code)
    """
    ARGS = ["-u", "2"]

    @pytest.mark.parametrize("client", CLIENTS)
    def test_one_entry_with_the_total_time(self, run, client):
        event = _event(run, client, "chain")
        assert run.fact(f"{client} chain")["returned"] == [200, "landed by GET"]
        assert event["time"] >= 300
        assert event["length"] == len("landed by GET")
        assert event["name"] == "/redirect/3?delay=100"

    @pytest.mark.parametrize("client", CLIENTS)
    def test_not_followed_on_request(self, run, client):
        returned = run.fact(f"{client} not_followed")["returned"]
        assert returned == [302, "moved", "/redirect/2?", True]
        assert _event(run, client, "not_followed")["exception"] is None

    @pytest.mark.parametrize(
        ("code", "http_user", "fast_http_user"),
        [
            (301, "GET", "GET"),
            (302, "GET", "GET"),
            (303, "GET", "GET"),
            (307, "POST", "POST"),
            (308, "POST", "POST"),
        ],
    )
    def test_the_method_after_a_post(self, run, code, http_user, fast_http_user):
        for client, method in (("HttpUser", http_user), ("FastHttpUser", fast_http_user)):
            assert run.fact(f"{client} post-{code}")["returned"] == f"landed by {method}", client

    def test_head_is_followed_by_fast_http_user_alone(self, run):
        assert run.fact("HttpUser head")["returned"] == 302
        assert run.fact("FastHttpUser head")["returned"] == 200

    def test_history_and_final_url(self, run):
        assert run.fact("HttpUser history")["returned"] == [[302, 302], "landed"]

    @pytest.mark.parametrize("client", CLIENTS)
    def test_an_absolute_location(self, run, client):
        assert run.fact(f"{client} absolute")["returned"] == "lark"

    @pytest.mark.parametrize("client", CLIENTS)
    def test_too_many(self, run, target, client):
        assert run.fact(f"{client} endless")["raised"] is None
        assert _event(run, client, "endless")["exception"] is not None


class TestTimeOfTheBody:
    """Line 26: reading the body counts, unless the caller streams it."""

    LOCUSTFILE = """
        from both_clients import MyFastHttpUser, MyHttpUser, attempt, scenario

        def whole(user):
            return len(user.client.get("/slow-body/400").content)

        def streamed(user):
            response = user.client.get("/slow-body/400", stream=True)
            return len(response.content)

        @scenario
        def steps(user):
            attempt(user, whole)
            attempt(user, streamed)
    """
    ARGS = ["-u", "2"]

    @pytest.mark.parametrize("client", CLIENTS)
    def test_whole(self, run, client):
        assert _event(run, client, "whole")["time"] >= 400

    @pytest.mark.parametrize("client", CLIENTS)
    def test_streamed(self, run, client):
        event = _event(run, client, "streamed")
        assert event["time"] < 350
        assert event["length"] == 32
        assert run.fact(f"{client} streamed")["returned"] == 32


class TestHostAndCredentials:
    """Line 32: user:password in the host become basic auth; an absolute URL bypasses the host."""

    HOST = None
    LOCUSTFILE = """
        from both_clients import MyFastHttpUser, MyHttpUser, attempt, scenario
        from facts import TARGET

        MyHttpUser.host = TARGET.replace("://", "://some%40one:p%3Aw%2Fd@")
        MyFastHttpUser.host = MyHttpUser.host

        def from_the_host(user):
            sent = user.client.get("/echo").json()["headers"]
            return [header for header in sent if header[0] == "Authorization"]

        def base_url(user):
            return user.client.base_url == TARGET

        def absolute(user):
            return user.client.get(TARGET + "/json").json()["name"]

        def absolute_in_capitals(user):
            return user.client.get(TARGET.replace("http", "HTTP") + "/json").status_code

        @scenario
        def steps(user):
            for step in (from_the_host, base_url, absolute, absolute_in_capitals):
                attempt(user, step)
    """
    ARGS = ["-u", "2"]

    @pytest.mark.parametrize("client", CLIENTS)
    def test_credentials_are_decoded_and_sent(self, run, client):
        expected = [["Authorization", "Basic c29tZUBvbmU6cDp3L2Q="]]
        assert run.fact(f"{client} from_the_host")["returned"] == expected

    @pytest.mark.parametrize("client", CLIENTS)
    def test_they_are_not_part_of_the_base_url(self, run, client):
        assert run.fact(f"{client} base_url")["returned"] is True

    @pytest.mark.parametrize("client", CLIENTS)
    def test_absolute_urls(self, run, client):
        assert run.fact(f"{client} absolute")["returned"] == "lark"
        assert run.fact(f"{client} absolute_in_capitals")["returned"] == 200


class TestHostWithAPath:
    """Line 32: the host is a prefix of the URL, path included."""

    HOST = None
    LOCUSTFILE = """
        from both_clients import MyFastHttpUser, MyHttpUser, attempt, scenario
        from facts import TARGET

        MyHttpUser.host = MyFastHttpUser.host = TARGET + "/echo/v1"

        def get(user, path):
            return user.client.get(path).json()["target"]

        @scenario
        def steps(user):
            attempt(user, get, "/users")
            attempt(user, get, "?q=1")
    """
    ARGS = ["-u", "2"]

    @pytest.mark.parametrize("client", CLIENTS)
    def test_the_path_is_kept(self, run, client):
        assert run.fact(f"{client} get-/users")["returned"] == "/echo/v1/users"
        assert run.fact(f"{client} get-?q=1")["returned"] == "/echo/v1?q=1"

    def test_names(self, run):
        assert _event(run, "HttpUser", "get-/users")["name"] == "/echo/v1/users"
        assert _event(run, "FastHttpUser", "get-/users")["name"] == "/users"


class TestIPv6:
    """The host may be an IPv6 address in brackets."""

    LISTEN = "::1"
    LOCUSTFILE = """
        from both_clients import MyFastHttpUser, MyHttpUser, attempt, scenario

        def host_header(user):
            echo = user.client.get("/echo").json()
            return [value for key, value in echo["headers"] if key == "Host"]

        @scenario
        def steps(user):
            attempt(user, host_header)
    """
    ARGS = ["-u", "2"]

    @pytest.mark.parametrize("client", CLIENTS)
    def test_the_host_header(self, run, target, client):
        assert run.fact(f"{client} host_header")["returned"] == [f"[::1]:{target.port}"]
