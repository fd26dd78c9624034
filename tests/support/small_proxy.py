"""A small proxy that remembers what it was asked: HTTP (forwarding and CONNECT) and SOCKS5 on one
port.

    with SmallProxy(user="anna", password="secret", names={"shop.test": "127.0.0.1"}) as proxy:
        requests.get(target_url, proxies={"http": f"http://anna:secret@{proxy.place}"})
        assert proxy.asked == ["GET http://..."]  # request lines; "SOCKS5 host:port" for SOCKS5

Threads: one accepts, two serve each connection; `asked` and `heads` are only appended to.
"""

from __future__ import annotations

import base64
import contextlib
import re
import socket
import struct
import threading
from typing import BinaryIO
from urllib.parse import urlsplit

_SUCCEEDED, _REFUSED = 0, 5


class SmallProxy:
    """The proxy. `refusal` is a status line to answer every CONNECT with; `names` are hosts that it
    knows.
    """

    def __init__(
        self,
        user: str = "",
        password: str = "",
        refusal: str = "",
        names: dict[str, str] | None = None,
    ) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._login = (user, password)
        self._refusal = refusal
        self._names = names or {}
        self._open: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self.asked: list[str] = []
        self.heads: list[str] = []
        self.connections = 0
        self.port: int = self._listener.getsockname()[1]
        self.place = f"127.0.0.1:{self.port}"

    def __enter__(self) -> SmallProxy:
        self._start(self._accept)
        return self

    def __exit__(self, *_exception: object) -> None:
        for each in (self._listener, *self._open):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        for thread in self._threads:
            thread.join(timeout=5)

    def _start(self, work, *arguments) -> None:
        thread = threading.Thread(target=self._quietly, args=(work, *arguments), daemon=True)
        self._threads.append(thread)
        thread.start()

    @staticmethod
    def _quietly(work, *arguments) -> None:
        with contextlib.suppress(OSError, ValueError):  # one side has gone
            work(*arguments)

    def _accept(self) -> None:
        while True:
            client, _ = self._listener.accept()
            self.connections += 1
            self._open.append(client)
            self._start(self._serve, client)

    def _serve(self, client: socket.socket) -> None:
        try:
            stream = client.makefile("rb")
            first = stream.read(1)
            if first == b"\5":
                self._serve_socks(client, stream)
            elif first:
                self._serve_http(client, stream, first)
        finally:
            client.close()

    def _connect(self, host: str, port: int) -> socket.socket:
        server = socket.create_connection((self._names.get(host, host), port))
        self._open.append(server)
        return server

    def _serve_http(self, client: socket.socket, stream: BinaryIO, first: bytes) -> None:
        while head := self._head(stream, first):
            first = b""
            line, _, fields = head.partition("\r\n")
            self.asked.append(line.removesuffix(" HTTP/1.1"))
            self.heads.append(head)
            if not self._knows(fields):
                client.sendall(b"HTTP/1.1 407 Who are you\r\nContent-Length: 0\r\n\r\n")
                continue
            method, target, _ = line.split(" ")
            if method == "CONNECT":
                return self._tunnel(client, stream, target)
            self._forward(client, stream, method, target, fields)

    @staticmethod
    def _head(stream: BinaryIO, first: bytes) -> str:
        head = first
        while not head.endswith(b"\r\n\r\n"):
            line = stream.readline()
            if not line:
                return ""
            head += line
        return head.decode("latin-1")

    def _knows(self, fields: str) -> bool:
        if not self._login[0]:
            return True
        wanted = base64.b64encode(":".join(self._login).encode()).decode()
        return f"Proxy-Authorization: Basic {wanted}\r\n" in fields

    def _tunnel(self, client: socket.socket, stream: BinaryIO, target: str) -> None:
        if self._refusal:
            client.sendall(f"{self._refusal}\r\nContent-Length: 0\r\n\r\n".encode())
            return
        host, _, port = target.rpartition(":")
        server = self._connect(host.strip("[]"), int(port))
        client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        self._carry_both_ways(client, stream, server)

    def _forward(
        self, client: socket.socket, stream: BinaryIO, method: str, target: str, fields: str
    ) -> None:
        url = urlsplit(target)
        server = self._connect(url.hostname or "", url.port or 80)
        path = f"{url.path or '/'}{'?' + url.query if url.query else ''}"
        kept = re.sub(r"(?im)^(proxy-[a-z]+|connection):.*\r\n", "", fields)
        server.sendall(f"{method} {path} HTTP/1.1\r\nConnection: close\r\n{kept}".encode("latin-1"))
        if length := re.search(r"(?im)^content-length: *(\d+)", fields):
            server.sendall(stream.read(int(length[1])))
        answer = b"".join(iter(lambda: server.recv(65536), b""))
        server.close()
        client.sendall(re.sub(rb"(?im)^connection:.*\r\n", b"", answer, count=1))

    def _serve_socks(self, client: socket.socket, stream: BinaryIO) -> None:
        methods = stream.read(stream.read(1)[0])
        wanted = 2 if self._login[0] else 0
        if wanted not in methods:
            client.sendall(b"\5\xff")
            return
        client.sendall(bytes([5, wanted]))
        if wanted:
            stream.read(1)
            given = tuple(stream.read(stream.read(1)[0]).decode() for _ in range(2))
            client.sendall(bytes([1, given != self._login]))
            if given != self._login:
                return
        stream.read(3)
        kind = stream.read(1)[0]
        size = {1: 4, 4: 16}.get(kind) or stream.read(1)[0]
        raw = stream.read(size)
        host = (
            raw.decode()
            if kind == 3
            else socket.inet_ntop({1: socket.AF_INET, 4: socket.AF_INET6}[kind], raw)
        )
        (port,) = struct.unpack("!H", stream.read(2))
        self.asked.append(f"SOCKS5 {host}:{port}")
        try:
            server = self._connect(host, port)
        except OSError:
            client.sendall(bytes([5, _REFUSED, 0, 1]) + bytes(6))
            return
        client.sendall(bytes([5, _SUCCEEDED, 0, 1]) + bytes(6))
        self._carry_both_ways(client, stream, server)

    def _carry_both_ways(
        self, client: socket.socket, stream: BinaryIO, server: socket.socket
    ) -> None:
        self._start(self._carry, server.recv, client)
        self._carry(lambda size: stream.read1(size), server)  # type: ignore[attr-defined]

    @staticmethod
    def _carry(receive, to: socket.socket) -> None:
        try:
            while piece := receive(65536):
                to.sendall(piece)
        finally:
            with contextlib.suppress(OSError):
                to.shutdown(socket.SHUT_RDWR)
