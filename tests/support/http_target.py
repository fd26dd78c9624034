"""A strict, scriptable HTTP/1.1 server that remembers everything it received.

It exists to be the other end of a load generator under test: it answers from a table of routes
(`target_routes` holds the usual ones), keeps connections alive, and notes each thing that a client
must not do (a bare line feed, two Host headers, a body length given twice, ...) in `violations`.

    with HttpTarget() as target:
        target.add_route("/flaky", lambda request: Reply(503, body=b"later"))
        urllib.request.urlopen(target.url + "/status/200")
        assert target.received[0].path == "/status/200"

Threads: one accepts, one serves each connection; `received` and `violations` are only appended to,
under a lock, and may be read by the test at any time.
"""

from __future__ import annotations

import re
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import BinaryIO
from urllib.parse import parse_qsl, unquote, urlsplit

_REQUEST_LINE = re.compile(rb"([A-Z]+) (\*|/[\x21-\x7e]*) HTTP/1\.1\r\n")
_HEADER_LINE = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\r\n\0]*?)[ \t]*\r\n")
_BODILESS = (204, 304)
_STALL_LIMIT_S = 30.0
_MOST_PIECES = 100_000  # of a flood, for a client that takes them all


@dataclass(frozen=True)
class Received:
    """One request as it came over the wire; `connection` numbers the TCP connections from 1."""

    connection: int
    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    arrived: float = field(default_factory=time.monotonic)

    @property
    def path(self) -> str:
        return unquote(urlsplit(self.target).path)

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.target).query, keep_blank_values=True))

    def header(self, name: str) -> str | None:
        """The value of the header `name`, or None; several are joined by a comma."""
        values = [value for key, value in self.headers if key.lower() == name.lower()]
        return ", ".join(values) if values else None


@dataclass
class Reply:
    """What to answer, and how: all times are seconds.

    `ending` is "keep" (keep-alive), "close" (close after the answer), "hangup" (close instead of
    an answer) or "reset" (a TCP reset instead of an answer). With `chunks` the body is sent in the
    chunked coding. `length` overrides Content-Length. `raw` replaces the whole answer; `flood` goes
    on behind it, again and again, until the client closes the connection.
    """

    status: int = 200
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""
    chunks: list[bytes] | None = None
    delay: float = 0.0
    body_delay: float = 0.0
    ending: str = "keep"
    length: int | None = None
    raw: bytes | None = None
    flood: bytes = b""


Handler = Callable[[Received], Reply]


class _Malformed(Exception):
    """The client sent something that HTTP/1.1 forbids."""


class HttpTarget:
    """The server. Use it as a context manager; leaving it closes every connection."""

    def __init__(self, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None) -> None:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._listener = socket.create_server((host, 0), family=family, backlog=512)
        self._tls = tls
        self._lock = threading.Lock()
        self._sockets: dict[int, socket.socket] = {}
        self._threads: list[threading.Thread] = []
        self._stopping = threading.Event()
        self._routes: list[tuple[str, Handler]] = []
        self.received: list[Received] = []
        self.violations: list[str] = []
        self.connections = 0
        self.ends: list[tuple[str, str]] = []  # of each connection: the client's address, ours
        self.port: int = self._listener.getsockname()[1]
        shown = f"[{host}]" if family == socket.AF_INET6 else host
        self.url = f"{'https' if tls else 'http'}://{shown}:{self.port}"

    def __enter__(self) -> HttpTarget:
        self._start(self._accept)
        return self

    def __exit__(self, *_exception: object) -> None:
        self._stopping.set()
        self._quietly(self._listener.shutdown, socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            sockets = list(self._sockets.values())
        for connection in sockets:
            self._quietly(connection.shutdown, socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(timeout=5)

    def add_route(self, prefix: str, handler: Handler) -> None:
        """Answer `prefix` and every path below it with `handler`; the longest prefix wins."""
        self._routes.append((prefix, handler))
        self._routes.sort(key=lambda route: len(route[0]), reverse=True)

    def requests(self, path: str) -> list[Received]:
        """The requests whose path is `path`, in order of arrival."""
        return [request for request in list(self.received) if request.path == path]

    def pause(self, seconds: float) -> None:
        """Sleep in a handler, but no longer than the server lives."""
        self._stopping.wait(min(seconds, _STALL_LIMIT_S))

    # -- connections ------------------------------------------------------------------------

    def _start(self, function: Callable[..., None], *args: object) -> None:
        thread = threading.Thread(target=function, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._stopping.is_set():
            try:
                connection, client = self._listener.accept()
                own = connection.getsockname()
            except OSError:
                return
            with self._lock:
                self.connections += 1
                self.ends.append((client[0], own[0]))
                number = self.connections
                self._sockets[number] = connection
            self._start(self._serve, number, connection)

    def _serve(self, number: int, connection: socket.socket) -> None:
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._tls:
                connection = self._tls.wrap_socket(connection, server_side=True)
                with self._lock:
                    self._sockets[number] = connection
            with connection.makefile("rb") as stream:
                while self._exchange(number, connection, stream):
                    pass
        except OSError:
            pass  # the client went away, or refused our certificate: its right
        finally:
            with self._lock:
                self._sockets.pop(number, None)
            self._quietly(connection.close)

    def _exchange(self, number: int, connection: socket.socket, stream: BinaryIO) -> bool:
        """Serve one request; returns whether the connection stays open."""
        try:
            request = self._read(number, connection, stream)
        except _Malformed as problem:
            with self._lock:
                self.violations.append(str(problem))
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
            return False
        if request is None:
            return False
        with self._lock:
            self.received.append(request)
        reply = self._route(request)
        wants_close = "close" in (request.header("Connection") or "").lower()
        return self._answer(connection, request, reply) and not wants_close

    def _route(self, request: Received) -> Reply:
        for prefix, handler in self._routes:
            if request.path == prefix or request.path.startswith(prefix.rstrip("/") + "/"):
                return handler(request)
        return Reply(404, body=b"no such route")

    # -- reading ----------------------------------------------------------------------------

    def _read(self, number: int, connection: socket.socket, stream: BinaryIO) -> Received | None:
        first = stream.readline(65536)
        if not first:
            return None
        match = _REQUEST_LINE.fullmatch(first)
        if match is None:
            raise _Malformed(f"request line {first!r}")
        headers = self._read_headers(stream)
        request = Received(number, match[1].decode(), match[2].decode(), tuple(headers), b"")
        if len([name for name, _ in headers if name.lower() == "host"]) != 1:
            raise _Malformed(f"not exactly one Host header: {headers!r}")
        if (request.header("Expect") or "").lower() == "100-continue":
            connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        body = self._read_body(request, stream)
        return Received(number, request.method, request.target, request.headers, body)

    @staticmethod
    def _read_headers(stream: BinaryIO) -> list[tuple[str, str]]:
        headers: list[tuple[str, str]] = []
        while (line := stream.readline(65536)) != b"\r\n":
            match = _HEADER_LINE.fullmatch(line)
            if match is None:
                raise _Malformed(f"header line {line!r}")
            headers.append((match[1].decode(), match[2].decode("latin-1")))
        return headers

    @staticmethod
    def _read_body(request: Received, stream: BinaryIO) -> bytes:
        length = request.header("Content-Length")
        coding = request.header("Transfer-Encoding")
        if coding is not None:
            if length is not None or coding.lower() != "chunked":
                raise _Malformed(f"Transfer-Encoding {coding!r}, Content-Length {length!r}")
            return _read_chunks(stream)
        if length is None:
            return b""
        if not re.fullmatch(r"[0-9]+", length):
            raise _Malformed(f"Content-Length {length!r}")
        body = stream.read(int(length))
        if len(body) != int(length):
            raise ConnectionResetError("the client left in the middle of its body")
        return body

    # -- answering --------------------------------------------------------------------------

    def _answer(self, connection: socket.socket, request: Received, reply: Reply) -> bool:
        self.pause(reply.delay)
        if reply.ending == "hangup":
            return False
        if reply.ending == "reset":
            linger_for_nothing = struct.pack("ii", 1, 0)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger_for_nothing)
            return False
        if reply.raw is not None:
            connection.sendall(reply.raw)
            for _ in range(_MOST_PIECES if reply.flood else 0):
                if self._stopping.is_set():
                    break
                connection.sendall(reply.flood)
            return reply.ending == "keep"
        head = _head(reply)
        body = b"" if request.method == "HEAD" or reply.status in _BODILESS else _body(reply)
        if reply.body_delay and body:
            half = len(body) // 2
            connection.sendall(head + body[:half])
            self.pause(reply.body_delay)
            connection.sendall(body[half:])
        else:
            connection.sendall(head + body)
        cut_short = reply.length is not None and reply.length != len(reply.body)
        return reply.ending == "keep" and not cut_short

    @staticmethod
    def _quietly(action: Callable[..., object], *args: object) -> None:
        try:
            action(*args)
        except OSError:
            pass  # already closed by the other side


def _read_chunks(stream: BinaryIO) -> bytes:
    body = b""
    while True:
        line = stream.readline(64)
        if not re.fullmatch(rb"[0-9A-Fa-f]+\r\n", line):
            raise _Malformed(f"chunk size line {line!r}")
        size = int(line, 16)
        body += stream.read(size)
        if stream.read(2) != b"\r\n":
            raise _Malformed("a chunk (or the body) does not end in CR LF")
        if size == 0:
            return body


def _reason(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unassigned"


def _head(reply: Reply) -> bytes:
    lines = [f"HTTP/1.1 {reply.status} {_reason(reply.status)}"]
    lines += [f"{name}: {value}" for name, value in reply.headers]
    if reply.chunks is not None:
        lines.append("Transfer-Encoding: chunked")
    elif reply.ending == "close":
        lines.append("Connection: close")
    elif reply.status not in _BODILESS:
        length = len(reply.body) if reply.length is None else reply.length
        lines.append(f"Content-Length: {length}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def _body(reply: Reply) -> bytes:
    if reply.chunks is None:
        return reply.body
    framed = [b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in reply.chunks if chunk]
    return b"".join(framed) + b"0\r\n\r\n"
