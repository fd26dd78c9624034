"""HttpUser and FastHttpUser against servers that are broken or mean harm: what the report says, and
what comes after.

The core's own tests (tests/unit/client/hostile_test.cpp) have the details,
tests/compat/test_hostile_servers.py the comparison with stock Locust.
"""

from __future__ import annotations

import socket
import ssl
import struct
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from locustella import FastHttpUser, HttpUser, _core
from locustella.env import Environment
from locustella.http.response_limits import set_response_limits
from support.hostile_routes import ANSWERS, CODED, FLOODS, NOT_HTTP, add_hostile_routes
from support.http_target import HttpTarget
from support.target_routes import add_usual_routes

CLIENTS = [HttpUser, FastHttpUser]


@pytest.fixture(scope="module")
def target() -> Iterator[HttpTarget]:
    with HttpTarget() as server:
        add_usual_routes(server)
        add_hostile_routes(server)
        yield server


@pytest.fixture
def limits() -> Iterator[None]:
    """Puts the process's limits back."""
    before = _core.response_limits()
    yield
    set_response_limits(**before)


class Visit:
    """A user with statistics of its own; `entry` and `error` are what the report says of one path.
    """

    def __init__(self, user_class: type, url: str, **attributes: object) -> None:
        cls = type(
            user_class.__name__, (user_class,), {"host": url, "network_timeout": 10.0, **attributes}
        )
        self.environment = Environment(user_classes=[cls])
        self.environment.create_local_runner()
        self.user = cls(self.environment)

    def get(self, path: str, **arguments: object):
        if isinstance(self.user, HttpUser):
            arguments.setdefault("timeout", 10)
        return self.user.client.get(path, **arguments)

    def expect_failure(self, path: str, *words: str, **arguments: object) -> str:
        """The request fails, is recorded as one failure, and its message has the words."""
        response = self.get(path, **arguments)
        if isinstance(self.user, HttpUser) or response.status_code == 0:
            assert response.status_code == 0 and not response.content
        # else the head had come: FastHttpUser's responses keep it when their body breaks off, as in
        # stock Locust
        entry = self.environment.stats.get(path, "GET")
        assert (entry.num_requests, entry.num_failures) == (1, 1)
        (error,) = [e for e in self.environment.stats.errors.values() if e.name == path]
        assert error.occurrences == 1
        for word in words:
            assert word in str(error.error), f"{word!r} is not in {error.error}"
        return str(error.error)

    def expect_unharmed(self) -> None:
        assert self.get("/json").json()["name"] == "lark"
        assert self.environment.stats.get("/json", "GET").num_failures == 0

    def close(self) -> None:
        client = self.user.client
        (client.close if isinstance(self.user, HttpUser) else client.client.clientpool.close)()
        self.environment.runner.quit()


@pytest.fixture(params=CLIENTS, ids=lambda cls: cls.__name__)
def visit(request: pytest.FixtureRequest, target: HttpTarget) -> Iterator[Visit]:
    visit = Visit(request.param, target.url)
    yield visit
    visit.close()


class TestAnswers:
    @pytest.mark.parametrize(
        "name",
        [*NOT_HTTP, "two-lengths", "chunk-of-words", "chunk-cut", "length-cut", "nul", "gzip-none"],
    )
    def test_a_recorded_failure(self, visit, name):
        message = visit.expect_failure(f"/hostile/{name}")
        assert 15 < len(message) < 300 and "Traceback" not in message
        visit.expect_unharmed()

    @pytest.mark.parametrize("name", ["surplus-answer", "surplus-bytes", "surplus-of-204"])
    def test_what_follows_an_answer_is_not_the_next(self, visit, name):
        for _ in range(3):
            assert b"poison" not in (visit.get(f"/hostile/{name}").content or b"")
            visit.expect_unharmed()

    @pytest.mark.parametrize(
        ("name", "words"),
        [("tls-alert", "https"), ("http2-settings", "HTTP/2"), ("ssh", "SSH-2.0")],
    )
    def test_the_message_says_what_it_may_be(self, visit, name, words):
        visit.expect_failure(f"/hostile/{name}", words)

    @pytest.mark.parametrize("name", [name for name, (_, body) in CODED.items() if body])
    def test_a_streamed_body_is_decoded_or_fails_as_under_requests(self, target, name):
        visit = Visit(HttpUser, target.url)
        results = []
        for get in (visit.user.client.get, requests.Session().get):
            response = get(f"{target.url}/hostile/streamed/{name}", stream=True, timeout=10)
            try:
                results.append(b"".join(response.iter_content(3)))
            except requests.RequestException as error:
                results.append(type(error))
        assert results[0] == results[1]
        visit.expect_unharmed()
        visit.close()

    @pytest.mark.parametrize("name", ["unknown", "identity"])
    def test_a_stream_of_no_known_coding_comes_as_it_is(self, target, name):
        visit = Visit(HttpUser, target.url)
        assert visit.get(f"/hostile/{name}", stream=True).content == b"hello"
        visit.close()


class TestLimits:
    @pytest.mark.parametrize(
        ("name", "option"),
        [
            ("many-fields", "--max-response-fields"),
            ("long-field", "--max-response-head"),
            ("endless-status", "--max-response-head"),
            ("endless-field", "--max-response-head"),
            ("endless-fields", "--max-response-fields"),
            ("endless-interim", "--max-interim-responses"),
            ("endless-chunk-line", "--max-response-head"),
            ("endless-trailers", "--max-response-head"),
        ],
    )
    def test_what_has_no_end_ends_at_a_limit_that_is_named(self, visit, name, option):
        assert name in FLOODS or name in ANSWERS
        visit.expect_failure(f"/hostile/{name}", option)
        visit.expect_unharmed()

    def test_a_bomb(self, visit, limits):
        set_response_limits(body=8 << 20)
        visit.expect_failure("/hostile/bomb/64", "larger than 8 MiB", "--max-response-body")
        visit.expect_unharmed()
        assert len(visit.get("/hostile/bomb/7").content) == 7 << 20

    def test_a_body_that_is_too_large(self, visit, limits):
        set_response_limits(body=1000)
        visit.expect_failure("/bytes/1001", "larger than 1000 bytes", "--max-response-body")
        assert len(visit.get("/bytes/1000").content) == 1000

    def test_a_stream_has_no_limit(self, target, limits):
        set_response_limits(body=1000)
        visit = Visit(HttpUser, target.url)
        assert len(visit.get("/bytes/300000", stream=True).content) == 300_000
        visit.close()


class BrokenOff:
    """A server that answers with the first `size` bytes of an answer, and then closes or resets."""

    def __init__(self) -> None:
        self.size, self.hard = 0, False
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection:
                connection.recv(65536)
                connection.sendall(self.ANSWER[: self.size])
                if self.hard:
                    connection.setsockopt(
                        socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
                    )

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(5)


@pytest.mark.parametrize("hard", [False, True], ids=["closed", "reset"])
@pytest.mark.parametrize("user_class", CLIENTS)
def test_an_end_at_every_byte(user_class, hard):
    server = BrokenOff()
    visit = Visit(user_class, server.url)
    server.hard = hard
    for size in range(len(server.ANSWER)):
        server.size = size
        visit.expect_failure(f"/{size}", "reset" if hard else "")
    server.size, server.hard = len(server.ANSWER), False
    assert visit.get("/whole").text == "hello"
    visit.close()
    server.close()


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


class TestCertificates:
    """HttpUser verifies; each fault is named. FastHttpUser does if its class says so."""

    @pytest.mark.parametrize(
        ("fault", "words"),
        [
            ("expired", "certificate has expired"),
            ("early", "certificate is not yet valid"),
            ("elsewhere", "mismatch"),
            ("self-signed", "self-signed certificate"),
            ("unknown", "unable to get local issuer certificate"),
        ],
    )
    def test_each_fault_is_named(self, authority, fault, words):
        with HttpTarget(tls=authority.server_context(fault)) as server:
            add_usual_routes(server)
            visit = Visit(HttpUser, server.url)
            visit.expect_failure(
                "/json", "certificate verify failed", words, verify=str(authority.path / "ca.pem")
            )
            assert visit.user.client.get("/echo", verify=False).status_code == 200
            visit.close()
            fast = Visit(FastHttpUser, server.url, insecure=False)
            fast.expect_failure("/json", "certificate verify failed")
            fast.close()

    def test_a_server_that_wants_a_certificate_of_ours(self, authority):
        context = authority.server_context("good")
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(authority.path / "ca.pem")
        with HttpTarget(tls=context) as server:
            add_usual_routes(server)
            visit = Visit(HttpUser, server.url)
            visit.expect_failure(
                "/json", "certificate required", verify=str(authority.path / "ca.pem")
            )
            visit.close()

    @pytest.mark.parametrize("user_class", CLIENTS)
    def test_a_plain_server_asked_for_tls(self, target, user_class):
        visit = Visit(user_class, target.url.replace("http:", "https:"))
        message = visit.expect_failure("/json")
        assert "SSL" in message
        visit.close()
        target.violations.clear()


class Authority:
    """Certificates of one fault each, made by the openssl command."""

    DAYS = {
        "expired": ("20200101000000Z", "20200102000000Z"),
        "early": ("20900101000000Z", "20910101000000Z"),
    }

    def __init__(self, path: Path) -> None:
        self.path = path
        for name in ("ca", "other"):
            self._openssl("req", "-x509", *self._new_key(name), "-days", "2", "-out", f"{name}.pem")
            (path / f"{name}.db").write_text("")

    def _openssl(self, *arguments: str) -> None:
        subprocess.run(
            ["openssl", *arguments], cwd=self.path, check=True, capture_output=True, timeout=30
        )

    @staticmethod
    def _new_key(name: str) -> list[str]:
        return [
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-subj",
            f"/CN={name}",
            "-keyout",
            f"{name}.key",
        ]

    def server_context(self, fault: str) -> ssl.SSLContext:
        alternatives = "DNS:elsewhere.test" if fault == "elsewhere" else "IP:127.0.0.1"
        if fault == "self-signed":
            self._openssl("req", "-x509", *self._new_key(fault), "-days", "2", "-addext", f"subjectAltName={alternatives}",  # noqa: E501
                          "-out", f"{fault}.pem")  # fmt: skip
        else:
            self._sign(fault, alternatives, "other" if fault == "unknown" else "ca")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.path / f"{fault}.pem", self.path / f"{fault}.key")
        return context

    def _sign(self, name: str, alternatives: str, issuer: str) -> None:
        self._openssl("req", *self._new_key(name), "-out", f"{name}.csr")
        (self.path / "sign.conf").write_text(
            f"[ca]\ndefault_ca=here\n[here]\ndatabase={issuer}.db\nnew_certs_dir=.\nrand_serial=yes\ndefault_md=sha256\n"
            f"policy=any\nunique_subject=no\nx509_extensions=names\n[any]\ncommonName=supplied\n[names]\nsubjectAltName={alternatives}\n"
        )
        days = self.DAYS.get(name)
        validity = ["-startdate", days[0], "-enddate", days[1]] if days else ["-days", "2"]
        self._openssl("ca", "-batch", "-notext", "-config", "sign.conf", "-cert", f"{issuer}.pem", "-keyfile", f"{issuer}.key",  # noqa: E501
                      "-in", f"{name}.csr", "-out", f"{name}.pem", *validity)  # fmt: skip
