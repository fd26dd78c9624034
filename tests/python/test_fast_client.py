"""FastHttpSession beyond what the differential test sends: settings at run time, retries,
certificates, streams.
"""

from __future__ import annotations

import io
import ssl
import subprocess
import time
from collections import OrderedDict

import pytest
from tests.support.http_target import HttpTarget, Reply
from tests.support.self_signed import Certificate, make_certificate
from tests.support.target_routes import add_usual_routes

from locustella import _core
from locustella.contrib.fasthttp import (
    FastHttpSession,
    HTTPParseError,
    LocustBadStatusCode,
    RetriesExceeded,
)
from locustella.event import EventHook
from locustella.exception import LocustError
from locustella.http.fast.agent import LocustUserAgent


@pytest.fixture
def target():
    with HttpTarget() as server:
        add_usual_routes(server)
        yield server
    assert server.violations == []


@pytest.fixture
def events():
    recorded = []
    yield recorded
    recorded.clear()  # their responses keep sessions, and those connections


@pytest.fixture
def connect(events):
    """Makes sessions that record into `events`."""

    def make(url, **settings):
        hook = EventHook()
        hook.add_listener(lambda **event: events.append(event))
        return FastHttpSession(url, hook, None, **settings)

    return make


class TestAgent:
    """`client.client`: what is assigned there takes effect at the next request."""

    def test_default_headers(self, connect, target):
        session = connect(target.url, headers={"X-One": "1"})
        session.get("/echo")
        session.client.default_headers["X-Two"] = "2"
        del session.client.default_headers["X-One"]
        session.get("/echo")
        first, second = target.received
        assert (first.header("X-One"), first.header("X-Two")) == ("1", None)
        assert (second.header("X-One"), second.header("X-Two")) == (None, "2")

    def test_max_redirects(self, connect, target):
        session = connect(target.url)
        session.client.max_redirects = 0
        assert session.get("/redirect/1").status_code == 302
        session.client.max_redirects = 1
        assert session.get("/redirect/1").status_code == 200

    def test_valid_response_codes(self, connect, target, events):
        session = connect(target.url)
        session.get("/status/404")
        session.client.valid_response_codes = frozenset([200, 404])
        session.get("/status/404")
        session.get("/status/201")
        assert [repr(event["exception"]) for event in events] == [
            "LocustBadStatusCode(code=404)", "None", "LocustBadStatusCode(code=201)",
        ]  # fmt: skip

    def test_codes_of_the_class_count_before_anybody_has_touched_an_agent(
        self, connect, target, events, monkeypatch
    ):
        session = connect(target.url)
        session.get("/status/404")
        usual = LocustUserAgent.valid_response_codes
        monkeypatch.setattr(LocustUserAgent, "valid_response_codes", usual | {404})
        session.get("/status/404")
        monkeypatch.setattr(LocustUserAgent, "redirect_response_codes", frozenset())
        assert session.get("/redirect/1").status_code == 302
        monkeypatch.undo()
        session.get("/status/404")
        assert [repr(event["exception"]) for event in events] == [
            "LocustBadStatusCode(code=404)", "None", "None", "LocustBadStatusCode(code=404)",
        ]  # fmt: skip

    def test_codes_that_are_added_to_in_place(self, connect, target, events):
        session = connect(target.url)
        codes = session.client.valid_response_codes = set(LocustUserAgent.valid_response_codes)
        session.get("/status/404")
        codes.add(404)
        session.get("/status/404")
        assert [repr(event["exception"]) for event in events] == [
            "LocustBadStatusCode(code=404)", "None",
        ]  # fmt: skip

    def test_a_class_that_follows_some_redirects_is_refused(self, connect, target, monkeypatch):
        session = connect(target.url)
        monkeypatch.setattr(LocustUserAgent, "redirect_response_codes", frozenset([301]))
        with pytest.raises(LocustError, match="all are followed or none"):
            session.get("/redirect/1")

    def test_what_another_agent_fails_with_has_its_time(self, connect, target, events, monkeypatch):
        def fails(*args, **more):
            time.sleep(0.002)
            raise ConnectionError("refused by the script")

        began = time.time()
        session = connect(target.url)
        session.client.urlopen = fails
        session.get("/")
        monkeypatch.setattr(LocustUserAgent, "urlopen", fails)
        connect(target.url).get("/")
        for event in events:
            assert event["response_time"] >= 2 and event["start_time"] >= began - 1
            assert str(event["exception"]) == "refused by the script"

    def test_redirects_are_followed_all_or_none(self, connect, target):
        session = connect(target.url)
        session.client.redirect_response_codes = frozenset()
        assert session.get("/redirect/1").status_code == 302
        with pytest.raises(LocustError, match="all are followed or none"):
            session.client.redirect_response_codes = frozenset([301])

    def test_cookies(self, connect, target):
        session = connect(target.url)
        session.get("/cookies/set?a=1")
        assert [cookie.value for cookie in session.client.cookiejar] == ["1"]
        session.client.cookiejar.clear()
        assert session.get("/cookies").json() == {}

    def test_closing_the_pool(self, connect, target):
        session = connect(target.url)
        session.get("/")
        session.client.clientpool.close()
        session.get("/")
        assert [request.connection for request in target.received] == [1, 2]

    def test_urlopen_raises_and_records_nothing(self, connect, target, events):
        session = connect(target.url)
        assert (
            session.client.urlopen(f"{target.url}/echo", "POST", payload={"a": "1"}).json()["body"]
            == "a=1"
        )
        with pytest.raises(LocustBadStatusCode):
            session.client.urlopen(f"{target.url}/status/500")
        assert events == []


class TestRetries:
    """`max_retries`: after timeouts, of methods that are harmless twice."""

    @pytest.mark.parametrize(
        ("method", "sent"), [("GET", 3), ("PUT", 3), ("POST", 1), ("PATCH", 1)]
    )
    def test_timeouts(self, connect, target, events, method, sent):
        session = connect(target.url, max_retries=2, network_timeout=0.05)
        session.request(method, "/delay/2000")
        assert len(target.received) == sent
        error = events[0]["exception"]
        assert isinstance(error, RetriesExceeded)
        assert str(error) == f"URL {target.url}/delay/2000: 2, original=timed out"

    def test_an_answer_ends_them(self, connect, target):
        delays = iter([2.0, 0.0])
        target.add_route("/flaky", lambda request: Reply(body=b"at last", delay=next(delays)))
        session = connect(target.url, max_retries=2, network_timeout=0.05)
        assert session.get("/flaky").text == "at last"

    def test_a_closed_connection_is_not_tried_again(self, connect, target):
        connect(target.url, max_retries=2).post("/hangup")
        assert len(target.received) == 1

    def test_per_request(self, connect, target):
        connect(target.url, network_timeout=5.0).get(
            "/delay/2000", network_timeout=0.05, max_retries=1
        )
        assert len(target.received) == 2


class TestLimitsOfACall:
    """What a call may say of itself that the session says else."""

    def test_network_timeout(self, connect, target, events):
        session = connect(target.url, network_timeout=5.0)
        session.get("/delay/2000", network_timeout=0.05)
        assert str(events[0]["exception"]) == f"URL {target.url}/delay/2000: 0, original=timed out"
        assert session.get("/delay/100").status_code == 200

    def test_nothing_is_what_the_session_says(self, connect, target, events):
        session = connect(target.url, network_timeout=0.05)
        session.get("/delay/2000", network_timeout=0)
        session.get("/delay/2000", network_timeout=None)
        assert [type(event["exception"]) for event in events] == [RetriesExceeded] * 2

    def test_words_name_the_sessions_retries(self, connect, target, events):
        connect(target.url, network_timeout=0.05).get("/delay/2000", max_retries=1)
        assert len(target.received) == 2
        assert str(events[0]["exception"]).endswith(": 0, original=timed out")

    def test_a_retry_is_recorded_once(self, connect, target, events):
        delays = iter([2.0, 0.0])
        target.add_route("/flaky", lambda request: Reply(body=b"at last", delay=next(delays)))
        session = connect(target.url, network_timeout=0.05)
        assert session.get("/flaky", max_retries=1).text == "at last"
        assert [event["exception"] for event in events] == [None]

    @pytest.mark.parametrize("said", [{"max_retries": 1}, {}])
    def test_all_attempts_are_in_its_time(self, connect, target, events, said):
        delays = iter([2.0, 0.0])
        target.add_route("/flaky", lambda request: Reply(body=b"at last", delay=next(delays)))
        session = connect(target.url, network_timeout=0.2, max_retries=0 if said else 1)
        session.get("/flaky", **said)
        first, second = (request.arrived for request in target.received)
        (event,) = events
        assert event["response_time"] >= 200 * 0.99  # the limit that the first came up against
        began = event["start_time"] - time.time() + time.monotonic()
        assert abs(began - first) < second - first

    @pytest.mark.parametrize("said", [{"max_retries": 1}, {}])
    def test_what_has_answered_is_not_asked_again_where_that_does_harm(
        self, connect, target, events, said
    ):
        target.add_route("/order", lambda request: Reply(303, headers=[("Location", "/done")]))
        target.add_route("/done", lambda request: Reply(body=b"late", delay=2.0))
        session = connect(target.url, network_timeout=0.05, max_retries=0 if said else 1)
        session.post("/order", data="x", **said)
        assert [request.method for request in target.received] == ["POST", "GET"]
        assert [type(event["exception"]) for event in events] == [RetriesExceeded]

    @pytest.mark.parametrize(
        "said", [{"max_retries": 1}, {"network_timeout": 2.5}, {"max_redirects": 3}]
    )
    def test_beside_files(self, connect, target, said):
        connect(target.url).post("/echo", files={"f": ("a.txt", io.BytesIO(b"content"))}, **said)
        assert b"content" in target.received[-1].body

    @pytest.mark.parametrize("said", [{"max_retries": 1}, {}])
    def test_files_are_read_once_and_sent_twice(self, connect, target, said):
        delays = iter([2.0, 0.0])
        target.add_route("/flaky", lambda request: Reply(body=b"at last", delay=next(delays)))
        session = connect(target.url, network_timeout=0.05, max_retries=0 if said else 1)
        files = {"f": ("a.txt", io.BytesIO(b"content"))}
        before = _core.plain_requests()
        assert session.put("/flaky", files=files, headers={"X-One": "1"}, **said).ok
        assert _core.plain_requests() == before + 2
        first, second = target.received
        assert b"content" in first.body and first.body == second.body
        assert first.headers == second.headers

    def test_redirects(self, connect, target):
        target.add_route("/moved", lambda request: Reply(302, headers=[("Location", "/json")]))
        session = connect(target.url)
        assert session.get("/moved", max_redirects=0).status_code == 302
        assert session.get("/moved").status_code == 200


class TestParametersByKeyword:
    @pytest.mark.parametrize("kind", [dict, OrderedDict])
    def test_go_into_the_callers_own(self, connect, target, kind):
        """As under geventhttpclient, whatever kind of dict it is."""
        params = kind(a="1")
        connect(target.url).get("/echo", params=params, timeout=5)
        assert target.received[-1].target == "/echo?a=1&timeout=5"
        assert params == {"a": "1", "timeout": 5}


class TestBodiesThatBreakOff:
    def test_the_status_is_known(self, connect, target, events):
        response = connect(target.url).get("/truncated")
        assert response.status_code == 200
        assert isinstance(events[0]["exception"], HTTPParseError)
        assert response.error is None

    def test_streamed(self, connect, target):
        response = connect(target.url).get("/truncated", stream=True)
        with pytest.raises(HTTPParseError):
            list(response.iter_content())


@pytest.fixture(scope="module")
def certificate(tmp_path_factory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture
def demanding(certificate):
    """A server that wants a client certificate."""
    context = certificate.server_context()
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(certificate.certificate)
    with HttpTarget(tls=context) as server:
        add_usual_routes(server)
        yield server


class TestContextFactory:
    def test_client_certificate(self, connect, demanding, certificate):
        def factory():
            context = ssl.create_default_context(cafile=certificate.certificate)
            context.load_cert_chain(certificate.certificate, certificate.key)
            return context

        assert (
            connect(demanding.url, insecure=False, ssl_context_factory=factory).get("/").text
            == "hello"
        )

    def test_an_encrypted_key(self, connect, demanding, certificate, tmp_path):
        key = tmp_path / "encrypted.pem"
        subprocess.run(
            ["openssl", "ec", "-aes256", "-passout", "pass:secret", "-in", str(certificate.key), "-out", str(key)],  # noqa: E501
            check=True, capture_output=True, timeout=30,
        )  # fmt: skip

        def factory():
            context = ssl._create_unverified_context()
            context.load_cert_chain(certificate.certificate, key, password="secret")
            return context

        assert connect(demanding.url, ssl_context_factory=factory).get("/").text == "hello"

    def test_without_a_certificate_the_server_refuses(self, connect, demanding, events):
        connect(demanding.url, ssl_context_factory=ssl._create_unverified_context).get("/")
        assert isinstance(events[0]["exception"], OSError)

    def test_insecure_leaves_out_the_host_but_not_the_chain(self, connect, certificate, tmp_path):
        """As geventhttpclient: `insecure` switches off the check of the name only; the rest is the
        context's own.
        """
        with HttpTarget("127.0.0.2", certificate.server_context()) as server:
            add_usual_routes(server)

            def trusting():
                return ssl.create_default_context(cafile=certificate.certificate)

            assert connect(server.url, ssl_context_factory=trusting).get("/").text == "hello"
            assert (
                connect(server.url, insecure=False, ssl_context_factory=trusting)
                .get("/")
                .status_code
                == 0
            )
            assert (
                connect(server.url, ssl_context_factory=ssl.create_default_context)
                .get("/")
                .status_code
                == 0
            )

    def test_the_factory_is_asked_once_for_each_session(self, connect, certificate):
        asked = []

        def factory():
            asked.append(1)
            return ssl._create_unverified_context()

        with HttpTarget(tls=certificate.server_context()) as server:
            add_usual_routes(server)
            session = connect(server.url, ssl_context_factory=factory)
            for _ in range(3):
                session.post("/echo", data="x", headers={"X": "ü"})
        assert asked == [1]
