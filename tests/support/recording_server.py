"""An HTTP server that keeps the bytes of every request and answers from a script.

    with RecordingServer() as server:
        away = Answer(302, headers=[("Location", "/there")])
        server.begin("case 17", [away, Answer(body=b"hello")])
        urllib.request.urlopen(server.origins[0] + "/here")
        server.end()        # [Recorded(port=0, raw=b"GET /here HTTP/1.1\\r\\n..."), Recorded(...)]

It judges nothing, so that two clients can be compared by what they send: the first request of a
case gets the first answer, and so on; the last answer is repeated. It listens on two ports, for
redirects that lead elsewhere, and on one of IPv6. In an answer's header fields "{0}" and "{1}"
stand for the two origins, "{0p}" and "{1p}" for their ports, "{2}" and "{2p}" for IPv6.

`Control` lets a client in another process say where a case begins and ends: a line on a socket of
its own. Threads: one accepts on each port, one serves each connection; a case's state is kept under
a lock. """

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import BinaryIO

_CONTENT_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d+)", re.IGNORECASE)
_CHUNKED = re.compile(rb"\r\ntransfer-encoding:[ \t]*chunked", re.IGNORECASE)
_BODILESS = (204, 304)
_LIMIT_S = 20.0
"""A connection that neither sends nor takes anything for so long is given up."""


@dataclass(frozen=True)
class Answer:
    """One response. `framing` says how its body is delimited.

    "length", "chunked" (in pieces of `chunk` bytes) or "close"; "none" sends just the header fields
    given, and closes if `closes`. "cut" promises the whole body, sends half and closes.
    """

    status: int = 200
    reason: str = "OK"
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""
    framing: str = "length"
    chunk: int = 7
    version: str = "HTTP/1.1"
    closes: bool = False


@dataclass(frozen=True)
class Recorded:
    """One request: which of the ports it came to, and its bytes with the body as framed."""

    port: int
    raw: bytes


class RecordingServer:
    """See the module's text. The context manager serves from its beginning to its end."""

    def __init__(self) -> None:
        self._listeners = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
        self._listeners.append(socket.create_server(("::1", 0), family=socket.AF_INET6))
        self.ports = [listener.getsockname()[1] for listener in self._listeners]
        self.origins = [f"http://127.0.0.1:{port}" for port in self.ports[:2]]
        self.origins.append(f"http://[::1]:{self.ports[2]}")
        self._lock = threading.Lock()
        self._answers: list[Answer] = [Answer()]
        self._recorded: list[Recorded] = []
        self._threads: list[threading.Thread] = []
        self._sockets: set[socket.socket] = set()
        self._stopping = False

    def __enter__(self) -> RecordingServer:
        for number, listener in enumerate(self._listeners):
            self._start(self._accept, number, listener)
        return self

    def __exit__(self, *_exception: object) -> None:
        self._stopping = True
        with self._lock:
            sockets = [*self._listeners, *self._sockets]
        for one in sockets:
            _quietly(one.shutdown, socket.SHUT_RDWR)
        for listener in self._listeners:
            listener.close()
        for thread in self._threads:
            thread.join(timeout=5)

    def begin(self, answers: list[Answer]) -> None:
        """From now on these are the answers, and what comes is recorded anew."""
        with self._lock:
            self._answers, self._recorded = answers, []

    def end(self) -> list[Recorded]:
        """What has come since begin()."""
        with self._lock:
            return list(self._recorded)

    def _start(self, function: Callable[..., None], *args: object) -> None:
        thread = threading.Thread(target=function, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self, number: int, listener: socket.socket) -> None:
        while not self._stopping:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            connection.settimeout(_LIMIT_S)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                self._sockets.add(connection)
            self._start(self._serve, number, connection)

    def _serve(self, number: int, connection: socket.socket) -> None:
        try:
            with connection, connection.makefile("rb") as stream:
                while raw := _read_request(stream):
                    if not self._respond(number, connection, raw):
                        return
        except OSError:
            pass  # the client has gone
        finally:
            with self._lock:
                self._sockets.discard(connection)

    def _respond(self, number: int, connection: socket.socket, raw: bytes) -> bool:
        with self._lock:
            answer = self._answers[min(len(self._recorded), len(self._answers) - 1)]
            self._recorded.append(Recorded(number, raw))
        # said, so that no client is surprised by it
        if b"\r\nconnection: close\r\n" in raw.lower():
            answer = replace(
                answer, headers=[*answer.headers, ("Connection", "close")], closes=True
            )
        data, closes = render(answer, raw.startswith(b"HEAD "), self.origins)
        connection.sendall(data)
        return not closes


def _read_request(stream: BinaryIO) -> bytes:
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        line = stream.readline(1 << 16)
        if not line:
            return b""
        head += line
    if _CHUNKED.search(head):
        return head + _read_chunks(stream)
    if length := _CONTENT_LENGTH.search(head):
        return head + stream.read(int(length[1]))
    return head


def _read_chunks(stream: BinaryIO) -> bytes:
    raw = b""
    while True:
        line = stream.readline(64)
        size = int(line, 16)
        raw += line + stream.read(size + 2)
        if size == 0:
            return raw


def render(answer: Answer, to_head: bool, origins: list[str]) -> tuple[bytes, bool]:
    """(the bytes of the answer, whether the connection ends with it)."""
    lines = [f"{answer.version} {answer.status} {answer.reason}"]
    lines += [f"{name}: {_placed(value, origins)}" for name, value in answer.headers]
    body, closes = answer.body, answer.closes
    bodiless = to_head or answer.status in _BODILESS
    if answer.framing == "chunked":
        lines.append("Transfer-Encoding: chunked")
        step = max(1, answer.chunk)
        pieces = [body[at : at + step] for at in range(0, len(body), step)]
        body = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"
    elif answer.framing in ("length", "cut") and answer.status not in _BODILESS:
        lines.append(f"Content-Length: {len(body)}")
        if answer.framing == "cut":
            body, closes = body[: len(body) // 2], True
    elif answer.framing == "close":
        lines.append("Connection: close")
        closes = True
    head = "\r\n".join([*lines, "", ""]).encode("latin-1")
    return head + (b"" if bodiless else body), closes


def _placed(value: str, origins: list[str]) -> str:
    for number, origin in enumerate(origins):
        value = value.replace(f"{{{number}}}", origin).replace(
            f"{{{number}p}}", origin.rpartition(":")[2]
        )
    return value


class Control:
    """The socket on which another process says `begin N` and `end`; `take(N)` is asked for the
    answers.

    Each line is answered by "ok"; what was recorded for case N is then in `recorded[N]`.
    """

    def __init__(self, server: RecordingServer, take: Callable[[int], list[Answer]]) -> None:
        self._server, self._take = server, take
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(_LIMIT_S)
        self.port = self._listener.getsockname()[1]
        self.recorded: dict[int, list[Recorded]] = {}
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Control:
        self._thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._thread.join(timeout=5)
        self._listener.close()

    def _serve(self) -> None:
        try:
            connection, _ = self._listener.accept()
            connection.settimeout(_LIMIT_S)
            current = 0
            with connection, connection.makefile("rb") as lines:
                for line in lines:
                    word, _, number = line.decode().strip().partition(" ")
                    if word == "begin":
                        current = int(number)
                        self._server.begin(self._take(current))
                    else:
                        self.recorded[current] = self._server.end()
                    connection.sendall(b"ok\n")
        except OSError:
            pass  # the other process has died: its caller sees that


def _quietly(action: Callable[..., object], *args: object) -> None:
    try:
        action(*args)
    except OSError:
        pass  # already closed by the other side
