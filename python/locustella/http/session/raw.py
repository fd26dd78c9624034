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
from functools import cached_property
from http.client import IncompleteRead
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


def _headers_of(fields: Any) -> HTTPHeaderDict:
    """`HTTPHeaderDict(fields)`, in a third of its time."""
    headers = HTTPHeaderDict()
    for name, value in fields:
        headers._container.setdefault(name.lower(), [name]).append(value)
    return headers


class _Body:
    """The bytes of the body before decoding, as a file."""

    def __init__(self, raw: NativeRaw, response: NativeResponse) -> None:
        self._raw = raw
        self._response = response
        self._fell_short = False  # and who reads on is told

    @property
    def closed(self) -> bool:
        return not self._fell_short and not self._response._native_streaming()

    def _taken(self, amt: int | None, filled: bool) -> bytes:
        """More bytes; b"" at the end. Raises the errors that a socket or http.client would.

        Who closes the response while another greenlet reads it wakes that one: gevent's OSError for
        a descriptor that another greenlet has closed.
        """
        try:
            data = self._response._native_take(amt, filled)
        except ConcurrentObjectUseError:  # as http.client's buffer has it
            raise RuntimeError("reentrant call inside the body of a response") from None
        return self._broken_off(amt) if data is None or self._fell_short else data

    def _broken_off(self, amt: int | None) -> bytes:
        """The last bytes of a body that broke off, where no error takes their place."""
        rest = b"".join(iter(self._response._native_read, b""))
        if error := broken_body(self._response, self._raw):
            raise error
        missing = self._raw.length_remaining
        if amt is None and missing is not None:
            self._fell_short = False
            raise IncompleteRead(rest, missing - len(rest))
        self._fell_short = bool(rest)
        return rest

    def read(self, amt: int | None = None) -> bytes:
        return self._taken(amt, True)

    def read1(self, amt: int | None = None) -> bytes:
        """What is there, or the next that comes."""
        return self._taken(amt, False)

    def isclosed(self) -> bool:
        return self.closed

    def close(self) -> None:
        self._fell_short = False
        self._response._native_stop()


class _Original:
    """What `requests` and its cookie jar look at of http.client's response."""

    def __init__(self, fields: Fields, body: _Body, version: int) -> None:
        self.version = version
        self._fields = fields
        self._body = body

    @cached_property
    def msg(self) -> email.message.Message:
        return message_of(self._fields)

    def isclosed(self) -> bool:
        return self._body.isclosed()

    def close(self) -> None:
        self._body.close()


class NativeRaw(HTTPResponse):
    """A urllib3 response over the body of a native one."""

    # What a reader without `raw` has met: it is told here, in urllib3's words.
    broken_by: Exception | None = None

    def __init__(self, response: NativeResponse) -> None:
        fields = response._native_fields()
        version = response._native_version()
        body = _Body(self, response)
        original = _Original(fields, body, version)
        self._native = response
        super().__init__(
            body=body,  # type: ignore[arg-type]  # so much of a file as urllib3 looks at
            headers=_headers_of(fields),
            status=response.status_code,
            version=version,
            version_string=f"HTTP/{version // 10}.{version % 10}",
            reason=response.reason,
            preload_content=False,
            decode_content=False,
            original_response=original,  # type: ignore[arg-type]  # as above
            request_method=response._native_asked()[0].upper(),  # a HEAD stays one
        )
        if response._native_streamed():
            self._fp_bytes_read = response._native_given()
            if self.length_remaining:
                self.length_remaining -= self._fp_bytes_read
        else:
            self._fp_bytes_read = self.length_remaining or response._native_body_size()
            self.length_remaining = 0 if self.length_remaining is not None else None

    @property
    def msg(self) -> Any:
        return self._original_response.msg  # type: ignore[union-attr]  # it is ours

    @msg.setter
    def msg(self, value: Any) -> None:
        """urllib3 sets it to None."""

    @property
    def _request_url(self) -> str | None:
        return self._said_url or parts_of(str(self._native.request.url))[3]

    @_request_url.setter
    def _request_url(self, value: str | None) -> None:
        self._said_url = value

    def release_conn(self) -> None:
        """The core sees to that."""

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
        if self.broken_by is not None:
            with self._error_catcher():
                self._raise_broken()
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

    def _raise_broken(self) -> None:
        error, self.broken_by = self.broken_by, None
        if isinstance(error, ConcurrentObjectUseError):  # as http.client's buffer has it
            raise RuntimeError("reentrant call inside the body of a response")
        if error is not None:
            raise error

    def readinto(self, buffer: Any) -> int:
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)
