"""`response.raw`: a urllib3 response whose bytes come from the native core.

    response = session.get("/report", stream=True)
    response.raw.read(1024)                    # as they came: not decoded unless one asks for it
    response.raw.headers.getlist("Set-Cookie")

It is a real `urllib3.HTTPResponse`, so reading, decoding, `tell()` and its errors are urllib3's
own. There is no connection of urllib3's behind it: `raw.connection` is None, as under `requests`
once a body has been read.

Thread: the hub's.
"""

from __future__ import annotations

import email.message
from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from gevent.exceptions import ConcurrentObjectUseError
from urllib3 import HTTPHeaderDict, HTTPResponse
from urllib3.util.response import is_fp_closed

from ..errors import broken_body, pool_of
from ..urls import parts_of

if TYPE_CHECKING:
    from ..header_fields import Fields
    from .response import NativeResponse


def message_of(fields: Fields) -> email.message.Message:
    """Header fields as http.client keeps them."""
    message = email.message.Message()
    for name, value in fields:
        message[name] = value
    return message


class _Body:
    """The bytes of the body before decoding, as a file."""

    def __init__(self, raw: NativeRaw, response: NativeResponse) -> None:
        self._raw = raw
        self._response = response
        self._rest = b""
        self._ended = not response._native_streaming()

    @property
    def closed(self) -> bool:
        return self._ended and not self._rest

    def _piece(self) -> bytes:
        """More bytes; b"" at the end. Raises the errors that a socket or http.client would.

        Who closes the response while another greenlet reads it wakes that one: gevent's OSError for
        a descriptor that another greenlet has closed.
        """
        if self._ended:
            return b""
        try:
            piece = self._response._native_read()
        except ConcurrentObjectUseError:  # as http.client's buffer has it
            raise RuntimeError("reentrant call inside the body of a response") from None
        if not piece:
            self._ended = True
            if error := broken_body(self._response, self._raw):
                raise error
        return piece

    def read(self, amt: int | None = None) -> bytes:
        pieces, size = [self._rest], len(self._rest)
        while amt is None or size < amt:
            piece = self._piece()
            if not piece:
                break
            pieces.append(piece)
            size += len(piece)
        data = b"".join(pieces)
        cut = len(data) if amt is None else amt
        self._rest = data[cut:]
        return data[:cut]

    def read1(self, amt: int | None = None) -> bytes:
        """What is there, or the next that comes."""
        data = self._rest or self._piece()
        cut = len(data) if amt is None else amt
        self._rest = data[cut:]
        return data[:cut]

    def isclosed(self) -> bool:
        return self.closed

    def close(self) -> None:
        self._ended, self._rest = True, b""
        self._response._native_stop()


class _Original:
    """What `requests` and its cookie jar look at of http.client's response."""

    def __init__(self, fields: Fields, body: _Body, version: int) -> None:
        self.msg = message_of(fields)
        self.version = version
        self._body = body

    def isclosed(self) -> bool:
        return self._body.isclosed()

    def close(self) -> None:
        self._body.close()


class NativeRaw(HTTPResponse):
    """A urllib3 response over the body of a native one."""

    def __init__(self, response: NativeResponse) -> None:
        fields = response._native_fields()
        version = response._native_version()
        body = _Body(self, response)
        original = _Original(fields, body, version)
        self._native = response
        super().__init__(
            body=body,  # type: ignore[arg-type]  # so much of a file as urllib3 looks at
            headers=HTTPHeaderDict(fields),
            status=response.status_code,
            version=version,
            version_string=f"HTTP/{version // 10}.{version % 10}",
            reason=response.reason,
            preload_content=False,
            decode_content=False,
            original_response=original,  # type: ignore[arg-type]  # as above
            request_method=response.request.method,
            request_url=parts_of(str(response.request.url))[3],
        )
        self.msg = original.msg  # type: ignore[assignment]  # what http.client's is made of
        if body.closed:
            self._fp_bytes_read = self.length_remaining or response._native_body_size()
            self.length_remaining = 0 if self.length_remaining is not None else None

    @property
    def _pool(self) -> Any:
        """Only errors name it."""
        return pool_of(self._native)

    @_pool.setter
    def _pool(self, value: Any) -> None:
        pass

    def stream(
        self, amt: int | None = 65536, decode_content: bool | None = None
    ) -> Generator[bytes, None, None]:
        """Pieces of at most `amt` bytes: in the chunked coding as they come, else filled up."""
        if not self.chunked or amt == 0:
            yield from super().stream(amt, decode_content)
            return
        while not is_fp_closed(self._fp) or self._has_more_decoded():
            if data := self.read1(amt, decode_content):
                yield data

    def _has_more_decoded(self) -> bool:
        return len(self._decoded_buffer) > 0 or bool(
            self._decoder and self._decoder.has_unconsumed_tail
        )

    def readinto(self, buffer: Any) -> int:
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)
