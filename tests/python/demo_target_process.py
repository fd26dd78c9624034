"""A demo target that runs for a test: a process of its own on a free loopback port.

    with running("--delay", "5") as target:
        response, body = target.ask("GET", "/products/7")

It stops by itself after a bounded time, whatever happens to the test.
"""

from __future__ import annotations

import http.client
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

COMMAND = [sys.executable, "-m", "locustella", "demo-target", "--max-seconds", "600"]
PATIENCE = 30  # seconds that any one answer may take


class Target:
    def __init__(self, process: subprocess.Popen[str], url: str) -> None:
        self.process = process
        self.url = url
        self.host = urlsplit(url).hostname or ""
        self.port = urlsplit(url).port or 0

    def connection(self, trusting: Path | None = None) -> http.client.HTTPConnection:
        """A new connection; over https it trusts the certificate in that file and no other."""
        if trusting is None:
            return http.client.HTTPConnection(self.host, self.port, timeout=PATIENCE)
        strict = ssl.create_default_context(cafile=trusting)
        strict.verify_flags |= ssl.VERIFY_X509_STRICT
        return http.client.HTTPSConnection(self.host, self.port, context=strict, timeout=PATIENCE)

    def ask(self, method: str, path: str, **more) -> tuple[http.client.HTTPResponse, bytes]:
        """One request on a connection of its own; the response and its whole body."""
        connection = self.connection()
        try:
            connection.request(method, path, **more)
            response = connection.getresponse()
            return response, response.read()
        finally:
            connection.close()

    def raw(self, sent: bytes) -> bytes:
        """Sends bytes as they are; what comes back until the server closes."""
        with socket.create_connection((self.host, self.port), timeout=PATIENCE) as connection:
            connection.sendall(sent)
            with connection.makefile("rb") as stream:
                return stream.read()

    def stop(self, with_signal: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(with_signal)
        return self.process.wait(PATIENCE)


@contextmanager
def running(*options: str) -> Iterator[Target]:
    process = subprocess.Popen(
        [*COMMAND, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None and process.stderr is not None
        line = process.stdout.readline()
        assert line.startswith("listening on http"), process.stderr.read()
        yield Target(process, line.removeprefix("listening on ").strip())
    finally:
        process.terminate()
        process.communicate(timeout=PATIENCE)


def get(path: str, fields: str = "") -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: shop\r\n{fields}\r\n".encode()
