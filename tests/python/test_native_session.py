"""NativeSession: requests' API on native connections."""

from __future__ import annotations

import gc
import io
import pickle

import pytest
import requests
from requests.auth import AuthBase, HTTPDigestAuth
from tests.support.http_target import HttpTarget, Reply

from locustella.http.session import slow_path
from locustella.http.session.session import NativeSession


@pytest.fixture
def session(shop):
    session = NativeSession(shop)
    yield session
    session.close()


class TestResponses:
    def test_is_a_requests_response(self, session):
        response = session.get("/products")
        assert isinstance(response, requests.Response)
        assert isinstance(session, requests.Session)
        assert (response.status_code, response.ok, response.reason) == (200, True, "OK")
        assert response.json()["products"][0]["id"] == 1
        assert response.headers["content-type"].startswith("application/json")
        assert response.elapsed.total_seconds() > 0
        assert response.history == [] and response.url.endswith("/products")

    def test_every_attribute_can_be_assigned(self, session):
        response = session.get("/")
        for name in ("status_code", "url", "reason", "encoding", "_content", "history", "request"):
            setattr(response, name, f"mine: {name}")
            assert getattr(response, name) == f"mine: {name}"

    def test_survives_pickling(self, session):
        response = pickle.loads(pickle.dumps(session.get("/products/1")))
        assert response.status_code == 200 and response.json()["id"] == 1

    def test_outlives_its_session(self, shop):
        session = NativeSession(shop)
        response = session.get("/products/2")
        session.close()
        del session
        gc.collect()
        assert response.json()["id"] == 2
        assert response.request.url == f"{shop}/products/2"

    @pytest.mark.parametrize("path", ["/gzip", "/deflate", "/chunked/20", "/stream-close"])
    def test_every_form_of_body(self, session, path):
        assert session.get(path).content == requests.get(session.base_url + path).content

    def test_raise_for_status(self, session):
        with pytest.raises(requests.HTTPError, match="404 Client Error"):
            session.get("/products/4040").raise_for_status()


class TestErrors:
    def test_refused(self):
        with pytest.raises(requests.ConnectionError, match="Connection refused"):
            NativeSession("http://127.0.0.1:1").get("/")

    def test_unknown_name(self):
        with pytest.raises(requests.ConnectionError, match="Failed to resolve"):
            NativeSession("http://no-such-host.invalid").get("/")

    def test_read_timeout(self, session):
        with pytest.raises(requests.ReadTimeout, match="read timeout=0.05"):
            session.get("/delay/2000", timeout=0.05)
        assert session.get("/").status_code == 200  # and no stale answer

    def test_too_many_redirects(self, session):
        session.max_redirects = 3
        with pytest.raises(requests.TooManyRedirects, match="Exceeded 3 redirects"):
            session.get("/redirect/9")

    @pytest.mark.parametrize("url", ["ftp://127.0.0.1/", "http://", "http:///x"])
    def test_bad_urls(self, url):
        with pytest.raises((requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema)):
            NativeSession("").get(url)

    def test_reset(self, session):
        with pytest.raises(requests.ConnectionError, match="reset"):
            session.get("/reset")

    @pytest.mark.parametrize("timeout", [0, -1, (1, 2, 3), True])
    def test_nonsense_timeouts(self, session, timeout):
        with pytest.raises(ValueError):
            session.get("/", timeout=timeout)

    def test_missing_ca_bundle(self):
        with pytest.raises(OSError, match="no-such-bundle.pem"):
            NativeSession("https://127.0.0.1:1").get("/", verify="/no-such-bundle.pem", timeout=1)


class TestBodies:
    def echo(self, session, **arguments):
        return session.post("/echo", **arguments).json()

    def test_json(self, session):
        assert self.echo(session, json={"a": 1})["body"] == '{"a": 1}'

    def test_form(self, session):
        echo = self.echo(session, data={"a": "1", "b": "x y"})
        assert echo["body"] == "a=1&b=x+y"

    @pytest.mark.parametrize("data", ["plain text", b"plain text"])
    def test_text_and_bytes(self, session, data):
        response = session.post("/echo", data=data)
        assert response.json()["body"] == "plain text"
        assert response.request.body == data

    def test_files(self, session):
        echo = self.echo(session, files={"f": ("n.txt", b"content")})
        assert 'filename="n.txt"' in echo["body"] and "content" in echo["body"]

    def test_a_megabyte_up_and_down(self, session):
        assert len(session.get("/bytes/3000000").content) == 3_000_000
        assert session.post("/echo", data=b"x" * 100_000).status_code in (200, 413)


class TestSessionState:
    def test_headers_in_place(self, session):
        session.headers["X-One"] = "1"
        session.headers.update({"X-Two": "2"})
        del session.headers["User-Agent"]
        headers = {
            name.lower(): value for name, value in session.get("/echo").json()["headers"].items()
        }
        assert headers["x-one"] == ["1"] and headers["x-two"] == ["2"]
        assert headers["user-agent"][0].startswith("python-urllib3/")  # as under requests

    def test_headers_replaced(self, session):
        session.headers = {"X-Only": "this"}
        headers = {k.lower() for k in dict(session.get("/echo").json()["headers"])}
        # urllib3 adds the last two
        assert headers == {"host", "x-only", "accept-encoding", "user-agent"}

    def test_cookies_both_ways(self, session):
        session.get("/cookies/set?theme=dark")
        assert session.cookies.get("theme") == "dark"
        session.cookies.set("mine", "yes")
        sent = session.get("/cookies").text
        assert "theme" in sent and "dark" in sent and "mine" in sent
        session.cookies.clear()
        assert "dark" not in session.get("/cookies").text

    def test_basic_auth(self, session):
        session.auth = ("me", "secret")
        assert session.get("/basic-auth/me/secret").status_code == 200
        session.auth = None
        assert session.get("/basic-auth/me/secret").status_code == 401

    def test_redirects_leave_a_history(self, session):
        response = session.get("/redirect/3")
        assert len(response.history) == 3 and all(hop.is_redirect for hop in response.history)
        assert response.history[0].url.endswith("/redirect/3")
        assert session.get("/redirect/3", allow_redirects=False).is_redirect

    def test_one_connection_serves_all(self, session):
        from locustella import _core

        before = _core.connection_counts().get("opened", 0)
        for path in ("/", "/products", "/gzip", "/chunked/3", "/redirect/2"):
            session.get(path)
        assert _core.connection_counts()["opened"] - before == 1


class TestStreaming:
    def test_iter_content(self, session):
        response = session.get("/bytes/500000", stream=True)
        assert sum(len(piece) for piece in response.iter_content(10_000)) == 500_000

    def test_iter_lines_of_events(self, session):
        response = session.get("/events?count=3&interval_ms=10", stream=True)
        data = [line for line in response.iter_lines() if line.startswith(b"data")]
        assert len(data) == 3

    def test_gzip_is_decoded_on_the_way(self, session):
        streamed = session.get("/gzip", stream=True)
        assert b"".join(streamed.iter_content(7)) == session.get("/gzip").content

    def test_giving_up_closes_the_connection(self, session):
        response = session.get("/bytes/50000000", stream=True)
        next(response.iter_content(10))
        response.close()
        assert session.get("/").status_code == 200


class TestSlowPath:
    def test_hooks_and_custom_auth_work_and_are_counted(self, session):
        class Token(AuthBase):
            def __call__(self, request):
                request.headers["X-Token"] = "t"
                return request

        before = slow_path.counts()
        seen = []
        session.get(
            "/", hooks={"response": lambda response, **_: seen.append(response.status_code)}
        )
        assert seen == [200]
        assert "t" in session.get("/echo", auth=Token()).text
        after = slow_path.counts()
        for reason in ("response hooks", "an authentication class"):
            assert after[reason] == before.get(reason, 0) + 1
        session.close()

    def test_head_stays_where_it_is(self, session):
        with HttpTarget() as target:
            target.add_route("/away", lambda request: Reply(302, [("Location", "/here")]))
            target.add_route("/here", lambda request: Reply(200))
            url = f"{target.url}/away"
            for arguments in ({}, {"cookies": {"a": "1"}}):
                assert session.head(url, **arguments).status_code == 302
                assert session.head(url, allow_redirects=True, **arguments).status_code == 200
                assert session.request("HEAD", url, **arguments).status_code == 200

    def test_streamed_bodies_are_native(self, session, tmp_path):
        before = slow_path.counts()
        assert (
            session.post("/echo", data=(part for part in (b"a", "\u00e4", b"", b"b"))).json()[
                "body"
            ]
            == "a\u00e4b"
        )
        large = tmp_path / "large"
        large.write_bytes(b"x" * 1_100_000)
        with open(large, "rb") as file:
            assert session.post("/echo", data=file).status_code in (200, 413)
        assert slow_path.counts() == before

    def test_a_redirect_sends_a_file_again(self, session):
        pieces = io.BytesIO(b"0123456789" * 200_000)
        pieces.seek(10)
        with HttpTarget() as target:
            target.add_route("/again", lambda request: Reply(307, [("Location", "/any")]))
            target.add_route("/any", lambda request: Reply(200))
            assert session.post(f"{target.url}/again", data=pieces).status_code == 200
            sizes = [len(received.body) for received in target.received]
        assert sizes == [1_999_990, 1_999_990]

    def test_an_iterator_is_not_rewound(self, session):
        """`requests` sends what is left of it, which is nothing, and takes the answer to that for
        the answer.
        """
        with HttpTarget() as target:
            target.add_route("/again", lambda request: Reply(307, [("Location", "/any")]))
            target.add_route("/any", lambda request: Reply(200))
            assert (
                requests.Session().post(f"{target.url}/again", data=iter([b"a"])).status_code == 200
            )
            with pytest.raises(requests.exceptions.UnrewindableBodyError):
                session.post(f"{target.url}/again", data=iter([b"a"]))
            assert [received.body for received in target.received] == [b"a", b"", b"a"]

    def test_an_iterator_that_raises(self, session):
        def pieces():
            yield b"a"
            raise KeyError("mine")

        with pytest.raises(KeyError, match="mine"):
            session.post("/echo", data=pieces())
        assert session.get("/").status_code == 200

    def test_cookies_set_on_the_slow_path_are_the_sessions(self, session):
        session.get("/cookies/set?slow=1", hooks={"response": lambda response, **_: None})
        assert session.cookies.get("slow") == "1"
        assert "slow" in session.get("/cookies").text

    def test_digest_auth_is_tried(self, session):
        assert session.get("/", auth=HTTPDigestAuth("a", "b")).status_code == 200
