"""The demo target as a user meets it: its command, each of its pages, https."""

from __future__ import annotations

import base64
import http.client
import json
import signal
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from demo_target_process import COMMAND, PATIENCE, Target, get, running


@pytest.fixture(scope="module")
def target() -> Iterator[Target]:
    with running() as started:
        yield started
        assert started.stop() == 0


@pytest.fixture
def visitor() -> Iterator[Any]:
    """A requests.Session."""
    # Not imported before Locustella has patched ssl, as the import of another test may still do.
    import requests

    with requests.Session() as session:
        yield session


LAST = "Connection: close\r\n"


# The shop


def test_the_home_page_is_small_html(target):
    response, body = target.ask("GET", "/")
    assert response.status == 200
    assert response.getheader("Content-Type") == "text/html; charset=utf-8"
    assert response.getheader("Date", "").endswith(" GMT")
    assert 100 < len(body) < 2_000 and body.startswith(b"<!DOCTYPE html>")


def test_products_are_listed_and_shown(target):
    products = json.loads(target.ask("GET", "/products")[1])["products"]
    assert [product["id"] for product in products] == list(range(1, 61))
    for wanted in (products[0], products[-1]):
        response, body = target.ask("GET", f"/products/{wanted['id']}")
        shown = json.loads(body)
        assert response.getheader("Content-Type") == "application/json"
        assert {key: shown[key] for key in wanted} == wanted


@pytest.mark.parametrize("path", ["/products/61", "/products/0", "/products/x", "/nowhere", "//"])
def test_what_is_not_there_is_a_404_in_json(target, path):
    response, body = target.ask("GET", path)
    assert response.status == 404
    assert json.loads(body)["error"]


def test_a_visitor_logs_in_and_out(target, visitor):
    assert visitor.get(f"{target.url}/account").status_code == 401
    wrong = visitor.post(f"{target.url}/login", {"username": "ada", "password": "no"})
    assert wrong.status_code == 401 and not visitor.cookies
    right = visitor.post(f"{target.url}/login", {"username": "ada", "password": "secret"})
    assert [step.status_code for step in right.history] == [303]
    assert right.url == f"{target.url}/account"
    assert right.json()["user"] == "ada"
    left = visitor.get(f"{target.url}/logout")
    assert left.url == f"{target.url}/" and not visitor.cookies
    assert visitor.get(f"{target.url}/account").status_code == 401


def test_a_cart_keeps_what_is_put_into_it(target, visitor):
    assert visitor.get(f"{target.url}/cart").json() == {"items": [], "total_cents": 0}
    for quantity in (1, 2):
        order = {"product_id": 3, "quantity": quantity}
        assert visitor.post(f"{target.url}/cart", json=order).status_code == 200
    visitor.post(f"{target.url}/login", {"username": "ada", "password": "secret"})
    cart = visitor.get(f"{target.url}/cart").json()
    assert [(item["product_id"], item["quantity"]) for item in cart["items"]] == [(3, 3)]
    assert cart["total_cents"] == 3 * cart["items"][0]["price_cents"]


@pytest.mark.parametrize("order", ["", "{", "[1]", '{"product_id": 61}', '{"product_id": 1.5}'])
def test_a_bad_order_is_refused(target, order):
    assert target.ask("POST", "/cart", body=order)[0].status == 400


# The probes


def test_redirects_end_after_as_many_as_were_asked_for(target, visitor):
    response = visitor.get(f"{target.url}/redirect/4", timeout=PATIENCE)
    assert [step.status_code for step in response.history] == [302] * 4
    assert response.json() == {"arrived": True}


@pytest.mark.parametrize("code", [200, 201, 204, 205, 299, 304, 400, 404, 418, 500, 503, 599])
def test_any_status_can_be_had(target, code):
    response, body = target.ask("GET", f"/status/{code}")
    assert response.status == code
    assert bool(body) is (code not in (204, 205, 304))


@pytest.mark.parametrize("code", ["100", "199", "600", "abc"])
def test_no_other_status_can_be_had(target, code):
    assert target.ask("GET", f"/status/{code}")[0].status == 400


def test_a_delay_is_waited_for(target):
    before = time.monotonic()
    _, body = target.ask("GET", "/delay/50")
    assert time.monotonic() - before >= 0.05
    assert json.loads(body) == {"delay_ns": 50_000_000}


def test_a_chunked_body_arrives_whole(target):
    response, body = target.ask("GET", "/chunked/2000")
    assert response.getheader("Transfer-Encoding") == "chunked"
    assert body.decode().splitlines() == [f"chunk {n}" for n in range(1, 2001)]


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_compressed_json_can_be_read(target, visitor, coding):
    response = visitor.get(f"{target.url}/{coding}", timeout=PATIENCE)
    assert response.headers["Content-Encoding"] == coding
    assert response.json()["coding"] == coding
    assert len(response.json()["lines"]) == 100


@pytest.mark.parametrize("size", [0, 1, 65_536, 5_000_001])
def test_bytes_have_the_size_and_the_contents_that_they_should(target, size):
    response, body = target.ask("GET", f"/bytes/{size}")
    assert response.getheader("Content-Length") == str(size)
    assert body == (b"0123456789abcdef" * (size // 16 + 1))[:size]


def test_a_body_may_end_with_the_connection(target):
    response, body = target.ask("GET", "/stream-close")
    assert response.getheader("Content-Length") is None
    assert body.decode().splitlines() == [f"line {n}" for n in range(1, 11)]


def test_events_come_one_by_one(target):
    response, body = target.ask("GET", "/events?count=3&interval_ms=5")
    assert response.getheader("Content-Type") == "text/event-stream"
    events = body.decode().split("\n\n")[:-1]
    assert events == [f'id: {n}\nevent: tick\ndata: {{"n": {n}}}' for n in (1, 2, 3)]


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
def test_echo_tells_what_arrived(target, visitor, method):
    body = None if method == "GET" else "größer"
    response = visitor.request(
        method,
        f"{target.url}/echo?a=1&b=x+y&a=%32",
        data=body.encode() if body else None,
        headers={"X-Colour": "blue"},
        timeout=PATIENCE,
    )
    told = response.json()
    assert told["method"] == method
    assert told["path"] == "/echo"
    assert told["query"] == {"a": ["1", "2"], "b": ["x y"]}
    assert told["headers"]["X-Colour"] == ["blue"]
    assert told["body"] == (body or "")


def test_echo_tells_bytes_that_are_no_text(target):
    sent = bytes(range(256))
    told = json.loads(target.ask("POST", "/echo", body=sent)[1])
    assert told["body"] is None
    assert base64.b64decode(told["body_base64"]) == sent


def test_echo_takes_a_chunked_upload(target):
    pieces = iter([b"one ", b"two ", b"three"])
    told = json.loads(target.ask("POST", "/echo", body=pieces, encode_chunked=True)[1])
    assert told["body"] == "one two three"


def test_basic_credentials_are_checked(target, visitor):
    url = f"{target.url}/basic-auth/ada/pass%20word"
    assert visitor.get(url, timeout=PATIENCE).headers["WWW-Authenticate"].startswith("Basic ")
    assert visitor.get(url, auth=("ada", "wrong"), timeout=PATIENCE).status_code == 401
    right = visitor.get(url, auth=("ada", "pass word"), timeout=PATIENCE)
    assert right.json() == {"authenticated": True, "user": "ada"}


def test_cookies_are_set_and_told(target, visitor):
    told = visitor.get(f"{target.url}/cookies/set?flavour=oat&size=2").json()
    assert told == {"cookies": {"flavour": "oat", "size": "2"}}


def test_close_answers_and_closes(target):
    answer = target.raw(get("/close") + get("/"))
    assert answer.count(b"HTTP/1.1 200") == 1
    assert b"Connection: close\r\n" in answer


def test_reset_resets(target):
    with pytest.raises(ConnectionResetError):
        target.raw(get("/reset"))


def test_slow_headers_come_late_but_whole(target):
    response, body = target.ask("GET", "/slow-headers?ms=20")
    assert response.status == 200
    assert json.loads(body) == {"slow": "headers"}


def test_counters_count():
    with running() as fresh:
        fresh.raw(get("/") + get("/products", LAST))
        counted = json.loads(fresh.ask("GET", "/__counters")[1])
        assert counted["requests"] == 3
        assert counted["connections"] == 2
        assert counted["open_connections"] >= 1


# The protocol


@pytest.mark.parametrize(
    "path", ["/", "/products/1", "/bytes/1000", "/chunked/3", "/gzip", "/nowhere"]
)
def test_head_gives_the_fields_of_get_without_a_body(target, path):
    head, nothing = target.ask("HEAD", path)
    full, _ = target.ask("GET", path)
    assert nothing == b""
    assert head.status == full.status
    for name in ("Content-Length", "Content-Type", "Transfer-Encoding", "Content-Encoding"):
        assert head.getheader(name) == full.getheader(name)


def test_options_names_the_methods_and_others_are_refused(target):
    response, _ = target.ask("OPTIONS", "/cart")
    assert (response.status, response.getheader("Allow")) == (204, "GET, HEAD, POST, OPTIONS")
    response, _ = target.ask("DELETE", "/cart")
    assert (response.status, response.getheader("Allow")) == (405, "GET, HEAD, POST, OPTIONS")


def test_pipelined_requests_are_answered_in_order(target):
    asked = [f"/products/{n}" for n in range(1, 61)] + ["/delay/5", "/chunked/2", "/products/1"]
    answers = target.raw(b"".join(map(get, asked)) + get("/echo", LAST))
    assert answers.count(b"HTTP/1.1 200 OK\r\n") == len(asked) + 1
    marks = [f'{{"id": {n},'.encode() for n in range(1, 61)] + [b"delay_ns", b"chunk 2", b'"/echo"']
    at = 0
    for mark in marks:
        at = answers.index(mark, at)


def test_one_connection_serves_many_requests(target):
    connection = target.connection()
    for n in range(200):
        connection.request("GET", f"/products/{n % 60 + 1}")
        assert json.loads(connection.getresponse().read())["id"] == n % 60 + 1
    connection.close()


def test_a_client_that_expects_100_continue_gets_it(target):
    with socket.create_connection((target.host, target.port), timeout=PATIENCE) as connection:
        head = "POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n"
        connection.sendall(f"{head}{LAST}\r\n".encode())
        with connection.makefile("rb") as stream:
            assert stream.readline() == b"HTTP/1.1 100 Continue\r\n"
            assert stream.readline() == b"\r\n"
            connection.sendall(b"body")
            assert b'"body": "body"' in stream.read()


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"nonsense\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (get("/", "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n"), 400),
        (get("/" + "x" * 9_000), 414),
        (get("/", "X: " + "x" * 20_000 + "\r\n"), 431),
        (get("/", "Content-Length: 100000000\r\n"), 413),
        (b"GET / HTTP/3.0\r\n\r\n", 505),
    ],
)
def test_what_cannot_be_served_is_refused_and_the_connection_closed(target, request_bytes, status):
    answer = target.raw(request_bytes)
    assert answer.startswith(f"HTTP/1.1 {status} ".encode())
    assert b"\r\nConnection: close\r\n" in answer


# Ways to run it


def test_it_serves_ipv6():
    with running("--host", "::1") as v6:
        assert v6.url == f"http://[::1]:{v6.port}"
        assert v6.ask("GET", "/")[0].status == 200


@pytest.mark.parametrize("with_signal", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_it_cleanly(with_signal):
    with running() as stopped:
        waiting = stopped.connection()
        waiting.request("GET", "/delay/3600000")
        assert stopped.stop(with_signal) == 0
        out, err = stopped.process.communicate()
        assert (out, err) == ("", "")


def test_it_stops_by_itself():
    done = subprocess.run(
        [*COMMAND, "--max-seconds", "0.05"], capture_output=True, text=True, timeout=PATIENCE
    )
    assert done.returncode == 0
    assert done.stdout.startswith("listening on http://127.0.0.1:")


def test_https_with_a_certificate_made_for_the_run(tmp_path: Path):
    certificate = tmp_path / "certificate.pem"
    with running("--self-signed", "--write-cert", str(certificate)) as secure:
        assert secure.url.startswith("https://127.0.0.1:")
        with pytest.raises(ssl.SSLCertVerificationError):
            http.client.HTTPSConnection(secure.host, secure.port, timeout=PATIENCE).connect()
        connection = secure.connection(trusting=certificate)
        for path, size in (("/bytes/3000000", 3_000_000), ("/bytes/0", 0), ("/stream-close", 71)):
            connection.request("GET", path)
            assert len(connection.getresponse().read()) == size
        connection.close()
        assert secure.stop() == 0


def test_https_with_a_certificate_from_files(tmp_path: Path):
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
        + ["-nodes", "-days", "2", "-subj", "/CN=shop", "-addext", "subjectAltName=IP:127.0.0.1"]
        + ["-keyout", str(key), "-out", str(certificate)],
        check=True,
        capture_output=True,
        timeout=PATIENCE,
    )
    with running("--tls-cert", str(certificate), "--tls-key", str(key)) as secure:
        connection = secure.connection(trusting=certificate)
        connection.request("GET", "/")
        assert connection.getresponse().status == 200
        connection.close()


def complaint(*options: str) -> str:
    """What the command says when it cannot start: one line on stderr, exit code 1."""
    done = subprocess.run([*COMMAND, *options], capture_output=True, text=True, timeout=PATIENCE)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.count("\n") == 1
    return done.stderr


def test_a_port_that_is_taken_is_named(target):
    said = complaint("--port", str(target.port))
    assert f"cannot listen on 127.0.0.1:{target.port}: Address already in use" in said


def test_files_that_cannot_be_used_are_named(tmp_path: Path):
    broken = tmp_path / "broken.pem"
    broken.write_text("not a certificate")
    assert "/no/such.pem: No such file" in complaint("--tls-cert", "/no/such.pem", "--tls-key", "k")
    assert str(broken) in complaint("--tls-cert", str(broken), "--tls-key", str(broken))
    assert "/no/such.log: No such file" in complaint("--service-log", "/no/such.log")
    assert "/no/such.pem" in complaint("--self-signed", "--write-cert", "/no/such.pem")


def test_all_options_that_do_not_go_together_are_named_at_once():
    said = complaint("--tls-key", "k", "--write-cert", "c")
    assert "go together" in said and "only a self-signed certificate" in said


@pytest.mark.parametrize(
    "options",
    [["--port", "65536"], ["--port", "x"], ["--delay", "-1"], ["--jitter", "nan"], ["--wrong"]],
)
def test_options_that_cannot_be_parsed_exit_with_2(options):
    done = subprocess.run([*COMMAND, *options], capture_output=True, text=True, timeout=PATIENCE)
    assert (done.returncode, done.stdout) == (2, "")
    assert options[0] in done.stderr
