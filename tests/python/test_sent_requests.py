"""What the benchmark records of a client, and what it makes of it for wrk."""

from __future__ import annotations

import http.client
import subprocess
import sys
from pathlib import Path

import pytest
from tests.support.http_target import HttpTarget, Reply

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "benchmarks"))

from sent_requests import Relay, split_requests, wrk_script  # noqa: E402

GET = b"GET / HTTP/1.1\r\nHost: 127.0.0.1:8089\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: 127.0.0.1:8089\r\nContent-Length: 5\r\n\r\nhello"
CHUNKED = b"PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n"


def test_requests_end_where_their_bodies_do():
    assert split_requests(GET + POST + CHUNKED + GET) == [GET, POST, CHUNKED, GET]


@pytest.mark.parametrize("whole", [GET, POST, CHUNKED])
def test_a_request_that_is_not_whole_is_none(whole):
    for size in range(len(whole)):
        assert split_requests(whole[:size]) == []


def test_the_relay_hands_on_and_remembers():
    with HttpTarget() as target, Relay(target.port) as relay:
        target.add_route("/", lambda request: Reply(200, body=b"Hello"))
        client = http.client.HTTPConnection("127.0.0.1", relay.port, timeout=10)
        for _ in range(2):
            client.request("GET", "/", headers={"X-Token": "abc"})
            assert client.getresponse().read() == b"Hello"
        relay.wait_for(2, seconds=10)
        client.close()
    first, second = split_requests(relay.sent())
    assert first == second
    assert b"X-Token: abc\r\n" in first and b"Host: 127.0.0.1:%d\r\n" % relay.port in first


@pytest.mark.parametrize("recorded", [[POST], [POST, GET]])
def test_wrk_sends_the_same_bytes(tmp_path, recorded):
    with HttpTarget() as target:
        target.add_route("/", lambda request: Reply(200, body=b"Hello"))
        script = tmp_path / "form.lua"
        with Relay(target.port) as relay:
            script.write_text(wrk_script(recorded, {8089: relay.port}))
            url = f"http://127.0.0.1:{relay.port}/"
            subprocess.run(["wrk", "-t1", "-c1", "-d1s", "-s", script, url], check=True, timeout=30)
    sent = split_requests(relay.sent())[: len(recorded)]
    here = b"127.0.0.1:%d" % relay.port
    # wrk asks a script once before it begins, to look at what it would send
    assert {request.replace(here, b"127.0.0.1:8089") for request in sent} == set(recorded)
