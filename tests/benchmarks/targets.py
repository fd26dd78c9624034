"""The servers that the clients load, and what they count: the benchmark believes no client.

    with serving_nginx(core, folder, certificate) as target:
        target.url("https")          # "https://127.0.0.1:PORT"
        target.counters()            # Counters(requests=..., connections=..., accepted=...)

A target is started fresh for each measurement, so its counters begin at zero. Counters leave out
the benchmark's own look-ups.
"""

from __future__ import annotations

import contextlib
import gzip
import http.client
import random
import re
import resource
import string
import textwrap
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from certificates import Certificate
from processes import Process, running
from sockets import free_ports

_START_SECONDS = 10.0
_PORT_ATTEMPTS = 5


class TargetFailed(RuntimeError):
    """A target did not start or does not answer; the text says which and shows its last words."""


@dataclass(frozen=True)
class Counters:
    """Requests begun and connections accepted since the start; connections that are open now."""

    requests: int
    connections: int
    accepted: int


class Target(Protocol):
    name: str
    process: Process

    def url(self, scheme: str) -> str: ...

    def counters(self) -> Counters: ...


class Nginx:
    """nginx as one process on one core: a few bytes for every path, counters from stub_status."""

    name = "nginx"

    def __init__(
        self, process: Process, ports: dict[str, int], status: http.client.HTTPConnection
    ) -> None:
        self.process = process
        self._ports = ports
        self._status = status
        self._look_ups = 0

    def url(self, scheme: str) -> str:
        return f"{scheme}://127.0.0.1:{self._ports[scheme]}"

    def counters(self) -> Counters:
        self._look_ups += 1
        self._status.request("GET", "/")
        page = self._status.getresponse().read().decode()
        return parse_stub_status(page, self._look_ups)


def parse_stub_status(page: str, look_ups: int) -> Counters:
    """Read nginx's status page, less the one connection and the requests that asked for it."""
    numbers = [int(number) for number in re.findall(r"\d+", page)]
    if len(numbers) < 4:
        raise ValueError(f"not a page of stub_status: {page!r}")
    active, accepted, _, requests = numbers[:4]
    return Counters(requests - look_ups, active - 1, accepted - 1)


@contextlib.contextmanager
def serving_nginx(core: int, workdir: Path, certificate: Certificate) -> Iterator[Nginx]:
    """nginx on free loopback ports, ready. Raises TargetFailed where it does not come up."""
    folder = workdir / "nginx"
    folder.mkdir(exist_ok=True)
    for attempt in range(_PORT_ATTEMPTS):
        ports = dict(zip(("http", "https", "status"), free_ports(3), strict=True))
        config = folder / "nginx.conf"
        config.write_text(nginx_config(folder, ports, certificate))
        command = ["nginx", "-p", str(folder), "-c", str(config), "-e", str(folder / "error.log")]
        with running(command, core=core, workdir=folder, name="output") as process:
            status = connect_when_up(process, ports["status"])
            if status is None:
                if attempt + 1 < _PORT_ATTEMPTS:
                    continue  # somebody took a port between the look and the bind
                words = (folder / "error.log").read_text() + process.last_words()
                raise TargetFailed(f"nginx did not start: {words}")
            with contextlib.closing(status):
                yield Nginx(process, ports, status)
            return


def nginx_config(folder: Path, ports: dict[str, int], certificate: Certificate) -> str:
    """The configuration: one process, no logs, connections kept for ever, no TLS resumption."""
    write_pages(folder)
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    return textwrap.dedent(f"""\
        daemon off;
        master_process off;
        worker_processes 1;
        pid {folder}/nginx.pid;
        error_log {folder}/error.log error;
        events {{
            worker_connections {min(files - 100, 60000)};
            multi_accept on;
        }}
        http {{
            access_log off;
            default_type text/plain;
            keepalive_timeout 3600s;
            keepalive_requests 1000000000;
            client_body_temp_path {folder}/body;
            proxy_temp_path {folder}/proxy;
            fastcgi_temp_path {folder}/fastcgi;
            uwsgi_temp_path {folder}/uwsgi;
            scgi_temp_path {folder}/scgi;
            ssl_certificate {certificate.cert};
            ssl_certificate_key {certificate.key};
            ssl_session_cache off;
            ssl_session_tickets off;
            server {{
                listen 127.0.0.1:{ports["http"]} backlog=16384;
                listen 127.0.0.1:{ports["https"]} ssl backlog=16384;
                location / {{ return 200 "Hello, world!\\n"; }}
                location = /orders {{ default_type application/json; return 201 '{{"id": 4711}}'; }}
                location = /missing {{ return 404; }}
                location = /old {{ return 302 /products; }}
                location = /login {{ add_header Set-Cookie "session=7f3a9c; Path=/"; return 200 "welcome\\n"; }}
                location = /account {{
                    if ($cookie_session = "") {{ return 403; }}
                    return 200 "This is what alice has ordered so far.\\n";
                }}
                location = /megabyte {{ alias {folder}/megabyte; }}
                location = /page {{ alias {folder}/page.gz; default_type text/html; add_header Content-Encoding gzip; }}
            }}
            server {{
                listen 127.0.0.1:{ports["status"]};
                location / {{ stub_status; }}
            }}
        }}
        """)  # noqa: E501


def write_pages(folder: Path) -> None:
    """The files of the server: a megabyte that does not compress, and a compressed page of 40 KB.
    """
    (folder / "megabyte").write_bytes(random.Random(1).randbytes(1_000_000))
    words = random.Random(2).choices(string.ascii_lowercase, k=300)
    page = " ".join(
        random.Random(3).choices([a + b for a in words[:60] for b in words[60:70]], k=13_500)
    )
    (folder / "page.gz").write_bytes(gzip.compress(f"<html>{page}</html>".encode(), 6, mtime=0))


def connect_when_up(process: Process, port: int) -> http.client.HTTPConnection | None:
    """A connection to the port as soon as it listens; None where the process dies or dawdles."""
    give_up = time.monotonic() + _START_SECONDS
    while process.alive() and time.monotonic() < give_up:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        with contextlib.suppress(ConnectionRefusedError):
            connection.connect()
            return connection
        time.sleep(0.005)
    return None
