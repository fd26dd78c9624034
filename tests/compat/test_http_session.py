"""What most locustfiles send and read: methods, bodies, headers, responses and cookies."""

from __future__ import annotations

import json

import pytest

CLIENTS = ["HttpUser", "FastHttpUser"]


def _returned(run, client, label):
    fact = run.fact(f"{client} {label}")
    assert fact["raised"] is None, fact
    return fact["returned"]


def _header(echo, name):
    values = [value for key, value in echo["headers"] if key.lower() == name.lower()]
    return values[0] if len(values) == 1 else values or None


@pytest.mark.parametrize("client", CLIENTS)
class TestBodies:
    """What is sent for each way to give a body, headers and parameters."""

    LOCUSTFILE = """
        from both_clients import MyFastHttpUser, MyHttpUser, attempt, scenario

        def method(user, name):
            return getattr(user.client, name)("/echo").json()["method"]

        def head(user):
            response = user.client.head("/json")
            length = int(response.headers["content-length"])
            return [response.status_code, response.content.decode(), length]

        def text_body(user):
            return user.client.post("/echo", data="gr\\u00fc\\u00dfe").json()

        def bytes_body(user):
            return user.client.put("/echo", data=b"\\x00\\xff raw").json()

        def form_body(user):
            return user.client.post("/echo", data={"a": "1", "b": "x y&z"}).json()

        def json_body(user):
            return user.client.post("/echo", json={"a": [1, None, True]}).json()

        def json_patch(user):
            return user.client.patch("/echo", json=[]).json()

        def no_body(user):
            return user.client.post("/echo").json()

        def own_content_type(user):
            headers = {"Content-Type": "application/vnd.api+json"}
            return user.client.post("/echo", json={}, headers=headers).json()

        def own_header(user):
            return user.client.get("/echo", headers={"X-Token": "abc", "Accept": "text/x"}).json()

        def params(user):
            return user.client.get("/echo", params={"q": "a&b", "n": 1}).json()["target"]

        def basic_auth(user):
            return user.client.get("/basic-auth/me/secret", auth=("me", "secret")).status_code

        def multipart(user):
            files = {"upload": ("notes.txt", b"the notes", "text/plain")}
            return user.client.post("/echo", data={"kind": "note"}, files=files).json()

        def large(user):
            body = "x" * 300_000
            return len(user.client.post("/echo", data=body).json()["body"])

        @scenario
        def steps(user):
            for name in ("get", "post", "put", "patch", "delete", "options"):
                attempt(user, method, name)
            for step in (head, text_body, bytes_body, form_body, json_body, json_patch, no_body):
                attempt(user, step)
            for step in (own_content_type, own_header, params, basic_auth, multipart, large):
                attempt(user, step)
    """
    ARGS = ["-u", "2"]

    @pytest.mark.parametrize("name", ["get", "post", "put", "patch", "delete", "options"])
    def test_methods(self, run, client, name):
        assert _returned(run, client, f"method-{name}") == name.upper()

    def test_head_has_headers_and_no_body(self, run, client):
        status, body, length = _returned(run, client, "head")
        assert (status, body) == (200, "") and length > 0

    def test_text_and_bytes(self, run, client):
        echo = _returned(run, client, "text_body")
        assert echo["body"].encode("latin-1") == "grüße".encode()
        assert _header(echo, "Content-Length") == "7"
        echo = _returned(run, client, "bytes_body")
        assert echo["body"].encode("latin-1") == b"\x00\xff raw"

    def test_a_form(self, run, client):
        echo = _returned(run, client, "form_body")
        assert echo["body"] == "a=1&b=x+y%26z"
        assert _header(echo, "Content-Type").startswith("application/x-www-form-urlencoded")

    def test_json(self, run, client):
        echo = _returned(run, client, "json_body")
        assert json.loads(echo["body"]) == {"a": [1, None, True]}
        assert _header(echo, "Content-Type") == "application/json"
        assert _returned(run, client, "json_patch")["body"] == "[]"

    def test_a_post_without_a_body(self, run, client):
        echo = _returned(run, client, "no_body")
        assert echo["body"] == ""

    def test_headers_of_the_caller(self, run, client):
        echo = _returned(run, client, "own_content_type")
        assert _header(echo, "Content-Type") == "application/vnd.api+json"
        echo = _returned(run, client, "own_header")
        assert _header(echo, "X-Token") == "abc"
        assert _header(echo, "Accept") == "text/x"

    def test_compression_is_offered(self, run, client):
        offered = _header(_returned(run, client, "no_body"), "Accept-Encoding")
        assert "gzip" in offered and "deflate" in offered

    def test_params(self, run, client):
        assert _returned(run, client, "params") == "/echo?q=a%26b&n=1"

    def test_basic_auth(self, run, client):
        assert _returned(run, client, "basic_auth") == 200

    def test_multipart(self, run, client):
        echo = _returned(run, client, "multipart")
        assert _header(echo, "Content-Type").startswith("multipart/form-data; boundary=")
        assert 'name="upload"; filename="notes.txt"' in echo["body"]
        assert "the notes" in echo["body"] and 'name="kind"' in echo["body"]

    def test_a_large_body(self, run, client):
        assert _returned(run, client, "large") == 300_000


@pytest.mark.parametrize("client", CLIENTS)
class TestResponses:
    """What a response says of itself."""

    LOCUSTFILE = """
        from both_clients import MyFastHttpUser, MyHttpUser, attempt, scenario

        def attributes(user):
            response = user.client.get("/json")
            return {
                "status_code": response.status_code,
                "ok": response.ok,
                "json": response.json(),
                "text": response.text,
                "content": response.content.decode(),
                "header": response.headers["content-type"],
                "header in capitals": response.headers["CONTENT-TYPE"],
                "missing header": response.headers.get("X-None"),
                "header there": "Content-Length" in response.headers,
                "url": response.url.rpartition("/")[2],
                "raise_for_status": response.raise_for_status(),
            }

        def coding(user, name):
            response = user.client.get("/" + name)
            return [response.json()["coding"], response.status_code]

        def chunked(user):
            return user.client.get("/chunked/5").text

        def closed(user):
            return [user.client.get("/close-delimited").text, user.client.get("/").text]

        def interim(user):
            return user.client.get("/interim").text

        def not_json(user):
            user.client.get("/").json()

        def kept_alive(user):
            return [user.client.get("/echo").json()["connection"] for _ in range(4)]

        def large(user):
            return len(user.client.get("/bytes/1500000").content)

        @scenario
        def steps(user):
            for step in (attributes, chunked, closed, not_json, kept_alive, large, interim):
                attempt(user, step)
            for name in ("gzip", "deflate"):
                attempt(user, coding, name)
    """
    ARGS = ["-u", "2"]

    def test_attributes(self, run, client):
        attributes = _returned(run, client, "attributes")
        document = {"name": "lark", "legs": 2, "songs": ["dawn", "noon"], "wild": True}
        assert attributes["json"] == document
        assert json.loads(attributes["text"]) == json.loads(attributes["content"]) == document
        assert attributes["status_code"] == 200 and attributes["ok"] is True
        assert attributes["header"] == attributes["header in capitals"] == "application/json"
        assert attributes["missing header"] is None and attributes["header there"] is True
        assert attributes["url"] == "json"
        assert attributes["raise_for_status"] is None

    @pytest.mark.parametrize("name", ["gzip", "deflate"])
    def test_content_codings(self, run, client, name):
        assert _returned(run, client, f"coding-{name}") == [name, 200]

    def test_lengths_of_bodies(self, run, client):
        assert _returned(run, client, "chunked") == "".join(f"chunk {i}\n" for i in range(5))
        assert _returned(run, client, "closed") == ["until I close", "hello"]
        assert _returned(run, client, "large") == 1_500_000

    def test_response_length_counts_the_decoded_body(self, run, client):
        (event,) = run.fact(f"{client} coding-gzip")["events"]
        assert event["length"] == len('{"coding": "gzip"}')

    def test_a_body_that_is_not_json(self, run, client):
        assert run.fact(f"{client} not_json")["raised"] == "JSONDecodeError"

    def test_connections_are_kept(self, run, client):
        assert len(set(_returned(run, client, "kept_alive"))) == 1

    def test_a_100_continue_is_skipped(self, run, client):
        assert _returned(run, client, "interim") == "final"


@pytest.mark.parametrize("client", CLIENTS)
class TestCookies:
    """Each user has a jar of its own, filled by responses and sent with the next requests."""

    LOCUSTFILE = """
        from both_clients import MyFastHttpUser, MyHttpUser, attempt, scenario

        def sent(user):
            return user.client.get("/cookies").json()

        def set_by_the_server(user):
            user.client.get("/cookies/set?session=abc&theme=dark")

        def on_a_redirect(user):
            user.client.get("/redirect-to?url=/cookies/set?hop=1")

        def by_hand(user):
            if isinstance(user, MyHttpUser):
                user.client.cookies.set("mine", "1")
                user.client.cookies.update({"more": "2"})
            return None

        def of_the_response(user):
            response = user.client.get("/cookies/set?fresh=1")
            return response.cookies["fresh"] if isinstance(user, MyHttpUser) else None

        def jar(user):
            cookies = user.client.cookies if isinstance(user, MyHttpUser) else user.client.cookiejar
            return sorted(cookie.name for cookie in cookies)

        def clear(user):
            cookies = user.client.cookies if isinstance(user, MyHttpUser) else user.client.cookiejar
            cookies.clear()
            return sent(user)

        def one_request_only(user):
            headers = {"Cookie": "single=1"}
            return user.client.get("/cookies", headers=headers).json()

        @scenario
        def steps(user):
            for step in (sent, set_by_the_server):
                attempt(user, step)
            attempt(user, lambda u: sent(u))
            for step in (by_hand, on_a_redirect, of_the_response, jar, clear, one_request_only):
                attempt(user, step)
    """
    ARGS = ["-u", "2"]

    def test_none_at_first(self, run, client):
        assert _returned(run, client, "sent") == {}

    def test_sent_back(self, run, client):
        assert _returned(run, client, "<lambda>") == {"session": "abc", "theme": "dark"}

    def test_the_jar(self, run, client):
        by_hand = ["mine", "more"] if client == "HttpUser" else []
        expected = sorted(["fresh", "hop", "session", "theme", *by_hand])
        assert _returned(run, client, "jar") == expected
        assert _returned(run, client, "of_the_response") == ("1" if client == "HttpUser" else None)

    def test_cleared(self, run, client):
        assert _returned(run, client, "clear") == {}

    def test_a_cookie_header_by_hand(self, run, client):
        assert _returned(run, client, "one_request_only") == {"single": "1"}
