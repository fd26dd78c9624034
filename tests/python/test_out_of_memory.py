"""An answer that the machine has no memory for fails its request; the run goes on, and is reported.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from locustella_process import command, python
from tests.support.http_target import HttpTarget, Reply

MEGABYTE = 1 << 20
SIZE = 900 * MEGABYTE  # below the limit of a body

LOCUSTFILE = """
import resource
from locust import {user}, constant, events, task

@events.test_start.add_listener
def leave_little_memory(**_):
    pages = int(open("/proc/self/statm").read().split()[0])
    most = pages * resource.getpagesize() + (160 << 20)
    resource.setrlimit(resource.RLIMIT_AS, (most, most))

class Visitor({user}):
    wait_time = constant(0)

    @task
    def visit(self):
        self.client.get("/large/{framing}")
        self.client.get("/small")
        self.environment.runner.quit()
"""


@pytest.fixture(scope="module")
def target() -> Iterator[HttpTarget]:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % SIZE
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunk = b"%x\r\n%b\r\n" % (MEGABYTE, b"x" * MEGABYTE)
    with HttpTarget() as target:
        target.add_route("/large/sized", lambda request: Reply(raw=head, flood=b"x" * MEGABYTE))
        target.add_route("/large/chunked", lambda request: Reply(raw=chunked, flood=chunk))
        target.add_route("/take", lambda request: Reply(body=b"%d" % len(request.body)))
        target.add_route("/small", lambda request: Reply(body=b"small"))
        yield target


@pytest.mark.parametrize("framing", ["sized", "chunked"])
@pytest.mark.parametrize("user", ["HttpUser", "FastHttpUser"])
def test_a_body_larger_than_memory_fails_its_request(tmp_path, target, user, framing):
    files = {"locustfile.py": LOCUSTFILE.format(user=user, framing=framing)}
    options = ["--headless", "-u", "1", "-t", "20s", "--host", target.url, "--json"]
    run = command(tmp_path, options, files)
    assert run.code == 1, run.err
    entries = {entry["name"]: entry for entry in json.loads(run.out)}
    large, small = entries[f"/large/{framing}"], entries["/small"]
    assert (large["num_requests"], large["num_failures"]) == (1, 1)
    assert (small["num_requests"], small["num_failures"]) == (1, 0)
    assert "Cannot allocate memory" in run.err


# With so little memory left that it runs out at another step of a request each time: what cannot be
# done raises MemoryError, and whatever has been begun by then is not in the way of the next
# request.
UPLOADS = """
import resource, sys
from locustella.http.session.session import NativeSession

BODY = b"x" * (64 << 20)
MARGINS = [megabytes << 20 for megabytes in (8, 40, 80, 120, 160, 200, 240, 280, 320, 400, 600)]

def held():
    return int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()

session = NativeSession(sys.argv[1])
session.get("/small")
unlimited = resource.getrlimit(resource.RLIMIT_AS)
seen = set()
for margin in MARGINS:
    for keywords in {"data": BODY}, {"data": BODY, "files": None, "allow_redirects": True, "hooks": None}:
        resource.setrlimit(resource.RLIMIT_AS, (held() + margin, unlimited[1]))
        try:
            seen.add(session.post("/take", **keywords).text)
        except MemoryError:
            seen.add("MemoryError")
        resource.setrlimit(resource.RLIMIT_AS, unlimited)
        answer = session.get("/small")
        assert (answer.status_code, answer.text) == (200, "small"), (margin, answer)
print(sorted(seen))
"""  # noqa: E501


def test_a_request_without_memory_raises_and_the_next_one_is_unharmed(tmp_path, target):
    run = python(tmp_path, UPLOADS.replace("sys.argv[1]", repr(target.url)))
    assert run.code == 0, run.err
    assert run.out.strip() == repr(sorted({"MemoryError", str(64 << 20)}))
