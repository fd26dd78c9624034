"""What a client puts on the wire, recorded once, so that wrk can send the same.

    with Relay(target_port) as relay:             # the client asks relay.port
        relay.wait_for(2)
    requests = split_requests(relay.sent())       # [b"GET / HTTP/1.1\r\n...", ...]
    script.write_text(wrk_script(requests, {relay.port: target_port}))

The relay hands everything on to the target, whose answers are therefore the usual ones: redirects,
cookies, errors. It is for one client with one user.
"""

from __future__ import annotations

import re
import selectors
import socket
import threading
import time
from collections.abc import Mapping, Sequence

_PIECE = 65536
_POLL_SECONDS = 0.01


class Relay:
    """A loopback port in front of another one, which remembers what its clients have said."""

    def __init__(self, target_port: int) -> None:
        self._target_port = target_port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._sent: list[bytearray] = []
        self._leaves = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Relay:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._leaves.set()
        self._thread.join()

    def sent(self) -> bytes:
        """What came over the first connection that said something."""
        return bytes(next((text for text in self._sent if text), b""))

    def wait_for(self, requests: int, seconds: float) -> None:
        """Raises TimeoutError where so many have not come in time."""
        give_up = time.monotonic() + seconds
        while len(split_requests(self.sent())) < requests:
            if time.monotonic() > give_up:
                raise TimeoutError(f"the client has not sent {requests} requests")
            time.sleep(_POLL_SECONDS)

    def _serve(self) -> None:
        ends: dict[socket.socket, tuple[socket.socket, bytearray]] = {}
        with selectors.DefaultSelector() as ready, self._listener:
            ready.register(self._listener, selectors.EVENT_READ)
            while not self._leaves.is_set():
                for key, _ in ready.select(_POLL_SECONDS):
                    if key.fileobj is self._listener:
                        self._accept(ready, ends)
                    elif not _hand_on(key.fileobj, *ends[key.fileobj]):  # type: ignore
                        ready.unregister(key.fileobj)
            for end in ends:
                end.close()

    def _accept(self, ready: selectors.BaseSelector, ends: dict) -> None:
        client, _ = self._listener.accept()
        target = socket.create_connection(("127.0.0.1", self._target_port))
        self._sent.append(bytearray())
        ends[client], ends[target] = (target, self._sent[-1]), (client, bytearray())
        for end in (client, target):
            ready.register(end, selectors.EVENT_READ)


def _hand_on(source: socket.socket, to: socket.socket, kept: bytearray) -> bool:
    """False where the source has ended."""
    try:
        piece = source.recv(_PIECE)
        kept += piece
        if piece:
            to.sendall(piece)
        else:
            to.shutdown(socket.SHUT_WR)
    except OSError:
        return False
    return bool(piece)


def split_requests(sent: bytes) -> list[bytes]:
    """The whole requests in what was sent: bodies by Content-Length or chunked, or none."""
    found = []
    while (head := sent.find(b"\r\n\r\n") + 4) >= 4:
        end = _end_of_body(sent, head)
        if end is None or end > len(sent):
            break
        found.append(sent[:end])
        sent = sent[end:]
    return found


def _end_of_body(sent: bytes, head: int) -> int | None:
    fields = sent[:head].lower()
    if b"\r\ntransfer-encoding: chunked\r\n" in fields:
        last = sent.find(b"0\r\n\r\n", head)
        return None if last < 0 else last + 5
    length = re.search(rb"\r\ncontent-length:\s*(\d+)\r\n", fields)
    return head + (int(length.group(1)) if length else 0)


def wrk_script(requests: Sequence[bytes], ports: Mapping[int, int]) -> str:
    """A script that has wrk send these, one after the other, again and again.

    `ports`: the port in them and the one to say instead. One request alone costs wrk no Lua.
    """
    for old, new in ports.items():
        requests = [_with_port(request, old, new) for request in requests]
    listed = ",\n".join(f"  {_lua_string(request)}" for request in requests)
    if len(requests) == 1:
        return f"wrk.format = function() return\n{listed}\nend\n"
    return (
        f"local requests, at = {{\n{listed}\n}}, 0\n"
        f"request = function() at = at % {len(requests)} + 1; return requests[at] end\n"
    )


def _with_port(request: bytes, old: int, new: int) -> bytes:
    return request.replace(b"127.0.0.1:%d" % old, b"127.0.0.1:%d" % new)


def _lua_string(text: bytes) -> str:
    return '"' + "".join(f"\\{byte:03d}" for byte in text) + '"'
