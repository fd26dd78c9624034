"""A FastHttpUser's request: from what a task says to what goes on the wire, as geventhttpclient
does it.

    headers = Headers({"User-Agent": "x"})
    payload = described(headers, {"a": "1"}, None)     # b"a=1"; `headers` says what it is now
    body, before, behind = laid_out("POST", headers, payload, "shop.test")
    # b"a=1", or the pieces of a file; the fields before a Cookie, and those behind it

Thread: any.
"""

from __future__ import annotations

import binascii
import io
import json
import os
import re
from collections.abc import Iterable
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit
from urllib.request import Request

from requests.utils import guess_filename, to_key_val_list

from ... import _core
from ..request_encoding import MOST_READ_AHEAD
from .errors import UnsupportedRedirectSchemeError
from .headers import Headers
from .urls import place_of_url, place_or_none, redirected_as_geventhttpclient

_TOKEN = re.compile(r"[\w!#$%&'*+.^`|~-]+", re.ASCII)
_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
_HAVE_BODIES = ("POST", "PUT", "PATCH")
_BLOCK = 4096
_LARGE_BLOCK = 65536


class FastRequest(Request):
    """What was asked for; after redirects, what was asked for last.

    A `urllib.request.Request`, as with geventhttpclient: cookie jars take it.
    """

    url: str
    headers: Any
    method: str

    def __init__(
        self, url: str, method: str = "GET", headers: Any = None, payload: Any = None,
        params: Any = None,
    ) -> None:  # fmt: skip
        # Not urllib's own, which takes headers and URL apart.
        self.set_url(url, params)
        self.method, self.headers, self.payload = method.upper(), headers, payload
        self.unredirected_hdrs: dict[str, str] = {}
        self.origin_req_host = self.get_host()
        self.unverifiable = False
        self._tunnel_host = None
        self._first_place = self._place()

    def _place(self) -> Any:
        place = place_or_none(self.url)
        return place and place[1:4]

    def set_url(self, url: str, params: Any = None) -> None:
        self.url = str(url)
        parts = urlsplit(self.url)
        self.type, self.host = parts.scheme, parts.netloc
        target = (f"{parts.path}?{parts.query}" if parts.query else parts.path) or "/"
        self.selector = place_of_url(self.url, params).target if params else target

    @property
    def full_url(self) -> str:
        return self.url

    @full_url.setter
    def full_url(self, url: str) -> None:
        self.set_url(url)

    @property
    def body(self) -> Any:
        return self.payload

    @property
    def data(self) -> Any:
        return self.payload

    @data.setter
    def data(self, value: Any) -> None:
        self.payload = value

    def get_full_url(self) -> str:
        return self.url

    def get_host(self) -> str:
        return urlsplit(self.url).hostname or ""

    def get_type(self) -> str:
        return self.type

    def get_origin_req_host(self) -> str:
        return self.origin_req_host

    def is_unverifiable(self) -> bool:
        """Whether a redirect has led here."""
        return self.unverifiable

    def add_unredirected_header(self, key: str, val: str) -> None:
        """Jars add their cookies by it."""
        self.headers.add(key, val) if isinstance(self.headers, Headers) else self.headers.update(
            {key: val}
        )

    def header_items(self) -> list[tuple[str, str]]:
        return list(self.headers.items())

    def redirect(self, code: int, location: str) -> None:
        """Turns it into the request for where a redirect leads."""
        url = redirected_as_geventhttpclient(self.url, location)
        if urlsplit(url).scheme not in ("http", "https"):
            raise UnsupportedRedirectSchemeError(self.url, f"a redirect leads to {url!r}")
        self.set_url(url)
        gone = ["cookie", "cookie2"]
        if code in (301, 302, 303):
            self.method = "HEAD" if self.method == "HEAD" else "GET"
            self.payload = None
            gone += ["content-length", "content-type", "content-encoding"]
        elif hasattr(self.payload, "seek"):
            self.payload.seek(0)
        if self._place() != self._first_place:
            gone.append("authorization")
        for name in gone:
            self.headers.discard(name)
        self.unverifiable = True


class Asked(NamedTuple):
    """What a response remembers of its request."""

    url: str
    headers: Headers
    payload: Any
    # The caller's headers and the caller's body: a failed request shows these.
    given: dict[str, Any]
    said: Any


def as_json(value: Any) -> str:
    return json.dumps(value)


def with_keywords(method: str, payload: Any, params: Any, more: dict[str, Any]) -> tuple[Any, Any]:
    """Keyword arguments that nobody knows go into the body of a POST, and into the query of
    anything else.
    """
    if not more:
        return payload, params
    if method.upper() == "POST":
        if payload is None:
            payload = more
        elif isinstance(payload, dict):
            payload.update(more)
    elif params is None:
        params = more
    elif isinstance(params, dict):
        params.update(more)
    return payload, params


def checked_method(method: str) -> str:
    """The method in capitals. ValueError for what is none."""
    upper = method.upper()
    if not isinstance(upper, str) or not _TOKEN.fullmatch(upper):
        raise ValueError(f"invalid HTTP method {upper!r}")
    return upper


def described(headers: Any, payload: Any, files: Any) -> Any:
    """The payload, encoded where that is decided early, with the fields for it put into `headers`.
    """
    said = headers.get("content-type")
    if files:
        payload, headers["content-type"] = multipart(files, payload)
        headers["content-length"] = str(len(payload))
    elif not payload:
        pass
    elif isinstance(payload, dict):
        if not said:
            headers["content-type"] = "application/x-www-form-urlencoded; charset=utf-8"
        payload = urlencode(payload).encode()
        headers["content-length"] = str(len(payload))
    elif not said and isinstance(payload, str):
        headers["content-type"] = "text/plain; charset=utf-8"
        payload = payload.encode()
        headers["content-length"] = str(len(payload))
    elif not said:
        headers["content-type"] = "application/octet-stream"
    return payload


class Pieces:
    """A file's, which begins anew where a redirect keeps it; geventhttpclient's own seek(0)."""

    def __init__(self, file: Any, *, chunked: bool) -> None:
        self._file, self._start = file, file.tell()
        self.chunked = chunked

    def __iter__(self) -> Pieces:
        return self

    def __next__(self) -> Any:
        block = self._file.read(_BLOCK if self.chunked else _LARGE_BLOCK)
        if not block:
            raise StopIteration
        return block

    def rewind(self) -> None:
        self._file.seek(0)

    def restart(self) -> None:
        """From where it stood at first."""
        self._file.seek(self._start)


def sent_as(body: bytes | Pieces) -> dict[str, Any]:
    """What the core is told of it at each attempt."""
    if isinstance(body, bytes):
        return {"body": body}
    body.restart()
    return {"body": body, "chunked": body.chunked, "rewinds": True}


def laid_out(
    method: str, headers: Headers, payload: Any, host: str
) -> tuple[bytes | Pieces, bytes, bytes]:
    """The body, and the fields that go before a Cookie and behind it."""
    body, framing = _framed(method, headers, payload)
    added = [] if "host" in headers else [("Host", host)]
    return body, lines_of(headers), lines_of(Headers(added + framing))


def _framed(
    method: str, headers: Headers, payload: Any
) -> tuple[bytes | Pieces, list[tuple[str, str]]]:
    """The body as it goes out, and the fields that say where it ends; a length that must not go
    out goes.
    """
    if isinstance(payload, str):
        payload = payload.encode("utf-8")
    size = _size(payload)
    chunked = "chunked" in str(headers.get("transfer-encoding", "")).lower()
    if chunked or (payload is not None and size is None):
        added = [] if "transfer-encoding" in headers else [("Transfer-Encoding", "chunked")]
        headers.discard("content-length")
        if _comes_in_pieces(payload, chunked=True):
            return Pieces(payload, chunked=True), added
        return b"".join([*_chunks(payload), b"0\r\n\r\n"]), added
    body: bytes | Pieces = b""
    if _comes_in_pieces(payload, chunked=False):
        body = Pieces(payload, chunked=False)
    elif payload:
        body = _read_all(payload)
    if "content-length" in headers:
        return body, []
    if size:
        return body, [("Content-Length", str(size))]
    return body, [("Content-Length", "0")] if method in _HAVE_BODIES and not payload else []


def _size(payload: Any) -> int | None:
    """How long it is: its own length or that of the file behind it; None for a stream."""
    if payload is None:
        return 0
    try:
        return len(payload)
    except TypeError:
        pass
    try:
        return os.fstat(payload.fileno()).st_size
    except (AttributeError, OSError):
        return None


def _comes_in_pieces(payload: Any, *, chunked: bool) -> bool:
    """Whether it is a large file, or one in chunks that does not stand at its beginning: where a
    redirect keeps that, more of it goes out than the first time.
    """
    if not isinstance(payload, io.IOBase) or not payload.seekable():
        return False
    position = payload.tell()
    size = payload.seek(0, io.SEEK_END)
    payload.seek(position)
    if not chunked:
        return size > MOST_READ_AHEAD and position == 0 and not isinstance(payload, io.TextIOBase)
    return size > MOST_READ_AHEAD or position > 0


def _read_all(payload: Any) -> bytes:
    if isinstance(payload, bytes | bytearray | memoryview):
        return bytes(payload)
    if not hasattr(payload, "read"):
        raise TypeError(
            f"data must be text, bytes, a dict, a file or an iterator, not {type(payload).__name__}"
        )
    data = payload.read()
    return data.encode("utf-8") if isinstance(data, str) else data


def _chunks(payload: Any) -> Iterable[bytes]:
    """Each block with its size: what is iterated over as it comes, all else in blocks of 4 KB."""
    for block in _blocks(payload):
        if isinstance(block, str):
            block = block.encode("utf-8")
        elif not isinstance(block, bytes | bytearray | memoryview):
            raise TypeError(f"chunked body items must be bytes or str, not {type(block).__name__}")
        if block:
            yield b"%x\r\n%b\r\n" % (len(block), block)


def _blocks(payload: Any) -> Iterable[Any]:
    if not payload:
        return ()
    if isinstance(payload, bytes | bytearray | memoryview):
        return (payload[at : at + _BLOCK] for at in range(0, len(payload), _BLOCK))
    return iter(lambda: payload.read(_BLOCK) or b"", b"") if hasattr(payload, "read") else payload


def lines_of(headers: Headers) -> bytes:
    """Header fields on the wire, in Latin-1.

    ValueError for names and values that cannot be sent.
    """
    lines = []
    for name, value in headers.items():
        if not isinstance(name, str) or not _TOKEN.fullmatch(name):
            raise ValueError(f"invalid header field name {name!r}")
        if isinstance(value, str) and not _VALUE.fullmatch(value):
            raise ValueError(f"invalid value for header field {name!r}: {value!r}")
        lines.append((name.encode("ascii"), str(value).encode("latin-1")))
    return _core.field_lines(lines)


def multipart(files: Any, data: Any) -> tuple[bytes, str]:
    """A multipart/form-data body and its Content-Type."""
    if isinstance(data, str | bytes):
        raise ValueError("Data must not be a string.")
    items = to_key_val_list(files)
    chosen = (one[4] for _, one in items if isinstance(one, tuple | list) and len(one) >= 5)
    boundary = next(chosen, None) or binascii.hexlify(os.urandom(16)).decode("ascii")
    parts = []
    for name, values in to_key_val_list(data or {}):
        single = isinstance(values, str | bytes) or not hasattr(values, "__iter__")
        for value in [values] if single else values:
            if value is not None:
                parts.append(
                    _part(boundary, _text(name), value if isinstance(value, bytes) else str(value))
                )
    for name, given in items:
        filename, content, content_type, extra = _file(name, given)
        if content is not None:
            parts.append(_part(boundary, _text(name), content, filename, content_type, extra))
    body = b"".join(parts) + f"--{boundary}--\r\n".encode()
    return body, f"multipart/form-data; boundary={boundary}"


def _text(name: Any) -> Any:
    return name.decode("utf-8") if isinstance(name, bytes) else name


def _file(name: Any, given: Any) -> tuple[Any, Any, Any, Any]:
    """(file name, content, content type, more fields) of the forms that a file may have."""
    if isinstance(given, tuple | list):
        described = [*given]
        if len(given) in (2, 3):
            described = [*given, None, None][:4]
        if len(described) == 4:
            described.append(None)  # the fifth is a boundary
        filename, content, content_type, extra, _ = described
    else:
        filename, content, content_type, extra = guess_filename(given) or name, given, None, None
    return filename, content.read() if hasattr(content, "read") else content, content_type, extra


def _part(
    boundary: str,
    name: Any,
    content: Any,
    filename: Any = None,
    content_type: Any = None,
    extra: Any = None,
) -> bytes:
    disposition = f'Content-Disposition: form-data; name="{_quoted(name)}"'
    if filename is not None:
        disposition += f'; filename="{_quoted(filename)}"'
    lines = [f"--{boundary}", disposition]
    if content_type is not None:
        lines.append(f"Content-Type: {content_type}")
    lines += [f"{key}: {value}" for key, value in to_key_val_list(extra or {})]
    head = "\r\n".join([*lines, "", ""]).encode()
    return (
        head + (content.encode("utf-8") if isinstance(content, str) else bytes(content)) + b"\r\n"
    )


def _quoted(value: Any) -> str:
    return str(value).replace('"', "%22")
