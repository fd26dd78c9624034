"""Answers of the native core as `requests.Response` objects, decoded only where they are touched.

`NativeResponse` is a `requests.Response` in every way that a script can see. The core keeps the
bytes as they came; each attribute is made here when it is first read, and can be assigned.

Thread: the hub's.
"""

from __future__ import annotations

import email.message
import io
from collections.abc import Generator
from datetime import timedelta
from typing import Any

import requests
from requests.cookies import MockRequest, MockResponse, RequestsCookieJar
from requests.models import PreparedRequest, Response
from requests.structures import CaseInsensitiveDict
from requests.utils import get_encoding_from_headers
from urllib3.exceptions import DecodeError
from urllib3.response import HTTPResponse, _get_decoder

from . import _core
from .header_fields import Fields, joined_headers
from .http_errors import requests_error


def cookies_of(request: Any, fields: Fields) -> RequestsCookieJar:
    """The cookies that one answer has set."""
    jar = RequestsCookieJar()
    message = email.message.Message()
    for name, value in fields:
        if name.lower() == "set-cookie":
            message[name] = value
    if len(message):
        jar.extract_cookies(MockResponse(message), MockRequest(request))
    return jar


def _decoder_of(coding: str) -> Any:
    """urllib3's decoder for a Content-Encoding, or None where it leaves the body as it is."""
    known = HTTPResponse.CONTENT_DECODERS
    if coding in known or ("," in coding and any(one.strip() in known for one in coding.split(","))):
        return _get_decoder(coding)
    return None


class NativeRaw(io.RawIOBase):
    """`response.raw`: the body as a file, still coming in when the request was made with `stream=True`."""

    decode_content = True

    def __init__(self, response: Any) -> None:
        super().__init__()
        self._response = response
        self._rest = b"" if response._native_streaming() else response._content or b""
        self._decoder: Any = None
        self.headers = response.headers
        self.status = response.status_code
        self.reason = response.reason
        self.version = 11
        if response._native_streaming():
            self._decoder = _decoder_of(self.headers.get("content-encoding", "").lower())

    def _next_piece(self, decode: bool) -> bytes:
        """More of the body; b"" at its end. Raises requests' exceptions."""
        piece = self._response._native_read()
        if not piece:
            if error := self._response._late_error():
                raise error
            return self._decoded(self._decoder.flush) if self._decoder is not None and decode else b""
        if self._decoder is None or not decode:
            return piece
        decoded = self._decoded(self._decoder.decompress, piece)
        return decoded or self._next_piece(decode)

    def _decoded(self, step: Any, *piece: bytes) -> bytes:
        try:
            return step(*piece)
        except HTTPResponse.DECODER_ERROR_CLASSES as error:
            self._response._native_stop()
            coding = self.headers.get("content-encoding", "").lower()
            raise DecodeError(
                f"Received response with content-encoding: {coding}, but failed to decode it.", error
            ) from error

    def readable(self) -> bool:
        return True

    def read(self, amt: int | None = -1, decode_content: bool | None = None, **_: Any) -> bytes:
        decode = self.decode_content if decode_content is None else decode_content
        wanted = None if amt is None or amt < 0 else amt
        pieces, size = [self._rest], len(self._rest)
        while wanted is None or size < wanted:
            piece = self._next_piece(decode)
            if not piece:
                break
            pieces.append(piece)
            size += len(piece)
        data = b"".join(pieces)
        cut = len(data) if wanted is None else wanted
        self._rest = data[cut:]
        return data[:cut]

    def readinto(self, buffer: Any) -> int:
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def stream(self, amt: int = 65536, decode_content: bool | None = None) -> Generator[bytes, None, None]:
        """Pieces as they come, none larger than `amt` bytes."""
        decode = self.decode_content if decode_content is None else decode_content
        while True:
            piece = self._rest or self._next_piece(decode)
            if not piece:
                return
            self._rest = piece[amt:]
            yield piece[:amt]

    def release_conn(self) -> None:
        self._response._native_stop()

    def close(self) -> None:
        self._response._native_stop()
        super().close()


class NativeResponse(_core.ResponseBase, Response):
    """A `requests.Response` on the native core."""

    slow_times: tuple[float, float] | None = None
    error: Any

    def __init__(self) -> None:
        self._adopt({})
        Response.__init__(self)
        self.error = None

    @classmethod
    def adopting(cls, response: Response) -> Any:
        """The same answer as one of ours."""
        self = cls.__new__(cls)
        self._adopt(dict(response.__dict__))
        self.error = None
        self.history = [cls.adopting(r) if type(r) is Response else r for r in response.history]
        return self

    @classmethod
    def failed(cls, error: requests.RequestException) -> Any:
        """What stands in for the answer to a request that failed: status 0, no body."""
        self = cls.__new__(cls)
        NativeResponse.__init__(self)
        self.error = error
        self.status_code = 0
        self.request = error.request
        return self

    def _late_error(self) -> requests.RequestException | None:
        """What broke a streamed body, or None."""
        failure = self._native_failure()
        return requests_error(self, failure) if failure else None

    def close(self) -> None:
        if self._native_session() is None:
            Response.close(self)  # a response of the slow road has a connection of urllib3's
        self._native_stop()

    def __reduce__(self) -> Any:
        return _unpickled, (Response.__getstate__(self),)


def _unpickled(state: dict) -> Response:
    response = Response()
    response.__setstate__(state)
    return response


# -- what makes the attributes -------------------------------------------------------------------


def _url(response: Any) -> str | None:
    if response._native_failure():
        return None
    if response._native_history():
        return response._native_url()
    return first_url(response)


def first_url(response: Any) -> str:
    """The URL of the first request of the chain."""
    _, path, details = response._native_asked()
    return path if details is not None else f"{response._native_session().base_url}{path}"


def _headers(response: Any) -> CaseInsensitiveDict:
    return joined_headers(response._native_fields())


def _elapsed(response: Any) -> timedelta:
    return timedelta(milliseconds=response._native_times()[2])


def first_request(response: Any) -> PreparedRequest:
    """The first request of the chain as it was prepared."""
    method, _, details = response._native_asked()
    request = PreparedRequest()
    request.method, request.url = method, first_url(response)
    if details is None:
        session = response._native_session()
        headers = session._merged_headers(None)
        request.headers = headers
    else:
        request.headers, request.body = details[0], details[1] or None
    request._cookies = RequestsCookieJar()
    request.hooks = {"response": []}
    return request


def _request(response: Any) -> PreparedRequest:
    request = first_request(response)
    hops = response._native_history()
    if hops:
        request = request.copy()
        request.url = response._native_url()
        for _, _, status, *_rest in hops:
            if status == 303 or (status == 302 and request.method != "HEAD") or (
                status == 301 and request.method == "POST"
            ):
                request.method = "GET"
            if status not in (307, 308):
                request.body = None
    return request


def _history(response: Any) -> list[Any]:
    hops = []
    for number, (method, url, status, reason, fields, body, seconds) in enumerate(response._native_history()):
        hop = response._hop_class()
        hop.status_code, hop.reason, hop.url = status, reason, url
        hop.headers = joined_headers(fields)
        hop._content, hop._content_consumed = body, True
        hop.elapsed = timedelta(seconds=seconds)
        hop.encoding = get_encoding_from_headers(hop.headers)
        hop.request = first_request(response).copy()
        hop.request.method, hop.request.url = method, url
        if number == 0:
            hop.request.url = first_url(response)
            hop.url = hop.request.url
        hop.cookies = cookies_of(hop.request, fields)
        hop.history = hops[:]
        hops.append(hop)
    return hops


def _content(response: Any) -> Any:
    return False if response._native_streaming() else None


def _cookies(response: Any) -> RequestsCookieJar:
    return cookies_of(response.request, response._native_fields())


def _error(response: Any) -> Any:
    failure = response._native_failure()
    return requests_error(response, failure) if failure else None


NativeResponse._hop_class = Response  # type: ignore[attr-defined]

_core.set_response_makers(
    {
        "url": _url,
        "headers": _headers,
        "reason": lambda response: None if response._native_failure() else response._native_reason(),
        "encoding": lambda response: get_encoding_from_headers(response.headers),
        "elapsed": _elapsed,
        "history": _history,
        "cookies": _cookies,
        "request": _request,
        "raw": lambda response: None if response._native_failure() else NativeRaw(response),
        "connection": lambda response: None,
        "error": _error,
        "_content": _content,
        "_content_consumed": lambda response: not response._native_streaming(),
        "_next": lambda response: None,
    }
)
