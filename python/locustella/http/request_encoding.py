"""A request as the core takes it: header lines, body, timeouts and the limit of redirects, as
`requests` and urllib3 have them.

    before, behind = header_lines("POST", headers, body, first=3)
    body_bytes(open("large", "rb"))            # None: goes out piece by piece, see pieces_of
    timeouts((3, 10))                          # (3.0, 10.0)
    redirect_limit(2.5)                        # 3

Thread: any.
"""

from __future__ import annotations

import io
import math
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import urllib3
from requests.exceptions import ConnectionError, RequestException
from requests.utils import super_len
from urllib3.exceptions import ProtocolError
from urllib3.util import Timeout

from .. import _core
from .header_fields import field_lines

# Files up to this size go out of memory, in one piece.
MOST_READ_AHEAD = 1 << 20

_BLOCK = 16384  # bytes, or characters of a text file: urllib3's

# What urllib3 adds to requests that do not say it.
ACCEPT_ENCODING = ("Accept-Encoding", "identity")
USER_AGENT = ("User-Agent", f"python-urllib3/{urllib3.__version__}")

# Redirects in a row that the core counts to at most: nobody waits for the end of as many.
MOST_REDIRECTS = 1_000_000

_core.set_file_classes(
    (io.BufferedReader, io.BufferedRandom, io.BytesIO, io.StringIO, io.TextIOWrapper)
)

_EXPECT_NO_BODY = frozenset(("GET", "HEAD", "DELETE", "TRACE", "OPTIONS", "CONNECT"))
_NO_TOKEN = re.compile("[^!#$%&'*+.^_`|~0-9a-zA-Z-]")


def header_lines(method: str, headers: Any, body: Any, first: int) -> tuple[bytes, bytes]:
    """The first so many of the headers as lines, and the rest; the Cookie goes between them.

    Ahead of all go the fields that urllib3 adds where they are missing. `body` is what `requests`
    has made of it: None for none; one that is there and empty goes out in chunks, as any other
    whose length nobody has said.
    """
    names = {
        name.lower() if isinstance(name, str) else name.decode("latin1").lower() for name in headers
    }
    added = [] if "accept-encoding" in names else [ACCEPT_ENCODING]
    if "content-length" not in names and "transfer-encoding" not in names:
        if body is not None:
            added.append(("Transfer-Encoding", "chunked"))
        elif method not in _EXPECT_NO_BODY:
            added.append(("Content-Length", "0"))
    if "user-agent" not in names:
        added.append(USER_AGENT)
    items = list(headers.items())
    return field_lines(added + items[:first]), field_lines(items[first:])


def framed(headers: Any, body: Any, wire: Any) -> Any:
    """A body as it goes on the wire: in chunks where its length is not said; an iterator is the
    core's to frame.
    """
    if not isinstance(wire, bytes):
        return wire
    if "Content-Length" in headers or (body is None and "Transfer-Encoding" not in headers):
        return wire
    return (b"%x\r\n%b\r\n" % (len(wire), wire) if wire else b"") + b"0\r\n\r\n"


def body_bytes(body: Any) -> bytes | None:
    """The body as bytes; None for one that has to be streamed: an iterator, or a large file."""
    if body is None or isinstance(body, bytes):
        return body or b""
    if isinstance(body, str):
        return body.encode("utf-8")
    if isinstance(body, bytearray | memoryview):
        return bytes(body)
    if all(hasattr(body, name) for name in ("read", "tell", "seek")):
        length = super_len(body)
        if 0 < length <= MOST_READ_AHEAD:
            return _read(body, length)
    return None


def pieces_of(body: Any) -> Iterator[bytes]:
    """The body of an iterator or a file, as urllib3 cuts it. Raises what reading it raises, but
    ConnectionError where that is an OSError: so requests does, and it fails the request.
    """
    with _failing_the_request():
        for piece in _blocks_of(body) if hasattr(body, "read") else body:
            if piece:
                yield piece.encode("utf-8") if isinstance(piece, str) else bytes(memoryview(piece))


@contextmanager
def _failing_the_request() -> Iterator[None]:
    try:
        yield
    except RequestException:  # which is an OSError too
        raise
    except OSError as error:
        raise ConnectionError(ProtocolError("Connection aborted.", error)) from error


def _blocks_of(file: Any) -> Iterator[Any]:
    while block := file.read(_BLOCK):
        yield block


def _read(body: Any, length: int) -> bytes | None:
    """The rest of a file; None, and the file as it was, if it does not have the length that it
    says.
    """
    try:
        position = body.tell()
    except (AttributeError, OSError):
        return None
    with _failing_the_request():
        data = body.read()
    data = data.encode("utf-8") if isinstance(data, str) else data
    if isinstance(data, bytes) and len(data) == length:
        return data
    body.seek(position)
    return None


def in_chunks(headers: Any, body: Any) -> bool:
    """Whether an iterator goes out in the chunked coding: nobody has said its length."""
    return not isinstance(body, bytes) and "Content-Length" not in headers


def checked_method(method: str) -> str:
    """The method, if it may stand in a request line; ValueError as urllib3 has it."""
    if not (method.isascii() and method.isalnum()) and (bad := _NO_TOKEN.search(method)):
        raise ValueError(
            f"Method cannot contain non-token characters {method!r} (found at least "
            f"{bad.group()!r})"
        )
    return method


def timeouts(timeout: Any) -> tuple[float, float]:
    """(connect, read) in seconds, 0 for none. ValueError for what `requests` refuses."""
    if timeout is None:
        return 0.0, 0.0
    if type(timeout) in (float, int) and timeout > 0:
        return float(timeout), float(timeout)
    connect, read = timeout_pair(timeout)
    return float(connect or 0), float(read or 0)


def timeout_pair(timeout: Any) -> tuple[Any, Any]:
    """What a `timeout=` says about connecting and about each silence; None: nothing."""
    if isinstance(timeout, tuple):
        try:
            connect, read = timeout
        except ValueError:
            raise ValueError(
                f"Invalid timeout {timeout}. Pass a (connect, read) timeout tuple, or a single "
                "float to set "
                "both timeouts to the same value."
            ) from None
        timeout = Timeout(connect=connect, read=read)
    elif not isinstance(timeout, Timeout):
        timeout = Timeout(connect=timeout, read=timeout)
    return _shorter(timeout._connect, timeout.total), _shorter(timeout._read, timeout.total)


def _shorter(value: Any, total: Any) -> float | None:
    said = [
        float(seconds)
        for seconds in (value, total)
        if seconds not in (None, Timeout.DEFAULT_TIMEOUT)
    ]
    return min(said) if said else None


def is_redirect_limit(most: Any) -> bool:
    """Whether it is a plain number; anything else only the comparison in `requests` understands."""
    return type(most) in (int, float, bool)


def redirect_limit(most: float) -> int:
    """How many redirects `requests` follows before the one that is too many."""
    if not most < MOST_REDIRECTS:  # nor is anything more than no number at all
        return MOST_REDIRECTS
    return max(-1, math.ceil(max(most, -1)))
